import math

import numpy as np
import pytest

import tinyreg as torch
from tinyreg import random
from tinyreg.autograd import gradcheck
from tinyreg.autograd.tensor import wrap
from tinyreg.regularization.dropout import dropout
from tinyreg.regularization.gaussian_dropout import GaussianDropout, GaussianDropoutFunction, gaussian_dropout

RATES = [0.1, 0.2, 0.5, 0.8]


def test_by_hand():
    noise = torch.tensor([0.5, -1.0, 2.0])
    x = torch.tensor([4.0, 3.0, -1.0], requires_grad=True)
    y, used = gaussian_dropout(x, p=0.3, noise=noise, return_noise=True)
    y.backward(torch.tensor([1.0, 2.0, 3.0]))
    assert y.tolist() == [2, -3, -2] and x.grad.tolist() == [0.5, -2, 6] and used is noise


@pytest.mark.parametrize("p", RATES)
def test_the_moments_are_dropouts(p):
    """n = 400,000 elements of value 2: mean and variance within 6 sigma of x and x^2 p/(1-p), dropout's own."""
    n, alpha = 400_000, p / (1 - p)
    x = torch.full((n,), 2.0, dtype=torch.float64)
    y, noise = gaussian_dropout(x, p, return_noise=True)
    np.testing.assert_array_equal(y.numpy(), 2 * noise.numpy())
    assert abs(y.mean().item() - 2) < 6 * 2 * math.sqrt(alpha / n)
    assert abs(y.var().item() - 4 * alpha) < 6 * 4 * alpha * math.sqrt(2 / n)
    outcomes = [(dropout(x[:1], p, mask=torch.tensor(keep)).item(), 1 - p if keep else p) for keep in (True, False)]
    assert sum(chance * z for z, chance in outcomes) == pytest.approx(2)
    assert sum(chance * (z - 2) ** 2 for z, chance in outcomes) == pytest.approx(4 * alpha)


def test_it_is_normal():
    """n = 200,000 at p = 0.5: the share of negative factors is Phi(-1) = 0.1587; the third and fourth moments are 0 and 3."""
    n = 200_000
    _, noise = gaussian_dropout(torch.ones(n, dtype=torch.float64), 0.5, return_noise=True)
    z = noise.numpy() - 1
    assert abs((z < -1).mean() - 0.158655) < 6 * math.sqrt(0.158655 * 0.841345 / n)
    assert abs((z**3).mean()) < 6 * math.sqrt(15 / n) and abs((z**4).mean() - 3) < 6 * math.sqrt(96 / n)


def test_expected_squared_error_is_ridge_with_the_energy_of_each_feature():
    """Equation (6) over 100,000 draws, within 6 standard errors."""
    rng = np.random.default_rng(0)
    X, w, t = rng.normal(size=(2, 3)), rng.normal(size=3), rng.normal(size=2)
    for p in RATES:
        Y = gaussian_dropout(torch.tensor(np.broadcast_to(X, (100_000, 2, 3)).copy()), p).numpy()
        errors = ((t - Y @ w) ** 2).sum(axis=1)
        ridge = ((t - X @ w) ** 2).sum() + p / (1 - p) * (w**2 * (X**2).sum(axis=0)).sum()
        assert abs(errors.mean() - ridge) < 6 * errors.std() / math.sqrt(len(errors))


def test_what_a_layer_makes_of_it_is_normal():
    """Equation (7), 200,000 draws of u: mean, variance and kurtosis 3 within 6 sigma; dropout's kurtosis lies far off."""
    x, w, p, n = np.array([1.0, -2.0, 0.5]), np.array([0.3, 0.4, -1.0]), 0.5, 200_000
    rows = torch.tensor(np.broadcast_to(x, (n, 3)).copy())
    u = gaussian_dropout(rows, p).numpy() @ w
    variance = p / (1 - p) * (x**2 * w**2).sum()
    assert abs(u.mean() - x @ w) < 6 * math.sqrt(variance / n)
    assert abs(u.var() - variance) < 6 * variance * math.sqrt(2 / n)

    def kurtosis(u):
        return ((u - x @ w) ** 4).mean() / variance**2

    assert abs(kurtosis(u) - 3) < 6 * math.sqrt(96 / n)
    assert kurtosis(dropout(rows, p).numpy() @ w) < 2.5


def test_both_roads():
    rng = np.random.default_rng(0)
    values, g = rng.normal(size=(2, 4, 5))
    x = torch.tensor(values, requires_grad=True)
    noise = torch.tensor(rng.normal(size=5), requires_grad=True)
    gaussian_dropout(x, noise=noise).backward(torch.tensor(g))
    np.testing.assert_allclose(x.grad.numpy(), g * noise.detach().numpy())
    np.testing.assert_allclose(noise.grad.numpy(), (g * values).sum(axis=0))
    assert gradcheck(lambda x, noise: gaussian_dropout(x, noise=noise), (x, noise))
    assert gradcheck(GaussianDropout(0.4), (x,))


def test_alpha_can_be_learned():
    """Variational dropout: noise = 1 + sqrt(alpha) eps has its gradient, sum g x eps / (2 sqrt(alpha))."""
    alpha = torch.tensor(0.25, dtype=torch.float64, requires_grad=True)
    x, eps, g = torch.randn(3, 6, dtype=torch.float64)
    gaussian_dropout(x, noise=1 + alpha.sqrt() * eps).backward(g)
    assert alpha.grad.item() == pytest.approx((g * x * eps).sum().item(), rel=1e-12)


def test_what_is_the_identity_returns_the_input():
    x = torch.randn(3, 4)
    assert gaussian_dropout(x, 0.0) is x and gaussian_dropout(x, 0.9, training=False) is x and gaussian_dropout(x, 0.9, False, True) is x
    assert GaussianDropout(0.5).eval()(x) is x
    y, noise = gaussian_dropout(x, 0.5, False, noise=x, return_noise=True)
    assert y is x and noise.dtype == torch.float32 and noise.shape == x.shape and bool((noise == 1).all())
    integers = torch.tensor([1, 2])
    assert gaussian_dropout(integers, 0.5, training=False) is integers


def test_chance_comes_from_the_generator():
    x = torch.ones(1000)
    one, same = (gaussian_dropout(x, generator=random.Generator(3)).tolist() for _ in range(2))
    assert one == same and gaussian_dropout(x, generator=random.Generator(4)).tolist() != one
    before = random.get_state()
    gaussian_dropout(x, generator=random.Generator(3))
    gaussian_dropout(x, noise=torch.tensor(1.0))
    gaussian_dropout(x, training=False)
    assert random.get_state() == before
    with random.freeze() as draws:
        first = gaussian_dropout(x).tolist()
        draws.rewind()
        assert gaussian_dropout(x).tolist() == first
    assert GaussianDropout()(x).tolist() != GaussianDropout()(x).tolist()


def test_in_place():
    x = torch.ones(50, requires_grad=True)
    hidden = x * 3
    y, noise = gaussian_dropout(hidden, 0.5, inplace=True, return_noise=True)
    assert y is hidden
    y.backward(torch.ones(50))
    np.testing.assert_allclose(x.grad.numpy(), 3 * noise.numpy())
    noise.requires_grad_()
    hidden = x * 3
    gaussian_dropout(hidden, 0.5, inplace=True, noise=noise).backward(torch.ones(50))
    assert set(noise.grad.tolist()) == {3}  # x as it was before it was written into
    with pytest.raises(RuntimeError, match=r"gaussian_dropout: a leaf that requires grad .* got a leaf of shape \(50,\)"):
        gaussian_dropout(x, 0.5, inplace=True)
    hidden = x * 1
    assert GaussianDropout(0.5, inplace=True)(hidden) is hidden


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
@pytest.mark.parametrize("shape", [(), (5,), (0, 3), (2, 3, 4)])
def test_any_shape_in_its_dtype(shape, dtype):
    x = torch.ones(shape, dtype=dtype, requires_grad=True)
    y, noise = gaussian_dropout(x, 0.5, return_noise=True)
    y.backward(torch.ones(shape, dtype=dtype))
    for z in (y, noise, x.grad):
        assert z.dtype == dtype and z.shape == shape and isinstance(z.array, np.ndarray)
    np.testing.assert_array_equal(x.grad.numpy(), noise.numpy())


def test_refusals_name_the_values():
    x = torch.ones(2, 3)
    meaning = r"the variance of the noise is p/\(1 - p\)"
    for p in (1.3, -0.1, float("nan")):
        for who, call in (("gaussian_dropout", lambda p=p: gaussian_dropout(x, p)), ("GaussianDropout", lambda p=p: GaussianDropout(p))):
            with pytest.raises(ValueError, match=rf"^{who}: p must lie in \[0, 1\], got p={p}; {meaning}$"):
                call()
    for who, call in (("gaussian_dropout", lambda: gaussian_dropout(x, 1)), ("GaussianDropout", lambda: GaussianDropout(1.0))):
        with pytest.raises(ValueError, match=rf"^{who}: p must lie below 1, got p=1.*; {meaning}, which has no bound$"):
            call()
    for error, said, call in [
        (TypeError, "input must be a Tensor, got ndarray", lambda: gaussian_dropout(np.ones(3))),
        (TypeError, "p must be a number, got p='a'", lambda: gaussian_dropout(x, "a")),
        (RuntimeError, "input must be floating point, got dtype int64", lambda: gaussian_dropout(torch.tensor([1, 2]))),
        (TypeError, "noise must be a Tensor, got list", lambda: gaussian_dropout(x, noise=[1.0])),
        (RuntimeError, "noise must have input's dtype float32, got float64", lambda: gaussian_dropout(x, noise=x.double())),
        (ValueError, r"noise must broadcast to input, got noise of shape \(2,\) for input of shape \(2, 3\)",
         lambda: gaussian_dropout(x, noise=torch.ones(2))),
    ]:  # fmt: skip
        with pytest.raises(error, match=f"^gaussian_dropout: {said}"):
            call()


def test_the_layer():
    layer = GaussianDropout(0.3, inplace=True)
    assert layer.stochastic and not layer.normalization and not layer.uses_batch_statistics and not layer.state_dict()
    assert repr(layer) == "GaussianDropout(p=0.3, inplace=True)" and repr(GaussianDropout()) == "GaussianDropout(p=0.5, inplace=False)"


def test_the_function_is_pure():
    x, noise = np.arange(4.0), np.array([0.5, 1.5, -1.0, 2.0])
    before = random.get_state()
    first, second = (GaussianDropoutFunction.apply(wrap(x), wrap(noise)).array for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert random.get_state() == before and x.tolist() == [0, 1, 2, 3] and noise.tolist() == [0.5, 1.5, -1, 2]
