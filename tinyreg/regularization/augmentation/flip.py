"""RandomHorizontalFlip and RandomVerticalFlip: the mirror image of some of the images."""

from typing import Any

from ...ops.number import check_probability
from ...random import Generator
from ...types import Array
from .transform import Transform, beside


class _RandomFlip(Transform):
    """Mirror an image along an axis, with probability p."""

    stochastic = True
    row = ()
    _mirrored: tuple[Any, ...] = ()

    def __init__(self, p: float = 0.5, *, generator: Generator | None = None) -> None:
        super().__init__(generator=generator)
        check_probability(self._who, "p is the probability of flipping an image", p=p)
        self.p = p

    def draw(self, generator: Generator, n: int, shape: tuple[int, ...]) -> Array:
        """Whether to flip, one bool an image.

        Example:
            >>> import tinyreg
            >>> RandomHorizontalFlip(p=1).draw(tinyreg.Generator(0), 2, (1, 8, 8))
            array([ True,  True])
        """
        return generator.uniform((n,), host=True) < self.p

    def apply(self, x: Array, draws: Array) -> Array:
        """The images, those mirrored whose draw is True."""
        mirrored = x[self._mirrored]                                                   # (2)
        if len(x) == 1:
            return mirrored if draws[0] else x
        flipped = beside(draws.nonzero()[0], x)
        y = x.copy(order="K")
        y[flipped] = mirrored[flipped]
        return y

    def extra_repr(self) -> str:
        return f"p={self.p}"


class RandomHorizontalFlip(_RandomFlip):
    """Mirror each image left to right with probability p; torchvision's.

    Args:
        p: probability of flipping an image, in [0, 1]: 0 changes nothing, 1 flips all.
        generator: a tinyreg.Generator to draw from, instead of the default one.

    Call:
        See Transform. The draws are one bool an image, True where it is flipped.

    Raises:
        ValueError: p outside [0, 1].
        TypeError: p is no number.

    Example:
        >>> import numpy
        >>> RandomHorizontalFlip(p=1)(numpy.array([[1, 2, 3]], dtype="uint8"))
        array([[3, 2, 1]], dtype=uint8)
    """

    _mirrored = (..., slice(None, None, -1))


class RandomVerticalFlip(_RandomFlip):
    """Mirror each image top to bottom with probability p; torchvision's.

    Args:
        p: probability of flipping an image, in [0, 1]: 0 changes nothing, 1 flips all.
        generator: a tinyreg.Generator to draw from, instead of the default one.

    Call:
        See Transform. The draws are one bool an image, True where it is flipped.

    Raises:
        ValueError: p outside [0, 1].
        TypeError: p is no number.

    Example:
        >>> import numpy
        >>> RandomVerticalFlip(p=1)(numpy.array([[1, 2], [3, 4]], dtype="uint8"))
        array([[3, 4],
               [1, 2]], dtype=uint8)
    """

    _mirrored = (..., slice(None, None, -1), slice(None))
