"""Convolution as its definition says it, one multiplication after the other: to be read, and to judge the fast one by."""

from itertools import product

from ...backend import get_array_module


def _places(*sizes):
    """Every place of a grid of these sizes."""
    return product(*map(range, sizes))


def conv_slow(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Equation (1) of convolution.py by nested loops, on raw arrays of signals, images or volumes.

    Args:
        x: signals (N, C, L), images (N, C, H, W) or volumes (N, C, D, H, W).
        weight: (O, C/groups, K, L), with as many spatial axes as x.
        bias: (O,) or None.
        stride, dilation: an integer, or one an axis.
        padding: an integer, one an axis, or (before, behind) an axis.
        groups: filters and channels are cut into this many groups that do not see each other.

    Returns:
        y (N, O, P, Q).

    Example:
        >>> import numpy
        >>> conv_slow(numpy.ones((1, 1, 3, 3)), numpy.ones((1, 1, 2, 2)))[0, 0].tolist()
        [[4.0, 4.0], [4.0, 4.0]]
    """
    (N, _, *size), (O, c, *kernel) = x.shape, weight.shape
    stride, dilation, padding = (_each(setting, len(size)) for setting in (stride, dilation, padding))
    padding = [p if isinstance(p, tuple) else (p, p) for p in padding]
    out = [(n + a + b - d * (k - 1) - 1) // s + 1 for n, k, s, d, (a, b) in zip(size, kernel, stride, dilation, padding)]
    y = get_array_module(x).zeros((N, O, *out), dtype=x.dtype)
    for n, o in _places(N, O):
        first = o // (O // groups) * c  # the first channel of this filter's group
        for place in _places(*out):
            total = 0 if bias is None else bias[o]
            for channel in range(c):
                for tap in _places(*kernel):
                    pixel = [p * s + k * d - a for p, k, s, d, (a, _) in zip(place, tap, stride, dilation, padding)]
                    if all(0 <= i < n for i, n in zip(pixel, size)):  # outside lies padding: zeros
                        total += weight[(o, channel, *tap)] * x[(n, first + channel, *pixel)]
            y[(n, o, *place)] = total
    return y


def conv_transpose_slow(x, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """Equation (1) of transpose.py by nested loops: every pixel of x paints a kernel onto y.

    Args:
        x: signals (N, C, L), images (N, C, H, W) or volumes (N, C, D, H, W).
        weight: (C, O/groups, K, L), with as many spatial axes as x.
        bias: (O,) or None.
        stride, padding, output_padding, dilation: an integer, or one an axis.
        groups: channels of x and of y are cut into this many groups that do not see each other.

    Returns:
        y (N, O, P, Q).

    Example:
        >>> import numpy
        >>> conv_transpose_slow(numpy.ones((1, 1, 2)), numpy.array([[[1.0, 2.0, 3.0]]]), stride=2)[0, 0].tolist()
        [1.0, 2.0, 4.0, 2.0, 3.0]
    """
    (N, C, *size), (_, o, *kernel) = x.shape, weight.shape
    stride, padding, extra, dilation = (_each(setting, len(size)) for setting in (stride, padding, output_padding, dilation))
    out = [(n - 1) * s - 2 * p + d * (k - 1) + e + 1 for n, s, p, d, k, e in zip(size, stride, padding, dilation, kernel, extra)]
    y = get_array_module(x).zeros((N, o * groups, *out), dtype=x.dtype)
    if bias is not None:
        y += bias.reshape(-1, *[1] * len(size))
    for n, c, channel in _places(N, C, o):
        first = c // (C // groups) * o  # the first channel of y that this channel of x paints on
        for place in _places(*size):
            for tap in _places(*kernel):
                pixel = [i * s + k * d - p for i, k, s, d, p in zip(place, tap, stride, dilation, padding)]
                if all(0 <= j < m for j, m in zip(pixel, out)):  # what falls into the padding is cut off
                    y[(n, first + channel, *pixel)] += weight[(c, channel, *tap)] * x[(n, c, *place)]
    return y


def _each(setting, axes):
    """One value an axis."""
    return setting if isinstance(setting, tuple) else (setting,) * axes
