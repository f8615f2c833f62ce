"""Adversarial examples and the virtual adversarial loss: on the device as on NumPy, and without waiting for it."""

import numpy as np
import pytest

import tinyreg
from tests.stand_in.twice import assert_equal, host, twice
from tinyreg import nn
from tinyreg.regularization import fgsm, pgd, virtual_adversarial_loss

DOORS = {
    "fgsm": lambda net, x, y: fgsm(net, x, y, 0.1, clip=(-1, 1)),
    "pgd": lambda net, x, y: pgd(net, x, y, 0.1, steps=3),
    "virtual": lambda net, x, y: virtual_adversarial_loss(net, x, 0.5, n_power_iterations=2),
}


def network():
    net = nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5), nn.Dropout(0.3), nn.Tanh(), nn.Linear(5, 4)).double()
    rng = np.random.default_rng(0)
    for p in net.parameters():
        p.data.copy_(tinyreg.tensor(rng.standard_normal(p.shape)))
    return net, tinyreg.tensor(rng.standard_normal((6, 3))), tinyreg.tensor(rng.integers(0, 4, 6))


@pytest.mark.parametrize("name", DOORS)
def test_equals_numpys(device, name):
    def run():
        net, x, y = network()
        result = DOORS[name](net, x, y)
        if result.requires_grad:
            result.backward()
        return host([result.double(), *(p.grad for p in net.parameters() if p.grad is not None), *net.buffers()])

    wanted, got = twice(device, run)
    assert len(wanted) == (1 + 6 + 3 if name == "virtual" else 1 + 3)
    for a, b in zip(got, wanted):  # a direction is a difference over 1e-7
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-8) if name == "virtual" else assert_equal([a], [b])


@pytest.mark.parametrize("name", DOORS)
def test_nobody_waits(device, name):
    net, x, y = network()
    with device.never_waits():
        result = DOORS[name](net, x, y)
        if result.requires_grad:
            result.backward()
