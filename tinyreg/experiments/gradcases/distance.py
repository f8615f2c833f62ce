"""Gradient cases of layers/distance.py."""

from .case import Case

CASES = [
    Case("nn.functional.normalize", lambda t, x: t.nn.functional.normalize(x), ((3, 4),)),
    Case("nn.functional.normalize p", lambda t, x: t.nn.functional.normalize(x, p=3, dim=0), ((3, 4),), away_from=(0,)),
    Case("nn.functional.normalize all", lambda t, x: t.nn.functional.normalize(x, p=1, dim=None), ((3, 4),), away_from=(0,)),
    Case("nn.functional.normalize short", lambda t, x: t.nn.functional.normalize(x, eps=100.0), ((3, 4),)),
    Case("nn.functional.cosine_similarity", lambda t, x, y: t.nn.functional.cosine_similarity(x, y), ((3, 4), (3, 4))),
    Case(
        "nn.functional.cosine_similarity broadcast",
        lambda t, x, y: t.nn.functional.cosine_similarity(x[:, None], y, dim=-1),
        ((3, 4), (2, 4)),
    ),
    Case(
        "nn.functional.cosine_similarity short",
        lambda t, x, y: t.nn.functional.cosine_similarity(x, y, dim=0, eps=100.0),
        ((3, 4), (3, 4)),
        torch=False,  # its derivative leaves eps out
    ),
    Case("nn.functional.pairwise_distance", lambda t, x, y: t.nn.functional.pairwise_distance(x, y), ((3, 4), (3, 4))),
    Case(
        "nn.functional.pairwise_distance p",
        lambda t, x, y: t.nn.functional.pairwise_distance(x, y, p=3.0, keepdim=True),
        ((3, 4), (4,)),
    ),
    Case("nn.CosineSimilarity", lambda t, x, y: t.nn.CosineSimilarity(dim=0)(x, y), ((3, 4), (3, 4))),
    Case("nn.PairwiseDistance", lambda t, x, y: t.nn.PairwiseDistance()(x, y), ((3, 4), (3, 4))),
]
