import itertools
import math

import numpy as np
import pytest

import tinyreg as torch
from tinyreg import nn, random
from tinyreg.autograd import gradcheck
from tinyreg.autograd.gradcheck import relative_errors
from tinyreg.autograd.tensor import wrap
from tinyreg.regularization.alpha_dropout import (
    LOW,
    AlphaDropout,
    AlphaDropoutFunction,
    FeatureAlphaDropout,
    alpha_dropout,
    feature_alpha_dropout,
)
from tinyreg.regularization.dropout import dropout

RATES = [0.05, 0.1, 0.5, 0.8]
CASES = [(alpha_dropout, AlphaDropout, (6, 7)), (feature_alpha_dropout, FeatureAlphaDropout, (6, 7, 2, 3))]
both = pytest.mark.parametrize(("function", "layer", "shape"), CASES)


def affine(p):
    """a and b of equation (5), written out once more."""
    low = -1.7580993408473766
    a = ((1 - p) * (1 + p * low**2)) ** -0.5
    return a, -a * p * low


def outcomes(x, p):
    """Every value that x may become with its probability: once it is kept, once it is dropped."""
    for keep, chance in ((True, 1 - p), (False, p)):
        yield alpha_dropout(torch.tensor(x, dtype=torch.float64), p, True, mask=torch.tensor(keep)).item(), chance


def test_by_hand():
    """low^2 = 3.0909, so that p = 0.5 gives a = 1/sqrt(0.5 (1 + 1.5455)) = 0.8864 and b = 0.5 * 1.7581 * 0.8864 = 0.7792."""
    x = torch.tensor([0.0, 1.0, -2.0, 5.0], dtype=torch.float64, requires_grad=True)
    y, used = alpha_dropout(x, 0.5, True, mask=torch.tensor([True, True, False, False]), return_mask=True)
    y.backward(torch.tensor([1.0, 2.0, 3.0, 4.0], dtype=torch.float64))
    np.testing.assert_allclose(y.tolist(), [0.7792, 0.7792 + 0.8864, -0.7792, -0.7792], atol=1e-4)
    np.testing.assert_allclose(x.grad.tolist(), [0.8864, 2 * 0.8864, 0, 0], atol=1e-4)
    assert used.tolist() == [True, True, False, False]


def test_low_is_where_selu_ends():
    assert nn.functional.selu(torch.tensor(-1e9, dtype=torch.float64)).item() == pytest.approx(LOW, rel=1e-14)
    assert pytest.approx(-1.7580993408473766, rel=1e-15) == LOW


@pytest.mark.parametrize("p", RATES)
def test_mean_0_and_variance_1_stay(p):
    """Exactly: x is -1 or 1 (mean 0, variance 1), kept or dropped; the four outcomes have mean 0 and variance 1."""
    values = [(y, chance / 2) for x in (-1.0, 1.0) for y, chance in outcomes(x, p)]
    assert sum(y * chance for y, chance in values) == pytest.approx(0, abs=1e-14)
    assert sum(y**2 * chance for y, chance in values) == pytest.approx(1, rel=1e-14)


@pytest.mark.parametrize("p", RATES)
def test_other_means_and_variances_follow_the_law_of_total_variance(p):
    """Equations (3), (4) and (6) for an x of mean 2 and variance 9."""
    a, b = affine(p)
    values = [(y, chance / 2) for x in (-1.0, 5.0) for y, chance in outcomes(x, p)]
    mean = sum(y * chance for y, chance in values)
    assert mean == pytest.approx(a * (2 * (1 - p) + p * LOW) + b, rel=1e-13)
    assert sum((y - mean) ** 2 * chance for y, chance in values) == pytest.approx(
        a**2 * (9 * (1 - p) + p * (1 - p) * (2 - LOW) ** 2), rel=1e-13
    )


@pytest.mark.parametrize("p", RATES)
def test_evaluation_is_not_the_mean_over_masks(p):
    """Equation (8): E[y | x] = a q x, where dropout has x."""
    a, _ = affine(p)
    assert sum(y * chance for y, chance in outcomes(3.0, p)) == pytest.approx(3 * a * (1 - p), rel=1e-13)
    assert p != 0.5 or a * (1 - p) == pytest.approx(0.443, abs=1e-3)


@pytest.mark.parametrize("p", RATES)
def test_statistics(p):
    """n = 400,000 standard normal inputs: the share kept, the mean and the variance of y, each within 6 sigma."""
    n, (a, b) = 400_000, affine(p)
    y, mask = alpha_dropout(torch.randn(n, dtype=torch.float64), p, True, return_mask=True)
    assert abs(mask.numpy().mean() - (1 - p)) < 6 * math.sqrt(p * (1 - p) / n)
    fourth = (1 - p) * (3 * a**4 + 6 * a**2 * b**2 + b**4) + p * (a * LOW + b) ** 4  # E[y^4]
    assert abs(y.mean().item()) < 6 / math.sqrt(n)
    assert abs(y.var().item() - 1) < 6 * math.sqrt((fourth - 1) / n)


def test_a_deep_self_normalizing_network_keeps_its_variance_where_dropout_does_not():
    """12 layers of width 400, weights of variance 1/fan_in, p = 0.2: the variance of the last activations."""

    def variance(drop):
        torch.manual_seed(1)
        x = torch.randn(300, 400)
        for _ in range(12):
            x = drop(nn.functional.selu(x @ (torch.randn(400, 400) / 20)))
        return x.var().item()

    assert abs(variance(lambda x: alpha_dropout(x, 0.2, True)) - 1) < 0.15
    assert variance(lambda x: dropout(x, 0.2)) > 1.3


@pytest.mark.parametrize("p", RATES)
def test_backward_uses_the_mask_and_a(p):
    rng = np.random.default_rng(0)
    values, g = rng.normal(size=(2, 300, 500))  # large enough to be computed in pieces
    x = torch.tensor(values, requires_grad=True)
    y, mask = alpha_dropout(x, p, True, return_mask=True)
    y.backward(torch.tensor(g))
    (a, b), kept = affine(p), mask.numpy()
    np.testing.assert_allclose(y.detach().numpy(), np.where(kept, a * values + b, a * LOW + b), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(x.grad.numpy(), np.where(kept, a * g, 0), rtol=1e-14)


def test_a_backward_with_dropouts_scale_is_noticed():
    class Scaled(AlphaDropoutFunction):
        @staticmethod
        def backward(ctx, grad_y):
            return grad_y * ctx.saved[0] * 2, None

    x = torch.randn(4, 5, dtype=torch.float64, requires_grad=True)
    keep = np.random.default_rng(1).random((4, 5)) >= 0.5
    a, b = affine(0.5)
    assert relative_errors(lambda x: AlphaDropoutFunction.apply(x, keep, a=a, b=b), (x,))[0] < 1e-8
    assert not gradcheck(lambda x: Scaled.apply(x, keep, a=a, b=b), (x,), raise_exception=False)


def test_feature_masks_are_one_for_all_pixels_of_a_channel():
    x = torch.randn(50, 40, 3, 2)
    y, mask = feature_alpha_dropout(x, 0.5, True, return_mask=True)
    assert mask.shape == (50, 40, 1, 1)
    same = alpha_dropout(x, 0.5, True, mask=mask.expand(50, 40, 3, 2))
    np.testing.assert_allclose(y.numpy(), same.numpy(), rtol=1e-6)
    dropped = ~mask.numpy()
    assert 0.4 < dropped.mean() < 0.6  # 2,000 channels, sigma 0.011
    np.testing.assert_allclose(y.numpy()[np.broadcast_to(dropped, x.shape)], -0.7792, atol=1e-4)


@both
def test_what_is_the_identity_returns_the_input(function, layer, shape):
    x = torch.randn(*shape)
    assert function(x) is x and function(x, 0.5) is x  # training is False unless it is said
    assert function(x, 0.0, True) is x and function(x, 0.9, False, True) is x
    assert layer(0.5).eval()(x) is x and layer(0.0)(x) is x
    y, mask = function(x, 0.5, return_mask=True)
    assert y is x and mask.dtype == torch.bool and mask.numpy().all()
    assert function(torch.tensor([[1, 2]])).tolist() == [[1, 2]]


@both
def test_p_1_gives_zeros_which_is_where_p_goes(function, layer, shape):
    x = torch.randn(*shape, requires_grad=True)
    y, mask = function(x, 1.0, True, return_mask=True)
    y.backward(torch.ones(*shape))
    assert not y.detach().numpy().any() and not x.grad.numpy().any() and not mask.numpy().any()
    near = alpha_dropout(x.detach().double(), 1 - 1e-8, True, mask=torch.tensor(False))
    assert 0 < near.abs().max().item() < 1e-3
    assert not layer(1.0)(x).detach().numpy().any()


@both
def test_chance_comes_from_the_generator(function, layer, shape):
    x = torch.randn(100, 30)
    one, same = (function(x, 0.5, True, generator=random.Generator(3)).tolist() for _ in range(2))
    assert one == same and function(x, 0.5, True, generator=random.Generator(4)).tolist() != one
    before = random.get_state()
    function(x, 0.5, True, generator=random.Generator(3))
    function(x, 0.5, True, mask=torch.ones(100, 30, dtype=torch.bool))
    function(x, 0.5)
    assert random.get_state() == before
    with random.freeze() as draws:
        first = layer(0.5)(x).tolist()
        draws.rewind()
        assert layer(0.5)(x).tolist() == first
    assert layer(0.5)(x).tolist() != layer(0.5)(x).tolist()
    assert gradcheck(layer(0.3), (torch.randn(*shape, dtype=torch.float64, requires_grad=True),))


@both
def test_in_place(function, layer, shape):
    x = torch.randn(*shape, requires_grad=True)
    hidden = x * 2
    values = hidden.detach().numpy().copy()
    y, mask = function(hidden, 0.5, True, True, return_mask=True)
    assert y is hidden
    a, b = affine(0.5)
    np.testing.assert_allclose(y.detach().numpy(), np.where(mask.numpy(), a * values + b, a * LOW + b), rtol=1e-5, atol=1e-6)
    y.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), np.broadcast_to(2 * a * mask.numpy(), shape), rtol=1e-6)
    with pytest.raises(RuntimeError, match=f"{function.__name__}: a leaf that requires grad .* got a leaf"):
        function(x, 0.5, True, True)
    hidden = x * 1
    assert layer(0.5, inplace=True)(hidden) is hidden


@pytest.mark.parametrize("shape", [(), (5,), (0, 3), (1, 200_000)])
def test_any_shape_in_float32(shape):
    x = torch.zeros(shape, requires_grad=True)
    y = alpha_dropout(x, 0.5, True, mask=torch.tensor(True))
    y.backward(torch.ones(shape))
    for z, value in ((y, 0.7791939), (x.grad, 0.8864049)):
        assert z.dtype == torch.float32 and z.shape == shape
        np.testing.assert_allclose(z.detach().numpy(), np.full(shape, value), rtol=1e-6)
    assert alpha_dropout(x, 0.5, True).shape == shape


def test_an_infinity_that_is_dropped_becomes_nan():
    with np.errstate(invalid="ignore"):
        y = alpha_dropout(wrap(np.array([np.inf, np.inf])), 0.5, True, mask=torch.tensor([True, False])).tolist()
    assert y[0] == np.inf and np.isnan(y[1])


@both
def test_refusals_name_the_values(function, layer, shape):
    name, x = function.__name__, torch.ones(2, 3)
    for p in (1.3, -0.1, float("nan")):
        for who, call in ((name, lambda p=p: function(x, p)), (layer.__name__, lambda p=p: layer(p))):
            with pytest.raises(ValueError, match=rf"^{who}: p must lie in \[0, 1\], got p={p}; p is the probability of dropping"):
                call()
    wide = torch.ones(4, 3, dtype=torch.bool)
    for error, said, call in [
        (TypeError, "input must be a Tensor, got ndarray", lambda: function(np.ones((2, 3)))),
        (TypeError, "p must be a number, got p='a'", lambda: function(x, "a")),
        (RuntimeError, "input must be floating point, got dtype int64", lambda: function(torch.tensor([[1, 2]]), training=True)),
        (TypeError, "mask must be a Tensor, got list", lambda: function(x, mask=[True])),
        (ValueError, "mask must be bool, True for what is kept, got dtype float32", lambda: function(x, mask=x)),
        (ValueError, r"mask .*\(4, 3\)", lambda: function(x, 0.5, True, mask=wide)),
    ]:
        with pytest.raises(error, match=f"^{name}: {said}"):
            call()


def test_feature_masks_need_channels():
    for shape in ((), (4,)):
        message = rf"input must have channels, \(N, C\) or \(N, C, ...\), got shape {str(shape).replace('(', '.').replace(')', '.')}; "
        with pytest.raises(RuntimeError, match=f"^feature_alpha_dropout: {message}"):
            feature_alpha_dropout(torch.ones(shape), 0.5, True)
        assert feature_alpha_dropout(torch.ones(shape), 0.5).shape == shape
    with pytest.raises(ValueError, match=r"feature_alpha_dropout: mask must have shape \(2, 3, 1\), .* got \(2, 3\); "):
        feature_alpha_dropout(torch.ones(2, 3, 4), 0.5, True, mask=torch.ones(2, 3, dtype=torch.bool))


def test_the_layers():
    for layer in (AlphaDropout(0.3, inplace=True), FeatureAlphaDropout(0.3, inplace=True)):
        assert layer.stochastic and not layer.normalization and not layer.uses_batch_statistics and not layer.state_dict()
        assert repr(layer) == f"{type(layer).__name__}(p=0.3, inplace=True)"


def test_the_function_is_pure():
    x, keep = np.arange(4.0), np.array([True, False, True, True])
    before = random.get_state()
    first, second = (AlphaDropoutFunction.apply(wrap(x), keep, a=2.0, b=1.0).array for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert random.get_state() == before and x.tolist() == [0, 1, 2, 3]
    for kept in itertools.product([True, False], repeat=2):
        np.testing.assert_array_equal(
            AlphaDropoutFunction.apply(wrap(x[:2]), np.array(kept), a=1.0, b=0.0).array, np.where(kept, x[:2], LOW)
        )
