import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinyreg

NAN = math.nan
SMALL = hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=5), elements=st.integers(-2, 2).map(float))


def leaf(values):
    return tinyreg.tensor(np.array(values, dtype=np.float64), requires_grad=True)


def test_sort_by_hand():
    x = leaf([[3, 1, 2], [5, 6, 4]])
    values, indices = tinyreg.sort(x)
    assert values.tolist() == [[1, 2, 3], [4, 5, 6]] and indices.tolist() == [[1, 2, 0], [2, 0, 1]]
    values.backward(tinyreg.tensor([[10.0, 20, 30], [40, 50, 60]], dtype=tinyreg.float64))
    assert x.grad.tolist() == [[30, 10, 20], [50, 60, 40]]  # back to where each stood
    assert x.sort(0, descending=True).values.tolist() == [[5, 6, 4], [3, 1, 2]]


@given(SMALL, st.data(), st.booleans())
def test_sorting_is_stable_and_picks_what_it_says(values, data, descending):
    dim = data.draw(st.integers(-values.ndim, values.ndim - 1))
    found, places = tinyreg.sort(leaf(values), dim, descending)
    np.testing.assert_array_equal(np.take_along_axis(values, places.numpy(), dim), found.detach().numpy())
    np.testing.assert_array_equal(places.numpy(), np.argsort(-values if descending else values, axis=dim, kind="stable"))
    np.testing.assert_array_equal(tinyreg.argsort(tinyreg.tensor(values), dim, descending).numpy(), places.numpy())


@given(SMALL, st.data(), st.booleans())
def test_topk_is_the_front_of_sort(values, data, largest):
    dim = data.draw(st.integers(-values.ndim, values.ndim - 1))
    k = data.draw(st.integers(0, values.shape[dim]))
    x, y = leaf(values), leaf(values)
    found, order = x.topk(k, dim, largest), y.sort(dim, largest)
    front = (slice(None),) * (dim % values.ndim) + (slice(k),)
    assert found.indices.tolist() == order.indices[front].tolist()
    cotangent = tinyreg.tensor(np.random.default_rng(0).standard_normal(found.values.shape))
    found.values.backward(cotangent)
    order.values[front].backward(cotangent)
    np.testing.assert_array_equal(x.grad.numpy(), y.grad.numpy())
    if k == 1:
        assert found.indices.squeeze(dim).tolist() == getattr(y, "argmax" if largest else "argmin")(dim).tolist()


def test_nan_counts_as_the_largest():
    x = tinyreg.tensor([1.0, NAN, 3.0, 0.0])
    assert x.argsort().tolist() == [3, 0, 2, 1] and x.argsort(descending=True).tolist() == [1, 2, 0, 3]
    assert x.topk(2).indices.tolist() == [1, 2]


def test_numbers_and_empty_tensors():
    x = leaf(2.5)
    for found in (x.sort(), x.topk(1), x.topk(0), x.median(0)):
        assert found.values.item() == 2.5 and found.indices.item() == 0 and found.values.shape == ()
    x.sort().values.backward()
    assert x.grad.item() == 1
    assert tinyreg.zeros(0, 3).sort(0).values.shape == (0, 3) and tinyreg.zeros(2, 3).topk(0).indices.shape == (2, 0)


def test_the_order_of_bools():
    assert tinyreg.tensor([True, False, True]).sort().indices.tolist() == [1, 0, 2]


@pytest.mark.parametrize("values, middle", [([4, 1, 3, 2], 2), ([5, 1, 3], 3), ([7], 7), ([1, NAN, 3], NAN), ([], NAN)])
def test_median_by_hand(values, middle):
    np.testing.assert_array_equal(tinyreg.median(leaf(values)).item(), middle)
    if values:
        found = tinyreg.median(leaf(values), 0)
        np.testing.assert_array_equal([found.values.item(), values[found.indices.item()]], [middle, middle])


def test_median_shares_ties_evenly_over_all_and_picks_one_along_a_dimension():
    x = leaf([2, 1, 2, 2, 9])
    x.median().backward()
    np.testing.assert_allclose(x.grad.numpy(), [1 / 3, 0, 1 / 3, 1 / 3, 0])
    x.grad = None
    x.median(0).values.backward()
    assert sorted(x.grad.tolist()) == [0, 0, 0, 0, 1] and x.grad[x.median(0).indices].item() == 1


def test_median_of_nothing():
    x = leaf([])
    x.median().backward()
    assert x.grad.shape == (0,)
    assert tinyreg.zeros(0, dtype=tinyreg.int8).median().item() == -128  # as PyTorch


@given(hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=5), elements=st.floats(-9, 9)), st.data())
def test_as_many_below_the_median_as_above(values, data):
    dim = data.draw(st.integers(-values.ndim, values.ndim - 1))
    middle = tinyreg.tensor(values).median(dim, keepdim=True).values.numpy()
    n = values.shape[dim]
    assert ((values < middle).sum(dim) <= (n - 1) // 2).all() and ((values > middle).sum(dim) <= n // 2).all()


def test_integers():
    x = tinyreg.tensor([3, 1, 2], dtype=tinyreg.int16)
    assert x.sort().values.dtype == x.topk(2).values.dtype == x.median().dtype == tinyreg.int16
    assert tinyreg.tensor([200, 3], dtype=tinyreg.uint8).sort(descending=True).values.tolist() == [200, 3]


def test_refusals():
    x = tinyreg.ones(2, 3)
    with pytest.raises(RuntimeError, match=r"topk: k must lie in \[0, 3\], the size of dim 1 of shape \(2, 3\), got k=4"):
        x.topk(4)
    with pytest.raises(RuntimeError, match="got k=-1"):
        x.topk(-1)
    with pytest.raises(TypeError, match="topk: k must be an integer, got 1.5"):
        x.topk(1.5)
    with pytest.raises(RuntimeError, match="topk: input must be numbers, got dtype bool"):
        (x > 0).topk(1)
    with pytest.raises(NotImplementedError, match="median: input must be numbers, got dtype bool"):
        (x > 0).median()
    with pytest.raises(TypeError, match="median: keepdim must come with dim, got keepdim=True and dim=None"):
        x.median(keepdim=True)
    with pytest.raises(IndexError, match=r"median: there must be elements along dim=0, got shape \(0, 3\)"):
        tinyreg.zeros(0, 3).median(0)
    with pytest.raises(IndexError, match=r"sort: dim must lie in \[-2, 1\] .* got dim=2"):
        x.sort(2)
