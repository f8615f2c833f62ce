import numpy as np
import pytest

import tinyreg as torch
from tinyreg.autograd import gradcheck
from tinyreg.autograd.tensor import wrap
from tinyreg.regularization.layer_norm import LayerNorm, layer_norm

CASES = [((4, 6), (6,)), ((2, 3, 4, 5), (4, 5)), ((5, 2, 3), (5, 2, 3)), ((7,), (7,)), ((400, 500), (500,))]  # the last one in blocks


def leaf(x):
    return wrap(np.array(x)).requires_grad_()


def draw(shape, sizes, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(1, 2, shape), rng.normal(size=sizes), rng.normal(size=sizes), rng.normal(size=shape)


def run(x, weight, bias, g, eps=1e-5):
    tensors = [leaf(z) for z in (x, weight, bias)]
    y = layer_norm(tensors[0], np.shape(weight), *tensors[1:], eps=eps)
    y.backward(wrap(g))
    return y.detach().numpy(), *(z.grad.numpy() for z in tensors)


def test_by_hand():
    """x = (-3, 0, 3): variance 6, x_hat = (-a, 0, a), a = sqrt(3/2). g = (1, 0, 0): E[g] = 1/3, E[g x_hat] = -a/3."""
    y, grad_x, grad_weight, grad_bias = run([[-3.0, 0.0, 3.0]], [1.0, 1.0, 2.0], [0.0, 0.0, 5.0], np.array([[1.0, 0.0, 0.0]]), eps=0.0)
    a = np.sqrt(1.5)
    np.testing.assert_allclose(y, [[-a, 0, 2 * a + 5]], rtol=1e-14, atol=1e-16)  # 3 (1/3) - 3 (1/3) is 0 but for BLAS's rounding
    np.testing.assert_allclose(grad_x * np.sqrt(6), [[1 / 6, -1 / 3, 1 / 6]], rtol=1e-14)
    np.testing.assert_allclose(grad_weight, [-a, 0, 0], rtol=1e-14)
    np.testing.assert_array_equal(grad_bias, [1, 0, 0])


@pytest.mark.parametrize(("shape", "sizes"), CASES)
def test_every_example_has_mean_0_and_variance_1(shape, sizes):
    x, *_ = draw(shape, sizes)
    y = layer_norm(wrap(x), sizes, eps=0.0).numpy()
    axes = tuple(range(len(shape) - len(sizes), len(shape)))
    np.testing.assert_allclose(y.mean(axis=axes), 0, atol=1e-13)
    np.testing.assert_allclose(y.std(axis=axes), 1, rtol=1e-12)


@pytest.mark.parametrize(("shape", "sizes"), CASES)
def test_input_gradient_is_free_of_shift_and_scale(shape, sizes):
    x, weight, bias, g = draw(shape, sizes)
    y, grad_x, *_ = run(x, weight, bias, g, eps=0.0)
    axes = tuple(range(len(shape) - len(sizes), len(shape)))
    x_hat = (y - bias) / weight
    np.testing.assert_allclose(grad_x.sum(axis=axes), 0, atol=1e-11)
    np.testing.assert_allclose((grad_x * x_hat).sum(axis=axes), 0, atol=1e-11)


@pytest.mark.parametrize(("shape", "sizes"), CASES)
def test_equals_the_composition_of_simpler_operations(shape, sizes):
    x, weight, bias, g = draw(shape, sizes)
    a, w, b = leaf(x), leaf(weight), leaf(bias)
    axes = tuple(range(len(shape) - len(sizes), len(shape)))
    mean = a.mean(dim=axes, keepdim=True)
    var = ((a - mean) ** 2).mean(dim=axes, keepdim=True)
    y = (a - mean) / (var + 1e-5).sqrt() * w + b
    y.backward(wrap(g))
    for got, wanted in zip(run(x, weight, bias, g), (y.detach(), a.grad, w.grad, b.grad)):
        np.testing.assert_allclose(got, wanted.numpy(), rtol=1e-9, atol=1e-11)


def test_no_example_feels_another():
    """The output and the input gradient of an example are the same alone, in company, and in any mode."""
    x, weight, bias, g = draw((5, 4), (4,))
    y, grad_x, *_ = run(x, weight, bias, g)
    for i in range(5):
        alone = run(x[i : i + 1], weight, bias, g[i : i + 1])
        np.testing.assert_allclose(alone[0], y[i : i + 1], rtol=1e-14)
        np.testing.assert_allclose(alone[1], grad_x[i : i + 1], rtol=1e-13, atol=1e-15)
    layer = LayerNorm(4).double()
    np.testing.assert_array_equal(layer(wrap(x)).detach().numpy(), layer.eval()(wrap(x)).detach().numpy())


def test_shifting_and_scaling_an_example_changes_nothing():
    x, *_ = draw((5, 4), (4,))
    y = layer_norm(wrap(x), 4, eps=0.0).numpy()
    moved = x * np.array([[2.0], [0.1], [7.0], [1.0], [30.0]]) + np.array([[1.0], [-5.0], [0.0], [100.0], [3.0]])
    np.testing.assert_allclose(layer_norm(wrap(moved), 4, eps=0.0).numpy(), y, rtol=1e-10)


def test_gradcheck():
    for shape, sizes in CASES[:4]:
        x, weight, bias, _ = draw(shape, sizes)
        assert gradcheck(lambda x, w, b, sizes=sizes: layer_norm(x, sizes, w, b), (leaf(x), leaf(weight), leaf(bias)))
        assert gradcheck(lambda x, sizes=sizes: layer_norm(x, sizes), (leaf(x),))


def test_one_feature_and_equal_features_and_empty_batches():
    y, grad_x, *_ = run(np.array([[3.0], [4.0]]), [2.0], [1.0], np.ones((2, 1)))
    assert y.tolist() == [[1], [1]] and grad_x.tolist() == [[0], [0]]
    assert layer_norm(torch.full((2, 3), 5.0), 3).tolist() == [[0] * 3] * 2
    two = layer_norm(torch.tensor([[1.0, 5.0], [7.0, 2.0]]), 2, eps=0.0)
    assert two.tolist() == [[-1, 1], [1, -1]]
    layer = LayerNorm(3)
    x = torch.zeros(0, 3, requires_grad=True)
    layer(x).backward(torch.zeros(0, 3))
    assert x.grad.shape == (0, 3) and layer.weight.grad.tolist() == [0] * 3
    assert layer_norm(torch.zeros(3, 0), 0).shape == (3, 0)


def test_float32_keeps_its_digits_at_mean_1000():
    rng = np.random.default_rng(0)
    x, g = rng.normal(1000, 1, (50, 3000)).astype(np.float32), rng.normal(size=(50, 3000)).astype(np.float32)
    weight, bias = np.ones((2, 3000), dtype=np.float32)
    found = run(x, weight, bias, g)
    exact = run(*(z.astype(np.float64) for z in (x, weight, bias, g)))
    assert {z.dtype for z in found} == {np.dtype("float32")}
    for got, wanted in zip(found, exact):
        assert abs(got - wanted).max() < 2e-4 * max(1, abs(wanted).max())


def test_memory_in_another_order():
    x, weight, bias, g = draw((6, 5, 4), (5, 4))
    turned = wrap(np.ascontiguousarray(x.T).T).requires_grad_()
    y = layer_norm(turned, (5, 4), leaf(weight), leaf(bias))
    y.backward(wrap(np.ascontiguousarray(g.T).T))
    straight = run(x, weight, bias, g)
    np.testing.assert_allclose(y.detach().numpy(), straight[0], rtol=1e-12)
    np.testing.assert_allclose(turned.grad.numpy(), straight[1], rtol=1e-10)


def test_only_what_is_wanted_gets_a_gradient():
    x, weight, bias, g = draw((4, 3), (3,))
    for wanted in range(3):
        tensors = [wrap(z) for z in (x, weight, bias)]
        tensors[wanted].requires_grad_()
        layer_norm(tensors[0], 3, *tensors[1:]).backward(wrap(g))
        np.testing.assert_array_equal(tensors[wanted].grad.numpy(), run(x, weight, bias, g)[1 + wanted])
        assert [z.grad is None for z in tensors] == [i != wanted for i in range(3)]


def test_refusals_name_the_values():
    x = torch.zeros(4, 3)
    for error, said, call in [
        (RuntimeError, r"layer_norm: input must end in normalized_shape=\(4,\), got shape \(4, 3\)", lambda: layer_norm(x, 4)),
        (RuntimeError, r"normalized_shape=\(2, 4, 3\), got shape \(4, 3\)", lambda: layer_norm(x, (2, 4, 3))),
        (RuntimeError, r"at least one dimension, got \(\)", lambda: layer_norm(x, ())),
        (RuntimeError, r"LayerNorm: .*at least one dimension, got \(\)", lambda: LayerNorm(())),
        (RuntimeError, r"weight must hold one value a feature, shape \(3,\), got shape \(4,\)", lambda: layer_norm(x, 3, torch.ones(4))),
        (RuntimeError, "input and weight must have one dtype, got float64 and float32", lambda: layer_norm(x.double(), 3, torch.ones(3))),
        (RuntimeError, "floating point, got dtype int64", lambda: layer_norm(torch.tensor([[1, 2]]), 2)),
        (ValueError, "layer_norm: eps must be at least 0, got eps=-1", lambda: layer_norm(x, 3, eps=-1)),
        (ValueError, "LayerNorm: eps must be at least 0, got eps=-1", lambda: LayerNorm(3, eps=-1)),
        (RuntimeError, r"normalized_shape=\(5,\), got shape \(4, 3\)", lambda: LayerNorm(5)(x)),
        (TypeError, "input must be a Tensor, got ndarray", lambda: layer_norm(np.zeros(3), 3)),
    ]:
        with pytest.raises(error, match=said):
            call()


def test_the_layer():
    layer = LayerNorm((2, 3), eps=1e-3)
    assert layer.normalization and not layer.uses_batch_statistics and not layer.stochastic and not layer.penalized
    assert list(layer.state_dict()) == ["weight", "bias"] and layer.weight.shape == (2, 3) and layer.eps == 1e-3
    assert repr(layer) == "LayerNorm((2, 3), eps=0.001, elementwise_affine=True, bias=True)"
    assert repr(LayerNorm(3, bias=False)) == "LayerNorm((3,), eps=1e-05, elementwise_affine=True, bias=False)"
    assert not list(LayerNorm(3, elementwise_affine=False).parameters())
    assert LayerNorm(3, dtype=torch.float64).weight.dtype == torch.float64
    layer.weight.array[...] = 5
    layer.reset_parameters()
    assert layer.weight.tolist() == [[1] * 3] * 2 and layer.bias.tolist() == [[0] * 3] * 2
