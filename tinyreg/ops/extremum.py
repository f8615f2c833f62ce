"""max min amax amin aminmax argmax argmin: the largest and the smallest element, and where it stands.

y = x_k for the k that wins, so dy/dx_i = 1 if i = k, else 0. Where several elements tie, the slopes on both sides differ
and any split of the gradient is a subgradient; PyTorch has two:

    max(), amax, aminmax  evenly: 1 / (number of ties) to each
    max(dim)              all of it to the element whose index is returned, the first

min is -max(-x) and splits in the same way. A nan wins against every number, in both.
"""

from __future__ import annotations

from typing import NamedTuple

from ..autograd import ArrayFunction, Tensor
from ..autograd.tensor import wrap
from ..backend import get_array_module
from ..types import Dims
from .dimension import dimension, dimensions, kept_shape
from .elementwise import maximum, minimum
from .floating import check_tensor


class Amax(ArrayFunction):
    """y = max_i x_i: dy/dx_i = 1 / (number of ties) where x_i = y, else 0."""

    @staticmethod
    def forward(ctx, x, *, axes=None, keepdim=False):
        y = get_array_module(x).asarray(x.max(axis=axes, keepdims=keepdim))
        ctx.axes = axes
        ctx.save_for_backward(x, y)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        x, y = ctx.saved
        kept = kept_shape(x.shape, ctx.axes)
        reached = (x == y.reshape(kept)) | (x != x)  # nan != nan: where there is one, y is nan
        ties = reached.sum(axis=ctx.axes, dtype=x.dtype).reshape(kept)
        return (reached * (grad_y.reshape(kept) / ties),)


class Amin(Amax):
    """y = min_i x_i: dy/dx_i = 1 / (number of ties) where x_i = y, else 0."""

    @staticmethod
    def forward(ctx, x, *, axes=None, keepdim=False):
        y = get_array_module(x).asarray(x.min(axis=axes, keepdims=keepdim))
        ctx.axes = axes
        ctx.save_for_backward(x, y)
        return y


class Max(ArrayFunction):
    """y = x_k, k the first index of the largest element: dy/dx_i = 1 if i = k, else 0."""

    @staticmethod
    def forward(ctx, x, *, axis, keepdim=False):
        return _chosen(ctx, x, x.max(axis=axis, keepdims=True), x.argmax(axis=axis, keepdims=True), axis, keepdim)

    @staticmethod
    def backward(ctx, grad_y, grad_k):
        (k,) = ctx.saved
        xp = get_array_module(grad_y)
        places = xp.arange(ctx.input_shape[ctx.axis])  # along axis: 0, 1, 2, ...
        places = places.reshape([-1 if d == ctx.axis else 1 for d in range(len(ctx.input_shape))])
        kept = kept_shape(ctx.input_shape, (ctx.axis,))
        return ((places == k.reshape(kept)) * grad_y.reshape(kept),)


class Min(Max):
    """y = x_k, k the first index of the smallest element: dy/dx_i = 1 if i = k, else 0."""

    @staticmethod
    def forward(ctx, x, *, axis, keepdim=False):
        return _chosen(ctx, x, x.min(axis=axis, keepdims=True), x.argmin(axis=axis, keepdims=True), axis, keepdim)


def _chosen(ctx, x, y, k, axis, keepdim):
    xp = get_array_module(x)
    if not keepdim:
        y, k = xp.asarray(y.squeeze(axis)), xp.asarray(k.squeeze(axis))
    ctx.axis, ctx.input_shape = axis, x.shape
    ctx.save_for_backward(k)
    return y, k


class Selection(NamedTuple):
    """Elements of a tensor, and where they stood along the dimension: what max, min, sort, topk and median return."""

    values: Tensor
    indices: Tensor


class Extremes(NamedTuple):
    """What aminmax returns."""

    min: Tensor
    max: Tensor


def _refuse_empty(who, input, axes):
    shape = input.array.shape
    if input.array.size == 0 and (axes is None or 0 in [shape[axis] for axis in axes]):
        error = RuntimeError if axes is None and not who.startswith("arg") else IndexError  # as PyTorch
        raise error(f"{who}: there must be elements to choose from, got shape {tuple(shape)}; reduce a dimension that is not empty")


def _reduced(who, function, input, dim, keepdim):
    check_tensor(who, input)
    axes = dimensions(who, dim, input.array.ndim)
    _refuse_empty(who, input, axes)
    return function.apply(input, axes=axes, keepdim=keepdim)


def amax(input: Tensor, dim: Dims = (), keepdim: bool = False) -> Tensor:
    """The largest element of all, or over dim; ties share the gradient evenly.

    Args:
        input: Tensor.
        dim: a dimension, a tuple of them, or () for all.
        keepdim: keep the reduced dimensions as size 1.

    Raises:
        IndexError: input has no such dimension, or no elements along it.
        RuntimeError: input has no elements at all, and dim is ().

    Example:
        >>> import tinyreg
        >>> tinyreg.amax(tinyreg.tensor([[1.0, 5.0], [3.0, 4.0]]), dim=(0, 1))
        tensor(5.)
    """
    return _reduced("amax", Amax, input, dim, keepdim)


def amin(input: Tensor, dim: Dims = (), keepdim: bool = False) -> Tensor:
    """The smallest element of all, or over dim; ties share the gradient evenly. See amax.

    Args:
        input, dim, keepdim: as in amax.

    Raises:
        IndexError, RuntimeError: as in amax.

    Example:
        >>> import tinyreg
        >>> tinyreg.amin(tinyreg.tensor([[1.0, 5.0], [3.0, 4.0]]), dim=1)
        tensor([1., 3.])
    """
    return _reduced("amin", Amin, input, dim, keepdim)


def aminmax(input: Tensor, *, dim: int | None = None, keepdim: bool = False) -> Extremes:
    """The smallest and the largest element of all, or along dim; ties share the gradient evenly.

    Args:
        input: Tensor.
        dim: one dimension, or None for all.
        keepdim: keep the reduced dimensions as size 1.

    Returns:
        A named tuple (min, max).

    Raises:
        IndexError: input has no such dimension, or no elements along it.
        RuntimeError: input has no elements at all, and dim is None.

    Example:
        >>> import tinyreg
        >>> tinyreg.aminmax(tinyreg.tensor([3.0, 1.0, 2.0]))
        Extremes(min=tensor(1.), max=tensor(3.))
    """
    check_tensor("aminmax", input)
    axes = None if dim is None else dimensions("aminmax", (dim,), input.array.ndim)
    _refuse_empty("aminmax", input, axes)
    return Extremes(Amin.apply(input, axes=axes, keepdim=keepdim), Amax.apply(input, axes=axes, keepdim=keepdim))


def _extremum(who, over_all, along, elementwise, input, dim, keepdim):
    if dim is None:
        return _reduced(who, over_all, input, None, keepdim)
    if isinstance(dim, Tensor):
        return elementwise(input, dim)
    check_tensor(who, input)
    axis = dimension(who, dim, input.array.ndim)
    if input.array.ndim == 0:  # one element: it wins
        values, indices = along.apply(input.reshape(1), axis=0, keepdim=False)
        return Selection(values, indices)
    _refuse_empty(who, input, (axis,))
    return Selection(*along.apply(input, axis=axis, keepdim=keepdim))


def max(input: Tensor, dim: int | Tensor | None = None, keepdim: bool = False, *, other: Tensor | None = None) -> Tensor | Selection:
    """The largest element of all; over dim, also where it stands; of two tensors, elementwise.

    max(input) is a 0-d tensor, ties share its gradient. max(input, dim) is a pair (values, indices) of the first
    largest elements, which get all of the gradient. max(input, other) is maximum(input, other).

    Args:
        input: Tensor.
        dim: one dimension, or the other tensor.
        keepdim: keep the reduced dimension as size 1.
        other: a tensor that broadcasts with input.

    Raises:
        IndexError: input has no such dimension, or no elements along it.
        RuntimeError: input has no elements at all, and dim is None.

    Example:
        >>> import tinyreg
        >>> values, indices = tinyreg.max(tinyreg.tensor([[1.0, 5.0], [4.0, 3.0]]), dim=1)
        >>> values, indices
        (tensor([5., 4.]), tensor([1, 0]))
    """
    return _extremum("max", Amax, Max, maximum, input, dim if other is None else other, keepdim)


def min(input: Tensor, dim: int | Tensor | None = None, keepdim: bool = False, *, other: Tensor | None = None) -> Tensor | Selection:
    """The smallest element of all; over dim, also where it stands; of two tensors, elementwise. See max.

    Args:
        input, dim, keepdim, other: as in max.

    Raises:
        IndexError, RuntimeError: as in max.

    Example:
        >>> import tinyreg
        >>> tinyreg.min(tinyreg.tensor([[1.0, 5.0], [4.0, 3.0]]), dim=0).indices
        tensor([0, 1])
    """
    return _extremum("min", Amin, Min, minimum, input, dim if other is None else other, keepdim)


def argmax(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """The index of the first largest element: in the flattened input, or along dim.

    Args:
        input: Tensor.
        dim: one dimension, or None for all.
        keepdim: keep the reduced dimensions as size 1.

    Raises:
        IndexError: input has no such dimension, or no elements along it.
        RuntimeError: bools.

    Example:
        >>> import tinyreg
        >>> tinyreg.argmax(tinyreg.tensor([[1.0, 5.0], [4.0, 3.0]]), dim=1)
        tensor([1, 0])
    """
    return _place("argmax", input, dim, keepdim)


def argmin(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """The index of the first smallest element: in the flattened input, or along dim. See argmax.

    Args:
        input, dim, keepdim: as in argmax.

    Raises:
        IndexError, RuntimeError: as in argmax.

    Example:
        >>> import tinyreg
        >>> tinyreg.argmin(tinyreg.tensor([[3.0, 5.0], [4.0, 1.0]]))
        tensor(3)
    """
    return _place("argmin", input, dim, keepdim)


def _place(who, input, dim, keepdim):
    check_tensor(who, input)
    if input.array.dtype.kind == "b":
        raise RuntimeError(f"{who}: input must be numbers, got dtype {input.array.dtype}; convert with .int() first")
    axis = None if dim is None else dimension(who, dim, input.array.ndim)
    if input.array.ndim == 0:
        axis = None
    _refuse_empty(who, input, None if axis is None else (axis,))
    return wrap(getattr(input.array, who)(axis=axis, keepdims=keepdim))
