"""Gradient cases of the penalties and losses that look at the gradient in the input."""

from .case import Case

CASES = [
    Case(
        "regularization.gradient_penalty",
        lambda t, x, w, v: t.regularization.gradient_penalty(lambda z: (z @ w).tanh() @ v, x, 0.7, params=[w, v]),
        ((4, 3), (3, 5), (5,)),
        torch=False,
    ),
    Case(
        "regularization.gradient_penalty target",
        lambda t, x, w, v: t.regularization.gradient_penalty(lambda z: (z @ w).tanh() @ v, x, 0.7, target=1.0, params=[w, v]),
        ((4, 3), (3, 5), (5,)),
        torch=False,
    ),
    Case(
        "regularization.gradient_penalty loss",
        lambda t, x, w: t.regularization.gradient_penalty(
            lambda z: z @ w, x, 0.7, loss=lambda out: t.nn.functional.cross_entropy(out, t.tensor([0, 2, 1, 2])), params=[w]
        ),
        ((4, 3), (3, 3)),
        torch=False,
    ),
    Case(
        "regularization.jacobian_penalty",
        lambda t, x, w: t.regularization.jacobian_penalty(lambda z: (z @ w).tanh(), x, 0.7, 2, generator=t.random.Generator(3), params=[w]),
        ((4, 3), (3, 5)),
        torch=False,
    ),
    Case(
        "regularization.jacobian_penalty exact",
        lambda t, x, w: t.regularization.jacobian_penalty(lambda z: (z @ w).tanh(), x, 0.7, 5, params=[w]),
        ((4, 3), (3, 5)),
        torch=False,
    ),
]
