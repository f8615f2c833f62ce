import numpy as np
import pytest

import tinyreg as torch
from tinyreg.optim import SGD, Adam
from tinyreg.regularization import SAM


def leaf(values, dtype="float64"):
    return torch.tensor(np.asarray(values, dtype=dtype), requires_grad=True)


def closure_of(optimizer, loss):
    def closure():
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    return closure


def descend(start, loss, steps, lr=0.1, rho=0.05, base=SGD, **options):
    """The weights after each step."""
    w = leaf(start)
    optimizer = SAM(base([w], lr=lr), rho, **options)
    path = []
    for _ in range(steps):
        optimizer.step(closure_of(optimizer, lambda: loss(w)))
        path.append(w.detach().numpy().copy())
    return path


H = np.array([[3.0, 1.0, 0.0], [1.0, 2.0, 0.5], [0.0, 0.5, 1.0]])


def bowl(w):
    return (w @ torch.tensor(H) @ w) / 2


# one step


@pytest.mark.parametrize("rho", [0.0, 0.05, 2.0])
def test_one_step_on_a_quadratic_exactly(rho):
    """Equation (6)."""
    w, lr = np.array([1.0, -2.0, 0.5]), 0.1
    (found,) = descend(w, bowl, 1, lr, rho)
    expected = w - lr * (H @ w + rho * H @ H @ w / np.linalg.norm(H @ w))
    np.testing.assert_allclose(found, expected, rtol=1e-14)


@pytest.mark.parametrize("eta", [0.0, 0.01, 1.0])
def test_one_adaptive_step_on_a_quadratic_exactly(eta):
    """Equation (4): e = rho T^2 g / |T g|."""
    w, lr, rho = np.array([1.0, -2.0, 0.0]), 0.1, 0.7
    (found,) = descend(w, bowl, 1, lr, rho, adaptive=True, eta=eta)
    t, g = abs(w) + eta, H @ w
    np.testing.assert_allclose(found, w - lr * H @ (w + rho * t**2 * g / np.linalg.norm(t * g)), rtol=1e-14)


def test_the_adaptive_ball_does_not_notice_a_rescaling():
    """With w1 times 10 and w2 through 10 it is the same function of x, and the loss at the worst point stays (eta = 0)."""

    def worst(scale, adaptive):
        w1, w2 = leaf([1.5 * scale]), leaf([2.0 / scale])
        optimizer = SAM(SGD([w1, w2], lr=0.1), 0.1, adaptive, eta=0.0)
        ((w1 * w2 - 1) ** 2).sum().backward()
        optimizer.first_step()
        return ((w1 * w2 - 1) ** 2).item()

    assert worst(10.0, True) == pytest.approx(worst(1.0, True), rel=1e-12)
    assert worst(10.0, False) > 1.2 * worst(1.0, False)


def test_of_all_points_at_that_distance_it_is_the_worst_to_first_order():
    w, rho = leaf([1.0, -2.0, 0.5]), 1e-4
    optimizer = SAM(SGD([w], lr=0.1), rho)
    bowl(w).backward()
    before = w.detach().numpy().copy()
    optimizer.first_step()
    rng = np.random.default_rng(0)
    others = rng.standard_normal((500, 3))
    others = before + rho * others / np.linalg.norm(others, axis=1, keepdims=True)
    moved = w.detach().numpy()
    assert np.linalg.norm(moved - before) == pytest.approx(rho, rel=1e-9)
    assert moved @ H @ moved / 2 >= max(z @ H @ z / 2 for z in others) - 1e-9


def test_the_ball_is_one_for_all_groups_and_each_may_have_its_own_radius():
    v, w = leaf([3.0]), leaf([4.0])
    optimizer = SAM(SGD([{"params": [v]}, {"params": [w], "rho": 0.5}], lr=0.1), rho=1.0)
    ((v**2 + w**2) / 2).sum().backward()
    optimizer.first_step()
    assert (v.item(), w.item()) == (pytest.approx(3.6), pytest.approx(4.4))


@pytest.mark.parametrize("base", [SGD, Adam])
def test_radius_zero_is_the_base_optimizer(base):
    path = descend([1.0, -2.0, 0.5], bowl, 10, rho=0.0, base=base)
    w = leaf([1.0, -2.0, 0.5])
    optimizer = base([w], lr=0.1)
    for expected in path:
        optimizer.zero_grad()
        bowl(w).backward()
        optimizer.step()
        np.testing.assert_array_equal(w.detach().numpy(), expected)


def test_a_gradient_of_zero_moves_nothing():
    w = leaf([1.0, 2.0])
    optimizer = SAM(SGD([w], lr=0.1), 1.0)
    optimizer.step(closure_of(optimizer, lambda: (0 * w).sum()))
    assert w.tolist() == [1.0, 2.0]
    for start in ([0.0, 0.0, 0.0], [0.0, 0.0, 1e-200]):  # a length whose square underflows counts as none
        (found,) = descend(start, bowl, 1, rho=1.0, adaptive=True)
        np.testing.assert_allclose(found, 0, atol=1e-100)


# why


def test_in_a_valley_it_jumps_from_side_to_side():
    """Equation (7), and (8): along the steepest direction in the end, whatever it began with."""
    curvature, lr, rho = np.array([4.0, 2.0, 1.0]), 0.2, 0.1

    def loss(w):
        return (torch.tensor(curvature) * w**2).sum() / 2

    path = descend([0.3, 1.0, -2.0], loss, 4000, lr, rho)
    a = lr * 4.0 * rho / (2 - lr * 4.0)
    np.testing.assert_allclose(abs(path[-1]), [a, 0, 0], atol=1e-9)
    np.testing.assert_allclose(path[-1], -path[-2], atol=1e-9)


@pytest.mark.parametrize("along", [0, 1])
def test_how_fast_another_direction_dies_or_grows(along):
    """Equation (8), of a small weight beside the jump."""
    curvature, lr, rho, small = np.array([4.0, 2.0]), 0.2, 0.1, 1e-7
    other = 1 - along
    a = lr * curvature[along] * rho / (2 - lr * curvature[along])
    start = np.zeros(2)
    start[along], start[other] = a, small
    (found,) = descend(start, lambda w: (torch.tensor(curvature) * w**2).sum() / 2, 1, lr, rho)
    factor = 1 - lr * curvature[other] - (2 - lr * curvature[along]) * (curvature[other] / curvature[along]) ** 2
    assert found[other] == pytest.approx(small * factor, rel=1e-5)
    assert (abs(factor) < 1) == (curvature[other] < curvature[along])


def test_along_the_floor_of_a_valley_it_goes_where_the_valley_is_wide():
    """Equation (9) for h(z) = 1 + z^2; plain descent stays where it reached the floor."""
    lr, rho = 0.2, 0.1

    def loss(w):
        return (1 + w[1] ** 2) * w[0] ** 2 / 2

    path = np.array(descend([0.0, 1.0], loss, 1, lr, rho) + descend([0.01, 1.0], loss, 3000, lr, rho))
    assert path[0].tolist() == [0.0, 1.0]  # exactly on the floor there is no gradient
    h = 1 + path[500:1000, 1] ** 2
    a = lr * h * rho / (2 - lr * h)
    fall = -np.diff(path[500:1001, 1])
    assert fall.sum() == pytest.approx((lr * 2 * path[500:1000, 1] * (a + rho) ** 2 / 2).sum(), rel=0.02)
    assert path[-1, 1] < 0.05 < 0.99 < descend([0.01, 1.0], loss, 3000, lr, 0.0)[-1][1]


def test_to_first_order_it_descends_the_loss_plus_the_length_of_its_gradient():
    """Equation (5): the gradient of L + rho |g| by differences."""
    w, rho = np.array([1.0, -2.0, 0.5]), 1e-4

    def smooth(w):
        return (w**4).sum() / 4 + bowl(w)

    (found,) = descend(w, smooth, 1, 1.0, rho)

    def penalized(w):
        g = w**3 + H @ w
        return (w**4).sum() / 4 + w @ H @ w / 2 + rho * np.linalg.norm(g)

    slope = [(penalized(w + d) - penalized(w - d)) / 2e-6 for d in 1e-6 * np.eye(3)]
    np.testing.assert_allclose(w - found, slope, rtol=1e-6)
