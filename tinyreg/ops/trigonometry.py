"""sin cos tan, their inverses, and sinh cosh: angles are in radians.

Each Function states its f and the slope f' by which the gradient is multiplied, dL/dx = dL/dy * f'(x); where the slope is
cheaper to say in terms of y (tan' = 1 + tan^2), it keeps y. Outside of where an inverse is defined it is nan.
"""

from ..autograd import ArrayFunction, Tensor
from ..backend import get_array_module
from .arithmetic import binary
from .broadcasting import result_type
from .floating import check_tensor, floating


class Sin(ArrayFunction):
    """y = sin x: dy/dx = cos x."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return get_array_module(x).sin(x)

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved
        xp = get_array_module(x)
        return (grad_y * xp.cos(x),)


class Cos(ArrayFunction):
    """y = cos x: dy/dx = -sin x."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return get_array_module(x).cos(x)

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved
        xp = get_array_module(x)
        return (-grad_y * xp.sin(x),)


class Tan(ArrayFunction):
    """y = tan x: dy/dx = 1 + y^2."""

    @staticmethod
    def forward(ctx, x):
        y = get_array_module(x).tan(x)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved
        return (grad_y * (1 + y * y),)


class Asin(ArrayFunction):
    """y = arcsin x: dy/dx = 1 / sqrt(1 - x^2), infinite at both ends."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return get_array_module(x).arcsin(x)

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved
        xp = get_array_module(x)
        return (grad_y / xp.sqrt(1 - x * x),)


class Acos(ArrayFunction):
    """y = arccos x = pi/2 - arcsin x: dy/dx = -1 / sqrt(1 - x^2), infinite at both ends."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return get_array_module(x).arccos(x)

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved
        xp = get_array_module(x)
        return (-grad_y / xp.sqrt(1 - x * x),)


class Atan(ArrayFunction):
    """y = arctan x: dy/dx = 1 / (1 + x^2)."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return get_array_module(x).arctan(x)

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved
        return (grad_y / (1 + x * x),)


class Sinh(ArrayFunction):
    """y = sinh x = (e^x - e^-x)/2: dy/dx = cosh x."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return get_array_module(x).sinh(x)

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved
        xp = get_array_module(x)
        return (grad_y * xp.cosh(x),)


class Cosh(ArrayFunction):
    """y = cosh x = (e^x + e^-x)/2: dy/dx = sinh x."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return get_array_module(x).cosh(x)

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved
        xp = get_array_module(x)
        return (grad_y * xp.sinh(x),)


class Atan2(ArrayFunction):
    """z = the angle of the point (b, a): dz/da = b / (a^2 + b^2), dz/db = -a / (a^2 + b^2), both 0 at the origin."""

    broadcasts = True

    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return get_array_module(a).arctan2(a, b)

    @staticmethod
    def backward(ctx, grad_z):
        a, b = ctx.saved
        square = a * a + b * b
        share = grad_z / (square + (square == 0))
        return share * b, -share * a


def sin(input: Tensor) -> Tensor:
    """The sine, elementwise, of radians.

    Example:
        >>> import tinyreg
        >>> tinyreg.sin(tinyreg.tensor([0.0, tinyreg.pi / 2]))
        tensor([0., 1.])
    """
    return Sin.apply(floating("sin", input))


def cos(input: Tensor) -> Tensor:
    """The cosine, elementwise, of radians.

    Example:
        >>> import tinyreg
        >>> tinyreg.cos(tinyreg.tensor([0.0, tinyreg.pi]))
        tensor([ 1., -1.])
    """
    return Cos.apply(floating("cos", input))


def tan(input: Tensor) -> Tensor:
    """The tangent, elementwise, of radians.

    Example:
        >>> import tinyreg
        >>> tinyreg.tan(tinyreg.tensor([0.0, tinyreg.pi / 4]))
        tensor([0., 1.])
    """
    return Tan.apply(floating("tan", input))


def asin(input: Tensor) -> Tensor:
    """The angle whose sine is input, elementwise, in [-pi/2, pi/2]; nan outside of [-1, 1].

    Example:
        >>> import tinyreg
        >>> tinyreg.asin(tinyreg.tensor([0.0, 1.0]))
        tensor([0.0000, 1.5708])
    """
    return Asin.apply(floating("asin", input))


def acos(input: Tensor) -> Tensor:
    """The angle whose cosine is input, elementwise, in [0, pi]; nan outside of [-1, 1].

    Example:
        >>> import tinyreg
        >>> tinyreg.acos(tinyreg.tensor([1.0, 0.0]))
        tensor([0.0000, 1.5708])
    """
    return Acos.apply(floating("acos", input))


def atan(input: Tensor) -> Tensor:
    """The angle whose tangent is input, elementwise, in (-pi/2, pi/2).

    Example:
        >>> import tinyreg
        >>> tinyreg.atan(tinyreg.tensor([0.0, 1.0]))
        tensor([0.0000, 0.7854])
    """
    return Atan.apply(floating("atan", input))


def sinh(input: Tensor) -> Tensor:
    """The hyperbolic sine, elementwise: (e^input - e^-input) / 2.

    Example:
        >>> import tinyreg
        >>> tinyreg.sinh(tinyreg.tensor([0.0, 1.0]))
        tensor([0.0000, 1.1752])
    """
    return Sinh.apply(floating("sinh", input))


def cosh(input: Tensor) -> Tensor:
    """The hyperbolic cosine, elementwise: (e^input + e^-input) / 2.

    Example:
        >>> import tinyreg
        >>> tinyreg.cosh(tinyreg.tensor([0.0, 1.0]))
        tensor([1.0000, 1.5431])
    """
    return Cosh.apply(floating("cosh", input))


angle = binary("atan2", Atan2, "The angle of the point (other, input), of floating point operands.")


def atan2(input: Tensor, other: Tensor) -> Tensor:
    """The angle of the point (other, input) in the plane, elementwise with broadcasting, in [-pi, pi].

    Args:
        input: Tensor, the second coordinate; integers become floating point.
        other: Tensor that broadcasts with input, the first coordinate.

    Example:
        >>> import tinyreg
        >>> tinyreg.atan2(tinyreg.tensor([1.0, 0.0]), tinyreg.tensor([0.0, -1.0]))
        tensor([1.5708, 3.1416])
    """
    check_tensor("atan2", input)
    check_tensor("atan2", other, "other")
    return angle(input if result_type(input, other).kind == "f" else floating("atan2", input), other)
