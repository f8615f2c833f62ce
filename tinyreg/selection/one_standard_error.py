"""The rule of one standard error: of the candidates that are not visibly worse than the best, the most regularized one.

The curve of validation scores is flat around its top, and where on the flat part the best mean falls is luck: other folds
would move it. The rule gives up a little of the measured score, less than its own uncertainty, for a simpler model:

    e_j         score of a candidate on fold j, greater is better, j = 1..k
    m           = mean_j e_j                                                                                         (1)
    se          = s / sqrt(k),  s**2 = sum_j (e_j - m)**2 / (k - 1)                                                  (2)
    admitted    = {candidates: m >= m* - se*},  * the candidate with the best mean                                   (3)
    chosen      = the one among them with the largest strength                                                       (4)

How honest is se? Formula (2) is that of k independent numbers, and folds are not: any two training parts share
(k - 2)/(k - 1) of their examples. Let each e_j have the variance v, and any two the covariance c. Then

    var(m)      = v/k + (1 - 1/k) c
    E s**2      = v - c,     so     E se**2 = v/k - c/k
    var(m)      = E se**2 + c                                                                                        (5)

What (2) estimates lacks the whole of c, and no formula of the k scores can supply it: they all share the same c, which
moves them together (Bengio & Grandvalet 2004 prove that no unbiased estimator of var(m) exists). As a rule c > 0, and se is
too small. So the band (3) is no confidence interval, and "within one standard error" is no test. Candidates that are
compared on the same folds also differ by less noise than se says, for what makes a fold hard is hard for all of them. It is
a rule for leaning towards the simpler model in a way that everybody can repeat; that is how its authors proposed it.

Shares of a few images often tie, and 0.1 + 0.2 is not 0.3 in floating point: means that differ by less than their
scores are rounded by count as equal, and of equals the first is the best one.

Sources: Breiman, Friedman, Olshen, Stone 1984, "Classification and Regression Trees", section 3.4.3; Hastie, Tibshirani,
Friedman 2009, "The Elements of Statistical Learning", section 7.10; Bengio & Grandvalet 2004, "No unbiased estimator of the
variance of k-fold cross-validation", Journal of Machine Learning Research 5:1089.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..ops.number import check_number

if TYPE_CHECKING:
    from .results import Row


def one_standard_error(results: Iterable[Row], name: str, *, larger_is_simpler: bool = True) -> Row:
    """Choose the most regularized of the candidates whose mean lies within one standard error of the best mean.

    Args:
        results: a SearchResults, or its rows.
        name: of the parameter that regularizes; of two admitted candidates that agree in it, the better mean is taken.
        larger_is_simpler: whether a larger value regularizes more, as a strength or a probability of dropping does. False
            for a learning rate, a number of epochs, a width, or scikit-learn's C.

    Returns:
        The row of the chosen candidate. It is the best one where no other is admitted.

    Raises:
        ValueError: no such parameter; no candidate has a score; a single fold, which has no standard error.
        TypeError: the parameter is no number in an admitted candidate.

    Example:
        >>> from tinyreg.selection.results import SearchResults
        >>> scores = {0.01: [0.90, 0.94], 0.1: [0.89, 0.93], 1.0: [0.70, 0.74]}
        >>> results = SearchResults.of([{"strength": strength} for strength in scores], list(scores.values()))
        >>> results.best.params, one_standard_error(results, "strength").params  # the best: 0.92, standard error 0.02
        ({'strength': 0.01}, {'strength': 0.1})
    """
    rows = check_rows("one_standard_error", results)
    known = sorted({each for row in rows for each in row.params})
    if name not in known:
        raise ValueError(f"one_standard_error: name must be one of what was tried, got {name!r}; known are {', '.join(known) or 'none'}")
    index = first_best(rows)
    if index is None:
        raise ValueError(f"one_standard_error: a candidate must have a score, got NaN from all {len(rows)}; look at what they raised")
    best = rows[index]
    if math.isnan(best.standard_error):
        raise ValueError(f"one_standard_error: there must be two folds or more, got {len(best.scores)}; a single score has no error")
    bound = best.mean - best.standard_error - rounding(best)
    admitted = [row for row in rows if name in row.params and row.mean >= bound]                                     # (3)
    for row in admitted:
        check_number("one_standard_error", **{name: row.params[name]})
    sign = 1 if larger_is_simpler else -1
    return max(admitted, key=lambda row: (sign * float(row.params[name]), row.mean), default=best)                   # (4)


def check_rows(who: str, results: Any) -> list[Row]:
    """The rows of results as a list, refused where they are none: a search itself, scores without their candidates.

    Args:
        who: whom errors name.
        results: a SearchResults, or its rows.

    Raises:
        TypeError: something else.

    Example:
        >>> from tinyreg.selection.results import Row
        >>> len(check_rows("doctest", [Row({"p": 0.5}, (0.9, 0.8))]))
        1
    """
    rows = list(results) if isinstance(results, Iterable) and getattr(results, "ndim", True) else [results]
    for row in rows:
        if not hasattr(row, "params") or not hasattr(row, "scores"):
            raise TypeError(f"{who}: results must be rows of a search, got {type(row).__name__}; search.results holds them, after fit")
    return rows


def first_best(rows: Sequence[Row]) -> int | None:
    """The place of the best mean, the first of equals; None where no row has a score.

    Args:
        rows: of candidates.

    Example:
        >>> from tinyreg.selection.results import Row
        >>> first_best([Row({}, (0.5, 0.6)), Row({}, (0.7, 0.9)), Row({}, (0.8, 0.8))])
        1
    """
    top = max((row for row in rows if not math.isnan(row.mean)), key=lambda row: row.mean, default=None)
    return None if top is None else next(i for i, row in enumerate(rows) if row.mean >= top.mean - rounding(top))


def rounding(row: Row) -> float:
    """What the mean of a row may be off by because its scores, and the mean itself, were rounded.

    Args:
        row: of a candidate.

    Example:
        >>> from tinyreg.selection.results import Row
        >>> 0 < rounding(Row({}, (0.5, 1.0))) < 1e-15
        True
    """
    return 4 * sys.float_info.epsilon * max(map(abs, row.scores))
