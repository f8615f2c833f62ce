"""Turning, shearing and resizing on the device: NumPy's images, and the host never waits for them."""

import numpy as np
import pytest

import tinyreg
from tests.stand_in.twice import assert_equal, host, twice
from tinyreg.regularization.augmentation import InterpolationMode, RandomAffine, RandomRotation, Resize

TRANSFORMS = [
    RandomRotation(40),
    RandomRotation(40, "bilinear", center=(3, 4), fill=0.5),
    RandomAffine(30, (0.2, 0.1), (0.5, 2), (-20, 20, -5, 5), "bilinear", fill=None),
    RandomAffine(30, (0.2, 0.1), shear=10, fill=(1, 0, 1)),
    *(Resize((9, 14), mode) for mode in InterpolationMode),
    *(Resize((9, 14), mode, antialias=False) for mode in InterpolationMode),
]


def images(dtype):
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (3, 12, 10, 3), dtype=dtype) if dtype == "uint8" else rng.random((3, 3, 12, 10)).astype(dtype)


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
@pytest.mark.parametrize("transform", TRANSFORMS, ids=repr)
def test_transforms_give_what_numpys_give(device, transform, dtype):
    wanted, got = twice(device, lambda: host([transform(tinyreg.tensor(images(dtype)))]))
    if dtype == "uint8":
        assert np.abs(got[0].astype(int) - wanted[0].astype(int)).max() <= 1
    else:
        assert_equal(got, wanted)


@pytest.mark.parametrize("transform", TRANSFORMS, ids=repr)
def test_the_host_does_not_wait(device, transform):
    x = tinyreg.tensor(images("uint8"))
    with device.never_waits():
        transform(x)
        transform(x)
    turned = RandomRotation(45, expand=True)
    with device.never_waits():
        assert turned(x[0]).shape[2] == 3


@pytest.mark.parametrize("antialias", [False, True])
def test_a_photograph_is_resized_in_bands(device, antialias):
    transform, photograph = Resize((70, 80), antialias=antialias), np.random.default_rng(0).random((1, 3, 140, 150))
    wanted, got = twice(device, lambda: host([transform(tinyreg.tensor(photograph))]))
    assert_equal(got, wanted)
    x = tinyreg.tensor(photograph)
    with device.never_waits():
        transform(x)


def test_an_image_on_the_device_takes_draws_of_either_memory(device):
    x, angle = tinyreg.tensor(images("float32")[:1]), np.array([30.0])
    transform = RandomRotation(45, "bilinear")
    here, there = transform(x, draws=angle), transform(x, draws=tinyreg.tensor(angle))
    assert bool((here == there).all())
