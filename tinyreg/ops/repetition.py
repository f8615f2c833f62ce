"""repeat tile repeat_interleave: the same elements, several times.

An element that appears several times gets the sum of its copies' gradients:

    repeat, tile            y = (x x ... x): the copies of an element stand as far apart as x is long
    repeat_interleave       y = (x_0 x_0 ... x_1 x_1 ...): they stand beside each other

For repeat with r copies of an axis of size n, position c n + i of y shows x_i, c = 0 ... r - 1, so that grad_y with this
axis cut into (r, n) is summed over the first of both:

    grad_x_i = sum_c grad_y_(c n + i)                                                                          (1)

and for repeat_interleave x_i stands at r i + c, so that the axis is cut into (n, r) and summed over the second:

    grad_x_i = sum_c grad_y_(r i + c)                                                                          (2)
"""

from collections.abc import Sequence

from ..autograd import ArrayFunction, Tensor
from ..autograd.tensor import wrap
from ..backend import get_array_module
from ..types import Sizes
from .dimension import dimension, integer, integers
from .floating import check_tensor
from .gathering import index_select
from .shaping import ravel


class Repeat(ArrayFunction):
    """y = copies of x side by side, `repeats` of them along each axis; grad_x = the copies' gradients, added up."""

    @staticmethod
    def forward(ctx, x, *, repeats):
        ctx.input_shape, ctx.repeats = x.shape, repeats
        return get_array_module(x).tile(x, repeats)

    @staticmethod
    def backward(ctx, grad_y):
        new = len(ctx.repeats) - len(ctx.input_shape)
        cut = [n for pair in zip(ctx.repeats, (1,) * new + ctx.input_shape) for n in pair]                     # (r n, ...) -> (r, n, ...)
        return (grad_y.reshape(cut).sum(axis=tuple(range(0, len(cut), 2))).reshape(ctx.input_shape),)          # (1)


class Interleave(ArrayFunction):
    """y = each layer of x along an axis, `times` of them in a row; grad_x = the copies' gradients, added up."""

    @staticmethod
    def forward(ctx, x, *, times, axis):
        ctx.input_shape, ctx.times, ctx.axis = x.shape, times, axis
        return get_array_module(x).repeat(x, times, axis)

    @staticmethod
    def backward(ctx, grad_y):
        before = ctx.axis + 1
        cut = (*ctx.input_shape[:before], ctx.times, *ctx.input_shape[before:])                                # (n r, ...) -> (n, r, ...)
        return (grad_y.reshape(cut).sum(axis=before),)                                                         # (2)


def _repeated(who, input, repeats):
    if min(repeats, default=0) < 0:
        raise RuntimeError(f"{who}: numbers of copies must not be negative, got {repeats}; 0 gives an empty tensor")
    return Repeat.apply(input, repeats=repeats)


def repeat(input: Tensor, *sizes: Sizes, repeats: Sequence[int] | None = None) -> Tensor:
    """Copies of the tensor side by side (expand shows the same memory instead, for dimensions of size 1).

    Args:
        input: Tensor.
        sizes, repeats: how often along each dimension, at least 0, as integers or one tuple of them; more of them than
            input has dimensions add dimensions on the left.

    Raises:
        RuntimeError: fewer numbers than dimensions, or negative ones.

    Example:
        >>> import tinyreg
        >>> tinyreg.tensor([1, 2]).repeat(2, 2)
        tensor([[1, 2, 1, 2],
                [1, 2, 1, 2]])
    """
    check_tensor("repeat", input)
    numbers = integers("repeat", sizes, repeats, "repeats")
    if len(numbers) < input.array.ndim:
        raise RuntimeError(
            f"repeat: repeats must name each dimension, got {numbers} for shape {tuple(input.array.shape)}; 1 leaves one as it is"
        )
    return _repeated("repeat", input, numbers)


def tile(input: Tensor, *sizes: Sizes, dims: Sequence[int] | None = None) -> Tensor:
    """repeat, for the last dimensions where fewer are named.

    Args:
        input: Tensor.
        sizes, dims: how often along each dimension, at least 0, as integers or one tuple of them.

    Raises:
        RuntimeError: negative numbers.

    Example:
        >>> import tinyreg
        >>> tinyreg.tile(tinyreg.tensor([[1, 2]]), (2,))
        tensor([[1, 2, 1, 2]])
    """
    check_tensor("tile", input)
    numbers = integers("tile", sizes, dims, "dims")
    return _repeated("tile", input, (1,) * (input.array.ndim - len(numbers)) + numbers)


def repeat_interleave(
    input: Tensor, repeats: int | Tensor | None = None, dim: int | None = None, *, output_size: int | None = None
) -> Tensor:
    """Each element, or each layer along dim, several times in a row.

    Args:
        input: Tensor. Given alone, it is the 1-d repeats, and the result names the element at each place:
            repeat_interleave(tensor([1, 2])) is [0, 1, 1].
        repeats: how often, at least 0: an integer or, one a layer, a 1-d integer Tensor.
        dim: the dimension whose layers are repeated; None for the elements in one dimension.
        output_size: the size of the result along dim, where it is known; checked.

    Raises:
        RuntimeError: repeats is negative, or has another size than dim; output_size is not the sum.
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.repeat_interleave(tinyreg.tensor([1, 2]), 2)
        tensor([1, 1, 2, 2])
        >>> tinyreg.repeat_interleave(tinyreg.tensor([[1, 2], [3, 4]]), tinyreg.tensor([1, 2]), dim=0)
        tensor([[1, 2],
                [3, 4],
                [3, 4]])
    """
    check_tensor("repeat_interleave", input)
    if repeats is None:
        return wrap(_positions(input, output_size))
    if dim is None:
        input, dim = ravel(input), 0
    elif input.array.ndim == 0:
        raise IndexError(f"repeat_interleave: the input must have a dimension to name, got dim={dim} for a 0-d tensor; leave dim out")
    axis = dimension("repeat_interleave", dim, input.array.ndim)
    size = input.array.shape[axis]
    if isinstance(repeats, Tensor) and repeats.array.size != 1:
        positions = _positions(repeats, output_size)
        if repeats.array.size != size:
            raise RuntimeError(
                f"repeat_interleave: repeats must have one number a layer, {size} along dimension {axis}, "
                f"got {repeats.array.size} for shape {tuple(input.array.shape)}; or one for all"
            )
        return index_select(input, axis, wrap(positions))
    times = integer("repeat_interleave", repeats=repeats)
    _check_counts(times, times * size, output_size)
    return Interleave.apply(input, times=times, axis=axis)


def _positions(repeats, output_size):
    """The layer at each place of the result: place p shows the first layer at which the running sum of repeats exceeds p."""
    counts = repeats.array
    if counts.ndim != 1 or counts.dtype.kind != "i":
        raise RuntimeError(
            f"repeat_interleave: repeats must be a 1-d integer tensor, got shape {tuple(counts.shape)} and dtype {counts.dtype}; "
            "flatten it, convert it with .long()"
        )
    xp, ends = get_array_module(counts), counts.cumsum()
    total, least = (int(ends[-1]), int(counts.min())) if ends.size else (0, 0)
    _check_counts(least, total, output_size)
    return xp.searchsorted(ends, xp.arange(total), side="right")


def _check_counts(least, total, output_size):
    if least < 0 or output_size not in (None, total):
        raise RuntimeError(
            f"repeat_interleave: repeats must not be negative, and output_size their sum, got repeats from {least}, of sum {total}, and "
            f"output_size={output_size}; leave output_size out, it follows from repeats"
        )
