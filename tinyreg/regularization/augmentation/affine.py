"""RandomRotation and RandomAffine: images turned, shifted, scaled and sheared by random amounts."""

import math
from collections.abc import Sequence
from typing import Any

from ...backend import get_array_module, to_numpy
from ...ops.number import check_number
from ...random import Generator
from ...types import Array
from .interpolation import InterpolationMode, as_mode
from .sampling import affine_sample
from .transform import Transform, beside

Range = float | Sequence[float]


def numbers(who: str, name: str, given: Any, lengths: Sequence[int]) -> tuple[float, ...]:
    """A sequence of as many finite numbers as it may have, as a tuple of floats.

    Args:
        who: the transform that error messages name.
        name: of the argument.
        given: what was given.
        lengths: how many it may be.

    Raises:
        TypeError: no sequence, or not of numbers. ValueError: another length; an infinite number or NaN.

    Example:
        >>> numbers("RandomAffine", "translate", (0.1, 0.2), (2,))
        (0.1, 0.2)
    """
    many = " or ".join(map(str, lengths))
    if not isinstance(given, (tuple, list)):
        raise TypeError(f"{who}: {name} must be a sequence of {many} numbers, got {given!r:.60}; write it as a tuple")
    for value in given:
        check_number(who, **{name: value})
    values = tuple([float(value) for value in given])
    if len(values) not in lengths or not all(map(math.isfinite, values)):
        raise ValueError(f"{who}: {name} must be a sequence of {many} finite numbers, got {given}; write it as a tuple")
    return values


def interval(who: str, name: str, given: Range, lengths: Sequence[int] = (2,)) -> tuple[float, ...]:
    """Angles in degrees as (low, high), or two of those: a number d stands for (-d, d).

    Raises:
        ValueError: a negative number; low above high. TypeError: no numbers.

    Example:
        >>> interval("RandomRotation", "degrees", 10), interval("RandomRotation", "degrees", (0, 90))
        ((-10.0, 10.0), (0.0, 90.0))
    """
    if not isinstance(given, (tuple, list)):
        check_number(who, **{name: given})
        if not 0 <= given < math.inf:  # type: ignore[operator]
            raise ValueError(f"{who}: {name} must be at least 0 where it is one number, got {given}; it stands for (-{name}, {name})")
        given = [-given, given]  # type: ignore[operator, list-item]
    values = numbers(who, name, given, lengths)
    if any(low > high for low, high in zip(values[::2], values[1::2])):
        raise ValueError(f"{who}: {name} must go from the smaller to the larger, got {given}; exchange them")
    return values


def inverse_maps(angle: Array, translate: Array, scale: Array, shear: Array, center: tuple[float, float] = (0.0, 0.0)) -> Array:
    """The inverses of the maps that shear, scale and turn about a center and then shift: torchvision's matrices.

    In words: a point p goes to R(angle) scale Sy(shear y) Sx(shear x) (p - center) + center + translate, with

        R = (cos -sin; sin cos)    Sx = (1 -tan; 0 1)    Sy = (1 0; -tan 1)

    y points down, so R with a positive angle turns clockwise. The three factors have the determinants 1, 1 and 1, and the
    inverse of (a b; c d) scale is then (d -b; -c a)/scale.

    Args:
        angle: in degrees, (N,).
        translate: in pixels, (N, 2): to the right, down.
        scale: above 0, (N,).
        shear: in degrees, (N, 2): along x, along y.
        center: in pixels from the middle of the image.

    Returns:
        An array (N, 2, 3) for affine_sample.

    Example:
        >>> import numpy
        >>> one, none = numpy.ones(1), numpy.zeros((1, 2))
        >>> inverse_maps(90 * one, none, 2 * one, none)
        array([[[ 0. ,  0.5,  0. ],
                [-0.5,  0. ,  0. ]]])
    """
    xp = get_array_module(angle)
    cos_y, sin_y = _turn(xp, shear[:, 1])
    cos_x, sin_x = _turn(xp, shear[:, 0])
    cos, sin = _turn(xp, angle - shear[:, 1])
    a, c, tan = cos / cos_y, sin / cos_y, sin_x / cos_x
    cos, sin = _turn(xp, angle)
    b, d = -a * tan - sin, -c * tan + cos
    inverse = xp.stack((d, -b, -c, a), axis=-1).reshape(-1, 2, 2) / scale[:, None, None]
    middle = xp.asarray(center)
    shift = middle - (inverse * (middle + translate)[:, None, :]).sum(axis=2)
    return xp.concatenate((inverse + 0.0, shift[:, :, None]), axis=2)  # + 0.0: no -0.0


def _turn(xp, degrees):
    """(cos, sin), with the zeros of quarter turns being zeros: they move pixels onto pixels."""
    radians = xp.deg2rad(degrees)
    half = degrees % 180
    return xp.where(half == 90, 0.0, xp.cos(radians)), xp.where(half == 0, 0.0, xp.sin(radians))


class Warp(Transform):
    """Base class of what samples an image through an affine map: the settings that they share.

    Args:
        interpolation: NEAREST or BILINEAR, or its word.
        fill: what lies outside of the image, on the scale of the pixels: a number or one a channel. Bilinear sampling blends
            it in as torchvision does; None is 0 and blended linearly (see sampling.py).
        center: (x, y) in pixels from the upper left corner; None for the middle of the image.
        generator: a tinyreg.Generator to draw from, instead of the default one.

    Raises:
        ValueError: another interpolation, a center that is no pair. TypeError: settings that are no numbers.

    Example:
        >>> Warp("bilinear").interpolation
        <InterpolationMode.BILINEAR: 'bilinear'>
    """

    stochastic = True

    def __init__(
        self, interpolation: InterpolationMode | str | int = InterpolationMode.NEAREST, fill: float | Sequence[float] | None = 0,
        center: Sequence[float] | None = None, *, generator: Generator | None = None,
    ) -> None:  # fmt: skip
        super().__init__(generator=generator)
        self.interpolation = as_mode(self._who, interpolation, (InterpolationMode.NEAREST, InterpolationMode.BILINEAR))
        for value in fill if isinstance(fill, (tuple, list)) else () if fill is None else (fill,):
            check_number(self._who, fill=value)
        self.fill = fill
        self.center = None if center is None else numbers(self._who, "center", center, (2,))

    def _center(self, x):
        """The center in pixels from the middle of the images."""
        return (0.0, 0.0) if self.center is None else (self.center[0] - x.shape[3] / 2, self.center[1] - x.shape[2] / 2)

    def _sampled(self, x, maps, size=None):
        colours = tuple(self.fill) if isinstance(self.fill, (tuple, list)) else () if self.fill is None else (self.fill,)
        if len(colours) not in (1, x.shape[1]) and self.fill is not None:
            raise ValueError(
                f"{self._who}: fill must be a number or one a channel, got {len(colours)} numbers for {x.shape[1]} channels; "
                f"give {x.shape[1]}"
            )
        if x.dtype == "uint8" and not all(0 <= colour <= 255 for colour in colours):
            raise ValueError(
                f"{self._who}: fill must lie in [0, 255] for uint8 images, got fill={self.fill}; it is on the scale of the pixels"
            )
        return affine_sample(x, beside(maps, x), self.interpolation, self.fill, size)

    def _rows(self, draws, n, width):
        """Draws as float64, (n, width), refused where they are not."""
        draws = to_numpy(draws).astype("float64").reshape(n, -1) if n else to_numpy(draws).reshape(0, width)
        if draws.shape[1] != width:
            raise ValueError(
                f"{self._who}: draws must have {width} number{'s'[: width > 1]} an image, got {draws.shape[1]}; "
                "pass what return_draws=True gave"
            )
        return draws


class RandomRotation(Warp):
    """Turn each image by an angle that is drawn, all of the range being equally likely; torchvision's.

    Angles count against the clock, as in torchvision's rotate (its affine, and RandomAffine, turn with the clock).

    Args:
        degrees: (low, high); a number d stands for (-d, d), 0 changes nothing.
        interpolation: NEAREST or BILINEAR, or its word.
        expand: make the output as large as the turned image needs; for one image at a time, as sizes differ.
        center: (x, y) in pixels from the upper left corner; None for the middle of the image. expand is made for None.
        fill: see Warp.
        generator: a tinyreg.Generator to draw from, instead of the default one.

    Call:
        See Transform. The draws are the angles in degrees, one an image: draws=[30] turns an image by 30 degrees.

    Raises:
        ValueError: settings that are none; in the call, a batch with expand=True, a fill for another number of channels.
        TypeError: settings that are no numbers.

    Example:
        >>> import numpy
        >>> x = numpy.array([[1, 2], [3, 4]], dtype="uint8")
        >>> RandomRotation(90)(x, draws=[90])
        array([[2, 4],
               [1, 3]], dtype=uint8)
        >>> RandomRotation(45, expand=True)(x, draws=[45]).shape
        (4, 4)
    """

    def __init__(
        self, degrees: Range, interpolation: InterpolationMode | str | int = InterpolationMode.NEAREST, expand: bool = False,
        center: Sequence[float] | None = None, fill: float | Sequence[float] | None = 0, *, generator: Generator | None = None,
    ) -> None:  # fmt: skip
        super().__init__(interpolation, fill, center, generator=generator)
        self.degrees, self.expand = interval(self._who, "degrees", degrees), expand

    def draw(self, generator: Generator, n: int, shape: tuple[int, ...]) -> Array:
        """The angles in degrees.

        Example:
            >>> import tinyreg
            >>> RandomRotation((30, 30)).draw(tinyreg.Generator(0), 2, (1, 8, 8))
            array([30., 30.])
        """
        low, high = self.degrees
        return low + (high - low) * generator.uniform((n,), dtype="float64", host=True)

    def apply(self, x: Array, draws: Array) -> Array:
        """The images, turned by the angles."""
        if self.expand and len(x) != 1:
            raise ValueError(
                f"{self._who}: with expand=True images must come one at a time, got a batch of {len(x)}; "
                "each angle makes a size of its own: transform single images, or leave expand away"
            )
        angle = self._rows(draws, len(x), 1)[:, 0]
        none = get_array_module(angle).zeros((len(x), 2))
        maps = inverse_maps(-angle, none, none[:, 0] + 1, none, self._center(x))
        return self._sampled(x, maps, self._expanded(float(angle[0]), maps[0], *x.shape[2:]) if self.expand else None)

    def _expanded(self, angle, inverse, height, width):
        """(height, width) of the frame about an image that is seen through the map; a ten thousandth of a pixel is not counted."""
        if self.center is None and angle % 90 == 0:
            return (width, height) if angle % 180 else (height, width)
        xp = get_array_module(inverse)
        half = xp.asarray([[width / 2], [height / 2]])
        corners = half * xp.asarray([[-1.0, -1.0, 1.0, 1.0], [-1.0, 1.0, 1.0, -1.0]])
        places = xp.trunc((inverse[:, :2] @ corners + inverse[:, 2:] + half) * 1e4) / 1e4
        size = xp.ceil(places.max(axis=1)) - xp.floor(places.min(axis=1))
        return int(size[1]), int(size[0])

    def extra_repr(self) -> str:
        settings = f"degrees={self.degrees}, interpolation={self.interpolation.value}, expand={self.expand}"
        return f"{settings}, center={self.center}, fill={self.fill}"


class RandomAffine(Warp):
    """Turn, shift, scale and shear each image by amounts that are drawn; torchvision's.

    Args:
        degrees: of the angle, (low, high); a number d stands for (-d, d), 0 turns nothing. Positive angles turn with the
            clock, as in torchvision's affine (its rotate, and RandomRotation, turn against it).
        translate: (a, b), each in [0, 1]: shifts of up to a times the width and b times the height, to both sides, rounded
            to whole pixels. None shifts nothing.
        scale: (low, high) of the factor, above 0: 1 keeps the size, 2 shows the image twice as large. None keeps it.
        shear: in degrees, between -90 and 90: (low, high) along x; four numbers: along x and along y; a number d stands for
            (-d, d) along x. None shears nothing.
        interpolation: NEAREST or BILINEAR, or its word.
        fill: see Warp.
        center: (x, y) in pixels from the upper left corner; None for the middle of the image.
        generator: a tinyreg.Generator to draw from, instead of the default one.

    Call:
        See Transform. The draws have six numbers an image: the angle in degrees, the shift to the right and down in pixels,
        the factor, and the shears along x and y in degrees: draws=[(0, 3, 0, 1, 0, 0)] shifts an image to the right by 3.

    Raises:
        ValueError: settings that are none; in the call, a fill for another number of channels, draws of another number.
        TypeError: settings that are no numbers.

    Example:
        >>> import numpy
        >>> x = numpy.array([[1, 2, 3]], dtype="uint8")
        >>> RandomAffine(0, translate=(0.5, 0))(x, draws=[(0, 1, 0, 1, 0, 0)])
        array([[0, 1, 2]], dtype=uint8)
    """

    def __init__(
        self, degrees: Range, translate: Sequence[float] | None = None, scale: Sequence[float] | None = None,
        shear: Range | None = None, interpolation: InterpolationMode | str | int = InterpolationMode.NEAREST,
        fill: float | Sequence[float] | None = 0, center: Sequence[float] | None = None, *, generator: Generator | None = None,
    ) -> None:  # fmt: skip
        super().__init__(interpolation, fill, center, generator=generator)
        who = self._who
        self.degrees = interval(who, "degrees", degrees)
        self.translate = None if translate is None else numbers(who, "translate", translate, (2,))
        if not all(0 <= part <= 1 for part in self.translate or ()):
            raise ValueError(f"{who}: translate must lie in [0, 1], got {translate}; it is a part of the width and of the height")
        self.scale = None if scale is None else interval(who, "scale", tuple(numbers(who, "scale", scale, (2,))))
        if not all(factor > 0 for factor in self.scale or ()):
            raise ValueError(f"{who}: scale must be above 0, got {scale}; 1 keeps the size")
        self.shear = None if shear is None else interval(who, "shear", shear, (2, 4))
        if not all(-90 < angle < 90 for angle in self.shear or ()):
            raise ValueError(f"{who}: shear must lie between -90 and 90 degrees, got {shear}; 45 moves a row by its height")

    def draw(self, generator: Generator, n: int, shape: tuple[int, ...]) -> Array:
        """The angle, the shift to the right and down, the factor, and the shears along x and y.

        Example:
            >>> import tinyreg
            >>> RandomAffine(0, scale=(2, 2)).draw(tinyreg.Generator(0), 1, (1, 8, 8))
            array([[0., 0., 0., 2., 0., 0.]])
        """
        uniform = generator.uniform((n, 6), dtype="float64", host=True)
        xp = get_array_module(uniform)
        right, down = (part * size for part, size in zip(self.translate or (0, 0), (shape[2], shape[1])))
        shear = (*(self.shear or (0, 0)), 0, 0)[:4]
        ends = [self.degrees, (-right, right), (-down, down), self.scale or (1, 1), shear[:2], shear[2:]]
        low, high = xp.asarray(ends, dtype="float64").T
        rows = low + (high - low) * uniform
        rows[:, 1:3] = xp.rint(rows[:, 1:3]) + 0.0  # + 0.0: no -0.0
        return rows

    def apply(self, x: Array, draws: Array) -> Array:
        """The images, seen through the maps of the draws."""
        draws = self._rows(draws, len(x), 6)
        if not (draws[:, 3] > 0).all():
            raise ValueError(f"{self._who}: the factor of the draws must be above 0, got {draws[:, 3].min()}; 1 keeps the size")
        return self._sampled(x, inverse_maps(draws[:, 0], draws[:, 1:3], draws[:, 3], draws[:, 4:], self._center(x)))

    def extra_repr(self) -> str:
        return (
            f"degrees={self.degrees}, translate={self.translate}, scale={self.scale}, shear={self.shear}, "
            f"interpolation={self.interpolation.value}, fill={self.fill}, center={self.center}"
        )
