"""Everything that has a state, through a safetensors file into a fresh one: the same state, and the same answers."""

import numpy as np
import pytest

import tinyreg as torch
from tests.every_module import MODULES, drawn, given, made
from tests.training.sameness import assert_same
from tinyreg import nn, optim, random
from tinyreg.optim.swa_utils import AveragedModel
from tinyreg.regularization import SAM


def norms(module):
    return nn.utils.weight_norm(nn.utils.spectral_norm(module), "bias")


PARAMETRIZED = {
    "weight norm": lambda: nn.utils.weight_norm(nn.Linear(6, 5)),
    "spectral norm": lambda: nn.utils.spectral_norm(nn.Linear(6, 5), n_power_iterations=2),
    "both": lambda: norms(nn.Linear(6, 5)),
    "under masks": lambda: nn.DropConnect(nn.utils.spectral_norm(nn.Linear(6, 5)), 0.3),
    "averaged": lambda: AveragedModel(nn.Sequential(nn.utils.spectral_norm(nn.Linear(6, 5)), nn.BatchNorm1d(5)), use_buffers=True),
    "a network": lambda: nn.Sequential(nn.GaussianNoise(0.1), norms(nn.Linear(6, 5)), nn.BatchNorm1d(5), nn.AlphaDropout(0.2)),
}


def answers(module, *inputs):
    random.manual_seed(4)
    result = module(*inputs)
    return [part.detach() for part in result] if isinstance(result, tuple) else result.detach()


def assert_comes_back(path, module, fresh, *inputs):
    module.train()(*inputs)  # what a buffer holds has moved
    torch.save(module.state_dict(), path)
    loaded = torch.load(path)
    assert_same(loaded, {name: value.detach() for name, value in module.state_dict().items()})
    fresh.load_state_dict(loaded)
    for mode in (True, False):
        assert_same(answers(fresh.train(mode), *inputs), answers(module.train(mode), *inputs))
    assert_same(dict(fresh.state_dict()), dict(module.state_dict()))


@pytest.mark.parametrize("name", MODULES)
def test_every_module(name, tmp_path):
    fresh = made(torch, name)
    with torch.no_grad():
        for p in fresh.parameters():
            p.zero_()
    inputs = [x.detach() if isinstance(x, torch.Tensor) else x for x in given(torch, name, drawn(torch, name))]
    assert_comes_back(tmp_path / "state", made(torch, name), fresh, *inputs)


@pytest.mark.parametrize("name", PARAMETRIZED)
def test_every_parametrization(name, tmp_path):
    module, fresh = (PARAMETRIZED[name]().double() for _ in range(2))
    if name == "averaged":
        for seed in range(3):
            torch.manual_seed(seed)
            module.update_parameters(PARAMETRIZED[name]().double().module)
    assert_comes_back(tmp_path / "state", module, fresh, torch.tensor(np.random.default_rng(0).standard_normal((4, 6))))


@pytest.mark.parametrize("base", ["SGD", "Adam", "RMSprop", "Adagrad", "Adadelta", "AdamW"])
def test_sam_over_every_optimizer(base, tmp_path):
    """20 steps in one go, and 10, a file, and 10 in a fresh one."""

    def training(seed):
        torch.manual_seed(seed)
        layer = nn.Linear(6, 2).double()
        return layer, SAM(getattr(optim, base)(layer.parameters(), lr=0.01), 0.1 * seed, adaptive=True)

    def run(layer, optimizer, first, last):
        for step in range(first, last):
            x = torch.tensor(np.random.default_rng(step).standard_normal((5, 6)))

            def closure(x=x):
                optimizer.zero_grad()
                loss = (layer(x).tanh() ** 2).mean()
                loss.backward()
                return loss

            optimizer.step(closure)

    whole, first, second = training(1), training(1), training(2)
    run(*whole, 0, 20)
    run(*first, 0, 10)
    torch.save([part.state_dict() for part in first], tmp_path / "state")
    for part, state in zip(second, torch.load(tmp_path / "state")):
        part.load_state_dict(state)
    run(*second, 10, 20)
    for a, b in zip(whole, second):
        assert_same(dict(a.state_dict()), dict(b.state_dict()))
