"""Double descent: more data can make least squares worse, and ridge regression of the best strength never gets worse.

The setting of Nakkiran et al., figure 1. Inputs have d independent standard normal components, the target is linear:

    y = <b*, x> + noise * N(0, 1)                                                 (1)

b* is a direction of length 1. A weight b that was learned from n examples has, on new ones, exactly the expected squared
error

    risk(b) = |b - b*|^2 + noise^2                                                (2)

so that nothing has to be estimated on test data; only the n training examples are left to chance. Ridge regression, the
minimum of |y - Xb|^2 + s |b|^2, is solved for several strengths s by one singular value decomposition; s = 0 is least
squares, of all its solutions the shortest.

Why the peak. With n < d the data are fitted exactly, noise and all, in the n directions they span. The nearer n is to d,
the shorter are some of these directions in X, and the larger the weight that fits the noise along them; at n = d the
expectation is infinite. Beyond, the noise is averaged. For these inputs the expectation is known (that of the trace of an
inverse Wishart matrix):

    n < d - 1     noise^2 + (1 - n/d) + noise^2 n / (d - n - 1)                   (3)
    n > d + 1     noise^2 + noise^2 d / (n - d - 1)                               (4)

Which strength is best. Let X have the singular values s_j, of which d - n are 0 where n < d. Averaged over the noise and
over all directions of b*, singular direction j costs

    (s/(s_j^2 + s))^2 / d  +  noise^2 s_j^2/(s_j^2 + s)^2                         (5)

what is missing of b*, and what is fitted of the noise. Its derivative in s is 2 s_j^2 (s/d - noise^2)/(s_j^2 + s)^3: below
zero for every s_j > 0 up to

    s = d noise^2                                                                 (6)

and above zero beyond. (Where s_j = 0, (5) is 1/d whatever s is.) So one strength is best for every direction, for every
X, and for every n (lemma 2 of the paper; d noise^2/|b*|^2 for other lengths), and with it more data never hurt (theorem
1). For large d the risk can be told:
g, the mean of 1/(s_j^2 + s), follows Marchenko and Pastur's law g = 1/(s + n/(1 + d g)), the sum of (5) with the
strength (6) is s g =: u, and this is the positive solution of

    u^2 + (noise^2 + n/d - 1) u - noise^2 = 0,    risk = noise^2 + u              (7)

It begins at u = 1 for n = 0, where b = 0, and falls with n.

Source. Nakkiran, Venkat, Kakade, Ma 2021, Optimal regularization can mitigate double descent, arXiv 2003.01897; Hastie,
Montanari, Rosset, Tibshirani 2022, Surprises in high-dimensional ridgeless least squares interpolation, arXiv 1903.08560,
for (3), (4) and (7) as n and d grow.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..backend import to_numpy
from ..data.synthetic import linear_regression
from ..ops.number import check_strength
from ..random import keyed
from ..regularization.paths.ridge import ridge

SIZES = (100, 250, 400, 480, 500, 520, 600, 1000)


def double_descent(
    sizes: Sequence[int] = SIZES,
    strengths: Sequence[float] | None = None,
    *,
    d: int = 500,
    noise: float = 0.5,
    draws: int = 5,
    seed: int = 0,
) -> dict[str, Any]:
    """Measure the risk of ridge regression over the number of examples, for several strengths.

    Every draw and every size has examples and a weight b* of its own, the same for all strengths.

    Args:
        sizes: numbers of examples, integers of at least 1.
        strengths: of |y - Xb|^2 + s |b|^2, at least 0; 0 is least squares. None takes 0, the best one d noise^2, and ten
            times and a tenth of it.
        d: number of inputs, at least 1.
        noise: standard deviation of the noise in the targets, at least 0.
        draws: how often the examples are drawn, at least 2.
        seed: of all chance.

    Returns:
        A dict: "risks" (draws, strengths, sizes), the risk (2) of every weight learned; "mean" and "error" (strengths,
        sizes), their mean over the draws and its standard error; and "sizes", "strengths", "d", "noise", "draws", "seed"
        as they were used. Near n = d the risk of least squares has no expectation: its mean there is that of these draws.

    Raises:
        ValueError: a number out of its range, no size or no strength.
        TypeError: one that is no number.

    Example:
        >>> outcome = double_descent([20, 40, 80], d=40, draws=20)
        >>> outcome["strengths"]
        [0.0, 10.0, 100.0, 1.0]
        >>> least_squares, best = outcome["mean"][:2]
        >>> bool(least_squares[1] > 10 * best[1]), bool(best[0] > best[1] > best[2])
        (True, True)
    """
    sizes = list(sizes)
    examples = (("sizes", n, 1, "it counts the examples") for n in sizes)
    for name, value, least, why in (("d", d, 1, "it counts the inputs"), ("draws", draws, 2, "a standard error needs two"), *examples):
        if not isinstance(value, int | np.integer) or value < least:
            raise ValueError(f"double_descent: {name} must be an integer of at least {least}, got {value!r}; {why}")
    check_strength("double_descent", noise=noise)
    best = best_strength(d, noise)
    strengths = list((0, best, 10 * best, best / 10) if strengths is None else strengths)
    for s in strengths:
        check_strength("double_descent", strengths=s)
    if not sizes or not strengths:
        raise ValueError(f"double_descent: there must be a size and a strength, got sizes={sizes}, strengths={strengths}; give some")
    risks = np.empty((draws, len(strengths), len(sizes)))
    for k in range(draws):
        for j, n in enumerate(sizes):
            with keyed(seed, k, n):
                x, y, weight = linear_regression(n, d, noise, dtype="float64")
            coef, _ = ridge(x, y, strengths)
            risks[k, :, j] = ((coef - to_numpy(weight.array)[:, None]) ** 2).sum(axis=0) + noise**2    # (2)
    return {
        "risks": risks,
        "mean": risks.mean(axis=0),
        "error": risks.std(axis=0, ddof=1) / math.sqrt(draws),
        **{"sizes": sizes, "strengths": [float(s) for s in strengths], "d": d, "noise": noise, "draws": draws, "seed": seed},
    }


def best_strength(d: int, noise: float) -> float:
    """The strength that is best for every number of examples: equation (6).

    Args:
        d: inputs, at least 1.
        noise: standard deviation of the noise, at least 0; 0 needs no penalty.

    Example:
        >>> best_strength(500, 0.5)
        125.0
    """
    return d * noise**2                                                           # (6)


def least_squares_risk(n: int, d: int, noise: float) -> float:
    """The expected risk of the shortest least squares solution: equations (3) and (4), infinite for |n - d| <= 1.

    Args:
        n: examples, at least 1.
        d: inputs, at least 1.
        noise: standard deviation of the noise.

    Example:
        >>> [round(least_squares_risk(n, 500, 0.5), 3) for n in (100, 400, 500, 1000)]
        [1.113, 1.46, inf, 0.501]
    """
    if n > d + 1:
        return noise**2 + noise**2 * d / (n - d - 1)                              # (4)
    return noise**2 + (1 - n / d) + noise**2 * n / (d - n - 1) if n < d - 1 else math.inf    # (3)


def best_ridge_risk(n: int, d: int, noise: float) -> float:
    """The risk of ridge regression of the strength d noise^2, for large d: equation (7).

    Args:
        n: examples, at least 0.
        d: inputs, at least 1.
        noise: standard deviation of the noise.

    Example:
        >>> [round(best_ridge_risk(n, 500, 0.5), 3) for n in (0, 400, 500, 1000)]
        [1.25, 0.726, 0.64, 0.425]
    """
    half = (noise**2 + n / d - 1) / 2
    return noise**2 - half + math.sqrt(half**2 + noise**2)                        # (7)
