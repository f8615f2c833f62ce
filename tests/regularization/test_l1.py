import math

import numpy as np
import pytest

import tinyreg as torch
from tinyreg.backend import PIECE
from tinyreg.regularization.l1 import l1_penalty, l1_proximal_, soft_threshold


def leaf(values, dtype="float64"):
    return torch.tensor(np.asarray(values, dtype=dtype), requires_grad=True)


def regression(n=60, d=20, seed=0):
    """Correlated inputs of norm 1, targets that depend on five of them."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d)) + 0.7 * rng.standard_normal((n, 1))
    x = (x - x.mean(axis=0)) / np.linalg.norm(x - x.mean(axis=0), axis=0)
    y = x[:, :5] @ np.array([30.0, -20.0, 15.0, -10.0, 8.0]) + rng.standard_normal(n)
    return x, y - y.mean()


def lasso(x, y, s, steps=20000):
    """Proximal gradient descent on |y - Xw|^2/2 + s |w|_1: plain SGD, then the threshold."""
    tx, ty = torch.tensor(x), torch.tensor(y)
    w, lr = leaf(np.zeros(x.shape[1])), 1 / np.linalg.norm(x, 2) ** 2
    optimizer = torch.optim.SGD([w], lr=lr)
    for _ in range(steps):
        before = w.array.copy()
        optimizer.zero_grad()
        (((ty - tx @ w) ** 2).sum() / 2).backward()
        optimizer.step()
        l1_proximal_([w], lr, s)
        if (before == w.array).all():
            break
    return w.detach().numpy()


def test_value_and_gradient_by_hand():
    v, w = leaf([[1.0, -2.0]]), leaf([0.0, 4.0])
    penalty = l1_penalty([v, w], strength=0.5)
    assert penalty.shape == () and penalty.item() == 3.5
    (3 * penalty).backward()
    np.testing.assert_array_equal(v.grad.array, [[1.5, -1.5]])
    np.testing.assert_array_equal(w.grad.array, [0.0, 1.5])


def test_it_equals_the_composed_expression():
    rng = np.random.default_rng(0)
    values = [rng.standard_normal(shape) for shape in ((3, 4), (5,), ())]
    ours, composed = [leaf(x) for x in values], [leaf(x) for x in values]
    penalty = l1_penalty(ours, 0.3)
    expected = sum(0.3 * w.abs().sum() for w in composed)
    assert penalty.item() == pytest.approx(expected.item(), rel=1e-14)
    penalty.backward()
    expected.backward()
    for a, b in zip(ours, composed):
        np.testing.assert_allclose(a.grad.array, b.grad.array, rtol=1e-14)


def test_the_soft_threshold_keeps_the_sign():
    x = torch.tensor(np.array([-5.0, -2.0, -1.0, 0.0, 1.5, 2.0, 7.0]))
    np.testing.assert_array_equal(soft_threshold(x, 2.0).array, [-3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 5.0])
    assert soft_threshold(torch.tensor(-5.0), 2).item() == -3.0


def test_the_soft_threshold_minimizes_its_objective():
    """Equation (3), by search over a fine grid."""
    z = np.linspace(-6, 6, 240001)
    for x in (-4.3, -0.9, 0.0, 0.4, 1.2, 3.7):
        best = z[np.argmin((z - x) ** 2 / 2 + 1.2 * np.abs(z))]
        assert soft_threshold(torch.tensor(np.float64(x)), 1.2).item() == pytest.approx(best, abs=5e-5)


def test_the_soft_thresholds_gradient_is_one_outside_and_zero_inside():
    x = leaf([-3.0, -1.0, 0.5, 2.0])
    soft_threshold(x, 1.0).backward(torch.tensor(np.array([10.0, 20.0, 30.0, 40.0])))
    assert x.grad.tolist() == [10.0, 0.0, 0.0, 40.0]


def test_the_soft_threshold_at_its_ends():
    x = torch.tensor(np.array([-2.0, 0.5, np.inf, -np.inf, np.nan]))
    np.testing.assert_array_equal(soft_threshold(x, 0).array, x.array)
    np.testing.assert_array_equal(soft_threshold(x, 3.0).array, [0.0, 0.0, np.inf, -np.inf, np.nan])


@pytest.mark.parametrize("share", [0.02, 0.2, 0.6])
def test_the_lasso_satisfies_its_optimality_certificate(share):
    """Equation (7): necessary and sufficient, whatever method found w."""
    x, y = regression()
    s = share * abs(x.T @ y).max()
    w = lasso(x, y, s)
    gradient = -x.T @ (y - x @ w)
    active = w != 0
    assert 0 < active.sum() < 20
    np.testing.assert_allclose(gradient[active], -s * np.sign(w[active]), rtol=1e-6)
    assert (abs(gradient[~active]) < s).all()


def test_more_strength_gives_more_zeros_until_all_are():
    x, y = regression()
    largest = abs(x.T @ y).max()
    zeros = [int((lasso(x, y, share * largest) == 0).sum()) for share in (0.01, 0.1, 0.5)]
    assert zeros == sorted(zeros) and zeros[0] < zeros[-1] < 20
    assert (lasso(x, y, 1.0001 * largest) == 0).all()
    assert (lasso(x, y, 0.999 * largest) != 0).sum() == 1


def test_l1_keeps_negative_weights():
    x, y = regression()
    w = lasso(x, y, 0.1 * abs(x.T @ y).max())
    assert (w < 0).any() and (w > 0).any()


def test_orthonormal_inputs_give_the_soft_threshold_of_least_squares():
    q, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((20, 6)))
    y = q @ np.array([3.0, -2.0, 1.0, 0.3, -0.2, 0.0])
    np.testing.assert_allclose(lasso(q, y, 0.5), [2.5, -1.5, 0.5, 0.0, 0.0, 0.0], atol=1e-14)


def test_a_subgradient_step_almost_never_lands_on_zero():
    w = leaf([0.95])
    optimizer, seen = torch.optim.SGD([w], lr=0.1), []
    for _ in range(100):
        optimizer.zero_grad()
        l1_penalty([w], 1.0).backward()
        optimizer.step()
        seen.append(w.item())
    assert 0.0 not in seen and max(map(abs, seen[20:])) < 0.1 and min(seen[20:]) < 0 < max(seen[20:])
    v = leaf([0.95])
    for _ in range(10):
        l1_proximal_([v], 0.1, 1.0)
    assert v.item() == 0.0


def test_identical_inputs_are_all_the_same_to_l1():
    assert l1_penalty([leaf([3.0, 0.0])], 1.0).item() == l1_penalty([leaf([1.0, 2.0])], 1.0).item() == 3.0


def test_it_is_the_negative_log_density_of_a_laplace_prior():
    s, w = 4.0, np.array([0.3, -1.0, 2.0])
    b = 1 / s
    density = np.exp(-abs(w) / b) / (2 * b)
    assert l1_penalty([torch.tensor(w)], s).item() == pytest.approx(-np.log(density).sum() - 3 * math.log(2 * b), rel=1e-13)


def test_the_proximal_step_acts_in_place_on_a_module_and_is_noticed_by_the_graph():
    net = torch.nn.Linear(3, 2)
    weight, bias, memory = net.weight.array.copy(), net.bias.array.copy(), net.weight.array
    y = (net.weight * net.weight).sum()
    l1_proximal_(net, lr=0.5, strength=0.4)
    assert net.weight.array is memory and net.weight.requires_grad
    np.testing.assert_allclose(memory, np.sign(weight) * np.maximum(abs(weight) - 0.2, 0), atol=1e-7)
    np.testing.assert_array_equal(net.bias.array, bias)
    with pytest.raises(RuntimeError, match="MulBackward0"):
        y.backward()


def test_large_arrays_are_the_same_piece_by_piece():
    values = np.random.default_rng(0).standard_normal(3 * PIECE + 5)
    w = leaf(values)
    penalty = l1_penalty([w], 0.5)
    penalty.backward()
    assert penalty.item() == pytest.approx(0.5 * math.fsum(abs(values)), rel=1e-14)
    np.testing.assert_array_equal(w.grad.array, 0.5 * np.sign(values))
    l1_proximal_([w], 1.0, 0.5)
    np.testing.assert_allclose(w.array, np.sign(values) * np.maximum(abs(values) - 0.5, 0), atol=1e-15)


def test_large_float32_sums_keep_their_digits():
    values = np.random.default_rng(0).standard_normal(20 * PIECE).astype("float32")
    exact = math.fsum(abs(values.astype("float64")))
    assert l1_penalty([torch.tensor(values)], 1.0).item() == pytest.approx(exact, rel=3e-7)


def test_float32_stays_float32_also_with_float64_settings():
    w = leaf([1.0, 2.0], "float32")
    penalty = l1_penalty([w], np.float64(0.1))
    penalty.backward()
    l1_proximal_([w], np.float64(0.1), np.float64(0.1))
    assert {penalty.dtype, w.grad.dtype, w.dtype, soft_threshold(w, np.float64(0.1)).dtype} == {np.dtype("float32")}


def test_layouts_shapes_and_emptiness():
    values = np.arange(6.0).reshape(2, 3) - 2
    for array in (values.T, values[:, ::2], values[::-1], values[0, 0:0], np.float64(2.0)):
        array = np.array(array)
        w = torch.from_numpy(array).requires_grad_()
        penalty = l1_penalty([w], 0.5)
        assert penalty.item() == 0.5 * abs(array).sum()
        penalty.backward()
        np.testing.assert_array_equal(w.grad.array, 0.5 * np.sign(array))
        expected = np.sign(array) * np.maximum(abs(array) - 1, 0)
        l1_proximal_(w, 1.0, 1.0)
        np.testing.assert_array_equal(w.array, expected)


def test_strength_zero_switches_it_off():
    w = leaf([1.0, -2.0])
    penalty = l1_penalty([w], 0)
    penalty.backward()
    assert penalty.item() == 0.0 and w.grad.tolist() == [0.0, 0.0]
    l1_proximal_([w], 0.1, 0)
    assert w.tolist() == [1.0, -2.0]


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda w: l1_penalty([w], -0.5), ValueError, "l1_penalty: strength .* got strength=-0.5"),
        (lambda w: l1_penalty([w], float("nan")), ValueError, "got strength=nan"),
        (lambda w: l1_penalty([], 0.5), ValueError, "got none in list"),
        (lambda w: soft_threshold(w, -2), ValueError, "soft_threshold: threshold .* got threshold=-2"),
        (lambda w: soft_threshold(torch.tensor([1, 2]), 1), TypeError, "soft_threshold: x .* got dtype int64"),
        (lambda w: l1_proximal_([w], -0.1, 1), ValueError, "l1_proximal_: lr .* got lr=-0.1"),
        (lambda w: l1_proximal_([w], 0.1, float("inf")), ValueError, "got strength=inf"),
    ],
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act(leaf([1.0]))
