"""Class labels: integers that index the columns of a row of scores."""

from ..autograd import Tensor
from ..autograd.tensor import wrap
from ..backend import ONE_BLOCK, fuse, get_array_module, reads_at_once, require
from .broadcasting import int64
from .dimension import integer
from .floating import check_tensor


def one_hot(input: Tensor, num_classes: int = -1) -> Tensor:
    """Class labels as rows of zeros with a 1 at the label.

    Args:
        input: int64 Tensor of labels, of any shape, each at least 0.
        num_classes: the length of a row, more than every label; -1 for the largest label plus 1.

    Shape:
        (*) -> (*, num_classes), int64.

    Raises:
        RuntimeError: another dtype; a label that is negative, or not less than num_classes; no label to infer
            num_classes from.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.functional.one_hot(tinyreg.tensor([0, 2]), num_classes=3)
        tensor([[1, 0, 0],
                [0, 0, 1]])
    """
    check_tensor("one_hot", input)
    labels, classes = input.array, integer("one_hot", num_classes=num_classes)
    if labels.dtype != int64:
        raise RuntimeError(f"one_hot: class labels must be int64, got dtype {labels.dtype}; convert with .long()")
    if not labels.size and classes <= 0:
        raise RuntimeError(f"one_hot: num_classes must be positive where there are no labels, got num_classes={classes}; give their number")
    low, high = (labels.min(), labels.max()) if labels.size else (0, 0)
    classes = int(high) + 1 if classes == -1 else classes
    require(
        (low >= 0) & (high < classes),
        lambda: RuntimeError(
            f"one_hot: class labels must lie in [0, {classes - 1}], got {int(low) if low < 0 else int(high)} for {classes} classes; "
            "count classes from 0"
        ),
    )
    return wrap((labels[..., None] == get_array_module(labels).arange(classes)).astype(int64))


def check_labels(who, labels, classes, ignore_index=None):
    """Refuse labels that are not integers in [0, classes) or ignore_index.

    Args:
        who: the door that error messages name.
        labels: raw array.
        classes: the number of columns that the labels index.
        ignore_index: a label that is allowed besides.

    Returns:
        ignore_index, or None where no label is equal to it, so that nobody need look for it.

    Raises:
        RuntimeError: labels are not integers.
        IndexError: a label is out of range; on a GPU as soon as somebody looks, see backend.require.

    Example:
        >>> import numpy
        >>> check_labels("cross_entropy", numpy.array([0, 2]), classes=3, ignore_index=-100) is None
        True
    """
    if labels.dtype.kind not in "iu":
        raise RuntimeError(f"{who}: class labels must be integers, got dtype {labels.dtype}; convert with .long()")
    if not labels.size:
        return None
    # a negative number, read as an unsigned one, is large: one pass over the labels asks for both ends
    if reads_at_once(labels) and int(labels.view(f"u{labels.itemsize}").max()) < classes:
        return ignore_index if ignore_index is not None and 0 <= ignore_index < classes else None
    def error():
        wrong = _wrong(labels, classes, ignore_index)
        where = tuple(int(i) for i in get_array_module(labels).unravel_index(wrong.argmax(), labels.shape))
        besides = "" if ignore_index is None else f" or be ignore_index={ignore_index}"
        return IndexError(
            f"{who}: class labels must lie in [0, {classes - 1}]{besides}, got {int(labels[where])} at index {where} "
            f"for {classes} classes; count classes from 0"
        )

    few = labels.size <= ONE_BLOCK
    require(_none_wrong(labels, classes, ignore_index) if few else ~_wrong(labels, classes, ignore_index).any(), error)
    return ignore_index


@fuse
def _wrong(labels, classes, ignore_index):
    wrong = (labels < 0) | (labels >= classes)
    return wrong if ignore_index is None else wrong & (labels != ignore_index)


@fuse
def _none_wrong(labels, classes, ignore_index):
    return get_array_module(labels).sum(_wrong(labels, classes, ignore_index)) == 0


def rows_and_weights(scores, labels, weight, ignore_index):
    """What losses of labels (N,) on rows of scores (N, K) need: columns (N, 1) to index with, and what each row counts.

    Args:
        scores, labels, weight: raw arrays; weight (K,) or None.
        ignore_index: the label of rows that do not count, None if there are none.

    Returns:
        row numbers and labels, both (N, 1), with an innocuous label in the place of ignore_index; then keep, 1 or 0 for
        each row, and keep times the weight of the label's class. These two are (N, 1), or the number 1.0 where it is 1
        in every row.

    Example:
        >>> import numpy
        >>> labels, weight = numpy.array([1, -100]), numpy.array([0.5, 2.0])
        >>> rows_and_weights(numpy.zeros((2, 2)), labels, weight, ignore_index=-100)[3].tolist()
        [[2.0], [0.0]]
    """
    xp = get_array_module(scores)
    row, label, keep = xp.arange(len(labels))[:, None], labels[:, None], 1.0
    if ignore_index is not None:
        kept = label != ignore_index
        label = xp.where(kept, label, scores.argmax(axis=1)[:, None])  # a score that is finite, to be multiplied by 0
        keep = kept.astype(scores.dtype)
    return row, label, keep, keep if weight is None else keep * weight[label]
