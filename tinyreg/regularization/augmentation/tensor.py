"""ToTensor and Normalize: from pixels to the numbers that a network eats."""

import math
from collections.abc import Sequence
from typing import Any

from ...autograd.tensor import wrap
from ...backend import asarray, get_array_module, get_default_dtype, is_array
from ...ops.number import check_number
from ...random import Generator
from ...types import Array
from .transform import Transform


class ToTensor(Transform):
    """uint8 images (H, W) or (H, W, C) as Tensors (C, H, W) in [0, 1]; torchvision's, and for batches, too.

    A floating point image comes out as a Tensor of the same numbers.

    Args:
        generator: accepted; nothing is drawn.

    Call:
        See Transform; but an ndarray gives a Tensor, too, on the backend's device, of the default dtype (float32).

    Example:
        >>> import numpy
        >>> ToTensor()(numpy.array([[0, 51], [102, 255]], dtype="uint8"))
        tensor([[[0.0000, 0.2000],
                 [0.4000, 1.0000]]])
    """

    def __call__(self, image: Any, *, draws: Any = None, return_draws: bool = False) -> Any:
        if isinstance(image, (list, tuple)) and image:
            image = [_born(image[0]), *image[1:]]
        return super().__call__(_born(image), draws=draws, return_draws=return_draws)

    def apply(self, x: Array, draws: Any) -> Array:
        """The images in floating point."""
        if x.dtype.kind == "f":
            return x
        y = x.astype(get_default_dtype(), order="C")
        y /= 255                                                                       # (4)
        return y


def _born(image):
    """An array as a Tensor of the backend; anything else as it is."""
    return wrap(asarray(image)) if is_array(image) else image


def _numbers(name, value):
    """One number, or one a channel, as a tuple."""
    single = isinstance(value, str) or not hasattr(value, "__len__") or getattr(value, "ndim", 1) == 0
    given = [value] if single else list(value)
    for number in given:
        check_number("Normalize", **{name: number})
    return tuple([float(number) for number in given])


class Normalize(Transform):
    """Subtract a mean and divide by a deviation, channel by channel; torchvision's.

    Args:
        mean: of each channel; one number a channel, or one for all. 0 subtracts nothing.
        std: what each channel is divided by, above 0; one number a channel, or one for all. 1 changes nothing.
        inplace: write the result into the image.
        generator: accepted; nothing is drawn.

    Call:
        See Transform. The image is floating point: ToTensor comes before.

    Raises:
        ValueError: a std that is not above 0; in the call, another number of channels.
        TypeError: in the call, a uint8 image.

    Example:
        >>> import tinyreg
        >>> Normalize([0.5], [0.25])(tinyreg.tensor([[[0.0, 1.0]]]))
        tensor([[[-2.,  2.]]])
    """

    def __init__(
        self, mean: float | Sequence[float], std: float | Sequence[float], inplace: bool = False, *, generator: Generator | None = None
    ) -> None:
        super().__init__(generator=generator)
        self.mean, self.std, self.inplace = mean, std, inplace
        self._mean, self._std = _numbers("mean", mean), _numbers("std", std)
        if not all(map(math.isfinite, self._mean)):
            raise ValueError(f"Normalize: mean must be finite, got {mean}; 0 subtracts nothing")
        if not all(0 < s < float("inf") for s in self._std):
            raise ValueError(f"Normalize: std must be above 0, got {std}; 1 divides by nothing")

    def apply(self, x: Array, draws: Any) -> Array:
        """The images, normalised."""
        if x.dtype.kind != "f":
            raise TypeError(f"Normalize: image must be floating point, got {x.dtype} of shape {tuple(x.shape)}; put ToTensor before it")
        for name, values in (("mean", self._mean), ("std", self._std)):
            if len(values) not in (1, x.shape[1]):
                raise ValueError(
                    f"Normalize: {name} must be a number or one a channel, got {len(values)} numbers for {x.shape[1]} channels; "
                    "compute it over the training images, a channel at a time"
                )
        xp = get_array_module(x)
        mean, std = (xp.asarray(values, dtype=x.dtype).reshape(-1, 1, 1) for values in (self._mean, self._std))
        y = xp.subtract(x, mean, out=x if self.inplace else None)
        y /= std                                                                       # (5)
        return y

    def extra_repr(self) -> str:
        return f"mean={self.mean}, std={self.std}"
