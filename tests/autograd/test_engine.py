"""The chain rule over any graph: order, fan-out, depth, several outputs; what goes in and out is checked."""

import weakref

import numpy as np
import pytest

import tinyreg
from tests.autograd.functions import Square, SumAndProduct, leaf, ones
from tinyreg.autograd import ArrayFunction, Context, gradcheck
from tinyreg.autograd.function import Output
from tinyreg.autograd.tensor import wrap

# order and fan-out


def test_a_chain():
    x = leaf(3.0)
    Square.apply(Square.apply(x)).backward()
    assert x.grad.array == 4 * 27


def test_a_diamond():
    x = leaf(3.0)
    y = x * 2
    z = Square.apply(y) + y * y * y  # 4 x^2 + 8 x^3
    z.backward()
    assert x.grad.array == 8 * 3 + 24 * 9


def test_a_diamond_runs_each_operation_once():
    runs = []

    class Counted(ArrayFunction):
        @staticmethod
        def forward(ctx, x):
            return x + 0

        @staticmethod
        def backward(ctx, grad_y):
            runs.append(float(grad_y[0]))
            return (grad_y,)

    x = leaf(1.0)
    y = Counted.apply(x)
    for _ in range(30):  # 2^30 paths
        y = y + y
    y.backward()
    assert runs == [2.0**30] and x.grad.array == 2.0**30


def test_a_ladder_that_needs_the_heap():
    # every rung is used by the next two: the operations wait in numbers, not in the order of discovery
    x, w = leaf(1.0), leaf(0.5)
    a, b = x, x * w
    for _ in range(50):
        a, b = b, a + b * 0.25
    (a * b).backward()

    def f(x, w):
        a, b = x, x * w
        for _ in range(50):
            a, b = b, a + b * 0.25
        return a * b

    h = 1e-6
    assert x.grad.item() == pytest.approx((f(1 + h, 0.5) - f(1 - h, 0.5)) / 2 / h, rel=1e-8)
    assert w.grad.item() == pytest.approx((f(1, 0.5 + h) - f(1, 0.5 - h)) / 2 / h, rel=1e-8)


@pytest.mark.parametrize("seed", range(20))
def test_random_graphs(seed):
    """Every node combines two earlier ones, at random, by operations with one output or three."""

    def graph(*leaves):
        rng = np.random.default_rng(seed)
        nodes = list(leaves)
        for _ in range(25):
            a, b = (nodes[i] for i in rng.integers(max(0, len(nodes) - 6), len(nodes), 2))
            if rng.random() < 0.5:
                nodes.append((a * b).tanh())
            else:
                total, product, _ = SumAndProduct.apply(a, b)
                nodes += [total * 0.4, product.tanh()][: rng.integers(1, 3)]
        return nodes[-1], nodes[-4]

    assert gradcheck(graph, tuple(leaf(np.random.default_rng(seed + i).standard_normal(3)) for i in range(3)), rtol=1e-5)


# depth


def test_a_chain_of_fifty_thousand():
    x, w = leaf(1.0), leaf(0.5)
    y = x
    for _ in range(25_000):
        y = y * 1.0 + w
    y.backward()
    assert x.grad.array == 1 and w.grad.array == 25_000
    del y  # releasing the graph must not recurse either


def test_a_deep_graph_that_is_never_run_backward():
    x = leaf(1.0)
    y = x
    for _ in range(50_000):
        y = y + x
    record = weakref.ref(y)
    del y
    assert record() is None


# several outputs


def test_an_unused_output_gets_zeros():
    a, b = leaf(2.0, 3.0), leaf(5.0, 7.0)
    _, product, _ = SumAndProduct.apply(a, b)
    product.sum().backward()
    assert (a.grad.array == [5, 7]).all() and (b.grad.array == [2, 3]).all()


def test_all_outputs_used_and_one_used_twice():
    a, b = leaf(2.0), leaf(5.0)
    total, product, _ = SumAndProduct.apply(a, b)
    (total * total + product).backward()  # 2 (a + b) + b
    assert a.grad.array == 19 and b.grad.array == 16


def test_integer_outputs_are_not_differentiable():
    _, _, index = SumAndProduct.apply(leaf(2.0), leaf(5.0))
    assert not index.requires_grad and index.is_leaf


def test_grad_fn_of_several_outputs():
    total, product, _ = SumAndProduct.apply(leaf(2.0), leaf(5.0))
    assert isinstance(product.edge, Output) and total.grad_fn is product.grad_fn
    assert isinstance(total.grad_fn, Context) and repr(total.grad_fn) == "<SumAndProductBackward0>"


# what backward starts from


def test_a_cotangent_is_needed_for_several_elements():
    x = leaf(1.0, 2.0)
    with pytest.raises(RuntimeError, match=r"gradient must be given for more than one element, got shape \(2,\); pass it, or reduce"):
        Square.apply(x).backward()
    Square.apply(x).backward(wrap(np.array([1.0, 10.0])))
    assert (x.grad.array == [2, 40]).all()


def test_one_element_of_any_shape_needs_none():
    x = leaf([3.0])
    Square.apply(x).backward()
    assert x.grad.array == 6


def test_a_cotangent_of_another_shape_or_type_is_refused():
    y = Square.apply(leaf(1.0, 2.0))
    with pytest.raises(RuntimeError, match=r"must have the tensor's shape \(2,\), got \(3,\)"):
        y.backward(ones(3))
    with pytest.raises(TypeError, match="gradient must be a Tensor, got ndarray"):
        y.backward(np.ones(2))


def test_a_tensor_outside_the_graph_is_refused():
    with pytest.raises(RuntimeError, match=r"backward: the tensor must require grad, got shape \(2,\) without grad_fn; look for no_grad"):
        ones(2).backward(ones(2))


def test_backward_of_a_leaf():
    x = leaf(3.0)
    x.backward()
    assert x.grad.array == 1


# what backward returns is checked


def function(backward, broadcasts=False):
    return type(
        "Odd",
        (ArrayFunction,),
        {"forward": staticmethod(lambda ctx, a, b: a * b), "backward": staticmethod(backward), "broadcasts": broadcasts},
    )


def test_the_number_of_gradients_is_checked():
    y = function(lambda ctx, g: (g,)).apply(leaf(1.0), leaf(1.0))
    with pytest.raises(RuntimeError, match="OddBackward0: backward must return one gradient an input, got 1 for 2 inputs"):
        y.backward()
    y = function(lambda ctx, g: (g, g, g)).apply(leaf(1.0), 2.0)
    with pytest.raises(RuntimeError, match="got 3 for 2 inputs"):
        y.backward()


def test_the_shape_of_gradients_is_checked():
    for x in (leaf(1.0, 2.0), leaf(1.0, 2.0) * 1, SumAndProduct.apply(leaf(1.0, 2.0), leaf(1.0, 2.0))[0]):
        y = function(lambda ctx, g: (g.sum(keepdims=True), None)).apply(x, 2.0)
        with pytest.raises(RuntimeError, match=r"OddBackward0: backward must return a gradient of the input's shape \(2,\), got \(1,\)"):
            y.backward(ones(2))


def test_gradients_of_broadcast_inputs_are_summed():
    a, b = leaf([1.0], [2.0]), leaf(1.0, 10.0, 100.0)
    (a * b).backward(ones(2, 3))
    assert (a.grad.array == [[111], [111]]).all() and (b.grad.array == [3, 3, 3]).all()


def test_none_stops_the_gradient():
    x = leaf(1.0)
    function(lambda ctx, g: (None, None)).apply(x * 2, x).backward()
    assert x.grad is None


def test_nothing_is_accumulated_if_an_operation_fails():
    x = leaf(1.0)
    bad = function(lambda ctx, g: 1 / 0).apply(x, 1.0)
    with pytest.raises(ZeroDivisionError):
        (x * 2 + bad).backward()
    assert x.grad is None


# the oracle


def test_against_pytorch():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal((3, 4)), rng.standard_normal(4), rng.standard_normal((3, 1))]

    def script(t, a, b, c):
        h = (a * b + c).tanh()
        first, second = h[:, :2], h[:, 2:]
        h = first * second + (first - second).exp()
        h = h / (1 + h * h) + c.expand(3, 2) ** 2
        return (h * h.detach()).sum() + (a[0] * b).sum() + (b * b * b).mean()

    found = []
    for t, make in ((tinyreg, wrap), (torch, torch.from_numpy)):
        leaves = [make(array.copy()).requires_grad_() for array in arrays]
        loss = script(t, *leaves)
        loss.backward()
        found.append([loss.item(), *(x.grad.numpy() for x in leaves)])
    for ours, theirs in zip(*found):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)
