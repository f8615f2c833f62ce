import math

import numpy as np
import pytest

import tinyreg as torch
from tinyreg import nn, random
from tinyreg.regularization import jacobian_penalty, l2_penalty
from tinyreg.regularization.gradient_penalty import _directions


def data(*shape, seed=0):
    return torch.tensor(np.random.default_rng(seed).standard_normal(shape))


def smooth(inputs=3, outputs=4):
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(inputs, 8), nn.Tanh(), nn.Linear(8, outputs)).double()


def test_of_a_linear_layer_it_is_l2_with_as_many_projections_as_outputs():
    layer = nn.Linear(4, 3).double()
    penalty = jacobian_penalty(layer, data(6, 4), 0.3, n_projections=3)
    assert penalty.item() == pytest.approx(l2_penalty(layer, 0.3).item(), rel=1e-13)
    penalty.backward()
    np.testing.assert_allclose(layer.weight.grad.numpy(), 0.3 * layer.weight.detach().numpy(), rtol=1e-8)
    np.testing.assert_array_equal(layer.bias.grad.numpy(), np.zeros(3))


def test_any_orthonormal_basis_gives_the_same():
    net, x = smooth(3, 4), data(5, 3)
    rng = np.random.default_rng(0)
    turned = np.stack([np.linalg.qr(rng.standard_normal((4, 4)))[0] for _ in range(5)], axis=1)
    exact = jacobian_penalty(net, x, 0.3, n_projections=10)
    given, used = jacobian_penalty(net, x, 0.3, projections=torch.tensor(turned), return_projections=True)
    assert given.item() == pytest.approx(exact.item(), rel=1e-12)
    np.testing.assert_array_equal(used.numpy(), turned)
    grads = []
    for penalty in (exact, given):
        net.zero_grad()
        penalty.backward()
        grads.append(np.concatenate([p.grad.numpy().ravel() for p in net.parameters()]))
    np.testing.assert_allclose(grads[0], grads[1], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("projections", [1, 2, 3])
def test_projections_are_right_on_average_and_orthonormal(projections):
    """n = 4000 examples with one Jacobian W: 6 sigma of their mean; K orthonormal ones vary less than K drawn singly."""
    n, outputs = 4000, 4
    w = np.random.default_rng(0).standard_normal((outputs, 3))
    layer = nn.Linear(3, outputs).double()
    layer.weight.data.copy_(torch.tensor(w))
    penalty, used = jacobian_penalty(layer, data(n, 3), 2.0, projections, generator=random.Generator(1), return_projections=True)
    used = used.numpy()
    np.testing.assert_allclose(np.einsum("inc,jnc->nij", used, used), np.tile(np.eye(projections), (n, 1, 1)), atol=1e-12)
    estimates = outputs / projections * ((used @ w) ** 2).sum(axis=(0, 2))
    assert penalty.item() == pytest.approx(estimates.mean(), rel=1e-12)
    assert abs(estimates.mean() - (w**2).sum()) < 6 * estimates.std() / math.sqrt(n)
    v = np.random.default_rng(2).standard_normal((n, outputs))
    singly = (outputs * ((v / np.linalg.norm(v, axis=1, keepdims=True) @ w) ** 2).sum(1)).var()
    assert projections == 1 or estimates.var() < singly / projections


def test_noise_does_what_the_penalty_does():
    """Of a linear model exactly: noise of covariance s I raises half the squared error by s/2 |W|^2."""
    s, layer, x, y = 0.2, nn.Linear(3, 2).double(), data(4, 3), data(4, 2, seed=5)

    def error(x):
        return ((layer(x) - y) ** 2).sum(1).mean().item() / 2

    corners = math.sqrt(3 * s) * np.vstack([np.eye(3), -np.eye(3)])  # their covariance is s I
    noisy = np.mean([error(x + torch.tensor(r)) for r in corners])
    assert noisy - error(x) == pytest.approx(jacobian_penalty(layer, x, s, 2).item(), rel=1e-9)


def test_the_same_seed_gives_the_same_projections():
    net, x = smooth(3, 4), data(5, 3)
    one, same, other = (jacobian_penalty(net, x, 0.3, generator=random.Generator(k)).item() for k in (3, 3, 4))
    assert one == same != other
    before = random.get_state()
    jacobian_penalty(net, x, 0.3, 4)
    jacobian_penalty(net, x, 0.3, generator=random.Generator(3))
    assert random.get_state() == before
    array = torch.zeros(2, 3, 5)
    assert [v.shape for v in _directions("", array, 4, None, random.Generator(0))] == [(2, 3, 5)] * 4
