"""Table 1 of Zou & Hastie 2005: five linear models of the prostate data, their test errors and the variables they keep.

The recipe that gives the printed digits: the data as they were printed before 2009 (row 32 uncorrected); columns centred and
scaled by the 67 training rows to length 1, targets centred; fitted on those rows with the strengths that the paper chose by
tenfold cross-validation; the mean of the squared errors on the 30 test rows, and in parentheses its standard error, their
standard deviation (n - 1) over the square root of 30. s is |b|_1 as a share of its value at the end of the path.

Two things decide whether it comes out. Corrected data have other digits (least squares 0.521, the elastic net 0.375), and keep
the same variables. And columns of variance 1, sqrt(66) times longer, make l2 = 1 a weaker penalty (ridge 0.577), and 1 + l2 a
correction that is much too strong: the test error of the elastic net is then above 1000. The lasso with s does not mind.

Source: Zou & Hastie 2005, Regularization and variable selection via the elastic net, JRSS-B 67:301, table 1.
"""

import math
from typing import NamedTuple

import numpy as np

from ..data.regression import Prostate
from ..regularization.paths import at_fraction, enet_path, lars_path, ridge

PRINTED = {  # mean squared error on the test rows and its standard error, as in the paper
    "least squares": (0.586, 0.184),
    "ridge": (0.566, 0.188),
    "lasso": (0.499, 0.161),
    "naive elastic net": (0.566, 0.188),
    "elastic net": (0.381, 0.105),
}


class Row(NamedTuple):
    """One line of the table.

    Attributes:
        method: as in PRINTED.
        parameters: what was chosen for it, in the paper's letters.
        mse: the mean of the squared errors on the test rows.
        se: its standard error.
        variables: which are kept, counted from 1.

    Example:
        >>> Row("lasso", "s = 0.39", 0.4989, 0.1609, [1, 2, 4, 5, 8]).variables
        [1, 2, 4, 5, 8]
    """

    method: str
    parameters: str
    mse: float
    se: float
    variables: list[int]


def table_1(*, corrected: bool = False, scaling: str = "norm") -> list[Row]:
    """Compute the table.

    Args:
        corrected: row 32 of the data as it is printed since about 2009; the paper has the other one.
        scaling: of the columns, "norm" or "variance"; the paper's is "norm".

    Returns:
        Five rows, in the order of the paper.

    Raises:
        ValueError: an unknown scaling.

    Example:
        >>> for row in table_1():
        ...     print(f"{row.method:17}  {row.parameters:19}  {row.mse:.3f} ({row.se:.3f})  {row.variables}")
        least squares                           0.586 (0.184)  [1, 2, 3, 4, 5, 6, 7, 8]
        ridge              l2 = 1               0.566 (0.188)  [1, 2, 3, 4, 5, 6, 7, 8]
        lasso              s = 0.39             0.499 (0.161)  [1, 2, 4, 5, 8]
        naive elastic net  l2 = 1, s = 1        0.566 (0.188)  [1, 2, 3, 4, 5, 6, 7, 8]
        elastic net        l2 = 1000, s = 0.26  0.381 (0.105)  [1, 2, 5, 6, 8]
    """
    train, test = (Prostate(train=train, corrected=corrected, scaling=scaling) for train in (True, False))
    X, y = train.data.numpy(), train.targets.numpy()
    fits = [
        ("least squares", "", ridge(X, y, 0).coef),
        ("ridge", "l2 = 1", ridge(X, y, 1).coef),
        ("lasso", "s = 0.39", at_fraction(lars_path(X, y, method="lasso").coefs, 0.39)),
        ("naive elastic net", "l2 = 1, s = 1", at_fraction(enet_path(X, y, 1, corrected=False).coefs, 1)),
        ("elastic net", "l2 = 1000, s = 0.26", at_fraction(enet_path(X, y, 1000).coefs, 0.26)),
    ]
    rows = []
    for method, parameters, coef in fits:
        squares = (test.targets.numpy() - test.data.numpy() @ coef) ** 2
        se = squares.std(ddof=1) / math.sqrt(len(squares))
        rows.append(Row(method, parameters, float(squares.mean()), float(se), (np.flatnonzero(coef) + 1).tolist()))
    return rows
