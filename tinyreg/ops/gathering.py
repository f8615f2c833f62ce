"""gather scatter index_select index_add and their relatives: elements by a dimension and the positions along it.

    name             reads or writes, for dim = 1 of a matrix               grad_x                   grad of what is written
    gather           y_ij = x_i,index_ij                                    0, then += grad_y there
    scatter          y = x, then y_i,index_ij = v_ij                        grad_y, 0 there          grad_y there
    scatter_add      y = x, then y_i,index_ij += v_ij                       grad_y                   grad_y there
    index_select     y_ij = x_i,index_j                                     0, then += grad_y there
    index_copy       y = x, then y_i,index_j = v_ij                         grad_y, 0 there          grad_y there
    index_add        y = x, then y_i,index_j += v_ij                        grad_y                   grad_y there

Reading is x[...] with index arrays and writing is x[...] = v (indexing.py): each name says which arrays, and checks them.
Only the sums are new. The additions to one place are made in an order that the positions alone decide. Where one place is
written twice, it is not said which value stays, and each of the values gets the place's gradient, as in PyTorch.
"""


from ..autograd import ArrayFunction, Tensor
from ..autograd.tensor import wrap
from ..backend import add_at, get_array_module, require
from .axis import along
from .broadcasting import as_operand, cast, int32, int64
from .comparison import masked_fill
from .dimension import dimension
from .floating import check_tensor
from .indexing import Index, IndexPut
from .number import check_number, in_dtype
from .shaping import broadcast_shapes, ravel


class IndexAdd(ArrayFunction):
    """y = x with v_k added at places_k, counted in row-major order; grad_x = grad_y, grad_v_k = grad_y at places_k."""

    @staticmethod
    def forward(ctx, x, v, places):
        ctx.save_for_backward(places)
        y = x.copy(order="C")
        add_at(y.reshape(-1), places.reshape(-1), v.reshape(-1))
        return y

    @staticmethod
    def backward(ctx, grad_y):
        (places,) = ctx.saved
        return grad_y, grad_y.reshape(-1)[places] if ctx.needs_input_grad[1] else None, None


def _check_index(who, index, axis, shape, error=RuntimeError, dtypes=(int32, int64), wrong_dtype=RuntimeError, lowest=0):
    """Refuse positions that are no integers or lie outside; `lowest` is -size where -1 counts from the end."""
    check_tensor(who, index, "index")
    index = index.array
    if index.dtype not in dtypes:
        raise wrong_dtype(f"{who}: index must be {' or '.join(map(str, dtypes))}, got dtype {index.dtype}; convert with .long()")
    size = shape[axis] if shape else 1
    lowest = -size if lowest else 0
    if index.size:
        low, high = index.min(), index.max()
        require(
            (low >= lowest) & (high < size),
            lambda: error(
                f"{who}: index must lie in [{lowest}, {size - 1}] for dimension {axis} of size {size}, "
                f"got {int(low) if low < lowest else int(high)} for shape {tuple(shape)}; positions count from 0"
            ),
        )


def _integers_if_empty(index):
    """An index without elements may have any dtype, as in PyTorch: tensor([]) is floating point."""
    return cast(index, int64) if isinstance(index, Tensor) and not index.array.size else index


def _arrays(index, axis):
    """The index arrays of gather and scatter: in each other dimension an element stays where it is, at 0, 1, 2, ..."""
    xp = get_array_module(index)
    rows = [xp.arange(size).reshape([-1 if e == d else 1 for e in range(index.ndim)]) for d, size in enumerate(index.shape)]
    return tuple([index if d == axis else row for d, row in enumerate(rows)])


def _numbers(shape, index, axis):
    """The row-major numbers of the same places."""
    xp, places, step = get_array_module(index), 0, 1
    for array, size in zip(reversed(_arrays(index, axis)), reversed(shape)):
        places, step = places + array * step, step * size
    return xp.broadcast_to(xp.asarray(places), index.shape)


def _refuse_larger(who, sizes, shape, of, axis=None):
    if len(shape) != len(sizes) or any(size > shape[d] for d, size in enumerate(sizes) if d != axis):
        besides = "none" if axis is None else f"none but dim={axis}"
        raise RuntimeError(
            f"{who}: index must have {len(shape)} dimensions, {besides} larger than {of}'s, got shape {tuple(sizes)} for "
            f"{tuple(shape)}; unsqueeze or expand it"
        )


def _vectors(*tensors):
    """0-d tensors as tensors of one element, as these doors see them."""
    return tuple([x.reshape(1) if isinstance(x, Tensor) and x.array.ndim == 0 else x for x in tensors])


def gather(input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False) -> Tensor:
    """One element of input for each of index: result[i][j] = input[i][index[i][j]] for dim 1 of a matrix.

    Args:
        input: Tensor.
        dim: the dimension in which index chooses.
        index: int64 or int32 Tensor with as many dimensions as input, in none but dim larger than it; each index in
            [0, size - 1], -1 does not count from the end here.
        sparse_grad: accepted for scripts that name it; gradients are dense.

    Raises:
        RuntimeError: index has other dimensions than input, another dtype, or points outside.

    Example:
        >>> import tinyreg
        >>> scores = tinyreg.tensor([[1, 2, 3], [4, 5, 6]])
        >>> scores.gather(1, tinyreg.tensor([[2], [0]]))
        tensor([[3],
                [4]])
    """
    check_tensor("gather", input)
    axis = dimension("gather", dim, input.array.ndim)
    index = _integers_if_empty(index)
    _check_index("gather", index, axis, input.array.shape)
    shape = index.array.shape
    if not index.array.size:  # PyTorch lets it pass in any shape
        return ravel(input)[:0].reshape(shape)
    input, index = _vectors(input, index)
    _refuse_larger("gather", index.array.shape, input.array.shape, "input", axis)
    arrays = _arrays(index.array, axis)
    result = Index.apply(input, *arrays, basic=(...,), advanced=(None,) * len(arrays))
    return result if shape else result.reshape(shape)


def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """gather, where the other dimensions of input and indices broadcast: what argmax and argsort return chooses elements.

    Args:
        input: Tensor.
        indices: int64 Tensor with as many dimensions as input, each in [-size, size - 1].
        dim: the dimension in which indices choose; None for all elements in row-major order.

    Raises:
        RuntimeError: indices have other dimensions, another dtype, or point outside.
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.tensor([[1, 5, 3], [9, 2, 4]])
        >>> tinyreg.take_along_dim(x, x.argmax(1, keepdim=True), 1)
        tensor([[5],
                [9]])
    """
    check_tensor("take_along_dim", input)
    check_tensor("take_along_dim", indices, "indices")
    if dim is None:
        return take_along_dim(ravel(input), ravel(indices), 0)
    axis = dimension("take_along_dim", dim, input.array.ndim)
    if input.array.ndim != indices.array.ndim:
        raise RuntimeError(
            f"take_along_dim: input and indices must have equally many dimensions, got shapes {tuple(input.array.shape)} and "
            f"{tuple(indices.array.shape)}; unsqueeze one of them"
        )
    if input.array.ndim == 0:
        raise IndexError(f"take_along_dim: the input must have a dimension to name, got dim={dim} for a 0-d tensor; leave dim out")
    size = input.array.shape[axis]
    _check_index("take_along_dim", indices, axis, input.array.shape, dtypes=(int64,), lowest=-1)
    sizes = [x.array.shape[axis] for x in (input, indices)]
    # the other dimensions broadcast as if this one had size 1 in both
    common = broadcast_shapes(*[(*x.array.shape[:axis], 1, *x.array.shape[axis + 1 :]) for x in (input, indices)])
    x, i = (x.expand(*common[:axis], n, *common[axis + 1 :]) for x, n in zip((input, indices % size if size else indices), sizes))
    return gather(x, axis, i)


def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """The layers of input along dim that a 1-d integer tensor names, in its order.

    Args:
        input: Tensor.
        dim: the dimension in which index chooses.
        index: integer tensor of 1 dimension, each in [0, size - 1]; -1 does not count from the end here.

    Raises:
        IndexError: an index out of range; an index tensor of more than one dimension.
        RuntimeError: an index tensor of another dtype.

    Example:
        >>> import tinyreg
        >>> tinyreg.index_select(tinyreg.tensor([[1, 2, 3], [4, 5, 6]]), 1, tinyreg.tensor([2, 0]))
        tensor([[3, 1],
                [6, 4]])
    """
    axis, index = _layers("index_select", input, dim, index)
    if input.array.ndim == 0:
        if index.array.size != 1:
            raise RuntimeError(f"index_select: index must have 1 element for a 0-d input, got {index.array.size}; unsqueeze the input")
        return input.clone()
    layers = (slice(None),) * axis
    return Index.apply(input, index, basic=(...,), advanced=(*layers, None))


def _layers(who, input, dim, index, shape_error=IndexError, **allowed):
    """The axis, and index with 1 dimension."""
    check_tensor(who, input)
    axis = dimension(who, dim, input.array.ndim)
    _check_index(who, index, axis, input.array.shape, IndexError, **allowed)
    if index.array.ndim > 1:
        raise shape_error(f"{who}: index must have 1 dimension, got shape {tuple(index.array.shape)}; flatten it")
    return axis, index.reshape(-1)


def _written(input, v, index, axis):
    arrays = _arrays(index.array, axis)
    return IndexPut.apply(input, v, *arrays, basic=(...,), advanced=(None,) * len(arrays))


def _check_source(who, input, source, name="src"):
    check_tensor(who, source, name)
    if source.array.dtype != input.array.dtype:
        raise RuntimeError(f"{who}: {name} must have input's dtype {input.array.dtype}, got {source.array.dtype}; use .to(dtype)")


def _scattered(who, input, dim, index, src):
    """What scatter and scatter_add need: input, index and the part of src that index covers, each at least 1-d; and the axis."""
    check_tensor(who, input)
    axis = dimension(who, dim, input.array.ndim)
    index = _integers_if_empty(index)
    _check_index(who, index, axis, input.array.shape)
    if isinstance(src, Tensor):
        _check_source(who, input, src)
    if not index.array.size:  # PyTorch lets it pass in any shape
        index = index.reshape((0,) * (input.array.ndim or 1))
    x, i, v = _vectors(input, index, src)
    _refuse_larger(who, i.array.shape, x.array.shape, "input", axis)
    if isinstance(v, Tensor):
        _refuse_larger(who, i.array.shape, v.array.shape, "src")
        v = v[tuple([slice(size) for size in i.array.shape])]
    return x, i, v, axis


def scatter(
    input: Tensor, dim: int, index: Tensor, src: Tensor | float | None = None, *, value: float | None = None, reduce: str | None = None
) -> Tensor:
    """input with src written to the places that gather would read: result[i][index[i][j]] = src[i][j] for dim 1 of a matrix.

    Args:
        input: Tensor.
        dim: the dimension in which index chooses.
        index: int64 or int32 Tensor with as many dimensions as input, in none but dim larger than it, in none larger than
            src; each index in [0, size - 1].
        src: Tensor of input's dtype, or a number.
        value: a number, instead of src.
        reduce: None to write; 'add' to add to what is there, as scatter_add does.

    Raises:
        RuntimeError: index has other dimensions than input or src, another dtype, or points outside; src has another dtype.
        NotImplementedError: reduce is 'multiply'.

    Example:
        >>> import tinyreg
        >>> tinyreg.zeros(2, 3).scatter(1, tinyreg.tensor([[2], [0]]), 1.0)
        tensor([[0., 0., 1.],
                [1., 0., 0.]])
    """
    v = value if src is None else src
    if not isinstance(v, Tensor):
        check_number("scatter", value=v)
    if reduce not in (None, "add"):
        error = NotImplementedError if reduce == "multiply" else RuntimeError
        raise error(f"scatter: reduce must be None or 'add', got {reduce!r}; multiply by a tensor that was scattered into ones")
    x, i, v, axis = _scattered("scatter", input, dim, index, v)
    if reduce == "add":
        v = v if isinstance(v, Tensor) else x.new_full((), v).expand(i.array.shape)
        return _sums(x, i, v, axis).reshape(input.array.shape)
    v = v if isinstance(v, Tensor) else in_dtype("scatter", v, x.array.dtype)
    return _as_shape(_written(x, v, i, axis), input.array.shape)


def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """input with src added at the places that gather would read: result[i][index[i][j]] += src[i][j] for dim 1 of a matrix.

    Args:
        input: Tensor.
        dim: the dimension in which index chooses.
        index: int64 or int32 Tensor with as many dimensions as input, in none but dim larger than it, in none larger than
            src; each index in [0, size - 1], as often as it comes.
        src: Tensor of input's dtype.

    Raises:
        RuntimeError: index has other dimensions than input or src, another dtype, or points outside; src has another dtype.

    Example:
        >>> import tinyreg
        >>> tinyreg.zeros(3).scatter_add(0, tinyreg.tensor([0, 2, 0]), tinyreg.tensor([1.0, 2.0, 3.0]))
        tensor([4., 0., 2.])
    """
    check_tensor("scatter_add", src, "src")
    x, i, v, axis = _scattered("scatter_add", input, dim, index, src)
    return _as_shape(_sums(x, i, v, axis), input.array.shape)


def _sums(x, index, v, axis):
    return IndexAdd.apply(x, v, _numbers(x.array.shape, index.array, axis))


def _as_shape(result, shape):
    return result if result.array.shape == shape else result.reshape(shape)


def _check_layers(who, input, axis, index, source, errors):
    """Refuse a source that has not one layer for each index, or layers of another shape."""
    (count_error, ndim_error), shape, sizes = errors, input.array.shape, source.array.shape
    if len(shape) != len(sizes):
        raise ndim_error(f"{who}: source must have input's {len(shape)} dimensions, got {tuple(sizes)} for {tuple(shape)}; reshape it")
    if sizes[axis] != index.array.size:
        raise count_error(
            f"{who}: source must have one layer for each index along dim={axis}, got {sizes[axis]} for {index.array.size}; give as many"
        )
    if (*sizes[:axis], *sizes[axis + 1 :]) != (*shape[:axis], *shape[axis + 1 :]):
        raise RuntimeError(
            f"{who}: layers of source and input must have one shape, got {tuple(sizes)} for {tuple(shape)} and dim={axis}; expand it"
        )


def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: float = 1) -> Tensor:
    """input with the layers of source added to the layers along dim that index names, one that comes twice gets both.

    Args:
        input: Tensor.
        dim: the dimension in which index chooses.
        index: int64 or int32 Tensor of 1 dimension, each in [0, size - 1].
        source: Tensor of input's dtype and, but for the size of dim, shape.
        alpha: a factor of source.

    Raises:
        IndexError: an index out of range; an index tensor of more than one dimension.
        RuntimeError: a source of another dtype or shape; an index tensor of another dtype.

    Example:
        >>> import tinyreg
        >>> tinyreg.zeros(3, 2).index_add(0, tinyreg.tensor([2, 0, 2]), tinyreg.ones(3, 2))
        tensor([[1., 1.],
                [0., 0.],
                [2., 2.]])
    """
    axis, index = _layers("index_add", input, dim, index)
    _check_source("index_add", input, source, "source")
    check_number("index_add", alpha=alpha)
    x, v = _vectors(input, source)
    _check_layers("index_add", x, axis, index, v, (RuntimeError, RuntimeError))
    v = v if alpha == 1 else v * in_dtype("index_add", alpha, v.array.dtype)
    along_axis = index.array.reshape([-1 if d == axis else 1 for d in range(v.array.ndim)])
    places = get_array_module(index.array).broadcast_to(along_axis, v.array.shape)
    return _as_shape(IndexAdd.apply(x, v, _numbers(x.array.shape, places, axis)), input.array.shape)


def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """input with the layers of source in the place of the layers along dim that index names.

    Args:
        input: Tensor.
        dim: the dimension in which index chooses.
        index: int64 Tensor of 1 dimension, each in [0, size - 1].
        source: Tensor of input's dtype and, but for the size of dim, shape.

    Raises:
        IndexError: an index out of range; an index tensor of more than one dimension; another number of layers.
        RuntimeError: a source of another dtype or shape; an index tensor of another dtype.

    Example:
        >>> import tinyreg
        >>> tinyreg.zeros(3, 2).index_copy(0, tinyreg.tensor([2, 0]), tinyreg.tensor([[1.0, 2.0], [3.0, 4.0]]))
        tensor([[3., 4.],
                [0., 0.],
                [1., 2.]])
    """
    axis, index = _layers("index_copy", input, dim, index, dtypes=(int64,))
    _check_source("index_copy", input, source, "source")
    x, v = _vectors(input, source)
    _check_layers("index_copy", x, axis, index, v, (IndexError, IndexError))
    return _as_shape(_put_layers(x, v, axis, index), input.array.shape)


def index_fill(input: Tensor, dim: int, index: Tensor, value: Tensor | float) -> Tensor:
    """input with one value in the layers along dim that index names.

    Args:
        input: Tensor.
        dim: the dimension in which index chooses.
        index: int64 Tensor of 1 dimension, each in [-size, size - 1].
        value: a number or a 0-d Tensor; cast to the input's dtype.

    Raises:
        IndexError: an index out of range, or an index tensor of another dtype.
        RuntimeError: an index tensor of more than one dimension; value is not a single number.

    Example:
        >>> import tinyreg
        >>> tinyreg.zeros(2, 3).index_fill(1, tinyreg.tensor([0, 2]), 7.0)
        tensor([[7., 0., 7.],
                [7., 0., 7.]])
    """
    axis, index = _layers("index_fill", input, dim, index, RuntimeError, dtypes=(int64,), wrong_dtype=IndexError, lowest=-1)
    value = as_operand("index_fill", value)
    if isinstance(value, Tensor) and value.array.ndim:
        raise RuntimeError(f"index_fill: value must be a number or a 0-d tensor, got shape {tuple(value.array.shape)}; use index_copy")
    # a mask names each layer once: the gradient of a value that is written twice counts once
    (x,), xp = _vectors(input), get_array_module(index.array)
    layers = xp.zeros([size if d == axis else 1 for d, size in enumerate(x.array.shape)], "bool")
    layers[along(axis, index.array)] = True
    return _as_shape(masked_fill(x, wrap(layers), value), input.array.shape)


def _put_layers(x, v, axis, index):
    return IndexPut.apply(x, v, index, basic=(...,), advanced=(*(slice(None),) * axis, None))
