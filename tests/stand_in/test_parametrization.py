"""Layers whose weight is computed, and folded batch norm: on the device as on NumPy, without waiting in training."""

import numpy as np
import pytest

import tinyreg
from tests.stand_in.twice import assert_equal, host, twice
from tinyreg import nn
from tinyreg.nn.utils import remove_spectral_norm, remove_weight_norm, spectral_norm, weight_norm
from tinyreg.regularization import fold_batch_norm, l2_penalty

NORMS = [(weight_norm, remove_weight_norm), (spectral_norm, remove_spectral_norm)]


def built(norm):
    layer = nn.Conv2d(2, 3, 3).double()
    rng = np.random.default_rng(0)
    for p in layer.parameters():
        p.data.copy_(tinyreg.tensor(rng.standard_normal(p.shape)))
    return norm(layer), tinyreg.tensor(rng.standard_normal((4, 2, 6, 6)))


@pytest.mark.parametrize(("norm", "remove"), NORMS)
def test_training_equals_numpys(device, norm, remove):
    def run():
        layer, x = built(norm)
        sgd = tinyreg.optim.SGD(layer.parameters(), lr=0.1)
        for _ in range(3):
            sgd.zero_grad()
            ((layer(x) ** 2).mean() + l2_penalty(layer, 0.1)).backward()
            sgd.step()
        state = [tensor.clone() for tensor in layer.state_dict().values()]
        return host([*state, layer.eval()(x), remove(layer)(x), layer.weight])

    wanted, got = twice(device, run)
    assert_equal(got, wanted)


@pytest.mark.parametrize(("norm", "remove"), NORMS)
def test_training_does_not_wait(device, norm, remove):
    layer, x = built(norm)
    with device.never_waits():
        ((layer(x) ** 2).mean() + l2_penalty(layer, 0.1)).backward()


@pytest.mark.parametrize("norm", [weight_norm, spectral_norm])
def test_zeros_are_refused_as_soon_as_they_are_seen(device, norm):
    layer = nn.Linear(3, 2)
    layer.weight.data.zero_()
    with pytest.raises(ValueError, match=rf"{norm.__name__}: .* in Linear"):
        norm(layer).weight.tolist()


def test_folding_equals_numpys(device):
    def run():
        layer, x = built(weight_norm)
        norm = nn.BatchNorm2d(3).double()
        norm(layer(x))
        folded = fold_batch_norm(layer.eval(), norm.eval())
        return host([folded.weight, folded.bias, folded(x), norm(layer(x))])

    wanted, got = twice(device, run)
    assert_equal(got, wanted)
    np.testing.assert_allclose(got[2], got[3], rtol=1e-10, atol=1e-12)
