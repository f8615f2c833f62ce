"""The coefficient path: how each coefficient of a linear model grows, enters and leaves while its penalty is loosened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..experiments.figures import BLUE, GREY, INK, ORANGE, new_figure
from ..ops.number import check_number
from ..regularization.paths.design import numbers
from .end_labels import check_names, label_ends, room, without_offset
from .look import house_look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = (BLUE, ORANGE, "#009E73", "#CC79A7", INK, "#56B4E9", "#E69F00")  # Okabe & Ito, without the yellow that paper swallows
STYLES: tuple[Any, ...] = ("-", (0, (4, 1.5)), (0, (1, 1)), (0, (6, 1.5, 1, 1.5)), (0, (8, 2)), (0, (3, 1, 1, 1, 1, 1)))
LABELS = {
    "strength": "strength of the penalty (falls to the right)",
    "l1_norm": "|b|₁, the sum of the coefficients' magnitudes",
    "fraction": "|b|₁ as a share of its value at the end",
    "df": "effective degrees of freedom",
}


@house_look
def coefficient_path(
    strengths: Any,
    coefs: Any,
    names: Sequence[str] | None = None,
    *,
    x: str = "strength",
    knots: Any = None,
    mark: float | Mapping[str, float] | None = None,
    df: Any = None,
    groups: Sequence[int] | None = None,
    title: str = "",
) -> Figure:
    """Draw each coefficient over the strength of the penalty, or over what stands for it.

    Along the top stands how many coefficients are not 0, or, for ridge, the effective degrees of freedom (the strength where
    these are the x axis). Where there is not room for all names, those stand there that end largest.

    Args:
        strengths: the strengths, as the paths return them; they may come in any order.
        coefs: a column of coefficients for each strength, as the paths return them.
        names: of the coefficients; None calls them b1, b2, ...
        x: "strength", a logarithmic axis that falls to the right, so that 0 has no place on it; "l1_norm", |b|_1, and
            "fraction", |b|_1 divided by that of the smallest strength: there the paths of the lasso are straight between
            their knots, and the knots alone are enough; "df", which needs df.
        knots: strengths at which to draw a thin vertical line, those at which a variable enters or leaves, say; None draws
            none. Outside of the path's strengths there is no place for one.
        mark: a strength to be pointed out, the one that was chosen, say, or {text: strength} of several.
        df: effective degrees of freedom at each strength, as ridge returns them; they take the place of the numbers of
            coefficients that are not 0.
        groups: the group of each coefficient, an integer: a group shares a colour, and line styles tell its members apart.
        title: above the figure.

    Shape:
        strengths (k,), coefs (features, k), df (k,), groups (features,).

    Returns:
        A matplotlib Figure; the last line of a notebook cell shows it, `.savefig(path)` writes it.

    Raises:
        TypeError: what should be numbers is not.
        ValueError: shapes that do not fit, an unknown x, a strength of 0 on the logarithmic axis, a knot or a mark that is
            not on the path.
        ModuleNotFoundError: matplotlib is not installed.

    Example:
        >>> import tinyreg
        >>> from tinyreg.plots import coefficient_path
        >>> diabetes = tinyreg.datasets.Diabetes(scaling="norm")
        >>> strengths, coefs, info = tinyreg.regularization.lasso_path(diabetes.data, diabetes.targets)
        >>> figure = coefficient_path(strengths, coefs, diabetes.feature_names)
        >>> len(figure.axes[0].lines) >= 10
        True
    """
    strengths, coefs, names, df = _checked(strengths, coefs, names, x, df)
    places = _places(x, strengths, coefs, df)
    figure = new_figure(12, 7.4)
    axes = figure.subplots()
    axes.axhline(0, color=INK, linewidth=1.2)
    colours = _distinct(len(coefs), groups)
    single = {"marker": "o", "clip_on": False} if len(strengths) == 1 else {}  # a line of one point would not be seen
    lines = [axes.plot(places, _visible(row), color=colour, linestyle=style, **single)[0] for row, (colour, style) in zip(coefs, colours)]
    if x == "strength":
        axes.set_xscale("log")
    if places[0] != places[-1]:
        axes.set_xlim(places[0], places[-1])
    elif places[0] > 0:  # the labels stand where the lines end
        axes.set_xlim(2 * places[0] if x == "strength" else 0, places[0])
    without_offset(axes.yaxis, coefs)
    axes.set_xlabel(LABELS[x])
    axes.set_ylabel("coefficient")
    axes.grid(axis="x", visible=False)
    for place in _on_path("knots", knots, x, strengths, places):
        axes.axvline(place, color=GREY, linewidth=0.9, zorder=0.9)
    if mark is not None and not isinstance(mark, Mapping):
        check_number("coefficient_path", mark=mark)
    marked = mark if isinstance(mark, Mapping) else {} if mark is None else {f"strength {float(mark):.3g}": float(mark)}
    for text, place in zip(marked, _on_path("mark", list(marked.values()) or None, x, strengths, places)):
        axes.axvline(place, color=INK, linewidth=2, linestyle=(0, (5, 2)), zorder=1.5)
        box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.5}
        axes.annotate(
            text, (place, 0.02), (-5, 0), axes.get_xaxis_transform(), "offset points", rotation=90, ha="right", fontsize=14, bbox=box
        )
    if x == "df":
        _along_the_top(axes, places, [f"{strength:.2g}" for strength in strengths], "strength of the penalty")
    elif df is not None:
        _along_the_top(axes, places, [f"{degrees:.1f}" for degrees in df], LABELS["df"])
    else:
        _along_the_top(axes, places, [str(count) for count in np.count_nonzero(coefs, axis=0)], "coefficients that are not 0")
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=19)
    named = list(range(len(names)))
    if len(names) > room(axes):
        axes.set_xlabel(f"{LABELS[x]}\n")  # the note takes a line from the axes
        count = room(axes)
        axes.set_xlabel(f"{LABELS[x]}\n({count} of {len(names)} names are shown: the largest at the end)")
        named = sorted(np.argsort(-np.abs(coefs[:, -1]), kind="stable")[:count].tolist())
    label_ends(axes, [lines[i] for i in named], [names[i] for i in named])
    return figure


def _checked(strengths, coefs, names, x, df):
    """The arguments as arrays and a list, the strengths falling; refused where they do not fit."""
    who = "coefficient_path"
    strengths, coefs = numbers(who, "strengths", strengths, 1), numbers(who, "coefs", coefs, 2)
    df = None if df is None else numbers(who, "df", df, 1)
    if coefs.shape[1] != len(strengths):
        way = "coefs.T has them" if coefs.shape[0] == len(strengths) else "column i belongs to strengths[i]"
        raise ValueError(
            f"{who}: coefs must have a column for each strength, got coefs of shape {coefs.shape} and {len(strengths)} strengths; {way}"
        )
    if df is not None and len(df) != len(strengths):
        raise ValueError(f"{who}: df must have a number for each strength, got {len(df)} for {len(strengths)}; ridge returns both")
    if not isinstance(x, str) or x not in LABELS or (x == "df" and df is None):
        known = ", ".join(LABELS)
        raise ValueError(f"{who}: x must be one of {known}, got {x!r}{' without df' if x == 'df' else ''}; df needs the argument df")
    if x == "strength" and strengths.min() <= 0:
        raise ValueError(
            f"{who}: strengths must be above 0 on a logarithmic axis, got {strengths.min()}; "
            "x='l1_norm' or x='fraction' shows the whole path, or leave that column out"
        )
    names = [f"b{i}" for i in range(1, len(coefs) + 1)] if names is None else check_names(who, names)
    if len(names) != len(coefs):
        raise ValueError(f"{who}: names must name each of {len(coefs)} coefficients, got {len(names)} names; coefs has a row for each")
    falling = np.argsort(-strengths, kind="stable")
    return strengths[falling], coefs[:, falling], names, None if df is None else df[falling]


def _places(x, strengths, coefs, df):
    """Where each strength stands on the x axis."""
    if x in ("strength", "df"):
        return strengths if x == "strength" else df
    norms = np.abs(coefs).sum(axis=0)
    return norms / (norms[-1] or 1.0) if x == "fraction" else norms


def _visible(row):
    """A coefficient without the stretches on which it stays 0, where all lines would lie upon each other; its end is kept."""
    away = np.concatenate([[False], row != 0, [True]])  # one column more on each side
    return np.where(away[1:-1] | away[:-2] | away[2:], row, np.nan)


def _distinct(count, groups):
    """A colour and a line style for each coefficient."""
    if groups is None:
        return [(COLOURS[i % len(COLOURS)], STYLES[i // len(COLOURS) % len(STYLES)]) for i in range(count)]
    if not isinstance(groups, Iterable) or not getattr(groups, "ndim", True):
        raise TypeError(f"coefficient_path: groups must be a list of integers, got {groups!r:.60}; [0, 0, 1] groups the first two")
    groups = list(groups)
    if len(groups) != count:
        raise ValueError(
            f"coefficient_path: groups must hold a group for each of {count} coefficients, got {len(groups)}; a group is an integer"
        )
    order = {group: i for i, group in enumerate(dict.fromkeys(groups))}
    return [
        (COLOURS[order[group] % len(COLOURS)], STYLES[(groups[:i].count(group) + order[group] // len(COLOURS)) % len(STYLES)])
        for i, group in enumerate(groups)
    ]


def _on_path(name, wanted, x, strengths, places):
    """Where given strengths stand on the x axis: between two of the path's, in proportion."""
    if wanted is None:
        return []
    wanted = numbers("coefficient_path", name, wanted, 1)
    outside = wanted[(wanted < strengths[-1]) | (wanted > strengths[0])]
    if len(outside):
        ends = f"[{strengths[-1]:.6g}, {strengths[0]:.6g}]"
        raise ValueError(f"coefficient_path: {name} must lie on the path, in {ends}, got {outside[0]:.6g}; give strengths of the path")
    return wanted if x == "strength" else np.interp(wanted, strengths[::-1], places[::-1])


def _along_the_top(axes, places, texts, label):
    """Write a text above some of the path's strengths, as many as can be read beside each other."""
    from matplotlib.ticker import NullLocator

    shares = (axes.transData + axes.transAxes.inverted()).transform(np.column_stack([places, np.zeros(len(places))]))[:, 0]
    chosen = [0]
    for i, share in enumerate(shares):
        letters = (len(texts[i]) + len(texts[chosen[-1]])) / 2
        if share - shares[chosen[-1]] >= max(0.075, 0.018 * letters):
            chosen.append(i)
    top = axes.secondary_xaxis("top")
    top.xaxis.set_minor_locator(NullLocator())
    top.set_xticks(places[chosen], [texts[i] for i in chosen])
    top.set_xlabel(label, fontsize=14)
    top.spines["top"].set_visible(False)
