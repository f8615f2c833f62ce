"""pad: a frame around a tensor, of constants or of the tensor's own values.

Along one axis with n values, a frame of a values before and b behind asks for the places t = -a, ..., n + b - 1 of x;
negative a and b crop. Inside, 0 <= t < n, place t holds x[t]; outside it holds

    constant     the value given
    reflect      x[-t] before, x[2 (n - 1) - t] behind: mirrors that stand on the first and the last value
    replicate    x[0] before, x[n - 1] behind
    circular     x[t + n] before, x[t - n] behind: the axis is a ring (cropped first, where a or b is negative)

so a frame is copies of x along one axis after the other, and its adjoint (ops/axis.py) lets every value of x collect
the gradients of its copies: with G = dL/dy, along each axis,

    constant     grad_x[t] = G[t], the frame takes its part away: the adjoint of padding is cropping
    reflect      grad_x[t] = G[t] + G[-t] + G[2 (n - 1) - t], as far as these places exist
    replicate    grad_x[0] = sum of G[t] over t <= 0, grad_x[n - 1] = sum over t >= n - 1
    circular     grad_x[t] = G[t] + G[t + n] + G[t - n], as far as these places exist
"""

from collections.abc import Sequence
from operator import index

from ..autograd import ArrayFunction, Tensor
from ..backend import get_array_module
from .axis import Copies
from .floating import check_tensor
from .number import check_number, in_dtype


class Pad(ArrayFunction):
    """y = x in a frame of constants, cropped where the frame is negative; the adjoint of padding is cropping."""

    @staticmethod
    def forward(ctx, x, *, frame, value):
        # frame: (before, after) for each axis; `taken` of x lands at `placed` in y
        taken = tuple([slice(max(-a, 0), size - max(-b, 0)) for size, (a, b) in zip(x.shape, frame)])
        shape = tuple([size + a + b for size, (a, b) in zip(x.shape, frame)])
        placed = tuple([slice(max(a, 0), size - max(b, 0)) for size, (a, b) in zip(shape, frame)])
        y = get_array_module(x).full_like(x, value, shape=shape)  # in x's order of memory
        y[placed] = x[taken]
        ctx.input_shape, ctx.taken, ctx.placed = x.shape, taken, placed
        return y

    @staticmethod
    def backward(ctx, grad_y):
        inside = grad_y[ctx.placed]
        if inside.shape == ctx.input_shape:
            return (inside,)
        grad_x = get_array_module(grad_y).zeros(ctx.input_shape, grad_y.dtype)
        grad_x[ctx.taken] = inside  # what was cropped away has gradient 0
        return (grad_x,)


def copies(mode: str, n: int, a: int, b: int) -> list[tuple[slice, slice]]:
    """Where the values of an axis lie in its frame: pairs (places in y, places in x).

    Args:
        mode: 'reflect', 'replicate' or 'circular'; 'symmetric' mirrors behind the first and the last value (a frame of images).
        n: values on the axis.
        a, b: places before and behind; negative ones crop.

    Example:
        >>> copies("reflect", 5, 2, 2)
        [(slice(0, 2, None), slice(2, 0, -1)), (slice(2, 7, None), slice(0, 5, None)), (slice(7, 9, None), slice(3, 1, -1))]
    """
    first, last = max(-a, 0), min(n, n + b)  # what cropping leaves
    sources = {
        "reflect": (lambda t: -t, lambda t: 2 * (n - 1) - t),
        "symmetric": (lambda t: -t - 1, lambda t: 2 * n - 1 - t),
        "replicate": (lambda t: 0, lambda t: n - 1),
        "circular": (lambda t: t + last, lambda t: t - n + first),
    }
    before, behind = sources[mode]
    pairs = []
    for start, stop, source in ((-a, min(0, n + b), before), (first, last, lambda t: t), (max(n, -a), n + b, behind)):
        if start < stop:
            one, two = source(start), source(stop - 1)
            step = 1 if two >= one else -1
            end = two + step
            here = slice(one, end if end >= 0 else None, step if step < 0 else None)
            pairs.append((slice(start + a, stop + a), here))
    return pairs


MODES = ("constant", "reflect", "replicate", "circular")


def pad(input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """The input in a frame of constants, or of its own values.

    Args:
        input: Tensor.
        pad: (before, after) pairs, the last dimension's first: (left, right) frames the last dimension,
            (left, right, top, bottom) the last two. Negative numbers crop.
        mode: 'constant'; 'reflect' mirrors at the first and the last value, 'replicate' repeats them, 'circular' goes on at
            the other end. The last three frame the last dimension of 2 or 3, the last two of 3 or 4, the last three of
            4 or 5 dimensions.
        value: of the frame of constants, 0 by default.

    Shape:
        each framed dimension becomes size + before + after.

    Raises:
        RuntimeError: an odd number of entries, more pairs than dimensions, a size below 0 (below 1 with 'reflect' and
            'replicate'), a frame wider than the values that it copies, a value in a mode that takes none.
        NotImplementedError: another mode, or one that does not frame so many of the input's dimensions.
        TypeError: entries that are not integers, a value that is not a number.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.tensor([[1, 2, 3]])
        >>> tinyreg.nn.functional.pad(x, (1, 2, 0, 1), value=9)
        tensor([[9, 1, 2, 3, 9, 9],
                [9, 9, 9, 9, 9, 9]])
        >>> [tinyreg.nn.functional.pad(x, (2, 1), mode).tolist()[0] for mode in ("reflect", "replicate", "circular")]
        [[3, 2, 1, 2, 3, 2], [1, 1, 1, 2, 3, 3], [2, 3, 1, 2, 3, 1]]
    """
    check_tensor("pad", input)
    shape, given = input.array.shape, _entries(pad)
    if mode not in MODES:
        raise NotImplementedError(f"pad: mode must be one of {MODES}, got {mode!r}; build other frames from cat and flipped slices")
    if value is not None:
        check_number("pad", value=value)
    if len(given) % 2 or len(given) > 2 * len(shape):
        raise RuntimeError(
            f"pad: pad must hold (before, after) pairs, at most {len(shape)} for shape {tuple(shape)}, got {given}; "
            "the first pair is the last dimension's"
        )
    pairs = list(zip(given[::2], given[1::2]))[::-1]
    if mode != "constant":
        _check_frame(mode, shape, pairs, value)
        sizes = shape[len(shape) - len(pairs) :]
        steps = [(i - len(pairs), n + a + b, copies(mode, n, a, b)) for i, (n, (a, b)) in enumerate(zip(sizes, pairs))]
        return Copies.apply(input, steps=steps)
    frame = ((0, 0),) * (len(shape) - len(pairs)) + tuple(pairs)
    if any(size + a + b < 0 or min(a, b) < -size for size, (a, b) in zip(shape, frame)):
        raise RuntimeError(f"pad: negative pads must leave sizes of at least 0, got pad={given} for shape {tuple(shape)}; crop less")
    return Pad.apply(input, frame=frame, value=in_dtype("pad", value or 0, input.array.dtype))


def _entries(pad):
    """The entries of pad as integers."""
    try:
        if isinstance(pad, (tuple, list)):
            return tuple([index(n) for n in pad])
    except TypeError:
        pass
    raise TypeError(f"pad: pad must be a tuple of integers, got {pad!r:.60}; write (left, right), or (left, right, top, bottom)")


def _check_frame(mode, shape, pairs, value):
    """Refuse frames that this mode cannot fill with values of x."""
    if value:
        raise RuntimeError(f"pad: mode={mode!r} must go without a value, got value={value}; its frame holds the input's own values")
    if not 1 <= len(pairs) <= 3 or len(shape) - len(pairs) not in (1, 2):
        raise NotImplementedError(
            f"pad: mode={mode!r} must frame all but the first 1 or 2 dimensions, at most 3, got {len(pairs)} pairs "
            f"for shape {tuple(shape)}; give a pair a dimension, or reshape"
        )
    sizes = shape[len(shape) - len(pairs) :]
    if mode != "circular" and not all(shape[len(shape) - len(pairs) - 1 :]):
        raise RuntimeError(f"pad: mode={mode!r} must find values to copy, got shape {tuple(shape)}; only the batch may be empty")
    for n, (a, b) in zip(sizes, pairs):
        least = 0 if mode == "circular" else 1
        if n + a + b < least or (mode == "circular" and min(a, b) < -n):
            raise RuntimeError(
                f"pad: negative pads must leave sizes of at least {least} in mode={mode!r}, got {a} and {b} for size {n}; crop less"
            )
        left = {"reflect": n - 1, "replicate": max(a, b), "circular": n + min(a, 0) + min(b, 0)}[mode]
        if max(a, b) > max(left, 0):
            raise RuntimeError(
                f"pad: a frame of mode={mode!r} must be at most as wide as the values that it copies, {left}, got {a} and {b} "
                f"for size {n}; pad less, or twice"
            )
