"""What is cut into folds: a dataset, or inputs and targets along their first dimension."""

from typing import Any

import numpy as np

from ..autograd import Tensor
from ..backend import get_array_module, is_array, to_numpy
from ..data.dataset import Subset
from ..types import HostArray


class Examples:
    """The examples of a search, and their parts.

    Args:
        who: whom errors name.
        X: a dataset (anything with a length that gives an example for an index), or inputs: a Tensor, an array, with y a
            list, too.
        y: the targets of inputs, one an example; None of a dataset, which holds its own.

    Raises:
        TypeError: X is neither; y is given to a dataset.
        ValueError: X and y are not of one length; there is no example.

    Example:
        >>> examples = Examples("doctest", np.array([[1.0], [2.0], [3.0]]), [5, 6, 7])
        >>> examples.part([0, 2])
        (array([[1.],
               [3.]]), array([5, 7]))
    """

    def __init__(self, who: str, X: Any, y: Any = None) -> None:
        if not hasattr(X, "__len__") or not hasattr(X, "__getitem__"):
            raise TypeError(f"{who}: X must be a dataset or an array, got {type(X).__name__}; it needs a length and an index")
        self.arrays = _is_array(X) or (y is not None and isinstance(X, (list, tuple)))
        if y is not None and not self.arrays:
            raise TypeError(f"{who}: y must be None for a dataset, got {type(y).__name__} with a {type(X).__name__}; its examples hold it")
        self.X = _array(who, "X", X) if self.arrays else X
        self.y = None if y is None else _array(who, "y", y)
        shape = f" of shape {tuple(self.X.shape)}" if self.arrays else ""
        self.count = 0 if shape == " of shape ()" else len(self.X)
        if not self.count:
            raise ValueError(
                f"{who}: X must hold an example, got an empty {type(X).__name__}{shape}; examples lie along the first dimension"
            )
        if self.y is not None and (not self.y.ndim or self.y.shape[0] != self.count):
            raise ValueError(
                f"{who}: X and y must have one length, got shapes {tuple(self.X.shape)} and {tuple(self.y.shape)}; "
                "both count examples along the first dimension"
            )

    def part(self, indices: Any) -> Any:
        """Some of the examples: a Subset of a dataset, (X[indices], y[indices]) of arrays, X[indices] where there is no y.

        Args:
            indices: integers.
        """
        if not self.arrays:
            return Subset(self.X, indices)
        return _rows(self.X, indices) if self.y is None else (_rows(self.X, indices), _rows(self.y, indices))

    @property
    def targets(self) -> HostArray | None:
        """The targets on the host, a number or a name an example; None where they are not known."""
        targets = self.y if self.arrays else _targets(self.X)
        return None if targets is None else _host(targets)

    def on_host(self) -> Any:
        """X as those who cut it into folds may look at it."""
        return _host(self.X) if isinstance(self.X, Tensor) or is_array(self.X) else self.X


def _is_array(X):
    return isinstance(X, Tensor) or is_array(X) or hasattr(X, "__array__")


def _array(who, name, values):
    if isinstance(values, Tensor) or is_array(values):
        return values
    try:
        return np.asarray(values)
    except ValueError:
        raise ValueError(f"{who}: {name} must have rows of one length, got rows that differ; fill them up, or pass a dataset") from None


def _host(values):
    return to_numpy(values.array if isinstance(values, Tensor) else values)


def _rows(values, indices):
    return values[indices if isinstance(values, Tensor) else get_array_module(values).asarray(indices)]


def _targets(dataset):
    """The targets that a dataset names itself, or that of which it is a part."""
    if isinstance(dataset, Subset):
        whole = _targets(dataset.dataset)
        if whole is None:
            return None
        indices = dataset.indices
        return _host(whole)[np.asarray(_host(indices) if isinstance(indices, Tensor) else indices, dtype=np.int64)]
    targets = getattr(dataset, "targets", None)
    return None if targets is None else _array("dataset", "targets", targets)
