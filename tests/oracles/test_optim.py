"""Optimizers, schedules and clipping against PyTorch: the same gradients in, the same weights out."""

import copy
import io

import numpy as np
import pytest

import tinyreg

torch = pytest.importorskip("torch")

SHAPES = [(4, 3), (5,), (2, 2, 3)]


def pair(seed=0, dtype="float64"):
    """The same parameters in both libraries."""
    values = [np.random.default_rng(seed).standard_normal(shape).astype(dtype) for shape in SHAPES]
    return [tinyreg.tensor(x, requires_grad=True) for x in values], [torch.tensor(x.copy(), requires_grad=True) for x in values]


def feed(ours, theirs, rng, skip_last=False):
    """The same gradients for both, with sizes from 1e-4 to 1e2; None for the last parameter where asked."""
    for i, (p, q) in enumerate(zip(ours, theirs)):
        if skip_last and i == len(ours) - 1:
            p.grad = q.grad = None
            continue
        grad = (rng.standard_normal(p.shape) * 10.0 ** rng.integers(-4, 3, p.shape)).astype(p.dtype)
        p.grad, q.grad = tinyreg.tensor(grad), torch.tensor(grad.copy())


def assert_same(ours, theirs, rtol=1e-10):
    for p, q in zip(ours, theirs):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=rtol, atol=rtol)


SETTINGS = {
    "SGD": [
        {"lr": 0.1},
        {"lr": 0.1, "weight_decay": 0.1},
        {"lr": 0.1, "momentum": 0.9},
        {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1},
        {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
        {"lr": 0.1, "momentum": 0.5, "maximize": True, "weight_decay": 0.1},
        {"momentum": 1.0},
    ],
    "Adam": [
        {},
        {"lr": 0.1, "betas": (0.5, 0.75), "eps": 1e-3},
        {"lr": 0.1, "weight_decay": 0.1},
        {"lr": 0.1, "amsgrad": True},
        {"lr": 0.1, "amsgrad": True, "maximize": True, "weight_decay": 0.1},
        {"lr": 0.1, "betas": (0.0, 0.0)},
    ],
    "AdamW": [
        {},
        {"lr": 0.1, "weight_decay": 0.3},
        {"lr": 0.1, "weight_decay": 0.0},
        {"lr": 0.1, "amsgrad": True, "maximize": True, "betas": (0.8, 0.9)},
    ],
}
ROWS = [pytest.param(name, settings, id=f"{name}-{i}") for name, rows in SETTINGS.items() for i, settings in enumerate(rows)]


@pytest.mark.parametrize(("name", "settings"), ROWS)
def test_twenty_steps_equal_pytorchs(name, settings):
    ours, theirs = pair()
    a, b = getattr(tinyreg.optim, name)(ours, **settings), getattr(torch.optim, name)(theirs, **settings)
    rng = np.random.default_rng(1)
    for step in range(20):
        feed(ours, theirs, rng, skip_last=step < 3)
        a.step()
        b.step()
        assert_same(ours, theirs)


@pytest.mark.parametrize("name", SETTINGS)
def test_float32_steps_equal_pytorchs(name):
    ours, theirs = pair(dtype="float32")
    a, b = getattr(tinyreg.optim, name)(ours, lr=0.01), getattr(torch.optim, name)(theirs, lr=0.01)
    rng = np.random.default_rng(1)
    for _ in range(20):
        feed(ours, theirs, rng)
        a.step()
        b.step()
    assert_same(ours, theirs, rtol=2e-5)


@pytest.mark.parametrize(("name", "settings"), ROWS)
def test_the_state_dict_has_pytorchs_keys_and_values(name, settings):
    ours, theirs = pair()
    a = getattr(tinyreg.optim, name)([{"params": ours[:1], "lr": 0.3}, {"params": ours[1:]}], **settings)
    b = getattr(torch.optim, name)([{"params": theirs[:1], "lr": 0.3}, {"params": theirs[1:]}], **settings)
    rng = np.random.default_rng(1)
    for _ in range(3):
        feed(ours, theirs, rng, skip_last=True)
        a.step()
        b.step()
    mine, other = a.state_dict(), b.state_dict()
    assert mine.keys() == other.keys()
    for group, expected in zip(mine["param_groups"], other["param_groups"], strict=True):
        assert group["params"] == expected["params"]
        assert group.keys() <= expected.keys()
        assert {key: expected[key] for key in group} == group
    kept = {number: state for number, state in other["state"].items() if state}
    assert mine["state"].keys() == kept.keys()
    for number, state in kept.items():
        present = {key: value for key, value in state.items() if value is not None}
        assert mine["state"][number].keys() == present.keys()
        for key, value in present.items():
            assert tuple(value.shape) == mine["state"][number][key].shape
            assert str(value.dtype).removeprefix("torch.") == str(mine["state"][number][key].dtype)
            np.testing.assert_allclose(mine["state"][number][key].numpy(), value.numpy(), rtol=1e-10)


def exchanged(tree, wrap):
    """A nested state with its tensors turned into the other library's."""
    if isinstance(tree, dict):
        return {key: exchanged(value, wrap) for key, value in tree.items()}
    if isinstance(tree, list):
        return [exchanged(value, wrap) for value in tree]
    return wrap(tree.numpy().copy()) if hasattr(tree, "numpy") else copy.deepcopy(tree)


@pytest.mark.parametrize(("name", "settings"), ROWS)
def test_training_can_change_hands_both_ways(name, settings):
    ours, theirs = pair()
    a, b = getattr(tinyreg.optim, name)(ours, **settings), getattr(torch.optim, name)(theirs, **settings)
    rng = np.random.default_rng(1)
    for _ in range(3):
        feed(ours, theirs, rng)
        a.step()
        b.step()
    from_torch, from_us = exchanged(b.state_dict(), tinyreg.tensor), exchanged(a.state_dict(), torch.tensor)
    c, d = getattr(tinyreg.optim, name)(ours, lr=9.0), getattr(torch.optim, name)(theirs, lr=9.0)
    c.load_state_dict(from_torch)
    d.load_state_dict(from_us)
    for _ in range(3):
        feed(ours, theirs, rng)
        c.step()
        d.step()
    assert_same(ours, theirs)


def halve(t):
    return 0.5**t / (t + 1)


SCHEDULES = {
    "StepLR": [{"step_size": 4}, {"step_size": 1, "gamma": 0.9}],
    "ExponentialLR": [{"gamma": 0.9}],
    "CosineAnnealingLR": [{"T_max": 7}, {"T_max": 30, "eta_min": 0.01}, {"T_max": 1, "eta_min": 0.2}],
    "LambdaLR": [{"lr_lambda": halve}, {"lr_lambda": [halve, lambda t: 1 + t]}],
    "PolynomialLR": [{}, {"total_iters": 20, "power": 2.5}],
}
SCHEDULE_ROWS = [pytest.param(name, settings, id=f"{name}-{i}") for name, rows in SCHEDULES.items() for i, settings in enumerate(rows)]


def two_groups():
    """The same optimizer with two groups, and parameters whose gradients are 0, in both libraries."""
    optimizers = []
    for library in (tinyreg, torch):
        groups = []
        for lr in (0.8, 0.05):
            p = library.zeros(1, requires_grad=True)
            p.grad = library.zeros(1)
            groups.append({"params": [p], "lr": lr})
        optimizers.append(library.optim.SGD(groups, lr=0.1))
    return optimizers


def assert_same_rates(schedules, steps):
    for _ in range(steps):
        ours, theirs = (schedule.get_last_lr() for schedule in schedules)
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-17)
        for schedule in schedules:
            np.testing.assert_array_equal(schedule.get_last_lr(), [group["lr"] for group in schedule.optimizer.param_groups])
            schedule.optimizer.step()
            schedule.step()


@pytest.mark.parametrize(("name", "settings"), SCHEDULE_ROWS)
def test_thirty_rates_equal_pytorchs(name, settings):
    a, b = two_groups()
    assert_same_rates([getattr(lib.optim.lr_scheduler, name)(o, **settings) for lib, o in ((tinyreg, a), (torch, b))], 30)


@pytest.mark.parametrize(("name", "settings"), SCHEDULE_ROWS)
def test_resuming_from_last_epoch_equals_pytorchs(name, settings):
    schedules = []
    for library, optimizer in zip((tinyreg, torch), two_groups()):
        make = getattr(library.optim.lr_scheduler, name)
        first = make(optimizer, **settings)
        for _ in range(3):
            optimizer.step()
            first.step()
        schedules.append(make(optimizer, **settings, last_epoch=3))
    assert_same_rates(schedules, 12)


def test_chained_schedules_equal_pytorchs():
    rates = []
    for library, optimizer in zip((tinyreg, torch), two_groups()):
        schedule = library.optim.lr_scheduler
        chain = [schedule.ExponentialLR(optimizer, 0.95), schedule.StepLR(optimizer, 3), schedule.CosineAnnealingLR(optimizer, 10)]
        rates.append([])
        for _ in range(20):
            optimizer.step()
            for one in chain:
                one.step()
            rates[-1].append([group["lr"] for group in optimizer.param_groups])
    np.testing.assert_allclose(*rates, rtol=1e-10, atol=1e-17)


@pytest.mark.parametrize("name", ["StepLR", "ExponentialLR", "CosineAnnealingLR", "LambdaLR", "PolynomialLR"])
def test_a_schedules_state_is_read_from_pytorch(name):
    a, b = two_groups()
    settings = SCHEDULES[name][0]
    ours, theirs = (getattr(lib.optim.lr_scheduler, name)(o, **settings) for lib, o in ((tinyreg, a), (torch, b)))
    for _ in range(5):
        b.step()
        theirs.step()
    ours.load_state_dict(theirs.state_dict())
    a.load_state_dict(exchanged(b.state_dict(), tinyreg.tensor))
    assert_same_rates([ours, theirs], 5)


@pytest.mark.parametrize("norm_type", [0.5, 1, 2.0, 3, float("inf")])
@pytest.mark.parametrize("max_norm", [1e-3, 1.0, 1e6])
def test_clipping_by_norm_equals_pytorchs(norm_type, max_norm):
    ours, theirs = pair()
    feed(ours, theirs, np.random.default_rng(1), skip_last=True)
    a = tinyreg.nn.utils.clip_grad_norm_(ours, max_norm, norm_type)
    b = torch.nn.utils.clip_grad_norm_(theirs, max_norm, norm_type)
    assert a.shape == () and a.item() == pytest.approx(b.item(), rel=1e-12)
    assert_same([p.grad for p in ours[:-1]], [q.grad for q in theirs[:-1]], rtol=1e-12)


def test_clipping_by_value_equals_pytorchs():
    ours, theirs = pair()
    feed(ours, theirs, np.random.default_rng(1))
    tinyreg.nn.utils.clip_grad_value_(ours, 0.3)
    torch.nn.utils.clip_grad_value_(theirs, 0.3)
    assert_same([p.grad for p in ours], [q.grad for q in theirs], rtol=0)


def test_repr_equals_pytorchs():
    ours, theirs = pair()
    a, b = tinyreg.optim.SGD(ours, lr=0.1), torch.optim.SGD(theirs, lr=0.1)
    assert repr(a) == repr(b)


def test_a_schedule_and_its_optimizer_survive_pytorchs_file_format():
    """PyTorch's own pickled checkpoint, opened by PyTorch, goes on in ours."""
    _, theirs = pair()
    optimizer = torch.optim.Adam(theirs)
    feed(*pair(), np.random.default_rng(0))
    for q in theirs:
        q.grad = torch.ones_like(q)
    optimizer.step()
    file = io.BytesIO()
    torch.save(optimizer.state_dict(), file)
    file.seek(0)
    ours = [tinyreg.tensor(q.detach().numpy(), requires_grad=True) for q in theirs]
    resumed = tinyreg.optim.Adam(ours)
    resumed.load_state_dict(exchanged(torch.load(file), tinyreg.tensor))
    for p in ours:
        p.grad = tinyreg.ones_like(p)
    optimizer.step()
    resumed.step()
    assert_same(ours, theirs)
