import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinyreg

NAN = math.nan


def leaf(values):
    return tinyreg.tensor(np.array(values, dtype=np.float64), requires_grad=True)


@pytest.mark.parametrize("name", ["max", "min", "amax", "amin"])
def test_ties_over_all_share_the_gradient_evenly(name):
    x = leaf([[2, 1, 2], [1, 2, 1]])
    getattr(tinyreg, name)(x).backward()
    third = [[1 / 3, 0, 1 / 3], [0, 1 / 3, 0]] if "max" in name else [[0, 1 / 3, 0], [1 / 3, 0, 1 / 3]]
    np.testing.assert_allclose(x.grad.numpy(), third)


def test_ties_along_a_dimension():
    x = leaf([[2, 2, 1], [0, 0, 0]])
    x.amax(1).backward(tinyreg.tensor([1.0, 3.0]))
    assert x.grad.tolist() == [[0.5, 0.5, 0], [1, 1, 1]]
    x.grad = None
    x.max(1).values.backward(tinyreg.tensor([1.0, 3.0]))  # all of it to the first, whose index is returned
    assert x.grad.tolist() == [[1, 0, 0], [3, 0, 0]]


@given(hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=4), elements=st.integers(-2, 2)), st.data(), st.booleans())
def test_values_and_indices_are_numpys(values, data, keepdim):
    dim = data.draw(st.integers(-values.ndim, values.ndim - 1))
    x = tinyreg.tensor(values)
    for name in ("max", "min"):
        pair = getattr(tinyreg, name)(x, dim, keepdim)
        np.testing.assert_array_equal(pair.values.numpy(), getattr(values, name)(dim, keepdims=keepdim))
        np.testing.assert_array_equal(pair.indices.numpy(), getattr(values, f"arg{name}")(dim, keepdims=keepdim))
        assert pair.indices.dtype == tinyreg.int64
        assert getattr(x, f"arg{name}")(dim, keepdim).tolist() == pair.indices.tolist()
        assert getattr(x, f"arg{name}")().item() == getattr(values, f"arg{name}")()
        assert getattr(x, f"a{name}")(dim, keepdim).tolist() == pair.values.tolist()


def test_the_pair_has_names_and_unpacks():
    values, indices = result = tinyreg.max(leaf([[1, 5], [4, 3]]), dim=1)
    assert values is result.values and indices is result.indices is result[1]
    assert values.requires_grad and not indices.requires_grad
    assert tinyreg.max(tinyreg.tensor([True, False]), 0).values.item() is True


def test_of_two_tensors_elementwise():
    a, b = leaf([1, 5, 3]), leaf([2, 4, 3])
    tinyreg.max(a, b).sum().backward()
    assert a.grad.tolist() == [0, 1, 0.5] and b.grad.tolist() == [1, 0, 0.5]
    assert tinyreg.min(a, other=b).tolist() == [1, 4, 3]


def test_a_number_is_its_own_extremum():
    x = leaf(3.0)
    assert tinyreg.max(x, 0).indices.item() == tinyreg.argmin(x, -1).item() == tinyreg.argmax(x).item() == 0
    x.max(0).values.backward()
    assert x.grad.item() == 1 and x.amax(0).shape == ()


def test_nan_wins():
    x = leaf([[1, NAN, 3], [1, 2, 3]])
    assert tinyreg.isnan(x.max()).item() and x.argmax(1).tolist() == [1, 2]
    x.amax(1).sum().backward()
    assert x.grad.tolist() == [[0, 1, 0], [0, 0, 1]]


@pytest.mark.parametrize("name", ["max", "min", "amax", "amin", "argmax", "argmin"])
def test_refusals_name_the_value(name):
    function, nothing = getattr(tinyreg, name), tinyreg.zeros(0, 3)
    with pytest.raises((RuntimeError, IndexError), match=rf"{name}: there must be elements to choose from, got shape \(0, 3\)"):
        function(nothing)
    with pytest.raises(IndexError, match=rf"{name}: there must be elements to choose from, got shape \(0, 3\)"):
        function(nothing, dim=0)
    assert tuple(tinyreg.amax(nothing, 1).shape) == (0,)
    with pytest.raises(IndexError, match=rf"{name}: dim must lie in \[-2, 1\] .*got dim=-3"):
        function(nothing, dim=-3)
    with pytest.raises(TypeError, match=f"{name}: input must be a Tensor, got float"):
        function(1.0, 0)


def test_float32_stays_float32():
    x = tinyreg.ones(2, 3, requires_grad=True)
    (x.amax(0).sum() + x.max(1).values.sum() + x.min()).backward()
    assert x.grad.dtype == tinyreg.float32


def test_both_extremes_at_once():
    x = leaf([[1, 4, 1], [4, 2, 3]])
    smallest, largest = result = tinyreg.aminmax(x)
    assert (smallest.item(), largest.item()) == (1, 4) == (result.min.item(), result.max.item())
    (2 * smallest + 6 * largest).backward()
    assert x.grad.tolist() == [[1, 3, 1], [3, 0, 0]]  # ties share
    assert x.aminmax(dim=1, keepdim=True).max.tolist() == [[4], [4]] and x.aminmax(dim=0).min.tolist() == [1, 2, 1]
    assert leaf(2.5).aminmax(dim=0).min.item() == 2.5


def test_refusals_of_aminmax_and_of_places_of_bools():
    with pytest.raises(RuntimeError, match=r"aminmax: there must be elements to choose from, got shape \(0, 3\)"):
        tinyreg.zeros(0, 3).aminmax()
    with pytest.raises(TypeError, match=r"aminmax: dim must be an integer, got \(0, 1\)"):
        tinyreg.ones(2, 2).aminmax(dim=(0, 1))
    for name in ("argmax", "argmin"):
        with pytest.raises(RuntimeError, match=f"{name}: input must be numbers, got dtype bool"):
            getattr(tinyreg.tensor([True]), name)()


def test_the_gradient_goes_to_the_nan_that_wins():
    """PyTorch's is nan for every element."""
    x = leaf([1, NAN, 3, NAN])
    x.amax().backward()
    assert x.grad.tolist() == [0, 0.5, 0, 0.5]
