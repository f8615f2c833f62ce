"""Every candidate on every fold: the one loop behind cross_val_score and the searches."""

import math
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from contextlib import closing
from typing import Any

import numpy as np

from .. import backend
from ..types import HostArray
from .division import Fold
from .estimators import Scorer
from .examples import Examples
from .executors import Failed, SerialExecutor, check_picklable, outcomes
from .journal import Journal
from .progress import Telling
from .task import Task, run


def check_seed(who: str, seed: Any) -> int:
    """The seed as an integer.

    Args:
        who: whom errors name.
        seed: an integer in [0, 2**64).

    Raises:
        TypeError: it is no integer.
        ValueError: it lies outside.

    Example:
        >>> check_seed("doctest", 3)
        3
    """
    if not isinstance(seed, (int, np.integer)) or isinstance(seed, bool):
        raise TypeError(f"{who}: seed must be an integer, got seed={seed!r:.60}; equal seeds give equal numbers")
    if not 0 <= seed < 2**64:
        raise ValueError(f"{who}: seed must lie in [0, 2**64), got seed={seed}; take a non-negative integer")
    return int(seed)


def measure(
    who: str, scorer: Scorer, candidates: list[dict[str, Any]], examples: Examples, folds: list[Fold], *, seed: int,
    executor: Any = None, open_journal: Callable[[], Journal] | None = None, progress: Any = None,
) -> tuple[HostArray, HostArray, dict[str, HostArray]]:  # fmt: skip
    """Train and measure every candidate on every fold.

    Args:
        who: whom errors name.
        scorer, candidates, examples, folds: what is measured, with which parameters, and on what.
        seed: decides, with the number of a fold, the chance of a task.
        executor: who does it; None does one after the other here.
        open_journal: called when nothing has been refused; its answer is where finished tasks are kept, and found. None
            keeps them in memory.
        progress: as in Telling.

    Returns:
        scores and seconds, each (candidates, folds), and what else was measured, {name: (candidates, folds)}; a number
        that there is not is NaN.

    Raises:
        TypeError: the executor has no submit, or cannot be sent the tasks.
        RuntimeError: a task raised an exception, the cause; or a process died.
    """
    executor = SerialExecutor() if executor is None else executor
    if isinstance(executor, type) or not hasattr(executor, "submit"):
        got = executor.__name__ if isinstance(executor, type) else repr(executor)
        raise TypeError(f"{who}: executor must be an object with submit(), got {got:.60}; tinyreg.selection.processes() makes one")
    check_picklable(who, executor, estimator=scorer.estimator, X=examples, params=candidates)
    telling = Telling(who, progress)
    journal = None if open_journal is None else open_journal()
    lines = {} if journal is None else journal.lines
    where = (backend.current(), str(backend.get_default_dtype()))
    tasks = [
        Task(candidate, params, fold, train, test, scorer, examples, seed, *where)
        for candidate, params in enumerate(candidates)
        for fold, (train, test) in enumerate(folds)
        if (candidate, fold) not in lines
    ]
    planned = len(candidates) * len(folds)
    with telling as tell:
        tell(planned - len(tasks), planned, None)
        try:
            with closing(outcomes(executor, run, tasks)) as finished:
                for task, outcome in finished:
                    line = {"candidate": task.candidate, "fold": task.fold, **outcome}
                    if journal is None:
                        lines[task.candidate, task.fold] = line
                    else:
                        journal.add(line)
                    tell(len(lines), planned, {**line, "params": task.params})
        except Failed as failed:
            raise _stopped(who, failed, journal) from failed.cause
        except BrokenExecutor as error:
            raise _died(who, error, journal) from error
    scores, seconds = np.full((len(candidates), len(folds)), math.nan), np.zeros((len(candidates), len(folds)))
    also: dict[str, HostArray] = {}
    for place, line in lines.items():
        scores[place], seconds[place] = math.nan if line["score"] is None else line["score"], line["seconds"]
        for name, value in line.get("also", {}).items():
            also.setdefault(name, np.full_like(scores, math.nan))[place] = math.nan if value is None else value
    return scores, seconds, dict(sorted(also.items()))


def _stopped(who, failed, journal):
    if isinstance(failed.cause, BrokenExecutor):
        return _died(who, failed.cause, journal)
    said = ", ".join(f"{name}={value!r:.40}" for name, value in failed.task.params.items()) or "the estimator as it is"
    return RuntimeError(
        f"{who}: every candidate must give a score, got {type(failed.cause).__name__} ({failed.cause}) from {said} in fold "
        f"{failed.task.fold}; {_kept(journal)} (a training that diverges may raise FloatingPointError: it counts as the worst)"
    )


def _died(who, error, journal):
    return RuntimeError(
        f"{who}: every process must live, got one that died ({error}); is memory short? A function of a notebook must stand in a file "
        f"that it imports, and a script begins its work under if __name__ == '__main__'; {_kept(journal)}"
    )


def _kept(journal):
    return "give it a journal to keep what is finished" if journal is None else f"what is finished is kept in {journal.file.path}"
