"""How far two arrays are apart, by hand; what rounding may leave; and the text of a difference."""

import numpy as np
import pytest

from tinyreg.training.difference import Difference, apart, cancelled, epsilon, largest

inf, nan = float("inf"), float("nan")


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([4.0, 1.0], [4.0, 2.0], [0.0, 0.25]),
        ([-4.0, 0.0], [-4.0, 1e-9], [0.0, 2.5e-10]),
        ([0.0, 0.0], [0.0, -0.0], [0.0, 0.0]),
        ([0.0, 0.0], [0.0, 1e-30], [0.0, inf]),
        ([1.0, nan, inf], [1.0, nan, inf], [0.0, 0.0, 0.0]),
        ([1.0, nan, -inf], [1.0, 2.0, inf], [0.0, inf, inf]),
        ([2.0, inf], [1.0, inf], [0.5, 0.0]),
        ([1, 2], [1, 3], [0.0, inf]),
        ([True, False], [True, False], [0.0, 0.0]),
    ],
)
def test_by_hand(a, b, expected):
    relative, each = apart(np.array(a), np.array(b))
    assert each.tolist() == expected and relative == max(expected)


def test_other_shapes_are_infinitely_far_and_nothing_is_equal_to_nothing():
    assert apart(np.ones(2), np.ones(3))[0] == inf
    assert apart(np.ones((0, 2)), np.ones((0, 2)))[0] == 0


def test_the_floor_is_the_smallest_scale():
    assert apart(np.array([1e-9]), np.array([2e-9]))[0] == 1
    assert apart(np.array([1e-9]), np.array([2e-9]), floor=1.0)[0] == 1e-9
    assert apart(np.array([4.0]), np.array([2.0]), floor=1.0)[0] == 0.5


def test_float32_is_measured_in_float64():
    a = np.array([1.0], dtype="float32")
    assert apart(a, np.nextafter(a, np.float32(2)))[0] == 2**-23


def test_scales():
    assert largest(np.array([])) == 0 and largest(np.array([1.0, -5.0, nan, inf])) == 5
    assert epsilon(np.zeros(1), np.zeros(1, "float32")) == 2**-23 and epsilon(np.zeros(1, int)) == 0


def test_what_rounding_leaves_of_a_sum_that_is_0():
    """A sum of 10,000 normal numbers minus their mean, in another order: far apart, and less than what may be left."""
    x = np.random.default_rng(0).standard_normal(10_000)
    x -= x.mean()
    a, b = np.array(x.sum()), np.array(np.cumsum(x)[-1])
    assert apart(a, b)[0] > 1e-3
    assert 0 < abs(a - b) < cancelled(a, b, (x, 3, None, np.arange(3)))
    assert cancelled(a, b, (x,)) == 64 * 2**-52 * 100 * abs(x).max()
    assert cancelled(a, b, ()) == 0
    assert cancelled(x, x, (x,)) == 8 * 2**-52 * abs(x).max(), "nothing is summed"


def test_the_text():
    told = Difference(3, "backward", "Sin", 0, "1 Sine()", (8, 6), "float64", 3e-5, 2, "so it is", "file.py:3: y = x.sin()")
    assert str(told).splitlines() == [
        "in step 3, backward of Sin, gradient of input 0",
        "  by 1 Sine()",
        "  shape (8, 6), float64: 3.0e-05 of the largest value, 2 of 48 elements beyond the tolerance",
        "  so it is",
        "  called at file.py:3: y = x.sin()",
    ]
    assert str(Difference(0, "weight", "0.bias")) == "before the first step, the weight 0.bias"
    assert "without a measure, 1 of 1" in str(Difference(1, "draw", "normal", shape=(), dtype="float64", many=1))
