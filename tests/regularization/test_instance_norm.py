import numpy as np
import pytest

import tinyreg as torch
from tinyreg.autograd import gradcheck
from tinyreg.autograd.tensor import wrap
from tinyreg.regularization.batch_norm import batch_norm
from tinyreg.regularization.instance_norm import InstanceNorm1d, InstanceNorm2d, InstanceNorm3d, instance_norm

SHAPES = [(2, 3, 5), (2, 3, 4, 3), (2, 2, 3, 2, 2), (40, 8, 30, 30)]  # the last one in blocks


def channels_last(x):
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)


def leaf(x):
    return wrap(np.array(x)).requires_grad_()


def pixels(x):
    return tuple(range(2, x.ndim))


def draw(shape, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(1, 2, shape), rng.normal(size=shape[1]), rng.normal(size=shape[1]), rng.normal(size=shape)


def run(x, weight, bias, g, own_stats=True, running=(None, None), eps=1e-5):
    tensors = [leaf(z) for z in (x, weight, bias)]
    y = instance_norm(tensors[0], *running, *tensors[1:], use_input_stats=own_stats, eps=eps)
    y.backward(wrap(g))
    return y.detach().numpy(), *(z.grad.numpy() for z in tensors)


def test_by_hand():
    x = [[[-3.0, 0.0, 3.0]], [[1.0, 1.0, 1.0]]]  # the second example is constant: its x_hat is 0
    y, grad_x, grad_weight, grad_bias = run(x, [2.0], [5.0], np.array([[[1.0, 0.0, 0.0]], [[1.0, 0.0, 0.0]]]), eps=1e-12)
    a = np.sqrt(1.5)
    np.testing.assert_allclose(y, [[[5 - 2 * a, 5, 5 + 2 * a]], [[5, 5, 5]]], rtol=1e-11)
    np.testing.assert_allclose(grad_x[0] * np.sqrt(6), [[2 / 6, -2 / 3, 2 / 6]], rtol=1e-11)
    np.testing.assert_allclose(grad_weight, [-a], rtol=1e-11)
    assert grad_bias.tolist() == [2]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_channel_of_every_example_has_mean_0_and_variance_1(shape):
    x, *_ = draw(shape)
    y = instance_norm(wrap(x), eps=0.0).numpy()
    np.testing.assert_allclose(y.mean(axis=pixels(x)), 0, atol=1e-12)
    np.testing.assert_allclose(y.std(axis=pixels(x)), 1, rtol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_input_gradient_is_free_of_shift_and_scale(shape):
    x, weight, bias, g = draw(shape)
    _, grad_x, *_ = run(x, weight, bias, g, eps=0.0)
    x_hat = instance_norm(wrap(x), eps=0.0).numpy()
    np.testing.assert_allclose(grad_x.sum(axis=pixels(x)), 0, atol=1e-11)
    np.testing.assert_allclose((grad_x * x_hat).sum(axis=pixels(x)), 0, atol=1e-11)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("own_stats", [True, False])
def test_equals_the_composition_of_simpler_operations(shape, own_stats):
    x, weight, bias, g = draw(shape)
    running = [wrap(np.random.default_rng(1).normal(size=shape[1])), wrap(np.random.default_rng(2).random(shape[1]) + 0.5)]
    ours = run(x, weight, bias, g, own_stats, running=[z.clone() for z in running])
    a, w, b = leaf(x), leaf(weight), leaf(bias)
    column = (1, -1) + (1,) * (x.ndim - 2)
    if own_stats:
        mean = a.mean(dim=pixels(x), keepdim=True)
        var = ((a - mean) ** 2).mean(dim=pixels(x), keepdim=True)
    else:
        mean, var = (z.reshape(column) for z in running)
    y = (a - mean) / (var + 1e-5).sqrt() * w.reshape(column) + b.reshape(column)
    y.backward(wrap(g))
    for got, wanted in zip(ours, (y.detach(), a.grad, w.grad, b.grad)):
        np.testing.assert_allclose(got, wanted.numpy(), rtol=1e-9, atol=1e-10)


def test_it_is_batch_norm_on_one_example_at_a_time():
    x, weight, bias, g = draw((3, 4, 5))
    y, grad_x, *_ = run(x, weight, bias, g)
    for i in range(3):
        one = leaf(x[i : i + 1])
        alone = batch_norm(one, None, None, wrap(weight), wrap(bias), training=True)
        alone.backward(wrap(g[i : i + 1]))
        np.testing.assert_allclose(alone.detach().numpy(), y[i : i + 1], rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(one.grad.numpy(), grad_x[i : i + 1], rtol=1e-10, atol=1e-13)


def test_brightness_and_contrast_of_a_channel_have_no_effect():
    x, *_ = draw((2, 3, 4, 4))
    contrast, brightness = np.random.default_rng(1).random((2, 2, 3, 1, 1)) * 5 + 0.1
    moved = instance_norm(wrap(x * contrast + brightness), eps=0.0).numpy()
    np.testing.assert_allclose(moved, instance_norm(wrap(x), eps=0.0).numpy(), rtol=1e-9, atol=1e-12)


def test_running_averages_by_hand():
    layer = InstanceNorm1d(1, momentum=0.25, track_running_stats=True).double()
    layer(wrap(np.array([[[1.0, 3.0]], [[10.0, 16.0]]])))  # means 2 and 13, unbiased variances 2 and 18
    assert layer.running_mean.tolist() == [0.25 * 7.5] and layer.running_var.tolist() == [0.75 + 0.25 * 10]
    layer.eval()
    y = layer(wrap(np.array([[[1.875, 1.875]]])))
    np.testing.assert_allclose(y.numpy(), 0, atol=1e-15)
    assert layer.running_mean.tolist() == [1.875]
    layer.reset_running_stats()
    assert layer.running_mean.tolist() == [0] and layer.running_var.tolist() == [1]
    frozen = InstanceNorm1d(1, momentum=None, track_running_stats=True)
    frozen(torch.randn(2, 1, 5))
    assert frozen.running_mean.tolist() == [0] and frozen.running_var.tolist() == [1]


def test_by_default_training_and_evaluation_are_the_same():
    layer, x = InstanceNorm2d(3), torch.randn(2, 3, 4, 4)
    assert layer(x).tolist() == layer.eval()(x).tolist()
    assert not layer.state_dict()


def test_a_step_in_between_does_not_spoil_backward():
    x, weight, bias, g = draw((2, 3, 5))
    running = wrap(np.zeros(3)), wrap(np.ones(3))
    wanted = run(x, weight, bias, g, False, running=[z.clone() for z in running])
    tensors = [leaf(z) for z in (x, weight, bias)]
    y = instance_norm(tensors[0], *running, *tensors[1:], use_input_stats=False)
    instance_norm(wrap(x), *running, momentum=1.0)
    assert abs(running[0].numpy()).max() > 0.1
    y.backward(wrap(g))
    for got, value in zip(tensors, wanted[1:]):
        np.testing.assert_array_equal(got.grad.numpy(), value)


def test_an_input_without_batch_dimension_is_one_example():
    for layer, shape in ((InstanceNorm1d(2), (2, 5)), (InstanceNorm2d(2, affine=True), (2, 3, 4)), (InstanceNorm3d(2), (2, 3, 2, 2))):
        x = torch.randn(*shape, requires_grad=True)
        y = layer(x)
        assert y.shape == shape
        np.testing.assert_array_equal(y.detach().numpy(), layer(x.reshape(1, *shape)).detach().numpy()[0])
        y.backward(torch.randn(*shape))
        assert x.grad.shape == shape and abs(x.grad.numpy()).max() > 0


def test_gradcheck():
    for shape in SHAPES[:3]:
        x, weight, bias, _ = draw(shape)
        assert gradcheck(lambda x, w, b: instance_norm(x, None, None, w, b), (leaf(x), leaf(weight), leaf(bias)))
        assert gradcheck(instance_norm, (leaf(x),))


def test_constant_channels_and_empty_batches():
    assert instance_norm(torch.full((2, 3, 4), 5.0)).tolist() == [[[0] * 4] * 3] * 2
    layer = InstanceNorm1d(3, affine=True, track_running_stats=True)
    x = torch.zeros(0, 3, 4, requires_grad=True)
    layer(x).backward(torch.zeros(0, 3, 4))
    assert x.grad.shape == (0, 3, 4) and layer.weight.grad.tolist() == [0] * 3 and layer.running_mean.tolist() == [0] * 3


def test_float32_keeps_its_digits_at_mean_1000():
    rng = np.random.default_rng(0)
    x, g = rng.normal(1000, 1, (8, 4, 60, 60)).astype(np.float32), rng.normal(size=(8, 4, 60, 60)).astype(np.float32)
    weight, bias = np.ones((2, 4), dtype=np.float32)
    found = run(x, weight, bias, g)
    exact = run(*(z.astype(np.float64) for z in (x, weight, bias, g)))
    assert {z.dtype for z in found} == {np.dtype("float32")}
    for got, wanted in zip(found, exact):
        assert abs(got - wanted).max() < 2e-4 * max(1, abs(wanted).max())


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("own_stats", [True, False])
def test_the_layout_of_memory_changes_nothing_and_is_kept(shape, own_stats):
    x, weight, bias, g = draw(shape)
    running = wrap(np.full(shape[1], 0.3)), wrap(np.full(shape[1], 1.7))
    straight = run(x, weight, bias, g, own_stats, running=[z.clone() for z in running])
    tensors = [wrap(channels_last(x)).requires_grad_(), leaf(weight), leaf(bias)]
    y = instance_norm(tensors[0], *running, *tensors[1:], use_input_stats=own_stats)
    y.backward(wrap(g))
    assert y.array.strides == tensors[0].grad.array.strides == channels_last(x).strides
    for got, wanted in zip((y.detach(), *(z.grad for z in tensors)), straight):
        np.testing.assert_allclose(got.numpy(), wanted, rtol=1e-9, atol=1e-11)


def test_only_what_is_wanted_gets_a_gradient():
    x, weight, bias, g = draw((2, 3, 4))
    for wanted in range(3):
        tensors = [wrap(z) for z in (x, weight, bias)]
        tensors[wanted].requires_grad_()
        instance_norm(tensors[0], None, None, *tensors[1:]).backward(wrap(g))
        np.testing.assert_array_equal(tensors[wanted].grad.numpy(), run(x, weight, bias, g)[1 + wanted])
        assert [z.grad is None for z in tensors] == [i != wanted for i in range(3)]


def test_refusals_name_the_values():
    x, three = torch.zeros(2, 3, 4), torch.ones(3)
    for error, said, call in [
        (ValueError, r"more than 1 pixel, got shape \(2, 3, 1\)", lambda: instance_norm(torch.zeros(2, 3, 1))),
        (ValueError, r"\(N, C, ...\), got shape \(2, 3\)", lambda: instance_norm(torch.zeros(2, 3))),
        (ValueError, r"momentum must lie in \[0, 1\], got momentum=-0.1", lambda: instance_norm(x, momentum=-0.1)),
        (ValueError, "eps must be at least 0, got eps=-1", lambda: instance_norm(x, eps=-1)),
        (ValueError, "must both be given or both be None, got only running_mean", lambda: instance_norm(x, three)),
        (ValueError, "got only running_var", lambda: instance_norm(x, None, three)),
        (RuntimeError, "use_input_stats=False needs running_mean .*got None", lambda: instance_norm(x, use_input_stats=False)),
        (RuntimeError, r"weight must hold .*shape \(3,\), got shape \(4,\)", lambda: instance_norm(x, weight=torch.ones(4))),
        (RuntimeError, "input and weight must have one dtype, got float64 and float32", lambda: instance_norm(x.double(), weight=three)),
        (RuntimeError, "floating point, got dtype int64", lambda: instance_norm(x.long())),
        (TypeError, "input must be a Tensor, got ndarray", lambda: instance_norm(np.zeros((2, 3, 4)))),
    ]:
        with pytest.raises(error, match=f"instance_norm: .*{said}"):
            call()


def test_the_layers_refuse_what_does_not_fit_them():
    for layer, shape, expected in [
        (InstanceNorm1d, (2, 3, 4, 5), r"\(N, C, L\) or \(C, L\), got \(2, 3, 4, 5\)"),
        (InstanceNorm2d, (3, 4), r"\(N, C, H, W\) or \(C, H, W\), got \(3, 4\)"),
        (InstanceNorm3d, (2, 3, 4), r"\(N, C, D, H, W\) or \(C, D, H, W\), got \(2, 3, 4\)"),
    ]:
        with pytest.raises(ValueError, match=f"{layer.__name__}: input must have shape {expected};"):
            layer(3)(torch.zeros(*shape))
    for settings in ({"affine": True}, {"track_running_stats": True}):
        with pytest.raises(ValueError, match=r"InstanceNorm2d: .*num_features=5 channels, got 3 in shape \(2, 3, 4, 4\); dimension 1"):
            InstanceNorm2d(5, **settings)(torch.zeros(2, 3, 4, 4))
        with pytest.raises(ValueError, match=r"num_features=5 channels, got 3 in shape \(3, 4, 4\); dimension 0"):
            InstanceNorm2d(5, **settings)(torch.zeros(3, 4, 4))
    with pytest.warns(UserWarning, match=r"InstanceNorm2d: .*num_features=5 channels, got 3 in shape \(2, 3, 4, 4\)"):
        InstanceNorm2d(5)(torch.randn(2, 3, 4, 4))
    for said, settings in [
        ("num_features must be at least 1, got num_features=0", {"num_features": 0}),
        ("eps must be at least 0, got eps=-1", {"num_features": 3, "eps": -1}),
        (r"momentum must lie in \[0, 1\] or be None, got momentum=2", {"num_features": 3, "momentum": 2}),
    ]:
        with pytest.raises(ValueError, match=f"InstanceNorm1d: {said}"):
            InstanceNorm1d(**settings)


def test_the_layer():
    layer = InstanceNorm2d(3, affine=True, track_running_stats=True)
    assert layer.normalization and not layer.uses_batch_statistics and not layer.stochastic and not layer.penalized
    assert list(layer.state_dict()) == ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]
    assert layer.double().num_batches_tracked.dtype == torch.int64
    assert repr(InstanceNorm2d(3)) == "InstanceNorm2d(3, eps=1e-05, momentum=0.1, affine=False, bias=False, track_running_stats=False)"
    assert list(InstanceNorm1d(3, affine=True, bias=False).state_dict()) == ["weight"]
    layer.weight.array[...] = 5
    layer(torch.randn(2, 3, 4, 4, dtype=torch.float64))
    layer.reset_parameters()
    assert layer.weight.tolist() == layer.running_var.tolist() == [1] * 3 and layer.bias.tolist() == layer.running_mean.tolist() == [0] * 3
