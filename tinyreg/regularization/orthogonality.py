"""Orthogonality: the singular values of each weight are pulled to 1, so that a layer neither stretches nor squashes.

Objective. The loss plus a penalty; s is strength. Each weight is looked at as a matrix W with a row for each output unit,
(out, all incoming weights), and compared by the Gram matrix of its shorter side with the identity:

    G = W'W  if out >= in,        G = W W'  if out < in                           (1)
    penalty = s/4 |G - I|^2,      the sum of the squares of all entries           (2)

Backward. Let g = dL/dpenalty and E = G - I, which is symmetric. With <A, B> the sum of the products of all entries, a small
change of W changes (2) by s/2 <E, dG>. For out >= in there are two roads from W to G, one for each factor of W'W:

    dG = dW'W + W'dW,        <E, dW'W> = <W E', dW>,        <E, W'dW> = <W E, dW>

As E is symmetric they are equal, and the half and the two cancel, which is what the 4 is for. The short side is likewise:

    grad_W = g s W (W'W - I)         for out >= in                                (3)
    grad_W = g s (W W' - I) W        for out < in                                 (4)

Both are the same matrix, W W'W - W. In the value the choice of the side is felt: with d_j the singular values of W,

    penalty = s/4 sum_j (d_j^2 - 1)^2        over the min(out, in) of them        (5)

and the longer side, whose Gram matrix has |out - in| more zeros, would add a constant s/4 |out - in| that nothing can
remove, for more work. In (3) and (4) each d_j feels s (d_j^3 - d_j) along its own direction: down above 1, up below.

Why it regularizes. All d_j = 1 means W'W = I or W W' = I: rows (or columns) of length 1 at right angles, no two units the
same. For out >= in, |W x| = |x| for every x; backwards, gradients go through W', whose singular values are the same. In a
deep product of such layers neither signal nor gradient explodes or vanishes (dynamical isometry, Saxe et al. 2014), which is
why orthogonal initial weights (init.orthogonal_) train; the penalty keeps them near it. The largest singular value is the
spectral norm: the penalty holds it near 1 softly, together with all others, where spectral_norm divides all of them by it.
Against weight decay l each settles at a compromise, s (d^3 - d) + l d = 0, that is

    d^2 = 1 - l/s        for l < s, and 0 otherwise                               (6)

Edge cases. strength = 0 gives 0 with gradients 0. W = 0 is stationary, but a maximum: the value is s/4 min(out, in), the
gradient 0, and the smallest change leads away. The gradient grows like |W|^3: where lr s (d^2 - 1) exceeds 2, plain steps
diverge. A Module gives the weights of its linear and conv layers: a filter is a row, also in a transposed convolution, whose
weight has its output units along dimension 1; where a convolution has groups each of them is a matrix of its own, since it
sees other channels. Tensors are looked at as W.reshape(len(W), -1). Filters at right angles do not make the convolution as
a whole an isometry where its windows overlap. Biases and normalization layers are left alone. Before batch norm, which
undoes the length of each row, only the angles between rows reach the function; the lengths still set the effective learning
rate, and the penalty keeps those, too, from drifting. Beside weight decay see (6). Dropout takes units away at random: the
rows that are left are still at right angles, the columns are not. At evaluation the penalty is no part of the network.

Cost. Two products of matrices, out in min(out, in) multiplications each: as much as a layer's forward, and the gradient of
its weights, for min(out, in) more examples. G - I is kept, min(out, in)^2 numbers.

Source. (2) without the 4 is the "soft orthogonality" of Bansal, Chen, Wang 2018, Can we gain more from orthogonality
regularizations in training deep CNNs, arXiv 1810.09102: their lambda is s/4. Brock, Lim, Ritchie, Weston 2017, Neural photo
editing with introspective adversarial networks, arXiv 1609.07093, sum |W W' - I| without squares; Brock, Donahue, Simonyan
2019 (BigGAN), arXiv 1809.11096, compare W'W off the diagonal only, so that lengths are free. Saxe, McClelland, Ganguli
2014, Exact solutions to the nonlinear dynamics of learning in deep linear neural networks, arXiv 1312.6120.
"""

from math import prod

from ..autograd import ArrayFunction, Tensor
from ..backend import get_array_module
from ..ops.number import check_strength
from ..parameter import Weights
from ..touches import noted
from ..unit_weights import unit_weights


class OrthogonalityPenaltyFunction(ArrayFunction):
    """Equation (2) over all its weights, and (3), (4); views says where in each of them its matrices are."""

    @staticmethod
    def forward(ctx, *weights, strength, views):
        ctx.strength, ctx.views = strength, views
        xp, errors, total = get_array_module(weights[0]), [], 0
        for w, view in zip(weights, views):
            m = _matrices(w, view)
            gram = m.swapaxes(1, 2) @ m if m.shape[1] >= m.shape[2] else m @ m.swapaxes(1, 2)    # (1)
            gram -= xp.eye(gram.shape[1], dtype=w.dtype)
            flat = gram.reshape(-1)
            total = total + flat @ flat
            errors.append(gram)
        ctx.save_for_backward(*weights, *errors)
        return strength / 4 * total                                               # (2)

    @staticmethod
    def backward(ctx, grad_penalty):
        factor, grads, count = ctx.strength * grad_penalty, [], len(ctx.views)
        for w, error, view, needs in zip(ctx.saved[:count], ctx.saved[count:], ctx.views, ctx.needs_input_grad):
            if not needs:
                grads.append(None)
                continue
            m = _matrices(w, view)
            grad = m @ error if m.shape[1] >= m.shape[2] else error @ m           # (3), (4)
            grad *= factor.astype(w.dtype)
            grads.append(_in_place_of(grad, w, view))
        return tuple(grads)


def _order(view):
    """The axes of the view that number the units, then those of a unit's weights."""
    shape, axes, _ = view
    return [axis for axis in range(len(shape)) if axis not in axes], axes


def _matrices(w, view):
    """The weights as matrices with a row for each unit, one for each group of a convolution."""
    (shape, _, groups), (numbering, within) = view, _order(view)
    columns = prod(shape[axis] for axis in within)
    rows = prod(shape[axis] for axis in numbering) // groups
    return w.reshape(shape).transpose(*numbering, *within).reshape(groups, rows, columns)    # (out, in, ...) -> (groups, rows, columns)


def _in_place_of(m, w, view):
    """The adjoint of _matrices, which moves numbers only: every number back to where it came from."""
    (shape, _, _), (numbering, within) = view, _order(view)
    order = [*numbering, *within]
    back = sorted(range(len(order)), key=order.__getitem__)
    return m.reshape([shape[axis] for axis in order]).transpose(back).reshape(w.shape)


def orthogonality_penalty(params: Weights, strength: float) -> Tensor:
    """Penalize distance from orthogonality: strength/4 times the squared entries of W'W - I (or W W' - I), to be added to the loss.

    Args:
        params: a Module, whose linear and conv weights are penalized; or Tensors, all of which are.
        strength: at least 0; 0 switches the penalty off, a large one makes all singular values 1.

    Shape:
        tensors of any shape, seen as (out, all the rest) -> a 0-d Tensor.

    Returns:
        The penalty, with gradient strength * (W W'W - W).

    Raises:
        ValueError: strength is negative or not finite; params is empty.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.tensor([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]], requires_grad=True)
        >>> penalty = orthogonality_penalty([w], strength=0.4)
        >>> penalty.backward()
        >>> penalty, w.grad
        (tensor(0.9000, grad_fn=<OrthogonalityPenaltyBackward0>), tensor([[0.0000, 0.0000],
                [0.0000, 2.4000],
                [0.0000, 0.0000]]))
    """
    check_strength("orthogonality_penalty", strength=strength)
    units = unit_weights(params, "orthogonality_penalty")
    views = tuple((unit.shape, unit.axes, unit.groups) for unit in units)
    weights, s = [unit.tensor for unit in units], float(strength)
    penalty = OrthogonalityPenaltyFunction.apply(*weights, strength=s, views=views)
    return noted(
        penalty, "orthogonality_penalty", weights, lambda w, i: OrthogonalityPenaltyFunction.apply(w, strength=s, views=views[i : i + 1]),
        which=views, strength=s,
    )  # fmt: skip
