"""What the room derives: (11), (12), (13)."""

import numpy as np
import pytest

from tinyreg.transforms import RandomHorizontalFlip

RNG = np.random.default_rng(0)
N, H, W = 40, 3, 6
X = RNG.standard_normal((N, 1, H, W))
Y = RNG.standard_normal(N)


def flat(x):
    return x.reshape(len(x), -1)


MIRRORED = RandomHorizontalFlip(p=1)(X)
EVEN, ODD = flat(X + MIRRORED) / 2, flat(X - MIRRORED) / 2


@pytest.mark.parametrize("p", [0, 0.2, 0.5, 1])
def test_flips_of_a_linear_model_are_exactly_a_penalty_on_its_odd_part(p):
    w = RNG.standard_normal(H * W)
    left = (1 - p) * (flat(X) @ w - Y) ** 2 + p * (flat(MIRRORED) @ w - Y) ** 2
    right = ((EVEN + (1 - 2 * p) * ODD) @ w - Y) ** 2 + 4 * p * (1 - p) * (ODD @ w) ** 2
    np.testing.assert_allclose(left, right, rtol=1e-12)


def test_the_mean_over_drawn_flips_is_the_one_of_the_derivation():
    n = 200_000
    w = RNG.standard_normal(H * W)
    losses = (flat(RandomHorizontalFlip()(np.broadcast_to(X[:1], (n, 1, H, W)))) @ w - Y[0]) ** 2
    expected = (EVEN[0] @ w - Y[0]) ** 2 + (ODD[0] @ w) ** 2
    assert abs(losses.mean() - expected) < 6 * losses.std() / n**0.5


def test_least_squares_on_the_images_and_their_mirror_images_has_even_weights():
    both = np.concatenate([flat(X), flat(MIRRORED)])
    w = np.linalg.lstsq(both, np.concatenate([Y, Y]), rcond=None)[0]
    even = np.linalg.lstsq(EVEN, Y, rcond=None)[0]  # the shortest solution: it has no odd part
    np.testing.assert_allclose(w, even, atol=1e-10)
    np.testing.assert_allclose(w.reshape(H, W), w.reshape(H, W)[:, ::-1], atol=1e-10)
    plain = np.linalg.lstsq(flat(X), Y, rcond=None)[0].reshape(H, W)
    assert np.abs(plain - plain[:, ::-1]).max() > 0.1  # without the mirror images it has one


def test_small_transformations_are_a_penalty_along_their_direction():
    """F(w.g_e x) for the logistic loss and the path g_e x = x + e t + e^2 a/2, e = +s or -s: (12) up to s^4."""
    x, t, a, w = RNG.standard_normal((4, 5))

    def loss(x):
        return np.log1p(np.exp(-(w @ x)))

    q = 1 / (1 + np.exp(w @ x))
    first, second = -q, q * (1 - q)  # l' and l'' of log(1 + exp(-f))
    errors = []
    for s in (0.02, 0.01):
        mean = np.mean([loss(x + e * t + e * e / 2 * a) for e in (s, -s)])
        errors.append(abs(mean - (loss(x) + s * s / 2 * (second * (w @ t) ** 2 + first * (w @ a)))))
    assert errors[0] < 1e-6 and 12 < errors[0] / errors[1] < 20  # halving s divides the error by 16


def test_of_the_square_the_penalty_is_exact_where_the_path_is_a_line():
    x, t, w = RNG.standard_normal((3, 5))
    s, y = 0.7, 0.3
    mean = np.mean([(w @ (x + e * t) - y) ** 2 for e in (s, -s)])
    np.testing.assert_allclose(mean, (w @ x - y) ** 2 + s * s / 2 * 2 * (w @ t) ** 2)
