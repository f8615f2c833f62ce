"""Average pooling: the mean of each window.

Forward, with the taps of windows.py,

        y[n, c, p, q] = 1/m sum over the taps in the image                                       (1)

with m the number of taps, or of those in the image only (count_include_pad=False), or divisor_override. m is a product,
rows times columns, so it is one number an axis and a window.

Backward: (1) is linear; its adjoint gives every tap its share. With G = dL/dy,

        grad_x[n, c, i, j] = sum of G[n, c, p, q] / m over the windows that hold (i, j)          (2)

Integers are divided as integers, towards zero, as in PyTorch.
"""

from ...autograd import ArrayFunction, Tensor
from ...backend import get_array_module
from ...module import Module
from ...ops.dimension import integer
from ..geometry import per_axis
from .windows import axes_of, check_settings, reduce, spread, windows_over


class AvgPoolFunction(ArrayFunction):
    """y = sum of each window / m; the options are a Window an axis, and m as a list of factors an axis."""

    @staticmethod
    def forward(ctx, x, *, windows, counts):
        xp = get_array_module(x)
        y = x
        for axis, window in zip(axes_of(windows), windows):
            y = reduce(y, axis, window, xp.add, 0)
        if x.dtype.kind == "f":
            y *= _weights(xp, counts, x.dtype)                                         # (1)
        else:
            m = _product(xp, counts, y.dtype)
            y = xp.where((y < 0) == (m < 0), abs(y) // abs(m), -(abs(y) // abs(m)))    # (1)
        ctx.windows, ctx.counts = windows, counts
        return y

    @staticmethod
    def backward(ctx, grad_y):
        g = grad_y * _weights(get_array_module(grad_y), ctx.counts, grad_y.dtype)
        for axis, window in zip(axes_of(ctx.windows), ctx.windows):
            g = spread(g, axis, window)                                                # (2)
        return (g,)


def _weights(xp, counts, dtype):
    """1/m of every window: one number where all are equal."""
    return _product(xp, [[1 / n for n in row] for row in counts], dtype)


def _product(xp, factors, dtype):
    """The product of one factor an axis, for every window: one number where all are equal, else an array."""
    result = 1
    for i, row in enumerate(factors):
        if len(set(row)) > 1:
            result = result * xp.asarray(row, dtype=dtype).reshape(-1, *[1] * (len(factors) - 1 - i))
        else:
            result = result * row[0]
    return result


def _avg_pool(axes, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override=None):
    who = f"avg_pool{axes}d"
    windows = windows_over(who, axes, input, kernel_size, stride, padding, 1, ceil_mode)
    _check_divisor(who, divisor_override)
    if divisor_override is None:
        counts = [window.counts(count_include_pad) for window in windows]
    else:
        counts = [[divisor_override], *[[1]] * (axes - 1)]
    return AvgPoolFunction.apply(input, windows=windows, counts=counts)


def _check_divisor(who, divisor_override):
    if divisor_override is not None and integer(who, divisor_override=divisor_override) == 0:
        raise RuntimeError(f"{who}: divisor_override must not be 0, got {divisor_override}; None divides by the number of taps")


def avg_pool1d(
    input: Tensor, kernel_size: int | tuple[int], stride: int | tuple[int] | None = None, padding: int | tuple[int] = 0,
    ceil_mode: bool = False, count_include_pad: bool = True,
) -> Tensor:  # fmt: skip
    """The mean of each window of signals.

    Args:
        input: signals.
        kernel_size, stride, padding, ceil_mode, count_include_pad: as in avg_pool2d, the first three an integer each.

    Shape:
        (N, C, L) -> (N, C, P) or (C, L) -> (C, P), P as in avg_pool2d.

    Returns:
        The means.

    Raises:
        RuntimeError: no signals, settings out of range, a window larger than the padded signal.
        TypeError: settings that are not integers.

    Example:
        >>> import tinyreg
        >>> avg_pool1d(tinyreg.tensor([[1.0, 2.0, 4.0]]), 2, stride=1)
        tensor([[1.5000, 3.0000]])
    """
    return _avg_pool(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad)


def avg_pool2d(
    input: Tensor, kernel_size: int | tuple[int, int], stride: int | tuple[int, int] | None = None, padding: int | tuple[int, int] = 0,
    ceil_mode: bool = False, count_include_pad: bool = True, divisor_override: int | None = None,
) -> Tensor:  # fmt: skip
    """The mean of each window of images.

    Args:
        input: images; means of integers are cut to integers.
        kernel_size: of the window, at least 1; an integer or (vertical, horizontal), as the next two.
        stride: pixels from one window to the next, at least 1; None for windows side by side.
        padding: zeros around the image, at most half a window.
        ceil_mode: also take a last window that reaches over the edge.
        count_include_pad: divide by the number of taps, zeros of the padding included; False: by those in the image.
        divisor_override: divide by this integer instead; not 0.

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
    return _avg_pool(2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def avg_pool3d(
    input: Tensor, kernel_size: int | tuple[int, int, int], stride: int | tuple[int, int, int] | None = None,
    padding: int | tuple[int, int, int] = 0, ceil_mode: bool = False, count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:  # fmt: skip
    """The mean of each window of volumes.

    Args:
        input: volumes.
        kernel_size, stride, padding: as in avg_pool2d, an integer or (depth, vertical, horizontal).
        ceil_mode, count_include_pad, divisor_override: as in avg_pool2d.

    Shape:
        (N, C, D, H, W) -> (N, C, Z, P, Q) or (C, D, H, W) -> (C, Z, P, Q), each size as in avg_pool2d.

    Returns:
        The means.

    Raises:
        RuntimeError: no volumes, settings out of range, a window larger than the padded volume.
        TypeError: settings that are not integers.

    Example:
        >>> import tinyreg
        >>> avg_pool3d(tinyreg.arange(8.0).reshape(1, 2, 2, 2), 2)
        tensor([[[[3.5000]]]])
    """
    return _avg_pool(3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


class _AvgPool(Module):
    """What the layers share."""

    axes = 2

    def __init__(
        self,
        kernel_size: int | tuple[int, ...],
        stride: int | tuple[int, ...] | None = None,
        padding: int | tuple[int, ...] = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        check_settings(type(self).__name__, self.axes, kernel_size, stride, padding)
        _check_divisor(type(self).__name__, divisor_override)
        self.kernel_size, self.stride, self.padding = kernel_size, kernel_size if stride is None else stride, padding
        self.ceil_mode, self.count_include_pad, self.divisor_override = ceil_mode, count_include_pad, divisor_override

    def forward(self, input: Tensor) -> Tensor:
        settings = self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad, self.divisor_override
        return _avg_pool(self.axes, input, *settings)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool1d(_AvgPool):
    """The mean of each window of signals; see avg_pool1d.

    Args:
        kernel_size, stride, padding, ceil_mode, count_include_pad: as in AvgPool2d, the first three an integer each.

    Shape:
        (N, C, L) -> (N, C, P) or (C, L) -> (C, P); P as in avg_pool2d.

    Raises:
        RuntimeError: settings out of range.
        TypeError: settings that are not integers.

    Example:
        >>> import tinyreg
        >>> AvgPool1d(2)(tinyreg.randn(5, 3, 28)).shape
        Size([5, 3, 14])
    """

    axes = 1

    def __init__(
        self,
        kernel_size: int | tuple[int],
        stride: int | tuple[int] | None = None,
        padding: int | tuple[int] = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)
        self.kernel_size = per_axis("AvgPool1d", "kernel_size", kernel_size, 1, 1)
        self.stride = self.kernel_size if stride is None else per_axis("AvgPool1d", "stride", stride, 1, 1)
        self.padding = per_axis("AvgPool1d", "padding", padding, 0, 1)


class AvgPool2d(_AvgPool):
    """The mean of each window of images; see avg_pool2d.

    Args:
        kernel_size: of the window, at least 1; an integer or (vertical, horizontal), as the next two.
        stride: pixels from one window to the next, at least 1; None for windows side by side.
        padding: zeros around the image, 0 to half a window.
        ceil_mode: also take a last window that reaches over the edge.
        count_include_pad: divide by the number of taps, zeros of the padding included; False: by those in the image.
        divisor_override: divide by this integer instead; not 0.

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

    axes = 2


class AvgPool3d(_AvgPool):
    """The mean of each window of volumes; see avg_pool3d.

    Args:
        kernel_size, stride, padding: as in AvgPool2d, an integer or (depth, vertical, horizontal).
        ceil_mode, count_include_pad, divisor_override: as in AvgPool2d.

    Shape:
        (N, C, D, H, W) -> (N, C, Z, P, Q) or (C, D, H, W) -> (C, Z, P, Q); each size as in avg_pool2d.

    Raises:
        RuntimeError: settings out of range.
        TypeError: settings that are not integers.

    Example:
        >>> import tinyreg
        >>> AvgPool3d((1, 2, 2))(tinyreg.randn(5, 3, 4, 8, 8)).shape
        Size([5, 3, 4, 4, 4])
    """

    axes = 3
