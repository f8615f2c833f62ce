import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinyreg


def leaf(values):
    return tinyreg.tensor(np.array(values, dtype=np.float64), requires_grad=True)


def numbered(*shape):
    return leaf(np.arange(np.prod(shape)).reshape(shape))


def check(x, index, expected):
    """The elements, and a gradient that lands where they were read."""
    values = x.detach().numpy()
    y = x[index]
    np.testing.assert_array_equal(y.detach().numpy(), expected)
    grad = np.random.default_rng(0).standard_normal(expected.shape)
    y.backward(tinyreg.tensor(grad))
    adjoint = np.zeros(values.size)
    np.add.at(adjoint, expected.astype(int).reshape(-1), grad.reshape(-1))  # the values are the positions
    np.testing.assert_allclose(x.grad.numpy(), adjoint.reshape(values.shape))


def positive(index):
    items = index if isinstance(index, tuple) else (index,)
    return all(not isinstance(item, slice) or item.step is None or item.step > 0 for item in items)


@given(st.data(), hnp.array_shapes(max_dims=3, max_side=4))
def test_basic_indices_are_numpys(data, shape):
    index = data.draw(hnp.basic_indices(shape, allow_newaxis=True).filter(positive))
    x = numbered(*shape)
    check(x, index, np.asarray(x.detach().numpy()[index]))


@given(st.data(), hnp.array_shapes(max_dims=3, max_side=4))
def test_index_arrays_are_numpys(data, shape):
    index = data.draw(hnp.integer_array_indices(shape, result_shape=hnp.array_shapes(max_dims=2, max_side=3)))
    x = numbered(*shape)
    check(x, tuple(tinyreg.tensor(array) for array in index), x.detach().numpy()[index])


@given(hnp.arrays(bool, hnp.array_shapes(max_dims=3, max_side=3)))
def test_masks_are_numpys(mask):
    x = numbered(*mask.shape, 2)
    check(x, tinyreg.tensor(mask), x.detach().numpy()[mask])


def test_integers_do_not_move_the_place_of_index_arrays():
    """NumPy takes an integer beside an index array for one, too, and puts its dimension first; PyTorch does not."""
    x = numbered(2, 3, 4)
    values = x.detach().numpy()
    check(x, (0, slice(None), [1, 2]), values[0][:, [1, 2]])
    x.grad = None
    check(x, (slice(None), 0, [1, 2]), values[:, 0][:, [1, 2]])


def test_an_ellipsis_of_no_dimensions_does_not_keep_index_arrays_apart():
    assert numbered(5, 3, 4)[:, [0, 1], ..., [1, 2]].shape == (5, 2)
    assert numbered(5, 3, 4)[[0, 1], :, [1, 2]].shape == (2, 3)


@pytest.mark.parametrize(
    "index, expected",
    [
        (True, [[[0, 1, 2], [3, 4, 5]]]),
        (False, np.zeros((0, 2, 3))),
        ([], np.zeros((0, 3))),
        (np.int64(1), [3, 4, 5]),
        (range(1, 2), [[3, 4, 5]]),
        ([True, False], [[0, 1, 2]]),
        ((), [[0, 1, 2], [3, 4, 5]]),
        ((1, 2), 5),
        ((..., -1), [2, 5]),
        ([[0, 1], [1, 1]], [[[0, 1, 2], [3, 4, 5]], [[3, 4, 5], [3, 4, 5]]]),
    ],
)
def test_what_else_may_be_an_index(index, expected):
    check(numbered(2, 3), index, np.asarray(expected, dtype=float))


def test_tensors_as_integers_and_in_slices():
    x = numbered(2, 3)
    one = tinyreg.tensor(1)
    assert x[one].tolist() == [3, 4, 5] and x[:, one:].tolist() == [[1, 2], [4, 5]]
    assert x[[one, tinyreg.tensor(0)]].tolist() == [[3, 4, 5], [0, 1, 2]]
    assert x[tinyreg.tensor([1], dtype=tinyreg.int32)].tolist() == [[3, 4, 5]]


@pytest.mark.parametrize("index", [0, (0, 1), slice(1), (None, 1), (..., 2)])
def test_basic_indices_give_views_even_of_one_element(index):
    x = tinyreg.zeros(2, 3)
    x[index].add_(1)
    assert x.sum().item() == x[index].numel() > 0


@pytest.mark.parametrize(
    "index", [np.s_[1], np.s_[..., 0], np.s_[[0, 1, 0]], np.s_[1, [0, 2]], np.s_[[0, 1], :, [1, 1]], np.s_[:, None, 1:]]
)
def test_the_layout_of_memory_changes_nothing(index):
    x = numbered(2, 3, 4)
    backwards = leaf(np.ascontiguousarray(x.detach().numpy().T)).T
    for t in (x, backwards):
        y = t[index]
        y.backward(tinyreg.tensor(np.random.default_rng(0).standard_normal(y.shape)), retain_graph=True)
    np.testing.assert_array_equal(x[index].detach().numpy(), backwards[index].detach().numpy())


def test_an_index_changed_before_backward_is_noticed():
    x, index = numbered(3), tinyreg.tensor([0, 1])
    y = x[index]
    index[0] = 2
    with pytest.raises(RuntimeError, match="IndexBackward0: what forward saved must .* written in place"):
        y.sum().backward()


@pytest.mark.parametrize(
    "error, message, index",
    [
        (IndexError, r"index: must lie in \[-2, 1\] in dimension 0 of size 2, got 2 for shape \(2, 3\)", 2),
        (IndexError, r"index: must lie in \[-3, 2\] in dimension 1 of size 3, got -4 for shape \(2, 3\)", (0, -4)),
        (IndexError, r"index: must lie in \[-2, 1\] in dimension 0 of size 2, got 7", ([0, 7],)),
        (IndexError, r"index: must lie in \[-3, 2\] in dimension 1 of size 3, got -5", (slice(None), None, [0, -5])),
        (IndexError, "index: must name at most 2 dimensions and one Ellipsis, got 3 items", (0, 0, 0)),
        (IndexError, "index: must name at most 2 dimensions and one Ellipsis, got 3 items", (0, [0], 0)),
        (IndexError, "index: must name at most 2 dimensions and one Ellipsis, got 2 items", (..., ...)),
        (IndexError, r"index: a mask must have the shape \(2,\) of what it masks, got \(3,\) at dimension 0", [True, False, True]),
        (IndexError, r"index: a mask must have the shape \(3,\) of what it masks, got \(2,\) at dimension 1", (0, [True, False])),
        (IndexError, r"index: index tensors must broadcast with each other, got shapes \[\(2,\), \(3,\)\]", ([0, 1], [0, 1, 2])),
        (IndexError, "index: index tensors must be signed integers, masks bool, got dtype float64", np.array([1.0])),
        (IndexError, "index: index tensors must be signed integers, masks bool, got dtype uint8", np.array([1], dtype=np.uint8)),
        (IndexError, "index: must be integers, slices, .* got float", 1.5),
        (IndexError, "index: must be integers, slices, .* got str", "x"),
        (ValueError, "index: the step of a slice must be positive, got -1", slice(None, None, -1)),
    ],
)
def test_refusals_name_the_value(error, message, index):
    with pytest.raises(error, match=message):
        numbered(2, 3)[index]
    with pytest.raises(error, match=message):
        tinyreg.zeros(2, 3)[index] = 1


@pytest.mark.parametrize("index", [1, (0, 2), np.s_[:, ::2], [1, 0], (slice(None), [0, 2]), [True, False], (1, [0, 1])])
@pytest.mark.parametrize("value", [7, 7.5, np.float64(7), np.array(7.0), tinyreg.tensor(7), tinyreg.tensor([[[7.0]]])])
def test_writing_is_numpys(index, value):
    x = tinyreg.zeros(2, 3)
    expected = np.zeros((2, 3), np.float32)
    number = float(value) if not isinstance(value, tinyreg.Tensor) else value.item()
    expected[index] = number
    x[index] = value
    assert x.tolist() == expected.tolist() and x.dtype == tinyreg.float32


def test_writing_casts_to_the_tensors_dtype():
    x = tinyreg.zeros(2, dtype=tinyreg.int64)
    x[0] = 1.9
    x[1:] = tinyreg.tensor([2.9])
    assert x.tolist() == [1, 2] and x.dtype == tinyreg.int64


def test_a_recorded_write_takes_the_gradient_to_the_value():
    x, w = leaf([1, 2, 3]), leaf([[10]])
    y = x * 1
    y[1:] = w * 2  # (1, 1) -> (2,)
    (y * tinyreg.tensor([1.0, 2.0, 3.0], dtype=tinyreg.float64)).sum().backward()
    assert y.tolist() == [1, 20, 20]
    assert x.grad.tolist() == [1, 0, 0] and w.grad.tolist() == [[10]]


def test_a_write_makes_a_constant_tensor_part_of_the_graph():
    w, y = leaf([1, 2]), tinyreg.zeros(3)
    y[[2, 0]] = w  # float64 into float32
    y.backward(tinyreg.tensor([1.0, 2.0, 3.0]))
    assert y.requires_grad and w.grad.tolist() == [3, 1] and w.grad.dtype == np.float64


def test_masked_write_of_a_number_stops_the_gradient():
    x = leaf([1, -2, 3])
    y = x * 1
    y[y < 0] = 0.0
    y.sum().backward()
    assert y.tolist() == [1, 0, 3] and x.grad.tolist() == [1, 0, 1]


def test_writes_that_are_refused():
    x = leaf([1, 2])
    with pytest.raises(RuntimeError, match=r"index: a leaf that requires grad must not change .* got a leaf of shape \(2,\)"):
        x[0] = 1
    with tinyreg.no_grad():
        x[0] = 5
    assert x.tolist() == [5, 2] and x.requires_grad
    with pytest.raises(RuntimeError, match=r"index: the value must broadcast to the shape \(2,\) .* got \(3,\)"):
        tinyreg.zeros(2, 2)[0] = tinyreg.ones(3)
    with pytest.raises(RuntimeError, match=r"index: the value must broadcast to the shape \(1,\) .* got \(3,\)"):
        tinyreg.zeros(2)[[True, False]] = tinyreg.ones(3)
    with pytest.raises(RuntimeError, match=r"got shape \(2, 3\) with strides \(0, 4\), expanded or read-only"):
        tinyreg.zeros(3).expand(2, 3)[0] = 1
    with pytest.raises(TypeError, match="index: operands must be tensors or numbers, got str"):
        tinyreg.zeros(2)[0] = "a"


def test_a_write_after_a_save_is_noticed():
    x = leaf([1, 2])
    y = x * 1
    z = y * y
    y[0] = 5
    with pytest.raises(RuntimeError, match="MulBackward0: what forward saved must .* written in place"):
        z.sum().backward()


def test_a_view_of_a_recorded_tensor_is_not_written():
    y = leaf([1, 2]) * 1
    with pytest.raises(RuntimeError, match=r"got a view of shape \(1,\) of a tensor of shape \(2,\)"):
        y[:1][0] = 3


def test_masked_select_broadcasts_both_ways():
    x = numbered(2, 3)
    assert x.masked_select(tinyreg.tensor([[True], [False]])).tolist() == [0, 1, 2]
    assert x[0].masked_select(x > 2).tolist() == [0, 1, 2] and x.sum().masked_select(tinyreg.tensor(True)).tolist() == [15]
    x.masked_select(x > 3).backward(tinyreg.tensor([5.0, 6.0]))
    assert x.grad.tolist() == [[0, 0, 0], [0, 5, 6]]


def test_take_counts_in_row_major_order():
    x = numbered(2, 3)
    assert x.T.take(tinyreg.tensor([[1, -1]])).tolist() == [[3, 5]]
    x.take(tinyreg.tensor([1, 1])).backward(tinyreg.tensor([2.0, 3.0]))
    assert x.grad.tolist() == [[0, 5, 0], [0, 0, 0]]


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (RuntimeError, "masked_select: mask must be bool, got dtype float64", lambda x: x.masked_select(x)),
        (RuntimeError, r"got \(2, 3\), \(2, 2\)", lambda x: x.masked_select(x[:, :2] > 0)),
        (TypeError, "masked_select: mask must be a Tensor, got list", lambda x: x.masked_select([True])),
        (IndexError, r"index: must lie in \[-6, 5\] .* got 6", lambda x: x.take(tinyreg.tensor([6]))),
        (RuntimeError, "take: index must be int64, got dtype int32", lambda x: x.take(tinyreg.tensor([1]).int())),
        (TypeError, "index: slices must have integers or None as ends, got 'a'", lambda x: x["a":]),
        (TypeError, "index: slices must have integers or None as ends, got 1.5", lambda x: x[::1.5]),
        (TypeError, "index: slices must have integers or None as ends, got 1.5", lambda x: x.detach().__setitem__(slice(1.5, None), 0)),
        (IndexError, r"index: must lie in \[-2, 1\] .* got 2", lambda x: x.detach().__setitem__([0, 2], tinyreg.ones(7))),
        (RuntimeError, "index: value must fit into dtype uint8, got 300", lambda x: x.detach().byte().__setitem__(0, 300)),
        (RuntimeError, "index: value must fit into dtype int64, got nan", lambda x: x.detach().long().__setitem__(0, float("nan"))),
    ],
)
def test_refusals_of_masks_places_and_slices(error, message, call):
    with pytest.raises(error, match=message):
        call(numbered(2, 3))
