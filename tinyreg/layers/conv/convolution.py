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

    (6) works on P Q columns, (7) on H W: padded convolutions take (7), which adds in the matrix product instead of in
    memory; the others take (6).

Cost
    N P Q C K L O multiplications; backward twice that, or once where x needs no gradient (the first layer). The columns
    would take K L times the memory of x: they are made for a few images at a time, used while they are in the cache,
    and made again in backward instead of kept. On a GPU all images go at once.

Memory
    Where elementwise operations keep the layout of their input (NumPy), y lies in memory with its channels last,
    (N, P, Q, O), whatever its shape says, and the next convolution finds runs of L C values to copy. With few channels
    the runs would be short: there the copies run along the pixels instead.

Source
    LeCun, Boser, Denker, Henderson, Howard, Hubbard, Jackel 1989, "Backpropagation applied to handwritten zip code recognition".
    Chellapilla, Puri, Simard 2006, "High performance convolutional neural networks for document processing" (the columns).
    Dumoulin, Visin 2016, "A guide to convolution arithmetic for deep learning", arXiv 1603.07285 (sizes, equation (7)).
"""

import math
from typing import NamedTuple

from ...autograd import ArrayFunction
from ...backend import blocks, get_array_module, keeps_layout
from ..geometry import out_size
from .im2col import channels_first, channels_last, col2im, im2col

COLUMNS = 2**19  # elements in the columns of a block of images: 2 MiB in float32, about a core's cache


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
        if needs_x:
            grad_x = input_gradient(G, weight, images.shape, ctx.geometry, ctx.groups).reshape(x.shape)
        if needs_weight:
            grad_weight = weight_gradient(images, G, weight.shape, ctx.geometry, ctx.groups)
        if needs_bias:
            grad_bias = bias_gradient(G)
        return grad_x, grad_weight, grad_bias


def convolve(x, weight, bias, geometry, groups):
    """Equation (2), a block of images at a time."""
    xp = get_array_module(x)
    columns = Columns(x, weight.shape, geometry, groups)
    W = columns.weight_matrix(weight)
    y = xp.empty((len(x), *columns.out, len(weight)), dtype=x.dtype)                   # (N, P, Q, O)
    if bias is not None:  # written out for all pixels: NumPy's inner loop then runs over an image instead of O values
        bias = xp.broadcast_to(bias, y.shape[1:]).reshape(-1)
    for images in columns.blocks():
        part = y[images]
        X = columns.gather(x[images])
        _product(X, W.swapaxes(1, 2), out=_grouped(part.reshape(-1, len(weight)), groups))         # (2)
        if bias is not None:
            flat = part.reshape(len(part), len(bias))
            flat += bias
    y = channels_first(y)
    return y if keeps_layout(y) else xp.ascontiguousarray(y)


def bias_gradient(G):
    """Equation (3)."""
    pixels = _pixels(G)
    return get_array_module(G).ones(len(pixels), dtype=G.dtype) @ pixels               # (3)


def weight_gradient(x, G, shape, geometry, groups):
    """Equation (4), in the shape of the weights."""
    xp = get_array_module(x)
    columns = Columns(x, shape, geometry, groups)
    grad_W = xp.zeros((groups, shape[0] // groups, math.prod(shape[1:])), dtype=x.dtype)
    for images in columns.blocks():
        X = columns.gather(x[images])
        grad_W += _product(_grouped(_pixels(G[images]), groups).swapaxes(1, 2), X)     # (4)
    return columns.weight_tensor(grad_W)


def input_gradient(G, weight, shape, geometry, groups):
    """The gradient of x, of this shape (N, C, H, W): by equation (7) where that is less work, else by (5) and (6)."""
    stride, padding, dilation = geometry
    around = tuple([(d * (k - 1) - before, d * (k - 1) - behind) for k, d, (before, behind) in zip(weight.shape[2:], dilation, padding)])
    padded = math.prod(G.shape[2:]) >= math.prod(shape[2:])
    if padded and max(stride) == 1 and min(map(min, around)) >= 0:
        return convolve(G, _flip(weight, groups), None, Geometry(stride, around, dilation), groups)  # (7)
    return _scattered_gradient(G, weight, shape, geometry, groups)


def _scattered_gradient(G, weight, shape, geometry, groups):
    xp = get_array_module(G)
    grad_x = channels_first(xp.empty((shape[0], *shape[2:], shape[1]), dtype=G.dtype))
    columns = Columns(grad_x, weight.shape, geometry, groups)
    W = columns.weight_matrix(weight)
    for images in columns.blocks():
        taps, grad_X = columns.empty(len(grad_x[images]))
        _product(_grouped(_pixels(G[images]), groups), W, out=grad_X)                  # (5)
        grad_x[images] = col2im(taps, shape[2:], *geometry)                            # (6)
    return grad_x if keeps_layout(grad_x) else xp.ascontiguousarray(grad_x)


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
    if len(a) == 1:  # one group: plain matrices, which no library copies before it multiplies them
        return xp.matmul(a[0], b[0], out=None if out is None else out[0])
    return xp.matmul(a, b, out=out)


class Columns:
    """The columns of a few images at a time, as a matrix (groups, pixels, features), in memory that is used again.

    Two orders of memory, and with them of the features:

        channels last    pixels x (K, L, C): runs of L C values are copied; for one group of many channels
        channels first   (C, K, L) x pixels: runs of Q values are copied; the features of a group stay together
    """

    def __init__(self, x, weight_shape, geometry, groups):
        self.xp, self.x, self.geometry, self.groups = get_array_module(x), x, geometry, groups
        self.kernel, self.weight_shape = weight_shape[2:], weight_shape
        self.out = out_size("convolution", x.shape[2:], self.kernel, *geometry)
        self.features = x.shape[1] * math.prod(self.kernel) // groups
        self.last = groups == 1 and x.shape[1] >= 8 and keeps_layout(x)
        self.buffer = None

    def blocks(self):
        """Slices of images whose columns stay in cache together."""
        columns = math.prod(self.out) * math.prod(self.kernel)
        return blocks(self.x, size=COLUMNS * math.prod(self.x.shape[2:]) // columns)

    def empty(self, n):
        """Memory for the columns of n images: as taps (N, C, K, L, P, Q) and as a matrix (groups, pixels, features)."""
        if self.buffer is None or len(self.buffer[0]) != n:
            C, kernel, out, axes = self.x.shape[1], self.kernel, self.out, len(self.out)
            pixels = n * math.prod(out)
            if self.last:
                memory = self.xp.empty((n, *out, *kernel, C), dtype=self.x.dtype)
                taps = memory.transpose(0, 2 * axes + 1, *range(axes + 1, 2 * axes + 1), *range(1, axes + 1))
                self.buffer = taps, memory.reshape(1, pixels, self.features)
            else:
                memory = self.xp.empty((C, *kernel, n, *out), dtype=self.x.dtype)
                taps = memory.transpose(axes + 1, *range(axes + 1), *range(axes + 2, 2 * axes + 2))
                self.buffer = taps, memory.reshape(self.groups, self.features, pixels).swapaxes(1, 2)
        return self.buffer

    def gather(self, images):
        """The columns of these images as a matrix (groups, pixels, features)."""
        if self.last:
            images = channels_first(self.xp.ascontiguousarray(channels_last(images)))
        taps, X = self.empty(len(images))
        stride, padding, dilation = self.geometry
        im2col(images, self.kernel, stride, padding, dilation, out=taps)
        return X

    def weight_matrix(self, weight):
        """(O, C/G, K, L) -> (groups, O/G, features), the features in the order of the columns."""
        if self.last:
            weight = channels_last(weight)
        return weight.reshape(self.groups, len(weight) // self.groups, self.features)

    def weight_tensor(self, matrix):
        """The way back: (groups, O/G, features) -> (O, C/G, K, L)."""
        O, c, *kernel = self.weight_shape
        if self.last:
            return self.xp.ascontiguousarray(channels_first(matrix.reshape(O, *kernel, c)))
        return matrix.reshape(self.weight_shape)
