"""relu and its relatives: the identity where the input is positive, another branch where it is not.

    relu          0                             leaky_relu    slope x              prelu    slope x, with a learned slope
    elu           alpha (e^x - 1)               celu          alpha (e^(x/alpha) - 1)
    selu          elu with an alpha and a scale that keep mean 0 and variance 1 from layer to layer
    hardtanh      x itself, cut at two bounds; relu6 is its case [0, 6]

Slopes are multiplied by masks (`grad_y * (y > 0)`), not selected with `where`, which is many times slower on NumPy. It
differs in one case: an infinite or nan gradient where the slope is 0 gives nan, not 0.

NumPy clips at two bounds several times faster than it takes the maximum with a number; hence `x.clip(0, xp.inf)`.
"""

import math

import numpy as np

from ..autograd import ArrayFunction, Tensor
from ..autograd.in_place import write
from ..backend import fuse, get_array_module
from .floating import check_floating, check_tensor
from .number import check_number

# The fixed point of mean 0 and variance 1 under independent normal inputs (Klambauer et al. 2017, equation 14).
SELU_ALPHA, SELU_SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946


class Relu(ArrayFunction):
    """y = max(x, 0): dy/dx = [x > 0] = [y > 0]; at the kink 0."""

    @staticmethod
    def forward(ctx, x):
        xp = get_array_module(x)
        y = x.clip(0, xp.inf) if x.dtype.kind == "f" else xp.maximum(x, 0)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved
        return (_where_not_zero(grad_y, y),)  # never negative; a nan lets the gradient pass, as in PyTorch


@fuse
def _where_not_zero(grad_y, y):
    return grad_y * (y != 0)


class LeakyRelu(ArrayFunction):
    """y = x where x > 0, slope x elsewhere: dy/dx = [x > 0] + slope [x <= 0]."""

    @staticmethod
    def forward(ctx, x, *, negative_slope):
        xp = get_array_module(x)
        ctx.negative_slope = negative_slope
        ctx.save_for_backward(x)
        # of x and slope x, the larger is the positive part's x if slope <= 1, else the smaller is
        return (xp.maximum if negative_slope <= 1 else xp.minimum)(x, x * negative_slope)

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved
        positive = x > 0
        grad_x = grad_y * ctx.negative_slope
        grad_x *= ~positive
        grad_x += grad_y * positive
        return (grad_x,)


class Elu(ArrayFunction):
    """y = scale x where x > 0, scale alpha (e^(rate x) - 1) elsewhere.

    With a = scale alpha the slope of the second branch is a rate e^(rate x) = rate (y + a), so

        dy/dx = scale [x > 0] + rate (y + a) [x <= 0]
    """

    @staticmethod
    def forward(ctx, x, *, alpha, scale=1.0, rate=1.0):
        xp = get_array_module(x)
        y = xp.empty_like(x)
        x.clip(-xp.inf, 0, out=y)
        if rate != 1:
            y *= rate
        xp.expm1(y, out=y)
        y *= alpha * scale
        positive = x.clip(0, xp.inf)
        y += positive if scale == 1 else positive * scale
        ctx.a, ctx.scale, ctx.rate = alpha * scale, scale, rate
        ctx.save_for_backward(x, y)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        x, y = ctx.saved
        xp = get_array_module(x)
        positive = x > 0
        grad_x = y.clip(-xp.inf, xp.finfo(y.dtype).max)  # an infinite y times [x <= 0] would be nan
        grad_x += ctx.a
        grad_x *= ~positive
        if ctx.rate != 1:
            grad_x *= ctx.rate
        grad_x += positive if ctx.scale == 1 else positive * grad_x.dtype.type(ctx.scale)
        grad_x *= grad_y
        return (grad_x,)


class Prelu(ArrayFunction):
    """y = x where x > 0, w x elsewhere, with one learned slope w, or one for each channel (dimension 1).

        dy/dx = [x > 0] + w [x <= 0],      dy/dw = x [x <= 0] = min(x, 0)

    and a slope that is shared collects the sum over all elements that share it.
    """

    @staticmethod
    def forward(ctx, x, weight):
        xp = get_array_module(x)
        ctx.save_for_backward(x, weight)
        y = x.clip(-xp.inf, 0)
        y *= _column(weight, x)
        y += x.clip(0, xp.inf)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved
        needs_x, needs_weight = ctx.needs_input_grad
        grad_x = grad_weight = None
        if needs_x:
            positive = x > 0
            grad_x = grad_y * _column(weight, x)
            grad_x *= ~positive
            grad_x += grad_y * positive
        if needs_weight:
            shares = x.clip(-get_array_module(x).inf, 0) * grad_y
            shared = None if weight.size == 1 else (0, *range(2, x.ndim))
            grad_weight = shares.sum(axis=shared).reshape(weight.shape)
        return grad_x, grad_weight


def _column(weight, x):
    """The slopes in a shape that broadcasts against x: (C,) -> (C, 1, ...)."""
    return weight.reshape(()) if weight.size == 1 else weight.reshape(-1, *[1] * (x.ndim - 2))


class Hardtanh(ArrayFunction):
    """y = x cut at low and high: dy/dx = 1 strictly between them, 0 elsewhere, the bounds included."""

    @staticmethod
    def forward(ctx, x, *, low, high):
        y = x.clip(low, high)
        ctx.low, ctx.high = low, high
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved
        cut = y <= ctx.low
        cut |= y >= ctx.high
        return (grad_y * ~cut,)


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(input, 0), elementwise; its gradient at 0 is 0.

    Args:
        input: Tensor of numbers.
        inplace: write the result into input itself and return it.

    Raises:
        RuntimeError: a bool tensor.

    Example:
        >>> import tinyreg
        >>> tinyreg.relu(tinyreg.tensor([-1.0, 2.0]))
        tensor([0., 2.])
    """
    check_tensor("relu", input)
    if input.array.dtype.kind == "b":
        raise RuntimeError(f"relu: input must be numbers, got dtype {input.array.dtype}; convert with .float() first")
    y = Relu.apply(input)
    return write(input, y, "relu") if inplace else y


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """input where it is positive, negative_slope * input elsewhere.

    Args:
        input: floating point Tensor.
        negative_slope: 0 is relu, 1 the identity; the gradient at 0 is negative_slope.
        inplace: write the result into input itself and return it.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.functional.leaky_relu(tinyreg.tensor([-1.0, 2.0]), 0.5)
        tensor([-0.5000,  2.0000])
    """
    check_floating("leaky_relu", input)
    check_number("leaky_relu", negative_slope=negative_slope)
    y = LeakyRelu.apply(input, negative_slope=float(negative_slope))
    return write(input, y, "leaky_relu") if inplace else y


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """input where it is positive, alpha * (e^input - 1) elsewhere (Clevert et al. 2016).

    Args:
        input: floating point Tensor.
        alpha: what very negative input tends to, negated; 0 is relu. Only alpha = 1 leaves no kink at 0.
        inplace: write the result into input itself and return it.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.functional.elu(tinyreg.tensor([-1000.0, 2.0]))
        tensor([-1.,  2.])
    """
    check_floating("elu", input)
    check_number("elu", alpha=alpha)
    y = Elu.apply(input, alpha=float(alpha))
    return write(input, y, "elu") if inplace else y


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """scale * elu(input, alpha) with alpha = 1.6733 and scale = 1.0507, elementwise (Klambauer et al. 2017).

    Normal inputs of mean 0 and variance 1, weighted by independent weights of variance 1/fan_in, come out of it with mean 0
    and variance 1 again: the activations of a deep network normalize themselves.

    Args:
        input: floating point Tensor.
        inplace: write the result into input itself and return it.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.functional.selu(tinyreg.tensor([-1000.0, 0.0, 1.0]))
        tensor([-1.7581,  0.0000,  1.0507])
    """
    check_floating("selu", input)
    y = Elu.apply(input, alpha=SELU_ALPHA, scale=SELU_SCALE)
    return write(input, y, "selu") if inplace else y


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """input where it is positive, alpha * (e^(input/alpha) - 1) elsewhere (Barron 2017): an elu without a kink for every alpha.

    Args:
        input: floating point Tensor.
        alpha: what very negative input tends to, negated; not 0, near which it is relu.
        inplace: write the result into input itself and return it.

    Raises:
        RuntimeError: alpha is 0.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.functional.celu(tinyreg.tensor([-1000.0, 2.0]), alpha=0.5)
        tensor([-0.5000,  2.0000])
    """
    check_floating("celu", input)
    check_number("celu", alpha=alpha)
    if alpha == 0:
        raise RuntimeError(f"celu: alpha must not be 0, got alpha={alpha}; it divides the input, relu is the limit")
    y = Elu.apply(input, alpha=float(alpha), rate=1 / float(alpha))
    return write(input, y, "celu") if inplace else y


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """input where it is positive, weight * input elsewhere, with a weight that is learned (He et al. 2015).

    Args:
        input: floating point Tensor.
        weight: the slope of all elements, or one of each channel, in input's dtype.

    Shape:
        input any; weight () or (1,), or (C,) for input (N, C, ...); output as input.

    Raises:
        RuntimeError: another number of slopes than 1 or C; dtypes that differ; integers (NotImplementedError).

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.functional.prelu(tinyreg.tensor([[-1.0, -1.0, 2.0]]), tinyreg.tensor([0.5, 0.1, 0.0]))
        tensor([[-0.5000, -0.1000,  2.0000]])
    """
    check_tensor("prelu", input)
    check_tensor("prelu", weight, "weight")
    x, w = input.array, weight.array
    if x.dtype != w.dtype:
        raise RuntimeError(f"prelu: input and weight must have one dtype, got {x.dtype} and {w.dtype}; convert one of them")
    check_floating("prelu", input)
    channels = x.shape[1] if x.ndim > 1 else 1
    if w.ndim > 1 or w.size not in (1, channels):
        raise RuntimeError(
            f"prelu: weight must hold one slope, or one for each of {channels} channels, got shape {w.shape} for input of shape {x.shape}; "
            "channels are dimension 1"
        )
    return Prelu.apply(input, weight)


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """input, but not below min_val and not above max_val, elementwise; its gradient is 0 at the bounds and outside.

    Args:
        input: Tensor of numbers; for integers the bounds lose their fraction.
        min_val, max_val: the bounds, min_val at most max_val; equal ones give a constant.
        inplace: write the result into input itself and return it.

    Raises:
        ValueError: min_val exceeds max_val.
        RuntimeError: a bool tensor, or integers whose dtype cannot hold the bounds.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.functional.hardtanh(tinyreg.tensor([-2.0, 0.5, 3.0]))
        tensor([-1.0000,  0.5000,  1.0000])
    """
    return _cut("hardtanh", input, min_val, max_val, inplace)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """min(max(input, 0), 6), elementwise (Krizhevsky 2010): a relu whose outputs fit into few bits.

    Args:
        input: Tensor of numbers.
        inplace: write the result into input itself and return it.

    Raises:
        RuntimeError: a bool tensor.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.functional.relu6(tinyreg.tensor([-2.0, 3.0, 8.0]))
        tensor([0., 3., 6.])
    """
    return _cut("relu6", input, 0, 6, inplace)


def _cut(who, input, low, high, inplace):
    check_tensor(who, input)
    check_number(who, min_val=low, max_val=high)
    if low > high:
        raise ValueError(f"{who}: min_val must not exceed max_val, got min_val={low} and max_val={high}; exchange them")
    dtype = input.array.dtype
    if dtype.kind == "b":
        raise RuntimeError(f"{who}: input must be numbers, got dtype {dtype}; convert with .float() first")
    if dtype.kind != "f":
        least, most = np.iinfo(dtype).min, np.iinfo(dtype).max
        if not least <= low <= high <= most:
            raise RuntimeError(
                f"{who}: min_val and max_val must lie in [{least}, {most}] for input of dtype {dtype}, got min_val={low} and "
                f"max_val={high}; convert input with .float() first"
            )
        low, high = math.trunc(low), math.trunc(high)
    y = Hardtanh.apply(input, low=low, high=high)
    return write(input, y, who) if inplace else y


def relu_(input: Tensor) -> Tensor:
    """relu, written into input itself.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.tensor([-1.0, 2.0])
        >>> tinyreg.nn.functional.relu_(x) is x, x
        (True, tensor([0., 2.]))
    """
    return relu(input, inplace=True)


def leaky_relu_(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """leaky_relu, written into input itself.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.functional.leaky_relu_(tinyreg.tensor([-1.0, 2.0]), 0.5)
        tensor([-0.5000,  2.0000])
    """
    return leaky_relu(input, negative_slope, inplace=True)


def elu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """elu, written into input itself.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.functional.elu_(tinyreg.tensor([-1000.0, 2.0]))
        tensor([-1.,  2.])
    """
    return elu(input, alpha, inplace=True)


def selu_(input: Tensor) -> Tensor:
    """selu, written into input itself.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.functional.selu_(tinyreg.tensor([-1000.0, 0.0]))
        tensor([-1.7581,  0.0000])
    """
    return selu(input, inplace=True)


def celu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """celu, written into input itself.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.functional.celu_(tinyreg.tensor([-1000.0, 2.0]), alpha=2.0)
        tensor([-2.,  2.])
    """
    return celu(input, alpha, inplace=True)


def hardtanh_(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """hardtanh, written into input itself.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.functional.hardtanh_(tinyreg.tensor([-2.0, 3.0]))
        tensor([-1.,  1.])
    """
    return hardtanh(input, min_val, max_val, inplace=True)
