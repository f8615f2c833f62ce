"""L2: every weight is pulled towards 0 in proportion to its size (ridge, Tikhonov, Gaussian prior).

Objective. The loss plus a penalty; s is strength, and the sum runs over all elements of all tensors given:

    penalty = s/2 sum_i w_i^2                                                     (1)

Backward. Let G = dL/dpenalty, a number (1 where the penalty is simply added to the loss). From d(w^2)/dw = 2w,

    grad_w = G s w                                                                (2)

The half in (1) is there so that no 2 is left in (2), and plain SGD makes of it

    w  <-  w - lr (g + s w)  =  (1 - lr s) w - lr g,                              (3)

which is SGD(weight_decay=s) on the same tensors, step for step. Where a library writes s sum_i w_i^2 (Keras), its s
is half of ours; tinyreg.convert translates between libraries and papers. In (1) the square is taken at once: the square
of a norm, sqrt(sum w^2)^2, has the gradient 0/0 at w = 0.

Why it regularizes. Take a linear model and the objective |y - Xw|^2/2 + s/2 |w|^2. Its gradient is 0 where
(X'X + s I) w = X'y. With the singular value decomposition X = U D V', columns u_j, v_j, and values d_j, this reads

    w = sum_j  [d_j^2 / (d_j^2 + s)]  (u_j'y / d_j)  v_j                          (4)

Without the factor in brackets it is least squares. Where the data say much (d_j^2 >> s) the factor is 1; where they say
little (d_j^2 << s), and the noise in u_j'y is blown up by 1/d_j, it is near 0. Bias is traded for variance, direction by
direction; the factors sum to the effective number of parameters, which falls from the rank of X to 0 as s grows (the room
paths has (4) as ridge, and its factors as filter_factors). Every factor is positive: L2 makes weights small and equal (of
two identical inputs each gets half), never exactly 0.

Which s means which shrinkage depends on the loss beside it, n examples and one output:

    |y - Xw|^2 / 2         d^2 / (d^2 + s)
    |y - Xw|^2 / (2n)      d^2 / (d^2 + n s)                                      (5)
    |y - Xw|^2 / n         d^2 / (d^2 + n s / 2)        MSELoss

Seen as a prior: if weights are independent and normal with variance t^2, then -log p(w) = sum w^2/(2 t^2) + const, and
the most probable w under a loss that is a negative log-likelihood minimizes (1) with s = 1/t^2; with a loss averaged
over n examples, s = 1/(n t^2).

Edge cases. strength = 0 gives 0 with gradients 0. A Module gives the weights of its linear and conv layers: biases are
left out, since a penalized intercept pulls predictions towards 0 wherever the targets are, and so are the scales and
shifts of normalization layers. An iterable gives every tensor in it. At evaluation the penalty is no part of the
network: leave it out of the losses you compare. Before batch norm, which undoes the scale of the weights before it
(<w, g> = 0, and the gradient at a w is g/a), it changes the effective learning rate instead of the function: step t of SGD
with it is, as a function, that without it at the rate lr (1 - lr s)^-(2t+1). Weights that weight_norm or spectral_norm
compute are penalized as they are; their rooms say what that comes to. With Adam its strength cancels: see weight_decay.

Cost. Value and gradient each read the weights once, and the gradient is an array of their size, unless the weights have
received another penalty's before: then it is added there a piece at a time. The sum is a dot product a piece at a time: as
fast as memory, and in float32 more digits than one long dot product has.

Source. Hoerl & Kennard 1970, Ridge regression, Technometrics 12:55; Krogh & Hertz 1991, A simple weight decay can improve
generalization; Hastie, Tibshirani, Friedman 2009, The elements of statistical learning, 3.4.1, (3.47) for (4); Li & Arora
2019, An exponential learning rate schedule for deep learning, arXiv 1910.07454.
"""

from ..autograd import ArrayFunction, Tensor
from ..autograd.addend import gradients
from ..backend import get_array_module, pieces
from ..ops.number import check_strength
from ..parameter import Weights, penalized_parameters
from ..thread_pool import each
from ..touches import noted


def square_sum(*arrays):
    """The sum of all squares in the arrays, a 0-d array.

    Example:
        >>> import numpy
        >>> float(square_sum(numpy.array([1.0, 2.0]), numpy.array([[2.0]])))
        9.0
    """
    parts = [part for w in arrays for (part,) in pieces(w.ravel(order="A"))]
    squares = each(lambda part: part @ part, parts, sum(w.size for w in arrays))
    return get_array_module(arrays[0]).stack(squares).sum() if len(squares) > 1 else squares[0]


class L2PenaltyFunction(ArrayFunction):
    """Equation (1) over all its inputs, and (2)."""

    @staticmethod
    def forward(ctx, *weights, strength):
        ctx.save_for_backward(*weights)
        ctx.strength = strength
        return strength / 2 * square_sum(*weights)                                # (1)

    @staticmethod
    def backward(ctx, grad_penalty):
        xp, factor = get_array_module(grad_penalty), ctx.strength * grad_penalty

        def gradient(w, out):
            xp.multiply(w, factor.astype(w.dtype, copy=False), out=out)           # (2)

        return gradients(ctx, gradient)


def l2_penalty(params: Weights, strength: float) -> Tensor:
    """Penalize squared weights: strength/2 times the sum of squares, to be added to the loss.

    Args:
        params: a Module, whose linear and conv weights are penalized; or Tensors, all of which are.
        strength: at least 0; 0 switches the penalty off, a large one takes all weights to 0.

    Shape:
        tensors of any shape -> a 0-d Tensor.

    Returns:
        The penalty, with gradient strength * w.

    Raises:
        ValueError: strength is negative or not finite; params is empty.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.tensor([3.0, -4.0], requires_grad=True)
        >>> l2_penalty([w], strength=0.1).backward()
        >>> w.grad
        tensor([ 0.3000, -0.4000])
    """
    check_strength("l2_penalty", strength=strength)
    weights, s = penalized_parameters(params, "l2_penalty"), float(strength)
    penalty = L2PenaltyFunction.apply(*weights, strength=s)
    return noted(penalty, "l2_penalty", weights, lambda w, _: L2PenaltyFunction.apply(w, strength=s), strength=s)
