"""Grayscale and ColorJitter: brightness, contrast, saturation and hue."""

import math
from collections.abc import Sequence
from typing import Any

from ...backend import get_array_module
from ...random import Generator
from ...types import Array
from .transform import Transform, beside


class Grayscale(Transform):
    """Images in grey, of one channel or three equal ones; torchvision's.

    Args:
        num_output_channels: 1 or 3.
        generator: accepted; nothing is drawn.

    Call:
        See Transform. The image has 1 or 3 channels; of uint8, the luma loses its fraction, as in torchvision.

    Raises:
        ValueError: another number of channels.

    Example:
        >>> import numpy
        >>> Grayscale()(numpy.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], dtype="uint8")).tolist()
        [[[76], [149], [29]]]
    """

    def __init__(self, num_output_channels: int = 1, *, generator: Generator | None = None) -> None:
        super().__init__(generator=generator)
        if num_output_channels not in (1, 3):
            raise ValueError(f"Grayscale: num_output_channels must be 1 or 3, got {num_output_channels}; 3 are three equal ones")
        self.num_output_channels = num_output_channels

    def apply(self, x: Array, draws: Any) -> Array:
        """The images in grey."""
        check_colours(self._who, x)
        y = x if x.shape[1] == 1 else luma(x).astype(x.dtype, copy=False)
        return y if self.num_output_channels == 1 else get_array_module(x).repeat(y, 3, axis=1)

    def extra_repr(self) -> str:
        return f"num_output_channels={self.num_output_channels}"


def check_colours(who: str, x: Array) -> None:
    """Refuse images (N, C, H, W) of other than 1 or 3 channels.

    Raises:
        TypeError: the shape is named.

    Example:
        >>> import numpy
        >>> check_colours("Grayscale", numpy.zeros((1, 3, 8, 8)))
    """
    if x.shape[1] not in (1, 3):
        raise TypeError(f"{who}: image must have 1 or 3 channels, got {x.shape[1]} in {tuple(x.shape)}; grey or red, green, blue")


def luma(x: Array) -> Array:
    """The brightness of colours, (N, 3, H, W) -> (N, 1, H, W), in floating point.

    Example:
        >>> import numpy
        >>> luma(numpy.array([100.0, 0.0, 0.0]).reshape(1, 3, 1, 1)).item()
        29.89
    """
    if x.dtype == "uint8":
        x = x.astype("float32")
    y = x[:, 0:1] * 0.2989                                                             # (6)
    y += x[:, 1:2] * 0.587
    y += x[:, 2:3] * 0.114
    return y


def blend(x: Array, other: Array, ratio: Array, bound: float) -> Array:
    """ratio x + (1 - ratio) other, kept in [0, bound].

    Example:
        >>> import numpy
        >>> blend(numpy.array([0.2, 0.9]), numpy.array(0.5), numpy.array(2.0), 1.0)
        array([0., 1.])
    """
    rest = (1 - ratio).astype(x.dtype)
    y = x * ratio.astype(x.dtype)
    if bound == 255:  # a fraction is cut off next, and so the last digit counts: PyTorch adds this product unrounded
        y = (y + rest.astype("float64") * other).astype(x.dtype)
    else:
        y += rest * other
    return get_array_module(x).clip(y, 0, bound, out=y)                                # (7)


def brighten(x: Array, ratio: Array, bound: float) -> Array:
    """Blend with black: ratio 0 is black, 1 changes nothing.

    Example:
        >>> import numpy
        >>> brighten(numpy.array([0.2, 0.9]), numpy.array(2.0), 1.0)
        array([0.4, 1. ])
    """
    y = x * ratio.astype(x.dtype)
    return get_array_module(x).clip(y, 0, bound, out=y)                                # (7) without its second term


def contrast(x: Array, ratio: Array, bound: float) -> Array:
    """Blend with the mean luma of each image: ratio 0 is a grey surface, 1 changes nothing.

    Example:
        >>> import numpy
        >>> contrast(numpy.array([0.2, 0.8]).reshape(1, 1, 1, 2), numpy.array(0.5), 1.0).ravel()
        array([0.35, 0.65])
    """
    grey = x if x.shape[1] == 1 else _whole(luma(x), bound)
    return blend(x, grey.mean(axis=(1, 2, 3), keepdims=True), ratio, bound)


def saturate(x: Array, ratio: Array, bound: float) -> Array:
    """Blend with the luma of each pixel: ratio 0 is the image in grey, 1 changes nothing; grey images stay as they are.

    Example:
        >>> import numpy
        >>> saturate(numpy.array([1.0, 0.0, 0.0]).reshape(1, 3, 1, 1), numpy.array(0.0), 1.0).ravel()
        array([0.2989, 0.2989, 0.2989])
    """
    return x if x.shape[1] == 1 else blend(x, _whole(luma(x), bound), ratio, bound)


def turn_hue(x: Array, turn: Array, bound: float) -> Array:
    """Turn the hue by a share of the circle red, green, blue: 1/3 makes green of red; grey images stay as they are.

    Example:
        >>> import numpy
        >>> turn_hue(numpy.array([0.0, 1.0, 0.0]).reshape(1, 3, 1, 1), numpy.array(0.5), 1.0).ravel()
        array([1., 0., 1.])
    """
    if x.shape[1] == 1:
        return x
    xp = get_array_module(x)
    if bound == 255:
        x = x / 255
    red, green, blue = x[:, 0:1], x[:, 1:2], x[:, 2:3]
    value = xp.maximum(xp.maximum(red, green), blue)
    chroma = value - xp.minimum(xp.minimum(red, green), blue)
    is_red, is_green = value == red, value == green
    hue = xp.where(is_red, green - blue, xp.where(is_green, blue - red, red - green))
    hue /= xp.where(chroma == 0, 1, chroma)
    hue += xp.where(is_red, 0, xp.where(is_green, 2, 4)).astype(x.dtype)  # in sixths of the circle
    hue += (6 * turn).astype(x.dtype)                                                  # (8)
    k = hue + xp.asarray([5, 3, 1], dtype=x.dtype).reshape(-1, 1, 1)
    k -= 6 * xp.floor(k / 6)
    y = xp.minimum(k, 4 - k)
    y = value - chroma * xp.clip(y, 0, 1, out=y)                                       # (9)
    return y * 255.999 if bound == 255 else y


def _whole(x, bound):
    """Grey levels of uint8 images without their fraction."""
    return get_array_module(x).floor(x) if bound == 255 else x


STEPS = (brighten, contrast, saturate, turn_hue)
NAMES = ("brightness", "contrast", "saturation", "hue")


class ColorJitter(Transform):
    """Change brightness, contrast, saturation and hue of each image by factors that are drawn, in an order that is drawn.

    torchvision's: a number v means factors from max(0, 1 - v) to 1 + v, a pair the ends themselves; None or 0 leaves the
    property as it is. Images of one channel have brightness and contrast alone.

    Args:
        brightness: 0 is black, 1 the image itself, 2 twice as bright.
        contrast: 0 is one grey, 1 the image itself.
        saturation: 0 is without colour, 1 the image itself.
        hue: a number v in [0, 0.5] means turns from -v to v of the circle of hues, a pair the ends themselves; 0.5 and
            -0.5 give the complementary colours, 0 changes nothing.
        generator: a tinyreg.Generator to draw from, instead of the default one.

    Call:
        See Transform. The draws are the pair (order, factors), both of shape (N, 4): which of the four, numbered as above,
        is done first, second, ...; and the factors of the four. Of uint8 images every step loses the fraction, as in
        torchvision.

    Raises:
        ValueError: a negative number, a pair that does not rise or leaves its range.
        TypeError: settings that are no numbers; in the call, images of other than 1 or 3 channels.

    Example:
        >>> import numpy
        >>> x = numpy.array([[[200, 100, 0]]], dtype="uint8")
        >>> ColorJitter(brightness=0.5, hue=0.5)(x, draws=([[0, 1, 2, 3]], [[0.5, 1, 1, 0.5]])).tolist()
        [[[0, 50, 100]]]
    """

    stochastic = True
    row = (4,)

    def __init__(
        self, brightness: float | Sequence[float] | None = None, contrast: float | Sequence[float] | None = None,
        saturation: float | Sequence[float] | None = None, hue: float | Sequence[float] | None = None, *,
        generator: Generator | None = None,
    ) -> None:  # fmt: skip
        super().__init__(generator=generator)
        self.brightness = _between("brightness", brightness, 1, (0, math.inf))
        self.contrast = _between("contrast", contrast, 1, (0, math.inf))
        self.saturation = _between("saturation", saturation, 1, (0, math.inf))
        self.hue = _between("hue", hue, 0, (-0.5, 0.5))

    @property
    def _ends(self):
        return self.brightness, self.contrast, self.saturation, self.hue

    def draw(self, generator: Generator, n: int, shape: tuple[int, ...]) -> tuple[Array, Array]:
        """The order of the four steps, and their factors.

        Example:
            >>> import tinyreg
            >>> order, factors = ColorJitter(brightness=0.5).draw(tinyreg.Generator(0), 2, (3, 8, 8))
            >>> order.shape, factors[:, 1:].tolist()
            ((2, 4), [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0]])
        """
        uniform = generator.uniform((2, n, 4), dtype="float64", host=True)
        ends = [(centre, centre) if pair is None else pair for pair, centre in zip(self._ends, (1, 1, 1, 0))]
        low, high = get_array_module(uniform).asarray(ends, dtype="float64").T
        return uniform[0].argsort(axis=1), low + (high - low) * uniform[1]

    def apply(self, x: Array, draws: tuple[Array, Array]) -> Array:
        """The images after the steps of each in its order."""
        check_colours(self._who, x)
        if not isinstance(draws, tuple) or len(draws) != 2:
            raise ValueError(f"{self._who}: draws must be the pair (order, factors), got {draws!r:.60}; pass what return_draws=True gave")
        order, factors = draws
        bound = 255 if x.dtype == "uint8" else 1
        y = x.astype("float32" if bound == 255 else x.dtype, order="C")  # channels first: the steps take them one by one
        xp = get_array_module(x)
        factors = beside(factors, x)[..., None, None, None]  # (N, 4) -> (N, 4, 1, 1, 1)
        for turn in range(4):
            for number, (step, ends) in enumerate(zip(STEPS, self._ends)):
                if ends is None:
                    continue
                chosen = (order[:, turn] == number).nonzero()[0]
                if len(chosen) == len(x):
                    y = _whole(step(y, factors[:, number], bound), bound)
                elif len(chosen):
                    chosen = beside(chosen, x)
                    y[chosen] = _whole(step(y[chosen], factors[chosen, number], bound), bound)
        return y.astype(x.dtype, copy=False) if bound == 1 else xp.minimum(y, 255).astype("uint8")

    def extra_repr(self) -> str:
        return ", ".join(f"{name}={ends}" for name, ends in zip(NAMES, self._ends))


def _between(name, value, centre, bound):
    """The ends of the factors, or None where they are the centre."""
    advice = "write a number, or the pair of the ends"
    if value is None:
        return None
    if hasattr(value, "__float__") and not getattr(value, "shape", ()):
        if not 0 <= value < math.inf:
            raise ValueError(f"ColorJitter: {name} must be finite and at least 0 if it is one number, got {name}={value}; {advice}")
        low = centre - value
        value = (max(low, 0.0) if bound[0] == 0 else low, centre + value)
    if not isinstance(value, (tuple, list)) or len(value) != 2 or not all(hasattr(end, "__float__") for end in value):
        raise TypeError(f"ColorJitter: {name} must be a number or a pair of them, got {name}={value!r:.60}; {advice}")
    low, high = map(float, value)
    if not bound[0] <= low <= high <= bound[1]:
        raise ValueError(f"ColorJitter: {name} must rise within [{bound[0]}, {bound[1]}], got {name}={value}; {advice}")
    return None if low == high == centre else (low, high)
