"""Products of matrices and vectors.

For C = A B with G = dL/dC: C_ij = sum_k A_ik B_kj, so A_ik meets G_ij through B_kj, and

    grad_A = G B^T,      grad_B = A^T G.
"""

from ..autograd import ArrayFunction, Tensor
from ..autograd.function import sum_to
from ..autograd.tensor import wrap
from ..backend import is_array


class MatmulFunction(ArrayFunction):
    """C = A B on stacks of matrices whose leading dimensions broadcast."""

    @staticmethod
    def forward(ctx, a, b):
        needs_a, needs_b = ctx.needs_input_grad
        ctx.shapes = a.shape, b.shape
        ctx.save_for_backward(a if needs_b else None, b if needs_a else None)
        return a @ b

    @staticmethod
    def backward(ctx, grad_c):
        a, b = ctx.saved
        shape_a, shape_b = ctx.shapes
        grad_a = None if b is None else sum_to(grad_c @ b.swapaxes(-1, -2), shape_a)
        grad_b = None if a is None else sum_to(a.swapaxes(-1, -2) @ grad_c, shape_b)
        return grad_a, grad_b


def _pair(who, input, other):
    for x in (input, other):
        if not isinstance(x, Tensor):
            raise TypeError(f"{who}: operands must be Tensors, got {type(x).__name__}; wrap it with tinyreg.tensor")
    a, b = input.array, other.array
    if a.dtype != b.dtype:
        raise RuntimeError(f"{who}: operands must have one dtype, got {a.dtype} and {b.dtype}; convert one of them, with .float() or .double()")


def _refuse(who, input, other, rule):
    raise RuntimeError(f"{who}: {rule}, got shapes {tuple(input.array.shape)} and {tuple(other.array.shape)}; transpose or reshape one of them")


def matmul(input, other):
    """The product of two vectors, matrices, or stacks of matrices, as `input @ other`.

    Shape:
        (..., n, k) and (..., k, m) -> (..., n, m), leading dimensions broadcast. A vector counts as one row on the left
        and as one column on the right, and that dimension is taken out of the result.

    Example:
        >>> import tinyreg
        >>> tinyreg.ones(2, 3) @ tinyreg.ones(3)
        tensor([3., 3.])
    """
    if is_array(other):
        other = wrap(other)
    _pair("matmul", input, other)
    a, b = input.array, other.array
    if a.ndim == 0 or b.ndim == 0:
        _refuse("matmul", input, other, "operands must have a dimension")
    row, column = a.ndim == 1, b.ndim == 1
    if a.shape[-1] != b.shape[-1 if column else -2]:
        _refuse("matmul", input, other, "the last dimension of the left must equal the last but one of the right")
    left = input.unsqueeze(0) if row else input
    right = other.unsqueeze(1) if column else other
    try:
        product = MatmulFunction.apply(left, right)
    except ValueError:
        _refuse("matmul", input, other, "leading dimensions must broadcast")
    if row:
        product = product.squeeze(-2)
    return product.squeeze(-1) if column else product


def rmatmul(input, other):
    """other @ input, for an ndarray on the left."""
    return matmul(wrap(other) if is_array(other) else other, input)


def _ranked(who, input, other, ranks):
    _pair(who, input, other)
    if (input.array.ndim, other.array.ndim) != ranks:
        _refuse(who, input, other, f"operands must have {ranks[0]} and {ranks[1]} dimensions")
    inner = input.array.shape[-1] == other.array.shape[0 if ranks[1] == 1 else -2]
    batch = ranks != (3, 3) or input.array.shape[0] == other.array.shape[0]
    if not (inner and batch):
        _refuse(who, input, other, "inner dimensions must agree" if batch else "batches must be of one size")
    return matmul(input, other)


def mm(input, mat2):
    """The product of two matrices: (n, k) and (k, m) -> (n, m)."""
    return _ranked("mm", input, mat2, (2, 2))


def bmm(input, mat2):
    """The products of two stacks of matrices: (b, n, k) and (b, k, m) -> (b, n, m)."""
    return _ranked("bmm", input, mat2, (3, 3))


def mv(input, vec):
    """A matrix times a vector: (n, k) and (k) -> (n)."""
    return _ranked("mv", input, vec, (2, 1))


def dot(input, tensor):
    """The inner product of two vectors."""
    return _ranked("dot", input, tensor, (1, 1))
