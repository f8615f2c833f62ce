"""Identities of the papers that join two rooms, each through the library's own doors and to a stated tolerance.

    Srivastava et al. 2014, 9.1    dropout of the inputs is ridge        here by sampling; all masks: test_dropout.py
    Wager, Wang, Liang 2013        dropout is adaptive L2                here where it is good; its order: test_dropout.py
    Bishop 1995                    noise is Tikhonov's penalty           here for a network; linear and order: test_noise.py
    Goodfellow et al. 2016, 7.8    early stopping is like L2             test_early_stopping.py
    Srivastava et al. 2014, 10     Gaussian dropout has its moments      test_gaussian_dropout.py
    Hinton, Vinyals, Dean 2015     distillation matches logits           here

A sample of n has the standard error sigma/sqrt(n): bounds are six of them, which chance exceeds twice in 10^9.
"""

import itertools
import math

import numpy as np
import pytest

import tinyreg as torch
from tinyreg.autograd.tensor import wrap
from tinyreg.nn import functional
from tinyreg.regularization.dropout import dropout
from tinyreg.regularization.noise import gaussian_noise


@pytest.mark.parametrize("keep", [0.5, 0.8])
def test_dropout_of_the_inputs_is_ridge_by_sampling(keep):
    """E|y - (R*X)w|^2 = |y - p Xw|^2 + p(1-p)|Gamma w|^2, R ~ Bernoulli(p), p kept: n = 40,000 masks, within 6 sigma."""
    rng, n = np.random.default_rng(0), 40_000
    X, w, y = rng.normal(size=(5, 8)), rng.normal(size=8), rng.normal(size=5)
    inverted = dropout(torch.tensor(np.broadcast_to(X, (n, *X.shape)).copy()), p=1 - keep).numpy()
    errors = ((y - keep * inverted @ w) ** 2).sum(axis=1)  # R*X, without dropout's scale 1/keep
    gamma = np.sqrt(np.diag(X.T @ X))
    ridge = ((y - keep * X @ w) ** 2).sum() + keep * (1 - keep) * ((gamma * w) ** 2).sum()
    assert abs(errors.mean() - ridge) < 6 * errors.std() / math.sqrt(n)
    assert abs(errors.mean() / ridge - 1) < 0.01  # six standard errors are a small share of it


def logistic_penalties(X, w, p):
    """What dropout of the inputs adds to the logistic loss: exactly, by all 2^d masks, and Wager's quadratic."""
    d, z = len(w), X @ w
    kept = np.array(list(itertools.product([False, True], repeat=d)))
    chances = (1 - p) ** kept.sum(axis=1) * p ** (d - kept.sum(axis=1))
    inputs = torch.tensor(np.broadcast_to(X, (len(kept), *X.shape)).copy())
    noisy = dropout(inputs, p, mask=torch.tensor(np.broadcast_to(kept[:, None], inputs.shape).copy())).numpy() @ w
    exact = chances @ (np.logaddexp(0, noisy) - np.logaddexp(0, z))  # one for each example
    q = 1 / (1 + np.exp(-z))
    return exact, 0.5 * p / (1 - p) * q * (1 - q) * (X**2 @ w**2)


def test_the_quadratic_overestimates_dropouts_penalty_as_weights_grow():
    """200 examples of 8 normal inputs, p = 1/2, weights of size .1, .3 and 1: by 1 %, 5 % and 12 %."""
    rng = np.random.default_rng(0)
    X, w = rng.normal(size=(200, 8)), rng.normal(size=8)
    ratios = []
    for scale in (0.1, 0.3, 1.0):
        exact, quadratic = logistic_penalties(X, scale * w, 0.5)
        ratios.append(quadratic.sum() / exact.sum())
    np.testing.assert_allclose(ratios, [1.01, 1.05, 1.12], atol=0.005)


def test_the_quadratic_is_too_large_where_undecided_and_too_small_where_confident():
    """At z = 0 the softplus lies below its parabola; far out q(1 - q) vanishes, and noise still reaches back to z = 0."""
    rng = np.random.default_rng(0)
    X, w = rng.normal(size=(200, 8)), rng.normal(size=8)
    exact, quadratic = logistic_penalties(X, w, 0.5)
    z = abs(X @ w)
    undecided, confident = z < 0.2, z > 6
    assert undecided.sum() > 5 and confident.sum() > 5
    assert (quadratic[undecided] > exact[undecided]).all() and (quadratic[confident] < exact[confident]).all()


def test_dropouts_penalty_by_sampling():
    """One example of 8 inputs, weights of size 1, n = 100,000 masks drawn by the layer's own chance: within 6 sigma."""
    rng, n = np.random.default_rng(1), 100_000
    x, w = rng.normal(size=(1, 8)), rng.normal(size=8)
    losses = np.logaddexp(0, dropout(torch.tensor(np.broadcast_to(x, (n, 8)).copy()), p=0.3).numpy() @ w)
    (exact,), _ = logistic_penalties(x, w, 0.3)
    assert abs(losses.mean() - np.logaddexp(0, x @ w)[0] - exact) < 6 * losses.std() / math.sqrt(n)


@pytest.mark.parametrize(
    ("residuals", "order"),
    [([0.7, -0.7], 4), ([0.7], 2)],
    ids=["where it is the mean of the targets", "where it is not"],
)
def test_noise_on_the_inputs_of_a_network_is_tikhonovs_penalty(residuals, order):
    """E (f(x + s e) - y)^2 - (f(x) - y)^2 against s^2 |grad f|^2: what is left is of fourth order in s where f(x) = E[y|x].

    Otherwise the residual times the curvature of f is left, of second order. The expectation over normal e is exact to
    rounding by 24 x 24 Gauss-Hermite nodes, that over the targets by listing them.
    """
    torch.manual_seed(1)
    f = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1)).double()
    x = torch.randn(5, 1, 2, dtype=torch.float64, requires_grad=True)
    nodes, weights = np.polynomial.hermite_e.hermegauss(24)
    e = np.stack(np.meshgrid(nodes, nodes), axis=-1).reshape(1, -1, 2)
    chances = np.outer(weights, weights).ravel() / weights.sum() ** 2
    clean = f(x)
    clean.sum().backward()
    slopes, clean = (x.grad.numpy() ** 2).sum(), clean.detach().numpy()[..., 0]

    def left_out(std):
        noise = wrap(np.broadcast_to(e, (5, e.shape[1], 2)).copy())
        noisy = f(gaussian_noise(x.detach().expand(5, e.shape[1], 2), std, noise=noise)).detach().numpy()[..., 0]
        added = np.mean([((noisy - clean - r) ** 2 @ chances - r**2).sum() for r in residuals])
        return added - std**2 * slopes

    assert left_out(0.08) / left_out(0.04) == pytest.approx(2**order, rel=0.1)
    assert (abs(left_out(0.04)) < 0.01 * 0.04**2 * slopes) == (order == 4)


def distillation_gradient(z, v, temperature):
    """T^2 times the gradient of the soft targets' cross-entropy in the student's logits z, by backward; v is the teacher's."""
    student = torch.tensor(z[None], requires_grad=True)
    targets = functional.softmax(torch.tensor(v[None]) / temperature, dim=1)
    functional.cross_entropy(student / temperature, targets).backward()
    return temperature**2 * student.grad.numpy()[0]


def logits(classes=10, pairs=20):
    """Pairs of a student's and a teacher's logits, standard normal, of mean 0."""
    drawn = np.random.default_rng(0).normal(size=(pairs, 2, classes))
    return drawn - drawn.mean(axis=2, keepdims=True)


def test_distillation_at_a_high_temperature_matches_logits():
    """T (q_T - p_T) -> (z - v)/N: the first of twenty pairs of ten logits has the relative errors .30 .08 .02 .004 within 10 %."""
    temperatures = (1, 5, 20, 100)
    errors = np.empty((20, 4))
    for i, (z, v) in enumerate(logits()):
        limit = (z - v) / len(z)
        for j, temperature in enumerate(temperatures):
            q, p = (functional.softmax(torch.tensor(u) / temperature, dim=0).numpy() for u in (z, v))
            gradient = distillation_gradient(z, v, temperature)
            np.testing.assert_allclose(gradient, temperature * (q - p), rtol=1e-9, atol=1e-13)
            errors[i, j] = np.linalg.norm(gradient - limit) / np.linalg.norm(limit)
    assert (np.diff(errors, axis=1) < 0).all()  # falls with the temperature, for every pair
    np.testing.assert_allclose(errors[0], [0.30, 0.08, 0.02, 0.004], rtol=0.1)
    np.testing.assert_allclose(np.median(errors, axis=0), [0.438, 0.112, 0.0281, 0.00561], rtol=0.01)


def test_what_distillation_leaves_out_falls_as_one_over_the_temperature():
    """softmax(z/T)_i = (1 + z_i/T + (z_i^2 - mean z^2)/(2 T^2) + ...)/N where mean z = 0: so the next term is known, too."""
    temperature = 2000.0
    for z, v in logits():
        left = distillation_gradient(z, v, temperature) - (z - v) / len(z)
        next_term = (z**2 - (z**2).mean() - v**2 + (v**2).mean()) / (2 * len(z) * temperature)
        np.testing.assert_allclose(left, next_term, atol=0.01 * abs(next_term).max())


def test_without_zero_mean_the_limit_is_that_of_centred_logits():
    z, v = logits(pairs=1)[0]
    shifted = distillation_gradient(z + 3.0, v - 1.0, 50.0)
    np.testing.assert_allclose(shifted, distillation_gradient(z, v, 50.0), rtol=1e-8, atol=1e-13)
    assert np.linalg.norm(shifted - (z + 3 - v + 1) / len(z)) > 0.5
