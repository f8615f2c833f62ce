"""Gradient cases of the penalties on weights."""

from .case import Case

CASES = [
    Case(
        "regularization.l2_penalty",
        lambda t, v, w: t.regularization.l2_penalty([v, w], strength=0.7),
        ((3, 4), (5,)),
        torch=False,
    ),
    Case(
        "regularization.l1_penalty",
        lambda t, v, w: t.regularization.l1_penalty([v, w], strength=0.7),
        ((3, 4), (5,)),
        away_from=(0,),
        torch=False,
    ),
    Case(
        "regularization.soft_threshold",
        lambda t, x: t.regularization.soft_threshold(x, 0.5),
        ((4, 5),),
        away_from=(-0.5, 0.5),
        torch=False,
    ),
    Case(
        "regularization.elastic_net_penalty",
        lambda t, v, w: t.regularization.elastic_net_penalty([v, w], strength=0.7, l1_ratio=0.3),
        ((3, 4), (5,)),
        away_from=(0,),
        torch=False,
    ),
]
