"""Schedules against PyTorch: the same rate of every group after every step, momentum and warnings included."""

import warnings

import numpy as np
import pytest

import tinyreg
from tests.oracles.schedules import pair, through_a_file, two_optimizers

torch = pytest.importorskip("torch")


def halve(t):
    return 0.5**t / (t + 1)


SCHEDULES = {
    "StepLR": [{"step_size": 4}, {"step_size": 1, "gamma": 0.9}],
    "MultiStepLR": [{"milestones": [3, 9]}, {"milestones": [9, 3, 9, 0], "gamma": 0.5}, {"milestones": (1, 2), "gamma": 0}],
    "ExponentialLR": [{"gamma": 0.9}, {"gamma": 1.1}],
    "PolynomialLR": [{}, {"total_iters": 20, "power": 2.5}, {"total_iters": 1, "power": 0}],
    "CosineAnnealingLR": [{"T_max": 7}, {"T_max": 30, "eta_min": 0.01}, {"T_max": 1, "eta_min": 0.2}],
    "CosineAnnealingWarmRestarts": [{"T_0": 7}, {"T_0": 3, "T_mult": 2, "eta_min": 0.01}, {"T_0": 1}],
    "ConstantLR": [{}, {"factor": 0.25, "total_iters": 1}, {"factor": 1.0}, {"factor": 0.1, "total_iters": 50}],
    "LinearLR": [{}, {"start_factor": 0.1, "total_iters": 20}, {"start_factor": 1, "end_factor": 0, "total_iters": 9}],
    "LambdaLR": [{"lr_lambda": halve}, {"lr_lambda": [halve, lambda t: 1 + t]}],
    "MultiplicativeLR": [{"lr_lambda": lambda t: 1 - 1 / (t + 1)}, {"lr_lambda": (halve, lambda t: 1.1)}],
    "OneCycleLR": [
        {"max_lr": 0.5, "total_steps": 31},
        {"max_lr": [0.5, 2.0], "epochs": 8, "steps_per_epoch": 5, "anneal_strategy": "linear", "pct_start": 0.25},
        {"max_lr": 0.5, "total_steps": 35, "three_phase": True, "div_factor": 10, "final_div_factor": 100},
        {"max_lr": 0.5, "total_steps": 35, "base_momentum": [0.1, 0.2], "max_momentum": [0.3, 0.9], "three_phase": True},
        {"max_lr": 0.5, "total_steps": 33, "cycle_momentum": False, "pct_start": 0.0},
    ],
}
ROWS = [pytest.param(name, settings, id=f"{name}-{i}") for name, rows in SCHEDULES.items() for i, settings in enumerate(rows)]
COMPOSED = {
    "sequence": lambda s, o: s.SequentialLR(o, [s.LinearLR(o, 0.1, total_iters=4), s.CosineAnnealingLR(o, 10)], [4]),
    "sequence of all": lambda s, o: s.SequentialLR(
        o,
        [
            s.ConstantLR(o, 0.1, 2),
            s.ExponentialLR(o, 0.9),
            s.StepLR(o, 2, 0.5),
            s.MultiStepLR(o, [1, 2], 0.5),
            s.PolynomialLR(o, 3),
            s.LambdaLR(o, halve),
            s.MultiplicativeLR(o, lambda t: 0.9),
            s.CosineAnnealingWarmRestarts(o, 2),
            s.LinearLR(o, 0.5, 0.1, 2),
        ],
        [3, 6, 9, 12, 14, 16, 19, 23],
    ),
    "sequence with an empty turn": lambda s, o: s.SequentialLR(o, [s.StepLR(o, 2), s.ExponentialLR(o, 0.5), s.StepLR(o, 1)], [3, 3]),
    "sequence that begins with the second": lambda s, o: s.SequentialLR(o, [s.StepLR(o, 2), s.ExponentialLR(o, 0.5)], [0]),
    "sequence that ends in one cycle": lambda s, o: s.SequentialLR(o, [s.ConstantLR(o), s.OneCycleLR(o, 1.0, 40)], [5]),
    "chain": lambda s, o: s.ChainedScheduler([s.ExponentialLR(o, 0.95), s.StepLR(o, 3), s.CosineAnnealingLR(o, 10)]),
    "chain with its optimizer": lambda s, o: s.ChainedScheduler([s.ConstantLR(o), s.ExponentialLR(o, 0.9)], o),
    "chain of a sequence": lambda s, o: s.ChainedScheduler(
        [s.SequentialLR(o, [s.ExponentialLR(o, 0.9), s.ExponentialLR(o, 0.5)], [3]), s.ExponentialLR(o, 0.5)]
    ),
}
EVERY = {
    **{row.id: (lambda s, o, name=row.values[0], settings=row.values[1]: getattr(s, name)(o, **settings)) for row in ROWS},
    **COMPOSED,
}


def assert_same_rates(schedules, steps):
    for _ in range(steps):
        ours, theirs = (schedule.get_last_lr() for schedule in schedules)
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-17)
        for key in ("lr", "momentum", "betas"):
            mine, other = ([group.get(key, 0) for group in schedule.optimizer.param_groups] for schedule in schedules)
            np.testing.assert_allclose(mine, other, rtol=1e-12, atol=1e-17)
        assert ours == [group["lr"] for group in schedules[0].optimizer.param_groups]
        for schedule in schedules:
            schedule.optimizer.step()
            schedule.step()
        assert getattr(schedules[0], "last_epoch", None) == getattr(schedules[1], "last_epoch", None)


@pytest.mark.parametrize("name", EVERY)
def test_thirty_rates_equal_pytorchs(name):
    assert_same_rates(pair(EVERY[name]), 30)


@pytest.mark.parametrize("optimizer", ["Adam", "AdamW", "RMSprop"])
def test_one_cycle_moves_the_momentum_that_the_optimizer_has(optimizer):
    assert_same_rates(pair(lambda s, o: s.OneCycleLR(o, 0.1, 20), optimizer), 20)


@pytest.mark.parametrize(("name", "settings"), ROWS)
def test_resuming_from_last_epoch_equals_pytorchs(name, settings):
    schedules = []
    for library, optimizer in zip((tinyreg, torch), two_optimizers()):
        make = getattr(library.optim.lr_scheduler, name)
        first = make(optimizer, **settings)
        for _ in range(3):
            optimizer.step()
            first.step()
        schedules.append(make(optimizer, **settings, last_epoch=3))
    assert_same_rates(schedules, 12)


@pytest.mark.parametrize("name", EVERY)
def test_a_schedules_state_is_read_from_pytorch(name):
    ours, theirs = pair(EVERY[name])
    for _ in range(5):
        theirs.optimizer.step()
        theirs.step()
    ours.load_state_dict(theirs.state_dict())
    for group, other in zip(ours.optimizer.param_groups, theirs.optimizer.param_groups):
        group.update({key: value for key, value in other.items() if key != "params"})
    assert_same_rates([ours, theirs], 20)


@pytest.mark.parametrize("name", [*EVERY, "plateau"])
def test_the_state_has_pytorchs_names(name):
    ours, theirs = pair(EVERY.get(name, lambda s, o: s.ReduceLROnPlateau(o)))

    def names(state):
        inner = {i: names(part) for i, part in enumerate(state.get("_schedulers", ()))}
        return {key: None for key in state if key not in ("_get_lr_called_within_step", "_schedulers")} | inner

    assert names(ours.state_dict()) == names(theirs.state_dict())


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("done", [0, 2, 7, 15])
def test_a_saved_schedule_goes_on_as_the_uninterrupted_one(name, done):
    """Bit for bit; PyTorch is not asked, but all its settings are at hand here."""
    (first, _), (second, _), (straight, _) = (pair(EVERY[name]) for _ in range(3))

    def rates(schedule, steps):
        seen = []
        for _ in range(steps):
            seen.append([dict(group, params=None) for group in schedule.optimizer.param_groups])
            schedule.optimizer.step()
            schedule.step()
        return seen

    begun = rates(first, done)
    second.optimizer.load_state_dict(through_a_file(first.optimizer.state_dict()))
    second.load_state_dict(through_a_file(first.state_dict()))
    assert begun + rates(second, 20 - done) == rates(straight, 20)


def test_chained_schedules_equal_pytorchs():
    rates = []
    for library, optimizer in zip((tinyreg, torch), two_optimizers()):
        schedule = library.optim.lr_scheduler
        chain = [schedule.ExponentialLR(optimizer, 0.95), schedule.StepLR(optimizer, 3), schedule.CosineAnnealingLR(optimizer, 10)]
        rates.append([])
        for _ in range(20):
            optimizer.step()
            for one in chain:
                one.step()
            rates[-1].append([group["lr"] for group in optimizer.param_groups])
    np.testing.assert_allclose(*rates, rtol=1e-10, atol=1e-17)


@pytest.mark.parametrize("settings", [{"T_0": 3}, {"T_0": 3, "T_mult": 2}, {"T_0": 2, "T_mult": 3, "eta_min": 0.01}])
def test_warm_restarts_at_any_time_equal_pytorchs(settings):
    ours, theirs = pair(lambda s, o: s.CosineAnnealingWarmRestarts(o, **settings))
    for epoch in (0, 0.5, 1, 2.75, 3, 3.25, 8.5, 9, None, None, 26, None, 1, None, None, None, 80.125):
        for schedule in (ours, theirs):
            schedule.step(epoch)
        np.testing.assert_allclose(ours.get_last_lr(), theirs.get_last_lr(), rtol=1e-12)
        assert (ours.last_epoch, ours.T_cur, ours.T_i) == (theirs.last_epoch, theirs.T_cur, theirs.T_i)


@pytest.mark.parametrize("name", EVERY)
def test_warnings_about_the_order_are_pytorchs(name):
    counts = []
    for schedule in pair(EVERY[name]):
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            for _ in range(3):
                schedule.step()
        counts.append(sum("optimizer.step()" in str(warning.message) for warning in seen))
    assert counts[0] == counts[1]


REFUSED = [
    lambda s, o: s.OneCycleLR(o, 0.1),
    lambda s, o: s.OneCycleLR(o, 0.1, 0),
    lambda s, o: s.OneCycleLR(o, 0.1, 2.5),
    lambda s, o: s.OneCycleLR(o, 0.1, epochs=3),
    lambda s, o: s.OneCycleLR(o, 0.1, epochs=0, steps_per_epoch=3),
    lambda s, o: s.OneCycleLR(o, 0.1, epochs=3, steps_per_epoch=-3),
    lambda s, o: s.OneCycleLR(o, 0.1, 10, pct_start=1.5),
    lambda s, o: s.OneCycleLR(o, 0.1, 10, anneal_strategy="exp"),
    lambda s, o: s.OneCycleLR(o, [0.1], 10),
    lambda s, o: s.OneCycleLR([o], 0.1, 10),
    lambda s, o: s.OneCycleLR(o, 0.1, 10, last_epoch=3),
    lambda s, o: s.ReduceLROnPlateau(o, factor=1.0),
    lambda s, o: s.ReduceLROnPlateau(o, mode="least"),
    lambda s, o: s.ReduceLROnPlateau(o, threshold_mode="ratio"),
    lambda s, o: s.ReduceLROnPlateau(o, min_lr=[0.1]),
    lambda s, o: s.ReduceLROnPlateau([o]),
    lambda s, o: s.ReduceLROnPlateau(o).step(None),
    lambda s, o: s.ReduceLROnPlateau(o).step(),
    lambda s, o: s.ConstantLR(o, factor=1.5),
    lambda s, o: s.ConstantLR(o, factor=-0.1),
    lambda s, o: s.LinearLR(o, start_factor=0.0),
    lambda s, o: s.LinearLR(o, start_factor=1.5),
    lambda s, o: s.LinearLR(o, end_factor=-0.5),
    lambda s, o: s.LambdaLR(o, [halve]),
    lambda s, o: s.MultiplicativeLR(o, [halve]),
    lambda s, o: s.MultiplicativeLR(o, 0.5),
    lambda s, o: s.SequentialLR(o, [], []),
    lambda s, o: s.SequentialLR(o, [s.StepLR(o, 1), s.StepLR(o, 1)], []),
    lambda s, o: s.SequentialLR(o, [s.StepLR(o, 1), s.ReduceLROnPlateau(o)], [1]),
    lambda s, o: s.SequentialLR(o, [s.StepLR(o, 1), "StepLR"], [1]),
    lambda s, o: s.ChainedScheduler([]),
    lambda s, o: s.ChainedScheduler([s.StepLR(o, 1), s.ReduceLROnPlateau(o)]),
    lambda s, o: s.ChainedScheduler([s.StepLR(o, 1), None]),
    lambda s, o: s.CosineAnnealingWarmRestarts(o, 0),
    lambda s, o: s.CosineAnnealingWarmRestarts(o, 2.5),
    lambda s, o: s.CosineAnnealingWarmRestarts(o, 2, 0),
    lambda s, o: s.CosineAnnealingWarmRestarts(o, 2).step(-1),
]


@pytest.mark.parametrize("make", REFUSED, ids=range(len(REFUSED)))
def test_refusals_have_pytorchs_type(make):
    errors = []
    for library, optimizer in zip((tinyreg.optim.lr_scheduler, torch.optim.lr_scheduler), two_optimizers()):
        with pytest.raises(Exception) as caught:
            make(library, optimizer)
        errors.append(caught.type)
    assert errors[0] is errors[1]


def test_one_step_too_many_is_refused_at_the_same_step():
    for schedule in pair(lambda s, o: s.OneCycleLR(o, 0.1, 5)):
        for _ in range(5):
            schedule.optimizer.step()
            schedule.step()
        with pytest.raises(ValueError, match="6"):
            schedule.step()
