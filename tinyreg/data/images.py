"""What the image datasets share: examples with transforms, and whole batches without."""

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from ..autograd import Tensor
from ..autograd.tensor import wrap
from ..backend import asarray, to_numpy
from .dataset import Dataset


class ImageDataset(Dataset[tuple[Any, Any]]):
    """Base class of the datasets of images with one class each; torchvision's attributes.

    A subclass fills `data` (a Tensor, or an array in host memory) and `targets` (a Tensor or a list), whose first
    dimensions count the examples; whoever replaces them by a part of themselves has a smaller dataset.

    Args:
        root: the folder of the files, or None.
        train: the training part, or the test part.
        transform: called on each image, an array of shape (H, W) or (H, W, C).
        target_transform: called on each class, an int.

    Attributes:
        data, targets: all images and their classes.
        classes: the names of the classes.
        class_to_idx: name -> number.
        mean, std: of the pixels of the training images, which lie in [0, 1] for this; one number a channel.

    Example:
        >>> import numpy
        >>> class Squares(ImageDataset):
        ...     classes = ["black", "white"]
        ...     def __init__(self):
        ...         super().__init__(root=None)
        ...         self.data, self.targets = numpy.zeros((3, 2, 2), dtype="uint8"), [0, 0, 0]
        >>> image, label = Squares()[0]
        >>> image.shape, label
        ((2, 2), 0)
    """

    classes: list[str] = []
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    root: Any
    data: Any
    targets: Any

    def __init__(
        self,
        root: str | os.PathLike[str] | None,
        train: bool = True,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[int], Any] | None = None,
    ) -> None:
        self.root = os.path.expanduser(root) if root is not None else None
        self.train, self.transform, self.target_transform = train, transform, target_transform

    @property
    def class_to_idx(self) -> dict[str, int]:
        """The number of each class."""
        return {name: number for number, name in enumerate(self.classes)}

    @property
    def batch(self) -> Callable[[Any], tuple[Tensor, Tensor]]:
        """The examples of an array of indices at once: the images and their classes as Tensors.

        Only without transforms, which want one image at a time: with one there is no such attribute.
        """
        if self.transform is not None or self.target_transform is not None:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute 'batch' while it has a transform")
        return self._batch

    def _batch(self, indices):
        images, targets = self.data[indices], self.targets
        targets = targets[indices] if isinstance(targets, Tensor) else [targets[i] for i in indices]
        return _as_tensor(images), _as_tensor(targets)

    def _image(self, index):
        """One image as an array of its own: what a transform changes in place stays as it is in the dataset."""
        image = self.data[index]
        return np.array(to_numpy(image.array) if isinstance(image, Tensor) else image)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        image, label = self._image(index), int(self.targets[index])
        if self.transform is not None:
            image = self.transform(image)
        if self.target_transform is not None:
            label = self.target_transform(label)
        return image, label

    def __len__(self) -> int:
        return len(self.data)

    def __repr__(self) -> str:
        lines = [f"Dataset {type(self).__name__}", f"    Number of datapoints: {len(self)}"]
        if self.root is not None:
            lines.append(f"    Root location: {self.root}")
        return "\n".join([*lines, f"    Split: {'Train' if self.train else 'Test'}"])


def _as_tensor(values):
    return values if isinstance(values, Tensor) else wrap(asarray(values))
