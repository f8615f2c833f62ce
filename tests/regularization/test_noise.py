import itertools
import math

import numpy as np
import pytest

import tinyreg as torch
from tinyreg import random
from tinyreg.autograd import gradcheck
from tinyreg.autograd.tensor import wrap
from tinyreg.regularization.batch_norm import BatchNorm1d
from tinyreg.regularization.l2 import l2_penalty
from tinyreg.regularization.noise import (
    GaussianNoise,
    NoiseFunction,
    add_gradient_noise_,
    annealed_std,
    gaussian_noise,
    weight_noise,
)


def signs(*shape):
    """Every array of +1 and -1: as noise, they have the mean, the variance and the independence of normal numbers."""
    for bits in itertools.product([-1.0, 1.0], repeat=math.prod(shape)):
        yield torch.tensor(np.array(bits).reshape(shape))


def average(values):
    values = list(values)
    return sum(values) / len(values)


def regression(n=3, d=2):
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, d)), rng.normal(size=d), rng.normal(size=n)


def test_by_hand():
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    e = torch.tensor([1.0, -2.0, 0.0])
    y, used = gaussian_noise(x, 0.5, noise=e, return_noise=True)
    y.backward(torch.tensor([1.0, 2.0, 3.0]))
    assert y.tolist() == [1.5, 1.0, 3.0] and used.tolist() == e.tolist() and x.grad.tolist() == [1.0, 2.0, 3.0]
    assert x.tolist() == [1.0, 2.0, 3.0]


def test_statistics():
    """n = 400,000: mean and variance of what is added, and the product of neighbours, within 6 sigma."""
    n, std = 400_000, 0.3
    y = gaussian_noise(torch.full((n,), 2.0, dtype=torch.float64), std).numpy() - 2
    assert abs(y.mean()) < 6 * std / math.sqrt(n)
    assert abs(y.var() - std**2) < 6 * std**2 * math.sqrt(2 / n)
    assert abs((y[1:] * y[:-1]).mean()) < 6 * std**2 / math.sqrt(n)


def test_std_0_and_evaluation_return_the_input_itself():
    x = torch.randn(3, requires_grad=True)
    for settings in ({"std": 0.0}, {"std": 2.0, "training": False}):
        assert gaussian_noise(x, **settings) is x
        y, noise = gaussian_noise(x, return_noise=True, **settings)
        assert y is x and noise.tolist() == [0, 0, 0]
    whole = torch.tensor([1, 2])
    assert gaussian_noise(whole, 1.0, training=False) is whole


@pytest.mark.parametrize("shape", [(), (5,), (0, 3), (2, 3, 4)])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_any_shape_in_any_dtype(shape, dtype):
    x = wrap(np.ones(shape, dtype=dtype)).requires_grad_()
    y, noise = gaussian_noise(x, np.float64(0.1), return_noise=True)
    y.backward(torch.ones_like(y))
    assert {t.dtype for t in (y, noise, x.grad)} == {np.dtype(dtype)} and y.shape == noise.shape == x.grad.shape == shape


def test_gradcheck_replays_the_noise():
    assert gradcheck(GaussianNoise(0.5), (torch.randn(3, 4, dtype=torch.float64, requires_grad=True),))


# inputs: Bishop 1995


@pytest.mark.parametrize("std", [0.1, 1.0])
def test_in_a_linear_model_noise_is_ridge_exactly(std):
    """Equation (5): a polynomial of degree 2 in the noise has over signs the expectation that it has over normal numbers."""
    X, w, y = regression()
    x = torch.tensor(X)
    expected = average(((y - gaussian_noise(x, std, noise=e).numpy() @ w) ** 2).sum() for e in signs(3, 2))
    assert expected == pytest.approx(((y - X @ w) ** 2).sum() + 3 * std**2 * (w**2).sum(), rel=1e-12)


def test_in_a_linear_model_noise_is_ridge_by_sampling():
    """The same with the layer's own normal numbers: 20,000 draws, 6 sigma of their mean."""
    (X, w, y), std, draws = regression(), 0.7, 20_000
    x = gaussian_noise(torch.tensor(np.broadcast_to(X, (draws, *X.shape)).copy()), std).numpy()
    errors = ((y - x @ w) ** 2).sum(axis=1)
    assert abs(errors.mean() - ((y - X @ w) ** 2).sum() - 3 * std**2 * (w**2).sum()) < 6 * errors.std() / math.sqrt(draws)


def test_its_expected_gradient_is_that_of_l2_penalty():
    X, w, y = regression()
    x, target, std = torch.tensor(X), torch.tensor(y), 0.4

    def gradient(loss):
        v = torch.tensor(w, requires_grad=True)
        loss(v).backward()
        return v.grad.numpy()

    noisy = average(gradient(lambda v, e=e: ((target - gaussian_noise(x, std, noise=e) @ v) ** 2).sum()) for e in signs(3, 2))
    ridge = gradient(lambda v: ((target - x @ v) ** 2).sum() + l2_penalty([v], 2 * 3 * std**2))
    np.testing.assert_allclose(noisy, ridge, rtol=1e-12)


def test_in_a_network_it_is_tikhonov_to_second_order():
    """Equation (6) for f = tanh(2 x): what it leaves out is of fourth order, sixteen times less where std halves."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    weights /= weights.sum()
    x, y = 0.3, 1.0
    f = math.tanh(2 * x)
    slope, bend = 2 * (1 - f**2), -8 * f * (1 - f**2)

    def left_out(std):
        noisy = gaussian_noise(torch.full((60,), x, dtype=torch.float64), std, noise=torch.tensor(nodes))
        exact = (weights * (np.tanh(2 * noisy.numpy()) - y) ** 2).sum()
        return exact - (f - y) ** 2 - std**2 * (slope**2 + (f - y) * bend)

    assert abs((f - y) * bend) > 0.2 * slope**2  # away from the minimum the third term is no small change
    assert 14 < left_out(0.04) / left_out(0.02) < 18


def test_before_batch_norm_it_makes_the_recorded_variance_too_large():
    """n = 50,000 of variance 1, noise of variance 4: 5 is recorded, within 6 sigma."""
    norm, n = BatchNorm1d(1, momentum=1.0), 50_000
    norm(gaussian_noise(torch.randn(n, 1), 2.0))
    assert abs(norm.running_var.item() - 5) < 6 * 5 * math.sqrt(2 / n)


def test_the_layer():
    layer, x = GaussianNoise(0.5), torch.ones(20)
    assert layer(x).tolist() != layer(x).tolist() and layer.eval()(x) is x
    assert layer.monte_carlo()(x).tolist() != x.tolist()
    assert layer.stochastic and not list(layer.parameters()) and not layer.state_dict()
    assert repr(layer) == "GaussianNoise(std=0.5)"


# gradients


def test_gradient_noise_by_hand():
    v, w, idle = (torch.zeros(2, requires_grad=True) for _ in range(3))
    (v.sum() + (3 * w).sum()).backward()
    noise = add_gradient_noise_([v, idle, w], 0.5, noise=[torch.tensor([1.0, -2.0]), torch.tensor([0.0, 4.0])], return_noise=True)
    assert v.grad.tolist() == [1.5, 0.0] and w.grad.tolist() == [3.0, 5.0] and idle.grad is None
    assert [e.tolist() for e in noise] == [[1.0, -2.0], [0.0, 4.0]]
    assert add_gradient_noise_(v, 0.0) is None and v.grad.tolist() == [1.5, 0.0]
    assert add_gradient_noise_([idle], 1.0, return_noise=True) == []


def test_gradient_noise_has_its_variance():
    """n = 400,000 in two layouts, float32: mean and variance within 6 sigma."""
    n, std = 400_000, 0.2
    w = torch.zeros(400, 1000, requires_grad=True)
    w.grad = wrap(np.ones((1000, 400), dtype=np.float32).T)
    add_gradient_noise_([w], std)
    added = w.grad.numpy().astype(float) - 1
    assert w.grad.dtype == torch.float32
    assert abs(added.mean()) < 6 * std / math.sqrt(n) and abs(added.var() - std**2) < 6 * std**2 * math.sqrt(2 / n)


def test_the_variance_anneals():
    """Equation (3): s^2 (1 + t)^gamma is eta at every step."""
    for eta, gamma in ((0.01, 0.55), (0.3, 0.55), (1.0, 1.0), (0.3, 0.0), (0.0, 0.55)):
        for t in (0, 1, 10, 10_000):
            assert annealed_std(t, eta, gamma) ** 2 * (1 + t) ** gamma == pytest.approx(eta, rel=1e-14)
    assert annealed_std(10, 0.3) == annealed_std(10, 0.3, gamma=0.55)


@pytest.mark.parametrize(("lr", "h"), [(0.1, 1.0), (0.5, 3.0)])
def test_where_noisy_descent_settles(lr, h):
    """Equation (7): n = 100,000 weights side by side, the variance after 200 steps within 6 sigma."""
    n, s = 100_000, 0.7
    w = torch.zeros(n, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=lr)
    for _ in range(200):
        w.grad = h * w.detach()
        add_gradient_noise_([w], s)
        optimizer.step()
    v = lr * s**2 / (h * (2 - lr * h))
    assert v == pytest.approx((1 - lr * h) ** 2 * v + lr**2 * s**2, rel=1e-13)
    assert abs(w.detach().numpy().var() - v) < 6 * v * math.sqrt(2 / n)


def test_chance_comes_from_the_generator():
    x, w = torch.ones(50), torch.ones(50, requires_grad=True)
    w.grad = torch.zeros(50)

    def of_weights(generator):
        with weight_noise([w], 1.0, generator=generator) as (e,):
            return e.tolist()

    for draw in (
        of_weights,
        lambda g: gaussian_noise(x, 1.0, generator=g).tolist(),
        lambda g: add_gradient_noise_([w], 1.0, return_noise=True, generator=g)[0].tolist(),
    ):
        assert draw(random.Generator(3)) == draw(random.Generator(3)) != draw(random.Generator(4))
        before = random.get_state()
        draw(random.Generator(3))
        assert random.get_state() == before  # the default one was not asked
        with random.freeze() as draws:
            first = draw(None)
            draws.rewind()
            assert draw(None) == first


def test_noise_of_nothing_draws_nothing():
    w = torch.ones(3, requires_grad=True)
    w.grad = torch.full((3,), 2.0)
    position = random.get_state()
    with weight_noise([w], 0.0) as (e,):
        assert w.tolist() == [1, 1, 1] and e.tolist() == [0, 0, 0]
    (e,) = add_gradient_noise_([w], 0.0, return_noise=True)
    assert w.grad.tolist() == [2, 2, 2] and e.tolist() == [0, 0, 0]
    assert gaussian_noise(w, 0.0) is w and random.get_state() == position


# refusals


@pytest.mark.parametrize("std", [-0.1, float("nan"), float("inf")])
def test_refused_std(std):
    x = torch.ones(2)
    for who, call in [
        ("gaussian_noise", lambda: gaussian_noise(x, std)),
        ("gaussian_noise", lambda: gaussian_noise(x, std, training=False)),
        ("GaussianNoise", lambda: GaussianNoise(std)),
        ("weight_noise", lambda: weight_noise([x], std)),
        ("add_gradient_noise_", lambda: add_gradient_noise_([x], std)),
    ]:
        with pytest.raises(ValueError, match=f"^{who}: std must be a finite number of at least 0, got std={std}; 0 switches it off$"):
            call()


def test_refusals_name_the_values():
    x, w = torch.ones(2, 3), torch.ones(2, requires_grad=True)
    w.grad = torch.zeros(2)
    computed = torch.nn.utils.weight_norm(torch.nn.Linear(3, 2))
    for error, said, call in [
        (TypeError, "gaussian_noise: input must be a Tensor, got ndarray", lambda: gaussian_noise(np.ones(3), 1.0)),
        (TypeError, "got std='a'", lambda: GaussianNoise("a")),
        (RuntimeError, "gaussian_noise: .* got dtype int64", lambda: gaussian_noise(torch.tensor([1]), 1.0)),
        (TypeError, "noise must be a Tensor, got list", lambda: gaussian_noise(x, 1.0, noise=[1.0])),
        (ValueError, r"shape that it is added to, \(2, 3\), got \(3,\)", lambda: gaussian_noise(x, 1.0, noise=torch.ones(3))),
        (ValueError, "weight_noise: params must hold a tensor, got none in list", lambda: weight_noise([], 1.0)),
        (TypeError, "weight_noise: .* got float among them", lambda: weight_noise([1.0], 1.0)),
        (RuntimeError, "weight_noise: params must be floating point, got dtype int64", lambda: weight_noise([torch.tensor([1])], 1.0)),
        (RuntimeError, "weight_noise: .* got weight of Linear, which weight_norm computes", lambda: weight_noise(computed, 1.0)),
        (RuntimeError, "weight_noise: .* must be a leaf, got the output of <MulBackward0>", lambda: weight_noise([w * 2], 1.0)),
        (ValueError, "for each that it is added to, 1, got 2", lambda: weight_noise([w], 1.0, noise=[x, x]).__enter__()),
        (TypeError, "add_gradient_noise_: parameters must be a Tensor, got int", lambda: add_gradient_noise_([3], 1.0)),
        (ValueError, r"added to, \(2,\), got \(2, 3\)", lambda: add_gradient_noise_([w], 1.0, noise=[x])),
        (ValueError, "annealed_std: eta must be a finite number of at least 0, got eta=-1", lambda: annealed_std(0, -1)),
        (ValueError, "got step=-1", lambda: annealed_std(-1, 1.0)),
        (ValueError, "got gamma=-0.5", lambda: annealed_std(0, 1.0, -0.5)),
    ]:
        with pytest.raises(error, match=said):
            call()
    assert w.tolist() == [1, 1] and w.grad.tolist() == [0, 0]
    with torch.no_grad(), pytest.raises(RuntimeError, match="which weight_norm computes"):  # nothing records it there
        weight_noise(computed, 1.0)


def test_the_function_is_pure():
    x, noise = np.arange(4.0), np.ones(4)
    before = random.get_state()
    first, second = (NoiseFunction.apply(wrap(x), noise, std=2.0).array for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert random.get_state() == before and x.tolist() == [0, 1, 2, 3] and noise.tolist() == [1] * 4
