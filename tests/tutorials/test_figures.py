"""What can be read of a figure: each rule finds what it is for, and leaves a good figure alone."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from tinyreg.experiments.figures import BLUE, LOOK, ORANGE
from tutorials.form.figures import problems


@pytest.fixture(autouse=True)
def look():
    with plt.rc_context(LOOK):
        yield
    plt.close("all")


def panels(*shape, size=(10, 4.5), **settings):
    """A figure with labels and a curve in each of its panels."""
    figure, grid = plt.subplots(*shape, figsize=size, layout="constrained", squeeze=False, **settings)
    for i, axes in enumerate(grid.ravel()):
        axes.plot([0, 1], [i, 2])
        axes.set(xlabel="step", ylabel="error [%]", title=f"panel {i}")
    return figure, grid


def test_a_good_figure():
    figure, ((left, right),) = panels(1, 2, sharey=True)
    right.set_ylabel("")
    left.plot([0, 1], [1, 0], "o--", color=ORANGE, label="L2")
    left.plot([0, 1], [0, 0], "s:", color=BLUE, label="none")
    left.set_ylim(-0.2, 4)
    left.legend(loc="upper left")
    assert problems(figure) == []


def test_a_good_figure_on_a_logarithmic_axis_with_a_colour_bar_and_a_twin():
    figure, ((left, right),) = panels(1, 2)
    left.set(xscale="log", xlim=(1e-14, 1e2), yscale="log", ylim=(1.1e-13, 9e1))
    picture = right.imshow(np.eye(3), aspect="auto")
    figure.colorbar(picture, ax=right, label="weight")
    left.twinx().set_ylabel("rate")
    assert problems(figure) == []


@pytest.mark.parametrize("name", ["x", "y"])
def test_an_axis_without_a_label(name):
    figure, ((axes,),) = panels(1, 1)
    axes.set(**{f"{name}label": ""})
    (said,) = problems(figure)
    assert said == (
        f"'panel 0': the {name} axis must say what it shows, got no label; label it, with its unit; "
        f"panels of one quantity take share{name}=True and label the outer one"
    )


def test_an_axis_whose_label_is_hidden_or_blank():
    figure, ((left, right),) = panels(1, 2)
    left.xaxis.label.set_visible(False)
    right.set_ylabel(" ")
    assert [said[:20] for said in problems(figure)] == ["'panel 0': the x axi", "'panel 1': the y axi"]


def test_panels_label_a_shared_axis_once_and_another_each():
    figure, grid = panels(2, 2, sharex=True, sharey="row")
    for axes in grid.ravel():
        axes.label_outer()
    assert problems(figure) == []
    figure, ((_, right),) = panels(1, 2)
    right.set_ylabel("")
    assert problems(figure)[0].startswith("'panel 1': the y axis")
    figure, (row,) = panels(1, 2, sharey=True)
    for axes in row:
        axes.set_ylabel("")
    assert len(problems(figure)) == 2
    figure.supylabel("error [%]")
    assert problems(figure) == []


def test_what_needs_no_label():
    figure, (row,) = panels(1, 4)
    for axes in row:
        axes.set(xlabel="", ylabel="", title="")
    words, image, off, empty = row
    words.set(xticks=[0, 1], xticklabels=["none", "decay 1e-3"], ylabel="error [%]", xlim=(-0.5, 1.5))
    image.imshow(np.eye(3), aspect="auto")
    image.set(xticks=[], yticks=[])
    off.axis("off")
    empty.clear()
    assert problems(figure) == []
    words.set_xticks([0, 1], ["1e-3", "$10^{-2}$"])
    image.set_xticks([0, 2])
    off.axis("on")
    at_fault = [said.split(" axis")[0] for said in problems(figure)]
    assert at_fault == ["'error [%]': the x", "axes 2: the x", "axes 3: the x", "axes 3: the y"]


def test_an_inset_and_a_colour_bar_are_axes():
    figure, ((axes,),) = panels(1, 1)
    axes.inset_axes([0.1, 0.6, 0.2, 0.3]).plot([0, 1])
    figure.colorbar(axes.scatter([0, 1], [0, 1], c=[0, 1]))
    assert [said[:13] for said in problems(figure)] == ["an inset: the", "an inset: the", "axes 2: the y"]


def test_small_text():
    figure, ((axes,),) = panels(1, 1)
    axes.text(0.5, 0.5, "note", fontsize=10)
    axes.xaxis.label.set_fontsize(12.5)
    axes.tick_params(axis="y", labelsize=11)
    assert sorted(problems(figure), reverse=True) == [
        "'step': text must have at least 13 pt where it is shown, got 12.5; leave the sizes of LOOK, and the figure at most 10 inches wide",
        "'note': text must have at least 11 pt where it is shown, got 10; leave the sizes of LOOK, and the figure at most 10 inches wide",
    ]
    axes.tick_params(axis="y", labelsize=9)
    assert any("got 9" in said for said in problems(figure))


def test_a_wide_figure_is_shrunk_and_its_text_with_it():
    assert problems(panels(1, 1, size=(12, 4.5))[0]) == []
    figure, _ = panels(1, 1, size=(14, 4.5))
    labels, ticks = problems(figure)  # of 16 and 15 pt at 10 of 14 inches
    assert "'step', 'error [%]': text must have at least 13 pt where it is shown, got 11.4" in labels and "got 10.7" in ticks


def test_text_that_nobody_sees_may_be_small():
    figure, ((axes,),) = panels(1, 1)
    axes.text(0.5, 0.5, "note", fontsize=5, visible=False)
    axes.text(0.5, 0.5, " ", fontsize=5)
    hidden = figure.add_subplot(visible=False)
    hidden.set_title("no", fontsize=5)
    assert problems(figure) == []


def test_text_outside():
    figure, ((axes,),) = panels(1, 1)
    axes.text(1.2, 0.5, "far", transform=axes.transAxes).set_in_layout(False)
    assert problems(figure) == ["'far': text must lie in the figure, got it cut off; use layout=\"constrained\", or move it"]


@pytest.mark.parametrize("rotation", [0, 90])
def test_text_on_text(rotation):
    figure, ((axes,),) = panels(1, 1)
    axes.text(0.5, 0.5, "one word", rotation=rotation)
    axes.annotate("other", (0, 0), xytext=(0.51, 0.51), arrowprops={"arrowstyle": "->"}, rotation=rotation)
    (said,) = problems(figure)
    assert said.startswith("'one word' and 'other': text must not lie on text; fewer or shorter labels")


def test_an_arrow_may_cross_text():
    figure, ((axes,),) = panels(1, 1)
    axes.text(0.5, 1, "word", ha="center", va="center")
    axes.annotate("far", (0.9, 1), xytext=(0.1, 1), arrowprops={"arrowstyle": "->"})
    assert problems(figure) == []


def test_ticks_on_each_other():
    figure, ((axes,),) = panels(1, 1)
    axes.set_xticks(np.linspace(0, 1, 21), [f"{x:.4f}" for x in np.linspace(0, 1, 21)])
    assert "'0.0000' and '0.0500': text must not lie on text" in problems(figure)[0]
    axes.set_xlim(0, 0.2)  # the others are outside now
    assert problems(figure) == []


def test_lines_of_text_may_be_close():
    figure, ((axes,),) = panels(1, 1)
    height = 15 / 72 / 4.5  # of a line in the figure
    for i, word in enumerate(["agyp", "Ayp", "gy"]):
        figure.text(0.5, 0.3 + 1.16 * i * height, word, va="baseline")
    assert problems(figure) == []
    figure.text(0.5, 0.3 + 0.5 * height, "on it", va="baseline")
    assert len(problems(figure)) == 2
