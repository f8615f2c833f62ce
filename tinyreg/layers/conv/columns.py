"""The columns of a few images at a time, in memory that the next ones use again.

    x          (N, C, H, W)                   images
    columns    (groups, pixels, features)     a row an output pixel, C K L / G features for each of G groups

The columns of all images would be K L times as large as x. A block of images has about COLUMNS elements of them: they are
written, multiplied and overwritten while they are in the cache. The memory belongs to the thread and is kept between calls:
fresh memory may have to be given page by page, and taken back, in every convolution (of a LeNet-like step's page faults,
where the C library returned memory at once, a quarter).

Three orders of memory, and with them of the features; each copies whole runs of values:

    channels last     pixels x (K, L, C)                   runs of L C values; for one group of many channels
    channels first    (C, K, L) x pixels (N, P, Q)         runs of Q values; the features of a group stay together
    images last       (C, K, L) x pixels (P, Q, N)         runs of Q N values; for col2im, which adds them where they came from
                                                           (with 20 channels 2.2x faster than channels last)
"""

import math
import threading
from typing import Any

from ...backend import get_array_module
from ..geometry import out_size
from .im2col import channels_first, channels_last, im2col

COLUMNS = 2**19  # elements in the columns of a block of images: 2 MiB in float32
KEPT = 2**23  # bytes that a thread keeps at most


class _Here(threading.local):
    memory: Any = None


_here = _Here()


def scratch(xp, shape, dtype):
    """Memory that this thread uses until it asks again.

    Example:
        >>> import numpy
        >>> scratch(numpy, (2, 3), numpy.dtype("float32")).shape
        (2, 3)
    """
    size = math.prod(shape) * dtype.itemsize
    if size > KEPT:
        return xp.empty(shape, dtype=dtype)
    if _here.memory is None or len(_here.memory) < size:
        _here.memory = xp.empty(size, dtype="uint8")
    return _here.memory[:size].view(dtype).reshape(shape)


class Columns:
    """The columns of images of this shape under windows of this shape, as matrices, and the weights that fit them."""

    def __init__(self, x, weight_shape, geometry, groups):
        self.xp, self.dtype, self.shape = get_array_module(x), x.dtype, x.shape
        self.geometry, self.groups = geometry, groups
        self.kernel, self.weight_shape = weight_shape[2:], weight_shape
        self.out = out_size("convolution", x.shape[2:], self.kernel, *geometry)
        self.features = x.shape[1] * math.prod(self.kernel) // groups
        self.last = groups == 1 and x.shape[1] >= 8
        self.size = x.shape[0] * math.prod(self.out) * self.features * groups  # elements in all columns

    def blocks(self):
        """Slices of images whose columns stay in cache together: one, or a multiple of four, for threads to share evenly."""
        n = self.shape[0]
        number = -(-n // max(1, COLUMNS * n // max(1, self.size)))
        if number > 1:
            number = min(n, -(-number // 4) * 4)
        number = max(1, number)
        return [slice(i * n // number, (i + 1) * n // number) for i in range(number)]

    def gather(self, images):
        """The columns of these images as a matrix (groups, pixels, features)."""
        n, C, axes, pixels = len(images), self.shape[1], len(self.out), len(images) * math.prod(self.out)
        if self.last:
            images = channels_first(self.xp.ascontiguousarray(channels_last(images)))
            memory = scratch(self.xp, (n, *self.out, *self.kernel, C), self.dtype)
            taps = memory.transpose(0, 2 * axes + 1, *range(axes + 1, 2 * axes + 1), *range(1, axes + 1))
            X = memory.reshape(1, pixels, self.features)
        else:
            memory = scratch(self.xp, (C, *self.kernel, n, *self.out), self.dtype)
            taps = memory.transpose(axes + 1, *range(axes + 1), *range(axes + 2, 2 * axes + 2))
            X = memory.reshape(self.groups, self.features, pixels).swapaxes(1, 2)
        stride, padding, dilation = self.geometry
        im2col(images, self.kernel, stride, padding, dilation, out=taps)
        return X

    def images_last(self, n):
        """Memory for the columns of n images, images last: as taps (N, C, K, L, P, Q) and as a matrix (groups, features, pixels)."""
        axes, C = len(self.out), self.shape[1]
        memory = scratch(self.xp, (C, *self.kernel, *self.out, n), self.dtype)
        taps = memory.transpose(2 * axes + 1, *range(2 * axes + 1))
        return taps, memory.reshape(self.groups, self.features, math.prod(self.out) * n)

    def weight_matrix(self, weight):
        """(O, C/G, K, L) -> (groups, features, O/G), the features in the order of what `gather` returns."""
        if self.last:
            weight = channels_last(weight)
        return weight.reshape(self.groups, len(weight) // self.groups, self.features).swapaxes(1, 2)

    def weight_tensor(self, matrix):
        """The way back: (groups, features, O/G) -> (O, C/G, K, L), in memory of its own."""
        O, c, *kernel = self.weight_shape
        matrix = matrix.swapaxes(1, 2)
        weight = channels_first(matrix.reshape(O, *kernel, c)) if self.last else matrix.reshape(self.weight_shape)
        return self.xp.ascontiguousarray(weight)
