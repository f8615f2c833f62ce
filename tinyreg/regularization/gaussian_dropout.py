"""Gaussian dropout: in training every element is multiplied by a normal number of mean 1 and variance p/(1 - p).

Forward
    p is named as in dropout, the probability of dropping there; nothing is dropped here. With

        alpha = p/(1 - p)                                                                        (1)

    each n_i is drawn anew, independently, from N(1, alpha):

        y_i = x_i n_i                                                                            (2)

    The mean is right as it stands, so that evaluation changes nothing: y = x. The two moments of n are those of dropout's
    m_i/(1 - p):

        E[y_i] = x_i,    Var[y_i] = x_i^2 alpha                                                  (3)

    (Srivastava et al. write p for keeping, and so sigma^2 = (1 - p)/p; Keras has p as here.)

Backward
    Two roads, one through each factor. Noise is drawn and has none to go on, but it may have been computed:

        grad_x_i = grad_y_i n_i                                                                  (4)
        grad_n_i = grad_y_i x_i                                                                  (5)

Why it regularizes
    In linear regression only the two moments count. The expected squared error is that of dropout, ridge regression in
    which each feature has the energy sum_i x_ij^2 for a strength:

        E |t - Y w|^2 = |t - X w|^2 + alpha sum_j w_j^2 sum_i x_ij^2                             (6)

    Of all noises with these two moments the normal one has the largest entropy. What a layer makes of it is then exactly
    normal, where dropout's is so only for many inputs: u = sum_j y_j w_j has

        u ~ N(sum_j x_j w_j, alpha sum_j x_j^2 w_j^2)                                            (7)

    and could be drawn at once, one number an output instead of one an input (the local reparametrization). Read as noise on
    the weights, w_j n_j ~ N(w_j, alpha w_j^2), it is a posterior of the weights whose alpha is given; variational dropout
    learns it. noise=1 + alpha.sqrt() * eps, with alpha a Parameter, has its gradient by (5).

Edge cases
    p=0 and evaluation return the input itself. The variance has no bound as p goes to 1, and p=1 is refused. Nothing is
    ever exactly 0, and a sign turns where n_i < 0, with probability Phi(-1/sqrt(alpha)): 16% of the time at p=0.5.
    Before batch norm the recorded variance is that of training, by (3) larger than in evaluation: put it behind the last
    batch norm, as dropout. It has `stochastic` set, and so draws in Monte Carlo mode. Weight decay beside it adds a
    strength to all features alike, where (6) knows their energy.

Cost
    A normal number an element, which on a CPU takes about twenty times as long as dropout's 16 bits, and a multiplication;
    backward a multiplication. The noise is kept: a whole floating point number an element, where dropout keeps a byte. Nothing in
    evaluation.

Source
    Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov 2014, "Dropout: a simple way to prevent neural networks from
    overfitting", JMLR 15, section 10. Wang, Manning 2013, "Fast dropout training", ICML, for (7). Kingma, Salimans, Welling
    2015, "Variational dropout and the local reparameterization trick", NIPS, arXiv 1506.02557.
"""

import math
from typing import Any

from ..autograd import ArrayFunction, Tensor
from ..backend import get_array_module
from ..dropping import DroppingLayer, check_broadcast, check_masked, drop
from ..ops.floating import check_tensor
from ..ops.number import check_probability
from ..random import Generator, chosen_generator

MEANING = "the variance of the noise is p/(1 - p)"


class GaussianDropoutFunction(ArrayFunction):
    """y = x n; the noise n is an argument."""

    broadcasts = True

    @staticmethod
    def forward(ctx, x, noise):
        needs_x, needs_noise = ctx.needs_input_grad
        ctx.save_for_backward(x if needs_noise else None, noise if needs_x else None)
        return x * noise                                                               # (2)

    @staticmethod
    def backward(ctx, grad_y):
        x, noise = ctx.saved
        grad_x = None if noise is None else grad_y * noise                             # (4)
        return grad_x, None if x is None else grad_y * x                               # (5)


def gaussian_dropout(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False, *, noise: Tensor | None = None, return_noise: bool = False,
    generator: Generator | None = None,
) -> Any:  # fmt: skip
    """Multiply each element by a number from N(1, p/(1 - p)); in evaluation do nothing.

    Args:
        input: floating point Tensor.
        p: the probability of dropping whose moments the noise has, in [0, 1): 0 returns the input; towards 1 the variance
            has no bound.
        training: False returns the input.
        inplace: write the result into input, which must not be a leaf that requires grad.
        noise: Tensor of factors that is used instead of drawing one; p then has no effect.
        return_noise: also return the noise that was used (all 1 where there was none).
        generator: a tinyreg.Generator to draw from, instead of the default one.

    Shape:
        input any, noise input's or one that broadcasts to it, output input's.

    Returns:
        The Tensor, or the pair (Tensor, noise).

    Raises:
        ValueError: p outside [0, 1); noise that does not fit.
        RuntimeError: a Tensor of integers; noise of another dtype; inplace on a leaf that requires grad.
        TypeError: input or noise is not a Tensor, or p no number.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.tensor([1.0, 2.0, 3.0])
        >>> gaussian_dropout(x, noise=tinyreg.tensor([0.5, 1.0, -0.1]))
        tensor([ 0.5000,  2.0000, -0.3000])
    """
    who = "gaussian_dropout"
    _check_below_1(who, p)
    check_masked(who, input, None, training)
    _check_noise(who, input, noise)
    x = input.array
    return drop(
        who, input, training and (p > 0 or noise is not None), inplace, noise, return_noise, x.shape, dtype=x.dtype,
        draw=lambda: _drawn(chosen_generator(generator), x, p / (1 - p)),         # (1)
        apply=lambda noise: GaussianDropoutFunction.apply(input, noise),
    )  # fmt: skip


def _drawn(generator, x, alpha):
    """Numbers from N(1, alpha), an array of the shape and dtype of x."""
    noise = generator.normal(x.shape, "float64" if x.dtype.itemsize == 8 else "float32") * math.sqrt(alpha)
    noise += 1
    return get_array_module(x).asarray(noise, dtype=x.dtype)


def _check_below_1(who, p):
    check_probability(who, MEANING, p=p)
    if p == 1:
        raise ValueError(f"{who}: p must lie below 1, got p={p}; {MEANING}, which has no bound")


def _check_noise(who, input, noise):
    if noise is None:
        return
    check_tensor(who, noise, "noise")
    if noise.array.dtype != input.array.dtype:
        raise RuntimeError(f"{who}: noise must have input's dtype {input.array.dtype}, got {noise.array.dtype}; convert one of them")
    check_broadcast(who, input, noise, "noise")


class GaussianDropout(DroppingLayer):
    """Gaussian dropout as a layer: active in training mode, the identity after eval(); see gaussian_dropout.

    Args:
        p: the probability of dropping whose moments the noise has, in [0, 1): 0 does nothing.
        inplace: write the result into the input.

    Shape:
        Any, output as input.

    Raises:
        ValueError: p outside [0, 1).
        TypeError: p is no number.

    Example:
        >>> import tinyreg
        >>> layer = tinyreg.nn.GaussianDropout(0.2)
        >>> y = layer(tinyreg.ones(100000))
        >>> bool((y.mean() - 1).abs() < 0.01), bool((y.var() - 0.25).abs() < 0.01)
        (True, True)
    """

    meaning = MEANING

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        _check_below_1("GaussianDropout", p)
        super().__init__(p, inplace)

    def forward(self, input: Tensor) -> Tensor:
        return gaussian_dropout(input, self.p, self.training, self.inplace)
