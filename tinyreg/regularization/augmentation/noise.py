"""GaussianNoise: independent noise on every pixel of the data."""

import math

from ...backend import get_array_module
from ...ops.number import check_number
from ...random import Generator
from ...types import Array
from .transform import Transform, beside


class GaussianNoise(Transform):
    """Add normally distributed noise to every pixel; torchvision's of `transforms.v2` (there is none in its `transforms`).

    `nn.GaussianNoise`, a layer, adds noise inside a network, in training mode only; this one belongs to the data.

    Args:
        mean: of the noise, on the scale where white is 1, also for uint8 images.
        sigma: its standard deviation, at least 0; 0 adds the mean alone.
        clip: keep the pixels in [0, 1], or [0, 255]; without it, uint8 pixels wrap around, as in torchvision.
        generator: a tinyreg.Generator to draw from, instead of the default one.

    Call:
        See Transform. The draws are standard normal, one for each pixel, of shape (N, C, H, W), and live where the backend's
        arrays do. A noise on uint8 images loses its fraction (towards 0), as in torchvision.

    Raises:
        ValueError: a negative sigma.
        TypeError: mean or sigma is no number.

    Example:
        >>> import numpy
        >>> x = numpy.full((1, 1, 3), 0.5)
        >>> GaussianNoise(sigma=0.2)(x, draws=numpy.array([[[[-1.0, 0.0, 3.0]]]]))
        array([[[0.3, 0.5, 1. ]]])
    """

    stochastic = True

    def __init__(self, mean: float = 0.0, sigma: float = 0.1, clip: bool = True, *, generator: Generator | None = None) -> None:
        super().__init__(generator=generator)
        check_number(self._who, mean=mean, sigma=sigma)
        if not 0 <= sigma < math.inf:
            raise ValueError(f"{self._who}: sigma must be finite and at least 0, got sigma={sigma}; it is a standard deviation")
        if not math.isfinite(mean):
            raise ValueError(f"{self._who}: mean must be finite, got mean={mean}; 0 moves nothing")
        self.mean, self.sigma, self.clip = float(mean), float(sigma), clip

    def draw(self, generator: Generator, n: int, shape: tuple[int, ...]) -> Array:
        """Standard normal numbers, one a pixel.

        Example:
            >>> import tinyreg
            >>> GaussianNoise().draw(tinyreg.Generator(0), 2, (1, 8, 8)).shape
            (2, 1, 8, 8)
        """
        return generator.normal((n, *shape))

    def apply(self, x: Array, draws: Array) -> Array:
        """The noisy images."""
        xp = get_array_module(x)
        if draws.shape != x.shape:
            raise ValueError(
                f"{self._who}: draws must be one number a pixel, got draws of shape {tuple(draws.shape)} for images of shape "
                f"{tuple(x.shape)}; both are (N, C, H, W)"
            )
        scale = 255 if x.dtype == "uint8" else 1
        y = beside(draws, x) * (self.sigma * scale)
        y += self.mean * scale
        if x.dtype == "uint8":
            y = x + y.astype("int16")
        else:
            y = (y + x).astype(x.dtype, copy=False)                                    # (10)
        if self.clip:
            y = xp.clip(y, 0, scale)
        return y.astype(x.dtype, copy=False)

    def extra_repr(self) -> str:
        return f"mean={self.mean}, sigma={self.sigma}, clip={self.clip}"
