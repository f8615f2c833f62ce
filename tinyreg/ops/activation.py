"""relu, sigmoid, tanh, softmax and their relatives: the nonlinearities between layers, each with its derivative.

No exponential here overflows: each is taken of a number that is bounded from above, so that the limits (sigmoid(-1000) = 0,
softplus(1000) = 1000, softmax of scores that differ by thousands) come out exactly, in every floating point dtype.

Slopes are multiplied by masks (`grad_y * (y > 0)`), not selected with `where`, which is many times slower on NumPy. It
differs in one case: an infinite or nan gradient where the slope is 0 gives nan, not 0.

NumPy clips at two bounds several times faster than it takes the maximum with a number; hence `x.clip(0, xp.inf)`.
"""

import warnings

from ..autograd import ArrayFunction
from ..autograd.in_place import write
from ..backend import get_array_module
from .broadcasting import cast
from .dimension import dimension
from .elementwise import check_tensor, floating
from .number import check_number


def stable_sigmoid(x):
    """1 / (1 + e^-x) of a raw array, computed as e^x / (1 + e^x) with x cut where the result has long rounded to 1.

    Example:
        >>> import numpy
        >>> stable_sigmoid(numpy.array([-1000.0, 0.0, 1000.0])).tolist()
        [0.0, 0.5, 1.0]
    """
    xp = get_array_module(x)
    y = xp.empty_like(x)
    x.clip(-xp.inf, 40 if x.dtype.itemsize > 2 else 11, out=y)
    xp.exp(y, out=y)
    y /= 1 + y
    return y


def stable_softplus(x):
    """ln(1 + e^x) of a raw array, computed as max(x, 0) + ln(1 + e^-|x|).

    Example:
        >>> import numpy
        >>> stable_softplus(numpy.array([-1000.0, 0.0, 1000.0])).tolist()
        [0.0, 0.69314718, 1000.0]
    """
    xp = get_array_module(x)
    y = softplus_tail(x)
    y += x.clip(0, xp.inf)
    return y


def softplus_tail(x):
    """ln(1 + e^-|x|) of a raw array: how far softplus lies above relu."""
    xp = get_array_module(x)
    y = xp.empty_like(x)
    xp.abs(x, out=y)
    xp.negative(y, out=y)
    xp.exp(y, out=y)
    xp.log1p(y, out=y)
    return y


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
        return (grad_y * (y > 0),)


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
    """y = x where x > 0, alpha (e^x - 1) elsewhere: dy/dx = [x > 0] + (y + alpha) [x <= 0]."""

    @staticmethod
    def forward(ctx, x, *, alpha):
        xp = get_array_module(x)
        y = xp.empty_like(x)
        x.clip(-xp.inf, 0, out=y)
        xp.expm1(y, out=y)
        y *= alpha
        y += x.clip(0, xp.inf)
        ctx.alpha = alpha
        ctx.save_for_backward(x, y)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        x, y = ctx.saved
        positive = x > 0
        grad_x = y + ctx.alpha
        grad_x *= ~positive
        grad_x += positive
        grad_x *= grad_y
        return (grad_x,)


class Silu(ArrayFunction):
    """y = x s with s = sigmoid(x): dy/dx = s + x s (1 - s) = s + y (1 - s)."""

    @staticmethod
    def forward(ctx, x):
        s = stable_sigmoid(x)
        y = x * s
        ctx.save_for_backward(s, y)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        s, y = ctx.saved
        grad_x = 1 - s
        grad_x *= y
        grad_x += s
        grad_x *= grad_y
        return (grad_x,)


class Sigmoid(ArrayFunction):
    """y = 1 / (1 + e^-x): dy/dx = y (1 - y)."""

    @staticmethod
    def forward(ctx, x):
        y = stable_sigmoid(x)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved
        grad_x = 1 - y
        grad_x *= y
        grad_x *= grad_y
        return (grad_x,)


class Tanh(ArrayFunction):
    """y = tanh x: dy/dx = 1 - y^2."""

    @staticmethod
    def forward(ctx, x):
        y = get_array_module(x).tanh(x)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved
        grad_x = grad_y * y
        grad_x *= y
        return (grad_y - grad_x,)


class Softplus(ArrayFunction):
    """y = ln(1 + e^(beta x)) / beta, or x itself where beta x > threshold: dy/dx = sigmoid(beta x), or 1."""

    @staticmethod
    def forward(ctx, x, *, beta, threshold):
        xp = get_array_module(x)
        ctx.beta, ctx.threshold = beta, threshold
        ctx.save_for_backward(x)
        z = x * beta
        y = softplus_tail(z)
        y *= z <= threshold
        y += z.clip(0, xp.inf)
        y /= beta
        return y

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved
        z = x * ctx.beta
        slope = get_array_module(x).maximum(stable_sigmoid(z), z > ctx.threshold)
        slope *= grad_y
        return (slope,)


class Softmax(ArrayFunction):
    """y_k = e^(x_k) / sum_j e^(x_j): dy_k/dx_j = y_k ([k = j] - y_j), so grad_x = y (grad_y - sum_k grad_y_k y_k)."""

    @staticmethod
    def forward(ctx, x, *, dim):
        xp = get_array_module(x)
        ctx.axis = axis = dim if x.ndim else ()
        y = _below_maximum(xp, x, axis)
        xp.exp(y, out=y)
        y /= y.sum(axis=axis, keepdims=True)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved
        grad_x = grad_y * y
        grad_x -= y * grad_x.sum(axis=ctx.axis, keepdims=True)
        return (grad_x,)


class LogSoftmax(ArrayFunction):
    """y_k = x_k - ln sum_j e^(x_j): dy_k/dx_j = [k = j] - e^(y_j), so grad_x = grad_y - e^y sum_k grad_y_k."""

    @staticmethod
    def forward(ctx, x, *, dim):
        xp = get_array_module(x)
        ctx.axis = axis = dim if x.ndim else ()
        y = _below_maximum(xp, x, axis)
        if y.size:
            y -= xp.log(xp.exp(y).sum(axis=axis, keepdims=True))
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        (y,) = ctx.saved
        xp = get_array_module(y)
        grad_x = xp.empty_like(y)
        xp.exp(y, out=grad_x)
        grad_x *= grad_y.sum(axis=ctx.axis, keepdims=True)
        return (xp.subtract(grad_y, grad_x, out=grad_x),)


def _below_maximum(xp, x, axis):
    """x - max x: softmax does not notice, and no exponential of it exceeds 1."""
    y = xp.empty_like(x)
    if x.size:
        xp.subtract(x, x.max(axis=axis, keepdims=True), out=y)
    return y


def sigmoid(input):
    """1 / (1 + e^-input), elementwise; integers give floating point.

    Example:
        >>> import tinyreg
        >>> tinyreg.sigmoid(tinyreg.tensor([-1000.0, 0.0, 1000.0]))
        tensor([0.0000, 0.5000, 1.0000])
    """
    return Sigmoid.apply(floating("sigmoid", input))


def tanh(input):
    """The hyperbolic tangent, elementwise; integers give floating point.

    Example:
        >>> import tinyreg
        >>> tinyreg.tanh(tinyreg.tensor([-1000.0, 0.0, 1000.0]))
        tensor([-1.,  0.,  1.])
    """
    return Tanh.apply(floating("tanh", input))


def relu(input, inplace=False):
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


def leaky_relu(input, negative_slope=0.01, inplace=False):
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
    y = LeakyRelu.apply(input, negative_slope=negative_slope)
    return write(input, y, "leaky_relu") if inplace else y


def elu(input, alpha=1.0, inplace=False):
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
    y = Elu.apply(input, alpha=alpha)
    return write(input, y, "elu") if inplace else y


def silu(input, inplace=False):
    """input * sigmoid(input), elementwise; also known as swish (Ramachandran et al. 2017).

    Args:
        input: floating point Tensor.
        inplace: write the result into input itself and return it.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.functional.silu(tinyreg.tensor([-1.0, 0.0, 1.0]))
        tensor([-0.2689,  0.0000,  0.7311])
    """
    check_floating("silu", input)
    y = Silu.apply(input)
    return write(input, y, "silu") if inplace else y


def softplus(input, beta=1, threshold=20):
    """ln(1 + e^(beta * input)) / beta, elementwise: a relu without a kink.

    Args:
        input: floating point Tensor.
        beta: sharpness, not 0; the larger, the closer to relu.
        threshold: input itself is returned where beta * input exceeds it (there the two differ by e^-threshold).

    Raises:
        ValueError: beta is 0.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.functional.softplus(tinyreg.tensor([0.0, 2.0]))
        tensor([0.6931, 2.1269])
    """
    check_floating("softplus", input)
    check_number("softplus", beta=beta, threshold=threshold)
    if beta == 0:
        raise ValueError(f"softplus: beta must not be 0, got beta={beta}; it is the sharpness, 1 is usual")
    return Softplus.apply(input, beta=beta, threshold=threshold)


def softmax(input, dim=None, dtype=None):
    """e^input / sum of e^input along dim: positive numbers that sum to 1.

    Args:
        input: floating point Tensor (or any, with dtype).
        dim: the dimension that sums to 1. Left out, it is 1 for 2-D, 4-D and higher input, else 0, with a warning.
        dtype: convert input to it first.

    Raises:
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.softmax(tinyreg.tensor([0.0, 0.0, 1000.0]), dim=0)
        tensor([0., 0., 1.])
    """
    return Softmax.apply(_scores("softmax", input, dtype), dim=_softmax_dim("softmax", input, dim))


def log_softmax(input, dim=None, dtype=None):
    """The logarithm of softmax along dim, exact where softmax itself rounds to 0.

    Args:
        input: floating point Tensor (or any, with dtype).
        dim: the dimension along which the probabilities sum to 1; as in softmax.
        dtype: convert input to it first.

    Raises:
        IndexError: input has no such dimension.

    Example:
        >>> import tinyreg
        >>> tinyreg.log_softmax(tinyreg.tensor([0.0, 1000.0]), dim=0)
        tensor([-1000.,     0.])
    """
    return LogSoftmax.apply(_scores("log_softmax", input, dtype), dim=_softmax_dim("log_softmax", input, dim))


def check_floating(who, input, name="input"):
    """Refuse what is not a Tensor of floating point numbers."""
    check_tensor(who, input, name)
    if input.array.dtype.kind != "f":
        raise NotImplementedError(f"{who}: {name} must be floating point, got dtype {input.array.dtype}; convert with .float() first")


def _scores(who, input, dtype):
    check_tensor(who, input)
    if dtype is not None:
        input = cast(input, dtype)
    check_floating(who, input)
    return input


def _softmax_dim(who, input, dim):
    ndim = input.array.ndim
    if dim is None:
        dim = 0 if ndim in (0, 1, 3) else 1
        warnings.warn(f"{who}: dim should be given, got None and took {dim}; PyTorch's implicit choice is deprecated", stacklevel=3)
    return dimension(who, dim, ndim)
