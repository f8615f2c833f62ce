"""Label smoothing: the target is not "class y, certainly" but "class y, with a little of every class".

Objective
    A row has scores x_k for K classes (logits) and the label y. With eps = label_smoothing in [0, 1] its target is

        q_k = (1 - eps) [k = y] + eps/K                                                          (1)

    and what is compared with it are the probabilities

        p_k = e^(x_k) / sum_j e^(x_j)                                                            (2)

    by the cross entropy H(q, p), in this order: q is the target, p stands under the logarithm. As q sums to 1,

        L = -sum_k q_k ln p_k = ln sum_j e^(x_j) - sum_k q_k x_k                                 (3)

    It is affine in q, so it is also the mixture of the ordinary loss and of the cross entropy with the uniform u = 1/K:

        L = (1 - eps) H([k = y], p) + eps H(u, p)                                                (4)

    Class weights w_k multiply each term of the sum. That is q_k -> w_k q_k, which sums to a = sum_k w_k q_k instead of 1:

        L = a ln sum_j e^(x_j) - sum_k w_k q_k x_k                                               (5)

    and the mean over rows divides by sum_n w_(y_n) for labels, by the number of rows for given probabilities (PyTorch's
    choices). A row whose label is ignore_index counts nowhere. eps = 0 is the plain cross entropy: it is not another
    function but this one, so the arithmetic of both stands here, and layers/loss calls it.

    The largest x of the row is subtracted first: (3) does not notice, as both terms move by the same amount, and no
    exponential exceeds 1.

Backward
    Two terms of (5) contain x_k. The second is linear; for the first

        d/dx_k ln sum_j e^(x_j) = e^(x_k) / sum_j e^(x_j) = p_k                                  (6)

    so, with grad the cotangent of the row's loss,

        grad_x_k = grad (a p_k - w_k q_k)                                                        (7)

    which without weights is softmax - q. It sums to 0 over k: adding a constant to all scores changes nothing. With labels
    q is never written out: by (1) it is one number in every column and another one added at y.
    Where the target is itself computed (a teacher's probabilities), (5) is linear in it:

        grad_q_k = grad (ln sum_j e^(x_j) - x_k) = -grad ln p_k                                  (8)

Why it regularizes
    With a hard label (7) vanishes only where p_y = 1, that is at an infinite distance between x_y and the others: the loss
    always asks for larger scores, and a network that fits its training data grows its weights to get them. With eps > 0 it
    vanishes at p = q, p_y = 1 - eps + eps/K and eps/K elsewhere, which is a finite distance:

        x_y - x_k = ln(((1 - eps) K + eps) / eps)          4.51 for K = 10, eps = 0.1            (9)

    A larger margin costs. In (4) the second term is, up to a constant, KL(u || p): a pull towards the uniform. (The
    confidence penalty pulls with KL(p || u).) Networks trained so are less sure of themselves, which often makes their
    probabilities truer; their accuracy gains little, and may lose. It also moves examples of a class closer together: what
    a wrong class has in common with the right one is lost, so that such a network makes a worse teacher (Müller et al. 2019).
    The smallest possible loss is no longer 0 but the entropy of q: losses with different eps cannot be compared.

Edge cases
    eps = 0: hard labels. eps = 1: the label is forgotten, every row is pulled to the uniform.
    A loss does not know about training and evaluation: for an honest validation loss compute one with eps = 0.
    A label outside [0, K) is refused, except ignore_index; what scores such a row has, be they NaN, makes no difference.
    If no row counts the mean is 0/0 = nan and the gradient 0.
    A score of -inf (a class ruled out) is fine with hard labels; smoothing puts eps/K on that class: the loss is infinite.
    Given probabilities are multiplied by the scores, and 0 times -inf is NaN (as in PyTorch): there, as with mixed targets,
    a class is ruled out by a large negative score.
    Mixed targets (mixup, cutmix) can be smoothed like labels: (1) with the given probabilities in the place of [k = y],
    before or after mixing, as both are linear. But smooth once: targets that are smoothed already, and given to
    CrossEntropyLoss(label_smoothing=eps), are smoothed by 1 - (1 - eps)^2, 0.19 for eps = 0.1. And both flatten the
    targets: for K = 10 the least loss that is left is 0.50 with smoothing (eps = 0.1), 0.50 with mixup (alpha = 1,
    classes that differ), 0.91 with both, 1.18 with both and smoothed twice.

Cost
    Over the plain cross entropy one sum over the scores in forward and one subtraction in backward, nothing in parameters.
    Each row's exponentials are computed once and kept; q is not formed, except by smooth_labels.

Source
    Szegedy, Vanhoucke, Ioffe, Shlens, Wojna 2016, "Rethinking the Inception architecture for computer vision",
    arXiv 1512.00567, section 7. Müller, Kornblith, Hinton 2019, "When does label smoothing help?", arXiv 1906.02629.
    Pereyra et al. 2017, arXiv 1701.06548 (the confidence penalty beside it).
"""

import math
from functools import lru_cache

from ..autograd import ArrayFunction, Tensor
from ..autograd.tensor import wrap
from ..backend import ONE_BLOCK, fuse, get_array_module, get_default_dtype, reads_at_once
from ..ops.dimension import integer
from ..ops.floating import check_tensor
from ..ops.labels import check_labels, rows_and_weights
from ..ops.loss_reduction import reduce_losses, spread_gradient
from ..ops.number import check_number


class CrossEntropyFunction(ArrayFunction):
    """The cross entropy (5) of rows of scores (N, K) with smoothed labels (N,), reduced; ignore_index None: none is ignored."""

    @staticmethod
    def forward(ctx, logits, label, weight, *, label_smoothing, ignore_index, reduction):
        xp = get_array_module(logits)
        rows, classes = logits.shape
        ctx.label_smoothing, ctx.reduction, ctx.ignore_index = label_smoothing, reduction, ignore_index
        if weight is None and not reads_at_once(logits):
            return _few_kernels(ctx, logits, label[:, None])
        row, label, keep, weight_y = rows_and_weights(logits, label, weight, ignore_index)
        # q is `at_label` in the column of the label, added to `anywhere * weight` in every column                      (1)
        at_label = (1 - label_smoothing) * weight_y
        anywhere = label_smoothing / classes * keep
        a = at_label + anywhere * (classes if weight is None else weight.sum())
        z = logits - logits.max(axis=1, keepdims=True)
        if ignore_index is not None:
            xp.copyto(z, 0, where=keep == 0)  # a row that does not count may hold nan
        losses = -at_label * z[row, label]                                             # (N, 1)
        if label_smoothing:
            losses -= anywhere * (z.sum(axis=1, keepdims=True) if weight is None else z @ weight[:, None])
        e = xp.exp(z, out=z)
        total = e.sum(axis=1, keepdims=True)
        losses += a * xp.log(total)                                                    # (5)
        divisor = rows if isinstance(weight_y, float) else weight_y.sum()
        ctx.save_for_backward(e, total, row, label, weight, a, at_label, anywhere, divisor)
        return reduce_losses(losses[:, 0], reduction, divisor)

    @staticmethod
    def backward(ctx, grad):
        if not reads_at_once(ctx.saved[0]) and len(ctx.saved) == 5:
            return _one_kernel(ctx, grad), None, None
        e, total, row, label, weight, a, at_label, anywhere, divisor = ctx.saved
        grad = spread_gradient(grad, ctx.reduction, divisor)
        if ctx.reduction == "none":
            grad = grad[:, None]
        grad_x = e * (grad * a / total)                                                # (6)
        if ctx.label_smoothing:
            grad_x -= grad * anywhere * (1 if weight is None else weight)
        grad_x[row, label] -= grad * at_label                                          # (7)
        return grad_x, None, None


# Without weights a GPU takes seven kernels forward and one backward, instead of some forty: the number of each column is
# compared with the label, which is no index then, and ignore_index is minded without asking whether any label has it.


def _few_kernels(ctx, logits, label):
    rows, classes = logits.shape
    column, top = _column_numbers(get_array_module(logits), classes), logits.max(axis=1, keepdims=True)
    total = _total(logits, top)[:, None]                                               # (N, 1)
    score = _score(logits, top, label, column, *_shares(ctx, classes))[:, None]        # (N, 1)
    divisor = None
    if ctx.reduction == "none":
        value = _losses(total, score, label, ctx.ignore_index)[:, 0]
    elif rows <= ONE_BLOCK:
        value = _sum_losses(total, score, label, ctx.ignore_index)
    else:
        value = _losses(total, score, label, ctx.ignore_index).sum()
    if ctx.reduction == "mean" and ctx.ignore_index is None:
        value = value / (rows or math.nan)
    elif ctx.reduction == "mean":
        divisor = _count(label, ctx.ignore_index, total) if rows <= ONE_BLOCK else _counts(label, ctx.ignore_index, total).sum()
        value = _mean(value, divisor)
    ctx.save_for_backward(logits, top, total, label, divisor)
    return value


def _one_kernel(ctx, grad):
    logits, top, total, label, divisor = ctx.saved
    rows, classes = logits.shape
    if ctx.reduction == "none":
        grad = grad[:, None]
    elif ctx.reduction == "mean" and divisor is None:
        grad = grad / max(1, rows)
    column = _column_numbers(get_array_module(logits), classes)
    return _gradient(logits, top, total, label, column, grad, divisor, *_shares(ctx, classes), ctx.ignore_index)


def _shares(ctx, classes):
    """What q has at the label, and, where labels are smoothed, in every column: equation (1)."""
    return 1 - ctx.label_smoothing, ctx.label_smoothing / classes or None


@lru_cache(maxsize=16)
def _column_numbers(xp, classes):
    return xp.arange(classes)


@fuse
def _total(x, top):
    xp = get_array_module(x)
    return xp.sum(xp.exp(x - top), axis=1)


@fuse
def _score(x, top, label, column, at_label, anywhere):
    xp, z = get_array_module(x), x - top
    score = at_label * xp.where(column == label, z, 0)  # no nan where another column is -inf
    return xp.sum(score if anywhere is None else score + anywhere * z, axis=1)


@fuse
def _losses(total, score, label, ignore_index):
    xp = get_array_module(total)
    losses = xp.log(total) - score                                                     # (5)
    return losses if ignore_index is None else xp.where(label != ignore_index, losses, 0)


@fuse
def _sum_losses(total, score, label, ignore_index):
    return get_array_module(total).sum(_losses(total, score, label, ignore_index))


@fuse
def _counts(label, ignore_index, total):
    return (label != ignore_index).astype(total.dtype)


@fuse
def _count(label, ignore_index, total):
    return get_array_module(total).sum(_counts(label, ignore_index, total))


@fuse
def _mean(value, count):
    xp = get_array_module(value)
    return value / xp.where(count == 0, xp.nan, count)


@fuse
def _gradient(x, top, total, label, column, grad, count, at_label, anywhere, ignore_index):
    xp = get_array_module(x)
    grad_x = xp.exp(x - top) / total                                                   # (6)
    grad_x = grad_x - at_label * (column == label).astype(x.dtype)                     # (7)
    if anywhere is not None:
        grad_x = grad_x - anywhere
    if count is not None:
        grad = grad / count  # where it is 0, no row counts
    grad_x = grad_x * grad
    return grad_x if ignore_index is None else xp.where(label != ignore_index, grad_x, 0)


class SoftCrossEntropyFunction(ArrayFunction):
    """The cross entropy (5) of rows of scores (N, K) with targets q (N, K), weighted already, that may need a gradient."""

    @staticmethod
    def forward(ctx, logits, q, *, reduction):
        xp = get_array_module(logits)
        z = logits - logits.max(axis=1, keepdims=True)
        e = xp.exp(z)
        total = e.sum(axis=1, keepdims=True)
        a = q.sum(axis=1, keepdims=True)
        losses = a[:, 0] * xp.log(total)[:, 0] - (q * z).sum(axis=1)                   # (5)
        ctx.reduction = reduction
        ctx.save_for_backward(e, total, a, q, z if ctx.needs_input_grad[1] else None)
        return reduce_losses(losses, reduction, len(q))

    @staticmethod
    def backward(ctx, grad):
        e, total, a, q, z = ctx.saved
        grad = spread_gradient(grad, ctx.reduction, len(e))
        if ctx.reduction == "none":
            grad = grad[:, None]
        grad_x = grad_q = None
        if ctx.needs_input_grad[0]:
            grad_x = e * (grad * a / total)                                            # (6)
            grad_x -= grad * q                                                         # (7)
        if ctx.needs_input_grad[1]:
            grad_q = grad * (get_array_module(e).log(total) - z)                       # (8)
        return grad_x, grad_q


def smooth_labels(targets: Tensor, num_classes: int, label_smoothing: float) -> Tensor:
    """The smoothed target probabilities: (1 - label_smoothing) on what targets say, the rest spread over all classes.

    cross_entropy(logits, smooth_labels(labels, K, eps)) is cross_entropy(logits, labels, label_smoothing=eps); the latter
    is faster.

    Args:
        targets: integer Tensor of class labels in [0, num_classes), or floating point Tensor of class probabilities.
        num_classes: K, at least 1.
        label_smoothing: the share that is spread, in [0, 1]: 0 gives hard (one-hot) targets, 1 the uniform.

    Shape:
        labels (N, ...) -> (N, K, ...), a single label () -> (K,); probabilities (N, K, ...) or (K,) stay as they are.

    Returns:
        A Tensor of probabilities along the class dimension, in the default dtype for labels, in targets' for probabilities.

    Raises:
        IndexError: a label outside [0, num_classes).
        RuntimeError: label_smoothing outside [0, 1].
        ValueError: num_classes below 1, or probabilities for another number of classes.

    Example:
        >>> import tinyreg
        >>> smooth_labels(tinyreg.tensor([2, 0]), num_classes=4, label_smoothing=0.2)
        tensor([[0.0500, 0.0500, 0.8500, 0.0500],
                [0.8500, 0.0500, 0.0500, 0.0500]])
    """
    who = "smooth_labels"
    check_tensor(who, targets, "targets")
    if integer(who, num_classes=num_classes) < 1:
        raise ValueError(f"{who}: num_classes must be at least 1, got num_classes={num_classes}; count the columns of the logits")
    label_smoothing = check_label_smoothing(who, label_smoothing)
    array = targets.array
    if array.dtype.kind == "f":
        if array.ndim == 0 or array.shape[1 if array.ndim > 1 else 0] != num_classes:
            raise ValueError(
                f"{who}: probabilities must have num_classes={num_classes} along the class dimension, got shape {array.shape}; "
                "labels must be integers, convert them with .long()"
            )
        return targets * (1 - label_smoothing) + label_smoothing / num_classes         # (1)
    check_labels(who, array, num_classes)
    xp = get_array_module(array)
    q = xp.full((array.size, num_classes), label_smoothing / num_classes, dtype=get_default_dtype())
    q[xp.arange(array.size), array.reshape(-1)] += 1 - label_smoothing                 # (1)
    q = q.reshape(*array.shape, num_classes)                                           # (N, ..., K)
    return wrap(xp.moveaxis(q, -1, 1) if array.ndim else q)                            # (N, ..., K) -> (N, K, ...)


def check_label_smoothing(who, label_smoothing):
    """label_smoothing as a Python number, refused outside [0, 1].

    Example:
        >>> check_label_smoothing("cross_entropy", 0.1)
        0.1
    """
    check_number(who, label_smoothing=label_smoothing)
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(
            f"{who}: label_smoothing must lie in [0, 1], got label_smoothing={label_smoothing}; it is the share spread over all classes"
        )
    return float(label_smoothing)
