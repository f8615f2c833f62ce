"""exp log sqrt abs square clamp maximum minimum and their relatives: one number in, one number out.

With y = f(x) for each element, the chain rule is dL/dx = dL/dy * f'(x). Each Function below states f and f'; where f' is
cheaper to say in terms of y (d e^x/dx = e^x), it keeps y instead of x.

At a kink backward gives a subgradient, PyTorch's: 0 for abs at 0, all of the gradient for clamp at its bounds, half of it
to each side of a tie in maximum and minimum.
"""

import math

from ..autograd import ArrayFunction, Tensor
from ..backend import get_array_module
from .arithmetic import binary
from .broadcasting import as_operand, cast, int64, result_type
from .floating import check_tensor, floating


class Exp(ArrayFunction):
    """y = e^x: dy/dx = y."""

    @staticmethod
    def forward(ctx, x):
        y = get_array_module(x).exp(x)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved
        return (grad_y * y,)


class Expm1(ArrayFunction):
    """y = e^x - 1, without cancellation near 0: dy/dx = y + 1."""

    @staticmethod
    def forward(ctx, x):
        y = get_array_module(x).expm1(x)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved
        grad_x = y + 1
        grad_x *= grad_y
        return (grad_x,)


class Exp2(ArrayFunction):
    """y = 2^x: dy/dx = y ln 2."""

    @staticmethod
    def forward(ctx, x):
        y = get_array_module(x).exp2(x)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved
        return (grad_y * y * math.log(2),)


class Log(ArrayFunction):
    """y = ln x: dy/dx = 1/x."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return get_array_module(x).log(x)

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved
        return (grad_y / x,)


class Log1p(ArrayFunction):
    """y = ln(1 + x), exact near 0: dy/dx = 1/(1 + x)."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return get_array_module(x).log1p(x)

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved
        return (grad_y / (1 + x),)


class Log2(ArrayFunction):
    """y = ln x / ln 2: dy/dx = 1/(x ln 2)."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return get_array_module(x).log2(x)

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved
        return (grad_y / (x * math.log(2)),)


class Log10(ArrayFunction):
    """y = ln x / ln 10: dy/dx = 1/(x ln 10)."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return get_array_module(x).log10(x)

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved
        return (grad_y / (x * math.log(10)),)


class Sqrt(ArrayFunction):
    """y = sqrt(x): dy/dx = 1/(2 y), infinite at 0."""

    @staticmethod
    def forward(ctx, x):
        y = get_array_module(x).sqrt(x)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved
        return (grad_y / (2 * y),)


class Rsqrt(ArrayFunction):
    """y = 1/sqrt(x): dy/dx = -y^3/2."""

    @staticmethod
    def forward(ctx, x):
        y = 1 / get_array_module(x).sqrt(x)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved
        return (grad_y * y * y * y * -0.5,)


class Reciprocal(ArrayFunction):
    """y = 1/x: dy/dx = -y^2."""

    @staticmethod
    def forward(ctx, x):
        y = 1 / x
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved
        return (-grad_y * y * y,)


class Square(ArrayFunction):
    """y = x^2: dy/dx = 2 x."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved
        grad_x = x * 2
        grad_x *= grad_y
        return (grad_x,)


class Abs(ArrayFunction):
    """y = |x|: dy/dx = sign(x), which is 0 at the kink and where x is nan."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return get_array_module(x).abs(x)

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved
        sign = (x > 0).astype(grad_y.dtype)
        sign -= x < 0
        sign *= grad_y
        return (sign,)


class Maximum(ArrayFunction):
    """z = max(a, b): the gradient goes to the larger one; to a tie, half to each."""

    broadcasts = True

    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return get_array_module(a).maximum(a, b)

    @staticmethod
    def backward(ctx, grad_z):
        a, b = ctx.saved
        return _share(grad_z, a < b, a <= b), _share(grad_z, b < a, b <= a)


class Minimum(ArrayFunction):
    """z = min(a, b): the gradient goes to the smaller one; to a tie, half to each."""

    broadcasts = True

    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return get_array_module(a).minimum(a, b)

    @staticmethod
    def backward(ctx, grad_z):
        a, b = ctx.saved
        return _share(grad_z, a > b, a >= b), _share(grad_z, b > a, b >= a)


def _share(grad_z, loses, at_most_ties):
    """An operand's share: 0, half or 1, which is 1 - the mean of both; 1 beside a nan, which neither wins nor loses."""
    grad = grad_z * loses
    grad += grad_z * at_most_ties
    grad *= -0.5
    grad += grad_z
    return grad


class Clamp(ArrayFunction):
    """y = min(max(x, low), high): dy/dx = 1 where low <= x <= high; where x lies outside, the bound gets the gradient.

    Bounds that cross (low > high) give high everywhere, and high gets every gradient that x does not.
    """

    broadcasts = True

    @staticmethod
    def forward(ctx, x, low, high):
        ctx.save_for_backward(x, low, high)
        return get_array_module(x).clip(x, low, high)

    @staticmethod
    def backward(ctx, grad_y):
        x, low, high = ctx.saved
        _, needs_low, needs_high = ctx.needs_input_grad
        grad_x = grad_y * ((x >= low) & (x <= high))
        grad_low = grad_y * ((x < low) & (low < high)) if needs_low else None
        grad_high = grad_y * ((x > high) | (high < low)) if needs_high else None
        return grad_x, grad_low, grad_high


def exp(input: Tensor) -> Tensor:
    """e^input, elementwise.

    Example:
        >>> import tinyreg
        >>> tinyreg.exp(tinyreg.tensor([0.0, 1.0]))
        tensor([1.0000, 2.7183])
    """
    return Exp.apply(floating("exp", input))


def expm1(input: Tensor) -> Tensor:
    """e^input - 1, elementwise, exact for small input.

    Example:
        >>> import tinyreg
        >>> tinyreg.expm1(tinyreg.tensor([0.0, 1.0]))
        tensor([0.0000, 1.7183])
    """
    return Expm1.apply(floating("expm1", input))


def exp2(input: Tensor) -> Tensor:
    """2^input, elementwise.

    Example:
        >>> import tinyreg
        >>> tinyreg.exp2(tinyreg.tensor([0.0, 3.0]))
        tensor([1., 8.])
    """
    return Exp2.apply(floating("exp2", input))


def log(input: Tensor) -> Tensor:
    """The natural logarithm, elementwise: -inf at 0, nan below.

    Example:
        >>> import tinyreg
        >>> tinyreg.log(tinyreg.tensor([1.0, 10.0]))
        tensor([0.0000, 2.3026])
    """
    return Log.apply(floating("log", input))


def log1p(input: Tensor) -> Tensor:
    """ln(1 + input), elementwise, exact for small input.

    Example:
        >>> import tinyreg
        >>> tinyreg.log1p(tinyreg.tensor([0.0, 1.0]))
        tensor([0.0000, 0.6931])
    """
    return Log1p.apply(floating("log1p", input))


def log2(input: Tensor) -> Tensor:
    """The logarithm to base 2, elementwise.

    Example:
        >>> import tinyreg
        >>> tinyreg.log2(tinyreg.tensor([1.0, 8.0]))
        tensor([0., 3.])
    """
    return Log2.apply(floating("log2", input))


def log10(input: Tensor) -> Tensor:
    """The logarithm to base 10, elementwise.

    Example:
        >>> import tinyreg
        >>> tinyreg.log10(tinyreg.tensor([1.0, 1000.0]))
        tensor([0., 3.])
    """
    return Log10.apply(floating("log10", input))


def sqrt(input: Tensor) -> Tensor:
    """The square root, elementwise; integers give floating point.

    Example:
        >>> import tinyreg
        >>> tinyreg.sqrt(tinyreg.tensor([4, 9]))
        tensor([2., 3.])
    """
    return Sqrt.apply(floating("sqrt", input))


def rsqrt(input: Tensor) -> Tensor:
    """1 / sqrt(input), elementwise.

    Example:
        >>> import tinyreg
        >>> tinyreg.rsqrt(tinyreg.tensor([4.0, 16.0]))
        tensor([0.5000, 0.2500])
    """
    return Rsqrt.apply(floating("rsqrt", input))


def reciprocal(input: Tensor) -> Tensor:
    """1 / input, elementwise; integers give floating point.

    Example:
        >>> import tinyreg
        >>> tinyreg.reciprocal(tinyreg.tensor([2, 4]))
        tensor([0.5000, 0.2500])
    """
    return Reciprocal.apply(floating("reciprocal", input))


def square(input: Tensor) -> Tensor:
    """input^2, elementwise; bools count as 0 and 1.

    Example:
        >>> import tinyreg
        >>> tinyreg.square(tinyreg.tensor([-2.0, 3.0]))
        tensor([4., 9.])
    """
    check_tensor("square", input)
    return Square.apply(input if input.array.dtype.kind != "b" else cast(input, int64))


def abs(input: Tensor) -> Tensor:
    """The absolute value, elementwise; its gradient at 0 is 0.

    Raises:
        NotImplementedError: bools.

    Example:
        >>> import tinyreg
        >>> tinyreg.abs(tinyreg.tensor([-2, 3]))
        tensor([2, 3])
    """
    check_tensor("abs", input)
    if input.array.dtype.kind == "b":
        raise NotImplementedError(f"abs: input must be numbers, got dtype {input.array.dtype}; bools are their own absolute value")
    return Abs.apply(input)


larger = binary("maximum", Maximum, "The larger of two operands of which at least one is a Tensor.")
smaller = binary("minimum", Minimum, "The smaller of two operands of which at least one is a Tensor.")


def maximum(input: Tensor, other: Tensor) -> Tensor:
    """The larger of input and other, elementwise with broadcasting; a tie shares the gradient in halves.

    Args:
        input, other: Tensors that broadcast; for a number there is clamp.

    Example:
        >>> import tinyreg
        >>> tinyreg.maximum(tinyreg.tensor([1.0, 5.0]), tinyreg.tensor(3.0))
        tensor([3., 5.])
    """
    check_tensor("maximum", input)
    check_tensor("maximum", other, "other")
    return larger(input, other)


def minimum(input: Tensor, other: Tensor) -> Tensor:
    """The smaller of input and other, elementwise with broadcasting; a tie shares the gradient in halves.

    Args:
        input, other: Tensors that broadcast; for a number there is clamp.

    Example:
        >>> import tinyreg
        >>> tinyreg.minimum(tinyreg.tensor([1.0, 5.0]), tinyreg.tensor(3.0))
        tensor([1., 3.])
    """
    check_tensor("minimum", input)
    check_tensor("minimum", other, "other")
    return smaller(input, other)


def clamp(input: Tensor, min: Tensor | float | None = None, max: Tensor | float | None = None) -> Tensor:
    """input, but not below min and not above max, elementwise.

    The gradient passes where min <= input <= max and is 0 outside; there it goes to the bound, if that is a tensor.

    Args:
        min, max: numbers, tensors that broadcast with input, or None for no bound; at least one is needed.
            Where min > max the result is max.

    Raises:
        RuntimeError: no bound, bounds that do not fit into the input's integers, shapes that cannot be broadcast.

    Example:
        >>> import tinyreg
        >>> tinyreg.clamp(tinyreg.tensor([-2.0, 0.5, 3.0]), min=-1, max=1)
        tensor([-1.0000,  0.5000,  1.0000])
    """
    check_tensor("clamp", input)
    bounds = [None if bound is None else as_operand("clamp", bound) for bound in (min, max)]
    given = [bound for bound in bounds if bound is not None]
    if not given:
        raise RuntimeError("clamp: min or max must be given, got None and None; name the bound that input must keep")
    dtype = result_type(input, *given)
    input = cast(input, dtype)
    low, high = (cast(bound, dtype) if isinstance(bound, Tensor) else bound for bound in bounds)
    if dtype.kind == "f":
        # an infinite bound: NumPy clips at two bounds several times faster than at one
        low = -float("inf") if low is None else low
        high = float("inf") if high is None else high
    try:
        return Clamp.apply(input, low, high)
    except OverflowError:
        raise RuntimeError(
            f"clamp: bounds must fit into the input's dtype {input.array.dtype}, got min={low} and max={high}; convert the input first"
        ) from None
    except ValueError:
        shapes = [tuple(x.array.shape) for x in (input, low, high) if isinstance(x, Tensor)]
        raise RuntimeError(
            f"clamp: input and bounds must broadcast (equal sizes, or 1, from the right), got shapes {', '.join(map(str, shapes))}; "
            "reshape or unsqueeze one of them"
        ) from None


def clamp_min(input: Tensor, min: Tensor | float) -> Tensor:
    """input, but not below min, elementwise: clamp with that bound alone.

    Args:
        input: Tensor.
        min: a number, or a tensor that broadcasts with input.

    Example:
        >>> import tinyreg
        >>> tinyreg.clamp_min(tinyreg.tensor([-2.0, 0.5]), 0)
        tensor([0.0000, 0.5000])
    """
    return clamp(input, min=as_operand("clamp_min", min))


def clamp_max(input: Tensor, max: Tensor | float) -> Tensor:
    """input, but not above max, elementwise: clamp with that bound alone.

    Args:
        input: Tensor.
        max: a number, or a tensor that broadcasts with input.

    Example:
        >>> import tinyreg
        >>> tinyreg.clamp_max(tinyreg.tensor([-2.0, 0.5]), 0)
        tensor([-2.,  0.])
    """
    return clamp(input, max=as_operand("clamp_max", max))
