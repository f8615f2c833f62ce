"""Gradient cases of mixup, cutmix and cutout, with partners, boxes and weights given: what is drawn has no gradient."""

from .case import Case
from .losses import probabilities

PARTNERS = [2, 0, 3, 1]  # no involution: its inverse is another permutation


def _labels(t):
    return t.tensor([2, 0, 1, 2])


def _mixed(mix, **options):
    """The mixed batch of a door, given labels and partners."""
    return lambda t, x: getattr(t.regularization, mix)(x, _labels(t), index=PARTNERS, **options)[0]


def _mixed_loss(t, x):
    mixed, target = t.regularization.mixup(x, _labels(t), lam=0.3, index=PARTNERS)
    return t.regularization.mixed_loss(t.nn.functional.cross_entropy, mixed, target)


def _soft(t, x, y):
    """The mixed batch and the mixed targets, both of which may be computed."""
    mixed, target = t.regularization.mixup(x, y, lam=0.7, index=PARTNERS)
    return mixed, target.soft()


CASES = [
    Case("regularization.mixup", _mixed("mixup", lam=0.3), ((4, 2, 3),), torch=False),
    Case("regularization.mixup per example", _mixed("mixup", lam=[0.3, 1.0, 0.0, 0.8]), ((4, 3),), torch=False),
    Case("regularization.mixup lam 0", _mixed("mixup", lam=0), ((4, 3),), torch=False),
    Case("regularization.mixup targets", _soft, ((4, 3), probabilities(4, 3)), torch=False),
    Case("regularization.mixed_loss", _mixed_loss, ((4, 3),), torch=False),
    Case("regularization.cutmix", _mixed("cutmix", box=(1, 0, 3, 2)), ((4, 2, 3, 4),), torch=False),
    Case("regularization.cutmix whole image", _mixed("cutmix", box=(0, 0, 4, 3)), ((4, 1, 3, 4),), torch=False),
    Case(
        "regularization.cutout",
        lambda t, x: t.regularization.cutout(x, 2, value=0.5, boxes=t.tensor([[0, 1, 2, 2], [2, 0, 1, 4], [0, 0, 0, 0]])),
        ((3, 2, 3, 4),),
        torch=False,
    ),
    Case("regularization.cutout one image", lambda t, x: t.regularization.cutout(x, 2, boxes=[[1, 1, 2, 2]]), ((2, 3, 4),), torch=False),
]
