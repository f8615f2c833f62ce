import numpy as np
import pytest

import tinyreg
from tinyreg.ops.number import check_number, check_strength


@pytest.mark.parametrize("value", [0, 0.5, True, np.float32(0.5), np.array(0.5), tinyreg.tensor(0.5), float("nan")])
def test_numbers_of_every_kind_pass(value):
    check_number("room", strength=value)


@pytest.mark.parametrize("value, shown", [("x", "'x'"), ("0.5", "'0.5'"), (None, "None"), ([0.5], r"\[0.5\]"), (1j, "1j")])
def test_anything_else_is_named(value, shown):
    with pytest.raises(TypeError, match=f"^room: strength must be a number, got strength={shown}; give an integer or a float$"):
        check_number("room", rate=1, strength=value)


@pytest.mark.parametrize("value", [-0.5, float("inf"), float("nan")])
def test_a_strength_is_finite_and_not_negative(value):
    check_strength("f", strength=0, lr=1e9)
    with pytest.raises(ValueError, match=f"f: lr must be a finite number of at least 0, got lr={value}; 0 switches it off"):
        check_strength("f", strength=0.1, lr=value)
    with pytest.raises(TypeError, match="f: strength must be a number, got strength='a'"):
        check_strength("f", strength="a")
