"""What two operands become before they meet: PyTorch's type promotion, and refusals that name both shapes.

NumPy and PyTorch differ where it hurts: int64 / int64 is float64 in NumPy and float32 in PyTorch; a float64 number of
NumPy's widens a float32 array, a Python number does not. The rule here is PyTorch's. Operands fall into three classes,

    tensors with a dimension  >  0-d tensors  >  Python numbers,

and a lower class widens the result only if it is of a higher kind (bool < int < float) than everything above it.

Shapes broadcast as in NumPy. The adjoint of repeating is summing: the engine does that for every Function that says
`broadcasts = True`, see `sum_to` in autograd/function.py.
"""

from functools import reduce
from typing import Any, NoReturn

import numpy as np

from ..autograd import ArrayFunction, Tensor
from ..autograd.tensor import wrap
from ..backend import KIND_RANK, get_default_dtype, is_array, xp
from .number import in_dtype

float16: np.dtype[Any] = np.dtype("float16")
float32: np.dtype[Any] = np.dtype("float32")
float64: np.dtype[Any] = np.dtype("float64")
uint8: np.dtype[Any] = np.dtype("uint8")
int8: np.dtype[Any] = np.dtype("int8")
int16: np.dtype[Any] = np.dtype("int16")
int32: np.dtype[Any] = np.dtype("int32")
int64: np.dtype[Any] = np.dtype("int64")
bool_: np.dtype[Any] = np.dtype("bool")


def _number_dtype(number):
    if isinstance(number, bool):
        return bool_
    return int64 if isinstance(number, int) else get_default_dtype()


def result_type(*operands: Any) -> np.dtype[Any]:
    """The dtype of the result of an operation on these tensors and Python numbers.

    Example:
        >>> import tinyreg
        >>> result_type(tinyreg.ones(3), tinyreg.tensor(1.0, dtype=tinyreg.float64))
        dtype('float32')
        >>> result_type(tinyreg.arange(3), 0.5)
        dtype('float32')
    """
    best: Any = None
    tensors = [x.array for x in operands if isinstance(x, Tensor)]
    numbers = [_number_dtype(x) for x in operands if not isinstance(x, Tensor)]
    for group in ([a.dtype for a in tensors if a.ndim], [a.dtype for a in tensors if not a.ndim], numbers):
        if group:
            widest = reduce(_promote, group)
            if best is None or KIND_RANK[widest.kind] > KIND_RANK[best.kind]:
                best = widest
    return best


def _promote(a, b):
    if KIND_RANK[a.kind] != KIND_RANK[b.kind]:
        return a if KIND_RANK[a.kind] > KIND_RANK[b.kind] else b  # int64 with float16 is float16
    return np.promote_types(a, b)


class CastFunction(ArrayFunction):
    """y = x in another dtype; grad_x = grad_y in x's."""

    @staticmethod
    def forward(ctx, x, *, dtype):
        ctx.dtype = x.dtype
        return x.astype(dtype)

    @staticmethod
    def backward(ctx, grad_y):
        return (grad_y.astype(ctx.dtype, copy=False),)


def cast(x, dtype):
    """The tensor in this dtype: itself if it has it."""
    return x if x.array.dtype == dtype else CastFunction.apply(x, dtype=dtype)


def operands(who, a, b):
    """Two operands of one dtype; of two numbers the first becomes a Tensor. A number beside one stays (NumPy lets it adapt)."""
    a, b = as_operand(who, a), as_operand(who, b)
    if not (isinstance(a, Tensor) or isinstance(b, Tensor)):
        a = wrap(as_tensor_like(a))
    dtype = result_type(a, b)
    if isinstance(a, Tensor):
        a = cast(a, dtype)
    if isinstance(b, Tensor):
        b = cast(b, dtype)
    return a, b


def as_operand(who, x):
    """A Tensor or a Python number from what a user may write beside an operator."""
    if isinstance(x, np.generic):
        return x.item()  # np.float64 is a float too, but would widen float32 arrays
    if isinstance(x, (Tensor, bool, int, float)):
        return x
    if is_array(x):
        return wrap(x)
    raise TypeError(f"{who}: operands must be tensors or numbers, got {type(x).__name__}; convert with tinyreg.tensor")


def refuse_shapes(who: str, a: Any, b: Any) -> NoReturn:
    """Say which two shapes cannot be broadcast."""
    shapes = [tuple(x.array.shape) if isinstance(x, Tensor) else () for x in (a, b)]
    raise RuntimeError(
        f"{who}: shapes must broadcast (equal, or 1, from the right), got {shapes[0]} and {shapes[1]}; "
        "reshape, transpose or unsqueeze one of them"
    ) from None


def as_tensor_like(data, dtype=None):
    """data as a raw array of the current backend with PyTorch's dtypes: floats the default, ints int64."""
    if isinstance(data, Tensor):
        array = data.array
    elif is_array(data) or isinstance(data, np.generic):
        if data.dtype.kind not in "biuf":
            raise TypeError(f"tensor: data must be real numbers, got an array of dtype {data.dtype}; convert it first")
        refuse_foreign_bytes("tensor", data)
        array = xp().asarray(data)
    else:
        array = _from_python(data, dtype)
    return array if dtype is None else array.astype(np.dtype(dtype), copy=False)


def refuse_foreign_bytes(who, array):
    """Refuse an array whose numbers have their bytes in another order than this machine's."""
    if not array.dtype.isnative:
        raise ValueError(
            f"{who}: an array must have this machine's byte order, got dtype {array.dtype.str!r}; "
            "convert it with array.astype(array.dtype.newbyteorder('='))"
        )


def _from_python(data, dtype):
    """Nested lists of numbers, arrays and tensors."""

    def plain(x):
        if isinstance(x, Tensor):
            return x.detach().numpy()
        return [plain(y) for y in x] if isinstance(x, (list, tuple)) else x

    data = plain(data)
    try:
        array = np.asarray(data)
    except ValueError as error:
        raise ValueError(f"tensor: rows must have equal lengths, got {error}; pad them") from None
    if array.dtype.kind not in "biuf":
        raise TypeError(f"tensor: data must be real numbers, got {data!r:.60} of dtype {array.dtype}; convert it first")
    if dtype is None and not _holds_numpy(data):
        if array.dtype == float64:
            array = array.astype(get_default_dtype())
        elif array.dtype == np.uint64:
            raise ValueError(f"tensor: integers must lie in [-2**63, 2**63), got {data!r:.60}; give floats, or dtype=numpy.uint64")
    if dtype is not None and np.dtype(dtype).kind in "iu" and array.size:
        for extreme in (array.min(), array.max()):
            in_dtype("tensor", extreme.item(), np.dtype(dtype))
    return xp().asarray(array)


def _holds_numpy(data):
    while isinstance(data, (list, tuple)) and data:
        data = data[0]
    return isinstance(data, (np.ndarray, np.generic))
