import re

import numpy as np
import pytest

import tinyreg
from tinyreg.ops.number import check_number, check_strength, in_dtype, whole_range


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


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64", "uint64"])
def test_a_number_in_an_integer_dtype(dtype):
    dtype, info = np.dtype(dtype), np.iinfo(dtype)
    assert whole_range(dtype) == (info.min, info.max)
    assert in_dtype("f", 2.7, dtype) == 2 and in_dtype("f", info.max, dtype) == info.max and in_dtype("f", info.min, dtype) == info.min
    assert in_dtype("f", -3, dtype) == np.asarray(-3).astype(dtype)  # counted back from the largest, where there are none below 0
    for value in (info.max + 1, -info.max - 2, float("inf"), float("nan"), 1e30):
        with pytest.raises(RuntimeError, match=re.escape(f"f: value must fit into dtype {dtype}, got {value}; choose a wider dtype")):
            in_dtype("f", value, dtype)


def test_a_number_in_another_dtype():
    assert in_dtype("f", 3, np.dtype("float32")) == 3.0 and in_dtype("f", float("nan"), np.dtype("bool")) is True
    with pytest.raises(RuntimeError, match="f: value must fit into dtype uint8, got -2.5"):
        in_dtype("f", -2.5, np.dtype("uint8"))
