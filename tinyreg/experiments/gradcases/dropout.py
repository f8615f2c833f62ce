"""Gradient cases of dropout, with the mask given: what is drawn has no gradient."""

from .case import Case

KEEP = [[True, False, True, True, False], [False, True, True, False, True], [True, True, False, True, True]]

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
]
