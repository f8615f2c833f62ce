"""cat stack split chunk unbind narrow: tensors put together and cut apart.

Each is the other's adjoint:

    cat       grad of each piece = its part of grad_y            split     grad_x = the pieces' gradients, joined
    stack     grad of each layer = its layer of grad_y           unbind    grad_x = the layers' gradients, stacked
"""

from collections.abc import Sequence
from itertools import accumulate

from ..autograd import ArrayFunction, Tensor
from ..backend import get_array_module
from ..types import Sizes
from .axis import along
from .broadcasting import cast, result_type
from .dimension import dimension, integer, integers
from .floating import check_tensor
from .indexing import getitem
from .shaping import unsqueeze, view


class Cat(ArrayFunction):
    """y = (x_1, x_2, ...) side by side along an axis; grad_x_k is the k-th part of grad_y."""

    @staticmethod
    def forward(ctx, *xs, axis):
        ctx.axis, ctx.ends = axis, list(accumulate([x.shape[axis] for x in xs]))
        return get_array_module(xs[0]).concatenate(xs, axis=axis)

    @staticmethod
    def backward(ctx, grad_y):
        starts = [0, *ctx.ends]
        return tuple(
            grad_y[along(ctx.axis, slice(start, end))] if needed else None
            for start, end, needed in zip(starts, ctx.ends, ctx.needs_input_grad)
        )


class Stack(ArrayFunction):
    """y_k = x_k, k a new axis; grad_x_k is the k-th layer of grad_y."""

    @staticmethod
    def forward(ctx, *xs, axis):
        ctx.axis = axis
        return get_array_module(xs[0]).stack(xs, axis=axis)

    @staticmethod
    def backward(ctx, grad_y):
        layer = along(ctx.axis, slice(None))[:-1]
        return tuple(grad_y[(*layer, k, ...)] if needed else None for k, needed in enumerate(ctx.needs_input_grad))


def _sequence(who, tensors):
    """The tensors in one dtype."""
    if not isinstance(tensors, (tuple, list)):
        raise TypeError(f"{who}: tensors must be a list or tuple of Tensors, got {type(tensors).__name__}; put them into brackets")
    tensors = tuple(tensors)
    for tensor in tensors:
        check_tensor(who, tensor, "each of tensors")
    if not tensors:
        error = ValueError if who == "cat" else RuntimeError  # as PyTorch
        raise error(f"{who}: tensors must not be empty, got {tensors}; there is nothing to join")
    dtype = tensors[0].array.dtype
    for tensor in tensors:
        if tensor.array.dtype != dtype:
            dtype = result_type(*tensors)
            return [cast(tensor, dtype) for tensor in tensors]
    return tensors


def cat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """The tensors side by side along dim.

    Args:
        tensors: a list or tuple of Tensors, of equal sizes in all dimensions but dim; different dtypes are promoted.
            Tensors of shape (0,) are left out, as in PyTorch.
        dim: along which they are joined.

    Raises:
        ValueError: nothing to join.
        RuntimeError: shapes that do not fit, which are named.
        IndexError: the tensors have no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.cat([tinyreg.zeros(2, 3), tinyreg.ones(1, 3)], dim=0).shape
        Size([3, 3])
    """
    tensors = _sequence("cat", tensors)
    shape = next((tensor.array.shape for tensor in tensors if tensor.array.shape != (0,)), None)
    if shape is None:
        return Cat.apply(*tensors, axis=0)
    if not shape:
        raise RuntimeError("cat: tensors must have at least 1 dimension, got a 0-d tensor; use stack")
    axis = dimension("cat", dim, len(shape))
    nothing = (*shape[:axis], 0, *shape[axis + 1 :])
    tensors = [tensor if tensor.array.shape != (0,) else tensor.reshape(nothing) for tensor in tensors]
    try:
        return Cat.apply(*tensors, axis=axis)
    except (ValueError, IndexError):
        rest = shape[:axis], shape[axis + 1 :]
        shapes = enumerate(tensor.array.shape for tensor in tensors)
        i, other = next((i, other) for i, other in shapes if (other[:axis], other[axis + 1 :]) != rest or len(other) != len(shape))
        raise RuntimeError(
            f"cat: shapes must be equal except in dimension {axis}, got {tuple(shape)} and, at position {i}, {tuple(other)}; "
            "choose another dim, or reshape"
        ) from None


def stack(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """The tensors, all of one shape, as layers of a new dimension dim.

    Args:
        tensors: a list or tuple of Tensors of one shape; different dtypes are promoted.
        dim: where the new dimension stands in the result.

    Raises:
        RuntimeError: nothing to join; shapes that differ, which are named.
        IndexError: dim lies outside.

    Example:
        >>> import tinyreg
        >>> tinyreg.stack([tinyreg.tensor([1, 2]), tinyreg.tensor([3, 4])], dim=1)
        tensor([[1, 3],
                [2, 4]])
    """
    tensors = _sequence("stack", tensors)
    shape = tensors[0].array.shape
    for i, tensor in enumerate(tensors):
        if tensor.array.shape != shape:
            raise RuntimeError(
                f"stack: shapes must be equal, got {tuple(shape)} and, at position {i}, {tuple(tensor.array.shape)}; "
                "reshape or pad, or use cat"
            )
    return Stack.apply(*tensors, axis=dimension("stack", dim, len(shape), new=1))


def _columns(tensors, dims, who):
    """The tensors with at least so many dimensions: sizes of 1 on the left, and for a third one on the right."""
    tensors = _sequence(who, tensors)
    if dims > 1:
        tensors = [view(x, 1, -1) if x.array.ndim < 2 else x for x in tensors]
    return [view(x, 1) if x.array.ndim == 0 else unsqueeze(x, 2) if dims == 3 and x.array.ndim == 2 else x for x in tensors]


def hstack(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors side by side along the columns: cat along dimension 1, vectors along their only one.

    Args:
        tensors: a list or tuple of Tensors that fit; different dtypes are promoted.

    Raises:
        RuntimeError: nothing to join; shapes that do not fit, which are named.

    Example:
        >>> import tinyreg
        >>> tinyreg.hstack([tinyreg.tensor([1, 2]), tinyreg.tensor([3])])
        tensor([1, 2, 3])
    """
    tensors = _columns(tensors, 1, "hstack")
    return cat(tensors, 0 if tensors[0].array.ndim == 1 else 1)


def vstack(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors below each other: cat along dimension 0, a vector counts as one row.

    Args:
        tensors: a list or tuple of Tensors that fit; different dtypes are promoted.

    Raises:
        RuntimeError: nothing to join; shapes that do not fit, which are named.

    Example:
        >>> import tinyreg
        >>> tinyreg.vstack([tinyreg.tensor([1, 2]), tinyreg.tensor([3, 4])])
        tensor([[1, 2],
                [3, 4]])
    """
    return cat(_columns(tensors, 2, "vstack"), 0)


def dstack(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors behind each other: cat along dimension 2, a vector of size N counts as (1, N, 1), a matrix as (M, N, 1).

    Args:
        tensors: a list or tuple of Tensors that fit; different dtypes are promoted.

    Raises:
        RuntimeError: nothing to join; shapes that do not fit, which are named.

    Example:
        >>> import tinyreg
        >>> tinyreg.dstack([tinyreg.tensor([1, 2]), tinyreg.tensor([3, 4])])
        tensor([[[1, 3],
                 [2, 4]]])
    """
    return cat(_columns(tensors, 3, "dstack"), 2)


class Split(ArrayFunction):
    """y_1, y_2, ... = the parts of x along an axis; grad_x is their gradients, joined."""

    view = True

    @staticmethod
    def forward(ctx, x, *, axis, sizes):
        ctx.axis = axis
        ends = list(accumulate(sizes))
        return tuple([x[along(axis, slice(end - size, end))] for size, end in zip(sizes, ends)])

    @staticmethod
    def backward(ctx, *grads):
        return (get_array_module(grads[0]).concatenate(grads, axis=ctx.axis),)


class Unbind(ArrayFunction):
    """y_k = the k-th layer of x; grad_x is their gradients, stacked."""

    view = True

    @staticmethod
    def forward(ctx, x, *, axis):
        ctx.axis = axis
        return tuple([x[(*along(axis, k), ...)] for k in range(x.shape[axis])])

    @staticmethod
    def backward(ctx, *grads):
        return (get_array_module(grads[0]).stack(grads, axis=ctx.axis),)


def _cut(who, input, dim):
    """The axis along which a tensor is cut, and its size."""
    check_tensor(who, input)
    if input.array.ndim == 0:
        error = IndexError if who in ("unbind", "select") else RuntimeError  # as PyTorch
        raise error(f"{who}: the input must have at least 1 dimension, got a 0-d tensor; there is nothing to cut")
    axis = dimension(who, dim, input.array.ndim)
    return axis, input.array.shape[axis]


def split(
    tensor: Tensor, split_size_or_sections: int | Sequence[int] | None = None, dim: int = 0, *,
    split_size: int | Sequence[int] | None = None,
) -> tuple[Tensor, ...]:  # fmt: skip
    """The tensor cut along dim, into parts of one size (the last may be smaller) or of the sizes in a list: views.

    Args:
        tensor: Tensor of at least 1 dimension.
        split_size_or_sections, split_size: the size of each part, at least 1, or a list of the sizes of all parts.
        dim: the dimension that is cut.

    Raises:
        RuntimeError: the sizes are negative, or do not add up to the tensor's.
        IndexError: the tensor has no such dimension.

    Example:
        >>> import tinyreg
        >>> [part.tolist() for part in tinyreg.split(tinyreg.arange(5), 2)]
        [[0, 1], [2, 3], [4]]
    """
    axis, size = _cut("split", tensor, dim)
    split_size_or_sections = split_size_or_sections if split_size is None else split_size
    if isinstance(split_size_or_sections, (tuple, list)):
        sizes = integers("split", (split_size_or_sections,), name="sections")
        if sum(sizes) != size or min(sizes, default=0) < 0:
            raise RuntimeError(f"split: the sections must add up to the size {size} of dimension {axis}, got {sizes}; change one of them")
    else:
        step = integer("split", split_size=split_size_or_sections)
        if step < 0 or step == 0 < size:
            raise RuntimeError(f"split: split_size must be positive, got {step} for size {size}; it is the size of each part")
        sizes = tuple([min(step, size - start) for start in range(0, size, step)] if size else [0])
    return Split.apply(tensor, axis=axis, sizes=sizes)


def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """The tensor cut along dim into at most `chunks` parts of one size (the last may be smaller): views.

    Args:
        input: Tensor.
        chunks: the number of parts, at least 1; where it exceeds the size, as many parts of 1 as there are.
        dim: the dimension that is cut.

    Raises:
        RuntimeError: chunks is not positive.
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> [part.tolist() for part in tinyreg.chunk(tinyreg.arange(5), 2)]
        [[0, 1, 2], [3, 4]]
    """
    axis, size = _cut("chunk", input, dim)
    chunks = integer("chunk", chunks=chunks)
    if chunks < 1:
        raise RuntimeError(f"chunk: chunks must be positive, got {chunks}; it is the number of parts")
    if size == 0:
        return Split.apply(input, axis=axis, sizes=(0,) * chunks)
    return split(input, -(-size // chunks), axis)


def tensor_split(input: Tensor, indices_or_sections: Sizes | Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """The tensor cut along dim into so many parts, the first ones larger by 1 if need be, or at each of the positions in a list.

    Args:
        input: Tensor of at least 1 dimension.
        indices_or_sections: the number of parts, at least 1; or a list or 1-d Tensor of positions, as in slices: those
            outside are moved to the ends, and one that lies before the last gives an empty part.
        dim: the dimension that is cut.

    Raises:
        RuntimeError: not at least one part.
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> [part.tolist() for part in tinyreg.tensor_split(tinyreg.arange(5), 2)]
        [[0, 1, 2], [3, 4]]
        >>> [part.tolist() for part in tinyreg.tensor_split(tinyreg.arange(5), (1, 3))]
        [[0], [1, 2], [3, 4]]
    """
    axis, size = _cut("tensor_split", input, dim)
    cuts = indices_or_sections.tolist() if isinstance(indices_or_sections, Tensor) else indices_or_sections
    if isinstance(cuts, (tuple, list)):
        at = integers("tensor_split", (cuts,), name="indices_or_sections")
    else:
        parts = integer("tensor_split", indices_or_sections=cuts)
        if parts < 1:
            raise RuntimeError(f"tensor_split: the number of parts must be positive, got {parts}; a tuple names positions instead")
        at = [k * (size // parts) + min(k, size % parts) for k in range(1, parts)]
    return tuple([getitem(input, along(axis, slice(start, end))) for start, end in zip([0, *at], [*at, size])])


def narrow(input: Tensor, dim: int, start: int | Tensor, length: int) -> Tensor:
    """The part of the tensor from start, of this length, along dim: a view.

    Args:
        input: Tensor of at least 1 dimension.
        dim: the dimension that is cut.
        start: the first position, from 0, or from -1 backwards; an integer or a 0-d integer Tensor.
        length: how many positions, at least 0.

    Raises:
        IndexError: input has no such dimension or position.
        RuntimeError: a negative length, or one that leads out of the tensor; start is a tensor of something else.

    Example:
        >>> import tinyreg
        >>> tinyreg.narrow(tinyreg.arange(5), 0, 1, 3)
        tensor([1, 2, 3])
    """
    axis, size = _cut("narrow", input, dim)
    if isinstance(start, Tensor) and (start.array.ndim or start.array.dtype.kind not in "iu"):
        got = f"shape {tuple(start.array.shape)} and dtype {start.array.dtype}"
        raise RuntimeError(f"narrow: start must be an integer or a 0-d tensor of one, got {got}; take start.item()")
    first, count = integer("narrow", start=start), integer("narrow", length=length)
    if not -size <= first <= size:
        raise IndexError(f"narrow: start must lie in [{-size}, {size}] for dimension {axis} of size {size}, got {first}; choose another")
    first += size if first < 0 else 0
    if count < 0 or first + count > size:
        raise RuntimeError(
            f"narrow: length must be at least 0 and start + length at most {size}, the size of dimension {axis}, "
            f"got start={first} and length={count}; take less"
        )
    return getitem(input, along(axis, slice(first, first + count)))


def select(input: Tensor, dim: int, index: int | Tensor) -> Tensor:
    """One layer of the tensor along dim, without that dimension: a view.

    Args:
        input: Tensor of at least 1 dimension.
        dim: the dimension that goes.
        index: the layer, from 0, or from -1 backwards; an integer or a 0-d integer Tensor.

    Raises:
        IndexError: input has no such dimension or layer.

    Example:
        >>> import tinyreg
        >>> tinyreg.select(tinyreg.tensor([[1, 2], [3, 4]]), 1, -1)
        tensor([2, 4])
    """
    axis, _ = _cut("select", input, dim)
    return getitem(input, along(axis, integer("select", index=index)))


def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """The layers of the tensor along dim, without it: a tuple of views.

    Args:
        input: Tensor of at least 1 dimension.
        dim: the dimension that goes.

    Raises:
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.unbind(tinyreg.tensor([[1, 2], [3, 4]]))
        (tensor([1, 2]), tensor([3, 4]))
    """
    axis, _ = _cut("unbind", input, dim)
    return Unbind.apply(input, axis=axis)
