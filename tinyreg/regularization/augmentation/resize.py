"""Resize: images in another size, averaged where they shrink."""

from collections.abc import Sequence
from operator import index
from typing import Any

from ...random import Generator
from ...types import Array
from .interpolation import InterpolationMode, as_mode
from .sampling import resize_sample
from .transform import Transform


class Resize(Transform):
    """Give images another size; torchvision's.

    uint8 images come out as torchvision's kernels compute them on a CPU, bit for bit, and floating point ones as PyTorch's
    interpolate. PIL, on images of its own, never leaves antialias away.

    Args:
        size: (height, width); one number, or a list of one, is the length of the smaller edge, and the other keeps the
            ratio, its fraction being cut off. None makes the longer edge max_size.
        interpolation: an InterpolationMode or its word: 'bilinear', 'bicubic', 'nearest' or 'nearest-exact'.
        max_size: what the longer edge may be; where it would be longer, the smaller one becomes shorter than size. Only
            with one number or None for size.
        antialias: average over all the pixels that a new one stands for; False looks at the 2 x 2 or 4 x 4 about its
            middle only, whatever lies between. (Where images grow, the two are the same for 'bilinear'.) The nearest ones
            ignore it. None counts as False, as in torchvision.
        generator: accepted; nothing is drawn.

    Call:
        See Transform. A floating point image that is enlarged by 'bicubic' may leave its range by a few per cent.

    Raises:
        ValueError: an interpolation, a size or a max_size that is none; in the call, an edge that would lose its last pixel.
        TypeError: sizes that are no integers.

    Example:
        >>> import numpy
        >>> x = numpy.array([[80, 0, 80, 80, 0, 80], [80, 0, 80, 80, 0, 80]], dtype="uint8")
        >>> Resize((2, 2))(x).tolist(), Resize((2, 2), antialias=False)(x).tolist()
        ([[50, 50], [50, 50]], [[0, 0], [0, 0]])
        >>> Resize(1)(x).shape, Resize(4, max_size=9)(x).shape
        ((1, 3), (3, 9))
    """

    def __init__(
        self, size: int | Sequence[int] | None, interpolation: InterpolationMode | str | int = InterpolationMode.BILINEAR,
        max_size: int | None = None, antialias: bool | None = True, *, generator: Generator | None = None,
    ) -> None:  # fmt: skip
        super().__init__(generator=generator)
        self.size, self.max_size, self.antialias = size, max_size, antialias
        self.interpolation = as_mode(self._who, interpolation, list(InterpolationMode))
        self._sizes = self._check(size, max_size)

    def _check(self, size, max_size):
        """The numbers of `size` as a tuple: (), (smaller edge,) or (height, width)."""
        given = () if size is None else tuple(size) if isinstance(size, (tuple, list)) else (size,)
        try:
            sizes = tuple([index(n) for n in given])
            longest = None if max_size is None else index(max_size)
        except TypeError:
            raise TypeError(
                f"{self._who}: size and max_size must be integers, got size={size!r:.60} and max_size={max_size!r:.60}; "
                "write 32, or (height, width)"
            ) from None
        if len(sizes) > 2 or (size is not None and not sizes) or min(sizes, default=1) < 1 or (longest is not None and longest < 1):
            raise ValueError(
                f"{self._who}: size must be one or two integers of at least 1, got size={size} and max_size={max_size}; "
                "write 32 for the smaller edge, or (height, width)"
            )
        if longest is None and not sizes:
            raise ValueError(f"{self._who}: max_size must be an integer where size is None, got max_size={max_size}; it is the longer edge")
        if longest is not None and len(sizes) == 2:
            raise ValueError(f"{self._who}: max_size must be None where size is (height, width), got {max_size}; give size as one number")
        if longest is not None and sizes and longest <= sizes[0]:
            raise ValueError(
                f"{self._who}: max_size must be larger than size, the smaller edge, got max_size={max_size} and size={size}; "
                "size=None makes the longer edge max_size"
            )
        return sizes

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """(height, width) of what an image of height x width becomes.

        Args:
            height, width: of the image.

        Raises:
            ValueError: an edge would be shorter than a pixel.

        Example:
            >>> Resize(20).output_size(28, 41)
            (20, 29)
        """
        if len(self._sizes) == 2:
            return self._sizes
        short, long = sorted((height, width))
        if self._sizes:
            edges = self._sizes[0], int(self._sizes[0] * long / short)
        else:
            edges = short, long
        if self.max_size is not None and (edges[1] > self.max_size or not self._sizes):
            edges = int(self.max_size * edges[0] / edges[1]), self.max_size
        if edges[0] < 1:
            raise ValueError(
                f"{self._who}: the smaller edge must keep a pixel, got {height}x{width} with max_size={self.max_size}; raise max_size"
            )
        return edges if height <= width else (edges[1], edges[0])

    def apply(self, x: Array, draws: Any) -> Array:
        """The images in their new size."""
        return resize_sample(x, self.output_size(x.shape[2], x.shape[3]), self.interpolation, bool(self.antialias))

    def extra_repr(self) -> str:
        return f"size={self.size}, interpolation={self.interpolation.value}, max_size={self.max_size}, antialias={self.antialias}"
