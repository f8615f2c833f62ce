"""Cutting a dataset into parts that do not overlap, with chance and with the classes in proportion."""

import numpy as np

from ..autograd import Tensor
from ..backend import to_numpy
from ..random import default_generator
from .dataset import Subset


def _sizes(who, lengths, count):
    """Lengths as numbers: given so, or as fractions that sum to 1 (what rounding leaves goes to the first parts)."""
    if all(isinstance(n, int) for n in lengths):
        sizes = list(lengths)
    elif abs(sum(lengths) - 1) < 1e-6 and all(0 <= f <= 1 for f in lengths):
        sizes = [int(count * f) for f in lengths]
        for i in range(count - sum(sizes)):
            sizes[i % len(sizes)] += 1
    else:
        raise ValueError(
            f"{who}: lengths must be numbers of examples, or fractions that sum to 1, got {list(lengths)}; write [0.8, 0.1, 0.1]"
        )
    if sum(sizes) != count:
        raise ValueError(f"{who}: lengths must sum to the number of examples {count}, got {sizes} with the sum {sum(sizes)}; use fractions")
    return sizes


def random_split(dataset, lengths, generator=None):
    """Cut a dataset at random into parts that do not overlap.

    Args:
        dataset: anything with a length.
        lengths: numbers of examples, or fractions that sum to 1.
        generator: where the order comes from; the default generator if None.

    Example:
        >>> import tinyreg
        >>> [len(part) for part in random_split(range(10), [0.8, 0.1, 0.1])]
        [8, 1, 1]
    """
    sizes = _sizes("random_split", lengths, len(dataset))
    order = (generator or default_generator()).permutation(len(dataset))
    parts, start = [], 0
    for size in sizes:
        parts.append(Subset(dataset, order[start : start + size]))
        start += size
    return parts


def stratified_split(dataset, lengths, targets=None, generator=None):
    """Cut a dataset at random into parts in which each class has its share, to within two examples.

    Args:
        targets: the class of each example; the dataset's own `targets` if None.

    Example:
        >>> train, test = stratified_split(range(8), [0.5, 0.5], targets=[0, 0, 0, 0, 1, 1, 1, 1])
        >>> sorted(int(i) // 4 for i in train.indices)
        [0, 0, 1, 1]
    """
    targets = getattr(dataset, "targets", None) if targets is None else targets
    if targets is None:
        raise ValueError(
            f"stratified_split: targets must be given for a {type(dataset).__name__} without targets, got None; pass one class an example"
        )
    classes = targets.detach().numpy() if isinstance(targets, Tensor) else np.asarray(targets)
    if len(classes) != len(dataset):
        raise ValueError(
            f"stratified_split: targets must be one an example, got {len(classes)} for {len(dataset)} examples; pass dataset.targets"
        )
    count = len(dataset)
    sizes = _sizes("stratified_split", lengths, count)
    generator = generator or default_generator()
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
    return [Subset(dataset, part[generator.permutation(len(part))]) for part in parts]
