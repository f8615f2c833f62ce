"""Gradient cases of the rooms that draw masks of weights, of branches, and noise; what is drawn is given."""

from .case import Case

WEIGHTS = [[True, False, True, True], [False, True, True, False], [True, True, False, True]]
EXAMPLES = [WEIGHTS, WEIGHTS[::-1]]
NOISE = [[1.0, -0.5, 0.0, 2.0], [-1.5, 0.5, 1.0, -2.0], [0.25, 0.0, -1.0, 3.0]]
ROWS = [[True], [False], [True]]

CASES = [
    Case(
        "regularization.drop_connect",
        lambda t, x, w, b: t.regularization.drop_connect(x, w, b, 0.3, mask=t.tensor(WEIGHTS)),
        ((2, 4), (3, 4), (3,)),
        torch=False,
    ),
    Case(
        "regularization.drop_connect per example",
        lambda t, x, w, b: t.regularization.drop_connect(x, w, b, 0.3, per_example=True, mask=t.tensor(EXAMPLES)),
        ((2, 4), (3, 4), (3,)),
        torch=False,
    ),
    Case(
        "regularization.drop_connect per example, sequences",
        lambda t, x, w: t.regularization.drop_connect(x, w, p=0.3, per_example=True, mask=t.tensor(EXAMPLES)),
        ((2, 5, 4), (3, 4)),
        torch=False,
    ),
    Case(
        "regularization.drop_connect one example",
        lambda t, x, w, b: t.regularization.drop_connect(x, w, b, 0.6, per_example=True, mask=t.tensor(EXAMPLES[:1])),
        ((4,), (3, 4), (3,)),
        torch=False,
    ),
    Case(
        "regularization.drop_connect_moments",
        lambda t, x, w, b: t.regularization.drop_connect_moments(x, w, b, 0.3),
        ((2, 4), (3, 4), (3,)),
        torch=False,
    ),
    Case(
        "regularization.stochastic_depth row",
        lambda t, x: t.regularization.stochastic_depth(x, 0.3, "row", mask=t.tensor(ROWS)),
        ((3, 4),),
        torch=False,
    ),
    Case(
        "regularization.stochastic_depth batch",
        lambda t, x: t.regularization.stochastic_depth(x, 0.3, "batch", mask=t.tensor(ROWS[:1])),
        ((3, 4),),
        torch=False,
    ),
    Case(
        "regularization.stochastic_depth evaluation",
        lambda t, x: t.regularization.stochastic_depth(x, 0.3, "row", False, scale="test"),
        ((3, 4),),
        torch=False,
    ),
    Case(
        "regularization.stochastic_residual",
        lambda t, x, w: t.regularization.stochastic_residual(x, lambda h: h @ w, 0.3, keep=True),
        ((3, 4), (4, 4)),
        torch=False,
    ),
    Case(
        "regularization.gaussian_noise",
        lambda t, x: t.regularization.gaussian_noise(x, 0.5, noise=t.tensor(NOISE)),
        ((3, 4),),
        torch=False,
    ),
]
