"""One run: the data of a seed, and what is measured."""

import json

import numpy as np
import pytest

import tinyreg
from tinyreg import nn, optim
from tinyreg.datasets import Digits
from tinyreg.experiments import trial
from tinyreg.experiments.methods import METHODS
from tinyreg.experiments.settings import Settings
from tinyreg.experiments.tasks import Task

TINY = Settings(methods=("l2",), train_size=60, epochs=3, seeds=2)


def test_a_seed_draws_disjoint_parts_of_the_training_part():
    settings = Settings()
    (images, labels), (validation_images, validation_labels) = trial.draw_data(settings, 0)
    assert images.shape == (300, 1, 8, 8) and validation_images.shape == (500, 1, 8, 8) and images.dtype == np.float32
    assert labels.shape == (300,) and validation_labels.shape == (500,)
    digits = Digits(train=True)
    place = {image.tobytes(): i for i, image in enumerate(digits.data.numpy())}
    truth = digits.targets.numpy()
    train, validation = ([place[image.tobytes()] for image in part] for part in (images, validation_images))
    assert not set(train) & set(validation)
    assert (truth[validation] == validation_labels).all(), "validation labels are clean"
    assert (truth[train] != labels).sum() == 60, "20 % of the training labels are wrong, exactly"


def test_equal_seeds_draw_equal_data_and_others_other():
    settings = Settings()
    first, again, other = trial.draw_data(settings, 1), trial.draw_data(settings, 1), trial.draw_data(settings, 2)
    for a, b in zip(first, again):
        assert all(np.array_equal(x, y) for x, y in zip(a, b))
    assert not np.array_equal(first[0][0], other[0][0])


def test_the_labels_of_a_seed_stay_what_they_are():
    """A comparison that was published is drawn again digit by digit: these are the first labels of seed 0."""
    (_, labels), _ = trial.draw_data(Settings(), 0)
    assert labels[:24].tolist() == [3, 3, 9, 1, 2, 3, 5, 2, 3, 8, 0, 7, 7, 3, 5, 8, 1, 0, 9, 8, 3, 9, 6, 4]


def test_a_run_is_json_and_deterministic():
    task = (TINY, "final", "dropout", {"p": 0.5}, 0)
    first, again = trial.run(*task), trial.run(*task)
    assert json.loads(json.dumps(first)) == first
    for run in (first, again):
        assert run.pop("seconds") > 0
    assert first == again
    assert len(first["curves"]["train"]) == len(first["curves"]["validation"]) == first["epochs"] == 3
    assert sum(first["histogram"]) == 64 * 256 + 256 * 10
    assert 0 < first["weight_norm"] and first["zero_share"] == 0


def test_choosing_a_strength_never_touches_the_test_part(monkeypatch):
    opened = []
    original = Task.part
    monkeypatch.setattr(Task, "part", lambda task, train, root: opened.append(train) or original(task, train, root))
    run = trial.run(TINY, "selection", "l2", {"strength": 0.01}, 1000)
    assert "test_accuracy" not in run and opened == [True]
    trial.run(TINY, "final", "l2", {"strength": 0.01}, 0)
    assert opened == [True, True, False], "a reported run opens it once, last"


def test_l1_makes_exact_zeros_and_l2_none():
    settings = Settings(methods=("l2",), train_size=60, epochs=20)
    assert trial.run(settings, "final", "l1", {"strength": 0.03}, 0)["zero_share"] > 0.3
    assert trial.run(settings, "final", "l2", {"strength": 0.01}, 0)["zero_share"] == 0


def test_l2_is_weight_decay_of_plain_sgd(monkeypatch):
    """The penalty acts on weights alone; so does a decay of their parameter group: the same network to rounding."""
    penalized = trial.run(TINY, "final", "l2", {"strength": 0.1}, 0)

    def decayed(params, lr, strength):
        params = list(params)
        groups = [{"params": [p for p in params if p.ndim == 2], "weight_decay": strength}, {"params": [p for p in params if p.ndim == 1]}]
        return optim.SGD(groups, lr=lr)

    row = METHODS["l2"]
    monkeypatch.setitem(METHODS, "l2", type(row)("l2", "L2", "decay", row.candidates, optimizer=decayed))
    assert trial.run(TINY, "final", "l2", {"strength": 0.1}, 0)["weight_norm"] == pytest.approx(penalized["weight_norm"], rel=1e-5)


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning", "ignore:invalid value:RuntimeWarning")
def test_a_strength_that_diverges_is_not_chosen_and_stops_nothing():
    task = Settings(methods=("l2",), train_size=60, epochs=30), "selection", "l2", {"strength": 1e6}, 1000
    run = trial.run(*task)
    assert run["validation_accuracy"] == 0 and "the loss must be finite" in run["diverged"] and json.loads(json.dumps(run)) == run


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning", "ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("strength", [1e6, 1e30])
def test_a_reported_run_that_diverges_counts_as_it_answers(strength):
    settings = Settings(methods=("l2",), train_size=60, epochs=30)
    run = trial.run(settings, "final", "l2", {"strength": strength}, 0)
    assert "the loss must be finite" in run["diverged"] and run["epochs"] < 30
    assert json.loads(json.dumps(run, allow_nan=False)) == run
    assert 0 <= run["test_accuracy"] < 0.5 and len(run["curves"]["train"]) == run["epochs"] + 1


def test_early_stopping_ends_early():
    settings = Settings(methods=("l2",), train_size=60, epochs=60)
    run = trial.run(settings, "final", "early_stopping", {"patience": 2}, 0)
    assert run["epochs"] < 60 and run["validation_accuracy"] == max(run["curves"]["validation"])


@pytest.mark.parametrize("model", ["mlp", "lenet"])
@pytest.mark.parametrize("method", METHODS)
def test_every_method_trains_every_network(model, method):
    if model not in METHODS[method].models:
        pytest.skip(f"{method} acts on other networks")
    settings = Settings(methods=("l2",), train_size=60, epochs=1, model=model)
    run = trial.run(settings, "final", method, METHODS[method].candidates[0], 0)
    assert 0 <= run["test_accuracy"] <= 1 and np.isfinite(run["weight_norm"])


def test_accuracy_by_hand():
    model = nn.Sequential(nn.Flatten(), nn.Identity())
    outputs = tinyreg.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [3.0, 2.0]])
    model.train()
    assert trial.accuracy(model, outputs, tinyreg.tensor([0, 1, 1, 0])) == 0.75
    assert model.training


def test_what_a_row_changes_about_steps_and_measures(monkeypatch):
    """Every change that is made outside the network, in one row, with its strength."""
    seen = {name: [] for name in ("before", "after", "penalty", "batch", "predict", "clip")}

    def batch(strength):
        def double(batch):
            seen["batch"].append((tuple(batch[0].shape), strength))
            return batch

        return double

    def penalty(model, output, x, y, strength):
        seen["penalty"].append((model.training, tuple(output.shape), tuple(x.shape), tuple(y.shape), strength))
        return (output**2).mean()

    def clip_norm(strength):
        seen["clip"].append(strength)
        return 1.0

    class Last:
        """An average with a memory of one step."""

        def __init__(self, model):
            self.model, self.updates, self.training = model, 0, True

        def update_parameters(self, model):
            self.updates += 1

        def __getattr__(self, name):
            return getattr(self.model, name)

    averages = []
    row = type(METHODS["l2"])(
        "own",
        "own",
        "everything",
        ({"strength": 7},),
        penalty=penalty,
        batch=batch,
        clip_norm=clip_norm,
        before_step=lambda model, step, strength: seen["before"].append((step, strength)),
        after_step=lambda model, lr, strength: seen["after"].append((lr, strength)),
        averaged=lambda model, strength: averages.append(Last(model)) or averages[-1],
        predict=lambda model, x, strength: seen["predict"].append((type(model).__name__, strength)) or model.model(x),
    )
    monkeypatch.setitem(METHODS, "own", row)
    settings = Settings(methods=("l2",), train_size=100, epochs=2)
    run = trial.run(settings, "final", "own", {"strength": 7}, 0)
    assert seen["before"] == [(step, 7) for step in range(4)]
    assert seen["after"] == [(0.25, 7)] * 4
    assert seen["penalty"] == [(True, (50, 10), (50, 1, 8, 8), (50,), 7)] * 4
    assert seen["batch"] == [((50, 1, 8, 8), 7)] * 4 and seen["clip"] == [7]
    assert set(seen["predict"]) == {("Last", 7)} and averages[0].updates == 4
    assert run["test_accuracy"] > 0
