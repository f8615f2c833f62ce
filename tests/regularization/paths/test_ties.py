"""Least angle regression where columns tie, or are copies or sums of each other; oracles: by hand, and the conditions of optimality."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.regularization.paths.optimality import check
from tinyreg.datasets import Diabetes
from tinyreg.regularization import lars_path
from tinyreg.regularization.paths import least_angle


@pytest.fixture(scope="module")
def diabetes():
    table = Diabetes(scaling="norm")
    return table.data.numpy(), table.targets.numpy()


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 8), st.integers(1, 10), st.integers(1, 2), st.integers(0, 10**6))
def test_ties_are_untied(n, d, largest, seed):
    """Small integers: equal correlations, copies, columns of zeros, one that leaves where another enters."""
    rng = np.random.default_rng(seed)
    X, y = rng.integers(-largest, largest + 1, (n, d)).astype(float), rng.integers(-3, 4, n).astype(float)
    strengths, coefs, info = lars_path(X, y, "lasso")
    check(X, y, strengths, coefs)
    assert info["kkt"].max() <= 1e-9 * max(strengths[0], 1)
    strengths, coefs, info = lars_path(X, y, "lar")
    assert info["kkt"].max() <= 1e-9 * max(strengths[0], 1)
    best = np.linalg.lstsq(X, y, rcond=None)[0]
    np.testing.assert_allclose(X @ coefs[:, -1], X @ best, atol=1e-9)
    assert set(map(abs, info["order"])).isdisjoint(info["dropped"]) and len(set(info["order"])) == len(info["order"])


HARD = {
    "one does not move": ([[1, 0, -1], [2, 2, 2], [-2, -2, 1], [-1, 0, -2], [1, 1, -2]], [2, -3, 2, 2, -2]),
    "one comes and goes": ([[1, -2, 0], [-1, 0, 1], [-1, -1, 1]], [0, 2, 1]),
    "two tries": ([[1, -1, 1], [-1, -1, 0], [-1, -1, 1]], [1, 0, 2]),
    "one goes at a knot": ([[1, 1, -1, 1, 0], [0, -1, 0, 0, 0], [0, -1, -1, 0, -1], [1, 0, 1, 0, 1]], [-2, -1, 0, -1]),
    "all but zero": ([[0, 1, 0, 1, 0, -1, -1], [0, 1, 1, -1, -1, 0, 0], [-1, 1, 1, 0, 1, 0, -1]], [2, 0, 1]),
}


@pytest.mark.parametrize("name", HARD)
def test_ties_that_were_hard(name):
    X, y = np.array(HARD[name][0], dtype=float), np.array(HARD[name][1], dtype=float)
    strengths, coefs, info = lars_path(X, y, "lasso")
    check(X, y, strengths, coefs)
    assert info["kkt"].max() <= 1e-12


def test_of_three_that_tie_one_stays_out():
    """c = (1, 1, 1). Alone each would move; with the other two the first would go below 0, and so it waits.

    While they do, w = (1, 1), c_1 = 1 - 1.5 g; at g = 0.8 that is -(1 - g), and it enters, downwards.
    """
    X, y = np.array([[0.75, 1, 0], [0.75, 0, 1], [1, 0, 0]]), np.array([1.0, 1.0, -0.5])
    strengths, coefs, info = lars_path(X, y, "lasso")
    assert info["order"] == [2, 3, 1] and info["knot"] == [0, 0, 1] and info["dropped"] == []
    np.testing.assert_allclose(info["correlations"], [1, 0.2, 0], atol=1e-15)
    np.testing.assert_allclose(coefs, [[0, 0, -0.5], [0, 0.8, 1.375], [0, 0.8, 1.375]], atol=1e-14)


def test_one_at_the_level_that_need_not_move_is_not_dropped():
    """c = (1, 1, 1), and a_1 = 1 while the other two move: it keeps up, is no sum of them, and stays 0.

    Whether it is said to enter, with the coefficient 0, is the word of the last digit of BLAS.
    """
    X, y = np.array([[0.5, 1, 0], [0.5, 0, 1], [1, 0, 0]]), np.array([1.0, 1.0, 0.0])
    _, coefs, info = lars_path(X, y, "lasso")
    assert info["order"] in ([2, 3], [1, 2, 3]) and info["dropped"] == [] and info["kkt"].max() <= 1e-15
    np.testing.assert_allclose(coefs, [[0, 0], [0, 1], [0, 1]], atol=1e-15)
    assert coefs[0].tolist() == [0, 0]


def test_what_ties_or_nearly_ties_needs_no_second_try(monkeypatch):
    """Copies, columns of other lengths, near copies, correlations that are equal but for rounding."""
    monkeypatch.setattr(least_angle, "RESTLESS", 0)
    Q = np.linalg.qr(np.random.default_rng(0).standard_normal((9, 5)))[0]
    strengths, _, info = lars_path(Q, Q @ [1, -1, 1, 1, -1], "lasso")
    assert len(strengths) == 2 and sorted(info["order"]) == [1, 2, 3, 4, 5]
    for seed in range(40):
        rng = np.random.default_rng(seed)
        X, y = rng.standard_normal((8, 6)), rng.standard_normal(8)
        for other in (-3 * X, X + 1e-5 * rng.standard_normal(X.shape), X @ rng.standard_normal((6, 6))):
            for scale in (1, 10.0 ** rng.integers(-3, 4, 12)):
                lars_path(np.hstack([X, other]) * scale, y, "lasso")


def test_active_columns_stay_at_right_angles():
    """A column next to others: one pass of Gram and Schmidt leaves 1e-9 of them in it."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((10, 1)) + 1e-6 * rng.standard_normal((10, 4))
    active = least_angle._Active(X)
    for j in range(4):
        assert active.enter(j)
        np.testing.assert_allclose(active.Q.T @ active.Q, np.eye(j + 1), atol=1e-14)
        np.testing.assert_allclose(active.Q @ active.R, X[:, : j + 1], atol=1e-14)
    active.leave([1])
    np.testing.assert_allclose(active.Q @ active.R, X[:, [0, 2, 3]], atol=1e-14)
    assert active.explains(0) and not active.explains(1)


def test_a_walk_in_circles_ends(monkeypatch):
    """Rounding has never been seen to make one; so a knot that needs two tries is given one."""
    X, y = [[1, -1, 1], [-1, -1, 0], [-1, -1, 1]], [1, 0, 2]
    assert lars_path(X, y, "lasso").info["knot"].count(1) > 1
    monkeypatch.setattr(least_angle, "RESTLESS", 0)
    with pytest.raises(
        RuntimeError, match=r"lars_path: the variables at a knot must find an order .* got none after 1 tries at strength 0.33"
    ):
        lars_path(X, y, "lasso")


# columns that add nothing


def test_two_columns_that_enter_together():
    X = np.array([[1.0, 0.0], [0.0, 1.0]])
    for method in ("lar", "lasso"):
        strengths, coefs, info = lars_path(X, [2, -2], method)
        assert info["order"] == [1, 2] and info["knot"] == [0, 0]
        np.testing.assert_allclose(coefs, [[0, 2], [0, -2]], atol=1e-15)
        np.testing.assert_allclose(strengths, [1, 0])


@pytest.mark.parametrize("method", ["lar", "lasso"])
def test_a_copy_stays_out_and_is_reported(method, diabetes):
    X, y = diabetes
    for copy in (X[:, 2], -X[:, 2]):
        strengths, coefs, info = lars_path(np.column_stack([X, copy]), y, method)
        expected = lars_path(X, y, method)
        assert info["dropped"] == [11] and info["order"] == expected.info["order"]
        np.testing.assert_allclose(coefs[:10], expected.coefs, atol=1e-9)
        assert not coefs[10].any()


def test_a_longer_copy_goes_before():
    X = np.array([[1.0, 3.0, 0.0], [2.0, 6.0, 1.0], [0.0, 0.0, 2.0]])
    _, coefs, info = lars_path(X, [1, 2, 5], "lasso")
    assert info["order"] == [2, 3] and not coefs[0].any()
    assert info["dropped"] == []  # a shorter copy never reaches the level, nobody had to keep it out


@pytest.mark.parametrize("method", ["lar", "lasso"])
def test_a_sum_of_others_stays_out(method):
    rng = np.random.default_rng(1)
    X = rng.standard_normal((12, 3))
    X = np.column_stack([X, X.sum(axis=1), np.zeros(12)])
    y = rng.standard_normal(12)
    strengths, coefs, info = lars_path(X, y, method)
    np.testing.assert_allclose(X @ coefs[:, -1], X @ np.linalg.lstsq(X, y, rcond=None)[0], atol=1e-10)
    assert 5 in info["dropped"] and info["active"].max() == 3 and info["kkt"].max() < 1e-13
