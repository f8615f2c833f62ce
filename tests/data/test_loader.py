import threading

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
