"""Group lasso along a path of strengths: the exact minimum over one group after the other, finished by Newton's method."""

import math
from typing import Any

import numpy as np

from ...autograd import Tensor
from ...backend import to_numpy
from .design import CoefficientPath, check_grid, check_strengths, design, geometric, on_the_way, warn_of_violations
from .linear_model import EPS, LinearModel
from .ridge import ridge

PROMISE = 1e-7  # of the conditions of optimality, as they stand and as a share of the first strength
DAMPING = 1e-10  # of the largest element: Newton stays where it is along what changes nothing, as between a group and its copy


class _Groups:
    """The columns of each group turned to right angles: X_g = Z_g V_g', b_g = V_g a_g. The penalty does not see it."""

    def __init__(self, X, y, labels):
        self.y, self.n = y, len(y)
        self.columns = [np.flatnonzero(labels == label) for label in np.unique(labels)]
        self.blocks, self.squares, self.turns = [], [], []
        for columns in self.columns:
            U, d, Vt = np.linalg.svd(X[:, columns], full_matrices=False)
            rank = max(int((d > max(len(X), len(columns)) * EPS * d[0]).sum()), 1)
            self.blocks.append(U[:, :rank] * d[:rank])                            # (20)
            self.squares.append(d[:rank] ** 2 / self.n)
            self.turns.append(Vt[:rank].T)
        self.Z = np.concatenate(self.blocks, axis=1)
        self.sizes = np.array([len(squares) for squares in self.squares])
        self.ends = np.cumsum(self.sizes)
        self.starts = self.ends - self.sizes
        self.roots = np.sqrt([len(columns) for columns in self.columns])
        self.norms = np.sqrt(self.n * np.array([squares.sum() for squares in self.squares]))

    def lengths(self, a):
        return np.sqrt(np.add.reduceat(a * a, self.starts))

    def each(self, values):
        """One value a group as one value an element."""
        return np.repeat(values, self.sizes)

    def gradient(self, a):
        """Z'(y - Za)/n, and the residuals y - Za."""
        residuals = self.y - self.Z @ a
        return self.Z.T @ residuals / self.n, residuals

    def rounding(self, a):
        """How far float64 may be off in the gradient's part for each group."""
        return 4 * EPS * self.norms * (np.linalg.norm(self.y) + self.norms @ self.lengths(a)) / self.n

    def turned_back(self, a):
        b = np.empty(sum(map(len, self.columns)))
        for columns, turn, start, end in zip(self.columns, self.turns, self.starts, self.ends):
            b[columns] = turn @ a[start:end]
        return b

    def slope(self, c, a, t):
        """The gradient of the objective where a group is not 0, downhill."""
        lengths = self.lengths(a)
        return c - self.each(t / (lengths + (lengths == 0))) * a

    def violations(self, c, a, t):
        """By how much each group misses the conditions of optimality."""
        moving = self.lengths(a) > 0
        return np.where(moving, self.lengths(self.slope(c, a, t)), np.maximum(self.lengths(c) - t, 0))    # (25)


def _block(squares, v, t):
    """The minimum over one group, whose columns are at right angles: squares of their lengths over n, v = Z_g'(its target)/n."""
    length = np.linalg.norm(v)
    if length <= t:
        return np.zeros_like(v)
    if t == 0:
        return np.divide(v, squares, out=np.zeros_like(v), where=squares > 0)
    radius = (length - t) / squares[0]  # squares[0] is the largest: not beyond the root
    for _ in range(100):
        shares = v / (squares * radius + t)
        phi = shares @ shares
        step = phi * (math.sqrt(phi) - 1) / (squares * shares * shares / (squares * radius + t)).sum()    # (24)
        radius += step
        if step <= 4 * EPS * radius:
            break
    return radius * v / (squares * radius + t)                                    # (22)


def _sweep(groups, working, a, residuals, t):
    """Minimize over one group after the other; a and residuals change in place."""
    for g in working:
        part, Z, squares = slice(groups.starts[g], groups.ends[g]), groups.blocks[g], groups.squares[g]
        old = a[part].copy()
        v = Z.T @ residuals / groups.n + squares * old
        new = _block(squares, v, t[g])
        if (new != old).any():
            residuals -= Z @ (new - old)
            a[part] = new


def _newton(groups, a, t):
    """Newton's method for the groups that are not 0, while it helps: near the minimum each step squares the error.

    A group that would turn round on the way is tried at 0. The objective never rises.
    """
    c, residuals = groups.gradient(a)
    value, products = _objective(groups, a, residuals, t), None
    for _ in range(30):
        lengths = groups.lengths(a)
        index = np.flatnonzero(groups.each(lengths > 0))
        group = groups.each(np.arange(len(t)))[index]
        if products is None:
            first, products = index, groups.Z[:, index].T @ groups.Z[:, index] / groups.n
        kept = np.searchsorted(first, index)
        slope = groups.slope(c, a, t)
        if not slope[index].any():
            return a
        u, bend = a[index] / lengths[group], (t / (lengths + (lengths == 0)))[group]
        hessian = products[np.ix_(kept, kept)] - np.where(group[:, None] == group, np.outer(bend * u, u), 0)
        diagonal = hessian.flat[:: len(index) + 1] + bend
        hessian.flat[:: len(index) + 1] = diagonal + DAMPING * diagonal.max()
        step = np.zeros(len(a))
        step[index] = np.linalg.solve(hessian, slope[index])                      # (26)
        found = None
        for share, zero in _trials(groups, a, step, lengths):
            after = a + share * step
            after[zero] = 0.0
            c_after, residuals_after = groups.gradient(after)
            lower = _objective(groups, after, residuals_after, t)
            before, rest = np.linalg.norm(slope[index]), np.linalg.norm(groups.slope(c_after, after, t)[index])
            if lower < value - 1e-4 * share * (step @ slope) or (share == 1 and rest < before / 2 and lower <= value * (1 + 4 * EPS)):
                found = after, c_after, residuals_after, lower
                break
        if found is None:
            return a
        a, c, residuals, value = found
    return a


def _trials(groups, a, step, lengths):
    """Shares of a step, and what becomes 0 there: where the first group would turn round, then 1, 1/2, 1/4, ..."""
    speeds = -np.add.reduceat(a * step, groups.starts)  # times the length
    turns = np.divide(lengths**2, speeds, out=np.full(len(lengths), np.inf), where=speeds > 0)
    g = int(np.argmin(turns))
    if turns[g] <= 1:
        yield turns[g], slice(groups.starts[g], groups.ends[g])
    for halvings in range(6):
        yield 0.5**halvings, slice(0)


def _objective(groups, a, residuals, t):
    return residuals @ residuals / (2 * groups.n) + t @ groups.lengths(a)         # (21)


def _solve(groups, a, c, t, expected, limit, max_iter):
    """Solve for one strength from a, where the gradient is c. Returns (a, how many times around)."""
    working, sweeps, stalled, best, least = expected | (groups.lengths(a) > 0), 0, 0, a, np.inf
    while True:
        missed, slack = groups.violations(c, a, t), groups.rounding(a)
        stalled = 0 if missed.max() < least / 2 else stalled + 1
        if missed.max() < least:
            best, least = a.copy(), missed.max()
        if (missed <= 2 * slack).all() or sweeps >= max_iter or (stalled >= 3 and least <= max(limit, 2 * slack.max())):
            return best, sweeps
        working |= missed > slack
        a, residuals = a.copy(), groups.gradient(a)[1]
        _sweep(groups, np.flatnonzero(working & (groups.norms > 0)), a, residuals, t)
        a, sweeps = _newton(groups, a, t), sweeps + 1
        c, _ = groups.gradient(a)


def group_lasso_path(
    X: Any, y: Any, groups: Any, *, n_strengths: int = 100, strengths: Any = None, eps: float = 1e-3, max_iter: int = 1000
) -> CoefficientPath:
    """Minimize 1/(2n) |y - Xb|^2 + strength * sum over groups of sqrt(size) |b_g| for a row of falling strengths.

    The penalty is that of group_lasso_penalty: whole groups of coefficients are 0 together. There is no intercept: centre y
    and the columns of X before, and bring the columns to one scale.

    Args:
        X: inputs, a row an example; a Tensor on any device, an array or lists. Left as they are.
        y: one target an example.
        groups: for each column of X the number of its group, any integers. One group for all: nothing is selected;
            each column its own: lasso_path.
        n_strengths: how many strengths, from the smallest that gives zeros, max_g |X_g'y|/(n sqrt(size)), down to eps of it.
        strengths: instead of that, finite numbers of at least 0; they are sorted to fall. 0 is least squares.
        eps: in (0, 1), the last of the strengths as a share of the first.
        max_iter: after so many sweeps a strength is given up, with a warning; a path takes one to three for most.

    Shape:
        X (n, d), y (n,), groups (d,) -> strengths (k,), coefs (d, k), float64 on the host.

    Returns:
        (strengths, coefs, info). The keys of info, a row each:

            kkt          by how much the worst group misses its condition of optimality, in the length of its gradient: below
                         1e-7, and below 1e-7 of the first strength, unless float64 has no more digits of X'(y - Xb)/n
            iterations   the sweeps over the groups that it took
            active       how many coefficients differ from 0
            groups       how many groups do

    Raises:
        TypeError: groups are no integers; something else is no real number.
        ValueError: the shapes do not fit; something is empty, NaN or infinite; a strength is negative; n_strengths or
            max_iter is less than 1; eps lies outside (0, 1).

    Warns:
        UserWarning: max_iter sweeps were not enough.

    Example:
        >>> X, y = [[1, 1, 1], [1, -1, 1], [1, 1, -1], [1, -1, -1]], [4, 1, 1, 0]
        >>> strengths, coefs, info = group_lasso_path(X, y, [0, 0, 1], strengths=[1.2, 0.9, 0.0])
        >>> coefs.round(2)
        array([[0.09, 0.44, 1.5 ],
               [0.06, 0.29, 1.  ],
               [0.  , 0.1 , 1.  ]])
    """
    who = "group_lasso_path"
    X, y = design(who, X, y)
    labels = _labels(who, groups, X.shape[1])
    check_grid(who, n_strengths, eps, max_iter)
    LinearModel(who, X, y)  # refuses what float64 cannot square
    parts = _Groups(X, y, labels)
    a = np.zeros(parts.Z.shape[1])
    c, _ = parts.gradient(a)
    before = first = float((parts.lengths(c) / parts.roots).max())                # (27)
    falling = geometric(first, n_strengths, eps) if strengths is None else check_strengths(who, strengths)
    coefs, limits = np.empty((X.shape[1], len(falling))), np.empty(len(falling))
    kinds = {"kkt": float, "iterations": int, "active": int, "groups": int}
    info = {name: np.zeros(len(falling), dtype=kind) for name, kind in kinds.items()}
    for i, strength in enumerate(falling):
        sweeps = 0
        if strength == 0:
            for _ in range(2):  # the second one takes away the rounding errors of the first
                a = a + ridge(parts.Z, y - parts.Z @ a, 0.0).coef
        else:
            for between in on_the_way(before, float(strength)):
                expected = parts.lengths(c) >= (2 * between - before) * parts.roots    # (11), of lengths
                a, more = _solve(parts, a, c, between * parts.roots, expected, PROMISE * min(1.0, first), max_iter)
                (c, _), before, sweeps = parts.gradient(a), between, sweeps + more
        coefs[:, i], limits[i] = parts.turned_back(a), max(PROMISE * min(1.0, first), 2 * parts.rounding(a).max())
        missed = parts.violations(parts.gradient(a)[0], a, strength * parts.roots).max()
        moving = np.count_nonzero(coefs[:, i]), np.count_nonzero(parts.lengths(a))
        info["kkt"][i], info["iterations"][i], info["active"][i], info["groups"][i] = missed, sweeps, *moving
    path = CoefficientPath(falling, coefs, info)
    warn_of_violations(who, path, limits, max_iter, 3)
    return path


def _labels(who, groups, d):
    """The number of each column's group, as an array."""
    try:
        labels = to_numpy(groups.array if isinstance(groups, Tensor) else groups)
    except ValueError:
        raise ValueError(f"{who}: groups must have a number for each column of X, got rows of unequal length; give {d}") from None
    if labels.dtype.kind not in "iu":
        raise TypeError(f"{who}: groups must be integers, got dtype {labels.dtype}; number the groups, equal numbers are one group")
    if labels.shape != (d,):
        raise ValueError(f"{who}: groups must have a number for each column of X, got shape {labels.shape} for {d} columns; give {d}")
    return labels
