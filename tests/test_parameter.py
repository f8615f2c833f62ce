"""Which weights penalties act on, and which of them doors that write may change."""

import numpy as np
import pytest

import tinyreg as torch
from tinyreg import nn
from tinyreg.parameter import penalized_parameters
from tinyreg.regularization import (
    clip_weights_,
    decay_,
    elastic_net_proximal_,
    group_lasso_proximal_,
    l1_proximal_,
    l2_penalty,
    max_norm_,
    random_shrink_,
    weight_noise,
)

WRITE = {
    "decay_": lambda params: decay_(params, 0.1, 0.1),
    "l1_proximal_": lambda params: l1_proximal_(params, 0.1, 0.1),
    "elastic_net_proximal_": lambda params: elastic_net_proximal_(params, 0.1, 0.1, 0.5),
    "group_lasso_proximal_": lambda params: group_lasso_proximal_(params, 0.1, 0.1),
    "max_norm_": lambda params: max_norm_(params, 0.01),
    "clip_weights_": lambda params: clip_weights_(params, -0.01, 0.01),
    "random_shrink_": lambda params: random_shrink_(params, 0.5),
}
writers = pytest.mark.parametrize(("who", "write"), WRITE.items(), ids=WRITE)


@writers
def test_frozen_weights_of_a_module_stay(who, write):
    net = nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 2))
    net[0].requires_grad_(False)
    frozen, trained = (layer.weight.array.copy() for layer in net)
    write(net)
    np.testing.assert_array_equal(net[0].weight.array, frozen)
    assert (net[1].weight.array != trained).any()
    write([net[0].weight])  # Tensors that are named are meant
    assert (net[0].weight.array != frozen).any()
    with pytest.raises(ValueError, match=f"{who}: params must hold a tensor that trains, got none in Sequential"):
        write(net.requires_grad_(False))


def test_penalties_and_noise_see_frozen_weights_too():
    net = nn.Linear(4, 3).requires_grad_(False)
    before = net.weight.array.copy()
    assert l2_penalty(net, 1.0).item() > 0 and penalized_parameters(net)[0] is net.weight
    with weight_noise(net, 0.1):
        assert (net.weight.array != before).all()
    np.testing.assert_array_equal(net.weight.array, before)


@writers
def test_integers_are_refused_before_they_are_cut(who, write):
    w = torch.tensor([[3, 4], [1, 2]])
    with pytest.raises(RuntimeError, match=f"{who}: params must be floating point, got dtype int64"):
        write([w])
    assert w.tolist() == [[3, 4], [1, 2]]
