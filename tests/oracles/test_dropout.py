"""Dropout against PyTorch: for the mask that PyTorch drew, the same values and gradients to the last digit."""

import math

import numpy as np
import pytest

import tinyreg
from tinyreg.autograd.tensor import wrap
from tinyreg.regularization.dropout import Dropout, dropout

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 0.8, 1.0])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_and_gradients(p, dtype):
    rng = np.random.default_rng(0)
    x, g = rng.normal(size=(2, 300, 400)).astype(dtype)
    torch.manual_seed(0)
    theirs = torch.tensor(x, requires_grad=True)
    y = torch.nn.functional.dropout(theirs, p)
    y.backward(torch.tensor(g))
    ours = wrap(x.copy()).requires_grad_()
    z = dropout(ours, p, mask=wrap((y != 0).detach().numpy()))
    z.backward(wrap(g))
    digits = 4 * np.finfo(dtype).eps
    np.testing.assert_allclose(z.detach().numpy(), y.detach().numpy(), rtol=digits)
    np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.numpy(), rtol=digits)


@pytest.mark.parametrize("p", [0.2, 0.7])
def test_the_share_that_is_kept(p):
    """n = 500,000: both libraries keep the same share within 6 sigma of their difference."""
    n = 500_000
    torch.manual_seed(0)
    theirs = (torch.nn.functional.dropout(torch.ones(n), p) != 0).double().mean().item()
    ours = (dropout(tinyreg.ones(n), p).numpy() != 0).mean()
    assert abs(ours - theirs) < 6 * math.sqrt(2 * p * (1 - p) / n)


def test_what_is_the_identity_returns_the_input_in_both():
    for library, function in ((tinyreg, dropout), (torch, torch.nn.functional.dropout)):
        x = library.ones(3)
        assert function(x, 0.5, training=False) is x and function(x, 0.0) is x


def test_refusals_and_repr():
    for p in (1.3, -0.1):
        for call in (lambda p: torch.nn.functional.dropout(torch.ones(2), p), torch.nn.Dropout):
            with pytest.raises(ValueError, match=str(p)):
                call(p)
        for call in (lambda p: dropout(tinyreg.ones(2), p), Dropout):
            with pytest.raises(ValueError, match=str(p)):
                call(p)
    with pytest.raises(RuntimeError):
        torch.nn.functional.dropout(torch.arange(3))
    with pytest.raises(RuntimeError, match="int64"):
        dropout(tinyreg.arange(3))
    assert repr(Dropout(0.3)) == repr(torch.nn.Dropout(0.3))
