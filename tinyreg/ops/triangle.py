"""tril triu and their indices: the part of a matrix on one side of a diagonal.

    tril    y_ij = x_ij where j - i <= k, else 0        triu    y_ij = x_ij where j - i >= k, else 0

An element is kept or dropped, so grad_x is the same part of grad_y.
"""


from ..autograd import ArrayFunction, Tensor
from ..autograd.tensor import wrap
from ..backend import get_array_module, xp
from ..types import Device, DType
from .broadcasting import int64
from .creation import check_device
from .dimension import integer, integers
from .floating import check_tensor


class Tril(ArrayFunction):
    """y = x with 0 above a diagonal; grad_x = grad_y with 0 above it."""

    @staticmethod
    def forward(ctx, x, *, diagonal):
        ctx.diagonal = diagonal
        return get_array_module(x).tril(x, diagonal)

    @staticmethod
    def backward(ctx, grad_y):
        return (get_array_module(grad_y).tril(grad_y, ctx.diagonal),)


class Triu(ArrayFunction):
    """y = x with 0 below a diagonal; grad_x = grad_y with 0 below it."""

    @staticmethod
    def forward(ctx, x, *, diagonal):
        ctx.diagonal = diagonal
        return get_array_module(x).triu(x, diagonal)

    @staticmethod
    def backward(ctx, grad_y):
        return (get_array_module(grad_y).triu(grad_y, ctx.diagonal),)


def _part(who, function, input, diagonal):
    check_tensor(who, input)
    if input.array.ndim < 2:
        raise RuntimeError(f"{who}: the input must have at least 2 dimensions, got shape {tuple(input.array.shape)}; it cuts matrices")
    return function.apply(input, diagonal=integer(who, diagonal=diagonal))


def tril(input: Tensor, diagonal: int = 0) -> Tensor:
    """The lower triangle of a matrix, or of each matrix of a batch: zeros above the diagonal.

    Args:
        input: Tensor of at least 2 dimensions.
        diagonal: the last one that is kept: 0 for the main one, k for the k-th above it, -k for the k-th below it.

    Raises:
        RuntimeError: fewer than 2 dimensions.

    Example:
        >>> import tinyreg
        >>> tinyreg.tril(tinyreg.tensor([[1, 2], [3, 4]]))
        tensor([[1, 0],
                [3, 4]])
    """
    return _part("tril", Tril, input, diagonal)


def triu(input: Tensor, diagonal: int = 0) -> Tensor:
    """The upper triangle of a matrix, or of each matrix of a batch: zeros below the diagonal.

    Args:
        input: Tensor of at least 2 dimensions.
        diagonal: the first one that is kept: 0 for the main one, k for the k-th above it, -k for the k-th below it.

    Raises:
        RuntimeError: fewer than 2 dimensions.

    Example:
        >>> import tinyreg
        >>> tinyreg.triu(tinyreg.tensor([[1, 2], [3, 4]]), diagonal=1)
        tensor([[0, 2],
                [0, 0]])
    """
    return _part("triu", Triu, input, diagonal)


def _indices(who, row, col, offset, dtype, device):
    check_device(device)
    row, col, offset = integers(who, ((row, col, offset),), name="row, col and offset")
    if row < 0 or col < 0:
        raise RuntimeError(f"{who}: row and col must not be negative, got row={row}, col={col}; they are the sizes of a matrix")
    library = xp()
    rows, columns = getattr(library, who)(row, offset, col)
    return wrap(library.stack([rows, columns]).astype(dtype or int64, copy=False))


def tril_indices(row: int, col: int, offset: int = 0, *, dtype: DType = None, device: Device = None) -> Tensor:
    """The indices of the lower triangle of a matrix, in row-major order: row numbers above column numbers.

    Args:
        row, col: the sizes of the matrix, at least 0.
        offset: the last diagonal that is kept, as in tril.
        dtype, device: as in tensor; without a dtype, int64.

    Raises:
        RuntimeError: a negative size.

    Example:
        >>> import tinyreg
        >>> tinyreg.tril_indices(2, 2)
        tensor([[0, 1, 1],
                [0, 0, 1]])
    """
    return _indices("tril_indices", row, col, offset, dtype, device)


def triu_indices(row: int, col: int, offset: int = 0, *, dtype: DType = None, device: Device = None) -> Tensor:
    """The indices of the upper triangle of a matrix, in row-major order: row numbers above column numbers.

    Args:
        row, col: the sizes of the matrix, at least 0.
        offset: the first diagonal that is kept, as in triu.
        dtype, device: as in tensor; without a dtype, int64.

    Raises:
        RuntimeError: a negative size.

    Example:
        >>> import tinyreg
        >>> tinyreg.triu_indices(2, 2)
        tensor([[0, 0, 1],
                [0, 1, 1]])
    """
    return _indices("triu_indices", row, col, offset, dtype, device)
