"""Transforms of images on the device: the same pixels, and the host does not wait."""

import numpy as np
import pytest

import tinyreg
from tests.stand_in.twice import assert_equal, host, twice
from tinyreg import transforms as t
from tinyreg.data import DataLoader

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (5, 10, 12), dtype="uint8")
COLOURS = RNG.integers(0, 256, (5, 10, 12, 3), dtype="uint8")
FLOATS = RNG.random((5, 3, 10, 12), dtype="float32")
EVERY = [
    t.RandomHorizontalFlip(),
    t.RandomVerticalFlip(),
    t.RandomCrop(8, padding=2),
    t.RandomCrop(8, padding=2, padding_mode="symmetric"),
    t.CenterCrop((7, 14)),
    t.Pad(1, fill=3),
    t.Pad((1, 2), padding_mode="reflect"),
    t.Grayscale(3),
    t.ColorJitter(0.5, 0.5, 0.5, 0.2),
    t.GaussianNoise(),
    t.ToTensor(),
    t.RandomApply([t.RandomCrop((10, 12), padding=1), t.ColorJitter(0.5)]),
    t.Compose([t.RandomHorizontalFlip(), t.RandomCrop(8), t.ToTensor(), t.Normalize([0.5], [0.25])]),
]


@pytest.mark.parametrize("transform", EVERY, ids=lambda transform: type(transform).__name__)
@pytest.mark.parametrize("batch", [GREY, COLOURS, FLOATS], ids=["grey", "colours", "floats"])
def test_transforms_give_what_numpys_give(device, transform, batch):
    wanted, got = twice(device, lambda: host([transform([tinyreg.tensor(batch)])[0], transform(tinyreg.tensor(batch[0]))]))
    assert_equal(got, wanted)


@pytest.mark.parametrize("transform", EVERY, ids=lambda transform: type(transform).__name__)
def test_the_host_does_not_wait(device, transform):
    x, f = tinyreg.tensor(COLOURS), tinyreg.tensor(FLOATS)
    transform([x])  # what is made once
    with device.never_waits():
        transform([x])
        transform([f])


def test_loaders_transform_on_the_device(device):
    images = tinyreg.data.TensorDataset(tinyreg.tensor(COLOURS), tinyreg.arange(5))
    loader = DataLoader(images, 2, batch_transform=EVERY[-1], num_workers=2)
    assert all(type(x.array) is device.library.ndarray and x.shape[1:] == (3, 8, 8) for x, _ in loader)


def test_host_images_may_be_transformed_while_the_backend_is_a_device(device):
    for transform in EVERY[:-4]:
        assert isinstance(transform(COLOURS[0]), np.ndarray)
    assert type(t.ToTensor()(COLOURS[0]).array) is device.library.ndarray
