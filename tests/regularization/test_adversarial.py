import math

import numpy as np
import pytest

import tinyreg as torch
from tinyreg import nn, random
from tinyreg.nn import functional as F
from tinyreg.regularization import fgsm, pgd, virtual_adversarial_loss


def data(*shape, seed=0, dtype="float64"):
    return torch.tensor(np.random.default_rng(seed).standard_normal(shape).astype(dtype))


def network(*between, inputs=3, outputs=4, dtype="float64"):
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(inputs, 8), *between, nn.Tanh(), nn.Linear(8, outputs))
    return net.double() if dtype == "float64" else net


def labels(n, classes=4, seed=0):
    return torch.tensor(np.random.default_rng(seed).integers(0, classes, n))


def logistic(output, y):
    """ln(1 + e^(-y output)) for labels -1 and 1."""
    return F.softplus(-y * output).mean()


# the sign step


def test_of_a_linear_model_it_is_the_worst_case_and_an_l1_penalty_inside_the_loss():
    """Equation (11), and no corner of the box is worse."""
    w, b, epsilon = np.array([1.5, -0.5, 2.0]), 0.3, 0.2
    x, y = data(6, 3), torch.tensor(np.array([1.0, -1, 1, 1, -1, -1]))
    tw = torch.tensor(w)

    def model(z):
        return z @ tw + b

    moved = fgsm(model, x, y, epsilon, loss=logistic)
    inside = np.log1p(np.exp(-y.numpy() * (x.numpy() @ w + b) + epsilon * abs(w).sum()))
    assert logistic(model(moved), y).item() == pytest.approx(inside.mean(), rel=1e-14)
    np.testing.assert_array_equal(moved.numpy(), x.numpy() - epsilon * y.numpy()[:, None] * np.sign(w))
    corners = epsilon * np.array(np.meshgrid(*[[-1, 1]] * 3)).reshape(3, -1).T
    losses = [np.log1p(np.exp(-y.numpy() * ((x.numpy() + r) @ w + b))) for r in corners]
    np.testing.assert_allclose(np.max(losses, axis=0), inside, rtol=1e-14)


def test_training_on_it_has_the_gradient_of_the_penalty_inside():
    """r is a constant in backward, and the derivative of the worst case still comes out (Danskin)."""
    x, y, epsilon = data(6, 3), torch.tensor(np.array([1.0, -1, 1, 1, -1, -1])), 0.2
    grads = []
    for objective in (
        lambda w: logistic(fgsm(lambda z: z @ w, x, y, epsilon, loss=logistic) @ w, y),
        lambda w: F.softplus(-y * (x @ w) + epsilon * w.abs().sum()).mean(),
    ):
        w = torch.tensor(np.array([1.5, -0.5, 2.0]), requires_grad=True)
        objective(w).backward()
        grads.append(w.grad.numpy())
    np.testing.assert_allclose(grads[0], grads[1], rtol=1e-12)


def test_the_default_loss_is_the_cross_entropy_and_the_size_is_epsilon():
    net, x, y = network(), data(10, 3), labels(10)
    moved = fgsm(net, x, y, 0.1)
    np.testing.assert_array_equal(moved.numpy(), fgsm(net, x, y, 0.1, loss=F.cross_entropy).numpy())
    np.testing.assert_allclose(abs(moved.numpy() - x.numpy()), 0.1, rtol=1e-12)
    before, after = (F.cross_entropy(net(z), y, reduction="none").detach().numpy() for z in (x, moved))
    assert (after > before).all() and not moved.requires_grad
    towards = fgsm(net, x, y, 0.1, targeted=True)
    np.testing.assert_allclose(towards.numpy(), 2 * x.numpy() - moved.numpy(), rtol=1e-12)
    assert (F.cross_entropy(net(towards), y, reduction="none").detach().numpy() < before).all()


def test_elements_without_a_slope_stay_and_clip_keeps_the_range():
    w = torch.tensor(np.array([[1.0, 0.0], [-1.0, 0.0]]))
    x, y = torch.tensor(np.array([[0.95, 0.5], [0.02, 0.5]])), torch.tensor([1, 0])
    np.testing.assert_allclose(fgsm(lambda z: z @ w.T, x, y, 0.1).numpy(), [[1.05, 0.5], [-0.08, 0.5]], rtol=1e-12)
    np.testing.assert_array_equal(fgsm(lambda z: z @ w.T, x, y, 0.1, clip=(0, 1)).numpy(), [[1.0, 0.5], [0.0, 0.5]])


def test_epsilon_zero_changes_nothing():
    net, x, y = network(), data(5, 3), labels(5)
    assert (fgsm(net, x, y, 0) == x).all() and (pgd(net, x, y, 0.0) == x).all()
    loss = virtual_adversarial_loss(net, x, 0.0)
    loss.backward()
    assert loss.item() == 0 and all(abs(p.grad.numpy()).max() < 1e-16 for p in net.parameters())


# several steps


def test_pgd_is_at_least_as_bad_and_stays_in_the_box():
    net, x, y = network(), data(50, 3), labels(50)
    found, start = pgd(net, x, y, 0.5, steps=20, generator=random.Generator(0), return_start=True)
    assert abs(found.numpy() - x.numpy()).max() <= 0.5 + 1e-12 and abs(start.numpy()).max() <= 0.5
    assert len(np.unique(start.numpy())) == 150 and start.numpy().min() < -0.4 and start.numpy().max() > 0.4

    def loss(z):
        return F.cross_entropy(net(z), y).item()

    assert loss(found) >= loss(fgsm(net, x, y, 0.5)) - 1e-9 > loss(x)
    assert loss(pgd(net, x, y, 0.5, targeted=True, random_start=False)) < loss(x)
    again = pgd(net, x, y, 0.5, steps=20, start=start)
    np.testing.assert_array_equal(again.numpy(), found.numpy())
    inside = pgd(net, x, y, 0.5, clip=(-1.0, 1.0)).numpy()
    assert inside.min() >= -1 and inside.max() <= 1


def test_one_step_of_pgd_from_x_is_the_sign_step():
    net, x, y = network(), data(5, 3), labels(5)
    one = pgd(net, x, y, 0.1, alpha=0.1, steps=1, random_start=False)
    np.testing.assert_allclose(one.numpy(), fgsm(net, x, y, 0.1).numpy(), rtol=1e-14)
    short = pgd(net, x, y, 0.1, alpha=0.04, steps=2, random_start=False)
    assert abs(short.numpy() - x.numpy()).max() <= 0.08 + 1e-12


# the virtual direction


def linear_softmax(x):
    """A linear softmax model, and at each example its H = W'(diag p - pp')W."""
    w = data(4, 3, seed=7)
    scores = x.numpy() @ w.numpy().T
    p = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    h = np.einsum("ki,nkl,lj->nij", w.numpy(), np.einsum("nk,kl->nkl", p, np.eye(4)) - np.einsum("nk,nl->nkl", p, p), w.numpy())
    return (lambda z: z @ w.T), h


def test_the_power_iteration_finds_the_dominant_eigenvector():
    x = data(6, 3)
    model, h = linear_softmax(x)
    values, vectors = np.linalg.eigh(h)
    *_, d = virtual_adversarial_loss(model, x, 0.1, n_power_iterations=200, return_direction=True)
    d = d.numpy()
    np.testing.assert_allclose(np.linalg.norm(d, axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(abs(np.einsum("ni,ni->n", d, vectors[:, :, -1])), 1, atol=1e-10)
    np.testing.assert_allclose(np.einsum("ni,nij,nj->n", d, h, d), values[:, -1], rtol=1e-6)


def test_one_iteration_multiplies_by_the_second_derivatives():
    x, start = data(6, 3), data(6, 3, seed=4)
    model, h = linear_softmax(x)
    *_, d = virtual_adversarial_loss(model, x, 0.1, direction=5 * start, return_direction=True)
    expected = np.einsum("nij,nj->ni", h, start.numpy())
    np.testing.assert_allclose(d.numpy(), expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=1e-6)
    model32 = network(dtype="float32")
    found = [
        virtual_adversarial_loss(model32.to(dtype), x.to(dtype), 0.1, direction=start, return_direction=True)[2].numpy()
        for dtype in (torch.float64, torch.float32)
    ]
    assert np.median(np.linalg.norm(found[1] - found[0], axis=1)) < 5e-3


def test_to_second_order_the_loss_is_the_largest_eigenvalue():
    x, epsilon = data(6, 3), 1e-3
    model, h = linear_softmax(x)
    loss = virtual_adversarial_loss(model, x, epsilon, n_power_iterations=200)
    assert loss.item() == pytest.approx(epsilon**2 / 2 * np.linalg.eigvalsh(h)[:, -1].mean(), rel=1e-3)


def test_the_loss_is_the_divergence_and_its_gradient_that_of_the_second_half():
    """By composition: p(x) and the direction are constants; the scores at x + r get (p(x + r) - p(x)) / N."""
    net, x = network(), data(5, 3)
    loss, _, d = virtual_adversarial_loss(net, x, 0.7, return_direction=True)
    loss.backward()
    found = [p.grad.numpy() for p in net.parameters()]
    net.zero_grad()
    p, q = F.softmax(net(x), 1).detach(), F.softmax(net(x + 0.7 * d), 1)
    assert loss.item() == pytest.approx((p * (p.log() - q.log())).sum(1).mean().item(), rel=1e-12)
    net(x + 0.7 * d).backward((q.detach() - p) / 5)
    for a, parameter in zip(found, net.parameters()):
        np.testing.assert_allclose(a, parameter.grad.numpy(), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("iterations", [0, 1, 3])
def test_it_is_never_negative_and_more_iterations_find_more(iterations):
    net, x = network(), data(50, 3)
    loss = virtual_adversarial_loss(net, x, 0.5, n_power_iterations=iterations, generator=random.Generator(0)).item()
    more = virtual_adversarial_loss(net, x, 0.5, n_power_iterations=iterations + 3, generator=random.Generator(0)).item()
    assert 0 < loss < more


def test_a_certain_network_keeps_the_direction():
    """Probabilities of exactly 0 and 1: H is 0, and nothing becomes nan."""
    w, start = torch.tensor(np.array([[1e5, 0.0], [-1e5, 0.0]])), data(3, 2, seed=2)
    x = torch.tensor(np.array([[1.0, 0.0], [2.0, 1.0], [-1.0, 0.0]]))
    loss, _, d = virtual_adversarial_loss(lambda z: z @ w.T, x, 0.1, direction=start, return_direction=True)
    np.testing.assert_allclose(d.numpy(), start.numpy() / np.linalg.norm(start.numpy(), axis=1, keepdims=True))
    assert loss.item() == 0


def test_a_nearly_certain_network_has_a_direction_though_its_square_underflows():
    w, start = torch.tensor([[25.0, 0.0], [-25.0, 0.0]]), torch.tensor([[3.0, 4.0]])
    *_, d = virtual_adversarial_loss(lambda z: z @ w.T, torch.tensor([[1.0, 0.0]]), 0.1, direction=start, return_direction=True)
    np.testing.assert_allclose(abs(d.numpy()), [[1.0, 0.0]], atol=1e-6)


def test_images_and_scores_for_each_pixel():
    torch.manual_seed(0)
    net = nn.Conv2d(2, 3, 3, padding=1)
    x = torch.randn(4, 2, 5, 5)
    loss, _, d = virtual_adversarial_loss(net, x, 1.0, return_direction=True)
    loss.backward()
    assert loss.shape == () and d.shape == x.shape and loss.dtype == net.weight.grad.dtype == torch.float32
    np.testing.assert_allclose(np.linalg.norm(d.numpy().reshape(4, -1), axis=1), 1, rtol=1e-6)


# the network is left alone


@pytest.mark.parametrize(
    "probe",
    [
        lambda net, x, y: fgsm(net, x, y, 0.1),
        lambda net, x, y: pgd(net, x, y, 0.1, steps=2),
        lambda net, x, y: virtual_adversarial_loss(net, x, 0.1),
    ],
)
def test_nothing_is_left_behind(probe):
    net, y = network(nn.BatchNorm1d(8), nn.Dropout(0.5)), labels(6)
    x = data(6, 3).requires_grad_()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    probe(net, x, y)
    assert x.grad is None and all(p.grad is None for p in net.parameters()) and all(m.training for m in net.modules())
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value.numpy(), before[name].numpy())


def test_all_passes_see_the_same_masks():
    """With other masks at x and at x + r the divergence of epsilon = 0 would not be 0."""
    net, x = network(nn.Dropout(0.5)), data(6, 3)
    loss = virtual_adversarial_loss(net, x, 0.0, n_power_iterations=2)
    assert loss.item() == 0
    loss.backward()
    net(x).sum().backward()
    seen = []
    handle = net[1].register_forward_hook(lambda module, inputs, output: seen.append((output == 0).numpy()))
    pgd(net, x, labels(6), 0.1, steps=3)
    assert len(seen) == 3 and all((mask == seen[0]).all() for mask in seen) and seen[0].any()
    seen.clear()
    virtual_adversarial_loss(net, x, 0.1, n_power_iterations=3)
    handle.remove()
    assert len(seen) == 5 and all((mask == seen[0]).all() for mask in seen) and seen[0].any()


def test_chance_comes_from_the_generator():
    net, x, y = network(), data(6, 3), labels(6)
    for door in (
        lambda g: pgd(net, x, y, 0.5, alpha=0.0, generator=g).tolist(),
        lambda g: virtual_adversarial_loss(net, x, 0.5, generator=g).item(),
    ):
        before = random.get_state()
        one, same, other = (door(random.Generator(k)) for k in (3, 3, 4))
        assert one == same != other and random.get_state() == before
        torch.manual_seed(3)
        assert door(None) == one
    start = data(6, 3)
    before = random.get_state()
    fgsm(net, x, y, 0.1)
    pgd(net, x, y, 0.1, random_start=False)
    pgd(net, x, y, 0.1, start=start * 0.01)
    virtual_adversarial_loss(net, x, 0.5, direction=start)
    assert random.get_state() == before


def test_under_no_grad():
    net, x, y = network(), data(6, 3), labels(6)
    with torch.no_grad():
        moved = fgsm(net, x, y, 0.1)
        assert not virtual_adversarial_loss(net, x, 0.1).requires_grad
    assert (moved == fgsm(net, x, y, 0.1)).all()


def test_float32_stays_float32():
    net, x, y = network(dtype="float32"), data(6, 3, dtype="float32"), labels(6)
    epsilon = np.float64(0.1)
    assert fgsm(net, x, y, epsilon, clip=(np.float64(0), 1)).dtype == pgd(net, x, y, epsilon, alpha=epsilon).dtype == torch.float32
    assert virtual_adversarial_loss(net, x, epsilon, xi=np.float64(1e-3)).dtype == torch.float32


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda n, x, y: fgsm(n, x, y, -0.1), ValueError, "fgsm: epsilon .* got epsilon=-0.1"),
        (lambda n, x, y: fgsm(n, x, y, math.nan), ValueError, "fgsm: epsilon .* got epsilon=nan"),
        (lambda n, x, y: fgsm(n, x, y, 0.1, clip=(1, 0)), ValueError, r"clip must be \(low, high\) .* got clip=\(1, 0\)"),
        (lambda n, x, y: fgsm(n, x.long(), y, 0.1), NotImplementedError, "fgsm: x must be floating point, got dtype int64"),
        (lambda n, x, y: fgsm(n, x[:0], y[:0], 0.1), ValueError, r"fgsm: x must hold examples, got shape \(0, 3\)"),
        (lambda n, x, y: fgsm(n, x, y[:2], 0.1), ValueError, r"labels \(N,\), got \(5, 4\) and \(2,\)"),
        (lambda n, x, y: fgsm(n, x, 3, 0.1), TypeError, "fgsm: y must be a Tensor, got int"),
        (lambda n, x, y: pgd(n, x, y, 0.1, alpha=-1), ValueError, "pgd: alpha .* got alpha=-1"),
        (lambda n, x, y: pgd(n, x, y, 0.1, steps=0), ValueError, "pgd: steps must be an integer of at least 1, got steps=0"),
        (lambda n, x, y: pgd(n, x, y, 0.1, start=x[0]), ValueError, r"start must have the shape of x, \(5, 3\), got \(3,\)"),
        (lambda n, x, y: virtual_adversarial_loss(n, x, 0.1, xi=0.0), ValueError, "xi must be positive and finite, got xi=0.0"),
        (lambda n, x, y: virtual_adversarial_loss(n, x, 0.1, n_power_iterations=-1), ValueError, "at least 0, got n_power_iterations=-1"),
        (lambda n, x, y: virtual_adversarial_loss(n, x, 0.1, direction=x[:2]), ValueError, r"direction must .* got \(2, 3\)"),
        (
            lambda n, x, y: virtual_adversarial_loss(lambda z: z.sum(), x, 0.1),
            ValueError,
            r"scores \(N, K\) for 5 examples, got shape \(\)",
        ),
    ],
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act(network(), data(5, 3), labels(5))
