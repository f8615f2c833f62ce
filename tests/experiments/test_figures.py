"""The figures: what they show, that they are large pictures, and that no text is cut off."""

import pytest

pytest.importorskip("matplotlib")

import matplotlib

from tinyreg.experiments.figures import LOOK, curves, draw_all, gaps, weights


def test_three_pictures(outcome):
    pictures = draw_all(outcome)
    assert list(pictures) == ["gaps.png", "curves.png", "weights.png"]
    for data in pictures.values():
        assert data.startswith(b"\x89PNG")
        width, height = (int.from_bytes(data[i : i + 4], "big") for i in (16, 20))
        assert width > 1400 and height > 700


def test_a_fourth_with_a_grid(grid_outcome):
    assert list(draw_all(grid_outcome)) == ["gaps.png", "curves.png", "weights.png", "strengths.png"]


def test_equal_outcomes_give_equal_bytes(outcome):
    assert draw_all(outcome) == draw_all(outcome)


def test_gaps_show_the_numbers_of_the_table(outcome):
    left, right = gaps(outcome).axes
    assert [tick.get_text() for tick in left.get_yticklabels()] == [row["title"] for row in outcome["methods"]]
    shown = {round(float(line.get_xdata()[0]), 6) for line in right.lines if len(line.get_xdata()) == 1}
    assert {round(100 * row["difference"]["mean"], 6) for row in outcome["methods"][1:]} <= shown
    assert "[%]" in left.get_xlabel() and "[points]" in right.get_xlabel()


@pytest.mark.parametrize("draw", [curves, weights])
def test_a_panel_for_each_method(outcome, draw):
    figure = draw(outcome)
    titles = [axes.get_title(loc="left") or axes.get_title() for axes in figure.axes if axes.axison]
    assert titles == [row["title"] for row in outcome["methods"][1:]]


def test_a_run_that_stopped_early_is_held(outcome):
    figure = curves(outcome)
    panel = next(axes for axes in figure.axes if "early stopping" in (axes.get_title(loc="left"), axes.get_title()))
    assert max(len(line.get_xdata()) for line in panel.lines) == outcome["settings"]["epochs"]


@pytest.mark.parametrize("draw", [gaps, curves, weights])
def test_few_methods_and_clean_labels(outcome, draw):
    outcome["methods"] = outcome["methods"][:2]
    outcome["settings"]["label_noise"] = 0.0
    assert "wrong" not in draw(outcome).get_suptitle()
    outcome["methods"] = outcome["methods"][:1]
    draw(outcome).savefig("/dev/null", format="png")


def test_no_text_is_cut_off(outcome):
    with matplotlib.rc_context(LOOK):
        for draw in (gaps, curves, weights):
            figure = draw(outcome)
            figure.draw_without_rendering()
            box = figure.get_tightbbox()
            width, height = figure.get_size_inches()
            assert box.x0 > -0.05 and box.y0 > -0.05 and box.x1 < width + 0.05 and box.y1 < height + 0.05
