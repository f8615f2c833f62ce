import math

import numpy as np
import pytest

import tinyreg as torch
from tinyreg.backend import PIECE
from tinyreg.optim import Adadelta


def leaf(values, dtype="float64"):
    return torch.tensor(np.asarray(values, dtype=dtype), requires_grad=True)


def follow(grads, start=0.0, **settings):
    """Where w goes when these gradients come one after the other."""
    w = leaf([start])
    optimizer, path = Adadelta([w], **settings), []
    for grad in grads:
        w.grad = torch.tensor([float(grad)], dtype=torch.float64)
        optimizer.step()
        path.append(w.item())
    return path


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
    rng = np.random.default_rng(1)
    values, grad = rng.standard_normal((2, PIECE + 77))
    large, small = leaf(values), [leaf(part) for part in np.array_split(values, 5)]
    settings = {"lr": 0.1, "weight_decay": 0.1, "rho": 0.8, "maximize": True}
    one, many = Adadelta([large], **settings), Adadelta(small, **settings)
    for sign in (1, -2, 0.5):
        large.grad = torch.tensor(sign * grad)
        for p, part in zip(small, np.array_split(sign * grad, 5)):
            p.grad = torch.tensor(part)
        one.step()
        many.step()
    np.testing.assert_array_equal(large.array, np.concatenate([p.array for p in small]))


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
