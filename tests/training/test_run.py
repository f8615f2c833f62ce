"""What a resumed run is given back, part by part: each broken off and resumed in this process, to the last bit."""

import pytest

import tinyreg as torch
from tests.training.sameness import assert_same
from tinyreg import nn
from tinyreg.data import DataLoader, TensorDataset
from tinyreg.regularization import EarlyStopping
from tinyreg.training import Checkpoint, fit


class Stop(Exception):
    """Raised where a training is to break off."""


def data(n=20, seed=3):
    x = torch.randn(n, 3, generator=torch.Generator(seed))
    return x, (x[:, 0] > 0).long()


def small(path, stop=None, *, epochs=3, batches=None, model=None, every_steps=1, make=None, seed=0, **options):
    """A small training that breaks off before step `stop`; the answer is what it left, or None where it broke off."""
    torch.manual_seed(seed)
    model = model() if model else nn.Sequential(nn.Linear(3, 6), nn.Dropout(0.4), nn.Linear(6, 2))
    optimizer = (make or (lambda params: torch.optim.SGD(params, lr=0.1, momentum=0.9)))(model.parameters())
    train = batches() if batches else DataLoader(TensorDataset(*data()), 6, shuffle=True)
    calls = 0

    def loss(output, y):
        nonlocal calls
        calls += output.requires_grad
        if calls == stop:
            raise Stop
        return nn.functional.cross_entropy(output, y)

    options = {name: option(optimizer) if name == "schedule" else option for name, option in options.items()}
    file = None if path is None else Checkpoint(path, every_steps=every_steps)
    try:
        history = fit(
            model, train, loss=loss, optimizer=optimizer, epochs=epochs, checkpoint=file, resume=path is not None, progress=False, **options
        )
    except Stop:
        return None
    rows = [{key: value for key, value in row.items() if key != "seconds"} for row in history.rows]
    return model.state_dict(), optimizer.state_dict(), rows, history.steps, history.stopped, random_state()


def random_state():
    return torch.default_generator().get_state()


def same_after_a_break(path, stops=(2, 5, 7), **options):
    whole = small(None, **options)
    for stop in stops:
        assert small(path, stop, **options) is None
        assert_same(small(path, **options), whole)
        path.unlink()


def test_dropout_shuffling_and_momentum(tmp_path):
    same_after_a_break(tmp_path / "a")


@pytest.mark.parametrize(
    "schedule",
    [
        lambda optimizer: torch.optim.lr_scheduler.StepLR(optimizer, 2, gamma=0.5),
        lambda optimizer: torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: 1 / (1 + t)),
        lambda optimizer: torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 12),
        lambda optimizer: torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.5, total_steps=20),
        lambda optimizer: torch.optim.lr_scheduler.SequentialLR(
            optimizer,
            [torch.optim.lr_scheduler.LinearLR(optimizer, total_iters=4), torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)],
            [4],
        ),
    ],
)
def test_schedules_by_step(schedule, tmp_path):
    same_after_a_break(tmp_path / "a", schedule=schedule, schedule_every="step")


def test_a_schedule_whose_first_step_comes_after_the_break(tmp_path):
    """Between the last step of an epoch and that of the schedule; no warning that the first rate was never used."""

    class BreaksOff:
        def __iter__(self):
            raise Stop

        def __len__(self):
            return 1

    options = {"schedule": lambda optimizer: torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.5)}
    whole = small(None, validation=[data(12, 4)], **options)
    assert small(tmp_path / "a", validation=BreaksOff(), **options) is None
    assert torch.load(tmp_path / "a")["run"]["history"]["rows"] == []
    resumed = small(tmp_path / "a", validation=[data(12, 4)], **options)
    assert_same(resumed, whole)


def test_a_schedule_that_watches_the_validation_loss(tmp_path):
    x, y = data(12, 4)
    options = {"schedule": lambda optimizer: torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0, factor=0.5)}
    same_after_a_break(tmp_path / "a", validation=[(x, 1 - y)], epochs=5, **options)
    rates = [row["lr"] for row in small(None, validation=[(x, 1 - y)], epochs=5, **options)[2]]
    assert rates[-1] < rates[0], "it was given the loss, which rises"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "fit: ReduceLROnPlateau needs the validation loss of an epoch, got validation=None; hold some"),
        ({"validation": [data()], "schedule_every": "step"}, "got schedule_every='step'; "),
    ],
)
def test_a_schedule_without_what_it_watches(options, message):
    with pytest.raises(ValueError, match=message):
        small(None, schedule=lambda optimizer: torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer), **options)


@pytest.mark.parametrize("make", [lambda p: torch.optim.Adam(p, amsgrad=True), lambda p: torch.optim.AdamW(p, lr=0.01)])
def test_optimizers(make, tmp_path):
    same_after_a_break(tmp_path / "a", make=make)


@pytest.mark.parametrize("accumulate", [2, 3, 4, 5])
def test_accumulation(accumulate, tmp_path):
    """Four batches an epoch: steps that fall on the last one, and a rest."""
    same_after_a_break(tmp_path / "a", accumulate=accumulate)


def test_early_stopping_keeps_its_best_weights(tmp_path):
    x, y = data(12, 4)
    for stop in (3, 9, 12):
        stopping = [EarlyStopping(patience=3) for _ in range(3)]
        options = {"validation": [(x, 1 - y)], "epochs": 20}  # the loss there rises from the beginning
        whole = small(None, early_stopping=stopping[0], **options)
        assert small(tmp_path / f"{stop}", stop, early_stopping=stopping[1], **options) is None
        assert_same(small(tmp_path / f"{stop}", early_stopping=stopping[2], **options), whole)
        assert "no improvement for 3 epochs" in whole[4]
        assert_same(stopping[2].state_dict(), stopping[0].state_dict())


def test_a_run_that_was_ended_has_ended(tmp_path):
    calls = []
    ends = [lambda epoch, row, model: calls.append(epoch) or epoch == 2]
    whole = small(tmp_path / "a", callbacks=ends)
    assert_same(small(tmp_path / "a", callbacks=ends, epochs=9), whole)
    assert calls == [1, 2] and whole[4] == "a callback ended it after epoch 2"


def test_more_epochs_go_on_from_the_last_weights(tmp_path):
    """Not from the best ones, which early stopping has put into the model at the end."""
    x, y = data(12, 4)
    options = {"validation": [(x, y)]}
    whole = small(None, epochs=6, early_stopping=EarlyStopping(patience=6), **options)
    small(tmp_path / "a", epochs=3, early_stopping=EarlyStopping(patience=6), **options)
    assert_same(small(tmp_path / "a", epochs=6, early_stopping=EarlyStopping(patience=6), **options), whole)
    assert_same(small(tmp_path / "a", epochs=6, early_stopping=EarlyStopping(patience=6), **options), whole)  # nothing is left to do


def test_the_same_objects_go_on_too(tmp_path):
    """As in a notebook, where the cell is run again."""
    whole = small(None, epochs=4, schedule=lambda o: torch.optim.lr_scheduler.StepLR(o, 1, gamma=0.5))
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 6), nn.Dropout(0.4), nn.Linear(6, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.5)
    train = DataLoader(TensorDataset(*data()), 6, shuffle=True)
    for epochs in (1, 3, 4):
        history = fit(
            model,
            train,
            loss=nn.CrossEntropyLoss(),
            optimizer=optimizer,
            epochs=epochs,
            schedule=schedule,
            checkpoint=tmp_path / "a",
            resume=True,
            progress=False,
        )
        torch.rand(5)  # what happens in between is none of its business
    assert_same((model.state_dict(), optimizer.state_dict(), history.steps), (*whole[:2], whole[3]))


def test_generators_that_parts_hold_as_their_own(tmp_path):
    class Masked(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear, self.generator = nn.Linear(3, 2), torch.Generator(11)

        def forward(self, x):
            return nn.functional.dropout(self.linear(x), 0.5, self.training, generator=self.generator)

    loader = lambda: DataLoader(TensorDataset(*data()), 6, shuffle=True, generator=torch.Generator(12))  # noqa: E731
    same_after_a_break(tmp_path / "a", model=Masked, batches=loader)


def test_one_generator_for_everything(tmp_path):
    """The loader's generator is the default one, passed by hand."""
    loader = lambda: DataLoader(TensorDataset(*data()), 6, shuffle=True, generator=torch.default_generator())  # noqa: E731
    same_after_a_break(tmp_path / "a", batches=loader)


def test_a_list_of_batches(tmp_path):
    x, y = data()
    same_after_a_break(tmp_path / "a", batches=lambda: [(x[i : i + 5], y[i : i + 5]) for i in range(0, 20, 5)])


def test_batches_that_are_shuffled_by_hand(tmp_path):
    x, y = data()

    class ByHand:
        def __iter__(self):
            for indices in torch.randperm(20).numpy().reshape(4, 5):
                yield x[indices], y[indices]

    same_after_a_break(tmp_path / "a", batches=ByHand)


def test_batches_that_do_not_come_again_are_refused(tmp_path):
    x, y = data()
    whole = [(x[i : i + 5], y[i : i + 5]) for i in range(0, 20, 5)]
    assert small(tmp_path / "a", 4, batches=lambda: iter(whole)) is None
    with pytest.raises(ValueError, match="train must give its batches again to be resumed, got fewer than the 3 that were consumed"):
        small(tmp_path / "a", batches=lambda: iter(whole[:2]))


def test_a_look_at_a_batch_is_no_pass(tmp_path):
    kept = []

    def looked_at():
        loader = DataLoader(TensorDataset(*data()), 6, shuffle=True)
        kept.append(iter(loader))  # begun, and never finished
        next(kept[-1])
        return loader

    same_after_a_break(tmp_path / "a", stops=(1, 2, 5), batches=looked_at)


def test_callbacks_with_a_state(tmp_path):
    class Total:
        def __init__(self):
            self.sum = 0.0

        def __call__(self, epoch, row, model):
            self.sum += row["loss"]

        def state_dict(self):
            return {"sum": self.sum}

        def load_state_dict(self, state_dict):
            self.sum = state_dict["sum"]

    totals = [Total() for _ in range(3)]
    small(None, callbacks=[totals[0]])
    small(tmp_path / "a", 7, callbacks=[totals[1]])
    small(tmp_path / "a", callbacks=[print_nothing, totals[2]][1:])
    assert totals[2].sum == totals[0].sum > totals[1].sum


def print_nothing(*_):
    """A callback without a state."""


def test_buffers_and_mode(tmp_path):
    same_after_a_break(tmp_path / "a", model=lambda: nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2)))


def test_seconds_before_the_break_count(tmp_path):
    assert small(tmp_path / "a", 3) is None
    saved = torch.load(tmp_path / "a")["run"]["seconds"]
    slow = torch.load(tmp_path / "a")
    assert saved > 0
    slow["run"]["seconds"] = saved + 100
    torch.save(slow, tmp_path / "a")
    small(tmp_path / "a")
    seconds = [row["seconds"] for row in torch.load(tmp_path / "a")["run"]["history"]["rows"]]
    assert seconds[0] > 100 > seconds[1]


def test_validation_passes_are_counted(tmp_path):
    """A validation loader with a random transform goes on where it was."""

    class Noisy(TensorDataset):
        batch = property()  # one example at a time

        def __getitem__(self, index):
            x, y = super().__getitem__(index)
            return x + torch.randn(3), y

    x, y = data(12, 4)
    whole = small(None, validation=DataLoader(Noisy(x, y), 4))
    assert small(tmp_path / "a", 6, validation=DataLoader(Noisy(x, y), 4)) is None
    resumed = small(tmp_path / "a", validation=DataLoader(Noisy(x, y), 4))
    assert_same(resumed, whole)
    assert len({row["val_loss"] for row in whole[2]}) == 3


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"resume": True}, ValueError, "fit: resume needs a checkpoint to go on from, got checkpoint=None; pass its path"),
        ({"checkpoint": 3}, TypeError, "fit: checkpoint must be a path or a Checkpoint, got int; None writes none"),
        ({"optimizer": object()}, TypeError, "fit: optimizer must have state_dict.* to be saved, got object"),
    ],
)
def test_refusals(options, error, message, tmp_path):
    model = nn.Linear(3, 2)
    options = {"optimizer": torch.optim.SGD(model.parameters()), "checkpoint": tmp_path / "a"} | options
    if options.get("resume"):
        options["checkpoint"] = None
    with pytest.raises(error, match=message):
        fit(model, [data()], loss=nn.CrossEntropyLoss(), epochs=1, **options)
