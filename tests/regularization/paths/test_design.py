import numpy as np
import pytest

import tinyreg as torch
from tinyreg.regularization.paths import elastic_net_path, filter_factors, lasso_path, ridge
from tinyreg.regularization.paths.design import check_strengths, design, geometric

DOORS = {
    "ridge": lambda X, y: ridge(X, y, 1.0),
    "lasso_path": lambda X, y: lasso_path(X, y, n_strengths=3),
    "elastic_net_path": lambda X, y: elastic_net_path(X, y, 0.5, n_strengths=3),
}
doors = pytest.mark.parametrize("door", DOORS)


@pytest.mark.parametrize(
    "given",
    [
        [[1, 2], [3, 4], [5, 7]],
        np.array([[1, 2], [3, 4], [5, 7]]),
        np.array([[1, 2], [3, 4], [5, 7]], dtype="float32", order="F"),
        torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]], requires_grad=True),
        torch.tensor([[1, 2], [3, 4], [5, 7]], dtype=torch.int64),
    ],
    ids=["lists", "integers", "float32", "tensor", "integer tensor"],
)
def test_whatever_comes_in_is_float64_on_the_host(given):
    X, y = design("ridge", given, [1, 0, 1])
    assert type(X) is np.ndarray and X.dtype == y.dtype == np.float64 and X.flags.c_contiguous
    np.testing.assert_array_equal(X, [[1, 2], [3, 4], [5, 7]])


@doors
def test_inputs_are_left_as_they_are(door):
    X, y = np.random.default_rng(0).standard_normal((5, 3)), np.arange(5.0)
    kept = X.copy(), y.copy()
    X.flags.writeable = y.flags.writeable = False
    DOORS[door](X, y)
    np.testing.assert_array_equal(X, kept[0])
    np.testing.assert_array_equal(y, kept[1])
    table, targets = design("ridge", X, y)
    assert not np.shares_memory(table, X) and not np.shares_memory(targets, y)


@doors
@pytest.mark.parametrize(
    ("X", "y", "error", "message"),
    [
        (np.ones((3, 2)), np.ones(2), ValueError, r"X of shape \(3, 2\) and y of shape \(2,\); .* X.T has as many"),
        (np.ones((3, 2)), np.ones(4), ValueError, r"X of shape \(3, 2\) and y of shape \(4,\); the rows of X are the examples$"),
        (np.ones(3), np.ones(3), ValueError, r"X must be a table .*, got shape \(3,\); reshape\(-1, 1\)"),
        (np.ones((3, 2)), np.ones((3, 1)), ValueError, r"y must be a row of numbers, got shape \(3, 1\); ravel\(\)"),
        (np.ones((3, 2, 2)), np.ones(3), ValueError, r"got shape \(3, 2, 2\); reshape it"),
        (np.ones((0, 2)), np.ones(0), ValueError, r"X must hold at least one number, got shape \(0, 2\)"),
        (np.ones((2, 0)), np.ones(2), ValueError, r"got shape \(2, 0\)"),
        ([[1.0, 2.0], [3.0, np.nan]], [1, 2], ValueError, r"X must hold finite numbers, got nan at X\[1, 1\]"),
        ([[1.0], [3.0]], [1, -np.inf], ValueError, r"y must hold finite numbers, got -inf at y\[1\]"),
        ([[1j], [3.0]], [1, 2], TypeError, "X must hold real numbers, got dtype complex128"),
        ([["a"], ["b"]], [1, 2], TypeError, "X must hold real numbers, got dtype <U1"),
        ([[1], [2]], [None, 2], TypeError, "y must hold real numbers, got dtype object"),
        ([[1], [2, 3]], [1, 2], ValueError, "X must be a table of numbers, .* got rows of unequal length"),
    ],
    ids="rows columns row y_column three_axes no_rows no_columns nan infinity complex text none ragged".split(),
)
def test_what_does_not_fit_is_refused(door, X, y, error, message):
    with pytest.raises(error, match=f"^{door}: .*{message}"):
        DOORS[door](X, y)


def test_the_factors_of_what_is_no_table_are_refused():
    with pytest.raises(ValueError, match=r"filter_factors: X must be a table .* got shape \(3,\)"):
        filter_factors(np.ones(3), 1.0)


@pytest.mark.parametrize("path", [lasso_path, lambda X, y, **k: elastic_net_path(X, y, 0.5, **k)], ids=["lasso", "elastic_net"])
@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"n_strengths": 0}, ValueError, "n_strengths must be at least 1, got 0"),
        ({"n_strengths": 2.5}, TypeError, "n_strengths must be an integer, got 2.5"),
        ({"n_strengths": True}, TypeError, "n_strengths must be an integer, got True"),
        ({"eps": 1.0}, ValueError, r"eps must lie in \(0, 1\), got 1.0"),
        ({"eps": None}, ValueError, r"eps must lie in \(0, 1\), got None"),
        ({"strengths": [1.0, -0.5]}, ValueError, "strengths must be finite numbers of at least 0, got -0.5"),
        ({"strengths": [np.nan]}, ValueError, r"strengths must hold finite numbers, got nan at strengths\[0\]"),
        ({"strengths": 1.0}, ValueError, r"strengths must be a row of numbers, got shape \(\)"),
        ({"strengths": []}, ValueError, r"strengths must hold at least one number, got shape \(0,\)"),
        ({"strengths": ["a"]}, TypeError, "strengths must hold real numbers"),
        ({"max_iter": 0}, ValueError, "max_iter must be at least 1, got 0"),
        ({"max_iter": 1.5}, TypeError, "max_iter must be an integer, got 1.5"),
    ],
)
def test_settings_of_a_path_that_make_no_sense_are_refused(path, options, error, message):
    with pytest.raises(error, match=f"^(lasso|elastic_net)_path: {message}"):
        path(np.ones((3, 2)), np.ones(3), **options)


def test_a_grid_falls_from_the_largest_to_its_share():
    grid = geometric(7.0, 100, 1e-3)
    assert grid[0] == 7.0 and grid[-1] == pytest.approx(7e-3, rel=1e-14) and len(grid) == 100
    np.testing.assert_allclose(grid[1:] / grid[:-1], 1e-3 ** (1 / 99), rtol=1e-13)
    assert geometric(7.0, 1, 1e-3).tolist() == [7.0]
    assert geometric(0.0, 3, 1e-3).tolist() == [0.0, 0.0, 0.0]


def test_given_strengths_are_sorted_and_equal_ones_kept():
    given = np.array([0.5, 2.0, 0.0, 2.0])
    assert check_strengths("lasso_path", given).tolist() == [2.0, 2.0, 0.5, 0.0]
    assert check_strengths("lasso_path", torch.tensor([1.0, 2.0])).tolist() == [2.0, 1.0]
    assert given.tolist() == [0.5, 2.0, 0.0, 2.0]
