"""exp log sqrt abs clamp maximum minimum and their relatives: one number in, one number out.

With y = f(x) for each element, the chain rule is dL/dx = dL/dy * f'(x). Each Function below states f and f'; where f' is
cheaper to say in terms of y (d e^x/dx = e^x), it keeps y instead of x.

At a kink backward gives a subgradient, PyTorch's: 0 for abs at 0, all of the gradient for clamp at its bounds, half of it
to each side of a tie in maximum and minimum.
"""

from ..autograd import ArrayFunction, Tensor
from ..backend import get_array_module
from .arithmetic import binary
from .broadcasting import as_operand, cast, get_default_dtype, result_type


def floating(who, input):
    """The tensor in floating point: integers and bools become the default dtype, as in PyTorch.

    Example:
        >>> import tinyreg
        >>> floating("sqrt", tinyreg.tensor([1, 4])).dtype
        dtype('float32')
    """
    if isinstance(input, Tensor) and input.array.dtype.kind == "f":
        return input
    check_tensor(who, input)
    return cast(input, get_default_dtype())


def check_tensor(who, input, name="input"):
    """Refuse what is not a Tensor."""
    if not isinstance(input, Tensor):
        raise TypeError(f"{who}: {name} must be a Tensor, got {type(input).__name__}; convert with tinyreg.tensor")


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


class Sin(ArrayFunction):
    """y = sin x: dy/dx = cos x."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return get_array_module(x).sin(x)

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved
        return (grad_y * get_array_module(x).cos(x),)


class Cos(ArrayFunction):
    """y = cos x: dy/dx = -sin x."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return get_array_module(x).cos(x)

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved
        return (-grad_y * get_array_module(x).sin(x),)


class Abs(ArrayFunction):
    """y = |x|: dy/dx = sign(x), which is 0 at the kink."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return get_array_module(x).abs(x)

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved
        return (grad_y * get_array_module(x).sign(x),)


class _Steps(ArrayFunction):
    """y is constant between its jumps: dy/dx = 0."""

    @staticmethod
    def backward(ctx, grad_y):
        return (get_array_module(grad_y).zeros_like(grad_y),)


class Sign(_Steps):
    """y = -1, 0 or 1."""

    @staticmethod
    def forward(ctx, x):
        return x.copy() if x.dtype.kind == "b" else get_array_module(x).sign(x)


class Floor(_Steps):
    """y = the largest integer that is at most x."""

    @staticmethod
    def forward(ctx, x):
        return get_array_module(x).floor(x) if x.dtype.kind == "f" else x.copy()


class Ceil(_Steps):
    """y = the smallest integer that is at least x."""

    @staticmethod
    def forward(ctx, x):
        return get_array_module(x).ceil(x) if x.dtype.kind == "f" else x.copy()


class Trunc(_Steps):
    """y = x without its fraction."""

    @staticmethod
    def forward(ctx, x):
        return get_array_module(x).trunc(x) if x.dtype.kind == "f" else x.copy()


class Round(_Steps):
    """y = x to so many decimals; halves go to the even neighbour."""

    @staticmethod
    def forward(ctx, x, *, decimals):
        return get_array_module(x).round(x, decimals)


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
        return _share(grad_z, a > b, a >= b)


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
        return _share(grad_z, a < b, a <= b)


def _share(grad_z, wins, at_least_ties):
    """The shares of a and b: 1 and 0, 0 and 1, or half each, which is the mean of `wins` and `at_least_ties`."""
    grad_a = grad_z * wins
    grad_a += grad_z * at_least_ties
    grad_a *= 0.5
    return grad_a, grad_z - grad_a


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


def exp(input):
    """e^input, elementwise.

    Example:
        >>> import tinyreg
        >>> tinyreg.exp(tinyreg.tensor([0.0, 1.0]))
        tensor([1.0000, 2.7183])
    """
    return Exp.apply(floating("exp", input))


def expm1(input):
    """e^input - 1, elementwise, exact for small input.

    Example:
        >>> import tinyreg
        >>> tinyreg.expm1(tinyreg.tensor([0.0, 1.0]))
        tensor([0.0000, 1.7183])
    """
    return Expm1.apply(floating("expm1", input))


def log(input):
    """The natural logarithm, elementwise: -inf at 0, nan below.

    Example:
        >>> import tinyreg
        >>> tinyreg.log(tinyreg.tensor([1.0, 10.0]))
        tensor([0.0000, 2.3026])
    """
    return Log.apply(floating("log", input))


def log1p(input):
    """ln(1 + input), elementwise, exact for small input.

    Example:
        >>> import tinyreg
        >>> tinyreg.log1p(tinyreg.tensor([0.0, 1.0]))
        tensor([0.0000, 0.6931])
    """
    return Log1p.apply(floating("log1p", input))


def sqrt(input):
    """The square root, elementwise; integers give floating point.

    Example:
        >>> import tinyreg
        >>> tinyreg.sqrt(tinyreg.tensor([4, 9]))
        tensor([2., 3.])
    """
    return Sqrt.apply(floating("sqrt", input))


def rsqrt(input):
    """1 / sqrt(input), elementwise.

    Example:
        >>> import tinyreg
        >>> tinyreg.rsqrt(tinyreg.tensor([4.0, 16.0]))
        tensor([0.5000, 0.2500])
    """
    return Rsqrt.apply(floating("rsqrt", input))


def reciprocal(input):
    """1 / input, elementwise; integers give floating point.

    Example:
        >>> import tinyreg
        >>> tinyreg.reciprocal(tinyreg.tensor([2, 4]))
        tensor([0.5000, 0.2500])
    """
    return Reciprocal.apply(floating("reciprocal", input))


def sin(input):
    """The sine, elementwise, of radians.

    Example:
        >>> import tinyreg
        >>> tinyreg.sin(tinyreg.tensor([0.0, tinyreg.pi / 2]))
        tensor([0., 1.])
    """
    return Sin.apply(floating("sin", input))


def cos(input):
    """The cosine, elementwise, of radians.

    Example:
        >>> import tinyreg
        >>> tinyreg.cos(tinyreg.tensor([0.0, tinyreg.pi]))
        tensor([ 1., -1.])
    """
    return Cos.apply(floating("cos", input))


def square(input):
    """input^2, elementwise.

    Example:
        >>> import tinyreg
        >>> tinyreg.square(tinyreg.tensor([-2.0, 3.0]))
        tensor([4., 9.])
    """
    check_tensor("square", input)
    return Square.apply(input)


def abs(input):
    """The absolute value, elementwise; its gradient at 0 is 0.

    Example:
        >>> import tinyreg
        >>> tinyreg.abs(tinyreg.tensor([-2, 3]))
        tensor([2, 3])
    """
    check_tensor("abs", input)
    return Abs.apply(input)


def sign(input):
    """-1, 0 or 1, elementwise; gradient 0.

    Example:
        >>> import tinyreg
        >>> tinyreg.sign(tinyreg.tensor([-2.0, 0.0, 3.0]))
        tensor([-1.,  0.,  1.])
    """
    check_tensor("sign", input)
    return Sign.apply(input)


def floor(input):
    """The largest integer that is at most input, elementwise; gradient 0.

    Example:
        >>> import tinyreg
        >>> tinyreg.floor(tinyreg.tensor([-1.5, 1.5]))
        tensor([-2.,  1.])
    """
    check_tensor("floor", input)
    return Floor.apply(input)


def ceil(input):
    """The smallest integer that is at least input, elementwise; gradient 0.

    Example:
        >>> import tinyreg
        >>> tinyreg.ceil(tinyreg.tensor([-1.5, 1.5]))
        tensor([-1.,  2.])
    """
    check_tensor("ceil", input)
    return Ceil.apply(input)


def trunc(input):
    """The integer part, elementwise; gradient 0.

    Example:
        >>> import tinyreg
        >>> tinyreg.trunc(tinyreg.tensor([-1.5, 1.5]))
        tensor([-1.,  1.])
    """
    check_tensor("trunc", input)
    return Trunc.apply(input)


def round(input, *, decimals=0):
    """The nearest number with so many decimals, elementwise; halves go to the even neighbour; gradient 0.

    Args:
        input: Tensor.
        decimals: digits after the point that stay, 0 for integers; -1 rounds to tens.

    Example:
        >>> import tinyreg
        >>> tinyreg.round(tinyreg.tensor([0.5, 1.5, 2.5]))
        tensor([0., 2., 2.])
    """
    check_tensor("round", input)
    return Round.apply(input, decimals=decimals)


larger = binary("maximum", Maximum, "The larger of two operands of which at least one is a Tensor.")
smaller = binary("minimum", Minimum, "The smaller of two operands of which at least one is a Tensor.")


def maximum(input, other):
    """The larger of input and other, elementwise with broadcasting; a tie shares the gradient in halves.

    Args:
        input, other: Tensors that broadcast, or a Tensor and a number.

    Example:
        >>> import tinyreg
        >>> tinyreg.maximum(tinyreg.tensor([1.0, 5.0]), tinyreg.tensor(3.0))
        tensor([3., 5.])
    """
    check_tensor("maximum", input)
    return larger(input, other)


def minimum(input, other):
    """The smaller of input and other, elementwise with broadcasting; a tie shares the gradient in halves.

    Args:
        input, other: Tensors that broadcast, or a Tensor and a number.

    Example:
        >>> import tinyreg
        >>> tinyreg.minimum(tinyreg.tensor([1.0, 5.0]), tinyreg.tensor(3.0))
        tensor([1., 3.])
    """
    check_tensor("minimum", input)
    return smaller(input, other)


def clamp(input, min=None, max=None):
    """input, but not below min and not above max, elementwise.

    The gradient passes where min <= input <= max and is 0 outside; there it goes to the bound, if that is a tensor.

    Args:
        min, max: numbers, tensors that broadcast with input, or None for no bound; at least one is needed.
            Where min > max the result is max.

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
    except ValueError:
        shapes = [tuple(x.array.shape) for x in (input, low, high) if isinstance(x, Tensor)]
        raise RuntimeError(
            f"clamp: input and bounds must broadcast (equal sizes, or 1, from the right), got shapes {', '.join(map(str, shapes))}; "
            "reshape or unsqueeze one of them"
        ) from None
