"""Windows over signals, images and volumes: what conv and pooling have in common, and the refusals of settings that fit none.

A window of `kernel` taps lies `dilation` apart on an axis of `size` values that is extended by padding, and moves on by
`stride`. It reaches over dilation (kernel - 1) + 1 values, so it can stand at

    out = floor((size + before + after - dilation (kernel - 1) - 1) / stride) + 1                (1)

places; tap k of window p lies at p stride + k dilation - before.

Signals have one such axis, images two (vertical, horizontal), volumes three (depth, vertical, horizontal).
"""

import operator
from typing import NamedTuple

from ..autograd import Tensor

SHAPES = {1: ("signal", "C, L"), 2: ("image", "C, H, W"), 3: ("volume", "C, D, H, W")}  # axes -> what has so many


class Window(NamedTuple):
    """The windows along one axis."""

    size: int  # values on the axis
    out: int  # windows
    kernel: int
    stride: int
    padding: int  # before the first value; what lies after the last follows from `out`
    dilation: int

    def taps(self):
        """For each tap that meets the image: the windows in which it does, and the values under it, as slices.

        Example:
            >>> Window(size=5, out=3, kernel=2, stride=2, padding=1, dilation=1).taps()
            [(slice(1, 3, None), slice(1, 4, 2)), (slice(0, 3, None), slice(0, 5, 2))]
        """
        found = []
        for k in range(self.kernel):
            start = k * self.dilation - self.padding  # where tap k of window 0 lies
            first = max(0, -(start // self.stride))
            last = min(self.out - 1, (self.size - 1 - start) // self.stride)
            if first <= last:
                found.append((slice(first, last + 1), slice(start + first * self.stride, start + last * self.stride + 1, self.stride)))
        return found

    @property
    def apart(self):
        """Whether no two windows share a value."""
        return self.dilation == 1 and self.stride >= self.kernel

    @property
    def tiled(self):
        """Whether every value lies in exactly one window, and under every tap of each window lies a value.

        Example:
            >>> Window(6, 3, 2, 2, 0, 1).tiled, Window(7, 3, 2, 2, 0, 1).tiled
            (True, False)
        """
        return self.dilation == 1 and self.padding == 0 and self.stride == self.kernel and self.size == self.out * self.kernel

    def counts(self, include_padding):
        """How many taps each window has, those in the padding included or not (what ceil_mode adds beyond it never counts).

        Example:
            >>> window = Window(size=5, out=3, kernel=2, stride=2, padding=1, dilation=1)
            >>> window.counts(True), window.counts(False)
            ([2, 2, 2], [1, 2, 2])
        """
        starts = [p * self.stride - self.padding for p in range(self.out)]
        if include_padding:
            return [min(start + self.kernel, self.size + self.padding) - start for start in starts]
        return [min(start + self.kernel, self.size) - max(start, 0) for start in starts]


def per_axis(who, name, value, least, axes):
    """One integer an axis from one integer or as many as there are axes, each at least `least`.

    Example:
        >>> per_axis("conv2d", "stride", 2, least=1, axes=2)
        (2, 2)
    """
    try:
        values = tuple([operator.index(v) for v in (value if isinstance(value, (tuple, list)) else (value,))])
    except TypeError:
        raise TypeError(_not_so_many(who, name, value, axes)) from None
    if len(values) == 1:
        values *= axes
    if len(values) != axes:
        raise RuntimeError(_not_so_many(who, name, value, axes))
    if min(values) < least:
        raise RuntimeError(f"{who}: {name} must be at least {least}, got {name}={value}; it counts places along an axis")
    return values


def _not_so_many(who, name, value, axes):
    wanted = ("an integer", "an integer or a pair of integers", "an integer or three integers")[axes - 1]
    return f"{who}: {name} must be {wanted}, got {name}={value!r:.60}; write 3, or {(3, 5, 3)[:axes]} for one an axis"


def check_input(who, input, axes):
    """Refuse what is not one signal, image or volume, or a batch of them."""
    if not isinstance(input, Tensor):
        raise TypeError(f"{who}: input must be a Tensor, got {type(input).__name__}; wrap it with tinyreg.tensor")
    if input.array.ndim not in (axes + 1, axes + 2):
        thing, shape = SHAPES[axes]
        raise RuntimeError(
            f"{who}: input must be {thing}s (N, {shape}) or one {thing} ({shape}), got shape {input.array.shape}; "
            "reshape it, or unsqueeze(1) where the channel is missing"
        )


def by(sizes):
    """Sizes as people write them.

    Example:
        >>> by((5, 3))
        '5 x 3'
    """
    return " x ".join(map(str, sizes))


def out_size(who, size, kernel, stride, padding, dilation, ceil_mode=False):
    """How many places a window has on each axis, equation (1); refuses a window that fits nowhere.

    Args:
        size, kernel, stride, dilation: one integer an axis.
        padding: (before, after) an axis.
        ceil_mode: round up in (1), so that the last window may reach over the padding, too; but leave one out that would
            start in the padding behind the image.

    Example:
        >>> out_size("conv2d", (28, 28), (5, 5), (1, 1), ((2, 2), (0, 0)), (1, 1))
        (28, 24)
    """
    padded = tuple([n + before + after for n, (before, after) in zip(size, padding)])
    spans = tuple([d * (k - 1) + 1 for k, d in zip(kernel, dilation)])
    out = []
    for n, padded_n, span, s, (before, _) in zip(size, padded, spans, stride, padding):
        places = (padded_n - span + (s - 1 if ceil_mode else 0)) // s + 1              # (1)
        out.append(places - 1 if ceil_mode and (places - 1) * s >= n + before else places)
    if min(out) < 1 or min(size) < 1:
        raise RuntimeError(
            f"{who}: kernel must fit into the padded input, got a kernel of {by(spans)} pixels (kernel_size {tuple(kernel)}, "
            f"dilation {tuple(dilation)}) over {by(padded)} (input {tuple(size)}); use a smaller kernel or more padding"
        )
    return tuple(out)
