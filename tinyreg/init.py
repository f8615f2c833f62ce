"""Initial weights: how large they must be for signals and gradients to keep their size through many layers.

A linear layer y = W x has fan_in inputs and fan_out outputs. For independent weights of mean 0 and variance v, and
inputs of second moment E[x^2],

    E[y^2] = fan_in v E[x^2],      E[grad_x^2] = fan_out v E[grad_y^2]                           (1)

    Xavier     both at once is impossible unless fan_in = fan_out; the mean of both wishes is

                   v = gain^2 * 2 / (fan_in + fan_out)                                           (2)

    Kaiming    one of them exactly, with the gain of the activation that follows: relu keeps half of the second moment,
               so its gain is sqrt(2):

                   v = gain^2 / fan_in      (or / fan_out: mode="fan_out")                       (3)

A uniform distribution on [-b, b] has variance b^2/3, so b = sqrt(3 v). In a convolution every tap of the kernel is an
input: fan_in = (C/groups) K L and fan_out = O K L.

Every function writes into the tensor it is given, outside the graph, and returns it. Chance comes from tinyreg.random,
or from the generator that is passed.

Source
    Glorot, Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks", equation 16.
    He, Zhang, Ren, Sun 2015, "Delving deep into rectifiers", arXiv 1502.01852, equations 10 and 14.
    Saxe, McClelland, Ganguli 2014, "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks",
    arXiv 1312.6120 (orthogonal_). Robert 1995, "Simulation of truncated normal variables" (trunc_normal_).
"""

import math

from .autograd import Tensor, no_grad
from .autograd.tensor import wrap
from .backend import get_array_module
from .ops import filling
from .ops.floating import check_floating, check_tensor
from .ops.number import check_number
from .random import Generator, chosen_generator


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor by which the standard deviation of the weights makes up for the activation after them.

    Args:
        nonlinearity: "linear", "conv1d" to "conv3d", "conv_transpose1d" to "conv_transpose3d", "sigmoid": 1; "tanh": 5/3;
            "relu": sqrt(2); "leaky_relu": sqrt(2 / (1 + slope^2)); "selu": 3/4.
        param: the negative slope of leaky_relu, 0.01 where it is None.

    Example:
        >>> calculate_gain("leaky_relu", 1.0)
        1.0
    """
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, (int, float)):
            raise ValueError(f"calculate_gain: param must be the slope of leaky_relu, got {param!r}; give a number")
        return math.sqrt(2 / (1 + slope**2))
    gains = {"tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4, "sigmoid": 1.0, "linear": 1.0}
    gains.update({f"{conv}{axes}d": 1.0 for conv in ("conv", "conv_transpose") for axes in (1, 2, 3)})
    if not isinstance(nonlinearity, str) or nonlinearity not in gains:
        known = ", ".join([*gains, "leaky_relu"])
        raise ValueError(f"calculate_gain: nonlinearity must be one of {known}, got {nonlinearity!r}; 'linear' is a gain of 1")
    return gains[nonlinearity]


@no_grad()
def constant_(tensor: Tensor, val: float) -> Tensor:
    """Write one value into every element.

    Args:
        tensor: Tensor, itself written; a parameter may require grad.
        val: a number.

    Example:
        >>> import tinyreg
        >>> constant_(tinyreg.empty(2), 3)
        tensor([3., 3.])
    """
    check_tensor("constant_", tensor, "tensor")
    if not isinstance(val, Tensor):
        check_number("constant_", val=val)
    return filling.fill_(tensor, val)


def zeros_(tensor: Tensor) -> Tensor:
    """Write zeros.

    Args:
        tensor: Tensor, itself written; a parameter may require grad.

    Example:
        >>> import tinyreg
        >>> zeros_(tinyreg.empty(2))
        tensor([0., 0.])
    """
    return constant_(tensor, 0.0)


def ones_(tensor: Tensor) -> Tensor:
    """Write ones.

    Args:
        tensor: Tensor, itself written; a parameter may require grad.

    Example:
        >>> import tinyreg
        >>> ones_(tinyreg.empty(2))
        tensor([1., 1.])
    """
    return constant_(tensor, 1.0)


@no_grad()
def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Write uniform random numbers in [a, b): mean (a + b)/2, variance (b - a)^2/12.

    Args:
        tensor: Tensor, itself written; a parameter may require grad.
        a, b: the ends of the interval, a at most b; equal ones fill with a.
        generator: a tinyreg.Generator to draw from; None for the default one.

    Raises:
        RuntimeError: a exceeds b.

    Example:
        >>> import tinyreg
        >>> x = uniform_(tinyreg.empty(1000), -1, 1)
        >>> bool(abs(x).max() <= 1)
        True
    """
    check_tensor("uniform_", tensor, "tensor")
    return filling.uniform_(tensor, a, b, generator=generator)


@no_grad()
def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Write normal random numbers.

    Args:
        tensor: Tensor, itself written; a parameter may require grad.
        mean: a number.
        std: standard deviation, at least 0; at 0 every element is the mean.
        generator: a tinyreg.Generator to draw from; None for the default one.

    Raises:
        RuntimeError: std is negative.

    Example:
        >>> import tinyreg
        >>> normal_(tinyreg.empty(2), mean=5, std=0)
        tensor([5., 5.])
    """
    check_tensor("normal_", tensor, "tensor")
    return filling.normal_(tensor, mean, std, generator=generator)


@no_grad()
def trunc_normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, generator: Generator | None = None
) -> Tensor:
    """Write normal random numbers, but none outside [a, b]: those would be drawn again.

    Points that are uniform on the interval are accepted with the normal density relative to its maximum there.

    Args:
        tensor: Tensor, itself written; a parameter may require grad.
        mean, std: of the normal distribution before it is cut; std above 0.
        a, b: the interval, a below b; in units of the values, not of std.
        generator: a tinyreg.Generator to draw from; None for the default one.

    Raises:
        ValueError: std is not above 0, or a not below b.

    Example:
        >>> import tinyreg
        >>> x = trunc_normal_(tinyreg.empty(1000), std=10.0)
        >>> bool(abs(x).max() <= 2)
        True
    """
    check_floating("trunc_normal_", tensor, "tensor")
    check_number("trunc_normal_", mean=mean, std=std, a=a, b=b)
    if not std > 0 or not a < b:
        raise ValueError(f"trunc_normal_: std must be above 0 and a below b, got std={std}, a={a}, b={b}; [a, b] is what is kept")
    low, high = (a - mean) / std, (b - mean) / std
    nearest = min(max(low, 0.0), high)  # where the density is largest
    reach = math.sqrt(nearest**2 + 80)  # beyond it the density is e^-40 times that: no float32 or float64 sum would notice
    low, high = max(low, -reach), min(high, reach)
    generator, array = chosen_generator(generator), tensor.array
    xp, dtype = get_array_module(array), "float64" if array.dtype == "float64" else "float32"
    kept, missing = [], array.size
    while missing:
        x = low + (high - low) * generator.uniform((2 * missing,), dtype=dtype)
        accepted = x[xp.log1p(-generator.uniform(x.shape, dtype=dtype)) <= (nearest**2 - x * x) / 2][:missing]
        kept.append(accepted)
        missing -= len(accepted)
    values = xp.concatenate(kept) * std + mean if kept else array
    values = xp.clip(values, a, b).reshape(array.shape)
    return tensor.copy_(wrap(values.astype(array.dtype)))


def _fans(who, tensor):
    """fan_in and fan_out of a weight."""
    check_tensor(who, tensor, "tensor")
    shape = tensor.array.shape
    if len(shape) < 2:
        raise ValueError(
            f"{who}: tensor must have at least 2 dimensions, (fan_out, fan_in, ...), got shape {shape}; "
            "a bias has no fan, use zeros_ or uniform_"
        )
    taps = math.prod(shape[2:])
    return shape[1] * taps, shape[0] * taps


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Uniform weights of variance gain^2 * 2 / (fan_in + fan_out), equation (2).

    Args:
        tensor: Tensor of at least 2 dimensions, (fan_out, fan_in, ...), itself written.
        gain: see calculate_gain; 1 for linear layers, 0 writes zeros.
        generator: a tinyreg.Generator to draw from; None for the default one.

    Raises:
        ValueError: fewer than 2 dimensions.

    Example:
        >>> import tinyreg
        >>> w = xavier_uniform_(tinyreg.empty(2, 4))
        >>> bool(abs(w).max() <= 1)
        True
    """
    check_number("xavier_uniform_", gain=gain)
    bound = math.sqrt(3.0) * gain * math.sqrt(2 / sum(_fans("xavier_uniform_", tensor)))           # (2)
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Normal weights of variance gain^2 * 2 / (fan_in + fan_out), equation (2).

    Args:
        tensor: Tensor of at least 2 dimensions, (fan_out, fan_in, ...), itself written.
        gain: see calculate_gain; 1 for linear layers, 0 writes zeros.
        generator: a tinyreg.Generator to draw from; None for the default one.

    Raises:
        ValueError: fewer than 2 dimensions.

    Example:
        >>> import tinyreg
        >>> xavier_normal_(tinyreg.empty(300, 500)).std()
        tensor(0.05)
    """
    check_number("xavier_normal_", gain=gain)
    return normal_(tensor, 0.0, gain * math.sqrt(2 / sum(_fans("xavier_normal_", tensor))), generator)  # (2)


def _kaiming_std(who, tensor, a, mode, nonlinearity):
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(
            f"{who}: mode must be 'fan_in' or 'fan_out', got mode={mode!r}; "
            "'fan_in' keeps the size of signals, 'fan_out' that of gradients"
        )
    fan = _fans(who, tensor)[mode == "fan_out"]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)                                        # (3)


def kaiming_uniform_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Generator | None = None
) -> Tensor:
    """Uniform weights of variance gain^2 / fan, equation (3).

    Args:
        tensor: Tensor of at least 2 dimensions, (fan_out, fan_in, ...), itself written.
        a: the negative slope of the leaky_relu after the layer; 0 is relu. PyTorch's layers start with a = sqrt(5), which
            is a bound of 1/sqrt(fan_in).
        mode: "fan_in" keeps the size of signals, "fan_out" that of gradients.
        nonlinearity: see calculate_gain.
        generator: a tinyreg.Generator to draw from; None for the default one.

    Raises:
        ValueError: fewer than 2 dimensions, another mode or nonlinearity.

    Example:
        >>> import tinyreg
        >>> w = kaiming_uniform_(tinyreg.empty(2, 6))
        >>> bool(abs(w).max() <= 1)
        True
    """
    bound = math.sqrt(3.0) * _kaiming_std("kaiming_uniform_", tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Generator | None = None
) -> Tensor:
    """Normal weights of variance gain^2 / fan, equation (3).

    Args:
        tensor: Tensor of at least 2 dimensions, (fan_out, fan_in, ...), itself written.
        a: the negative slope of the leaky_relu after the layer; 0 is relu.
        mode: "fan_in" keeps the size of signals, "fan_out" that of gradients.
        nonlinearity: see calculate_gain.
        generator: a tinyreg.Generator to draw from; None for the default one.

    Raises:
        ValueError: fewer than 2 dimensions, another mode or nonlinearity.

    Example:
        >>> import tinyreg
        >>> kaiming_normal_(tinyreg.empty(400, 200)).std()
        tensor(0.1)
    """
    return normal_(tensor, 0.0, _kaiming_std("kaiming_normal_", tensor, a, mode, nonlinearity), generator)


@no_grad()
def orthogonal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """A random orthogonal matrix: rows (of a wide one) or columns (of a tall one) of length gain, at right angles.

    The factor Q of the QR decomposition of normal numbers; the signs of R's diagonal make it uniform over all
    orthogonal matrices. Dimensions after the first are taken together.

    Args:
        tensor: floating point Tensor of at least 2 dimensions, itself written.
        gain: length of the rows or columns; 1 keeps lengths, 0 writes zeros.
        generator: a tinyreg.Generator to draw from; None for the default one.

    Raises:
        ValueError: fewer than 2 dimensions.

    Example:
        >>> import tinyreg
        >>> w = orthogonal_(tinyreg.empty(2, 3, dtype=tinyreg.float64))
        >>> abs(w @ w.T - tinyreg.eye(2)).max() < 1e-12
        tensor(True)
    """
    check_floating("orthogonal_", tensor, "tensor")
    check_number("orthogonal_", gain=gain)
    array = tensor.array
    if array.ndim < 2:
        raise ValueError(f"orthogonal_: tensor must have at least 2 dimensions, got shape {array.shape}; a vector has no rows to turn")
    if array.size == 0:
        return tensor
    xp = get_array_module(array)
    rows, columns = array.shape[0], math.prod(array.shape[1:])
    tall = (max(rows, columns), min(rows, columns))
    q, r = xp.linalg.qr(chosen_generator(generator).normal(tall, dtype=array.dtype))
    q = q * xp.where(xp.diagonal(r) < 0, -1, 1).astype(array.dtype)
    q = (q if rows >= columns else q.T) * gain
    return tensor.copy_(wrap(q.reshape(array.shape)))
