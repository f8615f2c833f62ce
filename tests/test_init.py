import math

import numpy as np
import pytest

import tinyreg
from tinyreg import init
from tinyreg.random import Generator


def check_moments(tensor, mean, variance, kurtosis):
    """Mean and variance within six standard errors; kurtosis is E[(x - mean)^4] / variance^2."""
    values = tensor.detach().numpy().astype("float64")
    n = values.size
    assert abs(values.mean() - mean) <= 6 * math.sqrt(variance / n)
    assert abs(values.var() / variance - 1) <= 6 * math.sqrt((kurtosis - 1) / n)


NORMAL, UNIFORM = 3, 1.8


def test_constants():
    x = tinyreg.empty(2, 3)
    assert init.zeros_(x) is x and not x.numpy().any()
    assert (init.ones_(x).numpy() == 1).all() and (init.constant_(x, 0.25).numpy() == 0.25).all()


@pytest.mark.parametrize(
    "name",
    "constant_ zeros_ ones_ uniform_ normal_ trunc_normal_ xavier_uniform_ xavier_normal_ kaiming_uniform_ kaiming_normal_ "
    "orthogonal_".split(),
)
def test_what_is_no_tensor_is_refused(name):
    who = "constant_" if name in ("zeros_", "ones_") else name
    with pytest.raises(TypeError, match=f"{who}: tensor must be a Tensor, got list"):
        getattr(init, name)([1.0], *([0.5] if name == "constant_" else []))


def test_settings_that_are_none():
    x = tinyreg.zeros(2, 2)
    with pytest.raises(TypeError, match="constant_: val must be a number, got val='a'"):
        init.constant_(x, "a")
    with pytest.raises(RuntimeError, match=r"fill_: value must be a number or a 0-d tensor, got a tensor of shape \(2, 2\)"):
        init.constant_(x, x)
    with pytest.raises(ValueError, match=r"nonlinearity must be one of .*, got \['relu'\]"):
        init.calculate_gain(["relu"])
    for name in ("trunc_normal_", "orthogonal_"):
        with pytest.raises(NotImplementedError, match=f"{name}: tensor must be floating point, got dtype int64"):
            getattr(init, name)(x.long())


def test_distributions():
    check_moments(init.uniform_(tinyreg.empty(300, 400), -1, 3), 1, 16 / 12, UNIFORM)
    check_moments(init.normal_(tinyreg.empty(300, 400), 5, 2), 5, 4, NORMAL)


@pytest.mark.parametrize(
    "fill, variance, kurtosis",
    [
        (init.xavier_uniform_, 2 / 1000, UNIFORM),
        (init.xavier_normal_, 2 / 1000, NORMAL),
        (lambda w: init.xavier_normal_(w, gain=5 / 3), 25 / 9 * 2 / 1000, NORMAL),
        (init.kaiming_uniform_, 2 / 600, UNIFORM),
        (lambda w: init.kaiming_uniform_(w, a=math.sqrt(5)), 1 / 3 / 600, UNIFORM),
        (lambda w: init.kaiming_normal_(w, nonlinearity="relu"), 2 / 600, NORMAL),
        (lambda w: init.kaiming_normal_(w, mode="fan_out", nonlinearity="tanh"), 25 / 9 / 400, NORMAL),
    ],
)
def test_variances(fill, variance, kurtosis):
    check_moments(fill(tinyreg.empty(400, 600)), 0, variance, kurtosis)
    check_moments(fill(tinyreg.empty(400, 600, 2, 1)), 0, variance / 2, kurtosis)  # every tap of a kernel is an input


def test_xavier_keeps_signals_and_one_over_the_sum_loses_them():
    """Twenty linear layers of 256: with variance 2/(in + out) the second moment stays; with 1/(in + out) it is halved twenty times."""

    def second_moment(fill):
        x = tinyreg.randn(256, 64, dtype=tinyreg.float64)
        for _ in range(20):
            x = fill(tinyreg.empty(256, 256, dtype=tinyreg.float64)) @ x
        return x.square().mean().item()

    assert 0.5 < second_moment(init.xavier_normal_) < 2
    lost = second_moment(lambda w: init.normal_(w, std=math.sqrt(1 / 512)))
    assert 0.5 < lost / 2**-20 < 2


def test_kaiming_keeps_signals_through_relu():
    def second_moment(fill):
        x = tinyreg.randn(256, 64, dtype=tinyreg.float64)
        for _ in range(20):
            x = (fill(tinyreg.empty(256, 256, dtype=tinyreg.float64)) @ x).relu()
        return x.square().mean().item()

    assert 0.1 < second_moment(init.kaiming_normal_) < 2
    assert second_moment(init.xavier_normal_) < 1e-5


@pytest.mark.parametrize("shape", [(5, 5), (7, 4), (4, 7), (3, 2, 5)])
def test_orthogonal(shape):
    w = init.orthogonal_(tinyreg.empty(*shape, dtype=tinyreg.float64), gain=2).numpy().reshape(shape[0], -1)
    gram = w @ w.T if shape[0] <= w.shape[1] else w.T @ w
    np.testing.assert_allclose(gram, 4 * np.eye(len(gram)), atol=1e-12)


def test_orthogonal_favours_no_direction():
    """Over all orthogonal 2 x 2 matrices each entry has mean 0; QR alone gives a diagonal of one sign."""
    draws = np.array([init.orthogonal_(tinyreg.empty(2, 2)).numpy() for _ in range(2000)])
    assert (abs(draws.mean(0)) < 6 * math.sqrt(0.5 / 2000)).all()
    assert abs((np.linalg.det(draws) > 0).mean() - 0.5) < 6 * 0.5 / math.sqrt(2000)


def phi(x):
    return math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def Phi(x):
    return (1 + math.erf(x / math.sqrt(2))) / 2


CUTS = [(0, 1, -2, 2), (1, 2, -1, 0.5), (0, 1, 2.5, 3), (0, 0.02, -2, 2), (0, 1, 4, math.inf), (3, 1, -9, 0)]


@pytest.mark.parametrize("mean, std, a, b", CUTS)
def test_truncated_normal(mean, std, a, b):
    x = init.trunc_normal_(tinyreg.empty(50_000, dtype=tinyreg.float64), mean, std, a, b).numpy()
    assert x.min() >= a and x.max() <= b
    low, high = (a - mean) / std, (b - mean) / std
    share = (math.erfc(low / math.sqrt(2)) - math.erfc(high / math.sqrt(2))) / 2  # erfc: small tails keep their digits
    expected = mean + std * (phi(low) - phi(high)) / share
    assert abs(x.mean() - expected) < 6 * x.std() / math.sqrt(x.size)
    below = (x < (middle := np.median(x))).mean()
    at = (middle - mean) / std
    assert abs(below - (math.erfc(low / math.sqrt(2)) - math.erfc(at / math.sqrt(2))) / 2 / share) < 6 * 0.5 / math.sqrt(x.size)


def test_truncated_normal_of_nothing_and_of_float32():
    assert init.trunc_normal_(tinyreg.empty(0)).shape == (0,)
    x = init.trunc_normal_(tinyreg.empty(1000), a=-0.1, b=0.1)
    assert x.dtype == tinyreg.float32 and abs(x.numpy()).max() <= np.float32(0.1)


def test_gains():
    assert init.calculate_gain("relu") == math.sqrt(2) and init.calculate_gain("tanh") == 5 / 3 and init.calculate_gain("selu") == 0.75
    assert init.calculate_gain("leaky_relu", 2.0) == math.sqrt(0.4)
    assert init.calculate_gain("leaky_relu") == math.sqrt(2 / 1.0001)
    assert {init.calculate_gain(name) for name in ("linear", "conv1d", "conv2d", "conv_transpose3d", "sigmoid")} == {1.0}


WITH_FAN = [init.xavier_uniform_, init.xavier_normal_, init.kaiming_uniform_, init.kaiming_normal_, init.orthogonal_]


@pytest.mark.parametrize("fill", [init.uniform_, init.normal_, init.trunc_normal_, *WITH_FAN])
def test_a_parameter_is_filled_in_place_and_chance_can_be_passed(fill):
    w = tinyreg.nn.Parameter(tinyreg.empty(3, 4))
    memory = w.array
    assert fill(w, generator=Generator(1)) is w and w.array is memory and w.is_leaf and w.requires_grad
    first = w.detach().numpy().copy()
    np.testing.assert_array_equal(fill(w, generator=Generator(1)).detach().numpy(), first)
    assert (fill(w).detach().numpy() != first).any()
    tinyreg.manual_seed(5)
    again = fill(w).detach().numpy().copy()
    tinyreg.manual_seed(5)
    np.testing.assert_array_equal(fill(w).detach().numpy(), again)


@pytest.mark.parametrize("fill", WITH_FAN)
def test_vectors_have_no_fan(fill):
    with pytest.raises(ValueError, match=rf"{fill.__name__}: tensor must have at least 2 dimensions.*, got shape \(7,\)"):
        fill(tinyreg.empty(7))


def test_what_is_refused():
    w = tinyreg.empty(3, 4)
    with pytest.raises(ValueError, match="mode must be 'fan_in' .*, got mode='fan_avg'"):
        init.kaiming_normal_(w, mode="fan_avg")
    with pytest.raises(ValueError, match="nonlinearity must be one of .*, got 'step'"):
        init.kaiming_uniform_(w, nonlinearity="step")
    with pytest.raises(ValueError, match="param must be the slope of leaky_relu, got 'big'"):
        init.calculate_gain("leaky_relu", "big")
    with pytest.raises(ValueError, match="std must be above 0 and a below b, got std=0, a=-2.0, b=2.0"):
        init.trunc_normal_(w, std=0)
    with pytest.raises(ValueError, match="got std=1.0, a=3, b=2.0"):
        init.trunc_normal_(w, a=3)
    with pytest.raises(RuntimeError, match="a=2, b=1"):
        init.uniform_(w, 2, 1)
    with pytest.raises(RuntimeError, match="std must not be negative, got -1"):
        init.normal_(w, std=-1)


def test_an_empty_weight_stays_empty():
    for fill in WITH_FAN:
        w = tinyreg.empty(0, 3)
        assert fill(w) is w and w.shape == (0, 3)
