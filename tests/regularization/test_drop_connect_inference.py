import math

import numpy as np

import tinyreg as torch
from tinyreg import random
from tinyreg.nn.functional import linear
from tinyreg.regularization.drop_connect import (
    drop_connect_inference,
    drop_connect_moments,
)


def given(*shapes, seed=0):
    rng = np.random.default_rng(seed)
    return [torch.tensor(rng.normal(size=shape), requires_grad=True) for shape in shapes]


def relu_of_normal(mean, variance):
    """E[relu(u)] of a normal u, in closed form."""
    sd = np.sqrt(variance)
    z = mean / sd
    cumulative = np.array([0.5 * (1 + math.erf(v / math.sqrt(2))) for v in z.ravel()]).reshape(z.shape)
    return mean * cumulative + sd * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)


def test_inference_averages_the_activation_of_normal_numbers():
    """Z = 40,000 samples: each output within 6 sigma of the closed form; that of the mean is up to 30 sigma off."""
    x, weight, bias = (t.detach() for t in given((5, 8), (4, 8), (4,)))
    mean, variance = (t.numpy() for t in drop_connect_moments(x, weight, bias, 0.5))
    exact, samples = relu_of_normal(mean, variance), 40_000
    found = drop_connect_inference(x, weight, bias, 0.5, torch.relu, samples).numpy()
    sigma = np.sqrt(variance / samples)  # that of relu(u) is no larger
    assert (abs(found - exact) < 6 * sigma).all()
    plain = torch.relu(linear(x, weight, bias)).numpy()
    assert (exact > plain).all() and abs(exact - plain).max() > 30 * sigma.max()  # Jensen


def test_inference_agrees_with_many_masks():
    """300 inputs, 20,000 masks, p = 0.5 (no skewness): the average of relu over masks is (14) within 6 sigma and 1/300 of it."""
    rng = np.random.default_rng(0)
    x, w, n = rng.normal(size=300), rng.normal(size=300), 20_000
    masked = 2 * (rng.random((n, 300)) < 0.5) @ (x * w)
    mean, variance = (t.numpy() for t in drop_connect_moments(torch.tensor(x), torch.tensor(w[None])))
    sd = math.sqrt(variance.item())
    assert abs(np.maximum(masked, 0).mean() - relu_of_normal(mean, variance).item()) < 6 * sd / math.sqrt(n) + sd / 300


def test_inference_with_given_noise():
    x, weight, bias = given((5, 3), (2, 3), (2,))
    noise = torch.randn(7, 5, 2, dtype=torch.float64)
    found, used = drop_connect_inference(x, weight, bias, 0.2, torch.tanh, noise=noise, return_noise=True)
    mean, variance = (t.detach().numpy() for t in drop_connect_moments(x, weight, bias, 0.2))
    np.testing.assert_allclose(found.numpy(), np.tanh(mean + np.sqrt(variance) * noise.numpy()).mean(axis=0), rtol=1e-12)
    assert used is noise and not found.requires_grad
    _, drawn = drop_connect_inference(x, weight, bias, 0.2, torch.tanh, 4, return_noise=True, generator=random.Generator(2))
    assert drawn.shape == (4, 5, 2) and drawn.dtype == torch.float64
    x32 = x.detach().float()
    y = drop_connect_inference(x32, weight.detach().float(), None, 0.2, torch.relu, 3)
    assert y.dtype == torch.float32


def test_without_drops_inference_is_evaluation():
    x, weight, bias = given((5, 3), (2, 3), (2,))
    found = drop_connect_inference(x, weight, bias, 0.0, torch.tanh, 3).numpy()
    np.testing.assert_allclose(found, torch.tanh(linear(x, weight, bias)).detach().numpy(), rtol=1e-14)


def test_wans_masked_bias_is_a_column_for_a_constant_input():
    """His moments, p the probability of keeping, no scale: mean p (W v + b), variance p (1 - p) (W*W v*v + b*b)."""
    x, weight, bias = (t.detach() for t in given((5, 3), (2, 3), (2,)))
    keeping = 0.7
    longer, wider = torch.cat([x, torch.ones(5, 1, dtype=torch.float64)], 1), torch.cat([weight, bias[:, None]], 1)
    mean, variance = drop_connect_moments(longer, wider * keeping, None, 1 - keeping)
    np.testing.assert_allclose(mean.numpy(), keeping * linear(x, weight, bias).numpy(), rtol=1e-12)
    squares = (x.numpy() ** 2) @ (weight.numpy() ** 2).T + bias.numpy() ** 2
    np.testing.assert_allclose(variance.numpy(), keeping * (1 - keeping) * squares, rtol=1e-12)
