"""Writes in place: the record moves along; views and leaves are protected."""

import gc
import weakref

import numpy as np
import pytest

import tinyreg
from tests.autograd.functions import leaf
from tinyreg.autograd import write
from tinyreg.autograd.tensor import wrap
from tinyreg.backend import owner

# the record moves along


def test_the_same_object_gets_a_new_record():
    w = leaf(3.0)
    loss = w * w
    same = loss
    loss += 4 * w
    assert loss is same and loss.grad_fn.name() == "AddBackward0" and loss.array == 21
    loss.sum().backward()
    assert w.grad.array == 10  # 2 w + 4


def test_a_leaf_without_gradient_becomes_recorded():
    w = leaf(1.0, 2.0)
    total = wrap(np.zeros(2))
    memory = total.array
    for _ in range(3):
        total += w * w
    assert total.array is memory and total.requires_grad and not total.is_leaf
    total.sum().backward()
    assert (w.grad.array == 6 * w.array).all()


def test_the_operation_keeps_the_old_values_of_what_it_overwrites():
    w, v = leaf(2.0, 3.0), leaf(5.0, 7.0)
    x = w * 1
    x.mul_(v)  # saved x and v; x is gone
    x.sum().backward()
    assert (w.grad.array == v.array).all() and (v.grad.array == [2, 3]).all()


def test_the_operation_keeps_the_old_values_of_views_of_what_it_overwrites():
    w = leaf(2.0, 3.0)
    x = w + 0
    x.mul_(x.detach()[:])  # both operands show the memory that is written
    x.sum().backward()
    assert (w.grad.array == [2, 3]).all()
    x = w + 0
    x.mul_(x)
    w.grad = None
    x.sum().backward()
    assert (w.grad.array == [4, 6]).all()


def test_in_place_equals_out_of_place():
    rng = np.random.default_rng(0)
    a, b, c = (rng.standard_normal(4) for _ in range(3))

    def out_of_place(x, y, z):
        return (((x * y) + z) * y - x) / (2 + y * y)

    def in_place(x, y, z):
        r = x * y
        r.add_(z)
        r *= y
        r -= x
        r /= 2 + y * y
        return r

    grads = []
    for f in (out_of_place, in_place):
        leaves = [leaf(*values) for values in (a, b, c)]
        f(*leaves).backward(wrap(np.arange(1.0, 5)))
        grads.append([x.grad.array for x in leaves])
    for first, second in zip(*grads):
        np.testing.assert_allclose(first, second, rtol=1e-14)


def test_a_result_that_is_not_recorded_ends_the_record():
    w = leaf(1.0, 2.0)
    x = w * 2
    x.copy_(wrap(np.zeros(2)))
    assert (x.array == 0).all()
    y = x + w
    y.sum().backward()
    assert (w.grad.array == 1).all()


def test_retain_grad_follows_the_tensor():
    w = leaf(1.0, 2.0)
    x = w * 2
    x.retain_grad()
    x *= 3
    (x * x).sum().backward()
    assert (x.grad.array == 2 * x.array).all()
    assert (w.grad.array == 2 * 36 * w.array).all()


def test_under_no_grad_the_values_change_and_the_record_stays():
    w = leaf(1.0, 2.0)
    x = w * 2
    record = x.grad_fn
    with tinyreg.no_grad():
        x += 100
        w.mul_(0)
    assert x.grad_fn is record and (x.array == [102, 104]).all() and (w.array == 0).all() and w.is_leaf
    x.sum().backward()
    assert (w.grad.array == 2).all()


# views


def test_a_view_of_a_recorded_tensor_is_refused():
    x = leaf(1.0, 2.0) * 1
    for view in (x[:1], x.view(2, 1), x.T if x.ndim > 1 else x.reshape(1, 2)):
        with pytest.raises(RuntimeError, match=r"add_: a view must not be written.*of a tensor of shape \(2,\)"):
            write(view, view + 1, "add_")
    w = leaf(1.0, 2.0)
    with pytest.raises(RuntimeError, match=r"a view of shape \(1,\) of a tensor of shape \(2,\)"):
        w[:1].zero_()


def test_a_recorded_result_into_a_view_of_anything_is_refused():
    buffer, w = wrap(np.zeros(3)), leaf(1.0)
    with pytest.raises(RuntimeError, match=r"a view of shape \(1,\) of a tensor of shape \(3,\)"):
        buffer[:1].add_(w)
    buffer[:1].add_(5)  # nothing recorded, nothing to refuse
    assert (buffer.array == [5, 0, 0]).all()


def test_views_may_be_written_under_no_grad():
    w = leaf(1.0, 2.0)
    with tinyreg.no_grad():
        w[:1].zero_()
        w[1:] += 5
    assert (w.array == [0, 7]).all() and w.is_leaf and w.requires_grad


def test_a_tensor_is_written_by_index_instead():
    w = leaf(5.0, 7.0)
    buffer = wrap(np.ones(3))
    buffer[1:] = w * 2
    buffer[0] = 3
    (buffer * wrap(np.array([1.0, 10.0, 100.0]))).sum().backward()
    assert (w.grad.array == [20, 200]).all() and (buffer.array == [3, 10, 14]).all()


def test_a_view_that_was_overtaken_by_a_write_refuses_backward():
    w = leaf(1.0, 2.0)
    x = w * 1
    view = x[:1]
    before = view + 0  # used before the write: fine
    x.add_(w)
    before.sum().backward(retain_graph=True)
    assert (w.grad.array == [1, 0]).all()
    after = view * 2  # shows the new values, was recorded from the old ones
    with pytest.raises(
        RuntimeError, match=r"OverwrittenViewBackward0: a view must not be used.*got a view of shape \(1,\); take the view again"
    ):
        after.sum().backward()
    w.grad = None
    x[:1].sum().backward()
    assert (w.grad.array == [2, 0]).all()


def test_a_view_of_a_constant_that_a_write_makes_part_of_the_graph_refuses_backward():
    w, buffer = leaf(2.0), wrap(np.zeros(3))
    view, other = buffer[:2], buffer[2:]
    before = view + 0
    buffer.add_(1)  # not recorded: the views show it, and stay what they are
    assert (view.array == [1, 1]).all() and not view.requires_grad
    view.add_(1)
    buffer[0:1] = w * 3
    assert (view.array == [6, 2]).all() and view.requires_grad and other.requires_grad and not before.requires_grad
    with pytest.raises(RuntimeError, match=r"OverwrittenViewBackward0: .* got a view of shape \(2,\); take the view again"):
        view.sum().backward()
    (buffer[:2].sum() + view.detach().sum()).backward()
    assert (w.grad.array == [3]).all()


def test_as_many_views_as_there_ever_were_at_once_are_remembered():
    buffer = wrap(np.zeros(3))
    for _ in range(1000):
        buffer[:2]
    assert len(buffer.views) < 10


def test_an_operand_that_is_a_view_of_what_is_written():
    w = leaf(1.0, 2.0)
    x = w * 1
    x.sub_(x[:1])
    x.sum().backward()
    assert (w.grad.array == [-1, 1]).all() and (x.array == [0, 1]).all()


# refusals


def test_a_leaf_that_requires_grad_is_refused():
    w = leaf(1.0, 2.0)
    with pytest.raises(RuntimeError, match=r"mul_: a leaf that requires grad.*got a leaf of shape \(2,\); write under no_grad"):
        write(w, w * 2, "mul_")
    with pytest.raises(RuntimeError, match="a leaf that requires grad"):
        w.zero_()
    assert (w.array == [1, 2]).all()


def test_a_result_of_another_shape_is_refused():
    x = wrap(np.zeros(3))
    with pytest.raises(RuntimeError, match=r"the shape of the tensor that it is written into, \(3,\), got \(2, 3\)"):
        x.add_(wrap(np.zeros((2, 3))))
    x.add_(wrap(np.ones(1)))  # the operand may be broadcast, the tensor not
    assert (x.array == 1).all()


@pytest.mark.parametrize(("into", "what"), [("int64", "float32"), ("bool", "float64"), ("bool", "int64"), ("uint8", "float16")])
def test_a_result_of_a_higher_kind_is_refused(into, what):
    with pytest.raises(RuntimeError, match=f"{into}, got {what}"):
        write(wrap(np.zeros(2, into)), wrap(np.ones(2, what)))


@pytest.mark.parametrize(
    ("into", "what"), [("float32", "float64"), ("float64", "int64"), ("int32", "int64"), ("uint8", "int64"), ("int64", "bool")]
)
def test_a_result_of_the_same_or_a_lower_kind_is_cast(into, what):
    x = write(wrap(np.zeros(2, into)), wrap(np.ones(2, what)))
    assert x.dtype == into and (x.array == 1).all()


def test_expanded_and_read_only_tensors_are_refused():
    x = wrap(np.broadcast_to(np.zeros(3), (2, 3)))
    with pytest.raises(RuntimeError, match=r"must own each of its elements, got shape \(2, 3\) with strides \(0, 8\)"):
        x.add_(1)
    frozen = np.zeros(3)
    frozen.flags.writeable = False
    with pytest.raises(RuntimeError, match=r"read-only; .clone"):
        wrap(frozen).add_(1)
    empty = wrap(np.zeros((0, 3)))
    assert empty.add_(1) is empty


# memory


def test_the_old_record_is_released():
    w = leaf(1.0)
    x = w * 2
    old = weakref.ref(x)
    gc.disable()
    try:
        for _ in range(5):
            x += w
        del x
        assert old() is None
    finally:
        gc.enable()


def test_owner_goes_through_views_and_holders():
    memory = np.zeros(10)
    assert owner(memory) is memory
    assert owner(memory[2:].reshape(2, 4).T) is memory
    assert owner(np.lib.stride_tricks.sliding_window_view(memory, 3)[1:]) is memory
    assert owner(memory.copy()) is not memory


def test_against_pytorch():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((3, 4)), rng.standard_normal((3, 4))

    def script(t, x, y):
        h = x * y
        h += x.exp()
        h[1] = y[0] * 2
        h *= y
        h.sub_(h[:, :1].clone())
        h.div_(1.5).tanh_()
        return (h * y).sum()

    grads = []
    for t, make in ((tinyreg, wrap), (torch, torch.from_numpy)):
        x, y = make(a.copy()).requires_grad_(), make(b.copy()).requires_grad_()
        loss = script(t, x, y)
        loss.backward()
        grads.append([loss.item(), x.grad.numpy(), y.grad.numpy()])
    for ours, theirs in zip(*grads):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)
