"""Adversarial examples and the virtual adversarial loss against what one writes with PyTorch."""

import numpy as np
import pytest

import tinyreg
from tinyreg.regularization import fgsm, pgd, virtual_adversarial_loss

LAYERS = {
    "mlp": ((8, 5), lambda nn: [nn.Linear(5, 16), nn.Tanh(), nn.Linear(16, 4)]),
    "conv": ((6, 2, 6, 6), lambda nn: [nn.Conv2d(2, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64, 4)]),
    "batch norm": ((8, 5), lambda nn: [nn.Linear(5, 16), nn.BatchNorm1d(16), nn.Tanh(), nn.Linear(16, 4)]),
}
rows = pytest.mark.parametrize("kind", LAYERS)


def pair(torch, kind):
    shape, layers = LAYERS[kind]
    torch.manual_seed(0)
    theirs = torch.nn.Sequential(*layers(torch.nn)).double()
    ours = tinyreg.nn.Sequential(*layers(tinyreg.nn)).double()
    ours.load_state_dict({name: tinyreg.tensor(value.numpy()) for name, value in theirs.state_dict().items()})
    rng = np.random.default_rng(0)
    return ours, theirs, rng.standard_normal(shape), rng.integers(0, 4, shape[0])


def sign(torch, model, z, y):
    z = z.detach().requires_grad_()
    (g,) = torch.autograd.grad(torch.nn.functional.cross_entropy(model(z), y), z)
    return g.sign()


@rows
def test_sign_steps(kind):
    torch = pytest.importorskip("torch")
    ours, theirs, x, y = pair(torch, kind)
    mine, labels, z, targets = tinyreg.tensor(x), tinyreg.tensor(y), torch.tensor(x), torch.tensor(y)
    expected = (z + 0.1 * sign(torch, theirs, z, targets)).clamp(-1, 1)
    np.testing.assert_array_equal(fgsm(ours, mine, labels, 0.1, clip=(-1, 1)).numpy(), expected.numpy())
    start = np.random.default_rng(1).uniform(-0.3, 0.3, x.shape)
    moved = (z + torch.tensor(start)).clamp(-1, 1)
    for _ in range(5):
        moved = moved + 0.1 * sign(torch, theirs, moved, targets)
        moved = torch.minimum(torch.maximum(moved, z - 0.3), z + 0.3).clamp(-1, 1)
    found = pgd(ours, mine, labels, 0.3, alpha=0.1, steps=5, start=tinyreg.tensor(start), clip=(-1, 1))
    np.testing.assert_allclose(found.numpy(), moved.numpy(), rtol=1e-12)


@rows
@pytest.mark.parametrize("iterations", [0, 1, 3])
def test_the_virtual_adversarial_loss(kind, iterations):
    torch = pytest.importorskip("torch")
    ours, theirs, x, _ = pair(torch, kind)
    first, xi, epsilon, z = np.random.default_rng(1).standard_normal(x.shape), 1e-6, 2.0, torch.tensor(x)

    def unit(v):
        return v / v.flatten(1).norm(dim=1).reshape(-1, *[1] * (v.ndim - 1))

    def divergence(r):
        return torch.nn.functional.kl_div(theirs(z + r).log_softmax(1), p, reduction="batchmean")

    p, d = theirs(z).softmax(1).detach(), unit(torch.tensor(first))
    for _ in range(iterations):
        r = (xi * d).requires_grad_()
        d = unit(torch.autograd.grad(divergence(r), r)[0])
    expected = divergence(epsilon * d)
    expected.backward()
    found, _, directions = virtual_adversarial_loss(
        ours, tinyreg.tensor(x), epsilon, xi, iterations, direction=tinyreg.tensor(first), return_direction=True
    )
    found.backward()
    # both directions are a difference over 1e-6, with a rounding of about 1e-15
    np.testing.assert_allclose(directions.numpy(), d.numpy(), atol=1e-6)
    assert found.item() == pytest.approx(expected.item(), rel=1e-6)
    for a, b in zip(ours.parameters(), theirs.parameters()):
        np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-5, atol=1e-7)
