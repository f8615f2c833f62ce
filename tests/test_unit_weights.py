import numpy as np
import pytest

import tinyreg as torch
from tinyreg.unit_weights import unit_weights

LAYERS = {
    "linear": lambda: torch.nn.Linear(5, 4),
    "conv": lambda: torch.nn.Conv2d(6, 4, 3),
    "grouped conv": lambda: torch.nn.Conv1d(6, 4, 3, groups=2),
    "depthwise conv": lambda: torch.nn.Conv2d(6, 6, 3, groups=6),
    "transposed conv": lambda: torch.nn.ConvTranspose1d(6, 4, 3),
    "grouped transposed conv": lambda: torch.nn.ConvTranspose2d(6, 4, 3, groups=2),
}


def channels(layer, side):
    """How many units (side 0) or inputs (side 1) a layer has, and the input that shows it one of them."""
    names = ("out_features", "in_features") if isinstance(layer, torch.nn.Linear) else ("out_channels", "in_channels")
    return getattr(layer, names[side])


@pytest.mark.parametrize("dim", [0, 1])
@pytest.mark.parametrize("name", LAYERS)
def test_a_unit_is_what_the_layer_computes_with(name, dim):
    """Mark the weights of one unit: the output of that unit alone (dim 0) answers, or answers to that input alone (dim 1)."""
    layer = LAYERS[name]()
    (units,) = unit_weights(layer, "test", dim)
    assert units.tensor is layer.weight
    numbering = [axis for axis in range(len(units.shape)) if axis not in units.axes]
    count = int(np.prod([units.shape[axis] for axis in numbering]))
    assert count == channels(layer, dim) and count * units.size == layer.weight.numel()
    for number in range(count):
        layer.weight.array[...] = 0
        layer.bias.array[...] = 0
        places = [slice(None)] * len(units.shape)
        for axis, i in zip(numbering, np.unravel_index(number, [units.shape[axis] for axis in numbering])):
            places[axis] = i
        layer.weight.array.reshape(units.shape)[tuple(places)] = 1
        x = np.ones((1, channels(layer, 1), *[5] * (layer.weight.ndim - 2)), dtype="float32")
        if dim == 1:
            x[:, number] = 0
        answer = layer(torch.tensor(x)).detach().numpy().reshape(channels(layer, 0), -1)
        if dim == 0:
            assert (abs(answer).sum(axis=1) > 0).nonzero()[0].tolist() == [number]
        else:
            assert (answer == 0).all()


def test_the_shape_is_a_view_also_of_turned_memory():
    layer = torch.nn.ConvTranspose1d(4, 2, 3, groups=2)
    turned = layer.weight.array.transpose(2, 1, 0).copy().transpose(2, 1, 0)
    layer.weight.array = turned
    (units,) = unit_weights(layer, "test")
    turned.reshape(units.shape)[...] = 7
    assert (layer.weight.array == 7).all()


def test_tensors_are_numbered_by_the_dimension_given():
    v, w, c = torch.zeros(2, 3, 4), torch.zeros(5), torch.tensor(1.0)
    assert [(units.shape, units.axes, units.size) for units in unit_weights([v, w, c], "test")] == [
        ((2, 3, 4), (1, 2), 12),
        ((5,), (), 1),
        ((), (), 1),
    ]
    assert unit_weights(v, "test", dim=-1)[0].axes == (0, 1)


def test_shared_weights_are_met_once_in_the_order_of_the_layers():
    first, second = torch.nn.Linear(3, 3), torch.nn.ConvTranspose1d(3, 2, 1)
    net = torch.nn.Sequential(first, second, first)
    assert [units.tensor is layer.weight for units, layer in zip(unit_weights(net, "test"), (first, second), strict=True)] == [True, True]


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: unit_weights(torch.nn.Linear(2, 3), "max_norm_", 2), IndexError, "max_norm_: dim must be 0 or 1 .* got dim=2"),
        (lambda: unit_weights([torch.zeros(3)], "max_norm_", 1), IndexError, "max_norm_: dim .* got dim=1"),
        (lambda: unit_weights([], "max_norm_"), ValueError, "max_norm_: params .* got none in list"),
    ],
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act()
