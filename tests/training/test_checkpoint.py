"""The file: when it is written, and that it is whole at every instant."""

import errno
import os
import shutil

import numpy as np
import pytest

import tinyreg as torch
from tests.training.small import files, steps, train
from tinyreg import nn, serialization
from tinyreg.training import Checkpoint

# when


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [0, 3, 6, 9, 12]),
        ({"every_epochs": 2}, [0, 6, 12]),
        ({"every_epochs": 3}, [0, 9, 12]),  # and after the last one
        ({"every_epochs": None}, [0, 12]),
        ({"every_epochs": None, "every_steps": 5}, [0, 5, 10, 12]),
        ({"every_epochs": None, "every_seconds": 1e-9}, [*range(13), 12]),  # after each step, and at the end
        ({"every_epochs": None, "every_seconds": 1e9}, [0, 12]),
    ],
)
def test_when_it_is_written(options, expected, tmp_path, monkeypatch):
    written = []
    replace = os.replace

    def watch(source, target):
        replace(source, target)
        written.append(steps(target))

    monkeypatch.setattr(os, "replace", watch)
    train(Checkpoint(tmp_path / "run.ckpt", **options), epochs=4)
    assert written == expected and files(tmp_path) == ["run.ckpt"]


def test_it_is_written_at_an_early_end(tmp_path):
    path = tmp_path / "run.ckpt"
    train(Checkpoint(path, every_epochs=None), epochs=9, callbacks=[lambda epoch, row, model: epoch == 2])
    assert torch.load(path)["run"]["history"]["stopped"] == "a callback ended it after epoch 2" and steps(path) == 6


def test_the_last_ones_are_kept(tmp_path):
    path = tmp_path / "run.ckpt"
    train(Checkpoint(path, every_epochs=None, every_steps=1, keep=3), epochs=3)
    assert files(tmp_path) == ["run.ckpt", "run.ckpt.1", "run.ckpt.2"]
    assert [steps(name) for name in (path, f"{path}.1", f"{path}.2")] == [9, 9, 8]  # the last epoch is over in the first


def test_a_file_system_without_links(tmp_path, monkeypatch):
    def no_link(*names):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_link)
    path = tmp_path / "run.ckpt"
    train(Checkpoint(path, every_epochs=None, every_steps=1, keep=2), epochs=2)
    assert [steps(name) for name in (path, f"{path}.1")] == [6, 6] and files(tmp_path) == ["run.ckpt", "run.ckpt.1"]


# what becomes of other files


def test_another_runs_file_is_set_aside(tmp_path):
    path = tmp_path / "run.ckpt"
    train(path, epochs=3)
    before = path.read_bytes()
    train(path, epochs=1, resume=False)
    assert (tmp_path / "run.ckpt.old").read_bytes() == before and steps(path) == 3 and files(tmp_path) == ["run.ckpt", "run.ckpt.old"]


def test_a_folder_is_not(tmp_path):
    (tmp_path / "runs").mkdir()
    for resume in (False, True):
        with pytest.raises(IsADirectoryError, match=r"fit: the checkpoint must be .*, got Is a directory for .*runs"):
            train(tmp_path / "runs", resume=resume)
    assert files(tmp_path) == ["runs"] and not files(tmp_path / "runs")


def test_what_a_killed_process_left_is_removed(tmp_path):
    for name in ("run.ckpt.abc_1234.part", "run.ckpt.2.abc_1234.part", "notes.part"):
        (tmp_path / name).write_bytes(b"half")
    train(tmp_path / "run.ckpt")
    assert files(tmp_path) == ["notes.part", "run.ckpt", "run.ckpt.2.abc_1234.part"]  # nobody else's


def test_the_name_may_hold_what_a_pattern_does(tmp_path):
    (tmp_path / "run[1].ckpt.abc_1234.part").write_bytes(b"half")
    train(tmp_path / "run[1].ckpt")
    assert files(tmp_path) == ["run[1].ckpt"]


# what keeps it from being read


@pytest.mark.parametrize("damage", ["cut", "bit", "empty", "pickle"])
def test_a_damaged_file_is_named_and_so_is_the_way_out(damage, tmp_path):
    path = tmp_path / "run.ckpt"
    train(Checkpoint(path, keep=2), epochs=2)
    data = bytearray(path.read_bytes())
    if damage == "bit":
        data[-7] ^= 4
    path.write_bytes({"cut": data[:-30], "bit": data, "empty": b"", "pickle": b"\x80\x02}q\x00."}[damage])
    before = path.read_bytes()
    with pytest.raises(RuntimeError, match=rf"fit: the checkpoint must be whole, got a file that is not \(load: {path} must .*") as caught:
        train(Checkpoint(path, keep=2), epochs=3)
    assert f"rename {path}.1, which is whole (step 3), to it, or remove it to begin anew" in str(caught.value)
    assert path.read_bytes() == before
    with pytest.raises(RuntimeError, match=r"remove it to begin anew \(keep=2 keeps the one before, too\)"):
        train(path, epochs=3)
    os.replace(f"{path}.1", path)
    assert train(path, epochs=3) == train(None, epochs=3, resume=False)


def test_another_file_is_no_checkpoint(tmp_path):
    path = tmp_path / "weights.pth"
    torch.save(nn.Linear(1, 1).state_dict(), path)
    with pytest.raises(RuntimeError, match="weights.pth must be a checkpoint that fit wrote, got something else; give another path"):
        train(path)


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    path = tmp_path / "run.ckpt"
    train(path)

    def refused(path):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("tinyreg.training.checkpoint.load", refused)
    with pytest.raises(
        PermissionError, match="fit: the checkpoint must be readable, got Permission denied for .*; make it a file that you may"
    ):
        train(path)


# what may be in it


def test_its_weights_can_be_taken(tmp_path):
    path = tmp_path / "run.ckpt"
    weights = train(path)
    model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.Linear(8, 2))
    model.load_state_dict(torch.load(path)["run"]["model"])
    assert [p.tolist() for p in model.parameters()] == weights


def test_any_path_will_do(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    train("run.ckpt")
    train(Checkpoint(tmp_path / "run.ckpt"))
    assert files(tmp_path) == ["run.ckpt"]


def test_the_old_name_of_a_writing_stays_until_the_new_one_is_there(tmp_path, monkeypatch):
    """What is renamed is whole already: nothing is written after it."""
    order = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (order.append("flushed"), fsync(handle)))
    monkeypatch.setattr(os, "replace", lambda *names: (order.append("renamed"), replace(*names)))
    serialization.write_atomically(tmp_path / "a", b"content", before=lambda: order.append("before"))
    assert order == ["flushed", "before", "renamed"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"every_epochs": 0}, "Checkpoint: every_epochs must be an integer of at least 1, got every_epochs=0"),
        ({"every_steps": 1.5}, "got every_steps=1.5"),
        ({"keep": None}, "got keep=None"),
        ({"every_seconds": 0}, "Checkpoint: every_seconds must be positive, got every_seconds=0"),
        ({"every_seconds": float("nan")}, "got every_seconds=nan"),
    ],
)
def test_refusals(options, message):
    with pytest.raises(ValueError, match=message):
        Checkpoint("run.ckpt", **options)


def test_the_size_is_that_of_its_content(tmp_path):
    """Weights, twice as much for Adam, and a few thousand characters of text."""
    path = tmp_path / "run.ckpt"
    weights = train(path)
    numbers = sum(np.size(w) for w in weights)
    assert 3 * 4 * numbers < path.stat().st_size < 3 * 4 * numbers + 20_000
    shutil.copy(path, tmp_path / "copy.ckpt")
    assert train(tmp_path / "copy.ckpt", epochs=4) == train(path, epochs=4), "a copy is as good"
