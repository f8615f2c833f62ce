import math

import numpy as np
import pytest

import tinyreg as torch
from tinyreg import nn
from tinyreg.autograd import gradcheck
from tinyreg.regularization import gradient_penalty, jacobian_penalty


def leaf(values, dtype="float64"):
    return torch.tensor(np.asarray(values, dtype=dtype), requires_grad=True)


def data(*shape, seed=0, dtype="float64"):
    return torch.tensor(np.random.default_rng(seed).standard_normal(shape).astype(dtype))


def smooth(inputs=3, outputs=1, *between, dtype="float64"):
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(inputs, 8), *between, nn.Tanh(), nn.Linear(8, outputs))
    return net.double() if dtype == "float64" else net


def differences(function, array, h=1e-5):
    """The gradient of a number with respect to an array that it reads, by central differences."""
    found = np.zeros_like(array)
    for index in np.ndindex(array.shape):
        value = array[index]
        array[index] = value + h
        high = function()
        array[index] = value - h
        low = function()
        array[index] = value
        found[index] = (high - low) / (2 * h)
    return found


# by hand


@pytest.mark.parametrize(("target", "value", "gradient"), [(0.0, 5.0, [1.2, 1.6]), (1.0, 3.2, [0.96, 1.28]), (5.0, 0.0, [0.0, 0.0])])
def test_a_linear_critic(target, value, gradient):
    """f = <w, x>: the slope is w everywhere, |w| = 5, and the penalty s/2 (5 - t)^2 with gradient s (1 - t/5) w."""
    w = leaf([3.0, 4.0])
    penalty = gradient_penalty(lambda x: x @ w, data(7, 2), 0.4, target=target, params=[w])
    assert penalty.shape == () and penalty.item() == pytest.approx(value, abs=1e-12)
    penalty.backward()
    np.testing.assert_allclose(w.grad.numpy(), gradient, atol=1e-9)


@pytest.mark.parametrize("step", [None, 0.5, 3.0])
def test_a_quadratic_net_exactly_whatever_the_step(step):
    """f = x'Ax/2 + <b, x> has the slope Sx + b, S = (A + A')/2: a penalty s/2 mean |Sx + b|^2."""
    x, a, b, s = data(5, 3), leaf(data(3, 3, seed=1).numpy()), leaf([1.0, -2.0, 0.5]), 0.7
    penalty = gradient_penalty(lambda x: ((x @ a) * x).sum(1) / 2 + x @ b, x, s, params=[a, b], step=step)
    penalty.backward()
    g = x.numpy() @ (a.detach().numpy() + a.detach().numpy().T) / 2 + b.detach().numpy()
    tolerance = {"rtol": 1e-9, "atol": 1e-9} if step is None else {"rtol": 1e-12, "atol": 1e-13}
    assert penalty.item() == pytest.approx(s / 2 * (g**2).sum(1).mean(), rel=1e-13)
    half = s * g.T @ x.numpy() / 5 / 2
    np.testing.assert_allclose(a.grad.numpy(), half + half.T, **tolerance)
    np.testing.assert_allclose(b.grad.numpy(), s * g.mean(0), **tolerance)


@pytest.mark.parametrize("step", [0.1, 0.01])
def test_the_error_is_the_one_that_is_derived(step):
    """f = w x^3: the gradient x^3 has the third derivative 6 along x, so that (9) is m d^2 and all there is."""
    x, w = torch.tensor(np.array([[1.0]])), leaf([2.0])
    gradient_penalty(lambda x: w * x[:, 0] ** 3, x, 1.0, params=[w], step=step).backward()
    m = 3 * 2.0  # the slope 3 w x^2 at x = 1
    assert w.grad.item() == pytest.approx(m * 3 + m * step**2, rel=1e-11)


# composition, differences


@pytest.mark.parametrize("target", [0.0, 1.0])
def test_every_parameter_by_differences_of_the_value(target):
    net, x = smooth(), data(6, 3)

    def value():
        with torch.no_grad():
            return gradient_penalty(net, x, 0.8, target=target).item()

    gradient_penalty(net, x, 0.8, target=target).backward()
    for p in net.parameters():
        np.testing.assert_allclose(p.grad.numpy(), differences(value, p.array), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("reduction", ["mean", "none"])
def test_double_backpropagation(reduction):
    """The slope of each example's loss: of half the squared error of a linear model, r w with the residual r."""
    x, y, w = data(5, 2), data(5, seed=3), leaf([1.5, -0.5])

    def loss(output):
        squares = (output - y) ** 2 / 2
        return squares.mean() if reduction == "mean" else squares

    penalty = gradient_penalty(lambda x: x @ w, x, 0.6, loss=loss, params=[w])
    penalty.backward()
    a, v = x.numpy(), w.detach().numpy()
    r = a @ v - y.numpy()
    assert penalty.item() == pytest.approx(0.3 * (r**2).mean() * (v @ v), rel=1e-12)
    expected = 0.3 * (2 * (r[:, None] * a).mean(0) * (v @ v) + (r**2).mean() * 2 * v)
    np.testing.assert_allclose(w.grad.numpy(), expected, rtol=1e-8)


def test_gradcheck_sees_value_and_gradient():
    x, w, v = leaf(data(4, 3).numpy()), leaf(data(3, 5, seed=1).numpy()), leaf(data(5, seed=2).numpy())
    assert gradcheck(lambda x, w, v: gradient_penalty(lambda z: (z @ w).tanh() @ v, x, 0.7, target=0.5, params=[w, v]), (x, w, v))
    w = leaf(data(3, 4, seed=1).numpy())
    assert gradcheck(lambda x, w: jacobian_penalty(lambda z: (z @ w).tanh(), x, 0.7, 2, params=[w]), (x, w))


@pytest.mark.parametrize(
    "penalty",
    [lambda net, x: gradient_penalty(net, x, 0.5, loss=lambda out: (out**2).mean()), lambda net, x: jacobian_penalty(net, x, 0.5, 3)],
)
def test_a_conv_net(penalty):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(8, 3)).double()
    x = data(4, 1, 6, 6)
    penalty(net, x).backward()

    def value():
        with torch.no_grad():
            return penalty(net, x).item()

    for p in (net[0].weight, net[4].weight):
        np.testing.assert_allclose(p.grad.numpy(), differences(value, p.array), rtol=1e-5, atol=1e-8)


# in a training step


def test_it_adds_up_with_other_terms_and_accumulates():
    x, w = data(4, 3), leaf(data(3, seed=1).numpy())

    def penalties():
        one = gradient_penalty(lambda z: (z @ w).tanh(), x, 0.7, params=[w])
        two = gradient_penalty(lambda z: (z @ w).exp(), x, 0.1, target=1.0, params=[w])
        return one, two

    alone = []
    for penalty in penalties():
        assert w.grad is None
        penalty.backward()
        alone.append(w.grad.numpy())
        w.grad = None
    one, two = penalties()
    (2.5 * one + two + (w**2).sum()).backward()
    expected = 2.5 * alone[0] + alone[1] + 2 * w.detach().numpy()
    np.testing.assert_allclose(w.grad.numpy(), expected, rtol=1e-12)
    sum(penalties()).backward()
    np.testing.assert_allclose(w.grad.numpy(), expected + alone[0] + alone[1], rtol=1e-12)


def test_nothing_is_left_behind():
    net = smooth(3, 1, nn.BatchNorm1d(8), nn.Dropout(0.5))
    buffers = {name: b.numpy().copy() for name, b in net.named_buffers()}
    weights = [p.detach().numpy().copy() for p in net.parameters()]
    x = data(6, 3).requires_grad_()
    gradient_penalty(net, x, 0.5)
    jacobian_penalty(net, x, 0.5)
    assert x.grad is None and all(p.grad is None for p in net.parameters()) and all(m.training for m in net.modules())
    assert all((p.detach().numpy() == before).all() for p, before in zip(net.parameters(), weights))
    for name, buffer in net.named_buffers():
        np.testing.assert_array_equal(buffer.numpy(), buffers[name])


@pytest.mark.parametrize("training", [True, False])
def test_masks_stay_and_batch_statistics_move_together(training):
    """gradcheck replays the masks of the first pass; the statistics of the batch are part of the function."""
    net = smooth(3, 1, nn.BatchNorm1d(8), nn.Dropout(0.3)).train(training)
    net[1].running_var.data.mul_(2.0)
    x, parameters = leaf(data(5, 3).numpy()), list(net.parameters())
    assert gradcheck(lambda x, *ps: gradient_penalty(net, x, 0.5), (x, *parameters[:2], parameters[4]))
    first = gradient_penalty(net, x, 0.5).item()
    assert (gradient_penalty(net, x, 0.5).item() != first) == training


def test_layers_that_were_computed_before():
    """Parameters with a history, which survives."""
    x, v = data(4, 3), leaf([1.0, 2.0, 3.0])
    w = v * 2
    (gradient_penalty(lambda z: z @ w, x, 0.5, params=[w]) + w.sum()).backward()
    np.testing.assert_allclose(v.grad.numpy(), 0.5 * 4 * np.array([1.0, 2.0, 3.0]) + 2, rtol=1e-9)


def test_who_gets_a_gradient():
    net, x = smooth(), data(4, 3)
    unused = leaf([1.0])
    net[0].weight.requires_grad_(False)
    gradient_penalty(net, x, 0.5, params=[*net.parameters(), unused]).backward()
    assert unused.grad is None and net[0].weight.grad is None and net[0].bias.grad is not None and x.grad is None
    passes = []
    handle = net.register_forward_hook(lambda *_: passes.append(1))
    with torch.no_grad():
        assert not gradient_penalty(net, x, 0.5).requires_grad
    handle.remove()
    assert len(passes) == 1
    net.requires_grad_(False)
    assert not gradient_penalty(net, x, 0.5).requires_grad and not jacobian_penalty(net, x, 0.5, 2).requires_grad


# kinks


def kinked():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1)).double()


def test_between_the_kinks_a_relu_net_is_exact():
    """In float64 no unit switches here: f = v relu(Wx) is linear in x about each example, with the slope (v [Wx > 0]) W."""
    net, x = kinked(), data(10, 4)
    gradient_penalty(net, x, 0.5).backward()
    w, b, v = (p.detach().numpy() for p in list(net.parameters())[:3])
    on = (x.numpy() @ w.T + b > 0) * v  # (N, 16)
    g = on @ w
    np.testing.assert_allclose(net[0].weight.grad.numpy(), 0.5 * on.T @ g / 10, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(net[2].weight.grad.numpy(), 0.5 * ((on / v * (g @ w.T)).mean(0, keepdims=True)), rtol=1e-8, atol=1e-9)


def test_across_kinks_it_is_the_gradient_of_the_mean_slope():
    """Equation (12), recorded."""
    net, x, step = kinked(), data(10, 4), 0.3
    gradient_penalty(net, x, 0.5, step=step).backward()
    found = [p.grad.numpy() for p in net.parameters()]
    z = x.clone().requires_grad_()
    (u,) = torch.autograd.grad(net(z).sum(), z)
    u = u * (0.5 / 10)
    m = u.norm(dim=1).max()
    d = step * (x**2).mean().sqrt()
    net.zero_grad()
    (m / (2 * d) * (net(x + d * u / m) - net(x - d * u / m)).sum()).backward()
    for p, expected in zip(net.parameters(), found):
        np.testing.assert_allclose(p.grad.numpy() if p.grad is not None else 0, expected, rtol=1e-9, atol=1e-12)


# ends and edges


def test_a_slope_of_zero_has_no_direction():
    w = leaf([0.0, 0.0])
    penalty = gradient_penalty(lambda x: x @ w, data(3, 2), 2.0, target=1.0, params=[w])
    penalty.backward()
    assert penalty.item() == 1.0 and w.grad.tolist() == [0.0, 0.0]


def test_strength_zero_and_inputs_of_zero():
    net = smooth()
    penalty = gradient_penalty(net, data(4, 3), 0)
    penalty.backward()
    assert penalty.item() == 0.0 and all((p.grad == 0).all() for p in net.parameters())
    w = leaf([3.0, 4.0])
    gradient_penalty(lambda x: x @ w, torch.zeros(2, 2, dtype=torch.float64), 0.4, params=[w]).backward()
    np.testing.assert_allclose(w.grad.numpy(), [1.2, 1.6], rtol=1e-9)


def test_float32_stays_float32_and_small_strengths_do_not_underflow():
    w = leaf([3e-8, 4e-8], "float32")
    penalty = gradient_penalty(lambda x: x @ w, data(512, 2, dtype="float32"), np.float64(1e-6), params=[w])
    penalty.backward()
    assert penalty.dtype == w.grad.dtype == torch.float32
    np.testing.assert_allclose(w.grad.numpy(), [3e-14, 4e-14], rtol=1e-4)
    net = smooth(3, 4, dtype="float32")
    penalty = jacobian_penalty(net, data(5, 3, dtype="float32"), 0.1, 2)
    penalty.backward()
    assert penalty.dtype == torch.float32 and {p.grad.dtype for p in net.parameters()} == {torch.float32}


def test_float32_is_near_float64():
    found = []
    for dtype in ("float64", "float32"):
        net, x = smooth(dtype=dtype), data(32, 3, dtype=dtype)
        gradient_penalty(net, x, 0.5, target=1.0).backward()
        found.append(np.concatenate([p.grad.numpy().ravel() for p in net.parameters()]))
    assert np.linalg.norm(found[1] - found[0]) < 2e-4 * np.linalg.norm(found[0])


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda n, x: gradient_penalty(n, x, -0.1), ValueError, "gradient_penalty: strength .* got strength=-0.1"),
        (lambda n, x: gradient_penalty(n, x, 1.0, target=math.nan), ValueError, "gradient_penalty: target .* got target=nan"),
        (lambda n, x: gradient_penalty(n, x, 1.0, step=0), ValueError, "gradient_penalty: step must be positive .* got step=0"),
        (lambda n, x: gradient_penalty(n, x.long(), 1.0), NotImplementedError, "x must be floating point, got dtype int64"),
        (lambda n, x: gradient_penalty(n, x[:0], 1.0), ValueError, r"x must hold examples, got shape \(0, 3\)"),
        (lambda n, x: gradient_penalty(lambda x: x.sum(1), x, 1.0), ValueError, "a function needs params, got params=None for function"),
        (lambda n, x: gradient_penalty(n, x, 1.0, params=[3]), TypeError, "params must be Tensors, got int among them"),
        (lambda n, x: gradient_penalty(smooth(3, 2), x, 1.0), ValueError, r"one number for each of 4 examples, got shape \(4, 2\)"),
        (lambda n, x: gradient_penalty(n, x, 1.0, loss=lambda o: o), ValueError, r"loss must give .* 4 examples.* got shape \(4, 1\)"),
        (lambda n, x: gradient_penalty(n, x, 1.0, loss=lambda o: 1.0), ValueError, "loss must give .* got float"),
        (lambda n, x: jacobian_penalty(n, x, math.inf), ValueError, "jacobian_penalty: strength .* got strength=inf"),
        (lambda n, x: jacobian_penalty(n, x, 1.0, 0), ValueError, "n_projections must be an integer of at least 1, got 0"),
        (lambda n, x: jacobian_penalty(lambda x: n(x).sum(1), x, 1.0, params=[]), ValueError, r"\(N, C\) for 4 examples, got shape \(4,\)"),
        (
            lambda n, x: jacobian_penalty(n, x, 1.0, projections=torch.ones(4, 1)),
            ValueError,
            r"projections must have shape \(K, \*\(4, 1\)\), got shape \(4, 1\)",
        ),
    ],
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act(smooth(), data(4, 3))
