"""All windows at once, one axis after the other.

    x   (N, C, H, W)      images
    y   (N, C, P, Q)      one value a window; tap (k, l) of window (p, q) is pixel (p s + k d - top, q s + l d - left)

For a fixed tap, the pixels under all windows are one strided slice of x, so a pooling is a row of elementwise operations on
slices, as many as the window has taps. Taps that fall outside the image are left out of the slices; no padded copy is made.
Maxima and sums are separable: first down the columns, then along the rows. Signals (N, C, L) have one axis, volumes
(N, C, D, H, W) three.

ceil_mode=True rounds the number of windows up instead of down; the last may reach over the edge, but starts inside the
image or its padding above or left of it.
"""

from ...ops.axis import along, resized
from ..geometry import Window, by, check_input, out_size, per_axis


def reduce(x, axis, window, combine, start):
    """Combine the taps of each window of an axis; `start` is where no tap lies in the image.

    Example:
        >>> import numpy
        >>> reduce(numpy.arange(6), -1, Window(6, 3, 2, 2, 0, 1), numpy.add, 0).tolist()
        [1, 5, 9]
    """
    y = resized(x, axis, window.out)
    taps = window.taps()
    complete = slice(0, window.out)
    whole = [pixels for windows, pixels in taps if windows == complete]  # taps that all windows have in the image
    if len(whole) > 1:
        combine(x[along(axis, whole[0])], x[along(axis, whole[1])], out=y)
    else:
        y[...] = x[along(axis, whole[0])] if whole else start
    for pixels in whole[2:]:
        combine(y, x[along(axis, pixels)], out=y)
    for windows, pixels in taps:
        if windows != complete:
            part = y[along(axis, windows)]
            combine(part, x[along(axis, pixels)], out=part)
    return y


def spread(g, axis, window):
    """The adjoint of summing the taps of each window: each tap receives its window's value.

    Example:
        >>> import numpy
        >>> spread(numpy.array([1, 10]), -1, Window(4, 2, 3, 1, 0, 1)).tolist()
        [1, 11, 11, 10]
    """
    x = resized(g, axis, window.size)
    x[...] = 0
    for windows, pixels in window.taps():
        x[along(axis, pixels)] += g[along(axis, windows)]
    return x


def axes_of(windows):
    """The axes, counted from the last, that these windows lie along: (-2, -1) for two."""
    return range(-len(windows), 0)


def check_settings(who, axes, kernel_size, stride, padding, dilation=1):
    """Kernel, stride, padding and dilation, an integer an axis each, from what the user wrote.

    Example:
        >>> check_settings("max_pool2d", 2, 3, None, (1, 0))
        ((3, 3), (3, 3), (1, 0), (1, 1))
    """
    kernel = per_axis(who, "kernel_size", kernel_size, 1, axes)
    stride = kernel if stride is None or stride in ((), []) else per_axis(who, "stride", stride, 1, axes)
    padding = per_axis(who, "padding", padding, 0, axes)
    dilation = per_axis(who, "dilation", dilation, 1, axes)
    if any(2 * p > k for p, k in zip(padding, kernel)):
        raise RuntimeError(
            f"{who}: padding must be at most half of the window, got padding={padding} for windows of {by(kernel)} taps; "
            "more would give windows that hold padding alone"
        )
    return kernel, stride, padding, dilation


def windows_over(who, axes, input, kernel_size, stride, padding, dilation, ceil_mode):
    """The Window of each axis of this input."""
    check_input(who, input, axes)
    kernel, stride, padding, dilation = check_settings(who, axes, kernel_size, stride, padding, dilation)
    shape = input.array.shape
    size = shape[-axes:]
    if not all(shape[-axes - 1 :]):
        raise RuntimeError(f"{who}: input must have channels and values to pool, got shape {shape}; only the batch may be empty")
    if input.array.dtype.kind == "b":
        raise NotImplementedError(f"{who}: input must hold numbers, got dtype {input.array.dtype}; convert it with .float()")
    out = out_size(who, size, kernel, stride, tuple([(p, p) for p in padding]), dilation, ceil_mode)
    return tuple([Window(*numbers) for numbers in zip(size, out, kernel, stride, padding, dilation)])
