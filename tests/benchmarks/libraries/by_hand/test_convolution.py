"""Convolution by hand against its definition, written with as many loops as it has sums."""

import itertools

import numpy as np
import pytest

from benchmarks.libraries.by_hand import convolution
from benchmarks.libraries.by_hand.convolution import Convolution

CASES = [(1, 2, 3, 0), (2, 3, 3, 1), (3, 2, 5, 0), (2, 2, 5, 1), (2, 1, 1, 0), (3, 4, 5, 2)]


def made(channels, filters, side, padding, first):
    chance = np.random.default_rng(0)
    layer = Convolution("float64", channels, filters, side, padding)
    layer.first = first
    layer.hold(*([np.full(shape, np.nan) for shape in layer.shapes] for _ in range(2)))
    weights = [chance.standard_normal(shape) for shape in layer.shapes]
    layer.load(weights)
    x = chance.standard_normal((5, channels, 7, 6))
    return layer, x, *weights


def by_definition(x, weight, bias, padding):
    """The sum over channels and taps, term by term."""
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    n, _, high, wide = x.shape
    o, c, side, _ = weight.shape
    y = np.zeros((n, o, high - side + 1, wide - side + 1)) + bias[:, None, None]
    for i, j, k, l in itertools.product(range(c), range(o), range(side), range(side)):
        y[:, j] += weight[j, i, k, l] * x[:, i, k : k + y.shape[2], l : l + y.shape[3]]
    return y


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("block", [1, 300, 10**6])
def test_forward_and_backward(case, first, block, monkeypatch):
    monkeypatch.setattr(convolution, "BLOCK", block)
    layer, x, weight, bias = made(*case, first)
    padding = case[3]
    expected = by_definition(x, weight, bias, padding)
    given = x if first else np.ascontiguousarray(x.transpose(0, 2, 3, 1))
    y = layer.forward(given)
    assert y.transpose(0, 3, 1, 2) == pytest.approx(expected)
    g = np.random.default_rng(1).standard_normal(expected.shape)
    grad_x = layer.backward(np.ascontiguousarray(g.transpose(0, 2, 3, 1)))

    # y is linear in each of its arguments: the gradient's product with a direction is g's with what the direction makes
    chance = np.random.default_rng(2)
    zero = np.zeros_like(bias)
    along = chance.standard_normal(weight.shape)
    o, c, side, _ = weight.shape
    taps = layer.grad_matrix.reshape((o, c, side, side) if first else (o, side, side, c))
    grad_weight = taps if first else taps.transpose(0, 3, 1, 2)
    assert (grad_weight * along).sum() == pytest.approx((g * by_definition(x, along, zero, padding)).sum())
    assert layer.grad_bias == pytest.approx(g.sum(axis=(0, 2, 3)))
    if first:
        assert grad_x is None
    else:
        along = chance.standard_normal(x.shape)
        assert (grad_x.transpose(0, 3, 1, 2) * along).sum() == pytest.approx((g * by_definition(along, weight, zero, padding)).sum())
    assert all(np.array_equal(array, given) for array, given in zip(layer.export(), (weight, bias), strict=True))
