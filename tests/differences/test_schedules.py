"""Schedules of the learning rate: where tinyreg does not do what PyTorch does."""

import pytest

import tinyreg


def optimizer_of(t, lr=1.0):
    w = t.ones(1, requires_grad=True)
    w.grad = t.zeros(1)
    return t.optim.SGD([w], lr=lr)


def rates(t, build, count):
    """The learning rates of `count` steps under the schedule that build(lr_scheduler, optimizer) makes."""
    optimizer = optimizer_of(t)
    schedule = build(t.optim.lr_scheduler, optimizer)
    found = []
    for _ in range(count):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return found


BUILT = [
    (lambda s, o: s.StepLR(o, 0), "step_size=0"),
    (lambda s, o: s.StepLR(o, 1, gamma=-1.0), "gamma=-1.0"),
    (lambda s, o: s.LinearLR(o, total_iters=0), "total_iters=0"),
    (lambda s, o: s.CosineAnnealingLR(o, T_max=0), "T_max=0"),
    (lambda s, o: s.ReduceLROnPlateau(o, patience=-3), "patience=-3"),
    (lambda s, o: s.SequentialLR(o, [s.StepLR(o, 1)] * 3, [5, 3]), r"milestones=\[5, 3\]"),
]


def test_settings_of_schedules():
    for build, value in BUILT:
        with pytest.raises(ValueError, match=value):
            build(tinyreg.optim.lr_scheduler, optimizer_of(tinyreg))


def test_settings_of_schedules_in_pytorch(torch):
    for build, _ in BUILT:
        build(torch.optim.lr_scheduler, optimizer_of(torch))


def jumped(t):
    schedule = t.optim.lr_scheduler.StepLR(optimizer_of(t), 1)
    schedule.step(3)
    return schedule.last_epoch


def test_steps_to_an_epoch():
    with pytest.raises(TypeError, match=r"StepLR: step\(\) counts by itself, got epoch=3"):
        jumped(tinyreg)


def test_steps_to_an_epoch_in_pytorch(torch):
    assert jumped(torch) == 3


def asked_between_steps(t):
    return t.optim.lr_scheduler.StepLR(optimizer_of(t), 1).get_lr()


def test_get_lr():
    assert asked_between_steps(tinyreg) == [1]


def test_get_lr_in_pytorch(torch):
    with pytest.warns(UserWarning, match="please use `get_last_lr"):
        assert asked_between_steps(torch) == [1]


def held_at_0(s, o):
    return s.ConstantLR(o, factor=0.0, total_iters=2)


def test_a_constant_rate_of_0():
    assert rates(tinyreg, held_at_0, 4) == [0, 0, 1, 1]


def test_a_constant_rate_of_0_in_pytorch(torch):
    with pytest.raises(ZeroDivisionError):
        rates(torch, held_at_0, 4)


def one_step_up(s, o):
    return s.OneCycleLR(o, max_lr=1.0, total_steps=4, pct_start=0.25)


def test_a_phase_without_a_step():
    assert rates(tinyreg, one_step_up, 2) == pytest.approx([1, 0.75], abs=1e-5)


def test_a_phase_without_a_step_in_pytorch(torch):
    with pytest.raises(ZeroDivisionError):
        rates(torch, one_step_up, 2)


def chain(s, o):
    return s.ChainedScheduler([s.ConstantLR(o, 0.5, 2), s.ExponentialLR(o, 0.5)])


def chain_first(s, o):
    return s.SequentialLR(o, [chain(s, o), s.StepLR(o, 1)], [4])


def chain_last(s, o):
    return s.SequentialLR(o, [s.StepLR(o, 1), chain(s, o)], [1])


def test_chained_parts_of_a_sequence():
    assert rates(tinyreg, chain_first, 5) == pytest.approx([0.5, 0.25, 0.25, 0.125, 1])
    assert rates(tinyreg, chain_last, 3) == pytest.approx([1, 0.5, 0.25])


def test_chained_parts_of_a_sequence_in_pytorch(torch):
    assert rates(torch, chain_first, 5) == pytest.approx([0.25, 0.125, 0.125, 0.0625, 1])
    with pytest.raises(NotImplementedError):
        rates(torch, chain_last, 3)


def test_inverse_time():
    assert rates(tinyreg, lambda s, o: s.InverseTimeLR(o, 1.0), 3) == pytest.approx([1, 1 / 2, 1 / 3])


def test_inverse_time_in_pytorch(torch):
    assert not hasattr(torch.optim.lr_scheduler, "InverseTimeLR")
