"""Labels at the ends of lines, in the place of a legend: pushed apart where lines end close together."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..experiments.figures import INK

FONT_SIZE = 14  # points
LINE = 1.25  # from one label to the next, in font sizes


def spread(wanted: np.ndarray, gap: float, low: float, high: float) -> np.ndarray:
    """The heights nearest to the wanted ones, in squares, that lie a gap apart: labels that do not overlap.

    Minimizes sum_i (h_i - wanted_i)^2 subject to h_(i+1) - h_i >= gap in the order of the wanted heights, and
    low <= h_i <= high. Without the gaps, z_i = h_i - i gap, this is an isotonic regression: neighbours out of order share
    their mean (Barlow, Bartholomew, Bremner & Brunk 1972), and what leaves the bounds is cut to them.

    Args:
        wanted: (m,) heights.
        gap: the least distance; (m - 1) gap must fit between low and high.
        low, high: the bounds.

    Returns:
        (m,) heights, in the order of wanted.

    Raises:
        ValueError: so many labels have no room.

    Example:
        >>> spread(np.array([0.5, 0.5, 0.9]), 0.2, 0.0, 1.0).tolist()
        [0.4, 0.6, 0.9]
    """
    wanted = np.asarray(wanted, dtype="float64")
    count = len(wanted)
    if (count - 1) * gap > (high - low) * (1 + 1e-12):
        raise ValueError(
            f"spread: {count} labels must fit between the bounds, got a gap of {gap} between {low} and {high}; name fewer lines"
        )
    order = np.argsort(wanted, kind="stable")
    steps = gap * np.arange(count)
    blocks = []  # (mean, size) of neighbours that share it
    for value in wanted[order] - steps:
        size = 1
        while blocks and blocks[-1][0] >= value:
            mean, width = blocks.pop()
            value, size = (mean * width + value * size) / (width + size), size + width
        blocks.append((value, size))
    level = np.repeat([mean for mean, _ in blocks], [size for _, size in blocks])
    heights = np.empty(count)
    heights[order] = np.clip(level, low, max(low, high - gap * (count - 1))) + steps
    return heights


def check_names(who: str, names: Any) -> list[Any]:
    """The names as a list, refused where they are none.

    Args:
        who: the function that asks, for the message.
        names: of lines or axes.

    Raises:
        TypeError: something that holds no names.

    Example:
        >>> check_names("balls", ("age", "bmi"))
        ['age', 'bmi']
    """
    if not isinstance(names, Iterable) or not getattr(names, "ndim", True):
        raise TypeError(f"{who}: names must be a list of strings, got {names!r:.60}; feature_names of the data are one")
    return list(names)


def without_offset(axis, values):
    """Write very large and very small numbers out at the ticks: the factor that stands apart would lie on other texts.

    Args:
        axis: axes.xaxis or axes.yaxis.
        values: that are drawn along it.
    """
    largest = float(np.abs(values).max())
    if largest and not 1e-3 <= largest < 1e6:
        axis.set_major_formatter("{x:g}")


def label_ends(axes, lines, texts, size=FONT_SIZE):
    """Write a text at the right end of each line, outside of the axes, with a piece of the line that leads to it.

    Args:
        axes: whose x axis ends where the lines end; its figure has been laid out (`draw_without_rendering`), so that this
            is the last thing drawn.
        lines: Line2D.
        texts: one for each.
        size: of the font, in points.

    Returns:
        The Texts.
    """
    to_axes = axes.transData + axes.transAxes.inverted()
    ends = [to_axes.transform((line.get_xdata()[-1], line.get_ydata()[-1]))[1] for line in lines]
    gap = LINE * size / (axes.bbox.height * 72 / axes.get_figure().dpi)  # as a share of the height of the axes
    labels = []
    for line, text, end, height in zip(lines, texts, ends, spread(np.array(ends), gap, 0.5 * gap, 1 - 0.5 * gap)):
        style = {"color": line.get_color(), "linestyle": line.get_linestyle(), "linewidth": 1.6}
        axes.plot([1.0, 1.015, 1.045, 1.065], [end, end, height, height], transform=axes.transAxes, clip_on=False, **style)
        labels.append(axes.text(1.075, height, text, transform=axes.transAxes, fontsize=size, color=INK, va="center", ha="left"))
    return labels


def room(axes, size=FONT_SIZE):
    """Lay the figure out as it is now, and say how many labels fit beside the axes."""
    axes.get_figure().draw_without_rendering()
    return int(axes.bbox.height * 72 / axes.get_figure().dpi / (LINE * size))
