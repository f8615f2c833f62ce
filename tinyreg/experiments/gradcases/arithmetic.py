"""Gradient cases of arithmetic and conversion."""

from .case import Case

CASES = [
    Case("add", lambda t, a, b: t.add(a, b, alpha=2), ((3, 4), (4,))),
    Case("add number", lambda t, a: 2 + a, ((3, 4),)),
    Case("add 0-d", lambda t, a, b: a + b, ((), (2, 3))),
    Case("sub", lambda t, a, b: t.sub(a, b), ((3, 1), (1, 4))),
    Case("sub reversed", lambda t, a: 2 - a, ((3, 4),)),
    Case("mul", lambda t, a, b: t.mul(a, b), ((2, 3, 4), (3, 1))),
    Case("mul same tensor", lambda t, a: a * a, ((3, 4),)),
    Case("div", lambda t, a, b: t.div(a, b), ((3, 4), (4,)), positive=True),
    Case("div reversed", lambda t, a: 2 / a, ((3, 4),), positive=True),
    Case("pow", lambda t, a, b: t.pow(a, b), ((3, 4), (3, 1)), positive=True),
    Case("pow square", lambda t, a: a**2, ((3, 4),)),
    Case("pow cube", lambda t, a: a**3, ((3, 4),)),
    Case("pow negative", lambda t, a: a**-1.5, ((3, 4),), positive=True),
    Case("pow reversed", lambda t, a: 2.0**a, ((3, 4),)),
    Case("neg", lambda t, a: -a, ((3, 4),)),
    Case("remainder", lambda t, a: a % 0.7, (lambda rng: 0.7 * rng.integers(-3, 4, (3, 4)) + rng.uniform(0.1, 0.6, (3, 4)),)),
    Case("clone", lambda t, a: a.clone(), ((3, 4),)),
    Case("add_", lambda t, a, b: (a * 1).add_(b), ((3, 4), (4,))),
    Case("mul_", lambda t, a, b: (a * 1).mul_(b), ((3, 4), (3, 4))),
    Case("div_", lambda t, a, b: (a * 1).div_(b), ((3, 4), (3, 4)), positive=True),
]
