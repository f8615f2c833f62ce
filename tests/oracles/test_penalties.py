"""The penalties against PyTorch's composed expressions and SciPy's densities."""

import numpy as np
import pytest

import tinyreg
from tinyreg.regularization import (
    activity_penalty,
    confidence_penalty,
    elastic_net_penalty,
    group_lasso_penalty,
    group_soft_threshold,
    kl_sparsity,
    l1_penalty,
    l2_penalty,
    max_norm_,
    orthogonality_penalty,
    soft_threshold,
)

SHAPES = [(4, 3), (5,), (), (2, 1, 3)]
COMPOSED = {
    "l2": (lambda ps: l2_penalty(ps, 0.3), lambda ps: sum(0.15 * (p**2).sum() for p in ps)),
    "l1": (lambda ps: l1_penalty(ps, 0.3), lambda ps: sum(0.3 * p.abs().sum() for p in ps)),
    "elastic net": (
        lambda ps: elastic_net_penalty(ps, 0.3, 0.4),
        lambda ps: sum(0.12 * p.abs().sum() + 0.09 * (p**2).sum() for p in ps),
    ),
    "group lasso": (
        lambda ps: group_lasso_penalty(ps, 0.3),
        lambda ps: sum(0.3 * rows(p).shape[1] ** 0.5 * rows(p).norm(dim=1).sum() for p in ps),
    ),
    "orthogonality": (
        lambda ps: orthogonality_penalty(ps, 0.3),
        lambda ps: sum(0.075 * (gram(rows(p)) - gram(rows(p)).new_ones(len(gram(rows(p)))).diag()).square().sum() for p in ps),
    ),
}


def rows(p):
    """A row for each index along the first dimension."""
    return p.reshape(len(p) if p.ndim else 1, -1)


def gram(m):
    return m.T @ m if m.shape[0] >= m.shape[1] else m @ m.T


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


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("groups", [1, 2])
def test_the_groups_of_a_convolution_are_its_output_channels(dtype, transposed, groups):
    """A row of the weight, or, transposed, a column within a group of its rows."""
    torch = pytest.importorskip("torch")
    name, settings = ("ConvTranspose1d" if transposed else "Conv1d"), {"groups": groups, "bias": False}
    theirs = getattr(torch.nn, name)(4, 6, 3, **settings).to(getattr(torch, dtype))
    ours = getattr(tinyreg.nn, name)(4, 6, 3, **settings).to(getattr(tinyreg, dtype))
    ours.weight.data.copy_(tinyreg.tensor(theirs.weight.detach().numpy()))
    w = theirs.weight
    units = [block[:, i] for block in w.chunk(groups) for i in range(6 // groups)] if transposed else list(w)
    expected = 0.3 * sum(unit.numel() ** 0.5 * unit.norm() for unit in units)
    penalty = group_lasso_penalty(ours, 0.3)
    assert penalty.item() == pytest.approx(expected.item(), rel=1e-12 if dtype == "float64" else 1e-6)
    penalty.backward()
    expected.backward()
    np.testing.assert_allclose(ours.weight.grad.numpy(), w.grad.numpy(), rtol=1e-12 if dtype == "float64" else 1e-5)


@pytest.mark.parametrize("dim", [0, 1])
def test_the_block_threshold_equals_pytorchs_composed_expression(dim):
    torch = pytest.importorskip("torch")
    values = np.random.default_rng(0).standard_normal((6, 4, 3))
    x, z = tinyreg.tensor(values, requires_grad=True), torch.tensor(values, requires_grad=True)
    length = z.norm(dim=[1, 2] if dim == 0 else [0, 2], keepdim=True)
    t = length.median().item() * 1.001
    a, b = group_soft_threshold(x, t, dim), z * (1 - t / length).clamp(min=0)
    np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-12, atol=1e-15)
    grad = np.random.default_rng(1).standard_normal(values.shape)
    a.backward(tinyreg.tensor(grad))
    b.backward(torch.tensor(grad))
    np.testing.assert_allclose(x.grad.numpy(), z.grad.numpy(), rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("dim", [0, 1])
def test_max_norm_is_pytorchs_renorm_up_to_its_margin(dim):
    torch = pytest.importorskip("torch")
    values = np.random.default_rng(0).standard_normal((6, 4, 3))
    w = tinyreg.tensor(values.copy())
    max_norm_([w], 3.0, dim=dim)
    np.testing.assert_allclose(w.numpy(), torch.renorm(torch.tensor(values), 2, dim, 3.0).numpy(), rtol=1e-7)


def test_max_norm_is_the_nearest_point_that_scipy_finds():
    optimize = pytest.importorskip("scipy.optimize")
    for seed in range(4):
        w = np.random.default_rng(seed).standard_normal(3) * 2
        z = tinyreg.tensor(w[None].copy())
        max_norm_(z, 1.2)
        ball = optimize.NonlinearConstraint(lambda z: z @ z, -np.inf, 1.2**2, jac=lambda z: 2 * z)
        found = optimize.minimize(
            lambda z, w=w: ((z - w) ** 2).sum(), np.zeros(3), jac=lambda z, w=w: 2 * (z - w), constraints=ball, method="SLSQP", tol=1e-12
        )
        np.testing.assert_allclose(z.numpy()[0], found.x, atol=1e-6)


def test_the_block_threshold_minimizes_what_it_claims():
    optimize = pytest.importorskip("scipy.optimize")
    for seed, t in ((0, 0.4), (1, 1.0), (2, 5.0)):
        x = np.random.default_rng(seed).standard_normal(3)
        y = group_soft_threshold(tinyreg.tensor(x[None]), t).numpy()[0]
        found = optimize.minimize(
            lambda z, x=x, t=t: ((z - x) ** 2).sum() / 2 + t * np.sqrt((z**2).sum()), x, method="Nelder-Mead",
            options={"xatol": 1e-9, "fatol": 1e-14, "maxiter": 10000},
        )  # fmt: skip
        np.testing.assert_allclose(y, found.x, atol=1e-5)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("shape", [(5, 4), (4,), (3, 4, 2)])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_the_confidence_penalty_is_the_entropy_of_pytorchs_distribution(dtype, shape, reduction):
    torch = pytest.importorskip("torch")
    values, dim = (np.random.default_rng(0).standard_normal(shape) * 3).astype(dtype), min(1, len(shape) - 1)
    x, z = tinyreg.tensor(values, requires_grad=True), torch.tensor(values, requires_grad=True)
    rows = -0.4 * torch.distributions.Categorical(logits=z.movedim(dim, -1)).entropy()
    a, b = confidence_penalty(x, 0.4, reduction), rows if reduction == "none" else getattr(rows, reduction)()
    tolerance = 1e-11 if dtype == "float64" else 2e-5
    np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=tolerance)
    grad = np.random.default_rng(1).standard_normal(b.shape).astype(dtype)
    a.backward(tinyreg.tensor(grad))
    b.backward(torch.tensor(grad))
    np.testing.assert_allclose(x.grad.numpy(), z.grad.numpy(), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", ["activity", "squares", "kl"])
def test_penalties_on_activations_equal_pytorchs_composed_expression(dtype, name):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    values = [rng.uniform(0.05, 0.95, shape).astype(dtype) for shape in ((5, 3), (4, 2, 3, 3))]
    ours, theirs = [tinyreg.tensor(x, requires_grad=True) for x in values], [torch.tensor(x, requires_grad=True) for x in values]

    def kl(a):
        bernoulli = torch.distributions.Bernoulli
        return torch.distributions.kl_divergence(bernoulli(torch.full_like(a[0], 0.2)), bernoulli(a.mean(0))).sum()

    a, b = {
        "activity": (lambda: activity_penalty(ours, 0.4), lambda: sum(0.4 * a.abs().sum() / len(a) for a in theirs)),
        "squares": (lambda: activity_penalty(ours, 0.4, p=2), lambda: sum(0.2 * (a**2).sum() / len(a) for a in theirs)),
        "kl": (lambda: kl_sparsity(ours, 0.4, rho=0.2), lambda: sum(0.4 * kl(a) for a in theirs)),
    }[name]
    a, b = a(), b()
    tolerance = 1e-11 if dtype == "float64" else 3e-5
    assert a.item() == pytest.approx(b.item(), rel=tolerance)
    (2.5 * a).backward()
    (2.5 * b).backward()
    for x, z in zip(ours, theirs):
        np.testing.assert_allclose(x.grad.numpy(), z.grad.numpy(), rtol=tolerance, atol=tolerance)
