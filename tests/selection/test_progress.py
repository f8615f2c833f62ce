"""How far a search is."""

import numpy as np
import pytest

from tinyreg.selection import GridSearch, cross_val_score, progress
from tinyreg.selection.progress import Telling

X = np.zeros((4, 1))
ROW = {"candidate": 0, "params": {"strength": 0.5, "act": "relu"}, "fold": 0, "score": 0.25, "seconds": 0.1}


def score(train, test, strength=0.0):
    if strength == 2:
        raise FloatingPointError("diverged")
    return strength


def test_a_function_is_told_before_the_first_and_after_each():
    seen = []
    GridSearch(score, {"strength": [1, 2]}, cv=2, progress=lambda *event: seen.append(event)).fit(X)
    assert [event[:2] for event in seen] == [(done, 4) for done in range(5)] and seen[0][2] is None
    rows = [row for _, _, row in seen[1:]]
    assert [(row["candidate"], row["fold"], row["params"], row["score"]) for row in rows] == [
        (0, 0, {"strength": 1}, 1.0), (0, 1, {"strength": 1}, 1.0), (1, 0, {"strength": 2}, None), (1, 1, {"strength": 2}, None),
    ]  # fmt: skip
    assert all(row["seconds"] >= 0 for row in rows) and rows[2]["diverged"] == "diverged"


def test_nothing_is_printed(capsys):
    for choice in (None, False, True):
        cross_val_score(score, X, cv=2, progress=choice)
    assert capsys.readouterr() == ("", "")


class Bar:
    """What is shown, without a screen."""

    made: list = []

    def __init__(self, total, title, enabled=True, done=0):
        self.total, self.title, self.done, self.texts, self.open = total, title, done, [], None
        Bar.made.append(self)

    def __enter__(self):
        self.open = True
        return self

    def __exit__(self, *exception):
        self.open = False

    def advance(self, text=None):
        self.texts.append(text)


def test_a_bar_is_shown_when_it_takes_longer(monkeypatch):
    monkeypatch.setattr(progress, "Bar", Bar)
    monkeypatch.setattr(Bar, "made", [])
    clock = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    with Telling("GridSearch", True) as tell:
        tell(3, 9, None)
        clock[0] = 1.9
        tell(4, 9, ROW)
        assert Bar.made == []
        clock[0] = 2.1
        tell(5, 9, ROW)
        tell(6, 9, ROW | {"score": None, "params": {}})
        (bar,) = Bar.made
        assert (bar.total, bar.title, bar.done, bar.open) == (9, "GridSearch", 4, True)
        assert bar.texts == ["strength=0.5, act=relu  0.25", "diverged"]
    assert bar.open is False


def test_refusal():
    with pytest.raises(TypeError, match="cross_val_score: progress must be True, None or a function, got 3; it takes .done, planned, row."):
        cross_val_score(score, X, cv=2, progress=3)
