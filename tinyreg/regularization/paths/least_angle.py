"""Least angle regression and the lasso by homotopy: from knot to knot of a piecewise linear path, nothing in between computed."""

from typing import Any

import numpy as np

from ...ops.number import check_number
from ...types import HostArray
from .design import CoefficientPath, design, numbers
from .linear_model import EPS, LinearModel

SAME = 1e-11  # what is nearer, as a share of the level, happens at one knot
DEPENDENT = EPS**0.5  # a column that sticks out of the active ones by a smaller share of its length is dependent on them, as in R
SLOW = 1e-10  # a correlation that falls more slowly than the level by a smaller share of it falls with it
RESTLESS = 3  # times the number of columns: so many events at one knot, and rounding errors go in circles


class _Active:
    """The active columns in the order of their entries, X_A = QR, brought up to date as they enter and leave."""

    def __init__(self, X):
        most = min(X.shape)
        self.X, self.columns = X, []
        self._Q, self._R = np.empty((len(X), most)), np.zeros((most, most))

    @property
    def Q(self):
        return self._Q[:, : len(self.columns)]

    @property
    def R(self):
        return self._R[: len(self.columns), : len(self.columns)]

    def _apart(self, j):
        """Column j as Q products + rest, the rest at right angles to the active columns, and its length: 0 for none."""
        rest, products = self.X[:, j], np.zeros(len(self.columns))
        for _ in range(2):  # Gram and Schmidt; the second time removes what rounding left in the first
            more = self.Q.T @ rest
            rest, products = rest - self.Q @ more, products + more
        length, full = np.linalg.norm(rest), len(self.columns) == self._Q.shape[1]
        return rest, products, 0.0 if full or length <= DEPENDENT * np.linalg.norm(self.X[:, j]) else length

    def explains(self, j):
        """Whether column j is linearly dependent on the active ones."""
        return not self._apart(j)[2]

    def enter(self, j):
        """Make column j active; False, and nothing happens, where it is linearly dependent on those that are."""
        k, (rest, products, length) = len(self.columns), self._apart(j)
        if length:
            self._Q[:, k], self._R[:k, k], self._R[k, k] = rest / length, products, length
            self.columns.append(j)
        return bool(length)

    def leave(self, gone):
        self.columns = [j for j in self.columns if j not in gone]
        if self.columns:
            self._Q[:, : len(self.columns)], self._R[: len(self.columns), : len(self.columns)] = np.linalg.qr(self.X[:, self.columns])

    def direction(self, signs):
        """w and u: how coefficients and fit move while the level falls by 1."""
        v = np.linalg.solve(self.R.T, signs[self.columns])
        return np.linalg.solve(self.R, v), self.Q @ v                             # (13)

    def coefs(self, y, level, signs):
        """Where all active correlations are `level` in absolute value, from the beginning: errors do not add up over knots."""
        b, X, z = np.zeros(self.X.shape[1]), self.X[:, self.columns], signs[self.columns]
        first = np.linalg.solve(self.R, self.Q.T @ y - level * np.linalg.solve(self.R.T, z))    # (12)
        missed = X.T @ (y - X @ first) - level * z  # what rounding left of the condition that (12) solves
        b[self.columns] = first + np.linalg.solve(self.R, np.linalg.solve(self.R.T, missed))
        return b


def _all_enter(active, waiting, dependent):
    """Least angle regression: whoever has reached the level enters, once and for all."""
    entered = []
    for j in waiting:
        (entered if active.enter(j) else dependent).append(j)
    return entered


def _those_enter_who_must(active, waiting, signs, dependent):
    """The lasso: of those at the level, who must move so that nobody exceeds it; the method of Lawson and Hanson for (16).

    Where one variable waits, the answer is that it enters, or, if it has just left, that it stays out. The loop is for ties.
    """
    entered, refused = [], []
    w, u = active.direction(signs) if active.columns else (np.zeros(0), np.zeros(len(active.X)))
    while rest := [j for j in waiting if j not in entered and j not in refused]:
        excess = 1 - signs[rest] * (active.X[:, rest].T @ u)  # how much slower than the level their correlations fall
        j = rest[int(np.argmax(excess))]
        if excess.max() <= SLOW:
            dependent += [k for k, e in zip(rest, excess) if abs(e) <= SLOW and active.explains(k)]
            break
        if not active.enter(j):
            refused.append(j)
            dependent.append(j)
            continue
        entered.append(j)
        w = np.append(w, 0.0)
        while True:
            after, u = active.direction(signs)
            z = signs[active.columns]
            wrong = np.isin(active.columns, entered) & (z * after <= 0)
            if not wrong.any():
                w = after
                break
            share = np.divide(z * w, z * (w - after), out=np.full(len(w), np.inf), where=wrong & (w != after))
            w = w + share.min() * (after - w)
            gone = [k for k, part, off in zip(active.columns, share, wrong) if off and part <= share.min()]
            w = w[~np.isin(active.columns, gone)]
            active.leave(gone)
            entered = [k for k in entered if k not in gone]
            refused += [k for k in gone if k == j]
    return entered


def _until_the_next(level, c, a, out, held, signs):
    """By how much the level falls until each column that is out reaches it, infinity for never.

    One that was held at the border goes inwards from there, and can reach only the other border.
    """
    up, down = out & (a < 1) & ~(held & (signs > 0)), out & (a > -1) & ~(held & (signs < 0))
    never = np.full(len(c), np.inf)
    above = np.divide(level - c, 1 - a, out=never.copy(), where=up)
    below = np.divide(level + c, 1 + a, out=never, where=down)
    return np.maximum(np.minimum(above, below), 0)                                # (14)


def lars_path(X: Any, y: Any, method: str = "lar") -> CoefficientPath:
    """Follow least angle regression, or the lasso, from all zeros to least squares, knot by knot.

    Between knots every coefficient is linear in the strength (at_strength, at_fraction), so that the knots say
    everything. With method="lasso" the path is the minimum of 1/(2n) |y - Xb|^2 + strength |b|_1 for every strength: the
    one that lasso_path computes at single strengths. There is no intercept: centre y and X; in the papers the columns have
    length 1, too.

    Args:
        X: inputs, a row an example; a Tensor on any device, an array or lists. Left as they are.
        y: one target an example.
        method: "lar": variables enter and stay. "lasso": one whose coefficient reaches 0 leaves, and may enter again.

    Shape:
        X (n, d), y (n,) -> strengths (k,), coefs (d, k), float64 on the host.

    Returns:
        (strengths, coefs, info): the knots, strengths falling from max|X'y|/n to 0, where nothing correlates with what is
        left of y: least squares, or zero residuals where d >= n. One knot where X'y = 0. The strengths are those of 1/(2n);
        R's lars prints n times as much. The keys of info:

            order         the events: 3 for "the third variable enters", -3 for "it leaves", counted from 1 as in R
            knot          for each event the column of coefs, counted from 0, where it happens; after the last knot nothing does
            correlations  n * strengths, R's lambda: |x_j'(y - Xb)| of all active variables, and nobody has more
            l1_norm       |b|_1 at each knot
            active        how many coefficients differ from 0 at each knot
            kkt           by how much each knot misses the conditions of optimality, in units of strengths; for "lar", by how
                          much the active correlations differ from the largest
            dropped       variables, counted from 1, that never entered because their columns are linearly dependent on
                          the active ones (a copy of another, all zeros): they would add nothing but another way to write b

    Raises:
        TypeError: X or y does not hold real numbers.
        ValueError: the shapes do not fit; something is empty, NaN or infinite, or its square is; an unknown method.
        RuntimeError: ties upon ties that float64 cannot resolve.

    Example:
        >>> import tinyreg
        >>> diabetes = tinyreg.datasets.Diabetes(scaling="norm")
        >>> strengths, coefs, info = lars_path(diabetes.data, diabetes.targets, method="lasso")
        >>> print(*info["order"])
        3 9 4 7 2 10 5 8 6 1 -7 7
        >>> info["correlations"][:4].round(2)
        array([949.44, 889.31, 452.9 , 316.07])
    """
    who = "lars_path"
    if method not in ("lar", "lasso"):
        raise ValueError(f"{who}: method must be 'lar' or 'lasso', got {method!r}; with 'lasso' variables leave again")
    X, y = design(who, X, y)
    model = LinearModel(who, X, y)
    lasso, (n, d) = method == "lasso", X.shape
    active, b, c, signs = _Active(X), np.zeros(d), X.T @ y, np.zeros(d)
    level, reached, dependent, idle = float(abs(c).max()), [], [], 0
    noise = 8 * EPS * (abs(X).T @ abs(y))  # how far float64 may be off in each correlation
    end = max(1e-13 * level, noise.max())
    done = level <= end
    knots, order, knot = [(level, b.copy(), _missed(c, b, level, active.columns, lasso))], [], []
    while not done:
        # who is at the level, and who of them moves
        waiting = abs(c) >= level * (1 - SAME) - noise
        waiting[reached] = True  # whatever rounding says
        waiting[active.columns] = False
        signs[waiting] = np.sign(c[waiting])
        at_level = np.flatnonzero(waiting).tolist()
        entered = _those_enter_who_must(active, at_level, signs, dependent) if lasso else _all_enter(active, at_level, dependent)
        order, knot = order + [j + 1 for j in entered], knot + [len(knots) - 1] * len(entered)
        # how far they go
        out = np.ones(d, dtype=bool)
        out[active.columns] = False
        w, u = active.direction(signs)
        joins = _until_the_next(level, c, X.T @ u, out, waiting, signs)
        leaves, z = np.full(len(w), np.inf), signs[active.columns]
        if lasso:  # b_j = 0 at b_j + step w_j
            np.divide(np.maximum(z * b[active.columns], 0), -z * w, out=leaves, where=z * w < 0)    # (15)
        step = min(joins.min(), leaves.min())
        # the next knot
        done = level - step <= end
        before, level = level, 0.0 if done else level - step
        gone, reached = [], []
        if level:
            gone = [j for j, at in zip(active.columns, leaves) if at <= step]
            reached = np.flatnonzero(joins <= step).tolist() + gone
            active.leave(gone)
        b = active.coefs(y, level, signs)
        if lasso:  # rounding, at the knot where a coefficient begins to move
            parts = model.norms * b
            b[((signs * b < 0) | (before - level <= SAME * before)) & (abs(parts) <= SAME * abs(parts).sum())] = 0.0
        c = X.T @ (y - X @ b)
        if before - level > SAME * before:
            knots.append((level, b, _missed(c, b, level, active.columns, lasso)))
            idle = 0
        else:  # the same knot
            if gone and len(knots) > 1:
                knots[-1] = level, b, _missed(c, b, level, active.columns, lasso)
            idle += 1
            if idle > RESTLESS * d:
                raise RuntimeError(
                    f"{who}: the variables at a knot must find an order in which to enter, got none after {idle} tries at strength "
                    f"{level / n}; drop columns that are nearly copies, or use lasso_path, which needs no knots"
                )
        order, knot = order + [-j - 1 for j in sorted(gone)], knot + [len(knots) - 1] * len(gone)
    levels, coefs = np.array([at for at, _, _ in knots]), np.stack([b for _, b, _ in knots], axis=1)
    info = {
        "order": order,
        "knot": knot,
        "correlations": levels,
        "l1_norm": abs(coefs).sum(axis=0),
        "active": np.count_nonzero(coefs, axis=0),
        "kkt": np.array([missed for _, _, missed in knots]) / n,
        "dropped": sorted({j + 1 for j in dependent} - set(order) | {int(j) + 1 for j in np.flatnonzero(~X.any(axis=0))}),
    }
    return CoefficientPath(levels / n, coefs, info)


def _missed(c, b, level, columns, lasso):
    """By how much correlations c differ from what they must be: the level where active, at most the level elsewhere."""
    moving = b != 0 if lasso else np.isin(np.arange(len(c)), columns)
    expected = np.sign(b) * c if lasso else abs(c)
    return float(np.where(moving, abs(expected - level), np.maximum(abs(c) - level, 0)).max())


def at_strength(strengths: Any, coefs: Any, strength: Any) -> HostArray:
    """Coefficients of a piecewise linear path between its knots.

    Args:
        strengths, coefs: of lars_path. On the strengths of another path it is a straight line between two points of a
            curve with corners.
        strength: a number, or a row of them, between the last and the first of strengths.

    Shape:
        strengths (k,), coefs (d, k), strength () or (m,) -> (d,) or (d, m), float64.

    Returns:
        The coefficients, at a knot exactly those of the knot.

    Raises:
        TypeError: something is no real number.
        ValueError: a strength outside the path; strengths do not fall; the shapes do not fit.

    Example:
        >>> at_strength([2.0, 1.0, 0.0], [[0.0, 1.0, 4.0]], 0.5)
        array([2.5])
    """
    who = "at_strength"
    knots, table = numbers(who, "strengths", strengths, 1), numbers(who, "coefs", coefs, 2)
    if table.shape[1] != len(knots):
        raise ValueError(
            f"{who}: coefs must have a column for each of the strengths, got {table.shape} and {len(knots)} strengths; "
            "give both as lars_path returns them"
        )
    if (np.diff(knots) >= 0).any():
        raise ValueError(f"{who}: strengths must fall, got {knots.tolist()!r:.80}; give them as lars_path returns them")
    wanted, alone = _wanted(who, "strength", strength)
    if wanted.min() < knots[-1] or wanted.max() > knots[0]:
        off = wanted.min() if wanted.min() < knots[-1] else wanted.max()
        raise ValueError(
            f"{who}: strength must lie in [{knots[-1]}, {knots[0]}], got {off}; the path ends there, and above it all coefficients "
            "stay as in its first column"
        )
    between = _between(-knots, table, -wanted)
    return between[:, 0] if alone else between


def at_fraction(coefs: Any, fraction: Any) -> HostArray:
    """Coefficients of a lasso path where |b|_1 is a fraction of its last: Tibshirani's s.

    Between the knots of lars_path(method="lasso") no coefficient changes its sign, so that |b|_1 is linear there, as the
    coefficients are. It grows from knot to knot: a budget for it is the other way to choose a strength.

    Args:
        coefs: of lars_path(method="lasso") or enet_path.
        fraction: a number, or a row of them, in [0, 1]: 0 for the beginning of the path (no more than zeros), 1 for its end.

    Shape:
        coefs (d, k), fraction () or (m,) -> (d,) or (d, m), float64.

    Returns:
        The coefficients, at a knot exactly those of the knot.

    Raises:
        TypeError: something is no real number.
        ValueError: a fraction outside [0, 1]; coefs is no table; |b|_1 falls along the path, or does not begin at 0.

    Example:
        >>> at_fraction([[0.0, 1.0, 1.0], [0.0, 0.0, -3.0]], 0.5)
        array([ 1., -1.])
    """
    who = "at_fraction"
    table = numbers(who, "coefs", coefs, 2)
    wanted, alone = _wanted(who, "fraction", fraction)
    if wanted.min() < 0 or wanted.max() > 1:
        off = wanted.min() if wanted.min() < 0 else wanted.max()
        raise ValueError(f"{who}: fraction must lie in [0, 1], got {off}; it is |b|_1 as a share of the last column's")
    norms = abs(table).sum(axis=0)
    falls = np.flatnonzero(np.diff(norms) < -1e-12 * norms.max())
    if len(falls):
        i = int(falls[0])
        raise ValueError(
            f"{who}: |b|_1 must grow from column to column, got {norms[i]} and then {norms[i + 1]} at column {i + 1}; "
            "give the path of lars_path(method='lasso'), or choose by strength"
        )
    if norms[0] > 0:
        raise ValueError(f"{who}: the first column must be zeros, got |b|_1 = {norms[0]}; give the whole path, from its first knot on")
    between = _between(norms, table, wanted * norms[-1])
    return between[:, 0] if alone else between


def _wanted(who, name, values):
    """One number or a row of them, as a row; and whether it was one."""
    if getattr(values, "ndim", None) == 0 or np.ndim(values) == 0:
        check_number(who, **{name: values})
        return numbers(who, name, [float(values)], 1), True
    return numbers(who, name, values, 1), False


def _between(knots, table, wanted):
    """Columns of a table between its own, which belong to `knots`, a row that does not fall."""
    right = np.clip(np.searchsorted(knots, wanted), 0, len(knots) - 1)
    left = np.maximum(right - 1, 0)
    gap = knots[right] - knots[left]
    share = np.divide(wanted - knots[left], gap, out=np.ones(len(wanted)), where=gap > 0)
    return table[:, left] * (1 - share) + table[:, right] * share
