"""Pooling: each window of an image is replaced by its largest value, or by its mean.

    x   (N, C, H, W)      images
    y   (N, C, P, Q)      one value a window; tap (k, l) of window (p, q) is pixel (p s + k d - top, q s + l d - left)

All windows are taken at once: for a fixed tap, the pixels under it are one strided slice of x, so a pooling is a row of
elementwise operations on slices, as many as the window has taps. Taps that fall outside the image are left out of the
slices; no padded copy is made. Both poolings are separable: first down the columns, then along the rows.

Max pooling
        y[n, c, p, q] = max over the taps in the image                                           (1)

    Backward: y is one of the values under the window, so dy/dx is 1 there and 0 elsewhere. Where several are the largest
    the derivative does not exist; the first in reading order takes all (PyTorch's rule). With G = dL/dy,

        grad_x[n, c, i, j] = sum of G[n, c, p, q] over the windows whose first maximum is (i, j)              (2)

    A window that holds NaN gives NaN. Slopes are multiplied, G * 0 or G * 1: an infinite or NaN G reaches its whole window.

Average pooling
        y[n, c, p, q] = 1/m sum over the taps in the image                                       (3)

    with m the number of taps, or of those in the image only (count_include_pad=False), or divisor_override. It is linear;
    its adjoint gives every tap its share:

        grad_x[n, c, i, j] = sum of G[n, c, p, q] / m over the windows that hold (i, j)          (4)

    Adaptive: P x Q windows that cover the image, window p from floor(p H/P) up to ceil((p + 1) H/P): (3), (4) with
    windows of different sizes.

ceil_mode=True rounds the number of windows up instead of down; the last may reach over the edge, but starts inside the
image or its padding above or left of it.
"""

from ..autograd import ArrayFunction
from ..autograd.tensor import wrap
from ..backend import get_array_module
from ..module import Module
from ..ops.number import check_number
from .geometry import Window, check_images, out_size, pair


def _on(axis, where):
    """An index that takes `where` on axis -2 or -1 and everything on the others."""
    return (..., where, slice(None)) if axis == -2 else (..., where)


def _like(x, axis, size):
    """Memory for an array of another size on one axis, in the memory order of x."""
    shape = list(x.shape)
    shape[axis] = size
    return get_array_module(x).empty_like(x, shape=tuple(shape))


def _reduce(x, axis, window, combine, start):
    """Combine the taps of each window of an axis; `start` is where no tap lies in the image."""
    y = _like(x, axis, window.out)
    taps = window.taps()
    complete = slice(0, window.out)
    whole = [pixels for windows, pixels in taps if windows == complete]  # taps that all windows have in the image
    if len(whole) > 1:
        combine(x[_on(axis, whole[0])], x[_on(axis, whole[1])], out=y)
    else:
        y[...] = x[_on(axis, whole[0])] if whole else start
    for pixels in whole[2:]:
        combine(y, x[_on(axis, pixels)], out=y)
    for windows, pixels in taps:
        if windows != complete:
            part = y[_on(axis, windows)]
            combine(part, x[_on(axis, pixels)], out=part)
    return y


class MaxPool2dFunction(ArrayFunction):
    """y = the largest value of each window; the options are a Window an axis."""

    @staticmethod
    def forward(ctx, x, *, rows, cols):
        xp = get_array_module(x)
        lowest = -xp.inf if x.dtype.kind == "f" else xp.iinfo(x.dtype).min
        y = _reduce(_reduce(x, -2, rows, xp.maximum, lowest), -1, cols, xp.maximum, lowest)        # (1)
        ctx.rows, ctx.cols = rows, cols
        ctx.save_for_backward(x, y)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        x, y = ctx.saved
        xp = get_array_module(x)
        grad_x, G = xp.zeros_like(x), xp.empty_like(y)
        G[...] = grad_y  # in the memory order of y, as everything else here
        apart = ctx.rows.apart and ctx.cols.apart
        for windows, pixels, first in _first_maxima(x, y, ctx.rows, ctx.cols):
            if apart:  # no two windows share a pixel
                xp.multiply(G[windows], first, out=grad_x[pixels])                     # (2)
            else:
                grad_x[pixels] += G[windows] * first                                   # (2)
        return (grad_x,)


def _first_maxima(x, y, rows, cols):
    """For each tap in reading order: its windows, its pixels, and where the pixel is its window's first maximum."""
    xp = get_array_module(x)
    open_windows = xp.ones_like(y, dtype=bool)
    for p, i in rows.taps():
        for q, j in cols.taps():
            windows, pixels = (..., p, q), (..., i, j)
            first = x[pixels] == y[windows]
            first &= open_windows[windows]
            open_windows[windows] ^= first
            yield windows, pixels, first


def _positions(x, y, rows, cols):
    """Where each window's maximum lies, as row * W + column; the last NaN, where there is one (PyTorch's rule)."""
    xp = get_array_module(x)
    H, W = x.shape[-2:]
    places = xp.arange(H * W).reshape(H, W)
    found = xp.zeros(y.shape, dtype=places.dtype)
    for windows, pixels, first in _first_maxima(x, y, rows, cols):
        here = first | (x[pixels] != x[pixels])
        found[windows] = xp.where(here, places[pixels], found[windows])
    return found


class AvgPool2dFunction(ArrayFunction):
    """y = sum of each window times a weight a row and a column of windows; the options are a Window an axis, and weights."""

    @staticmethod
    def forward(ctx, x, *, rows, cols, weights):
        xp = get_array_module(x)
        y = _reduce(_reduce(x, -2, rows, xp.add, 0), -1, cols, xp.add, 0)
        y *= _weights(xp, weights, x.dtype)                                            # (3)
        ctx.size, ctx.rows, ctx.cols, ctx.weights = x.shape, rows, cols, weights
        return y

    @staticmethod
    def backward(ctx, grad_y):
        xp = get_array_module(grad_y)
        share = grad_y * _weights(xp, ctx.weights, grad_y.dtype)
        return (_spread(_spread(share, -1, ctx.cols, ctx.size[-1]), -2, ctx.rows, ctx.size[-2]),)  # (4)


def _weights(xp, weights, dtype):
    """1/m of every window: one number where all are equal, else their outer product."""
    rows, cols = weights
    if len(set(rows)) == len(set(cols)) == 1:
        return rows[0] * cols[0]
    return xp.asarray(rows, dtype=dtype)[:, None] * xp.asarray(cols, dtype=dtype)


def _spread(g, axis, window, size):
    """The adjoint of summing the taps of each window: each tap receives its window's value."""
    x = _like(g, axis, size)
    x[...] = 0
    for windows, pixels in window.taps():
        x[_on(axis, pixels)] += g[_on(axis, windows)]
    return x


class AdaptiveAvgPool2dFunction(ArrayFunction):
    """y = means of windows that cover the image; the option is their number on each axis."""

    @staticmethod
    def forward(ctx, x, *, out):
        ctx.size = x.shape
        for axis, n in zip((-2, -1), out):
            y = _like(x, axis, n)
            for p, span in enumerate(_spans(x.shape[axis], n)):
                y[_on(axis, p)] = x[_on(axis, span)].mean(axis=axis)                   # (3)
            x = y
        return x

    @staticmethod
    def backward(ctx, grad_y):
        g = grad_y
        for axis in (-1, -2):
            x = _like(g, axis, ctx.size[axis])
            x[...] = 0
            for p, span in enumerate(_spans(ctx.size[axis], g.shape[axis])):
                x[_on(axis, span)] += g[_on(axis, slice(p, p + 1))] / (span.stop - span.start)                 # (4)
            g = x
        return (g,)


def _spans(size, out):
    """The windows of adaptive pooling: from floor(p size/out) up to ceil((p + 1) size/out)."""
    return [slice(p * size // out, -(-(p + 1) * size // out)) for p in range(out)]


def _settings(who, kernel_size, stride, padding, dilation=1):
    """Kernel, stride, padding and dilation, a pair of integers each, from what the user wrote."""
    kernel = pair(who, "kernel_size", kernel_size, least=1)
    stride = kernel if stride is None or stride == () else pair(who, "stride", stride, least=1)
    padding = pair(who, "padding", padding, least=0)
    dilation = pair(who, "dilation", dilation, least=1)
    reach = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation))
    if any(2 * p > span for p, span in zip(padding, reach)):
        raise RuntimeError(
            f"{who}: padding must be at most half of the window, got padding={padding} for windows of {reach[0]} x {reach[1]} pixels; "
            "more would give windows that hold padding alone"
        )
    return kernel, stride, padding, dilation


def _windows(who, input, kernel_size, stride, padding, dilation, ceil_mode):
    """The Window of each axis."""
    check_images(who, input)
    kernel, stride, padding, dilation = _settings(who, kernel_size, stride, padding, dilation)
    size = input.array.shape[-2:]
    sides = tuple((p, p) for p in padding)
    out = out_size(who, size, kernel, stride, sides, dilation, ceil_mode)
    return tuple(Window(*numbers) for numbers in zip(size, out, kernel, stride, padding, dilation))


def max_pool2d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """The largest value of each window.

    Args:
        input: images.
        kernel_size: of the window, at least 1; an integer or (vertical, horizontal), as the next three.
        stride: pixels from one window to the next, at least 1; None for windows side by side.
        padding: positions around the image that windows may cover and that never win; at most half a window.
        dilation: pixels from one tap of a window to the next, at least 1.
        ceil_mode: also take a last window that reaches over the edge.
        return_indices: also return where each maximum lies in its image, as row * W + column.

    Shape:
        (N, C, H, W) -> (N, C, P, Q) or (C, H, W) -> (C, P, Q),
        P = floor((H + 2 padding - dilation (K - 1) - 1) / stride) + 1, rounded up instead with ceil_mode.

    Returns:
        The maxima, or (maxima, indices).

    Raises:
        RuntimeError: no images, settings out of range, a window larger than the padded image.
        TypeError: settings that are not integers.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.tensor([[[1.0, 2.0, 0.0, 5.0], [3.0, 4.0, 6.0, 0.0]]])
        >>> max_pool2d(x, 2)
        tensor([[[4., 6.]]])
    """
    rows, cols = _windows("max_pool2d", input, kernel_size, stride, padding, dilation, ceil_mode)
    y = MaxPool2dFunction.apply(input, rows=rows, cols=cols)
    return (y, wrap(_positions(input.array, y.array, rows, cols))) if return_indices else y


def avg_pool2d(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None):
    """The mean of each window.

    Args:
        input: images, floating point.
        kernel_size: of the window, at least 1; an integer or (vertical, horizontal), as the next two.
        stride: pixels from one window to the next, at least 1; None for windows side by side.
        padding: zeros around the image, at most half a window.
        ceil_mode: also take a last window that reaches over the edge.
        count_include_pad: divide by the number of taps, zeros of the padding included; False: by those in the image.
        divisor_override: divide by this number instead; not 0.

    Shape:
        (N, C, H, W) -> (N, C, P, Q) or (C, H, W) -> (C, P, Q), P = floor((H + 2 padding - K) / stride) + 1.

    Returns:
        The means.

    Raises:
        RuntimeError: no images, settings out of range, a window larger than the padded image.
        TypeError: settings that are not integers.

    Example:
        >>> import tinyreg
        >>> avg_pool2d(tinyreg.tensor([[[1.0, 2.0], [3.0, 4.0]]]), 2)
        tensor([[[2.5000]]])
    """
    who = "avg_pool2d"
    rows, cols = _windows(who, input, kernel_size, stride, padding, 1, ceil_mode)
    _check_float(who, input)
    _check_divisor(who, divisor_override)
    if divisor_override is None:
        weights = tuple(tuple(1 / n for n in window.counts(count_include_pad)) for window in (rows, cols))
    else:
        weights = ((1 / divisor_override,), (1.0,))
    return AvgPool2dFunction.apply(input, rows=rows, cols=cols, weights=weights)


def _check_divisor(who, divisor_override):
    if divisor_override is not None:
        check_number(who, divisor_override=divisor_override)
        if divisor_override == 0:
            raise RuntimeError(f"{who}: divisor_override must not be 0, got {divisor_override}; None divides by the number of taps")


def adaptive_avg_pool2d(input, output_size):
    """The means of output_size windows that cover the image.

    Args:
        input: images, floating point.
        output_size: windows on each axis, at least 1; an integer or (vertical, horizontal); None keeps the size of its axis.

    Shape:
        (N, C, H, W) -> (N, C, P, Q) or (C, H, W) -> (C, P, Q).

    Returns:
        The means; with output_size 1, the mean of each channel.

    Raises:
        RuntimeError: no images; an output_size below 1.
        TypeError: an output_size that is not an integer.

    Example:
        >>> import tinyreg
        >>> adaptive_avg_pool2d(tinyreg.tensor([[[1.0, 2.0, 6.0]]]), (1, 2))
        tensor([[[1.5000, 4.]]])
    """
    who = "adaptive_avg_pool2d"
    check_images(who, input)
    _check_float(who, input)
    size = input.array.shape[-2:]
    out = _output_size(who, output_size, size)
    if min(size) < 1:
        raise RuntimeError(f"{who}: input must have pixels, got shape {input.array.shape}; the mean of nothing is undefined")
    return AdaptiveAvgPool2dFunction.apply(input, out=out)


def _output_size(who, wanted, size):
    """Windows on each axis: where None is wanted, as many as there are pixels."""
    if wanted is None:
        return size
    if isinstance(wanted, (tuple, list)) and len(wanted) == 2:
        return tuple(n if own is None else pair(who, "output_size", own, least=1)[0] for n, own in zip(size, wanted))
    return pair(who, "output_size", wanted, least=1)


def _check_float(who, input):
    if input.array.dtype.kind != "f":
        raise RuntimeError(f"{who}: input must be floating point, got dtype {input.array.dtype}; convert it with .float()")


class _Pool(Module):
    def extra_repr(self):
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxPool2d(_Pool):
    """The largest value of each window; see max_pool2d.

    Args:
        kernel_size: of the window, at least 1; an integer or (vertical, horizontal), as the next three.
        stride: pixels from one window to the next, at least 1; None for windows side by side.
        padding: positions around the image that windows may cover and that never win; 0 to half a window.
        dilation: pixels from one tap of a window to the next, at least 1.
        return_indices: return (maxima, indices), where each index is row * W + column in its image.
        ceil_mode: also take a last window that reaches over the edge.

    Shape:
        (N, C, H, W) -> (N, C, P, Q) or (C, H, W) -> (C, P, Q); P and Q as in max_pool2d.

    Raises:
        RuntimeError: settings out of range.
        TypeError: settings that are not integers.

    Example:
        >>> import tinyreg
        >>> MaxPool2d(2)(tinyreg.randn(5, 3, 28, 28)).shape
        Size([5, 3, 14, 14])
    """

    def __init__(self, kernel_size, stride=None, padding=0, dilation=1, return_indices=False, ceil_mode=False):
        super().__init__()
        _settings("MaxPool2d", kernel_size, stride, padding, dilation)
        self.kernel_size, self.stride, self.padding = kernel_size, kernel_size if stride is None else stride, padding
        self.dilation, self.return_indices, self.ceil_mode = dilation, return_indices, ceil_mode

    def forward(self, input):
        return max_pool2d(input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices)

    def extra_repr(self):
        return f"{super().extra_repr()}, dilation={self.dilation}, ceil_mode={self.ceil_mode}"


class AvgPool2d(_Pool):
    """The mean of each window; see avg_pool2d.

    Args:
        kernel_size: of the window, at least 1; an integer or (vertical, horizontal), as the next two.
        stride: pixels from one window to the next, at least 1; None for windows side by side.
        padding: zeros around the image, 0 to half a window.
        ceil_mode: also take a last window that reaches over the edge.
        count_include_pad: divide by the number of taps, zeros of the padding included; False: by those in the image.
        divisor_override: divide by this number instead; not 0.

    Shape:
        (N, C, H, W) -> (N, C, P, Q) or (C, H, W) -> (C, P, Q); P and Q as in avg_pool2d.

    Raises:
        RuntimeError: settings out of range.
        TypeError: settings that are not integers.

    Example:
        >>> import tinyreg
        >>> AvgPool2d(2)(tinyreg.randn(5, 3, 28, 28)).shape
        Size([5, 3, 14, 14])
    """

    def __init__(self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None):
        super().__init__()
        _settings("AvgPool2d", kernel_size, stride, padding)
        _check_divisor("AvgPool2d", divisor_override)
        self.kernel_size, self.stride, self.padding = kernel_size, kernel_size if stride is None else stride, padding
        self.ceil_mode, self.count_include_pad, self.divisor_override = ceil_mode, count_include_pad, divisor_override

    def forward(self, input):
        return avg_pool2d(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad, self.divisor_override
        )


class AdaptiveAvgPool2d(Module):
    """The means of output_size windows that cover the image; see adaptive_avg_pool2d.

    Args:
        output_size: windows on each axis, at least 1; an integer or (vertical, horizontal); None keeps the size of its
            axis, 1 takes the mean of each channel.

    Shape:
        (N, C, H, W) -> (N, C, P, Q) or (C, H, W) -> (C, P, Q).

    Raises:
        RuntimeError: an output_size below 1.
        TypeError: an output_size that is not an integer.

    Example:
        >>> import tinyreg
        >>> AdaptiveAvgPool2d(1)(tinyreg.randn(5, 3, 28, 28)).shape
        Size([5, 3, 1, 1])
    """

    def __init__(self, output_size):
        super().__init__()
        _output_size("AdaptiveAvgPool2d", output_size, (1, 1))
        self.output_size = output_size

    def forward(self, input):
        return adaptive_avg_pool2d(input, self.output_size)

    def extra_repr(self):
        return f"output_size={self.output_size}"
