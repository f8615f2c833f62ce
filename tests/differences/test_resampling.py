"""Turning, shearing and resizing: where tinyreg does not do what torchvision does."""

import numpy as np
import pytest

from tinyreg import transforms

COLUMN = np.array([[[0, 0, 1], [0, 1, 2], [3, 5, 7]]], dtype="float32")  # one channel


def test_averages_one_pixel_wide():
    """The weights of 3 pixels under a triangle of 3 pixels on each side are (2, 3, 2)/7; rows grow from 3 to 6."""
    wide = transforms.Resize((6, 2))(COLUMN)
    narrow = transforms.Resize((6, 1))(COLUMN)[0, :, 0]
    means = COLUMN[0] @ [2 / 7, 3 / 7, 2 / 7]
    rows = np.array([means[0], 0.75 * means[0] + 0.25 * means[1], 0.25 * means[0] + 0.75 * means[1]])
    assert wide.shape == (1, 6, 2) and np.allclose(narrow[:3], rows, atol=1e-6)


def test_averages_one_pixel_wide_in_pytorch(torch, torchvision):
    narrow = torchvision.transforms.functional.resize(torch.tensor(COLUMN), [6, 1])[0, :, 0].numpy()
    right = transforms.Resize((6, 1))(COLUMN)[0, :, 0]
    assert abs(narrow - right).max() > 0.1


def test_expanding_a_batch():
    batch = np.zeros((2, 8, 8, 3), dtype="uint8")
    with pytest.raises(ValueError, match="images must come one at a time, got a batch of 2"):
        transforms.RandomRotation(45, expand=True)(batch)


def test_expanding_a_batch_in_pytorch(torch, torchvision):
    batch = torch.zeros(2, 3, 8, 8, dtype=torch.uint8)
    assert torchvision.transforms.RandomRotation((45, 45), expand=True)(batch).shape == (2, 3, 12, 12)


def test_colours_outside_of_uint8():
    with pytest.raises(ValueError, match=r"fill must lie in \[0, 255\] for uint8 images, got fill=300"):
        transforms.RandomRotation((90, 90), fill=300)(np.zeros((4, 9), dtype="uint8"))


def test_colours_outside_of_uint8_in_pytorch(torch, torchvision):
    y = torchvision.transforms.RandomRotation((90, 90), fill=300)(torch.zeros(1, 4, 9, dtype=torch.uint8))
    assert y.dtype == torch.uint8 and int(y.max()) != 300  # some other grey, or black


def test_shears_of_a_quarter_turn():
    with pytest.raises(ValueError, match="shear must lie between -90 and 90 degrees, got 90"):
        transforms.RandomAffine(0, shear=90)


def test_shears_of_a_quarter_turn_in_pytorch(torch, torchvision):
    torchvision.transforms.RandomAffine(0, shear=(90, 90))(torch.zeros(1, 4, 4))


def test_ranges_of_angles_that_are_turned():
    with pytest.raises(ValueError, match=r"degrees must go from the smaller to the larger, got \(20, 10\)"):
        transforms.RandomRotation((20, 10))


def test_ranges_of_angles_that_are_turned_in_pytorch(torch, torchvision):
    transform = torchvision.transforms.RandomRotation((20, 10))
    with pytest.raises(RuntimeError, match="uniform_ expects to return a"):
        transform(torch.zeros(1, 4, 4))


def test_filters_of_a_resize():
    assert [mode.value for mode in transforms.InterpolationMode] == ["nearest", "nearest-exact", "bilinear", "bicubic"]
    with pytest.raises(ValueError, match="got 'lanczos'"):
        transforms.Resize(8, "lanczos")


def test_filters_of_a_resize_in_pytorch(torchvision):
    names = {mode.value for mode in torchvision.transforms.InterpolationMode}
    assert {"box", "hamming", "lanczos"} <= names
