"""Adaptive pooling: means or maxima of as many windows as are asked for, whatever the size of the input.

Forward: along an axis of n values, P windows cover all of them; window p reaches

        from floor(p n/P) up to ceil((p + 1) n/P)                                                (1)

so neighbours may share a value, and where P > n, windows repeat values. With W(p) its values, and one axis after the other,

        mean        y[p] = 1/|W(p)| sum over i in W(p) of x[i]                                   (2)
        maximum     y[p] = x[m(p)], m(p) the first i in W(p) where x[i] is largest               (3)

The mean of means is the mean of the window, since all rows of a window are equally long. For maxima the last axis goes
first: then (3) finds, of the maxima of a window, the first in reading order (the last NaN, as PyTorch, where there is one).

Backward: each is linear in the values it read. With G = dL/dy, the adjoints, in the opposite order of the axes, are

        mean        grad_x[i] = sum of G[p] / |W(p)| over the windows that hold i                (4)
        maximum     grad_x[i] = sum of G[p] over the windows with m(p) = i                       (5)
"""

from typing import Any

from ...autograd import ArrayFunction, Tensor
from ...backend import get_array_module
from ...module import Module
from ...ops.axis import along, resized
from ..geometry import check_input, per_axis


def spans(size, out):
    """The windows of an axis, equation (1), as slices.

    Example:
        >>> spans(5, 3)
        [slice(0, 2, None), slice(1, 4, None), slice(3, 5, None)]
    """
    return [slice(p * size // out, -(-(p + 1) * size // out)) for p in range(out)]                 # (1)


class AdaptiveAvgPoolFunction(ArrayFunction):
    """y = means of windows that cover the input; the option is their number on each axis."""

    @staticmethod
    def forward(ctx, x, *, out):
        ctx.size = x.shape[-len(out) :]
        for axis, n in zip(range(-len(out), 0), out):
            y = resized(x, axis, n)
            for p, span in enumerate(spans(x.shape[axis], n)):
                y[along(axis, p)] = x[along(axis, span)].mean(axis=axis)               # (2)
            x = y
        return x

    @staticmethod
    def backward(ctx, grad_y):
        g = grad_y
        for axis in range(-1, -1 - len(ctx.size), -1):
            x = resized(g, axis, ctx.size[axis])
            x[...] = 0
            for p, span in enumerate(spans(ctx.size[axis], g.shape[axis])):
                x[along(axis, span)] += g[along(axis, slice(p, p + 1))] / (span.stop - span.start)             # (4)
            g = x
        return (g,)


class AdaptiveMaxPoolFunction(ArrayFunction):
    """y = maxima of windows that cover the input, and where they lie; the option is the windows' number on each axis."""

    @staticmethod
    def forward(ctx, x, *, out):
        xp = get_array_module(x)
        shape = ctx.size = x.shape
        places, chosen = None, []  # m(p) of (3) along each axis, the last axis first
        for axis in range(-1, -1 - len(out), -1):
            y, found = resized(x, axis, out[axis]), xp.empty((*x.shape[:axis], out[axis], *x.shape[x.ndim + axis + 1 :]), dtype=int)
            for p, span in enumerate(spans(x.shape[axis], out[axis])):
                where = _last_nan_or_first_maximum(xp, x[along(axis, span)], axis)
                found[along(axis, p)] = where + span.start
            y[...] = xp.take_along_axis(x, found, axis=axis)                           # (3)
            here = found if axis == -1 else xp.take_along_axis(places, found, axis=axis) + found * _step(shape, axis)
            x, places = y, here
            chosen.append(found)
        ctx.save_for_backward(*chosen)
        return x, places

    @staticmethod
    def backward(ctx, grad_y, _):
        g, axes = grad_y, len(ctx.saved)
        for axis, found in zip(range(-axes, 0), ctx.saved[::-1]):
            xp = get_array_module(g)
            size = ctx.size[axis]
            x = resized(g, axis, size)
            x[...] = 0
            for p, span in enumerate(spans(size, g.shape[axis])):
                values = xp.arange(span.start, span.stop).reshape(-1, *[1] * (-1 - axis))
                part = along(axis, slice(p, p + 1))
                x[along(axis, span)] += g[part] * (found[part] == values)              # (5)
            g = x
        return (g,)


def _last_nan_or_first_maximum(xp, x, axis):
    """Along an axis: where the first maximum lies, or the last NaN."""
    nan = x != x
    last = x.shape[axis] - 1 - xp.flip(nan, axis=axis).argmax(axis=axis)
    return xp.where(nan.any(axis=axis), last, x.argmax(axis=axis))


def _step(shape, axis):
    """How many places in reading order lie between neighbours on an axis."""
    step = 1
    for n in shape[axis + 1 :]:
        step *= n
    return step


def _output_size(who, axes, wanted, size=None):
    """Windows on each axis; where None is wanted, as many as the axis has values."""
    entries = wanted if isinstance(wanted, (tuple, list)) else (wanted,) * axes
    kept = axes > 1 and isinstance(wanted, (tuple, list)) and len(wanted) == axes
    if len(entries) != axes:
        raise RuntimeError(f"{who}: output_size must hold {axes} sizes, got output_size={wanted!r:.60}; give one an axis, or an integer")
    size = size or (0,) * axes
    return tuple([n if own is None and kept else per_axis(who, "output_size", own, 0, 1)[0] for n, own in zip(size, entries)])


def _windows(who, axes, input, output_size, channels):
    """The number of windows on each axis of this input; `channels`: whether it must have channels."""
    if axes > 1 and isinstance(output_size, (tuple, list)) and getattr(input, "ndim", axes + 1) <= len(output_size):
        raise ValueError(
            f"{who}: output_size must have fewer sizes than input has dimensions, got output_size={output_size!r:.60} "
            f"for shape {tuple(input.shape)}; give {axes} sizes, and unsqueeze(0) an input without channels"
        )
    check_input(who, input, axes)
    shape = input.array.shape
    if input.array.dtype.kind != "f":
        raise NotImplementedError(f"{who}: input must be floating point, got dtype {input.array.dtype}; convert it with .float()")
    out = _output_size(who, axes, output_size, shape[-axes:])
    if not all(shape[-axes - channels :]):
        raise RuntimeError(f"{who}: input must have values to pool, got shape {shape}; only the batch may be empty")
    return out


def _adaptive_avg_pool(axes, input, output_size):
    return AdaptiveAvgPoolFunction.apply(input, out=_windows(f"adaptive_avg_pool{axes}d", axes, input, output_size, False))


def _adaptive_max_pool(axes, input, output_size, return_indices):
    y, places = AdaptiveMaxPoolFunction.apply(input, out=_windows(f"adaptive_max_pool{axes}d", axes, input, output_size, True))
    return (y, places) if return_indices else y


def adaptive_avg_pool1d(input: Tensor, output_size: int | tuple[int]) -> Tensor:
    """The means of output_size windows that cover each signal.

    Args:
        input: signals, floating point.
        output_size: windows, at least 0.

    Shape:
        (N, C, L) -> (N, C, P) or (C, L) -> (C, P).

    Returns:
        The means.

    Raises:
        RuntimeError: no signals; an output_size below 0, or not one size.
        NotImplementedError: integers.
        TypeError: an output_size that is not an integer.

    Example:
        >>> import tinyreg
        >>> adaptive_avg_pool1d(tinyreg.tensor([[1.0, 2.0, 6.0]]), 2)
        tensor([[1.5000, 4.0000]])
    """
    return _adaptive_avg_pool(1, input, output_size)


def adaptive_avg_pool2d(input: Tensor, output_size: int | tuple[int | None, int | None]) -> Tensor:
    """The means of output_size windows that cover each image.

    Args:
        input: images, floating point.
        output_size: windows on each axis, at least 0; an integer or (vertical, horizontal), where None keeps the size of
            its axis.

    Shape:
        (N, C, H, W) -> (N, C, P, Q) or (C, H, W) -> (C, P, Q).

    Returns:
        The means; with output_size 1, the mean of each channel.

    Raises:
        ValueError: as many sizes as input has dimensions, or more.
        RuntimeError: no images; an output_size below 0, or not of two sizes.
        NotImplementedError: integers.
        TypeError: an output_size that is not an integer.

    Example:
        >>> import tinyreg
        >>> adaptive_avg_pool2d(tinyreg.tensor([[[1.0, 2.0, 6.0]]]), (None, 2))
        tensor([[[1.5000, 4.0000]]])
    """
    return _adaptive_avg_pool(2, input, output_size)


def adaptive_avg_pool3d(input: Tensor, output_size: int | tuple[int | None, int | None, int | None]) -> Tensor:
    """The means of output_size windows that cover each volume.

    Args:
        input: volumes, floating point.
        output_size: as in adaptive_avg_pool2d, an integer or (depth, vertical, horizontal).

    Shape:
        (N, C, D, H, W) -> (N, C, Z, P, Q) or (C, D, H, W) -> (C, Z, P, Q).

    Returns:
        The means.

    Raises:
        ValueError: as many sizes as input has dimensions, or more.
        RuntimeError: no volumes; an output_size below 0, or not of three sizes.
        NotImplementedError: integers.
        TypeError: an output_size that is not an integer.

    Example:
        >>> import tinyreg
        >>> adaptive_avg_pool3d(tinyreg.arange(8.0).reshape(1, 2, 2, 2), (2, 1, 1)).tolist()
        [[[[1.5]], [[5.5]]]]
    """
    return _adaptive_avg_pool(3, input, output_size)


def adaptive_max_pool1d(input: Tensor, output_size: int | tuple[int], return_indices: bool = False) -> Any:
    """The largest values of output_size windows that cover each signal.

    Args:
        input: signals, floating point.
        output_size: windows, at least 0.
        return_indices: also return where each maximum lies in its signal.

    Shape:
        (N, C, L) -> (N, C, P) or (C, L) -> (C, P).

    Returns:
        The maxima, or (maxima, indices).

    Raises:
        RuntimeError: no signals; an output_size below 0, or not one size.
        NotImplementedError: integers.
        TypeError: an output_size that is not an integer.

    Example:
        >>> import tinyreg
        >>> adaptive_max_pool1d(tinyreg.tensor([[1.0, 2.0, 6.0]]), 2, return_indices=True)
        (tensor([[2., 6.]]), tensor([[1, 2]]))
    """
    return _adaptive_max_pool(1, input, output_size, return_indices)


def adaptive_max_pool2d(
    input: Tensor, output_size: int | tuple[int | None, int | None], return_indices: bool = False
) -> Any:
    """The largest values of output_size windows that cover each image.

    Args:
        input: images, floating point.
        output_size: as in adaptive_avg_pool2d.
        return_indices: also return where each maximum lies in its image, as row * W + column.

    Shape:
        (N, C, H, W) -> (N, C, P, Q) or (C, H, W) -> (C, P, Q).

    Returns:
        The maxima, or (maxima, indices).

    Raises:
        ValueError: as many sizes as input has dimensions, or more.
        RuntimeError: no images; an output_size below 0, or not of two sizes.
        NotImplementedError: integers.
        TypeError: an output_size that is not an integer.

    Example:
        >>> import tinyreg
        >>> adaptive_max_pool2d(tinyreg.tensor([[[1.0, 2.0], [6.0, 5.0]]]), 1)
        tensor([[[6.]]])
    """
    return _adaptive_max_pool(2, input, output_size, return_indices)


def adaptive_max_pool3d(
    input: Tensor, output_size: int | tuple[int | None, int | None, int | None], return_indices: bool = False
) -> Any:
    """The largest values of output_size windows that cover each volume.

    Args:
        input: volumes, floating point.
        output_size: as in adaptive_avg_pool3d.
        return_indices: also return where each maximum lies in its volume, as (layer * H + row) * W + column.

    Shape:
        (N, C, D, H, W) -> (N, C, Z, P, Q) or (C, D, H, W) -> (C, Z, P, Q).

    Returns:
        The maxima, or (maxima, indices).

    Raises:
        ValueError: as many sizes as input has dimensions, or more.
        RuntimeError: no volumes; an output_size below 0, or not of three sizes.
        NotImplementedError: integers.
        TypeError: an output_size that is not an integer.

    Example:
        >>> import tinyreg
        >>> adaptive_max_pool3d(tinyreg.arange(8.0).reshape(1, 2, 2, 2), (2, 1, 1)).tolist()
        [[[[3.0]], [[7.0]]]]
    """
    return _adaptive_max_pool(3, input, output_size, return_indices)


class _AdaptivePool(Module):
    """What the layers share."""

    axes = 2

    def __init__(self, output_size: int | tuple[int | None, ...]) -> None:
        super().__init__()
        _output_size(type(self).__name__, self.axes, output_size)
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        return _adaptive_avg_pool(self.axes, input, self.output_size)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class _AdaptiveMaxPool(_AdaptivePool):
    """What the maxima share."""

    def __init__(self, output_size: int | tuple[int | None, ...], return_indices: bool = False) -> None:
        super().__init__(output_size)
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Any:
        return _adaptive_max_pool(self.axes, input, self.output_size, self.return_indices)


class AdaptiveAvgPool1d(_AdaptivePool):
    """The means of output_size windows that cover each signal; see adaptive_avg_pool1d.

    Args:
        output_size: windows, at least 0.

    Shape:
        (N, C, L) -> (N, C, P) or (C, L) -> (C, P).

    Raises:
        RuntimeError: an output_size below 0, or not one size.
        TypeError: an output_size that is not an integer.

    Example:
        >>> import tinyreg
        >>> AdaptiveAvgPool1d(3)(tinyreg.randn(5, 3, 28)).shape
        Size([5, 3, 3])
    """

    axes = 1


class AdaptiveAvgPool2d(_AdaptivePool):
    """The means of output_size windows that cover each image; see adaptive_avg_pool2d.

    Args:
        output_size: windows on each axis, at least 0; an integer or (vertical, horizontal), where None keeps the size of
            its axis; 1 takes the mean of each channel.

    Shape:
        (N, C, H, W) -> (N, C, P, Q) or (C, H, W) -> (C, P, Q).

    Raises:
        RuntimeError: an output_size below 0, or not of two sizes.
        TypeError: an output_size that is not an integer.

    Example:
        >>> import tinyreg
        >>> AdaptiveAvgPool2d(1)(tinyreg.randn(5, 3, 28, 28)).shape
        Size([5, 3, 1, 1])
    """

    axes = 2


class AdaptiveAvgPool3d(_AdaptivePool):
    """The means of output_size windows that cover each volume; see adaptive_avg_pool3d.

    Args:
        output_size: as in AdaptiveAvgPool2d, an integer or (depth, vertical, horizontal).

    Shape:
        (N, C, D, H, W) -> (N, C, Z, P, Q) or (C, D, H, W) -> (C, Z, P, Q).

    Raises:
        RuntimeError: an output_size below 0, or not of three sizes.
        TypeError: an output_size that is not an integer.

    Example:
        >>> import tinyreg
        >>> AdaptiveAvgPool3d((None, 1, 1))(tinyreg.randn(5, 3, 4, 8, 8)).shape
        Size([5, 3, 4, 1, 1])
    """

    axes = 3


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """The largest values of output_size windows that cover each signal; see adaptive_max_pool1d.

    Args:
        output_size: windows, at least 0.
        return_indices: return (maxima, indices).

    Shape:
        (N, C, L) -> (N, C, P) or (C, L) -> (C, P).

    Raises:
        RuntimeError: an output_size below 0, or not one size.
        TypeError: an output_size that is not an integer.

    Example:
        >>> import tinyreg
        >>> AdaptiveMaxPool1d(3)(tinyreg.randn(5, 3, 28)).shape
        Size([5, 3, 3])
    """

    axes = 1


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """The largest values of output_size windows that cover each image; see adaptive_max_pool2d.

    Args:
        output_size: as in AdaptiveAvgPool2d.
        return_indices: return (maxima, indices), where each index is row * W + column in its image.

    Shape:
        (N, C, H, W) -> (N, C, P, Q) or (C, H, W) -> (C, P, Q).

    Raises:
        RuntimeError: an output_size below 0, or not of two sizes.
        TypeError: an output_size that is not an integer.

    Example:
        >>> import tinyreg
        >>> AdaptiveMaxPool2d((None, 1))(tinyreg.randn(5, 3, 28, 28)).shape
        Size([5, 3, 28, 1])
    """

    axes = 2


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """The largest values of output_size windows that cover each volume; see adaptive_max_pool3d.

    Args:
        output_size: as in AdaptiveAvgPool3d.
        return_indices: return (maxima, indices), where each index is (layer * H + row) * W + column in its volume.

    Shape:
        (N, C, D, H, W) -> (N, C, Z, P, Q) or (C, D, H, W) -> (C, Z, P, Q).

    Raises:
        RuntimeError: an output_size below 0, or not of three sizes.
        TypeError: an output_size that is not an integer.

    Example:
        >>> import tinyreg
        >>> AdaptiveMaxPool3d(1)(tinyreg.randn(5, 3, 4, 8, 8)).shape
        Size([5, 3, 1, 1, 1])
    """

    axes = 3
