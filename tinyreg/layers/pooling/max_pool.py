"""Max pooling: the largest value of each window.

Forward, with the taps of windows.py,

        y[n, c, p, q] = max over the taps in the image                                           (1)

Backward: y is one of the values under the window, so dy/dx is 1 there and 0 elsewhere. Where several are the largest the
derivative does not exist; the first in reading order takes all (PyTorch's rule). With G = dL/dy,

        grad_x[n, c, i, j] = sum of G[n, c, p, q] over the windows whose first maximum is (i, j)              (2)

A window that holds NaN gives NaN. Slopes are multiplied, G * 0 or G * 1: an infinite or NaN G reaches its whole window.
"""

from itertools import product
from math import prod
from typing import Any

from ...autograd import ArrayFunction, Tensor
from ...autograd.tensor import wrap
from ...backend import blocks, fuse, get_array_module, reads_at_once
from ...module import Module
from ...thread_pool import SHARE, each, size
from .windows import axes_of, check_settings, reduce, windows_over

MOST_TAPS = 25  # of a window whose taps one kernel on a GPU reads


class MaxPoolFunction(ArrayFunction):
    """y = the largest value of each window; the option is a Window an axis."""

    @staticmethod
    def forward(ctx, x, *, windows):
        xp = get_array_module(x)
        ctx.windows = windows
        taps = None if reads_at_once(x) else _common_taps(windows)
        if taps is not None:
            y = _largest(*[x[pixels] for pixels in taps])                              # (1)
            ctx.save_for_backward(x, y)
            return y
        lowest = -xp.inf if x.dtype.kind == "f" else xp.iinfo(x.dtype).min
        y = x
        for axis, window in zip(axes_of(windows), windows):
            y = reduce(y, axis, window, xp.maximum, lowest)                            # (1)
        ctx.save_for_backward(x, y)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        x, y = ctx.saved
        xp, windows = get_array_module(x), ctx.windows
        apart = all(window.apart for window in windows)
        # windows that tile the image write every pixel once: no zeros need be there before (1.1x on this backward)
        grad_x = xp.empty_like(x) if all(window.tiled for window in windows) else xp.zeros_like(x)
        taps = _common_taps(windows) if apart and not reads_at_once(x) else None
        if taps is not None:
            _give_to_first(grad_y, y, *[z[pixels] for z in (x, grad_x) for pixels in taps])    # (2)
            return (grad_x,)

        def work(images):
            x_part, y_part, grad_part, G = x[images], y[images], grad_x[images], grad_y[images]
            if G.strides != y_part.strides:  # brought into the memory order of everything else here
                G = xp.empty_like(y_part)
                G[...] = grad_y[images]
            for places, pixels, first in _first_maxima(x_part, y_part, windows):
                if apart:  # no two windows share a pixel
                    xp.multiply(G[places], first, out=grad_part[pixels])               # (2)
                else:
                    grad_part[pixels] += G[places] * first                             # (2)

        each(work, blocks(x, SHARE) if size() > 1 else [slice(None)], x.size)  # one thread is no faster with blocks
        return (grad_x,)


def _common_taps(windows):
    """The pixels under each tap, in reading order, where all windows have all their taps in the image and one kernel can read them."""
    found = [window.taps() for window in windows]
    count = prod(window.kernel for window in windows)
    complete = all(places == slice(0, window.out) for window, taps in zip(windows, found) for places, _ in taps)
    if not complete or count != prod(map(len, found)) or count > MOST_TAPS:
        return None
    return [(..., *pixels) for pixels in product(*[[pixels for _, pixels in taps] for taps in found])]


@fuse
def _largest(first, *others):
    for x in others:
        first = get_array_module(x).maximum(first, x)
    return first


@fuse
def _give_to_first(grad_y, y, *taps):
    n, still_open = len(taps) // 2, None
    for x, grad_x in zip(taps[:n], taps[n:]):
        first = x == y if still_open is None else (x == y) & still_open
        grad_x[...] = grad_y * first
        still_open = ~first if still_open is None else still_open & ~first


def _first_maxima(x, y, windows):
    """For each tap in reading order: its windows, its pixels, and where the pixel is its window's first maximum."""
    xp = get_array_module(x)
    open_windows = xp.ones_like(y, dtype=bool)
    for tap in product(*[window.taps() for window in windows]):
        places, pixels = zip(*tap)
        places, pixels = (..., *places), (..., *pixels)
        first = x[pixels] == y[places]
        first &= open_windows[places]
        open_windows[places] ^= first
        yield places, pixels, first


def _positions(x, y, windows):
    """Where each window's maximum lies, counting the image's pixels in reading order; the last NaN, where there is one (PyTorch's rule)."""
    xp = get_array_module(x)
    size = x.shape[-len(windows) :]
    numbers = xp.arange(prod(size)).reshape(size)
    found = xp.zeros(y.shape, dtype=numbers.dtype)
    for places, pixels, first in _first_maxima(x, y, windows):
        here = first | (x[pixels] != x[pixels])
        found[places] = xp.where(here, numbers[pixels], found[places])
    return found


def _max_pool(axes, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices):
    windows = windows_over(f"max_pool{axes}d", axes, input, kernel_size, stride, padding, dilation, ceil_mode)
    y = MaxPoolFunction.apply(input, windows=windows)
    return (y, wrap(_positions(input.array, y.array, windows))) if return_indices else y


def max_pool1d(
    input: Tensor, kernel_size: int | tuple[int], stride: int | tuple[int] | None = None, padding: int | tuple[int] = 0,
    dilation: int | tuple[int] = 1, ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """The largest value of each window of signals.

    Args:
        input: signals.
        kernel_size, stride, padding, dilation, ceil_mode: as in max_pool2d, an integer each.
        return_indices: also return where each maximum lies in its signal.

    Shape:
        (N, C, L) -> (N, C, P) or (C, L) -> (C, P), P as in max_pool2d.

    Returns:
        The maxima, or (maxima, indices).

    Raises:
        RuntimeError: no signals, settings out of range, a window larger than the padded signal.
        TypeError: settings that are not integers.

    Example:
        >>> import tinyreg
        >>> max_pool1d(tinyreg.tensor([[1.0, 2.0, 0.0, 5.0]]), 2, return_indices=True)
        (tensor([[2., 5.]]), tensor([[1, 3]]))
    """
    return _max_pool(1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool2d(
    input: Tensor, kernel_size: int | tuple[int, int], stride: int | tuple[int, int] | None = None, padding: int | tuple[int, int] = 0,
    dilation: int | tuple[int, int] = 1, ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """The largest value of each window of images.

    Args:
        input: images.
        kernel_size: of the window, at least 1; an integer or (vertical, horizontal), as the next three.
        stride: pixels from one window to the next, at least 1; None for windows side by side.
        padding: positions around the image that windows may cover and that never win; at most half of kernel_size.
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
    return _max_pool(2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool3d(
    input: Tensor, kernel_size: int | tuple[int, int, int], stride: int | tuple[int, int, int] | None = None,
    padding: int | tuple[int, int, int] = 0, dilation: int | tuple[int, int, int] = 1, ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:  # fmt: skip
    """The largest value of each window of volumes.

    Args:
        input: volumes.
        kernel_size, stride, padding, dilation: as in max_pool2d, an integer or (depth, vertical, horizontal).
        ceil_mode: as in max_pool2d.
        return_indices: also return where each maximum lies in its volume, as (layer * H + row) * W + column.

    Shape:
        (N, C, D, H, W) -> (N, C, Z, P, Q) or (C, D, H, W) -> (C, Z, P, Q), each size as in max_pool2d.

    Returns:
        The maxima, or (maxima, indices).

    Raises:
        RuntimeError: no volumes, settings out of range, a window larger than the padded volume.
        TypeError: settings that are not integers.

    Example:
        >>> import tinyreg
        >>> max_pool3d(tinyreg.arange(8.0).reshape(1, 2, 2, 2), (2, 1, 2))
        tensor([[[[5.],
                  [7.]]]])
    """
    return _max_pool(3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


class _MaxPool(Module):
    """What the three layers share."""

    axes = 2

    def __init__(
        self,
        kernel_size: int | tuple[int, ...],
        stride: int | tuple[int, ...] | None = None,
        padding: int | tuple[int, ...] = 0,
        dilation: int | tuple[int, ...] = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        check_settings(type(self).__name__, self.axes, kernel_size, stride, padding, dilation)
        self.kernel_size, self.stride, self.padding = kernel_size, kernel_size if stride is None else stride, padding
        self.dilation, self.return_indices, self.ceil_mode = dilation, return_indices, ceil_mode

    def forward(self, input: Tensor) -> Any:
        settings = self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices
        return _max_pool(self.axes, input, *settings)

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPool):
    """The largest value of each window of signals; see max_pool1d.

    Args:
        kernel_size, stride, padding, dilation, ceil_mode: as in MaxPool2d, an integer each.
        return_indices: return (maxima, indices).

    Shape:
        (N, C, L) -> (N, C, P) or (C, L) -> (C, P); P as in max_pool2d.

    Raises:
        RuntimeError: settings out of range.
        TypeError: settings that are not integers.

    Example:
        >>> import tinyreg
        >>> MaxPool1d(2)(tinyreg.randn(5, 3, 28)).shape
        Size([5, 3, 14])
    """

    axes = 1


class MaxPool2d(_MaxPool):
    """The largest value of each window of images; see max_pool2d.

    Args:
        kernel_size: of the window, at least 1; an integer or (vertical, horizontal), as the next three.
        stride: pixels from one window to the next, at least 1; None for windows side by side.
        padding: positions around the image that windows may cover and that never win; 0 to half of kernel_size.
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

    axes = 2


class MaxPool3d(_MaxPool):
    """The largest value of each window of volumes; see max_pool3d.

    Args:
        kernel_size, stride, padding, dilation: as in MaxPool2d, an integer or (depth, vertical, horizontal).
        return_indices: return (maxima, indices), where each index is (layer * H + row) * W + column in its volume.
        ceil_mode: also take a last window that reaches over the edge.

    Shape:
        (N, C, D, H, W) -> (N, C, Z, P, Q) or (C, D, H, W) -> (C, Z, P, Q); each size as in max_pool2d.

    Raises:
        RuntimeError: settings out of range.
        TypeError: settings that are not integers.

    Example:
        >>> import tinyreg
        >>> MaxPool3d((1, 2, 2))(tinyreg.randn(5, 3, 4, 8, 8)).shape
        Size([5, 3, 4, 4, 4])
    """

    axes = 3
