"""One candidate on one fold: what an executor is given, and what it gives back."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .. import backend
from ..autograd import enable_grad
from ..random import Generator, keyed, use
from .estimators import Scorer
from .examples import Examples


@dataclass(frozen=True)
class Task:
    """A candidate and a fold, and all that it takes to train and measure there: in this process, or in another.

    Attributes:
        candidate: its number.
        params: what is set.
        fold: its number.
        train, test: indices.
        scorer, examples: shared by all tasks of a search.
        seed: of the search.
        backend, dtype: where arrays are born, and with which precision, where the search was begun.
    """

    candidate: int
    params: dict[str, Any]
    fold: int
    train: Any
    test: Any
    scorer: Scorer
    examples: Examples
    seed: int
    backend: str
    dtype: str


def run(task: Task) -> dict[str, Any]:
    """Train and measure once.

    The default generator is, in this thread alone, one that the seed and the fold decide: candidates share their chance
    fold by fold, so that their scores may be subtracted, and no number depends on who did what before. The generator of
    whoever asked stays where it was.

    Args:
        task: a Task.

    Returns:
        {"score": a float, or None where there is none, "seconds": how long it took}, "diverged": the message of a
        FloatingPointError, and "also": what else the estimator measured. A score that is not finite counts as none.

    Raises:
        TypeError: the score, or what else was measured, is no number; a dict without a score. Whatever else the estimator
            raises.
    """
    if backend.current() != task.backend:  # in another process
        backend.use_backend(task.backend)
    if str(backend.get_default_dtype()) != task.dtype:
        backend.set_default_dtype(task.dtype)
    chance = keyed(task.seed, task.fold).generator().initial_seed()
    begun = time.perf_counter()
    outcome: dict[str, Any] = {}
    with use(Generator(chance)), enable_grad():
        try:
            score = task.scorer(task.examples.part(task.train), task.examples.part(task.test), task.params)
        except FloatingPointError as error:
            score, outcome = math.nan, {"diverged": str(error)}
    if isinstance(score, Mapping):
        if "score" not in score:
            raise TypeError(f"score: a dict must hold 'score', got {', '.join(map(str, score)) or 'an empty one'}; name what decides so")
        outcome["also"] = {str(name): _number(name, value) for name, value in score.items() if name != "score"}
        score = score["score"]
    return {"score": _number("it", score), "seconds": time.perf_counter() - begun} | outcome


def _number(name, value):
    """A float that JSON can hold, or None where it is not finite."""
    if not hasattr(value, "__float__") or math.prod(getattr(value, "shape", ())) != 1:
        raise TypeError(f"score: {name} must be a number, got {value!r:.60}; return a float, of which greater is better")
    number = float(value.item() if hasattr(value, "item") else value)
    return number if math.isfinite(number) else None
