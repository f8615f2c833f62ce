"""Weight averaging against PyTorch: the same averages, buffers, names, statistics and rates."""

import inspect

import numpy as np
import pytest

import tinyreg
from tests.oracles.schedules import pair, through_a_file, two_optimizers
from tinyreg.optim import swa_utils

torch = pytest.importorskip("torch")
theirs = pytest.importorskip("torch.optim.swa_utils")

STEPS = 7
SETTINGS = {
    "default": lambda s: {},
    "swa": lambda s: {"avg_fn": s.get_swa_avg_fn()},
    "swa multi": lambda s: {"multi_avg_fn": s.get_swa_multi_avg_fn()},
    "ema": lambda s: {"avg_fn": s.get_ema_avg_fn(0.8)},
    "ema multi": lambda s: {"multi_avg_fn": s.get_ema_multi_avg_fn(0.8)},
    "ema multi, short": lambda s: {"multi_avg_fn": s.get_ema_multi_avg_fn(0.2)},
    "one's own": lambda s: {"avg_fn": lambda averaged, current, n: averaged + (current - averaged) / (2 * n + 3)},
}


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def network(t, norm=True):
    """Two linear layers with batch norm between them, with weights that depend on nothing else."""
    nn = t.nn
    layers = [nn.Linear(3, 4), nn.BatchNorm1d(4, momentum=0.3), nn.ReLU(), nn.Linear(4, 2), nn.BatchNorm1d(2, momentum=None)]
    net = nn.Sequential(*(layers if norm else layers[::3])).double()
    with t.no_grad():
        for i, p in enumerate(net.parameters()):
            p.copy_(t.tensor(numbers(*p.shape, seed=i)))
    return net


def batches(t, sizes=(6, 6, 6, 4)):
    return [t.tensor(numbers(size, 3, seed=10 + i)) for i, size in enumerate(sizes)]


def trained(t, utils, settings, **more):
    """The model and its average after some steps of training with momentum, and the states of the average on the way."""
    model = network(t)
    average = utils.AveragedModel(model, **SETTINGS[settings](utils), **more)
    optimizer, states = t.optim.SGD(model.parameters(), lr=0.05, momentum=0.9), []
    for i in range(STEPS):
        x = batches(t)[i % 4]
        optimizer.zero_grad()
        ((model(x) - 1) ** 2).sum().backward()
        optimizer.step()
        average.update_parameters(model)
        states.append(copied(average))
    return model, average, states


def copied(module):
    return {name: np.array(value.numpy()) for name, value in module.state_dict().items()}


def assert_same_states(ours, other, rtol=1e-12):
    assert list(ours) == list(other)
    for name, value in ours.items():
        assert (value.dtype, value.shape) == (other[name].dtype, other[name].shape)
        np.testing.assert_allclose(value, other[name], rtol=rtol, atol=rtol / 100, err_msg=name)


@pytest.mark.parametrize("settings", SETTINGS)
def test_averages_and_their_names(settings):
    (_, average, ours), (_, other, wanted) = (trained(t, s, settings) for t, s in ((tinyreg, swa_utils), (torch, theirs)))
    rtol = 1e-7 if settings == "swa multi" else 1e-12  # PyTorch computes that share in float32
    for a, b in zip(ours, wanted, strict=True):
        assert_same_states(a, b, rtol)
    x = batches(tinyreg)[0], batches(torch)[0]
    np.testing.assert_allclose(average(x[0]).detach().numpy(), other(x[1]).detach().numpy(), rtol=1e3 * rtol)


@pytest.mark.parametrize("settings", [name for name in SETTINGS if name != "swa multi"])  # PyTorch's cannot divide integers
def test_averages_of_buffers(settings):
    (_, _, ours), (_, _, wanted) = (trained(t, s, settings, use_buffers=True) for t, s in ((tinyreg, swa_utils), (torch, theirs)))
    for a, b in zip(ours, wanted, strict=True):
        assert_same_states(a, b)


def test_update_bn():
    """The averages' statistics from data: whatever momentum was, which is put back."""
    results = []
    for t, s in ((tinyreg, swa_utils), (torch, theirs)):
        _, average, _ = trained(t, s, "default")
        average.eval()
        s.update_bn([(x, None) for x in batches(t)], average, device="cpu")
        assert [average.module[i].momentum for i in (1, 4)] == [0.3, None] and not average.training
        results.append(copied(average))
        s.update_bn(batches(t), average.train())
        assert average.training
        results.append(copied(average))
    assert_same_states(results[0], results[2])
    assert_same_states(results[1], results[3])


def test_without_batch_norm_no_batch_is_asked_for():
    for t, s in ((tinyreg, swa_utils), (torch, theirs)):
        s.update_bn(None, network(t, norm=False))


def test_a_state_of_pytorch_is_read():
    (model, average, _), (other_model, other, _) = (trained(t, s, "default") for t, s in ((tinyreg, swa_utils), (torch, theirs)))
    average.n_averaged.zero_()
    for p in average.parameters():
        p.data.zero_()
    average.load_state_dict(copied(other))
    for m, a in ((model, average), (other_model, other)):
        for p in m.parameters():
            p.data.add_(1.0)
        a.update_parameters(m)
    assert_same_states(copied(average), copied(other))


@pytest.mark.parametrize("name", theirs.__all__)
def test_signatures(name):
    ours, wanted = (inspect.signature(getattr(s, name)).parameters.values() for s in (swa_utils, theirs))
    assert [(p.name, p.default, p.kind) for p in ours] == [(p.name, p.default, p.kind) for p in wanted]


def test_the_names_are_pytorchs():
    assert sorted(swa_utils.__all__) == sorted(theirs.__all__)


def test_refusals_have_pytorchs_type():
    for t, s in ((tinyreg, swa_utils), (torch, theirs)):
        for make in (s.get_ema_avg_fn, s.get_ema_multi_avg_fn):
            with pytest.raises(ValueError, match="1.5"):
                make(1.5)
        with pytest.raises(AssertionError):
            s.AveragedModel(network(t), avg_fn=s.get_swa_avg_fn(), multi_avg_fn=s.get_swa_multi_avg_fn())
        with pytest.raises(RuntimeError):
            s.AveragedModel(network(t)).update_parameters(t.nn.Sequential(t.nn.Linear(2, 4)))


# SWALR

RATES = [
    {"swa_lr": 0.05},
    {"swa_lr": [0.5, 0.2], "anneal_epochs": 4},
    {"swa_lr": 0.05, "anneal_epochs": 5, "anneal_strategy": "linear"},
    {"swa_lr": 2.0, "anneal_epochs": 1},
    {"swa_lr": 0.3, "anneal_epochs": 0},
    {"swa_lr": 0.0, "anneal_epochs": 3, "anneal_strategy": "linear"},
]


def schedules(settings, before=0):
    """Ours and PyTorch's, behind some steps of another schedule."""
    made = []
    for library, optimizer in zip((tinyreg, torch), two_optimizers()):
        first = library.optim.lr_scheduler.ExponentialLR(optimizer, 0.8)
        for _ in range(before):
            optimizer.step()
            first.step()
        made.append(library.optim.swa_utils.SWALR(optimizer, **settings))
    return made


def assert_same_rates(made, steps):
    for _ in range(steps):
        ours, wanted = (schedule.get_last_lr() for schedule in made)
        np.testing.assert_allclose(ours, wanted, rtol=1e-12, atol=1e-17)
        assert ours == [group["lr"] for group in made[0].optimizer.param_groups]
        for schedule in made:
            schedule.optimizer.step()
            schedule.step()
        assert made[0].last_epoch == made[1].last_epoch


@pytest.mark.parametrize("settings", RATES)
@pytest.mark.parametrize("before", [0, 3])
def test_rates(settings, before):
    assert_same_rates(schedules(settings, before), 15)


@pytest.mark.parametrize("settings", RATES)
def test_resuming_from_last_epoch(settings):
    made = schedules(settings, before=3)
    for schedule in made:
        schedule.optimizer.step()
        schedule.step()
    assert_same_rates([type(schedule)(schedule.optimizer, **settings, last_epoch=1) for schedule in made], 12)


@pytest.mark.parametrize("settings", RATES)
def test_in_a_sequence(settings):
    def make(s, o):
        swa = (tinyreg if s is tinyreg.optim.lr_scheduler else torch).optim.swa_utils.SWALR(o, **settings)
        return s.SequentialLR(o, [s.LinearLR(o, 0.1, total_iters=4), swa], [4])

    assert_same_rates(pair(make), 15)


@pytest.mark.parametrize("settings", RATES)
def test_states_of_schedules(settings):
    ours, wanted = schedules(settings, before=2)
    for _ in range(2):
        wanted.optimizer.step()
        wanted.step()
    assert {*ours.state_dict()} == {*wanted.state_dict()} - {"_get_lr_called_within_step"}
    ours.load_state_dict(wanted.state_dict())
    for group, other in zip(ours.optimizer.param_groups, wanted.optimizer.param_groups):
        group.update({key: value for key, value in other.items() if key != "params"})
    assert_same_rates([ours, wanted], 12)
    assert through_a_file(ours.state_dict())["anneal_epochs"] == ours.anneal_epochs


@pytest.mark.parametrize(
    "settings",
    [
        {"swa_lr": [0.1]},
        {"swa_lr": 0.1, "anneal_strategy": "sine"},
        {"swa_lr": 0.1, "anneal_epochs": -1},
        {"swa_lr": 0.1, "anneal_epochs": 1.5},
    ],
)
def test_refusals_of_settings(settings):
    for library, optimizer in zip((tinyreg, torch), two_optimizers()):
        with pytest.raises(ValueError):
            library.optim.swa_utils.SWALR(optimizer, **settings)
