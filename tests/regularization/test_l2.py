import math

import numpy as np
import pytest

import tinyreg as torch
from tinyreg.backend import PIECE
from tinyreg.regularization.l2 import l2_penalty, square_sum


def leaf(values, dtype="float64"):
    return torch.tensor(np.asarray(values, dtype=dtype), requires_grad=True)


def regression(n=30, d=6, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d)) @ np.diag([3.0, 2.0, 1.0, 0.5, 0.3, 0.2])[:d, :d]
    return x, x @ rng.standard_normal(d) + 0.1 * rng.standard_normal(n)


def descend(loss, w, lr, steps):
    optimizer = torch.optim.SGD([w], lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        loss(w).backward()
        optimizer.step()
    return w.detach().numpy()


def test_value_and_gradient_by_hand():
    v, w = leaf([[1.0, -2.0]]), leaf([2.0])
    penalty = l2_penalty([v, w], strength=0.5)
    assert penalty.shape == () and penalty.item() == 0.25 * (1 + 4 + 4)
    (3 * penalty).backward()
    np.testing.assert_array_equal(v.grad.array, [[1.5, -3.0]])
    np.testing.assert_array_equal(w.grad.array, [3.0])


def test_it_equals_the_composed_expression():
    rng = np.random.default_rng(0)
    values = [rng.standard_normal(shape) for shape in ((3, 4), (5,), ())]
    ours, composed = [leaf(x) for x in values], [leaf(x) for x in values]
    penalty = l2_penalty(ours, 0.3)
    expected = sum(0.15 * (w * w).sum() for w in composed)
    assert penalty.item() == pytest.approx(expected.item(), rel=1e-14)
    penalty.backward()
    expected.backward()
    for a, b in zip(ours, composed):
        np.testing.assert_allclose(a.grad.array, b.grad.array, rtol=1e-14)


def test_it_is_sgds_weight_decay_step_for_step():
    rng = np.random.default_rng(0)
    target = torch.tensor(rng.standard_normal((4, 3)))
    v, w = (leaf(np.arange(12.0).reshape(4, 3)) for _ in range(2))
    penalized, decayed = torch.optim.SGD([v], lr=0.1), torch.optim.SGD([w], lr=0.1, weight_decay=0.7)
    for _ in range(50):
        for p, optimizer, strength in ((v, penalized, 0.7), (w, decayed, 0.0)):
            optimizer.zero_grad()
            (((p - target) ** 2).sum() + l2_penalty([p], strength)).backward()
            optimizer.step()
        np.testing.assert_allclose(v.array, w.array, rtol=1e-14, atol=3e-16)


def test_gradient_descent_finds_the_ridge_solution():
    (x, y), s = regression(), 2.0
    closed = np.linalg.solve(x.T @ x + s * np.eye(6), x.T @ y)
    lr = 1 / (np.linalg.norm(x, 2) ** 2 + s)
    tx, ty = torch.tensor(x), torch.tensor(y)
    found = descend(lambda w: ((ty - tx @ w) ** 2).sum() / 2 + l2_penalty([w], s), leaf(np.zeros(6)), lr, 4000)
    np.testing.assert_allclose(found, closed, rtol=1e-10)


@pytest.mark.parametrize(("loss", "scale"), [("half sum", 1.0), ("half mean", 30.0), ("mean", 15.0)])
def test_singular_directions_shrink_by_equation_5(loss, scale):
    (x, y), s, n = regression(), 0.4, 30
    u, d, vt = np.linalg.svd(x, full_matrices=False)
    tx, ty = torch.tensor(x), torch.tensor(y)
    factor = {"half sum": 0.5, "half mean": 0.5 / n, "mean": 1.0 / n}[loss]
    lr = 1 / (2 * factor * d[0] ** 2 + s)
    w = descend(lambda w: factor * ((ty - tx @ w) ** 2).sum() + l2_penalty([w], s), leaf(np.zeros(6)), lr, 6000)
    least_squares = (u.T @ y) / d
    np.testing.assert_allclose((vt @ w) / least_squares, d**2 / (d**2 + s * scale), rtol=1e-8)


def test_identical_inputs_share_the_weight_and_nothing_is_exactly_zero():
    rng = np.random.default_rng(0)
    column = rng.standard_normal((200, 1))
    x, y = np.hstack([column, column, rng.standard_normal((200, 1))]), 3 * column[:, 0]
    tx, ty = torch.tensor(x), torch.tensor(y)
    w = descend(lambda w: ((ty - tx @ w) ** 2).sum() / 2 + l2_penalty([w], 2.0), leaf([2.0, 0.0, 1.0]), 1 / 450, 5000)
    assert w[0] == pytest.approx(w[1], rel=1e-9) and 1.48 < w[0] < 1.5
    assert (w != 0).all()


def test_it_is_the_negative_log_density_of_a_normal_prior():
    s, w = 4.0, np.array([0.3, -1.0, 2.0])
    variance = 1 / s
    density = np.exp(-(w**2) / (2 * variance)) / math.sqrt(2 * math.pi * variance)
    constant = 3 * 0.5 * math.log(2 * math.pi * variance)
    assert l2_penalty([torch.tensor(w)], s).item() == pytest.approx(-np.log(density).sum() - constant, rel=1e-13)


def test_a_zero_weight_has_gradient_zero_where_the_square_of_a_norm_has_none():
    w = leaf(np.zeros(3))
    l2_penalty([w], 1.0).backward()
    assert w.grad.tolist() == [0.0, 0.0, 0.0]


def test_data_leaves_the_graph():
    """sum(param.data**2) changes the reported loss and no weight."""
    w = leaf([1.0, 2.0, 3.0])
    data_term = w.sum() + sum((p.data**2).sum() for p in [w])
    data_term.backward()
    assert w.grad.tolist() == [1.0, 1.0, 1.0]
    w.grad = None
    (w.sum() + l2_penalty([w], 1.0)).backward()
    assert w.grad.tolist() == [2.0, 3.0, 4.0]


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(3, 2)
        self.norm = torch.nn.BatchNorm1d(2)


def test_a_module_gives_the_weights_of_its_linear_and_conv_layers():
    net = Net()
    l2_penalty(net, 1.0).backward()
    np.testing.assert_array_equal(net.linear.weight.grad.array, net.linear.weight.array)
    assert net.linear.bias.grad is None and net.norm.weight.grad is None
    l2_penalty(net.parameters(), 1.0).backward()
    assert net.linear.bias.grad is not None and net.norm.weight.grad is not None


def test_an_unpenalized_intercept_keeps_the_residuals_centred():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((50, 2)), 1000 + rng.standard_normal(50)

    def mean_residual(penalize_bias):
        model = torch.nn.Linear(2, 1).double()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.005)
        tx, ty = torch.tensor(x), torch.tensor(y[:, None])
        for _ in range(2000):
            optimizer.zero_grad()
            (((model(tx) - ty) ** 2).sum() / 2 + l2_penalty(model.parameters() if penalize_bias else model, 100.0)).backward()
            optimizer.step()
        return abs((model(tx) - ty).mean().item())

    assert mean_residual(False) < 1e-9
    assert mean_residual(True) == pytest.approx(1000 * 100 / 150, rel=0.01)


@pytest.mark.parametrize("offset", [0.0, 1000.0])
def test_large_float32_sums_keep_their_digits(offset):
    w = (np.random.default_rng(0).standard_normal(20 * PIECE) + offset).astype("float32")
    exact = float((w.astype("float64") ** 2).sum())
    assert l2_penalty([torch.tensor(w)], 2.0).item() == pytest.approx(exact, rel=3e-7)


def test_float32_stays_float32_also_with_a_float64_strength():
    w = leaf([1.0, 2.0], "float32")
    penalty = l2_penalty([w], np.float64(0.1))
    penalty.backward()
    assert penalty.dtype == torch.float32 and w.grad.dtype == torch.float32


def test_mixed_dtypes_each_get_their_own():
    v, w = leaf([1.0], "float32"), leaf([2.0])
    l2_penalty([v, w], 0.5).backward()
    assert (v.grad.dtype, w.grad.dtype) == (torch.float32, torch.float64)


def test_layouts_shapes_and_emptiness():
    values = np.arange(6.0).reshape(2, 3)
    for array in (values.T, values[:, ::2], values[::-1], values[0, 0:0], np.float64(2.0), np.broadcast_to(values[0], (4, 3))):
        w = torch.from_numpy(np.asarray(array)).requires_grad_()
        penalty = l2_penalty([w], 0.5)
        assert penalty.item() == 0.25 * (np.asarray(array) ** 2).sum()
        penalty.backward()
        np.testing.assert_array_equal(w.grad.array, 0.5 * np.asarray(array))
    assert float(square_sum(np.zeros(0))) == 0.0


def test_tensors_that_want_no_gradient_count_and_get_none():
    w, fixed = leaf([1.0]), torch.tensor(np.array([3.0]))
    penalty = l2_penalty([w, fixed], 2.0)
    penalty.backward()
    assert penalty.item() == 10.0 and w.grad.item() == 2.0 and fixed.grad is None
    with torch.no_grad():
        assert not l2_penalty([w], 2.0).requires_grad


def test_strength_zero_switches_it_off():
    w = leaf([1.0, -2.0])
    penalty = l2_penalty([w], 0)
    penalty.backward()
    assert penalty.item() == 0.0 and w.grad.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("strength", [-0.1, float("nan"), float("inf")])
def test_refused_strengths(strength):
    with pytest.raises(ValueError, match=f"l2_penalty: strength .* got strength={strength}"):
        l2_penalty([leaf([1.0])], strength)


def test_refused_params():
    with pytest.raises(ValueError, match="got none in list"):
        l2_penalty([], 0.1)
    with pytest.raises(TypeError, match="got float among them"):
        l2_penalty([1.5], 0.1)
