"""Weight clipping: every weight stays between two bounds. And a circulating "pruning" step that prunes nothing.

Forward. After each optimizer.step(), for every weight alone:

    w  <-  min(max(w, low), high)                                                 (1)

Another step on weights is shown in popular articles under the name of pruning. With eps = amount and a new u, uniform in
[0, 1), for each weight,

    w  <-  w - eps u w  =  (1 - eps u) w                                          (2)

Backward. Nothing is differentiated: both act on weights, after the step. (1) is the nearest point of the box,

    P(w) = argmin_z |z - w|^2  over all z with low <= z_i <= high                 (3)

since the squared distance is a sum over elements, and for one element the nearest number of an interval is the number
itself or the end towards it. Hence P(P(w)) = P(w), exactly, and descent with (1) after each step is projected gradient
descent. At a minimum of the loss in the box, with g its gradient,

    g_i = 0 inside,     g_i >= 0 where w_i = low,     g_i <= 0 where w_i = high   (4)

Why it regularizes. Bounded weights bound what a layer can do: with |w_i| <= c each output moves by at most c sum_j |dx_j|
for a change dx of the input. The first Wasserstein GAN kept its critic's slopes bounded so (c = 0.01), and its authors
call it a terrible way to do it: a box is no ball, most weights end at +-c, and the critic becomes simpler than it should
be; a gradient penalty is the usual way now. Networks with binary weights keep their real-valued copies in [-1, 1], beyond
which the sign would not change any more.

(2) is weight decay with noise in proportion to the weight. One step makes of each weight

    mean (1 - eps/2) w,        standard deviation eps |w| / sqrt(12)              (5)

It is not pruning: for 0 <= eps <= 1 every factor is above 0, so that no weight becomes 0, none is selected, and small ones
lose as large a share as large ones. Pruning sets the smallest to 0 and keeps them there. Of 30,000 normal weights (2) makes
none 0, whatever eps is; a threshold of two standard deviations makes 95.4% of them 0.

Edge cases. In (1) low = -inf or high = inf leaves that side open, both change nothing; low = high sets every weight to it; a
box without 0 keeps weights away from 0; NaN stays NaN. In (2) eps = 0 changes nothing, eps = 1 halves weights on average.
A Module gives the weights of its linear and conv layers, and leaves biases and normalization layers alone; an iterable
gives every tensor in it (Wasserstein GANs clip all parameters). The optimizer does not know of either: with momentum or
Adam its averages keep pushing outwards. Before batch norm, which undoes the scale of each unit, cutting is felt only
because, unlike max_norm, it turns directions. Clipping gradients, not weights, is gradient_clipping. At evaluation both are
absent: the weights are what training left.

Cost. The weights are read and written once; (2) draws a random number for each.

Source. Arjovsky, Chintala, Bottou 2017, Wasserstein GAN, arXiv 1701.07875, algorithm 1; Gulrajani et al. 2017, Improved
training of Wasserstein GANs, arXiv 1704.00028, section 3, for what clipping does there; Courbariaux, Bengio, David 2015,
BinaryConnect, arXiv 1511.00363; Han, Pool, Tran, Dally 2015, Learning both weights and connections for
efficient neural networks, arXiv 1506.02626, for pruning.
"""

from collections.abc import Sequence

from ..autograd import Tensor, stamp
from ..autograd.tensor import wrap
from ..backend import get_array_module, pieces
from ..ops.floating import check_tensor, listed
from ..ops.number import check_number
from ..parameter import Weights, penalized_parameters
from ..random import Generator, chosen_generator
from ..touches import wrote


def clip_weights_(params: Weights, low: float, high: float) -> None:
    """Cut every weight at low and high, in place, after optimizer.step().

    Args:
        params: a Module, whose linear and conv weights are changed where they train; or Tensors, all of which are.
        low, high: the bounds, low at most high; -inf and inf leave a side open.

    Raises:
        ValueError: low is above high, or one of them is NaN; params is empty.
        TypeError: a bound is no number.
        RuntimeError: a weight that is computed from others.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.tensor([3.0, -0.005, -4.0])
        >>> clip_weights_([w], -0.01, 0.01)
        >>> w
        tensor([ 0.0100, -0.0050, -0.0100])
    """
    check_number("clip_weights_", low=low, high=high)
    low, high = float(low), float(high)
    if not low <= high:
        raise ValueError(f"clip_weights_: low must be at most high, got low={low} and high={high}; weights are kept between them")
    weights = penalized_parameters(params, "clip_weights_")
    for w in weights:
        get_array_module(w.array).clip(w.array, low, high, out=w.array)           # (1)
        stamp(w)
    wrote("clip_weights_", weights, low=low, high=high)


def random_shrink_(
    params: Weights, amount: float, *, generator: Generator | None = None, noise: Sequence[Tensor] | None = None,
    return_noise: bool = False,
) -> list[Tensor] | None:  # fmt: skip
    """Take a random share of each weight away, in place: theta -= amount * noise * theta. This prunes nothing.

    It circulates as "pruning", and is weight decay of amount/2 with multiplicative noise: no weight becomes 0, see above.

    Args:
        params: a Module, whose linear and conv weights are changed where they train; or Tensors, all of which are.
        amount: the largest share, eps, in [0, 1]: 0 changes nothing, 1 takes half of each weight on average.
        generator: a tinyreg.Generator to draw from, instead of the default one.
        noise: a Tensor for each tensor of params, in their order and shapes, used instead of drawing.
        return_noise: also return the noise that was used.

    Returns:
        None, or the noise: a list of Tensors, uniform in [0, 1) unless it was given.

    Raises:
        ValueError: amount outside [0, 1]; params is empty; noise of another number or other shapes.
        TypeError: amount is no number, noise holds something else than Tensors.
        RuntimeError: a weight that is computed from others.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.tensor([3.0, 0.001, -4.0])
        >>> random_shrink_([w], 0.5, noise=[tinyreg.tensor([0.5, 0.9, 0.0])])
        >>> w
        tensor([ 2.2500e+00,  5.5000e-04, -4.0000e+00])
    """
    who = "random_shrink_"
    check_number(who, amount=amount)
    if not 0 <= amount <= 1:
        raise ValueError(f"{who}: amount must lie in [0, 1], got amount={amount}; it is the largest share that is taken away")
    weights = penalized_parameters(params, who)
    if noise is None:
        draw = chosen_generator(generator)
        used = [wrap(draw.uniform(w.array.shape, "float64" if w.array.dtype == "float64" else "float32")) for w in weights]
    else:
        used = listed(who, noise, "noise")
        _check_noise(who, used, weights)
    for w, u in zip(weights, used):
        for part, drawn in pieces(w.array, u.array):
            kept = drawn * -float(amount)
            kept += 1
            part *= kept.astype(part.dtype, copy=False)                           # (2)
        stamp(w)
    wrote(who, weights, amount=float(amount))
    return used if return_noise else None


def _check_noise(who, noise, weights):
    for u in noise:
        check_tensor(who, u, "noise")
    shapes, wanted = [tuple(u.shape) for u in noise], [tuple(w.shape) for w in weights]
    if shapes != wanted:
        raise ValueError(f"{who}: noise must hold a Tensor for each weight, in its shape, got {shapes} for {wanted}; draw one for each")
