"""10 steps, save, load in a fresh model and optimizer, 10 more: the same digits as 20 uninterrupted steps."""

import numpy as np
import pytest

import tinyreg as torch
from tests.optim.options import EVERY, combinations
from tinyreg import optim
from tinyreg.optim import lr_scheduler

ROWS = [pytest.param(name, settings, id=f"{name}-{i}") for name in EVERY for i, settings in enumerate(combinations(name))]
SCHEDULES = {
    "StepLR": {"step_size": 4},
    "LinearLR": {"total_iters": 15},
    "CosineAnnealingLR": {"T_max": 20},
    "OneCycleLR": {"max_lr": 0.05, "total_steps": 20, "cycle_momentum": True},
    "ReduceLROnPlateau": {"patience": 1},
}


class Training:
    """A small network, an optimizer with two groups and perhaps a schedule, on batches that are known beforehand."""

    def __init__(self, name, settings, schedule=None, seed=0):
        torch.manual_seed(seed)
        self.model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3))
        groups = [{"params": self.model[0].parameters()}, {"params": self.model[2].parameters(), "lr": 0.003}]
        self.optimizer = getattr(optim, name)(groups, lr=0.01, **settings)
        self.schedule = schedule and getattr(lr_scheduler, schedule)(self.optimizer, **SCHEDULES[schedule])

    def run(self, first, last):
        for step in range(first, last):
            rng = np.random.default_rng(step)
            x, y = (torch.tensor(rng.standard_normal((5, size)).astype("float32")) for size in (4, 3))
            self.optimizer.zero_grad()
            loss = ((self.model(x) - y) ** 2).mean()
            loss.backward()
            self.optimizer.step()
            if self.schedule:
                self.schedule.step(*[loss] * self.schedule.needs_metric)
        return self

    def parts(self):
        return {key: part for key, part in vars(self).items() if part is not None}

    def save(self, path):
        torch.save({key: part.state_dict() for key, part in self.parts().items()}, path)

    def load(self, path):
        state = torch.load(path)
        for key, part in self.parts().items():
            part.load_state_dict(state[key])
        return self


def digits(tree):
    """A nested state with its Tensors as bytes."""
    if isinstance(tree, dict):
        return {key: digits(value) for key, value in tree.items()}
    return (tree.dtype, tree.numpy().tobytes()) if isinstance(tree, torch.Tensor) else tree


def assert_resumes(path, *setting):
    straight = Training(*setting).run(0, 20)
    Training(*setting).run(0, 10).save(path)
    resumed = Training(*setting, seed=1).load(path).run(10, 20)
    for key, part in straight.parts().items():
        assert digits(part.state_dict()) == digits(resumed.parts()[key].state_dict())


@pytest.mark.parametrize(("name", "settings"), ROWS)
def test_every_optimizer_resumes_bit_for_bit(tmp_path, name, settings):
    assert_resumes(tmp_path / "training.safetensors", name, settings)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize(("name", "settings"), [("SGD", {"momentum": 0.9}), ("Adam", {}), ("AdamW", {"amsgrad": True}), ("RMSprop", {})])
def test_so_does_a_schedule(tmp_path, name, settings, schedule):
    assert_resumes(tmp_path / "training.safetensors", name, settings, schedule)


@pytest.mark.parametrize("schedule", [name for name in SCHEDULES if name != "OneCycleLR"])
def test_and_one_on_an_optimizer_without_momentum(tmp_path, schedule):
    assert_resumes(tmp_path / "training.safetensors", "Adagrad", {"lr_decay": 0.01}, schedule)
