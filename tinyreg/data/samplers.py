"""Samplers: the order in which a DataLoader visits the examples."""

import itertools
from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import Any, Generic, TypeVar

import numpy as np

from ..autograd import Tensor
from ..backend import to_numpy
from ..ops.creation import as_tensor
from ..random import Generator, chosen_generator

T_co = TypeVar("T_co", covariant=True)  # an index


def _check_count(who, name, value):
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise ValueError(f"{who}: {name} must be a positive integer, got {name}={value!r}; it counts examples")


class Sampler(Generic[T_co]):
    """Base class of samplers: write `__iter__()`, which gives indices, and `__len__()`.

    Args:
        data_source: accepted, for samplers that hand theirs to super().__init__(); nothing is done with it.

    Attributes:
        generator: where chance comes from; the default generator if None.

    Example:
        >>> class Backwards(Sampler):
        ...     def __init__(self, data):
        ...         self.data = data
        ...     def __iter__(self):
        ...         return iter(range(len(self.data) - 1, -1, -1))
        ...     def __len__(self):
        ...         return len(self.data)
        >>> import tinyreg
        >>> list(tinyreg.data.DataLoader(range(4), batch_size=3, sampler=Backwards(range(4))))
        [tensor([3, 2, 1]), tensor([0])]
    """

    generator: Generator | None = None

    def __init__(self, data_source: Sized | None = None) -> None:
        pass

    def __iter__(self) -> Iterator[T_co]:
        raise NotImplementedError(f"{type(self).__name__}: __iter__ must be written, got none; give the indices in their order")

    def state_dict(self) -> dict[str, Any]:
        """Where the sampler's own generator stands; a DataLoader notes it to resume in the middle of a pass.

        Example:
            >>> SequentialSampler(range(3)).state_dict()
            {'generator': None}
        """
        return {"generator": None if self.generator is None else self.generator.get_state()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Set the sampler's own generator to where it stood.

        Args:
            state_dict: what state_dict() returned.

        Example:
            >>> sampler = RandomSampler(range(9), generator=Generator(0))
            >>> state = sampler.state_dict()
            >>> first = list(sampler)
            >>> sampler.load_state_dict(state)
            >>> list(sampler) == first
            True
        """
        if self.generator is not None and state_dict["generator"] is not None:
            self.generator.set_state(state_dict["generator"])

    def _chance(self):
        return chosen_generator(self.generator)


class SequentialSampler(Sampler[int]):
    """The indices in their order.

    Args:
        data_source: has a length.

    Example:
        >>> list(SequentialSampler("abc"))
        [0, 1, 2]
    """

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler[int]):
    """The indices in random order.

    Args:
        data_source: has a length.
        replacement: draw each index from all, so that some come twice and others not.
        num_samples: how many, at least 1; None takes the length. More than the length without replacement are several
            random orders, one after the other.
        generator: where the order comes from; the default generator if None.

    Raises:
        ValueError: num_samples is no positive integer (an empty data_source).
        TypeError: replacement is no bool.

    Example:
        >>> sorted(RandomSampler("abc"))
        [0, 1, 2]
    """

    def __init__(
        self, data_source: Sized, replacement: bool = False, num_samples: int | None = None, generator: Generator | None = None
    ) -> None:
        self.data_source, self.replacement, self._num_samples, self.generator = data_source, replacement, num_samples, generator
        if not isinstance(replacement, bool):
            raise TypeError(f"RandomSampler: replacement must be True or False, got {replacement!r}; True draws an index several times")
        _check_count("RandomSampler", "num_samples", self.num_samples)

    @property
    def num_samples(self) -> int:
        """How many indices a pass gives."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        count, chance = len(self.data_source), self._chance()
        if self.replacement:
            yield from to_numpy(chance.integers(0, count, (self.num_samples,))).tolist()
        else:
            for start in range(0, self.num_samples, count):
                yield from chance.permutation(count)[: self.num_samples - start].tolist()

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler[int]):
    """Some indices in random order.

    Args:
        indices: which, in a list, an array or a Tensor.
        generator: where the order comes from; the default generator if None.

    Example:
        >>> sorted(SubsetRandomSampler([8, 2, 5]))
        [2, 5, 8]
    """

    def __init__(self, indices: Sequence[int] | np.ndarray | Tensor, generator: Generator | None = None) -> None:
        self.indices, self.generator = indices, generator

    def __iter__(self) -> Iterator[int]:
        for place in self._chance().permutation(len(self.indices)).tolist():
            yield int(self.indices[place])

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler[int]):
    """Indices drawn with given probabilities: for classes of unequal size, for instance.

    With replacement every draw gives i with probability weights[i] / sum(weights); without, the same among those that
    are left.

    Args:
        weights: non-negative numbers, one an index; they need not sum to 1. Weight 0 is never drawn.
        num_samples: how many indices a pass gives, at least 1.
        replacement: whether an index may come twice.
        generator: where chance comes from; the default generator if None.

    Raises:
        ValueError: num_samples is no positive integer, replacement is no bool, or weights have not one dimension.
        RuntimeError: when drawn from: a weight is negative or no number, all are 0, or there are fewer than num_samples
            above 0 without replacement.

    Source: without replacement Efraimidis, Spirakis 2006: the indices with the smallest E_i / weights[i], E_i exponential.

    Example:
        >>> list(WeightedRandomSampler([0.0, 1.0, 0.0], 4))
        [1, 1, 1, 1]
        >>> sorted(WeightedRandomSampler([1.0, 9.0, 2.0], 3, replacement=False))
        [0, 1, 2]
    """

    def __init__(
        self,
        weights: Sequence[float] | np.ndarray | Tensor,
        num_samples: int,
        replacement: bool = True,
        generator: Generator | None = None,
    ) -> None:
        _check_count("WeightedRandomSampler", "num_samples", num_samples)
        if not isinstance(replacement, bool):
            raise ValueError(f"WeightedRandomSampler: replacement must be True or False, got {replacement!r}; True may draw an index twice")
        self.weights = as_tensor(weights, dtype="float64")
        if self.weights.ndim != 1:
            raise ValueError(
                f"WeightedRandomSampler: weights must have one dimension, got shape {tuple(self.weights.shape)}; give one an index"
            )
        self.num_samples, self.replacement, self.generator = num_samples, replacement, generator

    def __iter__(self) -> Iterator[int]:
        weights, count = to_numpy(self.weights.array), self.num_samples
        possible = np.flatnonzero(weights)
        if not (np.isfinite(weights) & (weights >= 0)).all() or len(possible) < (1 if self.replacement else count):
            raise RuntimeError(
                f"WeightedRandomSampler: weights must be non-negative, {1 if self.replacement else count} of them above 0, got "
                f"{len(weights)} with {len(possible)} other than 0, the least {weights.min(initial=np.inf)}; draw fewer indices"
            )
        uniform = to_numpy(self._chance().uniform((count if self.replacement else len(weights),), dtype="float64"))
        if self.replacement:
            ends = np.cumsum(weights)
            drawn = np.minimum(np.searchsorted(ends, uniform * ends[-1], side="right"), possible[-1])
        else:
            first = -np.log1p(-uniform[possible]) / weights[possible]
            drawn = possible[np.argsort(first, kind="stable")[:count]]
        yield from drawn.tolist()

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler[list[int]]):
    """Lists of indices that another sampler gives.

    Args:
        sampler: an iterable of indices.
        batch_size: indices a list, at least 1.
        drop_last: leave out a last list that is shorter.

    Raises:
        ValueError: batch_size is no positive integer, or drop_last is no bool.

    Example:
        >>> list(BatchSampler(range(5), batch_size=2, drop_last=False))
        [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Iterable[int], batch_size: int, drop_last: bool) -> None:
        _check_count("BatchSampler", "batch_size", batch_size)
        if not isinstance(drop_last, bool):
            raise ValueError(f"BatchSampler: drop_last must be True or False, got {drop_last!r}; True leaves out a shorter last list")
        self.sampler, self.batch_size, self.drop_last = sampler, batch_size, drop_last

    def __iter__(self) -> Iterator[list[int]]:
        indices = iter(self.sampler)
        while batch := list(itertools.islice(indices, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

    def state_dict(self) -> dict[str, Any]:
        """Where the sampler of the indices stands, if it can tell.

        Example:
            >>> BatchSampler(range(5), 2, False).state_dict()
            {'sampler': None}
        """
        return {"sampler": self.sampler.state_dict() if hasattr(self.sampler, "state_dict") else None}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Set the sampler of the indices to where it stood.

        Args:
            state_dict: what state_dict() returned.

        Example:
            >>> sampler = BatchSampler(RandomSampler(range(9), generator=Generator(0)), 2, False)
            >>> state = sampler.state_dict()
            >>> first = list(sampler)
            >>> sampler.load_state_dict(state)
            >>> list(sampler) == first
            True
        """
        if state_dict["sampler"] is not None and hasattr(self.sampler, "load_state_dict"):
            self.sampler.load_state_dict(state_dict["sampler"])

    def __len__(self) -> int:
        count = len(self.sampler)  # type: ignore[arg-type]
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)
