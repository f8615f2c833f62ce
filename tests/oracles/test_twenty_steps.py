"""Every Module and every loss beside PyTorch's for twenty steps of training in float64: weights, inputs and buffers."""

import numpy as np
import pytest

import tinyreg
from tests.every_module import MODULES, drawn, given, made

torch = pytest.importorskip("torch")

STEPS = 20
# their masks are their own: compared by their share, and exactly given a mask
DRAWN = {
    *("Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout", "GaussianDropout"),
    *("DropConnect", "StochasticDepth", "GaussianNoise"),
}


def trained(t, name):
    """The input, the parameters and the buffers, all of which twenty steps have moved, and the outputs on the way."""
    module, x = made(t, name), drawn(t, name)
    optimizer = t.optim.SGD([x, *module.parameters()], lr=0.02, momentum=0.9, weight_decay=0.01)
    outputs = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        output = module(*given(t, name, x))
        cotangent = np.cos(np.arange(output.numel())).reshape(tuple(output.shape))
        (output * t.tensor(cotangent)).sum().backward()
        outputs.append(output.detach().numpy().copy())  # Flatten gives a view of x, which the step moves
        optimizer.step()
    outputs.append(module.eval()(*given(t, name, x)).detach().numpy())
    return [*outputs, *(p.detach().numpy() for p in (x, *module.parameters())), *(b.numpy() for b in module.buffers())]


@pytest.mark.parametrize("name", [name for name in MODULES if name not in DRAWN])
def test_training_equals_pytorchs(name):
    ours, theirs = trained(tinyreg, name), trained(torch, name)
    assert not np.array_equal(ours[0], ours[STEPS - 1]), "twenty steps move something"
    for a, b in zip(ours, theirs, strict=True):
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-8)


def test_only_drawn_ones_are_left_out():
    assert {name for name in MODULES if getattr(tinyreg.nn, name).stochastic} == DRAWN
