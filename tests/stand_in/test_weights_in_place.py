"""What writes into weights after a step: the same values on the device as on NumPy, in the same memory, without waiting."""

import numpy as np
import pytest

import tinyreg
from tests.stand_in.twice import assert_equal, host, twice
from tinyreg import regularization as rooms

LABELS = [[0, 1, 2, 0, 1, 2], [3, 3, 3, 4, 4, 4]]
DOORS = {
    "l1_proximal_": lambda params: rooms.l1_proximal_(params, 0.5, 0.4),
    "elastic_net_proximal_": lambda params: rooms.elastic_net_proximal_(params, 0.5, 0.4, 0.3),
    "decay_": lambda params: rooms.decay_(params, 0.5, 0.4),
    "group_lasso_proximal_": lambda params: rooms.group_lasso_proximal_(params, 0.5, 0.4),
    "max_norm_": lambda params: rooms.max_norm_(params, 1.5),
    "clip_weights_": lambda params: rooms.clip_weights_(params, -0.5, 0.8),
    "random_shrink_": lambda params: rooms.random_shrink_(params, 0.5),
}


def weights():
    rng = np.random.default_rng(3)
    layers = [tinyreg.nn.Linear(4, 3), tinyreg.nn.Conv1d(4, 6, 3, groups=2), tinyreg.nn.ConvTranspose1d(4, 6, 3, groups=2)]
    for layer in layers:
        layer.weight.data.copy_(tinyreg.tensor(rng.standard_normal(layer.weight.shape).astype("float32")))
    return tinyreg.nn.Sequential(*layers)


@pytest.mark.parametrize("name", DOORS)
def test_equals_numpys(device, name):
    def run():
        net = weights()
        arrays = [layer.weight.array for layer in net]
        DOORS[name](net)
        assert all(layer.weight.array is array for layer, array in zip(net, arrays))
        return host([layer.weight for layer in net])

    wanted, got = twice(device, run)
    assert_equal(got, wanted)


@pytest.mark.parametrize("name", DOORS)
def test_nobody_waits_for_the_device(device, name):
    net = weights()
    with device.never_waits():
        DOORS[name](net)


def test_groups_by_labels(device):
    def run():
        w = tinyreg.tensor(np.random.default_rng(3).standard_normal((2, 6)).astype("float32"))
        rooms.group_lasso_proximal_(w, 0.5, 0.9, groups=LABELS)
        return host([w])

    wanted, got = twice(device, run)
    assert_equal(got, wanted)
    assert 0 < (got[0] == 0).sum() < 12


def test_what_is_out_of_range_is_told_when_the_device_is_read(device):
    rooms.kl_sparsity(tinyreg.tensor([[0.5], [1.5]]), 1.0)
    with pytest.raises(ValueError, match=r"activations must lie in \[0, 1\], got values from 0.5 to 1.5"):
        tinyreg.ones(1).item()
    rooms.group_lasso_penalty(tinyreg.ones(2), 1.0, groups=tinyreg.tensor([0, 0]))
    tinyreg.ones(1).item()
