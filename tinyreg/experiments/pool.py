"""Runs on several processes, of which no digit depends on how many there are.

Every run draws its chance from its own seed, and has one BLAS thread: sums of floating point numbers depend on how they
are divided among threads. So a run gives the same digits in this process (jobs = 1) as in any other.
"""

from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool

from ..backend import current, use_backend
from ..selection.processes import Processes, cores, limit_blas
from .bad_option import BadOption

__all__ = ["cores", "one_blas_thread", "results"]


def one_blas_thread():
    """Limit BLAS to one thread; the answer restores the old number when it is left as a context."""
    try:
        return limit_blas(1)
    except ImportError:
        raise BadOption("tinyreg: threadpoolctl must be installed (one BLAS thread a run), got none; pip install threadpoolctl") from None


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
    try:
        with Processes(min(jobs, len(tasks)), 1, backend) as pool:
            for future in as_completed([pool.submit(function, *task) for task in tasks]):
                yield future.result()
    except BrokenProcessPool:
        raise RuntimeError(
            "compare: all processes must live, got one that died (is memory short?); --resume keeps finished runs, fewer --jobs may help"
        ) from None


def _here(function, tasks, backend):
    before = current()
    use_backend(backend)
    try:
        with one_blas_thread():
            for task in tasks:
                yield function(*task)
    finally:
        use_backend(before)
