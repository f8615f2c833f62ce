"""Processes that share the cores, and end with the one that began them.

Every process would start a BLAS thread a core, and w processes on w cores would run w * w threads, each waiting for the
others most of the time. So the cores are divided: each of w processes has cores // w threads, at least one. Sums of
floating point numbers depend on how they are divided among threads: digits are equal where the threads a process are.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from types import TracebackType
from typing import Any, TypeVar

import numpy as np

from ..backend import use_backend
from ..thread_pool import size, use_thread_pool

T = TypeVar("T")

PATIENCE = 5.0  # seconds
LIMITS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")  # read by libraries when they are loaded


def cores() -> int:
    """The number of cores that this process may use.

    Example:
        >>> 1 <= cores() <= os.cpu_count()
        True
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def limit_blas(threads: int) -> Any:
    """Limit BLAS to so many threads; the answer restores the old number when it is left as a context.

    Args:
        threads: at least 1.

    Raises:
        ImportError: threadpoolctl is not installed.

    Example:
        >>> with limit_blas(1):
        ...     pass
    """
    from threadpoolctl import threadpool_limits

    return threadpool_limits(threads)


class Processes(ProcessPoolExecutor):
    """A ProcessPoolExecutor of fresh processes, each with its share of BLAS threads.

    They ignore Ctrl-C, which a terminal sends to every process: only the first one answers it. They end by themselves
    when the first one was killed. A `with` block that is left by an exception ends them at once, what they do is lost.

    Args:
        workers: how many, at least 1.
        threads: BLAS threads of each.
        backend: "numpy" or "cupy": where their arrays are born; None leaves it to what is called.
    """

    def __init__(self, workers: int, threads: int, backend: str | None = None) -> None:
        super().__init__(workers, get_context("spawn"), _begin, (threads, backend))

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Let one of the processes call fn(*args, **kwargs), as ProcessPoolExecutor does.

        Args:
            fn: a function that a fresh process can import.
            args, kwargs: what can be pickled.
        """
        with _not_interrupted():
            return super().submit(fn, *args, **kwargs)

    def end(self) -> None:
        """End the processes at once, whatever they are doing."""
        running = list((self._processes or {}).values())
        manager: Any = self._executor_manager_thread
        self.shutdown(wait=False, cancel_futures=True)
        # The executor's own thread must have forgotten the cancelled futures before it sees processes die: it would tell
        # them, which raises, and what it was still to send would then hold up the end of the program for ever.
        deadline = time.monotonic() + PATIENCE
        while manager is not None and manager.is_alive() and self._cancel_pending_futures and time.monotonic() < deadline:
            time.sleep(0.001)
        for process in running:
            process.terminate()
        self.shutdown()

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self.shutdown()
        else:
            self.end()


def processes(workers: int | None = None, threads: int | None = None) -> Processes:
    """Make an executor of processes that share the cores of the machine.

    Args:
        workers: how many processes, at least 1; None takes one a core.
        threads: BLAS threads of each, at least 1; None divides the cores, cores // workers. Digits may depend on it.

    Returns:
        A ProcessPoolExecutor of fresh processes: what they are given must be picklable, functions are found by their
        module and name (in a script, the call stands under `if __name__ == "__main__":`; of a notebook, they stand in a
        file that it imports). Use it in a `with` block.

    Raises:
        TypeError: a number that is no integer.
        ValueError: a number below 1.
        RuntimeError: threadpoolctl is not installed.

    Example:
        >>> with processes(2) as executor:
        ...     executor.submit(pow, 2, 10).result()
        1024
    """
    for name, number in (("workers", workers), ("threads", threads)):
        if number is not None and (not isinstance(number, (int, np.integer)) or isinstance(number, bool)):
            raise TypeError(f"processes: {name} must be an integer, got {name}={number!r:.60}; None chooses one by the {cores()} cores")
        if number is not None and number < 1:
            raise ValueError(f"processes: {name} must be at least 1, got {name}={number}; None chooses one by the {cores()} cores")
    workers = cores() if workers is None else int(workers)
    threads = max(1, cores() // workers) if threads is None else int(threads)
    try:
        import threadpoolctl  # noqa: F401
    except ImportError:
        raise RuntimeError(
            "processes: threadpoolctl must be installed (it divides the BLAS threads), got none; pip install threadpoolctl"
        ) from None
    return Processes(workers, threads)


_limits = None  # of this process, while it lives


def _begin(threads, backend):
    """What a new process does first."""
    global _limits
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_first_process, daemon=True).start()
    for name in LIMITS:  # of what is loaded from now on
        os.environ[name] = str(threads)
    _limits = limit_blas(threads)
    use_thread_pool(min(threads, size()))  # TINYREG_THREADS is inherited
    if backend is not None:
        use_backend(backend)


def _end_with_the_first_process():
    """A process whose parent was killed would wait for its next task for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _not_interrupted() -> Iterator[None]:
    """Processes that are started in here ignore Ctrl-C from their first moment on."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
