"""CIFAR10 from the official binary files: a byte for the class and 3,072 for the pixels, 10,000 times a file."""

import gzip
import os
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .idx import ADVICE
from .images import ImageDataset
from .npz import read_npz

RECORD = 1 + 3 * 32 * 32  # bytes: the class, then 32x32 red values, then green, then blue ones, rows from the top
TRAIN, TEST = tuple(f"data_batch_{number}.bin" for number in range(1, 6)), ("test_batch.bin",)


class CIFAR10(ImageDataset):
    """Colour photographs of 32x32 pixels, ten kinds of things: 50,000 to train on, 10,000 to test on.

    Read are, whichever comes first,

        root/cifar-10-batches-bin/data_batch_1.bin ... test_batch.bin   the "binary version", unpacked; or in root itself
        root/cifar-10-binary.tar.gz      the same as it is downloaded: it is never unpacked to disk, and read in two seconds
        root/cifar10*.npz                a subset with the arrays x_train, y_train, x_test, y_test, see NpzImages

    and root may be the path of an .npz file. The "python version", which torchvision reads, is pickles, which are
    programs: it is not read.

    Args:
        root: the folder, or an .npz file.
        train: the training part, or the test part.
        transform: called on each image, a uint8 array of shape (32, 32, 3) in host memory: what torchvision's image is
            to NumPy.
        target_transform: called on each class, an int.
        download: fetch cifar-10-binary.tar.gz (170 MB) into root if there are no files; needs `pip install 'tinyreg[data]'`.

    Attributes:
        data: all images, as in torchvision a uint8 array of shape (N, 32, 32, 3) in host memory.
        targets: all classes, as in torchvision a list of ints.
        classes, class_to_idx: the names of the classes, and their numbers.
        mean, std: of the three channels of the training pixels between 0 and 1.

    Raises:
        RuntimeError: files are missing, damaged or of another kind, or cannot be downloaded.

    A DataLoader gathers whole batches: uint8 (B, 32, 32, 3) and int64 (B,). NormalizeImages makes them float32
    (B, 3, 32, 32):

        DataLoader(train, 128, shuffle=True, batch_transform=NormalizeImages(train.mean, train.std))

    Source: Krizhevsky 2009, "Learning multiple layers of features from tiny images".

    Example:
        >>> CIFAR10.classes[3]
        'cat'
    """

    classes = "airplane automobile bird cat deer dog frog horse ship truck".split()
    mean, std = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
    mirrors = ("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",)
    checksum = "md5:c32a1d4ab5d03f1284b67883e8d87530"

    def __init__(
        self,
        root: str | os.PathLike[str],
        train: bool = True,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[int], Any] | None = None,
        download: bool = False,
    ) -> None:
        super().__init__(root, train, transform, target_transform)
        images, labels = self._find(TRAIN if train else TEST, download)
        if labels.max(initial=0) >= len(self.classes):
            raise RuntimeError(
                f"CIFAR10: {root} must hold classes below 10, got {labels.max()} for image {labels.argmax()}; its files are damaged"
            )
        self.data, self.targets = images, labels.tolist()

    def _find(self, names, download):
        """The images and classes of the first form in which they are there."""
        root = Path(self.root)
        if root.suffix == ".npz":
            return _checked(root, *read_npz(root, self.train))
        for folder in (root / "cifar-10-batches-bin", root):
            present = [name for name in names if (folder / name).is_file()]
            if present:
                missing = sorted({*names} - {*present})
                if missing:
                    raise RuntimeError(
                        f"CIFAR10: {folder} must hold {', '.join(names)}, got no {', '.join(missing)}; copy the whole folder"
                    )
                return _join([_records(folder / name, (folder / name).read_bytes()) for name in names])
        archive = root / "cifar-10-binary.tar.gz"
        if archive.is_file():
            return _unpack(archive, names)
        subsets = sorted(root.glob("cifar10*.npz"))
        if len(subsets) > 1:
            raise RuntimeError(
                f"CIFAR10: {root} must hold one subset, got {', '.join(path.name for path in subsets)}; pass the path of one as root"
            )
        if subsets:
            return _checked(subsets[0], *read_npz(subsets[0], self.train))
        if not download:
            pickles = ", but the python version, which is pickles and not read" if (root / "cifar-10-batches-py").is_dir() else ""
            raise RuntimeError(
                f"CIFAR10: {root} must hold cifar-10-binary.tar.gz, cifar-10-batches-bin or cifar10*.npz, got none of them{pickles}; "
                f"pass download=True, or put {self.mirrors[0]} there"
            )
        from .download import fetch

        return _unpack(fetch("CIFAR10", self.mirrors, archive, self.checksum), names)


def _records(where, content):
    """The images (N, 32, 32, 3) and classes (N,) of a file's records."""
    if not content or len(content) % RECORD:
        raise RuntimeError(f"CIFAR10: {where} must hold whole records of {RECORD} bytes, got {len(content)} bytes; {ADVICE}")
    table = np.frombuffer(content, "uint8").reshape(-1, RECORD)
    return table[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), table[:, 0]


def _join(parts):
    images, labels = zip(*parts)
    whole = np.empty((sum(map(len, images)), 32, 32, 3), "uint8")
    return np.concatenate(images, out=whole), np.concatenate(labels)


def _unpack(archive, names):
    """The images and classes of the named files in the archive, in memory."""
    found = {}
    try:
        with gzip.open(archive) as stream:
            with tarfile.open(fileobj=stream, mode="r|") as files:
                for member in files:
                    name = member.name.rpartition("/")[2]
                    packed = files.extractfile(member) if member.isfile() and name in names else None
                    if packed is not None:
                        found[name] = _records(f"{name} in {archive}", packed.read())
            while stream.read(2**20):  # to the end, where gzip keeps the checksum
                pass
    except (EOFError, OSError, zlib.error, tarfile.TarError) as error:
        raise RuntimeError(f"CIFAR10: {archive} must unpack as tar and gzip, got {error}; {ADVICE}") from None
    missing = [name for name in names if name not in found]
    if missing:
        raise RuntimeError(f"CIFAR10: {archive} must hold {', '.join(names)}, got no {', '.join(missing)}; get the binary version")
    return _join([found[name] for name in names])


def _checked(path, images, labels):
    """A subset's arrays, which must be CIFAR's images."""
    if str(images.dtype) != "uint8" or images.shape[1:] != (32, 32, 3):
        raise RuntimeError(
            f"CIFAR10: {path} must hold uint8 images of shape (N, 32, 32, 3), got {images.dtype} of shape {images.shape}; "
            "read other images with NpzImages"
        )
    return images, labels
