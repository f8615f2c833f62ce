"""diagonal diag diag_embed trace: the elements x_ii of a matrix, out of it and into it.

Taking the diagonal and writing a diagonal into zeros are each other's adjoint:

    y_i = x_ii                          grad_x_ij = grad_y_i where i = j, else 0                                (1)
    Y_ij = x_i where i = j, else 0      grad_x_i = grad_Y_ii                                                    (2)

An offset k > 0 names the k-th diagonal above the main one, x_(i, i + k); k < 0 the k-th below it.
"""

from ..autograd import ArrayFunction, Tensor
from ..backend import get_array_module
from .dimension import dimension, integer
from .floating import check_tensor
from .reduction import sum


def diagonal_view(x, offset, axis1, axis2):
    """A diagonal of each matrix of an array, as its last axis: a view that can be written.

    Example:
        >>> import numpy
        >>> x = numpy.zeros((2, 3))
        >>> diagonal_view(x, 1, 0, 1)[...] = 7
        >>> x
        array([[0., 7., 0.],
               [0., 0., 7.]])
    """
    shape, strides = list(x.shape), list(x.strides)
    rows, columns, step = shape[axis1], shape[axis2], strides[axis1] + strides[axis2]
    length = max(0, min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns))
    start = [slice(None)] * len(shape)
    start[axis2 if offset >= 0 else axis1] = slice(min(abs(offset), columns if offset >= 0 else rows), None)
    for axis in sorted((axis1, axis2), reverse=True):
        del shape[axis], strides[axis]
    return get_array_module(x).lib.stride_tricks.as_strided(x[tuple(start)], (*shape, length), (*strides, step))


class Diagonal(ArrayFunction):
    """y = a diagonal of x; grad_x = 0 but for grad_y there."""

    view = True

    @staticmethod
    def forward(ctx, x, *, offset, axes):
        ctx.input_shape, ctx.offset, ctx.axes = x.shape, offset, axes
        return diagonal_view(x, offset, *axes)

    @staticmethod
    def backward(ctx, grad_y):
        grad_x = get_array_module(grad_y).zeros(ctx.input_shape, grad_y.dtype)
        diagonal_view(grad_x, ctx.offset, *ctx.axes)[...] = grad_y                                             # (1)
        return (grad_x,)


class DiagonalEmbed(ArrayFunction):
    """Y = 0 but for x on a diagonal; grad_x = that diagonal of grad_Y."""

    @staticmethod
    def forward(ctx, x, *, offset, axes):
        ctx.offset, ctx.axes = offset, axes
        side, shape = x.shape[-1] + abs(offset), list(x.shape[:-1])
        for axis in sorted(axes):
            shape.insert(axis, side)
        y = get_array_module(x).zeros(shape, x.dtype)
        diagonal_view(y, offset, *axes)[...] = x
        return y

    @staticmethod
    def backward(ctx, grad_y):
        return (diagonal_view(grad_y, ctx.offset, *ctx.axes),)                                                 # (2)


def _arguments(who, ndim, offset, dim1, dim2):
    axes = dimension(who, dim1, ndim), dimension(who, dim2, ndim)
    if axes[0] == axes[1]:
        raise RuntimeError(f"{who}: dim1 and dim2 must be different dimensions, got {dim1} and {dim2}; they span the matrices")
    return {"offset": integer(who, offset=offset), "axes": axes}


def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """The diagonal of a matrix, or of each matrix of a batch: a view, whose last dimension it is.

    Args:
        input: Tensor of at least 2 dimensions.
        offset: 0 for the main diagonal, k for the k-th above it, -k for the k-th below it.
        dim1, dim2: the dimensions of rows and columns, different ones.

    Raises:
        RuntimeError: dim1 and dim2 are the same.
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.diagonal(tinyreg.tensor([[1, 2], [3, 4]])), tinyreg.diagonal(tinyreg.tensor([[1, 2], [3, 4]]), offset=1)
        (tensor([1, 4]), tensor([2]))
    """
    check_tensor("diagonal", input)
    return Diagonal.apply(input, **_arguments("diagonal", input.array.ndim, offset, dim1, dim2))


def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Matrices with the last dimension of the input on their diagonal, and zeros elsewhere.

    Args:
        input: Tensor of at least 1 dimension.
        offset: 0 for the main diagonal, k for the k-th above it, -k for the k-th below it.
        dim1, dim2: where rows and columns stand in the result.

    Raises:
        RuntimeError: dim1 and dim2 are the same.
        IndexError: a 0-d input; the result has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.diag_embed(tinyreg.tensor([1, 2]))
        tensor([[1, 0],
                [0, 2]])
    """
    check_tensor("diag_embed", input)
    if input.array.ndim == 0:
        raise IndexError("diag_embed: the input must have at least 1 dimension, got a 0-d tensor; unsqueeze it")
    return DiagonalEmbed.apply(input, **_arguments("diag_embed", input.array.ndim + 1, offset, dim1, dim2))


def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """The diagonal of a matrix, as a copy; or, for a vector, the matrix that has it on its diagonal.

    Args:
        input: Tensor of 1 or 2 dimensions.
        diagonal: 0 for the main diagonal, k for the k-th above it, -k for the k-th below it.

    Raises:
        RuntimeError: another number of dimensions.

    Example:
        >>> import tinyreg
        >>> tinyreg.diag(tinyreg.tensor([1, 2])), tinyreg.diag(tinyreg.tensor([[1, 2], [3, 4]]))
        (tensor([[1, 0],
                [0, 2]]), tensor([1, 4]))
    """
    check_tensor("diag", input)
    if input.array.ndim == 1:
        return diag_embed(input, diagonal)
    if input.array.ndim != 2:
        raise RuntimeError(
            f"diag: the input must have 1 or 2 dimensions, got shape {tuple(input.array.shape)}; use diagonal or diag_embed for batches"
        )
    return Diagonal.apply(input, **_arguments("diag", 2, diagonal, 0, 1)).clone()


def trace(input: Tensor) -> Tensor:
    """The sum of the diagonal of a matrix.

    Args:
        input: Tensor of 2 dimensions.

    Raises:
        RuntimeError: another number of dimensions.

    Example:
        >>> import tinyreg
        >>> tinyreg.trace(tinyreg.tensor([[1, 2], [3, 4]]))
        tensor(5)
    """
    check_tensor("trace", input)
    if input.array.ndim != 2:
        raise RuntimeError(f"trace: the input must be a matrix, got shape {tuple(input.array.shape)}; use diagonal(...).sum(-1)")
    return sum(diagonal(input))
