"""One solution, many strengths: what a strength becomes when the objective is written, or the columns are scaled, another way.

Multiplying an objective by a number moves no minimum, so of a |y - Xb|^2 + s P(b) only the ratio s/a counts. With P the
same on both sides, s of each line below gives the same b:

    |y - Xb|^2/(2n)    s            lasso_path, elastic_net_path; scikit-learn's Lasso, ElasticNet; glmnet
    |y - Xb|^2/n       2 s          MSELoss; without the half
    |y - Xb|^2/2       n s          R's lars; sum_strength
    |y - Xb|^2         2 n s        ridge; scikit-learn's Ridge; Zou & Hastie; sum, without the half

A half in the penalty (s/2 |b|^2 against s |b|^2) counts the other way: with_half and without_half convert that, too. So
ridge's s is n s of elastic_net_path with l1_ratio=0, which has a half on both sides.

A column of unit norm has sum x^2 = 1, one of unit variance sum x^2 = n - 1 (n, where the variance is divided by n: ddof=0):
x_variance = t x_norm with t = sqrt(n - 1). The same prediction needs b_norm = t b_variance, and so

    s sum |b_norm|  =  (t s) sum |b_variance|,        s sum b_norm^2  =  (t^2 s) sum b_variance^2

In words: larger columns need smaller weights, which are penalized less; the strength must make up for it, by sqrt(n - 1) for
L1 and by n - 1 for the squared L2. With n = 67 that is 8 and 66: an elastic net's two strengths do not move together, so its
l1_ratio changes as well.
"""

import math
from typing import Any

import numpy as np

from ...ops.number import check_number, check_strength
from .design import numbers


def sum_strength(strength: Any, n: int) -> Any:
    """From an objective with the mean over n examples to the one with their sum: n times the strength.

    Args:
        strength: beside |y - Xb|^2/(2n) (or /n), a number or a row of them, at least 0.
        n: the number of examples.

    Returns:
        The strength beside |y - Xb|^2/2 (or |y - Xb|^2) that has the same solution, a float or a float64 array.

    Raises:
        TypeError: strength is no number; n is no integer.
        ValueError: a strength is negative or not finite; n is less than 1.

    Example:
        >>> sum_strength(0.5, n=442)
        221.0
    """
    return _strengths("sum_strength", strength) * _count("sum_strength", n)


def mean_strength(strength: Any, n: int) -> Any:
    """From an objective with the sum over n examples to the one with their mean: the n-th part of the strength.

    Args:
        strength: beside |y - Xb|^2/2 (or |y - Xb|^2), a number or a row of them, at least 0.
        n: the number of examples.

    Returns:
        The strength beside |y - Xb|^2/(2n) (or /n) that has the same solution, a float or a float64 array.

    Raises:
        TypeError, ValueError: as in sum_strength.

    Example:
        >>> mean_strength(221.0, n=442)
        0.5
    """
    return _strengths("mean_strength", strength) / _count("mean_strength", n)


def without_half(strength: Any) -> Any:
    """From an objective with a half before the squares of the residuals to the one without: twice the strength.

    The other way around for a half in the penalty: s/2 |b|^2 is (s/2) |b|^2, so to drop that half is with_half.

    Args:
        strength: beside |y - Xb|^2/2 (or /(2n)), a number or a row of them, at least 0.

    Returns:
        The strength beside |y - Xb|^2 (or /n) that has the same solution, a float or a float64 array.

    Raises:
        TypeError: strength is no number.
        ValueError: a strength is negative or not finite.

    Example:
        >>> without_half(0.5)
        1.0
    """
    return 2 * _strengths("without_half", strength)


def with_half(strength: Any) -> Any:
    """From an objective without a half before the squares of the residuals to the one with it: half the strength.

    Args:
        strength: beside |y - Xb|^2 (or /n), a number or a row of them, at least 0.

    Returns:
        The strength beside |y - Xb|^2/2 (or /(2n)) that has the same solution, a float or a float64 array.

    Raises:
        TypeError, ValueError: as in without_half.

    Example:
        >>> with_half(1.0)
        0.5
    """
    return _strengths("with_half", strength) / 2


def unit_variance_strength(strength: Any, n: int, power: int, *, ddof: int = 1) -> Any:
    """From columns of unit norm to columns of unit variance: the strength that penalizes the same prediction alike.

    Args:
        strength: for columns with sum x^2 = 1, a number or a row of them, at least 0.
        n: the number of examples.
        power: of the weights in the penalty: 1 for |b|_1 (the factor is sqrt(n - ddof)), 2 for |b|^2 (n - ddof).
        ddof: what the variance is divided by is n - ddof: 1, or 0 as in glmnet and scikit-learn's StandardScaler.

    Returns:
        The strength for columns with sum x^2 = n - ddof, a float or a float64 array.

    Raises:
        TypeError: strength is no number; n is no integer.
        ValueError: a strength is negative or not finite; power is neither 1 nor 2; ddof is neither 0 nor 1; n - ddof < 1.

    Example:
        >>> unit_variance_strength(1.0, n=65, power=1), unit_variance_strength(1.0, n=65, power=2)
        (8.0, 64.0)
    """
    return _strengths("unit_variance_strength", strength) * _factor("unit_variance_strength", n, power, ddof)


def unit_norm_strength(strength: Any, n: int, power: int, *, ddof: int = 1) -> Any:
    """From columns of unit variance to columns of unit norm: the strength that penalizes the same prediction alike.

    Args:
        strength: for columns with sum x^2 = n - ddof, a number or a row of them, at least 0.
        n, power, ddof: as in unit_variance_strength, by whose factor it is divided.

    Returns:
        The strength for columns with sum x^2 = 1, a float or a float64 array.

    Raises:
        TypeError, ValueError: as in unit_variance_strength.

    Example:
        >>> unit_norm_strength(8.0, n=65, power=1)
        1.0
    """
    return _strengths("unit_norm_strength", strength) / _factor("unit_norm_strength", n, power, ddof)


def unit_variance_coef(coef: Any, n: int, *, ddof: int = 1) -> Any:
    """Weights for columns of unit norm as weights for columns of unit variance: divided by sqrt(n - ddof).

    Args:
        coef: (d,) or (d, k) array, Tensor or list, or a number.
        n, ddof: as in unit_variance_strength.

    Returns:
        The weights that predict the same from the larger columns, float64.

    Raises:
        TypeError: coef is no number; n is no integer.
        ValueError: coef is not finite; n - ddof < 1.

    Example:
        >>> unit_variance_coef([16.0, -8.0], n=65)
        array([ 2., -1.])
    """
    return _values("unit_variance_coef", "coef", coef) / _factor("unit_variance_coef", n, 1, ddof)


def unit_norm_coef(coef: Any, n: int, *, ddof: int = 1) -> Any:
    """Weights for columns of unit variance as weights for columns of unit norm: times sqrt(n - ddof).

    Args:
        coef: (d,) or (d, k) array, Tensor or list, or a number.
        n, ddof: as in unit_variance_strength.

    Returns:
        The weights that predict the same from the smaller columns, float64.

    Raises:
        TypeError, ValueError: as in unit_variance_coef.

    Example:
        >>> unit_norm_coef([2.0, -1.0], n=65)
        array([16., -8.])
    """
    return _values("unit_norm_coef", "coef", coef) * _factor("unit_norm_coef", n, 1, ddof)


def zou_hastie_strengths(strength: float, l1_ratio: float, n: int) -> tuple[float, float]:
    """The strengths l1 and l2 of Zou & Hastie 2005 for strength and l1_ratio of elastic_net_path.

    Twice n times |y - Xb|^2/(2n) + s (r |b|_1 + (1 - r)/2 |b|^2) is |y - Xb|^2 + l1 |b|_1 + l2 |b|^2, their naive elastic
    net, with l1 = 2 n s r and l2 = n s (1 - r). Their elastic net is (1 + l2) times its solution, on columns of norm 1.

    Args:
        strength: at least 0.
        l1_ratio: in [0, 1]; 0 gives l1 = 0, 1 gives l2 = 0.
        n: the number of examples.

    Returns:
        (l1, l2).

    Raises:
        TypeError: strength or l1_ratio is no number; n is no integer.
        ValueError: strength is negative or not finite; l1_ratio is outside [0, 1]; n is less than 1.

    Example:
        >>> zou_hastie_strengths(0.5, l1_ratio=0.75, n=8)
        (6.0, 1.0)
    """
    check_strength("zou_hastie_strengths", strength=strength)
    check_number("zou_hastie_strengths", l1_ratio=l1_ratio)
    if not 0 <= l1_ratio <= 1:
        raise ValueError(f"zou_hastie_strengths: l1_ratio must lie in [0, 1], got l1_ratio={l1_ratio}; 0 is ridge, 1 the lasso")
    count = _count("zou_hastie_strengths", n)
    return 2 * count * float(strength) * float(l1_ratio), count * float(strength) * (1 - float(l1_ratio))


def elastic_net_strength(l1: float, l2: float, n: int) -> tuple[float, float]:
    """Strength and l1_ratio of elastic_net_path for the l1 and l2 of Zou & Hastie 2005.

    Args:
        l1: beside |y - Xb|^2, at least 0.
        l2: beside |y - Xb|^2, without a half, at least 0.
        n: the number of examples.

    Returns:
        (strength, l1_ratio); l1_ratio is 1 where both are 0.

    Raises:
        TypeError: l1 or l2 is no number; n is no integer.
        ValueError: l1 or l2 is negative or not finite; n is less than 1.

    Example:
        >>> elastic_net_strength(6.0, 1.0, n=8)
        (0.5, 0.75)
    """
    check_strength("elastic_net_strength", l1=l1, l2=l2)
    count = _count("elastic_net_strength", n)
    half, l2 = float(l1) / 2, float(l2)
    return (half + l2) / count, half / (half + l2) if half + l2 > 0 else 1.0


def _strengths(who, strength):
    """A float for a number, a float64 array for a row of them; at least 0."""
    values = _values(who, "strength", strength)
    check_strength(who, strength=float(np.min(values)))
    return values


def _values(who, name, values):
    """A float for a number, a float64 array for a row or a table of them."""
    rows = isinstance(values, (list, tuple))
    ndim = getattr(values, "ndim", rows + (rows and len(values) > 0 and isinstance(values[0], (list, tuple))))
    if ndim:
        return numbers(who, name, values, min(ndim, 2))
    check_number(who, **{name: values})
    return float(values)


def _count(who, n):
    """The number of examples, checked."""
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)):
        raise TypeError(f"{who}: n must be an integer, got n={n!r:.60}; it is the number of examples")
    if n < 1:
        raise ValueError(f"{who}: n must be at least 1, got n={n}; it is the number of examples")
    return int(n)


def _factor(who, n, power, ddof):
    """By how much a penalty of weights to some power shrinks as columns go from unit norm to unit variance."""
    if power not in (1, 2) or ddof not in (0, 1):
        raise ValueError(
            f"{who}: power must be 1 or 2 and ddof 0 or 1, got power={power!r} and ddof={ddof!r}; "
            "power=1 is the lasso, and ddof=1 divides a variance by n - 1"
        )
    if _count(who, n) <= ddof:
        raise ValueError(f"{who}: n must be more than ddof, got n={n} and ddof={ddof}; one example has no variance")
    return math.sqrt(n - ddof) if power == 1 else n - ddof
