"""Double descent: the test risk of least squares rises with more data before it falls, and that of the best ridge never rises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..experiments.double_descent import best_ridge_risk, best_strength, least_squares_risk
from ..experiments.figures import BLUE, DASHED, GREY, INK, ORANGE, new_figure
from .end_labels import label_ends
from .look import house_look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OTHERS = (("#009E73", "^"), ("#CC79A7", "v"), ("#56B4E9", "D"), ("#E69F00", "P"), (GREY, "X"))  # colour and marker, Okabe & Ito


@house_look
def double_descent(outcome: Mapping[str, Any]) -> Figure:
    """Draw the risk over the number of examples, a line for each strength, on a logarithmic axis.

    A marker is the mean over the draws, with its standard error where the bar is longer than the marker is high, and each
    draw is a dot. Lines without chance are what theory expects of least squares (dashed) and of the best ridge (solid);
    dotted ones only join markers. The axis ends at thirty times the error of a weight of 0: a mean beyond is written
    there, as a number. Least squares has no expectation at n = d: its mean there is that of these draws.

    Args:
        outcome: what experiments.double_descent.double_descent returned.

    Returns:
        A matplotlib Figure.

    Raises:
        TypeError: outcome is something else.
        ModuleNotFoundError: matplotlib is not installed.

    Example:
        >>> from tinyreg.experiments.double_descent import double_descent as measure
        >>> figure = double_descent(measure([10, 15, 20, 25, 40], d=20, draws=3))
        >>> figure.axes[0].get_yscale()
        'log'
    """
    from matplotlib.ticker import FuncFormatter, NullFormatter

    if not isinstance(outcome, Mapping) or not {"d", "noise", "sizes", "strengths", "risks", "mean", "error", "draws"} <= set(outcome):
        raise TypeError(
            f"double_descent: outcome must be what experiments.double_descent.double_descent returns, got {outcome!r:.60}; measure it first"
        )
    d, noise = outcome["d"], outcome["noise"]
    order = np.argsort(outcome["sizes"], kind="stable")
    sizes = np.asarray(outcome["sizes"])[order]
    figure = new_figure(13, 7.6)
    axes = figure.subplots()
    axes.set_yscale("log")
    bottom, ceiling = 0.8 * max(noise**2, 0.01), 30 * (1 + noise**2)
    axes.set_ylim(bottom, ceiling)
    axes.axvline(d, color=INK, linewidth=1.4, linestyle=":", zorder=1.2)
    axes.axhline(noise**2, color=INK, linewidth=1.4, zorder=1.2)
    looks, ends = _looks(outcome["strengths"], best_strength(d, noise)), []
    for row, (colour, marker, _, theory) in enumerate(looks):
        mean, error, risks = (outcome[key][..., row, order] for key in ("mean", "error", "risks"))
        axes.plot(np.tile(sizes, len(risks)), risks.ravel(), ".", color=colour, alpha=0.4, ms=6, zorder=2)
        shown = (mean > bottom) & (mean < ceiling)
        bars = [np.minimum(error, 0.5 * mean)[shown], error[shown]]  # a logarithmic axis has no place for 0
        axes.errorbar(sizes[shown], mean[shown], bars, fmt=" ", color=colour, elinewidth=1.6, zorder=3)
        axes.plot(sizes[shown], mean[shown], marker, color=colour, mfc="white", mew=2.2, ms=9, zorder=3, clip_on=False)
        for n, value in zip(sizes[mean >= ceiling], mean[mean >= ceiling]):
            axes.annotate(f"↑ {value:.0f}", (n, ceiling), (22, -12), textcoords="offset points", color=colour, fontsize=16, va="top")
        style = {"color": colour, "zorder": 2.5}
        if theory is None:
            ends += axes.plot(sizes, mean, linestyle=(0, (1, 1.2)), **style)
        else:
            fine = np.arange(sizes[0], sizes[-1] + 1)
            ends += axes.plot(fine, [theory(n, d, noise) for n in fine], linestyle=DASHED if theory is least_squares_risk else "-", **style)
    axes.set_xlim(sizes[0] - 0.02 * np.ptp(sizes) - 0.2, sizes[-1])
    axes.set_xlabel("number n of training examples")
    axes.set_ylabel("expected squared error on new data")
    axes.set_yticks([tick for tick in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100) if bottom <= tick <= ceiling])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    top = axes.secondary_xaxis("top", functions=(lambda n: n / d, lambda share: share * d))
    top.set_xlabel("n / d")
    top.spines["top"].set_visible(False)
    axes.annotate("noise of the targets", (sizes[0], noise**2), (0, 5), textcoords="offset points", va="bottom", fontsize=14)
    figure.suptitle(f"Double descent, and the ridge that has none: {d} inputs, {outcome['draws']} draws", x=0.01, ha="left", fontsize=19)
    label_ends(axes, ends, [name for _, _, name, _ in looks])
    return figure


def _looks(strengths, best):
    """For each strength: colour, marker, name, and what theory expects of it, or None."""
    looks: list[tuple[str, str, str, Any]] = []
    others = iter(OTHERS * (1 + len(strengths) // len(OTHERS)))
    for strength in strengths:
        if strength == best and strength > 0:
            looks.append((BLUE, "s", f"ridge {strength:g}, the best", best_ridge_risk))
        elif strength == 0:
            looks.append((ORANGE, "o", "least squares", least_squares_risk))
        else:
            looks.append((*next(others), f"ridge {strength:g}", None))
    return looks
