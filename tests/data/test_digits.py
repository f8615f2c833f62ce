import numpy as np
import pytest

import tinyreg as torch
from tinyreg.data import DataLoader, Digits


def test_digits_are_the_published_ones():
    train, test = Digits(), Digits(train=False)
    assert train.data.shape == (3823, 1, 8, 8) and test.data.shape == (1797, 1, 8, 8)
    assert train.data.dtype == torch.float32 and train.targets.dtype == torch.int64
    # the class counts that the data's own description prints
    assert np.bincount(train.targets.numpy()).tolist() == [376, 389, 380, 389, 387, 376, 377, 387, 380, 382]
    assert np.bincount(test.targets.numpy()).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert train.data.numpy().min() == 0 and train.data.numpy().max() == 1


def test_nearest_neighbour_reaches_the_published_accuracy():
    train, test = Digits(), Digits(train=False)
    a, b = (d.data.numpy().reshape(len(d), 64).astype(np.float64) * 16 for d in (test, train))
    distance = (a**2).sum(1)[:, None] - 2 * a @ b.T + (b**2).sum(1)
    accuracy = (train.targets.numpy()[distance.argmin(1)] == test.targets.numpy()).mean()
    assert round(100 * accuracy, 2) == pytest.approx(98.00, abs=0.06)  # "k = 1 : 98.00" in the description; ties differ


def test_examples_and_transforms():
    image, label = Digits(train=False)[3]
    assert image.shape == (1, 8, 8) and type(label) is int
    halved = Digits(train=False, transform=lambda x: x / 2, target_transform=lambda y: y + 100)
    assert halved[3][1] == label + 100
    np.testing.assert_array_equal(halved[3][0].numpy() * 2, image.numpy())
    assert not hasattr(halved, "batch") and halved.class_to_idx["7"] == 7
    later = Digits(train=False)
    later.transform = lambda x: x / 2
    images, _ = next(iter(DataLoader(later, batch_size=4)))
    np.testing.assert_array_equal(images.numpy() * 2, later.data.numpy()[:4])
    x, y = Digits(train=False).batch(np.array([3, 4]))
    assert x.shape == (2, 1, 8, 8) and y[0].item() == label
