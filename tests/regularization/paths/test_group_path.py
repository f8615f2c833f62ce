"""Oracles: groups of one are the lasso; one group in closed form; the conditions of optimality; proximal gradient descent."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinyreg as torch
from tinyreg.datasets import Diabetes
from tinyreg.optim import SGD
from tinyreg.regularization import group_lasso_path, group_lasso_penalty, group_lasso_proximal_, lasso_path, ridge
from tinyreg.regularization.paths.group_path import _block, _Groups, _solve

GROUPS = [0, 0, 1, 1, 2, 2, 2, 2, 2, 3]  # of diabetes: who, body, serum, sugar


@pytest.fixture(scope="module")
def diabetes():
    table = Diabetes(scaling="norm")
    return table.data.numpy(), table.targets.numpy()


def missed(X, y, b, strength, groups):
    """By how much b misses the conditions of optimality, from their definition."""
    worst, c = 0.0, X.T @ (y - X @ b) / len(y)
    for group in set(np.asarray(groups).tolist()):
        g = np.asarray(groups) == group
        t, length = strength * np.sqrt(g.sum()), np.linalg.norm(b[g])
        worst = max(worst, np.linalg.norm(c[g] - t * b[g] / length) if length else np.linalg.norm(c[g]) - t)
    return worst


def check(X, y, groups, path, tolerance=1e-9):
    strengths, coefs, info = path
    for strength, b, kkt in zip(strengths, coefs.T, info["kkt"]):
        assert missed(X, y, b, strength, groups) <= tolerance * max(strengths[0], 1e-300)
        assert kkt <= 1e-7


def test_groups_of_one_are_the_lasso(diabetes):
    path, lasso = group_lasso_path(*diabetes, np.arange(10)), lasso_path(*diabetes)
    np.testing.assert_allclose(path.strengths, lasso.strengths, rtol=1e-13)
    np.testing.assert_allclose(path.coefs, lasso.coefs, rtol=0, atol=1e-8)
    assert (path.info["active"] == lasso.info["active"]).all() and (path.info["groups"] == path.info["active"]).all()


@pytest.mark.parametrize("method", ["orthonormal", "correlated"])
def test_one_group_in_closed_form(method, diabetes):
    """Orthonormal columns: the block soft threshold. Else ridge, of which the strength depends on the length that comes out."""
    X, y = diabetes
    if method == "orthonormal":
        X = np.linalg.qr(X)[0]
    strengths, coefs, info = group_lasso_path(X, y, [7] * 10, n_strengths=20)
    assert strengths[0] == pytest.approx(np.linalg.norm(X.T @ y) / 442 / np.sqrt(10)) and not coefs[:, 0].any()
    for s, b in zip(strengths[1:], coefs[:, 1:].T):
        t = 442 * s * np.sqrt(10)
        if method == "orthonormal":
            expected = X.T @ y * (1 - t / np.linalg.norm(X.T @ y))
        else:
            expected = ridge(X, y, t / np.linalg.norm(b)).coef
        np.testing.assert_allclose(b, expected, rtol=1e-8)
    assert info["groups"].tolist() == [0] + [1] * 19


def test_two_groups_by_hand():
    """Columns at right angles, of squares 4: b_g = (c_g/4)(1 - t_g/|c_g|), c = (7, 1, 5)/... as X'y says."""
    X, y = np.array([[1, 1, 1], [1, -1, 1], [1, 1, -1], [1, -1, -1]]), np.array([8.0, 4.0, -1.0, 1.0])
    c = X.T @ y  # (12, 2, 12)
    assert c.tolist() == [12, 2, 12]
    strengths, coefs, info = group_lasso_path(X, y, [5, 5, -2], strengths=[1.0, 2.0])
    for s, b in zip([2.0, 1.0], coefs.T):
        t = 4 * s * np.sqrt(2)
        np.testing.assert_allclose(b, [*(c[:2] / 4 * (1 - t / np.sqrt(148))), (12 - 4 * s) / 4], rtol=1e-14)
    assert strengths.tolist() == [2, 1] and info["groups"].tolist() == [2, 2]


def test_the_path_of_diabetes_is_optimal(diabetes):
    path = group_lasso_path(*diabetes, GROUPS)
    check(*diabetes, GROUPS, path, 1e-12)
    strengths, coefs, info = path
    assert strengths[0] == pytest.approx(
        max(
            np.linalg.norm((diabetes[0].T @ diabetes[1])[np.equal(GROUPS, g)]) / np.sqrt(m) / 442
            for g, m in ((0, 2), (1, 2), (2, 5), (3, 1))
        )
    )
    assert not coefs[:, 0].any() and info["groups"][1] == 1 and coefs[2:4, 1].all()  # body mass and pressure together
    for b in coefs.T:
        zero = b == 0
        assert all(zero[np.equal(GROUPS, g)].all() or not zero[np.equal(GROUPS, g)].any() for g in range(4))
    assert info["groups"][-1] == 4 and info["iterations"].max() <= 5


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 12), st.integers(1, 14), st.integers(1, 6), st.booleans(), st.integers(0, 10**6))
def test_it_is_optimal_whatever_the_design(n, d, many, ties, seed):
    """More columns in a group than examples, copies, zeros."""
    rng = np.random.default_rng(seed)
    X = rng.integers(-1, 2, (n, d)).astype(float) if ties else rng.standard_normal((n, d))
    y, groups = rng.standard_normal(n), rng.integers(-3, many - 3, d)
    path = group_lasso_path(X, y, groups, n_strengths=8)
    check(X, y, groups, path, 1e-8)
    assert not path.coefs[:, 0].any() and path.info["iterations"].max() <= 20  # without its zeros Newton leaves hundreds


def test_it_is_what_proximal_gradient_descent_ends_at(diabetes):
    X, y = torch.tensor(diabetes[0] * 21), torch.tensor(diabetes[1])
    s = 12.0
    b = group_lasso_path(X, y, GROUPS, strengths=[s]).coefs[:, 0]
    w, lr = torch.zeros(10, dtype=torch.float64, requires_grad=True), 442 / np.linalg.norm(X.numpy(), 2) ** 2
    optimizer = SGD([w], lr=lr)
    for _ in range(2500):
        optimizer.zero_grad()
        (((y - X @ w) ** 2).sum() / (2 * 442)).backward()
        optimizer.step()
        group_lasso_proximal_([w], lr, s, groups=GROUPS)
    np.testing.assert_allclose(w.array, b, rtol=0, atol=1e-8)
    assert (w.array == 0).tolist() == (b == 0).tolist() and 0 < np.count_nonzero(b) < 10


def test_its_objective_is_that_of_group_lasso_penalty(diabetes):
    """Around the minimum the loss with the penalty is larger everywhere."""
    X, y = diabetes
    b, rng = group_lasso_path(X, y, GROUPS, strengths=[0.4]).coefs[:, 0], np.random.default_rng(0)

    def objective(w):
        return ((y - X @ w) ** 2).sum() / (2 * 442) + float(group_lasso_penalty(torch.tensor(w), 0.4, groups=GROUPS))

    assert all(objective(b + rng.standard_normal(10) * size) > objective(b) for size in (1e-2, 1, 100) for _ in range(20))


def test_a_turn_inside_a_group_changes_nothing(diabetes):
    X, y = diabetes
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((5, 5)))[0]
    turned = X.copy()
    turned[:, 4:9] = X[:, 4:9] @ turn
    path, other = (group_lasso_path(Z, y, GROUPS, n_strengths=20) for Z in (X, turned))
    np.testing.assert_allclose(other.strengths, path.strengths, rtol=1e-12)
    np.testing.assert_allclose(turn @ other.coefs[4:9], path.coefs[4:9], atol=1e-7)
    np.testing.assert_allclose(other.coefs[:4], path.coefs[:4], atol=1e-7)


def test_numbers_of_groups_are_names(diabetes):
    path = group_lasso_path(*diabetes, GROUPS, n_strengths=10)
    names = np.array([40, -7, 3, 12])
    for groups in (names[GROUPS], torch.tensor(names[GROUPS]), names[GROUPS].tolist(), names[GROUPS].astype("int8")):
        np.testing.assert_allclose(group_lasso_path(*diabetes, groups, n_strengths=10).coefs, path.coefs, rtol=1e-9)
    order = np.random.default_rng(0).permutation(10)
    shuffled = group_lasso_path(diabetes[0][:, order], diabetes[1], np.array(GROUPS)[order], n_strengths=10)
    np.testing.assert_allclose(shuffled.coefs, path.coefs[order], atol=1e-7)


def test_a_group_and_its_copy():
    """The two share what the group alone would do, in any division; a copy inside a group shares equally."""
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((20, 3)), rng.standard_normal(20)
    alone = group_lasso_path(X, y, [0, 0, 0], n_strengths=10)
    both = group_lasso_path(np.hstack([X, X]), y, [0, 0, 0, 1, 1, 1], n_strengths=10)
    np.testing.assert_allclose(both.coefs[:3] + both.coefs[3:], alone.coefs, atol=1e-9)
    inside = group_lasso_path(np.hstack([X, X[:, :1]]), y, [0, 0, 0, 0], n_strengths=10)
    np.testing.assert_allclose(inside.coefs[0], inside.coefs[3], atol=1e-12)


def test_strength_zero_is_least_squares(diabetes):
    strengths, coefs, info = group_lasso_path(*diabetes, GROUPS, strengths=[0, 0.1, 0])
    assert strengths.tolist() == [0.1, 0, 0]
    np.testing.assert_allclose(coefs[:, 1:].T, [np.linalg.lstsq(*diabetes, rcond=None)[0]] * 2, rtol=1e-8)
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((10, 30)), rng.standard_normal(10)
    coefs = group_lasso_path(X, y, np.arange(30) // 3, strengths=[0.0]).coefs
    np.testing.assert_allclose(X @ coefs[:, 0], y, atol=1e-12)


def test_from_cold_at_a_small_strength():
    """A thousandth of the first strength at once, 60 columns and 20 examples: the same as from strength to strength."""
    rng = np.random.default_rng(0)
    X, y, groups = rng.standard_normal((20, 60)) + rng.standard_normal((20, 1)), rng.standard_normal(20), np.arange(60) // 4
    path = group_lasso_path(X, y, groups, n_strengths=50)
    check(X, y, groups, path)
    cold = group_lasso_path(X, y, groups, strengths=path.strengths[-1:])
    np.testing.assert_allclose(cold.coefs[:, 0], path.coefs[:, -1], atol=1e-7)


def test_a_rule_that_expects_nobody_is_put_right(diabetes):
    """Which groups are looked at first is a guess; those that miss their condition are looked at next."""
    X, y = diabetes
    parts = _Groups(X, y, np.array(GROUPS))
    t, a = 0.2 * parts.roots, np.zeros(10)
    a, sweeps = _solve(parts, a, parts.gradient(a)[0], t, np.zeros(4, dtype=bool), 1e-7, 100)
    expected = group_lasso_path(X, y, GROUPS, strengths=[0.2])
    np.testing.assert_allclose(parts.turned_back(a), expected.coefs[:, 0], atol=1e-8)
    assert sweeps < 100 and expected.info["groups"][0] == 4


@pytest.mark.parametrize("seed", [122, 191, 509, 590])
def test_dependent_columns_take_few_sweeps(seed):
    """Three directions in up to twenty columns: many divisions of one fit, among which the sweeps alone wander for thousands."""
    rng = np.random.default_rng(seed)
    n, d = rng.integers(1, 16), rng.integers(1, 21)
    X, y = rng.standard_normal((n, 3)) @ rng.standard_normal((3, d)), rng.standard_normal(n)
    groups = rng.integers(0, rng.integers(1, d + 1), d)
    path = group_lasso_path(X, y, groups, n_strengths=8)
    check(X, y, groups, path)
    assert path.info["iterations"].max() <= 10
    cold = group_lasso_path(X, y, groups, strengths=path.strengths[-1:])
    check(X, y, groups, cold, 1e-6)
    assert cold.info["iterations"][0] <= 20


def test_nothing_to_explain():
    X = np.random.default_rng(0).standard_normal((5, 3))
    strengths, coefs, info = group_lasso_path(X, np.zeros(5), [0, 0, 1], n_strengths=4)
    assert strengths.tolist() == [0] * 4 and not coefs.any() and not info["kkt"].any()
    path = group_lasso_path(np.zeros((5, 3)), np.ones(5), [0, 0, 1], strengths=[0.5, 0])
    assert not path.coefs.any() and path.info["groups"].tolist() == [0, 0]


@pytest.mark.parametrize("t", [1e-6, 0.3, 0.999])
@pytest.mark.parametrize("spread", [1, 1e3, 1e12])
def test_the_block_minimum_over_columns_of_any_length(t, spread):
    """Equation (22) at the root of (23): h a - v + t a/|a| = 0."""
    squares, v = np.geomspace(spread, 1, 4), np.array([0.5, -0.5, 0.5, 0.5])
    a = _block(squares, v, t)
    np.testing.assert_allclose(squares * a + t * a / np.linalg.norm(a), v, rtol=1e-10)


def test_the_block_minimum_at_its_ends():
    v = np.array([3.0, 4.0])
    assert _block(np.array([2.0, 1.0]), v, 5.0).tolist() == [0, 0]
    assert _block(np.array([2.0, 1.0]), v, 0).tolist() == [1.5, 4]
    assert _block(np.array([2.0, 0.0]), np.array([3.0, 0.0]), 0).tolist() == [1.5, 0]
    np.testing.assert_allclose(_block(np.array([2.0]), np.array([-3.0]), 1.0), [-1], rtol=1e-15)


def test_too_few_sweeps_are_reported(monkeypatch, diabetes):
    monkeypatch.setattr("tinyreg.regularization.paths.group_path._newton", lambda groups, a, t: a)
    with pytest.warns(UserWarning, match=r"group_lasso_path: at strength .* missed by .* after 1 sweeps; raise max_iter=1, or give larger"):
        group_lasso_path(*diabetes, GROUPS, strengths=[0.01, 0.5], max_iter=1)
    path = group_lasso_path(*diabetes, GROUPS, strengths=[0.5], max_iter=5000)  # sweeps alone arrive as well, if slowly
    check(*diabetes, GROUPS, path, 1e-7)
    assert path.info["iterations"][0] > 20


@pytest.mark.parametrize(
    ("groups", "options", "error", "message"),
    [
        ([0, 1], {}, ValueError, "groups must have a number for each column of X, got shape (2,) for 3 columns; give 3"),
        ([[0, 1, 2]], {}, ValueError, "groups must have a number for each column of X, got shape (1, 3) for 3 columns"),
        ([0.0, 1.0, 1.0], {}, TypeError, "groups must be integers, got dtype float64; number the groups"),
        ([True, False, True], {}, TypeError, "groups must be integers, got dtype bool;"),
        ("abc", {}, TypeError, "groups must be integers, got dtype <U3;"),
        ([[0], [1, 2]], {}, ValueError, "groups must have a number for each column of X, got rows of unequal length; give 3"),
        ([0, 0, 1], {"strengths": [-1.0]}, ValueError, "strengths must be finite numbers of at least 0, got -1.0;"),
        ([0, 0, 1], {"n_strengths": 0}, ValueError, "n_strengths must be at least 1, got 0;"),
        ([0, 0, 1], {"eps": 2}, ValueError, "eps must lie in (0, 1), got 2;"),
        ([0, 0, 1], {"max_iter": 0}, ValueError, "max_iter must be at least 1, got 0;"),
    ],
    ids="few table floats bools text ragged negative no_strengths eps max_iter".split(),
)
def test_what_does_not_fit_is_refused(groups, options, error, message):
    with pytest.raises(error, match=re.escape(f"group_lasso_path: {message}")):
        group_lasso_path(np.ones((4, 3)), np.arange(4.0), groups, **options)
    with pytest.raises(ValueError, match="group_lasso_path: the squares of X and y must fit into float64"):
        group_lasso_path(np.full((4, 3), 1e200), np.arange(4.0), [0, 0, 1])
