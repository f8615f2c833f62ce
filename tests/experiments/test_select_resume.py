"""A selection that was stopped, or killed, goes on with the same digits; another one does not."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.experiments.test_select import digits_of, quick, tiny  # noqa: F401  (quick is a fixture)
from tinyreg.experiments import select as module
from tinyreg.experiments.bad_option import BadOption
from tinyreg.experiments.select import NAME, Interrupted, begun_with, draw, select

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("calls", [0, 5, 11])
def test_ctrl_c_keeps_what_is_finished_and_resume_continues(tmp_path, monkeypatch, calls):
    whole = select(tiny(), out=tmp_path / "whole", jobs=1)
    original, done = module.score, []

    def stopped(*parts, **named):
        if len(done) == calls:
            raise KeyboardInterrupt
        done.append(named)
        return original(*parts, **named)

    stopped.__module__, stopped.__qualname__ = original.__module__, original.__qualname__  # the journal writes down who it was
    monkeypatch.setattr(module, "score", stopped)
    with pytest.raises(Interrupted) as interrupted:
        select(tiny(), out=tmp_path / "part", jobs=1)
    assert (interrupted.value.done, interrupted.value.planned) == (calls, 12) and interrupted.value.folder == tmp_path / "part"
    calls, done[:] = 100, []
    resumed = select(tiny(), out=tmp_path / "part", jobs=1, resume=True)
    assert len(done) + interrupted.value.done == 12, "finished trainings are not repeated"
    assert digits_of(resumed) == digits_of(whole)


@pytest.mark.skipif(sys.platform == "win32", reason="a process group is killed")
def test_a_kill_of_the_whole_process_group_changes_no_digit(tmp_path):
    words = ["select", "--train-size", "90", "--folds", "3", "--points", "3", "--epochs", "20"]
    whole = select(tiny(epochs=20), out=tmp_path / "whole", jobs=1)
    journal = tmp_path / "killed" / NAME

    def written():
        return len(journal.read_bytes().splitlines()) if journal.exists() else 0

    for lines in (1, 6):  # the settings, some of 12 trainings
        command = [sys.executable, "-m", "tinyreg", *(["select", "--resume"] if journal.exists() else words)]
        process = subprocess.Popen(
            [*command, "--jobs", "1", "--out", str(journal.parent)],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        while written() < lines and process.poll() is None:
            time.sleep(0.001)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert 6 <= written() < 13
    with open(journal, "ab") as file:
        file.write(b'{"candidate": 3, "fold": 2, "sco')  # torn in the middle of a line
    assert digits_of(select(tiny(epochs=20), out=journal.parent, jobs=1, resume=True)) == digits_of(whole)


def test_resume_of_another_selection_is_refused(tmp_path, monkeypatch):
    select(tiny(), out=tmp_path / "a", jobs=1)
    with pytest.raises(BadOption, match="got epochs 3 where .*a has 2; give it as it was"):
        select(tiny(epochs=3), out=tmp_path / "a", jobs=1, resume=True)
    with pytest.raises(BadOption, match="a with a selection in it; --resume continues that one"):
        select(tiny(), out=tmp_path / "a", jobs=1)
    with pytest.raises(BadOption, match=f"--resume must find a selection, got {tmp_path} without {NAME}"):
        select(tiny(), out=tmp_path, jobs=1, resume=True)
    changed = draw(tiny())
    changed.targets = (changed.targets + 1) % 10
    monkeypatch.setattr(module, "draw", lambda settings: changed)
    with pytest.raises(
        BadOption, match="--resume must find the journal of this selection; GridSearch: journal must hold this search, got "
    ):
        select(tiny(), out=tmp_path / "a", jobs=1, resume=True)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / NAME).write_text('{"settings": {"methods": ["l2"]}}\n')
    with pytest.raises(BadOption, match="--resume must find this version's settings, got others in .*b"):
        begun_with(tmp_path / "b")
    (tmp_path / "c" / NAME).mkdir(parents=True)
    with pytest.raises(BadOption, match="--resume must find a file to read, got Is a directory for .*c"):
        begun_with(tmp_path / "c")
