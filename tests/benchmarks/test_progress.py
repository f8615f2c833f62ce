"""How far a measurement is, on a terminal and in a pipe."""

import pytest

pytest.importorskip("rich")

from rich.console import Console

from benchmarks import progress


def test_in_a_pipe_a_line_a_workload_and_round(capsys):
    with progress.progress(3) as told:
        for text in ("W1: checking tinyreg", "W1: checking PyTorch", "W1, round 1 of 2: tinyreg"):
            told(text)
    assert capsys.readouterr().err.splitlines() == ["W1", "W1, round 1 of 2"]


def test_on_a_terminal_a_bar_that_no_thread_redraws(monkeypatch, capsys):
    monkeypatch.setattr(progress, "console", lambda stderr: Console(stderr=stderr, force_terminal=True, width=100))
    import threading

    with progress.progress(2) as told:
        told("W1: checking tinyreg")
        assert not any("Refresh" in type(thread).__name__ for thread in threading.enumerate())
        told("W1: checking PyTorch")
    said = capsys.readouterr().err
    assert "W1: checking PyTorch" in said and "2/2" in said and "done" in said
