"""Every room that draws or remembers, in a training that was killed and resumed: bit for bit the one that was not."""

import pytest

import tinyreg as torch
from tests.training.sameness import assert_same
from tinyreg import nn, random, transforms
from tinyreg.data import ConcatDataset, DataLoader, Subset, TensorDataset
from tinyreg.optim.lr_scheduler import SWALR
from tinyreg.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tinyreg.regularization import (
    SAM,
    GaussianDropout,
    add_gradient_noise_,
    annealed_std,
    gradient_penalty,
    jacobian_penalty,
    monte_carlo,
    random_shrink_,
    stochastic_residual,
    virtual_adversarial_loss,
)
from tinyreg.training import Checkpoint, fit

EPOCHS = 3


class Killed(BaseException):
    """In place of a signal: nothing in the library expects it."""


class Residual(nn.Module):
    """A branch that is left out at random, and one of torchvision's form."""

    def __init__(self):
        super().__init__()
        self.inner, self.last = nn.Linear(12, 12), nn.Sequential(nn.Linear(12, 12), nn.StochasticDepth(0.5, "row"))

    def forward(self, x):
        x = stochastic_residual(x, self.inner, 0.5, self.training)
        return x + self.last(x)


def network(*layers):
    return nn.Sequential(nn.Flatten(), nn.Linear(36, 12), *layers, nn.Tanh(), nn.Linear(12, 4))


def with_hook(make, *arguments, before=None, after=None):
    def optimizer(parameters):
        made = make(parameters, *arguments)
        if before:
            made.register_step_pre_hook(lambda optimizer, *_: before(optimizer))
        if after:
            made.register_step_post_hook(lambda optimizer, *_: after(optimizer))
        return made

    return {"optimizer": optimizer}


def gradient_noise(optimizer):
    for group in optimizer.param_groups:
        add_gradient_noise_(group["params"], annealed_std(optimizer.steps, eta=0.3))


def adam(parameters):
    return torch.optim.Adam(parameters, lr=0.01)


def sgd(parameters):
    return torch.optim.SGD(parameters, lr=0.1, momentum=0.9)


AUGMENT = transforms.Compose(
    [
        transforms.RandomHorizontalFlip(),
        transforms.RandomCrop(6, 1),
        transforms.RandomApply([transforms.GaussianNoise()]),
        transforms.RandomErasing(),
    ]
)
SETTINGS = {  # name -> what differs from a plain training
    "SAM": lambda: {"model": network(nn.Dropout(0.3), nn.BatchNorm1d(12)), "optimizer": lambda p: SAM(sgd(p), 0.1)},
    "adaptive SAM": lambda: {"model": network(nn.GaussianNoise(0.1)), "optimizer": lambda p: SAM(adam(p), adaptive=True), "accumulate": 2},
    "gradient noise": lambda: with_hook(adam, before=gradient_noise),
    "gradient noise in SAM": lambda: {"optimizer": lambda p: SAM(with_hook(sgd, before=gradient_noise)["optimizer"](p))},
    "shrinking": lambda: with_hook(sgd, after=lambda optimizer: random_shrink_(optimizer.param_groups[0]["params"], 0.1)),
    "weight norm": lambda: {"model": network(nn.utils.weight_norm(nn.Linear(12, 12)))},
    "spectral norm": lambda: {"model": network(nn.utils.spectral_norm(nn.Linear(12, 12)))},
    "drop_connect": lambda: {"model": network(nn.DropConnect(nn.Linear(12, 12)), nn.DropConnect(nn.Linear(12, 12), per_example=True))},
    "residual": lambda: {"model": network(Residual())},
    "noise": lambda: {"model": network(nn.GaussianNoise(0.3), GaussianDropout(0.2))},
    "alpha dropout": lambda: {"model": network(nn.AlphaDropout(0.3), nn.Unflatten(1, (3, 4)), nn.FeatureAlphaDropout(0.3), nn.Flatten())},
    "augmentation": lambda: {"batch_transform": AUGMENT},
    "mixup": lambda: {"batch_transform": transforms.Compose([AUGMENT, transforms.MixUp(num_classes=4)])},
    "a generator of its own": lambda: {
        "batch_transform": transforms.Compose([transforms.RandomCrop(6, 1, generator=random.Generator(5)), transforms.RandomErasing()]),
        "workers": 0,
    },
    "cutmix": lambda: {"batch_transform": transforms.CutMix(num_classes=4)},
    "jacobian": lambda: {"model": network(nn.Dropout(0.2)), "regularizer": lambda model, output, x, y: jacobian_penalty(model, x, 0.01)},
    "slopes": lambda: {
        "regularizer": lambda model, output, x, y: gradient_penalty(lambda x: model(x).sum(1), x, 0.01, params=model.parameters())
    },
    "virtual": lambda: {
        "model": network(nn.Dropout(0.2)),
        "regularizer": lambda model, output, x, y: virtual_adversarial_loss(model, x, 0.3),
    },
    "monte_carlo": lambda: {
        "model": network(nn.Dropout(0.2)),
        "callback": lambda epoch, row, model: monte_carlo(model, torch.ones(2, 36), 3) and None,
    },
    "SWALR": lambda: {"schedule": lambda optimizer: SWALR(optimizer, 0.02, anneal_epochs=8), "average": AveragedModel},
    "moving average": lambda: {
        "model": network(nn.BatchNorm1d(12), nn.utils.spectral_norm(nn.Linear(12, 12))),
        "average": lambda model: AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9), use_buffers=True),
        "optimizer": lambda p: SAM(adam(p)),
    },
}


class Training:
    """A training with one of the settings, all of it made anew."""

    def __init__(self, name):
        torch.manual_seed(0)
        x, y = torch.randn(38, 1, 6, 6), torch.randint(0, 4, (38,))
        settings = {"model": None, "optimizer": sgd, "batch_transform": None, "schedule": None, "callback": None, "workers": 2} | SETTINGS[
            name
        ]()
        self.model = settings.pop("model") or network()
        self.optimizer = settings.pop("optimizer")(self.model.parameters())
        schedule = settings.pop("schedule")
        self.schedule = schedule and schedule(self.optimizer)
        self.callbacks = [callback] if (callback := settings.pop("callback")) else []
        if "average" in settings:
            average = settings.pop("average")(self.model)
            self.callbacks.append(average)
            self.optimizer.register_step_post_hook(lambda *_: average.update_parameters(self.model))
        self.loader = DataLoader(
            TensorDataset(x, y), 8, shuffle=True, num_workers=settings.pop("workers"), batch_transform=settings.pop("batch_transform")
        )
        self.settings, self.left = settings, None
        self.measure = nn.CrossEntropyLoss()

    def loss(self, output, y):
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise Killed
        return self.measure(output, y)

    def fit(self, checkpoint, kill_after=None):
        self.left = kill_after
        history = fit(
            self.model,
            self.loader,
            loss=self.loss,
            optimizer=self.optimizer,
            epochs=EPOCHS,
            schedule=self.schedule,
            schedule_every="step",
            callbacks=self.callbacks,
            checkpoint=Checkpoint(checkpoint, every_steps=1),
            resume=True,
            progress=False,
            **self.settings,
        )
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule and self.schedule.state_dict(),
            "callbacks": [callback.state_dict() for callback in self.callbacks if hasattr(callback, "state_dict")],
            "history": [{key: value for key, value in row.items() if key != "seconds"} for row in history.rows],
            "steps": [history.steps, self.optimizer.steps],
            "random": random.get_state(),
        }


@pytest.mark.parametrize("name", SETTINGS)
def test_killed_again_and_again(name, tmp_path):
    whole = Training(name).fit(tmp_path / "whole")
    path, kills = tmp_path / "killed", 0
    while True:
        try:
            found = Training(name).fit(path, kill_after=2 + kills % 5)
            break
        except Killed:
            kills += 1
    assert kills >= 3
    assert_same(found, whole)


def test_a_transform_that_threads_race_for_is_refused(tmp_path):
    training = Training("augmentation")
    training.loader.batch_transform = transforms.Compose([AUGMENT, transforms.MixUp(num_classes=4, generator=random.Generator(5))])
    with pytest.raises(ValueError, match=r"num_workers is above 0, got one of its own in MixUp \(train batch_transform transforms 1\)"):
        training.fit(tmp_path / "refused")
    training.loader.num_workers = 0
    training.fit(tmp_path / "taken")


def test_nor_one_deep_in_a_dataset(tmp_path):
    data = TensorDataset(torch.zeros(4, 1, 6, 6), torch.zeros(4))
    data.target_transform = transforms.RandomApply([transforms.RandomCrop(6, generator=random.Generator(5))])
    training = Training("augmentation")
    training.loader = DataLoader(ConcatDataset([Subset(data, [0, 1]), data]), 2, num_workers=1)
    with pytest.raises(ValueError, match=r"in RandomCrop \(train dataset datasets 0 dataset target_transform transforms 0\)"):
        training.fit(tmp_path / "refused")
