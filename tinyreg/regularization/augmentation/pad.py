"""Pad: a frame around images, of a colour or of their own pixels."""

from collections.abc import Sequence
from operator import index
from typing import Any

from ...backend import get_array_module
from ...ops.number import check_number
from ...ops.padding import copies
from ...random import Generator
from ...types import Array
from .transform import Transform

MODES = {"constant": "constant", "edge": "replicate", "reflect": "reflect", "symmetric": "symmetric"}


class Pad(Transform):
    """Put a frame around images; torchvision's.

    Args:
        padding: pixels on every side; a pair: left and right, top and bottom; four: left, top, right, bottom. Negative
            numbers crop, 0 changes nothing.
        fill: of the frame where padding_mode is 'constant', on the scale of the pixels; a number or one a channel.
        padding_mode: 'constant'; 'edge' repeats the outermost pixels; 'reflect' mirrors at them, and 'symmetric' mirrors
            behind them, so that they stand twice.
        generator: accepted; nothing is drawn.

    Call:
        See Transform.

    Raises:
        ValueError: another padding_mode, three numbers; and in the call a frame wider than the pixels that it mirrors,
            a crop that leaves nothing, a fill for another number of channels.
        TypeError: padding that is no integer, a fill that is no number.

    Example:
        >>> import numpy
        >>> Pad((1, 0), fill=9)(numpy.array([[1, 2, 3]], dtype="uint8"))
        array([[9, 1, 2, 3, 9]], dtype=uint8)
        >>> x = numpy.array([[1, 2, 3]], dtype="uint8")
        >>> [Pad((2, 0), padding_mode=mode)(x).tolist()[0] for mode in ("edge", "reflect", "symmetric")]
        [[1, 1, 1, 2, 3, 3, 3], [3, 2, 1, 2, 3, 2, 1], [2, 1, 1, 2, 3, 3, 2]]
    """

    def __init__(
        self, padding: int | Sequence[int], fill: float | Sequence[float] = 0, padding_mode: str = "constant", *,
        generator: Generator | None = None,
    ) -> None:  # fmt: skip
        super().__init__(generator=generator)
        self.padding, self.fill, self.padding_mode = padding, fill, padding_mode
        self._sides = sides(self._who, padding)
        check_frame(self._who, fill, padding_mode)

    def apply(self, x: Array, draws: Any) -> Array:
        """The images in their frame."""
        return framed(self._who, x, self._sides, self.fill, self.padding_mode)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, fill={self.fill}, padding_mode={self.padding_mode}"


def sides(who: str, padding: int | Sequence[int]) -> tuple[int, int, int, int]:
    """The padding as (left, top, right, bottom).

    Example:
        >>> sides("Pad", (1, 2))
        (1, 2, 1, 2)
    """
    try:
        given = tuple([index(n) for n in padding]) if isinstance(padding, (tuple, list)) else (index(padding),)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(
            f"{who}: padding must be an integer or a tuple of them, got {padding!r:.60}; write 4, or (left, top, right, bottom)"
        ) from None
    if len(given) not in (1, 2, 4):
        raise ValueError(
            f"{who}: padding must hold 1, 2 or 4 integers, got {len(given)}: {given}; "
            "they are (all), (left and right, top and bottom), (left, top, right, bottom)"
        )
    left, top, right, bottom = given * (4 // len(given))
    return left, top, right, bottom


def check_frame(who: str, fill: float | Sequence[float], padding_mode: str) -> None:
    """Refuse a fill that is no number or numbers, and a padding_mode that is none.

    Example:
        >>> check_frame("Pad", (0.5, 0.5, 0.5), "constant")
    """
    for value in fill if isinstance(fill, (tuple, list)) else (fill,):
        check_number(who, fill=value)
    if not isinstance(padding_mode, str) or padding_mode not in MODES:
        raise ValueError(f"{who}: padding_mode must be one of {tuple(MODES)}, got {padding_mode!r}; 'constant' takes the fill")
    if padding_mode != "constant" and isinstance(fill, (tuple, list)):
        raise ValueError(f"{who}: fill must be a number where padding_mode is {padding_mode!r}, got fill={fill}; it is not used there")


def framed(
    who: str, x: Array, around: tuple[int, int, int, int], fill: float | Sequence[float] = 0, padding_mode: str = "constant"
) -> Array:
    """Images (N, C, H, W) in a frame of (left, top, right, bottom) pixels; negative ones crop.

    Example:
        >>> import numpy
        >>> framed("Pad", numpy.ones((1, 1, 1, 2)), (1, 0, 0, 1)).tolist()
        [[[[0.0, 1.0, 1.0], [0.0, 0.0, 0.0]]]]
    """
    if not any(around):
        return x
    left, top, right, bottom = around
    height, width = x.shape[2:]
    shape = (*x.shape[:2], height + top + bottom, width + left + right)
    if min(shape[2:]) < 1 or min(left, right) <= -width or min(top, bottom) <= -height:
        raise ValueError(
            f"{who}: negative padding must leave a pixel, got (left, top, right, bottom) = {around} for an image of {height}x{width}; "
            "crop less"
        )
    xp = get_array_module(x)
    if padding_mode == "constant":
        y = _filled(who, x, shape, fill)
        inside = (slice(max(top, 0), shape[2] - max(bottom, 0)), slice(max(left, 0), shape[3] - max(right, 0)))
        taken = (slice(max(-top, 0), height - max(-bottom, 0)), slice(max(-left, 0), width - max(-right, 0)))
        y[(..., *inside)] = x[(..., *taken)]
        return y
    reach = {"edge": float("inf"), "reflect": -1, "symmetric": 0}[padding_mode]
    if max(top, bottom) > height + reach or max(left, right) > width + reach:
        raise ValueError(
            f"{who}: a frame with padding_mode {padding_mode!r} must be {'narrower' if reach else 'no wider'} than the image, "
            f"got (left, top, right, bottom) = {around} for an image of {height}x{width}; pad less, or with 'edge'"
        )
    y = xp.empty_like(x, shape=shape)  # in x's order of memory
    mode = MODES[padding_mode]
    for rows_to, rows_from in copies(mode, height, top, bottom):
        for columns_to, columns_from in copies(mode, width, left, right):
            y[..., rows_to, columns_to] = x[..., rows_from, columns_from]
    return y


def _filled(who, x, shape, fill):
    """An array of one colour, in x's order of memory."""
    xp = get_array_module(x)
    colours = tuple(fill) if isinstance(fill, (tuple, list)) else (fill,)
    if len(colours) not in (1, x.shape[1]):
        raise ValueError(
            f"{who}: fill must be a number or one a channel, got {len(colours)} numbers for {x.shape[1]} channels; give as many"
        )
    if x.dtype == "uint8":
        if not all(0 <= colour <= 255 for colour in colours):
            raise ValueError(f"{who}: fill must lie in [0, 255] for uint8 images, got fill={fill}; it is on the scale of the pixels")
        colours = tuple([int(colour) for colour in colours])
    if len(colours) == 1:
        return xp.full_like(x, colours[0], shape=shape)
    y = xp.empty_like(x, shape=shape)
    y[...] = xp.asarray(colours, dtype=x.dtype)[:, None, None]
    return y
