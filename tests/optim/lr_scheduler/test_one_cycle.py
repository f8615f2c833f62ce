import pytest

from tests.optim.rates import optimizer_of, rates
from tinyreg.optim import Adagrad, Adam
from tinyreg.optim.lr_scheduler import OneCycleLR


def test_a_linear_wave_by_hand():
    # up by 1 a step until t = 3, down by 1 until t = 6, and to 0.5 in the rest
    schedule = OneCycleLR(optimizer_of(9.0), 4.0, 8, None, None, 0.5, "linear", div_factor=4, final_div_factor=2, three_phase=True)
    assert rates(schedule, 8) == pytest.approx([1, 2, 3, 4, 3, 2, 1, 0.5])


def test_momentum_is_lowest_where_the_rate_is_highest():
    schedule, seen = OneCycleLR(optimizer_of(1.0), 4.0, 5, pct_start=0.6, anneal_strategy="linear"), []
    group = schedule.optimizer.param_groups[0]
    for _ in range(5):
        seen.append((group["lr"], group["momentum"]))
        schedule.optimizer.step()
        schedule.step()
    assert [momentum for _, momentum in seen] == pytest.approx([0.95, 0.9, 0.85, 0.9, 0.95])
    assert max(seen) == (4.0, 0.85)


def test_of_adams_two_betas_it_moves_the_first():
    schedule = OneCycleLR(optimizer_of(1.0, make=Adam, betas=(0.9, 0.98)), 1.0, 10)
    betas = [schedule.optimizer.param_groups[0]["betas"]]
    rates(schedule, 2)
    betas.append(schedule.optimizer.param_groups[0]["betas"])
    assert betas == [(0.95, 0.98), (0.85, 0.98)]


def test_momentum_can_be_left_alone():
    schedule = OneCycleLR(optimizer_of(1.0, momentum=0.5), 1.0, 10, cycle_momentum=False)
    rates(schedule, 5)
    assert schedule.optimizer.param_groups[0]["momentum"] == 0.5
    rates(OneCycleLR(optimizer_of(1.0, make=Adagrad), 1.0, 10, cycle_momentum=False), 5)


@pytest.mark.parametrize("pct_start", [0.1, 1.0])
def test_a_rise_or_a_fall_of_no_steps_is_a_jump(pct_start):
    schedule = OneCycleLR(optimizer_of(1.0), 1.0, 10, pct_start=pct_start)
    seen = rates(schedule, 10)
    assert seen[0 if pct_start == 0.1 else 9] == 1.0
    assert len(set(seen)) == 10


def test_the_step_after_the_last_is_refused_and_changes_nothing():
    schedule = OneCycleLR(optimizer_of(1.0), 0.5, epochs=2, steps_per_epoch=3)
    rates(schedule, 6)
    before = schedule.last_epoch, schedule.get_last_lr()
    with pytest.raises(ValueError, match="OneCycleLR: .* last of total_steps=6, got step 7; call it once a batch"):
        schedule.step()
    assert (schedule.last_epoch, schedule.get_last_lr()) == before


def test_it_resumes_from_last_epoch():
    straight = OneCycleLR(optimizer_of(1.0, 2.0), [0.5, 1.0], 12)
    rates(straight, 5)
    optimizer = optimizer_of(9.0, 9.0)
    optimizer.load_state_dict(straight.optimizer.state_dict())
    resumed = OneCycleLR(optimizer, [0.5, 1.0], 12, last_epoch=4)
    assert rates(resumed, 7) == rates(straight, 7)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({}, ValueError, "number of steps must be known, got total_steps=None, epochs=None, steps_per_epoch=None"),
        ({"epochs": 3}, ValueError, "got total_steps=None, epochs=3, steps_per_epoch=None; give total_steps, or epochs"),
        ({"total_steps": 0}, ValueError, "total_steps must be an integer of at least 1, got total_steps=0"),
        ({"total_steps": 2.5}, ValueError, "got total_steps=2.5"),
        ({"epochs": 2, "steps_per_epoch": 0}, ValueError, "got steps_per_epoch=0"),
        ({"epochs": -2, "steps_per_epoch": 3}, ValueError, "got epochs=-2"),
        ({"total_steps": 9, "pct_start": 1.5}, ValueError, r"pct_start must lie in \[0, 1\], got pct_start=1.5"),
        ({"total_steps": 9, "anneal_strategy": "exp"}, ValueError, "anneal_strategy must be 'cos' or 'linear', got 'exp'"),
        ({"total_steps": 9, "max_lr": 0.0}, ValueError, "max_lr must be positive, got max_lr=0.0"),
        ({"total_steps": 9, "max_lr": [0.1, 0.2, 0.3]}, ValueError, "max_lr .* got 3 for 1 groups"),
        ({"total_steps": 9, "max_lr": "big"}, TypeError, "max_lr must be a number, got max_lr='big'"),
        ({"total_steps": 9, "div_factor": 0}, ValueError, "div_factor must be positive, got div_factor=0"),
        ({"total_steps": 9, "final_div_factor": -1}, ValueError, "got final_div_factor=-1"),
        ({"total_steps": 9, "max_momentum": 1.0}, ValueError, r"max_momentum must lie in \[0, 1\), got max_momentum=1.0"),
        ({"total_steps": 9, "base_momentum": -0.5}, ValueError, "got base_momentum=-0.5"),
        ({"total_steps": 9, "base_momentum": [0.1, 0.2]}, ValueError, "base_momentum .* got 2 for 1 groups"),
        ({"total_steps": 9, "last_epoch": 3}, KeyError, "must hold 'max_lr' to resume from last_epoch=3"),
    ],
)
def test_refusals(settings, error, message):
    with pytest.raises(error, match=message):
        OneCycleLR(optimizer_of(1.0), **{"max_lr": 0.1, **settings})


def test_an_optimizer_without_momentum_is_named():
    with pytest.raises(ValueError, match="must have momentum or betas, got Adagrad with cycle_momentum=True; pass cycle_momentum=False"):
        OneCycleLR(optimizer_of(1.0, make=Adagrad), 0.1, 10)
