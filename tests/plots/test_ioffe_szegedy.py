"""The figure of Ioffe & Szegedy: its lines are the runs, its band is the interval, and all of it can be read."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from tinyreg.experiments.figures import BLUE, ORANGE
from tinyreg.experiments.ioffe_szegedy import committed, curves
from tinyreg.experiments.statistics import interval
from tinyreg.plots import ioffe_szegedy


@pytest.fixture(scope="module")
def outcome():
    return committed()


@pytest.fixture(scope="module")
def figure(outcome):
    return ioffe_szegedy(outcome)


def test_a_line_is_a_mean_and_its_band_the_interval(outcome, figure):
    axes = figure.axes[0]
    lines = [line for line in axes.lines if line.get_transform() is axes.transData or len(line.get_xdata()) > 4]
    wanted = [(batch_norm, std) for batch_norm in (False, True) for std in (0.1, 0.01)]
    bands = axes.collections
    for (batch_norm, std), line, band in zip(wanted, lines, bands, strict=True):
        steps, accuracies, _ = curves(outcome, batch_norm=batch_norm, std=std)
        np.testing.assert_array_equal(line.get_xdata(), steps)
        np.testing.assert_allclose(line.get_ydata(), 100 * accuracies.mean(axis=0))
        assert line.get_color() == (BLUE if batch_norm else ORANGE)
        corners = band.get_paths()[0].vertices
        for i in (0, 12, 39):
            found = interval(100 * accuracies[:, i])
            heights = corners[np.isclose(corners[:, 0], steps[i]), 1]
            np.testing.assert_allclose([heights.min(), heights.max()], [found.low, found.high], rtol=1e-9)
    assert len({(line.get_color(), str(line._unscaled_dash_pattern)) for line in lines}) == 4


def test_a_panel_shows_the_percentiles_of_one_run(outcome):
    figure = ioffe_szegedy(outcome, std=0.01, seed=1)
    for axes, batch_norm in zip(figure.axes[1:], (False, True)):
        steps, _, percentiles = curves(outcome, batch_norm=batch_norm, std=0.01)
        lines = [line for line in axes.lines if len(line.get_xdata()) == len(steps)]
        np.testing.assert_array_equal([line.get_ydata() for line in lines], percentiles[1].T[::-1])
        assert len({str(line._unscaled_dash_pattern) for line in lines}) == 3
    assert figure.axes[1].get_ylim() == figure.axes[2].get_ylim(), "b and c have one scale"
    assert "std 0.01, seed 1" in figure.get_suptitle()


def test_axes_say_what_they_are(figure, outcome):
    assert [axes.get_xlabel() for axes in figure.axes] == ["training step"] * 3 and {axes.get_xscale() for axes in figure.axes} == {"log"}
    assert [axes.get_ylabel() for axes in figure.axes] == ["test accuracy [%]", "input of one sigmoid", ""]
    assert {text.get_text() for text in figure.axes[0].texts} == {
        f"{name}, std {std}" for name in ("plain", "batch norm") for std in ("0.1", "0.01")
    }
    assert all([text.get_text() for text in axes.texts] == ["85 %", "50 %", "15 %"] for axes in figure.axes[1:])
    assert f"10,000 test images, {len(outcome['seeds'])} seeds, bands: 95 % intervals" in figure.get_suptitle()


@pytest.mark.parametrize("std", [0.01, 0.1])
def test_no_text_is_small_cut_off_or_on_another(outcome, std):
    figure = ioffe_szegedy(outcome, std=std)
    figure.draw_without_rendering()
    texts = [text for axes in figure.axes for text in (*axes.texts, axes.title, axes._left_title, axes.xaxis.label, axes.yaxis.label)]
    texts = [text for text in (*texts, figure._suptitle) if text.get_text()]
    boxes = [text.get_window_extent() for text in texts]
    assert len(texts) == 4 + 6 + 3 + 3 + 2 + 1 and all(text.get_fontsize() >= 13 for text in texts)
    for i, box in enumerate(boxes):
        assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 and figure.bbox.y0 <= box.y0 and box.y1 <= figure.bbox.y1, texts[i]
        assert not any(box.overlaps(other) for other in boxes[:i]), texts[i].get_text()


def test_what_is_no_outcome_is_refused(outcome):
    with pytest.raises(TypeError, match=r"^ioffe_szegedy: outcome must be what .*reproduce returns, got \{\}; committed\(\) is one"):
        ioffe_szegedy({})
    for wrong, message in (({"std": 0.5}, r"got std=0\.5, seed=0 where"), ({"seed": 99}, r"got std=0\.1, seed=99 where")):
        with pytest.raises(ValueError, match=rf"^ioffe_szegedy: std and seed must be of an outcome of two seeds or more, {message}"):
            ioffe_szegedy(outcome, **wrong)
    with pytest.raises(ValueError, match=r"seeds=\[0\]; take"):
        ioffe_szegedy(outcome | {"seeds": [0]})
