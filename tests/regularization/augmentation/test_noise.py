import numpy as np
import pytest

from tinyreg.random import Generator
from tinyreg.transforms import GaussianNoise


def test_by_hand():
    x = np.array([[[0.5, 0.5, 0.0, 1.0]]])
    e = np.array([[[[1.0, -2.0, -3.0, 3.0]]]])
    np.testing.assert_allclose(GaussianNoise(sigma=0.1)(x, draws=e), [[[0.6, 0.3, 0, 1]]])
    np.testing.assert_allclose(GaussianNoise(mean=0.1, sigma=0.1, clip=False)(x, draws=e), [[[0.7, 0.4, -0.2, 1.4]]], atol=1e-15)


def test_uint8_by_hand():
    x = np.array([[100, 100, 0, 255]], dtype="uint8")
    e = np.array([[[[1.0, -1.0, -3.0, 3.0]]]])
    assert GaussianNoise(sigma=0.01)(x, draws=e).tolist() == [[102, 98, 0, 255]]  # 2.55 without its fraction
    assert GaussianNoise(sigma=0.01, clip=False)(x, draws=e).tolist() == [[102, 98, 249, 6]]  # wraps around at 7.65


@pytest.mark.parametrize("dtype", ["uint8", "float16", "float32", "float64"])
def test_dtype_stays(dtype):
    x = np.zeros((3, 4, 4), dtype=dtype)
    assert GaussianNoise()(x).dtype == dtype and GaussianNoise(sigma=0)(x).tolist() == x.tolist()


def test_mean_and_deviation_of_the_noise():
    n = 400_000
    y = GaussianNoise(mean=0.25, sigma=0.05, clip=False, generator=Generator(3))(np.zeros((1, 1, 1, n))).ravel()
    assert abs(y.mean() - 0.25) < 6 * 0.05 / n**0.5
    assert abs(y.var() / 0.05**2 - 1) < 6 * (2 / n) ** 0.5  # of the variance of n normal numbers, in units of it


def test_no_two_images_have_the_same_noise():
    y = GaussianNoise()(np.full((2, 1, 4, 4), 0.5))
    assert np.abs(y[0] - y[1]).max() > 0


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: GaussianNoise(sigma=-1), ValueError, "GaussianNoise: sigma must be finite and at least 0, got sigma=-1"),
        (lambda: GaussianNoise(mean="a"), TypeError, "got mean='a'"),
        (
            lambda: GaussianNoise()(np.zeros((1, 2, 2)), draws=np.zeros((1, 1, 3, 2))),
            ValueError,
            r"one number a pixel, got draws of shape \(1, 1, 3, 2\) for images of shape \(1, 1, 2, 2\)",
        ),
    ],
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act()


def test_repr():
    assert repr(GaussianNoise()) == "GaussianNoise(mean=0.0, sigma=0.1, clip=True)"
