import numpy as np
import pytest

import tinyreg as torch
from tinyreg.backend import PIECE
from tinyreg.regularization.elastic_net import elastic_net_penalty, elastic_net_proximal_
from tinyreg.regularization.l1 import l1_penalty, l1_proximal_
from tinyreg.regularization.l2 import l2_penalty


def leaf(values, dtype="float64"):
    return torch.tensor(np.asarray(values, dtype=dtype), requires_grad=True)


def unit(x):
    return x / np.linalg.norm(x, axis=0)


def naive(x, y, l1, l2, steps=20000):
    """Zou and Hastie's naive elastic net |y - Xb|^2 + l2 |b|^2 + l1 |b|_1, through (4), by proximal gradient descent."""
    n = len(y)
    s = (l1 + 2 * l2) / (2 * n)
    r = l1 / (2 * n) / s
    b, lr = leaf(np.zeros(x.shape[1])), n / np.linalg.norm(x, 2) ** 2
    optimizer, tx, ty = torch.optim.SGD([b], lr=lr), torch.tensor(x), torch.tensor(y)
    for _ in range(steps):
        optimizer.zero_grad()
        (((ty - tx @ b) ** 2).sum() / (2 * n)).backward()
        before = b.array.copy()
        optimizer.step()
        elastic_net_proximal_([b], lr, s, r)
        if abs(before - b.array).max() < 1e-15:
            break
    return b.detach().numpy()


def test_value_and_gradient_by_hand():
    v, w = leaf([[1.0, -2.0]]), leaf([0.0, 4.0])
    penalty = elastic_net_penalty([v, w], strength=2.0, l1_ratio=0.25)
    assert penalty.shape == () and penalty.item() == 2 * (0.25 * 7 + 0.375 * 21)
    penalty.backward()
    np.testing.assert_array_equal(v.grad.array, [[0.5 + 1.5, -0.5 - 3.0]])
    np.testing.assert_array_equal(w.grad.array, [0.0, 0.5 + 6.0])


@pytest.mark.parametrize("r", [0.0, 0.3, 1.0])
def test_it_is_the_sum_of_l1_and_l2(r):
    values = [np.random.default_rng(0).standard_normal(shape) for shape in ((3, 4), (5,), ())]
    ours, parts = [leaf(x) for x in values], [leaf(x) for x in values]
    penalty, expected = elastic_net_penalty(ours, 0.7, r), l1_penalty(parts, 0.7 * r) + l2_penalty(parts, 0.7 * (1 - r))
    assert penalty.item() == pytest.approx(expected.item(), rel=1e-14)
    penalty.backward()
    expected.backward()
    for a, b in zip(ours, parts):
        np.testing.assert_allclose(a.grad.array, b.grad.array, rtol=1e-14)


def test_its_ends_are_exactly_l1_and_l2():
    values = np.random.default_rng(0).standard_normal((4, 5))
    assert elastic_net_penalty([leaf(values)], 0.7, 0).item() == l2_penalty([leaf(values)], 0.7).item()
    assert elastic_net_penalty([leaf(values)], 0.7, 1).item() == l1_penalty([leaf(values)], 0.7).item()
    v, w = leaf(values), leaf(values)
    elastic_net_proximal_([v], 0.5, 0.7, 1)
    l1_proximal_([w], 0.5, 0.7)
    np.testing.assert_array_equal(v.array, w.array)
    elastic_net_proximal_([v], 0.5, 0.7, 0)
    np.testing.assert_allclose(v.array, w.array / 1.35, rtol=1e-15)


def test_the_proximal_step_minimizes_its_objective():
    """What equation (6) solves, by search over a fine grid."""
    z, t, r = np.linspace(-6, 6, 240001), 0.8, 0.6
    for x in (-4.3, -0.4, 0.0, 0.47, 1.2, 3.7):
        w = leaf([x])
        elastic_net_proximal_([w], 1.0, t, r)
        best = z[np.argmin((z - x) ** 2 / 2 + t * (r * np.abs(z) + (1 - r) * z**2 / 2))]
        assert w.item() == pytest.approx(best, abs=5e-5)


def test_the_naive_elastic_net_satisfies_its_optimality_conditions():
    rng = np.random.default_rng(0)
    x = unit(rng.standard_normal((40, 15)) + 0.7 * rng.standard_normal((40, 1)))
    y, l1, l2 = x[:, :4] @ np.array([9.0, -7.0, 5.0, 3.0]) + 0.3 * rng.standard_normal(40), 2.0, 0.5
    b = naive(x, y, l1, l2)
    gradient = -2 * x.T @ (y - x @ b) + 2 * l2 * b
    active = b != 0
    assert 0 < active.sum() < 15
    np.testing.assert_allclose(gradient[active], -l1 * np.sign(b[active]), rtol=1e-7)
    assert (abs(gradient[~active]) < l1).all()


def test_orthonormal_inputs_are_shrunk_twice_and_the_correction_undoes_one():
    q, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((20, 4)))
    ols = np.array([3.0, -2.0, 1.0, 0.3])
    b = naive(q, q @ ols, l1=1.0, l2=0.5)
    np.testing.assert_allclose(b, np.array([2.5, -1.5, 0.5, 0.0]) / 1.5, atol=1e-13)
    np.testing.assert_allclose(1.5 * b, [2.5, -1.5, 0.5, 0.0], atol=1e-13)


def test_identical_inputs_share_the_weight():
    rng = np.random.default_rng(0)
    column = rng.standard_normal((50, 1))
    x = unit(np.hstack([column, column, rng.standard_normal((50, 3))]))
    b = naive(x, 3 * column[:, 0], l1=0.5, l2=0.5)
    assert b[0] == pytest.approx(b[1], rel=1e-9) and b[0] > 1


def test_alike_inputs_obey_the_grouping_bound():
    rng = np.random.default_rng(1)
    column = rng.standard_normal(60)
    for noise in (0.01, 0.1, 0.5):
        x = unit(np.stack([column, column + noise * rng.standard_normal(60)], axis=1))
        y, l2 = 3 * column + rng.standard_normal(60), 0.3
        b = naive(x, y, l1=0.1, l2=l2)
        c = x[:, 0] @ x[:, 1]
        assert (b > 0).all()
        assert abs(b[0] - b[1]) <= np.sqrt(2 * (1 - c)) * np.linalg.norm(y) / l2


def test_a_module_gives_its_weights_and_keeps_its_biases():
    net = torch.nn.Linear(3, 2)
    elastic_net_penalty(net, 1.0, 0.5).backward()
    assert net.weight.grad is not None and net.bias.grad is None
    bias, memory = net.bias.array.copy(), net.weight.array
    y = (net.weight * net.weight).sum()
    elastic_net_proximal_(net, 0.1, 1.0, 0.5)
    assert net.weight.array is memory
    np.testing.assert_array_equal(net.bias.array, bias)
    with pytest.raises(RuntimeError, match="MulBackward0"):
        y.backward()


def test_large_arrays_and_float32():
    values = np.random.default_rng(0).standard_normal(2 * PIECE + 5).astype("float32")
    w = leaf(values, "float32")
    penalty = elastic_net_penalty([w], np.float64(0.5), np.float64(0.3))
    penalty.backward()
    assert penalty.dtype == w.grad.dtype == torch.float32
    wide = values.astype("float64")
    assert penalty.item() == pytest.approx(0.5 * (0.3 * abs(wide).sum() + 0.35 * (wide**2).sum()), rel=1e-6)
    np.testing.assert_allclose(w.grad.array, 0.15 * np.sign(values) + 0.35 * values, rtol=1e-5, atol=1e-7)


def test_layouts():
    array = np.arange(6.0).reshape(2, 3).T - 2
    w = torch.from_numpy(array.copy(order="K")).requires_grad_()
    elastic_net_penalty([w], 1.0, 0.5).backward()
    np.testing.assert_array_equal(w.grad.array, 0.5 * np.sign(array) + 0.5 * array)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda w: elastic_net_penalty([w], -0.5, 0.5), "elastic_net_penalty: strength .* got strength=-0.5"),
        (lambda w: elastic_net_penalty([w], 0.5, 1.5), r"elastic_net_penalty: l1_ratio must lie in \[0, 1\], got l1_ratio=1.5"),
        (lambda w: elastic_net_penalty([w], 0.5, float("nan")), "got l1_ratio=nan"),
        (lambda w: elastic_net_penalty([], 0.5, 0.5), "got none in list"),
        (lambda w: elastic_net_proximal_([w], -1.0, 0.5, 0.5), "elastic_net_proximal_: lr .* got lr=-1.0"),
        (lambda w: elastic_net_proximal_([w], 0.1, 0.5, -0.5), "got l1_ratio=-0.5"),
    ],
)
def test_refusals(act, message):
    with pytest.raises(ValueError, match=message):
        act(leaf([1.0]))
