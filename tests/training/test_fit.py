import sys

import numpy as np
import pytest

import tinyreg as torch
from tinyreg.data import DataLoader, Digits, Subset, TensorDataset
from tinyreg.regularization import EarlyStopping
from tinyreg.training import History, evaluate, fit


def regression(n=24, seed=0):
    generator = torch.Generator(seed)
    x = torch.randn(n, 3, generator=generator)
    return x, (x @ torch.tensor([[1.0], [-2.0], [0.5]])) + 0.1 * torch.randn(n, 1, generator=generator)


def line(seed=0):
    torch.manual_seed(seed)
    return torch.nn.Linear(3, 1)


def test_fit_is_the_loop_that_one_would_write():
    x, y = regression()
    batches = [(x[i : i + 8], y[i : i + 8]) for i in range(0, 24, 8)]
    mse = torch.nn.MSELoss()
    by_hand, fitted = line(), line()
    sgd = torch.optim.SGD(by_hand.parameters(), lr=0.1)
    for _ in range(3):
        for a, b in batches:
            sgd.zero_grad()
            mse(by_hand(a), b).backward()
            sgd.step()
    history = fit(fitted, batches, loss=mse, optimizer=torch.optim.SGD(fitted.parameters(), lr=0.1), epochs=3)
    np.testing.assert_array_equal(fitted.weight.detach().numpy(), by_hand.weight.detach().numpy())
    assert history.steps == 9 and len(history) == 3 and "all 3 epochs" in history.stopped


@pytest.mark.parametrize("pieces", [(8, 8, 8), (10, 10, 4)])
def test_accumulation_equals_the_large_batch(pieces):
    x, y = (t.double() for t in regression())
    starts = np.cumsum((0, *pieces))
    batches = [(x[int(a) : int(b)], y[int(a) : int(b)]) for a, b in zip(starts, starts[1:])]
    mse = torch.nn.MSELoss()
    whole, gathered = line().double(), line().double()
    fit(whole, [(x, y)], loss=mse, optimizer=torch.optim.SGD(whole.parameters(), lr=0.1), epochs=5)
    history = fit(gathered, batches, loss=mse, optimizer=torch.optim.SGD(gathered.parameters(), lr=0.1), epochs=5, accumulate=3)
    np.testing.assert_allclose(gathered.weight.detach().numpy(), whole.weight.detach().numpy(), rtol=1e-13)
    assert history.steps == 5


def test_the_rest_of_an_epoch_makes_a_step_too():
    x, y = regression()
    model = line()
    batches = [(x[i : i + 8], y[i : i + 8]) for i in range(0, 24, 8)]
    history = fit(model, batches, loss=torch.nn.MSELoss(), optimizer=torch.optim.SGD(model.parameters(), lr=0.1), epochs=1, accumulate=2)
    assert history.steps == 2


def test_clipping_bounds_the_step():
    x, y = regression()
    model = line()
    before = model.weight.detach().clone(), model.bias.detach().clone()
    fit(model, [(x, 1000 * y)], loss=torch.nn.MSELoss(), optimizer=torch.optim.SGD(model.parameters(), lr=1.0), epochs=1, clip_norm=0.5)
    moved = sum(((now.detach() - then) ** 2).sum().item() for now, then in zip(model.parameters(), before)) ** 0.5
    assert moved == pytest.approx(0.5, rel=1e-4)


@pytest.mark.parametrize(("every", "rates"), [("epoch", [1.0, 0.1, 1e-2]), ("step", [1e-2, 1e-4, 1e-6])])
def test_schedules_step_when_told(every, rates):
    x, y = regression()
    model = line()
    sgd = torch.optim.SGD(model.parameters(), lr=1.0)
    seen = []
    schedule = torch.optim.lr_scheduler.StepLR(sgd, 1, gamma=0.1)
    batches = [(x[:12], y[:12]), (x[12:], y[12:])]
    fit(
        model,
        batches,
        loss=torch.nn.MSELoss(),
        optimizer=sgd,
        epochs=3,
        schedule=schedule,
        schedule_every=every,
        callbacks=[lambda e, row, m: seen.append(row["lr"])],
    )
    assert seen == pytest.approx(rates)


def test_early_stopping_ends_with_the_best_weights():
    x, y = regression()
    model = line()
    best = {}

    def remember(epoch, row, model):
        if row["val_loss"] < best.get("loss", np.inf):
            best.update(loss=row["val_loss"], weight=model.weight.detach().clone(), epoch=epoch)

    sgd = torch.optim.SGD(model.parameters(), lr=0.2)
    # validation data of another line: fitting the first makes them worse after a while
    history = fit(
        model,
        [(x, y)],
        [(x, -y)],
        loss=torch.nn.MSELoss(),
        optimizer=sgd,
        epochs=200,
        early_stopping=EarlyStopping(patience=4),
        callbacks=[remember],
    )
    assert len(history) == best["epoch"] + 4 and "no improvement for 4 epochs" in history.stopped
    np.testing.assert_array_equal(model.weight.detach().numpy(), best["weight"].numpy())


def test_a_callback_that_returns_true_ends_training():
    x, y = regression()
    model = line()
    history = fit(
        model,
        [(x, y)],
        loss=torch.nn.MSELoss(),
        optimizer=torch.optim.SGD(model.parameters(), lr=0.1),
        epochs=9,
        callbacks=[lambda e, r, m: e == 2],
    )
    assert len(history) == 2 and "after epoch 2" in history.stopped


def test_nan_loss_stops_and_names_the_step():
    x, y = regression()
    y[17] = float("nan")
    model = line()
    batches = [(x[i : i + 8], y[i : i + 8]) for i in range(0, 24, 8)]
    with pytest.raises(FloatingPointError, match=r"got nan at step 3 \(epoch 1, batch 3\) with learning rate 0.1"):
        fit(model, batches, loss=torch.nn.MSELoss(), optimizer=torch.optim.SGD(model.parameters(), lr=0.1), epochs=2)
    assert np.isfinite(model.weight.detach().numpy()).all()


def test_a_device_is_read_rarely_and_at_the_end_of_an_epoch(monkeypatch):
    """Reading the loss from a GPU waits for it, so that is done every 50 batches, and once after the last."""
    monkeypatch.setattr(torch.backend, "current", lambda: "cupy")
    x, y = regression()
    y[17] = float("nan")
    model = line()
    batches = [(x[i : i + 8], y[i : i + 8]) for i in range(0, 24, 8)]
    with pytest.raises(FloatingPointError, match=r"got nan at step 3 \(epoch 1, batch 3\)"):
        fit(model, batches, loss=torch.nn.MSELoss(), optimizer=torch.optim.SGD(model.parameters(), lr=0.1), epochs=2)


@pytest.mark.parametrize(("backend", "measured"), [("numpy", [*range(1, 22), 31, 41, 51]), ("cupy", [50])])
def test_the_gradient_is_measured_now_and_then(backend, measured, monkeypatch):
    """At the first steps and every tenth; on a device where the loss is read anyway."""
    module = sys.modules["tinyreg.training.fit"]
    steps, seen = [], []
    model = line()
    sgd = torch.optim.SGD(model.parameters(), lr=1e-3)
    monkeypatch.setattr(sgd, "step", lambda: (steps.append(1), torch.optim.SGD.step(sgd)))
    monkeypatch.setattr(module, "get_total_norm", lambda grads: (seen.append(len(steps) + 1), torch.tensor(1.0))[1])
    monkeypatch.setattr(torch.backend, "current", lambda: backend)
    x, y = regression()
    fit(model, [(x, y)] * 60, loss=torch.nn.MSELoss(), optimizer=sgd, epochs=1)
    assert seen == measured


def test_the_mode_is_given_back_and_evaluation_records_nothing():
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Dropout(0.5), torch.nn.Linear(4, 2)).eval()
    x = torch.ones(6, 3)
    y = torch.tensor([0, 1, 0, 1, 0, 1])
    first = evaluate(model, [(x, y)], torch.nn.CrossEntropyLoss())
    assert first == pytest.approx(evaluate(model, [(x[:2], y[:2]), (x[2:], y[2:])], torch.nn.CrossEntropyLoss()))
    assert first["accuracy"] == 0.5
    fit(model, [(x, y)], loss=torch.nn.CrossEntropyLoss(), optimizer=torch.optim.SGD(model.parameters(), lr=0.1), epochs=1)
    assert not model.training and all(p.grad is None for p in model.parameters())


def test_the_bar_is_told_of_every_batch(monkeypatch):
    told = []
    monkeypatch.setattr("tinyreg.training.progress.Progress.within", lambda bar, share: told.append(share))
    x, y = regression()
    model = line()
    sgd = torch.optim.SGD(model.parameters(), lr=0.1)
    fit(model, [(x[:12], y[:12]), (x[12:], y[12:])], loss=torch.nn.MSELoss(), optimizer=sgd, epochs=2)
    assert told == [0.5, 1.0] * 2
    fit(model, (batch for batch in [(x, y)]), loss=torch.nn.MSELoss(), optimizer=sgd, epochs=1)
    assert len(told) == 4, "of a generator nobody knows how far it is"


def test_digits_are_learnt():
    torch.manual_seed(0)
    data = Subset(Digits(), range(600))
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10))
    loader = DataLoader(data, batch_size=32, shuffle=True, generator=torch.Generator(0))
    history = fit(
        model,
        loader,
        DataLoader(Digits(train=False), batch_size=256),
        loss=torch.nn.CrossEntropyLoss(),
        optimizer=torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9),
        epochs=10,
    )
    assert history["val_accuracy"][-1] > 0.88 and history["accuracy"][-1] > 0.97
    assert "val_accuracy=" in repr(history)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 0}, "epochs must be an integer of at least 1, got 0"),
        ({"accumulate": 0}, "got 0"),
        ({"schedule_every": "day"}, "got 'day'"),
        ({"clip_norm": 0}, "got 0"),
        ({"early_stopping": EarlyStopping(1)}, "got validation=None"),
        ({"train": []}, "got none in epoch 1"),
        ({"loss": torch.nn.MSELoss(reduction="none")}, r"got shape \(24, 1\)"),
        ({"regularizer": lambda model, *_: model.weight}, r"regularizer must return a 0-d Tensor, got shape \(1, 3\)"),
        ({"regularizer": lambda *_: 0.5}, "regularizer must return a 0-d Tensor, got float; sum or average it"),
    ],
)
def test_refusals(options, message):
    model = line()
    settings = {
        "train": [regression()],
        "loss": torch.nn.MSELoss(),
        "optimizer": torch.optim.SGD(model.parameters(), lr=0.1),
        "epochs": 1,
        **options,
    }
    with pytest.raises(ValueError, match=message):
        fit(model, settings.pop("train"), **settings)


def test_accuracy_is_watched_only_where_there_are_classes():
    x, y = regression()
    model = line()
    stop = EarlyStopping(1, mode="max")
    with pytest.raises(ValueError, match="mode='max' watches the validation accuracy, got targets that are not classes"):
        fit(
            model,
            [(x, y)],
            [(x, y)],
            loss=torch.nn.MSELoss(),
            optimizer=torch.optim.SGD(model.parameters(), lr=0.1),
            epochs=1,
            early_stopping=stop,
        )


def test_nothing_to_measure_on_is_refused():
    with pytest.raises(ValueError, match="evaluate: there must be a batch, got none; a generator is empty"):
        evaluate(line(), (batch for batch in ()), torch.nn.MSELoss())


def test_history_names_what_it_has():
    with pytest.raises(KeyError, match="got 'loss'"):
        History()["loss"]


def test_penalty_in_the_loss_shrinks_the_weights():
    x, y = regression()
    mse = torch.nn.MSELoss()

    def norm_after(strength):
        model = line()
        sgd = torch.optim.SGD(model.parameters(), lr=0.1)
        fit(model, [(x, y)], loss=lambda out, y: mse(out, y) + torch.regularization.l2_penalty(model, strength), optimizer=sgd, epochs=100)
        return model.weight.detach().norm().item()

    assert norm_after(1.0) < 0.8 * norm_after(0.0)


def test_tensor_dataset_feeds_it():
    x, y = regression()
    model = line()
    history = fit(
        model,
        DataLoader(TensorDataset(x, y), batch_size=6),
        loss=torch.nn.MSELoss(),
        optimizer=torch.optim.Adam(model.parameters(), lr=0.05),
        epochs=3,
    )
    assert history.steps == 12 and "accuracy" not in history.rows[0]


def test_evaluation_gives_every_module_its_own_mode_back():
    model = torch.nn.Sequential(torch.nn.BatchNorm1d(3).eval(), torch.nn.Dropout(0.5), torch.nn.Linear(3, 1))
    evaluate(model, [regression()], torch.nn.MSELoss())
    assert [module.training for module in model] == [False, True, True] and model.training
