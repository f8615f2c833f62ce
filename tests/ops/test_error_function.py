import math

import numpy as np
import pytest

import tinyreg
from tinyreg.autograd import gradcheck
from tinyreg.backend import PIECE
from tinyreg.ops.error_function import erf_values, polynomial


def test_the_last_digits():
    x = np.linspace(-8, 8, 100_001)
    wanted = np.array([math.erf(number) for number in x])
    got = erf_values(x)
    np.testing.assert_allclose(got, wanted, rtol=5e-16, atol=0)
    np.testing.assert_array_equal(got, -erf_values(-x))  # odd, to the last digit
    assert (np.diff(got) >= -2e-16).all() and abs(got).max() == 1


def test_float32_and_float16_keep_their_digits():
    x = np.linspace(-5, 5, 1001)
    wanted = np.array([math.erf(number) for number in x])
    for dtype, tolerance in ((np.float32, 3e-7), (np.float16, 2e-3)):
        got = erf_values(x.astype(dtype))
        assert got.dtype == dtype
        np.testing.assert_allclose(got, wanted, atol=tolerance)


def test_where_nothing_is_left_to_compute():
    got = erf_values(np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1e300, 1e-300, 6, -7]))
    np.testing.assert_array_equal(got, [0, 0, 1, -1, np.nan, 1, 2 / math.sqrt(math.pi) * 1e-300, 1, -1])
    assert np.signbit(got).tolist() == [False, True, False, True, False, False, False, False, True]


@pytest.mark.parametrize("layout", [lambda a: a, lambda a: a.T, lambda a: a[::2, 1:], lambda a: a[0, 0], lambda a: a[:0]])
def test_layouts_and_pieces(layout):
    wide = np.random.default_rng(0).standard_normal((300, PIECE // 100))
    x = layout(wide)
    got = erf_values(np.asarray(x))
    assert got.shape == x.shape
    for place in ((0,) * x.ndim, (-1,) * x.ndim) if x.size else ():
        assert got[place] == pytest.approx(math.erf(x[place]), rel=1e-15)


def test_the_slope_is_the_bell_curve():
    x = tinyreg.tensor([-2.0, 0.0, 1.0], dtype=tinyreg.float64, requires_grad=True)
    tinyreg.erf(x).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 2 / math.sqrt(math.pi) * np.exp([-4, 0, -1]), rtol=1e-15)
    assert gradcheck(tinyreg.erf, (x,))


def test_it_is_the_integral_of_its_slope():
    """Simpson's rule on 2000 steps is exact to 1e-13 here."""
    t = np.linspace(0, 1.5, 2001)
    weights = np.ones(2001)
    weights[1:-1:2], weights[2:-1:2] = 4, 2
    integral = (weights * np.exp(-t * t)).sum() * (t[1] / 3) * 2 / math.sqrt(math.pi)
    assert erf_values(np.array([1.5]))[0] == pytest.approx(integral, abs=1e-13)


def test_integers_become_floating_point():
    assert tinyreg.erf(tinyreg.tensor([0, 1])).dtype == tinyreg.float32
    with pytest.raises(TypeError, match="erf: input must be a Tensor, got list"):
        tinyreg.erf([1.0])


def test_horner():
    assert polynomial((2.0, -1.0, 3.0), np.array([0.0, 1.0, 2.0])).tolist() == [3, 4, 9]
