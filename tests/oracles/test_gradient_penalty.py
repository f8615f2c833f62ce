"""The penalties on slopes against PyTorch's double backward, and a gradient step of a critic."""

import numpy as np
import pytest

import tinyreg
from tinyreg.regularization import gradient_penalty, jacobian_penalty

KINDS = {
    "tanh": ((32, 20), lambda nn: [nn.Linear(20, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 3)]),
    "softplus": ((32, 20), lambda nn: [nn.Linear(20, 64), nn.Softplus(), nn.Linear(64, 64), nn.Softplus(), nn.Linear(64, 3)]),
    "conv": (
        (16, 1, 28, 28),
        lambda nn: [nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.Flatten(), nn.Linear(1024, 3)],
    ),
    "layer norm": ((16, 20), lambda nn: [nn.Linear(20, 32), nn.LayerNorm(32), nn.GELU(), nn.Linear(32, 3)]),
    "batch norm": ((16, 20), lambda nn: [nn.Linear(20, 32), nn.BatchNorm1d(32), nn.Tanh(), nn.Linear(32, 3)]),
}
TOLERANCE = {"float64": 1e-8, "float32": 1e-3}  # of the gradient's length, ten times (10) with a rounding of ten eps


def pair(torch, kind, dtype):
    """Two networks with the same weights, and the same examples."""
    shape, layers = KINDS[kind]
    torch.manual_seed(0)
    theirs = torch.nn.Sequential(*layers(torch.nn)).double()
    ours = tinyreg.nn.Sequential(*layers(tinyreg.nn)).double()
    ours.load_state_dict({name: tinyreg.tensor(value.numpy()) for name, value in theirs.state_dict().items()})
    x = np.random.default_rng(0).standard_normal(shape)
    mine = tinyreg.tensor(x.astype(dtype), requires_grad=True)
    return ours.to(getattr(tinyreg, dtype)), mine, theirs, torch.tensor(x, requires_grad=True)


def distance(ours, theirs):
    """Between two gradients, relative to the length of the second."""
    gap = np.concatenate([(a.numpy() - b.numpy()).ravel() for a, b in zip(ours, theirs, strict=True)])
    return np.linalg.norm(gap) / np.linalg.norm(np.concatenate([b.numpy().ravel() for b in theirs]))


def assert_near(ours, x, theirs, z, dtype):
    pairs = [(p.grad, q.grad) for p, q in zip(ours.parameters(), theirs.parameters())]
    assert all(b is not None or (a.numpy() == 0).all() for a, b in pairs)
    assert distance(*zip(*[(a, b) for a, b in pairs if b is not None])) < TOLERANCE[dtype]
    assert distance([x.grad], [z.grad]) < 10 * TOLERANCE[dtype]


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("target", [0.0, 1.0])
@pytest.mark.parametrize("kind", KINDS)
def test_of_the_loss_it_is_double_backward(kind, target, dtype):
    torch = pytest.importorskip("torch")
    ours, x, theirs, z = pair(torch, kind, dtype)
    y = np.random.default_rng(1).integers(0, 3, len(x))
    labels = tinyreg.tensor(y)
    a = gradient_penalty(ours, x, 0.7, target=target, loss=lambda output: tinyreg.nn.functional.cross_entropy(output, labels))
    total = torch.nn.functional.cross_entropy(theirs(z), torch.tensor(y), reduction="sum")
    (g,) = torch.autograd.grad(total, z, create_graph=True)
    b = 0.35 * ((g.flatten(1).norm(dim=1) - target) ** 2).mean()
    assert a.item() == pytest.approx(b.item(), rel=1e-10 if dtype == "float64" else 1e-4)
    (3 * a).backward()
    (3 * b).backward()
    assert_near(ours, x, theirs, z, dtype)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("projections", [1, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_the_jacobian_penalty_is_double_backward(kind, projections, dtype):
    torch = pytest.importorskip("torch")
    ours, x, theirs, z = pair(torch, kind, dtype)
    a, used = jacobian_penalty(ours, x, 0.7, projections, return_projections=True)
    output, b = theirs(z), 0
    for v in used.numpy():
        (g,) = torch.autograd.grad(output, z, torch.tensor(v).double(), create_graph=True)
        b = b + 3 / projections * 0.35 * (g**2).flatten(1).sum(1).mean()
    assert a.item() == pytest.approx(b.item(), rel=1e-10 if dtype == "float64" else 1e-4)
    a.backward()
    b.backward()
    assert_near(ours, x, theirs, z, dtype)


def test_a_critic_between_two_samples():
    """The training step of WGAN-GP, lambda = 10: three steps of both give the same weights."""
    torch = pytest.importorskip("torch")
    ours, _, theirs, _ = pair(torch, "tanh", "float64")
    rng = np.random.default_rng(2)
    real, fake, weight = rng.standard_normal((32, 20)), rng.standard_normal((32, 20)) + 1, rng.random((32, 1))
    between = weight * real + (1 - weight) * fake
    mine, other = tinyreg.optim.SGD(ours.parameters(), lr=0.01), torch.optim.SGD(theirs.parameters(), lr=0.01)
    for _ in range(3):
        mine.zero_grad()
        scores = [ours(tinyreg.tensor(sample))[:, 0].mean() for sample in (fake, real)]
        critic = tinyreg.nn.Sequential(ours, First())
        (scores[0] - scores[1] + gradient_penalty(critic, tinyreg.tensor(between), 20.0, target=1.0)).backward()
        mine.step()
        other.zero_grad()
        scores = [theirs(torch.tensor(sample))[:, 0].mean() for sample in (fake, real)]
        z = torch.tensor(between, requires_grad=True)
        (g,) = torch.autograd.grad(theirs(z)[:, 0].sum(), z, create_graph=True)
        (scores[0] - scores[1] + 10 * ((g.norm(dim=1) - 1) ** 2).mean()).backward()
        other.step()
    for p, q in zip(ours.parameters(), theirs.parameters()):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-8, atol=1e-9)


class First(tinyreg.nn.Module):
    def forward(self, x):
        return x[:, 0]
