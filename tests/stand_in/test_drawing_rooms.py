"""What draws masks of weights, of branches, and noise, and what averages weights: on the device as on NumPy, without waiting."""

import pytest

import tinyreg
from tests.stand_in.twice import assert_equal, host, twice
from tinyreg.nn import BatchNorm1d, Conv1d, Linear, ReLU, Sequential
from tinyreg.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn, get_swa_multi_avg_fn, update_bn
from tinyreg.regularization import (
    DropConnect,
    GaussianNoise,
    StochasticDepth,
    add_gradient_noise_,
    drop_connect_inference,
    stochastic_residual,
    weight_noise,
)

ROOMS = {
    "one mask a call": lambda: DropConnect(Linear(6, 5), 0.3),
    "a mask an example": lambda: DropConnect(Linear(6, 5), 0.3, per_example=True),
    "conv": lambda: DropConnect(Conv1d(4, 2, 3), 0.3),
    "row": lambda: StochasticDepth(0.4, "row"),
    "batch": lambda: StochasticDepth(0.4, "batch"),
    "paper's scale": lambda: StochasticDepth(0.4, "row", "test"),
    "noise": lambda: GaussianNoise(0.3),
}


def made(name):
    return ROOMS[name]().double(), tinyreg.randn(4, 6, dtype=tinyreg.float64).requires_grad_()


@pytest.mark.parametrize("name", ROOMS)
def test_layers_equal_numpys(device, name):
    def run():
        module, x = made(name)
        first = module(x)
        (first * first.detach().cos()).sum().backward()
        return host([first, module.eval()(x), x.grad, *(p.grad for p in module.parameters())])

    wanted, got = twice(device, run)
    assert_equal(got, wanted)


@pytest.mark.parametrize("name", ROOMS)
def test_layers_do_not_wait(device, name):
    module, x = made(name)
    with device.never_waits():
        module(x).sum().backward()


def test_noise_on_weights_and_gradients(device):
    layer, x = Linear(6, 5).double(), tinyreg.randn(4, 6, dtype=tinyreg.float64)

    def run():
        module = Linear(6, 5).double()
        x = tinyreg.randn(4, 6, dtype=tinyreg.float64)
        with weight_noise(module, 0.3):
            module(x).sum().backward()
        add_gradient_noise_(module.parameters(), 0.2)
        sample = drop_connect_inference(x, module.weight, module.bias, 0.3, tinyreg.relu, 5)
        return host([module.weight.detach(), module.weight.grad, module.bias.grad, sample])

    wanted, got = twice(device, run)
    assert_equal(got, wanted)
    with device.never_waits():
        with weight_noise(layer, 0.3):
            stochastic_residual(x.requires_grad_(), lambda h: h * layer(h).sum(), 0.5).sum().backward()
        add_gradient_noise_(layer.parameters(), 0.2)
        drop_connect_inference(x, layer.weight, layer.bias, 0.3, tinyreg.relu, 5)


@pytest.mark.parametrize("function", [None, get_swa_multi_avg_fn(), get_ema_multi_avg_fn(0.7), get_ema_multi_avg_fn(0.2)])
def test_averages(device, function):
    def made():
        model = Sequential(Linear(3, 4), BatchNorm1d(4), ReLU(), Linear(4, 2)).double()
        return model, AveragedModel(model, multi_avg_fn=function, use_buffers=function is None)

    def take(model, average, steps):
        for _ in range(steps):
            for p in model.parameters():
                p.data.mul_(0.9)
            average.update_parameters(model)

    def run():
        model, average = made()
        take(model, average, 4)
        before = [value.clone() for value in average.state_dict().values()]
        update_bn([tinyreg.randn(5, 3, dtype=tinyreg.float64) for _ in range(2)], average)
        return host([*before, *average.state_dict().values()])

    wanted, got = twice(device, run)
    assert_equal(got, wanted)
    model, average = made()
    take(model, average, 1)
    with device.never_waits():
        take(model, average, 3)
    assert average.n_averaged.item() == 4
    average.load_state_dict({**average.state_dict(), "n_averaged": tinyreg.tensor(9)})
    take(model, average, 1)
    assert average.n_averaged.item() == 10
