"""reshape transpose squeeze expand and their relatives: the same elements in another shape.

No number changes, so every derivative is 0 or 1 and backward is the adjoint of the move:

    reshape, view, flatten, squeeze, unsqueeze     reshape back
    transpose, permute                             permute back
    expand                                         sum over what was repeated

Where memory allows, the result is a view: it shows the input's own elements. `view` copies where it does not.
"""

import math
from operator import index

from ..autograd import ArrayFunction
from ..backend import get_array_module
from .conversion import clone
from .dimension import dimension, dimensions
from .elementwise import check_tensor


class View(ArrayFunction):
    """y = x in another shape; grad_x = grad_y in x's."""

    view = True

    @staticmethod
    def forward(ctx, x, *, shape):
        ctx.input_shape = x.shape
        return x.reshape(shape)

    @staticmethod
    def backward(ctx, grad_y):
        return (grad_y.reshape(ctx.input_shape),)


def _sizes(sizes):
    """The sizes from f(2, 3), f((2, 3)) or f(tensor.shape)."""
    return sizes[0] if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)) else sizes


def _integers(who, sizes):
    try:
        return tuple([size if type(size) is int else index(size) for size in _sizes(sizes)])
    except TypeError:
        raise TypeError(f"{who}: sizes must be integers, got {sizes!r:.80}; give one integer a dimension") from None


def _reshaped(who, input, sizes):
    check_tensor(who, input)
    sizes = _integers(who, sizes)
    try:
        if sizes and min(sizes) < -1:
            raise ValueError
        return View.apply(input, shape=sizes)
    except ValueError:
        raise RuntimeError(
            f"{who}: the sizes must hold the input's {input.array.size} elements, got {sizes} for shape {tuple(input.array.shape)}; "
            "their product must be equal, and one of them may be -1 where that determines it"
        ) from None


def reshape(input, *shape):
    """The same elements, in row-major order, in another shape: a view where memory allows, else a copy.

    Args:
        input: Tensor.
        shape: integers or one tuple of them; one may be -1, it follows from the others.

    Raises:
        RuntimeError: the sizes do not hold the elements.

    Example:
        >>> import tinyreg
        >>> tinyreg.reshape(tinyreg.arange(6), (2, -1)).shape
        Size([2, 3])
    """
    return _reshaped("reshape", input, shape)


def view(input, *shape):
    """reshape by another name. Unlike PyTorch's it never refuses for memory layout: it copies.

    Args:
        input: Tensor.
        shape: integers or one tuple of them; one may be -1, it follows from the others.

    Raises:
        RuntimeError: the sizes do not hold the elements.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.zeros(4, 2, 3)
        >>> x.view(x.size(0), -1).shape
        Size([4, 6])
    """
    return _reshaped("view", input, shape)


def view_as(input, other):
    """input in the shape of other.

    Args:
        input: Tensor.
        other: Tensor with as many elements.

    Raises:
        RuntimeError: other has another number of elements.

    Example:
        >>> import tinyreg
        >>> tinyreg.arange(4).view_as(tinyreg.zeros(2, 2))
        tensor([[0, 1],
                [2, 3]])
    """
    check_tensor("view_as", other, "other")
    return _reshaped("view_as", input, other.array.shape)


def flatten(input, start_dim=0, end_dim=-1):
    """The dimensions from start_dim to end_dim as one; a 0-d tensor becomes 1-d.

    Args:
        input: Tensor.
        start_dim, end_dim: the first and the last of the dimensions that are joined, both included; from 0, or from -1
            backwards. Where they are equal nothing changes.

    Raises:
        IndexError: input has no such dimension.
        RuntimeError: start_dim comes after end_dim.

    Example:
        >>> import tinyreg
        >>> tinyreg.flatten(tinyreg.zeros(4, 2, 3), 1).shape
        Size([4, 6])
    """
    check_tensor("flatten", input)
    shape = input.array.shape or (1,)
    start, end = dimension("flatten", start_dim, len(shape)), dimension("flatten", end_dim, len(shape))
    if start > end:
        raise RuntimeError(f"flatten: start_dim must not come after end_dim, got {start_dim}, {end_dim} for shape {shape}; exchange them")
    if start == end and input.array.ndim:
        return input
    return View.apply(input, shape=(*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


def squeeze(input, dim=None):
    """The input without dimensions of size 1: all of them, or those named by dim (an integer or a tuple).

    A named dimension of another size stays.

    Args:
        input: Tensor.
        dim: a dimension, a tuple of them, or None for all of size 1.

    Raises:
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.squeeze(tinyreg.zeros(1, 2, 1)).shape, tinyreg.squeeze(tinyreg.zeros(1, 2, 1), -1).shape
        (Size([2]), Size([1, 2]))
    """
    check_tensor("squeeze", input)
    shape = input.array.shape
    axes = range(len(shape)) if dim is None else dimensions("squeeze", dim, len(shape)) or ()
    return View.apply(input, shape=tuple([size for axis, size in enumerate(shape) if size != 1 or axis not in axes]))


def unsqueeze(input, dim):
    """The input with a new dimension of size 1, which becomes the dimension dim.

    Args:
        input: Tensor.
        dim: from 0 to input.ndim (after the last), or from -1 (after the last) backwards.

    Raises:
        IndexError: dim lies outside.

    Example:
        >>> import tinyreg
        >>> tinyreg.unsqueeze(tinyreg.zeros(2, 3), 0).shape
        Size([1, 2, 3])
    """
    check_tensor("unsqueeze", input)
    shape = input.array.shape
    axis = dimension("unsqueeze", dim, len(shape), new=1)
    return View.apply(input, shape=(*shape[:axis], 1, *shape[axis:]))


class Permute(ArrayFunction):
    """y_(i_a, i_b, ...) = x_(i_0, i_1, ...), axes a, b, ... taken in a new order; grad_x takes them back."""

    view = True

    @staticmethod
    def forward(ctx, x, *, axes):
        ctx.axes = axes
        return x.transpose(axes)

    @staticmethod
    def backward(ctx, grad_y):
        return (grad_y.transpose(sorted(range(len(ctx.axes)), key=ctx.axes.__getitem__)),)


class Transpose(ArrayFunction):
    """y_(..., j, ..., i, ...) = x_(..., i, ..., j, ...): an exchange of two axes is its own inverse."""

    view = True

    @staticmethod
    def forward(ctx, x, *, axes):
        ctx.axes = axes
        return x.swapaxes(*axes)

    @staticmethod
    def backward(ctx, grad_y):
        return (grad_y.swapaxes(*ctx.axes),)


def permute(input, *dims):
    """The dimensions in another order: the result's dimension i is the input's dims[i].

    Args:
        input: Tensor.
        dims: each dimension once, as integers or one tuple of them.

    Raises:
        RuntimeError: a dimension is missing or named twice.
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.permute(tinyreg.zeros(2, 3, 4), (2, 0, 1)).shape
        Size([4, 2, 3])
    """
    check_tensor("permute", input)
    ndim, given = input.array.ndim, tuple(_sizes(dims))
    if len(given) != ndim:
        raise RuntimeError(f"permute: dims must name each of the {ndim} dimensions once, got {given}; give {ndim} integers")
    return Permute.apply(input, axes=dimensions("permute", given, ndim) or ())


def transpose(input, dim0, dim1):
    """The input with two dimensions exchanged: a view.

    Args:
        input: Tensor.
        dim0, dim1: the dimensions, from 0, or from -1 backwards; equal ones change nothing.

    Raises:
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.transpose(tinyreg.zeros(2, 3, 4), 0, -1).shape
        Size([4, 3, 2])
    """
    check_tensor("transpose", input)
    ndim = input.array.ndim
    axes = dimension("transpose", dim0, ndim), dimension("transpose", dim1, ndim)
    return Transpose.apply(input, axes=axes) if ndim else View.apply(input, shape=())


def t(input):
    """The transpose of a matrix; a vector or number as it is.

    Args:
        input: Tensor of at most 2 dimensions.

    Raises:
        RuntimeError: more than 2 dimensions.

    Example:
        >>> import tinyreg
        >>> tinyreg.t(tinyreg.zeros(2, 3)).shape
        Size([3, 2])
    """
    check_tensor("t", input)
    if input.array.ndim > 2:
        raise RuntimeError(f"t: the input must have at most 2 dimensions, got shape {tuple(input.array.shape)}; use transpose or .mT")
    return Transpose.apply(input, axes=(0, 1)) if input.array.ndim == 2 else input


def T(input):
    """The property x.T: all dimensions in reverse order.

    Example:
        >>> import tinyreg
        >>> tinyreg.zeros(2, 3, 4).T.shape
        Size([4, 3, 2])
    """
    return Permute.apply(input, axes=tuple(range(input.array.ndim))[::-1])


def mT(input):
    """The property x.mT: the last two dimensions exchanged, each matrix of a batch transposed.

    Raises:
        RuntimeError: fewer than 2 dimensions.

    Example:
        >>> import tinyreg
        >>> tinyreg.zeros(2, 3, 4).mT.shape
        Size([2, 4, 3])
    """
    if input.array.ndim < 2:
        raise RuntimeError(f"mT: the input must have at least 2 dimensions, got shape {tuple(input.array.shape)}; it transposes matrices")
    return Transpose.apply(input, axes=(-2, -1))


class Expand(ArrayFunction):
    """y = x repeated along dimensions of size 1 and along new ones, without a copy; grad_x sums over the repetitions."""

    view = True
    broadcasts = True  # the sum is the engine's

    @staticmethod
    def forward(ctx, x, *, shape):
        return get_array_module(x).broadcast_to(x, shape)

    @staticmethod
    def backward(ctx, grad_y):
        return (grad_y,)


def _expanded(who, input, sizes):
    check_tensor(who, input)
    shape = input.array.shape
    sizes = _integers(who, sizes)
    extra = len(sizes) - len(shape)
    try:
        # -1 keeps a size; a new dimension has none to keep, and its -1 is refused below
        wanted = tuple([shape[i - extra] if size == -1 and i >= extra else size for i, size in enumerate(sizes)])
        return Expand.apply(input, shape=wanted)
    except (ValueError, IndexError):
        raise RuntimeError(
            f"{who}: sizes must match from the right where the input's size is not 1, got {sizes} for shape {tuple(shape)}; "
            "only dimensions of size 1 can be repeated, -1 keeps one as it is"
        ) from None


def expand(input, *sizes):
    """The input with dimensions of size 1 repeated, and new dimensions on the left: a view without a copy.

    Args:
        input: Tensor.
        sizes: integers or one tuple of them; -1 keeps a size.

    Raises:
        RuntimeError: a dimension of another size than 1 would have to change.

    Example:
        >>> import tinyreg
        >>> tinyreg.tensor([[1], [2]]).expand(-1, 3)
        tensor([[1, 1, 1],
                [2, 2, 2]])
    """
    return _expanded("expand", input, sizes)


def expand_as(input, other):
    """input expanded to the shape of other: a view without a copy.

    Args:
        input: Tensor.
        other: Tensor whose sizes are input's, from the right, where those are not 1.

    Raises:
        RuntimeError: a dimension of another size than 1 would have to change.

    Example:
        >>> import tinyreg
        >>> tinyreg.tensor([1, 2]).expand_as(tinyreg.zeros(2, 2))
        tensor([[1, 2],
                [1, 2]])
    """
    check_tensor("expand_as", other, "other")
    return _expanded("expand_as", input, other.array.shape)


def broadcast_to(input, shape):
    """input expanded to this shape: a view without a copy.

    Args:
        input: Tensor.
        shape: a tuple of integers, from the right input's sizes where those are not 1; -1 keeps a size.

    Raises:
        RuntimeError: a dimension of another size than 1 would have to change.

    Example:
        >>> import tinyreg
        >>> tinyreg.broadcast_to(tinyreg.tensor([1, 2]), (2, 2))
        tensor([[1, 2],
                [1, 2]])
    """
    return _expanded("broadcast_to", input, (shape,))


def contiguous(input):
    """The input itself where its memory is in row-major order, else a copy that is.

    Args:
        input: Tensor.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.zeros(2, 3)
        >>> x.contiguous() is x, x.T.is_contiguous(), x.T.contiguous().is_contiguous()
        (True, False, True)
    """
    return input if input.array.flags.c_contiguous else clone(input)
