"""cross_val_score, with digits that others print and digits that a person can check."""

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import tinyreg
from tests.selection import trainings
from tests.selection.test_executors import Foreign
from tinyreg.data import Subset, TensorDataset
from tinyreg.selection import KFold, SerialExecutor, cross_val_score, processes

# scikit-learn 1.9.1, NumPy: cross_val_score(Ridge(alpha=1.0), X, y, cv=5) on the diabetes data of unit norm, centred targets
R_SQUARED = [0.32166460576842393, 0.44048456345852616, 0.42210353683412705, 0.42466129269414277, 0.44196085794922524]


def test_scikit_learns_digits(diabetes):
    def r_squared(train, test, alpha):
        (x, y), (u, v) = train, test
        centre, level = x.mean(axis=0), y.mean()
        b = np.linalg.solve((x - centre).T @ (x - centre) + alpha * np.eye(x.shape[1]), (x - centre).T @ (y - level))
        return 1 - ((v - level - (u - centre) @ b) ** 2).sum() / ((v - v.mean()) ** 2).sum()

    scores = cross_val_score(r_squared, *diabetes, params={"alpha": 1.0})
    np.testing.assert_allclose(scores, R_SQUARED, rtol=1e-12)
    assert scores.shape == (5,) and scores.dtype == np.float64


@pytest.mark.parametrize("estimator", [trainings.ridge, trainings.Ridge()], ids=["function", "object"])
def test_the_error_of_a_fold_by_least_squares_on_longer_data(diabetes, estimator):
    """Ridge is least squares with sqrt(strength) I below X and 0 below y: another way to the same errors."""
    X, y = diabetes
    for (train, test), score in zip(KFold(4).split(X), cross_val_score(estimator, X, y, cv=4, params={"strength": 0.3})):
        b = np.linalg.lstsq(np.vstack([X[train], math.sqrt(0.3) * np.eye(10)]), np.concatenate([y[train], np.zeros(10)]))[0]
        assert score == pytest.approx(-((y[test] - X[test] @ b) ** 2).mean(), rel=1e-12)


def test_leaving_one_out_has_a_closed_form(diabetes):
    """The error of example i without it is its residual with it over 1 - h_ii (Hastie et al. 2009, equation 7.64)."""
    X, y = diabetes[0][:60], diabetes[1][:60]
    hat = X @ np.linalg.solve(X.T @ X + 0.5 * np.eye(10), X.T)
    expected = -(((y - hat @ y) / (1 - np.diag(hat))) ** 2)
    np.testing.assert_allclose(cross_val_score(trainings.ridge, X, y, cv=60, params={"strength": 0.5}), expected, rtol=1e-10)


def test_tensors_and_datasets_arrive_as_such():
    x, y = tinyreg.arange(6.0).reshape(6, 1), tinyreg.arange(6)

    def score(train, test):
        assert isinstance(train[0], tinyreg.Tensor) and train[1].shape == (4,)
        return test[1].sum()

    assert cross_val_score(score, x, y, cv=3).tolist() == [1.0, 5.0, 9.0]

    def of_subsets(train, test):
        assert isinstance(train, Subset) and len(train) == 4
        return sum(int(example[1]) for example in test)

    assert cross_val_score(of_subsets, TensorDataset(x, y), cv=3).tolist() == [1.0, 5.0, 9.0]


NETWORK = TensorDataset(tinyreg.randn(24, 4, generator=tinyreg.Generator(1)), tinyreg.randn(24, 1, generator=tinyreg.Generator(2)))


def test_no_digit_depends_on_who_does_the_work():
    """A network with dropout: initial weights, the order of its batches and its masks are drawn in whatever thread or process."""
    params = {"strength": 0.01}
    serial = cross_val_score(trainings.network, NETWORK, cv=3, params=params, seed=4)
    assert len(set(serial)) == 3 and np.isfinite(serial).all()
    for executor in (SerialExecutor(), ThreadPoolExecutor(1), ThreadPoolExecutor(3), Foreign()):
        assert (cross_val_score(trainings.network, NETWORK, cv=3, params=params, seed=4, executor=executor) == serial).all()
    with processes(2, threads=1) as executor:
        assert (cross_val_score(trainings.network, NETWORK, cv=3, params=params, seed=4, executor=executor) == serial).all()
    assert (cross_val_score(trainings.network, NETWORK, cv=3, params=params, seed=5) != serial).all()


def test_the_callers_chance_stays_where_it_was():
    tinyreg.manual_seed(3)
    before = tinyreg.random.get_state()
    cross_val_score(trainings.network, NETWORK, cv=KFold(2, shuffle=True), params={"strength": 0.1, "epochs": 1})
    assert tinyreg.random.get_state() == before


def test_a_training_that_diverges_is_nan():
    def score(train, test):
        if test[0] == 0:
            raise FloatingPointError("diverged")
        return math.inf if test[0] == 2 else 1.0

    np.testing.assert_array_equal(cross_val_score(score, np.arange(6), cv=3), [math.nan, math.nan, 1.0])


def test_real_divergence():
    """fit raises FloatingPointError where the loss does not stay finite."""
    scores = cross_val_score(trainings.network, NETWORK, cv=2, params={"strength": 1e30})
    assert np.isnan(scores).all()


def test_numbers_beside_the_score_are_let_pass():
    assert cross_val_score(lambda train, test: {"score": 0.5, "train": 1.0}, np.zeros(4), cv=2).tolist() == [0.5, 0.5]


def test_an_exception_names_the_fold():
    X = np.arange(6.0).reshape(6, 1)
    with pytest.raises(RuntimeError) as caught:
        cross_val_score(trainings.fails, X, np.zeros(6), cv=3, params={"strength": 2})
    assert str(caught.value).startswith(
        "cross_val_score: every candidate must give a score, got ZeroDivisionError (by hand) from strength=2 in fold 1; give it a journal"
    )
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    with pytest.raises(RuntimeError, match="got ZeroDivisionError .division by zero. from the estimator as it is in fold 0"):
        cross_val_score(lambda train, test: 1 / 0, X, cv=3)
    with processes(1) as executor, pytest.raises(RuntimeError, match="got ZeroDivisionError .by hand. from strength=2 in fold 1"):
        cross_val_score(trainings.fails, X, np.zeros(6), cv=3, params={"strength": 2}, executor=executor)


def test_ctrl_c_stops_it():
    def interrupted(train, test):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cross_val_score(interrupted, np.zeros(4), cv=2)


def test_a_lambda_is_refused_by_processes_before_any_work():
    with processes(1) as executor:
        with pytest.raises(
            TypeError,
            match="cross_val_score: estimator must be something that other processes can be sent, got <function .*; define functions",
        ):
            cross_val_score(lambda train, test: 0.0, np.zeros(4), cv=2, executor=executor)
        assert not executor._processes


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"params": [1]}, TypeError, "cross_val_score: params must be a dict, got .1.; write"),
        ({"seed": -1}, ValueError, r"cross_val_score: seed must lie in \[0, 2\*\*64\), got seed=-1"),
        ({"seed": 0.5}, TypeError, "cross_val_score: seed must be an integer, got seed=0.5"),
        ({"executor": 4}, TypeError, r"cross_val_score: executor must be an object with submit\(\), got 4; tinyreg.selection.processes"),
        ({"executor": ThreadPoolExecutor}, TypeError, r"must be an object with submit\(\), got ThreadPoolExecutor"),
        ({"cv": 5}, ValueError, "there must be an example for each of n_splits=5 folds, got 4"),
        ({"params": {"p": 1}}, TypeError, r"estimator must take \(train, test, p\)"),
    ],
    ids=str,
)
def test_refusals(settings, error, words):
    with pytest.raises(error, match=words):
        cross_val_score(lambda train, test: 0.0, np.zeros(4), **{"cv": 2} | settings)
