"""nonzero count_nonzero unique unique_consecutive bincount: which elements there are, where, and how many of each.

All answers are places, counts or elements without repetition. How many there are depends on the values, so on a GPU each
call waits for the device; and a small change of the values changes nothing or a number of elements, so there is no gradient.
"""

from operator import index

from ..autograd import Tensor
from ..autograd.tensor import wrap
from ..backend import get_array_module
from ..types import Dims
from .broadcasting import int64
from .dimension import dimension, dimensions
from .floating import check_tensor


def nonzero(input: Tensor, *, as_tuple: bool = False) -> Tensor | tuple[Tensor, ...]:
    """The places of the elements that are not 0 (or False).

    Args:
        input: Tensor of any dtype.
        as_tuple: one index tensor a dimension, which together index the elements (a 0-d input counts as 1-d), instead
            of one tensor with a row for each element.

    Shape:
        input of n dimensions, k elements not 0 -> (k, n); as a tuple n times (k,).

    Example:
        >>> import tinyreg
        >>> x = tinyreg.tensor([[0.0, 2.0], [3.0, 0.0]])
        >>> tinyreg.nonzero(x)
        tensor([[0, 1],
                [1, 0]])
        >>> x[tinyreg.nonzero(x, as_tuple=True)]
        tensor([2., 3.])
    """
    check_tensor("nonzero", input)
    x, xp = input.array, get_array_module(input.array)
    places = x.reshape(x.shape or 1).nonzero()
    if as_tuple:
        return tuple([wrap(along) for along in places])
    return wrap(xp.stack(places, axis=1) if x.ndim else xp.zeros((len(places[0]), 0), int64))


def count_nonzero(input: Tensor, dim: Dims = None) -> Tensor:
    """How many elements are not 0 (or False), of all or along dim.

    Args:
        input: Tensor of any dtype; nan is not 0.
        dim: a dimension, a tuple of them, or None for all.

    Raises:
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.count_nonzero(tinyreg.tensor([[0.0, 2.0], [3.0, 1.0]]), dim=1)
        tensor([1, 2])
    """
    check_tensor("count_nonzero", input)
    return wrap((input.array != 0).sum(axis=dimensions("count_nonzero", dim, input.array.ndim), dtype=int64))


def unique(
    input: Tensor, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Tensor | tuple[Tensor, ...]:
    """The elements without repetition; with dim, the slices along it.

    Args:
        input: Tensor; each nan differs from every other.
        sorted: in ascending order (slices by their first difference); here they are in any case.
        return_inverse: also where each element of the input went.
        return_counts: also how often each occurred.
        dim: compare whole slices along this dimension; None compares elements.

    Returns:
        The unique elements, or a tuple: these, the inverse (if asked for), the counts (if asked for).

    Raises:
        IndexError: input has no such dimension.
        RuntimeError: slices that hold no elements.

    Example:
        >>> import tinyreg
        >>> tinyreg.unique(tinyreg.tensor([3, 1, 3]), return_counts=True)
        (tensor([1, 3]), tensor([1, 2]))
    """
    x, axis = _with_slices("unique", input, dim)
    values, inverse, counts = get_array_module(x).unique(x, return_inverse=True, return_counts=True, axis=axis, equal_nan=False)
    return _asked_for(x, axis, values, inverse, counts, return_inverse, return_counts)


def unique_consecutive(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Tensor | tuple[Tensor, ...]:
    """The elements without those that repeat the one before; with dim, the slices along it.

    Args:
        input: Tensor.
        return_inverse: also where each element of the input went.
        return_counts: also how often each was repeated in a row.
        dim: compare whole slices along this dimension; None compares elements.

    Returns:
        The elements, or a tuple: these, the inverse (if asked for), the counts (if asked for).

    Raises:
        IndexError: input has no such dimension.
        RuntimeError: slices that hold no elements.

    Example:
        >>> import tinyreg
        >>> tinyreg.unique_consecutive(tinyreg.tensor([1, 1, 2, 1]))
        tensor([1, 2, 1])
    """
    x, axis = _with_slices("unique_consecutive", input, dim)
    xp = get_array_module(x)
    n = x.size if axis is None else x.shape[axis]
    rows = (x if axis is None else xp.moveaxis(x, axis, 0)).reshape(n, x.size // max(n, 1))
    begins = xp.ones(n, bool)
    begins[1:] = (rows[1:] != rows[:-1]).any(axis=1)
    (starts,) = begins.nonzero()
    counts = xp.diff(xp.concatenate([starts, xp.asarray([n])]))
    values = x.reshape(-1)[starts] if axis is None else xp.take(x, starts, axis=axis)
    return _asked_for(x, axis, values, xp.cumsum(begins) - 1, counts, return_inverse, return_counts)


def _with_slices(who, input, dim):
    """The raw array and the axis whose slices are compared; None: the elements are."""
    check_tensor(who, input)
    x = input.array
    if dim is None:
        return x, None
    if x.ndim == 0:
        raise IndexError(f"{who}: dim must be None for a tensor without dimensions, got dim={dim}; leave it out")
    axis = dimension(who, dim, x.ndim)
    if x.size == 0 and x.shape[axis]:
        raise RuntimeError(f"{who}: slices along dim={dim} must hold elements, got shape {tuple(x.shape)}; there is nothing to compare")
    return x, axis


def _asked_for(x, axis, values, inverse, counts, return_inverse, return_counts):
    inverse = inverse.reshape(x.shape if axis is None else -1)
    extras = [wrap(extra) for extra, asked in ((inverse, return_inverse), (counts, return_counts)) if asked]
    return (wrap(values), *extras) if extras else wrap(values)


def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """How often each of 0, 1, 2, ... occurs; with weights, the sum of the weights where it does.

    Args:
        input: 1-d Tensor of integers of at least 0.
        weights: Tensor of the input's shape; float32 sums stay float32, those of others are float64. No gradient flows.
        minlength: the least length of the result; zeros fill it up.

    Shape:
        input (n,) -> (max(largest + 1, minlength),).

    Raises:
        RuntimeError: input has another number of dimensions or a negative number; weights of another shape; minlength < 0.
        NotImplementedError: input is not of integers.

    Example:
        >>> import tinyreg
        >>> tinyreg.bincount(tinyreg.tensor([0, 2, 2]))
        tensor([1, 0, 2])
    """
    check_tensor("bincount", input)
    x, xp = input.array, get_array_module(input.array)
    if x.dtype.kind not in "iu":
        raise NotImplementedError(f"bincount: input must be integers, got dtype {x.dtype}; convert with .long() first")
    minlength = index(minlength)
    if minlength < 0:
        raise RuntimeError(f"bincount: minlength must be at least 0, got {minlength}; 0 counts up to the largest number")
    if x.ndim != 1 or (x.size and x.min() < 0):
        what = f"shape {tuple(x.shape)}" if x.ndim != 1 else f"a smallest of {int(x.min())}"
        raise RuntimeError(f"bincount: input must be 1-d and of integers of at least 0, got {what}; flatten it, or shift its numbers")
    if weights is None:
        return wrap(xp.bincount(x, minlength=minlength).astype(int64, copy=False))
    check_tensor("bincount", weights, "weights")
    w = weights.array
    if w.shape != x.shape:
        raise RuntimeError(f"bincount: weights must have the input's shape {tuple(x.shape)}, got {tuple(w.shape)}; give one for each")
    return wrap(xp.bincount(x, w, minlength).astype("float32" if w.dtype == "float32" else "float64", copy=False))
