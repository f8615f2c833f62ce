"""cat stack split chunk unbind pad: tensors put together, cut apart, and framed.

Each is the other's adjoint:

    cat       grad of each piece = its part of grad_y            split     grad_x = the pieces' gradients, joined
    stack     grad of each layer = its layer of grad_y           unbind    grad_x = the layers' gradients, stacked
    pad       grad_x = grad_y without the frame
"""

from itertools import accumulate
from operator import index

from ..autograd import ArrayFunction, Tensor
from ..backend import get_array_module
from .broadcasting import cast, result_type
from .dimension import dimension
from .elementwise import check_tensor
from .number import check_number


def _part(axis, where):
    """The index of what lies at `where` along an axis."""
    return (slice(None),) * axis + (where,)


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
            grad_y[_part(ctx.axis, slice(start, end))] if needed else None
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
        layer = _part(ctx.axis, slice(None))[:-1]
        return tuple(grad_y[(*layer, k, ...)] if needed else None for k, needed in enumerate(ctx.needs_input_grad))


def _sequence(who, tensors):
    """The tensors in one dtype."""
    if isinstance(tensors, Tensor):
        raise TypeError(f"{who}: tensors must be a list or tuple of Tensors, got a single Tensor; put it into brackets")
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


def cat(tensors, dim=0):
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
    if any(tensor.array.shape == (0,) for tensor in tensors):
        tensors = [tensor for tensor in tensors if tensor.array.shape != (0,)] or tensors[:1]
    shape = tensors[0].array.shape
    if not shape:
        raise RuntimeError("cat: tensors must have at least 1 dimension, got a 0-d tensor; use stack")
    axis = dimension("cat", dim, len(shape))
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


def stack(tensors, dim=0):
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


class Split(ArrayFunction):
    """y_1, y_2, ... = the parts of x along an axis; grad_x is their gradients, joined."""

    view = True

    @staticmethod
    def forward(ctx, x, *, axis, sizes):
        ctx.axis = axis
        ends = list(accumulate(sizes))
        return tuple([x[_part(axis, slice(end - size, end))] for size, end in zip(sizes, ends)])

    @staticmethod
    def backward(ctx, *grads):
        return (get_array_module(grads[0]).concatenate(grads, axis=ctx.axis),)


class Unbind(ArrayFunction):
    """y_k = the k-th layer of x; grad_x is their gradients, stacked."""

    view = True

    @staticmethod
    def forward(ctx, x, *, axis):
        ctx.axis = axis
        return tuple([x[(*_part(axis, k), ...)] for k in range(x.shape[axis])])

    @staticmethod
    def backward(ctx, *grads):
        return (get_array_module(grads[0]).stack(grads, axis=ctx.axis),)


def _cut(who, input, dim):
    """The axis along which a tensor is cut, and its size."""
    check_tensor(who, input)
    if input.array.ndim == 0:
        error = IndexError if who == "unbind" else RuntimeError  # as PyTorch
        raise error(f"{who}: the input must have at least 1 dimension, got a 0-d tensor; there is nothing to cut")
    axis = dimension(who, dim, input.array.ndim)
    return axis, input.array.shape[axis]


def split(tensor, split_size_or_sections, dim=0):
    """The tensor cut along dim, into parts of one size (the last may be smaller) or of the sizes in a list: views.

    Args:
        tensor: Tensor of at least 1 dimension.
        split_size_or_sections: the size of each part, at least 1, or a list of the sizes of all parts.
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
    if isinstance(split_size_or_sections, (tuple, list)):
        sizes = tuple(split_size_or_sections)
        if sum(sizes) != size or min(sizes, default=0) < 0:
            raise RuntimeError(f"split: the sections must add up to the size {size} of dimension {axis}, got {sizes}; change one of them")
    else:
        step = index(split_size_or_sections)
        if step < 0 or step == 0 < size:
            raise RuntimeError(f"split: split_size must be positive, got {step} for size {size}; it is the size of each part")
        sizes = tuple([min(step, size - start) for start in range(0, size, step)] if size else [0])
    return Split.apply(tensor, axis=axis, sizes=sizes)


def chunk(input, chunks, dim=0):
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
    check_number("chunk", chunks=chunks)
    if chunks < 1:
        raise RuntimeError(f"chunk: chunks must be positive, got {chunks}; it is the number of parts")
    if size == 0:
        return Split.apply(input, axis=axis, sizes=(0,) * chunks)
    return split(input, -(-size // chunks), axis)


def unbind(input, dim=0):
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


class Pad(ArrayFunction):
    """y = x in a frame of constants, cropped where the frame is negative; the adjoint of padding is cropping."""

    @staticmethod
    def forward(ctx, x, *, frame, value):
        # frame: (before, after) for each axis; `taken` of x lands at `placed` in y
        taken = tuple([slice(max(-a, 0), size - max(-b, 0)) for size, (a, b) in zip(x.shape, frame)])
        shape = tuple([size + a + b for size, (a, b) in zip(x.shape, frame)])
        placed = tuple([slice(max(a, 0), size - max(b, 0)) for size, (a, b) in zip(shape, frame)])
        y = get_array_module(x).full_like(x, value, shape=shape)  # in x's order of memory
        y[placed] = x[taken]
        ctx.input_shape, ctx.taken, ctx.placed = x.shape, taken, placed
        return y

    @staticmethod
    def backward(ctx, grad_y):
        inside = grad_y[ctx.placed]
        if inside.shape == ctx.input_shape:
            return (inside,)
        grad_x = get_array_module(grad_y).zeros(ctx.input_shape, grad_y.dtype)
        grad_x[ctx.taken] = inside  # what was cropped away has gradient 0
        return (grad_x,)


def pad(input, pad, mode="constant", value=None):
    """The input in a frame of constants.

    Args:
        input: Tensor.
        pad: (before, after) pairs, the last dimension's first: (left, right) frames the last dimension,
            (left, right, top, bottom) the last two. Negative numbers crop.
        mode: 'constant'.
        value: of the frame, 0 by default.

    Raises:
        RuntimeError: an odd number of entries, more pairs than dimensions, or a size below 0.
        NotImplementedError: another mode.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.functional.pad(tinyreg.tensor([[1, 2]]), (1, 2, 0, 1), value=9)
        tensor([[9, 1, 2, 9, 9],
                [9, 9, 9, 9, 9]])
    """
    check_tensor("pad", input)
    if mode != "constant":
        raise NotImplementedError(f"pad: mode must be 'constant', got {mode!r}; build other frames from cat and flipped slices")
    shape, given = input.array.shape, tuple([index(n) for n in pad])
    if len(given) % 2 or len(given) > 2 * len(shape):
        raise RuntimeError(
            f"pad: pad must hold (before, after) pairs, at most {len(shape)} for shape {tuple(shape)}, got {given}; "
            "the first pair is the last dimension's"
        )
    pairs = list(zip(given[::2], given[1::2]))[::-1]
    frame = ((0, 0),) * (len(shape) - len(pairs)) + tuple(pairs)
    if any(size + a + b < 0 or min(a, b) < -size for size, (a, b) in zip(shape, frame)):
        raise RuntimeError(f"pad: negative pads must leave sizes of at least 0, got pad={given} for shape {tuple(shape)}; crop less")
    return Pad.apply(input, frame=frame, value=0 if value is None else value)
