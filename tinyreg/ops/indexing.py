"""x[...]: elements by position, slice, mask or index array; masked_select; and x[...] = y.

An index is split in two steps, because NumPy and PyTorch disagree when integers meet index arrays:

    basic       integers, slices, None, Ellipsis     a view, no element twice
    advanced    index arrays and masks               a copy, elements may come several times

y = x[basic][advanced]. Reading is a linear map, and its adjoint is adding to the places that were read:

    grad_x = 0,   grad_x[index] += grad_y

With basic indices and masks no place comes twice, and an assignment does it; with index arrays the additions to one place
are made in an order that the indices alone decide. (On a GPU an index out of range would wrap around, where NumPy refuses it:
there it is asked for, see backend.require.)

Writing y = x with x[index] = v takes the gradient away from the old values and gives it to v:

    grad_x = grad_y with 0 at [index],   grad_v = grad_y[index]
"""

import math
from operator import index as as_integer
from typing import Any

from ..autograd import ArrayFunction, Tensor
from ..autograd.function import sum_to
from ..autograd.grad_mode import mode
from ..autograd.in_place import stamp, write
from ..backend import add_at, get_array_module, is_array, is_expanded, reads_at_once, require
from .broadcasting import as_operand, cast, int64
from .floating import check_tensor
from .number import in_dtype
from .shaping import broadcast_tensors, ravel

_EVERYTHING = slice(None)


class Index(ArrayFunction):
    """y = x[basic][advanced]; grad_x is 0 but for what grad_y adds at these places."""

    view = True

    @staticmethod
    def forward(ctx, x, *arrays, basic, advanced=None):
        part = x[basic]
        ctx.input_shape, ctx.part_shape, ctx.basic, ctx.advanced = x.shape, part.shape, basic, advanced
        if advanced is None:
            return part
        ctx.save_for_backward(*arrays)
        return part[_filled(advanced, arrays)]

    @staticmethod
    def backward(ctx, grad_y):
        xp, arrays = get_array_module(grad_y), ctx.saved
        grad_x = xp.zeros(ctx.input_shape, grad_y.dtype)
        if ctx.advanced is None:
            grad_x[ctx.basic] = grad_y
        elif all(array.dtype.kind == "b" for array in arrays):
            grad_x[ctx.basic][_filled(ctx.advanced, arrays)] = grad_y
        else:
            part = xp.zeros(math.prod(ctx.part_shape), grad_y.dtype)
            places = xp.arange(part.size).reshape(ctx.part_shape)[_filled(ctx.advanced, arrays)]
            add_at(part, places.reshape(-1), grad_y.reshape(-1))
            grad_x[ctx.basic] = part.reshape(ctx.part_shape)
        return (grad_x,) + (None,) * (len(ctx.needs_input_grad) - 1)


def _filled(advanced, arrays):
    """The index for NumPy: `advanced` with the arrays in its empty places."""
    arrays = iter(arrays)
    return tuple([next(arrays) if item is None else item for item in advanced])


class IndexPut(ArrayFunction):
    """y = x with y[index] = v: grad_x is grad_y with 0 at [index], grad_v is grad_y[index], summed where v was broadcast."""

    @staticmethod
    def forward(ctx, x, v, *arrays, basic, advanced=None):
        ctx.basic, ctx.advanced, ctx.value_shape = basic, advanced, getattr(v, "shape", None)
        ctx.save_for_backward(*arrays)
        y = x.copy()
        _put(y, v, basic, advanced, arrays)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        needs_x, needs_v, *others = ctx.needs_input_grad
        grad_x = grad_v = None
        if needs_x:
            grad_x = grad_y.copy()
            _put(grad_x, 0, ctx.basic, ctx.advanced, ctx.saved)
        if needs_v:
            grad_v = grad_y[ctx.basic]
            if ctx.advanced is not None:
                grad_v = grad_v[_filled(ctx.advanced, ctx.saved)]
            shape = ctx.value_shape  # leading sizes of 1 do not count when a value is written
            grad_v = sum_to(grad_v, shape[max(len(shape) - grad_v.ndim, 0) :]).reshape(shape)
        return (grad_x, grad_v) + (None,) * len(others)


def _put(array, value, basic, advanced, arrays):
    if advanced is None:
        array[basic] = value
    else:
        shape = getattr(value, "shape", ())
        while shape[:1] == (1,):  # sizes of 1 on the left do not count, but NumPy minds them beside a mask
            shape = shape[1:]
            value = value.reshape(shape)
        array[basic][_filled(advanced, arrays)] = value


def _read(input, index):
    """The index in two steps, `basic` and `advanced`, and the index arrays that belong in the empty places of `advanced`."""
    items = index if type(index) is tuple else (index,)
    for item in items:
        kind = type(item)
        if kind is slice:
            if item.step is not None and item.step <= 0:
                raise ValueError(f"index: the step of a slice must be positive, got {item.step}; index with a tensor of falling numbers")
        elif kind is not int and item is not None and item is not Ellipsis:
            items = _as_arrays(input, items)
            break
    else:
        return items if Ellipsis in items else (*items, ...), None, ()  # with an Ellipsis, one element is a view, too
    basic: list[Any] = []
    advanced: list[Any] = []
    arrays = []
    dim = 0
    for item in _without_ellipsis(input, items):
        if is_array(item):
            _require_inside(input, index, item, dim)
            basic += [_EVERYTHING] * _consumed(item)
            advanced.append(None)
            arrays.append(get_array_module(input.array).asarray(item))
        else:
            basic.append(item)
            if type(item) is not int:
                advanced.append(_EVERYTHING)
        dim += _consumed(item)
    return (*basic, ...), tuple(advanced) if arrays else None, tuple(arrays)


def _as_arrays(input, items):
    """Tensors, lists and numbers of other kinds as raw arrays and Python integers."""
    xp, read = get_array_module(input.array), []
    for item in items:
        if isinstance(item, Tensor):
            item = item.array
        elif isinstance(item, (list, range)):
            item = xp.asarray([x.tolist() if isinstance(x, Tensor) else x for x in item] or xp.zeros(0, dtype=int))
        elif isinstance(item, bool) or getattr(getattr(item, "dtype", None), "kind", "") == "b":
            item = xp.asarray(item)
        elif not (is_array(item) or item is None or item is Ellipsis or isinstance(item, slice)):
            try:
                item = as_integer(item)
            except TypeError:
                raise IndexError(
                    f"index: must be integers, slices, None, Ellipsis, integer tensors or masks, got {type(item).__name__}; convert it"
                ) from None
        if is_array(item):
            if item.dtype.kind not in "bi":
                raise IndexError(
                    f"index: index tensors must be signed integers, masks bool, got dtype {item.dtype}; convert with .long() or .bool()"
                )
            item = int(item) if item.ndim == 0 and item.dtype.kind == "i" else item
        read.append(item)
    return read


def _consumed(item):
    """How many dimensions of the input an item of the index speaks of."""
    if is_array(item):
        return item.ndim if item.dtype.kind == "b" else 1
    return 0 if item is None else 1


def _without_ellipsis(input, items):
    """One item for each dimension that the index speaks of; the Ellipsis becomes the full slices that it stands for."""
    places = [i for i, item in enumerate(items) if item is Ellipsis]
    missing = input.array.ndim - sum(_consumed(item) for item in items if item is not Ellipsis)
    if len(places) > 1 or missing < 0:
        raise IndexError(
            f"index: must name at most {input.array.ndim} dimensions and one Ellipsis, got {len(items)} items for shape "
            f"{tuple(input.array.shape)}; remove some"
        )
    at = places[0] if places else len(items)
    return [*items[:at], *[_EVERYTHING] * missing, *items[at + 1 :]]


def _require_inside(input, index, item, dim):
    """A GPU takes an index out of range for another one, without a word; NumPy refuses it by itself."""
    if reads_at_once(input.array) or item.dtype.kind != "i" or not item.size:
        return

    def error():
        try:
            _refuse(input, index)
        except IndexError as told:
            return told

    size = input.array.shape[dim]
    require((item.min() >= -size) & (item.max() < size), error)


def _refuse(input, index):
    """Say which item of an index does not fit."""
    shape = tuple(input.array.shape)
    items = index if type(index) is tuple else (index,)
    dim = 0
    arrays = []
    for item in _without_ellipsis(input, _as_arrays(input, items)):
        sizes = shape[dim : dim + _consumed(item)]
        wrong = None
        if type(item) is int:
            wrong = item if not -sizes[0] <= item < sizes[0] else None
        elif is_array(item):
            arrays.append(item.shape if item.dtype.kind == "i" else ("mask",))
            if item.dtype.kind == "b" and item.shape != sizes:
                raise IndexError(
                    f"index: a mask must have the shape {sizes} of what it masks, got {tuple(item.shape)} at dimension {dim} "
                    f"of shape {shape}; compare a tensor of that shape"
                )
            if item.dtype.kind == "i" and item.size:
                low, high = int(item.min()), int(item.max())
                wrong = low if low < -sizes[0] else high if high >= sizes[0] else None
        if wrong is not None:
            raise IndexError(
                f"index: must lie in [{-sizes[0]}, {sizes[0] - 1}] in dimension {dim} of size {sizes[0]}, got {wrong} "
                f"for shape {shape}; indices count from 0, or from -1 backwards"
            )
        dim += len(sizes)
    raise IndexError(f"index: index tensors must broadcast with each other, got shapes {arrays}; reshape one of them")


def _refuse_slice(index):
    """Say which end of a slice is no integer."""
    for item in index if type(index) is tuple else (index,):
        for end in (item.start, item.stop, item.step) if type(item) is slice else ():
            if end is not None and not hasattr(end, "__index__"):
                raise TypeError(f"index: slices must have integers or None as ends, got {end!r:.60}; convert it with int()") from None


def getitem(input: Tensor, index: Any) -> Tensor:
    """input[index], PyTorch's indexing: a view for integers, slices, None and Ellipsis, a copy for index tensors and masks.

    Args:
        input: Tensor.
        index: integers, slices with positive steps, None, Ellipsis, integer tensors or lists, bool masks; several in a
            tuple.

    Raises:
        IndexError: an index out of range, a mask of another shape, too many indices; the values and sizes are named.
        ValueError: a slice with a negative step.
        TypeError: a slice whose ends are no integers.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.tensor([[1, 2, 3], [4, 5, 6]])
        >>> x[1], x[:, -1], x[x > 4], x[[0, 1, 1], 0]
        (tensor([4, 5, 6]), tensor([3, 6]), tensor([5, 6]), tensor([1, 4, 4]))
    """
    return _get(input, index)


def _get(input, index):
    try:
        basic, advanced, arrays = _read(input, index)
        return Index.apply(input, *arrays, basic=basic, advanced=advanced)
    except IndexError:
        _refuse(input, index)
    except TypeError:
        _refuse_slice(index)
        raise


def setitem(input: Tensor, index: Any, value: Any) -> None:
    """input[index] = value, in place: recorded where a gradient will be wanted, so that backward reaches value.

    Args:
        input: Tensor, itself written.
        index: as for reading.
        value: Tensor, array or number that broadcasts to what the index selects; cast to the input's dtype.

    Raises:
        RuntimeError: shapes that do not fit; a leaf that requires grad, outside no_grad.
        IndexError: as for reading.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.tensor([1.0, 2.0], requires_grad=True)
        >>> y = tinyreg.zeros(3)
        >>> y[1:] = w * 2
        >>> y.sum().backward()
        >>> y.detach(), w.grad
        (tensor([0., 2., 4.]), tensor([2., 2.]))
    """
    value, base = as_operand("index", value), input.base
    value = value if isinstance(value, Tensor) else in_dtype("index", value, input.array.dtype)
    try:
        basic, advanced, arrays = _read(input, index)
        if mode.enabled and (
            input._requires_grad or (base is not None and base._requires_grad) or (isinstance(value, Tensor) and value._requires_grad)
        ):
            value = cast(value, input.array.dtype) if isinstance(value, Tensor) else value
            write(input, IndexPut.apply(input, value, *arrays, basic=basic, advanced=advanced), "index")
            return
        array = input.array
        if is_expanded(array) or not getattr(array.flags, "writeable", True):
            raise RuntimeError(
                f"index: the tensor must own each of its elements, got shape {tuple(array.shape)} with strides "
                f"{tuple(array.strides)}, expanded or read-only; .clone() it first"
            )
        _put(array, value.array if isinstance(value, Tensor) else value, basic, advanced, arrays)
        stamp(input)
    except IndexError:
        _refuse(input, index)
    except TypeError:
        _refuse_slice(index)
        raise
    except ValueError:
        shape = _get(input.detach(), index).array.shape
        raise RuntimeError(
            f"index: the value must broadcast to the shape {tuple(shape)} of what the index selects, got "
            f"{tuple(value.array.shape) if isinstance(value, Tensor) else ()}; reshape it"
        ) from None


def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """The elements of input where mask holds, in one dimension.

    Args:
        input: Tensor.
        mask: bool Tensor; the two shapes broadcast with each other.

    Raises:
        RuntimeError: mask is not bool; shapes that cannot be broadcast.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.tensor([[1, 2], [3, 4]])
        >>> tinyreg.masked_select(x, x > 2)
        tensor([3, 4])
    """
    check_tensor("masked_select", input)
    check_tensor("masked_select", mask, "mask")
    if mask.array.dtype != bool:
        raise RuntimeError(f"masked_select: mask must be bool, got dtype {mask.array.dtype}; compare, or convert with .bool()")
    input, mask = broadcast_tensors(input, mask)
    return _get(input, mask)


def take(input: Tensor, index: Tensor) -> Tensor:
    """The elements at these places of the input, counted in row-major order.

    Args:
        input: Tensor.
        index: int64 Tensor, each in [-n, n - 1] for n elements; the result has its shape.

    Raises:
        IndexError: an index out of range.
        RuntimeError: another dtype of index.

    Example:
        >>> import tinyreg
        >>> tinyreg.take(tinyreg.tensor([[1, 2], [3, 4]]), tinyreg.tensor([0, -1]))
        tensor([1, 4])
    """
    check_tensor("take", input)
    check_tensor("take", index, "index")
    if index.array.dtype != int64:
        raise RuntimeError(f"take: index must be int64, got dtype {index.array.dtype}; convert with .long()")
    return _get(ravel(input), index.reshape(-1)).reshape(index.array.shape)
