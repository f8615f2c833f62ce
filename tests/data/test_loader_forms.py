"""The forms of DataLoader: batch samplers, no batches, datasets without an index, settings that scripts pass along."""

import json
import threading
import time

import numpy as np
import pytest

import tinyreg as torch
from tinyreg.data import (
    BatchSampler,
    DataLoader,
    Dataset,
    IterableDataset,
    RandomSampler,
    Sampler,
    SequentialSampler,
    Subset,
    TensorDataset,
    get_worker_info,
)

DATA = TensorDataset(torch.arange(10).float(), torch.arange(10))


class Drawn(Dataset):
    """Each example is what the default generator gives while it is gathered."""

    def __getitem__(self, index):
        return torch.rand(3)

    def __len__(self):
        return 13


class Stream(IterableDataset):
    """Eleven examples from the front: their number, and what the default generator gives meanwhile."""

    def __init__(self, length=11):
        self.length, self.threads = length, set()

    def __iter__(self):
        for i in range(self.length):
            self.threads.add(threading.get_ident())
            yield torch.tensor(i), torch.rand(2)


def rows(batches):
    return [[part.tolist() for part in batch] for batch in batches]


def labels(loader):
    return [y.tolist() for _, y in loader]


def rest(make, consumed):
    """What a second loader gives from where a first one was in its second pass, and what the first one gave from there."""
    first, second = make(), make()
    for _ in first:
        pass
    told, expected = None, []
    for number, batch in enumerate(first, 1):
        if number > consumed:
            expected.append(batch)
        elif number == consumed:
            told = json.loads(json.dumps(first.state_dict()))
    second.load_state_dict(told)
    return second, expected


def test_settings_in_pytorchs_order():
    def collate(examples):
        return [y.item() for _, y in examples]

    loader = DataLoader(DATA, 4, False, None, None, 2, collate, True, True, 7.5, None, "fork", torch.Generator(0))
    assert list(loader) == [[0, 1, 2, 3], [4, 5, 6, 7]] and loader.timeout == 7.5 and loader.num_workers == 2 and loader.drop_last
    loader = DataLoader(DATA, prefetch_factor=3, persistent_workers=True, pin_memory_device="cuda", in_order=False)
    assert len(loader) == 10 and loader.batch_size == 1


def test_what_stands_for_the_order_can_be_asked():
    plain, shuffled = DataLoader(DATA, 4), DataLoader(DATA, 4, shuffle=True, generator=torch.Generator(3))
    assert type(plain.sampler) is SequentialSampler and type(shuffled.sampler) is RandomSampler and len(plain.sampler) == 10
    assert [len(batch) for batch in plain.batch_sampler] == [4, 4, 2] and plain.collate_fn is torch.utils.data.default_collate
    order = labels(DataLoader(DATA, 10, shuffle=True, generator=torch.Generator(3)))[0]
    assert list(shuffled.sampler) == order


class TestBatchSampler:
    def test_it_gives_the_batches(self):
        loader = DataLoader(DATA, batch_sampler=[[1, 2], [5], []])
        assert len(loader) == 3 and loader.batch_size is None and labels(DataLoader(DATA, batch_sampler=[[1, 2], [5]])) == [[1, 2], [5]]

    @pytest.mark.parametrize("workers", [0, 2])
    def test_it_equals_a_batch_size(self, workers):
        def drawn(**options):
            torch.manual_seed(1)
            return [x.tolist() for x in DataLoader(Drawn(), num_workers=workers, **options)]

        lists = BatchSampler(SequentialSampler(Drawn()), 4, drop_last=True)
        assert drawn(batch_sampler=lists) == drawn(batch_size=4, drop_last=True)

    @pytest.mark.parametrize("own", [False, True])
    def test_a_pass_goes_on_behind_what_was_consumed(self, own):
        def make():
            sampler = RandomSampler(DATA, generator=torch.Generator(5) if own else None)
            return DataLoader(DATA, batch_sampler=BatchSampler(sampler, 3, False))

        second, expected = rest(make, 2)
        assert rows(second) == rows(expected) and len(expected) == 2

    def test_other_batches_are_refused(self):
        first = DataLoader(DATA, batch_sampler=[[0, 1], [2]])
        next(iter(first))
        second = DataLoader(DATA, batch_sampler=[[0], [1, 2]])
        second.load_state_dict(first.state_dict())
        with pytest.raises(RuntimeError, match="got another one of 3 examples"):
            iter(second)


class TestKeys:
    """Samplers may give what is no integer."""

    def test_lists_of_indices_without_batches(self):
        loader = DataLoader(DATA, batch_size=None, sampler=BatchSampler(SequentialSampler(DATA), 4, False))
        assert labels(loader) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]] and len(loader) == 3

    def test_names(self):
        class Named(Dataset):
            def __getitem__(self, name):
                return name, torch.rand(())

        batches = list(DataLoader(Named(), 2, sampler=["a", "b", "a"]))
        assert [names for names, _ in batches] == [["a", "b"], ["a"]]
        assert len({x for _, drawn in batches for x in drawn.tolist()}) == 3, "each draws anew"
        second, expected = rest(lambda: DataLoader(Named(), 1, sampler=["a", "b", "a"]), 1)
        assert [(names, x.tolist()) for names, x in second] == [(names, x.tolist()) for names, x in expected]

    def test_tensors(self):
        assert labels(DataLoader(DATA, 2, sampler=torch.tensor([3, 1, 2]))) == [[3, 1], [2]]

    def test_a_sampler_that_hands_its_source_up(self):
        class Backwards(Sampler[int]):
            def __init__(self, data_source):
                super().__init__(data_source)
                self.data = data_source

            def __iter__(self):
                return iter(range(len(self.data) - 1, -1, -1))

            def __len__(self):
                return len(self.data)

        assert labels(DataLoader(DATA, 5, sampler=Backwards(DATA))) == [[9, 8, 7, 6, 5], [4, 3, 2, 1, 0]]


class TestIterable:
    @pytest.mark.parametrize("workers", [0, 1, 3])
    @pytest.mark.parametrize("drop_last", [False, True])
    def test_in_its_order_by_one_thread(self, workers, drop_last):
        def read(workers):
            torch.manual_seed(2)
            data = Stream()
            loader = DataLoader(data, 4, drop_last=drop_last, num_workers=workers, batch_transform=lambda b: [*b, torch.rand(1)])
            return [rows(loader) for _ in range(2)], data

        (first, second), data = read(workers)
        assert [batch[0] for batch in first] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10]][: 3 - drop_last]
        assert first[0][1] != second[0][1], "every pass draws anew"
        assert (first, second) == tuple(read(0)[0]), "and the number of workers changes no digit"
        assert (threading.get_ident() in data.threads) == (workers == 0)

    @pytest.mark.parametrize("workers", [0, 2])
    def test_a_pass_goes_on_behind_what_was_consumed(self, workers):
        second, expected = rest(lambda: DataLoader(Stream(), 3, num_workers=workers), 2)
        assert rows(second) == rows(expected) and len(expected) == 2

    def test_without_batches(self):
        assert [int(i) for i, _ in DataLoader(Stream(3), batch_size=None)] == [0, 1, 2]

    def test_a_full_last_batch_is_the_last(self):
        assert [len(i) for i, _ in DataLoader(Stream(8), 4)] == [4, 4] and list(DataLoader(Stream(0), 4)) == []

    def test_its_length_if_it_has_one(self):
        class Known(Stream):
            def __len__(self):
                return self.length

        assert len(DataLoader(Known(), 4)) == 3 and len(DataLoader(Known(), 4, drop_last=True)) == 2
        assert len(DataLoader(Known(), None)) == 11
        with pytest.raises(TypeError, match="has no len"):
            len(DataLoader(Stream(), 4))

    def test_one_that_divides_itself_among_workers_gives_all(self):
        class Divided(IterableDataset):
            def __iter__(self):
                info = get_worker_info()
                first, step = (0, 1) if info is None else (info.id, info.num_workers)
                return iter(range(first, 10, step))

        for workers in (0, 1, 3):
            assert [int(x) for x in DataLoader(Divided(), num_workers=workers)] == list(range(10))

    def test_an_iter_that_draws_itself(self):
        class Shuffled(IterableDataset):
            def __iter__(self):
                return iter(torch.randperm(10).tolist())

        second, expected = rest(lambda: DataLoader(Shuffled(), 2, num_workers=1), 2)
        assert [x.tolist() for x in second] == [x.tolist() for x in expected]

    def test_what_it_must_have(self):
        with pytest.raises(NotImplementedError, match="IterableDataset: __iter__ must be written, got none"):
            iter(IterableDataset())
        with pytest.raises(TypeError, match=r"only datasets with an index can be joined, got \+ list; .*itertools.chain"):
            Stream() + [1]


class TestAtOnce:
    def test_getitems(self):
        class Many(Dataset):
            def __getitems__(self, indices):
                assert type(indices) is list and all(type(i) is int for i in indices)
                return [(i, torch.rand(()).item()) for i in indices]

            def __len__(self):
                return 5

        first = rows(DataLoader(Many(), 2))
        assert [batch[0] for batch in first] == [[0, 1], [2, 3], [4]]
        assert [batch[0] for batch in rows(DataLoader(Subset(Many(), [4, 2, 0]), 2, num_workers=2))] == [[4, 2], [0]]
        assert not hasattr(Subset(DATA, [0]), "__getitems__")

    def test_another_getitem_is_not_passed_over(self):
        class Numbered(TensorDataset):
            def __getitem__(self, index):
                return *super().__getitem__(index), -index

        data = Numbered(torch.arange(4) * 10)
        assert rows(DataLoader(data, 4)) == [[[0, 10, 20, 30], [0, -1, -2, -3]]]
        assert rows(DataLoader(Subset(data, [3, 1]), 2)) == [[[30, 10], [-3, -1]]]

    def test_a_batch_that_is_something_else(self):
        class Owner(Dataset):
            def __init__(self):
                self.batch = 32

            def __getitem__(self, index):
                return index

            def __len__(self):
                return 3

        class Foreign:
            """Not of this library: what its batch means is its own affair."""

            def batch(self, size):
                raise AssertionError("not asked for")

            __getitem__, __len__ = Owner.__getitem__, Owner.__len__

        for data in (Owner(), Foreign()):
            assert DataLoader(data, 3).__iter__().__next__().tolist() == [0, 1, 2]


class TestWorkers:
    def test_each_knows_itself(self):
        class Asking(Dataset):
            def __getitem__(self, index):
                info = get_worker_info()
                assert info.dataset is data and info.num_workers == 2 and info.id in (0, 1)
                return info.seed

            def __len__(self):
                return 6

        data = Asking()
        seeds = [{int(s) for s in DataLoader(data, num_workers=2, collate_fn=lambda x: x[0])} for _ in range(2)]
        assert all(1 <= len(s) <= 2 for s in seeds) and get_worker_info() is None

    def test_seeding_by_the_worker_differs_between_passes(self):
        """The recipe with which scripts seed NumPy in each worker."""
        told = []
        loader = DataLoader(DATA, 5, num_workers=1, worker_init_fn=lambda number: told.append(torch.initial_seed() % 2**32))
        list(loader)
        list(loader)
        assert len(set(told)) == 2

    def test_what_goes_wrong_in_the_beginning_is_told(self):
        def broken(number):
            raise OSError(f"no luck in worker {number}")

        with pytest.raises(OSError, match="no luck in worker"):
            list(DataLoader(DATA, num_workers=1, worker_init_fn=broken))

    def test_a_batch_that_does_not_come(self):
        class Slow(Dataset):
            def __getitem__(self, index):
                time.sleep(0.3)
                return index

            def __len__(self):
                return 2

        with pytest.raises(RuntimeError, match=r"a batch must come within timeout=0.01 seconds, got none; raise timeout"):
            list(DataLoader(Slow(), num_workers=1, timeout=0.01))
        assert [int(x) for x in DataLoader(Slow(), num_workers=2, timeout=60)] == [0, 1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_sampler": [[0]], "batch_size": 2}, "batch_sampler excludes .* got batch_size=2, shuffle=None"),
        ({"batch_sampler": [[0]], "shuffle": True}, "batch_sampler excludes .* shuffle=True"),
        ({"batch_sampler": [[0]], "sampler": [0]}, r"batch_sampler excludes .* sampler=\[0\]"),
        ({"batch_sampler": [[0]], "drop_last": True}, "batch_sampler excludes .* drop_last=True"),
        ({"batch_size": None, "drop_last": True}, "drop_last needs batches, got batch_size=None"),
        ({"timeout": -1}, "timeout must be at least 0 seconds, got -1"),
        ({"timeout": np.nan}, "timeout must be at least 0 seconds, got nan"),
        ({"prefetch_factor": 0}, "prefetch_factor must be an integer of at least 1, got 0"),
        ({"num_workers": None}, "num_workers must be an integer of at least 0, got None"),
    ],
)
def test_refusals(options, message):
    with pytest.raises(ValueError, match=f"DataLoader: {message}"):
        DataLoader(DATA, **options)


@pytest.mark.parametrize("options", [{"shuffle": True}, {"sampler": [0]}, {"batch_sampler": [[0]]}])
def test_an_order_from_outside_for_an_iterable_is_refused(options):
    with pytest.raises(ValueError, match="an IterableDataset must decide its order itself, got .*; shuffle in its __iter__"):
        DataLoader(Stream(), **options)
