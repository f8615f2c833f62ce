"""Dropout: in training every element is zeroed with probability p, and what is kept grows by 1/(1 - p).

Forward
    p is the probability of DROPPING an element, as in PyTorch (Srivastava et al. write p for keeping it). The mask m_i is
    1 with probability 1 - p and else 0, independently for each element and drawn anew at each call:

        scale = 1/(1 - p)                                                                        (1)
        y_i = x_i m_i scale                                                                      (2)

    The scale makes the mean right, E[y_i] = x_i (1 - p) scale = x_i, so that evaluation changes nothing: y = x. (That is
    "inverted" dropout; the first papers left the scale out and multiplied the weights by 1 - p at test time.) What a mask
    adds is variance:

        Var[y_i] = x_i^2 scale^2 p (1 - p) = x_i^2 p/(1 - p)                                     (3)

Backward
    One road: y_i depends on x_i alone, and for a given mask dy_i/dx_i = m_i scale:

        grad_x_i = grad_y_i m_i scale                                                            (4)

    The same mask and the same scale as in (2). Without the scale the gradient is too small by the factor 1 - p.

Why it regularizes
    Linear regression first. Over the masks, the expected squared error is the squared error of the mean plus the variance of
    the prediction, and by (3) each input j of each example i adds w_j^2 x_ij^2 p/(1 - p) to the variance:

        E |t - Y w|^2 = |t - X w|^2 + p/(1 - p) sum_j w_j^2 sum_i x_ij^2                         (5)

    Dropout is ridge regression in which each feature has a strength of its own, its energy sum_i x_ij^2. (With masks R that
    are not rescaled and q = 1 - p this is E |t - (R*X) w|^2 = |t - q X w|^2 + q (1 - q) |Gamma w|^2,
    Gamma^2 = diag(X'X), Srivastava et al. section 9.1: put w/q for w.)
    Logistic regression, and every other loss A(z) - t z of z = x w with A convex: the noise in z has mean 0, so the term
    t z feels nothing, and to second order E[A(z + noise)] - A(z) = A''(z) Var/2. With (3) the penalty is

        1/2 p/(1 - p) sum_j w_j^2 sum_i A''(z_i) x_ij^2                                          (6)

    For the logistic loss A'' = q_i (1 - q_i), q_i the predicted probability: L2 that adapts to the data. A feature is cheap
    if it is rare, or if it appears where the prediction is confident (Wager, Wang, Liang 2013).
    What (6) leaves out falls with the square of the weights: it is too large where a prediction is undecided, and too small
    where it is confident and noise still reaches the bend of A. For 8 normal inputs, p = 1/2 and weights of standard
    deviation 0.1, 0.3 and 1 it is, over all examples, 1%, 5% and 12% too large.
    In a network no unit can count on a particular other one: it has to be useful with many random companies. Training
    visits thinned networks that share their weights, and evaluation runs an approximate average of all of them.

Edge cases
    p=0 and evaluation return the input itself; p=1 gives zeros, and zero gradients. Masking multiplies instead of selecting
    (fast, and the same on a GPU): an infinity that is dropped becomes NaN. Integers cannot be scaled and are refused. On
    the CPU p is rounded to a multiple of 2^-16.
    Dropout before batch norm makes the variance that batch norm records in training larger than the one it meets in
    evaluation, by (3): for inputs of mean mu and variance s^2 by the factor 1 + p/(1 - p) (1 + mu^2/s^2), which is 2 for
    p = 1/2 and mu = 0, and 3 for mu = s. Put dropout behind the last batch norm.
    Weight decay beside it adds to the strengths of (5) one that is the same for all features; max_norm instead leaves room
    for the large learning rates that the noise asks for (Srivastava et al., section 5.1).
    Leaving dropout on in evaluation gives random answers; averaging many of them on purpose is the room
    monte_carlo_dropout, an estimate of uncertainty. Behind SELU, which keeps the variance at 1, (3) makes it 1/(1 - p):
    alpha_dropout keeps it. A pixel of a feature map that is dropped can be read off its neighbours: channel_dropout
    drops whole maps. Normal noise of mean and variance (3) in the place of masks is gaussian_dropout; a mask on weights
    is drop_connect, one on a whole branch drop_path.

Cost
    16 random bits, a comparison and two multiplications an element; backward two multiplications. The mask is kept, one
    byte an element. Nothing in evaluation. Training takes longer to converge: every step sees a noisy gradient.

Source
    Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov 2014, "Dropout: a simple way to prevent neural networks from
    overfitting", JMLR 15. Wager, Wang, Liang 2013, "Dropout training as adaptive regularization", arXiv 1307.1493.
    Gal, Ghahramani 2016, "Dropout as a Bayesian approximation", arXiv 1506.02142.
"""

from typing import Any

from ..autograd import ArrayFunction, Tensor
from ..dropping import DroppingLayer, check_masked, drop, thin
from ..ops.number import check_probability
from ..random import Generator, chosen_generator


class DropoutFunction(ArrayFunction):
    """y = x m scale; the mask m is an argument, so that the function is a function."""

    @staticmethod
    def forward(ctx, x, mask, *, scale):
        ctx.scale = scale
        ctx.save_for_backward(mask)
        return thin(x, mask, scale)                                                    # (2)

    @staticmethod
    def backward(ctx, grad_y):
        (mask,) = ctx.saved
        return thin(grad_y, mask, ctx.scale), None                                     # (4)


def dropout(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False, *, mask: Tensor | None = None, return_mask: bool = False,
    generator: Generator | None = None,
) -> Any:  # fmt: skip
    """Zero each element with probability p and scale the others by 1/(1 - p); in evaluation do nothing.

    Args:
        input: floating point Tensor.
        p: probability of dropping an element, in [0, 1]: 0 returns the input, 1 gives zeros.
        training: False returns the input.
        inplace: write the result into input, which must not be a leaf that requires grad.
        mask: bool Tensor, True for what is kept, used instead of drawing one; p then sets the scale only.
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
        >>> x = tinyreg.ones(6)
        >>> keep = tinyreg.tensor([True, False, True, True, False, True])
        >>> dropout(x, p=0.25, mask=keep)
        tensor([1.3333, 0.0000, 1.3333, 1.3333, 0.0000, 1.3333])
    """
    check_probability("dropout", Dropout.meaning, p=p)
    p = float(p)
    check_masked("dropout", input, mask, training)
    active = training and (p > 0 or mask is not None)
    shape, scale = input.array.shape, 1 / (1 - p) if p < 1 else 0.0                    # (1)
    return drop(
        "dropout", input, active, inplace, mask, return_mask, shape,
        draw=lambda: chosen_generator(generator).keep_mask(shape, p),
        apply=lambda mask: DropoutFunction.apply(input, mask.array, scale=scale),
    )  # fmt: skip


class Dropout(DroppingLayer):
    """Dropout as a layer: active in training mode, the identity after eval(); see dropout.

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
        >>> layer = tinyreg.nn.Dropout(0.5)
        >>> sorted(set(layer(tinyreg.ones(100)).tolist()))
        [0.0, 2.0]
        >>> bool((layer.eval()(tinyreg.ones(100)) == 1).all())
        True
    """

    def forward(self, input: Tensor) -> Tensor:
        return dropout(input, self.p, self.training, self.inplace)
