"""Elastic net: L1 to select, L2 to share; a mixture of the two penalties.

Objective. The loss plus a penalty; s is strength, r is l1_ratio, and the sums run over all elements of all tensors given:

    penalty = s r sum_i |w_i|  +  s (1 - r)/2 sum_i w_i^2                         (1)

This is scikit-learn's form, whose whole objective for a linear model is |y - Xw|^2/(2n) + (1), with s = alpha (paths solves
it exactly, for every s). Zou and Hastie write, for columns of X that are centred and of norm 1,

    naive elastic net:    b = argmin  |y - Xb|^2 + l2 |b|^2 + l1 |b|_1            (2)
    elastic net:          (1 + l2) b                                              (3)

Multiplying scikit-learn's objective by 2n gives (2) with

    l1 = 2 n s r,        l2 = n s (1 - r)                                         (4)

(the columns scaled to norm 1 in both). The correction (3) undoes the shrinkage that the L2 part does beyond the selection:
for orthonormal inputs (2) is S(b_ols, l1/2)/(1 + l2), shrunk twice, and (3) is the lasso's answer. It is a rescaling of a
solution, no part of the penalty: apply it to the weights of a linear model after training, where it is wanted.

Backward. Let G = dL/dpenalty; the derivatives of l1 (2) and l2 (2) add up, with sign(0) = 0:

    grad_w = G s (r sign(w) + (1 - r) w)                                          (5)

The proximal step, for exact zeros, minimizes (z - x)^2/2 + t (r |z| + (1 - r) z^2/2), t = lr s. Where z != 0 its derivative
is z - x + t r sign(z) + t (1 - r) z, so that (1 + t (1 - r)) z = x - t r sign(z): soft-threshold, then shrink,

    w  <-  S(x, t r) / (1 + t (1 - r))                                            (6)

Why it regularizes. As l1 it selects: a weight is 0 unless the loss pulls at it with more than s r. As l2 it makes the
objective strictly convex, with one minimum even where inputs outnumber examples (the lasso keeps at most n of them there),
and it shares weight among alike inputs: for two identical columns the L1 part does not see how w_1 + w_2 is divided, and
the L2 part is smallest where w_1 = w_2. In general, for columns of correlation c and nonzero weights of one sign in (2),

    |b_i - b_j|  <=  sqrt(2 (1 - c)) |y| / l2                                     (7)

the grouping effect: subtract the two stationarity conditions x_i'(y - Xb) = l2 b_i + sign l1/2, and bound the difference
of the left sides by |x_i - x_j| |y - Xb|, where |x_i - x_j| = sqrt(2 (1 - c)) and |y - Xb| <= |y|.

Edge cases. l1_ratio = 0 is l2_penalty, l1_ratio = 1 is l1_penalty, strength = 0 is no penalty. Modules, iterables,
evaluation, neighbours: as in l1 and l2. Use the penalty or the step (6), not both.

Cost. One pass for each sum, one for the gradient, an array of the weights' size.

Source. Zou & Hastie 2005, Regularization and variable selection via the elastic net, JRSS-B 67:301, sections 2 and 3 and
theorem 1.
"""

from ..autograd import ArrayFunction, Tensor, stamp
from ..autograd.addend import gradients
from ..backend import fuse, get_array_module
from ..ops.number import check_number, check_strength
from ..parameter import Weights, penalized_parameters
from ..touches import noted, wrote
from .l1 import absolute_sum, threshold_
from .l2 import square_sum


class ElasticNetPenaltyFunction(ArrayFunction):
    """Equation (1) over all its inputs, and (5)."""

    @staticmethod
    def forward(ctx, *weights, strength, l1_ratio):
        ctx.save_for_backward(*weights)
        ctx.strength, ctx.l1_ratio = strength, l1_ratio
        return strength * (l1_ratio * absolute_sum(*weights) + (1 - l1_ratio) / 2 * square_sum(*weights))    # (1)

    @staticmethod
    def backward(ctx, grad_penalty):
        factor = ctx.strength * grad_penalty
        l1, l2 = ctx.l1_ratio * factor, (1 - ctx.l1_ratio) * factor
        return gradients(ctx, lambda w, out: _pull(w, out, *(share.astype(w.dtype, copy=False) for share in (l1, l2))))


@fuse
def _pull(w, out, l1, l2):
    get_array_module(w).sign(w, out=out)
    out *= l1
    out += l2 * w                                                                 # (5)


def elastic_net_penalty(params: Weights, strength: float, l1_ratio: float) -> Tensor:
    """Penalize absolute and squared weights: strength * (l1_ratio * sum|w| + (1 - l1_ratio)/2 * sum w^2).

    Args:
        params: a Module, whose linear and conv weights are penalized; or Tensors, all of which are.
        strength: at least 0; 0 switches the penalty off.
        l1_ratio: in [0, 1]; 0 is l2_penalty, 1 is l1_penalty.

    Shape:
        tensors of any shape -> a 0-d Tensor.

    Returns:
        The penalty, to be added to the loss.

    Raises:
        ValueError: strength is negative or not finite, l1_ratio is outside [0, 1]; params is empty.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.tensor([2.0, 0.0, -4.0], requires_grad=True)
        >>> elastic_net_penalty([w], strength=1.0, l1_ratio=0.5).backward()
        >>> w.grad
        tensor([ 1.5000,  0.0000, -2.5000])
    """
    _check("elastic_net_penalty", l1_ratio, strength=strength)
    weights, s, r = penalized_parameters(params, "elastic_net_penalty"), float(strength), float(l1_ratio)
    penalty = ElasticNetPenaltyFunction.apply(*weights, strength=s, l1_ratio=r)
    return noted(
        penalty, "elastic_net_penalty", weights, lambda w, _: ElasticNetPenaltyFunction.apply(w, strength=s, l1_ratio=r),
        strength=s, l1_ratio=r,
    )  # fmt: skip


def elastic_net_proximal_(params: Weights, lr: float, strength: float, l1_ratio: float) -> None:
    """Apply the elastic net as a step of its own, in place, after optimizer.step(): exact zeros appear.

    Args:
        params: a Module, whose linear and conv weights are changed where they train; or Tensors, all of which are.
        lr: the learning rate of the step before it, at least 0.
        strength: of the penalty whose step this is, at least 0; do not add the penalty to the loss as well.
        l1_ratio: in [0, 1]; 0 only shrinks, 1 is l1_proximal_.

    Raises:
        ValueError: lr or strength is negative or not finite, l1_ratio is outside [0, 1]; params is empty.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.tensor([3.0, 0.25, -4.0])
        >>> elastic_net_proximal_([w], lr=1.0, strength=1.0, l1_ratio=0.5)
        >>> w
        tensor([ 1.6667,  0.0000, -2.3333])
    """
    _check("elastic_net_proximal_", l1_ratio, lr=lr, strength=strength)
    t = float(lr) * float(strength)
    weights = penalized_parameters(params, "elastic_net_proximal_")
    for w in weights:
        threshold_(w.array, t * float(l1_ratio))
        w.array /= 1 + t * (1 - float(l1_ratio))                                  # (6)
        stamp(w)
    wrote("elastic_net_proximal_", weights, lr=float(lr), strength=float(strength), l1_ratio=float(l1_ratio))


def _check(who, l1_ratio, **settings):
    check_number(who, l1_ratio=l1_ratio)
    if not 0 <= l1_ratio <= 1:
        raise ValueError(f"{who}: l1_ratio must lie in [0, 1], got l1_ratio={l1_ratio}; 0 is L2 alone, 1 is L1 alone")
    check_strength(who, **settings)
