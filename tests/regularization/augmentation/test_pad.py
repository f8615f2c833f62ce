import numpy as np
import pytest

from tinyreg.transforms import Pad

ROW = np.array([[1, 2, 3]], dtype="uint8")


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("constant", [7, 7, 1, 2, 3, 7]),
        ("edge", [1, 1, 1, 2, 3, 3]),
        ("reflect", [3, 2, 1, 2, 3, 2]),
        ("symmetric", [2, 1, 1, 2, 3, 3]),
    ],
)
def test_by_hand(mode, expected):
    assert Pad((2, 0, 1, 0), fill=7, padding_mode=mode)(ROW).tolist() == [expected]


@pytest.mark.parametrize("mode", ["constant", "edge", "reflect", "symmetric"])
@pytest.mark.parametrize("padding", [0, 1, (2, 1), (1, 2, 3, 0), [3]])
def test_is_numpys_pad(mode, padding):
    x = np.random.default_rng(0).integers(0, 256, (2, 5, 6, 3), dtype="uint8")
    left, top, right, bottom = (list(padding) * 4)[:4] if isinstance(padding, (tuple, list)) else [padding] * 4
    frame = ((0, 0), (top, bottom), (left, right), (0, 0))
    np.testing.assert_array_equal(Pad(padding, padding_mode=mode)(x), np.pad(x, frame, mode=mode))
    image = x[0].transpose(2, 0, 1) / 255
    np.testing.assert_array_equal(Pad(padding, padding_mode=mode)(image), np.pad(image, ((0, 0), *frame[1:3]), mode=mode))


def test_negative_numbers_crop():
    x = np.arange(20, dtype="uint8").reshape(4, 5)
    for mode in ("constant", "edge", "reflect", "symmetric"):
        np.testing.assert_array_equal(Pad((-1, -2, -1, 0), padding_mode=mode)(x), x[2:, 1:4])
    np.testing.assert_array_equal(Pad((-1, 0, 1, 0), fill=9)(x), np.pad(x[:, 1:], ((0, 0), (0, 1)), constant_values=9))


def test_one_fill_a_channel():
    y = Pad(1, fill=(10, 20, 30))(np.zeros((1, 1, 3), dtype="uint8"))
    assert y.shape == (3, 3, 3) and y[0, 0].tolist() == [10, 20, 30] and y[1, 1].tolist() == [0, 0, 0]
    assert Pad(1, fill=0.5)(np.zeros((1, 1, 1), dtype="float32"))[0].tolist() == [[0.5] * 3, [0.5, 0, 0.5], [0.5] * 3]


def test_nothing_is_copied_where_nothing_is_added():
    assert np.shares_memory(Pad(0)(ROW), ROW)


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: Pad("a"), TypeError, "Pad: padding must be an integer or a tuple of them, got 'a'"),
        (lambda: Pad(1.5), TypeError, "got 1.5"),
        (lambda: Pad((1, 2, 3)), ValueError, r"padding must hold 1, 2 or 4 integers, got 3: \(1, 2, 3\)"),
        (lambda: Pad(1, padding_mode="wrap"), ValueError, "padding_mode must be one of .* got 'wrap'"),
        (lambda: Pad(1, fill="red"), TypeError, "fill must be a number, got fill='red'"),
        (lambda: Pad(1, (1, 2, 3), "edge"), ValueError, r"fill must be a number where padding_mode is 'edge', got fill=\(1, 2, 3\)"),
        (lambda: Pad(1, fill=(1, 2))(ROW), ValueError, "fill must be .*, got 2 numbers for 1 channels"),
        (lambda: Pad(1, fill=300)(ROW), ValueError, r"fill must lie in \[0, 255\] for uint8 images, got fill=300"),
        (lambda: Pad((3, 0), padding_mode="reflect")(ROW), ValueError, r"must be narrower .*got .* \(3, 0, 3, 0\) for an image of 1x3"),
        (lambda: Pad((4, 0), padding_mode="symmetric")(ROW), ValueError, r"must be no wider .*got .* \(4, 0, 4, 0\) for an image of 1x3"),
        (lambda: Pad((-3, 0, 1, 0))(ROW), ValueError, r"must leave a pixel, got .* \(-3, 0, 1, 0\) for an image of 1x3"),
        (lambda: Pad(-1)(ROW), ValueError, "for an image of 1x3"),
    ],
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act()


def test_repr():
    assert repr(Pad(1)) == "Pad(padding=1, fill=0, padding_mode=constant)"
