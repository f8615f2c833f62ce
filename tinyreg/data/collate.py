"""From examples to a batch: what a DataLoader does when it is given no collate_fn."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..autograd import Tensor
from ..ops.creation import tensor
from ..ops.joining import stack


def default_collate(batch: Any) -> Any:
    """A list of examples as one batch: Tensors, arrays and numbers are stacked, tuples and dicts field by field.

    Args:
        batch: a list of at least one example, all of one structure; Tensors of one shape.

    Raises:
        RuntimeError: Tensors of different shapes; tuples of different lengths.
        TypeError: examples of another kind, such as None.

    Example:
        >>> import tinyreg
        >>> default_collate([(tinyreg.zeros(2), 0), (tinyreg.ones(2), 1)])
        [tensor([[0., 0.],
                [1., 1.]]), tensor([0, 1])]
    """
    first = batch[0]
    if isinstance(first, Tensor):
        _one_shape([tuple(x.shape) for x in batch])
        return stack(batch)
    if isinstance(first, np.ndarray):
        _one_shape([x.shape for x in batch])
        return tensor(np.stack(batch))
    if isinstance(first, (bool, int, float, np.generic)):
        return tensor(list(batch))
    if isinstance(first, (str, bytes)):
        return list(batch)
    if isinstance(first, Mapping):
        return {key: default_collate([x[key] for x in batch]) for key in first}
    if isinstance(first, (tuple, list)):
        lengths = [len(x) for x in batch]
        if len(set(lengths)) > 1:
            raise RuntimeError(f"default_collate: examples must have one length, got {lengths}; pad them, or pass collate_fn")
        fields = [default_collate(list(field)) for field in zip(*batch)]
        return type(first)(*fields) if hasattr(first, "_fields") else fields  # a namedtuple keeps its names
    raise TypeError(
        "default_collate: examples must be Tensors, arrays, numbers, strings, tuples or dicts, got "
        f"{type(first).__name__}; pass collate_fn, or give something else in __getitem__"
    )


def _one_shape(shapes):
    if len(set(shapes)) > 1:
        raise RuntimeError(
            f"default_collate: examples must have one shape, got {sorted(set(shapes))}; crop or pad them, or pass collate_fn"
        )


def default_convert(data: Any) -> Any:
    """One example with its arrays as Tensors, of the same structure; what there is no batch made of (batch_size=None).

    Args:
        data: an example.

    Example:
        >>> import numpy
        >>> default_convert((numpy.ones(2, dtype="float32"), "one", 1))
        [tensor([1., 1.]), 'one', 1]
    """
    if isinstance(data, (np.ndarray, np.generic)):
        return tensor(data) if data.dtype.kind in "biuf" else data  # text stays text
    if isinstance(data, Mapping):
        return {key: default_convert(value) for key, value in data.items()}
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*map(default_convert, data))
    if isinstance(data, (tuple, list)):
        return [default_convert(value) for value in data]
    return data
