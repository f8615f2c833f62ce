"""DataLoader: batches of examples, in order or shuffled, gathered here or by threads; and where it is in them.

Chance. While an example is gathered, the default generator is, in that thread alone, one that is keyed by

    (seed, epoch, index)          of the example                                  (1)
    (seed, epoch, number)         of the batch, in `dataset.batch`, `collate_fn` and `batch_transform`    (2)

where the seed is that of the loader's generator (of the default generator if it has none), the epoch counts the passes
over this loader from 0, and the number counts the batches of a pass from 0. So a random crop is the same one whichever
thread makes it and however many there are, whether the batches before it were gathered or skipped, and another one in
the next epoch. An index that a sampler gives several times in a pass draws anew each time. Where an index is no integer,
and in an IterableDataset, where there is none, the place in the pass stands for it. This holds for what draws from the
default generator: NumPy's and Python's own random numbers, or one Generator that several threads share, go to whoever
comes first.

Position. `state_dict()` tells where the loop is: the epoch, the batches *consumed*, and the generator as it was when the
order was drawn. Consumed means handed to the loop. The threads are ahead of it; if what they have gathered counted, a
resumed run would leave those batches out. After `load_state_dict()` the next pass draws the same order again, from a
copy of that generator, and begins behind the consumed batches without gathering them; (1) and (2) do not depend on what
was gathered before, and so nothing else has to be remembered. Of an IterableDataset they are read again, and passed over.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from ..random import Generator, chosen_generator, default_generator, keyed, use
from .collate import default_collate, default_convert
from .dataset import Examples, IterableDataset, batch_of
from .order import Pass, indices
from .samplers import BatchSampler, RandomSampler, SequentialSampler
from .workers import ahead

_EXAMPLE, _BATCH, _PASS, _WORKER = range(4)  # the third word of a key: what the fourth one numbers
_END = object()  # of what is read from an IterableDataset


class DataLoader:
    """Iterate over a dataset in batches; each pass begins anew, shuffled anew.

    Args:
        dataset: has a length, and an example for each index; one with `__getitems__(indices)` is asked for the examples
            of a batch at once. Or an IterableDataset, which is read from the front.
        batch_size: examples a batch, at least 1; the last batch may be smaller. None makes no batches: examples come one
            by one, their arrays as Tensors.
        shuffle: draw a new order for every pass, once, when the pass begins.
        sampler: indices in the order to visit, instead of shuffle. To resume in the middle of a pass, it must give the
            same order again: by itself, by drawing from the default generator, or with state_dict and load_state_dict.
        batch_sampler: the same in lists, one a batch, instead of batch_size, shuffle, sampler and drop_last.
        num_workers: threads that gather batches ahead of the loop; 0 gathers in the loop. The order and the values do
            not depend on it, those of random transforms included. An IterableDataset is read by one thread.
        collate_fn: list of examples -> batch, instead of default_collate.
        pin_memory, pin_memory_device: accepted; arrays are born on the backend's device.
        drop_last: leave out a last batch that is smaller.
        timeout: seconds that the loop waits for a batch of the workers, at least 0; 0 waits for ever.
        worker_init_fn: called with its number (0, 1, ...) in every worker thread before it gathers.
        multiprocessing_context: accepted; workers are threads, and nothing has to be pickled for them.
        generator: where the order comes from; the default generator if None.
        prefetch_factor: batches that each worker has ready, or at work, while the loop holds one; None is 2.
        persistent_workers: accepted; threads cost nothing to start again.
        in_order: accepted; batches come in order.
        batch_transform: batch -> batch, applied to every batch as a whole: the place for the transforms of images. In batches
            of 128 a flip, a crop and Normalize handle 30 times as many images a second as one by one in the data set.

    Attributes:
        sampler, batch_sampler, collate_fn: those given, or what stands for them; None where there are none.

    Raises:
        ValueError: a number out of range; settings that exclude each other; nothing to shuffle.
        RuntimeError: in the loop, when a batch does not come within timeout.

    Example:
        >>> import tinyreg
        >>> data = tinyreg.utils.data.TensorDataset(tinyreg.zeros(10, 3), tinyreg.arange(10))
        >>> [len(y) for x, y in DataLoader(data, batch_size=4)]
        [4, 4, 2]
        >>> from tinyreg.transforms import Compose, Normalize, RandomCrop, RandomHorizontalFlip, ToTensor
        >>> augment = Compose([RandomHorizontalFlip(), RandomCrop(28, padding=4), ToTensor(), Normalize(0.1307, 0.3081)])
        >>> images = tinyreg.utils.data.TensorDataset(tinyreg.zeros(6, 28, 28, dtype=tinyreg.uint8), tinyreg.arange(6))
        >>> [x.shape for x, y in DataLoader(images, batch_size=4, shuffle=True, num_workers=2, batch_transform=augment)]
        [Size([4, 1, 28, 28]), Size([2, 1, 28, 28])]
    """

    def __init__(
        self,
        dataset: Examples[Any] | IterableDataset[Any],
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[Iterable[Any]] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[Any], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], Any] | None = None,
        multiprocessing_context: Any = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
        batch_transform: Callable[[Any], Any] | None = None,
    ) -> None:
        self.dataset: Any = dataset
        self._iterable = isinstance(dataset, IterableDataset)
        _check_numbers(batch_size, num_workers, prefetch_factor, timeout)
        _check_order(self._iterable, dataset, batch_size, shuffle, sampler, batch_sampler, drop_last)
        self._given: Any = sampler if batch_sampler is None else batch_sampler  # None: the order is this loader's own
        self._lists = batch_sampler is not None
        self._singly = batch_size is None
        self._plain = collate_fn is None and not self._singly
        if sampler is None and not self._iterable:
            counted: Any = dataset
            sampler = RandomSampler(counted, generator=generator) if shuffle else SequentialSampler(counted)
        if self._lists:
            batch_size = None
        elif batch_size is not None and sampler is not None:
            batch_sampler = BatchSampler(sampler, batch_size, bool(drop_last))
        self.sampler: Any = sampler
        self.batch_size, self.shuffle = batch_size, bool(shuffle)
        self.batch_sampler, self.drop_last, self.generator = batch_sampler, bool(drop_last), generator
        self.collate_fn = collate_fn or (default_convert if self._singly else default_collate)
        self.num_workers, self.timeout, self.worker_init_fn = num_workers, timeout, worker_init_fn
        self.prefetch_factor, self.persistent_workers, self.in_order = prefetch_factor, persistent_workers, in_order
        self.pin_memory, self.pin_memory_device, self.multiprocessing_context = pin_memory, pin_memory_device, multiprocessing_context
        self.batch_transform = batch_transform
        self._epoch = 0  # of the next pass
        self._pass: Pass | None = None  # the pass that was begun last, until it has given all its batches
        self._resume: dict[str, Any] | None = None  # the position at which the next pass begins

    def __len__(self) -> int:
        if self._lists:
            return len(self.batch_sampler)  # type: ignore[arg-type]
        count, size = len(self.dataset if self.sampler is None else self.sampler), self.batch_size or 1
        return count // size if self.drop_last else -(-count // size)

    def __iter__(self) -> Iterator[Any]:
        self._pass = this = self._begin()
        if self._iterable:
            batches = self._read_ahead(this) if self.num_workers else self._read(this)
        elif self.num_workers:
            batches = self._ahead(this, lambda batch: self._gather(this, batch), this.left(), self.num_workers)
        else:
            batches = (self._gather(this, batch) for batch in this.left())
        return self._handed(this, batches)

    def _begin(self):
        """A pass whose order is drawn: a new one, or the one that load_state_dict told of."""
        source = default_generator() if self.generator is None or self._given is not None else self.generator
        if self._resume is None:
            this = Pass(self._epoch, chosen_generator(self.generator).initial_seed(), source.get_state())
            if hasattr(self._given, "state_dict"):
                this.sampler = self._given.state_dict()
            self._draw(this, source)
        else:
            saved = self._resume
            this = Pass(saved["epoch"], saved["seed"], saved["start"], saved["sampler"], saved["batches"])
            again = source.at(this.start)
            with use(again):  # for a sampler that draws from the default generator
                self._draw(this, again)
            if this.checksum() != saved["order"]:
                raise RuntimeError(
                    f"DataLoader: the interrupted pass must be drawn again in its order, got another one of {len(this.order)} examples; "
                    "give the same dataset, shuffle and sampler (one that keeps its chance to itself needs state_dict)"
                )
        self._epoch, self._resume = this.epoch + 1, None
        if self._given is not None:
            this.count_repetitions()
        return this

    def _draw(self, this, generator):
        """Fill the order of a pass."""
        if self._iterable:
            return
        if self._lists:
            this.divide_as(self.batch_sampler)
            return
        if self._given is not None:
            this.order = indices(self._given)
        elif self.shuffle:
            this.order = generator.permutation(len(self.dataset))
        else:
            this.order = np.arange(len(self.dataset))
        this.divide(self.batch_size or 1, self.drop_last)

    def _gather(self, this, batch):
        number, places = batch
        with keyed(this.seed, this.epoch, _BATCH, number):                        # (2)
            at_once = batch_of(self.dataset) if self._plain else None
            if at_once is not None and not isinstance(this.order, list):
                gathered = list(at_once(this.order[places.start : places.stop]))
            elif self._singly:
                gathered = self.collate_fn(self._example(this, places.start))
            elif hasattr(self.dataset, "__getitems__"):
                keys = this.order[places.start : places.stop]
                gathered = self.collate_fn(self.dataset.__getitems__(keys if isinstance(keys, list) else keys.tolist()))
            else:
                gathered = self.collate_fn([self._example(this, place) for place in places])
            return gathered if self.batch_transform is None else self.batch_transform(gathered)

    def _example(self, this, place):
        index = this.order[place] if isinstance(this.order, list) else int(this.order[place])
        with keyed(this.seed, this.epoch, _EXAMPLE, *this.key(place)):            # (1)
            return self.dataset[index]

    def _read(self, this):
        """The batches of an IterableDataset that are not consumed."""
        with keyed(this.seed, this.epoch, _PASS, 0):
            examples = iter(self.dataset)
        size = self.batch_size or 1
        for number in itertools.count():
            read = []
            for place in range(number * size, (number + 1) * size):
                with keyed(this.seed, this.epoch, _EXAMPLE, place):               # (1)
                    example = next(examples, _END)
                if example is _END:
                    break
                read.append(example)
            if not read or (len(read) < size and self.drop_last):
                return
            if number >= this.consumed:
                with keyed(this.seed, this.epoch, _BATCH, number):                # (2)
                    batch = self.collate_fn(read[0] if self._singly else read)
                    batch = batch if self.batch_transform is None else self.batch_transform(batch)
                yield batch

    def _read_ahead(self, this):
        batches = self._read(this)
        for batch in self._ahead(this, lambda _: next(batches, _END), itertools.repeat(None), 1):  # an iterator serves one thread
            if batch is _END:
                return
            yield batch

    def _ahead(self, this, work, tasks, threads):
        return ahead(
            work,
            tasks,
            threads=threads,
            depth=self.num_workers * (self.prefetch_factor or 2),
            timeout=self.timeout,
            dataset=self.dataset,
            begin=self.worker_init_fn,
            chance=lambda number: keyed(this.seed, this.epoch, _WORKER, number),
        )

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
            sampler = self._given.state_dict() if hasattr(self._given, "state_dict") else None
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
        if state_dict["sampler"] is not None and hasattr(self._given, "load_state_dict"):
            self._given.load_state_dict(state_dict["sampler"])
        self._epoch, self._pass = state_dict["epoch"], None
        self._resume = None if state_dict["start"] is None else dict(state_dict)


def _check_numbers(batch_size, num_workers, prefetch_factor, timeout):
    optional = {"batch_size": batch_size, "prefetch_factor": prefetch_factor}
    given = {name: (value, 1) for name, value in optional.items() if value is not None} | {"num_workers": (num_workers, 0)}
    for name, (value, least) in given.items():
        if not isinstance(value, int) or value < least:
            raise ValueError(f"DataLoader: {name} must be an integer of at least {least}, got {value!r}; choose a larger one")
    if not timeout >= 0:
        raise ValueError(f"DataLoader: timeout must be at least 0 seconds, got {timeout}; 0 waits for ever")


def _check_order(iterable, dataset, batch_size, shuffle, sampler, batch_sampler, drop_last):
    if iterable and (shuffle or sampler is not None or batch_sampler is not None):
        raise ValueError(
            f"DataLoader: an IterableDataset must decide its order itself, got shuffle={shuffle}, sampler={sampler}, "
            f"batch_sampler={batch_sampler}; shuffle in its __iter__"
        )
    if sampler is not None and shuffle:
        raise ValueError("DataLoader: sampler excludes shuffle, got both; the sampler decides the order")
    if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
        raise ValueError(
            f"DataLoader: batch_sampler excludes batch_size, shuffle, sampler and drop_last, got batch_size={batch_size}, "
            f"shuffle={shuffle}, sampler={sampler}, drop_last={drop_last}; the batch_sampler decides the batches"
        )
    if batch_size is None and drop_last:
        raise ValueError("DataLoader: drop_last needs batches, got batch_size=None; without batches none is smaller")
    if shuffle and len(dataset) == 0:
        raise ValueError("DataLoader: a shuffled dataset must hold an example, got 0; check how it was split")
