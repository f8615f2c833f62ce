"""What is tuned: functions and objects."""

import functools

import numpy as np
import pytest

from tests.selection.trainings import Ridge, ridge
from tinyreg.selection.estimators import Scorer

X = np.array([[1.0], [2.0], [3.0], [4.0]])
Y = np.array([2.0, 4.0, 6.0, 9.0])
TRAIN, TEST = (X[:2], Y[:2]), (X[2:], Y[2:])
BY_HAND = -(((6 - 3 * 10 / 6) ** 2 + (9 - 4 * 10 / 6) ** 2) / 2)  # X'y = 10, X'X + 1 = 6


class Settable(Ridge):
    """scikit-learn's protocol."""

    def get_params(self, deep=True):
        return {"strength": self.strength}

    def set_params(self, **params):
        self.log = [*getattr(self, "log", []), params]
        vars(self).update(params)
        return self


@pytest.mark.parametrize(
    "estimator", [ridge, Ridge(), Settable(5.0), functools.partial(ridge)], ids=["function", "object", "settable", "partial"]
)
def test_all_kinds_give_the_same_score(estimator):
    scorer = Scorer("who", estimator)
    scorer.must_take(["strength"])
    assert scorer(TRAIN, TEST, {"strength": 1.0}) == pytest.approx(BY_HAND, rel=1e-14)


def test_an_object_is_never_touched():
    for estimator in (Ridge(7.0), Settable(7.0)):
        before = dict(vars(estimator))
        Scorer("who", estimator)(TRAIN, TEST, {"strength": 1.0})
        assert vars(estimator) == before == {"strength": 7.0}


def test_an_object_without_params_is_scored_as_it_is():
    assert Scorer("who", Ridge(1.0))(TRAIN, TEST, {}) == pytest.approx(BY_HAND, rel=1e-14)


def test_an_object_without_targets():
    class Mean:
        def fit(self, X):
            self.mean_ = sum(X) / len(X)

        def score(self, X):
            return -abs(sum(X) / len(X) - self.mean_)

    assert Scorer("who", Mean())([1, 2, 3], [4], {}) == -2


def test_names_and_settings():
    assert Scorer("who", ridge).name == "tests.selection.trainings.ridge" and Scorer("who", ridge).settings() == {}
    assert Scorer("who", Ridge(3.0)).name == "tests.selection.trainings.Ridge"
    fitted = Ridge(3.0).fit(X, Y)
    assert Scorer("who", fitted).settings() == Scorer("who", Settable(3.0)).settings() == {"strength": 3.0}, "coef_ is no setting"
    part = Scorer("who", functools.partial(ridge, strength=2.0))
    assert part.name == "tests.selection.trainings.ridge" and part.settings() == {"strength": 2.0}


@pytest.mark.parametrize(
    ("estimator", "error", "words"),
    [
        (Ridge, TypeError, r"who: estimator must be an object, got the class Ridge; write Ridge\(\)"),
        (3, TypeError, r"who: estimator must be a function score\(train, test, \*\*params\) or have fit and score, got int"),
    ],
)
def test_no_estimator(estimator, error, words):
    with pytest.raises(error, match=words):
        Scorer("who", estimator)


@pytest.mark.parametrize(
    ("estimator", "names", "error", "words"),
    [
        (
            ridge,
            ["p"],
            TypeError,
            r"who: estimator must take \(train, test, p\), got \(train, test, strength\) .*; what is tuned is passed by name",
        ),
        (ridge, [], TypeError, "missing a required argument: 'strength'"),
        (lambda train: 0.0, [], TypeError, r"must take \(train, test\), got \(train\)"),
        (Ridge(), ["strenght"], ValueError, "who: Ridge must have what is set, got 'strenght'; known are strength"),
        (Settable(), ["alpha"], ValueError, "who: Settable must have what is set, got 'alpha'; known are strength"),
    ],
    ids=["unknown", "missing", "one_side", "attribute", "get_params"],
)
def test_unknown_params(estimator, names, error, words):
    with pytest.raises(error, match=words):
        Scorer("who", estimator).must_take(names)


def test_what_does_not_say_what_it_takes_is_believed():
    Scorer("who", max).must_take(["anything"])
