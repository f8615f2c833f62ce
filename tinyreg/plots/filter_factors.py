"""Filter factors: what ridge, early stopping and principal components leave of least squares in each singular direction."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..experiments.figures import new_figure
from ..regularization.paths.design import numbers
from ..regularization.paths.ridge import filter_factors as ridge_factors
from .coefficient_path import COLOURS, STYLES
from .end_labels import label_ends
from .look import house_look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MARKERS = "os^DvPX"
RATE = 0.01  # of gradient descent, in units of 1/d_1^2
SHARES = (0.2, 0.4, 0.6, 0.8)  # of the largest df: where the strengths lie when none are given


@house_look
def filter_factors(X: Any, strengths: Any = None, *, title: str = "") -> Figure:
    """Draw the share of the least squares solution that is left in each singular direction of X, by three methods.

    Least squares is b = sum_j (u_j'y / d_j) v_j over the singular values d_j of X. Ridge multiplies the j-th term by
    d_j^2/(d_j^2 + s); t steps of gradient descent on |y - Xb|^2/2 from 0 with the rate e by 1 - (1 - e d_j^2)^t, here with
    e = 0.01/d_1^2; k principal components by 1 or 0. The sum of the factors is the effective number of degrees of freedom, df, and stands
    beside each curve. Of early stopping and principal components those t and k are drawn whose df is nearest to the ridge's
    of the same colour: the same number of parameters, spent more or less abruptly.

    Args:
        X: inputs, a row an example, as the fit takes them: centred and scaled.
        strengths: of |y - Xb|^2 + strength |b|^2, above 0, one to seven; None takes those for which df is about 20, 40, 60
            and 80 % of the rank of X, whole numbers where it can.
        title: above the figure.

    Shape:
        X (n, d), strengths (k,), 1 <= k <= 7.

    Returns:
        A matplotlib Figure; the last line of a notebook cell shows it, `.savefig(path)` writes it.

    Raises:
        TypeError: something is no real number.
        ValueError: X is no table, or all 0; a strength is not above 0; there are more than seven.
        ModuleNotFoundError: matplotlib is not installed.

    Example:
        >>> import tinyreg
        >>> from tinyreg.plots import filter_factors
        >>> figure = filter_factors(tinyreg.datasets.Diabetes(scaling="norm").data)
        >>> [axes.get_title(loc="left").split(":")[0] for axes in figure.axes]
        ['ridge', 'early stopping', 'principal components']
    """
    values, _ = ridge_factors(X, 0.0)
    rank = int((values > 0).sum())
    if not rank:
        raise ValueError(f"filter_factors: X must not be 0 everywhere, got shape {np.shape(X)} of zeros; there is no direction to filter")
    strengths = _with_df(values, _whole(rank)) if strengths is None else -np.sort(-numbers("filter_factors", "strengths", strengths, 1))
    if strengths.min() <= 0 or len(strengths) > len(COLOURS):
        raise ValueError(
            f"filter_factors: strengths must be one to {len(COLOURS)} numbers above 0, got {[float(s) for s in strengths]}; 0 is "
            "least squares, whose factors are all 1"
        )
    kept = ridge_factors(X, strengths)[1].T
    rates = RATE * (values / values[0]) ** 2
    steps = [_steps(rates, factors.sum()) for factors in kept]
    figure = new_figure(17, 6.4)
    left, middle, right = figure.subplots(1, 3, sharey=True, gridspec_kw={"width_ratios": [1, 1, 0.85]})
    _curves(left, kept, [f"s = {strength:.3g}" if strength < 1000 else f"s = {strength:.0f}" for strength in strengths])
    _curves(middle, [_after(t, rates) for t in steps], [f"t = {t}" if t < 1e6 else f"t = {t:.1e}" for t in steps])
    _components(right, [round(float(factors.sum())) for factors in kept], len(values))
    left.set_title("ridge: d²/(d² + s)")
    middle.set_title(f"early stopping: 1 − (1 − εd²)ᵗ, εd₁² = {RATE:g}")
    right.set_title("principal components: 1 or 0")
    left.set_ylabel("factor on the least squares solution")
    left.set_ylim(-0.03, 1.05)
    for axes in (left, middle, right):
        _name_directions(axes, values)
    right.set_xlabel("singular direction")
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=19)
    figure.draw_without_rendering()
    for axes in (left, middle):
        label_ends(axes, axes.lines[:], [line.get_label() for line in axes.lines], 13)
    return figure


def _whole(rank):
    """The degrees of freedom to show: whole numbers between 0 and the rank where there are some."""
    wanted = sorted({round(share * rank) for share in SHARES} & set(range(1, rank)))
    return wanted or [share * rank for share in SHARES]


def _with_df(values, wanted):
    """The strengths for which the sum of the factors is each wanted number, by bisection of the logarithm."""
    squares = values[values > 0] ** 2
    strengths = []
    for df in wanted:
        low, high = math.log(squares[-1]) - 40, math.log(squares.sum() / df) + 1  # factors near 1; a sum below df
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (middle, high) if (squares / (squares + math.exp(middle))).sum() > df else (low, middle)
        strengths.append(math.exp(low))
    return np.array(strengths)


def _after(t, rates):
    """The factors of t steps of gradient descent: 1 - (1 - rate)^t, without rounding where the rate is tiny."""
    return -np.expm1(t * np.log1p(-rates))


def _steps(rates, df):
    """The whole number of steps for which the sum of the factors is nearest to df."""

    def miss(t):
        return _after(t, rates).sum() - df

    low, high = 0, 1
    while miss(high) < 0:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if miss(middle) < 0 else (low, middle)
    return high if low == 0 or abs(miss(high)) < abs(miss(low)) else low


def _curves(axes, kept, texts):
    """A line for each row of factors, whose label says its setting and its df."""
    for i, (factors, text) in enumerate(zip(kept, texts)):
        style = {"color": COLOURS[i], "linestyle": STYLES[i % 4], "marker": MARKERS[i] if len(factors) <= 40 else "", "ms": 8}
        axes.plot(range(1, len(factors) + 1), factors, label=f"{text}, df {factors.sum():.1f}", clip_on=False, zorder=3, **style)
    axes.set_xlim(0.6, len(kept[0]))


def _components(axes, counts, directions):
    """A step down after each number of components, named beside it."""
    colours = dict(zip(counts, zip(COLOURS, (STYLES[i % 4] for i in range(len(counts))))))
    small_last = sorted(colours, reverse=True)  # then no step hides the end of another
    for count, height in zip(small_last, np.linspace(0.2, 0.8, len(small_last))):
        factors = (np.arange(1, directions + 1) <= count).astype(float)
        colour, style = colours[count]
        axes.step(range(1, directions + 1), factors, where="mid", color=colour, linestyle=style, label=f"df {count}")
        if 0 < count < directions:
            axes.annotate(f"df {count}", (count + 0.5, height), (5, 0), textcoords="offset points", rotation=90, fontsize=13, va="center")
        else:
            x, y, side = (0.8, 0.015, "left") if count == 0 else (directions, 0.985, "right")
            axes.text(x, y, f"df {count}", ha=side, va="bottom" if count == 0 else "top", fontsize=13)
    axes.set_xlim(0.6, directions + 0.4)


def _name_directions(axes, values):
    """Number the directions, and say how far their singular values range."""
    from matplotlib.ticker import FixedLocator, MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(10, integer=True) if len(values) > 1 else FixedLocator([1]))
    axes.set_xlabel(f"singular direction (d from {values[0]:.2g} to {values[-1]:.2g})")
