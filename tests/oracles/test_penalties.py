"""The penalties against PyTorch's composed expressions and SciPy's densities."""

import numpy as np
import pytest

import tinyreg
from tinyreg.regularization import elastic_net_penalty, l1_penalty, l2_penalty, soft_threshold

SHAPES = [(4, 3), (5,), (), (2, 1, 3)]
COMPOSED = {
    "l2": (lambda ps: l2_penalty(ps, 0.3), lambda ps: sum(0.15 * (p**2).sum() for p in ps)),
    "l1": (lambda ps: l1_penalty(ps, 0.3), lambda ps: sum(0.3 * p.abs().sum() for p in ps)),
    "elastic net": (
        lambda ps: elastic_net_penalty(ps, 0.3, 0.4),
        lambda ps: sum(0.12 * p.abs().sum() + 0.09 * (p**2).sum() for p in ps),
    ),
}


@pytest.mark.parametrize("name", COMPOSED)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_value_and_gradient_equal_pytorchs_composed_expression(name, dtype):
    torch = pytest.importorskip("torch")
    rng, tolerance = np.random.default_rng(0), 1e-12 if dtype == "float64" else 1e-6
    values = [rng.standard_normal(shape).astype(dtype) for shape in SHAPES]
    values[1][2] = 0.0  # both take the subgradient 0 there
    ours, theirs = [tinyreg.tensor(x, requires_grad=True) for x in values], [torch.tensor(x, requires_grad=True) for x in values]
    a, b = COMPOSED[name][0](ours), COMPOSED[name][1](theirs)
    assert a.item() == pytest.approx(b.item(), rel=tolerance)
    (2.5 * a).backward()
    (2.5 * b).backward()
    for p, q in zip(ours, theirs):
        np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=tolerance)


@pytest.mark.parametrize("threshold", [0.0, 0.7, 100.0])
def test_the_soft_threshold_is_pytorchs_softshrink(threshold):
    torch = pytest.importorskip("torch")
    values = np.concatenate([np.random.default_rng(0).standard_normal(50), [0.0, 0.7, -0.7, np.inf]])
    x, z = tinyreg.tensor(values, requires_grad=True), torch.tensor(values, requires_grad=True)
    a, b = soft_threshold(x, threshold), torch.nn.functional.softshrink(z, threshold)
    np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-12, atol=1e-15)
    grad = np.random.default_rng(1).standard_normal(values.shape)
    a.backward(tinyreg.tensor(grad))
    b.backward(torch.tensor(grad))
    np.testing.assert_array_equal(x.grad.numpy(), z.grad.numpy())


def test_penalties_are_negative_log_densities():
    stats = pytest.importorskip("scipy.stats")
    w, s = np.random.default_rng(0).standard_normal(20), 2.5
    normal, laplace = stats.norm(scale=s**-0.5), stats.laplace(scale=1 / s)
    assert l2_penalty([tinyreg.tensor(w)], s).item() == pytest.approx(-(normal.logpdf(w) - normal.logpdf(0)).sum(), rel=1e-12)
    assert l1_penalty([tinyreg.tensor(w)], s).item() == pytest.approx(-(laplace.logpdf(w) - laplace.logpdf(0)).sum(), rel=1e-12)


def test_the_proximal_steps_minimize_what_they_claim():
    optimize = pytest.importorskip("scipy.optimize")
    t, r = 0.8, 0.6
    for x in np.linspace(-3, 3, 13):
        w = tinyreg.tensor(np.array([x]))
        tinyreg.regularization.elastic_net_proximal_([w], 1.0, t, r)

        def objective(z, x=x):
            return (z - x) ** 2 / 2 + t * (r * abs(z) + (1 - r) * z**2 / 2)

        found = optimize.minimize_scalar(objective, bounds=(-4, 4), method="bounded", options={"xatol": 1e-10}).x
        assert w.item() == pytest.approx(found, abs=1e-6)
