import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinyreg


def leaf(values):
    return tinyreg.tensor(np.array(values, dtype=np.float64), requires_grad=True)


def cube():
    return leaf(np.random.default_rng(0).standard_normal((2, 3, 4)))


def check(x, y, expected, back):
    """Values are those expected, and the gradient is the cotangent moved back."""
    np.testing.assert_array_equal(y.detach().numpy(), expected)
    grad = np.random.default_rng(1).standard_normal(y.shape)
    y.backward(tinyreg.tensor(grad))
    np.testing.assert_array_equal(x.grad.numpy(), back(grad))


@given(st.lists(st.integers(0, 2), unique=True, max_size=3))
def test_flip_is_its_own_inverse(dims):
    x = cube()
    y = tinyreg.flip(x, dims)
    check(x, y, np.flip(x.detach().numpy(), dims), lambda g: np.flip(g, dims))
    assert tinyreg.flip(y, dims).tolist() == x.tolist()


def test_columns_and_rows():
    x = tinyreg.tensor([[1, 2], [3, 4]])
    assert x.fliplr().tolist() == [[2, 1], [4, 3]] and x.flipud().tolist() == [[3, 4], [1, 2]] == x.flip(0).tolist()


@given(st.integers(-5, 5), st.integers(-5, 5))
def test_roll_is_undone_by_rolling_back(first, second):
    x = cube()
    shifts, dims = (first, second), (-1, 0)
    check(x, tinyreg.roll(x, shifts, dims), np.roll(x.detach().numpy(), shifts, dims), lambda g: np.roll(g, (-first, -second), dims))
    x = cube()
    check(x, x.roll(first), np.roll(x.detach().numpy(), first), lambda g: np.roll(g, -first))


@given(st.integers(-5, 5), st.permutations([0, 1, 2]))
def test_rot90_is_numpys(k, dims):
    x, plane = cube(), tuple(dims[:2])
    check(x, tinyreg.rot90(x, k, plane), np.rot90(x.detach().numpy(), k, plane), lambda g: np.rot90(g, -k, plane))


def test_the_results_are_copies():
    x = tinyreg.zeros(2, 2)
    for y in (x.flip(0), x.flip(()), x.roll(0), x.roll(1, 0), x.rot90(0), x.rot90(1), x.rot90(2)):
        y.add_(1)
    assert x.sum().item() == 0
    w = leaf(np.ones((2, 2)))
    for y in (w.flip(0), w.roll(1), w.rot90(1), w.rot90(3)):
        assert y.add_(1).tolist() == [[2, 2], [2, 2]]  # no view of something recorded


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (RuntimeError, r"flip: dim must name each dimension once, got \(0, 0\)", lambda x: x.flip(0, 0)),
        (IndexError, r"flip: dim must lie in \[-3, 2\] .* got dim=3", lambda x: x.flip(3)),
        (TypeError, r"flip: dims must be integers, got \('a',\)", lambda x: x.flip("a")),
        (RuntimeError, r"fliplr: the input must have at least 2 dimensions, got shape \(4,\)", lambda x: x[0, 0].fliplr()),
        (RuntimeError, r"flipud: the input must have at least 1 dimensions, got shape \(\)", lambda x: x.sum().flipud()),
        (RuntimeError, r"roll: shifts must hold one number .* got shifts=\(1, 2\) and dims=\(0,\)", lambda x: x.roll((1, 2), (0,))),
        (RuntimeError, r"roll: shifts must hold one number .* got shifts=\(1, 2\) and dims=None", lambda x: x.roll((1, 2))),
        (IndexError, "roll: .* got dims=0 for a 0-d tensor", lambda x: x.sum().roll(1, 0)),
        (TypeError, r"roll: shifts must be integers, got \(1.5,\)", lambda x: x.roll(1.5)),
        (RuntimeError, r"rot90: dims must be two dimensions .* got \(0,\) for shape \(2, 3, 4\)", lambda x: x.rot90(1, (0,))),
        (RuntimeError, r"rot90: dim must name each dimension once, got \(0, -3\)", lambda x: x.rot90(1, (0, -3))),
        (TypeError, "rot90: k must be an integer, got k=1.5", lambda x: x.rot90(1.5)),
    ],
)
def test_refusals_name_the_value(error, message, call):
    with pytest.raises(error, match=message):
        call(cube())
