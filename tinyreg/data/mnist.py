"""MNIST and FashionMNIST, from their official IDX files."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..autograd.tensor import wrap
from ..backend import asarray
from .idx import ADVICE, read_idx
from .images import ImageDataset


class MNIST(ImageDataset):
    """Handwritten digits of 28x28 pixels: 60,000 to train on, 10,000 to test on.

    The four files, packed (.gz) or not, may lie where torchvision puts them, in root/MNIST/raw, or in root itself.
    Size and header of what is read are checked to the byte, packed files by their checksum, too; a download by SHA-256.

    Args:
        root: the folder.
        train: the training part, or the test part.
        transform: called on each image, a uint8 array of shape (28, 28) in host memory, 0 is black: what torchvision's
            image is to NumPy.
        target_transform: called on each class, an int.
        download: fetch the files that are missing (11 MB) into root/MNIST/raw; needs `pip install 'tinyreg[data]'`.

    Attributes:
        data: all images, a uint8 Tensor of shape (N, 28, 28).
        targets: all classes, an int64 Tensor of shape (N,).
        classes, class_to_idx: torchvision's names of the classes, and their numbers.
        mean, std: of the training pixels between 0 and 1.

    Raises:
        RuntimeError: files are missing, damaged or of another kind, or cannot be downloaded.

    A DataLoader gathers whole batches: uint8 (B, 28, 28) and int64 (B,). NormalizeImages makes them what a network eats:

        train = MNIST("data", download=True)
        loader = DataLoader(train, 128, shuffle=True, batch_transform=NormalizeImages(train.mean, train.std))

    Source: LeCun, Bottou, Bengio, Haffner 1998, "Gradient-based learning applied to document recognition".

    Example:
        >>> MNIST("no/such/folder")
        Traceback (most recent call last):
        ...
        RuntimeError: MNIST: no/such/folder must hold the files of the data, got no train-images-idx3-ubyte(.gz); ...
    """

    classes = "0 - zero,1 - one,2 - two,3 - three,4 - four,5 - five,6 - six,7 - seven,8 - eight,9 - nine".split(",")
    mean, std = (0.1307,), (0.3081,)
    mirrors = ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/")
    checksums = {  # SHA-256 of the packed files
        "train-images-idx3-ubyte": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "train-labels-idx1-ubyte": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "t10k-images-idx3-ubyte": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "t10k-labels-idx1-ubyte": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    }

    def __init__(
        self,
        root: str | os.PathLike[str],
        train: bool = True,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[int], Any] | None = None,
        download: bool = False,
    ) -> None:
        super().__init__(root, train, transform, target_transform)
        part = "train" if train else "t10k"
        images, labels = self._path(f"{part}-images-idx3-ubyte", download), self._path(f"{part}-labels-idx1-ubyte", download)
        self.data, self.targets = (wrap(asarray(array)) for array in self._read(images, labels))

    @property
    def raw_folder(self) -> str:
        """Where torchvision keeps the files, and where they are downloaded to."""
        return os.path.join(self.root, type(self).__name__, "raw")

    def _path(self, name, download):
        """The path of a file, which is downloaded if it is missing and may be."""
        names = (name, f"{name}.gz", name.replace("-idx", ".idx"))
        for path in (Path(folder, name) for folder in (self.raw_folder, self.root) for name in names):
            if path.is_file():
                return path
        if not download:
            raise RuntimeError(
                f"{type(self).__name__}: {self.root} must hold the files of the data, got no {name}(.gz); pass download=True, "
                f"or put the four files there or into {self.raw_folder}"
            )
        from .download import fetch

        urls = [f"{mirror}{name}.gz" for mirror in self.mirrors]
        return fetch(type(self).__name__, urls, Path(self.raw_folder, f"{name}.gz"), f"sha256:{self.checksums[name]}")

    def _read(self, images_path, labels_path):
        """The arrays of two files, which must be 28x28 images and as many classes."""
        who, images, labels = type(self).__name__, read_idx(images_path), read_idx(labels_path)
        for path, array, shape in ((images_path, images, "(N, 28, 28)"), (labels_path, labels, "(N,)")):
            if str(array.dtype) != "uint8" or array.shape != (len(array), 28, 28)[: 3 if array is images else 1]:
                raise RuntimeError(f"{who}: {path} must hold bytes of shape {shape}, got {array.dtype} of shape {array.shape}; {ADVICE}")
        if len(images) != len(labels):
            raise RuntimeError(
                f"{who}: every image must have one class, got {len(images)} images in {images_path} and {len(labels)} classes in "
                f"{labels_path}; the files belong to different parts or data sets: get both again"
            )
        if labels.max(initial=0) >= len(self.classes):
            raise RuntimeError(
                f"{who}: {labels_path} must hold classes below {len(self.classes)}, got {labels.max()} at {labels.argmax()}; {ADVICE}"
            )
        return images, labels.astype("int64")


class FashionMNIST(MNIST):
    """Pictures of clothes, 28x28 pixels, ten kinds: 60,000 to train on, 10,000 to test on; files as in MNIST.

    Args:
        root, train, transform, target_transform: as in MNIST.
        download: fetch the files that are missing (31 MB) into root/FashionMNIST/raw.

    Attributes:
        data, targets, classes, class_to_idx, mean, std: as in MNIST.

    Raises:
        RuntimeError: files are missing, damaged or of another kind, or cannot be downloaded.

    Source: Xiao, Rasul, Vollgraf 2017, arXiv:1708.07747; MIT License.

    Example:
        >>> FashionMNIST.classes[9]
        'Ankle boot'
    """

    classes = "T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot".split(",")
    mean, std = (0.2860,), (0.3530,)
    mirrors = (
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    )
    checksums = {  # SHA-256 of the packed files
        "train-images-idx3-ubyte": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "train-labels-idx1-ubyte": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "t10k-images-idx3-ubyte": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "t10k-labels-idx1-ubyte": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    }
