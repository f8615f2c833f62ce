"""The order of one pass of a DataLoader, and how much of it has been consumed."""

import operator
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np


class Pass:
    """One pass over the dataset: what decides it, and how far the loop has come.

    Args:
        epoch, seed: two words of the keys of chance; see loader.py.
        start: the position of the generator before the order was drawn.
        sampler: the state of the sampler then, if it has one.
        consumed: batches handed to the loop.

    Attributes:
        order: indices of examples, an array; a list where they are no integers.
        ends: where in the order each batch ends.
        repetitions: how often each index stood in the order before; None where none stands there twice.
    """

    def __init__(self, epoch: int, seed: int, start: Any, sampler: Any = None, consumed: int = 0) -> None:
        self.epoch, self.seed, self.start, self.sampler, self.consumed = epoch, seed, start, sampler, consumed
        self.order: Any = np.arange(0)
        self.ends: np.ndarray = np.arange(0)
        self.repetitions: np.ndarray | None = None
        self._checksum: int | None = None

    def divide(self, batch_size: int, drop_last: bool) -> None:
        """Batches of one size; the last one may be smaller, or is left out."""
        count = len(self.order)
        self.ends = np.minimum(np.arange(0, count, batch_size) + batch_size, count)
        if drop_last and count % batch_size:
            self.ends = self.ends[:-1]

    def divide_as(self, batches: Iterable[Iterable[Any]]) -> None:
        """The batches that a batch sampler gives, and their order."""
        lists = [list(batch) for batch in batches]
        self.order = indices(index for batch in lists for index in batch)
        self.ends = np.cumsum([len(batch) for batch in lists], dtype=np.int64)

    def left(self) -> Iterator[tuple[int, range]]:
        """The number of each batch that is not consumed, and its places in the order."""
        for number in range(self.consumed, len(self.ends)):
            yield number, range(int(self.ends[number - 1]) if number else 0, int(self.ends[number]))

    def count_repetitions(self) -> None:
        """Fill `repetitions`."""
        if isinstance(self.order, list):
            return
        by_index = np.argsort(self.order, kind="stable")
        firsts = np.flatnonzero(np.diff(self.order[by_index], prepend=np.nan))  # where a new index begins
        if len(firsts) < len(self.order):
            self.repetitions = np.empty_like(self.order)
            self.repetitions[by_index] = np.arange(len(self.order)) - np.repeat(firsts, np.diff(firsts, append=len(self.order)))

    def key(self, place: int) -> tuple[int, ...]:
        """The words that tell the example at a place in the order from the others of the pass."""
        if isinstance(self.order, list):
            return (place,)
        again = () if self.repetitions is None else (int(self.repetitions[place]),)
        return int(self.order[place]) % 2**64, *again

    def checksum(self) -> int:
        """A number that tells this order and these batches from others."""
        if self._checksum is None:
            order = repr(self.order).encode() if isinstance(self.order, list) else np.asarray(self.order, dtype="<i8").tobytes()
            self._checksum = zlib.crc32(np.asarray(self.ends, dtype="<i8").tobytes(), zlib.crc32(order))
        return self._checksum


def indices(given: Iterable[Any]) -> Any:
    """What a sampler gives: an array if it is integers (0-d Tensors among them), else a list.

    Example:
        >>> indices([2, 0]), indices(["a", "b"])
        (array([2, 0]), ['a', 'b'])
    """
    given = list(given)
    try:
        return np.fromiter(map(operator.index, given), dtype=np.int64, count=len(given))
    except TypeError:
        return given
