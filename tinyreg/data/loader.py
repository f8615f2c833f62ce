"""DataLoader: batches of examples, in order or shuffled, gathered here or by threads; and where it is in them.

Chance. While an example is gathered, the default generator is, in that thread alone, one that is keyed by

    (seed, epoch, index)          of the example                                  (1)
    (seed, epoch, number)         of the batch, in `dataset.batch`, `collate_fn` and `batch_transform`    (2)

where the seed is that of the loader's generator (of the default generator if it has none), the epoch counts the passes
over this loader from 0, and the number counts the batches of a pass from 0. So a random crop is the same one whichever
thread makes it and however many there are, whether the batches before it were gathered or skipped, and another one in
the next epoch. An index that a sampler gives several times in a pass draws anew each time. This holds for what draws
from the default generator: NumPy's and Python's own random numbers, or one Generator that several threads share, go to
whoever comes first.

Position. `state_dict()` tells where the loop is: the epoch, the batches *consumed*, and the generator as it was when the
order was drawn. Consumed means handed to the loop. The threads are ahead of it; if what they have gathered counted, a
resumed run would leave those batches out. After `load_state_dict()` the next pass draws the same order again, from a
copy of that generator, and begins behind the consumed batches without gathering them; (1) and (2) do not depend on what
was gathered before, and so nothing else has to be remembered.
"""

import itertools
import zlib
from collections import deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from ..autograd import Tensor
from ..ops.creation import tensor
from ..ops.joining import stack
from ..random import default_generator, keyed, use

_EXAMPLE, _BATCH = 0, 1  # the third word of a key: what the fourth one numbers


def default_collate(examples):
    """A list of examples as one batch: Tensors, arrays and numbers are stacked, tuples and dicts field by field.

    Args:
        examples: a list of at least one, all of one structure; Tensors of one shape.

    Example:
        >>> import tinyreg
        >>> default_collate([(tinyreg.zeros(2), 0), (tinyreg.ones(2), 1)])
        [tensor([[0., 0.],
                [1., 1.]]), tensor([0, 1])]
    """
    first = examples[0]
    if isinstance(first, Tensor):
        shapes = {tuple(x.shape) for x in examples}
        if len(shapes) > 1:
            raise RuntimeError(
                f"default_collate: examples must have one shape, got {sorted(shapes)}; crop or pad them, or pass collate_fn"
            )
        return stack(examples)
    if isinstance(first, np.ndarray):
        return tensor(np.stack(examples))
    if isinstance(first, (bool, int, float, np.generic)):
        return tensor(list(examples))
    if isinstance(first, str):
        return list(examples)
    if isinstance(first, Mapping):
        return {key: default_collate([x[key] for x in examples]) for key in first}
    if isinstance(first, (tuple, list)):
        return [default_collate(list(field)) for field in zip(*examples, strict=True)]
    raise TypeError(
        f"default_collate: examples must be Tensors, arrays, numbers, tuples or dicts, got {type(first).__name__}; pass collate_fn"
    )


class DataLoader:
    """Iterate over a dataset in batches; each pass begins anew, shuffled anew.

    Args:
        dataset: has a length, and an example for each index.
        batch_size: examples a batch, at least 1; the last batch may be smaller.
        shuffle: draw a new order for every pass, once, when the pass begins.
        sampler: indices in the order to visit, instead of shuffle. To resume in the middle of a pass, it must give the
            same order again: by itself, by drawing from the default generator, or with state_dict and load_state_dict.
        num_workers: threads that gather batches ahead of the loop; 0 gathers in the loop. The order and the values do
            not depend on it, those of random transforms included.
        collate_fn: list of examples -> batch, instead of default_collate.
        pin_memory: accepted; arrays are born on the backend's device.
        drop_last: leave out a last batch that is smaller.
        worker_init_fn: called with its number (0, 1, ...) in every worker thread before it gathers.
        generator: where the order comes from; the default generator if None.
        prefetch_factor: batches that each worker gathers ahead.
        persistent_workers: accepted; threads cost nothing to start again.
        batch_transform: batch -> batch, applied to every batch as a whole.

    Example:
        >>> import tinyreg
        >>> data = tinyreg.utils.data.TensorDataset(tinyreg.zeros(10, 3), tinyreg.arange(10))
        >>> [len(y) for x, y in DataLoader(data, batch_size=4)]
        [4, 4, 2]
    """

    def __init__(
        self,
        dataset,
        batch_size=1,
        shuffle=False,
        sampler=None,
        num_workers=0,
        collate_fn=None,
        pin_memory=False,
        drop_last=False,
        worker_init_fn=None,
        generator=None,
        prefetch_factor=2,
        persistent_workers=False,
        batch_transform=None,
    ):
        for name, value, least in (("batch_size", batch_size, 1), ("num_workers", num_workers, 0), ("prefetch_factor", prefetch_factor, 1)):
            if not isinstance(value, int) or value < least:
                raise ValueError(f"DataLoader: {name} must be an integer of at least {least}, got {value!r}; choose a larger one")
        if sampler is not None and shuffle:
            raise ValueError("DataLoader: sampler excludes shuffle, got both; the sampler decides the order")
        if shuffle and len(dataset) == 0:
            raise ValueError("DataLoader: a shuffled dataset must hold an example, got 0; check how it was split")
        self.dataset, self.batch_size, self.shuffle, self.sampler = dataset, batch_size, shuffle, sampler
        self.num_workers, self.collate_fn, self.pin_memory, self.drop_last = num_workers, collate_fn, pin_memory, drop_last
        self.generator, self.prefetch_factor, self.batch_transform = generator, prefetch_factor, batch_transform
        self.worker_init_fn, self.persistent_workers = worker_init_fn, persistent_workers
        self._epoch = 0  # of the next pass
        self._pass: _Pass | None = None  # the pass that was begun last, until it has given all its batches
        self._resume: dict | None = None  # the position at which the next pass begins

    def __len__(self):
        count = len(self.dataset if self.sampler is None else self.sampler)
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)

    def __iter__(self):
        self._pass = this = self._begin()
        end = len(this.order) - len(this.order) % self.batch_size if self.drop_last else len(this.order)
        starts = range(this.consumed * self.batch_size, end, self.batch_size)
        batches = [(start // self.batch_size, range(start, min(start + self.batch_size, end))) for start in starts]
        gathered = self._ahead(this, batches) if self.num_workers else (self._gather(this, batch) for batch in batches)
        return self._handed(this, gathered)

    def _begin(self):
        """A pass whose order is drawn: a new one, or the one that load_state_dict told of."""
        source = default_generator() if self.generator is None or self.sampler is not None else self.generator
        if self._resume is None:
            this = _Pass(self._epoch, (self.generator or default_generator()).initial_seed(), source.get_state())
            if hasattr(self.sampler, "state_dict"):
                this.sampler = self.sampler.state_dict()
            this.order = self._order(source)
        else:
            saved = self._resume
            this = _Pass(saved["epoch"], saved["seed"], saved["start"])
            this.sampler, this.consumed = saved["sampler"], saved["batches"]
            again = source.at(this.start)
            with use(again):  # for a sampler that draws from the default generator
                this.order = self._order(again)
            if this.checksum() != saved["order"]:
                raise RuntimeError(
                    f"DataLoader: the interrupted pass must be drawn again in its order, got another one of {len(this.order)} examples; "
                    "give the same dataset, shuffle and sampler (one that keeps its chance to itself needs state_dict)"
                )
        self._epoch, self._resume = this.epoch + 1, None
        if self.sampler is not None:
            this.count_repetitions()
        return this

    def _order(self, generator):
        if self.sampler is not None:
            return np.fromiter(self.sampler, dtype=np.int64)
        count = len(self.dataset)
        return generator.permutation(count) if self.shuffle else np.arange(count)

    def _gather(self, this, batch):
        number, places = batch
        with keyed(this.seed, this.epoch, _BATCH, number):                        # (2)
            if self.collate_fn is None and hasattr(self.dataset, "batch"):
                gathered = list(self.dataset.batch(this.order[places.start : places.stop]))
            else:
                gathered = (self.collate_fn or default_collate)([self._example(this, place) for place in places])
            return gathered if self.batch_transform is None else self.batch_transform(gathered)

    def _example(self, this, place):
        index = int(this.order[place])
        again = () if this.repetitions is None else (int(this.repetitions[place]),)
        with keyed(this.seed, this.epoch, _EXAMPLE, index % 2**64, *again):       # (1)
            return self.dataset[index]

    def _handed(self, this, batches):
        """The batches, counted as the loop takes them."""
        for batch in batches:
            this.consumed += 1
            yield batch
        if self._pass is this:
            self.end_pass()

    def end_pass(self) -> None:
        """Count the pass that was begun last as over: the position is the beginning of the next one.

        A pass that gave all its batches is over by itself. One that was begun for a look at a batch is not: for all the
        loader knows, it goes on.

        Example:
            >>> loader = DataLoader(range(6), batch_size=2)
            >>> look = next(iter(loader))
            >>> loader.end_pass()
            >>> loader.state_dict()["epoch"], loader.state_dict()["batches"]
            (1, 0)
        """
        self._pass = None

    def _ahead(self, this, batches):
        """Batches in order, while threads gather the next ones."""
        numbers = itertools.count()
        begin = self.worker_init_fn and (lambda: self.worker_init_fn(next(numbers)))
        with ThreadPoolExecutor(self.num_workers, thread_name_prefix="DataLoader", initializer=begin) as pool:
            waiting = deque()
            try:
                for batch in batches:
                    waiting.append(pool.submit(self._gather, this, batch))
                    if len(waiting) >= self.num_workers * self.prefetch_factor:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:  # a loop that breaks off does not wait for what it will not use
                for future in waiting:
                    future.cancel()

    def state_dict(self) -> dict[str, Any]:
        """Where the loop is: numbers, strings, lists and None.

        The batch that the loop holds counts as consumed: take the state when it has been used. After a pass that gave
        all its batches, it is the beginning of the next one.

        Example:
            >>> loader = DataLoader(range(6), batch_size=2)
            >>> for batch in loader:
            ...     state = loader.state_dict()
            ...     break
            >>> state["epoch"], state["batches"]
            (0, 1)
        """
        generator = None if self.generator is None else self.generator.get_state()
        if self._resume is not None:
            return self._resume | {"generator": generator}
        state = {"epoch": self._epoch, "batches": 0, "batch_size": self.batch_size, "generator": generator}
        this = self._pass
        if this is None:
            sampler = self.sampler.state_dict() if hasattr(self.sampler, "state_dict") else None
            return state | {"seed": None, "start": None, "order": None, "sampler": sampler}
        where = {"epoch": this.epoch, "batches": this.consumed, "seed": this.seed, "start": this.start}
        return state | where | {"order": this.checksum(), "sampler": this.sampler}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Let the next pass begin where state_dict() was taken; the batches before it are not gathered.

        The loader's generator, if it has one, is set to where it was then; the default generator stays where it is.

        Args:
            state_dict: what state_dict() of a loader with the same settings over the same dataset returned.

        Raises:
            ValueError: batches of another size; their number tells no place then.

        Example:
            >>> first, second = (DataLoader(range(6), batch_size=2) for _ in range(2))
            >>> for batch in first:
            ...     second.load_state_dict(first.state_dict())
            ...     break
            >>> list(second)
            [tensor([2, 3]), tensor([4, 5])]
        """
        if state_dict["batches"] and state_dict["batch_size"] != self.batch_size:
            raise ValueError(
                f"DataLoader: batch_size must be {state_dict['batch_size']} as in the saved position, got {self.batch_size}; "
                "the place in a pass is counted in batches"
            )
        if self.generator is not None and state_dict["generator"] is not None:
            self.generator.set_state(state_dict["generator"])
        if state_dict["sampler"] is not None and hasattr(self.sampler, "load_state_dict"):
            self.sampler.load_state_dict(state_dict["sampler"])
        self._epoch, self._pass = state_dict["epoch"], None
        self._resume = None if state_dict["start"] is None else dict(state_dict)


class _Pass:
    """One pass over the dataset: what decides it, and how far the loop has come.

    Attributes:
        epoch, seed: two words of the keys (1) and (2).
        start: the position of the generator before the order was drawn.
        sampler: the state of the sampler then, if it has one.
        order: indices of examples.
        repetitions: how often each index stood in the order before; None where none stands there twice.
        consumed: batches handed to the loop.
    """

    def __init__(self, epoch, seed, start):
        self.epoch, self.seed, self.start = epoch, seed, start
        self.sampler: Any = None
        self.order: np.ndarray = np.arange(0)
        self.repetitions: np.ndarray | None = None
        self.consumed = 0
        self._checksum: int | None = None

    def count_repetitions(self):
        """Fill `repetitions`."""
        by_index = np.argsort(self.order, kind="stable")
        firsts = np.flatnonzero(np.diff(self.order[by_index], prepend=np.nan))  # where a new index begins
        if len(firsts) < len(self.order):
            self.repetitions = np.empty_like(self.order)
            self.repetitions[by_index] = np.arange(len(self.order)) - np.repeat(firsts, np.diff(firsts, append=len(self.order)))

    def checksum(self):
        """A number that tells this order from others."""
        if self._checksum is None:
            self._checksum = zlib.crc32(np.asarray(self.order, dtype="<i8").tobytes())
        return self._checksum
