"""Oracles: the published path of diabetes; two columns by hand; the conditions of optimality; coordinate descent."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinyreg as torch
from tests.regularization.paths.optimality import check, missed
from tinyreg.datasets import Diabetes
from tinyreg.regularization import at_fraction, at_strength, lars_path, lasso_path


@pytest.fixture(scope="module")
def diabetes():
    table = Diabetes(scaling="norm")
    return table.data.numpy(), table.targets.numpy()


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
