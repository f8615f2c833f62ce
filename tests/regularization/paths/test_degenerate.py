"""Every path under inputs that nobody hopes for: more columns than rows, one row, copies, zeros, huge and tiny units, other dtypes."""

import numpy as np
import pytest

import tinyreg as torch
from tinyreg.regularization.paths.coordinate_descent import elastic_net_path, lasso_path
from tinyreg.regularization.paths.group_path import group_lasso_path
from tinyreg.regularization.paths.least_angle import lars_path
from tinyreg.regularization.paths.ridge import ridge
from tinyreg.regularization.paths.zou_hastie import enet_path


def pairs(X):
    """A group for every two columns."""
    return np.arange(np.shape(X)[1]) // 2


PATHS = {
    "lasso": lambda X, y: lasso_path(X, y, n_strengths=12),
    "elastic net": lambda X, y: elastic_net_path(X, y, 1.0, n_strengths=12),
    "group lasso": lambda X, y: group_lasso_path(X, y, pairs(X), n_strengths=12),
    "lar": lambda X, y: lars_path(X, y),
    "lasso by homotopy": lambda X, y: lars_path(X, y, method="lasso"),
    "l2 = 0": lambda X, y: enet_path(X, y, 0.0),
}
paths = pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)


def wide(rng):
    return rng.normal(size=(6, 15)), rng.normal(size=6)


def copies(rng):
    X = rng.normal(size=(20, 3))
    return np.hstack([X, X, -2 * X, np.zeros((20, 1))]), rng.normal(size=20)


def one_row(rng):
    return rng.normal(size=(1, 4)), np.array([2.0])


def ties(rng):
    return rng.integers(-1, 2, size=(9, 6)).astype(float), rng.integers(-2, 3, size=9).astype(float)


def all_equal(rng):
    return np.ones((5, 3)), rng.normal(size=5)


def nearly_alike(rng):
    return rng.normal(size=(30, 1)) + 1e-4 * rng.normal(size=(30, 8)), rng.normal(size=30)


def low_rank(rng):
    return rng.normal(size=(20, 2)) @ rng.normal(size=(2, 9)), rng.normal(size=20)


@paths
@pytest.mark.parametrize("make", [wide, copies, one_row, ties, all_equal, nearly_alike, low_rank])
def test_optimal_whatever_the_columns(path, make):
    """The conditions of optimality, as each path reports them, at 8 draws; homotopies end at least squares."""
    for seed in range(8):
        X, y = make(np.random.default_rng(seed))
        strengths, coefs, info = path(X, y)
        largest = strengths[0]
        assert (np.diff(strengths) <= 0).all() and not coefs[:, 0].any() and np.isfinite(coefs).all()
        assert info["kkt"].max() <= 1e-8 * min(largest, 1) + 1e-15
        if "knot" in info and largest > 0:
            assert strengths[-1] == 0
            residuals = np.linalg.norm(y - X @ coefs[:, -1])
            assert residuals <= np.linalg.norm(y - X @ np.linalg.lstsq(X, y)[0]) + 1e-9 * np.linalg.norm(y)


@pytest.mark.parametrize("make", [wide, copies, one_row, ties, all_equal, nearly_alike, low_rank])
def test_two_roads_to_the_lasso_predict_the_same(make):
    """Where columns are copies the coefficients are not unique, but the prediction and |b|_1 are."""
    for seed in range(8):
        X, y = make(np.random.default_rng(seed))
        knots, by_homotopy, _ = lars_path(X, y, method="lasso")
        _, coefs, _ = lasso_path(X, y, strengths=knots)
        np.testing.assert_allclose(X @ coefs, X @ by_homotopy, atol=1e-8 * np.linalg.norm(y))
        penalized = knots > 0  # at 0, least squares has more solutions than one wherever there are more columns than their rank
        np.testing.assert_allclose(abs(coefs).sum(axis=0)[penalized], abs(by_homotopy).sum(axis=0)[penalized], rtol=1e-6, atol=1e-12)


@paths
def test_no_target_no_weights(path):
    X, _ = copies(np.random.default_rng(0))
    for y in (np.zeros(20), -np.zeros(20)):
        strengths, coefs, _ = path(X, y)
        assert not strengths.any() and not coefs.any() and len(strengths) == coefs.shape[1] >= 1


@paths
@pytest.mark.parametrize(
    ("x_unit", "y_unit"), [(2.0**40, 1.0), (2.0**-40, 2.0**40), (1.0, 2.0**-200), (2.0**-200, 2.0**-200), (2.0**300, 1)]
)
def test_units_do_not_matter(path, x_unit, y_unit):
    """In units of powers of 2 nothing is rounded: strengths grow by both units, coefficients by their ratio."""
    X, y = np.random.default_rng(0).normal(size=(20, 6)), np.random.default_rng(1).normal(size=20)
    strengths, coefs, info = path(X, y)
    scaled, other, _ = path(X * x_unit, y * y_unit)
    np.testing.assert_allclose(scaled, strengths * (x_unit * y_unit), rtol=1e-12, atol=0)
    np.testing.assert_allclose(other * (x_unit / y_unit), coefs, rtol=1e-6, atol=1e-8 * abs(coefs).max())


def test_the_unit_does_not_matter_to_ridge():
    X, y = np.random.default_rng(0).normal(size=(20, 6)), np.random.default_rng(1).normal(size=20)
    for unit in (2.0**40, 2.0**-40, 2.0**300, 2.0**-300):
        (coef, df), (other, same) = ridge(X, y, 0.7), ridge(X * unit, y, 0.7 * unit**2)
        np.testing.assert_allclose(other * unit, coef, rtol=1e-13)
        assert df == pytest.approx(same, rel=1e-13)


@paths
@pytest.mark.parametrize("power", [-200, -160, 160, 200])
def test_what_cannot_be_squared_is_refused(path, power):
    X, y = np.random.default_rng(0).normal(size=(20, 6)), np.random.default_rng(1).normal(size=20)
    with pytest.raises(
        ValueError, match=rf"_path: the squares of X and y must fit into float64, got columns .*e.{abs(power)} and y up to 1\.3"
    ):
        path(X * 10.0**power, y)


VIEWS = {
    "float32 Tensor": lambda a: torch.tensor(a.astype("float32"), requires_grad=True),
    "integers": lambda a: a.astype("int64"),
    "small integers": lambda a: a.astype("int8"),
    "float16": lambda a: a.astype("float16"),
    "lists": lambda a: a.tolist(),
    "every other one": lambda a: np.repeat(np.repeat(a, 2, axis=0), 2, axis=-1)[::2, ..., ::2] if a.ndim == 2 else np.repeat(a, 2)[::2],
    "backwards": lambda a: a[::-1].copy()[::-1],
    "column by column": np.asfortranarray,
    "read-only": lambda a: np.broadcast_to(a, a.shape),
}


@paths
@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_how_the_numbers_are_stored_does_not_matter(path, view):
    rng = np.random.default_rng(0)
    X, y = rng.integers(-9, 10, size=(12, 4)).astype(float), rng.integers(-9, 10, size=12).astype(float)
    stored, targets = view(X), view(y)
    for got, expected in zip(path(stored, targets)[:2], path(X, y)[:2]):
        assert type(got) is np.ndarray and got.dtype == np.float64
        np.testing.assert_array_equal(got, expected)
    np.testing.assert_array_equal(np.asarray(stored.detach().numpy() if isinstance(stored, torch.Tensor) else stored), X)
