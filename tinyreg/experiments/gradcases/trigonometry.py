"""Gradient cases of ops/trigonometry.py."""

from .case import Case


def inside(rng):
    """Numbers between -1 and 1."""
    return rng.uniform(-0.9, 0.9, (3, 4))


CASES = [
    Case("sin", lambda t, x: t.sin(x), ((3, 4),)),
    Case("cos", lambda t, x: t.cos(x), ((3, 4),)),
    Case("tan", lambda t, x: t.tan(x), (inside,)),
    Case("asin", lambda t, x: t.asin(x), (inside,)),
    Case("acos", lambda t, x: t.acos(x), (inside,)),
    Case("atan", lambda t, x: t.atan(x), ((3, 4),)),
    Case("atan2", lambda t, x, y: t.atan2(x, y), ((3, 1), (4,)), positive=True),
    Case("sinh", lambda t, x: t.sinh(x), ((3, 4),)),
    Case("cosh", lambda t, x: t.cosh(x), ((3, 4),)),
]
