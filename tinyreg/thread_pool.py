"""A pool of threads for work on independent pieces of large arrays; off until it is switched on.

NumPy computes on one core, matrix products aside. With the pool, what the library does piece by piece (the images of a
convolution, the flat pieces of an optimizer's update) is done by several threads at once: NumPy lets go of Python's lock
while it computes. (A step of Adam on ten million weights: 1.4 times as fast with two threads on two idle cores.) It is for
cores that have nothing else to do. Three ways to switch it on:

    TINYREG_THREADS=2 python train.py         before NumPy is loaded: the only way that needs no other variable
    tinyreg.use_thread_pool(2)                from here on
    with tinyreg.use_thread_pool(2): ...      in a block

Threads that wait. After a matrix product, OpenBLAS's own threads look for more work for 2**26 cycles (some 25 ms) before
they sleep, on the very cores that the pool wants. OPENBLAS_THREAD_TIMEOUT=20 (2**20 cycles) must be in the environment
before NumPy is loaded. TINYREG_THREADS sees to it where tinyreg is imported before NumPy; otherwise set it yourself.
While pieces are at work BLAS has one thread, as two pools would fight for the same cores; between them it has what it had.

The same digits. The pieces are those that one thread would take, and their results are combined in the same order: the
pool changes nothing but time. Only matrix products and dot products inside a piece, which have one BLAS thread then and
might have had more, can differ in their last digit, as after `set_num_threads(1)`.

For whoever writes an operation. A piece of work is plain array code: it reads no mode that belongs to a thread (no_grad,
random.keyed, freeze, ...), draws nothing, records nothing, and writes only where no other piece does. What a mode decides
is read before. Scratch memory that one piece leaves to the next belongs in a threading.local. CuPy's arrays never come
to the pool: the queue of a GPU has its own order.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextvars import copy_context
from typing import Any, TypeVar

from .threads import blas_libraries, give_threads

Result = TypeVar("Result")

SHARE = 2**18  # elements: what a thread must have to do at least, or waking it costs more than it does

_threads = 1  # of the pool, the one that asks counted; 1 is off
_executor: Any = None  # of the others; made when it is first needed


class _Here(threading.local):
    inside = False  # whether the running thread is at work on a piece


_here = _Here()


class use_thread_pool:
    """Let large arrays be worked on by so many threads: from now on, or in a block.

    Args:
        threads: at least 1, the one that asks counted; as many as there are cores is the most that helps, 1 switches
            the pool off.

    Raises:
        TypeError: threads is no integer.
        ValueError: it is smaller.
        RuntimeError: threadpoolctl is not installed: the pool needs it to keep BLAS at one thread.

    Example:
        >>> import tinyreg
        >>> with tinyreg.use_thread_pool(2):
        ...     size()
        2
        >>> size()
        1
    """

    def __init__(self, threads: int) -> None:
        if not isinstance(threads, int) or isinstance(threads, bool):
            raise TypeError(f"use_thread_pool: threads must be an integer, got {threads!r:.60}; 1 switches the pool off")
        if threads < 1:
            raise ValueError(f"use_thread_pool: threads must be at least 1, got {threads}; 1 switches the pool off")
        if threads > 1 and blas_libraries() is None:
            raise RuntimeError(
                "use_thread_pool: threadpoolctl must be installed (it keeps BLAS at one thread), got none; pip install threadpoolctl"
            )
        self._before = _threads
        _resize(threads)

    def __enter__(self) -> use_thread_pool:
        return self

    def __exit__(self, *exception: object) -> None:
        _resize(self._before)


def size() -> int:
    """How many threads the pool has, the one that asks counted; 1 where it is off.

    Example:
        >>> size()
        1
    """
    return _threads


def each(function: Callable[..., Result], parts: Sequence[Any], elements: int | None = None) -> list[Result]:
    """function(part) for each of the parts: one after the other, or by the pool where it is on. The results, in order.

    The thread that asks works, too. A part that calls this itself does its own parts one after the other. An exception
    lets the parts that have begun finish and begins no other: what is raised is what would be raised without the pool.

    Args:
        function: plain array code; see the top of this file for what it must not do.
        parts: a list or tuple: slices, views, groups of views.
        elements: how many numbers there are in all parts together: below SHARE a thread, fewer threads are asked. None
            says that every part is worth a thread.

    Example:
        >>> each(abs, [-1, 2, -3])
        [1, 2, 3]
    """
    helpers = _helpers(parts, elements) if _threads > 1 else 0
    return _together(function, parts, helpers) if helpers else [function(part) for part in parts]


def results(function: Callable[..., Result], parts: Sequence[Any], elements: int | None = None) -> Iterable[Result]:
    """The same, for results that are large and used one by one: without the pool, only one of them exists at a time.

    Args:
        function, parts, elements: as for each.

    Example:
        >>> sum(results(abs, [-1, 2, -3]))
        6
    """
    helpers = _helpers(parts, elements) if _threads > 1 else 0
    return _together(function, parts, helpers) if helpers else map(function, parts)


def _helpers(parts, elements):
    """How many threads beside the running one are worth asking: none inside a part, and none for arrays on a GPU."""
    from .backend import reads_at_once  # not at the top: it loads NumPy

    if _here.inside or len(parts) < 2 or not reads_at_once(parts[0]):
        return 0
    worth = len(parts) if elements is None else elements // SHARE
    return max(min(_threads, len(parts), worth) - 1, 0)


def _together(function, parts, helpers):
    waiting, done, errors = deque(enumerate(parts)), [None] * len(parts), []

    def work():
        number, _here.inside = -1, True
        try:
            while True:
                try:
                    number, part = waiting.popleft()
                except IndexError:  # nothing is left
                    return
                done[number] = function(part)
        except BaseException as error:
            waiting.clear()
            errors.append((number, error))
        finally:
            _here.inside = False

    with _OneBlasThread():
        asked = _ask(work, helpers)
        try:
            work()
        finally:  # one that has not begun by now is not needed any more, and the others are about to end
            for future in asked:
                future.cancel() or future.result()
    if errors:
        _, error = min(errors, key=lambda entry: entry[0])
        errors.clear()
        try:
            raise error
        finally:
            del error  # its traceback holds this frame
    return done


def _ask(work, helpers):
    """Have helpers call work, each with NumPy's error state of the running thread."""
    global _executor
    executor = _executor
    if executor is None:
        from concurrent.futures import ThreadPoolExecutor

        executor = _executor = ThreadPoolExecutor(_threads - 1, thread_name_prefix="tinyreg")
    asked = []
    try:
        for _ in range(helpers):
            asked.append(executor.submit(copy_context().run, work))
    except RuntimeError:  # the interpreter is about to end, or another thread has switched the pool off: work with whom there is
        pass
    return asked


def _resize(threads):
    global _threads, _executor
    if threads == _threads:
        return
    executor, _executor, _threads = _executor, None, threads
    if executor is not None:
        executor.shutdown(wait=False)


class _OneBlasThread:
    """A block in which BLAS has one thread: around the outermost of all blocks that are open, in whatever threads."""

    lock = threading.Lock()
    open = 0
    before: list[tuple[Any, int]] = []  # pairs (library, its number of threads)

    def __enter__(self):
        cls = _OneBlasThread
        with cls.lock:
            cls.open += 1
            if cls.open == 1:
                cls.before = [(library, library.get_num_threads()) for library in _libraries()]
                for library, number in cls.before:
                    if number != 1:
                        give_threads(library, 1)

    def __exit__(self, *exception):
        cls = _OneBlasThread
        with cls.lock:
            cls.open -= 1
            if cls.open == 0:
                cls.restore()

    @classmethod
    def restore(cls):
        for library, number in cls.before:
            if number != 1:
                give_threads(library, number)
        cls.before = []


_found: list[Any] = []


def _libraries():
    """The BLAS libraries that are loaded; looked for once, which takes a thousand times longer than to set their threads."""
    if not _found:
        _found.extend(blas_libraries().lib_controllers)
    return _found


def _after_fork():
    """A forked child has none of the threads, and whatever they were about to finish will not be."""
    global _executor
    _executor = None
    _OneBlasThread.lock = threading.Lock()
    if _OneBlasThread.open:
        _OneBlasThread.open = 0
        _OneBlasThread.restore()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

if os.environ.get("TINYREG_THREADS"):
    if "numpy" not in sys.modules:
        os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "20")
    try:
        use_thread_pool(int(os.environ["TINYREG_THREADS"]))
    except ValueError:
        raise ValueError(
            f"TINYREG_THREADS: it must be an integer, at least 1, got {os.environ['TINYREG_THREADS']!r:.60}; 1 is no pool"
        ) from None
