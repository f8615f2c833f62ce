"""Sums, means, variances, extremes and norms over some dimensions.

Each backward answers the same question: what does one element contribute to the result? The gradient of the result is
spread over the elements by that factor (`_spread` gives it back the reduced dimensions).
"""

import math
from collections import namedtuple

from ..autograd import ArrayFunction, Tensor
from ..autograd.tensor import wrap
from ..backend import get_array_module
from .broadcasting import cast, int64
from .elementwise import maximum, minimum
from .shaping import normalize_dim, normalize_dims

inf = math.inf


def _spread(z, ctx):
    """A reduced array with its reduced dimensions back, of size 1: it broadcasts over the elements again."""
    shape = tuple(1 if i in ctx.dims else n for i, n in enumerate(ctx.before))
    return z.reshape(shape)


class SumFunction(ArrayFunction):
    """y = sum x: dy/dx = 1, each element receives the whole gradient."""

    @staticmethod
    def forward(ctx, x, *, dims, keepdim):
        ctx.before, ctx.dims = x.shape, dims
        return x.sum(axis=dims, keepdims=keepdim)

    @staticmethod
    def backward(ctx, grad_y):
        return (get_array_module(grad_y).broadcast_to(_spread(grad_y, ctx), ctx.before),)


def sum(input, dim=None, keepdim=False, *, dtype=None):
    """The sum over some dimensions, or over all; integers and bools are summed in int64.

    Example:
        >>> import tinyreg
        >>> tinyreg.ones(2, 3).sum(dim=1)
        tensor([3., 3.])
    """
    if dtype is not None:
        input = input.to(dtype)
    elif input.array.dtype.kind != "f":
        input = cast(input, int64)
    return SumFunction.apply(input, dims=normalize_dims("sum", dim, input.array.ndim), keepdim=keepdim)


class MeanFunction(ArrayFunction):
    """y = 1/n sum x: dy/dx = 1/n."""

    @staticmethod
    def forward(ctx, x, *, dims, keepdim):
        ctx.before, ctx.dims = x.shape, dims
        n = math.prod(x.shape[d] for d in dims)
        if n == 0:
            return get_array_module(x).full(x.sum(axis=dims, keepdims=keepdim).shape, math.nan, dtype=x.dtype)
        return x.mean(axis=dims, keepdims=keepdim)

    @staticmethod
    def backward(ctx, grad_y):
        n = math.prod(ctx.before[d] for d in ctx.dims)
        return (get_array_module(grad_y).broadcast_to(_spread(grad_y / max(n, 1), ctx), ctx.before),)


def _must_float(who, input):
    if input.array.dtype.kind != "f":
        raise RuntimeError(f"{who}: the input must be floating point, got dtype {input.array.dtype}; convert with .float()")


def mean(input, dim=None, keepdim=False, *, dtype=None):
    """The mean over some dimensions, or over all."""
    if dtype is not None:
        input = input.to(dtype)
    _must_float("mean", input)
    return MeanFunction.apply(input, dims=normalize_dims("mean", dim, input.array.ndim), keepdim=keepdim)


class VarFunction(ArrayFunction):
    """y = 1/(n - c) sum (x - m)^2 with m the mean: dy/dx = 2 (x - m)/(n - c), for the road over m sums to 0."""

    @staticmethod
    def forward(ctx, x, *, dims, keepdim, correction):
        ctx.before, ctx.dims = x.shape, dims
        n = math.prod(x.shape[d] for d in dims)
        ctx.degrees = max(n - correction, 0)
        if n == 0:
            ctx.save_for_backward(x)
            return get_array_module(x).full(x.sum(axis=dims, keepdims=keepdim).shape, math.nan, dtype=x.dtype)
        centred = x - x.mean(axis=dims, keepdims=True)  # two passes: E[x^2] - m^2 loses all digits where m is large
        ctx.save_for_backward(centred)
        squares = (centred * centred).sum(axis=dims, keepdims=keepdim)
        return squares / ctx.degrees if ctx.degrees else squares * math.nan

    @staticmethod
    def backward(ctx, grad_y):
        (centred,) = ctx.saved
        return (_spread(grad_y * (2 / ctx.degrees if ctx.degrees else math.nan), ctx) * centred,)


def var(input, dim=None, unbiased=True, keepdim=False, *, correction=None):
    """The variance over some dimensions: squared distances from the mean, summed, divided by n - correction.

    Args:
        unbiased: True divides by n - 1, False by n.
        correction: instead of unbiased: what is subtracted from n.
    """
    if isinstance(dim, bool):  # var(unbiased)
        dim, unbiased = None, dim
    _must_float("var", input)
    correction = int(unbiased) if correction is None else correction
    return VarFunction.apply(input, dims=normalize_dims("var", dim, input.array.ndim), keepdim=keepdim, correction=correction)


def std(input, dim=None, unbiased=True, keepdim=False, *, correction=None):
    """The standard deviation: the root of var."""
    return var(input, dim, unbiased, keepdim, correction=correction).sqrt()


class ExtremeFunction(ArrayFunction):
    """y = max x (or min): the elements that reach it share the gradient evenly."""

    @staticmethod
    def forward(ctx, x, *, dims, keepdim, largest):
        ctx.before, ctx.dims = x.shape, dims
        y = (x.max if largest else x.min)(axis=dims, keepdims=keepdim)
        ctx.save_for_backward(x, y)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        x, y = ctx.saved
        reached = x == _spread(y, ctx)
        share = grad_y / reached.sum(axis=ctx.dims).reshape(grad_y.shape).astype(grad_y.dtype)
        return (reached * _spread(share, ctx),)


class ExtremeAlongFunction(ArrayFunction):
    """values and indices of the max (or min) along one dimension: the first that reaches it receives the gradient."""

    @staticmethod
    def forward(ctx, x, *, dim, keepdim, largest):
        xp = get_array_module(x)
        ctx.before, ctx.dims = x.shape, (dim,) if x.ndim else ()
        if x.ndim == 0:
            ctx.save_for_backward(None)
            return x.copy(), xp.zeros((), dtype="int64")
        indices = xp.expand_dims((x.argmax if largest else x.argmin)(axis=dim), dim)
        ctx.save_for_backward(indices)
        values = xp.take_along_axis(x, indices, axis=dim)
        return (values, indices) if keepdim else (values.squeeze(dim), indices.squeeze(dim).copy())

    @staticmethod
    def backward(ctx, grad_values, grad_indices):
        (indices,) = ctx.saved
        if indices is None:
            return (grad_values,)
        xp = get_array_module(grad_values)
        grad_x = xp.zeros(ctx.before, dtype=grad_values.dtype)
        xp.put_along_axis(grad_x, indices, _spread(grad_values, ctx), axis=ctx.dims[0])
        return (grad_x,)


ValuesIndices = namedtuple("ValuesIndices", ["values", "indices"])


def _must_hold(who, input, dims):
    if math.prod(input.array.shape[d] for d in dims) == 0:
        raise RuntimeError(f"{who}: there must be an element to choose, got shape {tuple(input.array.shape)}; check where it became empty")


def _extreme(who, input, dim, keepdim, largest):
    if dim is None:
        dims = tuple(range(input.array.ndim))
        _must_hold(who, input, dims)
        return ExtremeFunction.apply(input, dims=dims, keepdim=False, largest=largest)
    dim = normalize_dim(who, dim, input.array.ndim)
    _must_hold(who, input, (dim,) if input.array.ndim else ())
    return ValuesIndices(*ExtremeAlongFunction.apply(input, dim=dim, keepdim=keepdim, largest=largest))


def max(input, dim=None, keepdim=False):
    """The largest element; along a dimension, (values, indices); of two tensors, the larger elementwise.

    Example:
        >>> import tinyreg
        >>> values, indices = tinyreg.max(tinyreg.tensor([[1.0, 5.0], [7.0, 3.0]]), 1)
        >>> values, indices
        (tensor([5., 7.]), tensor([1, 0]))
    """
    return maximum(input, dim) if isinstance(dim, Tensor) else _extreme("max", input, dim, keepdim, True)


def min(input, dim=None, keepdim=False):
    """The smallest element; along a dimension, (values, indices); of two tensors, the smaller elementwise."""
    return minimum(input, dim) if isinstance(dim, Tensor) else _extreme("min", input, dim, keepdim, False)


def amax(input, dim=None, keepdim=False):
    """The largest element over some dimensions; those that reach it share the gradient evenly."""
    dims = normalize_dims("amax", dim, input.array.ndim)
    _must_hold("amax", input, dims)
    return ExtremeFunction.apply(input, dims=dims, keepdim=keepdim, largest=True)


def amin(input, dim=None, keepdim=False):
    """The smallest element over some dimensions; those that reach it share the gradient evenly."""
    dims = normalize_dims("amin", dim, input.array.ndim)
    _must_hold("amin", input, dims)
    return ExtremeFunction.apply(input, dims=dims, keepdim=keepdim, largest=False)


def _argextreme(who, input, dim, keepdim):
    x = input.detach()
    if dim is None:
        _must_hold(who, x, tuple(range(x.array.ndim)))
        index = getattr(x.array, who)()
        return wrap(get_array_module(x.array).asarray(index).reshape((1,) * x.array.ndim if keepdim else ()))
    return (max if who == "argmax" else min)(x, dim, keepdim).indices


def argmax(input, dim=None, keepdim=False):
    """The index of the first largest element: in the flattened tensor, or along a dimension."""
    return _argextreme("argmax", input, dim, keepdim)


def argmin(input, dim=None, keepdim=False):
    """The index of the first smallest element: in the flattened tensor, or along a dimension."""
    return _argextreme("argmin", input, dim, keepdim)


class LogSumExpFunction(ArrayFunction):
    """y = ln sum e^x, the largest x taken out before the exponential: dy/dx = e^(x - y), the softmax."""

    @staticmethod
    def forward(ctx, x, *, dims, keepdim):
        xp = get_array_module(x)
        ctx.before, ctx.dims = x.shape, dims
        top = x.max(axis=dims, keepdims=True, initial=-inf)
        top = xp.where(xp.isfinite(top), top, 0).astype(x.dtype, copy=False)  # all -inf: e^-inf = 0 is meant
        total = xp.exp(x - top).sum(axis=dims, keepdims=True)
        y = xp.where(total > 0, xp.log(xp.where(total > 0, total, 1)), -inf).astype(x.dtype, copy=False)
        y = y + top
        ctx.save_for_backward(x, y)
        return y.copy() if keepdim else y.reshape(tuple(n for i, n in enumerate(x.shape) if i not in dims)).copy()

    @staticmethod
    def backward(ctx, grad_y):
        x, y = ctx.saved
        xp = get_array_module(x)
        return (_spread(grad_y, ctx) * xp.exp(x - xp.where(xp.isfinite(y), y, 0).astype(x.dtype, copy=False)),)


def logsumexp(input, dim, keepdim=False):
    """The logarithm of the sum of exponentials over some dimensions, without overflow."""
    if input.array.dtype.kind != "f":
        input = input.float()
    return LogSumExpFunction.apply(input, dims=normalize_dims("logsumexp", dim, input.array.ndim), keepdim=keepdim)


class NormFunction(ArrayFunction):
    """y = (sum |x|^p)^(1/p): dy/dx = sign(x) (|x|/y)^(p - 1), and 0 where y = 0."""

    @staticmethod
    def forward(ctx, x, *, p, dims, keepdim):
        xp = get_array_module(x)
        ctx.before, ctx.dims, ctx.p = x.shape, dims, p
        if p == 2:
            y = xp.sqrt((x * x).sum(axis=dims, keepdims=keepdim))
        elif p == 1:
            y = xp.abs(x).sum(axis=dims, keepdims=keepdim)
        elif p == 0:
            y = (x != 0).sum(axis=dims, keepdims=keepdim).astype(x.dtype)
        elif p == inf:
            y = xp.abs(x).max(axis=dims, keepdims=keepdim, initial=0)
        elif p == -inf:
            y = xp.abs(x).min(axis=dims, keepdims=keepdim)
        else:
            y = (xp.abs(x) ** p).sum(axis=dims, keepdims=keepdim) ** (1 / p)
        y = xp.asarray(y, dtype=x.dtype)
        ctx.save_for_backward(x, y)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        x, y = ctx.saved
        xp = get_array_module(x)
        p = ctx.p
        g, y = _spread(grad_y, ctx), _spread(y, ctx)
        if p == 2:
            return (x * (g / xp.where(y == 0, 1, y).astype(y.dtype)),)                 # 0 at 0: x is 0 there
        if p == 1:
            return (g * xp.sign(x),)
        if p == 0:
            return (xp.zeros(x.shape, dtype=x.dtype),)
        size = xp.abs(x)
        if p in (inf, -inf):
            reached = (size == y) & (x != 0)
            count = xp.maximum(reached.sum(axis=ctx.dims, keepdims=True), 1).astype(x.dtype)
            return (reached * xp.sign(x) * (g / count),)
        safe = xp.where(y == 0, 1, y).astype(y.dtype)
        ratio = xp.where(size == 0, 1, size).astype(x.dtype) / safe
        return (g * xp.sign(x) * ratio ** (p - 1) * (y != 0),)


def norm(input, p="fro", dim=None, keepdim=False, dtype=None):
    """The p-norm over some dimensions, or of all elements as one vector. Its gradient at 0 is 0.

    Args:
        p: a number, inf, -inf, or 'fro' (2).

    Example:
        >>> import tinyreg
        >>> tinyreg.norm(tinyreg.tensor([3.0, -4.0]))
        tensor(5.)
    """
    if dtype is not None:
        input = input.to(dtype)
    _must_float("norm", input)
    p = 2 if p in ("fro", None) else p
    if not isinstance(p, (int, float)):
        raise RuntimeError(f"norm: p must be a number, inf or 'fro', got {p!r}; 2 is the Euclidean norm")
    return NormFunction.apply(input, p=p, dims=normalize_dims("norm", dim, input.array.ndim), keepdim=keepdim)


def all(input, dim=None, keepdim=False):
    """Whether every element differs from 0, over some dimensions or over all."""
    dims = normalize_dims("all", dim, input.array.ndim)
    return wrap(get_array_module(input.array).asarray(input.array.astype(bool).all(axis=dims, keepdims=keepdim)))


def any(input, dim=None, keepdim=False):
    """Whether some element differs from 0, over some dimensions or over all."""
    dims = normalize_dims("any", dim, input.array.ndim)
    return wrap(get_array_module(input.array).asarray(input.array.astype(bool).any(axis=dims, keepdims=keepdim)))
