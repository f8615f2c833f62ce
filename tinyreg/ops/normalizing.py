"""What batch, layer, group and instance norm share: statistics, one affine map, and the sums and roads of its backward.

A normalization shifts and scales *rows*: all elements of one channel of one example (of one example, in layer norm)
have one scale k and one shift c. Which rows share their statistics is what the rooms differ in; the arithmetic on rows
is here, for x of shape (N, C, ...) and coefficients of shape

    (C,)      one a channel, for all examples: batch norm
    (N, C)    one a channel of each example: the others

Statistics.  In float32, E[x^2] - E[x]^2 loses everything where the mean is large: at mean 1000 and variance 1 it
subtracts two numbers near a million that are known to about 0.1. So each row is centred by its average a, and the
rounding error of a is put right by the average of what is left (Chan, Golub, LeVeque 1983, equation 1.7):

    d    = x - a,      a about E[x]                                                              (1)
    mean = a + E[d]                                                                              (2)
    var  = E[d^2] - E[d]^2                                                                       (3)

Rows of equal length are pooled by the law of total variance, "within plus between":

    mean = E[mean_row],      var = E[var_row] + Var[mean_row]                                    (4)

Batch norm needs no pooling: there a is the average of the whole channel, complete before anything is centred by it.
Averages are products with a vector of 1/S: BLAS adds with many partial sums, faster and more exactly than a loop.

Layout.  Memory may hold the channels before the pixels (N, C, S) or after them (N, S, C); shapes say (N, C, ...) in both
cases. Both are read as they lie and results come in the same layout. Large arrays are taken in blocks that stay in cache.
"""

import math
from operator import index

from ..autograd import Tensor
from ..backend import blocks, fuse, get_array_module, keeps_layout
from ..thread_pool import each
from .floating import check_floating
from .number import check_number


def moments(x, pooled=False):
    """The mean and the (biased) variance of each row of x.

    Args:
        x: an array of shape (N, C, ...).
        pooled: over the examples, too.

    Returns:
        mean and var, each (N, C), or (C,) if pooled. Of an empty row: 0 and 0.

    Example:
        >>> import numpy
        >>> mean, var = moments(numpy.array([[[1.0, 3.0]], [[5.0, 7.0]]]))
        >>> mean.tolist(), var.tolist()
        ([[2.0], [6.0]], [[1.0], [1.0]])
        >>> mean, var = moments(numpy.array([[[1.0, 3.0]], [[5.0, 7.0]]]), pooled=True)
        >>> mean.tolist(), var.tolist()
        ([4.0], [5.0])
    """
    if _at_once(x):
        rows, pooled = _rows(x, False), pooled or None
        share = 1 / max(1, rows.size // max(1, rows.shape[1]) if pooled else rows.shape[2])
        mean = _average(rows, share, pooled)
        return mean, _average_square(rows, mean[..., None], share, pooled)
    if pooled:
        return _pooled_moments(x)
    xp = get_array_module(x)
    last = _channels_last(x, pooled)
    rows = _rows(x, last)
    length = rows.shape[1 if last else 2]
    average = _weigher(xp.full(length, 1 / max(length, 1), dtype=x.dtype), last)

    def of(block):
        a = average(rows[block])
        d = rows[block] - _spread(a, last)                                             # (1)
        rest = average(d)
        d *= d
        return a + rest, average(d) - rest * rest                                      # (2), (3)

    found = each(of, blocks(rows), x.size)
    return found[0] if len(found) == 1 else tuple([xp.concatenate(z) for z in zip(*found)])


def _pooled_moments(x):
    """One average a channel: it is complete before anything is centred, so x is read twice, but nothing need be pooled."""
    xp = get_array_module(x)
    m = max(1, x.size // max(1, x.shape[1]))
    if x.ndim == 2:  # (N, C): a matrix as it is, without the calls below, which on a small batch would take half the time
        weights = xp.full(len(x), 1 / m, dtype=x.dtype)
        a = weights.dot(x)
        d = x - a                                                                      # (1)
        rest = weights.dot(d)
        d *= d
        return a + rest, weights.dot(d) - rest * rest                                  # (2), (3)
    last = _channels_last(x, True)
    rows = _rows(x, last)
    parts, examples, weight = blocks(rows), max(1, len(x)), max(1, len(x)) / m  # 1/S, so that no float16 overflows
    a = _total(each(lambda block: _sums(rows[block], last, weight), parts, x.size)) / examples
    spread = _spread(a, last, rows)

    def centred(block):
        d = rows[block] - spread                                                       # (1)
        return _sums(d, last, weight), _sums_of_products(d, d, last, weight)

    rest, square = [_total(z) / examples for z in zip(*each(centred, parts, x.size))]
    return a + rest, square - rest * rest                                              # (2), (3)


def pool(mean, var, axis):
    """The moments of several rows of equal length together, from their moments along an axis: equation (4)."""
    if mean.shape[axis] == 1:
        return mean.squeeze(axis), var.squeeze(axis)
    a = mean.mean(axis=axis, keepdims=True)
    d = mean - a                                                                       # (1)
    rest = d.mean(axis=axis)
    between = (d * d).mean(axis=axis) - rest * rest                                    # (3)
    return a.squeeze(axis) + rest, var.mean(axis=axis) + between                       # (4)


def sums(g, x, mean):
    """The sums over each row that every backward needs: sum g and sum g (x - mean).

    The second is not computed as sum g x - mean sum g, which loses digits as E[x^2] - E[x]^2 does.

    Args:
        g, x: arrays of one shape (N, C, ...).
        mean: (C,) or (N, C).

    Returns:
        Both sums, of mean's shape.
    """
    xp = get_array_module(x)
    pooled = mean.ndim == 1
    if _at_once(x):
        g_rows, x_rows = _rows(g, False), _rows(x, False)
        return g_rows.sum(axis=(0, 2) if pooled else 2), _sum_product(g_rows, x_rows, mean[..., None], pooled or None)
    if pooled and x.ndim == 2:
        d, total = x - mean, xp.ones(len(x), dtype=x.dtype)
        d *= g
        return total.dot(g), total.dot(d)
    last = _channels_last(x, pooled)
    g_rows, x_rows = _rows(g, last), _rows(x, last)
    mean = _spread(mean, last, x_rows)
    if pooled:

        def of(block):
            g_part = g_rows[block]
            return _sums(g_part, last), _sums_of_products(x_rows[block] - mean, g_part, last)

        return tuple([_total(z) for z in zip(*each(of, blocks(x_rows), x.size))])
    total = _weigher(xp.ones(x_rows.shape[1 if last else 2], dtype=x.dtype), last)

    def of_each(block):
        d = x_rows[block] - mean[block]
        d *= g_rows[block]
        return total(g_rows[block]), total(d)

    found = each(of_each, blocks(x_rows), x.size)
    return found[0] if len(found) == 1 else tuple([xp.concatenate(z) for z in zip(*found)])


def affine(x, k, c=None):
    """x k + c, with coefficients of shape (C,) or (N, C); without c, x k."""
    xp = get_array_module(x)
    if k.ndim == 1 and x.ndim == 2:
        return x * k if c is None else _affine(x, k, c)
    if _at_once(x):
        return x * _beside(k, x) if c is None else _affine(x, _beside(k, x), _beside(c, x))
    last = _channels_last(x, k.ndim == 1)
    rows = _rows(x, last)
    k = _spread(k, last, rows)
    if c is None:
        return _restore(rows * k, x.shape, last)
    c, parts = _spread(c, last, rows), blocks(rows)
    if len(parts) == 1:
        return _restore(_affine(rows, k, c), x.shape, last)
    y = xp.empty(rows.shape, dtype=x.dtype)

    def write(block):
        xp.multiply(rows[block], _part(k, block), out=y[block])
        y[block] += _part(c, block)

    each(write, parts, x.size)
    return _restore(y, x.shape, last)


def join_roads(g, x, k, u, d):
    """g k + x u + d, in x's layout: the roads of a normalization's input gradient, added.

    Args:
        g, x: arrays of one shape (N, C, ...).
        k, u, d: coefficients, all (C,) or all (N, C).
    """
    if k.ndim == 1 and x.ndim == 2:
        return _roads(g, x, k, u, d)
    if _at_once(x):
        return _roads(g, x, *(_beside(z, x) for z in (k, u, d)))
    xp = get_array_module(x)
    last = _channels_last(x, k.ndim == 1)
    g_rows, x_rows = _rows(g, last), _rows(x, last)
    k, u, d = (_spread(z, last, x_rows) for z in (k, u, d))
    parts = blocks(x_rows)
    if len(parts) == 1:
        return _restore(_roads(g_rows, x_rows, k, u, d), x.shape, last)
    grad_x = xp.empty(x_rows.shape, dtype=x.dtype)

    def write(block):
        road = x_rows[block] * _part(u, block)
        road += _part(d, block)
        xp.multiply(g_rows[block], _part(k, block), out=grad_x[block])
        grad_x[block] += road

    each(write, parts, x.size)
    return _restore(grad_x, x.shape, last)


def _at_once(x):
    """Whether each sum is one kernel: on a GPU, where many threads add up each number, so that no digits are lost.

    There the average of d is 0 as far as float32 knows, and (2) and the last term of (3) change nothing. float16, whose sums
    do not reach far, goes the other way.
    """
    return not keeps_layout(x) and x.dtype.itemsize > 2


def _beside(k, x):
    """Coefficients (C,) or (N, C) in a shape that broadcasts against x (N, C, ...)."""
    return k.reshape(*k.shape, *[1] * (x.ndim - 2))


@fuse
def _average(x, share, pooled):
    return get_array_module(x).sum(x * share, axis=2 if pooled is None else (0, 2))


@fuse
def _average_square(x, mean, share, pooled):
    d = x - mean                                                                       # (1)
    return get_array_module(x).sum(d * d * share, axis=2 if pooled is None else (0, 2))  # (3)


@fuse
def _sum_product(g, x, mean, pooled):
    return get_array_module(x).sum(g * (x - mean), axis=2 if pooled is None else (0, 2))


@fuse
def _affine(x, k, c):
    return x * k + c


@fuse
def _roads(g, x, k, u, d):
    return g * k + (x * u + d)


def _channels_last(x, pooled):
    """Whether the rows are read as (N, S, C): the channels of a pixel lie side by side."""
    if x.ndim == 2:
        return pooled  # (N, C): one image of N pixels, where examples need not be told apart
    return not x.flags.c_contiguous and x.transpose(0, *range(2, x.ndim), 1).flags.c_contiguous


def _rows(x, last):
    n, c, *spatial = x.shape
    if not last:
        return x.reshape(n, c, math.prod(spatial))                                     # (N, C, ...) -> (N, C, S)
    if not spatial:
        return x[None]                                                                 # (N, C) -> (1, N, C)
    return x.transpose(0, *range(2, x.ndim), 1).reshape(n, math.prod(spatial), c)      # (N, C, ...) -> (N, S, C)


def _restore(rows, shape, last):
    if not last:
        return rows.reshape(shape)                                                     # (N, C, S) -> (N, C, ...)
    n, c, *spatial = shape
    return rows.reshape(n, *spatial, c).transpose(0, len(shape) - 1, *range(1, len(shape) - 1))  # (N, S, C) -> (N, C, ...)


def _sums(rows, last, weight=1):
    """The weighted sums over the pixels of each channel: of each example (N, C), or of all together (1, C)."""
    xp = get_array_module(rows)
    a, b, c = rows.shape
    if last:
        return xp.full(a * b, weight, dtype=rows.dtype).dot(rows.reshape(a * b, c))[None]
    return rows.reshape(a * b, c).dot(xp.full(c, weight, dtype=rows.dtype)).reshape(a, b)


def _sums_of_products(d, g, last, weight=1):
    """The weighted sums of d g, by _sums; d is lost."""
    if not last and keeps_layout(d) and d.itemsize > 2:
        found = get_array_module(d).vecdot(d, g)  # BLAS for each row: d g is written nowhere
        return found if weight == 1 else found * weight
    d *= g
    return _sums(d, last, weight)


def _total(found):
    """The sum over all blocks and examples, added in their order: the same digits, however many threads found them."""
    return (found[0] if len(found) == 1 else get_array_module(found[0]).concatenate(found)).sum(axis=0)


def _weigher(weights, last):
    """Weighted sums over the pixels: (N, C, S) or (N, S, C) -> (N, C)."""
    return (lambda z: weights @ z) if last else (lambda z: z @ weights)


def _spread(k, last, rows=None):
    """Coefficients (C,) or (N, C) in a shape that broadcasts against rows."""
    k = k[..., None, :] if last else k[..., None]
    if k.ndim == 2 and rows is not None and len(rows) >= 4 and keeps_layout(k):
        if rows.shape[2] < 256 or rows.shape[1] * rows.shape[2] <= 2**16:
            # written out for all elements of an example: NumPy's innermost loop then runs over all of them, not over a row
            # (1.4x on the affine map of 64 channels of 32 x 32 pixels), as long as that fits into the cache beside x
            k = get_array_module(k).broadcast_to(k, rows.shape[1:]).copy()
    return k


def _part(k, block):
    """The coefficients of a block of examples."""
    return k[block] if k.ndim == 3 else k


def feature_sizes(who, normalized_shape):
    """The sizes of the last dimensions, whose features share their statistics, as a tuple; an int for one dimension.

    Raises:
        TypeError: a size that is no integer.
        RuntimeError: no size at all.

    Example:
        >>> feature_sizes("layer_norm", 5), feature_sizes("layer_norm", [3, 4])
        ((5,), (3, 4))
    """
    try:
        sizes = (index(normalized_shape),) if hasattr(normalized_shape, "__index__") else tuple([index(n) for n in normalized_shape])
    except TypeError:
        raise TypeError(
            f"{who}: normalized_shape must be an integer or several, got {normalized_shape!r}; it names the sizes of the last dimensions"
        ) from None
    if not sizes:
        raise RuntimeError(f"{who}: normalized_shape must name at least one dimension, got {sizes}; an example needs features")
    return sizes


def check_features(who, input, sizes):
    """Refuse an input that is not floating point or does not end in the sizes of the features."""
    check_floating(who, input)
    shape = input.array.shape
    if len(shape) < len(sizes) or shape[len(shape) - len(sizes) :] != sizes:
        raise RuntimeError(
            f"{who}: input must end in normalized_shape={sizes}, got shape {shape}; normalized_shape names the sizes of the last dimensions"
        )


def check_tensors(who, input, shape, meaning, **tensors):
    """Refuse an input that cannot be normalized, and tensors that do not fit it.

    Args:
        who: the door that error messages name.
        input: a floating point Tensor.
        shape: of each of the tensors.
        meaning: what such a tensor holds, for the message: "one value a channel".
        tensors: weight=, bias=, ...: Tensors of input's dtype, or None.
    """
    check_floating(who, input)
    dtype = input.array.dtype
    for name, tensor in tensors.items():
        if tensor is None or (isinstance(tensor, Tensor) and tensor.array.shape == shape and tensor.array.dtype == dtype):
            continue
        if not isinstance(tensor, Tensor):
            raise TypeError(f"{who}: {name} must be a Tensor or None, got {type(tensor).__name__}; wrap it with tinyreg.tensor")
        if tensor.array.shape != shape:
            raise RuntimeError(
                f"{who}: {name} must hold {meaning}, shape {shape}, got shape {tensor.array.shape} for input of shape {input.array.shape}; "
                "build it for this input"
            )
        raise RuntimeError(
            f"{who}: input and {name} must have one dtype, got {dtype} and {tensor.array.dtype}; "
            "convert one of them, as model.double() does"
        )


def check_eps(who, eps, zero=True):
    """Refuse an eps below 0, or, if zero is False, not above it."""
    check_number(who, eps=eps)
    if not (eps >= 0 if zero else eps > 0):
        limit = "at least" if zero else "above"
        raise ValueError(f"{who}: eps must be {limit} 0, got eps={eps}; it keeps the root of a variance away from 0")
