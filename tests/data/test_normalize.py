import numpy as np
import pytest

import tinyreg as torch
from tinyreg.data import NormalizeImages


def test_the_numbers_by_hand():
    x = torch.tensor(np.array([[[0, 51], [102, 255]]], dtype="uint8"))
    np.testing.assert_allclose(NormalizeImages()(x).numpy(), [[[[0, 0.2], [0.4, 1]]]], rtol=1e-7)
    np.testing.assert_allclose(NormalizeImages(0.2, 0.4)(x).numpy(), [[[[-0.5, 0], [0.5, 2]]]], rtol=1e-6, atol=1e-7)


def test_channels_last_become_channels_first_each_with_its_numbers():
    x = np.random.default_rng(0).integers(0, 256, (5, 3, 4, 3), dtype="uint8")
    mean, std = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
    y = NormalizeImages(mean, std)(x).numpy()
    assert y.shape == (5, 3, 3, 4) and y.dtype == np.float32 and y.flags.c_contiguous
    for c in range(3):
        np.testing.assert_allclose(y[:, c], (x[..., c] / 255 - mean[c]) / std[c], rtol=1e-5, atol=1e-6)


def test_equal_to_torchvisions_to_tensor_and_normalize_digit_by_digit():
    oracle = pytest.importorskip("torch")
    x = np.random.default_rng(0).integers(0, 256, (5, 6, 4, 3), dtype="uint8")
    mean, std = [0.4914, 0.4822, 0.4465], [0.2470, 0.2435, 0.2616]
    to_tensor = oracle.from_numpy(x).permute(0, 3, 1, 2).contiguous().to(oracle.float32).div(255)
    column = {"dtype": oracle.float32}
    expected = to_tensor.sub_(oracle.tensor(mean, **column).view(-1, 1, 1)).div_(oracle.tensor(std, **column).view(-1, 1, 1))
    np.testing.assert_array_equal(NormalizeImages(mean, std)(x).numpy(), expected.numpy())


def test_the_first_field_of_a_batch_and_nothing_else():
    x, y = torch.zeros(2, 4, 4, dtype=torch.uint8), torch.tensor([1, 2])
    for batch in ([x, y], (x, y)):
        images, labels = NormalizeImages()(batch)
        assert images.dtype == torch.float32 and labels is y
    assert x.dtype == torch.uint8 and repr(NormalizeImages(0.5)) == "NormalizeImages(mean=(0.5,), std=(1.0,))"


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: NormalizeImages(0, 0), ValueError, r"std must be above 0, got \(0.0,\)"),
        (lambda: NormalizeImages(0, (1, -2)), ValueError, r"got \(1.0, -2.0\)"),
        (lambda: NormalizeImages()(torch.zeros(2, 4, 4)), TypeError, r"got float32 of shape \(2, 4, 4\)"),
        (lambda: NormalizeImages()(np.zeros((4, 4), "uint8")), TypeError, r"got uint8 of shape \(4, 4\)"),
        (lambda: NormalizeImages((0, 0, 0))(np.zeros((2, 4, 4), "uint8")), ValueError, "mean must be .* got 3 numbers for 1 channels"),
        (lambda: NormalizeImages(0, (1, 1))(np.zeros((2, 4, 4, 3), "uint8")), ValueError, "std must be .* got 2 numbers for 3 channels"),
    ],
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act()
