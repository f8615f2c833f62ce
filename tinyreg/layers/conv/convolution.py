"""Convolution as one matrix product: the weights times the columns of im2col.

    x        (N, C, H, W)          images
    weight   (O, C/G, K, L)        O filters; group g of the filters sees group g of the channels
    bias     (O,)
    y        (N, O, P, Q)          P, Q by equation (1) of layers/geometry.py

Signals (N, C, L) and volumes (N, C, D, H, W) are written with one and three letters where images have two: a sum more or
less in (1), the same lines of code.

Forward
    With stride s, dilation d and zeros around the image (x_pad), for one group,

        y[n, o, p, q] = bias[o] + sum over c, k, l of weight[o, c, k, l] x_pad[n, c, p s + k d, q s + l d]       (1)

    (the correlation; every framework calls it convolution). im2col lays the window under each output pixel into a column,
    one feature a tap: C K L of them. With W the weights as a matrix (O, C K L), X the columns (C K L, N P Q),

        Y = W X + bias                                                                           (2)

    Groups are that many products of smaller matrices.

Backward
    Let G = dL/dY, (O, N P Q). (2) is a linear layer, so

        grad_bias[o] = sum over the pixels of G[o]                                               (3)
        grad_W = G X^T                                                                           (4)
        grad_X = W^T G                                                                           (5)

    and since X = im2col(x), the gradient of x is the adjoint (im2col.py) of grad_X:

        grad_x = col2im(grad_X)                                                                  (6)

    For stride 1 there is a second road to the same numbers. x[n, c, i, j] stands in (1) at all k, l, p, q with
    i = p + k d - top and j = q + l d - left, so

        grad_x[n, c, i, j] = sum over o, k, l of weight[o, c, k, l] G[n, o, i + top - k d, j + left - l d]

    and counting the taps backwards, k = K - 1 - k', this is (1) again: a convolution of G, padded by d (K - 1) - top
    above (and likewise on the other sides), with the flipped kernel, inputs and outputs exchanged:

        grad_x = conv(G, flip(weight) with O and C exchanged)                                    (7)

    (6) works on P Q columns, (7) on H W, but (7) adds in the matrix product instead of in memory: it is taken as long as it
    has at most a quarter more columns (0.7 to 0.9 of the time of (6) then; at a half more, 1.2).

    (7) also gives the weights their gradient. <G, conv(x, weight)> and <x, conv(G, flipped weight)> are one number, bilinear
    in weight and x, so what (4) computes for the second is the gradient of the flipped weight:

        grad_weight = flip(G' X'^T) with O and C exchanged,  X' = im2col(G) padded as in (7),  G' = x        (8)

    and the columns of (7) serve twice: backward gathers once instead of twice (1.0 to 1.2x on it).

Cost
    N P Q C K L O multiplications; backward twice that, or once where x needs no gradient (the first layer). The columns
    would take K L times the memory of x: they are made for a few images at a time (columns.py), used while they are in the
    cache, and made again in backward instead of kept. With the thread pool on, its threads share the blocks of images. On a
    GPU the same equations are evaluated in another order (device.py).

Memory
    Elementwise operations keep the layout of their input in NumPy. So y lies in memory with its channels last,
    (N, P, Q, O), whatever its shape says, and the next convolution finds runs of L C values to copy. With few channels
    the runs would be short: there the copies run along the pixels instead.

Source
    LeCun, Boser, Denker, Henderson, Howard, Hubbard, Jackel 1989, "Backpropagation applied to handwritten zip code recognition".
    Chellapilla, Puri, Simard 2006, "High performance convolutional neural networks for document processing" (the columns).
    Dumoulin, Visin 2016, "A guide to convolution arithmetic for deep learning", arXiv 1603.07285 (sizes, equation (7)).
"""

import math
from typing import Any, NamedTuple

from ...autograd import ArrayFunction
from ...backend import get_array_module, keeps_layout
from ...thread_pool import each, results
from . import device
from .columns import Columns
from .im2col import channels_first, channels_last, col2im


class Geometry(NamedTuple):
    """How the kernel moves, for each axis, (vertical, horizontal): stride, padding (before, behind), dilation."""

    stride: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]
    dilation: tuple[int, ...]


class ConvolutionFunction(ArrayFunction):
    """y = W im2col(x) + bias; the options are those of `Geometry`, and groups."""

    @staticmethod
    def forward(ctx, x, weight, bias, *, geometry, groups):
        ctx.geometry, ctx.groups = geometry, groups
        ctx.save_for_backward(x, weight)
        batch = x.ndim == weight.ndim
        y = convolve(x if batch else x[None], weight, bias, geometry, groups)
        return y if batch else y[0]

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved
        needs_x, needs_weight, needs_bias = ctx.needs_input_grad
        images, G = (x, grad_y) if x.ndim == weight.ndim else (x[None], grad_y[None])
        grad_x = grad_weight = grad_bias = None
        around = _around(G, weight.shape, images.shape, ctx.geometry)
        if needs_x and needs_weight and around is not None:
            grad_x, grad_weight = _both_gradients(images, G, weight, around, ctx.groups)           # (7), (8)
        elif needs_x:
            grad_x = input_gradient(G, weight, images.shape, ctx.geometry, ctx.groups)
        if needs_weight and grad_weight is None:
            grad_weight = weight_gradient(images, G, weight.shape, ctx.geometry, ctx.groups)
        if needs_bias:
            grad_bias = bias_gradient(G)
        return grad_x if grad_x is None else grad_x.reshape(x.shape), grad_weight, grad_bias


def convolve(x, weight, bias, geometry, groups):
    """Equation (2)."""
    return products(x, weight.shape, geometry, groups, weight=weight, bias=bias)[0]


def bias_gradient(G):
    """Equation (3)."""
    if not keeps_layout(G):
        return device.bias_gradient(G)
    pixels = _pixels(G)
    return get_array_module(G).ones(len(pixels), dtype=G.dtype) @ pixels               # (3)


def weight_gradient(x, G, shape, geometry, groups):
    """Equation (4), in the shape of the weights."""
    return products(x, shape, geometry, groups, G=G)[1]


def products(x, shape, geometry, groups, weight=None, bias=None, G=None):
    """Everything that the columns of x are multiplied with, a block of images at a time.

    Returns:
        y by (2), or None without a weight; and the gradient of a weight of this shape by (4), or None without G.
    """
    if not keeps_layout(x):
        return device.products(x, shape, geometry, groups, weight, bias, G)
    xp, columns = get_array_module(x), Columns(x, shape, geometry, groups)
    y: Any = None
    found: Any = None
    if weight is not None:
        W = columns.weight_matrix(weight)
        y = xp.empty((len(x), *columns.out, len(weight)), dtype=x.dtype)               # (N, P, Q, O)
    if bias is not None:  # written out for all pixels: NumPy's inner loop then runs over an image instead of O values
        bias = xp.broadcast_to(bias, y.shape[1:]).reshape(-1)

    def work(images):
        X = columns.gather(x[images])
        if y is not None:
            part = y[images]
            _product(X, W, out=_grouped(part.reshape(-1, part.shape[-1]), groups))     # (2)
            if bias is not None:
                flat = part.reshape(len(part), len(bias))
                flat += bias
        # X^T G rather than G^T X: two threads of OpenBLAS are 1.3x faster at the wide result
        return None if G is None else _product(X.swapaxes(1, 2), _grouped(_pixels(G[images]), groups))         # (4)

    for part in results(work, columns.blocks(), columns.size):
        found = part if found is None else xp.add(found, part, out=found)
    return y if y is None else channels_first(y), found if G is None else columns.weight_tensor(found)


def input_gradient(G, weight, shape, geometry, groups):
    """The gradient of x, of this shape (N, C, H, W): by equation (7) where that is less work, else by (5) and (6)."""
    around = _around(G, weight.shape, shape, geometry)
    if around is not None:
        return convolve(G, _flip(weight, groups), None, around, groups)                # (7)
    return _scattered_gradient(G, weight, shape, geometry, groups)


def _both_gradients(x, G, weight, around, groups):
    """Equations (7) and (8), from the same columns."""
    flipped = _flip(weight, groups)
    grad_x, grad_flipped = products(G, flipped.shape, around, groups, weight=flipped, G=x)         # (7)
    return grad_x, get_array_module(G).ascontiguousarray(_flip(grad_flipped, groups))              # (8)


def _around(G, weight_shape, x_shape, geometry):
    """The geometry of the convolution (7), or None where it does not exist or is more work than (5) and (6)."""
    stride, padding, dilation = geometry
    around = tuple([(d * (k - 1) - before, d * (k - 1) - behind) for k, d, (before, behind) in zip(weight_shape[2:], dilation, padding)])
    # on a GPU each of the K L additions in (6) is a launch, which takes longer than a few more columns
    cheaper = 4 * math.prod(x_shape[2:]) <= 5 * math.prod(G.shape[2:]) or not keeps_layout(G)
    return Geometry(stride, around, dilation) if cheaper and max(stride) == 1 and min(map(min, around)) >= 0 else None


def _scattered_gradient(G, weight, shape, geometry, groups):
    if not keeps_layout(G):
        return device.scattered_gradient(G, weight, shape, geometry, groups)
    xp = get_array_module(G)
    grad_x = channels_first(xp.empty((shape[0], *shape[2:], shape[1]), dtype=G.dtype))
    columns = Columns(grad_x, weight.shape, geometry, groups)
    W = weight.reshape(groups, len(weight) // groups, columns.features)

    def work(images):
        part = G[images]
        taps, grad_X = columns.images_last(len(part))
        rows = part.transpose(*range(2, part.ndim), 0, 1).reshape(-1, len(weight))     # (P Q N, O)
        _product(W.swapaxes(1, 2), _grouped(rows, groups).swapaxes(1, 2), out=grad_X)  # (5)
        grad_x[images] = col2im(taps, shape[2:], *geometry)                            # (6)

    each(work, columns.blocks(), columns.size)
    return grad_x


def _flip(weight, groups):
    """The kernel turned round on every axis, inputs and outputs exchanged within each group: (O, C/G, K, L) -> (C, O/G, K, L)."""
    O, c, *kernel = weight.shape
    turned = weight[(..., *[slice(None, None, -1)] * len(kernel))].reshape(groups, O // groups, c, *kernel)
    return turned.swapaxes(1, 2).reshape(groups * c, O // groups, *kernel)


def _pixels(G):
    """(N, O, P, Q) -> (N P Q, O)."""
    return channels_last(G).reshape(-1, G.shape[1])


def _grouped(pixels, groups):
    """(pixels, channels) -> (groups, pixels, channels of a group)."""
    return pixels.reshape(len(pixels), groups, pixels.shape[1] // groups).swapaxes(0, 1)


def _product(a, b, out=None):
    """A matrix product a group."""
    xp = get_array_module(a)
    if len(a) == 1:  # one group: plain matrices, which NumPy does not copy before it multiplies them
        return xp.matmul(a[0], b[0], out=None if out is None else out[0])[None]
    return xp.matmul(a, b, out=out)
