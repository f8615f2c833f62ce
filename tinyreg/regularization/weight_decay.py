"""Weight decay: every step takes the same share of each weight away, whatever the optimizer does besides.

Forward. In the step, beside the optimizer's own change of the weights; lambda is weight_decay:

    w  <-  (1 - lr lambda) w                                                      (1)

Backward. Nothing is differentiated: (1) acts on weights, not on the loss. What would have to be differentiated to get the
same? Add (lambda/2) sum w^2 to the loss (l2_penalty) and the gradient becomes g + lambda w. Three optimizers make of it:

    SGD         w  <-  w - lr (g + lambda w)  =  (1 - lr lambda) w - lr g         (2)
    momentum    v  <-  mu v + g + lambda w,   w  <-  w - lr v                     (3)
    Adam        w  <-  w - lr m^ / (sqrt(v^) + eps),  averages of g + lambda w    (4)

(2) is (1): for plain SGD, L2 and decay are one. In (3) past weights keep pulling through v, and the two differ. In (4)
they have little in common: where lambda w outweighs g, m^ is about lambda w and sqrt(v^) about lambda |w|, so that

    w  <-  w - lr sign(w)        whatever lambda is                               (5)

The strength cancels, and every weight loses lr a step instead of a share; where g outweighs lambda w, weights with large
gradients are decayed least. Hence the decay is taken out of the quotient: (1), then Adam on the loss alone. That is AdamW.

Why it regularizes. In n steps without a gradient a weight falls to

    w_n = (1 - lr lambda)^n w_0,        half of it after about ln 2 / (lr lambda) steps    (6)

so what the data do not keep renewing is forgotten; under SGD the weights settle where the ridge solution is (l2). For
weights before batch norm, whose scale has no effect on the function, decay balances the growth that gradient steps cause,
and sets the effective learning rate lr/|w|^2 (van Laarhoven 2017).

Edge cases. weight_decay = 0 or lr = 0 changes nothing; lr lambda = 1 gives zeros; beyond it signs flip, beyond 2 weights
grow. Each factor is positive below 1: weights come near 0 and never reach it. A Module gives the weights of its linear and
conv layers; an iterable, and so the optimizer's weight_decay, every tensor in it. The scale and the shift of batch norm are
not without effect as the length of the weights before it is: by (6) both fall to 0 where no gradient holds them, and the
output with them. Put them and the biases into a group of their own:

    weights = penalized_parameters(model)                      # from tinyreg.parameter
    rest = [p for p in model.parameters() if all(p is not w for w in weights)]
    optimizer = AdamW([{"params": weights}, {"params": rest, "weight_decay": 0}])

Weights that weight_norm or spectral_norm compute cannot be written into, and are refused. Since lr multiplies lambda, a
schedule that lowers lr lowers the decay. Loshchilov and Hutter's own lambda (and Chainer's) is multiplied by the factor of
the schedule, but not by the base rate: it is lr times ours (tinyreg.convert). At evaluation the decay is absent.

Cost. One pass over the weights, no memory.

Source. Hanson & Pratt 1988, Comparing biases for minimal network construction with back-propagation; Loshchilov & Hutter
2019, Decoupled weight decay regularization, arXiv 1711.05101, propositions 1 and 2.
"""

from collections.abc import Iterable

from ..autograd import Tensor, stamp
from ..ops.number import check_strength
from ..parameter import Weights, penalized_parameters
from ..touches import wrote


def decay_(params: Weights, lr: float, weight_decay: float) -> None:
    """Multiply weights by 1 - lr * weight_decay, in place.

    Args:
        params: a Module, whose linear and conv weights are changed where they train; or Tensors, all of which are.
        lr: the learning rate of the step beside it, at least 0.
        weight_decay: lambda, at least 0; 0 changes nothing, 1/lr gives zeros.

    Raises:
        ValueError: lr or weight_decay is negative or not finite; params is empty.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.tensor([8.0, -4.0])
        >>> decay_([w], lr=0.5, weight_decay=0.5)
        >>> w
        tensor([ 6., -3.])
    """
    check_strength("decay_", lr=lr, weight_decay=weight_decay)
    weights = penalized_parameters(params, "decay_")
    shrink(weights, lr, weight_decay)
    wrote("decay_", weights, lr=float(lr), weight_decay=float(weight_decay))


def shrink(weights: Iterable[Tensor], lr: float, weight_decay: float) -> None:
    """decay_ as an optimizer does it that has weight_decay among its settings: without a check, and without a note.

    Args:
        weights: Tensors, which are changed.
        lr, weight_decay: as in decay_.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.tensor([8.0, -4.0])
        >>> shrink([w], lr=0.5, weight_decay=0.5)
        >>> w
        tensor([ 6., -3.])
    """
    factor = 1 - float(lr) * float(weight_decay)
    for w in weights:
        w.array *= factor                                                         # (1)
        stamp(w)
