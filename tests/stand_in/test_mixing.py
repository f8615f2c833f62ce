"""Mixup, cutmix and erasing on the device: what NumPy gives, with the same draws, and without waiting for it."""

import numpy as np
import pytest

import tinyreg
from tests.stand_in.twice import assert_equal, host, twice
from tinyreg.autograd.tensor import wrap
from tinyreg.regularization import CutMix, Cutout, MixUp, RandomErasing, cutmix, cutout, mixed_loss, mixup

F = tinyreg.nn.functional


def images(dtype="float32"):
    rng = np.random.default_rng(0)
    shape = (6, 9, 8, 3) if dtype == "uint8" else (6, 3, 9, 8)
    return tinyreg.tensor(rng.uniform(0, 255, shape).astype(dtype))


def labels():
    return tinyreg.tensor([0, 2, 1, 1, 0, 2])


def loss_of(mix, **options):
    """A loss of the mixed batch, and the gradient of the images."""
    x = images().requires_grad_()
    mixed, target = mix(x, labels(), **options)
    loss = mixed_loss(lambda output, y: F.cross_entropy(output, y, reduction="none"), mixed.mean((2, 3)), target)
    loss.sum().backward()
    return [mixed, loss, x.grad, target.y_b, target.soft(3)]


def erased():
    x = images().requires_grad_()
    y = cutout(x, 4)
    (y * y).sum().backward()
    return [y, x.grad]


COMPUTED = {
    "mixup": lambda: loss_of(mixup),
    "mixup per example": lambda: loss_of(mixup, per_example=True),
    "cutmix": lambda: loss_of(cutmix),
    "cutout": erased,
    "MixUp": lambda: MixUp(num_classes=3)([images(), labels()]),
    "MixUp bytes": lambda: MixUp(num_classes=3, per_example=True)([images("uint8"), labels()]),
    "CutMix": lambda: CutMix(num_classes=3)([images(), labels()]),
    "CutMix bytes": lambda: CutMix(num_classes=3)([images("uint8"), labels()]),
    "Cutout": lambda: Cutout(4)([images(), labels()]),
    "RandomErasing": lambda: RandomErasing(p=1)([images(), labels()]),
    "RandomErasing random": lambda: RandomErasing(p=1, value="random")([images(), labels()]),
    "RandomErasing bytes": lambda: RandomErasing(p=1, value="random")([images("uint8"), labels()]),
    "RandomErasing channels": lambda: RandomErasing(p=1, value=(1, 2, 3), inplace=True)([images(), labels()]),
}


@pytest.mark.parametrize("name", COMPUTED)
def test_equals_numpys(device, name):
    wanted, got = twice(device, lambda: host(COMPUTED[name]()))
    assert_equal(got, wanted)


@pytest.mark.parametrize("name", COMPUTED)
def test_does_not_wait(device, name):
    with device.never_waits():
        COMPUTED[name]()


def test_draws_are_the_same_on_every_backend(device):
    """What decides is drawn on the host, so that one seed means one box everywhere."""

    def draws():
        generator = tinyreg.Generator(3)
        return [
            *mixup(images(), labels(), return_draws=True, generator=generator)[2],
            cutmix(images(), labels(), return_draws=True, generator=generator)[2][0],
            cutout(images(), 4, return_draws=True, generator=generator)[1],
            RandomErasing(generator=generator)(images(), return_draws=True)[1],
        ]

    got = draws()
    tinyreg.use_backend("numpy")
    for a, b in zip(got, draws(), strict=True):
        assert isinstance(a, (float, tuple, np.ndarray))
        np.testing.assert_array_equal(a, b)


def test_partners_that_are_none_are_refused_when_somebody_looks(device):
    mixed, _ = mixup(images(), labels(), lam=0.5, index=wrap(device.library.asarray([0, 0, 1, 2, 3, 4])))
    with pytest.raises(ValueError, match="index must be a permutation of 0 to 5"):
        mixed.numpy()


def test_beta_has_its_distribution(device):
    """On the device's own stream: mean and variance of Beta(0.4, 0.4), n = 50,000, 6 sigma."""
    n = 50_000
    x = tinyreg.Generator(0).beta(0.4, 0.4, (n,))
    assert type(x) is device.library.ndarray and x.dtype == "float32"
    x = wrap(x).double().numpy()
    assert 0 <= x.min() and x.max() <= 1 and abs(x.mean() - 0.5) < 6 * (0.25 / 1.8 / n) ** 0.5
    assert abs(x.var() - 0.25 / 1.8) < 6 * (0.25 / 1.8 / n) ** 0.5
