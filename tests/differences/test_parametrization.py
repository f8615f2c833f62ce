"""Weights that are computed from other parameters, and folded batch norm: where tinyreg does not do what PyTorch does."""

import copy

import numpy as np
import pytest

import tinyreg


def read_after_a_step(t):
    """How often a weight that is read moves: after a forward, and after the step behind it."""
    layer = t.nn.utils.weight_norm(t.nn.Linear(3, 2))
    layer(t.ones(1, 3)).sum().backward()
    before = layer.weight.tolist()
    t.optim.SGD(layer.parameters(), lr=0.1).step()
    return layer.weight.tolist() != before


def test_computed_weights_that_are_read():
    assert read_after_a_step(tinyreg)


def test_computed_weights_that_are_read_in_pytorch(torch):
    assert not read_after_a_step(torch)


def copied(t):
    layer = t.nn.utils.weight_norm(t.nn.Linear(3, 2))
    return copy.deepcopy(layer).weight.shape


def test_copies_of_computed_weights():
    assert copied(tinyreg) == (2, 3)


def test_copies_of_computed_weights_in_pytorch(torch):
    with pytest.raises(RuntimeError, match="deepcopy"):
        copied(torch)


def assigned(t):
    layer = t.nn.utils.weight_norm(t.nn.Linear(3, 2))
    layer.weight = t.nn.Parameter(t.zeros(2, 3))
    return layer


def test_assigning_computed_weights():
    with pytest.raises(TypeError, match="a parameter that is computed must not be assigned, got Parameter"):
        assigned(tinyreg)


def test_assigning_computed_weights_in_pytorch(torch):
    with pytest.raises(TypeError, match="cannot assign"):
        assigned(torch)(torch.ones(1, 3))  # not before


def of_zeros(t, norm):
    layer = t.nn.Linear(3, 2)
    t.nn.init.zeros_(layer.weight)
    return getattr(t.nn.utils, norm)(layer)(t.ones(1, 3))


def test_norms_of_zeros():
    with pytest.raises(ValueError, match="weight_norm: each vector of weight must have a direction, got 2 of length 0 among 2"):
        of_zeros(tinyreg, "weight_norm")
    with pytest.raises(ValueError, match="spectral_norm: weight must have a singular value above 0, got zeros"):
        of_zeros(tinyreg, "spectral_norm")


def test_norms_of_zeros_in_pytorch(torch):
    for norm in ("weight_norm", "spectral_norm"):
        assert of_zeros(torch, norm).isnan().all()


def evaluated_at_once(t):
    """The largest singular value of the weight in evaluation, before any training; weights of one kind in both libraries."""
    layer = t.nn.Linear(30, 40)
    with t.no_grad():
        layer.weight.copy_(t.tensor(np.random.default_rng(0).standard_normal((40, 30)).astype("float32")))
        layer = t.nn.utils.spectral_norm(layer).eval()
        layer(t.ones(1, 30))
    return np.linalg.norm(layer.weight.detach().numpy(), 2)


def test_start_of_power_iteration():
    assert 1 <= evaluated_at_once(tinyreg) < 1.1


def test_start_of_power_iteration_in_pytorch(torch):
    assert evaluated_at_once(torch) > 2


def fused_in_training(t):
    return t.nn.utils.fuse_linear_bn_eval(t.nn.Linear(3, 2), t.nn.BatchNorm1d(2))


def test_errors_of_fusion():
    with pytest.raises(RuntimeError, match="must be in evaluation mode, got training=True and training=True"):
        fused_in_training(tinyreg)


def test_errors_of_fusion_in_pytorch(torch):
    with pytest.raises(AssertionError, match="Fusion only for eval"):
        fused_in_training(torch)


def folded_in_groups(t):
    """The largest error of a transposed convolution of two groups into which batch norm was folded."""
    layer, norm = t.nn.ConvTranspose1d(2, 4, 3, groups=2).eval(), t.nn.BatchNorm1d(4).eval()
    with t.no_grad():
        norm.weight.copy_(t.tensor([1.0, 2.0, 3.0, 4.0]))
        x = t.ones(1, 2, 5)
        return (t.nn.utils.fuse_conv_bn_eval(layer, norm, transpose=True)(x) - norm(layer(x))).abs().max().item()


def test_fusion_of_groups():
    assert folded_in_groups(tinyreg) < 1e-5


def test_fusion_of_groups_in_pytorch(torch):
    with pytest.raises(RuntimeError, match="size of tensor"):
        folded_in_groups(torch)
