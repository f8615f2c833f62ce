"""CenterCrop and RandomCrop: a window of the image, in its middle or anywhere."""

from collections.abc import Sequence
from operator import index
from typing import Any

from ...backend import get_array_module
from ...random import Generator
from ...types import Array
from .pad import check_frame, framed, sides
from .transform import Transform, beside


def window(who: str, size: int | Sequence[int]) -> tuple[int, int]:
    """A size as (height, width); one number is a square.

    Raises:
        TypeError: no integers. ValueError: not one or two of them, or below 1.

    Example:
        >>> window("RandomCrop", 24)
        (24, 24)
    """
    try:
        given = tuple([index(n) for n in size]) if isinstance(size, (tuple, list)) else (index(size),)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{who}: size must be an integer or a pair of them, got {size!r:.60}; write 24, or (height, width)") from None
    if len(given) not in (1, 2) or min(given) < 1:
        raise ValueError(f"{who}: size must be one or two integers of at least 1, got {size}; write 24, or (height, width)")
    return given[0], given[-1]


class CenterCrop(Transform):
    """Cut out the middle of images, framed in zeros where they are smaller; torchvision's.

    Args:
        size: (height, width), or one number for both, at least 1. Where a margin is odd, torchvision's rounding to the even
            half decides on which side the pixel more falls.
        generator: accepted; nothing is drawn.

    Call:
        See Transform.

    Raises:
        ValueError, TypeError: a size that is none.

    Example:
        >>> import numpy
        >>> CenterCrop(2)(numpy.arange(16, dtype="uint8").reshape(4, 4))
        array([[ 5,  6],
               [ 9, 10]], dtype=uint8)
    """

    def __init__(self, size: int | Sequence[int], *, generator: Generator | None = None) -> None:
        super().__init__(generator=generator)
        self.size = window(self._who, size)

    def apply(self, x: Array, draws: Any) -> Array:
        """The middle of the images."""
        height, width = self.size
        missing = max(height - x.shape[2], 0), max(width - x.shape[3], 0)
        x = framed(self._who, x, (missing[1] // 2, missing[0] // 2, (missing[1] + 1) // 2, (missing[0] + 1) // 2))
        top, left = round((x.shape[2] - height) / 2), round((x.shape[3] - width) / 2)
        return x[:, :, top : top + height, left : left + width]

    def extra_repr(self) -> str:
        return f"size={self.size}"


class RandomCrop(Transform):
    """Cut a window out of each image at a place that is drawn, all places being equally likely; torchvision's.

    With padding, an image of its own size comes out that was shifted by up to `padding` pixels: the augmentation of
    the CIFAR literature is RandomCrop(32, padding=4).

    Args:
        size: (height, width) of the window, or one number for both, at least 1.
        padding: a frame that is put around the image first; see Pad. None puts none.
        pad_if_needed: where the image is smaller than the window, put a frame on both sides as wide as what is missing.
        fill: of the frame.
        padding_mode: of the frame: 'constant', 'edge', 'reflect' or 'symmetric'.
        generator: a tinyreg.Generator to draw from, instead of the default one.

    Call:
        See Transform. The draws are pairs (top, left): the place of the window in the framed image, one row an image.

    Raises:
        ValueError: a window larger than the framed image; draws outside of it; settings as in Pad.
        TypeError: settings that are no integers.

    Example:
        >>> import numpy
        >>> x = numpy.arange(16, dtype="uint8").reshape(4, 4)
        >>> RandomCrop(2)(x, draws=[(2, 0)])
        array([[ 8,  9],
               [12, 13]], dtype=uint8)
        >>> RandomCrop(4, padding=1)(x, draws=[(0, 2)])
        array([[ 0,  0,  0,  0],
               [ 1,  2,  3,  0],
               [ 5,  6,  7,  0],
               [ 9, 10, 11,  0]], dtype=uint8)
    """

    stochastic = True
    row = (2,)

    def __init__(
        self, size: int | Sequence[int], padding: int | Sequence[int] | None = None, pad_if_needed: bool = False,
        fill: float | Sequence[float] = 0, padding_mode: str = "constant", *, generator: Generator | None = None,
    ) -> None:  # fmt: skip
        super().__init__(generator=generator)
        self.size = window(self._who, size)
        self.padding, self.pad_if_needed, self.fill, self.padding_mode = padding, pad_if_needed, fill, padding_mode
        self._sides = (0, 0, 0, 0) if padding is None else sides(self._who, padding)
        check_frame(self._who, fill, padding_mode)

    def _frame(self, shape):
        """(left, top, right, bottom) around an image of that shape, and how many places the window has: (down, across)."""
        left, top, right, bottom = self._sides
        down, across = shape[1] + top + bottom - self.size[0], shape[2] + left + right - self.size[1]
        if self.pad_if_needed:
            more_down, more_across = max(-down, 0), max(-across, 0)
            left, top, right, bottom = left + more_across, top + more_down, right + more_across, bottom + more_down
            down, across = down + 2 * more_down, across + 2 * more_across
        if down < 0 or across < 0:
            raise ValueError(
                f"{self._who}: size must be no larger than the padded image, got size={self.size} for {down + self.size[0]}x"
                f"{across + self.size[1]}; pass padding, or pad_if_needed=True"
            )
        return (left, top, right, bottom), down + 1, across + 1

    def draw(self, generator: Generator, n: int, shape: tuple[int, ...]) -> Array:
        """Where the windows are: (top, left), one row an image.

        Example:
            >>> import tinyreg
            >>> RandomCrop(8).draw(tinyreg.Generator(0), 2, (1, 8, 8))
            array([[0, 0],
                   [0, 0]])
        """
        _, down, across = self._frame(shape)
        place = generator.integers(0, down * across, (n,), host=True)
        return get_array_module(place).stack((place // across, place % across), axis=1)

    def apply(self, x: Array, draws: Array) -> Array:
        """The windows of the images at (top, left)."""
        around, down, across = self._frame(x.shape[1:])
        low, high = (draws.min(axis=0), draws.max(axis=0)) if len(x) > 1 else (draws[:1].ravel(), draws[:1].ravel())
        if len(x) and (low[0] < 0 or low[1] < 0 or high[0] >= down or high[1] >= across):
            raise ValueError(
                f"{self._who}: draws must lie in [0, {down - 1}] and [0, {across - 1}], got from {low} to {high}; "
                "they are (top, left) in the padded image"
            )
        x = framed(self._who, x, around, self.fill, self.padding_mode)
        height, width = self.size
        if len(x) == 1:
            top, left = int(draws[0, 0]), int(draws[0, 1])
            return x[:, :, top : top + height, left : left + width]                    # (3)
        # as_strided instead of sliding_window_view, which on CuPy waits for the device
        windows = get_array_module(x).lib.stride_tricks.as_strided(
            x, (*x.shape[:2], down, across, height, width), (*x.strides, *x.strides[2:])
        )
        draws = beside(draws, x)
        every = get_array_module(x).arange(len(x))
        return windows[every, :, draws[:, 0], draws[:, 1]]                             # (3) for each image of a batch

    def extra_repr(self) -> str:
        more = {"pad_if_needed": (self.pad_if_needed, False), "fill": (self.fill, 0), "padding_mode": (self.padding_mode, "constant")}
        return f"size={self.size}, padding={self.padding}" + "".join(f", {key}={x}" for key, (x, usual) in more.items() if x != usual)
