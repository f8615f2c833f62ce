"""reshape transpose squeeze expand and their relatives: the same elements in another shape.

No number changes, so every derivative is 0 or 1 and backward is the adjoint of the move:

    reshape, view, flatten, squeeze, unsqueeze     reshape back
    transpose, permute, movedim                    permute back
    expand, meshgrid                               sum over what was repeated

Where memory allows, the result is a view: it shows the input's own elements. `view` copies where it does not.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..autograd import ArrayFunction, Tensor
from ..autograd.tensor import Size
from ..backend import get_array_module
from ..types import Dims, DType, Sizes
from .conversion import clone
from .dimension import dimension, dimensions, integers
from .floating import check_tensor


class View(ArrayFunction):
    """y = x in another shape; grad_x = grad_y in x's."""

    view = True

    @staticmethod
    def forward(ctx, x, *, shape):
        ctx.input_shape = x.shape
        return x.reshape(shape)

    @staticmethod
    def backward(ctx, grad_y):
        return (grad_y.reshape(ctx.input_shape),)


def _reshaped(who, input, sizes, named=None):
    check_tensor(who, input)
    sizes = integers(who, sizes, named)
    try:
        if sizes and min(sizes) < -1:
            raise ValueError
        return View.apply(input, shape=sizes)
    except ValueError:
        raise RuntimeError(
            f"{who}: the sizes must hold the input's {input.array.size} elements, got {sizes} for shape {tuple(input.array.shape)}; "
            "their product must be equal, and one of them may be -1 where that determines it"
        ) from None


def reshape(input: Tensor, *sizes: Sizes, shape: Sequence[int] | None = None) -> Tensor:
    """The same elements, in row-major order, in another shape: a view where memory allows, else a copy.

    Args:
        input: Tensor.
        sizes, shape: integers or one tuple of them; one may be -1, it follows from the others.

    Raises:
        RuntimeError: the sizes do not hold the elements.

    Example:
        >>> import tinyreg
        >>> tinyreg.reshape(tinyreg.arange(6), (2, -1)).shape
        Size([2, 3])
    """
    return _reshaped("reshape", input, sizes, shape)


def view(input: Tensor, *sizes: Sizes | np.dtype[Any] | type[Any], size: Sequence[int] | None = None, dtype: DType = None) -> Tensor:
    """reshape by another name. Unlike PyTorch's it never refuses for memory layout: it copies.

    Args:
        input: Tensor.
        sizes, size: integers or one tuple of them; one may be -1, it follows from the others.
        dtype: instead of sizes: the same bytes read as another dtype, which is not differentiable. Where that one has
            smaller (larger) elements, the last dimension gets more (fewer) of them.

    Raises:
        RuntimeError: the sizes do not hold the elements; the bytes of the last dimension hold no whole number of the
            elements of dtype.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.zeros(4, 2, 3)
        >>> x.view(x.size(0), -1).shape
        Size([4, 6])
        >>> tinyreg.tensor([1.0]).view(tinyreg.int32)
        tensor([1065353216], dtype=tinyreg.int32)
    """
    if dtype is not None or (len(sizes) == 1 and isinstance(sizes[0], (np.dtype, type))):
        kind: Any = sizes[0] if dtype is None else dtype
        return _reinterpreted(input, np.dtype(kind))
    return _reshaped("view", input, sizes, size)


def _reinterpreted(input, dtype):
    result = input.detach()
    try:
        result.array = input.array.view(dtype)
    except (ValueError, TypeError):
        raise RuntimeError(
            f"view: the last dimension must be contiguous and hold whole elements of the dtype, got dtype {dtype} for shape "
            f"{tuple(input.array.shape)} and dtype {input.array.dtype}; use .to(dtype) to convert the values"
        ) from None
    return result


def view_as(input: Tensor, other: Tensor) -> Tensor:
    """input in the shape of other.

    Args:
        input: Tensor.
        other: Tensor with as many elements.

    Raises:
        RuntimeError: other has another number of elements.

    Example:
        >>> import tinyreg
        >>> tinyreg.arange(4).view_as(tinyreg.zeros(2, 2))
        tensor([[0, 1],
                [2, 3]])
    """
    check_tensor("view_as", other, "other")
    return _reshaped("view_as", input, (other.array.shape,))


def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The dimensions from start_dim to end_dim as one; a 0-d tensor becomes 1-d.

    Args:
        input: Tensor.
        start_dim, end_dim: the first and the last of the dimensions that are joined, both included; from 0, or from -1
            backwards. Where they are equal nothing changes.

    Raises:
        IndexError: input has no such dimension.
        RuntimeError: start_dim comes after end_dim.

    Example:
        >>> import tinyreg
        >>> tinyreg.flatten(tinyreg.zeros(4, 2, 3), 1).shape
        Size([4, 6])
    """
    check_tensor("flatten", input)
    shape = input.array.shape or (1,)
    start, end = dimension("flatten", start_dim, len(shape)), dimension("flatten", end_dim, len(shape))
    if start > end:
        raise RuntimeError(f"flatten: start_dim must not come after end_dim, got {start_dim}, {end_dim} for shape {shape}; exchange them")
    if start == end and input.array.ndim:
        return input
    return View.apply(input, shape=(*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


def ravel(input: Tensor) -> Tensor:
    """All elements in one dimension, in row-major order: a view where memory allows.

    Args:
        input: Tensor.

    Example:
        >>> import tinyreg
        >>> tinyreg.ravel(tinyreg.tensor([[1, 2], [3, 4]]))
        tensor([1, 2, 3, 4])
    """
    return _reshaped("ravel", input, (-1,) if not isinstance(input, Tensor) or input.array.size else (0,))


def unflatten(input: Tensor, dim: int, sizes: Sequence[int]) -> Tensor:
    """One dimension as several: the adjoint, and the inverse, of flatten.

    Args:
        input: Tensor.
        dim: the dimension that becomes several.
        sizes: their sizes, whose product is the size of dim; one may be -1.

    Raises:
        RuntimeError: the sizes do not hold the dimension.
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.unflatten(tinyreg.zeros(2, 6), 1, (3, -1)).shape
        Size([2, 3, 2])
    """
    check_tensor("unflatten", input)
    shape = input.array.shape
    axis = dimension("unflatten", dim, len(shape))
    if not isinstance(sizes, (tuple, list)):
        raise TypeError(f"unflatten: sizes must be a tuple of integers, got {sizes!r}; give one size a dimension")
    parts, size = integers("unflatten", (sizes,)), shape[axis] if shape else 0
    known = math.prod([n for n in parts if n != -1])
    if parts.count(-1) == 1 and known > 0 and size % known == 0:
        parts = tuple([size // known if n == -1 else n for n in parts])
    if not parts or not shape or math.prod(parts) != size or min(parts) < 0:
        raise RuntimeError(
            f"unflatten: the product of sizes must be the size of dimension {axis}, got {tuple(sizes)} for shape {tuple(shape)}; "
            "one of them may be -1"
        )
    return View.apply(input, shape=(*shape[:axis], *parts, *shape[axis + 1 :]))


def squeeze(input: Tensor, dim: Dims = None) -> Tensor:
    """The input without dimensions of size 1: all of them, or those named by dim (an integer or a tuple).

    A named dimension of another size stays.

    Args:
        input: Tensor.
        dim: a dimension, a tuple of them, or None for all of size 1.

    Raises:
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.squeeze(tinyreg.zeros(1, 2, 1)).shape, tinyreg.squeeze(tinyreg.zeros(1, 2, 1), -1).shape
        (Size([2]), Size([1, 2]))
    """
    check_tensor("squeeze", input)
    shape = input.array.shape
    axes = range(len(shape)) if dim is None else dimensions("squeeze", dim, len(shape)) or ()
    return View.apply(input, shape=tuple([size for axis, size in enumerate(shape) if size != 1 or axis not in axes]))


def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """The input with a new dimension of size 1, which becomes the dimension dim.

    Args:
        input: Tensor.
        dim: from 0 to input.ndim (after the last), or from -1 (after the last) backwards.

    Raises:
        IndexError: dim lies outside.

    Example:
        >>> import tinyreg
        >>> tinyreg.unsqueeze(tinyreg.zeros(2, 3), 0).shape
        Size([1, 2, 3])
    """
    check_tensor("unsqueeze", input)
    shape = input.array.shape
    axis = dimension("unsqueeze", dim, len(shape), new=1)
    return View.apply(input, shape=(*shape[:axis], 1, *shape[axis:]))


class Permute(ArrayFunction):
    """y_(i_a, i_b, ...) = x_(i_0, i_1, ...), axes a, b, ... taken in a new order; grad_x takes them back."""

    view = True

    @staticmethod
    def forward(ctx, x, *, axes):
        ctx.axes = axes
        return x.transpose(axes)

    @staticmethod
    def backward(ctx, grad_y):
        return (grad_y.transpose(sorted(range(len(ctx.axes)), key=ctx.axes.__getitem__)),)


class Transpose(ArrayFunction):
    """y_(..., j, ..., i, ...) = x_(..., i, ..., j, ...): an exchange of two axes is its own inverse."""

    view = True

    @staticmethod
    def forward(ctx, x, *, axes):
        ctx.axes = axes
        return x.swapaxes(*axes)

    @staticmethod
    def backward(ctx, grad_y):
        return (grad_y.swapaxes(*ctx.axes),)


def permute(input: Tensor, *order: Sizes, dims: Sequence[int] | None = None) -> Tensor:
    """The dimensions in another order: the result's dimension i is the input's dims[i].

    Args:
        input: Tensor.
        order, dims: each dimension once, as integers or one tuple of them.

    Raises:
        RuntimeError: a dimension is missing or named twice.
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.permute(tinyreg.zeros(2, 3, 4), (2, 0, 1)).shape
        Size([4, 2, 3])
    """
    check_tensor("permute", input)
    ndim, given = input.array.ndim, integers("permute", order, dims, "dims")
    if len(given) != ndim:
        raise RuntimeError(f"permute: dims must name each of the {ndim} dimensions once, got {given}; give {ndim} integers")
    return Permute.apply(input, axes=dimensions("permute", given, ndim) or ())


def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """The input with two dimensions exchanged: a view.

    Args:
        input: Tensor.
        dim0, dim1: the dimensions, from 0, or from -1 backwards; equal ones change nothing.

    Raises:
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.transpose(tinyreg.zeros(2, 3, 4), 0, -1).shape
        Size([4, 3, 2])
    """
    check_tensor("transpose", input)
    ndim = input.array.ndim
    axes = dimension("transpose", dim0, ndim), dimension("transpose", dim1, ndim)
    return Transpose.apply(input, axes=axes) if ndim else View.apply(input, shape=())


def swapaxes(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """transpose by NumPy's name: the input with two dimensions exchanged, a view.

    Args:
        input: Tensor.
        axis0, axis1: the dimensions, from 0, or from -1 backwards; equal ones change nothing.

    Raises:
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.swapaxes(tinyreg.zeros(2, 3, 4), 0, -1).shape
        Size([4, 3, 2])
    """
    return transpose(input, axis0, axis1)


def movedim(input: Tensor, source: Sizes, destination: Sizes) -> Tensor:
    """The input with the dimensions source in the places destination; the others keep their order: a view.

    Args:
        input: Tensor.
        source: a dimension or a tuple of them, each once.
        destination: the new place of each.

    Raises:
        RuntimeError: a dimension or place is named twice; different numbers of them.
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.movedim(tinyreg.zeros(2, 3, 4), 0, -1).shape, tinyreg.movedim(tinyreg.zeros(2, 3, 4), (0, 2), (1, 0)).shape
        (Size([3, 4, 2]), Size([4, 2, 3]))
    """
    check_tensor("movedim", input)
    ndim = input.array.ndim
    many = isinstance(source, (tuple, list))
    if many != isinstance(destination, (tuple, list)):
        raise TypeError(
            f"movedim: source and destination must both be integers or both be tuples, got {source!r} and {destination!r}; give both alike"
        )
    taken, placed = dimensions("movedim", source, ndim) or (), dimensions("movedim", destination, ndim) or ()
    if len(taken) != len(placed):
        raise RuntimeError(
            f"movedim: source and destination must name as many dimensions, got {source} and {destination}; each source has its place"
        )
    if not ndim:
        return View.apply(input, shape=())
    others = iter([axis for axis in range(ndim) if axis not in taken])
    moved = dict(zip(placed, taken))
    return Permute.apply(input, axes=tuple([moved[axis] if axis in moved else next(others) for axis in range(ndim)]))


def t(input: Tensor) -> Tensor:
    """The transpose of a matrix; a vector or number as it is.

    Args:
        input: Tensor of at most 2 dimensions.

    Raises:
        RuntimeError: more than 2 dimensions.

    Example:
        >>> import tinyreg
        >>> tinyreg.t(tinyreg.zeros(2, 3)).shape
        Size([3, 2])
    """
    check_tensor("t", input)
    if input.array.ndim > 2:
        raise RuntimeError(f"t: the input must have at most 2 dimensions, got shape {tuple(input.array.shape)}; use transpose or .mT")
    return Transpose.apply(input, axes=(0, 1)) if input.array.ndim == 2 else input


def T(input: Tensor) -> Tensor:
    """The property x.T: all dimensions in reverse order.

    Example:
        >>> import tinyreg
        >>> tinyreg.zeros(2, 3, 4).T.shape
        Size([4, 3, 2])
    """
    return Permute.apply(input, axes=tuple(range(input.array.ndim))[::-1])


def mT(input: Tensor) -> Tensor:
    """The property x.mT: the last two dimensions exchanged, each matrix of a batch transposed.

    Raises:
        RuntimeError: a vector.

    Example:
        >>> import tinyreg
        >>> tinyreg.zeros(2, 3, 4).mT.shape
        Size([2, 4, 3])
    """
    if input.array.ndim == 0:
        return input
    if input.array.ndim < 2:
        raise RuntimeError(f"mT: the input must have at least 2 dimensions, got shape {tuple(input.array.shape)}; it transposes matrices")
    return Transpose.apply(input, axes=(-2, -1))


class Expand(ArrayFunction):
    """y = x repeated along dimensions of size 1 and along new ones, without a copy; grad_x sums over the repetitions."""

    view = True
    broadcasts = True  # the sum is the engine's

    @staticmethod
    def forward(ctx, x, *, shape):
        return get_array_module(x).broadcast_to(x, shape)

    @staticmethod
    def backward(ctx, grad_y):
        return (grad_y,)


def _expanded(who, input, sizes, named=None):
    check_tensor(who, input)
    shape = input.array.shape
    sizes = integers(who, sizes, named)
    extra = len(sizes) - len(shape)
    try:
        # -1 keeps a size; a new dimension has none to keep, and its -1 is refused below
        wanted = tuple([shape[i - extra] if size == -1 and i >= extra else size for i, size in enumerate(sizes)])
        return Expand.apply(input, shape=wanted)
    except (ValueError, IndexError):
        raise RuntimeError(
            f"{who}: sizes must match from the right where the input's size is not 1, got {sizes} for shape {tuple(shape)}; "
            "only dimensions of size 1 can be repeated, -1 keeps one as it is"
        ) from None


def expand(input: Tensor, *sizes: Sizes, size: Sequence[int] | None = None) -> Tensor:
    """The input with dimensions of size 1 repeated, and new dimensions on the left: a view without a copy.

    Args:
        input: Tensor.
        sizes, size: integers or one tuple of them; -1 keeps a size.

    Raises:
        RuntimeError: a dimension of another size than 1 would have to change.

    Example:
        >>> import tinyreg
        >>> tinyreg.tensor([[1], [2]]).expand(-1, 3)
        tensor([[1, 1, 1],
                [2, 2, 2]])
    """
    return _expanded("expand", input, sizes, size)


def expand_as(input: Tensor, other: Tensor) -> Tensor:
    """input expanded to the shape of other: a view without a copy.

    Args:
        input: Tensor.
        other: Tensor whose sizes are input's, from the right, where those are not 1.

    Raises:
        RuntimeError: a dimension of another size than 1 would have to change.

    Example:
        >>> import tinyreg
        >>> tinyreg.tensor([1, 2]).expand_as(tinyreg.zeros(2, 2))
        tensor([[1, 2],
                [1, 2]])
    """
    check_tensor("expand_as", other, "other")
    return _expanded("expand_as", input, (other.array.shape,))


def broadcast_to(input: Tensor, *sizes: Sizes, size: Sequence[int] | None = None) -> Tensor:
    """input expanded to this size: a view without a copy.

    Args:
        input: Tensor.
        sizes, size: integers or one tuple of them, from the right input's sizes where those are not 1; -1 keeps a size.

    Raises:
        RuntimeError: a dimension of another size than 1 would have to change.

    Example:
        >>> import tinyreg
        >>> tinyreg.broadcast_to(tinyreg.tensor([1, 2]), (2, 2))
        tensor([[1, 2],
                [1, 2]])
    """
    return _expanded("broadcast_to", input, sizes, size)


def _common_shape(who, shapes):
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise RuntimeError(
            f"{who}: shapes must broadcast (equal, or 1, from the right), got {', '.join(map(str, shapes))}; "
            "reshape, transpose or unsqueeze one of them"
        ) from None


def broadcast_shapes(*shapes: tuple[int, ...]) -> Size:
    """The shape to which these shapes broadcast.

    Args:
        shapes: tuples of integers; from the right, sizes are equal or 1.

    Raises:
        RuntimeError: shapes that cannot be broadcast.

    Example:
        >>> import tinyreg
        >>> tinyreg.broadcast_shapes((2, 1), (3,))
        Size([2, 3])
    """
    return Size(_common_shape("broadcast_shapes", [tuple(shape) if isinstance(shape, (tuple, list)) else (shape,) for shape in shapes]))


def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """The tensors expanded to their common shape: views.

    Args:
        tensors: from the right, their sizes are equal or 1.

    Raises:
        RuntimeError: shapes that cannot be broadcast.

    Example:
        >>> import tinyreg
        >>> tinyreg.broadcast_tensors(tinyreg.tensor([[1], [2]]), tinyreg.tensor([3, 4]))
        (tensor([[1, 1],
                [2, 2]]), tensor([[3, 4],
                [3, 4]]))
    """
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        tensors = tuple(tensors[0])
    for tensor in tensors:
        check_tensor("broadcast_tensors", tensor, "each of tensors")
    shape = _common_shape("broadcast_tensors", [tuple(tensor.array.shape) for tensor in tensors])
    return tuple([_expanded("broadcast_tensors", tensor, (shape,)) if tensor.array.shape != shape else tensor for tensor in tensors])


def meshgrid(*tensors: Tensor, indexing: str = "ij") -> tuple[Tensor, ...]:
    """Coordinates of the points of a grid: the k-th result varies along the k-th dimension alone, as the k-th tensor does.

    Args:
        tensors: K Tensors of 0 or 1 dimension, also as one list.
        indexing: 'ij', the first tensor runs down the rows; 'xy', it runs along the columns.

    Shape:
        (N_1), ..., (N_K) -> K times (N_1, N_2, ..., N_K), for 'xy' (N_2, N_1, ..., N_K); views.

    Raises:
        RuntimeError: more than one dimension, different dtypes, another indexing, or no tensors.

    Example:
        >>> import tinyreg
        >>> rows, columns = tinyreg.meshgrid(tinyreg.arange(2), tinyreg.arange(3), indexing="ij")
        >>> rows.tolist(), columns.tolist()
        ([[0, 0, 0], [1, 1, 1]], [[0, 1, 2], [0, 1, 2]])
    """
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        tensors = tuple(tensors[0])
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f"meshgrid: indexing must be 'ij' or 'xy', got {indexing!r}; 'ij' numbers rows first, as a matrix")
    if not tensors:
        raise RuntimeError("meshgrid: tensors must not be empty, got none; give one a dimension")
    for tensor in tensors:
        check_tensor("meshgrid", tensor, "each of tensors")
        if tensor.array.ndim > 1:
            raise RuntimeError(f"meshgrid: tensors must have at most 1 dimension, got shape {tuple(tensor.array.shape)}; flatten it")
        if tensor.array.dtype != tensors[0].array.dtype:
            raise RuntimeError(f"meshgrid: dtypes must be equal, got {tensors[0].array.dtype} and {tensor.array.dtype}; convert one")
    shape = tuple([tensor.array.size for tensor in tensors])
    grids = []
    for axis, tensor in enumerate(tensors):
        along = tuple([-1 if d == axis else 1 for d in range(len(shape))])
        grid = Expand.apply(View.apply(tensor, shape=along), shape=shape)
        grids.append(Transpose.apply(grid, axes=(0, 1)) if indexing == "xy" and len(shape) > 1 else grid)
    return tuple(grids)


def contiguous(input: Tensor) -> Tensor:
    """The input itself where its memory is in row-major order, else a copy that is.

    Args:
        input: Tensor.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.zeros(2, 3)
        >>> x.contiguous() is x, x.T.is_contiguous(), x.T.contiguous().is_contiguous()
        (True, False, True)
    """
    return input if input.array.flags.c_contiguous else clone(input)


def numel(input: Tensor) -> int:
    """The number of elements of a Tensor.

    Args:
        input: Tensor.

    Example:
        >>> import tinyreg
        >>> tinyreg.numel(tinyreg.ones(2, 3))
        6
    """
    check_tensor("numel", input)
    return input.array.size


def size(input: Tensor, dim: int | None = None) -> int | Size:
    """The shape, or the size of one dimension.

    Args:
        input: Tensor.
        dim: from 0, or from -1 backwards; None for all of them.

    Raises:
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.zeros(2, 3)
        >>> x.size(), x.size(-1)
        (Size([2, 3]), 3)
    """
    return Size(input.array.shape) if dim is None else input.array.shape[_dimension_of_a_size("size", dim, input.array.ndim)]


def stride(input: Tensor, dim: int | None = None) -> int | tuple[int, ...]:
    """Elements to step over along each dimension, or along one.

    Args:
        input: Tensor.
        dim: from 0, or from -1 backwards; None for all of them.

    Raises:
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.zeros(2, 3)
        >>> x.stride(), x.T.stride(0)
        ((3, 1), 1)
    """
    steps = tuple(step // input.array.itemsize for step in input.array.strides)
    return steps if dim is None else steps[_dimension_of_a_size("stride", dim, input.array.ndim)]


def _dimension_of_a_size(who, dim, ndim):
    if ndim == 0:
        raise IndexError(f"{who}: the input must have a dimension to name, got dim={dim} for a 0-d tensor; leave dim out")
    return dimension(who, dim, ndim)
