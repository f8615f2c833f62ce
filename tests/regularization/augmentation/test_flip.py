import numpy as np
import pytest

import tinyreg as torch
from tinyreg.random import Generator
from tinyreg.transforms import RandomHorizontalFlip, RandomVerticalFlip


def test_by_hand():
    x = np.array([[1, 2, 3], [4, 5, 6]], dtype="uint8")
    assert RandomHorizontalFlip(p=1)(x).tolist() == [[3, 2, 1], [6, 5, 4]]
    assert RandomVerticalFlip(p=1)(x).tolist() == [[4, 5, 6], [1, 2, 3]]
    assert RandomHorizontalFlip(p=1)(x.astype("float64")[None]).tolist() == [[[3, 2, 1], [6, 5, 4]]]


def test_each_image_of_a_batch_has_a_draw_of_its_own():
    x = np.arange(24, dtype="uint8").reshape(4, 2, 3)
    y, draws = RandomHorizontalFlip()([x], draws=[True, False, False, True], return_draws=True)
    assert draws.tolist() == [True, False, False, True]
    np.testing.assert_array_equal(y[0], [x[0, :, ::-1], x[1], x[2], x[3, :, ::-1]])


@pytest.mark.parametrize("flip", [RandomHorizontalFlip, RandomVerticalFlip])
def test_twice_is_the_identity_and_the_ends_are_exact(flip):
    x = np.random.default_rng(0).random((6, 3, 4, 5))
    np.testing.assert_array_equal(flip(p=0)(x), x)
    np.testing.assert_array_equal(flip(p=1)(flip(p=1)(x)), x)
    y, draws = flip()(x, return_draws=True)
    np.testing.assert_array_equal(flip()(y, draws=draws), x)


def test_the_input_is_left_as_it_is():
    x = np.random.default_rng(0).integers(0, 256, (6, 4, 5, 3), dtype="uint8")
    before = x.copy()
    RandomHorizontalFlip(p=1)(x)
    RandomHorizontalFlip(p=0.5)(x)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_the_share_that_is_flipped(p):
    n = 100_000
    flipped = RandomHorizontalFlip(p).draw(Generator(1), n, (1, 8, 8))
    assert abs(flipped.sum() - n * p) < 6 * (n * p * (1 - p)) ** 0.5  # 6 sigma of the binomial distribution


@pytest.mark.parametrize(
    ("p", "error", "message"),
    [
        (1.3, ValueError, "RandomHorizontalFlip: p must lie in .0, 1., got p=1.3; p is the probability of flipping"),
        ("a", TypeError, "got p='a'"),
    ],
)
def test_refusals(p, error, message):
    with pytest.raises(error, match=message):
        RandomHorizontalFlip(p)


def test_repr():
    assert repr(RandomHorizontalFlip()) == "RandomHorizontalFlip(p=0.5)"
    assert repr(RandomVerticalFlip(1)) == "RandomVerticalFlip(p=1)"


def test_tensors_stay_tensors():
    y = RandomVerticalFlip(p=1)(torch.tensor([[1], [2]], dtype=torch.uint8))
    assert isinstance(y, torch.Tensor) and y.tolist() == [[2], [1]]
