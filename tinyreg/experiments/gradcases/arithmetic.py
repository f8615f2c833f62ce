"""Gradient cases of arithmetic, combinations of three tensors, and conversion."""

import numpy as np

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
    Case("remainder tensors", lambda t, a, b: t.remainder(a, b), (lambda rng: rng.uniform(2.2, 2.8, (3, 4)), lambda rng: np.ones(4))),
    Case("fmod", lambda t, a: t.fmod(a, 0.7), (lambda rng: 0.7 * rng.integers(-3, 4, (3, 4)) + rng.uniform(0.1, 0.6, (3, 4)),)),
    Case("fmod tensors", lambda t, a, b: t.fmod(a, b), (lambda rng: rng.uniform(-2.8, -2.2, (3, 4)), lambda rng: np.ones(4))),
    Case("rsub", lambda t, a, b: t.rsub(a, b, alpha=2), ((3, 4), (4,))),
    Case("lerp", lambda t, a, b: t.lerp(a, b, 0.25), ((3, 4), (4,))),
    Case("lerp past the middle", lambda t, a, b: t.lerp(a, b, 0.75), ((3, 4), (3, 1))),
    Case("lerp weights", lambda t, a, b, w: t.lerp(a, b, w), ((3, 4), (4,), (3, 1))),
    Case("addcmul", lambda t, x, a, b: t.addcmul(x, a, b, value=-0.5), ((3, 4), (4,), (3, 1))),
    Case("addcdiv", lambda t, x, a, b: t.addcdiv(x, a, b, value=0.3), ((3, 4), (3, 4), (4,)), positive=True),
    Case("addcmul_", lambda t, x, a, b: (x * 1).addcmul_(a, b), ((3, 4), (4,), (3, 1))),
    Case("addcdiv_", lambda t, x, a, b: (x * 1).addcdiv_(a, b), ((3, 4), (3, 4), (4,)), positive=True),
    Case("lerp_", lambda t, a, b: (a * 1).lerp_(b, 0.1), ((3, 4), (4,))),
    Case("clone", lambda t, a: a.clone(), ((3, 4),)),
    Case("copy_", lambda t, a, b: (a * 1).copy_(b), ((3, 4), (4,))),
    Case("add_", lambda t, a, b: (a * 1).add_(b), ((3, 4), (4,))),
    Case("mul_", lambda t, a, b: (a * 1).mul_(b), ((3, 4), (3, 4))),
    Case("div_", lambda t, a, b: (a * 1).div_(b), ((3, 4), (3, 4)), positive=True),
]
