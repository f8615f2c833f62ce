"""Cutting a dataset into parts that do not overlap, with chance and with the classes in proportion."""

import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..autograd import Tensor
from ..backend import to_numpy
from ..random import Generator, chosen_generator
from ..types import HostArray
from .dataset import Examples, Subset, T


def _sizes(who, lengths, count):
    """Lengths as numbers: given so, or as fractions that sum to 1 (what rounding leaves goes to the first parts)."""
    if abs(sum(lengths) - 1) < 1e-6 and all(0 <= f <= 1 for f in lengths):
        sizes = [math.floor(count * f) for f in lengths]
        for i in range(count - sum(sizes)):
            sizes[i % len(sizes)] += 1
        for i, size in enumerate(sizes):
            if size == 0:
                warnings.warn(f"{who}: part {i} of {count} examples is empty", stacklevel=3)
    elif all(isinstance(n, (int, np.integer)) and n >= 0 for n in lengths):
        sizes = [int(n) for n in lengths]
    else:
        raise ValueError(
            f"{who}: lengths must be numbers of examples, or fractions that sum to 1, got {list(lengths)}; write [0.8, 0.1, 0.1]"
        )
    if sum(sizes) != count:
        raise ValueError(f"{who}: lengths must sum to the number of examples {count}, got {sizes} with the sum {sum(sizes)}; use fractions")
    return sizes


def random_split(dataset: Examples[T], lengths: Sequence[float], generator: Generator | None = None) -> list[Subset[T]]:
    """Cut a dataset at random into parts that do not overlap.

    Args:
        dataset: anything with a length.
        lengths: numbers of examples, or fractions that sum to 1: then each part has floor(fraction * length) examples, and
            one more from the first part on until all are dealt.
        generator: where the order comes from; the default generator if None.

    Returns:
        A list of Subsets, whose `indices` are lists.

    Raises:
        ValueError: the lengths do not sum to the number of examples, or the fractions to 1.

    Example:
        >>> import tinyreg
        >>> [len(part) for part in random_split(range(10), [0.8, 0.1, 0.1])]
        [8, 1, 1]
    """
    sizes = _sizes("random_split", lengths, len(dataset))
    order = chosen_generator(generator).permutation(len(dataset)).tolist()
    parts, start = [], 0
    for size in sizes:
        parts.append(Subset(dataset, order[start : start + size]))
        start += size
    return parts


def classes_of(who: str, dataset: Any, targets: Any) -> np.ndarray:
    """The class of each example as a host array: as given, or the dataset's own.

    Args:
        who: whom errors name.
        dataset: anything with a length.
        targets: a Tensor, array or list; None takes dataset.targets.

    Raises:
        ValueError: there are none, or not one an example.

    Example:
        >>> classes_of("doctest", range(3), [0, 1, 0])
        array([0, 1, 0])
    """
    targets = getattr(dataset, "targets", None) if targets is None else targets
    if targets is None:
        raise ValueError(
            f"{who}: targets must be given for a {type(dataset).__name__} without targets, got None; pass one class an example"
        )
    classes = to_numpy(targets.array) if isinstance(targets, Tensor) else np.asarray(targets)
    if classes.shape != (len(dataset),):
        raise ValueError(
            f"{who}: targets must be one an example, got {len(classes) if classes.ndim == 1 else f'shape {classes.shape}'} for "
            f"{len(dataset)} examples; pass dataset.targets"
        )
    return classes


def stratified_split(
    dataset: Examples[T], lengths: Sequence[float], targets: Sequence[Any] | HostArray | Tensor | None = None,
    generator: Generator | None = None,
) -> list[Subset[T]]:  # fmt: skip
    """Cut a dataset at random into parts in which each class has its share, to within two examples.

    Args:
        dataset, lengths, generator: as in random_split.
        targets: the class of each example; the dataset's own `targets` if None.

    Returns:
        A list of Subsets, whose `indices` are lists.

    Raises:
        ValueError: as in random_split, or the targets are missing or of another number.

    Example:
        >>> train, test = stratified_split(range(8), [0.5, 0.5], targets=[0, 0, 0, 0, 1, 1, 1, 1])
        >>> sorted(int(i) // 4 for i in train.indices)
        [0, 0, 1, 1]
    """
    classes = classes_of("stratified_split", dataset, targets)
    count = len(dataset)
    sizes = _sizes("stratified_split", lengths, count)
    generator = chosen_generator(generator)
    # every stretch of the following order holds each class in its share: of the n examples of a class, the k-th stands
    # at (k + u) / n, with one u in [0, 1) a class
    shuffled = generator.permutation(count)
    labels, codes = np.unique(classes[shuffled], return_inverse=True)
    offsets = to_numpy(generator.uniform((len(labels),), dtype="float64"))
    places = np.empty(count)
    for code in range(len(labels)):
        members = np.flatnonzero(codes == code)
        places[members] = (np.arange(len(members)) + offsets[code]) / len(members)
    order = shuffled[np.argsort(places, kind="stable")]
    parts = np.split(order, np.cumsum(sizes)[:-1])
    return [Subset(dataset, part[generator.permutation(len(part))].tolist()) for part in parts]


def train_validation_test_split(
    dataset: Examples[T], sizes: Sequence[float] = (0.8, 0.1, 0.1), stratify: Sequence[Any] | HostArray | Tensor | bool | None = None,
    generator: Generator | None = None,
) -> list[Subset[T]]:  # fmt: skip
    """Cut a dataset at random into a part to train on, one to choose by, and one to be looked at once, in the end.

    Args:
        dataset: anything with a length.
        sizes: three fractions that sum to 1, or three numbers of examples.
        stratify: the class of each example, or True for dataset.targets: each part then has each class in its share, as
            in stratified_split. None does not look at classes.
        generator: where the order comes from; the default generator if None.

    Returns:
        [train, validation, test], Subsets.

    Raises:
        ValueError: there are not three sizes, or as in stratified_split.

    Example:
        >>> [len(part) for part in train_validation_test_split(range(1000))]
        [800, 100, 100]
    """
    if len(sizes) != 3:
        raise ValueError(f"train_validation_test_split: sizes must be three, got {list(sizes)}; random_split cuts into any number of parts")
    if stratify is None or stratify is False:
        return random_split(dataset, sizes, generator)
    return stratified_split(dataset, sizes, None if stratify is True else stratify, generator)
