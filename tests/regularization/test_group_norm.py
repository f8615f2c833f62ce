import numpy as np
import pytest

import tinyreg as torch
from tinyreg.autograd import gradcheck
from tinyreg.autograd.tensor import wrap
from tinyreg.regularization.group_norm import GroupNorm, group_norm
from tinyreg.regularization.instance_norm import instance_norm
from tinyreg.regularization.layer_norm import layer_norm

# the last one is taken in blocks
CASES = [((3, 6), 2), ((2, 6, 5), 3), ((2, 6, 4, 3), 1), ((2, 4, 3, 2), 4), ((2, 4, 2, 3, 2), 2), ((40, 8, 30, 30), 4)]


def channels_last(x):
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)


def leaf(x):
    return wrap(np.array(x)).requires_grad_()


def draw(shape, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(1, 2, shape), rng.normal(size=shape[1]), rng.normal(size=shape[1]), rng.normal(size=shape)


def run(x, groups, weight, bias, g, eps=1e-5):
    tensors = [leaf(z) for z in (x, weight, bias)]
    y = group_norm(tensors[0], groups, *tensors[1:], eps=eps)
    y.backward(wrap(g))
    return y.detach().numpy(), *(z.grad.numpy() for z in tensors)


def grouped(x, groups):
    return x.reshape(len(x), groups, -1)


def test_by_hand():
    """Two groups of two: (1, 3) and (10, 30) both become (-1, 1). In (-3, 0, 3) road by road: see layer norm."""
    x, weight, bias, g = [[1.0, 3.0, 10.0, 30.0]], [1.0, 1.0, 2.0, 2.0], [0.0, 0.0, 0.0, 5.0], np.array([[1.0, 2.0, 3.0, 4.0]])
    y, _, grad_weight, grad_bias = run(x, 2, weight, bias, g, eps=0.0)
    np.testing.assert_allclose(y, [[-1, 1, -2, 7]], rtol=1e-14)
    np.testing.assert_allclose(grad_weight, [-1, 2, -3, 4], rtol=1e-14)
    assert grad_bias.tolist() == [1, 2, 3, 4]
    _, grad_x, *_ = run([[-3.0, 0.0, 3.0]], 1, np.ones(3), np.zeros(3), np.array([[1.0, 0.0, 0.0]]), eps=0.0)
    np.testing.assert_allclose(grad_x * np.sqrt(6), [[1 / 6, -1 / 3, 1 / 6]], rtol=1e-13)


@pytest.mark.parametrize(("shape", "groups"), CASES)
def test_every_group_has_mean_0_and_variance_1(shape, groups):
    x, *_ = draw(shape)
    y = grouped(group_norm(wrap(x), groups, eps=0.0).numpy(), groups)
    np.testing.assert_allclose(y.mean(axis=2), 0, atol=1e-12)
    np.testing.assert_allclose(y.std(axis=2), 1, rtol=1e-12)


@pytest.mark.parametrize(("shape", "groups"), CASES)
def test_input_gradient_is_free_of_shift_and_scale(shape, groups):
    x, weight, bias, g = draw(shape)
    _, grad_x, *_ = run(x, groups, weight, bias, g, eps=0.0)
    x_hat = group_norm(wrap(x), groups, eps=0.0).numpy()
    np.testing.assert_allclose(grouped(grad_x, groups).sum(axis=2), 0, atol=1e-11)
    np.testing.assert_allclose(grouped(grad_x * x_hat, groups).sum(axis=2), 0, atol=1e-11)


@pytest.mark.parametrize(("shape", "groups"), CASES)
def test_equals_the_composition_of_simpler_operations(shape, groups):
    x, weight, bias, g = draw(shape)
    a, w, b = leaf(x), leaf(weight), leaf(bias)
    rows, column = a.reshape(shape[0], groups, -1), (1, -1) + (1,) * (len(shape) - 2)
    mean = rows.mean(dim=2, keepdim=True)
    var = ((rows - mean) ** 2).mean(dim=2, keepdim=True)
    y = ((rows - mean) / (var + 1e-5).sqrt()).reshape(shape) * w.reshape(column) + b.reshape(column)
    y.backward(wrap(g))
    for got, wanted in zip(run(x, groups, weight, bias, g), (y.detach(), a.grad, w.grad, b.grad)):
        np.testing.assert_allclose(got, wanted.numpy(), rtol=1e-9, atol=1e-10)


def test_one_group_is_layer_norm_and_a_group_a_channel_is_instance_norm():
    x, *_ = draw((3, 4, 5, 2))
    np.testing.assert_allclose(group_norm(wrap(x), 1).numpy(), layer_norm(wrap(x), (4, 5, 2)).numpy(), rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(group_norm(wrap(x), 4).numpy(), instance_norm(wrap(x)).numpy(), rtol=1e-11, atol=1e-13)


def test_no_example_feels_another():
    x, weight, bias, g = draw((5, 4, 3))
    y, grad_x, *_ = run(x, 2, weight, bias, g)
    for i in range(5):
        alone = run(x[i : i + 1], 2, weight, bias, g[i : i + 1])
        np.testing.assert_allclose(alone[0], y[i : i + 1], rtol=1e-14)
        np.testing.assert_allclose(alone[1], grad_x[i : i + 1], rtol=1e-13, atol=1e-15)
    layer = GroupNorm(2, 4).double()
    np.testing.assert_array_equal(layer(wrap(x)).detach().numpy(), layer.eval()(wrap(x)).detach().numpy())


def test_gradcheck():
    for shape, groups in CASES[:5]:
        x, weight, bias, _ = draw(shape)
        assert gradcheck(lambda x, w, b, groups=groups: group_norm(x, groups, w, b), (leaf(x), leaf(weight), leaf(bias)))
        assert gradcheck(lambda x, groups=groups: group_norm(x, groups), (leaf(x),))


def test_edges():
    assert group_norm(torch.full((2, 4, 3), 5.0), 2).tolist() == [[[0] * 3] * 4] * 2
    y, grad_x, *_ = run(np.array([[3.0, 5.0], [4.0, 6.0]]), 2, [2.0, 2.0], [1.0, -1.0], np.ones((2, 2)))  # one value a group
    assert y.tolist() == [[1, -1]] * 2 and not grad_x.any()
    layer = GroupNorm(2, 4)
    x = torch.zeros(0, 4, 3, requires_grad=True)
    layer(x).backward(torch.zeros(0, 4, 3))
    assert x.grad.shape == (0, 4, 3) and layer.weight.grad.tolist() == [0] * 4


def test_float32_keeps_its_digits_at_mean_1000():
    rng = np.random.default_rng(0)
    x, g = rng.normal(1000, 1, (8, 4, 60, 60)).astype(np.float32), rng.normal(size=(8, 4, 60, 60)).astype(np.float32)
    weight, bias = np.ones((2, 4), dtype=np.float32)
    found = run(x, 2, weight, bias, g)
    exact = run(x.astype(np.float64), 2, weight.astype(np.float64), bias.astype(np.float64), g.astype(np.float64))
    assert {z.dtype for z in found} == {np.dtype("float32")}
    for got, wanted in zip(found, exact):
        assert abs(got - wanted).max() < 2e-4 * max(1, abs(wanted).max())


@pytest.mark.parametrize(("shape", "groups"), CASES[1:])
def test_the_layout_of_memory_changes_nothing_and_is_kept(shape, groups):
    x, weight, bias, g = draw(shape)
    tensors = [wrap(channels_last(x)).requires_grad_(), leaf(weight), leaf(bias)]
    y = group_norm(tensors[0], groups, *tensors[1:])
    y.backward(wrap(g))
    assert y.array.strides == tensors[0].grad.array.strides == channels_last(x).strides
    for got, wanted in zip((y.detach(), *(z.grad for z in tensors)), run(x, groups, weight, bias, g)):
        np.testing.assert_allclose(got.numpy(), wanted, rtol=1e-9, atol=1e-11)


def test_only_what_is_wanted_gets_a_gradient():
    x, weight, bias, g = draw((4, 4, 3))
    for wanted in range(3):
        tensors = [wrap(z) for z in (x, weight, bias)]
        tensors[wanted].requires_grad_()
        group_norm(tensors[0], 2, *tensors[1:]).backward(wrap(g))
        np.testing.assert_array_equal(tensors[wanted].grad.numpy(), run(x, 2, weight, bias, g)[1 + wanted])
        assert [z.grad is None for z in tensors] == [i != wanted for i in range(3)]


def test_refusals_name_the_values():
    x = torch.zeros(2, 6, 3)
    for error, said, call in [
        (RuntimeError, r"group_norm: .*num_groups=4 groups, got 6 in shape \(2, 6, 3\)", lambda: group_norm(x, 4)),
        (ValueError, "group_norm: num_groups must be at least 1, got num_groups=0", lambda: group_norm(x, 0)),
        (RuntimeError, r"group_norm: input must have channels, .*got shape \(3,\)", lambda: group_norm(torch.zeros(3), 1)),
        (RuntimeError, r"weight must hold one value a channel, shape \(6,\), got shape \(3,\)", lambda: group_norm(x, 2, torch.ones(3))),
        (RuntimeError, "bias must have one dtype, got float32 and float64", lambda: group_norm(x, 2, None, torch.zeros(6).double())),
        (RuntimeError, "floating point, got dtype int64", lambda: group_norm(torch.tensor([[1, 2]]), 1)),
        (ValueError, "group_norm: eps must be at least 0, got eps=-1", lambda: group_norm(x, 2, eps=-1)),
        (ValueError, r"more than 1 value, got shape \(1, 3\) and num_groups=3", lambda: group_norm(torch.zeros(1, 3), 3)),
        (TypeError, "input must be a Tensor, got ndarray", lambda: group_norm(np.zeros((2, 2)), 1)),
        (ValueError, "GroupNorm: .*got num_channels=4 and num_groups=3", lambda: GroupNorm(3, 4)),
        (ValueError, "GroupNorm: .*got num_channels=4 and num_groups=0", lambda: GroupNorm(0, 4)),
        (ValueError, "GroupNorm: eps must be at least 0, got eps=-1", lambda: GroupNorm(2, 4, eps=-1)),
        (RuntimeError, r"GroupNorm: input must have num_channels=4 channels, got 6 in shape \(2, 6, 3\)", lambda: GroupNorm(2, 4)(x)),
        (RuntimeError, r"group_norm: input must have channels, .*got shape \(4,\)", lambda: GroupNorm(2, 4)(torch.zeros(4))),
    ]:
        with pytest.raises(error, match=said):
            call()


def test_the_layer():
    layer = GroupNorm(2, 4)
    assert layer.normalization and not layer.uses_batch_statistics and not layer.stochastic and not layer.penalized
    assert list(layer.state_dict()) == ["weight", "bias"]
    assert repr(layer) == "GroupNorm(2, 4, eps=1e-05, affine=True, bias=True)"
    assert list(GroupNorm(2, 4, bias=False).state_dict()) == ["weight"] and not list(GroupNorm(2, 4, affine=False).parameters())
    assert GroupNorm(2, 4, dtype=torch.float64).weight.dtype == torch.float64
    layer.weight.array[...] = 5
    layer.reset_parameters()
    assert layer.weight.tolist() == [1] * 4 and layer.bias.tolist() == [0] * 4
