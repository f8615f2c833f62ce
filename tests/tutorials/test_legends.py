"""Where a legend is: labels that nobody sees, and legends on curves, points and bars."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from tutorials.form.figures import problems as of_figure
from tutorials.form.legends import problems


@pytest.fixture
def axes():
    figure, axes = plt.subplots(figsize=(8, 4), layout="constrained")
    axes.set(title="panel", xlim=(0, 1), ylim=(0, 1))
    yield axes
    plt.close(figure)


def said(axes):
    axes.figure.draw_without_rendering()
    return problems(axes.figure)


def test_labels_without_a_legend(axes):
    axes.plot([0, 1], label="L2")
    axes.plot([1, 0])
    assert said(axes) == ["'panel': a label must be seen, got 'L2' and no legend; call legend(), or drop label="]
    axes.figure.legend(loc="outside lower center")
    assert said(axes) == []


@pytest.mark.parametrize(
    "draw",
    [
        lambda axes: axes.plot([0.95, 0.95], [0, 1], label="L2"),
        lambda axes: axes.axvline(0.95, label="L2"),
        lambda axes: axes.plot([0.95] * 50, np.linspace(0.8, 1, 50), "o", label="L2"),
        lambda axes: axes.bar([0.85], [0.95], width=0.2, label="L2"),
        lambda axes: axes.errorbar([0.95, 0.95], [0, 1], yerr=0.01, label="L2"),
    ],
)
def test_a_legend_on_what_it_explains(axes, draw):
    draw(axes)
    axes.legend(loc="upper right")
    (found,) = said(axes)
    assert found.startswith("'panel': the legend must not lie on what it explains, got 'L2' on it; give it another loc")
    assert found in of_figure(axes.figure)
    axes.legend(loc="lower left", bbox_to_anchor=(1, 0))
    assert said(axes) == []


def test_what_a_legend_may_lie_on(axes):
    x = np.linspace(0, 1, 20)
    axes.fill_between(x, 0, 1, alpha=0.2, label="95 % interval")
    axes.plot([0.5, 0.6, 1], [0, 0.1, 0.1], label="below")
    axes.plot([0.95, 0.95], [0.5, 1.5], "o", label="points on both sides")
    axes.plot([0.95, 0.95], [0, 1], visible=False)
    axes.plot([0.95] * 50, np.linspace(0, 1, 50), linestyle="none")
    axes.legend(loc="upper right")
    assert said(axes) == []
