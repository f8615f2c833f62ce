import math

import numpy as np
import pytest

import tinyreg
from tinyreg.layers.linear import Linear, LinearFunction, linear


def test_by_hand():
    x, w, b = tinyreg.tensor([[1.0, 2.0]]), tinyreg.tensor([[3.0, 4.0], [5.0, 6.0], [0.0, -1.0]]), tinyreg.tensor([0.5, 0.0, 1.0])
    for t in (x, w, b):
        t.requires_grad_()
    y = linear(x, w, b)
    assert y.tolist() == [[11.5, 17.0, -1.0]]
    y.backward(tinyreg.tensor([[1.0, 10.0, 100.0]]))
    assert x.grad.tolist() == [[53.0, -36.0]]
    assert w.grad.tolist() == [[1.0, 2.0], [10.0, 20.0], [100.0, 200.0]]
    assert b.grad.tolist() == [1.0, 10.0, 100.0]


def test_equals_the_composition_of_its_parts():
    x, w, b = (tinyreg.randn(*shape, dtype=tinyreg.float64, requires_grad=True) for shape in ((2, 5, 3), (4, 3), (4,)))
    v = tinyreg.randn(2, 5, 4, dtype=tinyreg.float64)
    fused = tinyreg.autograd.grad((linear(x, w, b) * v).sum(), (x, w, b))
    composed = tinyreg.autograd.grad(((x @ w.T + b) * v).sum(), (x, w, b))
    for ours, other in zip(fused, composed):
        np.testing.assert_allclose(ours.numpy(), other.numpy(), rtol=1e-12, atol=1e-12)


def test_a_weight_of_one_row():
    x, w, b = (tinyreg.tensor(values, requires_grad=True) for values in ([[1.0, 2.0], [3.0, 4.0]], [10.0, 1.0], 0.5))
    y = linear(x, w, b)
    assert y.tolist() == [12.5, 34.5]
    y.backward(tinyreg.tensor([1.0, 2.0]))
    assert x.grad.tolist() == [[10.0, 1.0], [20.0, 2.0]] and w.grad.tolist() == [7.0, 10.0] and b.grad.item() == 3.0


def test_one_example_and_one_row_give_a_number():
    x, w, b = (tinyreg.tensor(values, requires_grad=True) for values in ([1.0, 2.0], [10.0, 1.0], 0.5))
    y = linear(x, w, b)
    assert y.shape == () and y.item() == 12.5
    y.backward()
    assert x.grad.tolist() == [10.0, 1.0] and w.grad.tolist() == [1.0, 2.0] and b.grad.item() == 1.0


@pytest.mark.parametrize("shape", [(), (1,), (4, 1), (4, 2)])
def test_a_bias_that_broadcasts(shape):
    x, w, b = tinyreg.randn(4, 3), tinyreg.randn(2, 3), tinyreg.randn(*shape) if shape else tinyreg.randn(1).sum()
    b.requires_grad_()
    y = linear(x, w, b)
    np.testing.assert_allclose(y.detach().numpy(), x.numpy() @ w.numpy().T + b.detach().numpy(), rtol=1e-6)
    y.sum().backward()
    assert b.grad.shape == shape and b.grad.sum().item() == 8


def test_an_empty_batch():
    layer = Linear(3, 2)
    y = layer(tinyreg.zeros(0, 3))
    y.sum().backward()
    assert y.shape == (0, 2)
    assert not layer.weight.grad.numpy().any() and layer.bias.grad.shape == (2,)


def test_only_what_is_wanted_is_computed():
    x, w, b = tinyreg.randn(4, 3), tinyreg.randn(2, 3, requires_grad=True), tinyreg.randn(2)
    ctx = linear(x, w, b).grad_fn
    grads = LinearFunction.backward(ctx, np.ones((4, 2), "float32"))
    assert [g is None for g in grads] == [True, False, True]


def test_the_gradients_need_no_copy():
    """What backward returns has memory of its own in the parameter's layout, so the engine keeps it as it is."""
    layer = Linear(3, 2)
    ctx = layer(tinyreg.randn(5, 3)).grad_fn
    _, grad_weight, grad_bias = LinearFunction.backward(ctx, np.ones((5, 2), "float32"))
    for grad, parameter in ((grad_weight, layer.weight), (grad_bias, layer.bias)):
        assert grad.base is None and grad.strides == parameter.array.strides


def test_initial_weights_lie_within_the_bound():
    layer = Linear(50, 200)
    bound = 1 / math.sqrt(50)
    for parameter, n in ((layer.weight, 10_000), (layer.bias, 200)):
        values = parameter.detach().numpy()
        assert abs(values).max() <= bound
        # variance of a uniform variable bound^2/3; of its square 4/45 bound^4; six standard errors
        assert abs(values.var() / (bound**2 / 3) - 1) < 6 * math.sqrt(0.8 / n)


def test_names():
    assert Linear.penalized == ("weight",)
    assert list(Linear(3, 2).state_dict()) == ["weight", "bias"]
    assert list(Linear(3, 2, bias=False).state_dict()) == ["weight"]
    assert repr(Linear(3, 2, bias=False)) == "Linear(in_features=3, out_features=2, bias=False)"
    assert Linear(3, 2, dtype=tinyreg.float64).weight.dtype == tinyreg.float64


@pytest.mark.parametrize(
    "x, w, b, message",
    [
        ((4, 5), (2, 3), None, r"3 features, got input of shape \(4, 5\) for weight of shape \(2, 3\)"),
        ((), (2, 3), None, r"got input of shape \(\) for weight of shape \(2, 3\)"),
        ((4, 3), (2, 3, 1), None, r"weight must have shape .*got shape \(2, 3, 1\)"),
        ((4, 3), (2, 3), (3,), r"bias must hold one value an output, \(2,\), .* output \(4, 2\), got shape \(3,\)"),
        ((4, 3), (2, 3), (1, 4, 2), r"bias must hold one value an output, \(2,\), .*, got shape \(1, 4, 2\)"),
        ((4, 3), (3,), (4,), r"bias must hold one value an output, \(\), .*, got shape \(4,\)"),
    ],
)
def test_shapes_that_do_not_fit(x, w, b, message):
    with pytest.raises(RuntimeError, match=message):
        linear(tinyreg.ones(x), tinyreg.ones(w), None if b is None else tinyreg.ones(b))


def test_dtypes_that_differ():
    x, w, b = tinyreg.ones(4, 3, dtype=tinyreg.float64), tinyreg.ones(2, 3), tinyreg.ones(2)
    with pytest.raises(RuntimeError, match="input and weight must have one dtype, got float64 and float32"):
        linear(x, w)
    with pytest.raises(RuntimeError, match="input and bias must have one dtype, got float64 and float32"):
        linear(x, w.double(), b)
    with pytest.raises(RuntimeError, match="got int64 and float32"):
        linear(tinyreg.ones(4, 3, dtype=tinyreg.int64), w)


def test_what_is_no_tensor():
    with pytest.raises(TypeError, match="input must be a Tensor, got ndarray"):
        linear(np.ones((4, 3)), tinyreg.ones(2, 3))
    with pytest.raises(TypeError, match="weight must be a Tensor, got NoneType"):
        linear(tinyreg.ones(4, 3), None)


def test_sizes_out_of_range():
    with pytest.raises(ValueError, match="in_features must be at least 1, got in_features=0"):
        Linear(0, 2)
    with pytest.raises(ValueError, match="out_features must be at least 0, got out_features=-1"):
        Linear(3, -1)
