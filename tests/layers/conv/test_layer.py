import math

import numpy as np
import pytest

import tinyreg
from tinyreg.layers.conv import Conv1d, Conv2d, Conv3d, conv1d, conv2d, conv3d, conv_slow
from tinyreg.ops.padding import pad
from tinyreg.parameter import penalized_parameters


def test_by_hand():
    x = tinyreg.tensor([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]]], requires_grad=True)
    weight = tinyreg.tensor([[[[1.0, 0.0], [0.0, -1.0]]]], requires_grad=True)
    bias = tinyreg.tensor([10.0], requires_grad=True)
    y = conv2d(x, weight, bias)
    assert y.tolist() == [[[[6.0, 6.0], [6.0, 6.0]]]]
    y.backward(tinyreg.tensor([[[[1.0, 0.0], [0.0, 2.0]]]]))
    assert x.grad.tolist() == [[[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -2.0]]]]
    assert weight.grad.tolist() == [[[[11.0, 14.0], [20.0, 23.0]]]]
    assert bias.grad.tolist() == [3.0]


def test_padding_by_name():
    x, weight = tinyreg.randn(2, 3, 7, 6), tinyreg.randn(4, 3, 4, 3)
    same = conv2d(x, weight, padding="same", dilation=(1, 2))
    assert same.shape == (2, 4, 7, 6)
    expected = conv_slow(x.numpy(), weight.numpy(), padding=((1, 2), (2, 2)), dilation=(1, 2))
    np.testing.assert_allclose(same.numpy(), expected, rtol=1e-4, atol=1e-5)
    assert conv2d(x, weight, padding="valid").equal(conv2d(x, weight))


def test_signals_and_volumes_by_hand():
    x = tinyreg.tensor([[1.0, 2.0, 4.0, 8.0]], requires_grad=True)
    y = conv1d(x, tinyreg.tensor([[[-1.0, 1.0]]]), tinyreg.tensor([0.5]), stride=2)
    assert y.tolist() == [[1.5, 4.5]]
    y.backward(tinyreg.tensor([[1.0, 10.0]]))
    assert x.grad.tolist() == [[-1.0, 1.0, -10.0, 10.0]]
    volume = tinyreg.arange(8.0).reshape(1, 1, 2, 2, 2)
    assert conv3d(volume, tinyreg.ones(1, 1, 2, 1, 2)).tolist() == [[[[[10.0], [18.0]]]]]


def test_a_signal_is_an_image_of_one_row_and_an_image_a_volume_of_one_layer():
    x, weight, bias = tinyreg.randn(2, 3, 9), tinyreg.randn(4, 3, 3), tinyreg.randn(4)
    moved = {"stride": 2, "padding": 1, "dilation": 2}
    image = conv2d(x.unsqueeze(2), weight.unsqueeze(2), bias, (1, 2), (0, 1), (1, 2))
    volume = conv3d(x[:, :, None, None], weight[:, :, None, None], bias, (1, 1, 2), (0, 0, 1), (1, 1, 2))
    for y in (image.squeeze(2), volume[:, :, 0, 0]):
        np.testing.assert_allclose(conv1d(x, weight, bias, **moved).numpy(), y.numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("layer, size", [(Conv1d(3, 4, 3, padding=1), (6,)), (Conv2d(3, 4, 3), (6, 5)), (Conv3d(3, 4, 2), (3, 4, 5))])
def test_one_example_is_a_batch_of_one(layer, size):
    x = tinyreg.randn(3, *size)
    assert layer(x).ndim == x.ndim and layer(x).equal(layer(x.unsqueeze(0)).squeeze(0))
    assert layer(x.unsqueeze(0)[:0]).shape == (0, *layer(x).shape)


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_padding_with_the_images_own_values(mode):
    x = tinyreg.randn(2, 2, 6, 7)
    layer = Conv2d(2, 3, (3, 2), stride=(2, 1), padding=(1, 2), padding_mode=mode)
    expected = conv2d(pad(x, (2, 2, 1, 1), mode), layer.weight, layer.bias, (2, 1))
    assert layer(x).equal(expected) and not layer(x).equal(conv2d(x, layer.weight, layer.bias, (2, 1), (1, 2)))
    same, signals = Conv1d(2, 3, 4, padding="same", padding_mode=mode), x[:, :, 0]
    assert same(signals).equal(conv1d(pad(signals, (1, 2), mode), same.weight, same.bias)) and same(signals).shape == (2, 3, 7)
    volumes = Conv3d(2, 3, 3, padding=(1, 0, 1), padding_mode=mode)
    assert volumes(tinyreg.randn(1, 2, 3, 4, 5)).shape == (1, 3, 3, 2, 5)


def test_a_circular_convolution_commutes_with_turning_the_ring():
    x, layer = tinyreg.randn(1, 2, 7), Conv1d(2, 3, 3, padding="same", padding_mode="circular")
    turned = tinyreg.cat([x[..., 3:], x[..., :3]], -1)
    y = layer(x)
    expected = tinyreg.cat([y[..., 3:], y[..., :3]], -1)
    np.testing.assert_allclose(layer(turned).detach().numpy(), expected.detach().numpy(), rtol=1e-5, atol=1e-6)


def test_convolutions_commute_with_shifts():
    x, layer = tinyreg.randn(1, 2, 9, 9), Conv2d(2, 3, 3)
    shifted = layer(x[:, :, 2:, 1:])
    np.testing.assert_allclose(shifted.detach().numpy(), layer(x)[:, :, 2:, 1:].detach().numpy(), rtol=1e-5, atol=1e-6)


def test_initial_weights_lie_within_the_bound():
    layer = Conv2d(8, 60, 5, groups=2)
    bound = 1 / math.sqrt(4 * 25)
    for parameter, n in ((layer.weight, 6000), (layer.bias, 60)):
        values = parameter.detach().numpy()
        assert values.size == n and abs(values).max() <= bound
        assert abs(values.var() / (bound**2 / 3) - 1) < 6 * math.sqrt(0.8 / n)


def test_penalties_find_the_weights():
    layers = tinyreg.nn.Sequential(Conv1d(2, 3, 3), Conv2d(2, 3, 3), Conv3d(2, 3, 3))
    assert [w is layer.weight for w, layer in zip(penalized_parameters(layers), layers)] == [True] * 3


def test_names():
    assert {name: p.shape for name, p in Conv2d(4, 6, (3, 2), groups=2).named_parameters()} == {"weight": (6, 2, 3, 2), "bias": (6,)}
    assert list(Conv2d(1, 2, 3, bias=False).state_dict()) == ["weight"]
    assert repr(Conv2d(1, 2, 3)) == "Conv2d(1, 2, kernel_size=(3, 3), stride=(1, 1))"
    assert repr(Conv2d(2, 2, 3, 2, 1, 2, 2, False)) == (
        "Conv2d(2, 2, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), dilation=(2, 2), groups=2, bias=False)"
    )
    assert repr(Conv1d(1, 2, 3, padding_mode="reflect")) == "Conv1d(1, 2, kernel_size=(3,), stride=(1,), padding_mode=reflect)"
    assert repr(Conv3d(1, 2, 3, padding=1)) == "Conv3d(1, 2, kernel_size=(3, 3, 3), stride=(1, 1, 1), padding=(1, 1, 1))"
    assert repr(Conv2d(1, 2, 3, padding="same")) == "Conv2d(1, 2, kernel_size=(3, 3), stride=(1, 1), padding=same)"


X, W = (2, 4, 5, 5), (6, 4, 3, 3)


@pytest.mark.parametrize(
    "x, w, options, message",
    [
        ((4, 5), W, {}, r"input must be images .* got shape \(4, 5\)"),
        (X, (6, 4, 3), {}, r"weight must have shape \(O, C/groups, K, L\), got shape \(6, 4, 3\)"),
        (X, (6, 3, 3, 3), {}, r"3 channels \(weight of shape \(6, 3, 3, 3\), groups=1\), got 4 in input of shape \(2, 4, 5, 5\)"),
        (X, (6, 2, 3, 3), {"groups": 3}, r"6 channels \(weight of shape \(6, 2, 3, 3\), groups=3\), got 4"),
        (X, W, {"groups": 4}, "groups must divide the number of filters, got groups=4 and 6 filters"),
        (X, W, {"groups": 0}, "groups must be a positive integer, got groups=0"),
        (X, (6, 4, 6, 3), {}, r"kernel of 6 x 3 pixels .* over 5 x 5"),
        (X, W, {"dilation": 4, "padding": 1}, r"kernel of 9 x 9 pixels \(kernel_size \(3, 3\), dilation \(4, 4\)\) over 7 x 7"),
        (X, W, {"stride": 0}, "stride must be at least 1, got stride=0"),
        (X, W, {"dilation": (1, 0)}, r"dilation must be at least 1, got dilation=\(1, 0\)"),
        (X, W, {"padding": -1}, "padding must be at least 0, got padding=-1"),
        (X, W, {"padding": "full"}, "padding must be integers, 'same' or 'valid', got padding='full'"),
        (X, W, {"padding": "same", "stride": 2}, r"padding='same' must go with stride 1, got stride=\(2, 2\)"),
        (X, W, {"stride": (1, 1, 1)}, r"stride must be an integer or a pair of integers, got stride=\(1, 1, 1\)"),
        (X, (0, 4, 3, 3), {}, r"weight must have filters with taps, got shape \(0, 4, 3, 3\)"),
        (X, (6, 4, 0, 3), {}, r"weight must have filters with taps, got shape \(6, 4, 0, 3\)"),
    ],
)
def test_what_does_not_fit(x, w, options, message):
    with pytest.raises(RuntimeError, match=f"conv2d: .*{message}"):
        conv2d(tinyreg.ones(x), tinyreg.ones(w), **options)


def test_a_bias_that_does_not_fit():
    with pytest.raises(RuntimeError, match=r"one value a filter, 6, got shape \(5,\)"):
        conv2d(tinyreg.ones(X), tinyreg.ones(W), tinyreg.ones(5))
    with pytest.raises(RuntimeError, match=r"bias must have shape \(O,\), got shape \(6, 1\)"):
        conv2d(tinyreg.ones(X), tinyreg.ones(W), tinyreg.ones(6, 1))


def test_dtypes_that_differ():
    with pytest.raises(RuntimeError, match="input and weight must have one dtype, got float64 and float32"):
        Conv2d(4, 2, 3)(tinyreg.ones(X, dtype=tinyreg.float64))
    with pytest.raises(RuntimeError, match="input and bias must have one dtype, got float32 and float64"):
        conv2d(tinyreg.ones(X), tinyreg.ones(W), tinyreg.ones(6, dtype=tinyreg.float64))


def test_what_is_of_the_wrong_type():
    with pytest.raises(TypeError, match="input must be a Tensor, got ndarray"):
        conv2d(np.ones(X), tinyreg.ones(W))
    with pytest.raises(TypeError, match="weight must be a Tensor, got ndarray"):
        conv2d(tinyreg.ones(X), np.ones(W))
    with pytest.raises(TypeError, match="stride must be an integer or a pair of integers, got stride=1.5"):
        conv2d(tinyreg.ones(X), tinyreg.ones(W), stride=1.5)
    with pytest.raises(TypeError, match="conv2d: groups must be an integer, got groups=1.5"):
        conv2d(tinyreg.ones(X), tinyreg.ones(W), groups=1.5)
    with pytest.raises(NotImplementedError, match="conv2d: input must hold numbers, got dtype bool"):
        conv2d(tinyreg.ones(X) > 0, tinyreg.ones(W) > 0)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: conv1d(tinyreg.ones(2, 3, 4, 4), tinyreg.ones(1, 3, 2)), r"conv1d: input must be signals .* got shape \(2, 3, 4, 4\)"),
        (lambda: conv1d(tinyreg.ones(2, 3, 4), tinyreg.ones(1, 3, 2, 2)), r"conv1d: weight must have shape \(O, C/groups, K\), got"),
        (lambda: conv1d(tinyreg.ones(3, 4), tinyreg.ones(1, 3, 5)), "conv1d: .* a kernel of 5 pixels .* over 4 "),
        (lambda: conv3d(tinyreg.ones(3, 4, 4), tinyreg.ones(1, 3, 2, 2, 2)), r"conv3d: input must be volumes .* got shape \(3, 4, 4\)"),
        (lambda: conv3d(tinyreg.ones(2, 4, 4, 4), tinyreg.ones(1, 3, 2, 2, 2)), "conv3d: input must have 3 channels .* got 2 in input"),
    ],
)
def test_signals_and_volumes_that_do_not_fit(call, message):
    with pytest.raises(RuntimeError, match=message):
        call()


@pytest.mark.parametrize(
    "arguments, options, error, message",
    [
        ((4, 6, 3), {"groups": 3}, ValueError, "groups must divide in_channels, got groups=3 and in_channels=4"),
        ((4, 6, 3), {"groups": 4}, ValueError, "groups must divide out_channels, got groups=4 and out_channels=6"),
        ((0, 6, 3), {}, ValueError, "in_channels must be at least 1, got in_channels=0"),
        ((4, 6, 3), {"padding_mode": "mirror"}, ValueError, r"must be one of \('zeros', .*\), got padding_mode='mirror'"),
        (("a", 6, 3), {}, TypeError, "Conv2d: in_channels must be an integer, got in_channels='a'"),
        ((4, 6, 3), {"groups": 0}, ValueError, "groups must be at least 1, got groups=0"),
        ((4, 6, 3), {"padding": "full"}, ValueError, "Conv2d: padding must be integers, 'same' or 'valid', got padding='full'"),
        ((4, 6, 0), {}, RuntimeError, "Conv2d: kernel_size must be at least 1, got kernel_size=0"),
        ((4, 6, 3), {"stride": 0}, RuntimeError, "Conv2d: stride must be at least 1, got stride=0"),
        ((4, 6, 3), {"padding": "same", "stride": 2}, ValueError, "Conv2d: padding='same' must go with stride 1, got stride"),
    ],
)
def test_layers_that_cannot_be_built(arguments, options, error, message):
    with pytest.raises(error, match=message):
        Conv2d(*arguments, **options)
