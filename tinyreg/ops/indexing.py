"""x[index] and x[index] = value.

Taking elements is linear; its adjoint puts each gradient back where its element came from. Slices are disjoint, so they
are written; integer arrays may name an element twice, so its gradients are added.
"""

import operator

from ..autograd import ArrayFunction, Tensor
from ..autograd.in_place import write
from ..autograd.tensor import wrap
from ..backend import get_array_module, is_array


def raw_index(index, array):
    """An index with Tensors and lists as raw arrays."""
    xp = get_array_module(array)

    def raw(part):
        if isinstance(part, Tensor):
            return part.array if part.array.ndim or part.array.dtype.kind == "b" else operator.index(part)
        if isinstance(part, (list, range)):
            part = xp.asarray([operator.index(x) if isinstance(x, Tensor) else x for x in part])
            return part.astype("int64") if part.size == 0 else part
        return part

    return tuple(raw(part) for part in index) if isinstance(index, tuple) else raw(index)


def _is_basic(index):
    return not any(is_array(part) or isinstance(part, bool) for part in (index if isinstance(index, tuple) else (index,)))


class GetItemFunction(ArrayFunction):
    """y = x[index]; grad_x is 0 but for grad_x[index] = grad_y (summed where the index repeats)."""

    view = True

    @staticmethod
    def forward(ctx, x, *, index):
        ctx.before, ctx.index = x.shape, index
        return x[index]

    @staticmethod
    def backward(ctx, grad_y):
        xp = get_array_module(grad_y)
        grad_x = xp.zeros(ctx.before, dtype=grad_y.dtype)
        if _is_basic(ctx.index):
            grad_x[ctx.index] = grad_y
        else:
            xp.add.at(grad_x, ctx.index, grad_y)
        return (grad_x,)


def getitem(input, index):
    """The elements that an index names: integers, slices, None, ..., integer arrays, bool masks."""
    index = raw_index(index, input.array)
    try:
        return GetItemFunction.apply(input, index=index)
    except IndexError as error:
        raise IndexError(f"index: must lie inside shape {tuple(input.array.shape)}, got {_show(index)}: {error}; count from 0 or back from -1") from None


def _show(index):
    return repr(index.tolist() if is_array(index) else index)[:80]


class SetItemFunction(ArrayFunction):
    """y = x but for y[index] = value: x's gradient is 0 there, value's is what stood there."""

    @staticmethod
    def forward(ctx, x, value, *, index):
        ctx.index, ctx.value_shape = index, getattr(value, "shape", ())
        y = x.copy()
        y[index] = value
        return y

    @staticmethod
    def backward(ctx, grad_y):
        grad_x = grad_y.copy()
        grad_x[ctx.index] = 0
        picked = grad_y[ctx.index]
        extra = picked.ndim - len(ctx.value_shape)
        stretched = tuple(range(extra)) + tuple(extra + i for i, n in enumerate(ctx.value_shape) if n == 1)
        return grad_x, picked.sum(axis=stretched, keepdims=True).reshape(ctx.value_shape) if ctx.needs_input_grad[1] else None


def setitem(input, index, value):
    """Write a value, broadcast, into the elements that an index names."""
    index = raw_index(index, input.array)
    if isinstance(value, Tensor):
        if value.array.dtype != input.array.dtype:
            value = value.to(input.array.dtype)
    elif not is_array(value) and not isinstance(value, (bool, int, float)):
        value = wrap(get_array_module(input.array).asarray(value, dtype=input.array.dtype))
    try:
        result = SetItemFunction.apply(input, value, index=index)
    except IndexError as error:
        raise IndexError(f"index: must lie inside shape {tuple(input.array.shape)}, got {_show(index)}: {error}; count from 0 or back from -1") from None
    except ValueError:
        shape = tuple(getattr(value, "shape", ()))
        raise RuntimeError(
            f"index: the value must broadcast to the elements {tuple(input.array[index].shape)} that are written, got shape {shape}; reshape it"
        ) from None
    write(input, result, "index")
