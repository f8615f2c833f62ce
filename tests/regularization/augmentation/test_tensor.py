import numpy as np
import pytest

import tinyreg as torch
from tinyreg.data import NormalizeImages
from tinyreg.transforms import Compose, Normalize, ToTensor


def test_to_tensor_by_hand():
    x = np.array([[[0, 51, 255]]], dtype="uint8")  # one pixel of three colours
    y = ToTensor()(x)
    assert isinstance(y, torch.Tensor) and y.dtype == torch.float32 and y.requires_grad is False
    np.testing.assert_allclose(y.numpy(), [[[0]], [[0.2]], [[1]]], rtol=1e-7)
    assert ToTensor()(x[..., 0]).shape == (1, 1, 1)


def test_to_tensor_of_batches_and_of_what_is_floating_point():
    x = np.random.default_rng(0).integers(0, 256, (5, 4, 6, 3), dtype="uint8")
    y = ToTensor()(x)
    np.testing.assert_array_equal(y.numpy(), x.transpose(0, 3, 1, 2).astype("float32") / np.float32(255))
    assert y.numpy().flags.c_contiguous
    images, labels = ToTensor()([torch.tensor(x[..., 0]), "labels"])
    assert images.shape == (5, 1, 4, 6) and labels == "labels"
    digit = np.random.default_rng(0).random((1, 8, 8))
    z = ToTensor()(digit)
    assert isinstance(z, torch.Tensor) and z.dtype == torch.float64
    np.testing.assert_array_equal(z.numpy(), digit)


def test_to_tensor_takes_the_default_dtype():
    torch.set_default_dtype(torch.float64)
    try:
        assert ToTensor()(np.array([[51]], dtype="uint8")).item() == 51 / 255
    finally:
        torch.set_default_dtype(torch.float32)


def test_normalize_by_hand():
    x = torch.tensor([[[0.5]], [[1.0]]])
    np.testing.assert_allclose(Normalize([0.5, 0.0], [1, 0.5])(x).numpy(), [[[0]], [[2]]])
    np.testing.assert_allclose(Normalize(0.5, 0.25)(x).numpy(), [[[0]], [[2]]])
    assert x.tolist() == [[[0.5]], [[1.0]]]


def test_normalize_gives_mean_0_and_deviation_1():
    x = np.random.default_rng(0).random((50, 3, 6, 6)) * [[[3.0]], [[1.0]], [[0.1]]] + 2
    y = Normalize(x.mean((0, 2, 3)), x.std((0, 2, 3)))(x)
    np.testing.assert_allclose(y.mean((0, 2, 3)), 0, atol=1e-12)
    np.testing.assert_allclose(y.std((0, 2, 3)), 1)


def test_normalize_in_place_and_in_its_dtype():
    for dtype in ("float16", "float32", "float64"):
        x = np.ones((1, 2, 2), dtype=dtype)
        y = Normalize(0.5, 0.5, inplace=True)(x)
        assert y.dtype == dtype and np.shares_memory(x, y) and y.tolist() == x.tolist() == [[[1, 1], [1, 1]]]
        assert not np.shares_memory(x, Normalize(0.5, 0.5)(x))


def test_the_two_are_normalize_images_digit_by_digit():
    x = np.random.default_rng(0).integers(0, 256, (5, 4, 6, 3), dtype="uint8")
    mean, std = (0.49, 0.48, 0.44), (0.24, 0.25, 0.26)
    for batch in ([x, 1], [x[..., 0], 1]):
        m, s = (mean, std) if batch[0].ndim == 4 else (0.3, 0.2)
        ours = Compose([ToTensor(), Normalize(m, s)])(batch)
        np.testing.assert_array_equal(ours[0].numpy(), NormalizeImages(m, s)(batch)[0].numpy())


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: Normalize(0, 0), ValueError, "Normalize: std must be above 0, got 0"),
        (lambda: Normalize([0, 0], [1, -2]), ValueError, r"got \[1, -2\]"),
        (lambda: Normalize(0, 1)(np.zeros((2, 2), "uint8")), TypeError, r"must be floating point, got uint8 of shape \(1, 1, 2, 2\)"),
        (lambda: Normalize([0, 0], 1)(np.zeros((3, 2, 2))), ValueError, "mean must be .* got 2 numbers for 3 channels"),
        (lambda: Normalize(0, [1, 1])(np.zeros((3, 2, 2))), ValueError, "std must be .* got 2 numbers for 3 channels"),
    ],
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act()


def test_repr():
    assert repr(ToTensor()) == "ToTensor()"
    assert repr(Normalize([0.5], [0.2])) == "Normalize(mean=[0.5], std=[0.2])"
