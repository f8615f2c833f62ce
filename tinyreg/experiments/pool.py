"""Runs on several processes, of which no digit depends on how many there are.

Every run draws its chance from its own seed, and has one BLAS thread: sums of floating point numbers depend on how they
are divided among threads. So a run gives the same digits in this process (jobs = 1) as in any other.
"""

import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children, get_context, parent_process

from ..backend import current, use_backend
from .bad_option import BadOption


def cores():
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def one_blas_thread():
    """Limit BLAS to one thread; the answer restores the old number when it is left as a context."""
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        raise BadOption("compare: threadpoolctl must be installed (one BLAS thread a run), got none; pip install threadpoolctl") from None
    return threadpool_limits(1)


def results(function, tasks, jobs, backend="numpy"):
    """Yield function(*task) for each task, in the order in which they finish.

    Args:
        function: a function that a fresh process can import.
        tasks: tuples of arguments that can be pickled.
        jobs: processes, at least 1; 1 stays in this process.
        backend: "numpy" or "cupy", in every process.

    Leaving the generator early (Ctrl-C) cancels what has not begun and ends the processes; what they were doing is lost.

    Raises:
        RuntimeError: a process died.
    """
    if jobs == 1 or len(tasks) < 2:
        yield from _here(function, tasks, backend)
        return
    before = active_children()
    pool = ProcessPoolExecutor(min(jobs, len(tasks)), get_context("spawn"), _begin, (backend,))
    try:
        with _not_interrupted():
            futures = [pool.submit(function, *task) for task in tasks]
        for future in as_completed(futures):
            yield future.result()
    except BrokenProcessPool:
        raise RuntimeError(
            "compare: all processes must live, got one that died (is memory short?); --resume keeps finished runs, fewer --jobs may help"
        ) from None
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in set(active_children()) - set(before):
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _here(function, tasks, backend):
    before = current()
    use_backend(backend)
    try:
        with one_blas_thread():
            for task in tasks:
                yield function(*task)
    finally:
        use_backend(before)


_limits = None  # of this process, while it lives


def _begin(backend):
    """What a new process does first. A terminal sends Ctrl-C to every process; only the first one answers it."""
    global _limits
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_first_process, daemon=True).start()
    _limits = one_blas_thread()
    use_backend(backend)


def _end_with_the_first_process():
    """A process whose parent was killed would wait for its next task for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _not_interrupted():
    """Processes that are started in here ignore Ctrl-C from their first moment on."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
