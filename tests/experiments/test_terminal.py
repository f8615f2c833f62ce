"""What the commands print."""

import pytest

pytest.importorskip("rich")

from rich.console import Console

from tinyreg.experiments import terminal
from tinyreg.experiments.doors import Check
from tinyreg.experiments.settings import BadOption
from tinyreg.experiments.table import HEADINGS, cells, notes


def at_terminal(monkeypatch, width):
    monkeypatch.setattr(terminal, "console", lambda stderr=False: Console(stderr=stderr, force_terminal=True, width=width, highlight=False))


def test_piped_output_has_one_unwrapped_row_a_method(outcome, capsys):
    terminal.show(outcome | {"folder": "runs/compare"})
    lines = capsys.readouterr().out.splitlines()
    assert all(heading in lines[0] for heading in HEADINGS)
    for line, row in zip(lines[1:], outcome["methods"]):
        assert line.startswith(row["title"]) and row.get("difference", {"verdict": ""})["verdict"] in line
    assert lines[-1] == "runs/compare/report.html"


@pytest.mark.parametrize(("width", "tables"), [(140, 1), (100, 2), (80, 2)])
def test_a_narrow_terminal_gets_several_tables(outcome, capsys, monkeypatch, width, tables):
    at_terminal(monkeypatch, width)
    terminal.show(outcome | {"folder": "runs/compare"})
    seen = capsys.readouterr().out
    assert seen.count("dropout + batch norm") == tables and "…" not in seen, "nothing is wrapped or cut"
    assert all(heading in seen for heading in HEADINGS)


def test_cells_and_notes_agree_with_the_outcome(outcome):
    l2 = next(row for row in outcome["methods"] if row["method"] == "l2")
    assert cells(l2)[0] == "L2" and cells(l2)[6] == "better" and cells(l2)[4].startswith("-")
    words = " ".join(notes(outcome))
    assert "5 seeds" in words and "11 comparisons" in words and "80 %" in words and "Holm" in words
    outcome["settings"]["label_noise"] = 0
    assert len(notes(outcome)) == 1
    assert "stopped" in notes(outcome | {"finished": False})[-1]
    outcome["methods"][1]["diverged"] = 2
    assert "L2 diverged with 2 of 5 seeds: the loss did not stay finite" in " ".join(notes(outcome))


def test_progress_on_a_terminal_and_in_a_pipe(capsys, monkeypatch):
    run = {"phase": "final", "method": "l2", "strength": {"strength": 0.1}, "seed": 0, "test_accuracy": 0.875}
    with terminal.live() as progress:
        progress("final", 0, 2, None)
        progress("final", 1, 2, run)
        progress("final", 2, 2, run)
    assert capsys.readouterr().err.splitlines() == [f"reported runs: {n} of 2 runs" for n in range(3)]
    at_terminal(monkeypatch, 120)
    with terminal.live() as progress:
        progress("selection", 0, 2, None)
        progress("final", 2, 2, run)
    seen = capsys.readouterr().err
    assert "choosing strengths" in seen and "l2 (strength 0.1)  test 87.5 %" in seen


@pytest.mark.parametrize("width", [50, 60, 80])
def test_a_narrow_terminal_shows_how_far_it_is(capsys, monkeypatch, width):
    run = {"phase": "final", "method": "elastic_net", "strength": {"strength": 0.001, "l1_ratio": 0.5}, "seed": 0, "test_accuracy": 0.875}
    at_terminal(monkeypatch, width)
    with terminal.live() as progress:
        progress("final", 110, 120, run)
    seen = capsys.readouterr().err
    assert "reported runs" in seen and "110/120" in seen and ("elastic" in seen) == (width == 80)


CHECKS = [
    Check("relu", 3.14e-9, 2, ()),
    Check("nn.functional.conv2d", 0.5, 1, ("conv2d stride: backward must ...",)),
    Check("x", float("nan"), 1, ()),
]


def test_checks_piped(capsys):
    assert terminal.show_checks(CHECKS) is True
    seen = capsys.readouterr()
    assert [line.split() for line in seen.out.splitlines()] == [
        ["relu", "3.1e-09", "2", "ok"],
        ["nn.functional.conv2d", "5.0e-01", "1", "FAILED"],
        ["x", "-", "1", "ok"],
    ]
    assert seen.err.splitlines() == ["conv2d stride: backward must ...", "3 doors, 4 cases: 1 failed"]
    assert terminal.show_checks(CHECKS[:1]) is False
    assert "all right" in capsys.readouterr().err


def test_checks_on_a_terminal(capsys, monkeypatch):
    at_terminal(monkeypatch, 80)
    assert terminal.show_checks(iter(CHECKS)) is True
    seen = capsys.readouterr().out
    assert "door" in seen and "3.1e-09" in seen and "FAILED" in seen


def test_without_rich_there_is_a_sentence(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "rich.console", None)
    with pytest.raises(BadOption, match="rich must be installed"):
        terminal.console()
