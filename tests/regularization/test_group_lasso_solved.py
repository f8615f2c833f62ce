"""Group lasso solved: its certificate of optimality, and what its zeros are good for."""

import math

import numpy as np
import pytest

import tinyreg as torch
from tinyreg.regularization.group_lasso import group_lasso_penalty, group_lasso_proximal_

LABELS = [0, 1, 1, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5]


def leaf(values, dtype="float64"):
    return torch.tensor(np.asarray(values, dtype=dtype), requires_grad=True)


def regression(n=60, outputs=(), seed=0):
    """Correlated inputs of norm 1 in six groups of 1 to 5, in random order; targets that depend on two of the groups."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 20)) + 0.7 * rng.standard_normal((n, 1))
    x = (x - x.mean(axis=0)) / np.linalg.norm(x - x.mean(axis=0), axis=0)
    labels = rng.permutation(LABELS)
    true = rng.standard_normal((20, *outputs)) * 20
    true[(labels != 1) & (labels != 3)] = 0
    y = x @ true + rng.standard_normal((n, *outputs))
    return x, y - y.mean(axis=0), labels


def solve(x, y, s, steps=20000, **groups):
    """Proximal gradient descent on |y - X w|^2/2 + penalty: plain SGD, then the block threshold."""
    tx, ty = torch.tensor(x), torch.tensor(y)
    w, lr = leaf(np.zeros((x.shape[1], *y.shape[1:]))), 1 / np.linalg.norm(x, 2) ** 2
    optimizer = torch.optim.SGD([w], lr=lr)
    for _ in range(steps):
        before = w.array.copy()
        optimizer.zero_grad()
        (((ty - tx @ w) ** 2).sum() / 2).backward()
        optimizer.step()
        group_lasso_proximal_([w], lr, s, **groups)
        if abs(before - w.array).max() < 1e-13:
            break
    return w.detach().numpy()


def members(labels):
    return [labels == g for g in np.unique(labels)]


def largest_strength(x, y, labels):
    """Above it all groups are 0."""
    return max(np.linalg.norm(x[:, g].T @ y) / math.sqrt(g.sum()) for g in members(labels))


@pytest.mark.parametrize("share", [0.02, 0.2, 0.6])
def test_it_satisfies_its_optimality_certificate(share):
    """Equation (7) for groups of 1 to 5 inputs: necessary and sufficient, whatever method found w."""
    x, y, labels = regression()
    s = share * largest_strength(x, y, labels)
    w = solve(x, y, s, groups=labels)
    gradient = -x.T @ (y - x @ w)
    active = 0
    for g in members(labels):
        bound = s * math.sqrt(g.sum())
        if (w[g] == 0).all():
            assert np.linalg.norm(gradient[g]) < bound
        else:
            assert (w[g] != 0).all()
            np.testing.assert_allclose(gradient[g], -bound * w[g] / np.linalg.norm(w[g]), rtol=1e-6)
            active += 1
    assert 0 < active < 6 or share == 0.02


def test_rows_satisfy_their_optimality_certificate_with_several_targets():
    """Inputs are chosen for all targets together: the groups are the rows of w, X w = y."""
    x, y, _ = regression(outputs=(4,), seed=1)
    s = 0.2 * max(np.linalg.norm(row) / 2 for row in x.T @ y)
    w = solve(x, y, s)
    gradient = -x.T @ (y - x @ w)
    zero = (w == 0).all(axis=1)
    assert 0 < zero.sum() < 20 and (w[~zero] != 0).all()
    assert (np.linalg.norm(gradient[zero], axis=1) < 2 * s).all()
    np.testing.assert_allclose(gradient[~zero], -2 * s * w[~zero] / np.linalg.norm(w[~zero], axis=1, keepdims=True), rtol=1e-6)


def test_above_the_largest_strength_all_groups_are_zero_just_below_one_is_not():
    x, y, labels = regression()
    largest = largest_strength(x, y, labels)
    assert (solve(x, y, 1.0001 * largest, groups=labels) == 0).all()
    w = solve(x, y, 0.999 * largest, groups=labels)
    assert [bool((w[g] != 0).any()) for g in members(labels)].count(True) == 1


def test_a_gradient_step_almost_never_lands_on_zero():
    w = leaf([[0.6, 0.75]])
    optimizer, seen = torch.optim.SGD([w], lr=0.1), []
    for _ in range(100):
        optimizer.zero_grad()
        group_lasso_penalty([w], 1.0).backward()
        optimizer.step()
        seen.append(float(np.linalg.norm(w.array)))
    assert 0.0 not in seen and max(seen[20:]) < 0.15
    v = leaf([[0.6, 0.75]])
    for _ in range(10):
        group_lasso_proximal_([v], 0.1, 1.0)
    assert v.tolist() == [[0.0, 0.0]]


def test_a_unit_at_zero_can_be_removed():
    """Its output is its bias; its activation times the next weights is a constant for the next bias."""
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
    first, last = net[0], net[2]
    first.weight.array[1] *= 1e-3
    group_lasso_proximal_(first, lr=1.0, strength=0.01)
    assert (first.weight.array == 0).all(axis=1).tolist() == [False, True, False, False]
    x = torch.randn(5, 3)
    before = net(x).detach().numpy()
    constant = last.weight.array[:, 1] * max(first.bias.array[1], 0)
    kept = [0, 2, 3]
    hidden = np.maximum(x.array @ first.weight.array[kept].T + first.bias.array[kept], 0)
    np.testing.assert_allclose(hidden @ last.weight.array[:, kept].T + last.bias.array + constant, before, rtol=1e-5, atol=1e-6)
