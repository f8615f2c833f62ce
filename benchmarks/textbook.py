"""The operations of W4 and W5 as a textbook writes them first: what "before" means on the page of where the time goes.

Each is right, and computes what the library's own computes; tests/benchmarks/test_textbook.py compares them. What the
library does instead, and why, stands where it does it.

    convolution      all windows of all images copied at once, kept for backward; the data get a gradient, too
    batch norm       NumPy's mean and var, and every term of the derivation an array of its own
    ReLU             np.where
    max pooling      argmax over copied windows, and scattering to its places
    dropout          a uniform number for each element, and a mask in floating point
    SGD              new arrays for every product and difference
"""

from contextlib import contextmanager
from importlib import import_module
from math import prod

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tinyreg.layers.conv.convolution import ConvolutionFunction
from tinyreg.layers.pooling.max_pool import MaxPoolFunction
from tinyreg.ops.rectifier import Relu
from tinyreg.optim import SGD
from tinyreg.random import Generator
from tinyreg.regularization.dropout import DropoutFunction

batch_norm = import_module("tinyreg.regularization.batch_norm")  # the lobby's name is the function's


class Convolution:
    """For stride 1 and one group."""

    @staticmethod
    def forward(ctx, x, weight, bias, *, geometry, groups):
        if groups != 1 or max(geometry.stride) > 1 or max(geometry.dilation) > 1:
            raise NotImplementedError(f"textbook: a convolution must have stride, dilation and groups 1, got {geometry}, {groups}")
        padded = np.pad(x, ((0, 0), (0, 0), *geometry.padding))
        windows = sliding_window_view(padded, weight.shape[2:], axis=(2, 3))  # (N, C, P, Q, K, L)
        n, _, p, q = windows.shape[:4]
        columns = windows.transpose(0, 2, 3, 1, 4, 5).reshape(n * p * q, -1)
        ctx.padding, ctx.shape_in = geometry.padding, padded.shape
        ctx.save_for_backward(columns, weight)
        y = columns @ weight.reshape(len(weight), -1).T + bias
        return np.ascontiguousarray(y.reshape(n, p, q, -1).transpose(0, 3, 1, 2))

    @staticmethod
    def backward(ctx, grad_y):
        columns, weight = ctx.saved
        n, o, p, q = grad_y.shape
        g = grad_y.transpose(0, 2, 3, 1).reshape(-1, o)
        grad_weight = (g.T @ columns).reshape(weight.shape)
        grad_columns = (g @ weight.reshape(o, -1)).reshape(n, p, q, *weight.shape[1:])
        grad_padded = np.zeros(ctx.shape_in, dtype=grad_y.dtype)
        for k in range(weight.shape[2]):
            for m in range(weight.shape[3]):
                grad_padded[:, :, k : k + p, m : m + q] += grad_columns[..., k, m].transpose(0, 3, 1, 2)
        (top, _), (left, _) = ctx.padding
        height, width = (size - sum(sides) for size, sides in zip(ctx.shape_in[2:], ctx.padding))
        return grad_padded[:, :, top : top + height, left : left + width], grad_weight, g.sum(axis=0)


class MaxPool:
    """For windows side by side that fill the image."""

    @staticmethod
    def forward(ctx, x, *, windows):
        (rows, columns), (n, c, height, width) = windows, x.shape
        if any(not window.apart or window.out * window.kernel != window.size for window in windows):
            raise NotImplementedError(f"textbook: windows must lie side by side and fill the image, got {windows}")
        parts = x.reshape(n, c, rows.out, height // rows.out, columns.out, width // columns.out).transpose(0, 1, 2, 4, 3, 5)
        parts = parts.reshape(*parts.shape[:4], -1)
        ctx.where = parts.argmax(axis=-1)[..., None]
        ctx.shapes = parts.shape, x.shape, rows.kernel
        return parts.max(axis=-1)

    @staticmethod
    def backward(ctx, grad_y):
        parts, shape, kernel = ctx.shapes
        scattered = np.zeros(parts, dtype=grad_y.dtype)
        np.put_along_axis(scattered, ctx.where, grad_y[..., None], axis=-1)
        return (scattered.reshape(*parts[:4], kernel, -1).transpose(0, 1, 2, 4, 3, 5).reshape(shape),)


class BatchNorm:
    """In training; the statistics are those that `moments` found."""

    @staticmethod
    def forward(ctx, x, weight, bias, mean, var, *, eps, batch_stats):
        shape = (1, -1, *[1] * (x.ndim - 2))
        std = np.sqrt(var + x.dtype.type(eps)).reshape(shape)
        x_hat = (x - mean.reshape(shape)) / std
        ctx.save_for_backward(x_hat, std, weight)
        return weight.reshape(shape) * x_hat + bias.reshape(shape)

    @staticmethod
    def backward(ctx, grad_y):
        x_hat, std, weight = ctx.saved
        axes = (0, *range(2, grad_y.ndim))
        g = grad_y * weight.reshape(std.shape)
        grad_x = (g - g.mean(axis=axes, keepdims=True) - x_hat * (g * x_hat).mean(axis=axes, keepdims=True)) / std
        return grad_x, (grad_y * x_hat).sum(axis=axes), grad_y.sum(axis=axes), None, None


def moments(x, pooled=False):
    """The mean and the variance of every channel."""
    axes = (0, *range(2, x.ndim))
    return x.mean(axis=axes), x.var(axis=axes)


class ReLU:
    """max(x, 0)."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return np.where(x > 0, x, x.dtype.type(0))

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved
        return (np.where(x > 0, grad_y, grad_y.dtype.type(0)),)


class Dropout:
    """x mask / (1 - p)."""

    @staticmethod
    def forward(ctx, x, mask, *, scale):
        ctx.scale = scale
        ctx.save_for_backward(mask.astype(x.dtype))
        return x * ctx.saved[0] * x.dtype.type(scale)

    @staticmethod
    def backward(ctx, grad_y):
        (mask,) = ctx.saved
        return grad_y * mask * grad_y.dtype.type(ctx.scale), None


def keep_mask(self, shape, p):
    """True with probability 1 - p."""
    return self.uniform((prod(shape),)).reshape(shape) >= p


def update(self, group, params):
    """w - lr g, without momentum."""
    for p in params:
        p.array[...] = p.array - group["lr"] * p.grad.array


TWINS = {
    ConvolutionFunction: Convolution,
    MaxPoolFunction: MaxPool,
    batch_norm.BatchNormFunction: BatchNorm,
    Relu: ReLU,
    DropoutFunction: Dropout,
}
OTHERS = ((batch_norm, "moments", moments), (Generator, "keep_mask", keep_mask), (SGD, "update", update))


@contextmanager
def exchanged(owners):
    """Put other functions in the place of some, in a block.

    Args:
        owners: triples (owner, name, what takes the place).
    """
    before = [(owner, name, vars(owner)[name]) for owner, name, _ in owners]
    for owner, name, value in owners:
        setattr(owner, name, value)
    try:
        yield
    finally:
        for owner, name, value in before:
            setattr(owner, name, value)


def textbook():
    """The textbook's operations in the place of the library's, in a with block."""
    owners = list(OTHERS)
    for function, twin in TWINS.items():
        owners += [(function, "forward", staticmethod(twin.forward))]
        owners += [(function, name, staticmethod(twin.backward)) for name in ("backward", "array_backward")]
    return exchanged(owners)
