"""Reshaping and joining: no arithmetic, so each backward is the same rearrangement the other way."""

import math
import operator

from ..autograd import ArrayFunction, Tensor
from ..autograd.function import sum_to
from ..backend import get_array_module
from .broadcasting import cast, result_type


def normalize_dim(who, dim, ndim):
    """A dimension counted from the front; 0-d tensors have the dimensions 0 and -1, as in PyTorch."""
    dim = operator.index(dim)
    n = max(ndim, 1)
    if not -n <= dim < n:
        raise IndexError(f"{who}: dim must lie in [{-n}, {n - 1}] for a tensor of {ndim} dimensions, got {dim}; count from 0 or back from -1")
    return dim % n


def normalize_dims(who, dim, ndim):
    """Dimensions counted from the front, as a sorted tuple without repetition; None is all of them."""
    if dim is None:
        return tuple(range(ndim))
    dims = [normalize_dim(who, d, ndim) for d in (dim if isinstance(dim, (tuple, list)) else (dim,))]
    if len(set(dims)) < len(dims):
        raise RuntimeError(f"{who}: each dim must appear once, got {dim}; leave the repetition out")
    return tuple(sorted(d for d in dims if d < ndim))


def sizes(size):
    """The sizes from view(2, 3), view((2, 3)) or view(Size)."""
    return tuple(size[0]) if len(size) == 1 and isinstance(size[0], (tuple, list)) else tuple(operator.index(n) for n in size)


class ReshapeFunction(ArrayFunction):
    """y = x in another shape, elements in row-major order; the gradient goes back to x's shape."""

    view = True

    @staticmethod
    def forward(ctx, x, *, shape):
        ctx.before = x.shape
        return x.reshape(shape)

    @staticmethod
    def backward(ctx, grad_y):
        return (grad_y.reshape(ctx.before),)


def _reshape(who, input, shape):
    count = input.array.size
    known = math.prod(n for n in shape if n != -1)
    if shape.count(-1) > 1 or any(n < -1 for n in shape):
        raise RuntimeError(f"{who}: sizes must be non-negative with at most one -1, got {shape}; -1 stands for what is left")
    fits = known == count if -1 not in shape else known != 0 and count % known == 0
    if not fits:
        raise RuntimeError(
            f"{who}: the new shape must hold the same number of elements, got {shape} for shape {tuple(input.array.shape)} "
            f"({count} elements); -1 stands for what is left"
        )
    return ReshapeFunction.apply(input, shape=shape)


def reshape(input, *shape):
    """The same elements, in row-major order, in another shape; one size may be -1: what is left.

    Example:
        >>> import tinyreg
        >>> tinyreg.arange(6).reshape(2, -1)
        tensor([[0, 1, 2],
                [3, 4, 5]])
    """
    return _reshape("reshape", input, sizes(shape))


def view(input, *shape):
    """The same as reshape: a view of the memory where its strides allow, else a copy; or, given a dtype, a conversion."""
    return _reshape("view", input, sizes(shape))


def view_as(input, other):
    """input in the shape of other."""
    return _reshape("view_as", input, tuple(other.array.shape))


def flatten(input, start_dim=0, end_dim=-1):
    """Join the dimensions from start_dim to end_dim into one."""
    shape = input.array.shape
    first, last = (normalize_dim("flatten", d, len(shape)) for d in (start_dim, end_dim))
    if first > last:
        raise RuntimeError(f"flatten: start_dim must not come after end_dim, got start_dim={start_dim}, end_dim={end_dim}; swap them")
    return ReshapeFunction.apply(input, shape=(*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :]))


def squeeze(input, dim=None):
    """Without its dimensions of size 1: all of them, or those named."""
    shape = input.array.shape
    dims = normalize_dims("squeeze", dim, len(shape))
    return ReshapeFunction.apply(input, shape=tuple(n for i, n in enumerate(shape) if i not in dims or n != 1))


def unsqueeze(input, dim):
    """With a new dimension of size 1 at this place."""
    shape = input.array.shape
    dim = normalize_dim("unsqueeze", dim, len(shape) + 1)
    return ReshapeFunction.apply(input, shape=(*shape[:dim], 1, *shape[dim:]))


class PermuteFunction(ArrayFunction):
    """y = x with its dimensions in another order; the gradient takes the inverse order."""

    view = True

    @staticmethod
    def forward(ctx, x, *, dims):
        ctx.inverse = tuple(dims.index(i) for i in range(len(dims)))
        return x.transpose(dims)

    @staticmethod
    def backward(ctx, grad_y):
        return (grad_y.transpose(ctx.inverse),)


def permute(input, *dims):
    """The dimensions in another order."""
    dims = sizes(dims)
    ndim = input.array.ndim
    if len(dims) != ndim:
        raise RuntimeError(f"permute: dims must name each of the {ndim} dimensions, got {dims} for shape {tuple(input.array.shape)}; name each once")
    order = tuple(normalize_dim("permute", d, ndim) for d in dims)
    if len(set(order)) < ndim:
        raise RuntimeError(f"permute: dims must name each dimension once, got {dims}; leave the repetition out")
    return PermuteFunction.apply(input, dims=order)


def transpose(input, dim0, dim1):
    """Two dimensions exchanged."""
    ndim = input.array.ndim
    a, b = (normalize_dim("transpose", d, ndim) for d in (dim0, dim1))
    order = list(range(ndim))
    if ndim:
        order[a], order[b] = b, a
    return PermuteFunction.apply(input, dims=tuple(order))


def t(input):
    """A matrix transposed; a vector or a 0-d tensor itself."""
    ndim = input.array.ndim
    if ndim > 2:
        raise RuntimeError(f"t: a tensor of at most 2 dimensions is transposed, got shape {tuple(input.array.shape)}; use transpose(dim0, dim1)")
    return PermuteFunction.apply(input, dims=tuple(reversed(range(ndim))))


def T(input):
    """All dimensions in reversed order."""
    return PermuteFunction.apply(input, dims=tuple(reversed(range(input.array.ndim))))


def mT(input):
    """The last two dimensions exchanged."""
    return transpose(input, -2, -1)


class ExpandFunction(ArrayFunction):
    """y = x repeated along dimensions of size 1, without copying; the adjoint of repeating is summing."""

    view = True

    @staticmethod
    def forward(ctx, x, *, shape):
        ctx.before = x.shape
        return get_array_module(x).broadcast_to(x, shape)

    @staticmethod
    def backward(ctx, grad_y):
        return (sum_to(grad_y, ctx.before),)


def expand(input, *shape):
    """Dimensions of size 1 repeated to these sizes, new ones in front, -1 unchanged; no memory is copied."""
    return _expand("expand", input, sizes(shape))


def expand_as(input, other):
    """input expanded to the shape of other."""
    return _expand("expand_as", input, tuple(other.array.shape))


def broadcast_to(input, shape):
    """The same as expand."""
    return _expand("broadcast_to", input, tuple(shape))


def _expand(who, input, shape):
    before = tuple(input.array.shape)
    extra = len(shape) - len(before)
    wanted = tuple(before[i - extra] if n == -1 and i >= extra else n for i, n in enumerate(shape))
    if extra < 0 or any(n < 0 for n in wanted) or any(a not in (1, b) for a, b in zip(before, wanted[extra:])):
        raise RuntimeError(f"{who}: only dimensions of size 1 can be repeated, got {shape} for shape {before}; unsqueeze first, or reshape")
    return ExpandFunction.apply(input, shape=wanted)


class CatFunction(ArrayFunction):
    """y = the inputs one after the other; each takes back its stretch of the gradient."""

    @staticmethod
    def forward(ctx, *arrays, dim):
        ctx.dim, ctx.lengths = dim, [x.shape[dim] for x in arrays]
        return get_array_module(arrays[0]).concatenate(arrays, axis=dim)

    @staticmethod
    def backward(ctx, grad_y):
        grads, start = [], 0
        for length in ctx.lengths:
            grads.append(grad_y[(slice(None),) * ctx.dim + (slice(start, start + length),)])
            start += length
        return tuple(grads)


def _joined(who, tensors):
    tensors = list(tensors)
    if not tensors:
        raise RuntimeError(f"{who}: there must be a tensor, got an empty list; pass the tensors to join")
    for x in tensors:
        if not isinstance(x, Tensor):
            raise TypeError(f"{who}: must get Tensors, got {type(x).__name__}; wrap it with tinyreg.tensor")
    dtype = result_type(*tensors)
    return [cast(x, dtype) for x in tensors]


def cat(tensors, dim=0):
    """Tensors joined along a dimension; the other dimensions must agree.

    Example:
        >>> import tinyreg
        >>> tinyreg.cat([tinyreg.zeros(2), tinyreg.ones(1)])
        tensor([0., 0., 1.])
    """
    tensors = _joined("cat", tensors)
    kept = [x for x in tensors if x.array.shape != (0,)] or tensors  # PyTorch lets empty vectors join anything
    shapes = [tuple(x.array.shape) for x in kept]
    if shapes[0] == ():
        raise RuntimeError("cat: tensors must have a dimension, got shape (); use stack")
    dim = normalize_dim("cat", dim, len(shapes[0]))
    others = {shape[:dim] + shape[dim + 1 :] if len(shape) == len(shapes[0]) else shape for shape in shapes}
    if len(others) > 1:
        raise RuntimeError(f"cat: shapes must agree but for dimension {dim}, got {' and '.join(map(str, dict.fromkeys(shapes)))}; crop, pad or reshape")
    return CatFunction.apply(*kept, dim=dim)


def stack(tensors, dim=0):
    """Tensors of one shape along a new dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.stack([tinyreg.zeros(2), tinyreg.ones(2)])
        tensor([[0., 0.],
                [1., 1.]])
    """
    tensors = _joined("stack", tensors)
    shapes = list(dict.fromkeys(tuple(x.array.shape) for x in tensors))
    if len(shapes) > 1:
        raise RuntimeError(f"stack: shapes must be equal, got {shapes[0]} and {shapes[1]}; use cat, or reshape")
    return CatFunction.apply(*(unsqueeze(x, dim) for x in tensors), dim=normalize_dim("stack", dim, len(shapes[0]) + 1))


def split(tensor, split_size_or_sections, dim=0):
    """Consecutive pieces along a dimension: of one length (the last may be shorter), or of the lengths in a list."""
    dim = normalize_dim("split", dim, tensor.array.ndim)
    length = tensor.array.shape[dim]
    sections = split_size_or_sections
    if isinstance(sections, int):
        if sections <= 0:
            raise RuntimeError(f"split: the size of a piece must be positive, got {sections}; 1 is the smallest")
        sections = [min(sections, length - i) for i in range(0, max(length, 1), sections)]
    if sum(sections) != length:
        raise RuntimeError(f"split: sections must sum to the length {length} of dimension {dim}, got {list(sections)}; change them")
    starts = [sum(sections[:i]) for i in range(len(sections))]
    return tuple(tensor[(slice(None),) * dim + (slice(a, a + n),)] for a, n in zip(starts, sections))


def chunk(input, chunks, dim=0):
    """At most this many pieces of equal length along a dimension (the last may be shorter)."""
    if chunks <= 0:
        raise RuntimeError(f"chunk: chunks must be positive, got {chunks}; 1 is the smallest")
    dim = normalize_dim("chunk", dim, input.array.ndim)
    return split(input, max(-(-input.array.shape[dim] // chunks), 1), dim)


def unbind(input, dim=0):
    """The slices along a dimension, as a tuple."""
    dim = normalize_dim("unbind", dim, input.array.ndim)
    return tuple(input[(slice(None),) * dim + (i,)] for i in range(input.array.shape[dim]))


def contiguous(input):
    """Itself where its memory is in row-major order, else a copy that is."""
    if input.array.flags.c_contiguous:
        return input
    return ContiguousFunction.apply(input)


class ContiguousFunction(ArrayFunction):
    """y = x in row-major memory; grad_x = grad_y."""

    @staticmethod
    def forward(ctx, x):
        return get_array_module(x).ascontiguousarray(x)

    @staticmethod
    def backward(ctx, grad_y):
        return (grad_y,)


class PadFunction(ArrayFunction):
    """y = x with constants around it; the adjoint of padding is cropping (and of cropping, padding with zeros)."""

    @staticmethod
    def forward(ctx, x, *, pads, value):
        ctx.before = x.shape
        inner = [(max(-a, 0), n - max(-b, 0)) for (a, b), n in zip(pads, x.shape)]
        ctx.source = tuple(slice(a, b) for a, b in inner)
        ctx.target = tuple(slice(max(a, 0), max(a, 0) + stop - start) for (a, _), (start, stop) in zip(pads, inner))
        y = get_array_module(x).full([n + a + b for n, (a, b) in zip(x.shape, pads)], value, dtype=x.dtype)
        y[ctx.target] = x[ctx.source]
        return y

    @staticmethod
    def backward(ctx, grad_y):
        grad_x = get_array_module(grad_y).zeros(ctx.before, dtype=grad_y.dtype)
        grad_x[ctx.source] = grad_y[ctx.target]
        return (grad_x,)


def pad(input, pad, mode="constant", value=None):
    """Constants before and after the elements of the last dimensions.

    Args:
        pad: (before, after) of the last dimension, then of the one before it, ...; negative numbers crop.
        mode: 'constant'.
        value: the constant, 0 if None.
    """
    shape = tuple(input.array.shape)
    pad = tuple(pad)
    if mode != "constant":
        raise NotImplementedError(f"pad: mode must be 'constant', got {mode!r}; pad with a constant, or join slices with cat")
    if len(pad) % 2 or len(pad) > 2 * len(shape):
        raise RuntimeError(f"pad: pad must hold two numbers for each of the last dimensions, got {pad} for shape {shape}; the last dimension comes first")
    pads = [(0, 0)] * (len(shape) - len(pad) // 2) + [(pad[i], pad[i + 1]) for i in range(len(pad) - 2, -1, -2)]
    if any(n + a + b < 0 or n + min(a, 0) + min(b, 0) < 0 for n, (a, b) in zip(shape, pads)):
        raise RuntimeError(f"pad: no size may become negative, got {pad} for shape {shape}; crop less")
    return PadFunction.apply(input, pads=pads, value=0 if value is None else value)
