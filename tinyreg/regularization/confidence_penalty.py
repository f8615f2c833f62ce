"""Confidence penalty: outputs of low entropy cost, so that the network is not surer than it has to be.

Objective
    A row has scores x_k for K classes (logits), the probabilities and their entropy

        p_k = e^(x_k) / sum_j e^(x_j),        H(p) = -sum_k p_k ln p_k                           (1)

    To the loss of the row is added, with s = strength,

        penalty = -s H(p) = s sum_k p_k ln p_k                                                   (2)

    which lies between -s ln K (uniform p) and 0 (all on one class): negative, and smaller is less confident. As
    sum_k p_k ln(p_k K) = ln K - H(p), it is up to the constant s ln K the divergence from the uniform u = 1/K:

        penalty = s KL(p || u) - s ln K                                                          (3)

Backward
    x_k enters the p_j in two places, the numerator of p_k and the sum below all of them:

        dp_j/dx_k = p_j ([j = k] - p_k)                                                          (4)

    The slope of p ln p is ln p + 1. Summed over the p_j, and with grad the cotangent of the row's penalty,

        grad_x_k = grad s sum_j (ln p_j + 1) p_j ([j = k] - p_k)
                 = grad s (p_k (ln p_k + 1) - p_k sum_j p_j (ln p_j + 1))

    The ones cancel, as the p_j sum to 1, and sum_j p_j ln p_j = -H:

        grad_x_k = grad s p_k (ln p_k + H)                                                       (5)

    A score is pulled down where its class has more than the typical probability e^-H, and up where it has less. (5) sums
    to 0 over k: adding a constant to all scores changes nothing.

Why it regularizes
    The cross entropy with hard labels asks for ever larger scores. (5) stands against them: at the minimum of cross entropy
    plus (2) for one row with the label y, p_k - [k = y] + s p_k (ln p_k + H) = 0, so that every wrong class has

        p_k = e^(-H - 1/s)                                                                       (6)

    which is a finite distance between scores.
    Label smoothing adds KL(u || p), the same two distributions the other way round (see label_smoothing (4)). That one has
    the gradient p - u: it pulls at a class that is ruled out (p_k near 0) as hard as it can, and is infinite where p_k = 0.
    (5) vanishes with p_k: it leaves what is ruled out in peace and acts on what is believed. Both are 0 for uniform p, and
    to second order around it they are equal.

Edge cases
    strength = 0 gives 0 with gradients 0; for a large one all outputs become uniform. K = 1 has entropy 0.
    Extreme scores are safe: the largest is subtracted first, and p ln p = 0 where p is 0, so that -inf, a class ruled out,
    has penalty and gradient 0 and the others share the row. A row of -inf alone, inf or NaN gives NaN, as in softmax.
    (5) vanishes at both ends, for uniform p and for p all on one class: a network that is quite sure already, p_y = 1 in
    floating point, is not called back. The penalty has to be there from the start.
    It acts on outputs, so neither weight decay nor batch norm undo it. With dropout, each mask's output counts. It does not
    know about training and evaluation: leave it out of the losses you compare. With label smoothing both pull the same way.
    In fit it belongs into regularizer=, which is given the output.

Cost
    A softmax, its logarithm and two sums a row. Forward computes (5) but for grad while it has p at hand, and keeps that: one
    array of the size of the scores, which backward multiplies.

Source
    Pereyra, Tucker, Chorowski, Kaiser, Hinton 2017, "Regularizing neural networks by penalizing confident output
    distributions", arXiv 1701.06548. Szegedy et al. 2016, arXiv 1512.00567, for label smoothing.
"""

import numpy as np

from ..autograd import ArrayFunction, Tensor
from ..backend import get_array_module
from ..ops.floating import check_floating
from ..ops.loss_reduction import choose_reduction, reduce_losses, spread_gradient
from ..ops.number import check_strength
from ..touches import opaque


class ConfidencePenaltyFunction(ArrayFunction):
    """Equation (2) for each row along an axis, reduced, and (5)."""

    @staticmethod
    def forward(ctx, x, *, strength, reduction, axis):
        xp = get_array_module(x)
        log_p = x - x.max(axis=axis, keepdims=True)
        p = xp.exp(log_p)
        total = p.sum(axis=axis, keepdims=True)
        p /= total                                                                     # (1)
        log_p -= xp.log(total)
        xp.maximum(log_p, float(np.finfo(x.dtype).min), out=log_p)  # p is 0 there: a finite number makes 0 of the product
        log_p *= p
        negative_entropy = log_p.sum(axis=axis, keepdims=True)
        if ctx.needs_input_grad[0]:
            log_p -= p * negative_entropy
            log_p *= strength
            ctx.save_for_backward(log_p)                                               # (5)
        ctx.reduction, ctx.axis = reduction, axis
        penalties = strength * xp.squeeze(negative_entropy, axis=axis)                 # (2)
        ctx.rows = penalties.size
        return reduce_losses(penalties, reduction, ctx.rows)

    @staticmethod
    def backward(ctx, grad):
        (slope,) = ctx.saved
        grad = spread_gradient(grad, ctx.reduction, ctx.rows)
        if ctx.reduction == "none":
            grad = get_array_module(grad).expand_dims(grad, ctx.axis)
        return (grad * slope,)                                                         # (5)


def confidence_penalty(logits: Tensor, strength: float, reduction: str = "mean") -> Tensor:
    """Penalize confident outputs: minus strength times the entropy of the softmax of scores, to be added to the loss.

    Args:
        logits: scores, floating point; softmax is taken here, not by the network.
        strength: at least 0; 0 switches the penalty off, a large one makes all outputs uniform.
        reduction: 'mean' over all rows, 'sum', or 'none', which gives a penalty for each row.

    Shape:
        (N, K), (N, K, d1, ...) or (K,) for K classes, as in cross_entropy -> () or, with 'none', without the class dimension.

    Returns:
        A Tensor in [-strength * ln K, 0], nan for a mean over no rows.

    Raises:
        ValueError: strength is negative or not finite; an unknown reduction; logits without a class.
        TypeError: logits is no Tensor.
        NotImplementedError: logits of integers.

    Example:
        >>> import tinyreg
        >>> logits = tinyreg.tensor([[0.0, 0.0], [0.0, 1000.0]], requires_grad=True)
        >>> confidence_penalty(logits, strength=0.1, reduction="none")
        tensor([-0.0693,  0.0000], grad_fn=<ConfidencePenaltyBackward0>)
    """
    who = "confidence_penalty"
    check_strength(who, strength=strength)
    check_floating(who, logits, "logits")
    reduction = choose_reduction(who, None, None, reduction)
    axis = min(1, logits.array.ndim - 1)
    if axis < 0 or not logits.array.shape[axis]:
        raise ValueError(f"{who}: logits must have a class dimension, got shape {tuple(logits.array.shape)}; give (N, K) or (K,) scores")
    penalty = ConfidencePenaltyFunction.apply(logits, strength=float(strength), reduction=reduction, axis=axis)
    return opaque(penalty, who, strength=float(strength))
