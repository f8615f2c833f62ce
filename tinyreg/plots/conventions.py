"""The conventions as a picture: the number that each library and paper needs for one and the same training."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from ..conventions import FAMILIES, Convention, convert
from ..conventions.translator import HOUSE
from ..experiments.figures import BLUE, INK, ORANGE, new_figure
from ..ops.number import check_strength
from .look import house_look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LINE = 0.245  # inches for a line of names
GAP = 0.6  # between two groups of names, in lines
LETTERS = 62  # in a line of names
BESIDE = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1}
KINDS = {  # {what differs from the house's number: (marker, fill, colour)}
    "the house's number": ("o", BLUE, BLUE),
    "differs by a factor": ("s", "white", INK),
    "differs by the number of examples": ("^", ORANGE, ORANGE),
    "differs by the learning rate": ("D", "white", "#009E73"),
}


@house_look
def conventions(strength: float = 0.01, *, lr: float = 0.1, n: int = 1000) -> Figure:
    """Draw the number that each convention needs for one and the same training.

    A line for all names of a family that need the same number; its marker says in what they differ from the house's.

    Args:
        strength: of the house: s of mean loss + s/2 |w|^2, of mean loss + s |w|_1 and of the elastic net, and d of the decay
            w <- (1 - lr d) w; above 0.
        lr: the learning rate; it decides where the decays stand that are not multiplied by it.
        n: the number of examples in the loss; it decides where those stand whose loss is a sum, or that are divided by n.

    Returns:
        A matplotlib Figure; the last line of a notebook cell shows it, `.savefig(path)` writes it.

    Raises:
        TypeError: one of them is no number.
        ValueError: one of them is not positive and finite.
        ModuleNotFoundError: matplotlib is not installed.

    Example:
        >>> from tinyreg.plots import conventions
        >>> figure = conventions(0.01, n=500)
        >>> figure.axes[0].get_xscale()
        'log'
    """
    from matplotlib.lines import Line2D
    from matplotlib.ticker import LogLocator, NullFormatter

    check_strength("conventions", strength=strength, lr=lr, n=n)
    if not strength * lr * n:
        raise ValueError(f"conventions: strength, lr and n must be above 0, got {strength}, {lr}, {n}; a logarithmic axis has no 0")
    lines = [line for family in FAMILIES for line in _lines(family, strength, lr, n)]
    figure = new_figure(14.5, LINE * sum(len(texts) + GAP for texts, *_ in lines) + 2.3)
    axes = figure.subplots()
    end, places = 0.0, []
    for texts, value, kind in lines:
        y = end + (len(texts) + GAP) / 2
        places.append(y)
        end += len(texts) + GAP
        if value is None:
            axes.axhspan(y - 0.75, y + 0.75, color="#EFEFEF", zorder=0.5)
            continue
        marker, fill, colour = KINDS[kind]
        axes.plot(value, y, marker=marker, mfc=fill, mec=colour, ms=11, mew=2.2, zorder=3)
        axes.annotate(f"{value:.3g}", (value, y), (11, 0), textcoords="offset points", va="center", fontsize=15, bbox=BESIDE)
    axes.axvline(strength, color=BLUE, linewidth=1.6, linestyle=(0, (2, 2)))
    axes.set_yticks(places, ["\n".join(texts) for texts, *_ in lines], fontsize=15)
    for label, (_, value, _) in zip(axes.get_yticklabels(), lines):
        label.set_fontweight("bold" if value is None else "normal")
    axes.set_ylim(end, 0)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(numticks=7))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    values = [value for _, value, _ in lines if value is not None]
    ratio = max(values) / min(values)
    axes.set_xlim(min(values) / max(2.5, ratio**0.03), max(values) * max(6, ratio**0.15))  # room for the numbers at both ends
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    axes.set_xlabel("the number to write")
    figure.suptitle(
        f"One training, many numbers: strength {strength:g}, n = {n:g} examples, learning rate {lr:g}", x=0.01, ha="left", fontsize=19
    )
    used = {kind for _, value, kind in lines if value is not None}
    handles = [
        Line2D([], [], ls="", marker=marker, mfc=fill, mec=colour, ms=11, mew=2.2, label=kind)
        for kind, (marker, fill, colour) in KINDS.items()
        if kind in used
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=4, fontsize=15, handletextpad=0.2)
    return figure


def _lines(family, strength, lr, n):
    """The lines of a family: the heading, then names that need the same number, the smallest first; (texts, value, kind)."""
    groups: dict[tuple[int, ...], list[Convention]] = {}
    for row in convert.table().rows:
        if row.family is family:
            groups.setdefault((row.factor, row.power, row.n, row.lr), []).append(row)
    lines = []
    for (factor, _, n_power, lr_power), rows in groups.items():
        house, by_factor, by_n, by_lr = KINDS
        kind = by_n if n_power else by_lr if lr_power else by_factor if factor != 1 else house
        lines.append((_wrapped([row.name for row in rows]), convert(strength, HOUSE[family], rows[0].name, lr=lr, n=n), kind))
    return [([family.name], None, ""), *sorted(lines, key=lambda line: line[1])]


def _wrapped(names):
    """Names in lines; none is broken."""
    joined = ",  ".join(name.replace(" ", "\0") for name in names)
    return [line.replace("\0", " ") for line in wrap(joined, LETTERS, break_long_words=False, break_on_hyphens=False)]
