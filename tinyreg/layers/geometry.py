"""Windows over images: what conv and pooling have in common, and the refusals of settings that fit no image.

A window of `kernel` taps lies `dilation` apart on an axis of `size` values that is extended by padding, and moves on by
`stride`. It reaches over dilation (kernel - 1) + 1 values, so it can stand at

    out = floor((size + before + after - dilation (kernel - 1) - 1) / stride) + 1                (1)

places; tap k of window p lies at p stride + k dilation - before.
"""

import operator
from typing import NamedTuple

from ..autograd import Tensor


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


def pair(who, name, value, least):
    """(vertical, horizontal) from one integer or two, each at least `least`.

    Example:
        >>> pair("conv2d", "stride", 2, least=1)
        (2, 2)
    """
    try:
        values = tuple(operator.index(v) for v in (value if isinstance(value, (tuple, list)) else (value, value)))
    except TypeError:
        values = ()
    if len(values) == 1:
        values *= 2
    if len(values) != 2:
        raise TypeError(f"{who}: {name} must be an integer or a pair of integers, got {name}={value!r}; write 3 or (3, 5)")
    if min(values) < least:
        raise RuntimeError(f"{who}: {name} must be at least {least}, got {name}={value}; it counts pixels")
    return values


def check_images(who, input):
    """Refuse what is not one image or a batch of images."""
    if not isinstance(input, Tensor):
        raise TypeError(f"{who}: input must be a Tensor, got {type(input).__name__}; wrap it with tinyreg.tensor")
    if input.array.ndim not in (3, 4):
        raise RuntimeError(
            f"{who}: input must be images (N, C, H, W) or one image (C, H, W), got shape {input.array.shape}; "
            "reshape it, or unsqueeze(1) where the channel is missing"
        )


def out_size(who, size, kernel, stride, padding, dilation, ceil_mode=False):
    """How many places a window has on each axis, equation (1); refuses a window that fits nowhere.

    Args:
        size, kernel, stride, dilation: one integer an axis.
        padding: (before, after) an axis.
        ceil_mode: round up in (1), but leave a window out that would start in the padding behind the image.

    Example:
        >>> out_size("conv2d", (28, 28), (5, 5), (1, 1), ((2, 2), (0, 0)), (1, 1))
        (28, 24)
    """
    padded = tuple(n + before + after for n, (before, after) in zip(size, padding))
    spans = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation))
    if any(span > n for span, n in zip(spans, padded)) or min(size) < 1:
        raise RuntimeError(
            f"{who}: kernel must fit into the padded input, got a kernel of {spans[0]} x {spans[1]} pixels (kernel_size {tuple(kernel)}, "
            f"dilation {tuple(dilation)}) over {padded[0]} x {padded[1]} (input {tuple(size)}); use a smaller kernel or more padding"
        )
    out = []
    for n, padded_n, span, s, (before, _) in zip(size, padded, spans, stride, padding):
        places = (padded_n - span + (s - 1 if ceil_mode else 0)) // s + 1              # (1)
        out.append(places - 1 if ceil_mode and (places - 1) * s >= n + before else places)
    return tuple(out)
