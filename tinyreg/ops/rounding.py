"""sign floor ceil trunc round frac: numbers without part of what they say, on stairs or on a saw.

The stairs are level between their jumps, so that the gradient is 0 wherever there is one; frac climbs with slope 1.
Integers have no fraction: they come back as they are.
"""

from ..autograd import ArrayFunction, Tensor
from ..backend import get_array_module
from .floating import check_floating, check_tensor


class _Steps(ArrayFunction):
    """y is constant between its jumps: dy/dx = 0."""

    @staticmethod
    def backward(ctx, grad_y):
        return (get_array_module(grad_y).zeros_like(grad_y),)


class Sign(_Steps):
    """y = -1, 0 or 1."""

    @staticmethod
    def forward(ctx, x):
        if x.dtype.kind == "b":
            return x.copy()
        return (x > 0).astype(x.dtype) - (x < 0)  # nan has sign 0, as in PyTorch


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


class Frac(ArrayFunction):
    """y = x - trunc(x), what follows the point, with the sign of x: dy/dx = 1."""

    @staticmethod
    def forward(ctx, x):
        return x - get_array_module(x).trunc(x)

    @staticmethod
    def backward(ctx, grad_y):
        return (grad_y,)


def check_numbers(who, input):
    """Refuse what is not a Tensor of numbers: PyTorch has no kernels for bools here.

    Raises:
        TypeError: no Tensor.
        NotImplementedError: bools.

    Example:
        >>> import tinyreg
        >>> check_numbers("floor", tinyreg.ones(2))
    """
    check_tensor(who, input)
    if input.array.dtype.kind == "b":
        raise NotImplementedError(f"{who}: input must be numbers, got dtype {input.array.dtype}; convert with .int() first")


def sign(input: Tensor) -> Tensor:
    """-1, 0 or 1, elementwise, 0 for nan; gradient 0.

    Example:
        >>> import tinyreg
        >>> tinyreg.sign(tinyreg.tensor([-2.0, 0.0, 3.0]))
        tensor([-1.,  0.,  1.])
    """
    check_tensor("sign", input)
    return Sign.apply(input)


def floor(input: Tensor) -> Tensor:
    """The largest integer that is at most input, elementwise; gradient 0.

    Raises:
        NotImplementedError: bools.

    Example:
        >>> import tinyreg
        >>> tinyreg.floor(tinyreg.tensor([-1.5, 1.5]))
        tensor([-2.,  1.])
    """
    check_numbers("floor", input)
    return Floor.apply(input)


def ceil(input: Tensor) -> Tensor:
    """The smallest integer that is at least input, elementwise; gradient 0.

    Raises:
        NotImplementedError: bools.

    Example:
        >>> import tinyreg
        >>> tinyreg.ceil(tinyreg.tensor([-1.5, 1.5]))
        tensor([-1.,  2.])
    """
    check_numbers("ceil", input)
    return Ceil.apply(input)


def trunc(input: Tensor) -> Tensor:
    """The integer part, elementwise; gradient 0.

    Raises:
        NotImplementedError: bools.

    Example:
        >>> import tinyreg
        >>> tinyreg.trunc(tinyreg.tensor([-1.5, 1.5]))
        tensor([-1.,  1.])
    """
    check_numbers("trunc", input)
    return Trunc.apply(input)


def round(input: Tensor, *, decimals: int = 0) -> Tensor:
    """The nearest number with so many decimals, elementwise; halves go to the even neighbour; gradient 0.

    Args:
        input: Tensor.
        decimals: digits after the point that stay, 0 for integers; -1 rounds to tens.

    Raises:
        NotImplementedError: bools, or integers with decimals.

    Example:
        >>> import tinyreg
        >>> tinyreg.round(tinyreg.tensor([0.5, 1.5, 2.5]))
        tensor([0., 2., 2.])
    """
    check_numbers("round", input)
    if decimals:
        check_floating("round", input)
    return Round.apply(input, decimals=decimals)


def frac(input: Tensor) -> Tensor:
    """What follows the point, elementwise, with input's sign: input - trunc(input).

    Args:
        input: Tensor, floating point.

    Raises:
        NotImplementedError: integers, which have no fraction.

    Example:
        >>> import tinyreg
        >>> tinyreg.frac(tinyreg.tensor([-1.5, 2.25]))
        tensor([-0.5000,  0.2500])
    """
    check_floating("frac", input)
    return Frac.apply(input)
