"""Dimensions as users write them: counted from 0, from -1 backwards, or several in a tuple.

    dim    0   1   2          a 0-d tensor counts as one of a single dimension,
          -3  -2  -1          so that 0 and -1 are valid there, too
"""

from operator import index


def dimension(who, dim, ndim, new=0, error=IndexError):
    """dim counted from 0, in a tensor of ndim dimensions; new=1: among the places for one more.

    Raises:
        TypeError: dim is not an integer.
        IndexError: a tensor of ndim dimensions has no such dimension, if error is not another exception.

    Example:
        >>> dimension("sum", -1, 3)
        2
    """
    if type(dim) is not int:
        try:
            if isinstance(dim, bool):
                raise TypeError  # PyTorch takes no bool for an integer
            dim = index(dim)
        except TypeError:
            raise TypeError(f"{who}: dim must be an integer, got {dim!r}; dimensions count from 0, or from -1 backwards") from None
    count = ndim + new or 1
    if not -count <= dim < count:
        raise error(
            f"{who}: dim must lie in [{-count}, {count - 1}] for a tensor with {ndim} dimensions, got dim={dim}; "
            "dimensions count from 0, or from -1 backwards"
        )
    return dim + count if dim < 0 else dim


def dimensions(who, dim, ndim):
    """One dim or a tuple of them as a tuple of axes; None, which says all of them, for None and for an empty tuple.

    Raises:
        RuntimeError: a dimension is named twice.

    Example:
        >>> dimensions("sum", (0, -1), 3), dimensions("sum", 1, 3), dimensions("sum", None, 3)
        ((0, 2), (1,), None)
    """
    if dim is None:
        return None
    axes = tuple([dimension(who, d, ndim) for d in (dim if isinstance(dim, (tuple, list)) else (dim,))])
    if len(set(axes)) < len(axes):
        raise RuntimeError(f"{who}: dim must name each dimension once, got {tuple(dim)} for {ndim} dimensions; remove the repetition")
    return axes if axes and ndim else None


def integers(who, given, named=None, name="sizes"):
    """The integers from f(2, 3), f((2, 3)), f(tensor.shape) or f(name=(2, 3)), as a tuple.

    Raises:
        TypeError: none are given, or something else than integers.

    Example:
        >>> integers("reshape", (2, 3)), integers("reshape", ([2, 3],)), integers("reshape", (), (2, 3))
        ((2, 3), (2, 3), (2, 3))
    """
    if named is not None:
        given = (*given, named)
    many = len(given) == 1 and isinstance(given[0], (tuple, list))
    found = given[0] if many else given
    try:
        if bool in map(type, found) or not (found or many):
            raise TypeError
        return tuple([n if type(n) is int else index(n) for n in found])
    except TypeError:
        raise TypeError(f"{who}: {name} must be integers, got {tuple(found)!r:.80}; give one integer a dimension") from None


def integer(who, **named):
    """The one named setting, which must be an integer.

    Raises:
        TypeError: it is something else.

    Example:
        >>> integer("chunk", chunks=3)
        3
    """
    ((name, value),) = named.items()
    try:
        if type(value) is bool:
            raise TypeError
        return index(value)
    except TypeError:
        raise TypeError(f"{who}: {name} must be an integer, got {name}={value!r:.60}; give a whole number") from None


def kept_shape(shape, axes):
    """The shape with the axes kept as size 1: what a reduction with keepdim returns; () for all axes.

    Example:
        >>> kept_shape((2, 3, 4), (1,)), kept_shape((2, 3), None)
        ((2, 1, 4), ())
    """
    return () if axes is None else tuple([1 if axis in axes else size for axis, size in enumerate(shape)])
