import numpy as np
import pytest

from tinyreg.random import Generator
from tinyreg.transforms import CenterCrop, Pad, RandomCrop

SQUARE = np.arange(16, dtype="uint8").reshape(4, 4)


def test_by_hand():
    assert RandomCrop(2)(SQUARE, draws=[(1, 2)]).tolist() == [[6, 7], [10, 11]]
    assert RandomCrop((1, 3), padding=(0, 1))(SQUARE, draws=[(0, 1)]).tolist() == [[0, 0, 0]]
    assert CenterCrop(2)(SQUARE).tolist() == [[5, 6], [9, 10]]
    assert CenterCrop((1, 6))(SQUARE).tolist() == [[0, 8, 9, 10, 11, 0]]  # (4 - 1)/2 = 1.5 rounds to the even 2


@pytest.mark.parametrize("layout", ["uint8", "uint8 colours", "float"])
@pytest.mark.parametrize(
    "settings", [{}, {"padding": 2}, {"padding": (1, 0, 2, 3), "padding_mode": "symmetric"}, {"padding": 1, "fill": 1}]
)
def test_a_batch_is_its_images(layout, settings):
    rng = np.random.default_rng(0)
    shape = {"uint8": (9, 7, 8), "uint8 colours": (9, 7, 8, 3), "float": (9, 3, 7, 8)}[layout]
    x = rng.random(shape, dtype="float32") if layout == "float" else rng.integers(0, 256, shape, dtype="uint8")
    crop = RandomCrop((5, 6), **settings)
    (y,), draws = crop([x], return_draws=True)
    framed = Pad(settings.get("padding", 0), settings.get("fill", 0), settings.get("padding_mode", "constant"))([x])[0]
    assert len({tuple(draw) for draw in draws.tolist()}) > 1
    for image, whole, (top, left) in zip(y, framed, draws):
        window = (slice(top, top + 5), slice(left, left + 6))
        np.testing.assert_array_equal(image, whole[(slice(None), *window)] if layout == "float" else whole[window])


def test_every_place_is_equally_likely():
    n = 81 * 1000
    draws = RandomCrop(8, padding=4).draw(Generator(2), n, (1, 8, 8))
    assert draws.min() == 0 and draws.max() == 8
    counts = np.bincount(draws[:, 0] * 9 + draws[:, 1], minlength=81)
    assert np.abs(counts - n / 81).max() < 6 * (n / 81 * (1 - 1 / 81)) ** 0.5  # 6 sigma of the binomial distribution


def test_no_place_but_one():
    np.testing.assert_array_equal(RandomCrop(4)(SQUARE), SQUARE)
    np.testing.assert_array_equal(CenterCrop(4)(SQUARE), SQUARE)


def test_pad_if_needed_frames_both_sides_by_what_is_missing():
    y, draws = RandomCrop((4, 6), pad_if_needed=True, fill=9)(SQUARE, return_draws=True)
    assert y.shape == (4, 6) and draws[0, 0] == 0
    np.testing.assert_array_equal(y, np.pad(SQUARE, ((0, 0), (2, 2)), constant_values=9)[:, draws[0, 1] : draws[0, 1] + 6])
    places = RandomCrop((4, 6), pad_if_needed=True).draw(Generator(0), 1000, (1, 4, 4))
    assert set(places[:, 1].tolist()) == {0, 1, 2}


def test_batches_of_none_and_of_one():
    assert RandomCrop(2)(np.zeros((0, 4, 4, 3), dtype="uint8")).shape == (0, 2, 2, 3)
    assert RandomCrop(2)(np.zeros((1, 3, 4, 4))).shape == (1, 3, 2, 2)


def test_the_input_is_left_as_it_is():
    x = np.random.default_rng(0).integers(0, 256, (6, 4, 5, 3), dtype="uint8")
    before = x.copy()
    y = RandomCrop((4, 4))(x)
    y[...] = 0
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: RandomCrop("a"), TypeError, "RandomCrop: size must be an integer or a pair of them, got 'a'"),
        (lambda: CenterCrop(2.5), TypeError, "CenterCrop: size must be an integer or a pair of them, got 2.5"),
        (lambda: CenterCrop(0), ValueError, "size must be one or two integers of at least 1, got 0"),
        (lambda: CenterCrop((1, 2, 3)), ValueError, r"got \(1, 2, 3\)"),
        (lambda: RandomCrop(2, padding="a"), TypeError, "RandomCrop: padding must be .* got 'a'"),
        (lambda: RandomCrop(2, padding_mode="wrap"), ValueError, "RandomCrop: padding_mode must be one of .* got 'wrap'"),
        (lambda: RandomCrop(5)(SQUARE), ValueError, r"no larger than the padded image, got size=\(5, 5\) for 4x4; pass padding"),
        (lambda: RandomCrop(7, padding=1)(SQUARE), ValueError, r"got size=\(7, 7\) for 6x6"),
        (lambda: RandomCrop(2)(SQUARE, draws=[(0, 3)]), ValueError, r"draws must lie in \[0, 2\] and \[0, 2\], got from \[0 3\]"),
        (lambda: RandomCrop(2)(SQUARE, draws=[(-1, 0)]), ValueError, r"got from \[-1 +0\]"),
        (lambda: RandomCrop(2)(SQUARE, draws=[(0, 0), (0, 0)]), ValueError, r"draws of shape \(2, 2\) for 1 images"),
    ],
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act()


def test_repr():
    assert repr(CenterCrop(3)) == "CenterCrop(size=(3, 3))"
    assert repr(RandomCrop(24, padding=4)) == "RandomCrop(size=(24, 24), padding=4)"
    assert repr(RandomCrop(24, 4, True, 3, "edge")).endswith("padding=4, pad_if_needed=True, fill=3, padding_mode=edge)")
