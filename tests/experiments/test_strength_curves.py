"""The picture of --grid."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

import matplotlib

from tinyreg.experiments.figures import LOOK
from tinyreg.experiments.methods import METHODS
from tinyreg.experiments.strength_curves import strength_curves, varied


def panel(figure, title):
    return next(axes for axes in figure.axes if title in (axes.get_title(loc="left"), axes.get_title()))


def test_a_panel_for_each_method_with_strengths(grid_outcome):
    figure = strength_curves(grid_outcome)
    titles = [axes.get_title(loc="left") or axes.get_title() for axes in figure.axes if axes.axison]
    assert titles == [METHODS[name].title for name in grid_outcome["settings"]["methods"] if METHODS[name].sweep]
    assert "batch norm" not in titles and "3 seeds" in figure.get_suptitle()


def test_the_curve_is_the_table_of_the_selection(grid_outcome):
    entries = grid_outcome["selection"]["l2"]
    axes = panel(strength_curves(grid_outcome), "L2")
    curve = next(line for line in axes.lines if line.get_linestyle() == "-")
    assert list(curve.get_xdata()) == [s["strength"] for s in METHODS["l2"].sweep]
    assert np.allclose(curve.get_ydata(), [100 - 100 * e["validation_accuracy"] for e in entries])
    dots = next(line for line in axes.lines if line.get_marker() == ".")
    assert np.allclose(dots.get_ydata(), [100 - 100 * v for e in entries for v in e["runs"]]) and len(dots.get_xdata()) == 24
    ring = next(line for line in axes.lines if line.get_marker() == "o")
    row = next(row for row in grid_outcome["methods"] if row["method"] == "l2")
    assert list(ring.get_xdata()) == [row["strength"]["strength"]]
    assert axes.get_xscale() == "log" and axes.get_xlabel() == "strength"


def test_shares_stand_on_a_linear_axis_and_fixed_strengths_are_told(grid_outcome):
    figure = strength_curves(grid_outcome)
    assert panel(figure, "dropout").get_xscale() == "linear"
    assert panel(figure, "dropout + L2").get_xlabel() == "strength, p 0.5"


def test_what_diverged_is_marked_and_bends_no_curve(grid_outcome):
    grid_outcome["selection"]["l2"][-1] |= {"diverged": True, "validation_accuracy": 0.0, "runs": [0.0] * 3}
    axes = panel(strength_curves(grid_outcome), "L2")
    cross = next(line for line in axes.lines if line.get_marker() == "x")
    assert list(cross.get_xdata()) == [1.0] and cross.get_ydata()[0] == axes.get_ylim()[1]
    curve = next(line for line in axes.lines if line.get_linestyle() == "-")
    assert np.isnan(curve.get_ydata()[-1]) and not np.isnan(curve.get_ydata()[:-1]).any()


def test_without_none_and_with_all_cut_at_a_round_number(grid_outcome):
    grid_outcome["methods"] = [row for row in grid_outcome["methods"] if row["method"] in ("l2", "l1")]
    figure = strength_curves(grid_outcome)
    assert panel(figure, "L2").get_ylim()[1] % 10 == 0


def test_no_text_is_cut_off(grid_outcome):
    with matplotlib.rc_context(LOOK):
        figure = strength_curves(grid_outcome)
        figure.draw_without_rendering()
        box = figure.get_tightbbox()
        width, height = figure.get_size_inches()
        assert box.x0 > -0.05 and box.y0 > -0.05 and box.x1 < width + 0.05 and box.y1 < height + 0.05


def test_what_varies():
    entries = [{"strength": {"a": 1, "b": 2}}, {"strength": {"a": 2, "b": 2}}]
    assert varied(entries) == "a"
