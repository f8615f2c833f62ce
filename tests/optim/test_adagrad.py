import math
from functools import partial

import numpy as np
import pytest

import tinyreg as torch
from tests.optim import following
from tests.optim.following import assert_the_same_piece_by_piece, leaf
from tinyreg.optim import Adagrad

follow = partial(following.follow, Adagrad)


def test_two_steps_by_hand():
    # s = 9, 9 + 16
    assert follow([3.0, 4.0], lr=1.0, eps=0.0) == pytest.approx([-1.0, -1.8], rel=1e-15)


def test_the_sum_may_begin_above_0():
    assert follow([3.0], lr=1.0, eps=0.0, initial_accumulator_value=16.0) == [-0.6]


def test_eps_stands_outside_the_root():
    assert follow([3.0], lr=1.0, eps=3.0) == [-0.5]


def test_lr_decay_divides_by_one_more_each_step():
    # s = 1, 2, 3; lr = 1, 1/2, 1/3
    expected = np.cumsum([-1, -1 / 2 / math.sqrt(2), -1 / 3 / math.sqrt(3)])
    assert follow([1.0] * 3, lr=1.0, eps=0.0, lr_decay=1.0) == pytest.approx(list(expected), rel=1e-14)


def test_steps_fall_as_one_over_the_root_of_time():
    path = follow([7.0] * 400, lr=1.0)
    assert path[-2] - path[-1] == pytest.approx(1 / 20, rel=1e-9)


def test_a_rare_gradient_finds_its_large_step():
    path = follow([0.0] * 999 + [1e-3], lr=1.0)
    assert path[-1] == pytest.approx(-1.0, rel=1e-6)


def test_weight_decay_is_added_to_the_gradient():
    assert follow([1.0], start=2.0, weight_decay=0.5, eps=1.0) == follow([2.0], start=2.0, eps=1.0)


def test_maximize_is_descent_on_the_negative():
    grads = np.random.default_rng(0).standard_normal(10)
    assert follow(grads, maximize=True) == follow(-grads)


def test_large_arrays_are_the_same_piece_by_piece():
    assert_the_same_piece_by_piece(Adagrad, lr=0.1, weight_decay=0.1, lr_decay=0.1, maximize=True)


def test_float32_stays_float32_also_with_a_float64_rate():
    w = leaf([1.0, 2.0], "float32")
    w.grad = torch.tensor(np.ones(2, "float32"))
    settings = {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.1, "eps": 1e-8}
    optimizer = Adagrad([w], **{name: np.float64(value) for name, value in settings.items()})
    optimizer.step()
    assert w.dtype == optimizer.state[w]["sum"].dtype == torch.float32


def test_the_gradient_is_left_alone():
    w = leaf([1.0])
    w.grad = torch.tensor([2.0], dtype=torch.float64)
    Adagrad([w], weight_decay=0.5, maximize=True).step()
    assert w.grad.item() == 2.0


def test_the_state_is_complete_before_the_first_step_and_in_later_groups():
    w, v = leaf([1.0]), leaf([1.0])
    optimizer = Adagrad([w], lr=1.0, initial_accumulator_value=4.0)
    assert optimizer.state_dict()["state"][0]["sum"].item() == 4.0
    optimizer.add_param_group({"params": [v]})
    v.grad = torch.tensor([0.0], dtype=torch.float64)
    optimizer.step()
    assert optimizer.state_dict()["state"][1]["sum"].item() == 4.0
    assert optimizer.state[w]["step"].item() == 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"lr": -0.1}, "Adagrad: lr .* got lr=-0.1"),
        ({"lr_decay": -0.5}, "Adagrad: lr_decay .* got lr_decay=-0.5"),
        ({"eps": -1e-8}, "Adagrad: eps .* got eps=-1e-08"),
        ({"weight_decay": -1}, "Adagrad: weight_decay .* got weight_decay=-1"),
        ({"initial_accumulator_value": -3}, "Adagrad: initial_accumulator_value .* got initial_accumulator_value=-3"),
    ],
)
def test_refusals(settings, message):
    with pytest.raises(ValueError, match=message):
        Adagrad([leaf([1.0])], **settings)


def test_two_implementations_at_once_are_refused():
    with pytest.raises(RuntimeError, match="Adagrad: fused and foreach must not both be True, got fused=True, foreach=True"):
        Adagrad([leaf([1.0])], fused=True, foreach=True)
