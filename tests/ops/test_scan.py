import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinyreg


def leaf(values):
    return tinyreg.tensor(np.array(values, dtype=np.float64), requires_grad=True)


def test_running_sums_by_hand():
    x = leaf([[1, 2, 3], [4, 5, 6]])
    y = x.cumsum(1)
    assert y.tolist() == [[1, 3, 6], [4, 9, 15]] and x.cumsum(0).tolist() == [[1, 2, 3], [5, 7, 9]]
    y.backward(tinyreg.tensor([[1.0, 10, 100], [0, 0, 1]], dtype=tinyreg.float64))
    assert x.grad.tolist() == [[111, 110, 100], [1, 1, 1]]  # each takes part in all sums from its own on


def test_running_products_by_hand():
    x = leaf([2, 3, 4])
    y = x.cumprod(0)
    assert y.tolist() == [2, 6, 24]
    y.backward(tinyreg.tensor([1.0, 10, 100], dtype=tinyreg.float64))
    # 1 + 10*3 + 100*3*4, 10*2 + 100*2*4, 100*2*3
    np.testing.assert_allclose(x.grad.numpy(), [1231, 820, 600], rtol=1e-15)


@pytest.mark.parametrize(
    "values, grad",
    [
        ([2, 0, 4, 5], [1 + 0 + 0 + 0, 2 + 8 + 40, 0, 0]),  # at the zero: the others, 2 and 2*4 and 2*4*5
        ([0, 3, 0, 5], [1 + 3 + 0 + 0, 0, 0, 0]),
        ([2, 3, 4, 0], [1 + 3 + 12 + 0, 2 + 8 + 0, 6 + 0, 24]),
        ([0, 0, 0, 0], [1, 0, 0, 0]),
    ],
)
def test_a_zero_stops_running_products_but_not_its_own_gradient(values, grad):
    x = leaf(values)
    x.cumprod(0).sum().backward()
    assert x.grad.tolist() == grad


@pytest.mark.parametrize(
    "values, product, grad",
    [
        ([2, 3, 4], 24, [12, 8, 6]),
        ([2, 0, 4], 0, [0, 8, 0]),
        ([0, 3, 0], 0, [0, 0, 0]),
        ([5], 5, [1]),
        ([], 1, []),
        (7, 7, 1),
    ],
)
def test_products_by_hand(values, product, grad):
    x = leaf(values)
    y = x.prod()
    y.backward()
    assert y.item() == product and x.grad.tolist() == grad


def test_a_product_along_a_dimension():
    x = leaf([[1, 2], [0, 4], [5, 6]])
    y = x.prod(0, keepdim=True)
    assert y.tolist() == [[0, 48]]
    y.backward(tinyreg.tensor([[1.0, 2.0]], dtype=tinyreg.float64))
    assert x.grad.tolist() == [[0, 48], [5, 24], [0, 16]]


def test_no_overflow_on_the_way_to_a_moderate_gradient():
    x = leaf([1e200, 1e-200, 3])
    x.prod().backward()
    np.testing.assert_allclose(x.grad.numpy(), [3e-200, 3e200, 1])


@given(hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=4), elements=st.integers(-2, 2).map(float)), st.data())
def test_identities(values, data):
    """The last running sum is the sum, with its gradient; the same for the product, whatever is 0."""
    dim = data.draw(st.integers(-values.ndim, values.ndim - 1))
    last = tinyreg.tensor([values.shape[dim] - 1])
    for running, whole in ((tinyreg.cumsum, tinyreg.sum), (tinyreg.cumprod, tinyreg.prod)):
        a, b = leaf(values), leaf(values)
        end, total = running(a, dim).index_select(dim, last), whole(b, dim, keepdim=True)
        np.testing.assert_allclose(end.detach().numpy(), total.detach().numpy())
        cotangent = tinyreg.tensor(np.random.default_rng(0).standard_normal(total.shape))
        end.backward(cotangent)
        total.backward(cotangent)
        np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), atol=1e-12)


def test_float32_stays_and_integers_are_int64():
    x = tinyreg.tensor([1.5, 2], requires_grad=True)
    for y in (x.cumsum(0), x.cumprod(0), x.prod()):
        assert y.dtype == tinyreg.float32
    x.prod().backward()
    assert x.grad.dtype == tinyreg.float32
    narrow = tinyreg.tensor([100, 100], dtype=tinyreg.int8)
    assert narrow.cumsum(0).tolist() == [100, 200] and narrow.prod().item() == 10_000
    assert narrow.cumprod(0, dtype=tinyreg.float64).dtype == tinyreg.float64
    assert tinyreg.tensor([True, True, False]).cumsum(0).tolist() == [1, 2, 2]


def test_in_place():
    x = tinyreg.tensor([1, 2, 3], dtype=tinyreg.int32)
    assert x.cumsum_(0) is x and x.tolist() == [1, 3, 6] and x.dtype == tinyreg.int32


def test_nan_and_zero_together():
    assert math.isnan(tinyreg.tensor([0.0, math.nan]).prod().item())
    x = leaf([0, math.nan, 2])
    x.cumprod(0).sum().backward()
    assert math.isnan(x.grad[0].item()) and x.grad[1:].tolist() == [0, 0]  # PyTorch says 0 there, too


def test_refusals():
    with pytest.raises(IndexError, match=r"cumsum: dim must lie in \[-1, 0\] for a tensor with 1 dimensions, got dim=1"):
        tinyreg.ones(3).cumsum(1)
    with pytest.raises(TypeError, match=r"prod: dim must be an integer, got \(0, 1\)"):
        tinyreg.ones(2, 2).prod((0, 1))
    with pytest.raises(NotImplementedError, match="cumprod: dtype must be one of numbers, got dtype=bool"):
        tinyreg.ones(3).cumprod(0, dtype=tinyreg.bool)
    with pytest.raises(TypeError, match="cumsum: input must be a Tensor, got list"):
        tinyreg.cumsum([1.0], 0)
