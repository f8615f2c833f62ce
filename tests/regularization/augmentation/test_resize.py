"""Resize on uint8 arrays, floating point tensors and batches."""

import numpy as np
import pytest

import tinyreg
from tinyreg.transforms import InterpolationMode, Resize

RNG = np.random.default_rng(0)
GREY, COLOUR = RNG.integers(0, 256, (3, 8, 6), dtype="uint8"), RNG.integers(0, 256, (3, 8, 6, 3), dtype="uint8")
NUMBERS = RNG.random((3, 3, 8, 6), dtype="float32")
FORMS = [  # (image or batch, the axis of its rows)
    pytest.param(GREY[0], 0, id="uint8 (H, W)"),
    pytest.param(COLOUR[0], 0, id="uint8 (H, W, C)"),
    pytest.param(NUMBERS[0], 1, id="float32 (C, H, W)"),
    pytest.param(NUMBERS[0].astype("float64"), 1, id="float64 (C, H, W)"),
    pytest.param(COLOUR, 1, id="uint8 (N, H, W, C)"),
    pytest.param(NUMBERS, 2, id="float32 (N, C, H, W)"),
]
every_form = pytest.mark.parametrize(("x", "rows"), FORMS)
every_mode = pytest.mark.parametrize("mode", list(InterpolationMode))


def both(transform, x):
    y, before = transform(x), x.copy()
    z = transform(tinyreg.tensor(x))
    assert isinstance(y, np.ndarray) and isinstance(z, tinyreg.Tensor) and np.array_equal(z.numpy(), y) and np.array_equal(x, before)
    assert y.dtype == x.dtype
    return y


def shape(x, rows, height, width):
    return (*x.shape[:rows], height, width, *x.shape[rows + 2 :])


@every_mode
@every_form
def test_the_same_size_is_the_identity(x, rows, mode):
    for size in (6, (8, 6)):
        y = both(Resize(size, mode), x)
        assert np.array_equal(y, x) and np.shares_memory(y, x)


@every_form
def test_halving_by_hand(x, rows):
    """Each axis by (1, 3, 3, 1)/8, and at the borders by (3, 3, 1)/7."""
    y = both(Resize((4, 3)), x)
    weights = [np.array([[3, 3, 1, 0, 0, 0], [0, 1, 3, 3, 1, 0], [0, 0, 0, 1, 3, 3]]) / [[7], [8], [7]], np.zeros((4, 8))]
    weights[1][[0, 0, 0, 3, 3, 3], [0, 1, 2, 5, 6, 7]] = np.array([3, 3, 1, 1, 3, 3]) / 7
    for row in (1, 2):
        weights[1][row, 2 * row - 1 : 2 * row + 3] = np.array([1, 3, 3, 1]) / 8
    want = np.moveaxis(np.tensordot(weights[1], x.astype("float64"), (1, rows)), 0, rows)
    want = np.moveaxis(np.tensordot(weights[0], want, (1, rows + 1)), 0, rows + 1)
    assert y.shape == want.shape == shape(x, rows, 4, 3)
    assert np.allclose(y, want, rtol=0, atol=1.01 if x.dtype == "uint8" else 1e-6)  # uint8 is rounded twice


@every_form
def test_doubling_by_nearest_repeats(x, rows):
    for mode in ("nearest", "nearest-exact"):
        assert np.array_equal(both(Resize((16, 12), mode), x), x.repeat(2, rows).repeat(2, rows + 1))


@every_mode
@every_form
def test_a_batch_is_its_images(x, rows, mode):
    y = both(Resize((5, 11), mode), x)
    assert y.shape == shape(x, rows, 5, 11)
    if x.ndim == 4:
        assert all(np.array_equal(Resize((5, 11), mode)(image), result) for image, result in zip(x, y))


def test_a_list_is_a_batch_and_its_labels():
    images, labels = Resize(12)([GREY, "labels"])
    assert images.shape == (3, 16, 12) and labels == "labels" and np.array_equal(images[1], Resize(12)(GREY[1]))


def test_nothing_is_drawn():
    x, draws = Resize(3)(GREY[0], return_draws=True)
    assert draws is None and not Resize.stochastic and x.shape == (4, 3)


@pytest.mark.parametrize(
    ("settings", "was", "now"),
    [
        ((20,), (28, 41), (20, 29)),  # 29.29: the fraction is cut off
        ((20,), (43, 28), (30, 20)),  # 30.71
        (([20],), (41, 28), (29, 20)),
        ((20,), (30, 30), (20, 20)),
        (((5, 7),), (30, 30), (5, 7)),
        ((20, "bilinear", 25), (28, 41), (17, 25)),  # 20 x 29 would be too long
        ((20, "bilinear", 29), (28, 41), (20, 29)),
        ((None, "bilinear", 10), (28, 41), (6, 10)),
        ((None, "bilinear", 10), (41, 28), (10, 6)),
    ],
)
def test_sizes(settings, was, now):
    transform = Resize(*settings)
    assert transform.output_size(*was) == now and transform(np.zeros((2, *was, 3), dtype="uint8")).shape == (2, *now, 3)


def test_antialias_none_is_false():
    x = NUMBERS[0]
    plain, smooth = Resize(3, antialias=False)(x), Resize(3)(x)
    assert np.array_equal(Resize(3, antialias=None)(x), plain) and not np.allclose(plain, smooth, atol=0.01)


def test_repr():
    assert repr(Resize((4, 5), "nearest", antialias=None)) == "Resize(size=(4, 5), interpolation=nearest, max_size=None, antialias=None)"


REFUSALS = [
    (lambda: Resize(2.5), TypeError, "Resize: size and max_size must be integers, got size=2.5 and max_size=None; "),
    (lambda: Resize("32"), TypeError, "got size='32' and max_size=None; "),
    (lambda: Resize(8, max_size=9.5), TypeError, "got size=8 and max_size=9.5; "),
    (lambda: Resize(0), ValueError, "Resize: size must be one or two integers of at least 1, got size=0 and max_size=None; "),
    (lambda: Resize((3, 4, 5)), ValueError, r"got size=\(3, 4, 5\) and max_size=None; "),
    (lambda: Resize(()), ValueError, r"got size=\(\) and max_size=None; "),
    (lambda: Resize(None), ValueError, "Resize: max_size must be an integer where size is None, got max_size=None; "),
    (lambda: Resize((3, 4), max_size=9), ValueError, r"Resize: max_size must be None where size is \(height, width\), got 9; "),
    (lambda: Resize(8, max_size=8), ValueError, "Resize: max_size must be larger than size, the smaller edge, got max_size=8 and size=8; "),
    (lambda: Resize(8, "lanczos"), ValueError, "Resize: interpolation must be one of 'nearest', .* got 'lanczos'; "),
    (
        lambda: Resize(None, max_size=3)(np.zeros((1, 9), dtype="uint8")),
        ValueError,
        "Resize: the smaller edge must keep a pixel, got 1x9 with max_size=3; ",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), REFUSALS)
def test_refusals(call, error, message):
    with pytest.raises(error, match=message):
        call()
