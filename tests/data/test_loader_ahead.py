"""With workers, the next batches are made while the loop holds one: told by events, not by clocks."""

import threading

import pytest

import tinyreg as torch
from tinyreg.data import DataLoader, Dataset, IterableDataset
from tinyreg.data.workers import ahead

PATIENCE = 10  # seconds, after which something that shall happen has not


class Told(Dataset):
    """Examples that say when they were asked for."""

    def __init__(self, length=12):
        self.asked = [threading.Event() for _ in range(length)]

    def __getitem__(self, index):
        self.asked[index].set()
        return torch.tensor(index)

    def __len__(self):
        return len(self.asked)


class Stream(IterableDataset):
    """The same, read from the front."""

    def __init__(self, length=12):
        self.asked = [threading.Event() for _ in range(length)]

    def __iter__(self):
        for index, event in enumerate(self.asked):
            event.set()
            yield torch.tensor(index)


@pytest.mark.parametrize("data", [Told, Stream])
@pytest.mark.parametrize(("workers", "prefetch", "depth"), [(1, 1, 1), (1, 2, 2), (2, 1, 2), (2, 3, 6)])
def test_as_many_batches_as_prefetch_factor_says_are_made_while_the_loop_holds_one(data, workers, prefetch, depth):
    data = data()
    loader = iter(DataLoader(data, 1, num_workers=workers, prefetch_factor=prefetch))
    for held in range(3):
        assert next(loader).tolist() == [held]
        for index in range(held + 1, held + 1 + depth):
            assert data.asked[index].wait(PATIENCE), f"{index} must be made while the loop holds {held}"
        if held + depth + 1 < len(data.asked):
            assert not data.asked[held + depth + 1].is_set(), "and no more: memory is bounded"
    loader.close()


def test_without_workers_nothing_is_made_ahead():
    data = Told()
    loader = iter(DataLoader(data, 1))
    next(loader)
    assert [event.is_set() for event in data.asked] == [True] + [False] * 11


def test_the_first_batch_does_not_wait_for_the_ones_behind_it():
    hold = threading.Event()

    def work(task):
        if task:
            assert hold.wait(PATIENCE)
        return task

    options = {"timeout": PATIENCE, "dataset": None, "begin": None, "chance": lambda number: torch.random.keyed(0, number)}
    results = ahead(work, range(4), threads=2, depth=2, **options)
    assert next(results) == 0
    hold.set()
    assert list(results) == [1, 2, 3]


def test_two_workers_make_two_batches_at_once():
    """Each waits for the other: one worker alone would wait in vain."""
    together = threading.Barrier(2, timeout=PATIENCE)

    class Together(Told):
        def __getitem__(self, index):
            together.wait()
            return torch.tensor(index)

    assert [x.tolist() for x in DataLoader(Together(4), 1, num_workers=2)] == [[0], [1], [2], [3]]
