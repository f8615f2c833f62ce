"""Stochastic depth against torchvision: for the mask that it drew, the same values and gradients."""

import inspect
import math

import numpy as np
import pytest

import tinyreg
from tests.oracles.vision import torchvision
from tinyreg.autograd.tensor import wrap
from tinyreg.regularization.drop_path import StochasticDepth, stochastic_depth

torch = pytest.importorskip("torch")
try:
    theirs = torchvision().ops
except ImportError:
    pytest.skip("could not import 'torchvision'", allow_module_level=True)


@pytest.mark.parametrize("mode", ["row", "batch"])
@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 0.8, 1.0])
@pytest.mark.parametrize("shape", [(40,), (40, 3), (10, 2, 3, 4)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_and_gradients(mode, p, shape, dtype):
    rng = np.random.default_rng(0)
    x, g = rng.normal(size=(2, *shape)).astype(dtype)
    size = (shape[0] if mode == "row" else 1, *[1] * (len(shape) - 1))
    for seed in range(3):
        torch.manual_seed(seed)
        kept = theirs.stochastic_depth(torch.ones(shape, dtype=torch.float64), p, mode) != 0  # the draw alone
        kept = kept.reshape(shape[0], -1)[: size[0], 0].reshape(size)
        torch.manual_seed(seed)
        other = torch.tensor(x, requires_grad=True)
        y = theirs.stochastic_depth(other.double(), p, mode).to(other.dtype)
        y.backward(torch.tensor(g))
        ours = wrap(x.copy()).requires_grad_()
        z = stochastic_depth(ours, p, mode, mask=wrap(kept.numpy()))
        z.backward(wrap(g))
        digits = 4 * np.finfo(dtype).eps
        np.testing.assert_allclose(z.detach().numpy(), y.detach().numpy(), rtol=digits)
        np.testing.assert_allclose(ours.grad.numpy(), other.grad.numpy(), rtol=digits)


@pytest.mark.parametrize("p", [0.2, 0.7])
def test_the_share_that_is_kept(p):
    """n = 200,000 rows: both libraries keep the same share within 6 sigma of their difference."""
    n = 200_000
    torch.manual_seed(0)
    wanted = (theirs.stochastic_depth(torch.ones(n, 2), p, "row") != 0)[:, 0].double().mean().item()
    ours = (stochastic_depth(tinyreg.ones(n, 2), p, "row").numpy() != 0)[:, 0].mean()
    assert abs(ours - wanted) < 6 * math.sqrt(2 * p * (1 - p) / n)


def test_what_is_the_identity_returns_the_input_in_both():
    for library, function in ((tinyreg, stochastic_depth), (torch, theirs.stochastic_depth)):
        x = library.ones(3)
        assert function(x, 0.5, "row", training=False) is x and function(x, 0.0, "batch") is x
        assert function(library.tensor([1, 2]), 0.5, "row", False).tolist() == [1, 2]


def test_signatures_and_repr():
    for ours, wanted in ((stochastic_depth, theirs.stochastic_depth), (StochasticDepth, theirs.StochasticDepth)):
        mine, names = (inspect.signature(f).parameters for f in (ours, wanted))
        assert [*mine][: len(names)] == [*names] and [mine[n].default for n in names] == [names[n].default for n in names]
    assert repr(StochasticDepth(0.2, "row")) == repr(theirs.StochasticDepth(0.2, "row"))


def test_refusals_have_torchvisions_type():
    for library, function in ((tinyreg, stochastic_depth), (torch, theirs.stochastic_depth)):
        x = library.ones(2, 3)
        for p, mode, training in ((1.3, "row", True), (-0.1, "batch", False), (0.5, "rows", True), (0.5, "all", False)):
            with pytest.raises(ValueError, match=str(p) if mode in ("row", "batch") else mode):
                function(x, p, mode, training)
        with pytest.raises(IndexError):
            function(library.tensor(1.0), 0.5, "row")
        with pytest.raises(RuntimeError):
            function(library.tensor([1, 2]), 0.5, "row")
