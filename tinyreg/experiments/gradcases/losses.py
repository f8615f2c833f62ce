"""Gradient cases of layers/loss and regularization/label_smoothing.py."""

from .case import Case


def probabilities(*shape):
    """Rows of positive numbers that sum to 1 along dimension 1 (0 for a single row)."""

    def draw(rng):
        q = rng.uniform(0.1, 1.0, shape)
        return q / q.sum(axis=min(1, len(shape) - 1), keepdims=True)

    return draw


def inside(*shape):
    """Numbers well inside (0, 1)."""
    return lambda rng: rng.uniform(0.1, 0.9, shape)


def _weight(t):
    return t.tensor([0.5, 2.0, 1.5], dtype=t.float64)


def _cross_entropy(**options):
    def run(t, x):
        given = {name: value(t) if callable(value) else value for name, value in options.items()}
        return t.nn.functional.cross_entropy(x, t.tensor([2, 0, 1, 2]), **given)

    return run


CASES = [
    Case("nn.functional.cross_entropy", _cross_entropy(), ((4, 3),)),
    Case("nn.functional.cross_entropy sum", _cross_entropy(reduction="sum"), ((4, 3),)),
    Case("nn.functional.cross_entropy none", _cross_entropy(reduction="none"), ((4, 3),)),
    Case("nn.functional.cross_entropy weight", _cross_entropy(weight=_weight), ((4, 3),)),
    Case("nn.functional.cross_entropy ignore_index", _cross_entropy(ignore_index=2), ((4, 3),)),
    Case("nn.functional.cross_entropy label_smoothing", _cross_entropy(label_smoothing=0.1), ((4, 3),)),
    Case(
        "nn.functional.cross_entropy everything",
        _cross_entropy(label_smoothing=0.3, weight=_weight, ignore_index=0),
        ((4, 3),),
    ),
    Case(
        "nn.functional.cross_entropy everything none",
        _cross_entropy(label_smoothing=0.3, weight=_weight, ignore_index=0, reduction="none"),
        ((4, 3),),
    ),
    Case("nn.functional.cross_entropy single row", lambda t, x: t.nn.functional.cross_entropy(x, t.tensor(1)), ((3,),)),
    Case(
        "nn.functional.cross_entropy pixels",
        lambda t, x: t.nn.functional.cross_entropy(
            x, t.tensor([[[0, 1], [2, 0]], [[1, 1], [2, 2]]]), weight=_weight(t), label_smoothing=0.1, reduction="none"
        ),
        ((2, 3, 2, 2),),
    ),
    Case("nn.functional.cross_entropy probabilities", lambda t, x, q: t.nn.functional.cross_entropy(x, q), ((4, 3), probabilities(4, 3))),
    Case(
        "nn.functional.cross_entropy probabilities everything",
        lambda t, x, q: t.nn.functional.cross_entropy(x, q, weight=_weight(t), label_smoothing=0.2, reduction="none"),
        ((2, 3, 2), probabilities(2, 3, 2)),
    ),
    Case("nn.functional.nll_loss", lambda t, x: t.nn.functional.nll_loss(x, t.tensor([2, 0, 1, 2])), ((4, 3),)),
    Case(
        "nn.functional.nll_loss weight",
        lambda t, x: t.nn.functional.nll_loss(x, t.tensor([[2, 0], [1, 1]]), weight=_weight(t), ignore_index=1, reduction="none"),
        ((2, 3, 2),),
    ),
    Case("nn.functional.mse_loss", lambda t, x, y: t.nn.functional.mse_loss(x, y), ((3, 4), (3, 4))),
    Case("nn.functional.mse_loss none", lambda t, x, y: t.nn.functional.mse_loss(x, y, reduction="none"), ((3, 4), (3, 4))),
    Case(
        "nn.functional.mse_loss weight",
        lambda t, x, y: t.nn.functional.mse_loss(x, y, weight=t.arange(12.0, dtype=t.float64).reshape(3, 4)),
        ((3, 4), (3, 4)),
    ),
    Case("nn.functional.l1_loss", lambda t, x, y: t.nn.functional.l1_loss(x, y), ((3, 4), (3, 4))),
    Case("nn.functional.l1_loss sum", lambda t, x, y: t.nn.functional.l1_loss(x, y, reduction="sum"), ((3, 4), (3, 4))),
    Case("nn.functional.huber_loss", lambda t, x, y: t.nn.functional.huber_loss(x, y), ((3, 4), (3, 4))),
    Case("nn.functional.huber_loss none", lambda t, x, y: t.nn.functional.huber_loss(x, y, "none", 0.5), ((3, 4), (3, 4))),
    Case(
        "nn.functional.huber_loss weight",
        lambda t, x, y: t.nn.functional.huber_loss(x, y, delta=2.0, weight=t.arange(12.0, dtype=t.float64).reshape(3, 4)),
        ((3, 4), (3, 4)),
    ),
    Case("nn.functional.smooth_l1_loss", lambda t, x, y: t.nn.functional.smooth_l1_loss(x, y, beta=0.5), ((3, 4), (3, 4))),
    Case("nn.functional.smooth_l1_loss sum", lambda t, x, y: t.nn.functional.smooth_l1_loss(x, y, reduction="sum"), ((3, 4), (3, 4))),
    Case("nn.functional.smooth_l1_loss beta 0", lambda t, x, y: t.nn.functional.smooth_l1_loss(x, y, beta=0), ((3, 4), (3, 4))),
    Case(
        "nn.functional.kl_div",
        lambda t, x, q: t.nn.functional.kl_div(x, q, reduction="batchmean"),
        ((4, 3), probabilities(4, 3)),
    ),
    Case("nn.functional.kl_div none", lambda t, x, q: t.nn.functional.kl_div(x, q, reduction="none"), ((4, 3), probabilities(4, 3))),
    Case(
        "nn.functional.kl_div one target",
        lambda t, x, q: t.nn.functional.kl_div(x, q, reduction="batchmean"),
        ((4, 3), probabilities(3)),
    ),
    Case(
        "nn.functional.kl_div log_target",
        lambda t, x, y: t.nn.functional.kl_div(x, y, reduction="sum", log_target=True),
        ((4, 3), (4, 3)),
    ),
    Case("nn.functional.binary_cross_entropy", lambda t, x, y: t.nn.functional.binary_cross_entropy(x, y), (inside(3, 4), inside(3, 4))),
    Case(
        "nn.functional.binary_cross_entropy weight",
        lambda t, x, y: t.nn.functional.binary_cross_entropy(x, y, weight=_weight(t), reduction="none"),
        (inside(4, 3), inside(4, 3)),
    ),
    Case(
        "nn.functional.binary_cross_entropy_with_logits",
        lambda t, x, y: t.nn.functional.binary_cross_entropy_with_logits(x, y),
        ((3, 4), inside(3, 4)),
    ),
    Case(
        "nn.functional.binary_cross_entropy_with_logits pos_weight",
        lambda t, x, y: t.nn.functional.binary_cross_entropy_with_logits(
            x, y, weight=_weight(t) + 1, pos_weight=_weight(t), reduction="none"
        ),
        ((4, 3), inside(4, 3)),
    ),
    Case("nn.CrossEntropyLoss", lambda t, x: t.nn.CrossEntropyLoss(label_smoothing=0.1)(x, t.tensor([2, 0, 1, 2])), ((4, 3),)),
    Case("nn.NLLLoss", lambda t, x: t.nn.NLLLoss(_weight(t))(x, t.tensor([2, 0, 1, 2])), ((4, 3),)),
    Case("nn.MSELoss", lambda t, x, y: t.nn.MSELoss()(x, y), ((3, 4), (3, 4))),
    Case("nn.L1Loss", lambda t, x, y: t.nn.L1Loss()(x, y), ((3, 4), (3, 4))),
    Case("nn.HuberLoss", lambda t, x, y: t.nn.HuberLoss(delta=0.7)(x, y), ((3, 4), (3, 4))),
    Case("nn.SmoothL1Loss", lambda t, x, y: t.nn.SmoothL1Loss()(x, y), ((3, 4), (3, 4))),
    Case("nn.KLDivLoss", lambda t, x, q: t.nn.KLDivLoss(reduction="batchmean")(x, q), ((4, 3), probabilities(4, 3))),
    Case("nn.BCELoss", lambda t, x, y: t.nn.BCELoss()(x, y), (inside(3, 4), inside(3, 4))),
    Case(
        "nn.BCEWithLogitsLoss",
        lambda t, x, y: t.nn.BCEWithLogitsLoss(pos_weight=t.tensor(3.0, dtype=t.float64))(x, y),
        ((3, 4), inside(3, 4)),
    ),
    Case("smooth_labels", lambda t, q: t.regularization.smooth_labels(q, 3, 0.2), (probabilities(4, 3),), torch=False),
]
