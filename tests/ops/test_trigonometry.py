import math

import numpy as np
import pytest

import tinyreg
from tinyreg.autograd import gradcheck

NAMES = "sin cos tan asin acos atan sinh cosh".split()


def leaf(values, dtype=np.float64):
    return tinyreg.tensor(np.array(values, dtype=dtype), requires_grad=True)


@pytest.mark.parametrize(
    "name, x, y, slope",
    [
        ("sin", math.pi / 3, math.sqrt(3) / 2, 0.5),
        ("cos", math.pi / 6, math.sqrt(3) / 2, -0.5),
        ("tan", math.pi / 4, 1, 2),
        ("asin", 0.6, math.asin(0.6), 1 / 0.8),
        ("acos", 0.6, math.acos(0.6), -1 / 0.8),
        ("atan", 2, math.atan(2), 1 / 5),
        ("sinh", math.log(2), 0.75, 1.25),
        ("cosh", math.log(2), 1.25, 0.75),
    ],
)
def test_values_and_slopes_by_hand(name, x, y, slope):
    x = leaf(x)
    out = getattr(tinyreg, name)(x)
    out.backward()
    assert out.item() == pytest.approx(y, rel=1e-14) and x.grad.item() == pytest.approx(slope, rel=1e-14)


@pytest.mark.parametrize("name", NAMES)
def test_gradients_dtypes_and_kinds(name):
    function = getattr(tinyreg, name)
    for shape in [(), (0,), (3, 4)]:
        assert gradcheck(function, (leaf(np.random.default_rng(0).uniform(-0.9, 0.9, shape)),), atol=1e-7, rtol=1e-7)
    for dtype in ("float16", "float32"):
        x = leaf([0.5, 0.25], dtype)
        function(x).sum().backward()
        assert function(x).dtype == x.grad.dtype == dtype
    assert function(tinyreg.tensor([0, 1])).dtype == tinyreg.float32
    with pytest.raises(TypeError, match=f"{name}: input must be a Tensor, got float"):
        function(0.5)


def test_identities():
    x = tinyreg.tensor(np.linspace(-1, 1, 11))
    for a, b in [
        (x.sin() ** 2 + x.cos() ** 2, x * 0 + 1),
        (x.tan(), x.sin() / x.cos()),
        (x.asin().sin(), x),
        (x.acos() + x.asin(), x * 0 + math.pi / 2),
        (x.atan().tan(), x),
        (x.cosh() ** 2 - x.sinh() ** 2, x * 0 + 1),
    ]:
        np.testing.assert_allclose(a.numpy(), b.numpy(), atol=1e-14)


def test_the_angle_of_a_point():
    turn = np.linspace(-3, 3, 13)
    a, b = leaf(2 * np.sin(turn)), leaf(2 * np.cos(turn))
    angle = tinyreg.atan2(a, b)
    np.testing.assert_allclose(angle.detach().numpy(), turn, atol=1e-14)
    angle.sum().backward()
    # across the direction of the point, the farther out the less
    np.testing.assert_allclose(a.grad.numpy(), np.cos(turn) / 2, atol=1e-14)
    np.testing.assert_allclose(b.grad.numpy(), -np.sin(turn) / 2, atol=1e-14)


def test_the_angle_of_the_origin_has_no_slope():
    a, b = leaf([0.0]), leaf([0.0])
    tinyreg.atan2(a, b).backward()
    assert a.grad.item() == b.grad.item() == 0


def test_dtypes_and_refusals_of_atan2():
    i = tinyreg.tensor([1, 2])
    assert tinyreg.atan2(i, i).dtype == tinyreg.float32 and i.atan2(i.double()).dtype == tinyreg.float64
    with pytest.raises(TypeError, match="atan2: other must be a Tensor, got float"):
        tinyreg.atan2(i, 2.0)
    with pytest.raises(RuntimeError, match=r"atan2: .*\(2,\) and \(3,\)"):
        tinyreg.atan2(i, tinyreg.ones(3))


def test_at_the_ends_of_where_they_are_defined():
    x = leaf([-1.0, 1.0, 2.0])
    with np.errstate(all="ignore"):
        y = tinyreg.asin(x)
        y.sum().backward()
    np.testing.assert_array_equal(y.detach().numpy(), [-math.pi / 2, math.pi / 2, math.nan])
    np.testing.assert_array_equal(x.grad.numpy(), [math.inf, math.inf, math.nan])
