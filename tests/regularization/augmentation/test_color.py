import colorsys
from itertools import permutations

import numpy as np
import pytest

from tinyreg.random import Generator
from tinyreg.regularization.augmentation import color
from tinyreg.transforms import ColorJitter, Grayscale

RED, GREEN, BLUE, GREY = [255, 0, 0], [0, 255, 0], [0, 0, 255], [77, 77, 77]
FOUR = np.array([[RED, GREEN, BLUE, GREY]], dtype="uint8")
IN_ORDER = [[0, 1, 2, 3]]


def jitter(x, brightness=1.0, contrast=1.0, saturation=1.0, hue=0.0, order=(0, 1, 2, 3)):
    factors = [[brightness, contrast, saturation, hue]]
    return ColorJitter((0, 9), (0, 9), (0, 9), 0.5)(x, draws=([order], factors))


def test_grey_by_hand():
    assert Grayscale()(FOUR).tolist() == [[[76], [149], [29], [76]]]  # 0.2989, 0.587 and 0.114 of 255; 0.9999 of 77
    assert Grayscale(3)(FOUR)[0, 1].tolist() == [149, 149, 149]
    np.testing.assert_allclose(Grayscale()(np.ones((3, 1, 1))), 0.9999)


def test_grey_images_of_one_channel():
    x = np.array([[1, 2]], dtype="uint8")
    assert Grayscale()(x).tolist() == x.tolist()
    assert Grayscale(3)(x).shape == (1, 2, 3)
    assert Grayscale(3)([x[None]])[0].shape == (1, 1, 2, 3)
    assert Grayscale(3)(np.zeros((4, 1, 2, 2))).shape == (4, 3, 2, 2)


def test_brightness_by_hand():
    x = np.array([[[10, 100, 200]]], dtype="uint8")
    assert jitter(x, brightness=0.55).tolist() == [[[5, 55, 110]]]  # 5.5 without its fraction
    assert jitter(x, brightness=1.5).tolist() == [[[15, 150, 255]]]
    assert jitter(x, brightness=0).max() == 0


def test_contrast_by_hand():
    x = np.array([[0, 100]], dtype="uint8")
    assert jitter(x, contrast=0.5).tolist() == [[25, 75]]
    assert jitter(x, contrast=0).tolist() == [[50, 50]]
    assert jitter(x, contrast=3).tolist() == [[0, 200]]
    y = np.array([[[0.2]], [[0.4]], [[0.6]]])  # a single pixel: its luma is the mean
    luma = 0.2989 * 0.2 + 0.587 * 0.4 + 0.114 * 0.6
    np.testing.assert_allclose(jitter(y, contrast=0.25).ravel(), 0.25 * y.ravel() + 0.75 * luma)


def test_saturation_by_hand():
    assert jitter(FOUR, saturation=0)[0, :, 0].tolist() == [76, 149, 29, 76]
    y = np.array([[[0.2]], [[0.4]], [[0.6]]])
    luma = 0.2989 * 0.2 + 0.587 * 0.4 + 0.114 * 0.6
    np.testing.assert_allclose(jitter(y, saturation=0.25).ravel(), 0.25 * y.ravel() + 0.75 * luma)
    np.testing.assert_array_equal(jitter(np.full((2, 2), 0.3)[None], saturation=0), np.full((1, 2, 2), 0.3))


def test_hue_by_hand():
    np.testing.assert_allclose(jitter(FOUR, hue=0.5)[0], [[0, 255, 255], [255, 0, 255], [255, 255, 0], GREY])
    third = np.array(FOUR[0, :3].T[:, :, None] / 255)  # (3, 3, 1): red, green, blue
    np.testing.assert_allclose(jitter(third, hue=1 / 3)[..., 0].T, [[0, 1, 0], [0, 0, 1], [1, 0, 0]], atol=1e-12)


def test_hue_is_pythons():
    rng = np.random.default_rng(0)
    x = rng.random((3, 20, 20))
    for turn in (-0.5, -0.21, 0.07, 0.5):
        y = jitter(x, hue=turn)
        for i, j in rng.integers(0, 20, (30, 2)):
            h, s, v = colorsys.rgb_to_hsv(*x[:, i, j])
            np.testing.assert_allclose(y[:, i, j], colorsys.hsv_to_rgb((h + turn) % 1, s, v), atol=1e-12)


def test_the_order_matters_and_is_followed():
    x = np.random.default_rng(0).random((3, 4, 4))
    steps = [(color.brighten, 1.4), (color.contrast, 0.3), (color.saturate, 1.7), (color.turn_hue, 0.2)]
    for order in permutations(range(4)):
        expected = x[None]
        for k in order:
            expected = steps[k][0](expected, np.array(steps[k][1]), 1)
        np.testing.assert_allclose(jitter(x, 1.4, 0.3, 1.7, 0.2, order), expected[0], rtol=1e-12)


def test_a_batch_is_its_images():
    rng = np.random.default_rng(0)
    for x in (rng.integers(0, 256, (16, 5, 6, 3), dtype="uint8"), rng.random((16, 3, 5, 6), dtype="float32"), rng.random((16, 1, 5, 6))):
        augment = ColorJitter(0.5, 0.5, 0.5, 0.2)
        y, (order, factors) = augment(x, return_draws=True)
        assert len({tuple(row) for row in order.tolist()}) > 4 and y.dtype == x.dtype
        for i in range(16):
            np.testing.assert_allclose(y[i], augment(x[i], draws=(order[i : i + 1], factors[i : i + 1])), rtol=1e-6, atol=1e-6)


def test_factors_lie_between_their_ends():
    n = 50_000
    order, factors = ColorJitter(0.4, (0.5, 2), None, (-0.1, 0.3)).draw(Generator(4), n, (3, 8, 8))
    ends = np.array([(0.6, 1.4), (0.5, 2), (1, 1), (-0.1, 0.3)])
    assert (factors >= ends[:, 0]).all() and (factors <= ends[:, 1]).all()
    spread = (ends[:, 1] - ends[:, 0]) / 12**0.5
    assert (np.abs(factors.mean(0) - ends.mean(1)) <= 6 * spread / n**0.5 + 1e-12).all()  # 6 sigma of the mean
    counts = np.bincount(order @ [64, 16, 4, 1])
    counts = counts[counts > 0]
    assert len(counts) == 24 and np.abs(counts - n / 24).max() < 6 * (n / 24 * (1 - 1 / 24)) ** 0.5


def test_the_ends_of_the_settings():
    assert ColorJitter(1.5).brightness == (0, 2.5)
    assert ColorJitter(hue=0.2).hue == (-0.2, 0.2)
    assert ColorJitter(0, 0.0, (1, 1), 0).brightness is None and ColorJitter(saturation=(1, 1)).saturation is None
    np.testing.assert_array_equal(ColorJitter()(FOUR), FOUR)


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: Grayscale(2), ValueError, "Grayscale: num_output_channels must be 1 or 3, got 2"),
        (lambda: Grayscale()(np.zeros((2, 4, 4))), TypeError, r"Grayscale: image must have 1 or 3 channels, got 2 in \(1, 2, 4, 4\)"),
        (lambda: ColorJitter()(np.zeros((2, 4, 4))), TypeError, "ColorJitter: image must have 1 or 3 channels, got 2"),
        (lambda: ColorJitter(-1), ValueError, "brightness must be finite and at least 0 if it is one number, got brightness=-1"),
        (lambda: ColorJitter("a"), TypeError, "brightness must be a number or a pair of them, got brightness='a'"),
        (lambda: ColorJitter(contrast=(1, 2, 3)), TypeError, r"got contrast=\(1, 2, 3\)"),
        (lambda: ColorJitter(saturation=(2, 1)), ValueError, r"saturation must rise within \[0, inf\], got saturation=\(2, 1\)"),
        (lambda: ColorJitter(hue=0.7), ValueError, r"hue must rise within \[-0.5, 0.5\], got hue=\(-0.7, 0.7\)"),
        (lambda: ColorJitter(1)(FOUR, draws=IN_ORDER), ValueError, r"draws must be the pair \(order, factors\), got array\(\[\[0, 1, 2"),
        (lambda: ColorJitter(1)(FOUR, draws=([[0, 1, 2, 3]] * 2, [[1, 1, 1, 0]])), ValueError, r"draws of shape \(2, 4\) for 1 images"),
    ],
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act()


def test_repr():
    assert repr(Grayscale()) == "Grayscale(num_output_channels=1)"
    assert repr(ColorJitter(0.5, hue=(0, 0.1))) == "ColorJitter(brightness=(0.5, 1.5), contrast=None, saturation=None, hue=(0.0, 0.1))"
