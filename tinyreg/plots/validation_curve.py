"""The validation curve: how a score on held-out folds rises and falls with a strength, and which strength to take."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..experiments.figures import BLUE, DASHED, GREY, INK, ORANGE, new_figure
from ..ops.number import check_number
from ..selection import Row, SearchResults, one_standard_error
from ..selection.one_standard_error import check_rows
from .look import house_look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FACTOR = 20  # of the largest strength to the smallest, from which on the x axis is logarithmic
FEW = 1000  # the same, up to which not only powers of ten are written at a logarithmic axis


@house_look
def validation_curve(
    results: Iterable[Row],
    name: str,
    *,
    larger_is_simpler: bool = True,
    train: str | None = None,
    none: Row | None = None,
    percent: bool = False,
    x_scale: str | None = None,
    x_label: str | None = None,
    y_label: str = "score of the held-out fold",
    title: str = "",
) -> Figure:
    """Draw the scores of a search over the parameter that was searched, and what it chose.

    The line is the mean over the folds with one standard error up and down, the dots are the folds. The best mean has a
    ring. The band reaches from it one standard error down, and of the candidates whose mean lies in it the most regularized
    has a diamond: the choice of one standard error. A candidate whose training diverged has a cross at the bottom; one that
    ruins the model lies below it, with a triangle there, so that it does not flatten the others.

    Args:
        results: a SearchResults, or its rows; they differ in one parameter.
        name: that parameter, a number.
        larger_is_simpler: whether a larger one regularizes more, as in one_standard_error.
        train: what of Row.also is the score on the training folds, drawn dashed; None draws none.
        none: the row of the estimator without a regularizer, on the same folds, drawn as a grey line; None draws none.
        percent: draw 100 times the scores, and say so.
        x_scale: "log" or "linear"; None takes log where all values are above 0 and the largest is 20 times the smallest.
        x_label: of the parameter; None takes its name.
        y_label: of the score.
        title: above the figure.

    Returns:
        A matplotlib Figure; the last line of a notebook cell shows it, `.savefig(path)` writes it.

    Raises:
        TypeError: the parameter is no number.
        ValueError: no such parameter, or rows that differ in another one; an unknown scale; a training score that there is
            not; no candidate with a score.
        ModuleNotFoundError: matplotlib is not installed.

    Example:
        >>> from tinyreg.plots import validation_curve
        >>> from tinyreg.selection import SearchResults
        >>> scores = {0.01: [0.80, 0.84], 0.1: [0.90, 0.92], 1.0: [0.70, 0.74]}
        >>> results = SearchResults.of([{"strength": strength} for strength in scores], list(scores.values()))
        >>> figure = validation_curve(results, "strength", percent=True)
        >>> figure.axes[0].get_xscale(), figure.axes[0].get_ylabel()
        ('log', 'score of the held-out fold [%]')
    """
    from matplotlib.ticker import LogLocator, NullFormatter
    from matplotlib.transforms import ScaledTranslation

    rows = _checked(check_rows("validation_curve", results), name, train, x_scale)
    if none is not None:
        check_rows("validation_curve", [none])
    xs, factor = [float(row.params[name]) for row in rows], 100 if percent else 1
    log = min(xs) > 0 and max(xs) >= FACTOR * min(xs) if x_scale is None else x_scale == "log"
    if log and min(xs) <= 0:
        raise ValueError(
            f"validation_curve: {name} must be above 0 on a logarithmic axis, got {min(xs)}; x_scale='linear' has a place for it"
        )
    best = SearchResults(rows).best
    figure = new_figure(11.5, 7.6)
    axes = figure.subplots()
    axes.set_xscale("log" if log else "linear")
    means, errors = [factor * row.mean for row in rows], [factor * row.standard_error for row in rows]
    has_error = not math.isnan(best.standard_error)
    what = "mean of the held-out folds" + (" ± standard error" if has_error else "")
    handles = [axes.errorbar(xs, means, errors if has_error else None, color=BLUE, marker="o", ms=7, capsize=5, label=what)]
    folds = [(x, factor * score) for x, row in zip(xs, rows) for score in row.scores if not math.isnan(score)]
    beside = axes.transData + ScaledTranslation(9 / 72, 0, figure.dpi_scale_trans)  # of the error bar, which would hide them
    handles += axes.plot(*zip(*folds), ".", color=BLUE, alpha=0.45, ms=9, mew=0, transform=beside, label="each held-out fold")
    if train is not None:
        learnt = [factor * math.fsum(row.also[train]) / len(row.also[train]) for row in rows]
        handles += axes.plot(xs, learnt, color=INK, linestyle=DASHED, linewidth=2, label="mean of the training folds")
    if none is not None and not math.isnan(none.mean):
        label = f"without a regularizer: {_said(none, percent)}"
        handles.append(axes.axhline(factor * none.mean, color=GREY, linewidth=2.6, zorder=1.5, label=label))
    at = float(best.params[name])
    label = f"best: {at:.4g}, {_said(best, percent)}"
    handles += axes.plot(at, factor * best.mean, "o", color=BLUE, mfc="none", ms=19, mew=2.8, label=label)
    if has_error:
        chosen = one_standard_error(rows, name, larger_is_simpler=larger_is_simpler)
        at = float(chosen.params[name])
        axes.axhspan(factor * (best.mean - best.standard_error), factor * best.mean, color=ORANGE, alpha=0.18, lw=0, zorder=0.8)
        label = f"one standard error: {at:.4g}, {_said(chosen, percent)}"
        handles += axes.plot(at, factor * chosen.mean, "D", color=ORANGE, ms=11, mec="white", mew=1.2, zorder=5, label=label)
    axes.update_datalim(folds)  # the dots, which stand beside their places, do not widen the axes by themselves
    axes.autoscale_view()
    bottom = factor * _bottom(rows, best, none)
    if bottom > min(mean for mean in means if not math.isnan(mean)):
        top = axes.dataLim.y1
        axes.set_ylim(bottom, top + 0.05 * (top - bottom))  # what is lower does not stretch the upper end, either
    at_bottom = {"color": ORANGE, "ls": "", "ms": 12, "mew": 2.5, "transform": axes.get_xaxis_transform(), "zorder": 6}
    for marker, label, places in (
        ("v", "lower than is shown", [x for x, mean in zip(xs, means) if mean < bottom]),
        ("x", "diverged", [x for x, mean in zip(xs, means) if math.isnan(mean)]),
    ):
        if places:
            handles += axes.plot(places, [0.035] * len(places), marker=marker, label=label, **at_bottom)
    if log and max(xs) <= FEW * min(xs):
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(name.replace("_", " ") if x_label is None else x_label)
    axes.set_ylabel(f"{y_label} [%]" if percent else y_label)
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=19)
    figure.legend(handles=handles, loc="outside lower center", ncols=2, fontsize=14)
    return figure


def _checked(rows, name, train, x_scale):
    """The rows in rising order of the parameter; refused where they cannot be one curve."""
    who = "validation_curve"
    if x_scale not in (None, "log", "linear"):
        raise ValueError(f"{who}: x_scale must be 'log' or 'linear', got {x_scale!r}; None chooses by the values")
    known = sorted({each for row in rows for each in row.params})
    if any(name not in row.params for row in rows) or not rows:
        raise ValueError(f"{who}: every row must have the parameter, got {name!r}; known are {', '.join(known) or 'none'}")
    for row in rows:
        check_number(who, **{name: row.params[name]})
    for other in known:
        values = list(dict.fromkeys(row.params.get(other) for row in rows))
        if other != name and len(values) > 1:
            raise ValueError(
                f"{who}: rows must differ in {name} alone, got {other}={values[0]!r} and {values[1]!r}; pass those of one: "
                f"[row for row in results if row.params[{other!r}] == {values[0]!r}]"
            )
    if train is not None and any(train not in row.also for row in rows):
        measured = ", ".join(sorted({each for row in rows for each in row.also})) or "nothing else"
        raise ValueError(f"{who}: train must name what every row measured, got {train!r}; they measured {measured}")
    return sorted(rows, key=lambda row: float(row.params[name]))


def _bottom(rows, best, none):
    """Where the picture ends: a parameter that ruins the model does not flatten what the others do.

    It shows ten standard errors below the best, three times the way to `none`, and half of the candidates with room below.
    """
    means = sorted(row.mean for row in rows if not math.isnan(row.mean))
    errors = [row.standard_error for row in (best, none) if row is not None and not math.isnan(row.standard_error)]
    away = [10 * error for error in errors] + [1.5 * (best.mean - means[(len(means) - 1) // 2])]
    if none is not None and not math.isnan(none.mean):
        away.append(3 * abs(best.mean - none.mean))
    end = best.mean - max(away)
    if means[0] >= best.mean - 2 * max(away):
        return -math.inf
    lowest = min([end, *(score for row in rows if row.mean >= end for score in row.scores)])
    return lowest - 0.03 * (best.mean - lowest)


def _said(row, percent):
    """A row's score as the legend writes it."""
    text = f"{100 * row.mean:.1f}" if percent else f"{row.mean:.4g}"
    if math.isnan(row.standard_error):
        return f"{text} %" if percent else text
    return f"{text} ± {100 * row.standard_error:.1f} %" if percent else f"{text} ± {row.standard_error:.2g}"
