"""Activations as modules; the functions and their derivatives stand in ops/activation.py."""

from ..module import Module
from ..ops.activation import elu, leaky_relu, log_softmax, relu, sigmoid, silu, softmax, softplus, tanh
from ..ops.number import check_number


class ReLU(Module):
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

    def __init__(self, inplace=False):
        super().__init__()
        self.inplace = inplace

    def forward(self, input):
        return relu(input, self.inplace)

    def extra_repr(self):
        return "inplace=True" if self.inplace else ""


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

    def __init__(self, negative_slope=0.01, inplace=False):
        super().__init__()
        check_number("LeakyReLU", negative_slope=negative_slope)
        self.negative_slope = negative_slope
        self.inplace = inplace

    def forward(self, input):
        return leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self):
        return f"negative_slope={self.negative_slope}" + (", inplace=True" if self.inplace else "")


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

    def __init__(self, alpha=1.0, inplace=False):
        super().__init__()
        check_number("ELU", alpha=alpha)
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input):
        return elu(input, self.alpha, self.inplace)

    def extra_repr(self):
        return f"alpha={self.alpha}" + (", inplace=True" if self.inplace else "")


class SiLU(Module):
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

    def __init__(self, inplace=False):
        super().__init__()
        self.inplace = inplace

    def forward(self, input):
        return silu(input, self.inplace)

    def extra_repr(self):
        return "inplace=True" if self.inplace else ""


class Sigmoid(Module):
    """1 / (1 + e^-input), elementwise.

    Shape:
        any; output as input.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.Sigmoid()(tinyreg.tensor(0.0))
        tensor(0.5000)
    """

    def forward(self, input):
        return sigmoid(input)


class Tanh(Module):
    """The hyperbolic tangent, elementwise.

    Shape:
        any; output as input.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.Tanh()(tinyreg.tensor([0.0, 1000.0]))
        tensor([0., 1.])
    """

    def forward(self, input):
        return tanh(input)


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

    def __init__(self, beta=1.0, threshold=20.0):
        super().__init__()
        check_number("Softplus", beta=beta, threshold=threshold)
        if beta == 0:
            raise ValueError(f"Softplus: beta must not be 0, got beta={beta}; it is the sharpness, 1 is usual")
        self.beta = beta
        self.threshold = threshold

    def forward(self, input):
        return softplus(input, self.beta, self.threshold)

    def extra_repr(self):
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

    def __init__(self, dim=None):
        super().__init__()
        self.dim = dim

    def forward(self, input):
        return softmax(input, self.dim)

    def extra_repr(self):
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

    def __init__(self, dim=None):
        super().__init__()
        self.dim = dim

    def forward(self, input):
        return log_softmax(input, self.dim)

    def extra_repr(self):
        return f"dim={self.dim}"
