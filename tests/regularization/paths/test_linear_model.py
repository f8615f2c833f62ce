import numpy as np
import pytest

from tinyreg.regularization.paths.linear_model import LinearModel


def model(n, d, seed=0):
    rng = np.random.default_rng(seed)
    X, y = rng.standard_normal((n, d)), rng.standard_normal(n)
    return LinearModel("lasso_path", X, y), X, y


def test_products_of_columns_are_computed_once_and_given_in_any_order():
    m, X, _ = model(9, 6)
    whole = X.T @ X / 9
    for columns in ([4, 1], [1, 2, 4], [0, 5, 4, 3], [2], [5, 4, 3, 2, 1, 0]):
        np.testing.assert_allclose(m.gram(np.array(columns)), whole[np.ix_(columns, columns)], rtol=1e-13, atol=1e-15)
    before = m._products
    m.gram(np.array([3, 0]))
    assert m._products is before and before.shape == (6, 6)


def test_the_gradient_and_its_rounding_errors():
    m, X, y = model(9, 6)
    b = np.array([0.0, 2.0, 0.0, -1.0, 0.0, 0.5])
    exact = (X.astype("longdouble").T @ (y - X.astype("longdouble") @ b)) / 9
    assert (abs(m.gradient(b) - exact) <= m.rounding(b)).all() and m.rounding(b).max() < 1e-13
    np.testing.assert_allclose(m.gradient(np.zeros(6)), m.correlation, rtol=1e-13)
    assert m.largest == abs(m.correlation).max()


@pytest.mark.parametrize(("n", "d", "l2"), [(9, 4, 0.0), (9, 4, 0.3), (3, 7, 0.3), (3, 7, 1e-12)])
def test_a_step_goes_to_the_minimum_of_the_quadratic(n, d, l2):
    """Where columns outnumber examples, through the smaller system."""
    m, X, y = model(n, d)
    columns = np.arange(d)
    slope = m.correlation
    step, endless = m.newton_step(columns, m.gram(columns), slope, l2)
    assert not endless
    np.testing.assert_allclose(X.T @ (X @ step) / n + l2 * step, slope, atol=1e-6 * abs(slope).max())
    if l2 != 1e-12:
        np.testing.assert_allclose(step, np.linalg.solve(X.T @ X / n + l2 * np.eye(d), slope), rtol=1e-10)


def test_the_smaller_system_is_solved_where_columns_outnumber_examples(monkeypatch):
    m, sizes, solve = model(3, 50)[0], [], np.linalg.solve
    monkeypatch.setattr(np.linalg, "solve", lambda a, b: sizes.append(len(a)) or solve(a, b))
    m.newton_step(np.arange(50), m.gram(np.arange(50)), m.correlation, 0.5)
    assert sizes == [3]


def test_a_slope_that_only_the_penalty_takes_away():
    """Along directions in which X does not extend the step is the slope over l2, however small l2 is."""
    m, X, _ = model(3, 7)
    step, endless = m.newton_step(np.arange(7), m.gram(np.arange(7)), np.ones(7), 1e-13)
    _, _, Vt = np.linalg.svd(X)
    assert not endless
    np.testing.assert_allclose(1e-13 * Vt[3:] @ step, Vt[3:] @ np.ones(7), rtol=1e-9)


def test_copies_of_a_column_share_the_step():
    x = np.array([1.0, 2.0, -1.0])
    m = LinearModel("lasso_path", np.stack([x, x], axis=1), 4 * x)
    step, endless = m.newton_step(np.arange(2), m.gram(np.arange(2)), m.correlation, 0.0)
    assert not endless and step.sum() == pytest.approx(4, rel=1e-14)


def test_a_slope_that_no_step_takes_away_has_no_end():
    """Two copies that are pulled apart: the sum stays, and the difference may grow for ever."""
    x = np.array([1.0, 2.0, -1.0])
    m = LinearModel("lasso_path", np.stack([x, x], axis=1), x)
    direction, endless = m.newton_step(np.arange(2), m.gram(np.arange(2)), np.array([1.0, -1.0]), 0.0)
    assert endless
    np.testing.assert_allclose(direction, [1.0, -1.0], rtol=1e-14)
    step, endless = m.newton_step(np.arange(2), m.gram(np.arange(2)), np.array([1.0, -1.0]), 0.5)
    assert not endless
    np.testing.assert_allclose(step, [2.0, -2.0], rtol=1e-13)
