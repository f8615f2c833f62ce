"""sum mean var std nansum nanmean logsumexp all any: many numbers become one, over all dimensions or over some.

Each result y depends on the elements of its slice of x, so the gradient first goes back to where they stood,

    spread(grad_y)_i = grad_y of the slice that holds i           the adjoint of summing is repeating

and is then multiplied by dy/dx_i:

    sum         1
    mean        1 / n
    var         2 (x_i - m) / (n - correction)                     m the mean of the slice
    std         dvar/dx_i / (2 y)                                  0 where y = 0
    logsumexp   e^(x_i - y)                                        the softmax of the slice; 0 where all x_i are -inf

In var the mean moves with x_i, too; its road adds 2 sum_j (x_j - m) dm/dx_i = 0, because deviations from a mean sum to 0.
"""

import math
import warnings

from ..autograd import ArrayFunction, Tensor
from ..autograd.tensor import wrap
from ..backend import get_array_module
from ..types import Dims, DType
from .broadcasting import cast, int64, uint8
from .comparison import isnan, masked_fill
from .dimension import dimensions, kept_shape
from .floating import check_floating, check_tensor, floating
from .number import check_number

_FILLED = 2**14  # elements: smaller gradients are filled, larger ones are a repeating view


def spread(grad, axes, shape):
    """The gradient of a reduction at each element that it reduced: the adjoint of summing is repeating.

    Example:
        >>> import numpy
        >>> spread(numpy.array([1.0, 2.0]), (0,), (3, 2)).tolist()
        [[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]]
    """
    xp = get_array_module(grad)
    grad = grad.reshape(kept_shape(shape, axes))
    if math.prod(shape) > _FILLED:
        return xp.broadcast_to(grad, shape)  # no memory for it, but a view is slow to make
    filled = xp.empty(shape, grad.dtype)
    filled[...] = grad
    return filled


def count(shape, axes):
    """How many elements each result is made of.

    Example:
        >>> count((2, 3), None), count((2, 3), (0,))
        (6, 2)
    """
    return math.prod(shape if axes is None else [shape[axis] for axis in axes])


class Sum(ArrayFunction):
    """y = sum_i x_i: dy/dx_i = 1."""

    @staticmethod
    def forward(ctx, x, *, axes=None, keepdim=False, dtype=None):
        ctx.axes, ctx.input_shape = axes, x.shape
        return get_array_module(x).asarray(x.sum(axis=axes, dtype=dtype, keepdims=keepdim))

    @staticmethod
    def backward(ctx, grad_y):
        return (spread(grad_y, ctx.axes, ctx.input_shape),)


def sum(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: DType = None) -> Tensor:
    """The sum over all elements, or over dim.

    Args:
        input: Tensor. Integers and bools are summed as int64.
        dim: a dimension, a tuple of them, or None for all.
        keepdim: keep the summed dimensions as size 1.
        dtype: convert the input to this dtype first.

    Shape:
        input (*) -> input's without dim, or with 1 in its place.

    Raises:
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.sum(tinyreg.tensor([[1.0, 2.0], [3.0, 4.0]]), dim=1)
        tensor([3., 7.])
    """
    check_tensor("sum", input)
    if dtype is not None:
        input = cast(input, dtype)
    axes = None if dim is None else dimensions("sum", dim, input.array.ndim)
    return Sum.apply(input, axes=axes, keepdim=keepdim, dtype=None if input.array.dtype.kind == "f" else dtype or int64)


class Mean(ArrayFunction):
    """y = 1/n sum_i x_i: dy/dx_i = 1/n; the mean of nothing is nan."""

    @staticmethod
    def forward(ctx, x, *, axes=None, keepdim=False):
        ctx.axes, ctx.input_shape = axes, x.shape
        xp = get_array_module(x)
        ctx.n = x.size if axes is None else count(x.shape, axes)
        return xp.asarray(x.sum(axis=axes, keepdims=keepdim) / (ctx.n or xp.nan))

    @staticmethod
    def backward(ctx, grad_y):
        return (spread(grad_y / max(ctx.n, 1), ctx.axes, ctx.input_shape),)


def mean(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: DType = None) -> Tensor:
    """The mean over all elements, or over dim; nan where there is nothing to average.

    Args:
        input: Tensor, floating point.
        dim, keepdim, dtype: as in sum.

    Raises:
        RuntimeError: input is not floating point (its mean would be): convert it first.
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.mean(tinyreg.tensor([[1.0, 2.0], [3.0, 4.0]]), dim=0)
        tensor([2., 3.])
    """
    check_tensor("mean", input)
    if dtype is not None:
        input = cast(input, dtype)
    check_floating("mean", input, error=RuntimeError)
    axes = None if dim is None else dimensions("mean", dim, input.array.ndim)
    return Mean.apply(input, axes=axes, keepdim=keepdim)


class Var(ArrayFunction):
    """y = sum_i (x_i - m)^2 / (n - correction), m the mean: dy/dx_i = 2 (x_i - m) / (n - correction).

    Two passes: mean, then squares of what is left. E[x^2] - m^2 in one pass would subtract nearly equal numbers.
    """

    @staticmethod
    def forward(ctx, x, *, axes=None, keepdim=False, correction=1):
        m, y = _variance(ctx, x, axes, keepdim, correction)
        ctx.save_for_backward(x, m, y)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        x, m, y = ctx.saved
        scale = 2 / ctx.freedom if ctx.freedom > 0 else float("nan")
        return ((x - m) * spread(grad_y * scale, ctx.axes, x.shape),)


class Std(Var):
    """y = sqrt(var): dy/dx_i = dvar/dx_i / (2 y), and 0 where y = 0."""

    @staticmethod
    def forward(ctx, x, *, axes=None, keepdim=False, correction=1):
        xp = get_array_module(x)
        m, y = _variance(ctx, x, axes, keepdim, correction)
        y = xp.asarray(xp.sqrt(y))
        ctx.save_for_backward(x, m, y)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        x, m, y = ctx.saved
        grad_variance = grad_y / (2 * y + (y == 0))  # where y = 0 so is x - m, and whatever divides it
        return Var.backward(ctx, grad_variance)


def _variance(ctx, x, axes, keepdim, correction):
    """The mean, with the reduced axes kept, and the variance."""
    xp = get_array_module(x)
    n = count(x.shape, axes)
    m = x.sum(axis=axes, keepdims=True) / (n or xp.nan)
    m = m + (x - m).sum(axis=axes, keepdims=True) / (n or xp.nan)  # what a long sum has rounded away, seen from nearby
    squares = x - m
    squares *= squares
    total = squares.sum(axis=axes, keepdims=keepdim)
    ctx.axes, ctx.freedom = axes, n - correction
    if ctx.freedom > 0:
        return m, xp.asarray(total / ctx.freedom)
    return m, xp.where(total > 0, xp.inf, xp.nan).astype(x.dtype)  # a positive number / 0, or 0/0


def _moments(who, function, input, dim, unbiased, keepdim, correction):
    check_floating(who, input, error=RuntimeError)
    if isinstance(dim, bool):
        dim, unbiased = None, dim  # x.var(False), PyTorch's older form
    if unbiased is not None and correction is not None:
        raise TypeError(f"{who}: unbiased or correction must be given, got unbiased={unbiased} and correction={correction}; keep one")
    if correction is None:
        correction = 1 if unbiased is None else int(unbiased)
    check_number(who, correction=correction)
    axes = dimensions(who, dim, input.array.ndim)
    n = count(input.array.shape, axes)
    if n <= correction:
        warnings.warn(f"{who}: there should be more elements than correction={correction}, got {n}; the result is nan or inf", stacklevel=3)
    return function.apply(input, axes=axes, keepdim=keepdim, correction=correction)


def var(input: Tensor, dim: Dims = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: float | None = None) -> Tensor:
    """The variance over all elements, or over dim: sum (x - mean)^2 / (n - correction).

    Args:
        input: Tensor, floating point.
        dim, keepdim: as in sum.
        unbiased: PyTorch's older form of correction: True is 1, False is 0.
        correction: 1 (the default) makes the expectation right for a sample, 0 takes the mean of the squares.

    Raises:
        RuntimeError: input is not floating point.
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.tensor([1.0, 2.0, 3.0, 4.0])
        >>> tinyreg.var(x), tinyreg.var(x, correction=0)
        (tensor(1.6667), tensor(1.2500))
    """
    return _moments("var", Var, input, dim, unbiased, keepdim, correction)


def std(input: Tensor, dim: Dims = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: float | None = None) -> Tensor:
    """The standard deviation, the square root of var, over all elements or over dim.

    Args:
        input, dim, unbiased, keepdim, correction: as in var.

    Raises:
        RuntimeError: input is not floating point.
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.std(tinyreg.tensor([1.0, 3.0]), correction=0)
        tensor(1.)
    """
    return _moments("std", Std, input, dim, unbiased, keepdim, correction)


def var_mean(
    input: Tensor, dim: Dims = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: float | None = None
) -> tuple[Tensor, Tensor]:
    """The variance and the mean, over all elements or over dim.

    Args:
        input, dim, unbiased, keepdim, correction: as in var.

    Raises:
        RuntimeError: input is not floating point.
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.var_mean(tinyreg.tensor([1.0, 3.0]), correction=0)
        (tensor(1.), tensor(2.))
    """
    variance = _moments("var_mean", Var, input, dim, unbiased, keepdim, correction)
    return variance, mean(input, None if isinstance(dim, bool) else dim, keepdim)


def std_mean(
    input: Tensor, dim: Dims = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: float | None = None
) -> tuple[Tensor, Tensor]:
    """The standard deviation and the mean, over all elements or over dim.

    Args:
        input, dim, unbiased, keepdim, correction: as in var.

    Raises:
        RuntimeError: input is not floating point.
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.std_mean(tinyreg.tensor([1.0, 3.0]), correction=0)
        (tensor(1.), tensor(2.))
    """
    deviation = _moments("std_mean", Std, input, dim, unbiased, keepdim, correction)
    return deviation, mean(input, None if isinstance(dim, bool) else dim, keepdim)


def nansum(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: DType = None) -> Tensor:
    """The sum of what is not nan, over all elements or over dim; 0 where everything is.

    Args:
        input, dim, keepdim, dtype: as in sum.

    Raises:
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.nansum(tinyreg.tensor([1.0, float("nan"), 2.0]))
        tensor(3.)
    """
    check_tensor("nansum", input)
    if input.array.dtype.kind == "f":
        input = masked_fill(input, isnan(input), 0)
    return sum(input, dim, keepdim, dtype=dtype)


def nanmean(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: DType = None) -> Tensor:
    """The mean of what is not nan, over all elements or over dim; nan where everything is.

    Args:
        input: Tensor, floating point.
        dim, keepdim, dtype: as in sum.

    Raises:
        RuntimeError: input or dtype is not floating point.
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.nanmean(tinyreg.tensor([1.0, float("nan"), 2.0]))
        tensor(1.5000)
    """
    check_floating("nanmean", input, error=RuntimeError)
    if dtype is not None:
        input = cast(input, dtype)
        check_floating("nanmean", input, "dtype", error=RuntimeError)
    total = nansum(input, dim, keepdim)
    numbers = sum(~isnan(input), dim, keepdim, dtype=total.dtype)
    return total / masked_fill(numbers, numbers == 0, float("nan"))


class LogSumExp(ArrayFunction):
    """y = ln sum_i e^(x_i) = c + ln sum_i e^(x_i - c) for any c; c = max x keeps it from overflowing. dy/dx_i = e^(x_i - y)."""

    @staticmethod
    def forward(ctx, x, *, axes=None, keepdim=False):
        xp = get_array_module(x)
        c = _finite(x.max(axis=axes, keepdims=True)) if x.size else 0
        total = xp.exp(x - c).sum(axis=axes, keepdims=True)
        y = xp.where(total == 0, -xp.inf, c + xp.log(total + (total == 0)))  # ln 0 = -inf, without a warning
        y = y.astype(x.dtype, copy=False)
        ctx.axes = axes
        ctx.save_for_backward(x, y)
        return y if keepdim else y.squeeze(axes)

    @staticmethod
    def backward(ctx, grad_y):
        x, y = ctx.saved
        xp = get_array_module(grad_y)
        slope = xp.exp((x - _finite(y)).clip(-xp.inf, 0))  # an infinite x_i decides y alone: its slope is 1
        return (slope * spread(grad_y, ctx.axes, x.shape),)


def _finite(x):
    """Infinities as the largest numbers: inf - inf would be nan."""
    largest = float(get_array_module(x).finfo(x.dtype).max)
    return x.clip(-largest, largest)


def logsumexp(input: Tensor, dim: Dims, keepdim: bool = False) -> Tensor:
    """ln(sum(e^input)) over dim, a maximum with a soft edge; it does not overflow.

    Args:
        input: Tensor; integers become floating point.
        dim, keepdim: as in sum.

    Raises:
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.logsumexp(tinyreg.tensor([[0.0, 0.0], [800.0, 0.0]], dtype=tinyreg.float64), dim=1).tolist()
        [0.69314718, 800.0]
    """
    input = floating("logsumexp", input)
    return LogSumExp.apply(input, axes=dimensions("logsumexp", dim, input.array.ndim), keepdim=keepdim)


def all(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Whether no element is 0 (or False), over all elements or over dim.

    Args:
        input: Tensor of any dtype.
        dim: a dimension, a tuple of them, or None for all.
        keepdim: keep the reduced dimensions as size 1.

    Raises:
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.all(tinyreg.tensor([[True, False], [True, True]]), dim=1)
        tensor([False,  True])
    """
    return _question("all", input, dim, keepdim)


def any(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Whether an element is not 0 (or True), over all elements or over dim.

    Args:
        input: Tensor of any dtype.
        dim: a dimension, a tuple of them, or None for all.
        keepdim: keep the reduced dimensions as size 1.

    Raises:
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.any(tinyreg.tensor([[True, False], [False, False]]), dim=1)
        tensor([ True, False])
    """
    return _question("any", input, dim, keepdim)


def _question(who, input, dim, keepdim):
    """An array's own all or any; uint8, which held bools before there were any, gives uint8."""
    check_tensor(who, input)
    x = input.array
    axes = () if dim == () else dimensions(who, dim, x.ndim)  # over no dimension: each element is asked, as in PyTorch
    answer = getattr(x, who)(axis=axes, keepdims=keepdim)
    return wrap(answer.astype(uint8) if x.dtype == uint8 else answer)
