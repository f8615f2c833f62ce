import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinyreg as torch
from tinyreg.datasets import Diabetes
from tinyreg.regularization.l2 import l2_penalty
from tinyreg.regularization.paths import filter_factors, ridge


def regression(n=30, d=6, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)), rng.standard_normal(n)


def normal_equations(X, y, s):
    return np.linalg.solve(X.T @ X + s * np.eye(X.shape[1]), X.T @ y)


def test_by_hand():
    """Singular values 2 and 1: factors 4/5 and 1/2."""
    X, y = np.array([[0.0, 2.0], [-1.0, 0.0]]), np.array([5.0, 4.0])
    coef, df = ridge(X, y, 1.0)
    np.testing.assert_allclose(coef, [-2.0, 2.0], rtol=1e-15)
    assert df == pytest.approx(1.3, rel=1e-15) and isinstance(df, float)


@pytest.mark.parametrize("shape", [(30, 6), (6, 6), (6, 30), (1, 4), (4, 1)])
@pytest.mark.parametrize("s", [0.01, 1.0, 100.0])
def test_it_solves_the_normal_equations(shape, s):
    X, y = regression(*shape)
    np.testing.assert_allclose(ridge(X, y, s).coef, normal_equations(X, y, s), rtol=1e-10)


@settings(deadline=None)
@given(st.integers(1, 12), st.integers(1, 12), st.floats(1e-3, 1e3), st.integers(0, 10**6))
def test_it_solves_them_whatever_the_design(n, d, s, seed):
    """Also where columns are copies of each other, or 0."""
    rng = np.random.default_rng(seed)
    X, y = rng.integers(-2, 3, (n, d)).astype(float), rng.standard_normal(n)
    coef, df = ridge(X, y, s)
    slope = X.T @ (y - X @ coef) - s * coef
    assert abs(slope).max() <= 1e-12 * (1 + abs(X.T @ y).max())
    assert df == pytest.approx(np.trace(X @ np.linalg.solve(X.T @ X + s * np.eye(d), X.T)), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("shape", [(30, 6), (6, 30)])
def test_df_is_the_trace_of_the_hat_matrix(shape):
    X, y = regression(*shape)
    for s in (0.1, 3.0):
        hat = X @ np.linalg.solve(X.T @ X + s * np.eye(shape[1]), X.T)
        coef, df = ridge(X, y, s)
        assert df == pytest.approx(np.trace(hat), rel=1e-12)
        np.testing.assert_allclose(X @ coef, hat @ y, rtol=1e-10, atol=1e-12)


def test_the_published_degrees_of_freedom_on_diabetes():
    """10, 9.87, 9.25, 7.64, 3.94, 0.83, 0.10 at 0, .001, .01, .1, 1, 10, 100, to the printed digits."""
    data = Diabetes(scaling="norm")
    df = ridge(data.data, data.targets, [0, 0.001, 0.01, 0.1, 1, 10, 100]).df
    assert [f"{value:.2f}" for value in df] == ["10.00", "9.87", "9.25", "7.64", "3.94", "0.83", "0.10"]


def test_several_strengths_are_columns_in_their_order():
    X, y = regression()
    strengths = [1.0, 100.0, 0.0]
    coef, df = ridge(X, y, strengths)
    assert coef.shape == (6, 3) and df.shape == (3,)
    for i, s in enumerate(strengths):
        alone = ridge(X, y, s)
        np.testing.assert_allclose(coef[:, i], alone.coef, rtol=1e-13)
        assert df[i] == pytest.approx(alone.df, rel=1e-13) and alone.coef.shape == (6,)
    one = ridge(X, y, [1.0])
    assert one.coef.shape == (6, 1) and one.df.shape == (1,)
    np.testing.assert_allclose(ridge(torch.tensor(X), torch.tensor(y), torch.tensor(1.0)).coef, one.coef[:, 0], rtol=1e-15)


def test_strength_zero_is_the_shortest_least_squares_solution():
    X, y = regression(6, 30)
    coef, df = ridge(X, y, 0)
    np.testing.assert_allclose(coef, np.linalg.pinv(X) @ y, rtol=1e-10)
    np.testing.assert_allclose(X @ coef, y, rtol=1e-10)
    assert df == pytest.approx(6, rel=1e-14)


@pytest.mark.parametrize("s", [0, 1e-30, 1e-12])
def test_rounding_makes_no_direction_of_copied_columns(s):
    """One column three times: each copy gets a third, at every small strength."""
    x = np.random.default_rng(0).standard_normal((20, 1))
    coef, df = ridge(np.hstack([x, x, x, 0 * x]), 6 * x[:, 0], s)
    np.testing.assert_allclose(coef, [2, 2, 2, 0], rtol=1e-12, atol=1e-14)
    assert df == pytest.approx(1, rel=1e-11)


def test_nothing_is_left_of_columns_of_zeros():
    coef, df = ridge(np.zeros((3, 2)), [1, 2, 3], [0, 1])
    assert not coef.any() and df.tolist() == [0, 0]


def test_df_and_length_fall_and_no_weight_is_ever_zero():
    data = Diabetes(scaling="norm")
    coef, df = ridge(data.data, data.targets, np.logspace(-6, 6, 40))
    assert (np.diff(df) < 0).all() and (np.diff(np.linalg.norm(coef, axis=0)) < 0).all()
    assert (coef != 0).all() and df[0] == pytest.approx(10, abs=1e-3) and df[-1] < 1e-4


def test_the_ends_of_float64():
    X, y = regression()
    coef, df = ridge(X, y, 1e308)
    assert abs(coef).max() < 1e-300 and df < 1e-300
    for size in (1e-150, 1e150):
        np.testing.assert_allclose(ridge(size * X, size * y, 0.0).coef, ridge(X, y, 0.0).coef, rtol=1e-12)


def test_the_factors_are_what_is_left_of_least_squares_along_each_direction():
    X, y = regression()
    U, d, Vt = np.linalg.svd(X, full_matrices=False)
    values, factors = filter_factors(X, [0, 2.0])
    np.testing.assert_allclose(values, d, rtol=1e-14)
    np.testing.assert_allclose(factors[:, 1], d**2 / (d**2 + 2), rtol=1e-14)
    assert factors[:, 0].tolist() == [1] * 6
    np.testing.assert_allclose(Vt @ ridge(X, y, 2.0).coef, factors[:, 1] * (Vt @ ridge(X, y, 0.0).coef), rtol=1e-11)
    assert ridge(X, y, 2.0).df == pytest.approx(filter_factors(X, 2.0)[1].sum(), rel=1e-14)


def test_the_factors_of_a_table_that_lacks_directions():
    x = np.ones((3, 1))
    values, factors = filter_factors(np.hstack([x, 2 * x, 0 * x, x]), 6.0)
    assert values.shape == factors.shape == (3,)
    np.testing.assert_allclose(values, [np.sqrt(18), 0, 0], atol=1e-15)
    np.testing.assert_allclose(factors, [0.75, 0, 0], atol=1e-15)


def test_it_is_l2_penalty_beside_half_the_sum_of_squares():
    """Equation (4) of l2's room: at the solution of ridge the gradient of |y - Xw|^2/2 + l2_penalty is 0."""
    X, y = regression()
    w = torch.tensor(ridge(X, y, 3.0).coef, requires_grad=True)
    (((torch.tensor(y) - torch.tensor(X) @ w) ** 2).sum() / 2 + l2_penalty([w], 3.0)).backward()
    assert abs(w.grad.numpy()).max() < 1e-12


@pytest.mark.parametrize(
    "door", [lambda s: ridge([[1.0], [2.0]], [1, 2], s), lambda s: filter_factors([[1.0], [2.0]], s)], ids=["ridge", "factors"]
)
@pytest.mark.parametrize(
    ("strength", "error", "message"),
    [
        (-1.0, ValueError, "strength must be a finite number of at least 0, got strength=-1.0"),
        ([1.0, -2.0], ValueError, "strength must be .* got strength=-2.0"),
        (float("inf"), ValueError, "strength must be .* got strength=inf"),
        ([1.0, np.nan], ValueError, r"strength must hold finite numbers, got nan at strength\[1\]"),
        ([], ValueError, r"strength must hold at least one number, got shape \(0,\)"),
        ([[1.0]], ValueError, r"strength must be a row of numbers, got shape \(1, 1\)"),
        ("a", TypeError, "strength must be a number, got strength='a'"),
        (None, TypeError, "strength must be a number, got strength=None"),
    ],
)
def test_strengths_that_make_no_sense_are_refused(door, strength, error, message):
    with pytest.raises(error, match=f"^(ridge|filter_factors): {message}"):
        door(strength)
