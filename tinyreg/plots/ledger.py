"""Ledger: for each parameter the pull of the data and that of each penalty, side by side on one logarithmic axis."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from ..experiments.figures import BLUE, GREY, INK, ORANGE, new_figure
from ..regularization.ledger import Ledger
from .look import house_look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PULLS = [("s", ORANGE), ("^", "#009E73"), ("D", "#CC79A7"), ("v", "#56B4E9"), ("P", "#E69F00"), ("X", INK)]  # shape and colour
DECADES = 6  # of the axis; what is smaller stands at its edge
LETTERS = 150  # of a line below


@house_look
def ledger(book: Ledger, *, title: str = "Who pulls at which parameter?") -> Figure:
    """Draw a ledger: a row for each parameter, a mark for the length of each gradient, and the warnings below.

    The farther apart the marks of a row, the less the shorter one decides there. What is shorter than a millionth of the
    longest stands at the left edge, as does 0. Behind a row stand the numbers of the remarks that name it.

    Args:
        book: what tinyreg.regularization.ledger(model) returned.
        title: above the figure; "" for none.

    Returns:
        A matplotlib Figure; the last line of a notebook cell shows it, `.savefig(path)` writes it.

    Raises:
        TypeError: book is no Ledger.
        ValueError: no parameter has a gradient.
        ModuleNotFoundError: matplotlib is not installed.

    Example:
        >>> import tinyreg
        >>> from tinyreg import plots
        >>> layer = tinyreg.nn.Linear(3, 2)
        >>> (layer(tinyreg.ones(4, 3)).sum() + tinyreg.regularization.l2_penalty(layer, 0.1)).backward()
        >>> figure = plots.ledger(tinyreg.regularization.ledger(layer))
        >>> [text.get_text() for text in figure.axes[0].get_yticklabels()]
        ['weight', 'bias']
    """
    if not isinstance(book, Ledger):
        raise TypeError(f"ledger: book must be a Ledger, got {type(book).__name__}; call tinyreg.regularization.ledger(model) first")
    pulls = _pulls(book)
    found = [value for _, _, _, values in pulls for value in values.values() if value]
    if not found:
        raise ValueError(f"ledger: some gradient must be longer than 0, got none for {len(book)} parameters; call backward() first")
    right = 1.6 * max(found)
    left = max(min(found) / 1.6, right * 10.0**-DECADES)
    below = [line for i, remark in enumerate(book.remarks, 1) for line in _brief(i, remark)]
    height, foot = 2.3 + 0.42 * len(book), 0.29 * len(below) + 0.15
    figure = new_figure(14.5, height + foot)
    upper, lower = figure.subfigures(2, 1, height_ratios=[height, foot])
    axes = upper.subplots()
    axes.set_xscale("log")
    axes.set_xlim(left, right)
    axes.set_ylim(len(book) - 0.4, -0.6)
    axes.set_yticks(range(len(book)), [row.name for row in book])
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    for y, row in enumerate(book):
        ends = [max(values[y], left) for _, _, _, values in pulls if y in values]
        if ends:
            axes.plot([min(ends), max(ends)], [y, y], color=GREY, alpha=0.35, linewidth=6, solid_capstyle="butt", zorder=1)
        numbers = " ".join(f"[{number}]" for number in row.remarks)
        axes.text(1.012, y, numbers, transform=axes.get_yaxis_transform(), va="center", fontsize=13)
    for name, shape, colour, values in pulls:
        look = {"ls": "", "color": colour, "mfc": colour if name == "data" else "none", "mew": 2.4, "zorder": 3}
        inside = [(value, y) for y, value in values.items() if value >= left]
        axes.plot([value for value, _ in inside], [y for _, y in inside], marker=shape, ms=11, label=name, **look)
        outside = [y for y, value in values.items() if value < left]
        if outside:
            axes.plot([left * (right / left) ** 0.012] * len(outside), outside, marker="<", ms=11, clip_on=False, **look)
    small = any(value < left for _, _, _, values in pulls for value in values.values())
    axes.set_xlabel("length of the gradient" + ", before clipping" * _clipped(book) + f" (at the edge: below {left:.0e})" * small)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=len(pulls), handletextpad=0.2, columnspacing=1.4, borderaxespad=0.2)
    if title:
        upper.suptitle(title, x=0.01, ha="left", fontsize=19)
    lower.text(0.01, 1, "\n".join(below), va="top", fontsize=13, linespacing=1.35)
    return figure


def _pulls(book: Ledger) -> list[tuple[str, str, str, dict[int, float]]]:
    """(name, shape, colour, {row: length}) of the data, of each penalty and of weight_decay."""
    data = {y: row.data for y, row in enumerate(book) if row.data is not None}
    found = [("data", "o", BLUE, data)]
    named = [(name, {y: row.penalties[name] for y, row in enumerate(book) if name in row.penalties}) for name in book.penalties]
    named += [("weight_decay", {y: row.decay for y, row in enumerate(book) if row.decay})]
    shown = [(name, values) for name, values in named if values]
    return found + [(name, *PULLS[i % len(PULLS)], values) for i, (name, values) in enumerate(shown)]


def _clipped(book):
    return any(word.startswith("clipped") for row in book for word in row.touched_by)


def _brief(number, remark):
    """What the matter is, without the names, which stand at the rows, and without the way out, which print(book) tells."""
    sentence = re.sub(r" \([^()]*\)", "", remark.sentence, count=1) if remark.names else remark.sentence
    return textwrap.wrap(f"[{number}] {sentence.split(': ')[0]}", LETTERS, subsequent_indent="      ")
