import math

import numpy as np
import pytest

import tinyreg as torch
from tests.optim import following
from tests.optim.following import assert_the_same_piece_by_piece, leaf
from tinyreg.optim import Adam, AdamW


def follow(grads, start=0.0, make=Adam, **settings):
    return following.follow(make, grads, start, **settings)


def test_two_steps_by_hand():
    # m = 1, 0.5 + 1.5 = 2;  m^ = 2, 8/3;  v = 1, 0.75 + 2.25 = 3;  v^ = 4, 48/7
    grads, settings = [2.0, 3.0], {"lr": 1.0, "betas": (0.5, 0.75), "eps": 0.0}
    path = follow(grads, **settings)
    m = 0.5 * (0.5 * 2) + 0.5 * 3
    v = 0.75 * (0.25 * 4) + 0.25 * 9
    assert path[0] == pytest.approx(-1.0, rel=1e-15)
    assert path[1] - path[0] == pytest.approx(-(m / 0.75) / math.sqrt(v / (1 - 0.75**2)), rel=1e-14)


def test_eps_stands_outside_the_root_and_after_the_correction():
    assert follow([2.0], lr=1.0, eps=2.0)[0] == pytest.approx(-2.0 / (2.0 + 2.0), rel=1e-14)


@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
def test_the_first_step_is_lr_whatever_the_gradients_size(size):
    assert follow([size], lr=0.25, eps=0.0)[0] == pytest.approx(-0.25, rel=1e-12)


def test_scaling_the_loss_changes_nothing():
    grads = np.random.default_rng(0).standard_normal(50)
    np.testing.assert_allclose(follow(grads, eps=0.0, lr=0.1), follow(1000 * grads, eps=0.0, lr=0.1), rtol=1e-9)


def test_corrected_averages_of_a_constant_are_the_constant():
    w = leaf([0.0])
    optimizer = Adam([w], lr=0.1)
    for t in range(1, 21):
        w.grad = torch.tensor([3.0], dtype=torch.float64)
        optimizer.step()
        state = optimizer.state[w]
        assert state["step"].item() == t
        assert state["exp_avg"].item() / (1 - 0.9**t) == pytest.approx(3.0, rel=1e-12)
        assert state["exp_avg_sq"].item() / (1 - 0.999**t) == pytest.approx(9.0, rel=1e-11)


def test_after_many_zeros_a_gradient_moves_three_times_lr():
    path = follow([0.0] * 9999 + [1.0], lr=1.0, eps=0.0 + 1e-12)
    assert path[-2] - path[-1] == pytest.approx((1 - 0.9) / math.sqrt(1 - 0.999), rel=1e-3)


def test_amsgrad_remembers_the_largest_gradient():
    def last_step(amsgrad):
        path = follow([10.0] + [0.1] * 3000, lr=0.1, amsgrad=amsgrad)
        return path[-2] - path[-1]

    assert last_step(False) > 0.05
    assert last_step(True) < 0.05


def test_maximize_is_descent_on_the_negative():
    grads = np.random.default_rng(0).standard_normal(10)
    assert follow(grads, maximize=True) == follow(-grads)


def test_it_finds_the_minimum_of_a_badly_scaled_quadratic():
    w, curvature = leaf([1.0, 1.0]), np.array([1e4, 1e-2])
    optimizer = Adam([w], lr=0.01)
    for _ in range(3000):
        w.grad = torch.tensor(curvature * w.array)
        optimizer.step()
    assert abs(w.array).max() < 1e-3


@pytest.mark.parametrize("amsgrad", [False, True])
def test_large_arrays_are_the_same_piece_by_piece(amsgrad):
    assert_the_same_piece_by_piece(Adam, lr=0.1, weight_decay=0.1, amsgrad=amsgrad)


def test_float32_stays_float32_also_with_a_float64_rate():
    w = leaf([1.0, 2.0], "float32")
    w.grad = torch.tensor(np.ones(2, "float32"))
    optimizer = Adam([w], lr=np.float64(0.1), betas=(np.float64(0.9), np.float64(0.99)), eps=np.float64(1e-8))
    optimizer.step()
    assert w.dtype == torch.float32
    assert {optimizer.state[w][name].dtype for name in ("exp_avg", "exp_avg_sq")} == {np.dtype("float32")}


def test_the_gradient_is_left_alone():
    w = leaf([1.0])
    w.grad = torch.tensor([2.0], dtype=torch.float64)
    optimizer = Adam([w], weight_decay=0.5, maximize=True)
    optimizer.step()
    assert w.grad.item() == 2.0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"lr": -0.1}, "Adam: lr .* got lr=-0.1"),
        ({"eps": -1e-8}, "Adam: eps .* got eps=-1e-08"),
        ({"weight_decay": -1}, "Adam: weight_decay .* got weight_decay=-1"),
        ({"betas": (1.0, 0.9)}, r"Adam: betas .* got betas=\(1.0, 0.9\)"),
        ({"betas": (0.9, -0.1)}, r"got betas=\(0.9, -0.1\)"),
        ({"betas": (0.9, float("nan"))}, r"got betas=\(0.9, nan\)"),
        ({"betas": (0.9,)}, r"got betas=\(0.9,\)"),
    ],
)
def test_refusals(settings, message):
    with pytest.raises(ValueError, match=message):
        Adam([leaf([1.0])], **settings)


def test_decoupled_decay_is_adamw():
    grads = np.random.default_rng(0).standard_normal(10)
    settings = {"start": 1.0, "lr": 0.1, "weight_decay": 0.5}
    assert follow(grads, decoupled_weight_decay=True, **settings) == follow(grads, make=AdamW, **settings)
