"""Digits: 5,620 handwritten digits that come with the package."""

from collections.abc import Callable
from importlib.resources import files
from io import BytesIO
from typing import Any

import numpy as np

from ..autograd.tensor import wrap
from ..backend import asarray
from .images import ImageDataset


class Digits(ImageDataset):
    """Handwritten digits of 8x8 pixels: 3,823 to train on, 1,797 of other writers to test on.

    Source: Optical Recognition of Handwritten Digits, Alpaydin & Kaynak 1998, UCI Machine Learning Repository,
    DOI 10.24432/C50P49, CC BY 4.0; the tables became one NumPy file, pixels 0..16 are divided by 16.

    Args:
        root: accepted as in torchvision's datasets; the data come with the package.
        train: the training part, or the test part.
        transform: called on each image, a float32 Tensor of shape (1, 8, 8) with values in [0, 1].
        target_transform: called on each class, an int.
        download: accepted; there is nothing to download.

    Attributes:
        data: all images, a Tensor of shape (N, 1, 8, 8).
        targets: all classes, an int64 Tensor of shape (N,).
        classes, class_to_idx: the names of the classes, and their numbers.

    Example:
        >>> digits = Digits(train=False)
        >>> image, label = digits[0]
        >>> len(digits), image.shape, label
        (1797, Size([1, 8, 8]), 0)
    """

    classes = [str(digit) for digit in range(10)]

    def __init__(
        self,
        root: Any = None,
        train: bool = True,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[int], Any] | None = None,
        download: bool = False,
    ) -> None:
        super().__init__(None, train, transform, target_transform)
        part = "train" if train else "test"
        packed = BytesIO(files("tinyreg.data").joinpath("files", "digits.npz").read_bytes())
        with np.load(packed) as arrays:
            pixels, labels = arrays[f"x_{part}"], arrays[f"y_{part}"]
        self.data = wrap(asarray((pixels / np.float32(16)).astype(np.float32).reshape(-1, 1, 8, 8)))
        self.targets = wrap(asarray(labels.astype(np.int64)))

    def _image(self, index):
        return self.data[index]
