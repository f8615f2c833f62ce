"""What is on disk while a search runs: kills, other settings, full disks."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.selection import trainings
from tinyreg.selection import GridSearch, processes

ROOT = Path(__file__).parents[2]
X, Y = np.arange(6.0).reshape(6, 1), np.zeros(6)
GRID = {"strength": [1.0, 2.0, 3.0]}


def search(path, estimator=trainings.drawn, X=X, y=Y, grid=GRID, **settings):
    return GridSearch(estimator, grid, journal=path, **{"cv": 3} | settings).fit(X, y)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "search.jsonl"


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


class Counted:
    """trainings.drawn that counts, and stops at the n-th call."""

    def __init__(self, calls=1000, error=KeyboardInterrupt):
        self.calls, self.error, self.done = calls, error, 0

    def __call__(self, train, test, strength):
        if self.done == self.calls:
            raise self.error
        self.done += 1
        return trainings.drawn(train, test, strength)


def test_every_finished_fold_is_on_disk_at_once(path):
    seen = []

    def progress(done, planned, row):
        seen.append((done, len(lines(path)) - 1))

    search(path, progress=progress)
    assert seen == [(n, n) for n in range(10)]
    header, *rows = lines(path)
    assert header["kind"] == "GridSearch" and header["estimator"] == "tests.selection.trainings.drawn" and header["seed"] == 0
    assert header["tried"]["candidate 1"] == {"strength": 2.0} and header["data"]["shape of X"] == [6, 1]
    assert [(row["candidate"], row["fold"]) for row in rows] == [(c, f) for c in range(3) for f in range(3)]


@pytest.mark.parametrize("calls", [0, 1, 5, 8])
@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_a_stopped_search_goes_on_where_it_was(tmp_path, path, calls, error):
    whole = search(tmp_path / "whole.jsonl", Counted())
    with pytest.raises((KeyboardInterrupt, RuntimeError)) as caught:
        search(path, Counted(calls, error))
    if error is ZeroDivisionError:
        assert f"what is finished is kept in {path}" in str(caught.value)
    assert len(lines(path)) == 1 + calls
    rest, told = Counted(), []
    again = search(path, rest, progress=lambda *event: told.append(event[:2]))
    assert rest.done == 9 - calls and told == [(n, 9) for n in range(calls, 10)], "what is finished is not repeated"
    assert (again.results.scores == whole.results.scores).all() and again.best_params_ == whole.best_params_


def test_a_finished_search_is_read(path):
    first = search(path, Counted())
    again = search(path, Counted(calls=0))
    assert again.results.rows == first.results.rows, "seconds and all"


def test_what_diverged_is_kept_as_that(path):
    def score(train, test, strength):
        raise FloatingPointError("the loss is NaN")

    for _ in range(2):
        with pytest.raises(ValueError, match="got NaN from all 3"):
            search(path, score)
    assert lines(path)[1]["score"] is None and lines(path)[1]["diverged"] == "the loss is NaN" and len(lines(path)) == 10


def test_numbers_beside_the_score_are_kept(path):
    def score(train, test, strength):
        return {"score": strength, "train": -strength, "norm": np.nan}

    first = search(path, score)
    assert lines(path)[1]["also"] == {"train": -1.0, "norm": None}
    again = search(path, score)
    assert again.results[2].also["train"] == first.results[2].also["train"] == (-3.0, -3.0, -3.0)


def test_a_torn_last_line_is_done_again(path):
    whole = search(path)
    text = path.read_text()
    path.write_text(text[:-20])
    rest = search(path)
    assert (rest.results.scores == whole.results.scores).all() and len(lines(path)) == 10


DAMAGED = [
    "{",
    "3",
    "{}",
    '{"candidate": 3, "fold": 0, "score": 1, "seconds": 1}',
    '{"candidate": 0, "fold": 0, "score": "x", "seconds": 1}',
    '{"candidate": 0, "fold": 0, "seconds": 1}',
    '{"candidate": 0, "fold": 0, "score": 1, "seconds": 1, "also": 3}',
]


@pytest.mark.parametrize("line", DAMAGED)
def test_a_damaged_line_is_dropped(path, line):
    whole = search(path)
    path.write_text(path.read_text() + line + "\n")
    assert (search(path).results.scores == whole.results.scores).all()
    assert len(lines(path)) == 10, "and the file is whole again"


PROGRAM = """
import os, sys, time
import numpy as np
from tinyreg.selection import GridSearch, SerialExecutor, processes

def score(train, test, strength):
    time.sleep(float(os.environ["PAUSE"]))
    return float(train[0].sum()) + strength

if __name__ == "__main__":
    X = np.arange(12.0).reshape(6, 2)
    with processes(2, threads=1) if os.environ["PAUSE"] != "0" else SerialExecutor() as executor:
        search = GridSearch(score, {"strength": [0.0, 0.5, 1.0, 1.5]}, cv=3, journal=sys.argv[1], executor=executor).fit(X, np.zeros(6))
    print(search.results.scores.tolist(), search.best_params_)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a process is killed")
def test_a_real_kill(tmp_path, path):
    (tmp_path / "program.py").write_text(PROGRAM)

    def begin(pause):
        environment = os.environ | {"PYTHONPATH": str(ROOT), "PAUSE": str(pause)}
        return subprocess.Popen(
            [sys.executable, str(tmp_path / "program.py"), str(path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )

    first = begin(0.15)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (path.exists() and len(path.read_text().splitlines()) > 3):
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    first.communicate(timeout=60)
    assert first.returncode == -signal.SIGKILL
    kept = path.read_text().splitlines()
    assert 3 < len(kept) < 13
    out, err = begin(0).communicate(timeout=60)
    totals = [sum(range(12)) - sum(range(4 * fold, 4 * fold + 4)) for fold in range(3)]
    rows = [[total + strength for total in totals] for strength in (0.0, 0.5, 1.0, 1.5)]
    assert out == f"{rows} {{'strength': 1.5}}\n", err
    assert path.read_text().splitlines()[: len(kept) - 1] == kept[:-1] and len(lines(path)) == 13


class TestFiles:
    @pytest.mark.parametrize("content", ["a diary\n", "{}\n", '{"settings": {}}\n{"seed": 1}\n', "\n"])
    def test_a_file_of_something_else_is_left_alone(self, path, content):
        path.write_text(content)
        with pytest.raises(
            ValueError, match="GridSearch: journal must begin with the settings of a search, got none in .*search.jsonl; name another"
        ):
            search(path)
        assert path.read_text() == content

    def test_an_empty_file_is_begun(self, path):
        path.touch()
        search(str(path))
        assert len(lines(path)) == 10

    def test_a_folder(self, tmp_path):
        with pytest.raises(
            RuntimeError, match="GridSearch: journal must be a file that can be read, got Is a directory for .*; give the path of a file"
        ):
            search(tmp_path)

    def test_no_folder(self, tmp_path):
        with pytest.raises(
            RuntimeError, match="GridSearch: journal must be a file that can be written, got No such file .*; make its folder first"
        ):
            search(tmp_path / "none" / "search.jsonl")

    def test_what_is_refused_leaves_no_file(self, path):
        with processes(1) as executor, pytest.raises(TypeError, match="estimator must be something that other processes can be sent"):
            search(path, lambda train, test, strength: 0.0, executor=executor)
        with pytest.raises(TypeError, match="progress must be"):
            search(path, progress=3)
        assert not path.exists()

    def test_a_full_disk_leaves_no_half_line(self, path):
        resource = pytest.importorskip("resource")
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        with pytest.raises(KeyboardInterrupt):
            search(path, Counted(2))
        before = path.read_bytes()
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 30, hard))
            with pytest.raises(RuntimeError) as caught:
                search(path, Counted())
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert f"got File too large for {path}; raise the limit on the size of files, then the same search goes on" in str(caught.value)
        assert path.read_bytes() == before
        rest = Counted()
        search(path, rest)
        assert rest.done == 7
