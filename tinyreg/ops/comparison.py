"""Comparisons, logic, and where: questions about elements, answered with True and False.

A comparison is constant between its jumps; its result is bool and has no gradient. `where` chooses between two tensors, and
the gradient of each element goes to the one that was chosen:

    y = where(c, a, b):   grad_a = where(c, grad_y, 0),   grad_b = where(c, 0, grad_y)
"""

from typing import Any

from ..autograd import ArrayFunction, Tensor
from ..autograd.tensor import wrap
from ..backend import get_array_module, is_array
from .broadcasting import as_operand, cast, operands, refuse_shapes, result_type
from .counting import nonzero
from .floating import check_tensor
from .number import check_number, in_dtype


def _compare(who, name, a, b):
    """The ufunc `name` of two operands, after PyTorch's promotion."""
    check_tensor(who, a)
    if not (isinstance(b, Tensor) and a.array.dtype is b.array.dtype):
        b = as_operand(who, b)
        if isinstance(b, Tensor):
            a, b = operands(who, a, b)
    x, y = a.array, b.array if isinstance(b, Tensor) else b
    try:
        return wrap(getattr(get_array_module(x), name)(x, y))
    except ValueError:
        refuse_shapes(who, a, b)


def eq(input: Tensor, other: Tensor | float) -> Tensor:
    """input == other, elementwise with broadcasting; nan equals nothing.

    Args:
        input, other: Tensors that broadcast, or a Tensor and a number; dtypes are promoted.

    Raises:
        RuntimeError: shapes that cannot be broadcast.

    Example:
        >>> import tinyreg
        >>> tinyreg.eq(tinyreg.tensor([1, 2, 3]), 2)
        tensor([False,  True, False])
    """
    return _compare("eq", "equal", input, other)


def ne(input: Tensor, other: Tensor | float) -> Tensor:
    """input != other, elementwise with broadcasting.

    Args:
        input, other: Tensors that broadcast, or a Tensor and a number; dtypes are promoted.

    Raises:
        RuntimeError: shapes that cannot be broadcast.

    Example:
        >>> import tinyreg
        >>> tinyreg.ne(tinyreg.tensor([1, 2, 3]), 2)
        tensor([ True, False,  True])
    """
    return _compare("ne", "not_equal", input, other)


def lt(input: Tensor, other: Tensor | float) -> Tensor:
    """input < other, elementwise with broadcasting.

    Args:
        input, other: Tensors that broadcast, or a Tensor and a number; dtypes are promoted.

    Raises:
        RuntimeError: shapes that cannot be broadcast.

    Example:
        >>> import tinyreg
        >>> tinyreg.lt(tinyreg.tensor([1, 2, 3]), 2)
        tensor([ True, False, False])
    """
    return _compare("lt", "less", input, other)


def le(input: Tensor, other: Tensor | float) -> Tensor:
    """input <= other, elementwise with broadcasting.

    Args:
        input, other: Tensors that broadcast, or a Tensor and a number; dtypes are promoted.

    Raises:
        RuntimeError: shapes that cannot be broadcast.

    Example:
        >>> import tinyreg
        >>> tinyreg.le(tinyreg.tensor([1, 2, 3]), 2)
        tensor([ True,  True, False])
    """
    return _compare("le", "less_equal", input, other)


def gt(input: Tensor, other: Tensor | float) -> Tensor:
    """input > other, elementwise with broadcasting.

    Args:
        input, other: Tensors that broadcast, or a Tensor and a number; dtypes are promoted.

    Raises:
        RuntimeError: shapes that cannot be broadcast.

    Example:
        >>> import tinyreg
        >>> tinyreg.gt(tinyreg.tensor([1, 2, 3]), 2)
        tensor([False, False,  True])
    """
    return _compare("gt", "greater", input, other)


def ge(input: Tensor, other: Tensor | float) -> Tensor:
    """input >= other, elementwise with broadcasting.

    Args:
        input, other: Tensors that broadcast, or a Tensor and a number; dtypes are promoted.

    Raises:
        RuntimeError: shapes that cannot be broadcast.

    Example:
        >>> import tinyreg
        >>> tinyreg.ge(tinyreg.tensor([1, 2, 3]), 2)
        tensor([False,  True,  True])
    """
    return _compare("ge", "greater_equal", input, other)


def _is_operand(x):
    return isinstance(x, (Tensor, bool, int, float)) or is_array(x) or hasattr(x, "dtype")


def equals(input: Tensor, other: Any) -> Any:
    """What Python calls for ==: eq, but a tensor is not equal to what is no tensor or number, as None."""
    return eq(input, other) if _is_operand(other) else NotImplemented


def differs(input: Tensor, other: Any) -> Any:
    """What Python calls for !=: ne, but a tensor is different from what is no tensor or number, as None."""
    return ne(input, other) if _is_operand(other) else NotImplemented


def isnan(input: Tensor) -> Tensor:
    """Whether each element is nan.

    Args:
        input: Tensor; integers are never nan.

    Example:
        >>> import tinyreg
        >>> tinyreg.isnan(tinyreg.tensor([1.0, float("nan")]))
        tensor([False,  True])
    """
    check_tensor("isnan", input)
    return wrap(get_array_module(input.array).isnan(input.array))


def isinf(input: Tensor) -> Tensor:
    """Whether each element is infinite, positive or negative.

    Args:
        input: Tensor; integers are never infinite.

    Example:
        >>> import tinyreg
        >>> tinyreg.isinf(tinyreg.tensor([1.0, float("-inf"), float("nan")]))
        tensor([False,  True, False])
    """
    check_tensor("isinf", input)
    return wrap(get_array_module(input.array).isinf(input.array))


def isfinite(input: Tensor) -> Tensor:
    """Whether each element is neither infinite nor nan.

    Args:
        input: Tensor; integers always are.

    Example:
        >>> import tinyreg
        >>> tinyreg.isfinite(tinyreg.tensor([1.0, float("-inf"), float("nan")]))
        tensor([ True, False, False])
    """
    check_tensor("isfinite", input)
    return wrap(get_array_module(input.array).isfinite(input.array))


def equal(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have one shape and equal elements: a Python bool.

    Args:
        input, other: Tensors; nan equals nothing.

    Example:
        >>> import tinyreg
        >>> tinyreg.equal(tinyreg.tensor([1, 2]), tinyreg.tensor([1, 2]))
        True
    """
    check_tensor("equal", input)
    check_tensor("equal", other, "other")
    return input.array.shape == other.array.shape and bool((input.array == other.array).all())


def isclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Tensor:
    """Whether |input - other| <= atol + rtol * |other|, elementwise with broadcasting.

    Args:
        input, other: Tensors of one dtype.
        rtol, atol: relative and absolute tolerance, at least 0.
        equal_nan: whether nan is close to nan.

    Raises:
        RuntimeError: different dtypes, shapes that cannot be broadcast, or a negative tolerance.

    Example:
        >>> import tinyreg
        >>> tinyreg.isclose(tinyreg.tensor([1.0, 1.0]), tinyreg.tensor([1.0 + 1e-6, 1.1]))
        tensor([ True, False])
    """
    check_tensor("isclose", input)
    check_tensor("isclose", other, "other")
    a, b = input.array, other.array
    if a.dtype != b.dtype:
        raise RuntimeError(f"isclose: both dtypes must be equal, got {a.dtype} and {b.dtype}; convert one with .to(dtype)")
    check_number("isclose", rtol=rtol, atol=atol)
    if rtol < 0 or atol < 0:
        raise RuntimeError(f"isclose: tolerances must be at least 0, got rtol={rtol} and atol={atol}; raise them")
    try:
        return wrap(get_array_module(a).isclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan))
    except ValueError:
        refuse_shapes("isclose", input, other)


def allclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Whether all elements are close (see isclose): a Python bool.

    Args:
        input, other: Tensors of one dtype.
        rtol, atol: relative and absolute tolerance, at least 0; 0 and 0 ask for equality.
        equal_nan: whether nan is close to nan.

    Raises:
        RuntimeError: different dtypes, shapes that cannot be broadcast, or a negative tolerance.

    Example:
        >>> import tinyreg
        >>> tinyreg.allclose(tinyreg.tensor([1.0, 2.0]), tinyreg.tensor([1.0 + 1e-6, 2.0]))
        True
    """
    return bool(isclose(input, other, rtol, atol, equal_nan).array.all())


def _logical(who, name, input, other):
    check_tensor(who, input)
    check_tensor(who, other, "other")
    try:
        return wrap(getattr(get_array_module(input.array), name)(input.array, other.array))
    except ValueError:
        refuse_shapes(who, input, other)


def logical_and(input: Tensor, other: Tensor | float) -> Tensor:
    """Whether both elements differ from 0.

    Args:
        input, other: Tensors that broadcast; any dtype, what differs from 0 counts as True.

    Example:
        >>> import tinyreg
        >>> tinyreg.logical_and(tinyreg.tensor([0, 1, 2]), tinyreg.tensor([1, 1, 0]))
        tensor([False,  True, False])
    """
    return _logical("logical_and", "logical_and", input, other)


def logical_or(input: Tensor, other: Tensor | float) -> Tensor:
    """Whether one of the elements differs from 0.

    Args:
        input, other: Tensors that broadcast; any dtype, what differs from 0 counts as True.

    Example:
        >>> import tinyreg
        >>> tinyreg.logical_or(tinyreg.tensor([0, 1, 2]), tinyreg.tensor([0, 1, 0]))
        tensor([False,  True,  True])
    """
    return _logical("logical_or", "logical_or", input, other)


def logical_xor(input: Tensor, other: Tensor | float) -> Tensor:
    """Whether exactly one of the elements differs from 0.

    Args:
        input, other: Tensors that broadcast; any dtype, what differs from 0 counts as True.

    Example:
        >>> import tinyreg
        >>> tinyreg.logical_xor(tinyreg.tensor([0, 1, 2]), tinyreg.tensor([0, 1, 0]))
        tensor([False, False,  True])
    """
    return _logical("logical_xor", "logical_xor", input, other)


def logical_not(input: Tensor) -> Tensor:
    """Whether each element is 0.

    Args:
        input: Tensor of any dtype.

    Example:
        >>> import tinyreg
        >>> tinyreg.logical_not(tinyreg.tensor([0, 1, 2]))
        tensor([ True, False, False])
    """
    check_tensor("logical_not", input)
    return wrap(get_array_module(input.array).logical_not(input.array))


def _bitwise(who, *given):
    for x in given:
        kind = x.array.dtype if isinstance(x, Tensor) else getattr(x, "dtype", type(x).__name__)
        if str(kind).startswith("float"):
            error = TypeError if len(given) == 1 else NotImplementedError  # as PyTorch
            raise error(f"{who}: operands must be bools or integers, got {kind}; compare first, as in (x > 0) & (y > 0)")
    if len(given) == 1:
        return wrap(get_array_module(given[0].array).invert(given[0].array))
    return _compare(who, who, *(given if isinstance(given[0], Tensor) else given[::-1]))


def bitwise_and(input: Tensor, other: Tensor | float) -> Tensor:
    """input & other: True where both bools are, the common bits of integers.

    Args:
        input, other: Tensors of bools or integers that broadcast, or one and a number.

    Raises:
        NotImplementedError: floating point operands.
        RuntimeError: shapes that cannot be broadcast.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.tensor([-1.0, 0.5, 2.0])
        >>> (x > 0) & (x < 1)
        tensor([False,  True, False])
    """
    return _bitwise("bitwise_and", input, other)


def bitwise_or(input: Tensor, other: Tensor | float) -> Tensor:
    """input | other: True where one of the bools is, the bits of either integer.

    Args:
        input, other: Tensors of bools or integers that broadcast, or one and a number.

    Raises:
        NotImplementedError: floating point operands.
        RuntimeError: shapes that cannot be broadcast.

    Example:
        >>> import tinyreg
        >>> tinyreg.bitwise_or(tinyreg.tensor([1, 2]), 2)
        tensor([3, 2])
    """
    return _bitwise("bitwise_or", input, other)


def bitwise_xor(input: Tensor, other: Tensor | float) -> Tensor:
    """input ^ other: True where the bools differ, the bits in which integers differ.

    Args:
        input, other: Tensors of bools or integers that broadcast, or one and a number.

    Raises:
        NotImplementedError: floating point operands.
        RuntimeError: shapes that cannot be broadcast.

    Example:
        >>> import tinyreg
        >>> tinyreg.bitwise_xor(tinyreg.tensor([1, 2]), 2)
        tensor([3, 0])
    """
    return _bitwise("bitwise_xor", input, other)


def bitwise_not(input: Tensor) -> Tensor:
    """~input: the opposite of bools, all bits of integers turned.

    Args:
        input: Tensor of bools or integers.

    Raises:
        TypeError: a floating point tensor.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.tensor([1.0, 2.0])
        >>> ~(x > 1)
        tensor([ True, False])
    """
    check_tensor("bitwise_not", input)
    return _bitwise("bitwise_not", input)


class Where(ArrayFunction):
    """y = a where c, else b: each takes the gradient where it was chosen, and 0 elsewhere."""

    broadcasts = True

    @staticmethod
    def forward(ctx, c, a, b):
        ctx.save_for_backward(c)
        return get_array_module(c).where(c, a, b)

    @staticmethod
    def backward(ctx, grad_y):
        (c,) = ctx.saved
        xp = get_array_module(grad_y)
        _, needs_a, needs_b = ctx.needs_input_grad
        # chosen, not multiplied: an infinite gradient on the other side must not become nan here
        return None, xp.where(c, grad_y, 0) if needs_a else None, xp.where(c, 0, grad_y) if needs_b else None


def where(condition: Tensor, input: Tensor | float | None = None, other: Tensor | float | None = None) -> Tensor | tuple[Tensor, ...]:
    """input where condition holds, other elsewhere, with broadcasting; with a condition alone, where it holds.

    Args:
        condition: bool Tensor.
        input, other: Tensors or numbers; their dtypes are promoted.

    Returns:
        A Tensor of the broadcast shape; or, for a condition alone, a tuple with one index tensor a dimension.

    Raises:
        RuntimeError: condition is not bool; shapes that cannot be broadcast.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.tensor([-1.0, 2.0])
        >>> tinyreg.where(x > 0, x, 0.0)
        tensor([0., 2.])
        >>> tinyreg.where(x > 0)
        (tensor([1]),)
    """
    check_tensor("where", condition, "condition")
    if input is None and other is None:
        return nonzero(condition, as_tuple=True)
    if condition.array.dtype != bool:
        raise RuntimeError(f"where: condition must be bool, got dtype {condition.array.dtype}; compare, or convert with .bool()")
    input, other = as_operand("where", input), as_operand("where", other)
    return _choose("where", condition, input, other, result_type(input, other))


def where_method(input: Tensor, condition: Tensor, other: Tensor | float) -> Tensor:
    """x.where(condition, other): x where condition holds, other elsewhere.

    Args:
        input, condition, other: as in where.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.tensor([-1.0, 2.0])
        >>> x.where(x > 0, 0.0)
        tensor([0., 2.])
    """
    return where(condition, input, other)  # type: ignore[return-value]  # with two sources it is one tensor


def _choose(who, condition, a, b, dtype):
    xp = get_array_module(condition.array)
    a, b = (cast(x, dtype) if isinstance(x, Tensor) else xp.asarray(in_dtype(who, x, dtype), dtype=dtype) for x in (a, b))
    try:
        return Where.apply(condition, a, b)
    except ValueError:
        shapes = [tuple(x.array.shape) if isinstance(x, Tensor) else () for x in (condition, a, b)]
        raise RuntimeError(
            f"{who}: shapes must broadcast (equal, or 1, from the right), got {shapes[0]}, {shapes[1]} and {shapes[2]}; "
            "reshape or unsqueeze one of them"
        ) from None


def masked_fill(input: Tensor, mask: Tensor, value: Tensor | float) -> Tensor:
    """input with value where mask holds; the gradient is 0 there.

    Args:
        input: Tensor.
        mask: bool Tensor that broadcasts with input.
        value: a number or a 0-d Tensor; cast to the input's dtype.

    Raises:
        RuntimeError: mask is not bool; value is not a single number; shapes that cannot be broadcast.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.tensor([1.0, 2.0])
        >>> tinyreg.masked_fill(x, x > 1, float("-inf"))
        tensor([1., -inf])
    """
    check_tensor("masked_fill", input)
    check_tensor("masked_fill", mask, "mask")
    if mask.array.dtype != bool:
        raise RuntimeError(f"masked_fill: mask must be bool, got dtype {mask.array.dtype}; compare, or convert with .bool()")
    value = as_operand("masked_fill", value)
    if isinstance(value, Tensor) and value.array.ndim:
        raise RuntimeError(f"masked_fill: value must be a number or a 0-d tensor, got shape {tuple(value.array.shape)}; use where")
    dtype = input.array.dtype
    value = cast(value, dtype) if isinstance(value, Tensor) else in_dtype("masked_fill", value, dtype)
    return _choose("masked_fill", mask, value, input, dtype)
