import pytest

from tests.optim.rates import optimizer_of, rates
from tinyreg.optim.lr_scheduler import (
    ChainedScheduler,
    ConstantLR,
    ExponentialLR,
    LinearLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)


def test_a_warmup_and_a_fall_by_hand():
    optimizer = optimizer_of(1.0)
    schedule = SequentialLR(optimizer, [LinearLR(optimizer, 0.25, total_iters=3), ExponentialLR(optimizer, 0.5)], [3])
    assert rates(schedule, 6) == pytest.approx([0.25, 0.5, 0.75, 1.0, 0.5, 0.25])


def test_schedules_in_a_chain_multiply():
    optimizer = optimizer_of(1.0)
    schedule = ChainedScheduler([ConstantLR(optimizer, 0.5, 2), ExponentialLR(optimizer, 0.5)])
    assert rates(schedule, 4) == [0.5, 0.25, 0.25, 0.125]


def chain(optimizer):
    return ChainedScheduler([ConstantLR(optimizer, 0.5, 2), ExponentialLR(optimizer, 0.5)])


def sequence(optimizer):
    return SequentialLR(optimizer, [ExponentialLR(optimizer, 0.5), ConstantLR(optimizer, 0.125, 1)], [2])


@pytest.mark.parametrize(("part", "expected"), [(chain, [0.5, 0.25, 0.25, 0.125]), (sequence, [1.0, 0.5, 0.125, 1.0])])
def test_in_a_sequence_every_part_begins_at_its_own_zero(part, expected):
    """PyTorch takes a first part one step too early, and has no way to begin a later one."""
    optimizer = optimizer_of(1.0)
    assert rates(SequentialLR(optimizer, [part(optimizer), StepLR(optimizer, 1)], [4]), 6) == pytest.approx([*expected, 1.0, 0.1])
    optimizer = optimizer_of(1.0)
    assert rates(SequentialLR(optimizer, [StepLR(optimizer, 1), part(optimizer)], [2]), 6) == pytest.approx([1.0, 0.1, *expected])


def test_a_part_may_have_two_turns():
    optimizer = optimizer_of(1.0)
    part = chain(optimizer)
    turns = [0.5, 0.25, 0.25, 0.125]
    assert rates(SequentialLR(optimizer, [part, StepLR(optimizer, 1), part], [4, 6]), 10) == pytest.approx([*turns, 1.0, 0.1, *turns])


def test_the_warning_about_the_order_comes_from_the_part():
    optimizer = optimizer_of(1.0)
    schedule = SequentialLR(optimizer, [StepLR(optimizer, 1), StepLR(optimizer, 1)], [5])
    with pytest.warns(UserWarning, match=r"StepLR: step\(\) must follow optimizer.step\(\)"):
        schedule.step()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda o: SequentialLR(o, [], []), ValueError, "SequentialLR: schedulers must hold a schedule, got an empty list"),
        (lambda o: SequentialLR(o, [StepLR(o, 1)], [3]), ValueError, r"got milestones=\[3\] for 1 schedules"),
        (lambda o: SequentialLR(o, [StepLR(o, 1)] * 3, [5, 3]), ValueError, r"not decrease, got milestones=\[5, 3\]"),
        (lambda o: SequentialLR(o, [StepLR(o, 1)] * 2, [2.5]), TypeError, r"milestones must be integers, got milestones=\[2.5\]"),
        (lambda o: SequentialLR(o, [StepLR(o, 1), o], [2]), TypeError, "schedulers must be schedules, got SGD at position 1"),
        (lambda o: SequentialLR([o], [StepLR(o, 1)], []), TypeError, "optimizer must be an Optimizer, got list"),
        (lambda o: SequentialLR(o, [ReduceLROnPlateau(o)], []), ValueError, "must stand alone, got ReduceLROnPlateau at position 0"),
        (lambda o: SequentialLR(o, [StepLR(optimizer_of(1.0), 1)], []), ValueError, "got StepLR at position 0 on another SGD"),
        (lambda o: SequentialLR(o, [StepLR(o, 1)], []).step(3), TypeError, "counts by itself, got epoch=3"),
        (lambda o: ChainedScheduler([]), ValueError, "ChainedScheduler: schedulers must hold a schedule, got an empty list"),
        (lambda o: ChainedScheduler([StepLR(o, 1), 0.5]), TypeError, "got float at position 1"),
        (lambda o: ChainedScheduler([StepLR(o, 1), ReduceLROnPlateau(o)]), ValueError, "got ReduceLROnPlateau at position 1"),
        (lambda o: ChainedScheduler([StepLR(o, 1), StepLR(optimizer_of(1.0), 1)]), ValueError, "got StepLR at position 1 on another SGD"),
        (lambda o: ChainedScheduler([StepLR(o, 1)]).step(3), TypeError, "counts by itself, got epoch=3"),
    ],
)
def test_refusals(make, error, message):
    with pytest.raises(error, match=message):
        make(optimizer_of(1.0))
