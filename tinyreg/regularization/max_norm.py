"""Max-norm: the incoming weights of a unit may point anywhere, but not be longer than c.

Forward. After each optimizer.step(), for each output unit (row, filter) with its vector of incoming weights w:

    w  <-  w min(1, c/|w|),        |w| the Euclidean length, c = max_norm         (1)

Backward. Nothing is differentiated: (1) acts on weights, after the step. It is the nearest point of the ball of radius c,

    P(w) = argmin_z |z - w|^2  over all z with |z| <= c                           (2)

Proof. Inside the ball w itself is at distance 0. For |w| > c and any z in the ball, the triangle inequality gives
|z - w| >= |w| - |z| >= |w| - c, and P(w) = c w/|w| has exactly this distance. It is the only one: equality on the left asks
for z along w, on the right for |z| = c. So P(P(w)) = P(w), and descent with (1) after each step is projected gradient
descent. (In numbers c w/|w| has a length that is c up to rounding; what is shorter than c does not change in any digit.)

Why it regularizes. A penalty pulls at all weights all the time; a constraint does nothing until it is met. At a minimum of
the loss on the balls, with g the gradient of the loss by a unit's weights,

    g = -mu w,   mu >= 0,   and mu = 0 where |w| < c                              (3)

On the sphere that is weight decay with a strength mu of its own for each unit, as large as the data make it necessary,
inside there is none. Weights cannot run away however large the learning rate is: steps may be long at first and search
widely (Hinton et al. 2012), which is why it goes with dropout, whose noise wants large rates. As each unit's input is
at most c |x|, it also bounds how much a layer can amplify: by c for a unit, c sqrt(units) for the layer.

Edge cases. max_norm = 0 gives zeros, infinity changes nothing. A Module gives the weights of its linear and conv layers
that train; frozen ones, biases and normalization layers are left alone. In a transposed convolution, whose weight has its
output units along dimension 1, the units are those. With Tensors dim numbers the units, and every tensor given is changed:
of a bias, each element is a unit, cut at c. dim = 1 bounds the outgoing weights of each input instead. An infinite weight
becomes NaN, and the others of its unit 0. With momentum or Adam the optimizer does not know of (1) and keeps pushing outwards; the
projection takes it back at every step. Call it after the step and not before, or the last step leaves the ball. Before
batch norm, which undoes the length of w, it does not change the function, only keeps the effective learning rate lr/|w|^2
from falling below lr/c^2. At evaluation it is absent: the weights are what training left. Elsewhere: Srivastava et al.
2014 bound |w|, too, by 3 to 4; Hinton et al. 2012 bound |w|^2, by 15 on MNIST. Keras' MaxNorm takes the axes that are
summed over, 0 for its (in, out) weights. torch.renorm computes (1) out of place, for other norms as well, and divides by
|w| + 1e-7.

Cost. The weights are read twice and written once.

Source. Hinton, Srivastava, Krizhevsky, Sutskever, Salakhutdinov 2012, Improving neural networks by preventing co-adaptation
of feature detectors, arXiv 1207.0580; Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov 2014, Dropout, JMLR 15,
section 5.1; Srebro & Shraibman 2005, Rank, trace-norm and max-norm, for the name.
"""

import math

from ..autograd import stamp
from ..backend import get_array_module
from ..ops.norm import lengths
from ..ops.number import check_number
from ..parameter import Weights
from ..touches import wrote
from ..unit_weights import unit_weights


def max_norm_(params: Weights, max_norm: float, *, dim: int = 0) -> None:
    """Shorten the incoming weights of each unit to a length of at most max_norm, in place, after optimizer.step().

    Args:
        params: a Module, whose linear and conv weights are changed where they train; or Tensors, all of which are.
        max_norm: c, at least 0; 0 gives zeros, infinity changes nothing.
        dim: with Tensors, the dimension that numbers the units. With a Module 0 for the incoming weights of each output
            unit or filter, 1 for the outgoing weights of each input or channel.

    Raises:
        ValueError: max_norm is negative or NaN; params is empty.
        TypeError: max_norm is no number.
        IndexError: dim is no dimension of a tensor.
        RuntimeError: a weight that is computed from others.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.tensor([[3.0, -4.0], [0.6, 0.8]])
        >>> max_norm_([w], max_norm=2.5)
        >>> w
        tensor([[ 1.5000, -2.0000],
                [ 0.6000,  0.8000]])
    """
    check_number("max_norm_", max_norm=max_norm)
    c = float(max_norm)
    if not c >= 0:
        raise ValueError(f"max_norm_: max_norm must be at least 0, got max_norm={max_norm}; infinity does not bound")
    views = unit_weights(params, "max_norm_", dim)
    for w, shape, axes, _ in views if c < math.inf else ():
        x = w.array.reshape(shape)  # a view
        n = lengths(x, axes)
        x *= get_array_module(x).minimum(1, c / (n + (n == 0)))                   # (1)
        stamp(w)
    if c < math.inf:
        wrote("max_norm_", [view.tensor for view in views], max_norm=c)
