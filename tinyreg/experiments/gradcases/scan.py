"""Gradient cases of running sums and products, and of the product of all."""

from .case import Case


def with_zeros(*places):
    """A 3 x 4 matrix whose first row has zeros at these places, whose second has one 0, and whose third has none."""

    def draw(rng):
        x = rng.standard_normal((3, 4))
        x[0, list(places)] = 0
        x[1, 2] = 0
        return x

    return draw


CASES = [
    Case("cumsum", lambda t, x: t.cumsum(x, -1), ((2, 3, 4),)),
    Case("cumsum 0-d", lambda t, x: x.cumsum(0), ((),)),
    Case("cumprod", lambda t, x: t.cumprod(x, 1), ((2, 3, 4),)),
    Case("cumprod zeros", lambda t, x: t.cumprod(x, -1), (with_zeros(1, 3),)),
    Case("cumprod zeros at both ends", lambda t, x: t.cumprod(x, 1), (with_zeros(0, 3),)),
    Case("prod", lambda t, x: t.prod(x), ((2, 3),)),
    Case("prod along", lambda t, x: t.prod(x, 1, keepdim=True), ((2, 3, 4),)),
    Case("prod one zero", lambda t, x: t.prod(x, 1), (with_zeros(1),)),
    Case("prod two zeros", lambda t, x: t.prod(x, -1), (with_zeros(0, 2),)),
    Case("prod all zeros", lambda t, x: t.prod(x, 0), (with_zeros(1, 2),)),
    Case("prod 0-d", lambda t, x: t.prod(x, 0), ((),)),
]
