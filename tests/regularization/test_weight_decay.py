import math

import numpy as np
import pytest

import tinyreg as torch
from tinyreg.regularization.weight_decay import decay_


def leaf(*values):
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def without_loss(make, steps=300):
    """Where weights go that only the decay moves: the gradient of the loss is 0."""
    w = leaf(10.0, 20.0)
    optimizer = make([w])
    for _ in range(steps):
        w.grad = torch.zeros(2, dtype=torch.float64)
        optimizer.step()
    return w.detach().numpy()


def test_by_hand():
    w = leaf(8.0, -4.0)
    memory = w.array
    decay_([w], lr=0.5, weight_decay=0.5)
    assert w.array is memory and w.tolist() == [6.0, -3.0]


def test_adam_with_l2_forgets_the_strength():
    """lambda = 1e-4 and 1 end alike: the strength cancels, every weight loses about lr a step."""
    weak, strong = (without_loss(lambda p, s=s: torch.optim.Adam(p, lr=0.01, weight_decay=s)) for s in (1e-4, 1.0))
    np.testing.assert_allclose(weak, [7.205, 17.099], atol=5e-4)
    np.testing.assert_allclose(strong, [7.205, 17.099], atol=5e-4)


def test_adam_with_l2_loses_lr_a_step():
    """Equation (5): the first step, in which both averages are the gradient itself."""
    w = without_loss(lambda p: torch.optim.Adam(p, lr=0.01, weight_decay=0.3, eps=0.0), steps=1)
    np.testing.assert_allclose(w, [9.99, 19.99], rtol=1e-15)


@pytest.mark.parametrize("strength", [1e-4, 1.0])
def test_adamw_keeps_the_strength(strength):
    """Equation (6), every digit: 300 products one after the other, and their closed form."""
    w = without_loss(lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=strength))
    one = 1.0
    for _ in range(300):
        one *= 1 - 0.01 * strength
    np.testing.assert_allclose(w, [10 * one, 20 * one], rtol=1e-15 * 300**0.5)
    np.testing.assert_allclose(w, np.array([10, 20]) * (1 - 0.01 * strength) ** 300, rtol=3e-14)
    np.testing.assert_allclose(w, {1e-4: [9.997, 19.994], 1.0: [0.490, 0.981]}[strength], atol=5e-4)


def test_each_step_of_adamw_is_the_decay_to_the_last_bit():
    w = leaf(10.0, 20.0)
    optimizer, expected = torch.optim.AdamW([w], lr=0.01, weight_decay=1.0), np.array([10.0, 20.0])
    for _ in range(300):
        w.grad = torch.zeros(2, dtype=torch.float64)
        optimizer.step()
        expected = expected * (1 - 0.01)
        np.testing.assert_array_equal(w.array, expected)


def test_for_plain_sgd_decay_and_l2_are_one():
    rng = np.random.default_rng(0)
    v, w = leaf(1.0, -2.0, 3.0), leaf(1.0, -2.0, 3.0)
    l2, plain = torch.optim.SGD([v], lr=0.1, weight_decay=0.7), torch.optim.SGD([w], lr=0.1)
    for _ in range(100):
        grad = rng.standard_normal(3)
        v.grad, w.grad = torch.tensor(grad), torch.tensor(grad)
        l2.step()
        decay_([w], 0.1, 0.7)
        plain.step()
        np.testing.assert_allclose(v.array, w.array, rtol=1e-14, atol=3e-16)


def test_with_momentum_they_differ():
    v, w = leaf(1.0), leaf(1.0)
    l2, plain = torch.optim.SGD([v], lr=0.1, momentum=0.9, weight_decay=0.7), torch.optim.SGD([w], lr=0.1, momentum=0.9)
    for _ in range(3):
        v.grad, w.grad = torch.zeros(1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
        l2.step()
        decay_([w], 0.1, 0.7)
        plain.step()
    assert w.item() == pytest.approx(0.93**3, rel=1e-14)
    assert v.item() < 0.7 < w.item()


def test_half_life():
    n = round(math.log(2) / (0.1 * 0.01))
    w = leaf(1.0)
    for _ in range(n):
        decay_([w], 0.1, 0.01)
    assert w.item() == pytest.approx(0.5, rel=1e-3)


def test_the_ends_of_the_range():
    w = leaf(2.0)
    decay_([w], 0.5, 0)
    decay_([w], 0, 0.5)
    assert w.item() == 2.0
    decay_([w], 0.5, 3.0)
    assert w.item() == -1.0
    decay_([w], 0.5, 2.0)
    assert w.item() == 0.0


def test_a_module_decays_in_its_weights():
    net = torch.nn.Linear(3, 2)
    weight, bias = net.weight.array.copy(), net.bias.array.copy()
    y = (net.weight * net.weight).sum()
    decay_(net, 0.5, 0.5)
    np.testing.assert_array_equal(net.weight.array, weight * np.float32(0.75))
    np.testing.assert_array_equal(net.bias.array, bias)
    with pytest.raises(RuntimeError, match="MulBackward0"):
        y.backward()


def test_float32_stays_float32():
    w = torch.tensor([1.0, 2.0])
    decay_([w], np.float64(0.1), np.float64(0.1))
    assert w.dtype == torch.float32


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([leaf(1.0)], -0.1, 0.1), "decay_: lr .* got lr=-0.1"),
        (([leaf(1.0)], 0.1, -0.1), "decay_: weight_decay .* got weight_decay=-0.1"),
        (([leaf(1.0)], 0.1, float("nan")), "got weight_decay=nan"),
        (([], 0.1, 0.1), "got none in list"),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(ValueError, match=message):
        decay_(*arguments)
