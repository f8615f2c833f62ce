"""Lasso and elastic net along a path of strengths: coordinate descent, finished by a linear system once the signs are known."""

from typing import Any

import numpy as np

from ...ops.number import check_number
from ...types import HostArray
from .design import CoefficientPath, check_grid, check_strengths, design, geometric, on_the_way, warn_of_violations
from .linear_model import LinearModel
from .ridge import ridge

PROMISE = 1e-7  # for (6), as it stands and as a share of max|X'y|/n


def lasso_path(
    X: Any, y: Any, *, n_strengths: int = 100, strengths: Any = None, eps: float = 1e-3, max_iter: int = 1000
) -> CoefficientPath:
    """Minimize |y - Xb|^2/(2n) + strength |b|_1 for a row of strengths, from all weights 0 to nearly none.

    This is scikit-learn's objective (its Lasso's alpha is the strength). The residuals are averaged over n examples: under
    |y - Xb|^2/2, as in R's lars, the same solution has n times the strength. There is no intercept and no standardizing:
    centre y and the columns of X before (the best intercept is then the mean of y, and it must not be penalized), and
    bring the columns to one scale, since the penalty treats a weight per metre and one per millimetre alike.

    Args:
        X: inputs, a row an example; a Tensor on any device, an array or lists. Left as they are.
        y: one target an example.
        n_strengths: how many, in equal steps of their logarithm, from max_j |x_j'y|/n, the smallest that keeps all weights
            at 0, down to eps times that. Of no influence where strengths are given.
        strengths: the strengths themselves, at least 0, in any order; equal ones are kept. At 0 the weights of the
            strength before are led on to a least-squares solution (where it is unique, to that).
        eps: the last strength as a share of the first, in (0, 1).
        max_iter: after so many sweeps a strength is given up, with a warning; most take one to three. Between a strength
            and one below a quarter of it there are stations, with as many for each.

    Shape:
        X (n, d), y (n,) -> strengths (k,), coefs (d, k), float64 on the host.

    Returns:
        A named triple (strengths, coefs, info): the strengths falling, the weights of each as a column, and in info, for
        each strength, "kkt", by how much the conditions of optimality are missed (below 1e-7, and below 1e-7 of
        max|X'y|/n, unless float64 has no more digits of X'(y - Xb)/n), "iterations", the sweeps it took, stations included,
        and "active", how many weights are not 0.

    Raises:
        TypeError: something is no real number, or n_strengths or max_iter no integer.
        ValueError: the shapes do not fit; something is empty, NaN or infinite; a strength is negative; eps is outside
            (0, 1); n_strengths or max_iter is below 1.

    Warns:
        UserWarning: max_iter sweeps were not enough.

    Example:
        >>> import tinyreg
        >>> diabetes = tinyreg.datasets.Diabetes(scaling="norm")
        >>> strengths, coefs, info = lasso_path(diabetes.data, diabetes.targets, strengths=[2.2, 1.0, 0.3])
        >>> info["active"].tolist(), coefs[2].round(1).tolist()
        ([0, 3, 4], [0.0, 367.7, 504.7])
    """
    X, y = design("lasso_path", X, y)
    return _path("lasso_path", X, y, 1.0, n_strengths, strengths, eps, max_iter)


def elastic_net_path(
    X: Any, y: Any, l1_ratio: float, *, n_strengths: int = 100, strengths: Any = None, eps: float = 1e-3, max_iter: int = 1000
) -> CoefficientPath:
    """Minimize |y - Xb|^2/(2n) + strength (l1_ratio |b|_1 + (1 - l1_ratio)/2 |b|^2) for a row of strengths.

    This is scikit-learn's objective (its ElasticNet's alpha is the strength). As in lasso_path there is no intercept and
    no standardizing; centre and scale before. Zou and Hastie's elastic net is 1 + l2 times such a solution, on columns of
    norm 1: see zou_hastie_strengths and enet_path.

    Args:
        X, y, n_strengths, strengths, eps, max_iter: as in lasso_path; the largest strength is max_j |x_j'y|/(n l1_ratio).
        l1_ratio: in [0, 1]; 1 is the lasso; 0 is ridge with n times the strength, which has no largest strength: give
            the strengths.

    Shape:
        X (n, d), y (n,) -> strengths (k,), coefs (d, k), float64 on the host.

    Returns:
        A named triple (strengths, coefs, info), as in lasso_path.

    Raises:
        TypeError: as in lasso_path; l1_ratio is no number.
        ValueError: as in lasso_path; l1_ratio is outside [0, 1], or 0 without strengths.

    Warns:
        UserWarning: max_iter sweeps were not enough.

    Example:
        >>> strengths, coefs, info = elastic_net_path([[1, 1], [-1, -1]], [2, -2], 0.5, strengths=[4, 1])
        >>> coefs.round(3).tolist()
        [[0.0, 0.6], [0.0, 0.6]]
    """
    check_number("elastic_net_path", l1_ratio=l1_ratio)
    if not 0 <= l1_ratio <= 1:
        raise ValueError(f"elastic_net_path: l1_ratio must lie in [0, 1], got l1_ratio={l1_ratio}; 0 is ridge, 1 the lasso")
    if l1_ratio == 0 and strengths is None:
        raise ValueError("elastic_net_path: strengths must be given with ridge, got l1_ratio=0; at no finite one are its weights 0")
    X, y = design("elastic_net_path", X, y)
    return _path("elastic_net_path", X, y, float(l1_ratio), n_strengths, strengths, eps, max_iter)


def violations(c: HostArray, b: HostArray, l1: float, l2: float) -> HostArray:
    """By how much each weight misses the conditions of optimality, equation (6); c is X'(y - Xb)/n.

    Example:
        >>> import numpy
        >>> violations(numpy.array([3.0, 1.5]), numpy.array([2.0, 0.0]), l1=1.0, l2=1.0)
        array([0. , 0.5])
    """
    slope = c - l2 * b
    return np.where(b != 0, abs(slope - l1 * np.sign(b)), np.maximum(abs(slope) - l1, 0))    # (6)


def _path(who, X, y, l1_ratio, n_strengths, strengths, eps, max_iter):
    """Every strength from the solution of the one before it."""
    check_grid(who, n_strengths, eps, max_iter)
    model = LinearModel(who, X, y)
    if strengths is None:
        strengths = geometric(model.largest / l1_ratio, n_strengths, eps)         # (7)
    else:
        strengths = check_strengths(who, strengths)
    ridges = ridge(X, y, model.n * strengths).coef if l1_ratio == 0 else None
    b, c, before = np.zeros(X.shape[1]), model.correlation.copy(), model.largest
    coefs = np.empty((len(b), len(strengths)))
    info = {name: np.zeros(len(strengths), dtype=kind) for name, kind in (("kkt", float), ("iterations", int), ("active", int))}
    limits = np.empty(len(strengths))
    for i, strength in enumerate(strengths):
        sweeps = 0
        if ridges is not None:
            b = ridges[:, i]
        elif strength == 0:
            while (abs(c) > 2 * model.rounding(b)).any() and sweeps < 3:  # a second time takes away the rounding errors of the first
                b, sweeps = b + ridge(X, y - X @ b, 0.0).coef, sweeps + 1
                c = model.gradient(b)
        else:
            for between in on_the_way(before / l1_ratio, float(strength)):
                l1, l2 = between * l1_ratio, between * (1 - l1_ratio)
                expected = abs(c - l2 * b) >= 2 * l1 - before                     # (11)
                b, more = _solve(model, b, c, l1, l2, expected, max_iter)
                c, before, sweeps = model.gradient(b), l1, sweeps + more
        missed = violations(model.gradient(b), b, strength * l1_ratio, strength * (1 - l1_ratio))
        coefs[:, i], limits[i] = b, _limit(model, b)
        info["kkt"][i], info["iterations"][i], info["active"][i] = missed.max(), sweeps, np.count_nonzero(b)
    path = CoefficientPath(strengths, coefs, info)
    warn_of_violations(who, path, limits, max_iter, 4)
    return path


def _limit(model, b):
    """What is promised for (6), as far as float64 has the digits."""
    return max(PROMISE * min(1.0, model.largest), 2 * model.rounding(b).max())


def _solve(model, b, c, l1, l2, expected, max_iter):
    """Solve for one strength, from b with the gradient c. Returns (b, how many sweeps it took)."""
    working, sweeps, stalled, best, least = expected | (b != 0), 0, 0, b, np.inf
    while True:
        missed, slack = violations(c, b, l1, l2), model.rounding(b)
        stalled = 0 if missed.max() < least / 2 else stalled + 1
        if missed.max() < least:
            best, least = b, missed.max()
        if (missed <= 2 * slack).all():
            return b, sweeps
        if sweeps >= max_iter or (stalled >= 3 and least <= _limit(model, best)):
            return best, sweeps
        working |= missed > slack
        columns = np.flatnonzero(working & (model.norms > 0))
        gram, part, inner = model.gram(columns), b[columns], c[columns]
        _sweep(gram, inner, part, l1, l2, slack[columns])
        _jump(model, columns, gram, inner, part, l1, l2)
        b, sweeps = b.copy(), sweeps + 1
        b[columns] = part
        c = model.gradient(b)


def _sweep(gram, c, b, l1, l2, slack):
    """Minimize over one weight after the other; b and c = X'(y - Xb)/n change in place."""
    values = b.tolist()
    for j, (a, bound) in enumerate(zip(gram.diagonal().tolist(), (l1 + slack).tolist())):
        old = values[j]
        z = c.item(j) + a * old
        if abs(z) <= (l1 if old else bound):  # no weight leaves 0 for a rounding error
            values[j] = 0.0
        else:
            values[j] = (z - l1 if z > 0 else z + l1) / (a + l2)                  # (8)
        if values[j] != old:
            c -= (values[j] - old) * gram[j]                                      # (9)
    b[:] = values


def _jump(model, columns, gram, c, b, l1, l2):
    """Go to the minimum among the weights with the signs of b; let those go that come to 0 on the way. As _sweep, in place."""
    while b.any():
        active = np.flatnonzero(b)
        signs = np.sign(b[active])
        slope = c[active] - l2 * b[active] - l1 * signs
        if not slope.any():
            return
        step, endless = model.newton_step(columns[active], gram[np.ix_(active, active)], slope, l2)
        if not np.isfinite(step).all():  # beyond float64: one weight at a time gets further
            return
        after = b[active] + step
        crossing = np.flatnonzero(step * signs < 0 if endless else np.sign(after) != signs)
        if len(crossing):
            shares = -b[active[crossing]] / step[crossing]
            after = b[active] + shares.min() * step
            after[crossing[shares == shares.min()]] = 0.0
        c -= (after - b[active]) @ gram[active]
        b[active] = after
        if not len(crossing):
            return
