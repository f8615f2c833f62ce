"""The look: figures have it whatever the reader has set, the reader's settings stay, and a notebook shows them."""

import io
import pickle
import sys

import pytest

pytest.importorskip("matplotlib")

import matplotlib

from tinyreg.experiments.figures import INK, new_figure
from tinyreg.experiments.house_figure import HouseFigure
from tinyreg.plots.look import house_look


@house_look
def parabola():
    """A figure; the small ticks of logarithmic axes are made when it is drawn."""
    figure = new_figure(6, 4)
    figure.subplots().loglog([1, 2, 40], [1, 4, 1600])
    return figure


def png(figure):
    return figure._repr_png_()


STYLE = {"font.size": 5, "text.color": "pink", "xtick.color": "pink", "axes.facecolor": "black", "savefig.facecolor": "black"}


def as_the_inline_backend(figure):
    """What IPython does once pyplot is there: the figure is not asked how it saves itself."""
    buffer = io.BytesIO()
    figure.canvas.print_figure(buffer, format="png", facecolor=figure.get_facecolor(), dpi=figure.dpi, metadata={"Software": None})
    return buffer.getvalue()


@pytest.mark.parametrize("show", [png, as_the_inline_backend])
def test_a_readers_style_changes_nothing_and_is_not_changed(show):
    plain = show(parabola())
    with matplotlib.rc_context(STYLE):
        before = dict(matplotlib.rcParams)
        figure = parabola()
        assert dict(matplotlib.rcParams) == before
        assert show(figure) == plain
        assert dict(matplotlib.rcParams) == before
        assert {label.get_color() for label in figure.axes[0].get_xticklabels()} == {INK}
        assert {label.get_size() for label in figure.axes[0].get_xticklabels()} == {15.0}


def test_a_figure_shows_itself_and_can_be_saved(tmp_path):
    figure = parabola()
    assert isinstance(figure, HouseFigure) and isinstance(figure, matplotlib.figure.Figure)
    figure.savefig(tmp_path / "a.png")
    for data in (png(figure), (tmp_path / "a.png").read_bytes()):
        assert data.startswith(b"\x89PNG")
        assert [int.from_bytes(data[i : i + 4], "big") for i in (16, 20)] == [780, 520]


def test_a_figure_is_laid_out():
    @house_look
    def doubled():
        figure = parabola()
        figure.axes[0].secondary_xaxis("top", functions=(lambda x: 2 * x, lambda x: x / 2))
        return figure

    axes = doubled().axes[0]
    assert axes.child_axes[0].get_xlim() == tuple(2 * limit for limit in axes.get_xlim())


def test_a_figure_can_be_pickled():
    assert png(pickle.loads(pickle.dumps(parabola()))) == png(parabola())


def test_nothing_is_left_in_pyplot():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    before = pyplot.get_fignums()
    parabola()
    assert pyplot.get_fignums() == before


def test_without_matplotlib_there_is_a_sentence(monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"] + ["tinyreg.experiments.house_figure"]:
        monkeypatch.delitem(sys.modules, name)

    class Refuse:
        def find_spec(self, name, path=None, target=None):
            if name.split(".")[0] == "matplotlib":
                raise ModuleNotFoundError("No module named 'matplotlib'", name="matplotlib")

    monkeypatch.setattr(sys, "meta_path", [Refuse(), *sys.meta_path])
    with pytest.raises(ModuleNotFoundError, match=r"parabola: matplotlib must be installed .*, got none; pip install matplotlib"):
        parabola()


def test_another_missing_module_is_not_mistaken_for_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "tinyreg.experiments.house_figure", None)
    with pytest.raises(ModuleNotFoundError, match="house_figure"):
        parabola()
