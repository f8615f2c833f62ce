import math

import pytest

from tests.optim.rates import optimizer_of, rates
from tinyreg.optim.lr_scheduler import SWALR, ExponentialLR, SequentialLR


def test_a_straight_line_by_hand():
    assert rates(SWALR(optimizer_of(1.0), 0.2, anneal_epochs=4, anneal_strategy="linear"), 7) == pytest.approx(
        [1.0, 0.8, 0.6, 0.4, 0.2, 0.2, 0.2]
    )


def test_half_a_cosine_by_hand():
    seen = rates(SWALR(optimizer_of(1.0), 0.2, anneal_epochs=4), 7)
    quarter = (1 - math.sqrt(0.5)) / 2
    assert seen == pytest.approx([1.0, 1 - 0.8 * quarter, 0.6, 0.2 + 0.8 * quarter, 0.2, 0.2, 0.2])


def test_it_may_rise_and_jump():
    assert rates(SWALR(optimizer_of(0.1), 0.5, anneal_epochs=2, anneal_strategy="linear"), 4) == pytest.approx([0.1, 0.3, 0.5, 0.5])
    assert rates(SWALR(optimizer_of(1.0), 0.2, anneal_epochs=0), 3) == pytest.approx([0.2, 0.2, 0.2])


def test_each_group_has_its_own_end():
    schedule = SWALR(optimizer_of(1.0, 0.1), [0.5, 0.3], anneal_epochs=1)
    schedule.optimizer.step()
    schedule.step()
    assert schedule.get_last_lr() == pytest.approx([0.5, 0.3])
    assert [group["swa_lr"] for group in schedule.optimizer.param_groups] == [0.5, 0.3]


def test_it_starts_from_the_rate_that_another_schedule_left():
    optimizer = optimizer_of(1.0)
    first = ExponentialLR(optimizer, 0.5)
    last = SWALR(optimizer, 0.05, anneal_epochs=2, anneal_strategy="linear")
    seen = []
    for epoch in range(5):
        optimizer.step()
        (first if epoch < 2 else last).step()
        seen.append(optimizer.param_groups[0]["lr"])
    assert seen == pytest.approx([0.5, 0.25, 0.15, 0.05, 0.05])


def test_it_ends_a_sequence():
    optimizer = optimizer_of(1.0)
    parts = [ExponentialLR(optimizer, 0.5), SWALR(optimizer, 0.2, anneal_epochs=2, anneal_strategy="linear")]
    assert rates(SequentialLR(optimizer, parts, [2]), 6)[-1] == pytest.approx(0.2)


@pytest.mark.parametrize("done", [0, 1, 3, 12])
def test_a_saved_schedule_goes_on_as_the_uninterrupted_one(done):
    def made():
        return SWALR(optimizer_of(1.0), 0.2)

    straight, first, second = made(), made(), made()
    wanted, begun = rates(straight, 20), rates(first, done)
    second.optimizer.load_state_dict(first.optimizer.state_dict())
    second.load_state_dict(first.state_dict())
    assert begun + rates(second, 20 - done) == wanted


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"swa_lr": -0.1}, "SWALR: swa_lr must be a finite number of at least 0, got swa_lr=-0.1"),
        ({"swa_lr": [0.1, 0.2]}, "SWALR: swa_lr must have one entry a group, got 2 for 1 groups"),
        ({"swa_lr": 0.1, "anneal_strategy": "sine"}, "SWALR: anneal_strategy must be 'cos' or 'linear', got anneal_strategy='sine'"),
        ({"swa_lr": 0.1, "anneal_epochs": -1}, "SWALR: anneal_epochs must be an integer of at least 0, got anneal_epochs=-1"),
        ({"swa_lr": 0.1, "anneal_epochs": 2.5}, "got anneal_epochs=2.5"),
    ],
)
def test_refusals_name_the_values(settings, said):
    optimizer = optimizer_of(1.0)
    with pytest.raises(ValueError, match=said):
        SWALR(optimizer, **settings)
    assert "swa_lr" not in optimizer.param_groups[0]


def test_what_is_no_optimizer_is_refused():
    with pytest.raises(TypeError, match="SWALR: optimizer must be an Optimizer, got list"):
        SWALR([], 0.1)
