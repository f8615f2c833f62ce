"""Circulating claims about ridge and lasso, each against its printed counter-example.

Diabetes has columns of norm 1 and a centred target throughout. Strengths are those of

    ridge    |y - Xb|^2 + strength |b|^2                  lasso    |y - Xb|^2/2 + strength |b|_1

The library's lasso has 1/(2n) in front, and so takes strength/n.
"""

import numpy as np
import pytest

import tinyreg as torch
from tinyreg.datasets import Diabetes
from tinyreg.optim import SGD
from tinyreg.regularization.l2 import l2_penalty
from tinyreg.regularization.max_norm import max_norm_
from tinyreg.regularization.paths.coordinate_descent import lasso_path
from tinyreg.regularization.paths.ridge import filter_factors, ridge


@pytest.fixture(scope="module")
def diabetes():
    table = Diabetes(scaling="norm")
    return table.data.numpy(), table.targets.numpy()


def lasso(X, y, strengths):
    """The coefficients for strengths of half the sum of squares, which must fall: a column each."""
    used, coefs, info = lasso_path(X, y, strengths=np.array(strengths) / len(y))
    np.testing.assert_array_equal(used * len(y), strengths)
    assert max(info["kkt"]) < 1e-7
    return coefs


def coefficient(coefs, name):
    return coefs[Diabetes.feature_names.index(name)]


# "L1 smooths, L2 concentrates"


def test_l1_gives_zeros_and_l2_gives_none(diabetes):
    """lasso(200): 6 of 10 are 0. Ridge that leaves as little of the weights' length: none."""
    b = lasso(*diabetes, [200])[:, 0]
    assert np.count_nonzero(b) == 4
    shrunk = ridge(*diabetes, 0.5).coef
    assert np.linalg.norm(shrunk) == pytest.approx(np.linalg.norm(b), rel=0.1) and np.count_nonzero(shrunk) == 10


def test_of_two_equal_columns_l2_takes_both_and_l1_does_not_care():
    """200 examples, y = 3 x + 0.1 noise, x given twice, strength 1: ridge 1.492 and 1.492, lasso 2.988 in any division."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=200)
    y = 3 * x + 0.1 * rng.normal(size=200)
    X = np.column_stack([x, x])
    np.testing.assert_allclose(ridge(X, y, 1.0).coef, [1.492, 1.492], atol=5e-4)
    b = lasso(X, y, [1.0])[:, 0]
    assert b.sum() == pytest.approx(2.988, abs=5e-4) and (b >= 0).all()

    def objective(first, second):
        return ((y - X @ [first, second]) ** 2).sum() / 2 + abs(first) + abs(second)

    assert objective(b.sum(), 0) == pytest.approx(objective(*b), rel=1e-12)
    assert objective(b.sum() / 2, b.sum() / 2) == pytest.approx(objective(*b), rel=1e-12)
    np.testing.assert_allclose(b, [b.sum(), 0])  # coordinate descent begins with the first, and leaves nothing to the second


def test_l2_is_smooth_and_l1_has_a_kink_at_zero():
    """Slopes on both sides of 0: those of w^2/2 meet, those of |w| are 2 apart."""
    for h in (1e-3, 1e-6):
        slopes = {power: [(abs(w) ** power / power - 0) / w for w in (-h, h)] for power in (1, 2)}
        assert slopes[1] == [-1, 1] and abs(slopes[2][1] - slopes[2][0]) <= h * (1 + 1e-12)


# "L2 regularization, or lasso"


def test_the_lasso_is_another_penalty(diabetes):
    """Zeros among ten: lasso 0, 5, 7, 10 at 1, 100, 400, 949.5; ridge none at any strength up to 1000."""
    coefs = lasso(*diabetes, [949.5, 400, 100, 1])
    assert [10 - np.count_nonzero(b) for b in coefs.T] == [10, 7, 5, 0]
    assert np.count_nonzero(ridge(*diabetes, [1, 10, 100, 400, 949.5, 1000]).coef) == 60


# "L1 makes weights non-negative"


def test_the_lasso_keeps_signs(diabetes):
    """lasso(100): sex -54.6, s3 -154.6."""
    b = lasso(*diabetes, [100])[:, 0]
    assert [round(coefficient(b, name), 1) for name in ("sex", "s3")] == [-54.6, -154.6]


# "regularization makes a model more complex"


def test_the_effective_number_of_parameters_falls(diabetes):
    """10, 7.64, 3.94, 0.10 at 0, .1, 1, 100: the sum of the filter factors, and the trace of the matrix that maps y to its fit."""
    X, y = diabetes
    strengths = [0, 0.001, 0.01, 0.1, 1, 10, 100]
    df = ridge(X, y, strengths).df
    assert df.round(2).tolist() == [10, 9.87, 9.25, 7.64, 3.94, 0.83, 0.10]
    for strength, degrees in zip(strengths, df):
        _, factors = filter_factors(X, strength)
        hat = X @ np.linalg.solve(X.T @ X + strength * np.eye(10), X.T)
        assert degrees == pytest.approx(factors.sum(), rel=1e-12) and degrees == pytest.approx(np.trace(hat), rel=1e-9)


# "the strength does not matter, by duality"


@pytest.fixture(scope="module")
def divided(diabetes):
    """100 of the patients, drawn at random, to train; the others to test."""
    X, y = diabetes
    order = np.random.default_rng(0).permutation(442)
    return X[order[:100]], y[order[:100]], X[order[100:]], y[order[100:]]


STRENGTHS = [0.0001, 0.01, 0.1, 1, 10]


def test_the_strength_is_a_place_on_the_path(divided):
    """|w| 1008, 860, 634, 250, 42 and the test error 3039, 3027, 3120, 4263, 5614 at .0001, .01, .1, 1, 10."""
    X, y, test_X, test_y = divided
    coefs = ridge(X, y, STRENGTHS).coef
    assert np.linalg.norm(coefs, axis=0).round().tolist() == [1008, 860, 634, 250, 42]
    assert ((test_y[:, None] - test_X @ coefs) ** 2).mean(axis=0).round().tolist() == [3039, 3027, 3120, 4263, 5614]


def test_a_strength_is_a_radius(divided):
    """Gradient descent, projected on the ball of the radius |w(.1)|, finds w(.1) to 2e-12; L2 of half the sum of squares, too."""
    X, y, *_ = divided
    solution = ridge(X, y, 0.1).coef
    radius = float(np.linalg.norm(solution))
    inputs, targets = torch.tensor(X), torch.tensor(y)

    def descend(penalty, project):
        w = torch.zeros(1, 10, dtype=torch.float64, requires_grad=True)
        optimizer = SGD([w], lr=1 / (np.linalg.norm(X, 2) ** 2 + 0.1))
        for _ in range(500):
            optimizer.zero_grad()
            (((targets - inputs @ w[0]) ** 2).sum() / 2 + penalty([w])).backward()
            optimizer.step()
            project([w])
        return w.detach().numpy()[0]

    inside = descend(lambda w: 0.0, lambda w: max_norm_(w, radius))
    penalized = descend(lambda w: l2_penalty(w, 0.1), lambda w: None)
    for found in (inside, penalized):
        np.testing.assert_allclose(found, solution, rtol=2e-12 * radius / abs(solution).min())
        assert np.linalg.norm(found - solution) < 2e-12 * radius


def test_radii_and_strengths_go_in_pairs(divided):
    """The longer the strength, the smaller the ball, without a stop: each radius below |w(0)| belongs to one strength."""
    X, y, *_ = divided
    lengths = np.linalg.norm(ridge(X, y, np.geomspace(1e-6, 1e6, 200)).coef, axis=0)
    assert (np.diff(lengths) < 0).all() and lengths[0] > 1000 and lengths[-1] < 0.01
