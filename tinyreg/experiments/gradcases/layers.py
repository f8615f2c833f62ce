"""Gradient cases of linear layers."""

from .case import Case

CASES = [
    Case("nn.functional.linear", lambda t, x, w, b: t.nn.functional.linear(x, w, b), ((4, 3), (2, 3), (2,))),
    Case("nn.functional.linear no bias", lambda t, x, w: t.nn.functional.linear(x, w), ((4, 3), (2, 3))),
    Case("nn.functional.linear one example", lambda t, x, w, b: t.nn.functional.linear(x, w, b), ((3,), (2, 3), (2,))),
    Case("nn.functional.linear sequences", lambda t, x, w, b: t.nn.functional.linear(x, w, b), ((2, 4, 3), (2, 3), (2,))),
    Case("nn.functional.linear one number", lambda t, x, w, b: t.nn.functional.linear(x, w, b), ((3,), (3,), ())),
    Case("nn.functional.linear one bias", lambda t, x, w, b: t.nn.functional.linear(x, w, b), ((4, 3), (2, 3), ())),
    Case("nn.Unflatten", lambda t, x: t.nn.Unflatten(1, (3, -1))(x), ((2, 6),)),
    Case("nn.functional.linear one output", lambda t, x, w: t.nn.functional.linear(x, w), ((4, 3), (3,))),
]
