"""softmax and its relatives: scores in, probabilities (or their logarithms) along one dimension out.

No exponential here overflows: the largest score is subtracted first, which the result does not notice. So the limits come
out exactly (softmax of scores that differ by thousands is 0 and 1, log_softmax the difference itself), in every dtype.
"""

import warnings

from ..autograd import ArrayFunction, Tensor
from ..backend import get_array_module
from ..types import DType
from .arithmetic import neg
from .broadcasting import cast
from .dimension import dimension
from .floating import check_floating, check_tensor


class Softmax(ArrayFunction):
    """y_k = e^(x_k) / sum_j e^(x_j): dy_k/dx_j = y_k ([k = j] - y_j), so grad_x = y (grad_y - sum_k grad_y_k y_k)."""

    @staticmethod
    def forward(ctx, x, *, dim):
        xp = get_array_module(x)
        ctx.axis = axis = dim if x.ndim else ()
        y = _below_maximum(xp, x, axis)
        xp.exp(y, out=y)
        y /= y.sum(axis=axis, keepdims=True)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved
        grad_x = grad_y * y
        grad_x -= y * grad_x.sum(axis=ctx.axis, keepdims=True)
        return (grad_x,)


class LogSoftmax(ArrayFunction):
    """y_k = x_k - ln sum_j e^(x_j): dy_k/dx_j = [k = j] - e^(y_j), so grad_x = grad_y - e^y sum_k grad_y_k."""

    @staticmethod
    def forward(ctx, x, *, dim):
        xp = get_array_module(x)
        ctx.axis = axis = dim if x.ndim else ()
        y = _below_maximum(xp, x, axis)
        if y.size:
            y -= xp.log(xp.exp(y).sum(axis=axis, keepdims=True))
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved
        xp = get_array_module(y)
        grad_x = xp.empty_like(y)
        xp.exp(y, out=grad_x)
        grad_x *= grad_y.sum(axis=ctx.axis, keepdims=True)
        return (xp.subtract(grad_y, grad_x, out=grad_x),)


def _below_maximum(xp, x, axis):
    """x - max x: softmax does not notice, and no exponential of it exceeds 1."""
    y = xp.empty_like(x)
    if x.size:
        xp.subtract(x, x.max(axis=axis, keepdims=True), out=y)
    return y


def softmax(input: Tensor, dim: int | None = None, dtype: DType = None) -> Tensor:
    """e^input / sum of e^input along dim: positive numbers that sum to 1.

    Args:
        input: floating point Tensor (or any, with dtype).
        dim: the dimension that sums to 1. Left out, it is 1 for 2-D, 4-D and higher input, else 0, with a warning.
        dtype: convert input to it first.

    Raises:
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.softmax(tinyreg.tensor([0.0, 0.0, 1000.0]), dim=0)
        tensor([0., 0., 1.])
    """
    return Softmax.apply(_scores("softmax", input, dtype), dim=_softmax_dim("softmax", input, dim))


def log_softmax(input: Tensor, dim: int | None = None, dtype: DType = None) -> Tensor:
    """The logarithm of softmax along dim, exact where softmax itself rounds to 0.

    Args:
        input: floating point Tensor (or any, with dtype).
        dim: the dimension along which the probabilities sum to 1; as in softmax.
        dtype: convert input to it first.

    Raises:
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.log_softmax(tinyreg.tensor([0.0, 1000.0]), dim=0)
        tensor([-1000.,     0.])
    """
    return LogSoftmax.apply(_scores("log_softmax", input, dtype), dim=_softmax_dim("log_softmax", input, dim))


def softmin(input: Tensor, dim: int | None = None, dtype: DType = None) -> Tensor:
    """softmax(-input): the smallest score gets the largest probability.

    Args:
        input: floating point Tensor (or any numbers, with dtype).
        dim: the dimension that sums to 1; as in softmax.
        dtype: convert -input to it first.

    Raises:
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.functional.softmin(tinyreg.tensor([0.0, 0.0, 1000.0]), dim=0)
        tensor([0.5000, 0.5000, 0.0000])
    """
    check_tensor("softmin", input)
    return Softmax.apply(_scores("softmin", neg(input), dtype), dim=_softmax_dim("softmin", input, dim))


def _scores(who, input, dtype):
    check_tensor(who, input)
    if dtype is not None:
        input = cast(input, dtype)
    check_floating(who, input)
    return input


def _softmax_dim(who, input, dim):
    ndim = input.array.ndim
    if dim is None:
        dim = 0 if ndim in (0, 1, 3) else 1
        warnings.warn(f"{who}: dim should be given, got None and took {dim}; PyTorch's implicit choice is deprecated", stacklevel=3)
    return dimension(who, dim, ndim)
