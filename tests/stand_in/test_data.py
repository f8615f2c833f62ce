"""Data on the device: loaders give device arrays, in the order that NumPy's give them."""

import numpy as np
import pytest

import tinyreg
from tests.stand_in.twice import assert_equal, host, twice
from tinyreg.data import DataLoader, Digits, TensorDataset, random_split
from tinyreg.random import Generator


def batches(loader):
    return host([tensor for epoch in range(2) for batch in loader for tensor in batch])


def digits(transform=None):
    return random_split(Digits(train=False, transform=transform), [40, 1757], generator=Generator(3))[0]


def numbers():
    return TensorDataset(tinyreg.arange(30) * 1.5, tinyreg.arange(30))


@pytest.mark.parametrize(
    ("dataset", "settings"),
    [
        (numbers, {}),
        (numbers, {"shuffle": True, "drop_last": True}),
        (numbers, {"shuffle": True, "num_workers": 2}),
        (digits, {"shuffle": True}),
        (lambda: digits(lambda image: image * 2), {"shuffle": True}),
        (lambda: digits(lambda image: image + 1), {"num_workers": 2}),
    ],
)
def test_loaders_give_what_numpys_give(device, dataset, settings):
    wanted, got = twice(device, lambda: batches(DataLoader(dataset(), 8, generator=Generator(5), **settings)))
    assert_equal(got, wanted)


def test_indexing_with_host_arrays_is_checked_on_the_host(device):
    x = tinyreg.arange(5)
    with device.never_waits():
        assert x[np.array([4, 0])].shape == (2,)
        with pytest.raises(IndexError, match=r"index: must lie in \[-5, 4\] .*got 5"):
            x[np.array([0, 5])]
