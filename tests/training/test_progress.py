"""The bar: on a terminal, and nowhere else."""

import io
import sys

import pytest
import rich.console

from tinyreg.training.progress import Progress


@pytest.fixture(params=[True, False], ids=["terminal", "pipe"])
def screen(request, monkeypatch):
    """What rich writes to, and whether somebody looks at it."""
    real, text = rich.console.Console, io.StringIO()
    monkeypatch.setattr(rich.console, "Console", lambda: real(file=text, force_terminal=request.param, width=100))
    return text, request.param


def test_a_bar_where_somebody_looks(screen):
    text, looked_at = screen
    with Progress(2, "training") as bar:
        bar.advance("loss 0.5000")
        bar.advance()
    assert ("training" in text.getvalue() and "loss 0.5000" in text.getvalue() and "2/2" in text.getvalue()) == looked_at
    assert looked_at or text.getvalue() == ""


def test_the_bar_moves_within_a_step(screen):
    with Progress(4, "training", done=1) as bar:
        bar.within(0.5)
        halfway = bar.bar and bar.bar.tasks[0].completed
        bar.advance()
        bar.within(0.25)
        assert bar.bar is None or (halfway, bar.bar.tasks[0].completed) == (1.5, 2.25)
    assert ("2/4" in screen[0].getvalue()) == screen[1]


@pytest.mark.parametrize("width", [48, 60, 80, 200])
def test_the_count_is_shown_in_a_narrow_terminal_too(monkeypatch, width):
    real, text = rich.console.Console, io.StringIO()
    monkeypatch.setattr(rich.console, "Console", lambda: real(file=text, force_terminal=True, width=width))
    with Progress(120, "training") as bar:
        for _ in range(110):
            bar.advance("loss 0.5000  val_loss 0.7000  val_accuracy 0.8000")
    last = text.getvalue().splitlines()[-2]  # the last line shows the cursor again
    assert "110/120" in last and ("val_accuracy 0.8000" in last) == (width == 200) and ("loss" in last) == (width > 48)


def test_it_can_be_switched_off(screen):
    with Progress(2, "training", enabled=False) as bar:
        bar.advance("loss 0.5000")
    assert screen[0].getvalue() == ""


def test_an_error_takes_the_bar_away(screen):
    text, looked_at = screen
    with pytest.raises(KeyError), Progress(2, "training") as bar:
        raise KeyError
    assert bar.bar is None or bar.bar.finished is False and not bar.bar.live.is_started


def test_training_needs_no_rich(monkeypatch):
    monkeypatch.setitem(sys.modules, "rich.console", None)
    with Progress(2, "training") as bar:
        bar.advance("loss 0.5000")
    assert bar.bar is None
