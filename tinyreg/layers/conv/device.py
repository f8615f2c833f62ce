"""The products of convolution on a GPU, where a launch costs more than a trip to memory and every result is in C order.

    x         (N, C, H, W)           images
    weight    (O, C/G, K, L)         O filters; group g of the filters sees group g of the channels
    columns   (G, C/G K L, N P Q)    the windows of all images, one column an output pixel

Forward and backward are equations (2), (4) and (5) of convolution.py with the columns on the right of the weights: the taps
come first in memory, so that all three are plain matrix products, which cuBLAS takes as they lie. The result of (2) has the
channels before the images, (O, N P Q); one kernel exchanges them and adds the bias on the way. So a convolution is three
launches, five where it is padded.

Memory. The columns hold K L values for one of x. They are made for all images at once as long as they have no more than
COLUMNS elements, beyond that for a few images at a time, whatever the batch.
"""

import math

from ...backend import fuse, get_array_module
from ..geometry import out_size
from .im2col import col2im, im2col

COLUMNS = 2**28  # elements in the columns of a block of images: 1 GiB in float32


def products(x, shape, geometry, groups, weight=None, bias=None, G=None):
    """Equations (2), in C order, and (4), as convolution.products: either is None where its factor is."""
    xp, out = get_array_module(x), _out(x.shape, shape, geometry)
    found, grad_weight = [], None if G is None else xp.empty(shape, dtype=x.dtype)
    for images in _blocks(x.shape, shape, geometry):
        part = x[images]
        X = _columns(part, shape, geometry, groups)
        if weight is not None:
            Y = _product(_matrix(weight, groups), X)                                   # (2)
            found.append(_images_first(Y.reshape(len(weight), len(part), *out), bias))
        if G is not None:
            grad_W, factors = _matrix(grad_weight, groups), (_channels_first(G[images], groups), X.swapaxes(1, 2))
            if images.start == 0:
                _product(*factors, out=grad_W)                                         # (4)
            else:
                grad_W += _product(*factors)
    y = None if weight is None else found[0] if len(found) == 1 else xp.concatenate(found)
    return y, grad_weight


def bias_gradient(G):
    """Equation (3)."""
    return G.sum(axis=(0, *range(2, G.ndim)))                                          # (3)


def scattered_gradient(G, weight, shape, geometry, groups):
    """Equations (5) and (6): the gradient of x, of this shape (N, C, H, W)."""
    xp = get_array_module(G)
    W, found = _matrix(weight, groups), []
    for images in _blocks(shape, weight.shape, geometry):
        part = G[images]
        grad_X = _product(W.swapaxes(1, 2), _channels_first(part, groups))             # (5)
        taps = grad_X.reshape(shape[1], *weight.shape[2:], len(part), *G.shape[2:])    # (C, K, L, N, P, Q)
        found.append(col2im(_images_before(taps, len(shape) - 2), shape[2:], *geometry))  # (6)
    return xp.ascontiguousarray(found[0]) if len(found) == 1 else xp.concatenate(found)


def _out(shape, weight_shape, geometry):
    return out_size("convolution", shape[2:], weight_shape[2:], *geometry)


def _blocks(shape, weight_shape, geometry):
    """Slices of images whose columns have at most COLUMNS elements together; there is always one."""
    each = shape[1] * math.prod(weight_shape[2:]) * math.prod(_out(shape, weight_shape, geometry))
    step = max(1, COLUMNS // max(1, each))
    return [slice(start, start + step) for start in range(0, max(1, shape[0]), step)]


def _matrix(weight, groups):
    """(O, C/G, K, L) -> (groups, O/G, features)."""
    return weight.reshape(groups, len(weight) // groups, math.prod(weight.shape[1:]))


def _columns(images, weight_shape, geometry, groups):
    """The columns of these images, (groups, features, pixels)."""
    xp, kernel = get_array_module(images), weight_shape[2:]
    stride, padding, dilation = geometry
    n, c, out = len(images), images.shape[1], _out(images.shape, weight_shape, geometry)
    memory = xp.empty((c, *kernel, n, *out), dtype=images.dtype)
    im2col(images, kernel, stride, padding, dilation, out=_images_before(memory, len(out)))
    return memory.reshape(groups, c * math.prod(kernel) // groups, n * math.prod(out))


def _images_before(taps, axes):
    """The view (C, K, L, N, P, Q) -> (N, C, K, L, P, Q)."""
    return taps.transpose(axes + 1, *range(axes + 1), *range(axes + 2, 2 * axes + 2))


def _channels_first(G, groups):
    """(N, O, P, Q) -> (groups, O/G, N P Q)."""
    return G.swapaxes(0, 1).reshape(groups, G.shape[1] // groups, len(G) * math.prod(G.shape[2:]))


def _images_first(Y, bias):
    """(O, N, P, Q) + bias -> (N, O, P, Q) in C order."""
    Y = Y.swapaxes(0, 1)
    return get_array_module(Y).ascontiguousarray(Y) if bias is None else _add(Y, bias.reshape(-1, *[1] * (Y.ndim - 2)))


@fuse
def _add(y, bias):
    return y + bias


def _product(a, b, out=None):
    """A matrix product a group; of one group as plain matrices, which cuBLAS takes transposed or not, without a copy."""
    xp = get_array_module(a)
    if len(a) == 1:
        return xp.matmul(a[0], b[0], out=None if out is None else out[0])[None]
    return xp.matmul(a, b, out=out)
