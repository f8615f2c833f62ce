"""The chart is drawn, and nothing in it is cut off."""

import pytest

pytest.importorskip("matplotlib")

from benchmarks.chart import ratios
from tests.benchmarks.conftest import made_up


def texts(figure):
    return [text.get_text() for text in figure.axes[0].get_yticklabels()]


def test_a_bar_a_case_from_one_to_the_ratio(results):
    figure = ratios(results)
    bars = figure.axes[0].patches
    assert len(bars) == len(texts(figure)) == 16
    assert [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in bars] == [pytest.approx((1.0, 0.5))] * 16
    assert texts(figure)[:2] == ["W1 MLP, L2, train", "W1 MLP, L2, infer"] and figure.axes[0].get_xscale() == "log"


def test_the_legend_explains_what_is_there(results):
    def legend(figure):
        return [text.get_text() for text in figure.legends[0].get_texts()]

    assert legend(ratios(results)) == ["tinyreg, line: all rounds", "plain NumPy", "best framework on NumPy", "floor"]
    assert legend(ratios(made_up(libraries=("tinyreg", "numpy")))) == ["tinyreg, line: all rounds"]


@pytest.mark.parametrize("slowest", [1.0, 3000.0])
def test_nothing_overlaps_or_is_cut_off(results, slowest):
    results["rounds"]["W5"]["train"]["autograd"] = [2e-3 * slowest] * 3
    results["rounds"]["W5"]["train"]["mygrad"] = [3e-3 * slowest] * 3
    results["rounds"]["W6"]["1,000"]["numpy"] = [1e-3 / slowest] * 3
    figure = ratios(results)
    page = figure.get_window_extent()
    found = [text.get_window_extent() for text in (*figure.axes[0].texts, *figure.axes[0].get_yticklabels(), *figure.legends)]
    assert all(page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1 for box in found)
    ticks = sorted((label.get_window_extent() for label in figure.axes[0].get_xticklabels()), key=lambda box: box.x0)
    assert len(ticks) > 2 and all(a.x1 < b.x0 for a, b in zip(ticks, ticks[1:]))


def test_equal_results_have_equal_pictures(results):
    assert ratios(results).png() == ratios(results).png()
