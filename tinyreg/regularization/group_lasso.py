"""Group lasso: whole groups of weights stay at 0 together: a unit, a filter, an input (L1 between groups, L2 inside them).

Objective. The loss plus a penalty; s is strength. The weights are divided into groups g, w_g is the vector of the m_g
weights in one, and the length is taken, not its square:

    penalty = s sum_g sqrt(m_g) |w_g|,        |w_g| = sqrt(sum of w_i^2 over i in g)   (1)

Backward. Let G = dL/dpenalty. For w_g != 0 the derivative of sqrt(sum w_i^2) by w_i is w_i / |w_g|: the vector is turned
into its direction. At w_g = 0 every vector of length at most 1 is a subgradient, and 0 is the one taken:

    grad_w_i = G s sqrt(m_g) w_i / |w_g|,     0 where w_g = 0                     (2)

As with L1, a step along (2) almost never lands on 0: its length does not become smaller near it. Zeros come from the
proximal step. Let x be a group after a plain gradient step on the loss, and t = lr s sqrt(m_g):

    S(x, t) = argmin_z  |z - x|^2 / 2 + t |z|                                     (3)

Among all z of one length r the nearest to x is the one that points along x, so that (3) is a question about r alone:
(r - |x|)^2 / 2 + t r is smallest at r = |x| - t, or at r = 0 where that is negative. This is the block soft threshold

    S(x, t) = x max(1 - t/|x|, 0)                                                 (4)

It keeps the direction. With u = x/|x|, y = S(x, t) is x - t u where |x| > t, and two roads lead from x to y: x itself, and
u, whose derivative is the projection across x over |x|, (I - uu')/|x|. So

    grad_x = grad_y - t/|x| (grad_y - u (u'grad_y)),      0 where |x| <= t        (5)

What comes along x passes whole, what comes across is scaled by 1 - t/|x|. The proximal gradient method is one plain step
and one block threshold a group, in place, after optimizer.step():

    w_g  <-  S(w_g - lr grad_g, lr s sqrt(m_g))                                   (6)

Why it regularizes. At a minimum of loss + penalty, with grad_g the part of the loss's gradient that belongs to the group,

    grad_g = -s sqrt(m_g) w_g/|w_g|  where w_g != 0,      |grad_g| <= s sqrt(m_g)  where w_g = 0    (7)

A group stays at exactly 0 until the loss pulls at it with more than s sqrt(m_g), and then all of its weights enter. (7) is
necessary and, for a convex loss, sufficient: a certificate that can be checked whatever method found w. The root makes the
chances of groups of different sizes equal: m entries of pure noise of variance v have a length of about sqrt(m v). Inside a
group nothing is selected: directions are kept, and lengths shrink. In a network a group is what can be taken out: with its
incoming weights at 0 a unit gives its bias for every input, and can be removed when that constant has been added to the
next layer's bias; with its outgoing weights at 0 it has no effect and can be removed at once.

Edge cases. strength = 0 gives 0 with gradients 0; above max_g |grad_g(0)|/sqrt(m_g) all groups are 0. Groups of one weight
are l1. A Module gives the weights of its linear and conv layers, and leaves biases and normalization layers alone: dim=0
(the default) makes a group of all incoming weights of an output unit or filter, dim=1 one of all outgoing weights of an
input or channel. The weight of a transposed convolution has its output units along dimension 1, and where it has groups of
its own each of them has other ones: there the dimensions change places, so that dim means the same in every layer. With
Tensors dim is a dimension of each of them; or groups says for each element of one tensor to which group it belongs. Some
authors leave sqrt(m_g) out: with groups of one size it is a factor of s. Use the penalty (1) or the step (6), not both; (6)
is exact for plain SGD, and after Adam, as in l1, lr s is a choice. Before batch norm, which undoes the scale of each unit,
(1) lowers lengths without changing the function, and so raises the effective learning rate; only a length of exactly 0
is felt: batch norm then gives its shift. At evaluation the penalty is no part of the network, and the zeros stay.

Cost. The weights are read once for the lengths and once for the gradient, an array of their size; (6) reads them twice and
writes them once. With groups given as labels, sums by label take the place of sums along an axis.

Source. Yuan & Lin 2006, Model selection and estimation in regression with grouped variables, JRSS-B 68:49; Parikh & Boyd
2014, Proximal algorithms, for (4); Wen, Wu, Wang, Chen, Li 2016, Learning structured sparsity in deep neural networks,
arXiv 1608.03665, and Scardapane, Comminiello, Hussain, Uncini 2017, Group sparse regularization for deep neural networks,
arXiv 1607.00485, for groups that are units, filters and inputs.
"""

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

from ..autograd import ArrayFunction, Tensor, stamp
from ..backend import add_at, blocks, get_array_module, require
from ..ops.broadcasting import as_tensor_like, int64
from ..ops.floating import check_floating
from ..ops.norm import lengths
from ..ops.number import check_strength
from ..parameter import Weights
from ..touches import noted, wrote
from ..types import HostArray
from ..unit_weights import unit_weights

Labels: TypeAlias = Tensor | HostArray | Sequence[Any]  # a group's number for each element


def _sums(values, axes, labels):
    """The sum over each element's group, in a shape that broadcasts to values: along axes, or over equal labels."""
    if labels is None:
        return values.sum(axis=axes, keepdims=True) if axes else values
    sums = get_array_module(values).zeros(values.size, dtype=values.dtype)
    add_at(sums, labels.reshape(-1), values.reshape(-1))
    return sums[labels]


def _lengths(x, axes, labels):
    return lengths(x, axes) if labels is None else get_array_module(x).sqrt(_sums(x * x, axes, labels))


def _roots(x, axes, labels):
    """sqrt(m) for each group: one number, or one for each element."""
    if labels is None:
        return math.sqrt(math.prod(x.shape[axis] for axis in axes))
    xp = get_array_module(x)
    return xp.sqrt(_sums(xp.ones_like(x), axes, labels))


def _shrink_(x, t, axes, labels):
    """Shrink groups in place: one factor each, and + 0.0 because a weight below 0 times 0 is -0.0."""
    xp, n = get_array_module(x), _lengths(x, axes, labels)
    x *= xp.where(n <= t, 0, 1 - t / (n + (n == 0)))                              # (4)
    x += 0.0


def _shrunk(x, t, axes, labels):
    xp, n = get_array_module(x), _lengths(x, axes, labels)
    return xp.where(n <= t, 0, x * (1 - t / (n + (n == 0)))), n                   # (4)


class GroupLassoPenaltyFunction(ArrayFunction):
    """Equation (1) over all its weights, each looked at in a shape where its groups lie along some axes, and (2)."""

    @staticmethod
    def forward(ctx, labels, *weights, strength, views):
        ctx.strength, ctx.views = strength, views
        total, saved = 0, []
        for w, (shape, axes) in zip(weights, views):
            x = w.reshape(shape)
            n, root = _lengths(x, axes, labels), _roots(x, axes, labels)
            total = total + (root * n.sum() if labels is None else (n / root).sum())    # m elements say sqrt(m) |w_g| / m
            saved.append(n)
        ctx.save_for_backward(labels, *weights, *saved)
        return strength * total                                                   # (1)

    @staticmethod
    def backward(ctx, grad_penalty):
        labels, *saved = ctx.saved
        factor, grads = ctx.strength * grad_penalty, [None]
        count = len(saved) // 2
        for w, n, (shape, axes), needs in zip(saved[:count], saved[count:], ctx.views, ctx.needs_input_grad[1:]):
            if not needs:
                grads.append(None)
                continue
            x = w.reshape(shape)
            slope = factor.astype(w.dtype) * _roots(x, axes, labels) / (n + (n == 0))
            grads.append((x * slope).reshape(w.shape))                            # (2)
        return tuple(grads)


class GroupSoftThresholdFunction(ArrayFunction):
    """Equations (4) and (5)."""

    @staticmethod
    def forward(ctx, x, labels, threshold, *, axes):
        ctx.threshold, ctx.axes = threshold, axes
        y, n = _shrunk(x, threshold, axes, labels)
        ctx.save_for_backward(x, labels, n)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        x, labels, n = ctx.saved
        xp, t, safe = get_array_module(x), ctx.threshold, n + (n == 0)
        u = x / safe
        grad_x = grad_y - t / safe * (grad_y - u * _sums(u * grad_y, ctx.axes, labels))
        return xp.where(n <= t, 0, grad_x), None, None                            # (5)


def group_lasso_penalty(params: Weights, strength: float, *, dim: int = 0, groups: Labels | None = None) -> Tensor:
    """Penalize the lengths of groups of weights: strength * sum of sqrt(size) * length, to be added to the loss.

    Args:
        params: a Module, whose linear and conv weights are penalized; or Tensors, all of which are.
        strength: at least 0; 0 switches the penalty off, a large one takes all weights to (about) 0.
        dim: each index along this dimension is a group. With a Module, 0 for the incoming weights of each output unit or
            filter, 1 for the outgoing weights of each input or channel.
        groups: instead of dim, and for one tensor: the number of its group for each element, integers from 0 on.

    Shape:
        tensors of any shape -> a 0-d Tensor; groups in the shape of the one tensor.

    Returns:
        The penalty, with gradient strength * sqrt(size) * w / length, 0 for a group at 0.

    Raises:
        ValueError: strength is negative or not finite; params is empty; groups for more than one tensor or in another shape.
        IndexError: dim is no dimension of a tensor; a group's number outside [0, number of elements).
        TypeError: groups are no integers.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.tensor([[3.0, -4.0], [0.0, 0.0]], requires_grad=True)
        >>> penalty = group_lasso_penalty([w], strength=0.5)
        >>> penalty.backward()
        >>> penalty, w.grad
        (tensor(3.5355, grad_fn=<GroupLassoPenaltyBackward0>), tensor([[ 0.4243, -0.5657],
                [ 0.0000,  0.0000]]))
        >>> group_lasso_penalty(tinyreg.tensor([3.0, 7.0, 4.0]), strength=1.0, groups=[0, 1, 0])
        tensor(14.0711)
    """
    who = "group_lasso_penalty"
    check_strength(who, strength=strength)
    views, labels = _grouped(who, params, dim, groups)
    weights = [view.tensor for view in views]
    shapes = tuple((view.shape, view.axes) for view in views)
    s = float(strength)
    penalty = GroupLassoPenaltyFunction.apply(labels, *weights, strength=s, views=shapes)
    return noted(
        penalty, who, weights, lambda w, i: GroupLassoPenaltyFunction.apply(labels, w, strength=s, views=shapes[i : i + 1]),
        which=(shapes, None if labels is None else id(labels)), strength=s,
    )  # fmt: skip


def group_soft_threshold(x: Tensor, threshold: float, dim: int = 0, *, groups: Labels | None = None) -> Tensor:
    """Shorten each group by threshold, and those that are not longer to 0; directions are kept.

    Args:
        x: floating point Tensor.
        threshold: at least 0; 0 changes nothing, one of at least the largest length gives zeros.
        dim: each index along this dimension is a group.
        groups: instead of dim, the number of its group for each element, integers from 0 on.

    Shape:
        (*) -> (*)

    Returns:
        x * max(1 - threshold/length, 0).

    Raises:
        ValueError: threshold is negative or not finite; groups in another shape.
        TypeError: x does not hold floating point numbers, groups no integers.
        IndexError: x has no such dimension; a group's number outside [0, number of elements).

    Example:
        >>> import tinyreg
        >>> group_soft_threshold(tinyreg.tensor([[3.0, -4.0], [0.6, 0.8]]), 2.5)
        tensor([[ 1.5000, -2.0000],
                [ 0.0000,  0.0000]])
    """
    who = "group_soft_threshold"
    check_strength(who, threshold=threshold)
    check_floating(who, x, "x", TypeError)
    (view,), labels = _grouped(who, x, dim, groups)
    return GroupSoftThresholdFunction.apply(x, labels, float(threshold), axes=view.axes)


def group_lasso_proximal_(params: Weights, lr: float, strength: float, *, dim: int = 0, groups: Labels | None = None) -> None:
    """Apply group lasso as a step of its own, in place, after optimizer.step(): whole groups become exactly 0.

    Args:
        params: a Module, whose linear and conv weights are changed where they train; or Tensors, all of which are.
        lr: the learning rate of the step before it, at least 0.
        strength: of the penalty whose step this is, at least 0; do not add the penalty to the loss as well.
        dim, groups: as in group_lasso_penalty.

    Raises:
        ValueError, IndexError, TypeError: as group_lasso_penalty, and lr like strength.
        RuntimeError: a weight that is computed from others.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.tensor([[3.0, -4.0], [0.03, 0.04]])
        >>> group_lasso_proximal_([w], lr=0.1, strength=0.5)
        >>> w
        tensor([[ 2.9576, -3.9434],
                [ 0.0000,  0.0000]])
    """
    who = "group_lasso_proximal_"
    check_strength(who, lr=lr, strength=strength)
    views, labels = _grouped(who, params, dim, groups)
    for w, shape, axes, _ in views:
        x = w.array.reshape(shape)  # a view
        t = float(lr) * float(strength) * _roots(x, axes, labels)
        apart = x.ndim and 0 not in axes and labels is None  # whole groups lie in each row
        for part in [x[rows] for rows in blocks(x)] if apart else [x]:
            _shrink_(part, t, axes, labels)                                       # (6)
        stamp(w)
    wrote(who, [view.tensor for view in views], lr=float(lr), strength=float(strength))


def _grouped(who, params, dim, groups):
    """The tensors and where their groups lie; and the labels of the elements of the only one, or None."""
    if groups is None:
        return unit_weights(params, who, dim), None
    views = unit_weights(params, who)
    if len(views) > 1:
        raise ValueError(f"{who}: groups must number the elements of one tensor, got {len(views)} tensors; call it for each of them")
    w = views[0].tensor
    labels = as_tensor_like(groups)
    if labels.dtype.kind not in "iu":
        raise TypeError(f"{who}: groups must be integers, got dtype {labels.dtype}; number the groups from 0 on")
    if labels.shape != w.array.shape:
        raise ValueError(
            f"{who}: groups must have the shape of the tensor, got {tuple(labels.shape)} for {tuple(w.array.shape)}; "
            "give each element the number of its group"
        )
    labels, count = labels.astype(int64, copy=False), labels.size
    require(
        ((labels >= 0) & (labels < count)).all(),
        lambda: IndexError(
            f"{who}: groups must lie in [0, {count}), got numbers from {int(labels.min())} to {int(labels.max())}; "
            "number the groups from 0 on"
        ),
    )
    return [views[0]._replace(shape=w.shape)], labels
