"""MNIST1D: a ten-class problem that learns in seconds and still tells a network's assumptions apart."""

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from ..autograd.tensor import wrap
from ..backend import asarray, to_numpy
from ..random import Generator
from .images import ImageDataset

# the published templates: the digit read as a height over 12 places
TEMPLATES = (
    (5, 6, 6.5, 6.75, 7, 7, 7, 7, 6.75, 6.5, 6, 5),
    (5, 3, 3, 3.4, 3.8, 4.2, 4.6, 5, 5.4, 5.8, 5, 5),
    (5, 6, 6.5, 6.5, 6, 5.25, 4.75, 4, 3.5, 3.5, 4, 5),
    (5, 6, 6.5, 6.5, 6, 5, 5, 6, 6.5, 6.5, 6, 5),
    (5, 4.4, 3.8, 3.2, 2.6, 2.6, 5, 5, 5, 5, 5, 5),
    (5, 3, 3, 3, 3, 5, 6, 6.5, 6.5, 6, 4.5, 5),
    (5, 4, 3.5, 3.25, 3, 3, 3, 3, 3.25, 3.5, 4, 5),
    (5, 7, 7, 6.6, 6.2, 5.8, 5.4, 5, 4.6, 4.2, 5, 5),
    (5, 4, 3.5, 3.5, 4, 5, 5, 4, 3.5, 3.5, 4, 5),
    (5, 4, 3.5, 3.5, 4, 5, 5, 5, 5, 4.7, 4.3, 5),
)
PADDING = (36, 60)  # places of silence behind the template: at least and at most
LENGTH = 12 + 60  # of the stretched signal
SCALE, TRANSLATION, CORRELATED_NOISE, NOISE, SHEAR = 0.4, 48, 0.25, 0.02, 0.75
SIGMA = 2  # places, of the Gaussian that makes the correlated noise smooth


class MNIST1D(ImageDataset):
    """Ten templates of 12 numbers, stretched, scaled, moved, sheared and drowned in noise to signals of 40 numbers.

    Each signal is made from the template x of its class, which starts and ends at 0:

        1. pad        behind x come p zeros, p uniform in {36, ..., 60}; the whole is read off at 72 equidistant places
        2. scale      times 1 + 0.4 (u - 1/2)
        3. translate  around a circle of 72 places, by k uniform in {0, ..., 47}
        4. noise      where the signal is silent, 0.25 N(0, 1) smoothed by a Gaussian of 2 places; everywhere 0.02 N(0, 1)
        5. shear      minus 0.75 (u - 1/2) times a line that rises from -1/2 to 1/2
        6. read off   at 40 equidistant places

    with u uniform in [0, 1), and linear interpolation between places. Then all signals together get mean 0 and standard
    deviation 1. Every class has the same number of signals before the split, 80% of which are for training.

    The numbers are drawn here, from the published law with its published settings: by another generator than the
    authors', so these are other signals of the same law than those of their file. A seed gives the same signals on every
    backend.

    Args:
        root: accepted as in torchvision's datasets; the data are made, not read.
        train: the first 80% of the signals, or the others.
        transform: called on each signal, a float32 array of shape (40,) in host memory.
        target_transform: called on each class, an int.
        download: accepted; there is nothing to download.
        samples: signals of both parts together, a positive multiple of 10.
        seed: decides all of them, as in tinyreg.manual_seed.

    Attributes:
        data: all signals, a float32 Tensor of shape (N, 40).
        targets: all classes, an int64 Tensor of shape (N,).

    Raises:
        ValueError: samples is no positive multiple of 10.

    Source: Greydanus 2020, "Scaling down deep learning", arXiv:2011.14439, section 2 and the authors' settings.

    Example:
        >>> signals = MNIST1D(samples=100)
        >>> x, y = signals[0]
        >>> len(signals), len(MNIST1D(samples=100, train=False)), x.shape
        (80, 20, (40,))
    """

    classes = [str(digit) for digit in range(10)]

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        train: bool = True,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[int], Any] | None = None,
        download: bool = False,
        samples: int = 5000,
        seed: int = 42,
    ) -> None:
        super().__init__(None, train, transform, target_transform)
        if not isinstance(samples, int) or samples < 10 or samples % 10:
            raise ValueError(f"MNIST1D: samples must be a positive multiple of 10, got samples={samples!r}; every class has as many")
        generator = Generator(seed)
        generator.on_host = True
        labels = np.arange(samples) // (samples // 10)
        signals = _signals(labels, generator)
        order = generator.permutation(samples)
        part = order[: int(samples * 0.8)] if train else order[int(samples * 0.8) :]
        signals = (signals - signals.mean()) / signals.std()
        self.data = wrap(asarray(signals[part].astype("float32")))
        self.targets = wrap(asarray(labels[part].astype("int64")))


def templates() -> np.ndarray:
    """The ten templates as they are used: mean 0 and deviation 1 each, moved to start at 0, divided by 6.

    Returns:
        An array of shape (10, 12).

    Example:
        >>> templates()[:, 0].tolist() == [0.0] * 10
        True
    """
    x = np.array(TEMPLATES)
    x = (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)
    return (x - x[:, :1]) / 6


def _signals(labels, generator):
    """A signal for each label, before all of them are normalised together."""
    n = len(labels)

    def uniform(*shape):
        return to_numpy(generator.uniform(shape, dtype="float64"))

    def normal(*shape):
        return to_numpy(generator.normal(shape, dtype="float64"))

    low, high = PADDING
    padding = low + (uniform(n) * (high - low + 1)).astype("int64")
    shapes = np.zeros((n, 12 + high))
    shapes[:, :12] = templates()[labels] + 1e-8  # nowhere 0, so that the silence behind it can be told from it
    x = _read_off(shapes, (11 + padding)[:, None] * np.linspace(0, 1, LENGTH))
    x *= 1 + SCALE * (uniform(n, 1) - 0.5)
    shift = (uniform(n, 1) * TRANSLATION).astype("int64")
    x = np.take_along_axis(x, (np.arange(LENGTH) - shift) % LENGTH, axis=1)
    x = np.where(x != 0, x, _smooth(CORRELATED_NOISE * normal(n, LENGTH)))
    x += NOISE * normal(n, LENGTH)
    x -= SHEAR * (uniform(n, 1) - 0.5) * np.linspace(-0.5, 0.5, LENGTH)
    return _read_off(x, np.broadcast_to(np.linspace(0, LENGTH - 1, 40), (n, 40)))


def _read_off(x, places):
    """The rows of x at places between its columns, by linear interpolation."""
    left = np.minimum(places.astype("int64"), x.shape[1] - 2)
    share = places - left
    return (1 - share) * np.take_along_axis(x, left, axis=1) + share * np.take_along_axis(x, left + 1, axis=1)


def _smooth(x):
    """The rows of x under a Gaussian of SIGMA places, cut off at four of them; beyond its ends a row is mirrored."""
    radius = 4 * SIGMA
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / SIGMA) ** 2)
    kernel /= kernel.sum()
    padded = np.pad(x, ((0, 0), (radius, radius)), mode="symmetric")
    return np.lib.stride_tricks.sliding_window_view(padded, len(kernel), axis=1) @ kernel
