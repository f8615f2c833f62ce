"""Oracles: the published path of diabetes; two columns by hand; the conditions of optimality; coordinate descent."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinyreg as torch
from tinyreg.datasets import Diabetes
from tinyreg.regularization import at_fraction, at_strength, lars_path, lasso_path
from tinyreg.regularization.paths import least_angle


@pytest.fixture(scope="module")
def diabetes():
    table = Diabetes(scaling="norm")
    return table.data.numpy(), table.targets.numpy()


def missed(X, y, b, strength):
    """By how much b misses the conditions of optimality of the lasso, from their definition."""
    c = X.T @ (y - X @ b) / len(y)
    return max((abs(c - strength * np.sign(b)) if b else max(abs(c) - strength, 0)) for c, b in zip(c, b))


def check(X, y, strengths, coefs, tolerance=1e-9):
    """At the knots, and half way between them: a path of straight lines that is optimal there is optimal everywhere."""
    largest = max(strengths[0], 1e-300)
    for i, strength in enumerate(strengths):
        assert missed(X, y, coefs[:, i], strength) <= tolerance * largest
    for i in range(len(strengths) - 1):
        middle, strength = (coefs[:, i] + coefs[:, i + 1]) / 2, (strengths[i] + strengths[i + 1]) / 2
        assert missed(X, y, middle, strength) <= tolerance * largest


# Efron, Hastie, Johnstone, Tibshirani 2004, and R's lars


def test_the_published_path_of_diabetes(diabetes):
    strengths, coefs, info = lars_path(*diabetes, method="lasso")
    assert " ".join(map(str, info["order"])) == "3 9 4 7 2 10 5 8 6 1 -7 7"
    assert info["knot"] == list(range(12)) and coefs.shape == (10, 13)
    printed = "949.44 889.31 452.90 316.07 130.13 88.78 68.96 19.98 5.48 5.09 2.18 1.31 0.00"
    assert " ".join(f"{level:.2f}" for level in info["correlations"]) == printed
    np.testing.assert_allclose(strengths * 442, info["correlations"], rtol=1e-15)
    assert f"{info['correlations'][0]:.3f}" == "949.435"
    assert f"{info['l1_norm'][-1]:.2f}" == "3459.98"
    assert info["active"].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 10] and info["dropped"] == []
    np.testing.assert_allclose(coefs[:, -1], np.linalg.lstsq(*diabetes, rcond=None)[0], rtol=1e-9)
    assert info["kkt"].max() < 1e-13
    check(*diabetes, strengths, coefs, 1e-13)


def test_without_leaving_diabetes_has_ten_steps(diabetes):
    strengths, coefs, info = lars_path(*diabetes)
    assert info["order"] == [3, 9, 4, 7, 2, 10, 5, 8, 6, 1] and len(strengths) == 11
    lasso = lars_path(*diabetes, method="lasso")
    np.testing.assert_allclose(coefs[:, :10], lasso.coefs[:, :10], rtol=1e-9)  # nothing has left before
    np.testing.assert_allclose(coefs[:, -1], lasso.coefs[:, -1], rtol=1e-9)
    assert info["kkt"].max() < 1e-13 and info["active"].tolist() == list(range(11))
    signs = np.sign(coefs[6])
    assert set(signs) == {-1, 0, 1}  # s3, which the lasso sends away for that


def test_coordinate_descent_at_any_knot_agrees(diabetes):
    strengths, coefs, _ = lars_path(*diabetes, method="lasso")
    between = (strengths[1:] + strengths[:-1]) / 2
    for chosen, expected in ((strengths, coefs), (between[::-1], at_strength(strengths, coefs, between))):
        np.testing.assert_allclose(lasso_path(*diabetes, strengths=chosen).coefs, expected, rtol=0, atol=1e-8)


# by hand


def test_two_columns_by_hand():
    """c = (4, 3), X'X = (1, .5; .5, 1). u = x_1 until 4 - g = 3 - g/2; then both, w = (2/3, 2/3), from level 2 to 0."""
    X, y = np.array([[1.0, 0.5], [0.0, np.sqrt(0.75)], [0.0, 0.0]]), np.array([4.0, 1 / np.sqrt(0.75), 7.0])
    for method in ("lar", "lasso"):
        strengths, coefs, info = lars_path(X, y, method)
        np.testing.assert_allclose(strengths, [4 / 3, 2 / 3, 0], atol=1e-15)
        np.testing.assert_allclose(coefs, [[0, 2, 10 / 3], [0, 0, 4 / 3]], atol=1e-14)
        assert info["order"] == [1, 2]


def test_orthonormal_columns_are_soft_thresholds():
    X = np.linalg.qr(np.random.default_rng(0).standard_normal((9, 4)))[0]
    c = np.array([3.0, -1.0, 0.5, 2.0])
    strengths, coefs, info = lars_path(X, X @ c, "lasso")
    assert info["order"] == [1, 4, 2, 3]
    np.testing.assert_allclose(info["correlations"], [3, 2, 1, 0.5, 0], atol=1e-14)
    expected = np.sign(c)[:, None] * np.maximum(abs(c)[:, None] - info["correlations"], 0)
    np.testing.assert_allclose(coefs, expected, atol=1e-14)


def test_the_direction_has_one_angle_with_all_active_columns(diabetes):
    X, y = diabetes
    _, coefs, info = lars_path(X, y)
    for k in range(1, 11):
        move = X @ (coefs[:, k] - coefs[:, k - 1])
        active = [j - 1 for j in info["order"][:k]]
        cosines = X[:, active].T @ move / np.linalg.norm(move)
        np.testing.assert_allclose(abs(cosines), abs(cosines[0]), rtol=1e-9)


# whatever the design


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 10), st.integers(1, 12), st.integers(0, 10**6))
def test_every_knot_and_every_middle_is_optimal(n, d, seed):
    rng = np.random.default_rng(seed)
    X, y = rng.standard_normal((n, d)), rng.standard_normal(n)
    strengths, coefs, info = lars_path(X, y, "lasso")
    assert strengths[0] == pytest.approx(abs(X.T @ y).max() / n) and strengths[-1] == 0 and (np.diff(strengths) < 0).all()
    check(X, y, strengths, coefs)
    assert info["kkt"].max() <= 1e-9 * strengths[0] and info["active"].max() <= min(n, d)
    assert (np.diff(info["l1_norm"]) > 0).all()


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
    """c = (1, 1, 1). Alone each would move; with the other two the first would go below 0, so it waits until level 0.2.

    There c_1 = 1 - 1.5 g is -(1 - g), and it enters below 0; then w = (1, -1/4, -1/4)/... by (13).
    """
    X, y = np.array([[0.75, 1, 0], [0.75, 0, 1], [1, 0, 0]]), np.array([1.0, 1.0, -0.5])
    strengths, coefs, info = lars_path(X, y, "lasso")
    assert info["order"] == [2, 3, -1] or info["order"] == [2, 3, 1]
    assert info["knot"] == [0, 0, 1] and info["dropped"] == []
    np.testing.assert_allclose(info["correlations"], [1, 0.2, 0], atol=1e-15)
    np.testing.assert_allclose(coefs, [[0, 0, -0.5], [0, 0.8, 1.375], [0, 0.8, 1.375]], atol=1e-14)


def test_one_at_the_level_that_need_not_move_is_not_dropped():
    """c = (1, 1, 1), and a_1 = 1 while the other two move: it keeps up, is no sum of them, and never enters."""
    X, y = np.array([[0.5, 1, 0], [0.5, 0, 1], [1, 0, 0]]), np.array([1.0, 1.0, 0.0])
    _, coefs, info = lars_path(X, y, "lasso")
    assert info["order"] == [2, 3] and info["dropped"] == []
    np.testing.assert_allclose(coefs, [[0, 0], [0, 1], [0, 1]], atol=1e-15)


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


def test_errors_do_not_add_up_over_knots():
    """Correlated columns, d > n: some hundred knots, the last as exact as the first; and powers of one variable."""
    rng = np.random.default_rng(2)
    X, y = rng.standard_normal((40, 60)) + 2 * rng.standard_normal((40, 1)), rng.standard_normal(40)
    strengths, coefs, info = lars_path(X, y, "lasso")
    assert len(strengths) > 60 and min(info["order"]) < 0
    check(X, y, strengths, coefs, 1e-12)
    np.testing.assert_allclose(X @ coefs[:, -1], y, atol=1e-10)  # as many variables as examples: nothing is left
    assert info["active"][-1] == 40
    t = np.linspace(-1, 1, 50)
    X, y = np.vander(t, 14)[:, :-1], np.sin(9 * t)  # singular values from 7 to 2e-4
    strengths, coefs, info = lars_path(X, y, "lasso")
    assert len(info["order"]) > 20
    check(X, y, strengths, coefs, 1e-11)


def test_columns_of_very_different_length():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((20, 8)) * 10.0 ** np.arange(-4, 4), rng.standard_normal(20)
    strengths, coefs, info = lars_path(X, y, "lasso")
    assert sorted(set(map(abs, info["order"]))) == list(range(1, 9))
    check(X, y, strengths, coefs, 1e-14)
    np.testing.assert_allclose(coefs[:, -1], np.linalg.lstsq(X, y, rcond=None)[0], rtol=1e-9)


@pytest.mark.parametrize("apart", [1e-3, 1e-6, 1e-7, 1e-9])
def test_what_is_reported_is_what_the_knots_have(apart):
    """Columns and their near copies: coefficients of size 1/apart, and conditions of optimality that no float64 meets."""
    for seed in range(12):
        rng = np.random.default_rng(seed)
        A, y = rng.standard_normal((22, 15)), rng.standard_normal(22)
        X = np.hstack([A, A + apart * rng.standard_normal(A.shape)])
        strengths, coefs, info = lars_path(X, y, "lasso")
        by_hand = [missed(X, y, b, s) for b, s in zip(coefs.T, strengths)]
        np.testing.assert_allclose(info["kkt"], by_hand, rtol=1e-6, atol=1e-13 * strengths[0] / apart)


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


def test_nothing_to_explain():
    X = np.random.default_rng(0).standard_normal((5, 3))
    for y in (np.zeros(5), np.linalg.qr(X, mode="complete")[0][:, 4]):  # the second is at right angles to all columns
        strengths, coefs, info = lars_path(X, y, "lasso")
        assert strengths.shape == (1,) and strengths[0] < 1e-15 and not coefs.any() and coefs.shape == (3, 1)
        assert info["order"] == info["knot"] == [] and info["kkt"].shape == (1,)
    assert lars_path(np.zeros((4, 2)), np.ones(4)).info["dropped"] == [1, 2]


def test_one_example():
    strengths, coefs, info = lars_path([[1.0, -3.0, 2.0]], [6.0], "lasso")
    np.testing.assert_allclose(strengths, [18, 0])
    np.testing.assert_allclose(coefs, [[0, 0], [0, -2], [0, 0]])
    assert info["order"] == [2]


# what comes in, and what is refused


def test_tensors_and_lists_come_in_and_stay_as_they_are(diabetes):
    table = Diabetes(scaling="norm")
    kept = table.data.numpy().copy()
    of_tensors, of_arrays = lars_path(table.data, table.targets), lars_path(*diabetes)
    np.testing.assert_array_equal(of_tensors.coefs, of_arrays.coefs)
    np.testing.assert_array_equal(table.data.numpy(), kept)
    assert lars_path([[1], [2]], [3, 4]).coefs.dtype == np.float64


def test_an_unknown_method_is_refused():
    with pytest.raises(ValueError, match=r"lars_path: method must be 'lar' or 'lasso', got 'lars'; with 'lasso' variables leave again"):
        lars_path([[1.0]], [1.0], "lars")
    with pytest.raises(ValueError, match=r"lars_path: X and y must have an entry for each example, got X of shape \(1, 1\)"):
        lars_path([[1.0]], [1.0, 2.0])
    with pytest.raises(ValueError, match=r"lars_path: X must hold finite numbers, got nan at X\[0, 0\]"):
        lars_path([[np.nan]], [1.0])
    with pytest.raises(ValueError, match="lars_path: the squares of X and y must fit into float64"):
        lars_path([[1e200]], [1.0])


def test_a_walk_in_circles_ends(monkeypatch):
    """Rounding has never been seen to make one; so a knot that needs two tries is given one."""
    X, y = [[1, -1, 1], [-1, -1, 0], [-1, -1, 1]], [1, 0, 2]
    assert lars_path(X, y, "lasso").info["knot"].count(1) > 1
    monkeypatch.setattr(least_angle, "RESTLESS", 0)
    with pytest.raises(
        RuntimeError, match=r"lars_path: the variables at a knot must find an order .* got none after 1 tries at strength 0.33"
    ):
        lars_path(X, y, "lasso")


# between knots


def test_between_knots_by_hand():
    strengths, coefs = [4.0, 2.0, 0.0], [[0.0, 1.0, 5.0], [0.0, 0.0, -2.0]]
    np.testing.assert_allclose(at_strength(strengths, coefs, [4, 3, 2, 0.5, 0]), [[0, 0.5, 1, 4, 5], [0, 0, 0, -1.5, -2]])
    np.testing.assert_allclose(at_strength(strengths, coefs, 0.5), [4, -1.5])
    np.testing.assert_allclose(at_strength(strengths, coefs, torch.tensor(0.5)), [4, -1.5])
    np.testing.assert_allclose(at_fraction(coefs, [0, 1 / 14, 1 / 7, 4 / 7, 1]), [[0, 0.5, 1, 3, 5], [0, 0, 0, -1, -2]])
    np.testing.assert_allclose(at_fraction(coefs, 4 / 7), [3, -1])


def test_a_knot_is_met_exactly(diabetes):
    strengths, coefs, info = lars_path(*diabetes, method="lasso")
    np.testing.assert_array_equal(at_strength(strengths, coefs, strengths), coefs)
    fractions = info["l1_norm"] / info["l1_norm"][-1]
    np.testing.assert_allclose(at_fraction(coefs, fractions), coefs, rtol=1e-12, atol=1e-10)
    np.testing.assert_array_equal(at_fraction(coefs, 1), coefs[:, -1])
    assert not at_fraction(coefs, 0).any()


@pytest.mark.parametrize("fraction", [0.05, 0.39, 0.9])
def test_a_fraction_is_one_of_the_l1_norm(fraction, diabetes):
    strengths, coefs, info = lars_path(*diabetes, method="lasso")
    b = at_fraction(coefs, fraction)
    assert abs(b).sum() == pytest.approx(fraction * 3459.97763, rel=1e-8)
    c = diabetes[0].T @ (diabetes[1] - diabetes[0] @ b) / 442
    np.testing.assert_allclose(at_strength(strengths, coefs, abs(c).max()), b, rtol=1e-9, atol=1e-9)


def test_a_path_of_zeros_has_all_fractions():
    assert at_fraction([[0.0], [0.0]], [0, 0.5, 1]).tolist() == [[0, 0, 0], [0, 0, 0]]
    assert at_strength([0.0], [[0.0], [0.0]], 0).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: at_strength([2, 1], [[0, 1]], 3), ValueError, "at_strength: strength must lie in [1.0, 2.0], got 3.0; the path ends"),
        (lambda: at_strength([2, 1], [[0, 1]], [1, 0.5]), ValueError, "at_strength: strength must lie in [1.0, 2.0], got 0.5;"),
        (lambda: at_strength([1, 2], [[0, 1]], 1), ValueError, "at_strength: strengths must fall, got [1.0, 2.0]; give them as"),
        (
            lambda: at_strength([3, 2, 1], [[0, 1]], 1),
            ValueError,
            "at_strength: coefs must have a column for each of the strengths, got (1, 2) and 3 strengths; give both",
        ),
        (lambda: at_strength([2, 1], [[0, 1]], "a"), TypeError, "at_strength: strength must be a number, got strength='a'"),
        (lambda: at_strength([2, 1], [[0, 1]], np.nan), ValueError, "at_strength: strength must hold finite numbers, got nan"),
        (lambda: at_fraction([[0, 1]], 1.5), ValueError, "at_fraction: fraction must lie in [0, 1], got 1.5; it is |b|_1 as a share"),
        (lambda: at_fraction([[0, 1]], [0.5, -1]), ValueError, "at_fraction: fraction must lie in [0, 1], got -1.0;"),
        (lambda: at_fraction([0, 1], 1), ValueError, "at_fraction: coefs must be a table of numbers, one row an example, got shape (2,)"),
        (
            lambda: at_fraction([[0, 2, 1]], 1),
            ValueError,
            "at_fraction: |b|_1 must grow from column to column, got 2.0 and then 1.0 at column 2; give the path of",
        ),
        (lambda: at_fraction([[1, 2]], 1), ValueError, "at_fraction: the first column must be zeros, got |b|_1 = 1.0; give the whole"),
    ],
    ids="above below rising shapes text nan above_one below_zero row falls begins_late".split(),
)
def test_places_off_the_path_are_refused(call, error, message):
    with pytest.raises(error, match=re.escape(message)):
        call()
