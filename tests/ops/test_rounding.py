import math

import numpy as np
import pytest

import tinyreg

STEPS = "sign floor ceil trunc round".split()


@pytest.mark.parametrize("name", STEPS)
def test_the_stairs_are_level(name):
    x = tinyreg.tensor([-1.5, 0.3, 2.7], requires_grad=True)
    getattr(tinyreg, name)(x).backward(tinyreg.tensor([1.0, 2.0, 3.0]))
    assert x.grad.tolist() == [0, 0, 0]


def test_frac_is_what_trunc_leaves():
    x = tinyreg.tensor([-1.5, 0.25, 3.0], requires_grad=True)
    y = tinyreg.frac(x)
    assert y.tolist() == [-0.5, 0.25, 0] and (y + x.trunc()).tolist() == x.tolist()
    y.backward(tinyreg.tensor([1.0, 2.0, 3.0]))
    assert x.grad.tolist() == [1, 2, 3]


def test_the_sign_of_nan_is_0():
    x = tinyreg.tensor([math.nan, -0.0, math.inf, -3.0])
    assert tinyreg.sign(x).tolist() == [0, 0, 1, -1]
    for dtype in ("float16", "float64", "int8", "uint8", "bool"):
        y = tinyreg.sign(tinyreg.tensor([0, 1, 1], dtype=dtype))
        assert y.dtype == dtype and y.tolist() == [0, 1, 1]


def test_in_place_and_aliases():
    x = tinyreg.tensor([-1.5, 2.5])
    assert tinyreg.fix is tinyreg.trunc and x.clone().frac_().tolist() == [-0.5, 0.5] and x.fix_().tolist() == [-1, 2]


@pytest.mark.parametrize("name", ["floor", "ceil", "trunc", "round"])
def test_bools_are_no_numbers(name):
    with pytest.raises(NotImplementedError, match=f"{name}: input must be numbers, got dtype bool"):
        getattr(tinyreg, name)(tinyreg.tensor([True]))


def test_integers_have_no_decimals():
    assert tinyreg.round(tinyreg.tensor([15])).tolist() == [15]
    with pytest.raises(NotImplementedError, match="round: input must be floating point, got dtype int64"):
        tinyreg.round(tinyreg.tensor([15]), decimals=-1)
    with pytest.raises(NotImplementedError, match="frac: input must be floating point, got dtype int64"):
        tinyreg.frac(tinyreg.tensor([15]))
    np.testing.assert_array_equal(tinyreg.round(tinyreg.tensor([15.0]), decimals=-1).numpy(), [20])
