"""Ridge in closed form: one singular value decomposition, and any number of strengths."""

from typing import Any, NamedTuple

import numpy as np

from ...ops.number import check_strength
from ...types import HostArray
from .design import design, numbers


class RidgeSolution(NamedTuple):
    """What ridge returns.

    Attributes:
        coef: (d,) float64; (d, k) where k strengths were given.
        df: the effective number of parameters, a float; (k,) where k strengths were given.

    Example:
        >>> RidgeSolution([0.5], 0.5).df
        0.5
    """

    coef: HostArray
    df: Any


def ridge(X: Any, y: Any, strength: Any) -> RidgeSolution:
    """Minimize |y - Xb|^2 + strength |b|^2, and count the parameters that are left.

    This is scikit-learn's Ridge(alpha=strength, fit_intercept=False). There is no intercept: centre y and the columns of
    X before, else it is penalized like a weight (with centred columns the best intercept is the mean of y, whatever b
    is). Columns are taken as they are, so bring them to one scale: a column in millimetres is hardly penalized, the same
    column in metres is.

    Args:
        X: inputs, a row an example; a Tensor on any device, an array or lists. Left as they are.
        y: one target an example.
        strength: at least 0, a number or a row of them (in any order, kept). 0 is least squares, of all its solutions the
            shortest; with a large one coef and df go to 0 like 1/strength.

    Shape:
        X (n, d), y (n,), strength () or (k,) -> coef (d,) or (d, k), df () or (k,), float64 on the host.

    Returns:
        A named pair (coef, df); df is the sum of d_j^2/(d_j^2 + strength) over the singular values of X, the rank at 0.

    Raises:
        TypeError: something is no real number.
        ValueError: the shapes do not fit; something is empty, NaN or infinite; a strength is negative.

    Example:
        >>> import tinyreg
        >>> diabetes = tinyreg.datasets.Diabetes(scaling="norm")
        >>> ridge(diabetes.data, diabetes.targets, [0, 0.1, 1, 100]).df.round(2)
        array([10.  ,  7.64,  3.94,  0.1 ])
    """
    X, y = design("ridge", X, y)
    strengths, alone = _strengths("ridge", strength)
    U, d, Vt = _decomposed(X)
    with np.errstate(over="ignore"):  # a strength at the end of float64 takes its factors to 0
        inverse = 1 / (d[:, None] + strengths / d[:, None])                       # factors over singular values
    coef = Vt.T @ (inverse * (U.T @ y)[:, None])                                  # (3)
    df = (d[:, None] * inverse).sum(axis=0)                                       # (4)
    return RidgeSolution(coef[:, 0], float(df[0])) if alone else RidgeSolution(coef, df)


def filter_factors(X: Any, strength: Any) -> tuple[HostArray, HostArray]:
    """What ridge leaves of least squares along each singular direction of X: d^2 / (d^2 + strength).

    Args:
        X: inputs, a row an example; a Tensor on any device, an array or lists.
        strength: of |y - Xb|^2 + strength |b|^2, at least 0, a number or a row of them; n times that of the mean of squares.

    Shape:
        X (n, d), strength () or (k,) -> (m,) and (m,) or (m, k), m = min(n, d), float64 on the host.

    Returns:
        The singular values, falling, and their factors in [0, 1]: 1 at strength 0, to 0 as it grows. Directions in which X
        does not extend (singular values of at most max(n, d) times 2.2e-16 of the largest) have singular value and factor 0.

    Raises:
        TypeError: something is no real number.
        ValueError: X is no table; something is empty, NaN or infinite; a strength is negative.

    Example:
        >>> filter_factors([[2.0, 0.0], [0.0, 1.0]], 1.0)
        (array([2., 1.]), array([0.8, 0.5]))
    """
    table = numbers("filter_factors", "X", X, 2)
    strengths, alone = _strengths("filter_factors", strength)
    _, d, _ = _decomposed(table)
    values, factors = np.zeros(min(table.shape)), np.zeros((min(table.shape), len(strengths)))
    values[: len(d)] = d
    with np.errstate(over="ignore"):
        factors[: len(d)] = d[:, None] / (d[:, None] + strengths / d[:, None])    # (3)
    return values, factors[:, 0] if alone else factors


def _strengths(who, strength):
    """A row of strengths, and whether it was a single number."""
    if not isinstance(strength, (list, tuple, range)) and getattr(strength, "ndim", 0) == 0:
        check_strength(who, strength=strength)
        return np.array([float(strength)]), True
    strengths = numbers(who, "strength", strength, 1)
    check_strength(who, strength=float(strengths.min()))
    return strengths, False


def _decomposed(X):
    """The thin singular value decomposition, without the directions in which X does not extend but by rounding."""
    U, d, Vt = np.linalg.svd(X, full_matrices=False)
    rank = int((d > max(X.shape) * np.finfo("float64").eps * d[0]).sum())
    return U[:, :rank], d[:rank], Vt[:rank]
