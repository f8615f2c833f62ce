"""The figure of the conventions: every name is there, and stands beside the number it needs."""

import re

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from tinyreg import convert
from tinyreg.conventions import FAMILIES
from tinyreg.conventions.known import ROWS
from tinyreg.conventions.translator import HOUSE
from tinyreg.plots import conventions


@pytest.fixture(scope="module")
def figure():
    return conventions(0.02, lr=0.05, n=300)


def test_every_name_stands_beside_its_number(figure):
    axes = figure.axes[0]
    dots = {line.get_ydata()[0]: line.get_xdata()[0] for line in axes.lines if line.get_marker() not in ("None", None, "")}
    seen, family = {}, None
    for label in axes.get_yticklabels():
        if label.get_text() in [f.name for f in FAMILIES]:
            family = next(f for f in FAMILIES if f.name == label.get_text())
        else:
            seen |= {(family, name): dots[label.get_position()[1]] for name in re.split(r",  |,\n", label.get_text())}
    needed = {(row.family, row.name): convert(0.02, HOUSE[row.family], row.name, lr=0.05, n=300) for row in ROWS}
    families = {family: [value for (f, _), value in seen.items() if f is family] for family in FAMILIES}
    assert all(values == sorted(values) for values in families.values())  # the smallest first
    assert len(dots) == 5 + 5 + 3 + 2 and seen == pytest.approx(needed, rel=1e-12)


def test_the_line_is_the_houses_number_and_the_axis_logarithmic(figure):
    axes = figure.axes[0]
    assert axes.get_xscale() == "log" and axes.get_xlabel() == "the number to write"
    assert [line.get_xdata()[0] for line in axes.lines if len(line.get_xdata()) == 2] == [0.02]
    assert {text.get_text() for text in axes.texts} == {"0.02", "0.01", "0.167", "3", "6", "0.001"}


def test_markers_say_what_a_number_differs_by(figure):
    axes, said = figure.axes[0], {}
    for line in axes.lines:
        if line.get_marker() in "os^D":
            said.setdefault(line.get_marker(), set()).add(round(float(line.get_xdata()[0]), 9))
    assert said == {"o": {0.02}, "s": {0.01}, "^": {0.166666667, 3.0, 6.0}, "D": {0.001}}
    (legend,) = figure.legends
    assert len(legend.get_texts()) == 4


@pytest.mark.parametrize("settings", [{}, {"strength": 1e-4, "lr": 3e-4, "n": 50000}, {"strength": 5.0, "lr": 1.0, "n": 1}], ids=str)
def test_names_are_large_and_not_on_each_other(settings):
    figure = conventions(**settings)
    figure.draw_without_rendering()
    labels = figure.axes[0].get_yticklabels()
    boxes = [label.get_window_extent() for label in labels]
    assert all(label.get_fontsize() >= 13 for label in labels)
    assert all(figure.bbox.x0 <= box.x0 for box in boxes)
    assert not any(a.overlaps(b) for a, b in zip(boxes, boxes[1:]))
    ticks = [label.get_window_extent() for label in figure.axes[0].get_xticklabels() if label.get_text()]
    shown = sorted((box for box in ticks if box.width), key=lambda box: box.x0)
    assert not any(a.overlaps(b) for a, b in zip(shown, shown[1:]))
    assert np.isfinite(figure.axes[0].get_xlim()).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"strength": 0.0}, "conventions: strength, lr and n must be above 0, got 0.0, 0.1, 1000"),
        ({"strength": -1.0}, "conventions: strength must be a finite number of at least 0, got strength=-1.0"),
        ({"n": 0}, "got 0.01, 0.1, 0"),
        ({"lr": float("inf")}, "conventions: lr must be .* got lr=inf"),
    ],
)
def test_refusals(settings, message):
    with pytest.raises(ValueError, match=message):
        conventions(**settings)


@pytest.mark.parametrize("settings", [{"strength": 1.0, "lr": 1.0, "n": 1}, {"strength": 1e-9, "lr": 1e-6, "n": 10**7}], ids=["one", "far"])
def test_numbers_near_and_far_from_each_other_have_room(settings):
    axes = conventions(**settings).axes[0]
    right = axes.get_window_extent().x1
    assert all(text.get_window_extent().x1 < right for text in axes.texts)
    assert not any(label.get_text() for label in axes.get_xticklabels(minor=True))
