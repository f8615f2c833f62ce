"""Batch norm as one affine map a channel.

    y = x k + c                            k = weight / sqrt(var + eps),   c = bias - mean k
    grad_bias   = sum g
    grad_weight = sum g (x - mean) / sqrt(var + eps)
    grad_x      = g k + x u + d            u = -k grad_weight / (m sqrt(var + eps)),   d = -k grad_bias / m - mean u

over the m pixels of a channel. Sums are products with a vector of ones, so that BLAS does them. The variance is that of
x less a guess at the mean: E[x^2] - E[x]^2 of the differences loses nothing, because they are small.
"""

import numpy as np

from .layers import Layer
from .memory import blocks

EPS, MOMENTUM = 1e-5, 0.1
BLOCK = 2**16  # elements: a few arrays of this size stay in a core's cache


class BatchNorm(Layer):
    """Batch norm of (N, C) or (N, H, W, C), in training with the batch's statistics, else with their running averages."""

    def __init__(self, dtype, features):
        super().__init__(dtype)
        self.shapes = ((features,), (features,))
        self.running_mean, self.running_var = np.zeros(features, dtype), np.ones(features, dtype)

    def hold(self, weights, gradients):
        (self.weight, self.bias), (self.grad_weight, self.grad_bias) = weights, gradients

    def rows(self, x):
        """x as (N, values of an example), and its blocks."""
        rows = x.reshape(len(x), -1)
        self.parts = blocks(len(rows), rows.shape[1], BLOCK)
        self.pixels = rows.shape[1] // len(self.weight)
        return rows

    def spread(self, k):
        """A coefficient of each channel at each of its pixels, written out: NumPy's loops then run along a row."""
        return np.broadcast_to(k, (self.pixels, len(k))).reshape(-1)

    def sum(self, d):
        """The sum of each channel over the rows of a block."""
        pixels = d.reshape(-1, len(self.weight))
        return self.memory.ones(len(pixels)) @ pixels

    def forward(self, x):
        rows = self.rows(x)
        self.m = m = x.size // len(self.weight)
        first = rows[self.parts[0]]
        guess = self.sum(first) / (first.size // len(self.weight))
        spread = self.spread(guess)
        sum_d = sum_dd = 0
        for part in self.parts:
            d = np.subtract(rows[part], spread, out=self.memory.block("d", rows[part].shape))
            sum_d = sum_d + self.sum(d)
            d *= d
            sum_dd = sum_dd + self.sum(d)
        rest = sum_d / m
        mean, var = guess + rest, sum_dd / m - rest * rest
        for running, batch in ((self.running_mean, mean), (self.running_var, var * (m / (m - 1)))):
            running += MOMENTUM * (batch - running)
        self.x, self.mean, self.inverse = x, mean, 1 / np.sqrt(var + EPS)
        return self.affine(rows, self.inverse, mean, self.memory.empty("y", rows.shape)).reshape(x.shape)

    def infer(self, x):
        rows = self.rows(x)
        return self.affine(rows, 1 / np.sqrt(self.running_var + EPS), self.running_mean, rows).reshape(x.shape)

    def affine(self, rows, inverse, mean, y):
        k = self.weight * inverse
        c = self.spread(self.bias - mean * k)
        k = self.spread(k)
        for part in self.parts:
            np.multiply(rows[part], k, out=y[part])
            y[part] += c
        return y

    def backward(self, g):
        rows, gs = self.rows(self.x), g.reshape(len(g), -1)
        mean = self.spread(self.mean)
        sum_g = sum_gd = 0
        for part in self.parts:
            d = np.subtract(rows[part], mean, out=self.memory.block("d", rows[part].shape))
            d *= gs[part]
            sum_g, sum_gd = sum_g + self.sum(gs[part]), sum_gd + self.sum(d)
        self.grad_bias[...] = sum_g
        self.grad_weight[...] = sum_gd * self.inverse
        k = self.weight * self.inverse
        u = -k * self.grad_weight * self.inverse / self.m
        d = self.spread(-k * sum_g / self.m - self.mean * u)
        k, u = self.spread(k), self.spread(u)
        for part in self.parts:
            road = np.multiply(rows[part], u, out=self.memory.block("d", rows[part].shape))
            road += d
            gs[part] *= k
            gs[part] += road
        return g
