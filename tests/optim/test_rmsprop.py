import math
from functools import partial

import numpy as np
import pytest

import tinyreg as torch
from tests.optim import following
from tests.optim.following import assert_the_same_piece_by_piece, leaf
from tinyreg.optim import RMSprop

follow = partial(following.follow, RMSprop)


def test_two_steps_by_hand():
    # v = 16/4 = 4, 3 + 52/4 = 16
    assert follow([4.0, math.sqrt(52)], lr=1.0, alpha=0.75, eps=0.0) == pytest.approx([-2.0, -2.0 - math.sqrt(52) / 4], rel=1e-14)


def test_eps_stands_outside_the_root():
    assert follow([4.0], lr=1.0, alpha=0.75, eps=2.0) == [-1.0]


def test_momentum_collects_quotients_by_hand():
    # every quotient is 1: b = 1, 1.5, 1.75
    assert follow([4.0, -3.0, 0.5], lr=1.0, alpha=0.0, eps=0.0, momentum=0.5) == [-1.0, -0.5, -1.25]


def test_centered_by_hand():
    # v = 4, m = 1 after the first step, v - m^2 = 3; v = 3 + 4, m = 0.75 + 1 after the second, v - m^2 = 3.9375
    expected = [-4 / math.sqrt(3), -4 / math.sqrt(3) - 4 / math.sqrt(3.9375)]
    assert follow([4.0, 4.0], lr=1.0, alpha=0.75, eps=0.0, centered=True) == pytest.approx(expected, rel=1e-14)


def test_the_first_step_is_ten_times_lr_whatever_the_gradients_size():
    for size in (1e-5, 1.0, 1e5):
        assert follow([size], lr=0.25, eps=0.0)[0] == pytest.approx(-2.5, rel=1e-12)


def test_alpha_0_follows_the_sign():
    assert follow([2.0, -7.0, 0.1], lr=0.5, alpha=0.0, eps=0.0) == pytest.approx([-0.5, 0.0, -0.5])


def test_a_variance_that_rounding_made_negative_counts_as_0():
    """Without the maximum in (5) some of these are NaN after 150 steps, and in PyTorch they are."""
    w = leaf(np.zeros(50), "float32")
    optimizer = RMSprop([w], lr=1e-6, alpha=0.9, centered=True)
    for _ in range(400):
        w.grad = torch.tensor(np.linspace(0.1, 3, 50, dtype="float32"))
        optimizer.step()
    state = optimizer.state[w]
    assert (state["square_avg"].array < state["grad_avg"].array ** 2).any()
    assert np.isfinite(w.array).all()


def test_weight_decay_is_added_to_the_gradient():
    assert follow([1.0], start=2.0, weight_decay=0.5, eps=1.0) == follow([2.0], start=2.0, eps=1.0)


def test_maximize_is_descent_on_the_negative():
    grads = np.random.default_rng(0).standard_normal(10)
    assert follow(grads, maximize=True, centered=True, momentum=0.5) == follow(-grads, centered=True, momentum=0.5)


@pytest.mark.parametrize("settings", [{}, {"momentum": 0.9, "centered": True, "weight_decay": 0.1, "maximize": True}])
def test_large_arrays_are_the_same_piece_by_piece(settings):
    assert_the_same_piece_by_piece(RMSprop, **settings)


def test_float32_stays_float32_also_with_a_float64_rate():
    w = leaf([1.0, 2.0], "float32")
    w.grad = torch.tensor(np.ones(2, "float32"))
    settings = {"lr": 0.1, "alpha": 0.9, "eps": 1e-8, "momentum": 0.9, "weight_decay": 0.1}
    optimizer = RMSprop([w], centered=True, **{name: np.float64(value) for name, value in settings.items()})
    optimizer.step()
    assert w.dtype == torch.float32
    names = ("square_avg", "momentum_buffer", "grad_avg")
    assert {optimizer.state[w][name].dtype for name in names} == {np.dtype("float32")}


def test_the_gradient_is_left_alone():
    w = leaf([1.0])
    w.grad = torch.tensor([2.0], dtype=torch.float64)
    optimizer = RMSprop([w], weight_decay=0.5, maximize=True, centered=True, momentum=0.5)
    optimizer.step()
    assert w.grad.item() == 2.0


def test_momentum_may_be_switched_on_in_between():
    w = leaf([1.0])
    optimizer = RMSprop([w], lr=1.0, alpha=0.0, eps=0.0)
    for momentum in (0.0, 0.5, 0.5):
        optimizer.param_groups[0].update(momentum=momentum)
        w.grad = torch.tensor([2.0], dtype=torch.float64)
        optimizer.step()
    assert w.item() == 1 - 1 - 1 - 1.5


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"lr": -0.1}, "RMSprop: lr .* got lr=-0.1"),
        ({"lr": torch.tensor([0.1, 0.2])}, r"RMSprop: lr must be one number, got lr of shape \(2,\)"),
        ({"eps": -1e-8}, "RMSprop: eps .* got eps=-1e-08"),
        ({"alpha": -0.5}, "RMSprop: alpha .* got alpha=-0.5"),
        ({"alpha": 1.5}, r"RMSprop: alpha must lie in \[0, 1\], got alpha=1.5"),
        ({"momentum": -1}, "RMSprop: momentum .* got momentum=-1"),
        ({"weight_decay": float("nan")}, "RMSprop: weight_decay .* got weight_decay=nan"),
    ],
)
def test_refusals(settings, message):
    with pytest.raises(ValueError, match=message):
        RMSprop([leaf([1.0])], **settings)
    with pytest.raises(ValueError, match=message):
        RMSprop([{"params": [leaf([1.0])], **settings}])
