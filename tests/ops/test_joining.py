import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinyreg


def leaf(values):
    return tinyreg.tensor(np.array(values, dtype=np.float64), requires_grad=True)


def numbered(*shape):
    return leaf(np.arange(np.prod(shape)).reshape(shape))


@given(st.integers(-3, 2), st.lists(st.integers(0, 3), min_size=1, max_size=4), st.data())
def test_cat_is_undone_by_split(dim, sizes, data):
    rng = np.random.default_rng(0)
    shapes = [[size if axis == dim % 3 else 2 for axis in range(3)] for size in sizes]
    pieces = [leaf(rng.standard_normal(shape)) for shape in shapes]
    y = tinyreg.cat(pieces, dim)
    np.testing.assert_array_equal(y.detach().numpy(), np.concatenate([x.detach().numpy() for x in pieces], dim))
    again = y.split(sizes, dim)
    assert [x.tolist() for x in again] == [x.tolist() for x in pieces]
    weights = [rng.standard_normal(shape) for shape in shapes]
    sum((x * tinyreg.tensor(w)).sum() for x, w in zip(again, weights)).backward()
    for x, w in zip(pieces, weights):
        np.testing.assert_array_equal(x.grad.numpy(), w)


@given(st.integers(-3, 2), st.integers(1, 3))
def test_stack_is_undone_by_unbind(dim, count):
    layers = [leaf(np.random.default_rng(i).standard_normal((2, 3))) for i in range(count)]
    y = tinyreg.stack(layers, dim)
    np.testing.assert_array_equal(y.detach().numpy(), np.stack([x.detach().numpy() for x in layers], dim))
    again = y.unbind(dim)
    assert [x.tolist() for x in again] == [x.tolist() for x in layers]
    (again[-1] * 3).sum().backward()  # the others' gradients are 0, not absent
    assert [x.grad.sum().item() for x in layers] == [0] * (count - 1) + [18]


def test_a_tensor_twice_in_a_cat_receives_the_sum():
    x = leaf([1, 2])
    (tinyreg.concat((x, x)) * tinyreg.tensor([1.0, 2.0, 10.0, 20.0])).sum().backward()
    assert x.grad.tolist() == [11, 22]


def test_constants_may_stand_between():
    x = leaf([[1, 2]])
    y = tinyreg.cat([tinyreg.zeros(1, 2, dtype=tinyreg.float64), x, tinyreg.ones(2, 2, dtype=tinyreg.float64)])
    y.sum().backward()
    assert x.grad.tolist() == [[1, 1]]


def test_dtypes_are_promoted_as_in_arithmetic():
    y = tinyreg.cat([tinyreg.tensor([1, 2]), tinyreg.tensor([0.5])])
    assert y.dtype == tinyreg.float32 and y.tolist() == [1, 2, 0.5]
    half = tinyreg.ones(1, dtype=tinyreg.float16).requires_grad_()
    tinyreg.stack([half, tinyreg.ones(1)]).sum().backward()
    assert half.grad.dtype == tinyreg.float16


def test_empty_tensors_are_left_out_of_a_cat():
    nothing = tinyreg.tensor([])
    assert tinyreg.cat([nothing, tinyreg.ones(2, 3)]).shape == (2, 3)
    assert tinyreg.cat([nothing, nothing]).shape == (0,)


def test_split_and_chunk_sizes():
    x = numbered(7)
    assert [len(part) for part in x.split(3)] == [3, 3, 1]
    assert [len(part) for part in x.chunk(3)] == [3, 3, 1]
    assert [len(part) for part in x.chunk(4)] == [2, 2, 2, 1]
    assert [len(part) for part in x.chunk(9)] == [1] * 7
    assert [len(part) for part in x[:0].chunk(2)] == [0, 0]
    assert [len(part) for part in x[:0].split(2)] == [0]
    assert len(tinyreg.zeros(0, 2).unbind()) == 0


@pytest.mark.parametrize("cut", [lambda x: x.split(2), lambda x: x.chunk(2), lambda x: x.unbind()])
def test_parts_are_views(cut):
    x = tinyreg.zeros(4, 2)
    cut(x)[1].add_(1)
    assert x.sum().item() in (2, 4)


@pytest.mark.parametrize(
    "error, message, call",
    [
        (ValueError, r"cat: tensors must not be empty, got \(\)", lambda x: tinyreg.cat([])),
        (RuntimeError, r"stack: tensors must not be empty, got \(\)", lambda x: tinyreg.stack([])),
        (TypeError, "cat: tensors must be a list or tuple of Tensors, got Tensor; put them into brackets", tinyreg.cat),
        (TypeError, "cat: each of tensors must be a Tensor, got int", lambda x: tinyreg.cat([x, 1])),
        (RuntimeError, r"cat: .* except in dimension 1, got \(2, 3\) and, at position 1, \(1, 3\)", lambda x: tinyreg.cat([x, x[:1]], 1)),
        (RuntimeError, r"cat: .* except in dimension 0, got \(2, 3\) and, at position 2, \(3,\)", lambda x: tinyreg.cat([x, x, x[0]])),
        (RuntimeError, "cat: tensors must have at least 1 dimension, got a 0-d tensor", lambda x: tinyreg.cat([x.sum(), x.sum()])),
        (IndexError, r"cat: dim must lie in \[-2, 1\] .*got dim=2", lambda x: tinyreg.cat([x, x], 2)),
        (RuntimeError, r"stack: shapes must be equal, got \(2, 3\) and, at position 1, \(3,\)", lambda x: tinyreg.stack([x, x[0]])),
        (IndexError, r"stack: dim must lie in \[-3, 2\] for a tensor with 2 dimensions, got dim=3", lambda x: tinyreg.stack([x, x], 3)),
        (RuntimeError, r"split: the sections must add up to the size 3 of dimension 1, got \(1, 1\)", lambda x: x.split([1, 1], 1)),
        (RuntimeError, r"split: the sections must add up to the size 3 of dimension 1, got \(4, -1\)", lambda x: x.split([4, -1], 1)),
        (RuntimeError, "split: split_size must be positive, got 0 for size 2", lambda x: x.split(0)),
        (RuntimeError, "chunk: chunks must be positive, got 0", lambda x: x.chunk(0)),
        (IndexError, "unbind: the input must have at least 1 dimension, got a 0-d tensor", lambda x: x.sum().unbind()),
        (RuntimeError, "split: the input must have at least 1 dimension, got a 0-d tensor", lambda x: x.sum().split(1)),
        (IndexError, r"unbind: dim must lie in \[-2, 1\] .*got dim=2", lambda x: x.unbind(2)),
    ],
)
def test_refusals_name_the_value(error, message, call):
    with pytest.raises(error, match=message):
        call(numbered(2, 3))


def test_rows_columns_and_depths():
    a, b = leaf([1, 2]), leaf([3, 4])
    assert tinyreg.hstack([a, b]).tolist() == [1, 2, 3, 4] and tinyreg.vstack([a, b]).tolist() == [[1, 2], [3, 4]]
    assert tinyreg.dstack([a, b]).tolist() == [[[1, 3], [2, 4]]]
    assert tinyreg.vstack([a, tinyreg.vstack([a, b])]).shape == (3, 2) and tinyreg.hstack([a.sum(), b.sum()]).tolist() == [3, 7]
    tinyreg.vstack([a, b])[1].sum().backward()
    assert a.grad.tolist() == [0, 0] and b.grad.tolist() == [1, 1]


@given(st.integers(1, 7), st.lists(st.integers(-7, 7), max_size=3))
def test_tensor_split_is_numpys(parts, positions):
    x = numbered(5, 2)
    for cuts in (parts, positions):
        pieces, expected = tinyreg.tensor_split(x, cuts), np.array_split(x.detach().numpy(), cuts)
        assert [piece.tolist() for piece in pieces] == [piece.tolist() for piece in expected]
    assert len(x.tensor_split(tinyreg.tensor(positions, dtype=tinyreg.int64))) == len(positions) + 1


def test_parts_and_layers_are_views():
    x = tinyreg.zeros(2, 3)
    x.narrow(1, -2, 1).fill_(1)
    x.select(0, 1).fill_(2)
    x.tensor_split(3, 1)[2].fill_(3)
    assert x.tolist() == [[0, 1, 3], [2, 2, 3]]


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (TypeError, "cat: tensors must be a list or tuple of Tensors, got int; put them into brackets", lambda x: tinyreg.cat(1)),
        (TypeError, "split: split_size must be an integer, got split_size='a'", lambda x: x.split("a")),
        (TypeError, r"split: sections must be integers, got \(1.0, 1\)", lambda x: x.split((1.0, 1))),
        (TypeError, "chunk: chunks must be an integer, got chunks=1.5", lambda x: x.chunk(1.5)),
        (RuntimeError, "tensor_split: the number of parts must be positive, got 0", lambda x: x.tensor_split(0)),
        (TypeError, "tensor_split: .* got indices_or_sections=None", lambda x: x.tensor_split(None)),
        (IndexError, r"narrow: start must lie in \[-3, 3\] for dimension 1 of size 3, got -4", lambda x: x.narrow(1, -4, 1)),
        (RuntimeError, "at most 3, the size of dimension 1, got start=2 and length=2", lambda x: x.narrow(1, -1, 2)),
        (RuntimeError, "got start=0 and length=-1", lambda x: x.narrow(1, 0, -1)),
        (RuntimeError, r"narrow: start .* got shape \(1,\) and dtype int64", lambda x: x.narrow(1, tinyreg.tensor([1]), 1)),
        (IndexError, r"index: must lie in \[-3, 2\] in dimension 1 of size 3, got 3", lambda x: x.select(1, 3)),
        (IndexError, "select: the input must have at least 1 dimension, got a 0-d tensor", lambda x: x.sum().select(0, 0)),
        (TypeError, "select: index must be an integer, got index='a'", lambda x: x.select(0, "a")),
        (RuntimeError, r"hstack: tensors must not be empty, got \(\)", lambda x: tinyreg.hstack([])),
    ],
)
def test_refusals_of_cuts(error, message, call):
    with pytest.raises(error, match=message):
        call(numbered(2, 3))


def test_empty_vectors_are_left_out_of_a_cat_along_any_dimension():
    assert tinyreg.cat([tinyreg.zeros(0), tinyreg.zeros(0)], 1).shape == (0,)
    assert tinyreg.concatenate([tinyreg.zeros(0), tinyreg.zeros(2, 3)], axis=1).shape == (2, 3)
