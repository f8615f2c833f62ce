import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinyreg
from tinyreg import backend


def leaf(values):
    return tinyreg.tensor(np.array(values, dtype=np.float64), requires_grad=True)


def numbered(*shape):
    return leaf(np.arange(np.prod(shape)).reshape(shape))


def positions(data, dim, longest=5):
    shape = [3, 4]
    shape[dim] = data.draw(st.integers(0, longest))
    return data.draw(hnp.arrays(np.int64, shape, elements=st.integers(0, [3, 4][dim] - 1)))


@given(st.data(), st.integers(-2, 1))
def test_gather_is_take_along_axis(data, dim):
    x = numbered(3, 4)
    shape = [3, 4]
    shape[dim] = data.draw(st.integers(0, 5))
    index = data.draw(hnp.arrays(np.int64, shape, elements=st.integers(0, x.shape[dim] - 1)))
    y = tinyreg.gather(x, dim, tinyreg.tensor(index))
    np.testing.assert_array_equal(y.detach().numpy(), np.take_along_axis(x.detach().numpy(), index, dim))
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.sum(dim).numpy(), (index >= 0).sum(dim))


def test_gather_picks_the_scores_of_the_labels():
    scores = numbered(3, 4)
    assert scores.gather(1, tinyreg.tensor([[2], [0], [3]])).tolist() == [[2], [4], [11]]
    assert scores.gather(1, tinyreg.tensor([[2]])).tolist() == [[2]]  # index may be smaller elsewhere


@pytest.mark.parametrize(
    "error, message, call",
    [
        (RuntimeError, r"gather: index must have 2 dim.* shape \(2,\) for \(2, 3\)", lambda x: x.gather(1, tinyreg.tensor([0, 1]))),
        (RuntimeError, r"none but dim=1 larger .* shape \(3, 1\) for \(2, 3\)", lambda x: x.gather(1, tinyreg.zeros(3, 1).long())),
        (RuntimeError, r"gather: index must lie in \[0, 2\] for dimension 1 .*got 3", lambda x: x.gather(1, tinyreg.tensor([[3]]))),
        (RuntimeError, r"gather: index must lie in \[0, 1\] .*got -1 for", lambda x: x.gather(0, tinyreg.tensor([[0, -1]]))),
        (RuntimeError, "gather: index must be int32 or int64, got dtype bool", lambda x: x.gather(1, tinyreg.tensor([[True]]))),
        (IndexError, r"gather: dim must lie in \[-2, 1\] .*got dim=2", lambda x: x.gather(2, tinyreg.tensor([[0]]))),
        (TypeError, "gather: index must be a Tensor, got list", lambda x: x.gather(1, [[0]])),
        (IndexError, r"index_select: index must have 1 dimension, got shape \(1, 1\)", lambda x: x.index_select(1, tinyreg.tensor([[0]]))),
        (IndexError, r"index_select: index must lie in \[0, 1\] for .*got 2", lambda x: x.index_select(0, tinyreg.tensor([0, 2]))),
        (IndexError, r"index_select: index must lie in \[0, 1\] .*got -1 ", lambda x: x.index_select(0, tinyreg.tensor([-1]))),
        (RuntimeError, "index_select: index must be int32 or int64, got dtype float32", lambda x: x.index_select(0, tinyreg.ones(1))),
        (IndexError, r"index_select: dim must lie in \[-2, 1\] .*got dim=2", lambda x: x.index_select(2, tinyreg.tensor([0]))),
    ],
)
def test_refusals_of_gather_and_index_select(error, message, call):
    with pytest.raises(error, match=message):
        call(numbered(2, 3))


@given(st.data(), st.integers(-2, 1))
def test_scatter_add_is_the_adjoint_of_gather(data, dim):
    """<gather(x), v> = <x, scatter_add(0, v)>."""
    index = positions(data, dim)
    x, v = (tinyreg.tensor(np.random.default_rng(k).standard_normal(shape)) for k, shape in enumerate([(3, 4), index.shape]))
    index = tinyreg.tensor(index)
    read = (tinyreg.gather(x, dim, index) * v).sum()
    np.testing.assert_allclose(read.item(), (x * tinyreg.zeros_like(x).scatter_add(dim, index, v)).sum().item(), atol=1e-12)


@given(st.data(), st.integers(-2, 1))
def test_scatter_add_adds_where_numpy_does(data, dim):
    index = positions(data, dim, longest=4)
    x, src = numbered(3, 4), leaf(np.random.default_rng(0).standard_normal((4, 5)))  # larger than index
    expected = np.arange(12.0).reshape(3, 4)
    for place in np.ndindex(*index.shape):
        target = list(place)
        target[dim] = index[place]
        expected[tuple(target)] += src.detach().numpy()[place]
    y = x.scatter_add(dim, tinyreg.tensor(index), src)
    np.testing.assert_allclose(y.detach().numpy(), expected)
    grad = np.random.default_rng(1).standard_normal((3, 4))
    y.backward(tinyreg.tensor(grad))
    np.testing.assert_array_equal(x.grad.numpy(), grad)
    covered = src.grad.numpy()[: index.shape[0], : index.shape[1]]
    np.testing.assert_array_equal(covered, np.take_along_axis(grad, index, dim))
    assert src.grad.sum().item() == pytest.approx(covered.sum())  # what index does not cover was not read


def test_scatter_writes_labels_as_rows_of_ones():
    assert tinyreg.zeros(2, 3).scatter_(1, tinyreg.tensor([[2], [0]]), 1.0).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert tinyreg.zeros(3).long().scatter(0, tinyreg.tensor([1]), 7.9).tolist() == [0, 7, 0]
    assert tinyreg.ones(3).scatter(0, tinyreg.tensor([1, 1]), 2, reduce="add").tolist() == [1, 5, 1]
    assert tinyreg.tensor(3.0).scatter(0, tinyreg.tensor(0), tinyreg.tensor(5.0)).item() == 5


def test_scatter_takes_the_gradient_from_what_it_overwrites():
    x, v = numbered(2, 3), leaf([[10, 20], [30, 40]])
    y = x.scatter(1, tinyreg.tensor([[2, 0], [1, 2]]), v)
    assert y.tolist() == [[20, 1, 10], [3, 30, 40]]
    y.backward(tinyreg.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    assert x.grad.tolist() == [[0, 2, 0], [4, 0, 0]] and v.grad.tolist() == [[3, 1], [5, 6]]


def test_layers_are_added_copied_and_filled():
    x, index = numbered(3, 2), tinyreg.tensor([2, 0, 2])
    added = x.index_add(0, index, tinyreg.ones(3, 2, dtype=tinyreg.float64), alpha=10)
    assert added.tolist() == [[10, 11], [2, 3], [24, 25]]
    assert x.index_copy(0, tinyreg.tensor([2, 0]), -x[:2]).tolist() == [[-2, -3], [2, 3], [0, -1]]
    assert x.index_fill(1, tinyreg.tensor([-1]), 9).tolist() == [[0, 9], [2, 9], [4, 9]]
    assert tinyreg.arange(3).index_add_(0, tinyreg.tensor([1, 1]), tinyreg.tensor([5, 6])).tolist() == [0, 12, 2]


def test_index_add_is_the_adjoint_of_index_select():
    index = tinyreg.tensor([2, 0, 2, 2])
    x, v = numbered(3, 2), leaf(np.random.default_rng(0).standard_normal((4, 2)))
    read = (x.index_select(0, index) * v).sum().item()
    assert read == pytest.approx((x * tinyreg.zeros_like(x).index_add(0, index, v)).sum().item())


def test_take_along_dim_broadcasts_and_counts_from_the_end():
    x = numbered(2, 3)
    assert x.take_along_dim(tinyreg.tensor([[2, -1, 0]]), 1).tolist() == [[2, 2, 0], [5, 5, 3]]
    assert x.take_along_dim(tinyreg.tensor([5, -1, 0])).tolist() == [5, 5, 0]
    best = x.argmax(1, keepdim=True)
    assert x.take_along_dim(best, 1).tolist() == x.amax(1, keepdim=True).tolist()


def test_in_place_forms_are_recorded():
    w, y = leaf([1, 2]), tinyreg.zeros(3, dtype=tinyreg.float64)
    y.scatter_add_(0, tinyreg.tensor([2, 2]), w * 3)
    y.backward(tinyreg.tensor([1.0, 10.0, 100.0]))
    assert y.tolist() == [0, 0, 9] and w.grad.tolist() == [300, 300]


def test_gradients_of_repeated_positions_are_the_same_in_every_order_of_memory():
    table = leaf(np.random.default_rng(0).standard_normal((4, 3)))
    index = tinyreg.tensor(np.random.default_rng(1).integers(0, 4, (50,)))
    grad = np.random.default_rng(2).standard_normal((50, 3))
    table.index_select(0, index).backward(tinyreg.tensor(grad))
    expected = np.zeros((4, 3))
    np.add.at(expected, index.numpy(), grad)
    np.testing.assert_allclose(table.grad.numpy(), expected)


@given(hnp.arrays(np.int64, st.integers(0, 40), elements=st.integers(0, 6)), st.sampled_from([np.float64, np.float32]))
def test_additions_by_sorting_are_additions(places, dtype):
    """What a GPU does instead of add.at, whose order of additions it leaves open."""
    values = np.random.default_rng(0).standard_normal(len(places)).astype(dtype)
    total = np.arange(8, dtype=dtype)
    expected = total.astype(np.float64)
    np.add.at(expected, places, values)
    backend._add_sorted(np, total, places, values)
    assert total.dtype == dtype
    np.testing.assert_allclose(total, expected, rtol=1e-5, atol=1e-5)


def test_additions_by_sorting_keep_infinities_to_themselves():
    total = np.zeros(3)
    backend._add_sorted(np, total, np.array([2, 0, 2]), np.array([1.0, np.inf, 2.0]))
    assert total.tolist() == [np.inf, 0, 3]


TWO = tinyreg.tensor([0, 1])


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (RuntimeError, r"scatter: index must have 2 dim.* got shape \(2,\) for \(2, 3\)", lambda x: x.scatter(1, TWO, 1.0)),
        (RuntimeError, r"none but dim=0 larger than input's, got shape \(1, 4\)", lambda x: x.scatter(0, tinyreg.zeros(1, 4).long(), 1.0)),
        (RuntimeError, r"none larger than src's, got shape \(2, 1\) for \(1, 3\)", lambda x: x.scatter(1, TWO[:, None], x[:1])),
        (RuntimeError, r"scatter: src must have input's dtype float64, got float32", lambda x: x.scatter(1, TWO[:, None], x.float())),
        (RuntimeError, r"scatter: index must lie in \[0, 2\] .* got 3 for", lambda x: x.scatter(1, TWO[:, None] + 2, 1.0)),
        (RuntimeError, "scatter: reduce must be None or 'add', got 'mean'", lambda x: x.scatter(1, TWO[:, None], 1.0, reduce="mean")),
        (NotImplementedError, "reduce must .* got 'multiply'", lambda x: x.scatter(1, TWO[:, None], 1.0, reduce="multiply")),
        (TypeError, "scatter: value must be a number, got value=None", lambda x: x.scatter(1, TWO[:, None])),
        (TypeError, "scatter_add: src must be a Tensor, got float", lambda x: x.scatter_add(1, TWO[:, None], 1.0)),
        (RuntimeError, "take_along_dim: index must be int64, got dtype int32", lambda x: x.take_along_dim(TWO.int()[:, None], 1)),
        (RuntimeError, r"take_along_dim: index must lie in \[-3, 2\] .* got 3", lambda x: x.take_along_dim(TWO[:, None] + 2, 1)),
        (IndexError, "take_along_dim: .* got dim=0 for a 0-d tensor", lambda x: x.sum().take_along_dim(TWO[0], 0)),
        (RuntimeError, r"equally many dimensions, got shapes \(2, 3\) and \(2,\)", lambda x: x.take_along_dim(TWO, 1)),
        (RuntimeError, r"source must have one layer for each index along dim=1, got 3 for 2", lambda x: x.index_add(1, TWO, x)),
        (RuntimeError, r"index_add: source must have input's 2 dimensions, got \(3,\)", lambda x: x.index_add(1, TWO, x[0])),
        (RuntimeError, r"layers of source .* got \(2, 2\) for \(2, 3\) and dim=0", lambda x: x.index_add(0, TWO, x[:, :2])),
        (TypeError, "index_add: alpha must be a number, got alpha='a'", lambda x: x.index_add(0, TWO, x, alpha="a")),
        (IndexError, r"index_copy: source must have one layer .* got 3 for 2", lambda x: x.index_copy(1, TWO, x)),
        (IndexError, r"index_fill: index must lie in \[-2, 1\] .* got 2", lambda x: x.index_fill(0, TWO + 1, 1.0)),
        (IndexError, "index_fill: index must be int64, got dtype int32", lambda x: x.index_fill(0, TWO.int(), 1.0)),
        (RuntimeError, r"index_fill: value must be a number or a 0-d tensor, got shape \(2,\)", lambda x: x.index_fill(0, TWO, x[:, 0])),
        (RuntimeError, r"index must have 1 element for a 0-d input, got 2", lambda x: x.sum().index_select(0, TWO * 0)),
    ],
)
def test_refusals_name_the_value(error, message, call):
    with pytest.raises(error, match=message):
        call(numbered(2, 3))


def test_a_value_filled_in_twice_counts_once():
    v = tinyreg.tensor(2.0, requires_grad=True)
    y = tinyreg.zeros(3).index_fill(0, tinyreg.tensor([1, 1, -2]), v)
    y.sum().backward()
    assert y.tolist() == [0, 2, 0] and v.grad.item() == 1
