"""Gradient cases of dropout and its relatives, with the mask or noise given: what is drawn has no gradient."""

from .case import Case

KEEP = [[True, False, True, True, False], [False, True, True, False, True], [True, True, False, True, True]]
CHANNELS = [[[[True]], [[False]], [[True]]], [[[False]], [[True]], [[True]]]]  # (2, 3, 1, 1)
NOISE = [[0.5, -0.3, 1.4, 1.1, 2.0], [1.0, 0.2, 0.9, -1.2, 0.7], [1.3, 0.8, 0.1, 1.6, 0.4]]

CASES = [
    Case(
        "nn.functional.dropout",
        lambda t, x: t.nn.functional.dropout(x, 0.3, mask=t.tensor(KEEP)),
        ((3, 5),),
        torch=False,
    ),
    Case(
        "nn.functional.dropout broadcast mask",
        lambda t, x: t.nn.functional.dropout(x, 0.8, mask=t.tensor(KEEP[0])),
        ((3, 5),),
        torch=False,
    ),
    Case("nn.functional.dropout p=1", lambda t, x: t.nn.functional.dropout(x, 1.0), ((3, 5),), torch=False),
    Case(
        "nn.functional.dropout inplace",
        lambda t, x: t.nn.functional.dropout(x * 1, 0.3, True, True, mask=t.tensor(KEEP)),
        ((3, 5),),
        torch=False,
    ),
    Case(
        "nn.functional.dropout1d",
        lambda t, x: t.nn.functional.dropout1d(x, 0.3, mask=t.tensor([[[True], [False], [True]]])),
        ((1, 3, 5),),
        torch=False,
    ),
    Case(
        "nn.functional.dropout2d",
        lambda t, x: t.nn.functional.dropout2d(x, 0.3, mask=t.tensor(CHANNELS)),
        ((2, 3, 2, 2),),
        torch=False,
    ),
    Case(
        "nn.functional.dropout3d without examples",
        lambda t, x: t.nn.functional.dropout3d(x, 0.3, mask=t.tensor(CHANNELS[0]).unsqueeze(-1)),
        ((3, 2, 2, 2),),
        torch=False,
    ),
    Case(
        "nn.functional.alpha_dropout",
        lambda t, x: t.nn.functional.alpha_dropout(x, 0.3, True, mask=t.tensor(KEEP)),
        ((3, 5),),
        torch=False,
    ),
    Case(
        "nn.functional.alpha_dropout inplace",
        lambda t, x: t.nn.functional.alpha_dropout(x * 1, 0.3, True, True, mask=t.tensor(KEEP[1])),
        ((3, 5),),
        torch=False,
    ),
    Case(
        "nn.functional.feature_alpha_dropout",
        lambda t, x: t.nn.functional.feature_alpha_dropout(x, 0.3, True, mask=t.tensor(CHANNELS)),
        ((2, 3, 2, 2),),
        torch=False,
    ),
    Case(
        "nn.functional.gaussian_dropout",
        lambda t, x: t.nn.functional.gaussian_dropout(x, 0.3, noise=t.tensor(NOISE, dtype=x.dtype)),
        ((3, 5),),
        torch=False,
    ),
    Case(
        "nn.functional.gaussian_dropout noise that requires grad",
        lambda t, x, noise: t.nn.functional.gaussian_dropout(x, 0.3, noise=noise),
        ((3, 5), (5,)),
        torch=False,
    ),
]
