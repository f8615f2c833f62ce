"""Addend: the gradient of a weight that adds itself to what the weight has received, a piece at a time.

A penalty's gradient is an array as large as the weights, made for the sake of one addition. Where it goes straight to a
leaf, and the leaf has received a sum before that nobody else holds, it is computed in the cache and added there: main
memory sees the weights and the sum, and no third array. (Backward of L1 and L2 together on one large weight: 1.3 times as
fast, of which the memory that is not fetched from the system is the larger part.)
"""

from __future__ import annotations

from ..backend import get_array_module, pieces
from ..thread_pool import each
from .tensor import Tensor


class Addend:
    """A gradient that is not computed yet, of a leaf with this array.

    Args:
        like: the leaf's array.
        compute: compute(part, out) writes into out the gradient of a part of it.

    Example:
        >>> import numpy
        >>> twice = Addend(numpy.ones(3), lambda part, out: numpy.multiply(part, 2, out=out))
        >>> total = numpy.ones(3)
        >>> twice.add_to(total)
        >>> total.tolist(), twice.array().tolist()
        ([3.0, 3.0, 3.0], [2.0, 2.0, 2.0])
    """

    __slots__ = ("like", "compute", "shape")

    def __init__(self, like, compute):
        self.like, self.compute, self.shape = like, compute, like.shape

    def array(self):
        """It, in memory of its own."""
        gradient = get_array_module(self.like).empty_like(self.like)
        each(lambda part: self.compute(*part), pieces(self.like, gradient), self.like.size)
        return gradient

    def add_to(self, total):
        """Add it to an array that is nobody else's."""

        def add(part):
            w, sums = part
            gradient = get_array_module(w).empty_like(w)
            self.compute(w, gradient)
            sums += gradient

        each(add, pieces(self.like, total), self.like.size)


def receive(leaves, leaf, grad):
    """Add what arrives at a leaf to what it has received.

    Args:
        leaves: {id(leaf): [leaf, the sum so far, whether that is the engine's own array]}.
        leaf: a Tensor.
        grad: an array, which may belong to somebody else, or an Addend.
    """
    entry = leaves.get(id(leaf))
    if type(grad) is Addend:
        if entry is not None and entry[2]:
            grad.add_to(entry[1])
            return
        grad = grad.array()
        if entry is None:
            leaves[id(leaf)] = [leaf, grad, True]
            return
    if entry is None:
        leaves[id(leaf)] = [leaf, grad, False]
    elif entry[2]:
        entry[1] += grad
    else:
        entry[1], entry[2] = entry[1] + grad, True


def gradients(ctx, compute):
    """What backward of a penalty returns: a gradient for each array that it saved; for those of leaves, an Addend.

    Args:
        ctx: a Context; what it saved are its inputs.
        compute: compute(part, out) writes into out the gradient of a part of one of them.
    """
    edges = ctx.edges if type(ctx.edges) is tuple else [ctx.edges if needs else None for needs in ctx.needs_input_grad]
    addends = [None if edge is None else Addend(w, compute) for edge, w in zip(edges, ctx.saved)]
    return tuple([a if a is None or isinstance(edge, Tensor) else a.array() for edge, a in zip(edges, addends)])


def settled(grads):
    """What backward returned, with every Addend computed, for those who look at it.

    Example:
        >>> import numpy
        >>> settled((None, Addend(numpy.ones(1), lambda part, out: numpy.copyto(out, part))))
        (None, array([1.]))
    """
    return tuple([g.array() if type(g) is Addend else g for g in grads]) if type(grads) is tuple else grads
