"""The elastic net of Zou and Hastie: a lasso on augmented data, naive as it comes out, or corrected for the second shrinkage."""

import math
from typing import Any

import numpy as np

from ...ops.number import check_strength
from .design import CoefficientPath, design
from .least_angle import lars_path
from .linear_model import LinearModel


def enet_path(X: Any, y: Any, l2: float, *, corrected: bool = True) -> CoefficientPath:
    """Follow the elastic net of Zou & Hastie 2005 knot by knot, for one l2 and all l1.

    Their objective, |y - Xb|^2 + l2 |b|^2 + l1 |b|_1, is that of the naive elastic net, of scikit-learn and of glmnet.
    The elastic net proper is its minimum times 1 + l2: what the l2 part shrinks on top of the selection is given back.

    Args:
        X: inputs, a row an example; a Tensor on any device, an array or lists. In the paper its columns are centred and
            have length 1: l2 = 1 weighs as much as the data do, and the correction 1 + l2 is meant for such columns.
        y: one target an example; centred in the paper.
        l2: at least 0; 0 is the lasso. As it grows the corrected path goes to soft thresholds of single correlations,
            sign(x_j'y) max(|x_j'y| - l1/2, 0), for columns of any length; the naive one goes to 0.
        corrected: give back the shrinkage of the l2 part, b (1 + l2).

    Shape:
        X (n, d), y (n,) -> strengths (k,), coefs (d, k), float64 on the host.

    Returns:
        (strengths, coefs, info): the knots; strengths l1/(2n), falling from max|X'y|/n to 0, the weight of |b|_1 where the
        squares have the factor 1/(2n) and |b|^2 the weight l2/(2n). In scikit-learn's letters alpha = (l1/2 + l2)/n and
        l1_ratio = (l1/2)/(l1/2 + l2). info as in lars_path; its kkt are those of the naive elastic net.

    Raises:
        TypeError: something is no real number.
        ValueError: the shapes do not fit; something is empty, NaN or infinite; l2 is negative.

    Example:
        >>> import tinyreg
        >>> prostate = tinyreg.datasets.Prostate(scaling="norm", corrected=False)
        >>> strengths, coefs, info = enet_path(prostate.data, prostate.targets, l2=1000)
        >>> tinyreg.regularization.paths.at_fraction(coefs, 0.26).round(2)  # table 1 of the paper: variables 1, 2, 5, 6, 8
        array([3.68, 1.24, 0.  , 0.  , 1.95, 1.28, 0.  , 0.88])
    """
    who = "enet_path"
    X, y = design(who, X, y)
    LinearModel(who, X, y)  # refuses what float64 cannot square
    check_strength(who, l2=l2)
    (n, d), stretch = X.shape, math.sqrt(1 + l2)
    if l2 > 0:
        above = np.concatenate([X, math.sqrt(l2) * np.eye(d)]) / stretch          # (17)
        levels, coefs, info = lars_path(above, np.concatenate([y, np.zeros(d)]), method="lasso")
        levels = levels * (n + d)
    else:
        levels, coefs, info = lars_path(X, y, method="lasso")
        levels = levels * n
    naive = coefs / stretch                                                       # (18)
    coefs = naive * (1 + l2) if corrected else naive                              # (19)
    correlations = levels * stretch  # l1/2
    c = X.T @ (y[:, None] - X @ naive) - l2 * naive
    missed = np.where(naive != 0, abs(c - correlations * np.sign(naive)), np.maximum(abs(c) - correlations, 0))
    info |= {"correlations": correlations, "l1_norm": abs(coefs).sum(axis=0), "kkt": missed.max(axis=0) / n}
    return CoefficientPath(correlations / n, coefs, info)
