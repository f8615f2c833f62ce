"""sort argsort topk median: elements in order, or those that an order puts in front or in the middle.

Each of them picks elements of x along an axis, none twice: y_j = x_{k_j}. Where no two elements are equal, a small change of
x does not change which are picked, so the gradient goes back to where they stood:

    dL/dx_i = grad_y_j where i = k_j,   0 where i was not picked

median() of all elements shares its gradient evenly among equal ones, as max() does. Sorting is stable: equal elements
keep their order. A nan counts as larger than every number, and a median of elements with a nan among them is nan.
"""

from operator import index

from ..autograd import ArrayFunction, Tensor
from ..autograd.tensor import wrap
from ..backend import get_array_module
from .axis import along
from .dimension import dimension
from .extremum import Amax, Selection
from .floating import check_tensor


class Pick(ArrayFunction):
    """y_j = x_{k_j} along an axis, no k twice: grad_x is 0 but for grad_y_j at k_j."""

    @staticmethod
    def forward(ctx, x, k, *, axis):
        ctx.axis, ctx.input_shape = axis, x.shape
        ctx.save_for_backward(k)
        return get_array_module(x).take_along_axis(x, k, axis)

    @staticmethod
    def backward(ctx, grad_y):
        (k,) = ctx.saved
        xp = get_array_module(grad_y)
        grad_x = xp.zeros(ctx.input_shape, grad_y.dtype)
        xp.put_along_axis(grad_x, k, grad_y, ctx.axis)
        return grad_x, None


class Median(Amax):
    """y = the element in the middle of all in order, the lower one of two: its gradient goes evenly to those that equal it."""

    @staticmethod
    def forward(ctx, x):  # type: ignore[override]
        xp = get_array_module(x)
        flat = xp.sort(x.reshape(-1))  # nan stands last
        if x.size:
            y = xp.asarray(xp.where(flat[-1] == flat[-1], flat[(x.size - 1) // 2], flat[-1]))
        else:
            y = xp.asarray(xp.nan if x.dtype.kind == "f" else xp.iinfo(x.dtype).min, dtype=x.dtype)  # as PyTorch
        ctx.axes = None
        ctx.save_for_backward(x, y)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        x, _ = ctx.saved
        return Amax.backward(ctx, grad_y) if x.size else (x.copy(),)


def _order(x, axis, descending):
    """The places of the elements in order along the axis; equal ones keep theirs."""
    xp = get_array_module(x)
    if not descending:
        return xp.argsort(x, axis=axis, kind="stable")
    return x.shape[axis] - 1 - xp.flip(xp.argsort(xp.flip(x, axis), axis=axis, kind="stable"), axis)


def _select(input, places, axis):
    """The elements of a tensor at these places along the axis, recorded, and the places."""
    return Selection(Pick.apply(input, places, axis=axis), wrap(places))


def _axis(who, input, dim):
    """The tensor with at least one dimension, the axis, and whether the tensor was a number."""
    check_tensor(who, input)
    axis = dimension(who, dim, input.array.ndim)
    return (input, axis, False) if input.array.ndim else (input.reshape(1), 0, True)


def _as_number(selection):
    """What was picked from a 0-d tensor: that tensor."""
    return Selection(selection.values.reshape(()), selection.indices.reshape(()))


def sort(input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False) -> Selection:
    """The elements along dim in ascending or descending order, and where each stood.

    Args:
        input: Tensor; nan counts as the largest.
        dim: the dimension to sort along.
        descending: the largest first.
        stable: equal elements keep their order; here they do in any case.

    Returns:
        A named tuple (values, indices), both of the input's shape.

    Raises:
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> values, indices = tinyreg.sort(tinyreg.tensor([2.0, 3.0, 1.0]))
        >>> values, indices
        (tensor([1., 2., 3.]), tensor([2, 0, 1]))
    """
    input, axis, number = _axis("sort", input, dim)
    found = _select(input, _order(input.array, axis, descending), axis)
    return _as_number(found) if number else found


def argsort(input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False) -> Tensor:
    """The places of the elements along dim in ascending or descending order: the indices of sort.

    Args:
        input, dim, descending, stable: as in sort.

    Raises:
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.argsort(tinyreg.tensor([2.0, 3.0, 1.0]), descending=True)
        tensor([1, 0, 2])
    """
    input, axis, number = _axis("argsort", input, dim)
    order = _order(input.array, axis, descending)
    return wrap(order.reshape(()) if number else order)


def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Selection:
    """The k largest or smallest elements along dim, and where each stood.

    Args:
        input: Tensor of numbers; nan counts as the largest. Of equal elements the first are taken, as max does; PyTorch
            does not say which.
        k: how many, from 0 to the size of dim.
        dim: the dimension to search along.
        largest: False for the smallest.
        sorted: in order, the extreme one first; here they are in any case.

    Returns:
        A named tuple (values, indices), k along dim.

    Raises:
        IndexError: input has no such dimension.
        RuntimeError: k is negative or more than there are; bools.
        TypeError: k is not an integer.

    Example:
        >>> import tinyreg
        >>> tinyreg.topk(tinyreg.tensor([2.0, 3.0, 1.0]), 2).values
        tensor([3., 2.])
    """
    try:
        k = index(k)
    except TypeError:
        raise TypeError(f"topk: k must be an integer, got {k!r:.60}; it is the number of elements to find") from None
    input, axis, number = _axis("topk", input, dim)
    x, xp = input.array, get_array_module(input.array)
    n = x.shape[axis]
    if not 0 <= k <= n:
        raise RuntimeError(f"topk: k must lie in [0, {n}], the size of dim {axis} of shape {tuple(x.shape)}, got k={k}; take fewer")
    if x.dtype.kind == "b":
        raise RuntimeError(f"topk: input must be numbers, got dtype {x.dtype}; convert with .int() first")
    if number:  # PyTorch gives the number, for k=0, too
        return _as_number(_select(input, xp.zeros(1, "int64"), 0))
    return _select(input, _order(x, axis, largest)[along(axis, slice(k))], axis)


def median(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor | Selection:
    """The element in the middle, of all or along dim: the lower one where two stand there.

    Args:
        input: Tensor of numbers; with a nan among the elements their median is nan.
        dim: one dimension, or None for all.
        keepdim: keep the dimension as size 1.

    Returns:
        A 0-d Tensor (nan for an empty input); over dim a named tuple (values, indices).

    Raises:
        IndexError: input has no such dimension, or no elements along it.
        NotImplementedError: bools.
        TypeError: keepdim without dim.

    Example:
        >>> import tinyreg
        >>> tinyreg.median(tinyreg.tensor([4.0, 1.0, 3.0, 2.0]))
        tensor(2.)
        >>> tinyreg.median(tinyreg.tensor([[1.0, 9.0, 5.0]]), dim=1).indices
        tensor([2])
    """
    check_tensor("median", input)
    if input.array.dtype.kind == "b":
        raise NotImplementedError(f"median: input must be numbers, got dtype {input.array.dtype}; convert with .int() first")
    if dim is None:
        if keepdim:
            raise TypeError(f"median: keepdim must come with dim, got keepdim={keepdim} and dim=None; name the dimension")
        return Median.apply(input)
    input, axis, number = _axis("median", input, dim)
    x, xp = input.array, get_array_module(input.array)
    n = x.shape[axis]
    if n == 0:
        raise IndexError(f"median: there must be elements along dim={dim}, got shape {tuple(x.shape)}; reduce another dimension")
    numbers = (x == x).sum(axis=axis, keepdims=True)  # those that are not nan
    middle = xp.where(numbers < n, numbers, (n - 1) // 2)  # the first nan, or the middle
    found = _select(input, xp.take_along_axis(_order(x, axis, False), middle, axis), axis)
    if number:
        return _as_number(found)
    return found if keepdim else Selection(found.values.squeeze(axis), found.indices.squeeze(axis))
