import math

import numpy as np
import pytest

import tinyreg
from tinyreg.autograd.gradcheck import gradcheck
from tinyreg.nn import functional as F
from tinyreg.ops.rectifier import SELU_ALPHA, SELU_SCALE


def leaf(values, dtype=np.float64):
    return tinyreg.tensor(np.array(values, dtype=dtype), requires_grad=True)


@pytest.mark.parametrize(
    "function, x, y, slope",
    [
        (F.relu, 3, 3, 1),
        (F.relu, -3, 0, 0),
        (F.relu, 0, 0, 0),
        (F.leaky_relu, -3, -0.03, 0.01),
        (lambda x: F.leaky_relu(x, 2.0), -3, -6, 2),
        (lambda x: F.leaky_relu(x, -1.0), -3, 3, -1),
        (lambda x: F.leaky_relu(x, 0.5), 0, 0, 0.5),
        (F.elu, 3, 3, 1),
        (F.elu, -1, 1 / math.e - 1, 1 / math.e),
        (lambda x: F.elu(x, alpha=2.0), -1, 2 / math.e - 2, 2 / math.e),
        (lambda x: F.elu(x, alpha=2.0), 0, 0, 2),
        (F.selu, 2, 2 * SELU_SCALE, SELU_SCALE),
        (F.selu, -1, SELU_SCALE * SELU_ALPHA * (1 / math.e - 1), SELU_SCALE * SELU_ALPHA / math.e),
        (F.selu, 0, 0, SELU_SCALE * SELU_ALPHA),
        (lambda x: F.celu(x, 2.0), -2, 2 / math.e - 2, 1 / math.e),
        (lambda x: F.celu(x, 0.5), 0, 0, 1),
        (lambda x: F.celu(x, 0.5), 3, 3, 1),
        (F.relu6, 6.5, 6, 0),
        (F.relu6, 6, 6, 0),
        (F.relu6, 5, 5, 1),
        (F.relu6, 0, 0, 0),
        (lambda x: F.hardtanh(x, -2, 0.5), -1.5, -1.5, 1),
        (lambda x: F.hardtanh(x, -2, 0.5), -2, -2, 0),
        (lambda x: F.hardtanh(x, -2, 0.5), 3, 0.5, 0),
    ],
)
def test_values_and_slopes_by_hand(function, x, y, slope):
    x = leaf([x])
    out = function(x)
    np.testing.assert_allclose(out.detach().numpy(), [y], rtol=1e-14)
    out.backward(tinyreg.ones_like(out))
    np.testing.assert_allclose(x.grad.numpy(), [slope], rtol=1e-14)


def test_selu_keeps_mean_0_and_variance_1():
    """n = 10^6 normal numbers: the mean of the output is 0 within 6 standard errors, its second moment 1."""
    y = F.selu(tinyreg.randn(1_000_000, dtype=tinyreg.float64)).numpy()
    assert abs(y.mean()) < 6 * y.std() / 1000
    assert abs((y * y).mean() - 1) < 6 * (y * y).std() / 1000


def test_celu_and_elu_meet_at_alpha_1():
    x = np.linspace(-3, 3, 13)
    np.testing.assert_array_equal(F.celu(tinyreg.tensor(x)).numpy(), F.elu(tinyreg.tensor(x)).numpy())


def test_hardtanh_is_clamp_except_at_its_bounds():
    x, twin = leaf([-2.0, -1.0, 0.3, 1.0, 2.0]), leaf([-2.0, -1.0, 0.3, 1.0, 2.0])
    y, z = F.hardtanh(x), tinyreg.clamp(twin, -1, 1)
    assert y.tolist() == z.tolist()
    y.sum().backward()
    z.sum().backward()
    assert x.grad.tolist() == [0, 0, 1, 0, 0] and twin.grad.tolist() == [0, 1, 1, 1, 0]


# prelu


def test_prelu_by_hand():
    x, weight = leaf([[-1.0, -2.0, 4.0], [3.0, -5.0, -6.0]]), leaf([0.5, 0.1, 2.0])
    y = F.prelu(x, weight)
    np.testing.assert_allclose(y.detach().numpy(), [[-0.5, -0.2, 4], [3, -0.5, -12]], rtol=1e-15)
    y.backward(tinyreg.tensor([[1.0, 1.0, 1.0], [1.0, 10.0, 100.0]], dtype=tinyreg.float64))
    np.testing.assert_allclose(x.grad.numpy(), [[0.5, 0.1, 1], [1, 1, 200]], rtol=1e-15)
    assert weight.grad.tolist() == [-1, -2 - 50, -600]


@pytest.mark.parametrize(
    "shape, slopes", [((), ()), ((), (1,)), ((5,), (1,)), ((2, 3), ()), ((2, 3), (3,)), ((2, 3, 2, 2), (3,)), ((0, 3), (3,))]
)
def test_prelu_is_leaky_relu_with_a_slope_that_learns(shape, slopes):
    rng = np.random.default_rng(0)
    x, weight = rng.standard_normal(shape), np.full(slopes, 0.3)
    x = leaf(x + 0.1 * np.sign(x))
    np.testing.assert_allclose(F.prelu(x, leaf(weight)).detach().numpy(), F.leaky_relu(x, 0.3).detach().numpy(), rtol=1e-15)
    assert gradcheck(F.prelu, (x, leaf(rng.standard_normal(slopes))))


def test_prelu_computes_only_what_is_wanted():
    x, weight = tinyreg.randn(2, 3), tinyreg.randn(3)
    F.prelu(x, weight.requires_grad_()).sum().backward()
    assert x.grad is None and weight.grad.dtype == tinyreg.float32
    slopes, weight = weight.grad.clone(), weight.detach()
    F.prelu(x.requires_grad_(), weight).sum().backward()
    assert weight.grad is None
    np.testing.assert_allclose(slopes.numpy(), np.minimum(x.detach().numpy(), 0).sum(axis=0), rtol=1e-6)


@pytest.mark.parametrize(
    "x, weight, error, message",
    [
        (tinyreg.ones(2, 3), tinyreg.ones(2), RuntimeError, r"each of 3 channels, got shape \(2,\) for input of shape \(2, 3\)"),
        (tinyreg.ones(3), tinyreg.ones(3), RuntimeError, r"each of 1 channels, got shape \(3,\) for input of shape \(3,\)"),
        (tinyreg.tensor(1.0), tinyreg.ones(2), RuntimeError, r"got shape \(2,\) for input of shape \(\)"),
        (tinyreg.ones(2, 1), tinyreg.ones(1, 1), RuntimeError, r"got shape \(1, 1\) for input of shape \(2, 1\)"),
        (tinyreg.ones(2, 3), tinyreg.ones(0), RuntimeError, r"got shape \(0,\)"),
        (tinyreg.ones(2, 3), tinyreg.ones(3).double(), RuntimeError, "one dtype, got float32 and float64"),
        (tinyreg.ones(2, 3).long(), tinyreg.ones(3).long(), NotImplementedError, "input must be floating point, got dtype int64"),
        (tinyreg.ones(2, 3), 0.5, TypeError, "weight must be a Tensor, got float"),
        (np.ones(2), tinyreg.ones(1), TypeError, "input must be a Tensor, got ndarray"),
    ],
)
def test_prelu_refuses(x, weight, error, message):
    with pytest.raises(error, match=f"^prelu: .*{message}"):
        F.prelu(x, weight)


# integers, bounds, bools


def test_bounds_of_integers():
    x = tinyreg.arange(6) - 2
    assert F.relu6(x * 3).tolist() == [0, 0, 0, 3, 6, 6] and F.relu6(x).dtype == tinyreg.int64
    assert F.hardtanh(x, -1.5, 2.5).tolist() == [-1, -1, 0, 1, 2, 2]
    with pytest.raises(RuntimeError, match=r"hardtanh: .* in \[0, 255\] for input of dtype uint8, got min_val=-1.0 and max_val=1.0"):
        F.hardtanh(tinyreg.tensor([1, 2], dtype=tinyreg.uint8))
    with pytest.raises(RuntimeError, match="for input of dtype int64, got min_val=-inf and max_val=1"):
        F.hardtanh(x, -math.inf, 1)


def test_bounds_that_cross_are_refused():
    with pytest.raises(ValueError, match="hardtanh: min_val must not exceed max_val, got min_val=1 and max_val=-1"):
        F.hardtanh(tinyreg.ones(2), 1, -1)
    assert F.hardtanh(tinyreg.zeros(2), 1, 1).tolist() == [1, 1]
    with pytest.raises(AssertionError, match="Hardtanh: min_val must be below max_val, got min_val=1 and max_val=1"):
        tinyreg.nn.Hardtanh(1, 1)


def test_celu_refuses_alpha_0():
    with pytest.raises(RuntimeError, match="celu: alpha must not be 0, got alpha=0"):
        F.celu(tinyreg.ones(2), 0)


@pytest.mark.parametrize("name", ["relu", "relu6", "hardtanh"])
def test_bools_are_refused(name):
    with pytest.raises(RuntimeError, match=f"{name}: input must be numbers, got dtype bool"):
        getattr(F, name)(tinyreg.tensor([True]))


@pytest.mark.parametrize("name", ["relu_", "leaky_relu_", "elu_", "selu_", "celu_", "hardtanh_"])
def test_underscored_functions_write_into_their_input(name):
    function, plain = getattr(F, name), getattr(F, name.removesuffix("_"))
    values = np.array([-3.0, -0.5, 0.5, 3.0])
    x = leaf(values)
    inside = x * 1
    assert function(inside) is inside
    np.testing.assert_array_equal(inside.detach().numpy(), plain(tinyreg.tensor(values)).numpy())
    with pytest.raises(RuntimeError, match=rf"{name.removesuffix('_')}: a leaf .* shape \(4,\)"):
        function(x)


def test_settings_of_underscored_functions():
    x = [-1.0, 2.0]
    assert F.leaky_relu_(tinyreg.tensor(x), 0.5).tolist() == [-0.5, 2]
    assert F.hardtanh_(tinyreg.tensor(x), -0.5, 0.25).tolist() == [-0.5, 0.25]
    assert F.elu_(tinyreg.tensor(x), 2.0).tolist() == F.elu(tinyreg.tensor(x), 2.0).tolist()
    assert F.celu_(tinyreg.tensor(x), 2.0).tolist() == F.celu(tinyreg.tensor(x), 2.0).tolist()
