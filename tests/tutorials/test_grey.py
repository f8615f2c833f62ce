"""What a legend says without its colours, of everything that can stand in one."""

import matplotlib.pyplot as plt
import pytest
from matplotlib.lines import Line2D

from tinyreg.experiments.figures import BLUE, GREY, ORANGE
from tutorials.form.grey import problems

DATA = {
    "bar": (range(3), [1, 2, 3]),
    "fill_between": (range(3), [0, 1, 2], [1, 2, 3]),
    "hist": ([1, 2, 3],),
    "stairs": ([1, 2, 3],),
    "hlines": (1, 0, 1),
}


@pytest.fixture
def axes():
    figure, axes = plt.subplots()
    yield axes
    plt.close(figure)


def said(axes):
    axes.legend()
    axes.figure.draw_without_rendering()
    return problems(axes.figure)


@pytest.mark.parametrize(
    "draw, same, other",
    [
        ("plot", {}, {"linestyle": "--"}),
        ("plot", {"linestyle": (0, (2, 1))}, {"linestyle": (0, (5, 1))}),
        ("plot", {}, {"marker": "o"}),
        ("plot", {"marker": "o"}, {"marker": "s"}),
        ("plot", {"marker": "o", "linestyle": ""}, {"marker": "o", "linestyle": "", "markerfacecolor": "white"}),
        ("scatter", {}, {"marker": "s"}),
        ("scatter", {}, {"facecolor": "none", "edgecolor": ORANGE}),
        ("bar", {}, {"hatch": "//"}),
        ("bar", {}, {"color": "white", "edgecolor": ORANGE}),
        ("fill_between", {}, {"hatch": "//"}),
        ("errorbar", {"yerr": 0.1, "fmt": "o"}, {"yerr": 0.1, "fmt": "s"}),
        ("errorbar", {"yerr": 0.1, "fmt": "o-"}, {"yerr": 0.1, "fmt": "o--"}),
        ("hist", {}, {"histtype": "step"}),
        ("stairs", {"fill": True}, {"fill": False}),
        ("hlines", {}, {"linestyle": "--"}),
    ],
)
def test_colour_alone_is_refused_and_more_than_colour_is_not(axes, draw, same, other):
    data = DATA.get(draw, (range(3), range(3)))
    for style, message in ((same, 1), (other, 0)):
        axes.clear()
        getattr(axes, draw)(*data, **({"color": BLUE} | same), label="L2")
        getattr(axes, draw)(*data, **({} if "facecolor" in style else {"color": ORANGE}) | style, label="none")
        assert len(said(axes)) == message, style


def test_the_message_names_the_pair(axes):
    for colour, name in ((BLUE, "L2"), (GREY, "none")):
        axes.plot([0, 1], color=colour, label=name)
    axes.plot([1, 0], ":", color=ORANGE, label="dropout")
    assert said(axes) == [
        "'L2' and 'none': what colour tells apart must differ in grey, too, got colour alone; "
        "give one another linestyle, marker or hatch, or leave its marker open"
    ]


def test_entries_of_one_colour_and_curves_without_a_name_are_free(axes):
    axes.plot([0, 1], color=BLUE, label="seed 1")
    axes.plot([1, 0], color=BLUE, linewidth=4, label="seed 2")
    axes.plot([1, 1], color=ORANGE)
    assert said(axes) == []


def test_entries_made_by_hand_and_legends_of_figures(axes):
    axes.figure.legend(handles=[Line2D([], [], color=colour, label=colour) for colour in (BLUE, ORANGE, GREY)])
    axes.figure.draw_without_rendering()
    assert len(problems(axes.figure)) == 3
