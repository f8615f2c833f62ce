"""Hooks see a gradient when it is complete, and may replace it."""

import pytest

from tests.autograd.functions import Square, SumAndProduct, leaf, ones


def test_hooks_on_leaves_and_inner_tensors():
    x = leaf(3.0)
    y = Square.apply(x)
    seen = []
    y.register_hook(lambda g: seen.append(("y", g.item())))
    x.register_hook(lambda g: seen.append(("x", g.item())))
    (y + y).backward()
    assert seen == [("y", 2), ("x", 12)]  # each once, when its gradient is complete


def test_a_hook_may_replace_the_gradient():
    x = leaf(3.0)
    y = Square.apply(x)
    y.register_hook(lambda g: g * 10)
    x.register_hook(lambda g: g + 1)
    y.backward()
    assert x.grad.array == 61


def test_hooks_run_in_order_and_can_be_removed():
    x = leaf(3.0)
    order = []
    handles = [x.register_hook(lambda g, i=i: order.append(i)) for i in range(4)]
    handles[1].remove()
    handles[1].remove()
    x.sum().backward()
    assert order == [0, 2, 3]


def test_hooks_whose_handles_were_dropped_stay():
    x = leaf(3.0)
    seen = []
    for i in range(20):
        x.register_hook(lambda g, i=i: seen.append(i))
    x.sum().backward()
    assert seen == list(range(20))


def test_a_hook_that_returns_something_else_is_refused():
    for wrong, got in ((lambda g: ones(3), r"\(3,\)"), (lambda g: 5, "int")):
        x = leaf(3.0)
        x.register_hook(wrong)
        with pytest.raises(RuntimeError, match=rf"hook: must return None or a Tensor of the gradient's shape \(1,\), got {got}"):
            x.sum().backward()


def test_hooks_need_a_tensor_that_requires_grad():
    with pytest.raises(RuntimeError, match="register_hook: the tensor must require grad, got requires_grad=False"):
        ones(2).register_hook(print)
    with pytest.raises(RuntimeError, match="retain_grad: the tensor must require grad, got requires_grad=False"):
        ones(2).retain_grad()


def test_retain_grad():
    x = leaf(3.0)
    y = Square.apply(x)
    y.retain_grad()
    y.retain_grad()  # a second call does nothing
    z = y * 5
    z.backward(retain_graph=True)
    assert y.grad.array == 5
    z.backward()
    assert y.grad.array == 10
    x.retain_grad()  # nothing to do for a leaf
    assert x.grad.array == 60


def test_one_of_several_outputs_can_be_hooked_and_retained():
    a, b = leaf(2.0), leaf(5.0)
    total, product, _ = SumAndProduct.apply(a, b)
    seen = []
    product.register_hook(lambda g: seen.append(g.item()))
    product.register_hook(lambda g: g * 10)
    total.retain_grad()
    (3 * total + 4 * product).backward()
    assert seen == [4] and total.grad.array == 3 and a.grad.array == 3 + 40 * 5
