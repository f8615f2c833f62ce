"""Whole training runs on the device: the digits of NumPy's, and a training step that never waits."""

import numpy as np
import pytest

import tinyreg
from tests.stand_in.array import traffic
from tests.stand_in.twice import assert_equal, host, twice
from tinyreg import backend, nn, regularization
from tinyreg.data import DataLoader, Digits, TensorDataset
from tinyreg.models import MLP, LeNet
from tinyreg.optim import SGD, Adam, lr_scheduler
from tinyreg.training import fit


@pytest.fixture(scope="module")
def digits():
    """Images and classes in host memory: 200 to train on, 60 to validate on."""
    data = Digits()
    images, labels = data.data.numpy().astype("float64"), data.targets.numpy()
    return (images[:200], labels[:200]), (images[200:260], labels[200:260])


def drawn_on_the_host(make):
    """A model whose initial weights are the same on both backends."""
    tinyreg.manual_seed(3)
    generator = tinyreg.random.default_generator()
    generator.on_host = True
    model = make().double()
    generator.on_host = False
    return model


def tensors(arrays):
    return tuple(tinyreg.tensor(array) for array in arrays)


def small_lenet():
    return LeNet((1, 8, 8), dropout=0.2, normalization="batch")


def small_mlp():
    return nn.Sequential(nn.Flatten(), MLP(64, [20], 10, dropout=0.2))


@pytest.mark.parametrize("build", [small_lenet, small_mlp])
def test_a_whole_run_equals_numpys(device, digits, build, tmp_path):
    """Three epochs with validation, clipping, accumulation, a schedule, early stopping and checkpoints, in float64."""

    def run():
        model = drawn_on_the_host(build)
        optimizer = SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4)
        loader = DataLoader(TensorDataset(*tensors(digits[0])), 40, shuffle=True, generator=tinyreg.random.Generator(7))
        history = fit(
            model,
            loader,
            [tensors(digits[1])],
            loss=nn.CrossEntropyLoss(label_smoothing=0.1),
            optimizer=optimizer,
            epochs=3,
            schedule=lr_scheduler.CosineAnnealingLR(optimizer, 3),
            clip_norm=1.0,
            accumulate=2,
            early_stopping=regularization.EarlyStopping(2, restore_best=True),
            checkpoint=tmp_path / f"{backend.current()}.tinyreg",
            progress=False,
        )
        assert history.stopped == "all 3 epochs are done" and history.steps == 9
        return host(model.state_dict().values()), [{k: v for k, v in row.items() if k != "seconds"} for row in history.rows]

    (wanted, rows), (got, device_rows) = twice(device, run)
    assert_equal(got, wanted)
    for ours, numpys in zip(device_rows, rows, strict=True):
        assert ours == pytest.approx(numpys, rel=1e-9)
    assert rows[-1]["val_loss"] < rows[0]["val_loss"]


def test_a_run_resumes_on_the_device(device, digits, tmp_path):
    def run(epochs, resume=False):
        model = drawn_on_the_host(small_mlp)
        loader = DataLoader(TensorDataset(*tensors(digits[0])), 40, shuffle=True, generator=tinyreg.random.Generator(7))
        fit(
            model,
            loader,
            loss=nn.CrossEntropyLoss(),
            optimizer=Adam(model.parameters(), lr=0.01),
            epochs=epochs,
            checkpoint=tmp_path / "run.tinyreg",
            resume=resume,
            progress=False,
        )
        return model

    first, second = run(1), run(2, resume=True)
    pairs = zip(host(first.parameters()), host(second.parameters()))
    assert all(not np.array_equal(before, after) for before, after in pairs)


def test_a_training_step_never_waits(device, digits):
    model = drawn_on_the_host(small_lenet).float().train()
    optimizer = Adam(model.parameters(), lr=1e-3, weight_decay=1e-4)
    schedule = lr_scheduler.OneCycleLR(optimizer, 1e-2, total_steps=10)
    loss = nn.CrossEntropyLoss(label_smoothing=0.1)
    x, y = tensors(digits[0])
    x, batches = x.float(), tinyreg.randperm(200).numpy().reshape(5, 40)
    for indices in batches:
        with device.never_waits():
            optimizer.zero_grad()
            rows = tinyreg.as_tensor(indices)
            value = loss(model(x[rows]), y[rows]) + regularization.l2_penalty(model, 1e-4)
            value.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    assert np.isfinite(value.item())


@pytest.mark.parametrize("device", ["stand-in"], indirect=True)
def test_an_epoch_waits_a_few_times(device, digits):
    """fit reads the device every 50 batches and at the end of an epoch, not at every one of 100 batches."""
    model = small_mlp().double()
    loader = DataLoader(TensorDataset(*tensors(digits[0])), 2, shuffle=True)
    traffic.forget()
    fit(model, loader, loss=nn.CrossEntropyLoss(), optimizer=SGD(model.parameters(), lr=0.01), epochs=1, progress=False)
    assert len(loader) == 100 and len(traffic.waits) <= 10, traffic.waits


def test_a_label_out_of_range_is_told_late_but_told(device):
    scores, labels = tinyreg.zeros(2, 3), tinyreg.tensor([0, 7])
    with device.never_waits():
        loss = nn.functional.cross_entropy(scores, labels)
    with pytest.raises(IndexError, match=r"cross_entropy: class labels .*got 7 at index \(1,\) for 3 classes") as caught:
        loss.item()
    assert "one of the last 1 that were checked" in caught.value.__notes__[0]
    assert loss.item()  # it is told once


def test_what_nobody_reads_is_looked_at_after_a_while(device):
    scores, labels = tinyreg.zeros(2, 3), tinyreg.tensor([0, 7])
    nn.functional.nll_loss(scores, labels)
    with pytest.raises(IndexError, match="nll_loss: .*got 7"):
        for _ in range(backend.CHECK_EVERY):
            nn.functional.nll_loss(scores, labels * 0)


LATE = [
    (IndexError, "got 5 at index", lambda: nn.functional.cross_entropy(tinyreg.zeros(2, 3), tinyreg.tensor([5, -100]))),
    (RuntimeError, "one_hot: .*got 3 for 3", lambda: nn.functional.one_hot(tinyreg.tensor([3, 1]), 3)),
    (RuntimeError, "got values from 0.5 to 1.5", lambda: nn.functional.binary_cross_entropy(tinyreg.tensor([0.5, 1.5]), tinyreg.ones(2))),
    (RuntimeError, "got values from 0.5 to 1.5", lambda: tinyreg.bernoulli(tinyreg.tensor([0.5, 1.5]))),
    (RuntimeError, "gather: .*got 2 for", lambda: tinyreg.zeros(2, 2).gather(0, tinyreg.tensor([[2, 0]]))),
    (IndexError, "index: .*got 4 for", lambda: tinyreg.zeros(3)[tinyreg.tensor([0, 4])]),
    (IndexError, "index: .*got -4 for", lambda: tinyreg.zeros(3, 3).__setitem__((slice(None), tinyreg.tensor([-4])), 1.0)),
]


@pytest.mark.parametrize(("error", "words", "call"), LATE, ids=[row[1] for row in LATE])
def test_checks_of_values_come_late(device, error, words, call):
    with device.never_waits():
        call()
    with pytest.raises(error, match=words):
        backend.run_checks()
    backend.run_checks()


def test_a_nan_loss_ends_the_training(device):
    model = nn.Linear(2, 1)
    x = tinyreg.tensor([[float("nan"), 1.0]])
    with pytest.raises(FloatingPointError, match="fit: the loss must be finite, got nan"):
        fit(model, [(x, x[:, :1])], loss=nn.MSELoss(), optimizer=SGD(model.parameters(), lr=0.1), epochs=1, progress=False)


def test_devices_and_host_meet_only_by_name(device):
    x = tinyreg.tensor([1.0, 2.0])
    assert x.is_cuda and str(x.device) == "cuda:0" and x.cpu().device == "cpu" and tinyreg.cuda.is_available()
    with pytest.raises(TypeError, match="Unsupported type"):
        x + x.cpu()
    assert x.cpu().numpy().tolist() == x.numpy().tolist() == [1.0, 2.0]
    assert (x.cpu().cuda() + x).tolist() == [2.0, 4.0]
