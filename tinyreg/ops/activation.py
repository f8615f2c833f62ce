"""sigmoid, its inverse logit, tanh and the smooth activations that are built from them, each with its derivative.

relu's family stands in rectifier.py, softmax in softmax.py.

No exponential here overflows: each is taken of a number that is bounded from above, so that the limits (sigmoid(-1000) = 0,
softplus(1000) = 1000) come out exactly, in every floating point dtype.
"""

import math

from ..autograd import ArrayFunction, Tensor
from ..autograd.in_place import write
from ..backend import fuse, get_array_module, reads_at_once
from .error_function import erf_values
from .floating import check_floating, check_tensor, floating
from .number import check_number

_FEW = 2**10  # elements


def stable_sigmoid(x):
    """1 / (1 + e^-x) of a raw array, computed as e^x / (1 + e^x) with x cut where the result has long rounded to 1.

    Example:
        >>> import numpy
        >>> stable_sigmoid(numpy.array([-1000.0, 0.0, 1000.0])).tolist()
        [0.0, 0.5, 1.0]
    """
    xp = get_array_module(x)
    bound = 40 if x.dtype.itemsize > 2 else 11
    if not reads_at_once(x):
        return _sigmoid(x, bound)
    # on many elements NumPy's clip at two bounds is the faster one, on few it takes longer to begin
    y = xp.asarray(x.clip(-xp.inf, bound) if x.size > _FEW else xp.minimum(x, bound))
    xp.exp(y, out=y)
    y /= 1 + y
    return y


@fuse
def _sigmoid(x, bound):
    xp = get_array_module(x)
    y = xp.exp(xp.minimum(x, bound))
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


class Mish(ArrayFunction):
    """y = x t with t = tanh(softplus(x)): dt/dx = (1 - t^2) s with s = sigmoid(x), so dy/dx = t + x s (1 - t^2)."""

    @staticmethod
    def forward(ctx, x):
        xp = get_array_module(x)
        t = stable_softplus(x)
        xp.tanh(t, out=t)
        ctx.save_for_backward(x, t)
        return x * t

    @staticmethod
    def backward(ctx, grad_y):
        x, t = ctx.saved
        grad_x = stable_sigmoid(x)
        grad_x *= 1 - t * t
        grad_x *= x
        grad_x += t
        grad_x *= grad_y
        return (grad_x,)


class Gelu(ArrayFunction):
    """y = x P with P the probability that a standard normal number lies below x.

    Exactly P = (1 + erf(x/sqrt(2)))/2, whose slope is the bell curve b = e^(-x^2/2)/sqrt(2 pi), so

        dy/dx = P + x b
    """

    @staticmethod
    def forward(ctx, x):
        below = erf_values(x * math.sqrt(0.5))
        below += 1
        below *= 0.5
        ctx.save_for_backward(x, below)
        return x * below

    @staticmethod
    def backward(ctx, grad_y):
        x, below = ctx.saved
        xp = get_array_module(x)
        x = x.clip(-40, 40)  # further out the bell is 0, and x^2 would overflow
        grad_x = x * x
        grad_x *= -0.5
        grad_x = xp.exp(grad_x)
        grad_x *= 1 / math.sqrt(2 * math.pi)
        grad_x *= x
        grad_x += below
        grad_x *= grad_y
        return (grad_x,)


class GeluTanh(ArrayFunction):
    """gelu with P about (1 + tanh u)/2, u = c (x + 0.044715 x^3), c = sqrt(2/pi): cheaper than erf, off by up to 0.0005.

    As (1 + tanh u)/2 = sigmoid(2 u), no digits are lost where it is small. With s = sigmoid(2 u):

        y = x s,      dy/dx = s + x s (1 - s) 2 u',      u' = c (1 + 3 * 0.044715 x^2)
    """

    @staticmethod
    def forward(ctx, x):
        cut = x.clip(-30, 30)  # further out s is 0 or 1, and x^3 would overflow
        u = cut * cut
        u *= 0.044715
        u += 1
        u *= cut
        u *= 2 * math.sqrt(2 / math.pi)
        s = stable_sigmoid(u)
        ctx.save_for_backward(cut, s)
        return x * s

    @staticmethod
    def backward(ctx, grad_y):
        x, s = ctx.saved
        grad_x = x * x
        grad_x *= 3 * 0.044715
        grad_x += 1
        grad_x *= x
        grad_x *= 2 * math.sqrt(2 / math.pi)
        grad_x *= 1 - s
        grad_x += 1
        grad_x *= s
        grad_x *= grad_y
        return (grad_x,)


class LogSigmoid(ArrayFunction):
    """y = ln sigmoid(x) = min(x, 0) - ln(1 + e^-|x|): dy/dx = 1 - sigmoid(x) = sigmoid(-x)."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.clip(-get_array_module(x).inf, 0) - softplus_tail(x)

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved
        grad_x = stable_sigmoid(-x)
        grad_x *= grad_y
        return (grad_x,)


class Softsign(ArrayFunction):
    """y = x / (1 + |x|): dy/dx = 1/(1 + |x|)^2."""

    @staticmethod
    def forward(ctx, x):
        d = get_array_module(x).abs(x)
        d += 1
        ctx.save_for_backward(d)
        return x / d

    @staticmethod
    def backward(ctx, grad_y):
        (d,) = ctx.saved
        grad_x = grad_y / d
        grad_x /= d
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
        return (_sigmoid_slope(grad_y, y),)


@fuse
def _sigmoid_slope(grad_y, y):
    grad_x = grad_y * y
    grad_x -= grad_x * y  # no number meets an array: on few elements that would be half of the time
    return grad_x


class Logit(ArrayFunction):
    """y = ln(x / (1 - x)), where sigmoid gives x: dy/dx = 1/(x (1 - x)), and nan where there is no y.

    With eps, x is clamped to [eps, 1 - eps] first, and the gradient is 0 outside.
    """

    @staticmethod
    def forward(ctx, x, *, eps):
        ctx.save_for_backward(x)
        ctx.eps = eps
        x = x if eps is None else x.clip(eps, 1 - eps)
        return get_array_module(x).log(x / (1 - x))

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved
        xp = get_array_module(x)
        if ctx.eps is None:
            return (xp.where((x < 0) | (x > 1), xp.nan, grad_y / (x * (1 - x))),)
        clamped = x.clip(ctx.eps, 1 - ctx.eps)
        return (grad_y * (x == clamped) / (clamped * (1 - clamped)),)


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
        return (_tanh_slope(grad_y, y),)


@fuse
def _tanh_slope(grad_y, y):
    grad_x = grad_y * y
    grad_x *= y
    return grad_y - grad_x


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
        if threshold < 0:  # between the threshold and 0, z itself is negative
            y = xp.where(z > threshold, z, y)
        y /= beta
        return y

    @staticmethod
    def backward(ctx, grad_y):
        (x,) = ctx.saved
        z = x * ctx.beta
        slope = get_array_module(x).maximum(stable_sigmoid(z), z > ctx.threshold)
        slope *= grad_y
        return (slope,)


def sigmoid(input: Tensor) -> Tensor:
    """1 / (1 + e^-input), elementwise; integers give floating point.

    Example:
        >>> import tinyreg
        >>> tinyreg.sigmoid(tinyreg.tensor([-1000.0, 0.0, 1000.0]))
        tensor([0.0000, 0.5000, 1.0000])
    """
    return Sigmoid.apply(floating("sigmoid", input))


def logit(input: Tensor, eps: float | None = None) -> Tensor:
    """ln(input / (1 - input)), elementwise: the number whose sigmoid is input.

    Args:
        input: Tensor of probabilities: 0 gives -inf, 1 gives inf, what lies outside gives nan.
        eps: None, or how near to 0 and 1 the input may come: it is clamped to [eps, 1 - eps] first.

    Example:
        >>> import tinyreg
        >>> tinyreg.logit(tinyreg.tensor([0.5, 0.9]))
        tensor([0.0000, 2.1972])
    """
    if eps is not None:
        check_number("logit", eps=eps)
    return Logit.apply(floating("logit", input), eps=eps)


def tanh(input: Tensor) -> Tensor:
    """The hyperbolic tangent, elementwise; integers give floating point.

    Example:
        >>> import tinyreg
        >>> tinyreg.tanh(tinyreg.tensor([-1000.0, 0.0, 1000.0]))
        tensor([-1.,  0.,  1.])
    """
    return Tanh.apply(floating("tanh", input))


def silu(input: Tensor, inplace: bool = False) -> Tensor:
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


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """input * tanh(softplus(input)), elementwise (Misra 2019).

    Args:
        input: floating point Tensor.
        inplace: write the result into input itself and return it.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.functional.mish(tinyreg.tensor([-1.0, 0.0, 1.0]))
        tensor([-0.3034,  0.0000,  0.8651])
    """
    check_floating("mish", input)
    y = Mish.apply(input)
    return write(input, y, "mish") if inplace else y


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """input * P, elementwise, with P the probability that a standard normal number lies below input.

    What dropout does with a random mask, it does on average: the larger the input, the likelier it is kept (Hendrycks,
    Gimpel 2016).

    Args:
        input: floating point Tensor.
        approximate: "none" for the normal distribution itself, "tanh" for a formula within 0.0005 of it.

    Raises:
        RuntimeError: another approximation.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.functional.gelu(tinyreg.tensor([-1.0, 0.0, 1.0]))
        tensor([-0.1587,  0.0000,  0.8413])
    """
    check_floating("gelu", input)
    check_approximation("gelu", approximate)
    return (Gelu if approximate == "none" else GeluTanh).apply(input)


def check_approximation(who, approximate):
    """Refuse approximations of gelu that do not exist.

    Example:
        >>> check_approximation("GELU", "tanh")
    """
    if approximate not in ("none", "tanh"):
        error = RuntimeError if isinstance(approximate, str) else TypeError
        raise error(f"{who}: approximate must be 'none' or 'tanh', got {approximate!r}; 'none' is exact")


def logsigmoid(input: Tensor) -> Tensor:
    """ln(sigmoid(input)), elementwise, exact where sigmoid itself rounds to 0.

    Args:
        input: floating point Tensor.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.functional.logsigmoid(tinyreg.tensor([-1000.0, 0.0]))
        tensor([-1.0000e+03, -6.9315e-01])
    """
    check_floating("logsigmoid", input)
    return LogSigmoid.apply(input)


def softsign(input: Tensor) -> Tensor:
    """input / (1 + |input|), elementwise: like tanh, but slow to reach -1 and 1; integers give floating point.

    Args:
        input: Tensor of numbers.

    Raises:
        NotImplementedError: a bool tensor.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.functional.softsign(tinyreg.tensor([-3.0, 0.0, 1.0]))
        tensor([-0.7500,  0.0000,  0.5000])
    """
    check_tensor("softsign", input)
    if input.array.dtype.kind == "b":
        raise NotImplementedError(f"softsign: input must be numbers, got dtype {input.array.dtype}; convert with .float() first")
    return Softsign.apply(floating("softsign", input))


def softplus(input: Tensor, beta: float = 1, threshold: float = 20) -> Tensor:
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
    return Softplus.apply(input, beta=float(beta), threshold=float(threshold))
