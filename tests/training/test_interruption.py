"""Ctrl-C: the step is finished, everything is saved, and nothing is lost."""

import os
import signal
import threading

import pytest

import tinyreg as torch
from tinyreg import nn
from tinyreg.data import DataLoader, TensorDataset
from tinyreg.training import Checkpoint, fit
from tinyreg.training.interruption import Interruption


def train(path, interrupt_at=None, epochs=4, **options):
    """A training in whose nth evaluation of the loss somebody presses Ctrl-C."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.5), nn.Linear(4, 1))
    x = torch.randn(32, 3)
    calls = 0

    def loss(output, y):
        nonlocal calls
        calls += 1
        if calls == interrupt_at:
            os.kill(os.getpid(), signal.SIGINT)
        return nn.functional.mse_loss(output, y)

    fit(
        model,
        DataLoader(TensorDataset(x, x[:, :1]), 8, shuffle=True, num_workers=2),
        [(x, x[:, :1])],
        loss=loss,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9),
        epochs=epochs,
        checkpoint=None if path is None else Checkpoint(path, every_epochs=None),
        resume=path is not None,
        progress=False,
        **options,
    )
    return [p.tolist() for p in model.parameters()]


@pytest.mark.parametrize(
    ("at", "place"),
    [
        (3, "step 3 (epoch 1, batch 3)"),
        (5, "step 4 (epoch 2, batch 0)"),  # while the first epoch is being validated: after that
        (7, "step 6 (epoch 2, batch 2)"),
    ],
)
def test_the_step_is_finished_and_saved(at, place, tmp_path, capfd):
    path = tmp_path / "run.ckpt"
    with pytest.raises(KeyboardInterrupt) as caught:
        train(path, at)
    assert f"got Ctrl-C; everything up to {place} is in {path}, and resume=True goes on from it" in str(caught.value)
    assert "will save and stop after this optimizer step; Ctrl-C again stops at once" in capfd.readouterr().err
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert train(path) == train(None)


def test_an_accumulation_is_finished_first(tmp_path):
    path = tmp_path / "run.ckpt"
    with pytest.raises(KeyboardInterrupt, match=r"step 1 \(epoch 1, batch 3\)"):
        train(path, 1, accumulate=3)
    assert train(path, accumulate=3) == train(None, accumulate=3)


def test_in_the_last_epochs_validation_it_is_not_lost(tmp_path):
    path = tmp_path / "run.ckpt"
    with pytest.raises(KeyboardInterrupt, match="step 4"):
        train(path, 5, epochs=1)
    assert train(path, epochs=1) == train(None, epochs=1)


def test_a_second_one_stops_at_once():
    with pytest.raises(KeyboardInterrupt) as caught, Interruption(True) as interruption:
        os.kill(os.getpid(), signal.SIGINT)
        assert interruption.asked
        os.kill(os.getpid(), signal.SIGINT)
        raise AssertionError("not reached")
    assert str(caught.value) == ""
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_without_a_checkpoint_it_stops_at_once():
    with pytest.raises(KeyboardInterrupt) as caught:
        train(None, 3)
    assert str(caught.value) == ""


def test_a_handler_of_the_program_stays():
    noted = []
    signal.signal(signal.SIGINT, lambda *_: noted.append(1))
    try:
        with Interruption(True) as interruption:
            os.kill(os.getpid(), signal.SIGINT)
        assert noted == [1] and not interruption.asked
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def test_another_thread_than_the_main_one_leaves_it_alone():
    inside = []

    def work():
        with Interruption(True):
            inside.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert inside == [signal.default_int_handler]
