"""The paths against their certificate, equation (5): necessary and sufficient, whatever method found the weights."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinyreg as torch
from tinyreg.datasets import Diabetes
from tinyreg.regularization.paths import elastic_net_path, lasso_path, mean_strength, ridge
from tinyreg.regularization.paths.coordinate_descent import _sweep, violations


def regression(n=40, d=15, alike=0.7, seed=0):
    """Correlated columns; targets that depend on five of them."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d)) + alike * rng.standard_normal((n, 1))
    X -= X.mean(axis=0)
    y = X[:, :5] @ np.array([3.0, -2.0, 1.5, -1.0, 0.8][:d]) + rng.standard_normal(n)
    return X, y - y.mean()


def missed(X, y, strengths, coefs, l1_ratio=1.0):
    """The certificate, written a second time: the largest violation for each strength."""
    worst = []
    for s, b in zip(strengths, coefs.T):
        pull = X.T @ (y - X @ b) / len(y) - s * (1 - l1_ratio) * b
        zero = b == 0
        worst.append(max(0, *abs(pull - s * l1_ratio * np.sign(b))[~zero], *(abs(pull) - s * l1_ratio)[zero]))
    return np.array(worst)


@pytest.mark.parametrize("shape", [(40, 15), (15, 40), (15, 15), (1, 5), (5, 1), (2, 200)])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.9, 0.3])
def test_every_strength_satisfies_its_certificate(shape, l1_ratio):
    X, y = (
        regression(*shape)
        if shape[0] > 1 and shape[1] > 5
        else (np.random.default_rng(3).standard_normal(shape), np.arange(1.0, shape[0] + 1))
    )
    strengths, coefs, info = elastic_net_path(X, y, l1_ratio)
    worst = missed(X, y, strengths, coefs, l1_ratio)
    assert worst.max() < 1e-13 * abs(X.T @ y).max() and coefs.shape == (shape[1], 100)
    np.testing.assert_allclose(info["kkt"], worst, rtol=0, atol=1e-14 * abs(X.T @ y).max())
    np.testing.assert_array_equal(info["active"], (coefs != 0).sum(axis=0))
    assert (info["iterations"] >= 0).all() and info["iterations"].max() < 20
    assert coefs[:, -1].any()


def test_a_path_begins_at_the_smallest_strength_that_keeps_all_weights_at_zero():
    X, y = regression()
    strengths, coefs, info = lasso_path(X, y)
    assert strengths[0] == pytest.approx(abs(X.T @ y).max() / 40, rel=1e-14) and strengths[-1] == pytest.approx(
        1e-3 * strengths[0], rel=1e-13
    )
    assert not coefs[:, 0].any() and (coefs[:, 1] != 0).sum() == 1 and (np.diff(strengths) < 0).all()
    strengths, coefs, _ = elastic_net_path(X, y, 0.25, n_strengths=7, eps=0.1)
    assert strengths[0] == pytest.approx(4 * abs(X.T @ y).max() / 40, rel=1e-15) and len(strengths) == 7
    assert not coefs[:, 0].any() and coefs[:, 1].any()


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("l1_ratio", [1.0, 0.37])
def test_the_first_weights_are_exactly_zero_whatever_the_rounding(seed, l1_ratio):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((30, 10)) * 10.0 ** rng.integers(-4, 5)
    y = X @ rng.standard_normal(10)
    assert not elastic_net_path(X, y, l1_ratio, n_strengths=1).coefs.any()


def test_orthonormal_columns_give_the_soft_threshold():
    q, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((20, 5)))
    ols = np.array([3.0, -2.0, 1.0, 0.3, -0.2])
    _, coefs, _ = lasso_path(q, q @ ols, strengths=[mean_strength(0.5, 20)])
    np.testing.assert_allclose(coefs[:, 0], [2.5, -1.5, 0.5, 0.0, 0.0], atol=1e-14)
    _, coefs, _ = elastic_net_path(q, q @ ols, 0.5, strengths=[mean_strength(1.0, 20)])
    np.testing.assert_allclose(coefs[:, 0], np.array([2.5, -1.5, 0.5, 0.0, 0.0]) / 1.5, atol=1e-14)


def test_by_hand():
    """Columns (1, 1)/2 y = (3, 1)/2: |y - xb|^2/4 + s|b| is smallest at b = 2 - 4s."""
    _, coefs, _ = lasso_path([[0.5], [0.5]], [1.5, 0.5], strengths=[1.0, 0.5, 0.25, 0.0])
    np.testing.assert_allclose(coefs, [[0.0, 0.0, 1.0, 2.0]], atol=1e-15)


def test_the_lasso_is_the_elastic_net_with_ratio_one():
    X, y = regression()
    for ours, theirs in zip(lasso_path(X, y)[:2], elastic_net_path(X, y, 1)[:2]):
        np.testing.assert_array_equal(ours, theirs)


def test_ratio_zero_is_ridge_with_n_times_the_strength():
    X, y = regression()
    strengths, coefs, info = elastic_net_path(X, y, 0, strengths=[0.1, 2.0, 0.0])
    assert strengths.tolist() == [2.0, 0.1, 0.0]
    np.testing.assert_array_equal(coefs, ridge(X, y, 40 * strengths).coef)
    assert info["kkt"].max() < 1e-14 * abs(X.T @ y).max() and info["active"].tolist() == [15] * 3
    near = elastic_net_path(X, y, 1e-9, strengths=strengths).coefs
    np.testing.assert_allclose(near, coefs, atol=1e-7)


def test_ratio_zero_has_no_largest_strength():
    with pytest.raises(ValueError, match="^elastic_net_path: strengths must be given with ridge, got l1_ratio=0"):
        elastic_net_path([[1.0]], [1.0], 0)


@pytest.mark.parametrize(
    ("l1_ratio", "error", "message"),
    [(1.5, ValueError, r"l1_ratio must lie in \[0, 1\], got l1_ratio=1.5"), (float("nan"), ValueError, "got l1_ratio=nan"),
     ("a", TypeError, "l1_ratio must be a number, got l1_ratio='a'")],
)  # fmt: skip
def test_a_ratio_outside_is_refused(l1_ratio, error, message):
    with pytest.raises(error, match=f"^elastic_net_path: .*{message}"):
        elastic_net_path([[1.0]], [1.0], l1_ratio)


def test_given_strengths_come_back_falling_and_equal_ones_stay():
    X, y = regression()
    strengths, coefs, _ = lasso_path(X, y, strengths=[0.1, 1.0, 0.1, 9.0])
    assert strengths.tolist() == [9.0, 1.0, 0.1, 0.1]
    assert not coefs[:, 0].any()
    np.testing.assert_allclose(coefs[:, 2], coefs[:, 3], rtol=1e-13)


@pytest.mark.parametrize("shape", [(40, 15), (15, 40)])
def test_strength_zero_is_least_squares(shape):
    X, y = regression(*shape)
    coef = lasso_path(X, y, strengths=[0.5, 0]).coefs[:, 1]
    assert abs(X.T @ (y - X @ coef)).max() < 1e-11
    if shape[0] > shape[1]:
        np.testing.assert_allclose(coef, np.linalg.lstsq(X, y, rcond=None)[0], rtol=1e-10)


def test_far_below_the_largest_strength_without_a_path():
    """600 columns and 30 examples: at most 30 weights are kept, also where the first strength is a tiny one."""
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((30, 600)), rng.standard_normal(30)
    strengths, coefs, info = lasso_path(X, y, strengths=[1e-6])
    assert missed(X, y, strengths, coefs).max() < 1e-14 and 0 < info["active"][0] <= 30
    long = lasso_path(X, y, eps=1e-6 / (abs(X.T @ y).max() / 30))
    assert abs(long.coefs[:, -1]).sum() == pytest.approx(abs(coefs).sum(), rel=1e-9)


@settings(deadline=None)
@given(
    st.integers(1, 10),
    st.integers(1, 12),
    st.sampled_from([1.0, 0.8, 0.2]),
    st.sampled_from([1e-2, 1e-8]),
    st.integers(0, 10**6),
)
def test_any_design_is_solved(n, d, l1_ratio, eps, seed):
    """Small integers: columns that are copies of each other, each other's negatives, sums of others, or 0; many ties."""
    rng = np.random.default_rng(seed)
    X, y = rng.integers(-2, 3, (n, d)).astype(float), rng.integers(-3, 4, n).astype(float)
    strengths, coefs, info = elastic_net_path(X, y, l1_ratio, n_strengths=12, eps=eps)
    size = abs(X.T @ y).max() / n
    assert missed(X, y, strengths, coefs, l1_ratio).max() <= 1e-12 * size
    assert not coefs[:, 0].any() and not coefs[~X.any(axis=0)].any()


@settings(deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([1e-3, 1e-6, 1e-9, 1e-12]), st.sampled_from([1.0, 0.9]))
def test_columns_that_are_almost_copies_are_told_apart_or_not_but_solved(seed, apart, l1_ratio):
    rng = np.random.default_rng(seed)
    A, y = rng.standard_normal((20, 5)), rng.standard_normal(20)
    X = np.hstack([A, A + apart * rng.standard_normal(A.shape), -A])
    strengths, coefs, info = elastic_net_path(X, y, l1_ratio, n_strengths=15, eps=1e-5)
    assert missed(X, y, strengths, coefs, l1_ratio).max() < 1e-7 * abs(X.T @ y).max() / 20


def test_hard_designs():
    """Polynomials, sums of sums, Hilbert's matrix: condition numbers of their active columns up to 1e16 and more."""
    rng, t = np.random.default_rng(1), np.linspace(-1, 1, 100)
    sums = np.cumsum(np.tril(np.ones((100, 100))), axis=0)
    hilbert = 1 / (np.arange(30)[:, None] + np.arange(30) + 1)
    for X, y in ((np.vander(t, 20), np.sin(5 * t)), (sums, np.cumsum(rng.standard_normal(100))), (hilbert, rng.standard_normal(30))):
        strengths, coefs, info = lasso_path(X, y, n_strengths=40, eps=1e-6)
        assert missed(X, y, strengths, coefs).max() < 1e-9 * strengths[0] and info["iterations"].max() < 100


def test_two_identical_columns_are_all_the_same_to_the_lasso_and_shared_by_the_elastic_net():
    """True sum 3: the lasso gives all of it to the first that is asked, the elastic net halves to each."""
    x = np.random.default_rng(0).standard_normal((50, 1))
    X, y = np.hstack([x, x]), 3 * x[:, 0]
    coef = lasso_path(X, y, strengths=[0.01]).coefs[:, 0]
    assert coef[1] == 0 and coef[0] == pytest.approx(3 - 0.01 * 50 / (x**2).sum(), rel=1e-13)
    coef = elastic_net_path(X, y, 0.5, strengths=[0.01]).coefs[:, 0]
    assert coef[0] == pytest.approx(coef[1], rel=1e-9) and coef[0] > 1.4


@pytest.mark.parametrize("y", [np.zeros(6), np.array([1.0, -1, 0, 0, 0, 0])], ids=["zero", "at right angles"])
def test_targets_that_no_column_explains_give_zeros(y):
    strengths, coefs, info = lasso_path(np.ones((6, 2)), y, n_strengths=4)
    assert not strengths.any() and not coefs.any() and not info["kkt"].any() and coefs.shape == (2, 4)


@pytest.mark.parametrize("size", [1e-100, 1e-6, 1e6, 1e100])
def test_units_of_the_data_are_units_of_the_result(size):
    """Columns and targets as large: the same weights, strengths of their square; exact as far as float64 goes."""
    X, y = regression()
    plain, scaled = lasso_path(X, y, eps=1e-2), lasso_path(size * X, size * y, eps=1e-2)
    np.testing.assert_allclose(scaled.strengths, size**2 * plain.strengths, rtol=1e-12)
    np.testing.assert_allclose(scaled.coefs, plain.coefs, rtol=1e-8, atol=1e-10)
    assert scaled.info["kkt"].max() < 1e-12 * scaled.strengths[0]


def test_columns_of_very_different_sizes():
    X, y = regression(40, 11)
    X *= 10.0 ** np.arange(-10, 12, 2)
    strengths, coefs, _ = lasso_path(X, y, eps=1e-9)
    assert missed(X, y, strengths, coefs).max() < 1e-12 * strengths[0]


@pytest.mark.parametrize(("size", "shown"), [(1e-180, "2.0e-180"), (1e180, r"2.0e\+180")], ids=["small", "large"])
def test_what_does_not_fit_into_float64_is_refused(size, shown):
    with pytest.raises(ValueError, match=f"^lasso_path: the squares of X and y must fit into float64, got columns .* between {shown} and"):
        lasso_path([[size], [2 * size]], [1.0, 2.0])
    with pytest.raises(ValueError, match=r"y up to 3.0e\+200; divide"):
        lasso_path([[1.0], [2.0]], [1.0, 3e200])


def test_too_few_sweeps_are_told_with_the_numbers_and_a_way_out():
    X, y = regression(200, 60, alike=3.0)
    message = r"^lasso_path: at strength 0.04 the .* missed by 1.\de-02, more than 1.0e-07, after 5 sweeps; raise max_iter=1,"
    with pytest.warns(UserWarning, match=message):  # four stations on the way
        _, coefs, info = lasso_path(X, y, strengths=[0.04], max_iter=1)
    assert 1e-2 < info["kkt"][0] == pytest.approx(missed(X, y, [0.04], coefs)[0], rel=1e-9)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lasso_path(X, y, strengths=[0.001])


def test_tensors_of_any_dtype_give_float64_arrays():
    X, y = regression()
    X, y = X.astype("float32"), y.astype("float32")
    strengths, coefs, info = lasso_path(torch.tensor(X, requires_grad=True), torch.tensor(y))
    assert {a.dtype for a in (strengths, coefs, info["kkt"])} == {np.dtype("float64")}
    np.testing.assert_array_equal(coefs, lasso_path(X, y).coefs)


def test_the_path_of_diabetes_begins_at_the_published_strength():
    data = Diabetes(scaling="norm")
    strengths, coefs, info = lasso_path(data.data, data.targets)
    assert 442 * strengths[0] == pytest.approx(949.435, abs=5e-4)
    names = [Diabetes.feature_names[j] for j in np.argsort((coefs == 0).sum(axis=1), kind="stable")]
    assert names[:6] == ["bmi", "s5", "bp", "s3", "sex", "s6"]  # the order of entry in Efron et al. 2004
    assert info["kkt"].max() < 1e-13


def test_no_weight_leaves_zero_for_a_rounding_error():
    gram, c, b, slack = np.eye(3), np.array([1 + 1e-15, 1 + 1e-15, 1.5]), np.array([0.0, 2.0, 0.0]), np.full(3, 1e-14)
    _sweep(gram, c, b, 1.0, 0.0, slack)
    np.testing.assert_allclose(b, [0.0, 2.0, 0.5], rtol=1e-14)
    assert b[0] == 0.0


def test_strengths_near_the_end_of_float64():
    X, y = regression(5, 12)
    for l1_ratio in (1.0, 1 - 1e-15):
        strengths, coefs, _ = elastic_net_path(X, y, l1_ratio, strengths=[1e-300])
        assert missed(X, y, strengths, coefs, l1_ratio).max() < 1e-13 * abs(X.T @ y).max()


def test_the_violation_of_each_weight_by_hand():
    c, b = np.array([3.0, -0.5, 1.2, -1.2, 0.0]), np.array([2.0, -1.0, 0.0, 0.0, 0.0])
    np.testing.assert_allclose(violations(c, b, 1.0, 0.5), [1.0, 1.0, 0.2, 0.2, 0.0], rtol=1e-15)


def test_a_thousand_columns_and_a_hundred_strengths():
    """Columns that correlate by 0.9, fewer examples: the case that coordinate descent alone is slow in."""
    X, y = regression(100, 1000, alike=3.0)
    strengths, coefs, info = lasso_path(X, y)
    assert missed(X, y, strengths, coefs).max() < 1e-12 and 40 < info["active"][-1] <= 99 and info["iterations"].max() < 20
