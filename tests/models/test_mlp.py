import numpy as np
import pytest

import tinyreg
from tinyreg.layers.activation import Tanh
from tinyreg.models import MLP


def count(model):
    return sum(p.numel() for p in model.parameters())


def names(model):
    return [type(layer).__name__ for layer in model.layers]


def test_parameters():
    assert count(MLP(64, (128, 128), 10)) == 64 * 128 + 128 + 128 * 128 + 128 + 128 * 10 + 10 == 26_122
    assert count(MLP(64, (128, 128), 10, normalization="batch")) == 26_122 + 4 * 128
    assert count(MLP(784, (300, 100), 10)) == 266_610  # LeNet-300-100
    assert count(MLP(5, (), 3)) == 18


def test_what_is_asked_for_stands_where_it_should():
    assert names(MLP(4, (3,), 2)) == ["Flatten", "Linear", "ReLU", "Linear"]
    full = MLP(4, (3,), 2, activation=Tanh, dropout=0.5, normalization="batch")
    assert names(full) == ["Flatten", "Linear", "BatchNorm1d", "Tanh", "Dropout", "Linear"]
    assert names(MLP(4, (3,), 2, normalization="layer"))[2] == "LayerNorm"


def test_the_initial_weights_do_not_depend_on_the_regularizers():
    weights = []
    for options in ({}, {"dropout": 0.5, "normalization": "batch"}, {"normalization": "layer"}):
        tinyreg.manual_seed(3)
        model = MLP(6, (5, 4), 2, **options)
        weights.append([layer.weight.detach().numpy() for layer in model.layers if type(layer).__name__ == "Linear"])
    for other in weights[1:]:
        for a, b in zip(weights[0], other, strict=True):
            np.testing.assert_array_equal(a, b)


def test_every_parameter_gets_a_gradient():
    model = MLP(64, (16, 8), 10, dropout=0.2, normalization="layer")
    model(tinyreg.randn(5, 1, 8, 8)).square().sum().backward()
    assert all(p.grad is not None and np.abs(p.grad.numpy()).sum() > 0 for p in model.parameters())


def test_penalties_act_on_its_weights():
    model = MLP(6, (5, 4), 2, normalization="batch")
    found = [getattr(module, name) for module in model.modules() for name in module.penalized]
    assert [p.shape for p in found] == [(5, 6), (4, 5), (2, 4)]


def test_an_unknown_normalization():
    with pytest.raises(ValueError, match="MLP: normalization must be 'batch', 'layer' or None, got normalization='group'"):
        MLP(4, (3,), 2, normalization="group")
