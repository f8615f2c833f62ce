import math
from functools import partial

import numpy as np
import pytest

import tinyreg as torch
from tests.optim import following
from tests.optim.following import assert_the_same_piece_by_piece, leaf
from tinyreg.optim import Adadelta

follow = partial(following.follow, Adadelta)


def test_two_steps_by_hand():
    # rho = 1/2, eps = 1. v = 8: d = sqrt(1/9) 4 = 4/3, u = 8/9; v = 4 + 2 = 6: d = sqrt((17/9) / 7) 2
    first = -4 / 3
    assert follow([4.0, 2.0], rho=0.5, eps=1.0) == pytest.approx([first, first - 2 * math.sqrt(17 / 63)], rel=1e-14)


def test_the_first_step_does_not_depend_on_the_gradients_size():
    for size in (1.0, 1e6):
        assert follow([size]) == pytest.approx([-math.sqrt(1e-6 / 0.1)], rel=1e-5)


def test_the_unit_of_the_loss_cancels():
    grads = np.random.default_rng(0).standard_normal(30)
    assert follow(1e6 * grads, eps=1e-14) == pytest.approx(follow(grads, eps=1e-14), rel=1e-6)


def test_without_eps_it_never_moves():
    assert follow([1.0, 2.0], eps=0.0, start=3.0) == [3.0, 3.0]


def test_lr_is_a_factor():
    grads = np.random.default_rng(1).standard_normal(10)
    assert follow(grads, lr=0.5) == pytest.approx([x / 2 for x in follow(grads)], rel=1e-13)


def test_weight_decay_is_added_to_the_gradient():
    assert follow([1.0], start=2.0, weight_decay=0.5) == follow([2.0], start=2.0)


def test_maximize_is_descent_on_the_negative():
    grads = np.random.default_rng(0).standard_normal(10)
    assert follow(grads, maximize=True) == follow(-grads)


def test_large_arrays_are_the_same_piece_by_piece():
    assert_the_same_piece_by_piece(Adadelta, lr=0.1, weight_decay=0.1, rho=0.8, maximize=True)


def test_float32_stays_float32_also_with_a_float64_rate():
    w = leaf([1.0, 2.0], "float32")
    w.grad = torch.tensor(np.ones(2, "float32"))
    optimizer = Adadelta([w], **{name: np.float64(value) for name, value in {"lr": 0.1, "rho": 0.9, "eps": 1e-6}.items()})
    optimizer.step()
    state = optimizer.state[w]
    assert w.dtype == state["square_avg"].dtype == state["acc_delta"].dtype == torch.float32


def test_the_gradient_is_left_alone():
    w = leaf([1.0])
    w.grad = torch.tensor([2.0], dtype=torch.float64)
    Adadelta([w], weight_decay=0.5, maximize=True).step()
    assert w.grad.item() == 2.0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"lr": -0.1}, "Adadelta: lr .* got lr=-0.1"),
        ({"rho": -0.5}, "Adadelta: rho .* got rho=-0.5"),
        ({"rho": 1.5}, r"Adadelta: rho must lie in \[0, 1\], got rho=1.5"),
        ({"eps": -1e-8}, "Adadelta: eps .* got eps=-1e-08"),
        ({"weight_decay": -1}, "Adadelta: weight_decay .* got weight_decay=-1"),
    ],
)
def test_refusals(settings, message):
    with pytest.raises(ValueError, match=message):
        Adadelta([leaf([1.0])], **settings)
