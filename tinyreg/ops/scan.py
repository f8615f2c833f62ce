"""cumsum cumprod prod: running sums and products, and the product of all.

Along a dimension of n elements,

    cumsum       y_j = x_0 + x_1 + ... + x_j
    cumprod      y_j = x_0 x_1 ... x_j
    prod         y   = x_0 x_1 ... x_{n-1}

Backward
    An x_i takes part in every y_j with j >= i, so that a gradient comes from all of these: summed from the far end,
    R(v)_i = v_i + v_{i+1} + ... + v_{n-1}.

        cumsum       dL/dx_i = R(grad_y)_i                                                                      (1)

    The slope of a product in one factor is the product of the others. Where x_i is not 0, that is y_j / x_i:

        cumprod      dL/dx_i = R(grad_y * y)_i / x_i                                                            (2)

    and where it is 0, division says nothing. Let z be the first place of a 0. Before z, (2) holds (y_j is 0 from z on,
    and so is the product of the others). Behind z, every product of others holds the 0 of z. At z itself the others are
    what cumprod gives with 1 in the place of x_z, called y':

        cumprod      dL/dx_z = R(grad_y * y')_z,    dL/dx_i = 0 for i > z                                       (3)

    For prod the others are those to the left and those to the right, two running products; no division, no case of 0:

        prod         dL/dx_i = grad_y * (x_0 ... x_{i-1}) * (x_{i+1} ... x_{n-1})                               (4)
"""


from ..autograd import ArrayFunction, Tensor
from ..backend import get_array_module
from ..types import DType
from .broadcasting import cast, int64
from .conversion import clone
from .dimension import dimension
from .floating import check_tensor


def _from_the_end(xp, v, axis):
    """R(v): running sums that begin at the far end of the axis."""
    return xp.flip(xp.cumsum(xp.flip(v, axis), axis=axis), axis)


class Cumsum(ArrayFunction):
    """y_j = x_0 + ... + x_j along an axis: grad_x is the running sum of grad_y from the far end."""

    @staticmethod
    def forward(ctx, x, *, axis, dtype=None):
        ctx.axis = axis
        return get_array_module(x).cumsum(x, axis=axis, dtype=dtype)

    @staticmethod
    def backward(ctx, grad_y):
        return (_from_the_end(get_array_module(grad_y), grad_y, ctx.axis),)                                    # (1)


class Cumprod(ArrayFunction):
    """y_j = x_0 ... x_j along an axis: grad_x_i is the sum over j >= i of grad_y_j times the product of the others."""

    @staticmethod
    def forward(ctx, x, *, axis, dtype=None):
        y = get_array_module(x).cumprod(x, axis=axis, dtype=dtype)
        ctx.axis = axis
        ctx.save_for_backward(x, y)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        x, y = ctx.saved
        xp, axis = get_array_module(grad_y), ctx.axis
        zero = x == 0
        zeros = xp.cumsum(zero, axis=axis)  # how many have come up to each place
        first = zero & (zeros == 1)
        others = xp.cumprod(xp.where(first, 1, x), axis=axis)
        before = _from_the_end(xp, grad_y * y, axis) / xp.where(zero, 1, x)                                    # (2)
        at = _from_the_end(xp, grad_y * others, axis)                                                          # (3)
        return (xp.where(first, at, xp.where(zeros == 0, before, 0)),)


class Prod(ArrayFunction):
    """y = the product along an axis (of all elements for None): dy/dx_i is the product of the others."""

    @staticmethod
    def forward(ctx, x, *, axis=None, keepdim=False, dtype=None):
        ctx.axis = axis
        ctx.save_for_backward(x)
        return get_array_module(x).asarray(x.prod(axis=axis, keepdims=keepdim, dtype=dtype))

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved
        xp = get_array_module(grad_y)
        rows = x.reshape(1, -1) if ctx.axis is None else xp.moveaxis(x, ctx.axis, -1)
        one = xp.ones((*rows.shape[:-1], 1), x.dtype)
        left = xp.cumprod(xp.concatenate([one, rows], axis=-1)[..., :-1], axis=-1)
        right = xp.flip(xp.cumprod(xp.concatenate([one, xp.flip(rows, -1)], axis=-1)[..., :-1], axis=-1), -1)
        grad_rows = grad_y.reshape(one.shape) * left * right                                                   # (4)
        return (grad_rows.reshape(x.shape) if ctx.axis is None else xp.moveaxis(grad_rows, -1, ctx.axis),)


def _scan(who, function, input, dim, dtype):
    check_tensor(who, input)
    if dtype is not None:
        input = cast(input, dtype)
        if input.array.dtype.kind == "b":
            raise NotImplementedError(f"{who}: dtype must be one of numbers, got dtype={dtype}; take an integer or floating point one")
    axis = dimension(who, dim, input.array.ndim)
    dtype = None if input.array.dtype.kind == "f" else dtype or int64
    if input.array.ndim == 0:  # one element: it is its own sum and product
        return clone(input if dtype is None else cast(input, dtype))
    return function.apply(input, axis=axis, dtype=dtype)


def cumsum(input: Tensor, dim: int, *, dtype: DType = None) -> Tensor:
    """The running sum along dim: each element plus all before it.

    Args:
        input: Tensor. Integers and bools are summed as int64.
        dim: the dimension to go along.
        dtype: convert the input to this dtype first.

    Shape:
        input (*) -> the same.

    Raises:
        IndexError: input has no such dimension.
        NotImplementedError: dtype is bool.

    Example:
        >>> import tinyreg
        >>> tinyreg.cumsum(tinyreg.tensor([1.0, 2.0, 3.0]), dim=0)
        tensor([1., 3., 6.])
    """
    return _scan("cumsum", Cumsum, input, dim, dtype)


def cumprod(input: Tensor, dim: int, *, dtype: DType = None) -> Tensor:
    """The running product along dim: each element times all before it.

    Args:
        input: Tensor. Integers and bools are multiplied as int64.
        dim: the dimension to go along.
        dtype: convert the input to this dtype first.

    Shape:
        input (*) -> the same.

    Raises:
        IndexError: input has no such dimension.
        NotImplementedError: dtype is bool.

    Example:
        >>> import tinyreg
        >>> tinyreg.cumprod(tinyreg.tensor([1.0, 2.0, 3.0]), dim=0)
        tensor([1., 2., 6.])
    """
    return _scan("cumprod", Cumprod, input, dim, dtype)


def prod(input: Tensor, dim: int | None = None, keepdim: bool = False, *, dtype: DType = None) -> Tensor:
    """The product of all elements, or of those along dim; 1 where there are none. Zeros do not harm its gradient.

    Args:
        input: Tensor. Integers and bools are multiplied as int64.
        dim: one dimension, or None for all.
        keepdim: keep the reduced dimension as size 1.
        dtype: convert the input to this dtype first.

    Shape:
        input (*) -> input's without dim, or with 1 in its place.

    Raises:
        IndexError: input has no such dimension.
        TypeError: dim is not one integer; PyTorch multiplies along one dimension at a time.

    Example:
        >>> import tinyreg
        >>> tinyreg.prod(tinyreg.tensor([[1.0, 2.0], [3.0, 4.0]]), dim=1)
        tensor([ 2., 12.])
    """
    check_tensor("prod", input)
    if dtype is not None:
        input = cast(input, dtype)
    axis = None if dim is None else dimension("prod", dim, input.array.ndim)
    dtype = None if input.array.dtype.kind == "f" else dtype or int64
    return Prod.apply(input, axis=axis if input.array.ndim else None, keepdim=keepdim, dtype=dtype)
