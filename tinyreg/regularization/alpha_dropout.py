"""Alpha dropout: in training elements are set to SELU's lower end, then scaled and shifted so that mean 0 and variance 1 stay.

Forward
    SELU's values end at -scale alpha = -1.7581 for x -> -infinity; a unit there is switched off. With p the probability of
    dropping, q = 1 - p, and the mask m_i 1 with probability q and else 0, dropping sets x_i to that end:

        low = -scale alpha,    scale = 1.0507,  alpha = 1.6733                                   (1)
        d_i = x_i m_i + low (1 - m_i)                                                            (2)

    Let x have mean mu and variance nu, over the examples. By the law of total variance, d is x with probability q and low
    with probability p, so that within plus between is

        E[d] = q mu + p low                                                                      (3)
        Var[d] = q nu + p q (mu - low)^2                                                         (4)

    For mu = 0 and nu = 1, which SELU keeps from layer to layer, these are p low and q (1 + p low^2). An affine map takes
    them back to 0 and 1:

        a = 1/sqrt(q (1 + p low^2)),    b = -a p low                                             (5)
        y_i = a d_i + b                                                                          (6)

    For p = 0.5 a is 0.8864; above p = 0.676 it is larger than 1. Feature alpha dropout is the same with one m for all pixels
    of a channel.

Backward
    One road: y_i depends on x_i alone, and for a given mask dy_i/dx_i = a m_i; b has no derivative:

        grad_x_i = grad_y_i m_i a                                                                (7)

Why it regularizes
    As dropout: no unit can count on a particular other one. What differs is what comes out. Behind plain dropout the
    variance of activations of mean 0 and variance 1 is 1/(1 - p), and grows by that factor from layer to layer of a network
    that has no batch norm to correct it. Self-normalizing networks (SELU, initial weights of variance 1/fan_in) have 0 and
    1 as a fixed point that each layer is drawn to; (5) leaves it where it is, so that deep networks train with it.
    It pays in another coin. Dropout's mean over the masks is x itself; here it is, by (3), (5), (6),

        E[y | x] = a (q x + p low) + b = a q x                                                   (8)

    0.443 x for p = 0.5: evaluation, which changes nothing, is not the average network, and the further from it, the larger p.
    Klambauer et al. recommend small rates, 0.05 or 0.1.

Edge cases
    p=0 and evaluation return the input itself. p=1: all is dropped, and a low + b = a q low goes to 0 with q: zeros, and
    zero gradients. Masking multiplies, as dropout does: an infinity that is dropped becomes NaN. Inputs of another mean or
    variance do not keep theirs. Behind ReLU, whose off is 0, take dropout; with batch norm, which restores mean and
    variance anyway, there is nothing to keep, and before it the recorded mean is a q times that of evaluation. In Monte
    Carlo mode the mean of many predictions estimates the network of (8), not that of eval(). Weight decay pulls the weights
    below the variance 1/fan_in that the fixed point needs.
    alpha_dropout and feature_alpha_dropout have training=False by default, as in PyTorch, unlike dropout.

Cost
    16 random bits, a comparison and about four operations an element; backward two multiplications. The mask is kept, one
    byte an element, or a channel. Nothing in evaluation.

Source
    Klambauer, Unterthiner, Mayr, Hochreiter 2017, "Self-normalizing neural networks", NIPS, arXiv 1706.02515, section 3
    and appendix ("alpha dropout"). Tompson et al. 2015, arXiv 1411.4280, for masks a channel.
"""

import math
from typing import Any

from ..autograd import ArrayFunction, Tensor
from ..backend import fuse, get_array_module, pieces
from ..dropping import DroppingLayer, channel_mask_shape, check_channel_mask, check_masked, drop, thin
from ..ops.number import check_probability
from ..ops.rectifier import SELU_ALPHA, SELU_SCALE
from ..random import Generator, chosen_generator
from ..thread_pool import each

LOW = -SELU_SCALE * SELU_ALPHA                                                         # (1)


class AlphaDropoutFunction(ArrayFunction):
    """y = a (x m + low (1 - m)) + b; the mask m is an argument."""

    @staticmethod
    def forward(ctx, x, mask, *, a, b):
        ctx.a = a
        ctx.save_for_backward(mask)
        step = -a * LOW
        if mask.shape != x.shape:
            return _set(x, mask.astype(x.dtype), a, step, b)
        y = get_array_module(x).empty_like(x)

        def drop_part(part):
            x_part, mask_part, y_part = part
            y_part[...] = _set(x_part, mask_part.astype(x.dtype), a, step, b)

        each(drop_part, pieces(x, mask, y), x.size)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        (mask,) = ctx.saved
        return thin(grad_y, mask, ctx.a), None                                         # (7)


@fuse
def _set(x, m, a, step, b):
    return x * (m * a) + ((m - 1) * step + b)                                          # (2), (6)


def _affine(p):
    """a and b; 0 and 0 where everything is dropped."""
    if p == 1:
        return 0.0, 0.0
    a = 1 / math.sqrt((1 - p) * (1 + p * LOW**2))
    return a, -a * p * LOW                                                             # (5)


def alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False, *, mask: Tensor | None = None, return_mask: bool = False,
    generator: Generator | None = None,
) -> Any:  # fmt: skip
    """Set each element to SELU's lower end with probability p, keeping mean 0 and variance 1; in evaluation do nothing.

    Args:
        input: floating point Tensor, of mean 0 and variance 1 if these are to stay.
        p: probability of dropping an element, in [0, 1]: 0 returns the input, 1 gives zeros.
        training: False, the default, returns the input.
        inplace: write the result into input, which must not be a leaf that requires grad.
        mask: bool Tensor, True for what is kept, used instead of drawing one; p then sets scale and shift only.
        return_mask: also return the mask that was used (all True where nothing was dropped).
        generator: a tinyreg.Generator to draw from, instead of the default one.

    Shape:
        input any, mask input's or one that broadcasts to it, output input's.

    Returns:
        The Tensor, or the pair (Tensor, mask).

    Raises:
        ValueError: p outside [0, 1]; a mask that is not bool or does not fit.
        RuntimeError: a Tensor of integers; inplace on a leaf that requires grad.
        TypeError: input or mask is not a Tensor, or p no number.

    Example:
        >>> import tinyreg
        >>> keep = tinyreg.tensor([True, False, True])
        >>> alpha_dropout(tinyreg.tensor([0.0, 0.0, 1.0]), p=0.5, training=True, mask=keep)
        tensor([ 0.7792, -0.7792,  1.6656])
    """
    check_probability("alpha_dropout", AlphaDropout.meaning, p=p)
    check_masked("alpha_dropout", input, mask, training)
    return _drop("alpha_dropout", input, p, training, inplace, mask, return_mask, generator, input.array.shape)


def feature_alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False, *, mask: Tensor | None = None, return_mask: bool = False,
    generator: Generator | None = None,
) -> Any:  # fmt: skip
    """Set each channel to SELU's lower end with probability p, keeping mean 0 and variance 1; in evaluation do nothing.

    Args:
        input: floating point Tensor, of mean 0 and variance 1 if these are to stay.
        p: probability of dropping a channel, in [0, 1]: 0 returns the input, 1 gives zeros.
        training, inplace, return_mask, generator: as for alpha_dropout.
        mask: as for alpha_dropout, with one element a channel.

    Shape:
        input (N, C, ...), mask (N, C, 1, ...), output input's.

    Returns:
        The Tensor, or the pair (Tensor, mask).

    Raises:
        ValueError: p outside [0, 1]; a mask that is not bool, or of another shape.
        RuntimeError: in training, fewer than two dimensions; a Tensor of integers; inplace on a leaf that requires grad.
        TypeError: input or mask is not a Tensor, or p no number.

    Example:
        >>> import tinyreg
        >>> keep = tinyreg.tensor([[[True], [False]]])
        >>> feature_alpha_dropout(tinyreg.zeros(1, 2, 3), p=0.5, training=True, mask=keep)
        tensor([[[ 0.7792,  0.7792,  0.7792],
                 [-0.7792, -0.7792, -0.7792]]])
    """
    who = "feature_alpha_dropout"
    check_probability(who, FeatureAlphaDropout.meaning, p=p)
    check_masked(who, input, None, training)
    needed = (training and p > 0) or return_mask or mask is not None
    shape = channel_mask_shape(who, input.array.shape) if needed else ()
    check_channel_mask(who, mask, shape)
    return _drop(who, input, p, training, inplace, mask, return_mask, generator, shape)


def _drop(who, input, p, training, inplace, mask, return_mask, generator, shape):
    active = training and (p > 0 or mask is not None)
    a, b = _affine(p)
    return drop(
        who, input, active, inplace, mask, return_mask, shape,
        draw=lambda: chosen_generator(generator).keep_mask(shape, p),
        apply=lambda mask: AlphaDropoutFunction.apply(input, mask.array, a=a, b=b),
    )  # fmt: skip


class AlphaDropout(DroppingLayer):
    """Alpha dropout as a layer behind SELU: active in training mode, the identity after eval(); see alpha_dropout.

    Args:
        p: probability of dropping an element, in [0, 1]: 0 does nothing, 1 gives zeros.
        inplace: write the result into the input.

    Shape:
        Any, output as input.

    Raises:
        ValueError: p outside [0, 1].
        TypeError: p is no number.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.randn(100000)
        >>> y = tinyreg.nn.AlphaDropout(0.2)(x)
        >>> bool(y.mean().abs() < 0.02), bool((y.var() - 1).abs() < 0.03)
        (True, True)
    """

    def forward(self, input: Tensor) -> Tensor:
        return alpha_dropout(input, self.p, self.training, self.inplace)


class FeatureAlphaDropout(DroppingLayer):
    """Alpha dropout of whole channels as a layer: active in training mode, the identity after eval(); see feature_alpha_dropout.

    Args:
        p: probability of dropping a channel, in [0, 1]: 0 does nothing, 1 gives zeros.
        inplace: write the result into the input.

    Shape:
        (N, C, ...), output as input.

    Raises:
        ValueError: p outside [0, 1].
        RuntimeError: fewer than two dimensions in training.
        TypeError: p is no number.

    Example:
        >>> import tinyreg
        >>> y = tinyreg.nn.FeatureAlphaDropout(0.5)(tinyreg.zeros(1, 20, 2, 2))
        >>> sorted({round(value, 4) for value in y.flatten().tolist()})
        [-0.7792, 0.7792]
    """

    meaning = "p is the probability of dropping a channel"

    def forward(self, input: Tensor) -> Tensor:
        return feature_alpha_dropout(input, self.p, self.training, self.inplace)
