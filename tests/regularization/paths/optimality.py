"""The conditions of optimality of the lasso, from their definition."""

import numpy as np


def missed(X, y, b, strength):
    """By how much b misses the conditions of optimality of the lasso, from their definition."""
    c = X.T @ (y - X @ b) / len(y)
    return max((abs(c - strength * np.sign(b)) if b else max(abs(c) - strength, 0)) for c, b in zip(c, b))


def check(X, y, strengths, coefs, tolerance=1e-9):
    """At the knots, and half way between them: a path of straight lines that is optimal there is optimal everywhere."""
    largest = max(strengths[0], 1e-300)
    for i, strength in enumerate(strengths):
        assert missed(X, y, coefs[:, i], strength) <= tolerance * largest
    for i in range(len(strengths) - 1):
        middle, strength = (coefs[:, i] + coefs[:, i + 1]) / 2, (strengths[i] + strengths[i + 1]) / 2
        assert missed(X, y, middle, strength) <= tolerance * largest
