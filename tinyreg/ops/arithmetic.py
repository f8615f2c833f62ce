"""add sub mul div pow and their relatives: each a Function with its derivative, and the door that users call.

With z = f(a, b) elementwise, the chain rule is dL/da = dL/dz * dz/da for each element; where a was broadcast, its
elements collect the sum, which the engine does for all of them (`broadcasts = True`).
"""

from collections.abc import Callable
from typing import Any

from ..autograd import ArrayFunction, Tensor
from ..backend import get_array_module, get_default_dtype, is_array
from .broadcasting import as_operand, cast, operands, refuse_shapes, result_type
from .floating import check_tensor
from .number import check_number


class Add(ArrayFunction):
    """z = a + b: dz/da = 1, dz/db = 1."""

    broadcasts = True

    @staticmethod
    def forward(ctx, a, b):
        return a + b

    @staticmethod
    def backward(ctx, grad_z):
        return grad_z, grad_z


class Sub(ArrayFunction):
    """z = a - b: dz/da = 1, dz/db = -1."""

    broadcasts = True

    @staticmethod
    def forward(ctx, a, b):
        return a - b

    @staticmethod
    def backward(ctx, grad_z):
        return grad_z, -grad_z if ctx.needs_input_grad[1] else None


class Mul(ArrayFunction):
    """z = a b: dz/da = b, dz/db = a."""

    broadcasts = True

    @staticmethod
    def forward(ctx, a, b):
        needs_a, needs_b = ctx.needs_input_grad
        ctx.save_for_backward(a if needs_b else None, b if needs_a else None)
        return a * b

    @staticmethod
    def backward(ctx, grad_z):
        a, b = ctx.saved
        return None if b is None else grad_z * b, None if a is None else grad_z * a


class Div(ArrayFunction):
    """z = a / b: dz/da = 1/b, dz/db = -a/b^2 = -z/b."""

    broadcasts = True

    @staticmethod
    def forward(ctx, a, b):
        z = a / b
        ctx.save_for_backward(b, z if ctx.needs_input_grad[1] else None)
        return z

    @staticmethod
    def backward(ctx, grad_z):
        b, z = ctx.saved
        grad_a = grad_z / b
        return grad_a, None if z is None else -grad_a * z


class Pow(ArrayFunction):
    """z = a^b: dz/da = b a^(b-1), 0 where b = 0; dz/db = z ln a, 0 where a = 0 and b >= 0."""

    broadcasts = True

    @staticmethod
    def forward(ctx, a, b):
        z = a**b
        ctx.save_for_backward(a, b, z)
        return z

    @staticmethod
    def backward(ctx, grad_z):
        a, b, z = ctx.saved
        xp = get_array_module(grad_z)
        grad_a = grad_b = None
        if ctx.needs_input_grad[0]:
            if isinstance(b, (int, float)):
                grad_a = xp.zeros_like(grad_z) if b == 0 else grad_z * (2 * a if b == 2 else b * a ** (b - 1))
            else:
                grad_a = grad_z * (b * a ** xp.where(b == 0, 1, b - 1))  # b = 0: the factor b alone decides
        if ctx.needs_input_grad[1]:
            a = xp.asarray(a, dtype=grad_z.dtype)
            flat = (a == 0) & (b >= 0)
            grad_b = grad_z * z * xp.log(xp.where(flat, 1, a))  # ln 1 = 0
        return grad_a, grad_b


class Remainder(ArrayFunction):
    """z = a - b floor(a/b): dz/da = 1, dz/db = -floor(a/b)."""

    broadcasts = True

    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return a % b

    @staticmethod
    def backward(ctx, grad_z):
        a, b = ctx.saved
        return grad_z, -grad_z * (a // b) if ctx.needs_input_grad[1] else None


class Fmod(ArrayFunction):
    """z = a - b trunc(a/b): dz/da = 1, dz/db = -trunc(a/b)."""

    broadcasts = True

    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return get_array_module(a).fmod(a, b)

    @staticmethod
    def backward(ctx, grad_z):
        a, b = ctx.saved
        return grad_z, -grad_z * get_array_module(a).trunc(a / b) if ctx.needs_input_grad[1] else None


class Neg(ArrayFunction):
    """z = -a: dz/da = -1."""

    @staticmethod
    def forward(ctx, a):
        return -a

    @staticmethod
    def backward(ctx, grad_z):
        return (-grad_z,)


def binary(who: str, function: type[ArrayFunction], summary: str) -> Callable[[Any, Any], Tensor]:
    """The door of a Function of two operands: dtypes are promoted as in PyTorch, shapes that do not fit are named."""

    def door(input: Tensor | float, other: Tensor | float) -> Tensor:
        # operands that agree already meet at once: two tensors of one dtype, or a float tensor and a Python number
        if isinstance(input, Tensor):
            if isinstance(other, Tensor):
                agree = input.array.dtype is other.array.dtype
            else:
                agree = (type(other) is float or type(other) is int) and input.array.dtype.kind == "f"
        else:
            agree = (type(input) is float or type(input) is int) and isinstance(other, Tensor) and other.array.dtype.kind == "f"
        if not agree:
            input, other = operands(who, input, other)
        try:
            return function.apply(input, other)
        except ValueError:
            refuse_shapes(who, input, other)
        except OverflowError:  # a number that does not fit into the tensor's integers: it wraps around, as in PyTorch
            input, other = (x if isinstance(x, Tensor) else _wrapped(x, (input, other)) for x in (input, other))
            return function.apply(input, other)

    door.__name__ = door.__qualname__ = who
    door.__doc__ = summary
    return door


def _wrapped(number, pair):
    """A number as the integer that is left of it in the dtype of the tensor beside it."""
    array = next(x.array for x in pair if isinstance(x, Tensor))
    return get_array_module(array).asarray(number).astype(array.dtype).item()


plus = binary("add", Add, "input + other: what Python calls for +.")
minus = binary("sub", Sub, "input - other, of numbers.")
mul = binary(
    "mul",
    Mul,
    """input * other, elementwise with broadcasting.

    Args:
        input, other: Tensors that broadcast, or a Tensor and a number.

    Example:
        >>> import tinyreg
        >>> tinyreg.mul(tinyreg.tensor([[1.0], [2.0]]), tinyreg.tensor([3.0, 4.0]))
        tensor([[3., 4.],
                [6., 8.]])
    """,
)
quotient = binary("div", Div, "input / other, of floating point numbers.")
modulo = binary("remainder", Remainder, "input - other * floor(input / other), of numbers.")
power = binary("pow", Pow, "input ** other, where the power exists.")


def _is_integral(*given):
    """Whether all of these tensors and numbers are integers or bools."""
    return all(x.array.dtype.kind != "f" if isinstance(x, Tensor) else isinstance(x, int) for x in given)


def _refuse_numbers(who, input, other):
    if not (isinstance(input, Tensor) or isinstance(other, Tensor) or is_array(input) or is_array(other)):
        raise TypeError(f"{who}: an operand must be a Tensor, got {input!r:.60} and {other!r:.60}; convert one with tinyreg.tensor")


def _refuse_bools(who, *given):
    for x in given:
        if not (x.array.dtype.kind == "b" if isinstance(x, Tensor) else isinstance(x, bool)):
            return
    raise NotImplementedError(f"{who}: an operand must be a number, got bools; convert one with .int()")


def _scaled(who, input, other, alpha):
    """alpha * other in the dtype of the sum."""
    input, other = as_operand(who, input), as_operand(who, other)
    check_number(who, alpha=alpha)
    alpha = alpha.item() if isinstance(alpha, Tensor) else alpha
    dtype = result_type(input, other)
    if dtype.kind == "b" and isinstance(alpha, int):
        return other & bool(alpha)
    if isinstance(alpha, bool) or (dtype.kind != "f" and not isinstance(alpha, int)):
        raise RuntimeError(f"{who}: alpha must be a number of the kind of the operands, got alpha={alpha} for dtype {dtype}; convert one")
    return (cast(other, dtype) if isinstance(other, Tensor) else other) * alpha


def add(input: Tensor | float, other: Tensor | float, *, alpha: float = 1) -> Tensor:
    """input + alpha * other, elementwise with broadcasting.

    Args:
        input, other: Tensors that broadcast, or a Tensor and a number.
        alpha: factor of other; 1 adds it as it is. For integers it is an integer.

    Raises:
        RuntimeError: a fraction times integers; shapes that cannot be broadcast.

    Example:
        >>> import tinyreg
        >>> tinyreg.add(tinyreg.tensor([1.0, 2.0]), 1)
        tensor([2., 3.])
    """
    return plus(input, other if type(alpha) is int and alpha == 1 else _scaled("add", input, other, alpha))


def sub(input: Tensor | float, other: Tensor | float, *, alpha: float = 1) -> Tensor:
    """input - alpha * other, elementwise with broadcasting.

    Args:
        input, other: Tensors that broadcast, or a Tensor and a number; no bools.
        alpha: factor of other; 1 subtracts it as it is.

    Raises:
        RuntimeError: a bool tensor, or shapes that cannot be broadcast.

    Example:
        >>> import tinyreg
        >>> tinyreg.sub(tinyreg.tensor([5.0, 2.0]), tinyreg.tensor([1.0, 1.0]), alpha=2)
        tensor([3., 0.])
    """
    if type(alpha) is not int:
        check_number("sub", alpha=alpha)
    for x in (input, other):
        if x is True or x is False or (isinstance(x, Tensor) and x.array.dtype.kind == "b"):
            what = f"dtype {x.array.dtype}" if isinstance(x, Tensor) else x
            raise RuntimeError(f"sub: operands must be numbers, got {what}; use ^ or logical_not for bools")
    return minus(input, other if type(alpha) is int and alpha == 1 else _scaled("sub", input, other, alpha))


def rsub(input: Tensor, other: Tensor | float, *, alpha: float = 1) -> Tensor:
    """other - alpha * input: what Python calls for `number - tensor`.

    Args:
        input, other, alpha: as in sub, with the operands exchanged.

    Example:
        >>> import tinyreg
        >>> tinyreg.rsub(tinyreg.tensor([1.0, 2.0]), 10)
        tensor([9., 8.])
    """
    check_tensor("rsub", input)
    return sub(other, input, alpha=alpha)


def div(input: Tensor | float, other: Tensor | float, *, rounding_mode: str | None = None) -> Tensor:
    """input / other, elementwise with broadcasting; integers give floating point, as in PyTorch.

    Args:
        rounding_mode: None, 'floor' (as Python's //) or 'trunc' (towards 0); rounded results have gradient 0.

    Example:
        >>> import tinyreg
        >>> tinyreg.div(tinyreg.tensor([-7, 7]), 2)
        tensor([-3.5000,  3.5000])
        >>> tinyreg.div(tinyreg.tensor([-7, 7]), 2, rounding_mode="trunc")
        tensor([-3,  3])
    """
    if rounding_mode == "floor":
        return floor_divide(input, other)
    if rounding_mode not in (None, "trunc"):
        raise RuntimeError(f"div: rounding_mode must be None, 'trunc' or 'floor', got {rounding_mode!r}; choose one of them")
    input, other = as_operand("div", input), as_operand("div", other)
    if rounding_mode == "trunc":
        _refuse_bools("div", input, other)
        return truncated(input, other)
    if _is_integral(input, other):  # NumPy would choose float64
        input, other = (cast(x, get_default_dtype()) if isinstance(x, Tensor) else float(x) for x in (input, other))
    return quotient(input, other)


def rdiv(input: Tensor, other: float) -> Tensor:
    """other / input: what Python calls for `number / tensor`."""
    return div(other, input)


class FloorDivide(ArrayFunction):
    """z = floor(a/b): constant between its jumps, gradient 0."""

    broadcasts = True

    @staticmethod
    def forward(ctx, a, b):
        return a // b

    @staticmethod
    def backward(ctx, grad_z):
        zeros = get_array_module(grad_z).zeros_like(grad_z)
        return zeros, zeros


class TruncDivide(FloorDivide):
    """z = a/b without its fraction: constant between its jumps, gradient 0."""

    @staticmethod
    def forward(ctx, a, b):
        xp = get_array_module(a)
        if xp.result_type(a, b).kind == "f":
            return xp.trunc(a / b)
        return (a - xp.fmod(a, b)) // b


truncated = binary("div", TruncDivide, "input / other without its fraction, of numbers.")
floored = binary("floor_divide", FloorDivide, "floor(input / other), of numbers.")


def floor_divide(input: Tensor | float, other: Tensor | float) -> Tensor:
    """floor(input / other), elementwise: as Python's //.

    Args:
        input, other: Tensors that broadcast, or a Tensor and a number; integers stay integers.

    Raises:
        NotImplementedError: two bools.

    Example:
        >>> import tinyreg
        >>> tinyreg.floor_divide(tinyreg.tensor([-7, 7]), 2)
        tensor([-4,  3])
    """
    _refuse_bools("floor_divide", input, other)
    return floored(input, other)


def rfloor_divide(input: Tensor, other: float) -> Tensor:
    """floor(other / input): what Python calls for `number // tensor`."""
    return floor_divide(other, input)


def remainder(input: Tensor | float, other: Tensor | float) -> Tensor:
    """input - other * floor(input / other), elementwise: the sign is other's, as Python's %.

    Args:
        input, other: Tensors that broadcast, or a Tensor and a number; by 0 it is nan for floating point, 0 for integers.

    Raises:
        NotImplementedError: two bools.

    Example:
        >>> import tinyreg
        >>> tinyreg.remainder(tinyreg.tensor([-7, 7]), 3)
        tensor([2, 1])
    """
    _refuse_numbers("remainder", input, other)
    _refuse_bools("remainder", input, other)
    return modulo(input, other)


rest = binary("fmod", Fmod, "input - other * trunc(input / other), of numbers.")


def fmod(input: Tensor, other: Tensor | float) -> Tensor:
    """input - other * trunc(input / other), elementwise: the sign is input's, as C's fmod.

    Args:
        input: Tensor.
        other: a Tensor that broadcasts with input, or a number; by 0 it is nan for floating point, 0 for integers.

    Raises:
        NotImplementedError: two bools.

    Example:
        >>> import tinyreg
        >>> tinyreg.fmod(tinyreg.tensor([-7, 7]), 3)
        tensor([-1,  1])
    """
    check_tensor("fmod", input)
    _refuse_bools("fmod", input, other)
    return rest(input, other)


def rremainder(input: Tensor, other: float) -> Tensor:
    """What Python calls for `number % tensor`."""
    return remainder(other, input)


def pow(input: Tensor | float, exponent: Tensor | float) -> Tensor:
    """input ** exponent, elementwise with broadcasting.

    Args:
        input, exponent: Tensors that broadcast, or a Tensor and a number. A negative number to a power that is no integer
            is nan.

    Raises:
        NotImplementedError: two bools.
        RuntimeError: an integer tensor to a negative integer power. A tensor of powers may hold negative integers: what
            lies between 0 and 1 is then cut to 0, as in PyTorch.

    Example:
        >>> import tinyreg
        >>> tinyreg.pow(tinyreg.tensor([1.0, 2.0, 3.0]), 2)
        tensor([1., 4., 9.])
    """
    if not (isinstance(input, Tensor) and input.array.dtype.kind == "f"):
        _refuse_numbers("pow", input, exponent)
        input, exponent = as_operand("pow", input), as_operand("pow", exponent)
        if _is_integral(input, exponent):
            return _integer_power(input, exponent)
    return power(input, exponent)


def _integer_power(input, exponent):
    _refuse_bools("pow", input, exponent)
    if isinstance(exponent, Tensor):
        # what 1 / input^n leaves of an integer: 1 and -1 themselves, 0 of the others
        positive = exponent >= 0
        parity = exponent & 1
        return power(input, exponent * positive + parity * ~positive) * (positive | (input == 1) | (input == -1))
    if exponent < 0:
        raise RuntimeError(f"pow: an integer tensor needs a power of at least 0, got {exponent}; convert with .float() first")
    return power(input, exponent)


def rpow(input: Tensor, other: float) -> Tensor:
    """other ** input: what Python calls for `number ** tensor`."""
    return pow(other, input)


def neg(input: Tensor) -> Tensor:
    """-input, elementwise.

    Args:
        input: Tensor of numbers.

    Raises:
        RuntimeError: a bool tensor.

    Example:
        >>> import tinyreg
        >>> tinyreg.neg(tinyreg.tensor([1.0, -2.0]))
        tensor([-1.,  2.])
    """
    try:
        kind = input.array.dtype.kind
    except AttributeError:
        check_tensor("neg", input)
    if kind == "b":
        raise RuntimeError(f"neg: the operand must be numbers, got dtype {input.array.dtype}; use ~ or logical_not for bools")
    return Neg.apply(input)
