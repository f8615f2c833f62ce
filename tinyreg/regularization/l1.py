"""L1: every weight is pulled towards 0 with the same force, and those that give way stay there (lasso, Laplace prior).

Objective. The loss plus a penalty; s is strength, and the sum runs over all elements of all tensors given:

    penalty = s sum_i |w_i|                                                       (1)

Backward. Let G = dL/dpenalty. |w| has slope 1 on the right of 0 and -1 on the left; at 0 every number in [-1, 1] is a
subgradient, and sign(0) = 0 is the one taken:

    grad_w = G s sign(w)                                                          (2)

A step along (2) almost never lands on 0: the weight jumps to and fro across it by up to lr s. Zeros come from the proximal
step. Let x be the weight after a plain gradient step on the loss, and minimize the distance to it plus t |z|, t = lr s:

    S(x, t) = argmin_z  (z - x)^2 / 2 + t |z|                                     (3)

For z > 0 the derivative z - x + t is 0 at z = x - t, which is positive if x > t; for z < 0, at z = x + t if x < -t; in
between, where |x| <= t, the minimum is at the kink z = 0. All three cases are one expression, the soft threshold

    S(x, t) = sign(x) max(|x| - t, 0) = x - clip(x, -t, t)                        (4)

It keeps the sign: S(-5, 2) = -3. Its derivative is 1 where |x| > t and 0 elsewhere (that is, where y = S(x, t) is 0):

    grad_x = grad_y [y != 0]                                                      (5)

The proximal gradient method (ISTA) is one plain step and one threshold, in place, after optimizer.step():

    w  <-  S(w - lr g, lr s)                                                      (6)

Why it regularizes. At a minimum of loss + penalty, with g the gradient of the loss,

    g_i = -s sign(w_i)  where w_i != 0,        |g_i| <= s  where w_i = 0          (7)

A weight stays at exactly 0 until the loss pulls at it with more than s: inputs are selected. (7) is both necessary and,
for a convex loss, sufficient: a certificate that can be checked whatever method found w. For orthonormal inputs the lasso
solution is S(w_ols, s): large weights, too, are shrunk by s, which is its bias; for any linear model lasso_path (paths) has
the solution, for every s. Of two identical inputs L1 does not care
which gets the weight, as only |w_1| + |w_2| counts; L2 would share it, and elastic_net does.

Seen as a prior: if weights are independent with density exp(-|w|/b)/(2b) (Laplace), then -log p(w) = sum |w|/b + const,
and the most probable w under a loss that is a negative log-likelihood minimizes (1) with s = 1/b.

Edge cases. strength = 0 gives 0 with gradients 0; above max_i |g_i(0)| all weights are 0. A Module gives the weights of its
linear and conv layers; biases and normalization layers are left alone. An iterable gives every tensor in it. Use the
penalty (1) or the step (6), not both. (6) is exact for plain SGD; after momentum it still gives zeros, after Adam the
threshold that belongs to (3) would differ from weight to weight, and lr s is a choice. At evaluation the penalty is no part
of the network, and the zeros stay. Before batch norm, which undoes the scale of what is before it, see l2.

Cost. As l2: the weights are read once for the value and once for the gradient, an array of their size where it is the
first to arrive; (6) reads and writes them once.

Source. Tibshirani 1996, Regression shrinkage and selection via the lasso, JRSS-B 58:267; Donoho & Johnstone 1994 for (4);
Daubechies, Defrise, De Mol 2004 and Beck & Teboulle 2009 for (6).
"""


from ..autograd import ArrayFunction, Tensor, stamp
from ..autograd.addend import gradients
from ..backend import fuse, get_array_module, pieces, reads_at_once
from ..ops.floating import check_floating
from ..ops.number import check_strength
from ..parameter import Weights, penalized_parameters
from ..thread_pool import each
from ..touches import noted, wrote


def absolute_sum(*arrays):
    """The sum of all absolute values in the arrays, a 0-d array.

    Example:
        >>> import numpy
        >>> float(absolute_sum(numpy.array([1.0, -2.0]), numpy.array([[2.0]])))
        5.0
    """
    xp = get_array_module(arrays[0])
    parts = [part for w in arrays for (part,) in pieces(w)]
    of_part = (lambda part: xp.abs(part).sum()) if reads_at_once(arrays[0]) else _absolute_sum
    sums = each(of_part, parts, sum(w.size for w in arrays))
    return xp.stack(sums).sum() if len(sums) > 1 else sums[0]


@fuse
def _absolute_sum(w):
    xp = get_array_module(w)
    return xp.sum(xp.abs(w))  # of one array alone, CuPy divides the sum among many blocks of threads


def threshold_(array, t):
    """Replace an array by its soft threshold at the number t.

    Example:
        >>> import numpy
        >>> x = numpy.array([-5.0, 1.0, 3.0])
        >>> threshold_(x, 2.0)
        >>> x.tolist()
        [-3.0, 0.0, 1.0]
    """
    xp = get_array_module(array)

    def shrink(group):
        (part,) = group
        part -= xp.clip(part, -t, t)                                              # (4)

    each(shrink, pieces(array), array.size)


class L1PenaltyFunction(ArrayFunction):
    """Equation (1) over all its inputs, and (2)."""

    @staticmethod
    def forward(ctx, *weights, strength):
        ctx.save_for_backward(*weights)
        ctx.strength = strength
        return strength * absolute_sum(*weights)                                  # (1)

    @staticmethod
    def backward(ctx, grad_penalty):
        factor = ctx.strength * grad_penalty
        return gradients(ctx, lambda w, out: _signs(w, out, factor.astype(w.dtype, copy=False)))


@fuse
def _signs(w, out, factor):
    get_array_module(w).sign(w, out=out)
    out *= factor                                                                 # (2)


class SoftThresholdFunction(ArrayFunction):
    """Equations (4) and (5)."""

    @staticmethod
    def forward(ctx, x, threshold):
        xp = get_array_module(x)
        y = x - xp.clip(x, -threshold, threshold)                                 # (4)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved
        return grad_y * (y != 0), None                                            # (5)


def l1_penalty(params: Weights, strength: float) -> Tensor:
    """Penalize absolute weights: strength times their sum, to be added to the loss.

    Args:
        params: a Module, whose linear and conv weights are penalized; or Tensors, all of which are.
        strength: at least 0; 0 switches the penalty off, a large one takes all weights to (about) 0.

    Shape:
        tensors of any shape -> a 0-d Tensor.

    Returns:
        The penalty, with gradient strength * sign(w), 0 at 0.

    Raises:
        ValueError: strength is negative or not finite; params is empty.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.tensor([3.0, 0.0, -4.0], requires_grad=True)
        >>> l1_penalty([w], strength=0.5).backward()
        >>> w.grad
        tensor([ 0.5000,  0.0000, -0.5000])
    """
    check_strength("l1_penalty", strength=strength)
    weights, s = penalized_parameters(params, "l1_penalty"), float(strength)
    penalty = L1PenaltyFunction.apply(*weights, strength=s)
    return noted(penalty, "l1_penalty", weights, lambda w, _: L1PenaltyFunction.apply(w, strength=s), strength=s)


def soft_threshold(x: Tensor, threshold: float) -> Tensor:
    """Move each element towards 0 by threshold, and those that would cross it to 0.

    Args:
        x: a Tensor.
        threshold: at least 0; 0 changes nothing, one of at least max|x| gives zeros.

    Shape:
        (*) -> (*)

    Returns:
        sign(x) * max(|x| - threshold, 0).

    Raises:
        ValueError: threshold is negative or not finite.
        TypeError: x does not hold floating point numbers.

    Example:
        >>> import tinyreg
        >>> soft_threshold(tinyreg.tensor([-5.0, -1.0, 3.0]), 2.0)
        tensor([-3.,  0.,  1.])
    """
    check_strength("soft_threshold", threshold=threshold)
    check_floating("soft_threshold", x, "x", TypeError)
    return SoftThresholdFunction.apply(x, float(threshold))


def l1_proximal_(params: Weights, lr: float, strength: float) -> None:
    """Apply L1 as a step of its own, in place, after optimizer.step(): exact zeros appear.

    Args:
        params: a Module, whose linear and conv weights are changed where they train; or Tensors, all of which are.
        lr: the learning rate of the step before it, at least 0.
        strength: of the penalty whose step this is, at least 0; do not add the penalty to the loss as well.

    Raises:
        ValueError: lr or strength is negative or not finite; params is empty.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.tensor([3.0, 0.01, -4.0])
        >>> l1_proximal_([w], lr=0.1, strength=0.5)
        >>> w
        tensor([ 2.9500,  0.0000, -3.9500])
    """
    check_strength("l1_proximal_", lr=lr, strength=strength)
    weights = penalized_parameters(params, "l1_proximal_")
    for w in weights:
        threshold_(w.array, float(lr) * float(strength))                          # (6)
        stamp(w)
    wrote("l1_proximal_", weights, lr=float(lr), strength=float(strength))
