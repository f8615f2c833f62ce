"""Gradient cases of reductions and extrema."""

from .case import Case

CASES = [
    Case("sum", lambda t, x: t.sum(x, dim=(0, -1)), ((2, 3, 4),)),
    Case("sum all", lambda t, x: x.sum(), ((2, 3),)),
    Case("sum keepdim", lambda t, x: x.sum(-1, keepdim=True), ((2, 3),)),
    Case("sum 0-d", lambda t, x: x.sum(0), ((),)),
    Case("mean", lambda t, x: t.mean(x, dim=1, keepdim=True), ((2, 3, 4),)),
    Case("mean all", lambda t, x: x.mean(), ((2, 3),)),
    Case("mean several", lambda t, x: x.mean((-1, 0)), ((2, 3, 4),)),
    Case("var", lambda t, x: t.var(x, dim=0), ((4, 3),)),
    Case("var all", lambda t, x: x.var(), ((4, 3),)),
    Case("var biased", lambda t, x: t.var(x, dim=(0, 2), correction=0, keepdim=True), ((2, 3, 4),)),
    Case("std", lambda t, x: t.std(x, dim=-1), ((4, 3),)),
    Case("std all", lambda t, x: x.std(unbiased=False), ((4, 3),)),
    Case("amax", lambda t, x: t.amax(x, dim=(0, 1)), ((2, 3, 4),)),
    Case("amin", lambda t, x: t.amin(x, dim=1, keepdim=True), ((2, 3),)),
    Case("max", lambda t, x: t.max(x), ((2, 3),)),
    Case("max along", lambda t, x: t.max(x, 1)[0], ((2, 3, 4),)),
    Case("min", lambda t, x: t.min(x), ((2, 3),)),
    Case("min along", lambda t, x: t.min(x, -1, keepdim=True)[0], ((2, 3),)),
    Case("logsumexp", lambda t, x: t.logsumexp(x, dim=1), ((3, 4),)),
    Case("logsumexp several", lambda t, x: t.logsumexp(x, dim=(0, -1), keepdim=True), ((2, 3, 4),)),
    Case("norm", lambda t, x: t.norm(x), ((3, 4),)),
    Case("norm along", lambda t, x: t.norm(x, dim=(0, 2), keepdim=True), ((2, 3, 4),)),
    Case("norm 1", lambda t, x: t.norm(x, p=1, dim=1), ((3, 4),), away_from=(0,)),
    Case("norm 1.5", lambda t, x: t.norm(x, p=1.5), ((3, 4),), away_from=(0,)),
    Case("norm 3", lambda t, x: t.norm(x, p=3, dim=0, keepdim=True), ((3, 4),), away_from=(0,)),
    Case("norm inf", lambda t, x: t.norm(x, p=float("inf"), dim=1), ((3, 4),)),
    Case("norm -inf", lambda t, x: t.norm(x, p=-float("inf")), ((3, 4),), away_from=(0,)),
]
