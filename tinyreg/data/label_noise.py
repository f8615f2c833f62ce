"""corrupt_labels: make a share of the labels wrong, to see what a network learns by heart."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..autograd import Tensor
from ..autograd.tensor import wrap
from ..backend import asarray, is_array, to_numpy
from ..random import Generator, chosen_generator
from ..types import HostArray


def corrupt_labels(
    labels: Sequence[int] | HostArray | Tensor,
    share: float,
    num_classes: int | None = None,
    generator: Generator | None = None,
    return_mask: bool = False,
) -> Any:
    """A copy of the labels in which a share of them is wrong.

    Of n labels, round(share * n) change, drawn without replacement; each becomes another class, and among the changed
    ones the K - 1 steps from the right class to the wrong one come equally often:

        wrong = (right + 1 + s) mod K,   s from 0 to K - 2

    So exactly this share is wrong. (Where papers draw a new label from all K classes, the right one included, a share r
    of redrawn labels makes about r (K - 1) / K wrong ones: "random labels" is share=(K - 1)/K here. With more than that a
    label tells what its image is not.)

    Args:
        labels: integers from 0 to K - 1: a Tensor, an array or a list.
        share: in [0, 1]; 0 changes nothing, 1 every label.
        num_classes: K, at least 2; the largest label and one if None.
        generator: where the choice comes from; the default generator if None.
        return_mask: return also which labels are wrong.

    Returns:
        A Tensor for a Tensor, an array for an array, a list for a list; with return_mask a pair of it and a mask, a bool
        Tensor for a Tensor and else an array.

    Raises:
        ValueError: the share lies outside [0, 1], or labels and num_classes do not fit.
        TypeError: labels that are no integers.

    Example:
        >>> import tinyreg
        >>> labels = tinyreg.arange(10)
        >>> noisy, wrong = corrupt_labels(labels, 0.3, return_mask=True)
        >>> (noisy != labels).sum().item(), tinyreg.equal(noisy != labels, wrong)
        (3, True)
    """
    raw = labels.array if isinstance(labels, Tensor) else labels
    noisy = np.array(to_numpy(raw) if is_array(raw) else raw)
    if noisy.dtype.kind not in "iu" and noisy.size:
        raise TypeError(f"corrupt_labels: labels must be integers, got {noisy.dtype}; number the classes 0, 1, 2, ...")
    if noisy.ndim != 1:
        raise ValueError(f"corrupt_labels: labels must have one dimension, got shape {noisy.shape}; pass one label an example")
    if not 0 <= share <= 1:
        raise ValueError(f"corrupt_labels: share must lie in [0, 1], got share={share}; 0.2 makes a fifth of the labels wrong")
    classes = int(noisy.max(initial=1)) + 1 if num_classes is None else num_classes
    if classes < 2 or (noisy.size and not 0 <= noisy.min() <= noisy.max() < classes):
        raise ValueError(
            f"corrupt_labels: labels must lie in [0, {classes}), at least two classes, got labels from {noisy.min(initial=classes)} to "
            f"{noisy.max(initial=0)}; pass num_classes, the number of classes"
        )
    generator = chosen_generator(generator)
    wrong = generator.permutation(len(noisy))[: round(share * len(noisy))]
    steps = 1 + generator.permutation(len(wrong)) % (classes - 1)
    noisy[wrong] = ((noisy[wrong].astype("int64") + steps) % classes).astype(noisy.dtype)
    mask = np.zeros(len(noisy), dtype=bool)
    mask[wrong] = True
    if isinstance(labels, Tensor):
        result, mask = wrap(asarray(noisy)), wrap(asarray(mask))
    elif is_array(labels):
        result, mask = asarray(noisy), asarray(mask)
    else:
        result = noisy.tolist()
    return (result, mask) if return_mask else result
