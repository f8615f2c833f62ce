import numpy as np
import pytest

import tinyreg as torch
from tinyreg import random
from tinyreg.regularization.drop_path import stochastic_depth, stochastic_residual


def both(function, p):
    """The expectation over a branch that is kept with probability 1 - p."""
    return (1 - p) * function(True) + p * function(False)


def one(keep, ndim=2):
    return torch.tensor(np.full((1,) * ndim, keep))


@pytest.mark.parametrize("scale", ["train", "test"])
@pytest.mark.parametrize("keep", [True, False])
def test_the_residual_sum_is_that_of_mode_batch(scale, keep):
    layer = torch.nn.Linear(3, 3).double()
    h = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    grads = []
    for y in (
        stochastic_residual(h, layer, 0.3, scale=scale, keep=keep),
        h + stochastic_depth(layer(h), 0.3, "batch", scale=scale, mask=one(keep)),
    ):
        (y * y.detach().cos()).sum().backward()
        grads.append((y.tolist(), h.grad.tolist(), (layer.weight.grad.numpy() if keep else 0)))
        h.grad = layer.weight.grad = None
    for a, b in zip(*grads, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13)
    for training in (True, False):
        ours = stochastic_residual(h, layer, 0.0 if training else 0.3, training, scale=scale)
        wanted = h + stochastic_depth(layer(h), 0.0 if training else 0.3, "batch", training, scale=scale)
        np.testing.assert_allclose(ours.tolist(), wanted.tolist(), rtol=1e-14)


def test_nothing_happens_in_a_branch_that_is_left_out():
    norm = torch.nn.BatchNorm1d(3)
    h = torch.randn(8, 3)
    y, keep = stochastic_residual(h, norm, 0.5, keep=False, return_keep=True)
    assert y is h and keep is False and norm.num_batches_tracked.item() == 0
    stochastic_depth(norm(h), 0.5, "batch", mask=one(False))
    assert norm.num_batches_tracked.item() == 1  # it was computed, and masked afterwards
    assert stochastic_residual(h, norm, 1.0, return_keep=True)[1] is False
    position = random.get_state()
    assert stochastic_residual(h, norm, 0.0, return_keep=True)[1] is True and random.get_state() == position


@pytest.mark.parametrize("make", [lambda p: torch.optim.SGD(p, lr=0.1, weight_decay=0.5), lambda p: torch.optim.AdamW(p, lr=0.1)])
def test_an_optimizer_passes_over_a_branch_that_is_left_out(make):
    """Weight decay acts on a branch that was masked, whose gradient is 0, and not on one that was not computed."""
    layer, h = torch.nn.Linear(3, 3, bias=False), torch.randn(8, 3, requires_grad=True)
    optimizer, before = make([layer.weight, h]), layer.weight.detach().numpy().copy()
    stochastic_residual(h, layer, 0.5, keep=False).sum().backward()
    optimizer.step()
    assert layer.weight.grad is None and (layer.weight.detach().numpy() == before).all()
    (h + stochastic_depth(layer(h), 0.5, "batch", mask=one(False))).sum().backward()
    optimizer.step()
    assert not layer.weight.grad.numpy().any() and (abs(layer.weight.detach().numpy()) < abs(before)).all()


def test_dropout_at_the_end_of_a_branch_multiplies():
    """E y^2 = x^2/((1 - p)(1 - q)), over the four pairs of masks."""
    p, q, x = 0.3, 0.2, torch.tensor([[2.0]], dtype=torch.float64)

    def square(a, b):
        inner = torch.nn.functional.dropout(x, q, mask=torch.tensor([[b]]))
        return stochastic_depth(inner, p, "row", mask=torch.tensor([[a]])).item() ** 2

    assert both(lambda a: both(lambda b: square(a, b), q), p) == pytest.approx(4 / ((1 - p) * (1 - q)), rel=1e-13)
