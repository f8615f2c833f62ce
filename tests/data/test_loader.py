import json
import threading
from collections import namedtuple

import numpy as np
import pytest

import tinyreg as torch
from tinyreg.data import DataLoader, Dataset, TensorDataset, default_collate


class Slow(Dataset):
    def __init__(self):
        self.threads = set()

    def __getitem__(self, index):
        self.threads.add(threading.get_ident())
        return {"x": np.full(2, index, dtype=np.float32), "y": index, "name": f"n{index}"}

    def __len__(self):
        return 11


DATA = TensorDataset(torch.arange(10).float(), torch.arange(10))


def test_batches_in_order_with_a_smaller_last_one():
    batches = [y.tolist() for _, y in DataLoader(DATA, batch_size=4)]
    assert batches == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert [y.tolist() for _, y in DataLoader(DATA, batch_size=4, drop_last=True)] == batches[:2]
    assert len(DataLoader(DATA, batch_size=4)) == 3 and len(DataLoader(DATA, batch_size=4, drop_last=True)) == 2


def test_every_pass_is_shuffled_anew_and_the_seed_decides():
    def passes(seed):
        loader = DataLoader(DATA, batch_size=10, shuffle=True, generator=torch.Generator(seed))
        return [next(iter(loader))[1].tolist() for _ in range(2)]

    first = passes(0)
    assert first[0] != first[1] and sorted(first[0]) == list(range(10))
    assert passes(0) == first != passes(1)


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_workers_change_no_value_and_no_order(workers):
    data = Slow()
    batches = list(DataLoader(data, batch_size=2, num_workers=workers))
    assert [batch["y"].tolist() for batch in batches] == [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9], [10]]
    assert batches[1]["x"].tolist() == [[2, 2], [3, 3]] and batches[5]["name"] == ["n10"]
    assert (threading.get_ident() in data.threads) == (workers == 0)


def test_a_loop_that_breaks_off_ends_the_workers():
    before = threading.active_count()
    for _ in DataLoader(Slow(), batch_size=1, num_workers=2):
        break
    assert threading.active_count() == before


def test_an_error_in_a_worker_reaches_the_loop():
    class Broken(Slow):
        def __getitem__(self, index):
            raise OSError(f"cannot read {index}")

    with pytest.raises(OSError, match="cannot read 0"):
        list(DataLoader(Broken(), num_workers=2))


def test_each_worker_thread_is_told_its_number():
    told = []
    loader = DataLoader(Slow(), num_workers=2, worker_init_fn=told.append, persistent_workers=True)
    assert [batch["name"] for batch in loader] == [[f"n{i}"] for i in range(11)]
    assert sorted(told) in ([0], [0, 1])
    assert list(DataLoader(DATA, worker_init_fn=told.append))  # no workers, nobody to tell
    assert len(told) <= 2


def test_sampler_collate_and_batch_transform():
    loader = DataLoader(
        DATA, batch_size=2, sampler=[3, 1, 2], collate_fn=lambda items: [y.item() for _, y in items], batch_transform=lambda b: b[::-1]
    )
    assert list(loader) == [[1, 3], [2]] and len(loader) == 2


def test_collate_by_kind():
    batch = default_collate([(torch.zeros(2), 1, 0.5, np.ones(1), "a"), (torch.ones(2), 2, 1.5, np.zeros(1), "b")])
    assert batch[0].tolist() == [[0, 0], [1, 1]] and batch[1].dtype == torch.int64 and batch[2].dtype == torch.float32
    assert batch[3].dtype == torch.float64 and batch[4] == ["a", "b"]


def test_a_namedtuple_keeps_its_names():
    Example = namedtuple("Example", "x y")
    batch = default_collate([Example(torch.zeros(2), 1), Example(torch.ones(2), 2)])
    assert type(batch) is Example and batch.x.tolist() == [[0, 0], [1, 1]] and batch.y.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: DataLoader(DATA, batch_size=0), ValueError, "batch_size must be an integer of at least 1, got 0"),
        (lambda: DataLoader(DATA, num_workers=-1), ValueError, "got -1"),
        (lambda: DataLoader(DATA, shuffle=True, sampler=[0]), ValueError, "got both"),
        (lambda: DataLoader([], shuffle=True), ValueError, "got 0"),
        (lambda: default_collate([torch.zeros(2), torch.zeros(3)]), RuntimeError, r"got \[\(2,\), \(3,\)\]"),
        (lambda: default_collate([object()]), TypeError, "got object"),
    ],
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act()


# chance, sample by sample


class Drawn(Dataset):
    """Each example is what the default generator gives while it is gathered."""

    def __getitem__(self, index):
        return torch.rand(3)

    def __len__(self):
        return 13


def drawn(passes=2, transform=False, **options):
    """What the passes over Drawn give, one list of rows a pass."""
    noise = (lambda batch: torch.cat([batch, torch.rand(len(batch), 1)], dim=1)) if transform else None
    loader = DataLoader(Drawn(), batch_transform=noise, **{"batch_size": 4, **options})
    return [[row for batch in loader for row in batch.tolist()] for _ in range(passes)]


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("shuffle", [False, True])
def test_workers_change_no_drawn_digit(workers, shuffle):
    def run(workers):
        torch.manual_seed(4)
        return drawn(shuffle=shuffle, transform=True, num_workers=workers, prefetch_factor=3)

    assert run(workers) == run(0)


def test_an_example_draws_by_seed_epoch_and_index():
    torch.manual_seed(4)
    first, second = drawn()
    assert len({tuple(row) for row in first + second}) == 26, "every example anew, in every epoch"
    shuffled = drawn(passes=1, shuffle=True, batch_size=5)[0]
    assert sorted(shuffled) == sorted(first), "neither the order nor the size of the batches matters"
    assert drawn(passes=1, generator=torch.Generator(4))[0] == first != drawn(passes=1, generator=torch.Generator(5))[0]


def test_examples_and_batches_draw_from_keys_of_their_own():
    rows = drawn(passes=1, transform=True, batch_size=1)[0]
    assert len({x for row in rows for x in row}) == 13 * 4, "no number comes twice"
    assert drawn(passes=1, transform=True)[0][0][:3] == rows[0][:3]


@pytest.mark.parametrize("workers", [0, 2])
def test_what_is_drawn_in_a_loader_does_not_move_the_default_generator(workers):
    torch.manual_seed(4)
    expected = torch.rand(3).tolist()
    torch.manual_seed(4)
    drawn(num_workers=workers)
    assert torch.rand(3).tolist() == expected


def test_batches_and_collate_functions_draw_by_batch():
    class AtOnce(Drawn):
        def batch(self, indices):
            return (torch.rand(len(indices)),)

    def numbers(data, workers, **options):
        return [x for (batch,) in DataLoader(data, 4, num_workers=workers, **options) for x in batch.tolist()]

    assert numbers(AtOnce(), 0) == numbers(AtOnce(), 3)
    collate = lambda examples: (torch.rand(len(examples)),)  # noqa: E731
    assert numbers(Drawn(), 0, collate_fn=collate) == numbers(Drawn(), 3, collate_fn=collate) == numbers(AtOnce(), 0)


def test_an_index_that_comes_twice_draws_twice():
    loader = DataLoader(Drawn(), 3, sampler=[5, 5, 2, 5, -1, 12])
    rows = [tuple(row) for batch in loader for row in batch.tolist()]
    assert len(set(rows)) == 6
    loader = DataLoader(Drawn(), 2, sampler=[5, 2])
    again = [tuple(row) for batch in loader for row in batch.tolist()]
    assert again == [tuple(row) for row in next(iter(DataLoader(Drawn(), 2, sampler=[5, 2], num_workers=2))).tolist()]


def test_an_empty_sampler():
    assert list(DataLoader(Drawn(), 3, sampler=[])) == []


# position


def rest_after(consumed, make, *, during=None):
    """What a second loader gives from where a first one was after some batches, and what the first one gave from there."""
    first, second = make(), make()
    told, expected = None, []
    for number, batch in enumerate(first, 1):
        if number > consumed:
            expected.append(batch)
        if number == consumed:
            told = first.state_dict()
        if during:
            during()
    second.load_state_dict(json.loads(json.dumps(told)))  # plain numbers and strings: any file can hold it
    return second, expected


def rows(batches):
    return [batch.tolist() for batch in batches]


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("consumed", [1, 2, 4])
def test_a_pass_goes_on_behind_what_was_consumed(consumed, own, workers):
    def make():
        return DataLoader(Drawn(), 4, shuffle=True, num_workers=workers, prefetch_factor=4, generator=torch.Generator(9) if own else None)

    second, expected = rest_after(consumed, make, during=lambda: torch.rand(2))  # the loop draws as well, as dropout does
    torch.rand(77)  # wherever the default generator is by now
    assert rows(second) == rows(expected)


def test_the_passes_after_it_are_the_same_too():
    def make():
        return DataLoader(Drawn(), 4, shuffle=True, generator=torch.Generator(9))

    first, second = make(), make()
    for _ in first:
        told = first.state_dict()
        if told["batches"] == 2:
            second.load_state_dict(told)
    rows(second)
    assert first.state_dict() == second.state_dict() and first.state_dict()["epoch"] == 1
    assert rows(first) == rows(second) and rows(first) == rows(second)


def test_skipped_batches_are_not_gathered():
    gathered = []

    class Watched(Drawn):
        def __getitem__(self, index):
            gathered.append(index)
            return index

    second, _ = rest_after(2, lambda: DataLoader(Watched(), 4))
    gathered.clear()
    assert rows(second) == [[8, 9, 10, 11], [12]] and gathered == [8, 9, 10, 11, 12]


@pytest.mark.parametrize("drop_last", [False, True])
def test_consumed_counts_what_was_handed_over_not_what_was_gathered(drop_last):
    loader = DataLoader(Drawn(), 2, num_workers=3, prefetch_factor=4, drop_last=drop_last)
    seen = [loader.state_dict()["batches"] for _ in loader]
    assert seen == list(range(1, 7 - drop_last + 1))
    assert (loader.state_dict()["epoch"], loader.state_dict()["batches"]) == (1, 0)


def test_a_position_that_was_loaded_can_be_told_again():
    second, expected = rest_after(2, lambda: DataLoader(Drawn(), 4, shuffle=True, generator=torch.Generator(2)))
    third = DataLoader(Drawn(), 4, shuffle=True, generator=torch.Generator(3))
    third.load_state_dict(second.state_dict())
    assert rows(third) == rows(expected)


def test_a_pass_that_was_left_goes_on_until_it_is_counted_as_over():
    loader = DataLoader(Drawn(), 4)
    next(iter(loader))
    assert loader.state_dict()["batches"] == 1
    loader.end_pass()
    assert (loader.state_dict()["epoch"], loader.state_dict()["batches"]) == (1, 0)


def test_two_passes_at_once_do_not_mix():
    loader = DataLoader(Drawn(), 4)
    outer = iter(loader)
    next(outer)
    rows(loader)
    rows(outer)
    assert (loader.state_dict()["epoch"], loader.state_dict()["batches"]) == (2, 0)


class Shuffled:
    """A sampler that draws from the default generator."""

    def __iter__(self):
        return iter(torch.randperm(13).tolist())

    def __len__(self):
        return 13


class Stateful(Shuffled):
    """One that keeps its chance to itself, and can tell where it is."""

    def __init__(self):
        self.generator = torch.Generator(8)

    def __iter__(self):
        return iter(self.generator.permutation(13).tolist())

    def state_dict(self):
        return self.generator.get_state()

    def load_state_dict(self, state):
        self.generator.set_state(state)


@pytest.mark.parametrize("sampler", [lambda: range(12, -1, -1), Shuffled, Stateful])
def test_samplers(sampler):
    second, expected = rest_after(2, lambda: DataLoader(Drawn(), 4, sampler=sampler()), during=lambda: torch.rand(2))
    assert rows(second) == rows(expected)


def test_a_sampler_between_passes():
    first, second = DataLoader(Drawn(), 13, sampler=Stateful()), DataLoader(Drawn(), 13, sampler=Stateful())
    rows(first)
    second.load_state_dict(first.state_dict())
    assert rows(first) == rows(second)


def test_a_sampler_that_gives_another_order_is_refused():
    class Forgetful(Stateful):
        state_dict = load_state_dict = property()  # has neither

    sampler = Forgetful()
    loader = DataLoader(Drawn(), 4, sampler=sampler)
    for _ in loader:
        told = loader.state_dict()
        break
    loader.load_state_dict(told)
    with pytest.raises(RuntimeError, match="must be drawn again in its order, got another one of 13 examples; .* needs state_dict"):
        iter(loader)
    with pytest.raises(RuntimeError, match="got another one of 13 examples"):  # and not a new pass the second time
        iter(loader)


def test_another_dataset_or_batch_size_is_refused():
    loader = DataLoader(Drawn(), 4)
    for _ in loader:
        told = loader.state_dict()
        break
    with pytest.raises(RuntimeError, match="got another one of 10 examples; give the same dataset"):
        other = DataLoader(DATA, 4)
        other.load_state_dict(told)
        iter(other)
    with pytest.raises(ValueError, match="DataLoader: batch_size must be 4 as in the saved position, got 5; the place"):
        DataLoader(Drawn(), 5).load_state_dict(told)
