"""The data on which methods can be compared, as data: a row for each data set.

    digits           comes with the package: seconds a run
    mnist            a user's download; the same question on larger images
    fashion-mnist    clothes instead of digits, harder by far
    cifar10          photographs in colour, harder again

A task is small on purpose: a few hundred training images, some of them with a wrong label, so that a network without a
regularizer learns them by heart. What is fixed here (sizes, learning rates, epochs) was fixed after pilot runs.

    >>> TASKS["digits"].describe()
    'Digits, 3823 training and 1797 test images of 8x8 pixels'
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from .. import datasets
from ..autograd.tensor import wrap
from ..backend import asarray, to_numpy
from ..data import NormalizeImages
from .bad_option import BadOption


@dataclass(frozen=True)
class Task:
    """A data set, and how it is learnt.

    Attributes:
        name: as the command line writes it.
        title: as the figures write it.
        images: what the images show, as a sentence says it: "300 handwritten digits".
        source: who made it, for the report.
        shape: (channels, height, width) of an image.
        dataset: makes a part of it: dataset(root, train=, download=).
        rates: learning rate of plain SGD for each network; at twice the rate, training without a regularizer is unsteady.
        train_size, validation_size, epochs: of a comparison that says nothing else.
        weight_range: the weights' histogram reaches from minus it to it.
    """

    name: str
    title: str
    images: str
    source: str
    shape: tuple[int, ...]
    dataset: Any
    rates: dict[str, float]
    train_size: int = 1000
    validation_size: int = 1000
    epochs: int = 40
    weight_range: float = 0.5

    @property
    def comes_with_the_package(self):
        """Whether there is nothing to find or to download."""
        return self.dataset is datasets.Digits

    def part(self, train, root=None, download=False):
        """Images and labels of a part as its files hold them, in host memory.

        Raises:
            BadOption: its files are not under root, or are damaged.
        """
        return _part(self.name, train, None if root is None else str(root), download)

    def prepare(self, images):
        """Images as the networks see them: a float32 Tensor (N, C, H, W)."""
        if images.dtype != np.uint8:
            return wrap(asarray(images))
        return NormalizeImages(self.dataset.mean, self.dataset.std)(images)

    def describe(self, root=None):
        """The data set in a line that differs where the data do."""
        parts = [self.part(train, root) for train in (True, False)]
        sizes = f"{len(parts[0][1])} training and {len(parts[1][1])} test images"
        pixels = f"{self.title}, {sizes} of {self.shape[1]}x{self.shape[2]} pixels"
        return pixels if self.comes_with_the_package else f"{pixels}, sha256 {_digest(self.name, str(root))}"


@cache
def _part(name, train, root, download):
    task = TASKS[name]
    if root is None and not task.comes_with_the_package:
        raise BadOption(
            f"tinyreg: --data {name} must have a folder with its files, got none; --root FOLDER names it, --download fetches them into it"
        )
    try:
        data = task.dataset(root, train=train, download=download)
    except (OSError, RuntimeError, ValueError, ImportError) as error:
        raise BadOption(f"tinyreg: --data {name} must be readable under {root}; {error}") from None
    return host_array(data.data), host_array(data.targets)


def host_array(values):
    """What a data set holds, a Tensor or an array, as an array in host memory."""
    return to_numpy(values.array) if hasattr(values, "array") else np.asarray(values)


@cache
def _digest(name, root):
    whole = hashlib.sha256()
    for train in (True, False):
        for array in _part(name, train, root, False):
            whole.update(array.tobytes())
    return whole.hexdigest()[:12]


TASKS = {
    task.name: task
    for task in (
        Task(
            "digits",
            "Digits",
            "handwritten digits",
            "Digits (Alpaydin & Kaynak 1998, UCI, CC BY 4.0), test images of other writers",
            (1, 8, 8),
            datasets.Digits,
            rates={"mlp": 0.25, "lenet": 0.1},
            train_size=300,
            validation_size=500,
            epochs=120,
            weight_range=1.2125,
        ),
        Task(
            "mnist",
            "MNIST",
            "handwritten digits of MNIST",
            "MNIST (LeCun, Bottou, Bengio & Haffner 1998)",
            (1, 28, 28),
            datasets.MNIST,
            rates={"mlp": 0.05, "lenet": 0.05},
        ),
        Task(
            "fashion-mnist",
            "Fashion-MNIST",
            "images of clothes (Fashion-MNIST)",
            "Fashion-MNIST (Xiao, Rasul & Vollgraf 2017, arXiv:1708.07747, MIT)",
            (1, 28, 28),
            datasets.FashionMNIST,
            rates={"mlp": 0.05, "lenet": 0.05},
        ),
        Task(
            "cifar10",
            "CIFAR-10",
            "small photographs (CIFAR-10)",
            "CIFAR-10 (Krizhevsky 2009)",
            (3, 32, 32),
            datasets.CIFAR10,
            rates={"mlp": 0.02, "lenet": 0.02},
        ),
    )
}
