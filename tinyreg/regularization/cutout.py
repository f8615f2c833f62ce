"""Cutout and random erasing: a box of each image is blotted out, so that no part of the image is indispensable.

Forward
    Every image draws a box of its own, rows i to i + h and columns j to j + w. With the mask m, 0 in the box and 1
    outside, and v what is written there, in every channel

        y = m x + (1 - m) v                                                                      (1)

    Cutout (DeVries, Taylor) takes a square of fixed size s around a centre (a, b) that may be any pixel, and cuts off
    what reaches over the border, so that the hole is smaller there; v = 0, the mean of images that were normalized:

        a, b uniform on the rows and the columns,   i = a - floor(s/2), j = b - floor(s/2), h = w = s    (2)

    Random erasing (Zhong et al.) acts with probability p, and draws the area and the shape, up to ten times, until the
    box fits; then its place. If none fits, nothing is erased:

        e uniform on H W scale,   r log-uniform on ratio                                         (3)
        h = round(sqrt(e r)), w = round(sqrt(e/r))          h < H and w < W                      (4)
        i uniform on 0 ... H - h,   j uniform on 0 ... W - w                                     (5)

    It draws v as well, if value="random": a new number for each pixel and channel.

Backward
    What is visible passes, what was replaced does not:

        grad_x = m grad_y                                                                        (6)

    In RandomErasing nothing is differentiated: it changes data, before they enter the network.

Why it regularizes
    Least squares with one weight a pixel, exactly. X holds an image a row, t the targets, v = 0. Over the boxes, let
    q_k = E m_k be the probability that pixel k is visible and Q_kl = E m_k m_l that both are. As for every mask,

        E |t - (M*X) w|^2 = |t - X (q*w)|^2 + sum_kl (Q_kl - q_k q_l) (X'X)_kl w_k w_l           (7)

    the error of the mean image, plus the variance. Dropout draws its pixels one by one, so that Q_kl = q_k q_l unless k
    = l: the sum is a ridge on each weight, and cheap to escape in an image, whose pixels repeat their neighbours: a sum
    over neighbours hardly varies. Here neighbours vanish together, Q_kl is near q_k where k is near l, and the sum
    punishes any weight that a whole patch carries. What is left to be used is spread over the image.
    In a network the same holds for what it looks for: a single part, however telling, is missing now and then.

Edge cases
    size=0, p=0 and scale=(0, 0) erase nothing. size of twice the image's sides erases everything. RandomErasing never
    erases a whole side, by (4), and scale=(1, 1) therefore nothing. Sizes in (2) are even in the authors' code, which
    takes 2 floor(s/2); ours are s.
    At evaluation there is nothing to do, and nothing to rescale: unlike dropout, (1) does not keep the mean of a pixel,
    and on purpose, as the whole image is what the network meets then. v = 0 is grey only behind Normalize; in uint8
    images, and in [0, 1], it is black.
    Batch norm records a mean drawn towards v, and another variance; test images have neither. Crops, flips and
    Normalize come before. A small object may vanish whole, and its label is wrong then: DeVries and Taylor choose the
    size on validation data. Where x is NaN or infinite it is gone with the box: (1) selects, it does not multiply.

Cost
    A comparison of rows and columns with the box, and a copy of the images, for a whole batch at once. value="random"
    draws as many numbers for each image as the largest box of the batch has pixels, and writes those that are used.

Source
    DeVries, Taylor 2017, "Improved regularization of convolutional neural networks with Cutout", arXiv 1708.04552.
    Zhong, Zheng, Kang, Li, Yang 2017, "Random erasing data augmentation", arXiv 1708.04896; the steps (3) to (5) are
    torchvision's.
"""

import math
from collections.abc import Sequence
from typing import Any

from ..autograd import ArrayFunction, Tensor
from ..backend import get_array_module, to_numpy
from ..ops.error_function import erf_values
from ..ops.floating import check_tensor
from ..ops.number import check_number, check_probability
from ..random import Generator, chosen_generator
from ..types import Array
from .augmentation.transform import Transform, beside, canonical, restored, rows

ATTEMPTS = 10  # of random erasing, to draw a box that fits


class EraseFunction(ArrayFunction):
    """y = x outside of the box, value inside; `inside` is a bool array that broadcasts to x."""

    @staticmethod
    def forward(ctx, x, inside, *, value):
        ctx.save_for_backward(inside)
        return get_array_module(x).where(inside, x.dtype.type(value), x)                 # (1)

    @staticmethod
    def backward(ctx, grad_y):
        (inside,) = ctx.saved
        return get_array_module(grad_y).where(inside, grad_y.dtype.type(0), grad_y), None    # (6)


def cutout(
    x: Tensor, size: int, *, value: float = 0.0, boxes: Any = None, return_draws: bool = False, generator: Generator | None = None
) -> Any:
    """Blot out a square of each image, around a centre that is drawn, and cut off at the border.

    It is differentiable in x. As a transform of data: Cutout.

    Args:
        x: an image or a batch, floating point or uint8.
        size: the side of the square, in pixels, at least 0: 0 changes nothing, twice the sides of the image erases it.
        value: what is written.
        boxes: used instead of drawing, whatever size is: rows (i, j, h, w) of integers, one for each image; rows i to i + h
            and columns j to j + w are erased.
        return_draws: also return the boxes, an array in host memory.
        generator: a tinyreg.Generator to draw from, instead of the default one.

    Shape:
        floating point (C, H, W) or (N, C, H, W), uint8 (H, W), (H, W, C) or (N, H, W, C); output as x; boxes (N, 4).

    Returns:
        The Tensor, or the pair (Tensor, boxes).

    Raises:
        ValueError: a negative size, another shape, a value that uint8 does not hold, boxes that are not (N, 4) integers.
        TypeError: x is no Tensor, or neither floating point nor uint8; size is no integer.

    Example:
        >>> import tinyreg
        >>> cutout(tinyreg.ones(1, 3, 4), 2, boxes=[(0, 1, 2, 2)])
        tensor([[[1., 0., 0., 1.],
                 [1., 0., 0., 1.],
                 [1., 1., 1., 1.]]])
    """
    check_tensor("cutout", x, "x")
    images, one, flat = canonical("cutout", x)
    _check_size("cutout", size)
    check_number("cutout", value=value)
    _check_pixels("cutout", images, (value,))
    n, _, height, width = images.shape
    if boxes is None:
        boxes = squares(chosen_generator(generator), n, height, width, size)
    else:
        boxes = rows("cutout", boxes, n)
    inside = covered("cutout", boxes, images)
    inside = restored(inside, one, flat) if images.dtype.kind != "f" else inside[0] if one else inside
    y = EraseFunction.apply(x, inside, value=value)
    return (y, boxes) if return_draws else y


def squares(generator: Generator, n: int, height: int, width: int, size: int) -> Array:
    """Boxes (i, j, h, w) of n squares around centres that are drawn, cut off at the border, in host memory.

    Example:
        >>> squares(Generator(0), 2, 1, 1, 3).tolist()
        [[0, 0, 1, 1], [0, 0, 1, 1]]
    """
    sides = []
    for length in (height, width):
        start = generator.integers(0, max(length, 1), (n,), host=True) - size // 2     # (2)
        xp = get_array_module(start)
        sides.append((start.clip(0, length), (start + size).clip(0, length)))
    (top, bottom), (left, right) = sides
    return xp.stack([top, left, bottom - top, right - left], axis=1)


def covered(who: str, boxes: Array, x: Array) -> Array:
    """Where images x (N, C, H, W) are covered by their boxes (N, 4): bools (N, 1, H, W), by comparing coordinates.

    Raises:
        ValueError: boxes of another shape, or that are no integers.

    Example:
        >>> import numpy
        >>> covered("cutout", numpy.array([[0, 1, 1, 2]]), numpy.zeros((1, 3, 2, 3))).astype(int).tolist()
        [[[[0, 1, 1], [0, 0, 0]]]]
    """
    _check_boxes(who, boxes, len(x))
    xp = get_array_module(x)
    i, j, h, w = xp.moveaxis(beside(boxes, x)[:, :, None, None, None], 1, 0)           # (N, 1, 1, 1) each
    row, column = xp.arange(x.shape[2])[:, None], xp.arange(x.shape[3])
    return (row >= i) & (row < i + h) & (column >= j) & (column < j + w)


def pixels_of(who: str, boxes: Array, height: int, width: int) -> Array:
    """The pixels of boxes (N, 4), in host memory, as columns: image, row, column, and the how manieth of its box it is.

    Raises:
        ValueError: boxes of another shape, or that are no integers.

    Example:
        >>> import numpy
        >>> pixels_of("cutout", numpy.array([[0, 1, 1, 2], [1, 2, 1, 1]]), 2, 3).tolist()
        [[0, 0, 1], [0, 0, 1], [1, 2, 2], [0, 1, 0]]
    """
    boxes = to_numpy(boxes)
    xp = get_array_module(boxes)
    _check_boxes(who, boxes, len(boxes))
    i, j, h, w = boxes.T
    top, left = i.clip(0, height), j.clip(0, width)
    h, w = (i + h).clip(top, height) - top, (j + w).clip(left, width) - left
    image = xp.repeat(xp.arange(len(boxes)), h * w)
    place = xp.arange(len(image)) - (xp.cumsum(h * w) - h * w)[image]
    return xp.stack([image, top[image] + place // w[image], left[image] + place % w[image], place])


def _check_boxes(who, boxes, n):
    if boxes.shape != (n, 4) or boxes.dtype.kind not in "iu":
        raise ValueError(
            f"{who}: boxes must be integers (i, j, h, w) for each of {n} images, got {boxes.dtype} of shape {tuple(boxes.shape)}; "
            "rows i to i + h and columns j to j + w are erased"
        )


def _check_size(who, size):
    if not hasattr(size, "__index__"):
        raise TypeError(f"{who}: size must be an integer, got size={size!r:.60}; it is the side of the square in pixels")
    if size < 0:
        raise ValueError(f"{who}: size must be at least 0, got size={size}; 0 erases nothing")


def _check_pixels(who, x, values):
    """Refuse values that the images' dtype does not hold."""
    if x.dtype.kind != "f" and not all(0 <= value <= 255 for value in values):
        raise ValueError(f"{who}: value must lie in [0, 255] for uint8 images, got value={values}; 0 is black")


class Cutout(Transform):
    """Blot out a square of each image, around a centre that is drawn, and cut off at the border; see cutout.

    Put it behind Normalize, where 0 is the mean.

    Args:
        size: the side of the square, in pixels, at least 0: 0 changes nothing.
        value: what is written.
        generator: a tinyreg.Generator to draw from, instead of the default one.

    Call:
        See Transform. The draws are rows (i, j, h, w) of integers, one for each image.

    Raises:
        ValueError: a negative size; in the call, a value that uint8 does not hold.
        TypeError: size is no integer, value no number.

    Example:
        >>> import numpy
        >>> Cutout(2)(numpy.ones((1, 2, 4)), draws=[(0, 1, 2, 2)])
        array([[[1., 0., 0., 1.],
                [1., 0., 0., 1.]]])
    """

    stochastic = True

    def __init__(self, size: int, value: float = 0.0, *, generator: Generator | None = None) -> None:
        super().__init__(generator=generator)
        _check_size(self._who, size)
        check_number(self._who, value=value)
        self.size, self.value = size, value

    def draw(self, generator: Generator, n: int, shape: tuple[int, ...]) -> Array:
        """Boxes (i, j, h, w), one for each of n images.

        Example:
            >>> import tinyreg
            >>> Cutout(3).draw(tinyreg.Generator(0), 2, (1, 1, 1)).tolist()
            [[0, 0, 1, 1], [0, 0, 1, 1]]
        """
        return squares(generator, n, shape[1], shape[2], self.size)

    def apply(self, x: Array, draws: Array) -> Array:
        """The images with their holes."""
        _check_pixels(self._who, x, (self.value,))
        return get_array_module(x).where(covered(self._who, draws, x), x.dtype.type(self.value), x)    # (1)

    def extra_repr(self) -> str:
        return f"size={self.size}, value={self.value}"


class RandomErasing(Transform):
    """With probability p erase a box of random area and shape in each image; torchvision's, with a draw for each image.

    Args:
        p: probability of erasing, in [0, 1].
        scale: the smallest and the largest share of the image's area, in [0, 1].
        ratio: the smallest and the largest height over width, above 0.
        value: what is written: a number, one number a channel, or "random" for a new one a pixel and channel: standard
            normal, and in uint8 images uniform on 0 to 255.
        inplace: write into the image, the result shows the same memory.
        generator: a tinyreg.Generator to draw from, instead of the default one.

    Call:
        See Transform. The draws are rows (i, j, h, w) of integers, one for each image, all 0 where nothing is erased; with
        "random" the pair of them and of standard normal numbers (N, C, M), where M is the number of pixels of the largest
        box: an image's numbers fill its box from the left to the right and downwards, and what is left over is not used.

    Raises:
        ValueError: p, scale or ratio out of range; another text; in the call, a number of values that is neither 1 nor that
            of the channels, or a value that uint8 does not hold.
        TypeError: settings of another kind.

    Example:
        >>> import numpy
        >>> RandomErasing(value=9)(numpy.zeros((2, 4), dtype="uint8"), draws=[(0, 1, 1, 2)])
        array([[0, 9, 9, 0],
               [0, 0, 0, 0]], dtype=uint8)
    """

    stochastic = True

    def __init__(
        self, p: float = 0.5, scale: Sequence[float] = (0.02, 0.33), ratio: Sequence[float] = (0.3, 3.3),
        value: float | str | Sequence[float] = 0.0, inplace: bool = False, *, generator: Generator | None = None,
    ) -> None:  # fmt: skip
        super().__init__(generator=generator)
        check_probability(self._who, "p is the probability of erasing a box", p=p)
        self.scale = self._pair("scale", scale, 0, 1)
        self.ratio = self._pair("ratio", ratio, math.ulp(0), math.inf)
        if isinstance(value, str) and value != "random":
            raise ValueError(f"{self._who}: value must be numbers or 'random', got value={value!r}; 'random' draws every pixel")
        given = value if isinstance(value, (list, tuple)) else (value,)
        if not isinstance(value, str):
            for number in given:
                check_number(self._who, value=number)
        self._values: Any = None if isinstance(value, str) else tuple(float(number) for number in given)  # None: drawn
        self.p, self.value, self.inplace = float(p), value, inplace

    def _pair(self, name, pair, low, high):
        if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
            raise TypeError(f"{self._who}: {name} must be a pair of numbers, got {name}={pair!r:.60}; give (smallest, largest)")
        check_number(self._who, **{f"{name}[{place}]": number for place, number in enumerate(pair)})
        if not low <= pair[0] <= pair[1] <= high or pair[1] == math.inf:
            rule, default = ("0 < smallest <= largest", (0.3, 3.3)) if name == "ratio" else ("0 <= smallest <= largest <= 1", (0.02, 0.33))
            raise ValueError(
                f"{self._who}: {name} must be (smallest, largest) with {rule}, got {name}={tuple(pair)}; the default is {default}"
            )
        return tuple(float(number) for number in pair)

    def draw(self, generator: Generator, n: int, shape: tuple[int, ...]) -> Any:
        """Boxes (i, j, h, w), one for each of n images; with value="random" also normal numbers for the largest of them.

        Example:
            >>> import tinyreg
            >>> RandomErasing(p=0).draw(tinyreg.Generator(0), 2, (1, 8, 8)).tolist()
            [[0, 0, 0, 0], [0, 0, 0, 0]]
        """
        _, height, width = shape
        u = generator.uniform((n, 2 * ATTEMPTS + 3), "float64", host=True)
        xp = get_array_module(u)
        area, log_ratio, (acts, down, right) = u[:, :ATTEMPTS], u[:, ATTEMPTS : 2 * ATTEMPTS], u[:, 2 * ATTEMPTS :].T
        (least, most), (low, high) = self.scale, map(math.log, self.ratio)
        e = height * width * (least + (most - least) * area)
        r = xp.exp(low + (high - low) * log_ratio)                                     # (3)
        h, w = xp.rint(xp.sqrt(e * r)), xp.rint(xp.sqrt(e / r))
        fits = (h < height) & (w < width)                                              # (4)
        first = fits.argmax(axis=1)[:, None]
        h, w = (xp.take_along_axis(sides, first, axis=1)[:, 0] for sides in (h, w))
        i, j = xp.floor(down * (height - h + 1)), xp.floor(right * (width - w + 1))    # (5)
        boxes = xp.stack([i, j, h, w], axis=1) * (fits.any(axis=1) & (acts < self.p))[:, None]
        boxes = boxes.astype("int64")
        if self._values is not None:
            return boxes
        return boxes, generator.normal((n, shape[0], int((boxes[:, 2] * boxes[:, 3]).max(initial=0))))

    def apply(self, x: Array, draws: Any) -> Array:
        """The images with their boxes erased."""
        boxes, noise = draws if isinstance(draws, tuple) else (draws, None)
        if (noise is None) != (self._values is not None) or (noise is not None and (noise.ndim != 3 or noise.shape[1] != x.shape[1])):
            what = "boxes alone" if noise is None else f"boxes and noise of shape {tuple(noise.shape)}"
            raise ValueError(
                f"{self._who}: draws must be boxes, and with value='random' numbers of shape ({len(x)}, {x.shape[1]}, pixels), got {what} "
                f"for value={self.value!r}; pass what return_draws=True gave"
            )
        y = x if self.inplace else x.copy(order="K")
        if noise is None:
            get_array_module(x).copyto(y, self._fill(x), where=covered(self._who, boxes, x))    # (1)
        else:
            self._fill_with(y, boxes, noise)
        return y

    def _fill_with(self, y, boxes, noise):
        """Write the first numbers of each image into its box; the others are not even looked at."""
        pixels = pixels_of(self._who, boxes, y.shape[2], y.shape[3])
        if pixels.size and pixels[3].max() >= noise.shape[2]:
            raise ValueError(
                f"{self._who}: the noise of the draws must have a number for each of the {pixels[3].max() + 1} pixels of the largest box, "
                f"got shape {tuple(noise.shape)}; pass what return_draws=True gave"
            )
        image, row, column, place = beside(pixels, y)
        y[image, :, row, column] = _pixels(beside(noise, y)[image, :, place], y.dtype)    # (1)

    def _fill(self, x):
        """The values, one for all channels or one each, as an array beside x."""
        if len(self._values) not in (1, x.shape[1]):
            raise ValueError(
                f"{self._who}: value must be one number or one for each of {x.shape[1]} channels, got value={self.value}; give as many"
            )
        _check_pixels(self._who, x, self._values)
        return get_array_module(x).asarray(self._values, dtype=x.dtype)[:, None, None]

    def extra_repr(self) -> str:
        return f"p={self.p}, scale={self.scale}, ratio={self.ratio}, value={self.value!r}, inplace={self.inplace}"


def _pixels(noise, dtype):
    """Normal numbers as pixels: themselves, or, for uint8, their places in the normal distribution, which are uniform."""
    if dtype.kind == "f":
        return noise.astype(dtype, copy=False)
    share = erf_values(noise * math.sqrt(0.5))
    return ((share + 1) * 128).clip(0, 255).astype("uint8")
