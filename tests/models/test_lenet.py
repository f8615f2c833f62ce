import numpy as np
import pytest

import tinyreg
from tinyreg.layers.activation import Tanh
from tinyreg.models import LeNet


def sizes(model):
    return [sum(p.numel() for p in layer.parameters()) for part in (model.features, model.classifier) for layer in part if layer.penalized]


@pytest.mark.parametrize("size", [28, 32])
def test_the_table_of_lenet5(size):
    model = LeNet((1, size, size))
    assert sizes(model) == [156, 2416, 48120, 10164, 850] and sum(sizes(model)) == 61_706
    assert model(tinyreg.randn(2, 1, size, size)).shape == (2, 10)


def test_the_table_of_the_small_stem():
    model = LeNet((1, 8, 8))
    assert sizes(model) == [160, 4640, 8256, 650] and sum(sizes(model)) == 13_706
    assert model(tinyreg.randn(2, 1, 8, 8)).shape == (2, 10)


@pytest.mark.parametrize("shape", [(1, 8, 8), (1, 28, 28), (3, 32, 32), (2, 16, 20), (1, 4, 5)])
@pytest.mark.parametrize("normalization", [None, "batch", "layer"])
def test_every_parameter_gets_a_gradient(shape, normalization):
    model = LeNet(shape, 7, activation=Tanh, dropout=0.2, normalization=normalization)
    y = model(tinyreg.randn(3, *shape))
    assert y.shape == (3, 7)
    y.square().sum().backward()
    assert all(p.grad is not None for p in model.parameters())


def test_what_is_asked_for_stands_where_it_should():
    model = LeNet((1, 8, 8), dropout=0.5, normalization="batch")
    assert [type(layer).__name__ for layer in model.features] == ["Conv2d", "BatchNorm2d", "ReLU", "MaxPool2d"] * 2
    assert [type(layer).__name__ for layer in model.classifier] == ["Flatten", "Linear", "BatchNorm1d", "ReLU", "Dropout", "Linear"]


def test_the_initial_weights_do_not_depend_on_the_regularizers():
    weights = []
    for options in ({}, {"dropout": 0.5, "normalization": "batch"}, {"normalization": "layer"}):
        tinyreg.manual_seed(3)
        weights.append([getattr(m, name).detach().numpy() for m in LeNet((1, 8, 8), **options).modules() for name in m.penalized])
    for other in weights[1:]:
        for a, b in zip(weights[0], other, strict=True):
            np.testing.assert_array_equal(a, b)


def test_what_is_refused():
    with pytest.raises(ValueError, match=r"LeNet: in_shape must be .* at least 4 x 4 pixels, got \(1, 3, 8\)"):
        LeNet((1, 3, 8))
    with pytest.raises(ValueError, match=r"got \(8, 8\)"):
        LeNet((8, 8))
    with pytest.raises(ValueError, match="LeNet: normalization must be 'batch', 'layer' or None, got normalization='local'"):
        LeNet(normalization="local")
