"""Gradient cases of the normalizations."""

from .case import Case


def running(t, w):
    """Running averages of w's shape and dtype, some way from where they start."""
    return t.zeros_like(w) + 0.3, t.ones_like(w) * 1.7


CASES = [
    Case(
        "nn.functional.batch_norm",
        lambda t, x, w, b: t.nn.functional.batch_norm(x, None, None, w, b, True),
        ((6, 3), (3,), (3,)),
    ),
    Case(
        "nn.functional.batch_norm images",
        lambda t, x, w, b: t.nn.functional.batch_norm(x, *running(t, w), w, b, True),
        ((3, 2, 4, 3), (2,), (2,)),
    ),
    Case("nn.functional.batch_norm plain", lambda t, x: t.nn.functional.batch_norm(x, None, None, training=True), ((4, 3, 2),)),
    Case(
        "nn.functional.batch_norm evaluation",
        lambda t, x, w, b: t.nn.functional.batch_norm(x, *running(t, w), w, b),
        ((3, 2, 4), (2,), (2,)),
    ),
    Case(
        "nn.functional.layer_norm",
        lambda t, x, w, b: t.nn.functional.layer_norm(x, (5,), w, b),
        ((4, 5), (5,), (5,)),
    ),
    Case(
        "nn.functional.layer_norm two dimensions",
        lambda t, x, w, b: t.nn.functional.layer_norm(x, (3, 4), w, b),
        ((2, 2, 3, 4), (3, 4), (3, 4)),
    ),
    Case("nn.functional.layer_norm plain", lambda t, x: t.nn.functional.layer_norm(x, (3, 4)), ((2, 3, 4),)),
    Case("nn.functional.rms_norm", lambda t, x, w: t.nn.functional.rms_norm(x, (5,), w), ((4, 5), (5,))),
    Case(
        "nn.functional.rms_norm two dimensions",
        lambda t, x, w: t.nn.functional.rms_norm(x, (3, 4), w, 1e-3),
        ((2, 2, 3, 4), (3, 4)),
    ),
    Case("nn.functional.rms_norm plain", lambda t, x: t.nn.functional.rms_norm(x, (3, 4)), ((2, 3, 4),)),
    Case("nn.RMSNorm", lambda t, x: t.nn.RMSNorm(4, eps=1e-3).to(x.dtype)(x), ((3, 4),)),
    Case(
        "nn.functional.group_norm",
        lambda t, x, w, b: t.nn.functional.group_norm(x, 2, w, b),
        ((2, 4, 3, 2), (4,), (4,)),
    ),
    Case("nn.functional.group_norm features", lambda t, x, w, b: t.nn.functional.group_norm(x, 2, w, b), ((3, 6), (6,), (6,))),
    Case("nn.functional.group_norm plain", lambda t, x: t.nn.functional.group_norm(x, 1), ((2, 3, 4),)),
    Case(
        "nn.functional.instance_norm",
        lambda t, x, w, b: t.nn.functional.instance_norm(x, None, None, w, b),
        ((2, 3, 4, 2), (3,), (3,)),
    ),
    Case("nn.functional.instance_norm plain", lambda t, x: t.nn.functional.instance_norm(x), ((2, 3, 5),)),
    Case(
        "nn.functional.instance_norm evaluation",
        lambda t, x, w, b: t.nn.functional.instance_norm(x, *running(t, w), w, b, False),
        ((2, 3, 5), (3,), (3,)),
    ),
]
