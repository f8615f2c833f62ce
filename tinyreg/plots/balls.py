"""Why L1 gives zeros and L2 does not: the balls of the penalties and the contours of a real regression, touching."""

from __future__ import annotations

import math
from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from ..experiments.figures import BLUE, GREY, INK, ORANGE, new_figure
from ..ops.number import check_number
from ..regularization.paths.coordinate_descent import elastic_net_path, lasso_path
from ..regularization.paths.design import design
from ..regularization.paths.least_angle import lars_path
from ..regularization.paths.ridge import ridge
from .end_labels import check_names, without_offset
from .look import house_look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = "lcavol svi".split()  # of Prostate: the logarithm of the tumour's volume, and whether it grew into the seminal vesicles
HALVINGS = 100  # of the interval in which the strength lies: until float64 ends
LETTERS = 36  # in a line of an axis's name
CONTOURS = (1 / 3, 2 / 3, 4 / 3, 5 / 3)  # their size, that of the contour that touches the ball being 1


@house_look
def balls(
    X: Any = None,
    y: Any = None,
    *,
    names: Sequence[str] | None = None,
    radius: float | None = None,
    l1_ratio: float | None = None,
    title: str = "",
) -> Figure:
    """Draw the smallest |y - Xb|^2 on an L1, an L2 and an elastic net ball that cross the axes at the same distance.

    The contours are those of the regression, the points where they touch are its constrained solutions: for each ball a
    strength is found, by bisection, at which the penalized solution lies on the ball's boundary. On the L1 ball that is a
    corner, and one coefficient exactly 0, for a whole range of radii; on the L2 ball, which has no corners, for none.

    Args:
        X, y: two columns, and the targets; centred, and the columns of one scale. None takes two of the prostate cancer data
            with variance 1 (log of the tumour's volume; invasion of the seminal vesicles).
        names: of the two coefficients.
        radius: the distance t at which all three balls cross the axes: |b|_1 <= t, |b|_2 <= t and
            l1_ratio |b|_1 + (1 - l1_ratio)/2 |b|_2^2 <= what that is at (t, 0). Above 0, and below the L2 norm of the least
            squares solution, which would else lie in the ball; None takes 0.9 of the largest L1 norm at which the lasso has
            a 0, or, where that is next to nothing, half of the L2 norm of least squares.
        l1_ratio: in (0, 1), scikit-learn's; near 1 the third ball is the first, near 0 the second. Which of its parts
            counts depends on the size of b: None takes t/(t + 2), where both are equal at (t, 0).
        title: above the figure.

    Shape:
        X (n, 2), y (n,).

    Returns:
        A matplotlib Figure; the last line of a notebook cell shows it, `.savefig(path)` writes it.

    Raises:
        TypeError: something is no real number.
        ValueError: X has not two independent columns; only one of X and y; a radius or a ratio that cannot be.
        ModuleNotFoundError: matplotlib is not installed.

    Example:
        >>> from tinyreg.plots import balls
        >>> left, middle, right = balls().axes
        >>> left.texts[0].get_text()
        'b = (0.471, 0)\\n|y − Xb|² = 55.9'
    """
    X, y, names = _checked(X, y, names)
    check_number("balls", **{name: value for name, value in (("radius", radius), ("l1_ratio", l1_ratio)) if value is not None})
    least_squares = ridge(X, y, 0.0).coef
    reach = float(np.linalg.norm(least_squares))
    if radius is None:
        corner = 0.9 * float(np.abs(lars_path(X, y, method="lasso")[1][:, 1]).sum())
        radius = corner if 0.05 * reach < corner < reach else 0.5 * reach
    if not 0 < radius < reach:
        raise ValueError(
            f"balls: radius must lie in (0, {reach:.6g}), got {radius}; there is the least squares solution, beyond it nothing is penalized"
        )
    ratio = radius / (radius + 2) if l1_ratio is None else l1_ratio
    if not 0 < ratio < 1:
        raise ValueError(f"balls: l1_ratio must lie in (0, 1), got {ratio}; 1 is the L1 ball, 0 the L2 ball, which are drawn, too")
    limit = ratio * radius + (1 - ratio) / 2 * radius**2
    largest = float(np.abs(X.T @ y).max()) / len(y)  # from here on the lasso is 0
    solutions = [
        _on_ball(lambda s: lasso_path(X, y, strengths=[s])[1][:, 0], lambda b: np.abs(b).sum(), radius, largest),
        _on_ball(lambda s: ridge(X, y, s).coef, np.linalg.norm, radius, float(np.linalg.norm(X.T @ y)) / radius),
        _on_ball(
            lambda s: elastic_net_path(X, y, ratio, strengths=[s])[1][:, 0],
            lambda b: ratio * np.abs(b).sum() + (1 - ratio) / 2 * (b @ b),
            limit,
            largest / ratio,
        ),
    ]
    titles = [
        f"L1 ball\n|b|₁ ≤ {radius:.3g}",
        f"L2 ball\n|b|₂ ≤ {radius:.3g}",
        f"elastic net ball\n{ratio:.3g} |b|₁ + {(1 - ratio) / 2:.3g} |b|₂² ≤ {limit:.3g}",
    ]
    figure = new_figure(17, 7.4 if title else 6.9)
    panels = figure.subplots(1, 3, sharex=True, sharey=True)
    for axes, heading, share, solution in zip(panels, titles, (1.0, 0.0, ratio), solutions):
        _panel(axes, X, y, least_squares, solution, _outline(radius, share))
        axes.set_title(heading)
        axes.set_xlabel(fill(f"b₁: {names[0]}", LETTERS))
    panels[0].set_ylabel(fill(f"b₂: {names[1]}", LETTERS))
    _frame(panels, least_squares, radius)
    for axes in panels:
        for axis in (axes.xaxis, axes.yaxis):
            without_offset(axis, [*least_squares, radius])
            axis.get_major_locator().set_params(nbins=6)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=5, fontsize=14, columnspacing=1.6)
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=19)
    return figure


def _checked(X, y, names):
    """The columns and the targets, or those of the prostate data, and the names."""
    if (X is None) != (y is None):
        raise ValueError(f"balls: X and y must come together, got {'no X' if X is None else 'no y'}; without both, prostate is drawn")
    if X is None:
        from ..data.regression import Prostate

        prostate = Prostate(scaling="variance")
        X, y = prostate.data[:, [prostate.feature_names.index(name) for name in COLUMNS]], prostate.targets
        names = COLUMNS if names is None else names
    X, y = design("balls", X, y)
    names = ["first column", "second column"] if names is None else check_names("balls", names)
    if X.shape[1] != 2 or len(names) != 2:
        raise ValueError(
            f"balls: X must have two columns, and names two names, got X of shape {X.shape} and {len(names)} names; X[:, [0, 1]] takes two"
        )
    if np.linalg.matrix_rank(X) < 2:
        raise ValueError("balls: the columns of X must be independent, got two of rank below 2; their contours have no end, take others")
    return X, y, names


def _on_ball(solution, penalty, limit, largest):
    """The penalized solution whose penalty is the limit: it falls from that of least squares to 0 as the strength rises to the largest."""
    low, high = 0.0, largest
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if penalty(solution(middle)) > limit else (low, middle)
    return solution(high)


def _outline(radius, share):
    """The boundary of a ball that crosses the axes at the radius, going round: L1 where share is 1, L2 where it is 0."""
    angles = np.linspace(0, 2 * math.pi, 721)
    directions = np.array([np.cos(angles), np.sin(angles)])
    ones = np.abs(directions).sum(axis=0)
    if share == 1:
        return radius * directions / ones
    limit = share * radius + (1 - share) / 2 * radius**2
    return directions * (np.sqrt((share * ones) ** 2 + 2 * (1 - share) * limit) - share * ones) / (1 - share)


def _panel(axes, X, y, least_squares, solution, outline):
    """A ball, contours of |y - Xb|^2, and where they touch."""
    axes.fill(*outline, facecolor=BLUE, alpha=0.22, zorder=1)
    axes.plot(*outline, color=BLUE, linewidth=2.2, label="ball")
    _, d, directions = np.linalg.svd(X, full_matrices=False)
    angles = np.linspace(0, 2 * math.pi, 721)
    ellipse = directions.T @ (np.array([np.cos(angles), np.sin(angles)]) / d[:, None])  # |X b|^2 = 1
    size = float(np.linalg.norm(X @ (solution - least_squares)))
    for i, share in enumerate(CONTOURS):
        points = least_squares[:, None] + share * size * ellipse
        axes.plot(*points, color=GREY, linewidth=1.3, zorder=1.5, label="contours of |y − Xb|²" if i == 0 else None)
    touching = least_squares[:, None] + size * ellipse
    axes.plot(*touching, color=ORANGE, linestyle=(0, (4, 1.2)), linewidth=2.6, label="the one that touches the ball")
    axes.plot(*solution, "o", color=ORANGE, mec=INK, mew=1.5, ms=13, ls="", zorder=5, label="solution on the ball")
    axes.plot(*least_squares, "X", color=INK, ms=13, ls="", zorder=5, label="least squares")
    for line in (axes.axhline, axes.axvline):
        line(0, color=INK, linewidth=1.2, zorder=1.2)
    error = float(((y - X @ solution) ** 2).sum())
    first, second = (f"{value:.3g}" if value else "0" for value in solution.tolist())
    right, up = least_squares[0] >= 0, least_squares[1] >= 0
    axes.text(  # in the corner below least squares, where there is no ball
        *(0.97 if right else 0.03, 0.03 if up else 0.97),
        f"b = ({first}, {second})\n|y − Xb|² = {error:.3g}",
        transform=axes.transAxes,
        ha="right" if right else "left",
        va="bottom" if up else "top",
        fontsize=15,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.9, "pad": 3},
        zorder=6,
    )


def _frame(panels, least_squares, radius):
    """One square for all panels that holds the balls and least squares."""
    low, high = np.minimum(least_squares, -radius), np.maximum(least_squares, radius)
    half, middle = 0.62 * float((high - low).max()), (low + high) / 2
    for axes in panels:
        axes.set_aspect("equal", adjustable="box")
        axes.set_xlim(middle[0] - half, middle[0] + half)
        axes.set_ylim(middle[1] - half, middle[1] + half)
