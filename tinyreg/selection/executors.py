"""Who does the work: any executor that has submit, and one that does it at once.

Nothing but `submit(function, argument)` is asked of an executor, and `result()` of the futures it gives. Those of
concurrent.futures are taken as they finish; of other libraries' (Dask's), which concurrent.futures.as_completed does not
know, the results are taken in the order in which they were asked for.
"""

import pickle
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from typing import Any, TypeVar

T = TypeVar("T")


class SerialExecutor(Executor):
    """An executor that does what is submitted at once, in the thread that submits it.

    Example:
        >>> with SerialExecutor() as executor:
        ...     executor.submit(pow, 2, 10).result()
        1024
    """

    _closed = False

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Call fn(*args, **kwargs).

        Args:
            fn: what to call.
            args, kwargs: with what.

        Returns:
            A Future that is done: it holds what was returned, or the Exception. Ctrl-C stops the caller, as without an
            executor.

        Raises:
            RuntimeError: shutdown() was called.

        Example:
            >>> SerialExecutor().submit(sum, [1, 2]).done()
            True
        """
        if self._closed:
            raise RuntimeError("SerialExecutor: it must be open, got submit() after shutdown(); make another one")
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more work.

        Args:
            wait, cancel_futures: of no influence: nothing is ever left to do.

        Example:
            >>> SerialExecutor().shutdown()
        """
        self._closed = True


class Failed(Exception):
    """A task raised an exception, its cause."""

    def __init__(self, task: Any, cause: Exception) -> None:
        super().__init__(task, cause)
        self.task, self.cause = task, cause


def outcomes(executor: Any, function: Callable[[Any], Any], tasks: Iterable[Any]) -> Generator[tuple[Any, Any], None, None]:
    """Yield (task, function(task)) as they finish. Leaving early cancels what has not begun.

    Args:
        executor: whatever has submit().
        function, tasks: what is called, and with what.

    Raises:
        Failed: one of them raised an exception; those that have finished by then are yielded before.

    Example:
        >>> sorted(outcomes(SerialExecutor(), abs, [-1, 2]))
        [(-1, 1), (2, 2)]
    """
    waiting = {}
    try:
        for task in tasks:
            future = executor.submit(function, task)
            if _is_done(future):  # the serial one's always are: each is told before the next begins
                yield _outcome(task, future)
            else:
                waiting[id(future)] = task, future
        for future in _as_they_finish([future for _, future in waiting.values()]):
            task, _ = waiting.pop(id(future))
            try:
                outcome = _outcome(task, future)
            except Failed:
                yield from [(other, done.result()) for other, done in waiting.values() if _has_succeeded(done)]
                raise
            yield outcome
    finally:
        for _, future in waiting.values():
            if hasattr(future, "cancel"):
                future.cancel()


def _as_they_finish(futures):
    return as_completed(futures) if all(isinstance(future, Future) for future in futures) else futures


def _is_done(future):
    return isinstance(future, Future) and future.done()


def _has_succeeded(future):
    return _is_done(future) and not future.cancelled() and future.exception() is None


def _outcome(task, future):
    try:
        return task, future.result()
    except Exception as error:
        raise Failed(task, error) from error


class _Nowhere:
    """A file that keeps nothing."""

    def write(self, data):
        return memoryview(data).nbytes  # bytes, or the PickleBuffer of a large array


def check_picklable(who: str, executor: Any, **things: Any) -> None:
    """Refuse, before any work is done, what the processes of an executor could not be sent.

    Args:
        who: whom errors name.
        executor: only a ProcessPoolExecutor sends by pickle; others know themselves what they can send.
        things: what will be sent.

    Raises:
        TypeError: one of them cannot be pickled; it is named.

    Example:
        >>> check_picklable("doctest", SerialExecutor(), estimator=lambda train, test: 0.0)
    """
    if not isinstance(executor, ProcessPoolExecutor):
        return
    for name, thing in things.items():
        try:
            pickle.Pickler(_Nowhere(), protocol=pickle.HIGHEST_PROTOCOL).dump(thing)
        except Exception as error:
            raise TypeError(
                f"{who}: {name} must be something that other processes can be sent, got {thing!r:.60} ({error}); "
                "define functions with def at the top of a module (no lambda), or take executor=None or a ThreadPoolExecutor"
            ) from None
