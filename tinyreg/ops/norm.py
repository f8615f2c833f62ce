"""norm: the length of a vector, by Euclid or by another p.

    y = (sum_i |x_i|^p)^(1/p),    dy/dx_i = sign(x_i) (|x_i| / y)^(p-1),    0 where y = 0

The slope is x_i / y for p = 2 and the sign of x_i for p = 1. For p = inf only the largest |x_i| counts, for p = -inf only the
smallest; elements that tie there share the gradient evenly.

The nuclear norm of a matrix is the sum of its singular values. For x = U S V^T these are the diagonal of U^T x V, and
moving U or V turns them to second order only, so that dy/dx = U V^T: the matrix x with all singular values set to 1.
"""

import math

from ..autograd import ArrayFunction, Tensor
from ..backend import get_array_module
from ..types import Dims, DType
from .broadcasting import cast
from .dimension import dimensions, kept_shape
from .floating import check_floating, check_tensor
from .reduction import count, spread


def lengths(x, axes):
    """The Euclidean lengths of the vectors that lie along some axes of a raw array; the axes stay, with size 1.

    Rows, which is what most vectors are, are multiplied by themselves, without an array of squares. float16, where the square
    of 256 is infinite and that of 0.0001 is 0, is squared and summed in float32.

    Example:
        >>> import numpy
        >>> lengths(numpy.array([[3.0, 4.0], [0.0, 2.0]]), (1,)).tolist()
        [[5.0], [2.0]]
    """
    xp = get_array_module(x)
    if not axes:
        return xp.abs(x)
    if x.dtype.itemsize < 4:
        return lengths(x.astype(xp.float32), axes).astype(x.dtype)
    if axes == tuple(range(1, x.ndim)):
        rows = x.reshape(len(x), math.prod(x.shape[1:]))                               # (U, ...) -> (U, M)
        squares = (rows[:, None, :] @ rows[:, :, None]).reshape(kept_shape(x.shape, axes))
    else:
        squares = (x * x).sum(axis=axes, keepdims=True)
    return xp.sqrt(squares)


class Norm(ArrayFunction):
    """y = (sum_i |x_i|^p)^(1/p): dy/dx_i = sign(x_i) (|x_i| / y)^(p-1), and 0 where y = 0.

    p = inf is max |x_i|, -inf min |x_i| (ties share the gradient evenly), 0 counts what is not 0 (gradient 0).
    """

    @staticmethod
    def forward(ctx, x, *, p=2.0, axes=None, keepdim=False):
        xp = get_array_module(x)
        if p == 2 and axes is None:
            flat = x.reshape(-1)
            y = xp.sqrt(flat @ flat)  # one pass, no squares in memory
            y = y.reshape((1,) * x.ndim if keepdim else ())
        elif p == 2:
            y = xp.sqrt((x * x).sum(axis=axes, keepdims=keepdim))
        elif p == math.inf:
            y = abs(x).max(axis=axes, keepdims=keepdim)
        elif p == -math.inf:
            y = abs(x).min(axis=axes, keepdims=keepdim)
        elif p == 0:
            y = (x != 0).sum(axis=axes, keepdims=keepdim, dtype=x.dtype)
        elif p == 1:
            y = abs(x).sum(axis=axes, keepdims=keepdim)
        else:
            y = (abs(x) ** p).sum(axis=axes, keepdims=keepdim) ** (1 / p)
        y = xp.asarray(y)
        ctx.p, ctx.axes = p, axes
        ctx.save_for_backward(x, y)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        x, y = ctx.saved
        xp, p, axes = get_array_module(grad_y), ctx.p, ctx.axes
        if p == 2:
            return (x * spread(grad_y / (y + (y == 0)), axes, x.shape),)  # where y = 0 so is x, and whatever divides it
        if p == 0:
            return (xp.zeros_like(x),)
        if p == 1:
            return (xp.sign(x) * spread(grad_y, axes, x.shape),)
        if math.isinf(p):
            reached = abs(x) == y.reshape(kept_shape(x.shape, axes))
            ties = reached.sum(axis=axes, dtype=x.dtype).reshape(y.shape)
            return (xp.sign(x) * reached * spread(grad_y / ties, axes, x.shape),)
        slope = xp.sign(x) * (abs(x) + (x == 0)) ** (p - 1)  # the sign is 0 where x is
        return (slope * spread(grad_y * (y != 0) / (y + (y == 0)) ** (p - 1), axes, x.shape),)


class NuclearNorm(ArrayFunction):
    """y = the sum of the singular values of the matrices x = U S V^T: dy/dx = U V^T."""

    @staticmethod
    def forward(ctx, x):
        u, s, vt = get_array_module(x).linalg.svd(x, full_matrices=False)
        ctx.save_for_backward(u, vt)
        return s.sum(axis=-1)

    @staticmethod
    def backward(ctx, grad_y):
        u, vt = ctx.saved
        return (u * grad_y[..., None, None] @ vt,)


def norm(input: Tensor, p: float | str = "fro", dim: Dims = None, keepdim: bool = False, *, dtype: DType = None) -> Tensor:
    """The p-norm of all elements, or over dim: (sum |x|^p)^(1/p). Its gradient at 0 is 0.

    Args:
        input: Tensor, floating point; a matrix counts as the vector of its elements.
        p: 2 or 'fro' (Euclidean length), 1, inf (the largest |x|), -inf (the smallest), 0 (how many are not 0), or
            another number; 'nuc' for the sum of a matrix' singular values, over two dimensions.
        dim, keepdim, dtype: as in sum.

    Raises:
        RuntimeError: input is not floating point; p is no number and not one of the names; a largest or smallest of nothing.
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.tensor([3.0, -4.0])
        >>> tinyreg.norm(x), tinyreg.norm(x, p=1), tinyreg.norm(x, p=float("inf"))
        (tensor(5.), tensor(7.), tensor(4.))
    """
    check_tensor("norm", input)
    if dtype is not None:
        input = cast(input, dtype)
    check_floating("norm", input, error=RuntimeError)
    if p == "nuc":
        return _nuclear(input, dim, keepdim)
    if p is None or p == "fro":
        p = 2.0
    elif not isinstance(p, (int, float)):
        raise RuntimeError(f"norm: p must be a number, inf, -inf, 'fro' or 'nuc', got {p!r}; 'fro' is 2 over all elements")
    axes = None if dim is None else dimensions("norm", dim, input.array.ndim)
    if (p < 0 or p == math.inf) and count(input.array.shape, axes) == 0:
        raise RuntimeError(f"norm: p={p} must have elements to choose from, got shape {tuple(input.array.shape)}; reduce another dimension")
    return Norm.apply(input, p=p, axes=axes, keepdim=keepdim)


def _nuclear(input, dim, keepdim):
    axes = dimensions("norm", dim, input.array.ndim) or tuple(range(input.array.ndim))
    if len(axes) != 2:
        raise RuntimeError(f"norm: 'nuc' must have two dimensions, got {len(axes)} of shape {tuple(input.array.shape)}; name two in dim")
    rest = [axis for axis in range(input.array.ndim) if axis not in axes]
    y = NuclearNorm.apply(input.permute(*rest, *axes))
    return y.reshape(kept_shape(input.array.shape, axes)) if keepdim else y
