import numpy as np
import pytest

import tinyreg as torch
from tinyreg.autograd import gradcheck
from tinyreg.autograd.tensor import wrap
from tinyreg.regularization.layer_norm import layer_norm
from tinyreg.regularization.rms_norm import RMSNorm, rms_norm

CASES = [((4, 6), (6,)), ((2, 3, 4, 5), (4, 5)), ((5, 2, 3), (5, 2, 3)), ((7,), (7,)), ((400, 500), (500,))]  # the last one in blocks


def leaf(x):
    return wrap(np.array(x)).requires_grad_()


def draw(shape, sizes, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(1, 2, shape), rng.normal(size=sizes), rng.normal(size=shape)


def axes_of(shape, sizes):
    return tuple(range(len(shape) - len(sizes), len(shape)))


def run(x, weight, g, eps=1e-5):
    tensors = [leaf(z) for z in (x, weight)]
    y = rms_norm(tensors[0], np.shape(weight), tensors[1], eps=eps)
    y.backward(wrap(g))
    return y.detach().numpy(), *(z.grad.numpy() for z in tensors)


def test_by_hand():
    """x = (1, 7): mean square 25, r = 1/5, x_hat = (1/5, 7/5). g = (1, 0): E[g x_hat] = 1/10."""
    y, grad_x, grad_weight = run([[1.0, 7.0]], [1.0, 2.0], np.array([[1.0, 0.0]]), eps=0.0)
    np.testing.assert_allclose(y, [[0.2, 2.8]], rtol=1e-14)
    np.testing.assert_allclose(grad_x * 5, [[1 - 0.02, -0.14]], rtol=1e-14)
    np.testing.assert_allclose(grad_weight, [0.2, 0], rtol=1e-14)


@pytest.mark.parametrize(("shape", "sizes"), CASES)
def test_every_example_has_mean_square_1(shape, sizes):
    x, *_ = draw(shape, sizes)
    y = rms_norm(wrap(x), sizes, eps=0.0).numpy()
    np.testing.assert_allclose((y * y).mean(axis=axes_of(shape, sizes)), 1, rtol=1e-12)


@pytest.mark.parametrize(("shape", "sizes"), CASES)
def test_the_input_gradient_turns_the_example_and_does_not_stretch_it(shape, sizes):
    x, weight, g = draw(shape, sizes)
    _, grad_x, _ = run(x, weight, g, eps=0.0)
    np.testing.assert_allclose((grad_x * x).sum(axis=axes_of(shape, sizes)), 0, atol=1e-10)


@pytest.mark.parametrize(("shape", "sizes"), CASES)
def test_equals_the_composition_of_simpler_operations(shape, sizes):
    x, weight, g = draw(shape, sizes)
    a, w = leaf(x), leaf(weight)
    y = a / ((a * a).mean(dim=axes_of(shape, sizes), keepdim=True) + 1e-5).sqrt() * w
    y.backward(wrap(g))
    for got, wanted in zip(run(x, weight, g), (y.detach(), a.grad, w.grad)):
        np.testing.assert_allclose(got, wanted.numpy(), rtol=1e-9, atol=1e-11)


def test_layer_norm_is_rms_norm_of_what_the_mean_leaves():
    x, *_ = draw((4, 6), (6,))
    centred = x - x.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(rms_norm(wrap(centred), 6, eps=1e-5).numpy(), layer_norm(wrap(x), 6).numpy(), rtol=1e-12, atol=1e-14)


def test_scaling_an_example_changes_nothing_and_shifting_it_does():
    x, *_ = draw((5, 4), (4,))
    y = rms_norm(wrap(x), 4, eps=0.0).numpy()
    longer = x * np.array([[2.0], [0.1], [7.0], [1.0], [30.0]])
    np.testing.assert_allclose(rms_norm(wrap(longer), 4, eps=0.0).numpy(), y, rtol=1e-12)
    assert abs(rms_norm(wrap(x + 1), 4, eps=0.0).numpy() - y).max() > 0.1


def test_no_example_feels_another():
    x, weight, g = draw((5, 4), (4,))
    y, grad_x, _ = run(x, weight, g)
    for i in range(5):
        alone = run(x[i : i + 1], weight, g[i : i + 1])
        np.testing.assert_allclose(alone[0], y[i : i + 1], rtol=1e-14)
        np.testing.assert_allclose(alone[1], grad_x[i : i + 1], rtol=1e-13, atol=1e-15)
    layer = RMSNorm(4).double()
    np.testing.assert_array_equal(layer(wrap(x)).detach().numpy(), layer.eval()(wrap(x)).detach().numpy())


def test_gradcheck():
    for shape, sizes in CASES[:4]:
        x, weight, _ = draw(shape, sizes)
        assert gradcheck(lambda x, w, sizes=sizes: rms_norm(x, sizes, w), (leaf(x), leaf(weight)))
        assert gradcheck(lambda x, sizes=sizes: rms_norm(x, sizes, eps=0.5), (leaf(x),))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_eps_left_out_is_the_spacing_of_the_dtype(dtype):
    eps = np.finfo(dtype).eps
    x = wrap(np.full((1, 3), np.sqrt(3 * eps), dtype))  # mean square 3 eps: divided by sqrt(4 eps)
    y = rms_norm(x, 3)
    assert y.dtype == dtype
    np.testing.assert_allclose(y.numpy(), np.sqrt(0.75), rtol=1e-6)
    assert rms_norm(wrap(np.zeros((2, 3), dtype)), 3).tolist() == [[0] * 3] * 2


def test_float16_is_computed_in_float32():
    x = np.array([[300.0, -400.0], [0.01, 0.02]], dtype=np.float16)
    y = rms_norm(leaf(x), 2, leaf(np.array([1, 2], dtype=np.float16)))
    y.backward(wrap(np.ones((2, 2), dtype=np.float16)))
    assert y.dtype == np.float16
    exact = rms_norm(wrap(x.astype(np.float32)), 2, wrap(np.array([1, 2], dtype=np.float32))).numpy()
    np.testing.assert_array_equal(y.detach().numpy(), exact.astype(np.float16))


def test_one_feature_and_equal_features_and_empty_batches():
    assert rms_norm(torch.tensor([[3.0], [-4.0]]), 1, eps=0.0).tolist() == [[1], [-1]]
    assert rms_norm(torch.full((2, 3), 5.0), 3, eps=0.0).tolist() == [[1] * 3] * 2
    layer = RMSNorm(3)
    x = torch.zeros(0, 3, requires_grad=True)
    layer(x).backward(torch.zeros(0, 3))
    assert x.grad.shape == (0, 3) and layer.weight.grad.tolist() == [0] * 3
    assert rms_norm(torch.zeros(3, 0), 0).shape == (3, 0)


def test_memory_in_another_order():
    x, weight, g = draw((6, 5, 4), (5, 4))
    turned = wrap(np.ascontiguousarray(x.T).T).requires_grad_()
    y = rms_norm(turned, (5, 4), leaf(weight), 1e-5)
    y.backward(wrap(np.ascontiguousarray(g.T).T))
    straight = run(x, weight, g)
    np.testing.assert_allclose(y.detach().numpy(), straight[0], rtol=1e-12)
    np.testing.assert_allclose(turned.grad.numpy(), straight[1], rtol=1e-10)


def test_float32_stays_float32():
    x, weight, g = (z.astype(np.float32) for z in draw((50, 3000), (3000,)))
    found, exact = run(x, weight, g), run(*(z.astype(np.float64) for z in (x, weight, g)))
    assert {z.dtype for z in found} == {np.dtype("float32")}
    for got, wanted in zip(found, exact):
        assert abs(got - wanted).max() < 1e-5 * max(1, abs(wanted).max())


def test_refusals_name_the_values():
    x = torch.zeros(4, 3)
    for error, said, call in [
        (RuntimeError, r"rms_norm: input must end in normalized_shape=\(4,\), got shape \(4, 3\)", lambda: rms_norm(x, 4)),
        (RuntimeError, r"normalized_shape=\(2, 4, 3\), got shape \(4, 3\)", lambda: rms_norm(x, (2, 4, 3))),
        (RuntimeError, r"at least one dimension, got \(\)", lambda: rms_norm(x, ())),
        (RuntimeError, r"RMSNorm: .*at least one dimension, got \(\)", lambda: RMSNorm(())),
        (TypeError, r"RMSNorm: normalized_shape must be an integer or several, got \(3.0,\)", lambda: RMSNorm((3.0,))),
        (RuntimeError, r"weight must hold one value a feature, shape \(3,\), got shape \(4,\)", lambda: rms_norm(x, 3, torch.ones(4))),
        (RuntimeError, "input and weight must have one dtype, got float64 and float32", lambda: rms_norm(x.double(), 3, torch.ones(3))),
        (NotImplementedError, "rms_norm: input must be floating point, got dtype int64", lambda: rms_norm(torch.tensor([[1, 2]]), 2)),
        (ValueError, "rms_norm: eps must be at least 0, got eps=-1", lambda: rms_norm(x, 3, eps=-1)),
        (ValueError, "RMSNorm: eps must be at least 0, got eps=-1", lambda: RMSNorm(3, eps=-1)),
        (TypeError, "RMSNorm: eps must be a number, got eps='a'", lambda: RMSNorm(3, eps="a")),
        (RuntimeError, r"normalized_shape=\(5,\), got shape \(4, 3\)", lambda: RMSNorm(5)(x)),
        (TypeError, "input must be a Tensor, got ndarray", lambda: rms_norm(np.zeros(3), 3)),
    ]:
        with pytest.raises(error, match=said):
            call()


def test_the_layer():
    layer = RMSNorm((2, 3), eps=1e-3)
    assert layer.normalization and not layer.uses_batch_statistics and not layer.stochastic and not layer.penalized
    assert list(layer.state_dict()) == ["weight"] and layer.weight.shape == (2, 3) and layer.eps == 1e-3
    assert repr(layer) == "RMSNorm((2, 3), eps=0.001, elementwise_affine=True)"
    assert repr(RMSNorm(3, elementwise_affine=False)) == "RMSNorm((3,), eps=None, elementwise_affine=False)"
    assert not list(RMSNorm(3, elementwise_affine=False).parameters())
    assert RMSNorm(3, dtype=torch.float64).weight.dtype == torch.float64
    layer.weight.array[...] = 5
    layer.reset_parameters()
    assert layer.weight.tolist() == [[1] * 3] * 2
    RMSNorm(3, elementwise_affine=False).reset_parameters()
