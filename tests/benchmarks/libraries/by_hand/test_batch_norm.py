"""Batch norm by hand: its statistics, where they would lose their digits, and what it keeps of them."""

import numpy as np
import pytest

from benchmarks.libraries.by_hand import batch_norm
from benchmarks.libraries.by_hand.batch_norm import EPS, BatchNorm


def made(features, dtype="float64", weight=1.0, bias=0.0):
    layer = BatchNorm(dtype, features)
    layer.hold(*([np.empty(features, dtype), np.empty(features, dtype)] for _ in range(2)))
    layer.load((weight, bias))
    return layer


def test_two_numbers():
    layer = made(1, weight=3.0, bias=10.0)
    y = layer.forward(np.array([[-1.0], [1.0]]))
    assert y.ravel() == pytest.approx([10 - 3 / (1 + EPS) ** 0.5, 10 + 3 / (1 + EPS) ** 0.5])
    assert layer.running_mean == pytest.approx([0]) and layer.running_var == pytest.approx([0.9 + 0.1 * 2])  # unbiased: 2


def test_inference_uses_what_training_kept():
    layer = made(2, weight=2.0, bias=1.0)
    layer.running_mean[...], layer.running_var[...] = [1, 2], [4 - EPS, 9 - EPS]
    assert layer.infer(np.array([[1.0, 2.0], [3.0, 8.0]])) == pytest.approx(np.array([[1, 1], [3, 5]]))


@pytest.mark.parametrize("shape", [(50, 3), (8, 5, 5, 3)])
def test_a_large_mean_costs_no_digits(shape):
    x = (np.random.default_rng(0).standard_normal(shape) + 1000).astype(np.float32)
    y = made(3, "float32").forward(x.copy())
    exact = x.astype(np.float64).reshape(-1, 3)
    exact = (exact - exact.mean(0)) / np.sqrt(exact.var(0) + EPS)
    assert np.abs(y.reshape(-1, 3) - exact).max() < 1e-3


def test_blocks_change_nothing(monkeypatch):
    x, g = np.random.default_rng(0).standard_normal((2, 7, 4, 4, 3))
    found = []
    for size in (1, 100, 10**6):
        monkeypatch.setattr(batch_norm, "BLOCK", size)
        layer = made(3, weight=2.0)
        found.append((layer.forward(x.copy()).copy(), layer.backward(g.copy()), layer.grad_weight, layer.running_var))
    assert len(layer.parts) == 1
    for other in found[:2]:
        for a, b in zip(other, found[2]):
            assert np.allclose(a, b, rtol=1e-12, atol=1e-12)
