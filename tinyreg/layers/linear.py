"""Linear: every output is a weighted sum of all inputs, plus a bias.

    x        (..., I)        inputs; B of them, if the dimensions before the last are taken together
    weight   (O, I)
    bias     (O,)
    y        (..., O)

Forward
        y[b, o] = sum_i weight[o, i] x[b, i] + bias[o],        Y = X W^T + bias                  (1)

Backward
    Let G = dL/dY, (B, O). In (1), x[b, i] meets weight[o, i] once for each output o; weight[o, i] and bias[o] are used
    once for each input b, and collect the sum:

        grad_x[b, i] = sum_o G[b, o] weight[o, i],             grad_X = G W                      (2)
        grad_weight[o, i] = sum_b G[b, o] x[b, i],             grad_W = G^T X                    (3)
        grad_bias[o] = sum_b G[b, o],                          1^T G                             (4)

    The shapes decide where the transposes stand: only one product of G and the other factor has the shape asked for.

Cost
    B I O multiplications forward, and as many for each of (2) and (3). The first layer of a network skips (2).
"""

import math

from .. import init
from ..autograd import ArrayFunction, Tensor
from ..backend import get_array_module, reads_at_once
from ..module import Module
from ..ops.arithmetic import add
from ..ops.creation import empty
from ..ops.number import check_number
from ..parameter import Parameter
from ..types import Device, DType


class LinearFunction(ArrayFunction):
    """Y = X W^T + bias in one operation."""

    @staticmethod
    def forward(ctx, x, weight, bias):
        ctx.saved = x, weight
        y = _rows(x).dot(weight.T)  # dot has less to find out than @                    (1)
        if bias is not None:
            y += bias
        return y if x.ndim == weight.ndim == 2 else y.reshape((*x.shape[:-1], *weight.shape[:-1]))

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved
        needs_x, needs_weight, needs_bias = ctx.needs_input_grad
        if weight.ndim == 1:
            grad_y = grad_y[..., None]
        X, W, G = _rows(x), _rows(weight), _rows(grad_y)
        grad_x = grad_weight = grad_bias = None
        if needs_x:
            grad_x = G.dot(W)                                                          # (2)
            grad_x = grad_x if x.ndim == 2 else grad_x.reshape(x.shape)
        if needs_weight:
            grad_weight = G.T.dot(X)                                                   # (3)
            grad_weight = grad_weight if weight.ndim == 2 else grad_weight[0]
        if needs_bias:
            # a product with ones is NumPy's fastest sum; on a GPU the ones are a launch of their own
            grad_bias = get_array_module(G).ones(len(G), dtype=G.dtype).dot(G) if reads_at_once(G) else G.sum(axis=0)  # (4)
            grad_bias = grad_bias if weight.ndim == 2 else grad_bias[0]
        return grad_x, grad_weight, grad_bias


def _rows(x):
    """(..., I) -> (B, I)."""
    return x if x.ndim == 2 else x.reshape(math.prod(x.shape[:-1]), x.shape[-1])


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input @ weight.T + bias, in one operation.

    Args:
        input: inputs in the last dimension.
        weight: a row an output; or a single row.
        bias: added to the outputs, one value each, or a Tensor that broadcasts to them; or None.

    Shape:
        input (..., I), weight (O, I), bias (O,), output (..., O); with weight (I,), bias (), output (...).

    Returns:
        The output.

    Raises:
        RuntimeError: shapes that do not fit; dtypes that differ.
        TypeError: arguments that are not Tensors.

    Example:
        >>> import tinyreg
        >>> linear(tinyreg.tensor([1.0, 2.0]), tinyreg.tensor([[1.0, 1.0], [0.0, 3.0]]), tinyreg.tensor([0.5, 0.0]))
        tensor([3.5, 6.])
    """
    if isinstance(input, Tensor) and isinstance(weight, Tensor) and (bias is None or isinstance(bias, Tensor)):
        x, w, b = input.array, weight.array, weight.array if bias is None else bias.array
        usual = x.dtype == w.dtype == b.dtype and w.ndim == 2 and x.ndim > 0 and x.shape[-1] == w.shape[1]
        if usual and (bias is None or b.shape == w.shape[:1]):
            return LinearFunction.apply(input, weight, bias)
    return _linear(input, weight, bias)


def _linear(input, weight, bias):
    """linear where something is unusual: it is refused, or a single row of weights, or a bias that broadcasts."""
    for name, tensor in (("input", input), ("weight", weight), ("bias", bias)):
        if not isinstance(tensor, Tensor) and (tensor is not None or name != "bias"):
            raise TypeError(f"linear: {name} must be a Tensor, got {type(tensor).__name__}; wrap it with tinyreg.tensor")
    x, w = input.array, weight.array
    if w.ndim not in (1, 2):
        raise RuntimeError(f"linear: weight must have shape (O, I) or (I,), got shape {w.shape}; reshape it")
    if x.ndim == 0 or x.shape[-1] != w.shape[-1]:
        raise RuntimeError(
            f"linear: the last dimension of input must hold {w.shape[-1]} features, got input of shape {x.shape} for weight of shape "
            f"{w.shape}; flatten the input, or build the layer for its number of features"
        )
    own = bias is None or bias.array.shape == w.shape[:-1]
    if bias is not None and not own:
        output = (*x.shape[:-1], *w.shape[:-1])
        sizes = zip(reversed(bias.array.shape), reversed(output))
        if w.ndim == 1 or bias.array.ndim > len(output) or any(b not in (1, n) for b, n in sizes):
            raise RuntimeError(
                f"linear: bias must hold one value an output, {w.shape[:-1]}, or broadcast to the output {output}, "
                f"got shape {bias.array.shape}; rebuild it"
            )
    for name, tensor in (("weight", weight), ("bias", bias)):
        if tensor is not None and tensor.array.dtype != x.dtype:
            raise RuntimeError(
                f"linear: input and {name} must have one dtype, got {x.dtype} and {tensor.array.dtype}; "
                "convert the input, x.to(weight.dtype), or the model, model.double()"
            )
    if own or bias is None:
        return LinearFunction.apply(input, weight, bias)
    return add(LinearFunction.apply(input, weight, None), bias)


class Linear(Module):
    """A fully connected layer: y = x W^T + bias.

    Args:
        in_features, out_features: inputs and outputs of one example; in_features at least 1, out_features at least 0.
        bias: whether a learned value is added to each output.

    Both parameters start uniform within 1/sqrt(in_features).

    Shape:
        (..., in_features) -> (..., out_features)

    Example:
        >>> import tinyreg
        >>> layer = Linear(3, 2)
        >>> layer(tinyreg.randn(5, 3)).shape
        Size([5, 2])
    """

    penalized = ("weight",)

    def __init__(self, in_features: int, out_features: int, bias: bool = True, device: Device = None, dtype: DType = None) -> None:
        super().__init__()
        check_number("Linear", in_features=in_features, out_features=out_features)
        for name, value, least in (("in_features", in_features, 1), ("out_features", out_features, 0)):
            if value < least:
                raise ValueError(f"Linear: {name} must be at least {least}, got {name}={value}; it is the size of one example")
        self.in_features, self.out_features = in_features, out_features
        self.weight = Parameter(empty(out_features, in_features, device=device, dtype=dtype))
        self.register_parameter("bias", Parameter(empty(out_features, device=device, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias anew, uniformly within 1/sqrt(in_features)."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features)
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input: Tensor) -> Tensor:
        own = self._parameters
        try:
            weight, bias = own["weight"], own["bias"]  # past __getattr__, which takes seven times as long
        except KeyError:  # one is computed
            weight, bias = self.weight, self.bias
        return linear(input, weight, bias)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"
