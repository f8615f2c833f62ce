"""One candidate on one fold."""

import math

import numpy as np
import pytest

import tinyreg
from tests.selection.trainings import drawn
from tinyreg import random
from tinyreg.selection.estimators import Scorer
from tinyreg.selection.examples import Examples
from tinyreg.selection.task import Task, run

EXAMPLES = Examples("who", np.zeros((4, 1)))


def task(estimator, fold=0, seed=0, backend="numpy", dtype="float32", **params):
    return Task(0, params, fold, np.array([0, 1]), np.array([2, 3]), Scorer("who", estimator), EXAMPLES, seed, backend, dtype)


def test_the_seed_and_the_fold_decide_the_chance():
    def score(fold, seed, strength=0.0):
        return run(task(drawn, fold, seed, strength=strength))["score"]

    assert score(0, 0) == score(0, 0) and len({score(0, 0), score(1, 0), score(0, 1)}) == 3
    assert score(2, 5, strength=1.0) == score(2, 5) - 1.0, "candidates share it"


def test_the_callers_chance_stays_where_it_was():
    def seeding(train, test):
        tinyreg.manual_seed(99)
        return random.default_generator().uniform((), "float64").item()

    before = random.get_state()
    assert run(task(seeding))["score"] == random.Generator(99).uniform((), "float64").item()
    assert random.get_state() == before


def test_gradients_are_recorded_where_the_caller_had_stopped_that():
    def score(train, test):
        return float(tinyreg.is_grad_enabled())

    with tinyreg.no_grad():
        assert run(task(score))["score"] == 1.0 and not tinyreg.is_grad_enabled()


def test_another_process_takes_over_where_arrays_are_born():
    before = tinyreg.get_default_dtype()
    try:
        outcome = run(task(lambda train, test: float(tinyreg.zeros(1).dtype == tinyreg.float64), dtype="float64"))
    finally:
        tinyreg.set_default_dtype(before)
    assert outcome["score"] == 1.0
    with pytest.raises(ValueError, match="no_such_backend"):
        run(task(drawn, backend="no_such_backend"))


@pytest.mark.parametrize(
    "value",
    [0.5, np.float32(0.5), tinyreg.tensor(0.5), tinyreg.tensor([0.5]), np.array([0.5]), np.array(0.5)],
    ids=["float", "numpy", "tensor", "tensor_of_one", "array_of_one", "array"],
)
def test_scores_are_floats(value):
    outcome = run(task(lambda train, test: value))
    assert outcome["score"] == 0.5 and type(outcome["score"]) is float and outcome["seconds"] >= 0 and set(outcome) == {"score", "seconds"}


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_score_that_is_not_finite_is_none(value):
    assert run(task(lambda train, test: value))["score"] is None


def test_a_training_that_diverged_says_so():
    def score(train, test):
        raise FloatingPointError("fit: the loss must stay finite")

    outcome = run(task(score))
    assert outcome["score"] is None and outcome["diverged"] == "fit: the loss must stay finite"


@pytest.mark.parametrize("value", [None, "0.5", [0.5], np.array([0.5, 0.5]), 1j], ids=repr)
def test_a_score_that_is_no_number(value):
    with pytest.raises(TypeError, match="score: it must be a number, got .*; return a float, of which greater is better"):
        run(task(lambda train, test: value))


def test_the_estimator_may_change_what_it_is_passed():
    def score(train, test, **params):
        params["strength"] = 7
        return 0.0

    mine = task(score, strength=1)
    run(mine)
    assert mine.params == {"strength": 1}
