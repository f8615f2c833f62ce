"""Datasets: what has a length and gives an example for an index.

A dataset may also have `batch(indices)`, which gives many examples at once; a DataLoader without a collate_fn asks for
that instead of gathering examples one by one. A subclass that writes its own `__getitem__` is asked for that one.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Generic, NoReturn, Protocol, TypeVar

import numpy as np

from ..autograd import Tensor
from ..backend import to_numpy
from ..types import HostArray

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)  # an example


class Examples(Protocol[T_co]):
    """What a DataLoader reads: a Dataset, a list, whatever has a length and gives an example for an index."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: Any, /) -> T_co: ...


class Dataset(Generic[T_co]):
    """Base class of datasets: write `__getitem__(index)` and `__len__()`.

    Example:
        >>> import tinyreg
        >>> class Squares(Dataset):
        ...     def __getitem__(self, index):
        ...         return tinyreg.tensor(index), index**2
        ...     def __len__(self):
        ...         return 10
        >>> next(iter(tinyreg.utils.data.DataLoader(Squares(), batch_size=3)))
        [tensor([0, 1, 2]), tensor([0, 1, 4])]
    """

    def __getitem__(self, index: Any) -> T_co:
        raise NotImplementedError(f"{type(self).__name__}: __getitem__ must be written, got none; define __getitem__(self, index)")

    def __add__(self, other: Examples[Any]) -> ConcatDataset[Any]:
        both: list[Any] = [self, other]
        return ConcatDataset(both)


class IterableDataset(Dataset[T_co]):
    """Base class of datasets that are read from the front, with no index: write `__iter__()`.

    A DataLoader reads it in one thread, in its order, a new iterator a pass; `__len__()` may be left out.

    Example:
        >>> import tinyreg
        >>> class Counted(IterableDataset):
        ...     def __iter__(self):
        ...         return iter(range(5))
        >>> list(tinyreg.utils.data.DataLoader(Counted(), batch_size=2))
        [tensor([0, 1]), tensor([2, 3]), tensor([4])]
    """

    def __iter__(self) -> Iterator[T_co]:
        raise NotImplementedError(f"{type(self).__name__}: __iter__ must be written, got none; give the examples in their order")

    def __add__(self, other: Any) -> NoReturn:
        raise TypeError(
            f"IterableDataset: only datasets with an index can be joined, got + {type(other).__name__}; "
            "write an __iter__ that reads both (itertools.chain)"
        )


def batch_of(dataset: Any) -> Callable[[Any], Any] | None:
    """The dataset's `batch`, if it says the same as its `__getitem__`; else None.

    A subclass that writes another `__getitem__` without another `batch` is gathered one by one.

    Args:
        dataset: any dataset.

    Example:
        >>> import tinyreg
        >>> class Numbered(TensorDataset):
        ...     def __getitem__(self, index):
        ...         return *super().__getitem__(index), index
        >>> batch_of(Numbered(tinyreg.zeros(5))) is None, batch_of(TensorDataset(tinyreg.zeros(5))) is None
        (True, False)
    """
    if not isinstance(dataset, Dataset):
        return None
    for cls in type(dataset).__mro__:  # whichever of the two was written last
        if "batch" in vars(cls):
            batch = getattr(dataset, "batch", None)
            return batch if callable(batch) else None
        if "__getitem__" in vars(cls):
            return None
    return None


class TensorDataset(Dataset[tuple[Tensor, ...]]):
    """Examples along the first dimension of tensors of one length.

    Args:
        tensors: Tensors whose first dimensions count the examples; at least one.

    Raises:
        AssertionError: different lengths.
        ValueError: no tensor.
        TypeError: something that is no Tensor.

    Example:
        >>> import tinyreg
        >>> data = TensorDataset(tinyreg.zeros(5, 2), tinyreg.arange(5))
        >>> len(data), data[3][1]
        (5, tensor(3))
    """

    def __init__(self, *tensors: Tensor) -> None:
        if not tensors:
            raise ValueError("TensorDataset: there must be a tensor, got none; pass inputs and targets")
        for tensor in tensors:
            if not isinstance(tensor, Tensor):
                raise TypeError(f"TensorDataset: must hold Tensors, got {type(tensor).__name__}; wrap it with tinyreg.tensor")
        lengths = [tensor.size(0) for tensor in tensors]
        if len(set(lengths)) > 1:
            raise AssertionError(f"TensorDataset: tensors must have one length, got {lengths}; their first dimensions count the examples")
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple(tensor[index] for tensor in self.tensors)

    def batch(self, indices: Any) -> tuple[Tensor, ...]:
        """The examples of an array of indices.

        Args:
            indices: integers, in an array or a list.

        Example:
            >>> import tinyreg
            >>> TensorDataset(tinyreg.arange(5) * 10).batch([4, 0])
            (tensor([40,  0]),)
        """
        return tuple(tensor[indices] for tensor in self.tensors)

    def __len__(self) -> int:
        return self.tensors[0].size(0)


class Subset(Dataset[T_co]):
    """Some examples of a dataset, in the order of their indices.

    Args:
        dataset: what has a length and gives an example for an index.
        indices: what the dataset is asked for, as a rule integers, in a list, an array or a Tensor.

    A list or a slice in place of an index asks the dataset for all of these at once, where it can answer that.

    Example:
        >>> import tinyreg
        >>> data = TensorDataset(tinyreg.arange(5) * 10)
        >>> Subset(data, [4, 0])[1]
        (tensor(0),)
    """

    def __init__(self, dataset: Examples[T_co], indices: Sequence[Any] | HostArray | Tensor) -> None:
        self.dataset: Any = dataset
        self.indices: Any = indices

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, (list, slice)):
            return self.dataset[_select(self.indices, index)]
        place = self.indices[index]
        return self.dataset[int(place) if isinstance(place, (Tensor, np.integer)) else place]

    @property
    def batch(self) -> Callable[[Any], Any]:
        """The examples of an array of indices, where the dataset itself has a batch."""
        whole = batch_of(self.dataset)
        if whole is None:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute 'batch' over a dataset without one")
        return lambda indices: whole(np.asarray(_select(self.indices, indices), dtype=np.int64))

    @property
    def __getitems__(self) -> Callable[[Any], Any]:
        """The list of the examples of a list of indices, where the dataset itself has such a method."""
        if not hasattr(self.dataset, "__getitems__"):
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '__getitems__' over a dataset without one")
        return lambda indices: self.dataset.__getitems__(_select(self.indices, indices))

    def __len__(self) -> int:
        return len(self.indices)


def _select(values, indices):
    """The list of values[i] for each i; of a long list of values only those."""
    if isinstance(values, Tensor):
        values = to_numpy(values.array)
    if isinstance(indices, slice):
        chosen = values[indices]
    elif isinstance(values, np.ndarray):
        chosen = values[np.asarray(indices, dtype=np.int64)]
    else:
        chosen = [values[i] for i in indices]
    return chosen.tolist() if isinstance(chosen, np.ndarray) else list(chosen)


class ConcatDataset(Dataset[T_co]):
    """Datasets one after the other.

    Args:
        datasets: an iterable of datasets, at least one.

    Attributes:
        datasets: a list of them.
        cumulative_sizes: the number of examples up to the end of each.

    Raises:
        AssertionError: no dataset.
        IndexError, ValueError: an index beyond the end, or beyond the beginning.

    Example:
        >>> import tinyreg
        >>> data = ConcatDataset([range(3), range(10, 12)])
        >>> len(data), data[3]
        (5, 10)
    """

    def __init__(self, datasets: Iterable[Examples[T_co]]) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise AssertionError("ConcatDataset: there must be a dataset, got none; pass a list of datasets")
        self.cumulative_sizes = list(itertools.accumulate(map(len, self.datasets)))

    def __getitem__(self, index: int) -> Any:
        length = len(self)
        if not -length <= index < length:
            raise (ValueError if index < 0 else IndexError)(
                f"ConcatDataset: index must lie in [-{length}, {length}), got {index}; there are {length} examples"
            )
        index %= length
        which = bisect.bisect_right(self.cumulative_sizes, index)
        return self.datasets[which][index - (self.cumulative_sizes[which - 1] if which else 0)]

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]
