"""Where gradients arrive: at leaves, each with memory of its own, or returned by autograd.grad."""

import numpy as np
import pytest

import tinyreg
from tests.autograd.functions import Square, SumAndProduct, leaf, ones
from tinyreg.autograd import grad
from tinyreg.autograd.tensor import wrap

# leaves and their gradients


def test_gradients_accumulate():
    x = leaf(3.0)
    for n in (1, 2, 3):
        Square.apply(x).backward()
        assert x.grad.array == 6 * n
    x.grad = None
    Square.apply(x).backward()
    assert x.grad.array == 6


def test_no_two_leaves_share_a_gradient():
    a, b = leaf(1.0, 2.0), leaf(3.0, 4.0)
    (a + b).backward(ones(2))
    assert not np.shares_memory(a.grad.array, b.grad.array)
    a.grad.array += 100
    assert (b.grad.array == 1).all()
    a.grad = b.grad = None
    ((a + b) * 2).sum().backward()  # the same, with an array of the engine's own
    assert not np.shares_memory(a.grad.array, b.grad.array)


def test_sums_at_a_fan_out_leave_their_terms_alone():
    for depth in range(4):
        x, cotangent = leaf(1.0, 2.0), ones(2)
        y = x * 3
        z = y + y  # addition hands the same array to both sides
        for _ in range(depth):
            z = z + y
        (z + x).backward(cotangent)
        assert (cotangent.array == 1).all() and (x.grad.array == 3 * (depth + 2) + 1).all()
    x, cotangent = leaf(1.0, 2.0), ones(2)
    total, _, _ = SumAndProduct.apply(x, x)
    (total + total).backward(cotangent)
    assert (cotangent.array == 1).all() and (x.grad.array == 4).all()


def test_gradients_do_not_alias_the_callers_cotangent():
    for f in (lambda x: x + 0.0, lambda x: x.view(2, 2).view(4), lambda x: x):
        x, cotangent = leaf(1.0, 2.0, 3.0, 4.0), ones(4)
        f(x).backward(cotangent)
        assert not np.shares_memory(x.grad.array, cotangent.array)


def test_gradients_do_not_alias_what_a_hook_kept():
    x = leaf(1.0, 2.0)
    kept = []
    y = x + 0.0
    y.register_hook(kept.append)
    x.register_hook(kept.append)
    y.sum().backward()
    (x * 1).sum().backward()  # accumulates in place
    assert len(kept) == 3 and all((g.array == 1).all() for g in kept) and (x.grad.array == 2).all()
    replacement = wrap(np.array([7.0, 7.0]))
    x = leaf(1.0, 2.0)
    x.register_hook(lambda g: replacement)
    x.sum().backward()
    assert (x.grad.array == 7).all() and not np.shares_memory(x.grad.array, replacement.array)


def test_gradients_are_writable_and_in_their_leafs_layout():
    x = wrap(np.asfortranarray(np.arange(6.0).reshape(2, 3))).requires_grad_()
    (x * wrap(np.ones((2, 3)))).sum().backward()  # the cotangent of sum is a read-only broadcast
    assert x.grad.array.strides == x.array.strides and x.grad.array.flags.writeable
    y = leaf([1.0, 2.0, 3.0], [4.0, 5.0, 6.0])
    y.view(3, 2).backward(wrap(np.ones((2, 3)).T))
    assert y.grad.array.strides == y.array.strides
    y = leaf(1.0, 2.0)
    y.sum().backward()
    y.grad.array *= 2
    assert (y.grad.array == 2).all()


def test_gradients_have_their_leafs_dtype():
    x = leaf(1.0, 2.0, dtype="float32")
    y = leaf(1.0, 2.0, dtype="float64")
    (x.to(tinyreg.float64) * y).sum().backward()
    assert x.grad.dtype == np.float32 and y.grad.dtype == np.float64


def test_a_leaf_used_many_times():
    x = leaf(2.0, 3.0)
    y = x * 0
    for _ in range(100):
        y = y + x
    y.sum().backward()
    assert (x.grad.array == 100).all()


def test_the_gradient_in_use_is_not_overwritten_by_the_next_backward():
    x, w = leaf(3.0), leaf(1.0)
    Square.apply(x).backward()
    z = x.grad * w  # saves x.grad
    Square.apply(x).backward()
    with pytest.raises(RuntimeError, match="MulBackward0.*written in place"):
        z.backward()


# autograd.grad


def test_grad_returns_and_does_not_accumulate():
    a, b = leaf(2.0, 3.0), leaf(5.0, 7.0)
    grad_a, grad_b = grad((a * b).sum(), [a, b])
    assert (grad_a.array == b.array).all() and (grad_b.array == a.array).all()
    assert a.grad is None and b.grad is None
    assert not grad_a.requires_grad and not np.shares_memory(grad_a.array, b.array)


def test_grad_of_inner_tensors_and_of_outputs():
    x = leaf(3.0)
    y = Square.apply(x)
    z = y * 2
    assert [g.item() for g in grad(z, [x, y, z])] == [12, 2, 1]
    total, product, _ = SumAndProduct.apply(leaf(2.0), leaf(5.0))
    assert [g.item() for g in grad(total * 3 + product * 4, [total, product])] == [3, 4]


def test_grad_of_several_outputs_with_their_cotangents():
    x = leaf(3.0, 4.0)
    (g,) = grad([x * 2, x * x], x, [wrap(np.array([1.0, 10.0])), wrap(np.array([100.0, 1000.0]))])
    assert (g.array == [2 + 600, 20 + 8000]).all()


def test_grad_of_what_is_not_used():
    x, unused = leaf(3.0), leaf(1.0)
    with pytest.raises(RuntimeError, match="got an unused input 1; pass allow_unused=True"):
        grad(x * 2, [x, unused])
    grads = grad(x * 2, [x, unused], allow_unused=True)
    assert grads[0].item() == 2 and grads[1] is None


def test_grad_refuses_what_does_not_fit():
    x = leaf(3.0)
    with pytest.raises(RuntimeError, match="inputs must require grad"):
        grad(x * 2, ones(1))
    with pytest.raises(RuntimeError, match="one an output, got 2 for 1 outputs"):
        grad(x * 2, x, [ones(1), ones(1)])


def test_grad_keeps_the_graph_if_asked():
    x = leaf(3.0)
    y = Square.apply(x)
    assert grad(y, x, retain_graph=True)[0].item() == grad(y, x)[0].item() == 6
    with pytest.raises(RuntimeError, match="grad: the graph was released"):
        grad(y, x)
