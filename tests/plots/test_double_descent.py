"""The figure of double descent: what its lines and markers say, and that all of it can be read."""

import re

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from tinyreg.experiments.double_descent import best_ridge_risk, least_squares_risk
from tinyreg.experiments.double_descent import double_descent as measure
from tinyreg.plots import double_descent


@pytest.fixture(scope="module")
def outcome():
    return measure([40, 10, 20, 60], d=20, draws=4)


@pytest.fixture(scope="module")
def axes(outcome):
    return double_descent(outcome).axes[0]


def test_a_marker_is_a_mean(outcome, axes):
    """A mean beyond the axis is written as a number instead."""
    ceiling, markers = axes.get_ylim()[1], [line for line in axes.lines if line.get_marker() in "os^v"]
    for mean, line in zip(outcome["mean"], markers, strict=True):
        order = np.argsort(outcome["sizes"])
        inside = mean[order] < ceiling
        np.testing.assert_array_equal(line.get_xdata(), np.array([10, 20, 40, 60])[inside])
        np.testing.assert_array_equal(line.get_ydata(), mean[order][inside])


def test_what_is_beyond_the_axis_is_written():
    outcome = measure([4, 8], [0.0, 1.0], d=8, draws=3)
    outcome["mean"][0] = [1.0, 12345.6]
    figure = double_descent(outcome)
    assert [text.get_text() for text in figure.axes[0].texts if "↑" in text.get_text()] == ["↑ 12346"]
    assert figure.axes[0].get_ylim()[1] == 37.5


def test_lines_without_chance_are_theory(axes):
    lines = [line for line in axes.lines if len(line.get_xdata()) == 51]
    for line, risk in zip(lines, (least_squares_risk, best_ridge_risk), strict=True):
        np.testing.assert_array_equal(line.get_ydata(), [risk(n, 20, 0.5) for n in range(10, 61)])


def test_axes_say_what_they_are(axes):
    assert axes.get_yscale() == "log" and axes.get_xlabel() == "number n of training examples"
    assert axes.child_axes[0].get_xlabel() == "n / d"
    np.testing.assert_allclose(axes.child_axes[0].get_xlim(), np.array(axes.get_xlim()) / 20)
    assert [line.get_xdata()[0] for line in axes.lines if line.get_linestyle() == ":" and len(set(line.get_xdata())) == 1] == [20]
    names = [text.get_text() for text in axes.texts]
    assert {"least squares", "ridge 5, the best", "ridge 50", "ridge 0.5", "noise of the targets"} <= set(names)


def test_no_text_is_small_cut_off_or_on_another(outcome):
    figure = double_descent(outcome)
    figure.draw_without_rendering()
    page = figure.bbox
    texts = [text for text in figure.axes[0].texts if text.get_text()]
    boxes = [text.get_window_extent() for text in texts]
    assert len(texts) >= 5 and all(text.get_fontsize() >= 13 for text in texts)
    for i, box in enumerate(boxes):
        assert page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1, texts[i].get_text()
        assert not any(box.overlaps(other) for other in boxes[:i]), texts[i].get_text()


@pytest.mark.parametrize(
    "settings",
    [
        {"sizes": [1], "strengths": [0.0], "d": 1, "noise": 0.0},
        {"sizes": [5], "strengths": [0.3]},
        {"sizes": [3, 30], "strengths": [0.0, *np.geomspace(0.1, 100, 9)]},
    ],
    ids=["one point of error 0", "one size, another strength", "ten strengths"],
)
def test_unusual_outcomes_are_drawn(settings, tmp_path):
    double_descent(measure(**({"d": 4, "draws": 2} | settings))).savefig(tmp_path / "figure.png")
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("outcome", [{}, 3, [1.0]], ids=["empty", "number", "list"])
def test_what_is_no_outcome_is_refused(outcome):
    with pytest.raises(TypeError, match=rf"^double_descent: outcome must be .*, got {re.escape(repr(outcome))}; measure it first"):
        double_descent(outcome)
