"""matmul and its special cases: products of matrices, of vectors, of batches of matrices.

For Y = A B, that is Y_ij = sum_k A_ik B_kj, a change of A_ik moves row i of Y by row k of B, and a change of B_kj
moves column j of Y by column k of A, so

    grad_A = grad_Y B^T                                                                                        (1)
    grad_B = A^T grad_Y                                                                                        (2)

A vector on the left is a matrix of one row, on the right one of one column, whose dimension the result drops. Batches
broadcast; where a matrix was repeated for a whole batch its gradient sums over the batch.
"""

import math

from ..autograd import ArrayFunction, Tensor
from ..autograd.function import sum_to
from .arithmetic import add, mul
from .broadcasting import as_operand
from .floating import check_tensor
from .number import check_number
from .shaping import broadcast_to, unsqueeze


class Matmul(ArrayFunction):
    """Y = A B: grad_A = grad_Y B^T, grad_B = A^T grad_Y."""

    @staticmethod
    def forward(ctx, a, b):
        needs_a, needs_b = ctx.needs_input_grad
        ctx.save_for_backward(a if needs_b else None, b if needs_a else None)
        ctx.shapes = a.shape, b.shape
        if b.ndim == 2 < a.ndim:  # one matrix for the whole batch: one product of tall matrices
            return (_rows(a) @ b).reshape(*a.shape[:-1], b.shape[1])
        return a @ b

    @staticmethod
    def backward(ctx, grad_y):
        (a, b), (shape_a, shape_b) = ctx.saved, ctx.shapes
        if len(shape_a) == 2 == len(shape_b):
            return None if b is None else grad_y @ b.T, None if a is None else a.T @ grad_y                    # (1) (2)
        if len(shape_a) == 1 == len(shape_b):
            return None if b is None else grad_y * b, None if a is None else grad_y * a
        # a vector becomes the matrix that it stands for, and the result gets the dimension back that it had dropped
        if len(shape_a) == 1:
            a, grad_y = None if a is None else a[None, :], grad_y[..., None, :]                                # (K,) -> (1, K)
        if len(shape_b) == 1:
            b, grad_y = None if b is None else b[:, None], grad_y[..., None]                                   # (K,) -> (K, 1)
        grad_a = grad_b = None
        if b is not None:
            if b.ndim == 2:
                grad_a = (_rows(grad_y) @ b.T).reshape(*grad_y.shape[:-1], b.shape[0])                         # (1)
            else:
                grad_a = grad_y @ b.swapaxes(-1, -2)                                                           # (1)
            grad_a = _to_shape(grad_a, shape_a, (1, shape_a[-1]))
        if a is not None:
            if len(shape_b) <= 2 < a.ndim:
                grad_b = _rows(a).T @ _rows(grad_y)                                                            # (2), summed over the batch
            else:
                grad_b = a.swapaxes(-1, -2) @ grad_y                                                           # (2)
            grad_b = _to_shape(grad_b, shape_b, (shape_b[0], 1))
        return grad_a, grad_b


def _rows(x):
    """A batch of matrices as one tall matrix."""
    return x.reshape(math.prod(x.shape[:-1]), x.shape[-1])                                                     # (..., M, K) -> (...M, K)


def _to_shape(grad, shape, as_matrix):
    """The gradient of an operand that was broadcast over the batch, a vector's without the dimension it had got."""
    return sum_to(grad, as_matrix).reshape(shape) if len(shape) == 1 else sum_to(grad, shape)


def _multiply(who, input, other):
    a, b = input.array, other.array
    if a.dtype != b.dtype:
        raise RuntimeError(f"{who}: both dtypes must be equal, got {a.dtype} and {b.dtype}; convert one with .to(dtype)")
    try:
        return Matmul.apply(input, other)
    except (ValueError, IndexError):
        raise RuntimeError(
            f"{who}: the last size of input must equal the last but one of other (its only one, if it is a vector) and batches must "
            f"broadcast, got shapes {tuple(a.shape)} and {tuple(b.shape)}; transpose or reshape one of them"
        ) from None


def matmul(input: Tensor, other: Tensor) -> Tensor:
    """The matrix product.

    Args:
        input, other: Tensors (or arrays) of one dtype.

    Shape:
        (K) and (K)                  -> (), the scalar product
        (M, K) and (K)               -> (M)
        (K) and (K, N)               -> (N)
        (M, K) and (K, N)            -> (M, N)
        (..., M, K) and (..., K, N)  -> (..., M, N), batches broadcast; a vector on either side as above

    Raises:
        RuntimeError: shapes that do not fit, or different dtypes; both are named.

    Example:
        >>> import tinyreg
        >>> tinyreg.matmul(tinyreg.tensor([[1.0, 2.0], [3.0, 4.0]]), tinyreg.tensor([1.0, 1.0]))
        tensor([3., 7.])
    """
    input, other = as_operand("matmul", input), as_operand("matmul", other)
    check_tensor("matmul", input)
    check_tensor("matmul", other, "other")
    return _multiply("matmul", input, other)


def rmatmul(input: Tensor, other: Tensor) -> Tensor:
    """What Python calls for `array @ tensor`."""
    return matmul(other, input)


def _checked(who, input, other, ndims):
    check_tensor(who, input)
    check_tensor(who, other, "other")
    if (input.array.ndim, other.array.ndim) != ndims:
        raise RuntimeError(
            f"{who}: input and other must have {ndims[0]} and {ndims[1]} dimensions, "
            f"got shapes {tuple(input.array.shape)} and {tuple(other.array.shape)}; use matmul for other forms"
        )
    return _multiply(who, input, other)


def mm(input: Tensor, mat2: Tensor) -> Tensor:
    """The product of two matrices: (M, K) and (K, N) -> (M, N).

    Args:
        input: Tensor of shape (M, K).
        mat2: Tensor of shape (K, N) and input's dtype.

    Raises:
        RuntimeError: shapes that do not fit, other numbers of dimensions, or different dtypes.

    Example:
        >>> import tinyreg
        >>> tinyreg.mm(tinyreg.ones(2, 3), tinyreg.ones(3, 1))
        tensor([[3.],
                [3.]])
    """
    return _checked("mm", input, mat2, (2, 2))


def mv(input: Tensor, vec: Tensor) -> Tensor:
    """A matrix times a vector: (M, K) and (K) -> (M).

    Args:
        input: Tensor of shape (M, K).
        vec: Tensor of shape (K) and input's dtype.

    Raises:
        RuntimeError: shapes that do not fit, other numbers of dimensions, or different dtypes.

    Example:
        >>> import tinyreg
        >>> tinyreg.mv(tinyreg.tensor([[1.0, 2.0], [3.0, 4.0]]), tinyreg.tensor([1.0, 1.0]))
        tensor([3., 7.])
    """
    return _checked("mv", input, vec, (2, 1))


def dot(input: Tensor, tensor: Tensor) -> Tensor:
    """The scalar product of two vectors: (K) and (K) -> ().

    Args:
        input, tensor: Tensors of shape (K) and one dtype.

    Raises:
        RuntimeError: shapes that do not fit, other numbers of dimensions, or different dtypes.

    Example:
        >>> import tinyreg
        >>> tinyreg.dot(tinyreg.tensor([1.0, 2.0]), tinyreg.tensor([3.0, 4.0]))
        tensor(11.)
    """
    return _checked("dot", input, tensor, (1, 1))


def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    """The products of two batches of matrices: (B, M, K) and (B, K, N) -> (B, M, N).

    Args:
        input: Tensor of shape (B, M, K).
        mat2: Tensor of shape (B, K, N) and input's dtype.

    Raises:
        RuntimeError: the batches differ in size; matmul would broadcast them.

    Example:
        >>> import tinyreg
        >>> tinyreg.bmm(tinyreg.ones(2, 1, 3), tinyreg.ones(2, 3, 1)).tolist()
        [[[3.0]], [[3.0]]]
    """
    check_tensor("bmm", input)
    check_tensor("bmm", mat2, "mat2")
    if input.array.ndim == mat2.array.ndim == 3 and len(input.array) != len(mat2.array):
        raise RuntimeError(
            f"bmm: both batches must have one size, got shapes {tuple(input.array.shape)} and {tuple(mat2.array.shape)}; "
            "use matmul to broadcast"
        )
    return _checked("bmm", input, mat2, (3, 3))


def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """The product of each element of one vector with each of another: (M) and (N) -> (M, N).

    Args:
        input: Tensor of shape (M).
        vec2: Tensor of shape (N); different dtypes are promoted.

    Raises:
        RuntimeError: other numbers of dimensions.

    Example:
        >>> import tinyreg
        >>> tinyreg.outer(tinyreg.tensor([1, 2]), tinyreg.tensor([3, 4]))
        tensor([[3, 4],
                [6, 8]])
    """
    check_tensor("outer", input)
    check_tensor("outer", vec2, "vec2")
    if not input.array.ndim == vec2.array.ndim == 1:
        raise RuntimeError(
            f"outer: input and vec2 must have 1 dimension each, got shapes {tuple(input.array.shape)} and {tuple(vec2.array.shape)}; "
            "flatten them"
        )
    return mul(unsqueeze(input, 1), vec2)


def _added(who, input, product, beta, alpha):
    """beta input + alpha product; with beta = 0 input does not count, not even where it is NaN."""
    check_tensor(who, input)
    check_number(who, beta=beta, alpha=alpha)
    dtype, whole = product.array.dtype, product.array.dtype.kind in "iu"
    if input.array.dtype != dtype:
        raise RuntimeError(f"{who}: all dtypes must be equal, got {input.array.dtype} and {dtype}; convert one with .to(dtype)")
    if whole and not all(float(x).is_integer() for x in (beta, alpha)):
        raise RuntimeError(f"{who}: beta and alpha must be integers for integer tensors, got beta={beta}, alpha={alpha}; use .float()")
    beta, alpha = (int(x) if whole else x for x in (beta, alpha))
    product = product if alpha == 1 else mul(product, alpha)
    shape = product.array.shape
    if input.array.ndim > len(shape):
        raise RuntimeError(f"{who}: input must broadcast to the product's shape {tuple(shape)}, got {tuple(input.array.shape)}; reshape it")
    input = broadcast_to(input, shape)
    return product if beta == 0 else add(product, input if beta == 1 else mul(input, beta))


def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta input + alpha mat1 mat2.

    Args:
        input: Tensor that broadcasts to (M, N); ignored where beta is 0.
        mat1, mat2: Tensors of shape (M, K) and (K, N), and one dtype with input.
        beta, alpha: numbers, integers for integer tensors.

    Raises:
        RuntimeError: shapes that do not fit, or different dtypes.

    Example:
        >>> import tinyreg
        >>> tinyreg.addmm(tinyreg.ones(2), tinyreg.ones(1, 3), tinyreg.ones(3, 2), alpha=2)
        tensor([[7., 7.]])
    """
    return _added("addmm", input, _checked("addmm", mat1, mat2, (2, 2)), beta, alpha)


def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta input + alpha mat vec.

    Args:
        input: Tensor that broadcasts to (M); ignored where beta is 0.
        mat, vec: Tensors of shape (M, K) and (K), and one dtype with input.
        beta, alpha: numbers, integers for integer tensors.

    Raises:
        RuntimeError: shapes that do not fit, or different dtypes.

    Example:
        >>> import tinyreg
        >>> tinyreg.addmv(tinyreg.ones(2), tinyreg.ones(2, 3), tinyreg.ones(3))
        tensor([4., 4.])
    """
    return _added("addmv", input, _checked("addmv", mat, vec, (2, 1)), beta, alpha)


def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta input + alpha batch1 batch2, for batches of matrices.

    Args:
        input: Tensor that broadcasts to (B, M, N); ignored where beta is 0.
        batch1, batch2: Tensors of shape (B, M, K) and (B, K, N), and one dtype with input.
        beta, alpha: numbers, integers for integer tensors.

    Raises:
        RuntimeError: shapes that do not fit, or different dtypes.

    Example:
        >>> import tinyreg
        >>> tinyreg.baddbmm(tinyreg.ones(1), tinyreg.ones(2, 1, 3), tinyreg.ones(2, 3, 1)).tolist()
        [[[4.0]], [[4.0]]]
    """
    return _added("baddbmm", input, bmm(batch1, batch2), beta, alpha)
