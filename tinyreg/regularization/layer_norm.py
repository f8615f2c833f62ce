"""Layer normalization: each example gets mean 0 and variance 1 over its own features, then a learned scale and shift.

Forward
    An example has L features x_i: the product of the sizes in normalized_shape, the last dimensions of the input.

        mean = 1/L sum_i x_i                                                                     (1)
        var = 1/L sum_i (x_i - mean)^2                                                           (2)
        r = 1 / sqrt(var + eps)                                                                  (3)
        x_hat_i = (x_i - mean) r                                                                 (4)
        y_i = weight_i x_hat_i + bias_i                                                          (5)

    The statistics are the example's own: no other example enters, nothing is averaged over time, and training and
    evaluation are the same function. weight and bias have one value a feature (start 1 and 0); batch norm's have one a
    channel, because there the statistics are the channel's.

Backward
    Let G_i = dL/dy_i and g_i = dL/dx_hat_i = weight_i G_i. weight_i and bias_i are shared by all examples:

        grad_bias_i = sum over examples of G_i                                                   (6)
        grad_weight_i = sum over examples of G_i x_hat_i                                         (7)

    Within an example x_j reaches L by three roads, as in batch norm with the features in the place of the batch:

    road 1, its own x_hat_j:                         g_j r                                       (8)
    road 2, the mean (dx_hat_i/dmean = -r, dmean/dx_j = 1/L; dvar/dmean = 0):
                                                     -r 1/L sum_i g_i                            (9)
    road 3, the variance (dx_hat_i/dvar = -1/2 x_hat_i r^2, dvar/dx_j = 2/L x_hat_j/r):
                                                     -r x_hat_j 1/L sum_i g_i x_hat_i           (10)

    Their sum, with E[...] = 1/L sum_i:

        grad_x_j = r (g_j - E[g] - x_hat_j E[g x_hat])                                          (11)

    Check by hand: in every example grad_x sums to 0, and sum_j grad_x_j x_hat_j = 0 up to eps.

Why it regularizes
    Hardly: it adds no noise, in contrast to batch norm. What it does is remove two directions: an example that is shifted or
    scaled, a x + b with a > 0, gives the same output, so a layer before it cannot make the loss small by growing, and the
    length of an example's features carries no information. L2 on the weights of that layer therefore sets its effective
    learning rate, as before batch norm. It serves where batch norm cannot: batches of one, sequences, changing lengths.

Edge cases
    One feature, or an example whose features are all equal: x_hat = 0, y = bias. Two features: x_hat is (1, -1) or (-1, 1)
    up to eps, all but the sign is lost. An empty batch passes through. Dropout before it changes the statistics of that
    example in that step only, nothing is stored. eps=0 divides 0 by 0 for constant features; eps large switches the scaling off.

Cost
    Forward reads x twice and writes y; backward computes x_hat again instead of keeping it, so that x and two numbers an
    example are kept. 2 L parameters.

Source
    Ba, Kiros, Hinton 2016, "Layer normalization", arXiv 1607.06450, equations 3 and 4.
"""

import math
from collections.abc import Sequence
from typing import Any

from ..autograd import ArrayFunction, Tensor
from ..autograd.in_place import stamp
from ..backend import blocks, get_array_module
from ..module import Module
from ..ops.creation import ones, zeros
from ..ops.normalizing import check_eps, check_features, check_tensors, feature_sizes, moments
from ..parameter import Parameter
from ..types import Device, DType


class LayerNormFunction(ArrayFunction):
    """y = weight (x - mean) r + bias over the last dimensions of each example; a block of examples at a time."""

    @staticmethod
    def forward(ctx, x, weight, bias, *, normalized_shape, eps):
        xp = get_array_module(x)
        ctx.input_shape, ctx.normalized_shape = x.shape, normalized_shape
        features = math.prod(normalized_shape)
        examples = math.prod(x.shape[: x.ndim - len(normalized_shape)])
        x = x.reshape(examples, features)                                              # (..., *normalized_shape) -> (R, L)
        mean, var = moments(x[:, None])                                                # (1), (2)
        r = 1 / xp.sqrt(var + eps)                                                     # (3)
        y = xp.empty(x.shape, dtype=x.dtype)
        for block in blocks(x):
            xp.subtract(x[block], mean[block], out=y[block])
            y[block] *= r[block]                                                       # (4)
            if weight is not None:
                y[block] *= weight.reshape(features)
            if bias is not None:
                y[block] += bias.reshape(features)                                     # (5)
        ctx.save_for_backward(x, weight, mean, r)
        return y.reshape(ctx.input_shape)

    @staticmethod
    def backward(ctx, grad_y):
        x, weight, mean, r = ctx.saved
        xp = get_array_module(x)
        G = grad_y.reshape(x.shape)                                                    # (..., *normalized_shape) -> (R, L)
        features = x.shape[1]
        average = xp.full((features, 1), 1 / max(features, 1), dtype=x.dtype)  # z @ average is E[z] of each example
        grad_x = xp.empty(x.shape, dtype=x.dtype)
        grad_weight, grad_bias = (xp.zeros(features, dtype=x.dtype) for _ in range(2))
        for block in blocks(x):
            x_hat = x[block] - mean[block]
            x_hat *= r[block]                                                          # (4)
            together = xp.ones(len(x_hat), dtype=x.dtype)  # together @ z is the sum of z over the examples
            grad_bias += together @ G[block]                                           # (6)
            grad_weight += together @ (G[block] * x_hat)                               # (7)
            g = G[block] * (1 if weight is None else weight.reshape(features))
            road_2 = g @ average                                                       # (9)
            road_3 = (g * x_hat) @ average                                             # (10)
            x_hat *= road_3
            g -= road_2
            g -= x_hat
            xp.multiply(g, r[block], out=grad_x[block])                                # (11)
        return grad_x.reshape(ctx.input_shape), *(z.reshape(ctx.normalized_shape) for z in (grad_weight, grad_bias))


def layer_norm(
    input: Tensor, normalized_shape: int | Sequence[int], weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """Normalize each example over its last dimensions, and scale and shift each feature.

    Args:
        input: floating point Tensor.
        normalized_shape: the sizes of the last dimensions, which share their statistics; an int for one dimension.
        weight, bias: scale and shift of each feature, None for 1 and 0.
        eps: added to the variance under the root, at least 0: the larger, the less a nearly constant example is blown up.

    Shape:
        input (..., *normalized_shape), weight and bias normalized_shape, output as input.

    Returns:
        The normalized Tensor.

    Raises:
        RuntimeError: shapes or dtypes that do not fit; an empty normalized_shape; input of integers.
        ValueError: eps below 0.

    Example:
        >>> import tinyreg
        >>> layer_norm(tinyreg.tensor([[1.0, 3.0], [10.0, 30.0]]), (2,), eps=0.0)
        tensor([[-1.,  1.],
                [-1.,  1.]])
    """
    who = "layer_norm"
    normalized_shape = feature_sizes(who, normalized_shape)
    check_features(who, input, normalized_shape)
    check_tensors(who, input, normalized_shape, "one value a feature", weight=weight, bias=bias)
    check_eps(who, eps)
    return LayerNormFunction.apply(input, weight, bias, normalized_shape=normalized_shape, eps=eps)


class LayerNorm(Module):
    """Layer normalization as a layer; the same in training and evaluation, see layer_norm.

    Args:
        normalized_shape: the sizes of the last dimensions, which share their statistics; an int for one dimension.
        eps: added to the variance under the root, at least 0.
        elementwise_affine: learn a scale (starts at 1) and, with bias=True, a shift (starts at 0) for each feature.

    Shape:
        (..., *normalized_shape), output as input.

    Raises:
        RuntimeError: input that does not end in normalized_shape, or has another dtype.
        ValueError: eps below 0.

    Example:
        >>> import tinyreg
        >>> y = tinyreg.nn.LayerNorm(100)(tinyreg.randn(2, 100) * 5 + 3)
        >>> bool(y.mean(1).abs().max() < 1e-5), bool((y.std(1) - 1).abs().max() < 0.01)
        (True, True)
    """

    normalization = True

    def __init__(
        self, normalized_shape: int | Sequence[int], eps: float = 1e-5, elementwise_affine: bool = True, bias: bool = True,
        device: Device = None, dtype: DType = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.normalized_shape, self.eps = feature_sizes("LayerNorm", normalized_shape), eps
        check_eps("LayerNorm", eps)
        self.elementwise_affine = elementwise_affine
        made: dict[str, Any] = {"device": device, "dtype": dtype}
        self.register_parameter("weight", Parameter(ones(self.normalized_shape, **made)) if elementwise_affine else None)
        self.register_parameter("bias", Parameter(zeros(self.normalized_shape, **made)) if elementwise_affine and bias else None)

    def reset_parameters(self) -> None:
        """Start again: scale 1, shift 0."""
        for parameter, start in ((self.weight, 1), (self.bias, 0)):
            if parameter is not None:
                parameter.array[...] = start
                stamp(parameter)

    def forward(self, input: Tensor) -> Tensor:
        return layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"
