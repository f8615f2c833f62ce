"""DataLoader: batches of examples, in order or shuffled, gathered here or by threads."""

import itertools
from collections import deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from ..autograd import Tensor
from ..ops.creation import tensor
from ..ops.joining import stack
from ..random import default_generator


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
        sampler: indices in the order to visit, instead of shuffle.
        num_workers: threads that gather batches ahead of the loop; 0 gathers in the loop. The order and the values do
            not depend on it.
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

    def __len__(self):
        count = len(self.dataset if self.sampler is None else self.sampler)
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)

    def __iter__(self):
        order = self._order()
        end = len(order) - len(order) % self.batch_size if self.drop_last else len(order)
        batches = (order[i : i + self.batch_size] for i in range(0, end, self.batch_size))
        return map(self._gather, batches) if self.num_workers == 0 else self._ahead(batches)

    def _order(self):
        if self.sampler is not None:
            return np.fromiter(self.sampler, dtype=np.int64)
        count = len(self.dataset)
        return (self.generator or default_generator()).permutation(count) if self.shuffle else np.arange(count)

    def _gather(self, indices):
        if self.collate_fn is None and hasattr(self.dataset, "batch"):
            batch = list(self.dataset.batch(indices))
        else:
            batch = (self.collate_fn or default_collate)([self.dataset[int(i)] for i in indices])
        return batch if self.batch_transform is None else self.batch_transform(batch)

    def _ahead(self, batches):
        """Batches in order, while threads gather the next ones."""
        numbers = itertools.count()
        begin = self.worker_init_fn and (lambda: self.worker_init_fn(next(numbers)))
        with ThreadPoolExecutor(self.num_workers, thread_name_prefix="DataLoader", initializer=begin) as pool:
            waiting = deque()
            try:
                for indices in batches:
                    waiting.append(pool.submit(self._gather, indices))
                    if len(waiting) >= self.num_workers * self.prefetch_factor:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:  # a loop that breaks off does not wait for what it will not use
                for future in waiting:
                    future.cancel()
