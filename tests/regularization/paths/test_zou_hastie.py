"""Oracles: the definition of the naive elastic net by another algorithm; orthonormal columns and the limit of l2 by hand."""

import numpy as np
import pytest

from tinyreg.datasets import Diabetes, Prostate
from tinyreg.regularization import elastic_net_path, enet_path, lars_path, ridge
from tinyreg.regularization.paths import elastic_net_strength


@pytest.fixture(scope="module", params=["prostate", "diabetes", "wide"])
def table(request):
    if request.param == "wide":
        rng = np.random.default_rng(0)
        return rng.standard_normal((12, 30)) + rng.standard_normal((12, 1)), rng.standard_normal(12)
    data = {"prostate": Prostate, "diabetes": Diabetes}[request.param](scaling="norm")
    return data.data.numpy(), data.targets.numpy()


def soft(x, t):
    return np.sign(x) * np.maximum(abs(x) - t, 0)


@pytest.mark.parametrize("l2", [0.01, 1.0, 50.0])
def test_the_naive_one_is_what_elastic_net_path_minimizes(table, l2):
    X, y = table
    n = len(y)
    strengths, coefs, info = enet_path(X, y, l2, corrected=False)
    for i in range(0, len(strengths) - 1, 3):
        strength, l1_ratio = elastic_net_strength(2 * n * strengths[i], l2, n)
        assert strength * l1_ratio == pytest.approx(strengths[i])
        b = elastic_net_path(X, y, l1_ratio, strengths=[strength]).coefs[:, 0]
        np.testing.assert_allclose(coefs[:, i], b, rtol=0, atol=1e-8)
    assert strengths[0] == pytest.approx(abs(X.T @ y).max() / n) and strengths[-1] == 0
    assert info["kkt"].max() <= 1e-12 * strengths[0]
    np.testing.assert_allclose(coefs[:, -1], ridge(X, y, l2).coef, rtol=1e-9, atol=1e-11)  # without l1 it is ridge


def test_corrected_is_naive_times_one_plus_l2(table):
    naive, net = enet_path(*table, 3.0, corrected=False), enet_path(*table, 3.0)
    np.testing.assert_allclose(net.coefs, 4 * naive.coefs, rtol=1e-14)
    np.testing.assert_array_equal(net.strengths, naive.strengths)
    np.testing.assert_allclose(net.info["l1_norm"], 4 * naive.info["l1_norm"], rtol=1e-14)
    np.testing.assert_array_equal(net.info["kkt"], naive.info["kkt"])
    assert net.info["order"] == naive.info["order"]


def test_without_l2_it_is_the_lasso(table):
    lasso = lars_path(*table, method="lasso")
    for corrected in (True, False):
        strengths, coefs, info = enet_path(*table, 0, corrected=corrected)
        np.testing.assert_allclose(strengths, lasso.strengths, rtol=1e-14)
        np.testing.assert_array_equal(coefs, lasso.coefs)
        assert info["order"] == lasso.info["order"]


def test_orthonormal_columns_by_hand():
    """Zou & Hastie's section 3: naive is the soft threshold at l1/2 over 1 + l2; corrected it is that of the lasso."""
    X = np.linalg.qr(np.random.default_rng(0).standard_normal((9, 4)))[0]
    c = np.array([3.0, -1.0, 0.5, 2.0])
    strengths, coefs, info = enet_path(X, X @ c, 4.0, corrected=False)
    np.testing.assert_allclose(info["correlations"], [3, 2, 1, 0.5, 0], atol=1e-14)  # l1/2
    np.testing.assert_allclose(coefs, soft(c[:, None], info["correlations"]) / 5, atol=1e-14)
    np.testing.assert_allclose(enet_path(X, X @ c, 4.0).coefs, soft(c[:, None], info["correlations"]), atol=1e-14)
    np.testing.assert_allclose(info["correlations"], 9 * strengths)


def test_a_large_l2_takes_each_correlation_by_itself(table):
    X, y = table
    _, coefs, info = enet_path(X, y, 1e9)
    np.testing.assert_allclose(coefs, soft((X.T @ y)[:, None], info["correlations"]), atol=1e-5 * abs(X.T @ y).max())


@pytest.mark.parametrize("power", [-20, -12, -7, 7, 20, 33])
def test_any_l2_is_solved(power):
    """Fewer examples than columns, some much longer than others: near l1 = 0 much still happens; and l2 far beyond the data."""
    for seed in range(10):
        rng = np.random.default_rng(seed)
        n, d = int(rng.integers(2, 20)), int(rng.integers(2, 36))
        for X in (rng.standard_normal((n, d)), np.exp(3 * rng.standard_normal((n, d)))):
            strengths, coefs, info = enet_path(X, rng.standard_normal(n), 10.0**power, corrected=False)
            assert info["kkt"].max() <= 1e-11 * strengths[0] and strengths[-1] == 0


def test_copies_share_and_more_variables_than_examples_stay():
    """The grouping effect, and what the lasso cannot do."""
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((6, 9)), rng.standard_normal(6)
    X[:, 1] = X[:, 0]
    _, coefs, info = enet_path(X, y, 0.5)
    np.testing.assert_allclose(coefs[0], coefs[1], atol=1e-12)
    assert info["active"][-1] == 9 and info["dropped"] == []
    assert lars_path(X, y, "lasso").info["active"].max() == 6


def test_refusals():
    with pytest.raises(ValueError, match="enet_path: l2 must be a finite number of at least 0, got l2=-1; 0 switches it off"):
        enet_path([[1.0]], [1.0], -1)
    with pytest.raises(TypeError, match="enet_path: l2 must be a number, got l2='a'"):
        enet_path([[1.0]], [1.0], "a")
    with pytest.raises(ValueError, match=r"enet_path: X must be a table of numbers, .* got shape \(1,\)"):
        enet_path([1.0], [1.0], 1)
