import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinyreg

SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)


def leaf(values):
    return tinyreg.tensor(np.array(values, dtype=np.float64), requires_grad=True)


def numbered(shape):
    return leaf(np.arange(math.prod(shape)).reshape(shape))


def check(x, y, expected, inverse):
    """Values are those expected, and the gradient is the cotangent moved back."""
    np.testing.assert_array_equal(y.detach().numpy(), expected)
    grad = np.random.default_rng(0).standard_normal(y.shape)
    y.backward(tinyreg.tensor(grad))
    np.testing.assert_array_equal(x.grad.numpy(), inverse(grad))


@given(SHAPES, st.data())
def test_reshape_is_numpys(shape, data):
    wanted = data.draw(st.permutations(shape))
    merged = (-1, wanted[-1]) if wanted and wanted[-1] else tuple(wanted)
    x = numbered(shape)
    values = x.detach().numpy()
    check(x, x.reshape(*merged) if merged else x.reshape(merged), values.reshape(merged), lambda g: g.reshape(shape))
    assert x.view(tuple(merged)).shape == x.view(list(merged)).shape == x.reshape(tinyreg.Size(merged)).shape


@given(SHAPES, st.data())
def test_permute_and_its_inverse(shape, data):
    axes = tuple(data.draw(st.permutations(range(len(shape)))))
    dims = [axis - data.draw(st.sampled_from([0, len(shape)])) for axis in axes]
    x = numbered(shape)
    check(x, tinyreg.permute(x, dims), x.detach().numpy().transpose(axes), lambda g: g.transpose(np.argsort(axes)) if axes else g)


@given(hnp.array_shapes(max_dims=4, max_side=4), st.data())
def test_transpose_squeeze_unsqueeze_flatten(shape, data):
    a, b = (data.draw(st.integers(-len(shape), len(shape) - 1)) for _ in "ab")
    x = numbered(shape)
    values = x.detach().numpy()
    check(x, x.transpose(a, b), values.swapaxes(a, b), lambda g: g.swapaxes(a, b))
    assert x.unsqueeze(a).shape == np.expand_dims(values, a if a >= 0 else a).shape
    assert x.squeeze().shape == values.squeeze().shape
    assert x.squeeze(a).shape == (values.squeeze(a) if shape[a] == 1 else values).shape
    assert x.squeeze((0, -1) if len(shape) > 1 else 0).ndim == len(shape) - len({d % len(shape) for d in (0, -1) if shape[d] == 1})
    start, end = sorted((a % len(shape), b % len(shape)))
    flat = x.flatten(start, end)
    assert flat.shape == (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :])
    assert flat.reshape(-1).tolist() == values.reshape(-1).tolist()


def test_matrices_and_their_transposes():
    x = numbered((2, 3))
    assert x.t().tolist() == x.T.tolist() == x.mT.tolist() == [[0, 3], [1, 4], [2, 5]]
    assert numbered((2, 3, 4)).mT.shape == (2, 4, 3) and numbered((2, 3, 4)).T.shape == (4, 3, 2)
    vector, number = numbered((3,)), numbered(())
    assert vector.t() is vector and number.t() is number and vector.T.shape == (3,)
    assert number.transpose(0, -1).shape == () and number.unsqueeze(-1).shape == number.flatten().shape == number.view(1).shape == (1,)


@pytest.mark.parametrize(
    "move",
    [
        lambda x: x.view(6),
        lambda x: x.reshape(3, 2),
        lambda x: x.t(),
        lambda x: x.permute(1, 0),
        lambda x: x.unsqueeze(0),
        lambda x: x.flatten(),
        lambda x: x.view_as(tinyreg.zeros(3, 2)),
    ],
)
def test_views_show_the_tensors_own_memory(move):
    x = tinyreg.zeros(2, 3)
    y = move(x)
    y += 1
    assert x.tolist() == [[1, 1, 1], [1, 1, 1]]


def test_view_copies_where_memory_does_not_allow_a_view():
    x = numbered((2, 3))
    check(x, x.t().view(6), [0, 3, 1, 4, 2, 5], lambda g: g.reshape(3, 2).T)


def test_contiguous_copies_only_if_it_must():
    x = numbered((2, 3))
    assert x.contiguous() is x
    y = x.t().contiguous()
    assert y.is_contiguous() and y.tolist() == x.t().tolist()
    y.sum().backward()
    assert x.grad.tolist() == [[1, 1, 1], [1, 1, 1]]


@given(hnp.mutually_broadcastable_shapes(num_shapes=1, max_dims=3, max_side=3), st.booleans())
def test_expand_sums_its_gradient(shapes, keep):
    (shape,), result = shapes.input_shapes, shapes.result_shape
    x = numbered(shape)
    values, extra = x.detach().numpy(), len(result) - len(shape)
    sizes = [-1 if keep and i >= extra and size == shape[i - extra] else size for i, size in enumerate(result)]
    y = x.expand(*sizes) if sizes else x.expand(sizes)
    np.testing.assert_array_equal(y.detach().numpy(), np.broadcast_to(values, result))
    y.backward(tinyreg.ones(y.shape, dtype=y.dtype))
    assert x.grad.shape == shape
    np.testing.assert_array_equal(x.grad.numpy(), math.prod(result) / max(values.size, 1))
    assert x.expand_as(y).shape == tinyreg.broadcast_to(x, result).shape == result


def test_an_expanded_tensor_is_not_written():
    with pytest.raises(RuntimeError, match=r"got shape \(2, 3\) with strides \(0, 4\), expanded or read-only"):
        tinyreg.zeros(3).expand(2, 3).add_(1)


@given(SHAPES, st.data())
def test_movedim_is_numpys(shape, data):
    axes = list(range(len(shape)))
    source = data.draw(st.permutations(axes))[: data.draw(st.integers(0, len(axes)))]
    destination = data.draw(st.permutations(axes))[: len(source)]
    x = numbered(shape)
    expected = np.moveaxis(x.detach().numpy(), source, destination)
    check(x, x.movedim(tuple(source), tuple(destination)), expected, lambda g: np.moveaxis(g, destination, source))
    assert x.moveaxis(source, destination).shape == expected.shape


def test_sizes_and_dims_by_name():
    x = numbered((2, 3))
    assert x.reshape(shape=(3, 2)).shape == x.view(size=(3, 2)).shape == x.permute(dims=(1, 0)).shape == (3, 2)
    assert x.expand(size=(4, -1, 3)).shape == tinyreg.broadcast_to(x, size=(4, 2, 3)).shape == x.broadcast_to(4, 2, 3).shape == (4, 2, 3)
    assert x.sum().expand_as(x.sum()).shape == x[:1, :1].view_as(x.sum()).shape == ()


def test_the_same_bytes_as_another_dtype():
    x = tinyreg.tensor([[1.0, 2.0]])
    bits = x.view(tinyreg.int32)
    assert bits.tolist() == [[0x3F800000, 0x40000000]] and x.view(dtype=tinyreg.float64).shape == (1, 1)
    bits[0, 0] = 0
    assert x.tolist() == [[0, 2]] and not x.requires_grad_().view(tinyreg.int32).requires_grad


def test_flatten_and_unflatten_undo_each_other():
    x = numbered((2, 6, 5))
    assert x.unflatten(1, (2, 3)).flatten(1, 2).tolist() == x.tolist() and x.unflatten(-2, (-1, 2)).shape == (2, 3, 2, 5)
    assert x.mT.ravel().tolist() == x.mT.reshape(-1).tolist() and tinyreg.zeros(0, 3).ravel().shape == (0,)


def test_the_gradient_of_a_coordinate_sums_over_the_grid():
    a, b = leaf([1, 2]), leaf([3, 4, 5])
    for indexing, shape in (("ij", (2, 3)), ("xy", (3, 2))):
        rows, columns = tinyreg.meshgrid(a, b, indexing=indexing)
        assert rows.shape == columns.shape == shape
        (rows * columns).sum().backward()
        assert a.grad.tolist() == [12, 12] and b.grad.tolist() == [3, 3, 3]
        a.grad = b.grad = None
    assert tinyreg.broadcast_shapes((2, 1), (3,)) == (2, 3) == tinyreg.broadcast_tensors(a[:, None], b)[0].shape


@pytest.mark.parametrize("name", ["reshape", "view"])
@pytest.mark.parametrize("sizes", [(4, 2), (-1, 4), (-1, -1), (-2, 3), (7,)])
def test_sizes_that_do_not_hold_the_elements(name, sizes):
    shown = ", ".join(map(str, sizes)) + ("," if len(sizes) == 1 else "")
    with pytest.raises(RuntimeError, match=rf"{name}: the sizes must hold the input's 6 elements, got \({shown}\) for shape \(2, 3\)"):
        getattr(numbered((2, 3)), name)(*sizes)


def test_minus_one_needs_to_be_determined():
    with pytest.raises(RuntimeError, match=r"reshape: the sizes must hold the input's 0 elements, got \(-1, 0\)"):
        tinyreg.zeros(0, 3).reshape(-1, 0)


@pytest.mark.parametrize(
    "error, message, call",
    [
        (TypeError, r"view: sizes must be integers, got \(1.5,\)", lambda x: x.view(1.5)),
        (TypeError, "reshape: input must be a Tensor, got list", lambda x: tinyreg.reshape([1], 1)),
        (RuntimeError, r"flatten: start_dim must not come after end_dim, got 1, 0 for shape \(2, 3\)", lambda x: x.flatten(1, 0)),
        (IndexError, r"flatten: dim must lie in \[-2, 1\] .*got dim=2", lambda x: x.flatten(2)),
        (IndexError, r"squeeze: dim must lie in \[-2, 1\] .*got dim=2", lambda x: x.squeeze(2)),
        (IndexError, r"unsqueeze: dim must lie in \[-3, 2\] for a tensor with 2 dimensions, got dim=4", lambda x: x.unsqueeze(4)),
        (IndexError, r"unsqueeze: dim must lie in \[-1, 0\] for a tensor with 0 dimensions, got dim=1", lambda x: x.sum().unsqueeze(1)),
        (IndexError, r"transpose: dim must lie in \[-2, 1\] .*got dim=-3", lambda x: x.transpose(0, -3)),
        (RuntimeError, r"permute: dims must name each of the 2 dimensions once, got \(0,\)", lambda x: x.permute(0)),
        (RuntimeError, r"permute: dim must name each dimension once, got \(0, 0\)", lambda x: x.permute(0, 0)),
        (RuntimeError, r"t: the input must have at most 2 dimensions, got shape \(2, 3, 1\)", lambda x: x.unsqueeze(-1).t()),
        (TypeError, r"reshape: sizes must be integers, got \(\)", lambda x: x.reshape()),
        (TypeError, r"expand: sizes must be integers, got \(True, 3\)", lambda x: x.expand(True, 3)),
        (TypeError, r"permute: dims must be integers, got \('a', 0\)", lambda x: x.permute("a", 0)),
        (RuntimeError, r"view: the last dim.* got dtype int64 for shape \(3,\) and dtype", lambda x: x.float()[0].view(tinyreg.int64)),
        (RuntimeError, r"movedim: .* as many dimensions, got \(0, 1\) and \(0,\)", lambda x: x.movedim((0, 1), (0,))),
        (RuntimeError, r"movedim: dim must name each dimension once, got \(1, -1\)", lambda x: x.movedim((1, -1), (0, 1))),
        (TypeError, r"movedim: .* got \(0, 1\) and 0", lambda x: x.movedim((0, 1), 0)),
        (IndexError, r"transpose: dim must lie in \[-2, 1\] .* got dim=2", lambda x: x.swapaxes(0, 2)),
        (RuntimeError, r"unflatten: .* size of dimension 1, got \(2, -1\) for shape \(2, 3\)", lambda x: x.unflatten(1, (2, -1))),
        (TypeError, "unflatten: sizes must be a tuple of integers, got 3", lambda x: x.unflatten(1, 3)),
        (RuntimeError, r"broadcast_tensors: shapes must .* got \(2, 3\), \(2,\)", lambda x: tinyreg.broadcast_tensors(x, x[:, 0])),
        (RuntimeError, r"broadcast_shapes: shapes must .* got \(2,\), \(3,\)", lambda x: tinyreg.broadcast_shapes((2,), (3,))),
        (RuntimeError, "meshgrid: indexing must be 'ij' or 'xy', got 'ab'", lambda x: tinyreg.meshgrid(x[0], indexing="ab")),
        (RuntimeError, r"meshgrid: tensors must have at most 1 dimension, got shape \(2, 3\)", lambda x: tinyreg.meshgrid(x)),
        (RuntimeError, "meshgrid: dtypes must be equal, got float64 and float32", lambda x: tinyreg.meshgrid(x[0], x[0].float())),
        (RuntimeError, "meshgrid: tensors must not be empty, got none", lambda x: tinyreg.meshgrid()),
        (IndexError, r"size: dim must lie in \[-2, 1\] .* got dim=2", lambda x: x.size(2)),
        (IndexError, "size: .* got dim=0 for a 0-d tensor", lambda x: x.sum().size(0)),
        (IndexError, r"stride: dim must lie in \[-2, 1\] .* got dim=-3", lambda x: x.stride(-3)),
        (TypeError, "numel: input must be a Tensor, got int", lambda x: tinyreg.numel(3)),
        (RuntimeError, r"mT: the input must have at least 2 dimensions, got shape \(3,\)", lambda x: x[0].mT),
        (RuntimeError, r"expand: sizes must match .* got \(3, 3\) for shape \(2, 3\)", lambda x: x.expand(3, 3)),
        (RuntimeError, r"expand: sizes must match .* got \(-1, 2, 3\) for shape \(2, 3\)", lambda x: x.expand(-1, 2, 3)),
        (RuntimeError, r"expand: sizes must match .* got \(3,\) for shape \(2, 3\)", lambda x: x.expand(3)),
        (RuntimeError, r"expand_as: sizes must match .* got \(5,\) for shape \(2, 3\)", lambda x: x.expand_as(tinyreg.zeros(5))),
        (RuntimeError, r"broadcast_to: sizes must match .* got \(2, 4\) for shape \(2, 3\)", lambda x: tinyreg.broadcast_to(x, (2, 4))),
    ],
)
def test_refusals_name_the_value(error, message, call):
    with pytest.raises(error, match=message):
        call(numbered((2, 3)))
