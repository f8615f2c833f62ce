"""Convolution as a matrix product: the windows under the pixels, laid out as rows, times the filters.

    y[n, p, q]      = bias + sum over k, l of W[k, l] x[n, p + k, q + l]
    grad_W[k, l]    = sum over n, p, q of G[n, p, q] x[n, p + k, q + l]
    grad_x[n, i, j] = sum over k, l of W[k, l] G[n, i - k, j - l]

(x with its zeros around it.) The third is a convolution of G with the filters turned round: so it is computed where x was
padded. Where it was not, it has more pixels than y, and G W is added up in the places that the windows came from.

Windows are made for a few images at a time, multiplied while they are in cache, and made again for grad_W: kept, they would
take side^2 times the memory of x, and be read from there. With many channels a window is copied in runs of side C values.
With few the runs would be short: the layer that sees the data copies runs along the pixels instead.
"""

import numpy as np
from numpy.lib.stride_tricks import as_strided

from .layers import Layer
from .memory import blocks

BLOCK = 2**19  # elements in the windows of a block: 2 MiB in float32, about a core's cache


class Convolution(Layer):
    """side x side filters, stride 1, zeros around the images; (N, H, W, C) -> (N, P, Q, O), the data (N, C, H, W)."""

    def __init__(self, dtype, channels, filters, side, padding):
        super().__init__(dtype)
        self.shapes = ((filters, channels, side, side), (filters,))
        self.side, self.padding = side, padding

    def hold(self, weights, gradients):
        """The filters' taps stand in the order of the windows: (O, C, K, L) for the data, (O, K, L, C) behind it."""
        (weight, self.bias), (grad_weight, self.grad_bias) = weights, gradients
        o, c, side, _ = self.shapes[0]
        self.matrix, self.grad_matrix = weight.reshape(o, -1), grad_weight.reshape(o, -1)
        self.weight = weight if self.first else weight.reshape(o, side, side, c).transpose(0, 3, 1, 2)

    def forward(self, x):
        self.x = x.transpose(0, 2, 3, 1) if self.first else x
        return self.convolve(self.x, self.matrix, self.padding, "y", self.bias)

    def convolve(self, x, matrix, padding, name, bias=None):
        """The windows of x times the filters."""
        pixels = self.pixels(x, padding)
        y = self.memory.empty(name, (len(x), *pixels, len(matrix)))
        if bias is not None:  # written out for all pixels: NumPy's loops then run over an image
            bias = np.broadcast_to(bias, y.shape[1:]).reshape(-1)
        for part in self.parts(x, padding):
            np.matmul(self.windows(x[part], padding), matrix.T, out=y[part].reshape(-1, len(matrix)))
            if bias is not None:
                flat = y[part].reshape(-1, len(bias))
                flat += bias
        return y

    def backward(self, g):
        self.grad_matrix[...] = 0
        self.grad_bias[...] = 0
        for part in self.parts(self.x, self.padding):
            G = g[part].reshape(-1, g.shape[3])
            self.grad_matrix += G.T @ self.windows(self.x[part], self.padding)
            self.grad_bias += self.memory.ones(len(G)) @ G
        if self.first:
            return None
        return self.gradient_by_convolution(g) if self.padding else self.gradient_by_addition(g)

    def gradient_by_convolution(self, g):
        turned = self.weight[:, :, ::-1, ::-1].transpose(1, 2, 3, 0)  # (C, K, L, O)
        return self.convolve(g, turned.reshape(len(turned), -1), self.side - 1 - self.padding, "g")

    def gradient_by_addition(self, g):
        high, wide = g.shape[1:3]
        side = self.side
        grad_x = self.memory.empty("g", self.x.shape)
        grad_x[...] = 0
        for part in self.parts(self.x, 0):
            G = g[part].reshape(-1, g.shape[3])
            taps = np.matmul(G, self.matrix, out=self.memory.block("windows", (len(G), self.matrix.shape[1])))
            taps = taps.reshape(len(g[part]), high, wide, side, side, -1)
            for k in range(side):
                for l in range(side):
                    grad_x[part, k : k + high, l : l + wide] += taps[:, :, :, k, l]
        return grad_x

    def pixels(self, x, padding):
        return tuple([n + 2 * padding - self.side + 1 for n in x.shape[1:3]])

    def parts(self, x, padding):
        high, wide = self.pixels(x, padding)
        return blocks(len(x), high * wide * self.side**2 * x.shape[3], BLOCK)

    def windows(self, x, padding):
        """The window under each output pixel, as a matrix (N P Q, taps)."""
        pixels = self.pixels(x, padding)
        n, channels, side = len(x), x.shape[3], self.side
        x = self.pad(x, padding)
        step_n, step_h, step_w, step_c = x.strides
        windows = as_strided(x, (n, *pixels, side, side, channels), (step_n, step_h, step_w, step_h, step_w, step_c))
        rows, features = n * pixels[0] * pixels[1], side * side * channels
        held = self.memory.block("windows", (rows, features))
        if self.first:
            held = held.reshape(channels, side, side, n, *pixels)
            held[...] = windows.transpose(5, 3, 4, 0, 1, 2)
            return held.reshape(features, rows).T
        held.reshape(windows.shape)[...] = windows
        return held

    def pad(self, x, padding):
        """Zeros around the images of a block."""
        if not padding:
            return x
        n, high, wide, channels = x.shape
        if self.first:  # the data keeps its order in memory
            padded = self.memory.zeros("padded data", (n, channels, high + 2 * padding, wide + 2 * padding)).transpose(0, 2, 3, 1)
        else:
            padded = self.memory.zeros(f"padded {channels}", (n, high + 2 * padding, wide + 2 * padding, channels))
        padded[:, padding:-padding, padding:-padding] = x
        return padded
