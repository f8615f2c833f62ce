"""What holds for every schedule: its equation, its groups, resuming, the order of the steps, refusals."""

import math
import warnings

import numpy as np
import pytest

import tinyreg as torch
from tests.optim.rates import optimizer_of, rates
from tinyreg.optim import SGD
from tinyreg.optim.lr_scheduler import (
    ChainedScheduler,
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    ExponentialLR,
    InverseTimeLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    MultiplicativeLR,
    MultiStepLR,
    OneCycleLR,
    PolynomialLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)


def bend(t):
    return (1 + math.cos(math.pi * t)) / 2


CLOSED = {
    "step": (lambda o: StepLR(o, 3, gamma=0.5), lambda t: 0.8 * 0.5 ** (t // 3)),
    "multi step": (lambda o: MultiStepLR(o, [9, 2, 9], gamma=0.5), lambda t: 0.8 * 0.5 ** ((t >= 2) + 2 * (t >= 9))),
    "exponential": (lambda o: ExponentialLR(o, 0.9), lambda t: 0.8 * 0.9**t),
    "polynomial": (lambda o: PolynomialLR(o, 12, power=2.0), lambda t: 0.8 * (1 - min(t, 12) / 12) ** 2),
    "inverse time": (lambda o: InverseTimeLR(o, 0.25), lambda t: 0.8 / (1 + 0.25 * t)),
    "cosine": (lambda o: CosineAnnealingLR(o, 7, eta_min=0.1), lambda t: 0.1 + 0.7 * bend(t / 7)),
    "cosine to 0": (lambda o: CosineAnnealingLR(o, 5), lambda t: 0.8 * bend(t / 5)),
    "restarts": (lambda o: CosineAnnealingWarmRestarts(o, 4), lambda t: 0.8 * bend(t % 4 / 4)),
    "constant": (lambda o: ConstantLR(o, 0.25, 4), lambda t: 0.2 if t < 4 else 0.8),
    "constant at 0": (lambda o: ConstantLR(o, 0, 4), lambda t: 0.0 if t < 4 else 0.8),
    "linear": (lambda o: LinearLR(o, 0.25, 0.75, 10), lambda t: 0.8 * (0.25 + 0.5 * min(t, 10) / 10)),
    "linear to 0": (lambda o: LinearLR(o, 1.0, 0.0, 10), lambda t: 0.8 * (1 - min(t, 10) / 10)),
    "lambda": (lambda o: LambdaLR(o, lambda t: 1 / (t + 1) ** 2), lambda t: 0.8 / (t + 1) ** 2),
    "multiplicative": (lambda o: MultiplicativeLR(o, lambda t: t / (t + 1)), lambda t: 0.8 / (t + 1)),
    "one cycle": (
        lambda o: OneCycleLR(o, 0.8, 32, pct_start=0.25, div_factor=4, final_div_factor=2),
        lambda t: 0.2 + 0.6 * bend(1 - t / 7) if t <= 7 else 0.1 + 0.7 * bend((t - 7) / 24),
    ),
    "sequence": (
        lambda o: SequentialLR(o, [ConstantLR(o, 0.5), StepLR(o, 9)], [3]),
        lambda t: 0.4 if t < 3 else 0.8 * 0.1 ** ((t - 3) // 9),
    ),
    "chain": (lambda o: ChainedScheduler([ExponentialLR(o, 0.5), ConstantLR(o, 0.5, 2)]), lambda t: 0.8 * 0.5 ** (t + (t < 2))),
}
CHAINABLE = ["step", "multi step", "exponential", "polynomial", "inverse time", "constant", "linear", "multiplicative", "chain"]


@pytest.mark.parametrize("name", CLOSED)
def test_rates_follow_the_equations(name):
    make, closed = CLOSED[name]
    schedule = make(optimizer_of(0.8))
    np.testing.assert_allclose(rates(schedule, 30), [closed(t) for t in range(30)], rtol=1e-12, atol=1e-15)
    assert schedule.get_last_lr() == [schedule.optimizer.param_groups[0]["lr"]]
    assert name == "chain" or schedule.last_epoch == 30


@pytest.mark.parametrize("name", CLOSED)
def test_every_group_has_its_own_first_rate(name):
    schedule = CLOSED[name][0](optimizer_of(0.8, 0.4))
    assert name in ("chain", "sequence", "one cycle") or schedule.base_lrs == [0.8, 0.4]
    for _ in range(4):
        schedule.optimizer.step()
        schedule.step()
    first, second = schedule.get_last_lr()
    if name == "cosine":  # eta_min is common
        first, second = first - 0.1, (second - 0.1) * 0.7 / 0.3
    elif name != "one cycle":  # max_lr is common
        second *= 2
    assert first == pytest.approx(second, rel=1e-12)


@pytest.mark.parametrize("name", CLOSED)
def test_a_resumed_schedule_goes_on_as_the_uninterrupted_one(name):
    make, _ = CLOSED[name]
    straight = make(optimizer_of(0.8))
    expected = rates(straight, 16)
    first = make(optimizer_of(0.8))
    begun = rates(first, 6)
    resumed = make(optimizer_of(0.8))
    resumed.load_state_dict(first.state_dict())
    resumed.optimizer.load_state_dict(first.optimizer.state_dict())
    assert begun + rates(resumed, 10) == expected


@pytest.mark.parametrize("name", CHAINABLE)
def test_a_rate_changed_by_hand_stays_changed(name):
    make, closed = CLOSED[name]
    schedule = make(optimizer_of(0.8))
    schedule.optimizer.param_groups[0]["lr"] /= 2
    assert rates(schedule, 4)[-1] == pytest.approx(closed(3) / 2, rel=1e-12)


def test_two_schedules_on_one_optimizer_multiply():
    optimizer = optimizer_of(1.0)
    first, second = ExponentialLR(optimizer, 0.9), StepLR(optimizer, 2, gamma=0.5)
    for _ in range(5):
        optimizer.step()
        first.step()
        second.step()
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.9**5 * 0.25, rel=1e-12)


def test_it_resumes_from_last_epoch():
    optimizer = optimizer_of(0.8)
    straight = CosineAnnealingLR(optimizer, 10)
    rates(straight, 4)
    assert optimizer.param_groups[0]["initial_lr"] == 0.8
    resumed = CosineAnnealingLR(optimizer, 10, last_epoch=3)
    assert resumed.last_epoch == 4 and resumed.base_lrs == [0.8]


def test_stepping_the_schedule_first_skips_the_first_rate_and_warns():
    right = StepLR(optimizer_of(1.0), 1, gamma=0.1)
    assert rates(right, 3) == pytest.approx([1.0, 0.1, 0.01], rel=1e-12)
    wrong, used = StepLR(optimizer_of(1.0), 1, gamma=0.1), []
    with pytest.warns(UserWarning, match=r"StepLR: step\(\) must follow optimizer.step\(\).*first learning rate, 1, is never used"):
        wrong.step()
    for _ in range(3):
        used.append(wrong.optimizer.param_groups[0]["lr"])
        wrong.optimizer.step()
        wrong.step()
    assert used == pytest.approx([0.1, 0.01, 0.001], rel=1e-12)


def test_it_warns_once_and_not_after_a_step():
    schedule = ExponentialLR(optimizer_of(1.0), 0.5)
    with pytest.warns(UserWarning):
        schedule.step()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        schedule.step()


def test_only_a_plateau_needs_a_metric():
    assert [schedule.needs_metric for schedule in (LRScheduler, StepLR, SequentialLR, ReduceLROnPlateau)] == [False, False, False, True]


def test_falling_rates_end_the_noise_that_constant_ones_keep():
    """w^2/2 with gradient noise: a constant rate settles at lr/(2 - lr), 1/t goes on falling, a rising rate explodes."""

    def mean_square(make, steps=2000):
        w = torch.tensor(np.ones(400), requires_grad=True)
        optimizer, noise = SGD([w], lr=0.5), np.random.default_rng(0)
        schedule = make(optimizer)
        for _ in range(steps):
            w.grad = torch.tensor(w.array + noise.standard_normal(400))
            optimizer.step()
            schedule.step()
        return float((w.array**2).mean())

    constant = mean_square(lambda o: LambdaLR(o, lambda t: 1.0))
    # a mean of 400 squares of normal numbers: standard deviation sqrt(2/400) of it
    assert abs(constant / (0.5 / 1.5) - 1) < 6 * math.sqrt(2 / 400)
    assert mean_square(lambda o: InverseTimeLR(o, 0.5)) < 0.005
    assert mean_square(lambda o: ExponentialLR(o, 1.01), steps=250) > 1e20


def test_state_dict_leaves_the_optimizer_out():
    state = StepLR(optimizer_of(1.0), 3).state_dict()
    assert "optimizer" not in state
    assert {"step_size": 3, "gamma": 0.1, "last_epoch": 0, "base_lrs": [1.0]}.items() <= state.items()


def test_a_group_that_was_added_later_is_followed_or_named():
    for make in (lambda o: StepLR(o, 1), lambda o: ExponentialLR(o, 0.1)):
        schedule = make(optimizer_of(1.0))
        schedule.optimizer.add_param_group({"params": [torch.zeros(1)], "lr": 10.0})
        rates(schedule, 1)
        assert schedule.get_last_lr() == pytest.approx([0.1, 1.0])
    schedule = LambdaLR(optimizer_of(1.0), lambda t: 1.0)
    schedule.optimizer.add_param_group({"params": [torch.zeros(1)]})
    with pytest.raises(ValueError, match="LambdaLR: get_lr must return one rate a group, got 1 for 2 groups"):
        rates(schedule, 1)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda o: StepLR(o, 0), ValueError, "StepLR: step_size must be an integer of at least 1, got step_size=0"),
        (lambda o: StepLR(o, 2.5), ValueError, "got step_size=2.5"),
        (lambda o: StepLR(o, 2, gamma=-0.1), ValueError, "StepLR: gamma .* got gamma=-0.1"),
        (lambda o: StepLR(o.param_groups, 3), TypeError, "StepLR: optimizer must be an Optimizer, got list"),
        (lambda o: StepLR(o, 3, last_epoch=4), KeyError, "must hold 'initial_lr' to resume from last_epoch=4"),
        (lambda o: StepLR(o, 3).step(5), TypeError, r"StepLR: step\(\) counts by itself, got epoch=5"),
        (lambda o: MultiStepLR(o, 3), TypeError, "MultiStepLR: milestones must be integers, got milestones=3"),
        (lambda o: MultiStepLR(o, [1, "2"]), TypeError, r"MultiStepLR: milestones .* got milestones=\[1, '2'\]"),
        (lambda o: MultiStepLR(o, [1], gamma=-2), ValueError, "MultiStepLR: gamma .* got gamma=-2"),
        (lambda o: ExponentialLR(o, float("nan")), ValueError, "ExponentialLR: gamma .* got gamma=nan"),
        (lambda o: PolynomialLR(o, 0), ValueError, "PolynomialLR: total_iters .* got total_iters=0"),
        (lambda o: PolynomialLR(o, 3, power=-2), ValueError, "got power=-2"),
        (lambda o: InverseTimeLR(o, -1.0), ValueError, "InverseTimeLR: gamma .* got gamma=-1.0"),
        (lambda o: CosineAnnealingLR(o, -3), ValueError, "CosineAnnealingLR: T_max .* got T_max=-3"),
        (lambda o: CosineAnnealingLR(o, 3, eta_min=-1.0), ValueError, "got eta_min=-1.0"),
        (lambda o: CosineAnnealingWarmRestarts(o, 0), ValueError, "CosineAnnealingWarmRestarts: T_0 .* got T_0=0"),
        (lambda o: CosineAnnealingWarmRestarts(o, 3, 1.5), ValueError, "got T_mult=1.5"),
        (lambda o: CosineAnnealingWarmRestarts(o, 3, eta_min=-1), ValueError, "got eta_min=-1"),
        (lambda o: CosineAnnealingWarmRestarts(o, 3).step(-0.5), ValueError, "got epoch=-0.5"),
        (lambda o: ConstantLR(o, 1.5), ValueError, r"ConstantLR: factor must lie in \[0, 1\], got factor=1.5"),
        (lambda o: ConstantLR(o, total_iters=0), ValueError, "ConstantLR: total_iters .* got total_iters=0"),
        (lambda o: LinearLR(o, 0.0), ValueError, "LinearLR: start_factor must be positive, got start_factor=0.0"),
        (lambda o: LinearLR(o, 2.0), ValueError, "LinearLR: start_factor .* got start_factor=2.0"),
        (lambda o: LinearLR(o, end_factor=-0.5), ValueError, "got end_factor=-0.5"),
        (lambda o: LinearLR(o, total_iters=2.5), ValueError, "got total_iters=2.5"),
        (lambda o: LambdaLR(o, [lambda t: 1.0] * 3), ValueError, "LambdaLR: .* got 3 for 1 groups"),
        (lambda o: LambdaLR([o], lambda t: 1.0), TypeError, "LambdaLR: optimizer must be an Optimizer, got list"),
        (lambda o: MultiplicativeLR(o, 0.5), TypeError, "MultiplicativeLR: lr_lambda must be a function of t, got 0.5"),
        (LRScheduler, NotImplementedError, "LRScheduler: get_lr must be written"),
    ],
)
def test_refusals(make, error, message):
    with pytest.raises(error, match=message):
        make(optimizer_of(1.0))
