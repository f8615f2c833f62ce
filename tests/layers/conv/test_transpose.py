import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import tinyreg
from tinyreg.layers import conv
from tinyreg.layers.conv import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, conv_transpose1d, conv_transpose2d, conv_transpose3d
from tinyreg.parameter import penalized_parameters


def test_by_hand():
    x = tinyreg.tensor([[1.0, 2.0]], requires_grad=True)
    weight = tinyreg.tensor([[[1.0, 10.0, 100.0]]], requires_grad=True)
    bias = tinyreg.tensor([0.5], requires_grad=True)
    y = conv_transpose1d(x, weight, bias, stride=2)
    assert y.tolist() == [[1.5, 10.5, 102.5, 20.5, 200.5]]
    y.backward(tinyreg.tensor([[1.0, 2.0, 3.0, 4.0, 5.0]]))
    assert x.grad.tolist() == [[1 + 20 + 300, 3 + 40 + 500]]
    assert weight.grad.tolist() == [[[1 + 6, 2 + 8, 3 + 10]]]
    assert bias.grad.tolist() == [15.0]


@st.composite
def problems(draw):
    axes = draw(st.sampled_from([1, 2, 2, 3]))

    def each(low, high):
        return tuple(draw(st.integers(low, high)) for _ in range(axes))

    kernel, stride, dilation, padding, size = each(1, 3), each(1, 3), each(1, 3), each(0, 2), each(1, 3)
    extra = tuple(draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation))
    out = [(n - 1) * s - 2 * p + d * (k - 1) + e + 1 for n, s, p, d, k, e in zip(size, stride, padding, dilation, kernel, extra)]
    assume(min(out) > 0)
    groups, channels, filters = draw(st.integers(1, 2)), draw(st.integers(1, 2)), draw(st.sampled_from([1, 2, 9]))
    rng = np.random.default_rng(draw(st.integers(0, 9)))
    x = rng.standard_normal((2, groups * channels, *size))
    weight = rng.standard_normal((groups * channels, filters, *kernel))
    bias = rng.standard_normal(groups * filters) if draw(st.booleans()) else None
    return x, weight, bias, stride, padding, extra, groups, dilation


DOORS = {1: conv_transpose1d, 2: conv_transpose2d, 3: conv_transpose3d}


@settings(deadline=None, max_examples=60)
@given(problems())
def test_equals_the_slow_one_and_backward_is_its_adjoint(problem):
    """It is linear in x and in weight, so <y, G> = <x, grad_x> = <w, grad_w> (without bias), for the x and w at hand and others."""
    x, weight, bias, *moved = problem
    door = DOORS[x.ndim - 2]
    tensors = [None if a is None else tinyreg.as_tensor(a).requires_grad_() for a in (x, weight, bias)]
    y = door(*tensors, *moved)
    np.testing.assert_allclose(y.detach().numpy(), conv.conv_transpose_slow(x, weight, bias, *moved), rtol=1e-12, atol=1e-12)
    G = np.random.default_rng(3).standard_normal(y.shape)
    y.backward(tinyreg.as_tensor(G))
    for k in (0, 1):
        others = [x, weight]
        others[k] = np.random.default_rng(5).standard_normal(others[k].shape)
        moved_y = conv.conv_transpose_slow(*others, None, *moved)
        np.testing.assert_allclose((moved_y * G).sum(), (others[k] * tensors[k].grad.numpy()).sum(), rtol=1e-10, atol=1e-9)
    if bias is not None:
        np.testing.assert_allclose(tensors[2].grad.numpy(), G.sum(axis=(0, *range(2, G.ndim))), rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("stride, padding, dilation, groups", [(1, 0, 1, 1), (2, 1, 1, 2), (3, (0, 2), (2, 1), 1)])
def test_it_is_the_gradient_of_the_convolution(stride, padding, dilation, groups):
    """conv_transpose(G, w) = grad_x of conv(x, w), where the sizes meet: the definition."""
    x = tinyreg.randn(2, 4, 9, 8, dtype=tinyreg.float64).requires_grad_()
    weight = tinyreg.randn(6, 4 // groups, 3, 2, dtype=tinyreg.float64)
    y = conv.conv2d(x, weight, None, stride, padding, dilation, groups)
    G = tinyreg.randn(*y.shape, dtype=tinyreg.float64)
    y.backward(G)
    layer = ConvTranspose2d(6, 4, (3, 2), stride, padding, groups=groups, bias=False, dilation=dilation, dtype=tinyreg.float64)
    layer.weight.data = weight
    np.testing.assert_allclose(layer(G, output_size=(9, 8)).detach().numpy(), x.grad.numpy(), rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize(
    "layer, size", [(ConvTranspose1d(3, 4, 3, 2), (5,)), (ConvTranspose2d(3, 4, 3), (4, 5)), (ConvTranspose3d(3, 2, 2), (2, 3, 2))]
)
def test_one_example_is_a_batch_of_one(layer, size):
    x = tinyreg.randn(3, *size)
    assert layer(x).ndim == x.ndim and layer(x).equal(layer(x.unsqueeze(0)).squeeze(0))
    assert layer(x.unsqueeze(0)[:0]).shape == (0, *layer(x).shape)


def test_an_output_size_is_chosen_for_one_call():
    layer, x = ConvTranspose2d(2, 3, 3, stride=(2, 3), padding=1), tinyreg.randn(2, 2, 4, 5)
    assert layer(x).shape == (2, 3, 7, 13)
    for size in ((8, 15), [7, 14], (2, 3, 8, 13)):
        assert layer(x, output_size=size).shape[2:] == tuple(size)[-2:]
    assert layer(x, (8, 14)).equal(conv_transpose2d(x, layer.weight, layer.bias, (2, 3), 1, (1, 1)))
    assert layer(x[0], output_size=(3, 8, 14)).equal(layer(x, (8, 14))[0])


def test_no_gradient_for_the_data():
    x, weight = tinyreg.randn(2, 3, 4), tinyreg.randn(3, 2, 3).requires_grad_()
    ctx = conv_transpose1d(x, weight, tinyreg.zeros(2)).grad_fn
    assert [g is None for g in ctx.function.backward(ctx, np.ones((2, 2, 6), "float32"))] == [True, False, True]


def test_names_and_first_values():
    layers = tinyreg.nn.Sequential(ConvTranspose1d(4, 6, 3), ConvTranspose2d(4, 6, (3, 2), groups=2), ConvTranspose3d(4, 6, 2))
    assert [w is layer.weight for w, layer in zip(penalized_parameters(layers), layers)] == [True] * 3
    assert {name: p.shape for name, p in layers[1].named_parameters()} == {"weight": (4, 3, 3, 2), "bias": (6,)}
    assert abs(layers[1].weight).max().item() <= 1 / math.sqrt(3 * 6) and abs(layers[1].bias).max().item() <= 1 / math.sqrt(3 * 6)
    assert repr(ConvTranspose2d(2, 4, 3, 2, 1, 1, 2, False, 3)) == (
        "ConvTranspose2d(2, 4, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), dilation=(3, 3), "
        "output_padding=(1, 1), groups=2, bias=False)"
    )


X, W = tinyreg.ones(2, 4, 5, 5), tinyreg.ones(4, 2, 3, 3)


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: conv_transpose2d(X, W, output_padding=1), RuntimeError, r"output_padding must be smaller .* got output_padding=\(1, 1\)"),
        (lambda: conv_transpose2d(X, W, stride=2, output_padding=-1), RuntimeError, "must be at least 0, got output_padding=-1"),
        (lambda: conv_transpose2d(X, W, padding=4), RuntimeError, r"got input of shape \(2, 4, 5, 5\) and an output of \(-1, -1\)"),
        (lambda: conv_transpose2d(X[:, :, :0], W), RuntimeError, r"must have pixels, got input of shape \(2, 4, 0, 5\)"),
        (lambda: conv_transpose2d(X, W, padding="same"), TypeError, "padding must be an integer or a pair of integers, got padding='same'"),
        (lambda: conv_transpose2d(X, W, dilation=0), RuntimeError, "dilation must be at least 1, got dilation=0"),
        (lambda: conv_transpose2d(X[:, :3], W), RuntimeError, r"must have 4 channels .* got 3 in input of shape \(2, 3, 5, 5\)"),
        (lambda: conv_transpose2d(X, W, tinyreg.ones(4)), RuntimeError, r"one value a filter, 2, got shape \(4,\)"),
        (lambda: conv_transpose2d(X[0, 0], W), RuntimeError, r"input must be images .* got shape \(5, 5\)"),
        (lambda: ConvTranspose2d(4, 6, 3, padding_mode="reflect"), ValueError, r"one of \('zeros',\), got padding_mode='reflect'"),
        (lambda: ConvTranspose2d(4, 6, 3, groups=3), ValueError, "groups must divide in_channels, got groups=3 and in_channels=4"),
        (lambda: ConvTranspose2d(4, 6, 3, padding="same"), TypeError, "got padding='same'"),
        (lambda: ConvTranspose2d(4, 6, 3)(X, output_size=7), TypeError, "output_size must be a tuple of integers, got 7"),
        (lambda: ConvTranspose2d(4, 6, 3)(X, output_size=(7,)), ValueError, r"must hold 2 sizes, or 4 with batch and channels, got \(7,\)"),
        (lambda: ConvTranspose2d(4, 6, 3, 2)(X, output_size=(11, 13)), ValueError, r"between \(11, 11\) and \(12, 12\), got \(11, 13\)"),
    ],
)
def test_what_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
