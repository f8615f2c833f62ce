"""NormalizeImages: uint8 images as the float32 batches that a network eats, a whole batch at a time."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..autograd import Tensor
from ..autograd.tensor import wrap
from ..backend import asarray, get_array_module


class NormalizeImages:
    """Scale uint8 images to [0, 1], put the channels first, subtract a mean and divide by a deviation.

        y[n, c, h, w] = (x[n, h, w, c] / 255 - mean[c]) / std[c]

    These are torchvision's ToTensor and Normalize in one, with equal digits, for a whole batch at once.

    Args:
        mean: of each channel, on the scale [0, 1]; a number or one a channel. 0 subtracts nothing.
        std: what each channel is divided by, above 0; a number or one a channel. 1 changes nothing.

    Call:
        batch: images, or a batch whose first field they are (which is what a DataLoader's batch_transform gets): a uint8
            Tensor or array of shape (N, H, W) or (N, H, W, C).

    Returns:
        A float32 Tensor of shape (N, 1, H, W) or (N, C, H, W), or the batch as a list with it in place of the first field.

    Raises:
        ValueError: std is not above 0, or the number of channels is another.
        TypeError: the images are not uint8.

    Example:
        >>> import tinyreg
        >>> normalize = NormalizeImages(0.5, 0.25)
        >>> normalize(tinyreg.tensor([[[0, 255]]], dtype=tinyreg.uint8))
        tensor([[[[-2.,  2.]]]])
        >>> data = tinyreg.data.TensorDataset(tinyreg.zeros(4, 28, 28, dtype=tinyreg.uint8), tinyreg.arange(4))
        >>> for images, labels in tinyreg.data.DataLoader(data, batch_size=4, batch_transform=normalize):
        ...     images.shape, labels.shape
        (Size([4, 1, 28, 28]), Size([4]))
    """

    def __init__(self, mean: float | Sequence[float] = 0.0, std: float | Sequence[float] = 1.0) -> None:
        self.mean, self.std = (tuple(np.atleast_1d(np.asarray(value, dtype="float64")).tolist()) for value in (mean, std))
        if not all(0 < s < float("inf") for s in self.std):
            raise ValueError(f"NormalizeImages: std must be above 0, got {self.std}; 1 divides by nothing")

    def __call__(self, batch: Any) -> Any:
        if isinstance(batch, (list, tuple)):
            return [self(batch[0]), *batch[1:]]
        x = batch.array if isinstance(batch, Tensor) else asarray(batch)
        if str(x.dtype) != "uint8" or x.ndim not in (3, 4):
            raise TypeError(
                f"NormalizeImages: images must be uint8 of shape (N, H, W) or (N, H, W, C), got {x.dtype} of shape {x.shape}; "
                "what is floating point already is normalised by (x - mean) / std"
            )
        x = x[:, None] if x.ndim == 3 else x.transpose(0, 3, 1, 2)  # (N, H, W, C) -> (N, C, H, W)
        for name, values in (("mean", self.mean), ("std", self.std)):
            if len(values) not in (1, x.shape[1]):
                raise ValueError(
                    f"NormalizeImages: {name} must be a number or one a channel, got {len(values)} numbers for {x.shape[1]} channels; "
                    "compute it over the training images, a channel at a time"
                )
        xp = get_array_module(x)
        mean, std = (xp.asarray(values, dtype="float32").reshape(-1, 1, 1) for values in (self.mean, self.std))
        y = x.astype("float32", order="C")
        y /= 255
        y -= mean
        y /= std
        return wrap(y)

    def __repr__(self) -> str:
        return f"NormalizeImages(mean={self.mean}, std={self.std})"
