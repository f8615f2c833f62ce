"""Activations as modules; functions and derivatives stand in ops/activation.py, ops/rectifier.py and ops/softmax.py."""


from ..autograd import Tensor
from ..init import constant_
from ..module import Module
from ..ops.activation import check_approximation, gelu, logsigmoid, mish, sigmoid, silu, softplus, softsign, tanh
from ..ops.creation import full
from ..ops.number import check_number
from ..ops.rectifier import celu, elu, hardtanh, leaky_relu, prelu, relu, relu6, selu
from ..ops.softmax import log_softmax, softmax, softmin
from ..parameter import Parameter
from ..types import Device, DType


class _InPlace(Module):
    """An activation whose only setting is whether it writes its result into the input."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class ReLU(_InPlace):
    """max(input, 0), elementwise.

    Args:
        inplace: write the result into the input.

    Shape:
        any; output as input.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.ReLU()(tinyreg.tensor([-1.0, 2.0]))
        tensor([0., 2.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return relu(input, self.inplace)


class ReLU6(_InPlace):
    """min(max(input, 0), 6), elementwise.

    Args:
        inplace: write the result into the input.

    Shape:
        any; output as input.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.ReLU6()(tinyreg.tensor([-1.0, 2.0, 8.0]))
        tensor([0., 2., 6.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return relu6(input, self.inplace)


class Hardtanh(Module):
    """input, but not below min_val and not above max_val, elementwise.

    Args:
        min_val, max_val: the bounds, min_val below max_val.
        inplace: write the result into the input.

    Shape:
        any; output as input.

    Raises:
        AssertionError: min_val is not below max_val.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.Hardtanh(0, 2)(tinyreg.tensor([-1.0, 1.0, 3.0]))
        tensor([0., 1., 2.])
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        check_number("Hardtanh", min_val=min_val, max_val=max_val)
        if not min_val < max_val:
            raise AssertionError(f"Hardtanh: min_val must be below max_val, got min_val={min_val} and max_val={max_val}; exchange them")
        self.min_val, self.max_val, self.inplace = min_val, max_val, inplace

    def forward(self, input: Tensor) -> Tensor:
        return hardtanh(input, self.min_val, self.max_val, self.inplace)

    def extra_repr(self) -> str:
        return f"min_val={self.min_val}, max_val={self.max_val}" + (", inplace=True" if self.inplace else "")


class LeakyReLU(Module):
    """input where it is positive, negative_slope * input elsewhere.

    Args:
        negative_slope: 0 is relu, 1 the identity.
        inplace: write the result into the input.

    Shape:
        any; output as input.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.LeakyReLU(0.5)(tinyreg.tensor([-1.0, 2.0]))
        tensor([-0.5000,  2.0000])
    """

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        check_number("LeakyReLU", negative_slope=negative_slope)
        self.negative_slope = negative_slope
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        return f"negative_slope={self.negative_slope}" + (", inplace=True" if self.inplace else "")


class PReLU(Module):
    """input where it is positive, weight * input elsewhere, with a learned weight.

    Weight decay would pull the slopes to 0, which is relu: leave them out of it.

    Args:
        num_parameters: 1 for one slope, or the number of channels (dimension 1) for one each.
        init: the slopes at the start; 0 is relu, 1 the identity.

    Shape:
        any, or (N, num_parameters, ...); output as input.

    Raises:
        RuntimeError: another number of channels than num_parameters, when it is called.

    Example:
        >>> import tinyreg
        >>> layer = tinyreg.nn.PReLU(2, init=0.5)
        >>> layer(tinyreg.tensor([[-1.0, 3.0]]))
        tensor([[-0.5000,  3.0000]], grad_fn=<PreluBackward0>)
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device: Device = None, dtype: DType = None) -> None:
        super().__init__()
        check_number("PReLU", init=init)
        self.num_parameters, self.init = num_parameters, init
        self.weight = Parameter(full((num_parameters,), float(init), device=device, dtype=dtype))

    def reset_parameters(self) -> None:
        """Start again: every slope init."""
        constant_(self.weight, self.init)

    def forward(self, input: Tensor) -> Tensor:
        return prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"


class ELU(Module):
    """input where it is positive, alpha * (e^input - 1) elsewhere.

    Args:
        alpha: what very negative input tends to, negated; 0 is relu.
        inplace: write the result into the input.

    Shape:
        any; output as input.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.ELU(alpha=2.0)(tinyreg.tensor([-1000.0, 2.0]))
        tensor([-2.,  2.])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        check_number("ELU", alpha=alpha)
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return elu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}" + (", inplace=True" if self.inplace else "")


class SELU(_InPlace):
    """scale * elu(input, alpha) with the alpha and scale that keep mean 0 and variance 1 from layer to layer.

    Args:
        inplace: write the result into the input.

    Shape:
        any; output as input.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.SELU()(tinyreg.tensor([-1000.0, 1.0]))
        tensor([-1.7581,  1.0507])
    """

    def forward(self, input: Tensor) -> Tensor:
        return selu(input, self.inplace)


class CELU(Module):
    """input where it is positive, alpha * (e^(input/alpha) - 1) elsewhere: without a kink for every alpha.

    Args:
        alpha: what very negative input tends to, negated; not 0.
        inplace: write the result into the input.

    Shape:
        any; output as input.

    Raises:
        RuntimeError: alpha is 0, when it is called.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.CELU(alpha=2.0)(tinyreg.tensor([-1000.0, 1.0]))
        tensor([-2.,  1.])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        check_number("CELU", alpha=alpha)
        self.alpha, self.inplace = alpha, inplace

    def forward(self, input: Tensor) -> Tensor:
        return celu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}" + (", inplace=True" if self.inplace else "")


class GELU(Module):
    """input * P, with P the probability that a standard normal number lies below input.

    Args:
        approximate: "none" for the normal distribution itself, "tanh" for a formula within 0.0005 of it.

    Shape:
        any; output as input.

    Raises:
        RuntimeError: another approximation.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.GELU()(tinyreg.tensor([-1000.0, 0.0, 1.0]))
        tensor([0.0000, 0.0000, 0.8413])
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        check_approximation("GELU", approximate)
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        return gelu(input, approximate=self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class SiLU(_InPlace):
    """input * sigmoid(input), elementwise; also known as swish.

    Args:
        inplace: write the result into the input.

    Shape:
        any; output as input.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.SiLU()(tinyreg.tensor([0.0, 1000.0]))
        tensor([   0., 1000.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return silu(input, self.inplace)


class Mish(_InPlace):
    """input * tanh(softplus(input)), elementwise.

    Args:
        inplace: write the result into the input.

    Shape:
        any; output as input.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.Mish()(tinyreg.tensor([0.0, 1000.0]))
        tensor([   0., 1000.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return mish(input, self.inplace)


class Sigmoid(Module):
    """1 / (1 + e^-input), elementwise.

    Shape:
        any; output as input.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.Sigmoid()(tinyreg.tensor(0.0))
        tensor(0.5000)
    """

    def forward(self, input: Tensor) -> Tensor:
        return sigmoid(input)


class LogSigmoid(Module):
    """ln(sigmoid(input)), elementwise, exact where sigmoid itself rounds to 0.

    Shape:
        any; output as input.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.LogSigmoid()(tinyreg.tensor([-1000.0, 1000.0]))
        tensor([-1000.,     0.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return logsigmoid(input)


class Tanh(Module):
    """The hyperbolic tangent, elementwise.

    Shape:
        any; output as input.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.Tanh()(tinyreg.tensor([0.0, 1000.0]))
        tensor([0., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return tanh(input)


class Softsign(Module):
    """input / (1 + |input|), elementwise.

    Shape:
        any; output as input.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.Softsign()(tinyreg.tensor([-3.0, 1.0]))
        tensor([-0.7500,  0.5000])
    """

    def forward(self, input: Tensor) -> Tensor:
        return softsign(input)


class Softplus(Module):
    """ln(1 + e^(beta * input)) / beta, elementwise: a relu without a kink.

    Args:
        beta: sharpness, not 0; the larger, the closer to relu.
        threshold: input itself is returned where beta * input exceeds it.

    Shape:
        any; output as input.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.Softplus()(tinyreg.tensor([-1000.0, 1000.0]))
        tensor([   0., 1000.])
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        check_number("Softplus", beta=beta, threshold=threshold)
        if beta == 0:
            raise ValueError(f"Softplus: beta must not be 0, got beta={beta}; it is the sharpness, 1 is usual")
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Tensor) -> Tensor:
        return softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        return f"beta={self.beta}, threshold={self.threshold}"


class Softmax(Module):
    """e^input / sum of e^input along dim: positive numbers that sum to 1.

    Args:
        dim: the dimension that sums to 1.

    Shape:
        any; output as input.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.Softmax(dim=1)(tinyreg.zeros(1, 4))
        tensor([[0.2500, 0.2500, 0.2500, 0.2500]])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class LogSoftmax(Module):
    """The logarithm of softmax along dim, exact where softmax itself rounds to 0.

    Args:
        dim: the dimension along which the probabilities sum to 1.

    Shape:
        any; output as input.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.LogSoftmax(dim=0)(tinyreg.tensor([0.0, 1000.0]))
        tensor([-1000.,     0.])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return log_softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Softmin(Module):
    """softmax(-input): the smallest score gets the largest probability.

    Args:
        dim: the dimension that sums to 1.

    Shape:
        any; output as input.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.Softmin(dim=0)(tinyreg.tensor([0.0, 0.0, 1000.0]))
        tensor([0.5000, 0.5000, 0.0000])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return softmin(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"
