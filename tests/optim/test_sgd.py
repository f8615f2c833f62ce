import numpy as np
import pytest

import tinyreg as torch
from tests.optim import following
from tests.optim.following import assert_the_same_piece_by_piece, leaf
from tinyreg.optim import SGD


def follow(grads, start=1.0, **settings):
    return following.follow(SGD, grads, start, **settings)


def test_plain_descent_by_hand():
    assert follow([1, 2, -4], lr=0.5) == [0.5, -0.5, 1.5]


FORMS = [{}, {"weight_decay": 0.1}, {"maximize": True}]
FORMS += [{"momentum": 0.9, **more} for more in ({}, {"nesterov": True}, {"dampening": 0.5})]


@pytest.mark.parametrize("settings", FORMS)
def test_a_step_leaves_the_gradient_as_it_is(settings):
    w = leaf(np.arange(1.0, 4.0))
    optimizer = SGD([w], lr=0.5, **settings)
    for _ in range(2):
        w.grad = torch.tensor([1.0, -2.0, 3.0], dtype=torch.float64)
        before = w.tolist()
        optimizer.step()
        assert w.tolist() != before and w.grad.tolist() == [1, -2, 3]


def test_maximize_climbs():
    assert follow([1, 2, -4], lr=0.5, maximize=True) == [1.5, 2.5, 0.5]


def test_weight_decay_pulls_towards_zero():
    assert follow([0, 0], lr=0.5, weight_decay=0.5) == [0.75, 0.5625]
    assert follow([0, 0], lr=0.5, weight_decay=0.5, maximize=True) == [0.75, 0.5625]  # the pull keeps its direction


def test_momentum_by_hand():
    # v = 1, 0.5 + 1, 0.75 + 1
    assert follow([1, 1, 1], start=0.0, lr=1.0, momentum=0.5) == [-1.0, -2.5, -4.25]


def test_dampening_spares_the_first_step():
    # v = 1, 0.5 + 0.25, 0.375 + 0.25
    assert follow([1, 1, 1], start=0.0, lr=1.0, momentum=0.5, dampening=0.75) == [-1.0, -1.75, -2.375]


def test_nesterov_by_hand():
    # v = 1, 1.5; steps g + v/2 = 1.5, 1.75
    assert follow([1, 1], start=0.0, lr=1.0, momentum=0.5, nesterov=True) == [-1.5, -3.25]


def test_momentum_is_a_geometric_sum_of_past_gradients():
    grads = np.random.default_rng(0).standard_normal(30)
    path = follow(grads, start=0.0, lr=1.0, momentum=0.9)
    velocity = sum(0.9**k * g for k, g in enumerate(grads[::-1]))
    assert path[-1] - path[-2] == pytest.approx(-velocity, rel=1e-12)


def test_steps_grow_to_lr_over_one_minus_mu():
    path = follow([1.0] * 300, lr=0.1, momentum=0.9)
    assert path[-2] - path[-1] == pytest.approx(0.1 / (1 - 0.9), rel=1e-9)


def test_it_diverges_beyond_two_over_curvature():
    def end(lr):
        w = leaf([1.0])
        optimizer = SGD([w], lr=lr)
        for _ in range(2000):
            w.grad = torch.tensor(w.array.copy())  # of w^2/2
            optimizer.step()
        return abs(w.item())

    assert end(1.9) < 1e-80
    assert end(2.1) == pytest.approx(1.1**2000, rel=1e-9) and end(2.1) > 6e82


@pytest.mark.parametrize("settings", [{}, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1, "maximize": True}])
def test_large_arrays_are_the_same_piece_by_piece(settings):
    assert_the_same_piece_by_piece(SGD, lr=0.1, **settings)


def test_float32_stays_float32_also_with_a_float64_rate():
    w = leaf([1.0, 2.0], "float32")
    w.grad = torch.tensor(np.ones(2, "float32"))
    optimizer = SGD([w], lr=np.float64(0.1), momentum=np.float64(0.9), weight_decay=np.float64(0.1))
    for _ in range(2):
        optimizer.step()
    assert w.dtype == torch.float32 and optimizer.state[w]["momentum_buffer"].dtype == torch.float32


def test_transposed_parameters():
    values = np.arange(6.0).reshape(2, 3)
    w = torch.from_numpy(values.copy().T).requires_grad_()
    w.grad = torch.tensor(np.ones((3, 2)))
    optimizer = SGD([w], lr=1.0, momentum=0.5)
    optimizer.step()
    optimizer.step()
    np.testing.assert_array_equal(w.array, values.T - 2.5)


def test_the_gradient_is_left_alone():
    w = leaf([1.0])
    w.grad = torch.tensor([2.0], dtype=torch.float64)
    optimizer = SGD([w], lr=1.0, momentum=0.5, weight_decay=0.5, maximize=True, nesterov=True)
    optimizer.step()
    assert w.grad.item() == 2.0
    assert not np.shares_memory(w.grad.array, optimizer.state[w]["momentum_buffer"].array)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"lr": -0.1}, "SGD: lr .* got lr=-0.1"),
        ({"momentum": -0.9}, "SGD: momentum .* got momentum=-0.9"),
        ({"weight_decay": -1e-4}, "SGD: weight_decay .* got weight_decay=-0.0001"),
        ({"weight_decay": float("nan")}, "got weight_decay=nan"),
        ({"nesterov": True}, "SGD: nesterov .* got momentum=0, dampening=0"),
        ({"nesterov": True, "momentum": 0.9, "dampening": 0.5}, "got momentum=0.9, dampening=0.5"),
    ],
)
def test_refusals(settings, message):
    with pytest.raises(ValueError, match=message):
        SGD([leaf([1.0])], **settings)
    with pytest.raises(ValueError, match=message):
        SGD([{"params": [leaf([1.0])], **settings}])
