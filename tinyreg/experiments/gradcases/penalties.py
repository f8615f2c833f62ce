"""Gradient cases of the penalties on weights, on outputs and on activations."""

from .case import Case
from .losses import inside

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
    Case(
        "regularization.group_lasso_penalty",
        lambda t, v, w: t.regularization.group_lasso_penalty([v, w], strength=0.7),
        ((3, 4, 2), (5, 2)),
        torch=False,
    ),
    Case(
        "regularization.group_lasso_penalty dim",
        lambda t, v, w: t.regularization.group_lasso_penalty([v, w], strength=0.7, dim=1),
        ((3, 4, 2), (5, 2)),
        torch=False,
    ),
    Case(
        "regularization.group_lasso_penalty groups",
        lambda t, w: t.regularization.group_lasso_penalty(w, strength=0.7, groups=t.tensor([0, 2, 0, 1, 2, 2])),
        ((6,),),
        away_from=(0,),
        torch=False,
    ),
    Case(
        "regularization.group_soft_threshold",
        lambda t, x: t.regularization.group_soft_threshold(x, 1.8),
        ((5, 4),),
        torch=False,
    ),
    Case(
        "regularization.group_soft_threshold groups",
        lambda t, x: t.regularization.group_soft_threshold(x, 1.2, groups=t.tensor([[0, 1, 1], [2, 0, 2]])),
        ((2, 3),),
        torch=False,
    ),
    Case(
        "regularization.orthogonality_penalty",
        lambda t, v, w: t.regularization.orthogonality_penalty([v, w], strength=0.7),
        ((5, 3), (2, 3, 2)),
        torch=False,
    ),
    Case(
        "regularization.confidence_penalty",
        lambda t, x: t.regularization.confidence_penalty(x, strength=0.7),
        ((4, 3),),
        torch=False,
    ),
    Case(
        "regularization.confidence_penalty none",
        lambda t, x: t.regularization.confidence_penalty(x, strength=0.7, reduction="none"),
        ((2, 3, 2),),
        torch=False,
    ),
    Case(
        "regularization.activity_penalty",
        lambda t, a, b: t.regularization.activity_penalty([a, b], strength=0.7),
        ((4, 3), (2, 3, 2)),
        away_from=(0,),
        torch=False,
    ),
    Case(
        "regularization.activity_penalty squares",
        lambda t, a, b: t.regularization.activity_penalty([a, b], strength=0.7, p=2),
        ((4, 3), (2, 3, 2)),
        torch=False,
    ),
    Case(
        "regularization.kl_sparsity",
        lambda t, a, b: t.regularization.kl_sparsity([a, b], strength=0.7, rho=0.2),
        (inside(4, 3), inside(2, 3, 2)),
        torch=False,
    ),
]
