"""Optimizers, schedules and clipping: the same weights on the device as on NumPy, and no step waits for it."""

import io

import numpy as np
import pytest

import tinyreg
from tests.optim.options import EVERY, combinations
from tinyreg import backend
from tinyreg.optim import lr_scheduler

SHAPES = [(4, 3), (5,), ()]
STEPS = 5


def weights():
    rng = np.random.default_rng(3)
    return [tinyreg.tensor(rng.standard_normal(shape).astype("float32")).requires_grad_() for shape in SHAPES]


def gradients(step):
    rng = np.random.default_rng(step)
    return [tinyreg.tensor(rng.standard_normal(shape).astype("float32")) for shape in SHAPES]


def step(optimizer, parameters, number):
    for p, grad in zip(parameters, gradients(number)):
        p.grad = grad
    optimizer.step()


def trained(make):
    parameters = weights()
    optimizer = make(parameters)
    for number in range(STEPS):
        step(optimizer, parameters, number)
    return parameters, optimizer


def assert_equal(ours, numpys):
    for p, q in zip(ours, numpys, strict=True):
        assert type(p.array) is backend.xp().ndarray and p.dtype == q.dtype == tinyreg.float32
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-6, atol=1e-7)


def on_numpy(run):
    tinyreg.use_backend("numpy")
    result = run()
    tinyreg.use_backend("cupy")
    return result


ROWS = [pytest.param(name, settings, id=f"{name} {settings}") for name in EVERY for settings in combinations(name)]


@pytest.mark.parametrize(("name", "settings"), ROWS)
def test_steps_equal_numpys(device, name, settings):
    def make(parameters):
        return getattr(tinyreg.optim, name)(parameters, lr=0.01, **settings)

    wanted, _ = on_numpy(lambda: trained(make))
    parameters = weights()
    optimizer = make(parameters)
    for number in range(STEPS):
        for p, grad in zip(parameters, gradients(number)):
            p.grad = grad
        with device.never_waits():
            optimizer.step()
            optimizer.zero_grad()
    assert_equal(parameters, wanted)


@pytest.mark.parametrize("name", sorted(EVERY))
def test_state_goes_through_a_file_and_across_devices(device, name):
    """Saved on NumPy, resumed on the device."""

    def saved():
        parameters, optimizer = trained(lambda parameters: getattr(tinyreg.optim, name)(parameters, lr=0.01))
        file = io.BytesIO()
        tinyreg.save({"weights": [p.detach() for p in parameters], "optimizer": optimizer.state_dict()}, file)
        step(optimizer, parameters, STEPS)
        return file, parameters

    file, wanted = on_numpy(saved)
    file.seek(0)
    state = tinyreg.load(file)
    parameters = [tinyreg.as_tensor(w).requires_grad_() for w in state["weights"]]
    optimizer = getattr(tinyreg.optim, name)(parameters, lr=0.01)
    optimizer.load_state_dict(state["optimizer"])
    step(optimizer, parameters, STEPS)
    assert_equal(parameters, wanted)


def test_every_optimizer_is_here():
    public = {name for name in tinyreg.optim.__all__ if name not in ("Optimizer", "lr_scheduler", "optimizer", "swa_utils")}
    assert public == {*EVERY, "SAM"}


@pytest.mark.parametrize("adaptive", [False, True])
def test_sam_equals_numpys(device, adaptive):
    """Whose base optimizer has its rows above: the way to the worst point and back, without waiting."""

    def run():
        parameters = weights()
        optimizer = tinyreg.optim.SAM(tinyreg.optim.SGD(parameters, lr=0.05, momentum=0.9), 0.3, adaptive)

        def closure():
            optimizer.zero_grad()
            loss = sum((p**2).sum() / 2 - p.cos().sum() for p in parameters)
            loss.backward()
            return loss

        for _ in range(STEPS):
            optimizer.step(closure)
        return parameters

    wanted = on_numpy(run)
    with device.never_waits():
        parameters = run()
    assert_equal(parameters, wanted)


SCHEDULES = {
    "ChainedScheduler": lambda o: lr_scheduler.ChainedScheduler([lr_scheduler.StepLR(o, 2), lr_scheduler.ExponentialLR(o, 0.9)]),
    "ConstantLR": lambda o: lr_scheduler.ConstantLR(o, 0.5, 2),
    "CosineAnnealingLR": lambda o: lr_scheduler.CosineAnnealingLR(o, 4),
    "CosineAnnealingWarmRestarts": lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 2),
    "ExponentialLR": lambda o: lr_scheduler.ExponentialLR(o, 0.9),
    "InverseTimeLR": lambda o: lr_scheduler.InverseTimeLR(o, 0.5),
    "LambdaLR": lambda o: lr_scheduler.LambdaLR(o, lambda t: 1 / (1 + t)),
    "LinearLR": lambda o: lr_scheduler.LinearLR(o),
    "MultiStepLR": lambda o: lr_scheduler.MultiStepLR(o, [1, 3]),
    "MultiplicativeLR": lambda o: lr_scheduler.MultiplicativeLR(o, lambda t: 0.9),
    "OneCycleLR": lambda o: lr_scheduler.OneCycleLR(o, 0.1, total_steps=8),
    "PolynomialLR": lambda o: lr_scheduler.PolynomialLR(o, 4),
    "SequentialLR": lambda o: lr_scheduler.SequentialLR(o, [lr_scheduler.ConstantLR(o), lr_scheduler.StepLR(o, 1)], [2]),
    "StepLR": lambda o: lr_scheduler.StepLR(o, 2),
    "SWALR": lambda o: lr_scheduler.SWALR(o, 0.01, anneal_epochs=3),
}


def test_every_schedule_is_here():
    assert {*lr_scheduler.__all__} - {"LRScheduler", "ReduceLROnPlateau"} == {*SCHEDULES}


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_equal_numpys(device, name):
    def run():
        parameters = weights()
        optimizer = tinyreg.optim.SGD(parameters, lr=0.05, momentum=0.9)
        schedule = SCHEDULES[name](optimizer)
        for number in range(STEPS):
            step(optimizer, parameters, number)
            schedule.step()
        return parameters, schedule

    wanted, rates = on_numpy(run)
    with device.never_waits():
        parameters, schedule = run()
    assert schedule.get_last_lr() == rates.get_last_lr()
    assert_equal(parameters, wanted)


def test_reduce_on_plateau_reads_its_metric(device):
    optimizer = tinyreg.optim.SGD(weights(), lr=0.05)
    schedule = lr_scheduler.ReduceLROnPlateau(optimizer, patience=1)
    for _ in range(4):
        schedule.step(tinyreg.tensor(1.0))
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.005)


@pytest.mark.parametrize("norm_type", [1, 2, 3.5, float("inf")])
def test_clipping_equals_numpys(device, norm_type):
    def run():
        parameters = weights()
        for p, grad in zip(parameters, gradients(0)):
            p.grad = grad
        return tinyreg.nn.utils.clip_grad_norm_(parameters, 0.5, norm_type), parameters

    norm, wanted = on_numpy(run)
    with device.never_waits():
        ours, parameters = run()
        tinyreg.nn.utils.clip_grad_value_(parameters, 10)
    assert_equal([p.grad for p in parameters], [p.grad for p in wanted])
    np.testing.assert_allclose(ours.item(), norm.item(), rtol=1e-6)
