"""Why mixup regularizes: the equations of its docstring, exactly or to the order that they claim."""

import itertools

import numpy as np
import pytest

import tinyreg as torch
from tinyreg import random
from tinyreg.regularization.mixup import mixup


def given(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def share(alpha):
    """c of equation (8)."""
    return alpha / (2 * (2 * alpha + 1))


def nodes(alpha, beta=None, n=60):
    """Gauss-Jacobi: points in [0, 1] and weights that integrate polynomials exactly against the density of Beta(alpha, beta)."""
    special = pytest.importorskip("scipy.special")
    beta = alpha if beta is None else beta
    t, weight = special.roots_jacobi(n, beta - 1, alpha - 1)
    return (1 + t) / 2, weight / weight.sum()


@pytest.mark.parametrize("alpha", [0.2, 1.0, 4.0])
def test_the_share_c(alpha):
    """Equation (8): under Beta(alpha, alpha), and theta^2 of (7)."""
    lam, weight = nodes(alpha)
    assert weight @ (lam * (1 - lam)) == pytest.approx(share(alpha), rel=1e-12)
    kept, weight = nodes(alpha + 1, alpha)
    assert weight @ (1 - kept) ** 2 == pytest.approx(share(alpha), rel=1e-12)


@pytest.mark.parametrize("alpha", [0.5, 1.0, 3.0])
def test_hard_labels_and_another_beta_give_the_same_loss(alpha):
    """Equation (7), for a small network and all pairs of five examples; the loss is smooth, so that 60 nodes are exact."""
    rng = np.random.default_rng(0)
    x, y, w = rng.normal(size=(5, 3)), np.array([0, 2, 1, 1, 0]), rng.normal(size=(3, 3))

    def losses(z):
        """The loss of every label at the inputs z, (..., 3)."""
        scores = np.tanh(z @ w)
        return np.log(np.exp(scores).sum(axis=-1, keepdims=True)) - scores

    def expectation(lam, weight, term):
        pairs = itertools.product(range(5), repeat=2)
        return sum(weight @ term(lam, i, j) for i, j in pairs) / 25

    def mixed(lam, i, j):
        every = losses(lam[:, None] * x[i] + (1 - lam[:, None]) * x[j])
        return lam * every[:, y[i]] + (1 - lam) * every[:, y[j]]

    def hard(lam, i, j):
        return losses(x[i] + (1 - lam[:, None]) * (x[j] - x[i]))[:, y[i]]

    assert expectation(*nodes(alpha), mixed) == pytest.approx(expectation(*nodes(alpha + 1, alpha), hard), rel=1e-10)


@pytest.mark.parametrize("alpha", [0.3, 1.0, 5.0])
def test_least_squares_does_not_notice(alpha):
    """Equation (9) over all pairs, and the weights that minimise it: those of least squares with an intercept."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(12, 3)), rng.normal(size=12)
    rows = np.column_stack([x, np.ones(12)])
    lam, weight = nodes(alpha, n=4)
    mixed_rows, mixed_y, weights = [], [], []
    for (i, j), (part, w) in itertools.product(itertools.product(range(12), repeat=2), zip(lam, weight)):
        mixed_rows.append(part * rows[i] + (1 - part) * rows[j])
        mixed_y.append(part * y[i] + (1 - part) * y[j])
        weights.append(w / 144)
    mixed_rows, mixed_y, weights = map(np.array, (mixed_rows, mixed_y, weights))
    v = rng.normal(size=4)
    residual, c = y - rows @ v, share(alpha)
    assert weights @ (mixed_y - mixed_rows @ v) ** 2 == pytest.approx((1 - 2 * c) * residual.var() + residual.mean() ** 2, rel=1e-10)
    best = np.linalg.solve(mixed_rows.T * weights @ mixed_rows, mixed_rows.T @ (weights * mixed_y))
    np.testing.assert_allclose(best, np.linalg.lstsq(rows, y)[0], rtol=1e-9)


def test_a_convex_loss_of_a_linear_score_to_second_order():
    """Equation (10) against the mean over all partners: what is left is of third order in the weights."""
    rng = np.random.default_rng(0)
    x, w, theta = rng.normal(size=(40, 4)), rng.normal(size=4), 0.4
    S = np.cov(x.T, bias=True)

    def error(scale):
        z = x @ (w * scale)
        exact = np.logaddexp(0, z[:, None] + theta * (z[None, :] - z[:, None])).mean(axis=1)
        moved = (1 - theta) * z + theta * z.mean()
        q = 1 / (1 + np.exp(-moved))
        penalty = theta**2 / 2 * q * (1 - q) * (scale**2 * w @ S @ w)
        return abs((exact - np.logaddexp(0, moved)).sum() / penalty.sum() - 1)

    errors = [error(scale) for scale in (0.2, 0.1, 0.05)]
    assert errors[0] < 0.02 and errors[0] > 1.8 * errors[1] > 1.8 * 1.8 * errors[2]


def test_separable_examples_get_finite_weights():
    """Equation (11): where the logistic loss falls for ever, the mixed one is least at 3.54, without pairs of one at 2.60."""
    lam, weight = nodes(1.0)

    def cross(w):
        u = 2 * lam - 1
        return weight @ (np.logaddexp(0, w * u) - lam * w * u)

    def objective(w):
        return (np.logaddexp(0, -w) + cross(w)) / 2

    grid = np.linspace(0, 40, 4001)
    values = np.array([objective(w) for w in grid])
    assert grid[values.argmin()] == pytest.approx(3.54, abs=0.01)
    assert grid[np.argmin([cross(w) for w in grid])] == pytest.approx(2.60, abs=0.01)
    assert values[-1] > values.min() and (np.diff(np.logaddexp(0, -grid)) < 0).all()
    assert (objective(400.0) - objective(300.0)) / 100 == pytest.approx(1 / 24, rel=1e-3), "half the mean of (11), 1/12"


def test_the_variance_that_batch_norm_meets():
    """1 - 2c = 2/3 for alpha = 1: n = 4,000 batches of 64; 6 sigma, measured from the batches themselves."""
    x = torch.tensor(given(64, 1))
    generator, ratios = random.Generator(0), []
    for _ in range(4000):
        mixed, _ = mixup(x, torch.arange(64), 1.0, generator=generator)
        ratios.append(mixed.numpy().var() / x.numpy().var())
    assert abs(np.mean(ratios) - 2 / 3) < 6 * np.std(ratios) / 4000**0.5
