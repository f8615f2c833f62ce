"""BatchNorm1d, 2d, 3d: what the layers remember; the function is tested in test_batch_norm.py."""

import copy

import numpy as np
import pytest

import tinyreg as torch
from tinyreg import random
from tinyreg.autograd import gradcheck
from tinyreg.autograd.tensor import wrap
from tinyreg.regularization.batch_norm import BatchNorm1d, BatchNorm2d, BatchNorm3d


def test_running_averages_by_hand():
    layer = BatchNorm1d(1, momentum=0.25).double()
    layer(wrap(np.array([[1.0], [3.0]])))  # mean 2, variance 1, unbiased 2
    assert layer.running_mean.tolist() == [0.25 * 2] and layer.running_var.tolist() == [0.75 * 1 + 0.25 * 2]
    layer(wrap(np.array([[10.0], [16.0]])))  # mean 13, unbiased variance 18
    assert layer.running_mean.tolist() == [0.75 * 0.5 + 0.25 * 13] and layer.running_var.tolist() == [0.75 * 1.25 + 0.25 * 18]
    assert layer.num_batches_tracked.item() == 2
    before = copy.deepcopy(layer.state_dict())
    layer.eval()
    y = layer(wrap(np.array([[3.625]])))  # one example is enough in evaluation
    np.testing.assert_allclose(y.detach().numpy(), 0, atol=1e-15)
    assert all(bool((before[name] == value).all()) for name, value in layer.state_dict().items())


def test_momentum_none_weighs_all_batches_alike():
    rng = np.random.default_rng(0)
    batches = rng.normal(size=(5, 20, 3, 4))
    layer = BatchNorm1d(3, momentum=None).double()
    for batch in batches:
        layer(wrap(batch))
    np.testing.assert_allclose(layer.running_mean.numpy(), batches.mean(axis=(0, 1, 3)), rtol=1e-12, atol=1e-15)
    by_channel = batches.transpose(0, 2, 1, 3).reshape(5, 3, -1)
    np.testing.assert_allclose(layer.running_var.numpy(), by_channel.var(axis=2, ddof=1).mean(axis=0), rtol=1e-12)
    layer.reset_running_stats()
    assert layer.num_batches_tracked.item() == 0 and layer.running_mean.tolist() == [0] * 3 and layer.running_var.tolist() == [1] * 3


def test_without_running_averages_evaluation_uses_the_batch():
    layer = BatchNorm2d(3, track_running_stats=False)
    x = torch.randn(4, 3, 2, 2)
    training = layer(x).tolist()
    assert layer.eval()(x).tolist() == training
    assert list(layer.state_dict()) == ["weight", "bias"]


def test_evaluation_does_not_depend_on_company():
    layer, x = BatchNorm1d(4), torch.randn(10, 4)
    layer(x)
    layer.eval()
    np.testing.assert_array_equal(layer(x)[:1].detach().numpy(), layer(x[:1]).detach().numpy())


def test_what_else_used_a_running_average_notices_that_it_moved():
    layer, w = BatchNorm1d(2), torch.ones(2, requires_grad=True)
    loss = (w * layer.running_mean).sum()
    layer(torch.randn(4, 2))
    with pytest.raises(RuntimeError, match="written in place"):
        loss.backward()


def test_the_layers_refuse_what_does_not_fit_them():
    for layer, shape, expected in [
        (BatchNorm1d, (2, 3, 4, 5), r"\(N, C\) or \(N, C, L\)"),
        (BatchNorm2d, (2, 3, 4), r"\(N, C, H, W\)"),
        (BatchNorm3d, (2, 3, 4, 5), r"\(N, C, D, H, W\)"),
    ]:
        said = rf"{layer.__name__}: input must have shape {expected}, got {str(shape).replace('(', '[(]').replace(')', '[)]')};"
        with pytest.raises(ValueError, match=said):
            layer(3)(torch.zeros(*shape))
    with pytest.raises(RuntimeError, match=r"BatchNorm1d: input must have num_features=5 channels, got 3 in shape \(2, 3\)"):
        BatchNorm1d(5)(torch.zeros(2, 3))
    layer = BatchNorm1d(3)
    with pytest.raises(ValueError, match=r"got shape \(1, 3\)"):
        layer(torch.zeros(1, 3))
    assert layer.num_batches_tracked.item() == 0  # a refused batch has not been seen
    for said, settings in [
        ("num_features must be at least 1, got num_features=0", {"num_features": 0}),
        ("eps must be above 0, got eps=-1", {"num_features": 3, "eps": -1}),
        (r"momentum must lie in \[0, 1\] or be None, got momentum=2", {"num_features": 3, "momentum": 2}),
    ]:
        with pytest.raises(ValueError, match=f"BatchNorm1d: {said}"):
            BatchNorm1d(**settings)


def test_the_layer():
    layer = BatchNorm1d(3)
    assert layer.normalization and layer.uses_batch_statistics and not layer.stochastic and not layer.penalized
    assert list(layer.state_dict()) == ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]
    assert layer.num_batches_tracked.shape == () and layer.num_batches_tracked.dtype == torch.int64
    assert layer.double().num_batches_tracked.dtype == torch.int64 and layer.running_var.dtype == torch.float64
    assert repr(layer) == "BatchNorm1d(3, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)"
    assert list(BatchNorm1d(3, bias=False).state_dict())[:1] == ["weight"] and BatchNorm1d(3, affine=False).weight is None
    assert BatchNorm2d(3, dtype=torch.float64).weight.dtype == torch.float64
    layer(wrap(np.random.default_rng(0).normal(size=(5, 3))))
    with torch.no_grad():
        layer.weight.mul_(3)
    layer.reset_parameters()
    assert layer.weight.tolist() == layer.running_var.tolist() == [1] * 3 and layer.num_batches_tracked.item() == 0


def test_gradcheck_of_the_layer_leaves_its_averages_where_they_were():
    layer = BatchNorm2d(2).double()
    before = copy.deepcopy(layer.state_dict())
    x = wrap(np.random.default_rng(0).normal(size=(3, 2, 2, 2))).requires_grad_()
    assert gradcheck(lambda x, *parameters: layer(x), (x, *layer.parameters()))
    assert all(bool((before[name] == value).all()) for name, value in layer.state_dict().items())


def test_frozen_chance_does_not_freeze_the_averages():
    layer, x = BatchNorm1d(2), torch.randn(5, 2)
    with random.freeze() as draws:
        layer(x)
        draws.rewind()
        layer(x)
    assert layer.num_batches_tracked.item() == 2
    np.testing.assert_allclose(layer.running_mean.numpy(), (1 - 0.9**2) * x.numpy().mean(axis=0), rtol=1e-5)


@pytest.mark.parametrize("tracked", [True, False])
def test_an_empty_batch_moves_nothing(tracked):
    layer = BatchNorm1d(3, track_running_stats=tracked)
    x = torch.zeros(0, 3, requires_grad=True)
    y = layer(x)
    y.sum().backward()
    assert y.shape == x.grad.shape == (0, 3) and layer.weight.grad.tolist() == [0, 0, 0]
    assert not tracked or (layer.running_mean.tolist(), layer.running_var.tolist()) == ([0] * 3, [1] * 3)


def test_a_weight_that_is_no_parameter_any_more_still_counts():
    layer, x = BatchNorm1d(2), torch.tensor([[1.0, 2.0], [3.0, 6.0]])
    twice = 2 * layer(x)
    del layer.weight
    layer.weight = torch.full((2,), 2.0)
    assert "weight" not in dict(layer.named_parameters())
    np.testing.assert_allclose(layer(x).detach().numpy(), twice.detach().numpy(), rtol=1e-6)
