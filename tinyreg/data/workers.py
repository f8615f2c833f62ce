"""Worker threads: batches made ahead of the loop that uses them, and handed over in their order."""

import itertools
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from ..random import default_generator


@dataclass(frozen=True)
class WorkerInfo:
    """What a worker thread may know of itself.

    Attributes:
        id: its number, from 0.
        num_workers: how many there are.
        seed: from which `worker_init_fn` and nothing else draws in it: another one in every worker and every pass.
        dataset: the one dataset that all of them share; a thread has no copy of its own.
    """

    id: int
    num_workers: int
    seed: int
    dataset: Any


class _Here(threading.local):
    info: WorkerInfo | None = None  # of the running thread


_here = _Here()


def get_worker_info() -> WorkerInfo | None:
    """What the running thread is among a DataLoader's workers; None in any other thread.

    An IterableDataset is read by one thread, in its order, whatever num_workers is: one that divides its examples by
    `id` and `num_workers` gives all of them.

    Example:
        >>> print(get_worker_info())
        None
    """
    return _here.info


def ahead(
    work: Callable[[Any], Any],
    tasks: Iterable[Any],
    *,
    threads: int,
    depth: int,
    timeout: float,
    dataset: Any,
    begin: Callable[[int], Any] | None,
    chance: Callable[[int], AbstractContextManager[Any]],
) -> Iterator[Any]:
    """work(task) for each task, in the order of the tasks, while threads do the next ones.

    Args:
        work: what a thread does.
        tasks: for each call of it.
        threads: how many, at least 1.
        depth: results that are made, or being made, while the caller works with one.
        timeout: seconds to wait for a result; 0 waits for ever.
        dataset: for WorkerInfo.
        begin: called with its number in each thread, before its first task.
        chance: number of a thread -> the block in which begin is called.

    Raises:
        RuntimeError: a result did not come in time. What work or begin raises is raised here.
    """
    numbers, begun = itertools.count(), threading.local()

    def in_a_thread(task):
        if not hasattr(begun, "by_now"):
            number = next(numbers)
            with chance(number):
                _here.info = WorkerInfo(number, threads, default_generator().initial_seed(), dataset)
                if begin is not None:
                    begin(number)
            begun.by_now = True
        return work(task)

    pool = ThreadPoolExecutor(threads, thread_name_prefix="DataLoader")
    waiting: deque[Future[Any]] = deque()
    late = False
    try:
        for task in tasks:
            waiting.append(pool.submit(in_a_thread, task))
            if len(waiting) > depth:
                yield waiting.popleft().result(timeout or None)
        while waiting:
            yield waiting.popleft().result(timeout or None)
    except TimeoutError as error:
        late = True
        raise RuntimeError(
            f"DataLoader: a batch must come within timeout={timeout:g} seconds, got none; raise timeout, or see what the dataset waits for"
        ) from error
    finally:  # a loop that breaks off does not wait for what it will not use
        pool.shutdown(wait=not late, cancel_futures=True)
