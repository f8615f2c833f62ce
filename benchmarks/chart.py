"""The chart: for each case how long tinyreg takes beside PyTorch, with hand-written NumPy and the best framework on NumPy."""

from tinyreg.experiments.figures import BLUE, GREY, INK, ORANGE, new_figure
from tinyreg.plots.look import house_look

from .libraries import title_of
from .report import say
from .summary import BY_HAND, base_of, rows
from .workloads import WORKLOADS, Kernel

LEFT_OUT = ("W6-tensors", "W6-functions")  # of the same kind as W6
SHORT = {
    "W1": "W1 MLP, L2",
    "W2": "W2 wide MLP, dropout",
    "W3": "W3 MLP, batch norm",
    "W4": "W4 LeNet-like",
    "W5": "W5 VGG-like",
    "W6": "W6 chain of operations",
    "W7-dropout": "W7 dropout",
    "W7-batch_norm": "W7 batch norm",
    "W7-penalty": "W7 L1 + L2",
    "W7-adam": "W7 Adam",
}


@house_look
def ratios(results):
    """Horizontal bars of tinyreg's ratios, the other two as marks, on a logarithmic axis on which 1 is the base.

    Args:
        results: what `results.load` returned.

    Returns:
        A matplotlib Figure.
    """
    found = [row for row in rows(results) if row.key not in LEFT_OUT and row.ratios]
    base, pool = title_of(base_of(results)), results["settings"]["pool"]
    figure = new_figure(13.5, 2.6 + 0.5 * len(found))
    figure.get_layout_engine().set(w_pad=0.15, h_pad=0.12)
    axes = figure.subplots()
    places = range(len(found))[::-1]
    ends = [1.0]
    for y, row in zip(places, found):
        if row.ours:
            axes.barh(y, row.ours.median - 1, left=1, height=0.56, color=BLUE)
            axes.plot([row.ours.low, row.ours.high], [y, y], color=INK, linewidth=2)
            axes.text(1.01, y, say(row.ours.median), transform=axes.get_yaxis_transform(), va="center", weight="bold")
            ends += [row.ours.low, row.ours.high]
        if BY_HAND in row.ratios:
            axes.plot(row.ratios[BY_HAND].median, y, "D", color=GREY, mfc="white", ms=9, mew=2.2)
            ends.append(row.ratios[BY_HAND].median)
        if row.peer[0]:
            axes.plot(row.peer[1].median, y, "^", color=ORANGE, mec="white", ms=13)
            ends.append(row.peer[1].median)
        if row.held(pool) is not None and row.bar.floor < float("inf"):
            axes.plot([row.bar.floor_with(pool)] * 2, [y - 0.4, y + 0.4], color=INK, linewidth=3, solid_capstyle="butt")
            ends.append(row.bar.floor_with(pool))
    axes.axvline(1, color=INK, linewidth=1.6)
    axes.set_xscale("log")
    axes.set_xlim(min(ends) / 1.25, max(ends) * 1.25)
    _ticks(axes, min(ends), max(ends))
    axes.set_yticks(list(places), [_label(row) for row in found])
    axes.set_ylim(-0.6, len(found) - 0.4)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    axes.set_xlabel(f"time / time of {base}   (left of 1: faster)")
    axes.set_title(f"How long it takes beside {base}", loc="left", fontsize=19)
    _legend(figure, axes, found, pool)
    return figure


def _label(row):
    name = SHORT[row.key]
    return name if isinstance(WORKLOADS[row.key], Kernel) else f"{name}, {row.case}"


def _ticks(axes, low, high):
    from matplotlib.ticker import FixedLocator, NullLocator

    mantissas = (1, 2, 5) if high / low < 500 else (1,)
    steps = [mantissa * 10.0**power for power in range(-4, 5) for mantissa in mantissas]
    inside = [step for step in steps if low / 1.25 <= step <= high * 1.25]
    axes.xaxis.set_major_locator(FixedLocator(inside))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticklabels([f"{step:g}" for step in inside])


def _legend(figure, axes, found, pool):
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles = [Patch(color=BLUE, label="tinyreg, line: all rounds")]
    if any(BY_HAND in row.ratios for row in found):
        handles.append(Line2D([], [], marker="D", ls="", color=GREY, mfc="white", ms=9, mew=2.2, label=title_of(BY_HAND)))
    if any(row.peer[0] for row in found):
        handles.append(Line2D([], [], marker="^", ls="", color=ORANGE, ms=12, label="best framework on NumPy"))
    if any(row.held(pool) is not None and row.bar.floor < float("inf") for row in found):
        handles.append(Line2D([], [], marker="|", ls="", color=INK, ms=16, mew=3, label="floor"))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), handletextpad=0.5, columnspacing=1.4)
