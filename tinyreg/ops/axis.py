"""One axis of an array: the index along it, memory for another size on it, and copies of its values with their adjoint.

Frames around an image and enlarged images hold nothing but copies of x. Such a map is written down as a list of pairs
(there, here): the values at `here` of x lie at `there` in y. No place of y is named twice, so with places j of y that
hold copies of place i of x,

    y[j] = x[i]                                                                                  (1)

and the adjoint, <y, g> = sum over j of x[i(j)] g[j] = <x, grad_x>, gathers what was copied:

    grad_x[i] = sum of g[j] over the places j that hold x[i]                                     (2)

A pair names places of x at most once, but where `here` is a single value and `there` are many: it was repeated, and its
terms are summed first.
"""

from ..autograd import ArrayFunction
from ..backend import get_array_module


def along(axis, where):
    """The index of what lies at `where` on an axis, counted from 0 or from -1 backwards, and anywhere on the others.

    Example:
        >>> along(1, 5), along(-2, 5)
        ((slice(None, None, None), 5), (Ellipsis, 5, slice(None, None, None)))
    """
    if axis < 0:
        return (..., where) + (slice(None),) * (-1 - axis)
    return (slice(None),) * axis + (where,)


def resized(x, axis, size):
    """Memory for an array of another size on one axis, in the memory order of x.

    Example:
        >>> import numpy
        >>> resized(numpy.ones((2, 3)), -1, 5).shape
        (2, 5)
    """
    shape = list(x.shape)
    shape[axis] = size
    return get_array_module(x).empty_like(x, shape=tuple(shape))


def copied(x, axis, size, pairs):
    """y with x's values at the places that the pairs name, equation (1); every place of y must be named.

    Example:
        >>> import numpy
        >>> copied(numpy.array([1, 2]), 0, 4, [(slice(0, 4, 2), slice(None)), (slice(1, 4, 2), slice(None))]).tolist()
        [1, 1, 2, 2]
    """
    y = resized(x, axis, size)
    for there, here in pairs:
        y[along(axis, there)] = x[along(axis, here)]                                   # (1)
    return y


def gathered(g, axis, size, pairs):
    """The adjoint of `copied`: every value of x, of this size on the axis, collects from its copies, equation (2).

    Example:
        >>> import numpy
        >>> gathered(numpy.array([1, 2, 3, 4]), 0, 2, [(slice(0, 4, 2), slice(None)), (slice(1, 4, 2), slice(None))]).tolist()
        [3, 7]
    """
    grad_x = resized(g, axis, size)
    grad_x[...] = 0
    for there, here in pairs:
        collects, part = grad_x[along(axis, here)], g[along(axis, there)]
        if collects.shape[axis] < part.shape[axis]:
            part = part.sum(axis=axis, keepdims=True)
        grad_x[along(axis, here)] = collects + part                                    # (2)
    return grad_x


class Copies(ArrayFunction):
    """y holds copies of x along one axis after the other; the option is a list of (axis, size in y, pairs)."""

    @staticmethod
    def forward(ctx, x, *, steps):
        ctx.input_shape, ctx.steps = x.shape, steps
        for axis, size, pairs in steps:
            x = copied(x, axis, size, pairs)                                           # (1)
        return x

    @staticmethod
    def backward(ctx, grad_y):
        for axis, _, pairs in reversed(ctx.steps):
            grad_y = gathered(grad_y, axis, ctx.input_shape[axis], pairs)              # (2)
        return (grad_y,)
