"""NpzImages: images and classes from one NumPy file, for subsets and for data of one's own."""

import os
import zipfile
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .images import ImageDataset

KEYS = ("x_train", "y_train", "x_test", "y_test")
ADVICE = "write it with numpy.savez(file, x_train=..., y_train=..., x_test=..., y_test=...)"


class NpzImages(ImageDataset):
    """Images from an .npz file with the arrays x_train, y_train, x_test, y_test (the layout of Keras's files).

    x_* are images of shape (N, H, W) or (N, H, W, C), as a rule uint8; y_* are classes of shape (N,) or (N, 1), integers
    from 0. Pickled objects are never read.

    Args:
        root: the path of the file.
        train: x_train and y_train, or x_test and y_test.
        transform: called on each image, an array in host memory.
        target_transform: called on each class, an int.
        classes: the names of the classes; their numbers if None.

    Attributes:
        data: all images, an array in host memory.
        targets: all classes, a list of ints.
        classes, class_to_idx: the names of the classes, and their numbers.

    Raises:
        RuntimeError: the file is no .npz file, damaged, or has other arrays; it is named.
        FileNotFoundError: there is none.

    Example:
        >>> import numpy, pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder, "small.npz")
        ...     x, y = numpy.zeros((4, 8, 8, 3), dtype="uint8"), numpy.array([0, 2, 1, 2])
        ...     numpy.savez(path, x_train=x, y_train=y, x_test=x[:2], y_test=y[:2])
        ...     data = NpzImages(path, classes=["cat", "dog", "frog"])
        >>> image, label = data[1]
        >>> len(data), image.shape, data.classes[label]
        (4, (8, 8, 3), 'frog')
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        train: bool = True,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[int], Any] | None = None,
        classes: Sequence[str] | None = None,
    ) -> None:
        super().__init__(root, train, transform, target_transform)
        self.data, labels = read_npz(self.root, train)
        count = int(labels.max(initial=-1)) + 1
        self.classes = [str(number) for number in range(count)] if classes is None else list(classes)
        if count > len(self.classes):
            raise RuntimeError(
                f"NpzImages: {root} must hold classes below {len(self.classes)}, one for each name, got {count - 1}; name all classes"
            )
        self.targets = labels.tolist()


def read_npz(path: str | os.PathLike[str], train: bool) -> tuple[np.ndarray, np.ndarray]:
    """The images and the classes of a part of an .npz file, checked to belong together.

    Args:
        path: of the file, with the arrays x_train, y_train, x_test, y_test.
        train: the first two, or the last two.

    Returns:
        Images of shape (N, H, W) or (N, H, W, C), and int64 classes of shape (N,), in host memory.

    Raises:
        RuntimeError: the file is no .npz file, damaged, or has other arrays.
        FileNotFoundError: there is none.

    Example:
        >>> import numpy, pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder, "small.npz")
        ...     numpy.savez(path, x_train=numpy.zeros((2, 8, 8)), y_train=numpy.array([[3], [4]]))
        ...     images, labels = read_npz(path, train=True)
        >>> images.shape, labels.tolist()
        ((2, 8, 8), [3, 4])
    """
    x_name, y_name = KEYS[:2] if train else KEYS[2:]
    try:
        with open(path, "rb") as file:
            arrays = np.load(file)
            names = sorted(arrays) if isinstance(arrays, np.lib.npyio.NpzFile) else "one array without a name"
            if x_name not in names or y_name not in names:
                raise RuntimeError(f"read_npz: {path} must hold {x_name} and {y_name}, got {names}; {ADVICE}")
            images, labels = arrays[x_name], arrays[y_name]
    except (ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise RuntimeError(f"read_npz: {path} must be a whole .npz file of arrays, got {error}; get it again, or {ADVICE}") from None
    if images.ndim not in (3, 4):
        raise RuntimeError(f"read_npz: {x_name} in {path} must have shape (N, H, W) or (N, H, W, C), got {images.shape}; reshape it")
    if labels.shape not in ((len(images),), (len(images), 1)) or labels.dtype.kind not in "iu":
        raise RuntimeError(
            f"read_npz: {y_name} in {path} must be {len(images)} integers, one an image, got {labels.dtype} of shape {labels.shape}; "
            "number the classes 0, 1, 2, ..."
        )
    if labels.min(initial=0) < 0:
        raise RuntimeError(f"read_npz: {y_name} in {path} must hold classes from 0 on, got {labels.min()}; number them 0, 1, 2, ...")
    return images, labels.reshape(-1).astype("int64")
