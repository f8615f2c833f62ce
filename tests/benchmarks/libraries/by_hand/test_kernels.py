"""The kernels by hand: by numbers that a person can follow, by their definition, by differences."""

import numpy as np
import pytest

from benchmarks.libraries.by_hand import kernels
from benchmarks.workloads import ADAM, L1_STRENGTH, L2_STRENGTH

ODD = 2 * 64 + 3  # three pieces; the last is small, and its words hold more numbers than it needs


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    monkeypatch.setattr(kernels, "PIECE", 64)


def test_dropout():
    chance = np.random.default_rng(0)
    x, g = (chance.uniform(1, 2, 64 * ODD).astype(np.float32) for _ in range(2))
    x, g = x[:-1], g[:-1]
    call = kernels.dropout(x, g)
    y, grad_x = (array.copy() for array in call())
    kept = y != 0
    assert kept.mean() == pytest.approx(0.5, abs=0.03)
    assert np.array_equal(y, 2 * x * kept) and np.array_equal(grad_x, 2 * g * kept)
    assert ((call()[0] != 0) != kept).mean() == pytest.approx(0.5, abs=0.03)


def test_batch_norm_by_differences():
    chance = np.random.default_rng(0)
    x, g = chance.standard_normal((2, 3, 2, 2, 5)) + 3
    weight, bias = chance.standard_normal((2, 2))

    def y(x, weight, bias):
        mean, var = x.mean((0, 2, 3), keepdims=True), x.var((0, 2, 3), keepdims=True)
        return (x - mean) / np.sqrt(var + 1e-5) * weight[:, None, None] + bias[:, None, None]

    value, *gradients = kernels.batch_norm(x.copy(), weight, bias, g)()
    assert value == pytest.approx(y(x, weight, bias))
    step = 1e-5
    for i, gradient in enumerate(gradients):
        along = chance.standard_normal(gradient.shape)
        sides = [[x, weight, bias] for _ in range(2)]
        sides[0][i], sides[1][i] = sides[0][i] + step * along, sides[1][i] - step * along
        assert (gradient * along).sum() == pytest.approx((g * (y(*sides[0]) - y(*sides[1]))).sum() / (2 * step), rel=1e-6)


def test_penalty():
    value, grad = kernels.penalty(np.array([3.0, -2.0, 0.0]))()
    assert value == pytest.approx(L2_STRENGTH / 2 * 13 + L1_STRENGTH * 5)
    assert grad == pytest.approx([3 * L2_STRENGTH + L1_STRENGTH, -2 * L2_STRENGTH - L1_STRENGTH, 0])


def test_penalty_of_many_pieces():
    p = np.random.default_rng(0).standard_normal(ODD)
    value, grad = kernels.penalty(p)()
    assert value == pytest.approx(L2_STRENGTH / 2 * (p * p).sum() + L1_STRENGTH * np.abs(p).sum())
    assert grad == pytest.approx(L2_STRENGTH * p + L1_STRENGTH * np.sign(p))


def test_adam_against_its_paper():
    chance = np.random.default_rng(0)
    p, g = chance.standard_normal((2, ODD))
    g[:3] = 0, 1e-9, -1e-3  # where eps counts
    call = kernels.adam(p.copy(), g)
    (beta_1, beta_2), m, v, expected = ADAM["betas"], 0, 0, p.copy()
    for t in range(1, 4):  # algorithm 1
        m, v = beta_1 * m + (1 - beta_1) * g, beta_2 * v + (1 - beta_2) * g * g
        expected -= ADAM["lr"] * (m / (1 - beta_1**t)) / (np.sqrt(v / (1 - beta_2**t)) + ADAM["eps"])
        assert call()[0] == pytest.approx(expected, rel=1e-12)
