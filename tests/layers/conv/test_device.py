"""The products that a GPU computes: the plain twin's numbers, whatever the number of images at a time; the stand-in counts launches."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.layers.conv.test_convolution import problems
from tinyreg.layers.conv import conv_slow, device
from tinyreg.layers.conv.convolution import Geometry


@settings(deadline=None, max_examples=40)
@given(problems(), st.sampled_from([1, 2**28]))
def test_forward_and_backward(problem, columns):
    """Forward is conv_slow; backward its adjoint: <conv(x, w), G> = <x, grad_x> = <w, grad_w> for any other x, w and G."""
    x, weight, bias, geometry, groups = problem
    before, device.COLUMNS = device.COLUMNS, columns  # one image at a time, or all at once
    try:
        y, nothing = device.products(x, weight.shape, geometry, groups, weight, bias)
        G = np.random.default_rng(3).standard_normal(y.shape)
        grad_x = device.scattered_gradient(G, weight, x.shape, geometry, groups)
        again, grad_weight = device.products(x, weight.shape, geometry, groups, weight, G=G)
    finally:
        device.COLUMNS = before
    np.testing.assert_allclose(y, conv_slow(x, weight, bias, *geometry, groups), rtol=1e-12, atol=1e-12)
    assert nothing is None and grad_x.flags.c_contiguous and grad_weight.base is None
    np.testing.assert_allclose(again, y if bias is None else y - bias.reshape(-1, *[1] * (y.ndim - 2)), rtol=1e-9, atol=1e-12)
    other_x, other_weight = (np.random.default_rng(5).standard_normal(z.shape) for z in (x, weight))
    y_x, y_weight = conv_slow(other_x, weight, None, *geometry, groups), conv_slow(x, other_weight, None, *geometry, groups)
    np.testing.assert_allclose((y_x * G).sum(), (other_x * grad_x).sum(), rtol=1e-10, atol=1e-9)
    np.testing.assert_allclose((y_weight * G).sum(), (other_weight * grad_weight).sum(), rtol=1e-10, atol=1e-9)
    np.testing.assert_allclose(device.bias_gradient(G), G.sum(axis=(0, *range(2, G.ndim))))


@pytest.mark.parametrize("limit", [1, 300, 301, 10**6])
def test_the_columns_stay_within_their_limit(monkeypatch, limit):
    monkeypatch.setattr(device, "COLUMNS", limit)
    geometry = Geometry((1, 1), ((1, 1), (1, 1)), (1, 1))
    shape, weight_shape = (7, 2, 4, 4), (3, 2, 3, 3)
    each = 2 * 9 * 16
    blocks = device._blocks(shape, weight_shape, geometry)
    images = np.arange(7)
    assert np.concatenate([images[block] for block in blocks]).tolist() == images.tolist()
    assert all(len(images[block]) * each <= max(limit, each) for block in blocks)
    assert len(blocks) == math.ceil(7 / max(1, limit // each))
    assert device._blocks((0, 2, 4, 4), weight_shape, geometry)[0].start == 0  # an empty batch has its shape, too
