import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinyreg
from tinyreg.autograd.gradcheck import gradcheck
from tinyreg.nn import functional as F
from tinyreg.ops.activation import stable_sigmoid, stable_softplus

ELEMENTWISE = "relu leaky_relu elu selu celu relu6 hardtanh silu mish gelu gelu_tanh sigmoid logsigmoid tanh softsign softplus".split()
ROWWISE = "softmax log_softmax softmin".split()
ALL = ELEMENTWISE + ROWWISE
AREA, BELL = 0.8413447460685429, 0.24197072451914337  # of the standard normal: what lies below 1, and the density there


def leaf(values, dtype=np.float64):
    return tinyreg.tensor(np.array(values, dtype=dtype), requires_grad=True)


def call(name, x):
    if name == "gelu_tanh":
        return F.gelu(x, approximate="tanh")
    return getattr(F, name)(x, dim=-1) if name in ROWWISE else getattr(F, name)(x)


def gradient(function, x, cotangent=None):
    y = function(x)
    y.backward(tinyreg.ones_like(y) if cotangent is None else tinyreg.tensor(cotangent))
    return x.grad.numpy()


@pytest.mark.parametrize(
    "function, x, y, slope",
    [
        (F.silu, 0, 0, 0.5),
        (F.silu, math.log(3), 0.75 * math.log(3), 0.75 + 0.1875 * math.log(3)),
        (F.mish, 0, 0, 0.6),
        (F.gelu, 0, 0, 0.5),
        (F.gelu, 1, AREA, AREA + BELL),
        (F.gelu, -1, AREA - 1, 1 - AREA - BELL),
        (lambda x: F.gelu(x, approximate="tanh"), 0, 0, 0.5),
        (F.logsigmoid, 0, -math.log(2), 0.5),
        (F.logsigmoid, math.log(3), math.log(0.75), 0.25),
        (F.softsign, -3, -0.75, 1 / 16),
        (F.softsign, 0, 0, 1),
        (F.sigmoid, 0, 0.5, 0.25),
        (F.sigmoid, math.log(3), 0.75, 0.1875),
        (F.tanh, math.log(3), 0.8, 0.36),
        (F.softplus, 0, math.log(2), 0.5),
        (lambda x: F.softplus(x, beta=2), 0, math.log(2) / 2, 0.5),
        (lambda x: F.softplus(x, threshold=0.5), 1, 1, 1),
        (lambda x: F.softplus(x, beta=-2), 0, -math.log(2) / 2, 0.5),
        (lambda x: F.softplus(x, beta=-1, threshold=-1), 0.5, 0.5, 1),  # beta x = -0.5 lies above the threshold
    ],
)
def test_values_and_slopes_by_hand(function, x, y, slope):
    x = leaf([x])
    np.testing.assert_allclose(function(x).detach().numpy(), [y], rtol=1e-14)
    np.testing.assert_allclose(gradient(function, x), [slope], rtol=1e-14)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("shape", [(), (3, 0), (3, 4)])
def test_gradients(name, shape):
    x = np.random.default_rng(0).standard_normal(shape)
    x = leaf(x + 0.1 * np.sign(x))  # away from the kinks
    assert gradcheck(lambda x: call(name, x), (x,), atol=1e-7, rtol=1e-7)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_dtype_is_kept(name, dtype):
    for shape in [(), (2, 3)]:
        x = leaf(np.full(shape, 0.75), dtype)
        y = call(name, x)
        y.backward(tinyreg.ones_like(y))
        assert y.dtype == dtype and y.shape == shape
        assert x.grad.dtype == dtype


@pytest.mark.parametrize("dtype, large", [("float16", 30000), ("float32", 1e30), ("float64", 1e300)])
def test_extremes_come_out_exactly(dtype, large):
    """Warnings are errors: nothing overflows on the way."""
    for size in (1000, large):
        x = tinyreg.tensor([-size, size], dtype=dtype)
        size = x.array[1].item()
        assert F.sigmoid(x).tolist() == [0, 1]
        assert F.tanh(x).tolist() == [-1, 1]
        assert F.relu(x).tolist() == [0, size]
        assert F.elu(x).tolist() == F.celu(x).tolist() == [-1, size]
        assert F.silu(x).tolist() == F.mish(x).tolist() == F.gelu(x).tolist() == F.gelu(x, approximate="tanh").tolist() == [0, size]
        assert F.logsigmoid(x).tolist() == [-size, 0]
        assert F.softplus(x).tolist() == [0, size]
        assert F.softmax(x, 0).tolist() == [0, 1]
        assert F.softmin(x, 0).tolist() == [1, 0]
        assert F.log_softmax(x / 2, 0).tolist() == [-size, 0]


@pytest.mark.parametrize("name", ALL)
def test_slopes_at_the_extremes_are_finite(name):
    x = leaf([-1000.0, 1000.0], "float32")
    slopes = gradient(lambda x: call(name, x), x, np.array([1.0, 1.0], dtype="float32"))
    assert np.isfinite(slopes).all()


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_nan_stays_nan(name):
    assert math.isnan(call(name, tinyreg.tensor(math.nan)).item())


def test_sigmoid_keeps_its_digits_where_it_is_small():
    x = np.array([-20.0, -50.0, -80.0])
    np.testing.assert_allclose(stable_sigmoid(x.astype("float32")), np.exp(x), rtol=1e-5)
    np.testing.assert_allclose(stable_sigmoid(x), np.exp(x) / (1 + np.exp(x)), rtol=1e-14)


@settings(max_examples=50, deadline=None)
@given(hnp.arrays(np.float64, hnp.array_shapes(max_dims=2), elements=st.floats(-700, 700)))
def test_identities(x):
    np.testing.assert_allclose(stable_sigmoid(x) + stable_sigmoid(-x), np.ones_like(x), rtol=1e-14)
    np.testing.assert_allclose(stable_softplus(x) - stable_softplus(-x), x, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(F.silu(tinyreg.tensor(x)).numpy(), x * stable_sigmoid(x), rtol=1e-14)
    np.testing.assert_allclose(F.tanh(tinyreg.tensor(x)).numpy(), 2 * stable_sigmoid(2 * x) - 1, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(F.softplus(tinyreg.tensor(x), threshold=800).numpy(), stable_softplus(x), rtol=1e-14)


def test_softplus_above_its_threshold_is_the_identity():
    x = leaf([0.9, 1.1])
    y = F.softplus(x, beta=2, threshold=2)
    assert y.tolist() == [pytest.approx(math.log1p(math.exp(1.8)) / 2), 1.1]
    np.testing.assert_allclose(gradient(lambda x: F.softplus(x, beta=2, threshold=2), x), [1 / (1 + math.exp(-1.8)), 1])


def test_the_tail_of_gelu():
    """The complement erfc keeps the digits of a small area; the formula by tanh is off by up to 0.0005."""
    x = np.linspace(-5, 5, 1001)
    exact, by_tanh = F.gelu(tinyreg.tensor(x)).numpy(), F.gelu(tinyreg.tensor(x), approximate="tanh").numpy()
    by_definition = np.array([a * math.erfc(-a / math.sqrt(2)) / 2 for a in x])
    np.testing.assert_allclose(exact, by_definition, rtol=1e-13, atol=1e-15)
    assert 4e-4 < abs(by_tanh - exact).max() < 5e-4


@pytest.mark.parametrize("approximate, error", [("erf", RuntimeError), (None, TypeError)])
def test_gelu_refuses_other_approximations(approximate, error):
    for who, call in (("gelu", lambda: F.gelu(tinyreg.ones(2), approximate=approximate)), ("GELU", lambda: tinyreg.nn.GELU(approximate))):
        with pytest.raises(error, match=f"{who}: approximate must be 'none' or 'tanh', got {approximate!r}"):
            call()


def test_softsign_refuses_bools():
    with pytest.raises(NotImplementedError, match="softsign: input must be numbers, got dtype bool"):
        F.softsign(tinyreg.tensor([True]))
    assert F.softsign(tinyreg.tensor([-3, 1])).tolist() == [-0.75, 0.5]


def test_settings_may_be_tensors_of_one_element():
    x, two = tinyreg.tensor([-1.0, 3.0]), tinyreg.tensor(2.0)
    for function in (F.leaky_relu, F.elu, F.celu, F.softplus):
        assert function(x, two).tolist() == function(x, 2.0).tolist()


def test_softplus_refuses_beta_0():
    with pytest.raises(ValueError, match="softplus: beta must not be 0, got beta=0"):
        F.softplus(tinyreg.ones(2), beta=0)


# integers


def test_integers():
    assert tinyreg.relu(tinyreg.tensor([-2, 3])).tolist() == [0, 3]
    assert tinyreg.relu(tinyreg.tensor([-2, 3])).dtype == tinyreg.int64
    assert tinyreg.sigmoid(tinyreg.tensor([0])).dtype == tinyreg.float32
    assert tinyreg.tanh(tinyreg.tensor([True])).dtype == tinyreg.float32
    assert F.softmax(tinyreg.tensor([1, 1]), 0, dtype=tinyreg.float64).dtype == tinyreg.float64


INTEGERS_PASS = {"relu", "relu6", "hardtanh", "sigmoid", "tanh", "softsign", "gelu_tanh"}


@pytest.mark.parametrize("name", [name for name in ALL if name not in INTEGERS_PASS])
def test_integers_are_refused_as_in_pytorch(name):
    with pytest.raises(NotImplementedError, match=f"{name}: input must be floating point, got dtype int64"):
        call(name, tinyreg.tensor([1, 2]))


@pytest.mark.parametrize("name", ALL)
def test_what_is_no_tensor_is_refused(name):
    with pytest.raises(TypeError, match=f"{name.removesuffix('_tanh')}: input must be a Tensor, got ndarray"):
        call(name, np.ones(2))


# memory


@pytest.mark.parametrize("name", "relu relu6 hardtanh leaky_relu elu selu celu silu mish".split())
def test_inplace_is_the_same_object_with_the_same_gradient(name):
    values = np.array([-2.0, -0.5, 0.5, 2.0])
    function = getattr(F, name)
    x = leaf(values)
    before = x * 1
    after = function(before, inplace=True)
    assert after is before
    np.testing.assert_array_equal(after.detach().numpy(), function(tinyreg.tensor(values)).numpy())
    after.backward(tinyreg.ones_like(after))
    np.testing.assert_allclose(x.grad.numpy(), gradient(function, leaf(values)))


def test_inplace_on_a_leaf_that_requires_grad_is_refused():
    with pytest.raises(RuntimeError, match=r"relu: a leaf .* shape \(2,\)"):
        F.relu(leaf([1.0, 2.0]), inplace=True)


@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh", "softmax"])
def test_a_saved_output_that_changed_is_noticed(name):
    y = call(name, leaf([1.0, 2.0]))
    with tinyreg.no_grad():
        y.add_(1)
    with pytest.raises(RuntimeError, match=r"shape \(2,\) that was written in place since"):
        y.backward(tinyreg.ones_like(y))


@pytest.mark.parametrize("name", ALL)
def test_transposed_and_sliced_input(name):
    values = np.random.default_rng(1).standard_normal((4, 6))
    for view in (values.T, values[::2, 1::2], values[::-1]):
        got = call(name, tinyreg.tensor(np.ascontiguousarray(view))).numpy()
        np.testing.assert_allclose(call(name, tinyreg.from_numpy(view)).numpy(), got, rtol=1e-15)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_the_layout_of_memory_is_kept(name):
    """Channels-last images stay channels-last, forward and backward."""
    x = np.random.default_rng(1).standard_normal((2, 4, 4, 3)).transpose(0, 3, 1, 2)
    x = tinyreg.from_numpy(x).requires_grad_()
    y = call(name, x)
    assert y.stride() == x.stride()
    y.backward(tinyreg.from_numpy(np.ones((2, 4, 4, 3)).transpose(0, 3, 1, 2)))
    assert x.grad.stride() == x.stride()


@pytest.mark.parametrize("name", ALL)
def test_the_input_is_left_alone(name):
    values = np.random.default_rng(1).standard_normal((4, 6))
    x = leaf(values)
    call(name, x).backward(tinyreg.tensor(values))
    np.testing.assert_array_equal(x.detach().numpy(), values)


# logit


def test_logit_is_where_sigmoid_gives_it_back():
    x = leaf(np.linspace(0.05, 0.95, 7))
    np.testing.assert_allclose(tinyreg.logit(x).sigmoid().detach().numpy(), x.detach().numpy(), rtol=1e-14)
    grad = gradient(tinyreg.logit, x)
    np.testing.assert_allclose(grad, 1 / (x.detach().numpy() * (1 - x.detach().numpy())))


def test_logit_at_the_ends_and_outside():
    x = leaf([0.0, 1.0, 1.5])
    with np.errstate(all="ignore"):
        grad = gradient(tinyreg.logit, x)
        np.testing.assert_array_equal(tinyreg.logit(x).detach().numpy(), [-math.inf, math.inf, math.nan])
    np.testing.assert_array_equal(grad, [math.inf, math.inf, math.nan])
    x.grad = None
    grad = gradient(lambda x: tinyreg.logit(x, eps=0.1), x)
    assert tinyreg.logit(x, 0.1).tolist() == pytest.approx([-math.log(9), math.log(9), math.log(9)]) and grad.tolist() == [0, 0, 0]
