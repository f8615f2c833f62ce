"""Gradient cases of ops/sorting.py."""

import math

from .case import Case


def apart(*shape):
    """Numbers that differ by at least 0.1 from each other, in any order."""

    def draw(rng):
        n = math.prod(shape)
        return (rng.permutation(n) - n / 2).reshape(shape) * 0.1 + rng.uniform(-0.01, 0.01, shape)

    return draw


CASES = [
    Case("sort", lambda t, x: t.sort(x, 1), (apart(2, 3, 4),)),
    Case("sort descending", lambda t, x: t.sort(x, descending=True), (apart(3, 4),)),
    Case("sort 0-d", lambda t, x: t.sort(x), ((),)),
    Case("topk", lambda t, x: t.topk(x, 2, dim=1), (apart(2, 4, 3),)),
    Case("topk smallest", lambda t, x: t.topk(x, 3, largest=False), (apart(3, 5),)),
    Case("median", lambda t, x: t.median(x), (apart(3, 4),)),
    Case("median along", lambda t, x: t.median(x, dim=1, keepdim=True), (apart(2, 5, 3),)),
]
