"""Gradient cases of ops/elementwise.py."""

from .case import Case

CASES = [
    Case("exp", lambda t, x: t.exp(x), ((3, 4),)),
    Case("expm1", lambda t, x: t.expm1(x), ((3, 4),)),
    Case("log", lambda t, x: t.log(x), ((3, 4),), positive=True),
    Case("log1p", lambda t, x: t.log1p(x), ((3, 4),), positive=True),
    Case("sqrt", lambda t, x: t.sqrt(x), ((3, 4),), positive=True),
    Case("rsqrt", lambda t, x: t.rsqrt(x), ((3, 4),), positive=True),
    Case("reciprocal", lambda t, x: t.reciprocal(x), ((3, 4),), positive=True),
    Case("square", lambda t, x: t.square(x), ((3, 4),)),
    Case("sin", lambda t, x: t.sin(x), ((3, 4),)),
    Case("cos", lambda t, x: t.cos(x), ((3, 4),)),
    Case("abs", lambda t, x: t.abs(x), ((3, 4),), away_from=(0,)),
    Case("sign", lambda t, x: t.sign(x), ((3, 4),), away_from=(0,)),
    Case("floor", lambda t, x: t.floor(x), ((2, 3),), away_from=(-2, -1, 0, 1, 2)),
    Case("ceil", lambda t, x: t.ceil(x), ((2, 3),), away_from=(-2, -1, 0, 1, 2)),
    Case("trunc", lambda t, x: t.trunc(x), ((2, 3),), away_from=(-2, -1, 1, 2)),
    Case("round", lambda t, x: t.round(x), ((2, 3),), away_from=(-2.5, -1.5, -0.5, 0.5, 1.5, 2.5)),
    Case("round decimals", lambda t, x: t.round(x * 100, decimals=-2), ((2, 3),), away_from=(-2.5, -1.5, -0.5, 0.5, 1.5, 2.5)),
    Case("maximum", lambda t, x, y: t.maximum(x, y), ((3, 4), (3, 4))),
    Case("maximum broadcast", lambda t, x, y: t.maximum(x, y), ((3, 4), (4,))),
    Case("minimum", lambda t, x, y: t.minimum(x, y), ((3, 4), (3, 4))),
    Case("minimum broadcast", lambda t, x, y: t.minimum(x, y), ((3, 1), (1, 4))),
    Case("clamp", lambda t, x: t.clamp(x, -0.5, 1.0), ((3, 4),), away_from=(-0.5, 1.0)),
    Case("clamp min", lambda t, x: t.clamp(x, min=0.25), ((3, 4),), away_from=(0.25,)),
    Case("clamp max", lambda t, x: t.clamp(x, max=0.25), ((3, 4),), away_from=(0.25,)),
    Case("clamp tensors", lambda t, x, low, high: t.clamp(x, low, high), ((3, 4), (4,), (3, 1))),
]
