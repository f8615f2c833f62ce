"""RMS normalization: each example is divided by the root mean square of its own features, then scaled: layer norm without a mean.

Forward
    An example has L features x_i: the product of the sizes in normalized_shape, the last dimensions of the input.

        ms = 1/L sum_i x_i^2                                                                     (1)
        r = 1 / sqrt(ms + eps)                                                                   (2)
        x_hat_i = x_i r                                                                          (3)
        y_i = weight_i x_hat_i                                                                   (4)

    Nothing is subtracted, so there is no shift to learn, either: weight has one value a feature (starts at 1), and there is
    no bias. As in layer norm the statistic is the example's own, and training and evaluation are the same function.

Backward
    Let G_i = dL/dy_i and g_i = dL/dx_hat_i = weight_i G_i. weight_i is shared by all examples:

        grad_weight_i = sum over examples of G_i x_hat_i                                         (5)

    Within an example x_j reaches L by two roads; layer norm's third one, through the mean, does not exist:

    road 1, its own x_hat_j:                         g_j r                                       (6)
    road 2, the mean square (dx_hat_i/dr = x_i, dr/dms = -r^3/2, dms/dx_j = 2/L x_j):
                                                     -r^3 x_j 1/L sum_i g_i x_i
                                                     = -r x_hat_j 1/L sum_i g_i x_hat_i          (7)

    Their sum, with E[...] = 1/L sum_i:

        grad_x_j = r (g_j - x_hat_j E[g x_hat])                                                  (8)

    Check by hand: sum_j grad_x_j x_hat_j = 0 up to eps, as E[x_hat^2] = 1: a step against the gradient turns the example,
    it does not make it longer. Its sum over j is not 0: a shift of all features is felt.

Why it regularizes
    Hardly: it adds no noise. It removes one direction where layer norm removes two: an example that is scaled, a x with
    a > 0, gives the same output, so the length of its features carries no information, and a layer before it cannot make the
    loss small by growing. L2 on the weights of that layer therefore sets its effective learning rate. That dropping the mean
    costs no accuracy is an observation, not a theorem: what helps in layer norm seems to be the scaling.

Edge cases
    One feature: y = weight sign(x) up to eps, only the sign is left. Features that are all equal stay equal (layer norm makes
    them 0). All zero: y = 0, and grad_x = g/sqrt(eps), large. eps=None is the distance from 1 to the next number of input's
    dtype, 1.2e-7 in float32: with it an example of about 1e-4 is no longer brought to length 1 exactly. eps=0 divides 0 by 0
    for an example of zeros; eps large switches the scaling off. An empty batch passes through. A mean far from 0 makes r
    small and hides the differences between features; layer norm would remove it first.

Cost
    Forward reads x twice and writes y, with one sum an example where layer norm needs two; backward computes x_hat again
    instead of keeping it, so that x and one number an example are kept. L parameters.

Source
    Zhang, Sennrich 2019, "Root mean square layer normalization", arXiv 1910.07467, equation 4.
"""

import math
from collections.abc import Sequence

from ..autograd import ArrayFunction, Tensor
from ..backend import blocks, get_array_module
from ..init import ones_
from ..module import Module
from ..ops.broadcasting import cast, float32
from ..ops.creation import ones
from ..ops.normalizing import check_eps, check_features, check_tensors, feature_sizes
from ..parameter import Parameter
from ..types import Device, DType


class RmsNormFunction(ArrayFunction):
    """y = weight x r over the last dimensions of each example; a block of examples at a time."""

    @staticmethod
    def forward(ctx, x, weight, *, normalized_shape, eps):
        xp = get_array_module(x)
        ctx.input_shape, ctx.normalized_shape = x.shape, normalized_shape
        features = math.prod(normalized_shape)
        examples = math.prod(x.shape[: x.ndim - len(normalized_shape)])
        x = x.reshape(examples, features)                                              # (..., *normalized_shape) -> (R, L)
        average = xp.full((features, 1), 1 / max(features, 1), dtype=x.dtype)  # z @ average is E[z] of each example
        r = xp.empty((examples, 1), dtype=x.dtype)
        y = xp.empty(x.shape, dtype=x.dtype)
        for block in blocks(x):
            xp.multiply(x[block], x[block], out=y[block])
            ms = y[block] @ average                                                    # (1)
            r[block] = 1 / xp.sqrt(ms + eps)                                           # (2)
            xp.multiply(x[block], r[block], out=y[block])                              # (3)
            if weight is not None:
                y[block] *= weight.reshape(features)                                   # (4)
        ctx.save_for_backward(x, weight, r)
        return y.reshape(ctx.input_shape)

    @staticmethod
    def backward(ctx, grad_y):
        x, weight, r = ctx.saved
        xp = get_array_module(x)
        G = grad_y.reshape(x.shape)                                                    # (..., *normalized_shape) -> (R, L)
        features = x.shape[1]
        average = xp.full((features, 1), 1 / max(features, 1), dtype=x.dtype)
        grad_x = xp.empty(x.shape, dtype=x.dtype)
        grad_weight = xp.zeros(features, dtype=x.dtype)
        for block in blocks(x):
            x_hat = x[block] * r[block]                                                # (3)
            together = xp.ones(len(x_hat), dtype=x.dtype)  # together @ z is the sum of z over the examples
            grad_weight += together @ (G[block] * x_hat)                               # (5)
            g = G[block] * (1 if weight is None else weight.reshape(features))
            x_hat *= (g * x_hat) @ average                                             # (7)
            g -= x_hat
            xp.multiply(g, r[block], out=grad_x[block])                                # (8)
        return grad_x.reshape(ctx.input_shape), grad_weight.reshape(ctx.normalized_shape)


def rms_norm(
    input: Tensor, normalized_shape: int | Sequence[int], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """Divide each example by the root mean square of its last dimensions, and scale each feature.

    Args:
        input: floating point Tensor.
        normalized_shape: the sizes of the last dimensions, which share their mean square; an int for one dimension.
        weight: scale of each feature, None for 1.
        eps: added to the mean square under the root, at least 0: the larger, the less a small example is blown up. None for
            the distance from 1 to the next larger number of input's dtype (of float32, if that is float16).

    Shape:
        input (..., *normalized_shape), weight normalized_shape, output as input.

    Returns:
        The normalized Tensor.

    Raises:
        RuntimeError: shapes or dtypes that do not fit; an empty normalized_shape; integers (NotImplementedError).
        ValueError: eps below 0.

    Example:
        >>> import tinyreg
        >>> rms_norm(tinyreg.tensor([[3.0, -3.0], [1.0, 7.0]]), (2,))
        tensor([[ 1.0000, -1.0000],
                [ 0.2000,  1.4000]])
    """
    who = "rms_norm"
    normalized_shape = feature_sizes(who, normalized_shape)
    check_features(who, input, normalized_shape)
    check_tensors(who, input, normalized_shape, "one value a feature", weight=weight)
    dtype = input.array.dtype
    if dtype.itemsize < 4:  # in float16 the squares of numbers from 256 on overflow: PyTorch computes in float32, too
        input, weight = cast(input, float32), weight if weight is None else cast(weight, float32)
    if eps is None:
        eps = float(get_array_module(input.array).finfo(input.array.dtype).eps)
    check_eps(who, eps)
    return cast(RmsNormFunction.apply(input, weight, normalized_shape=normalized_shape, eps=float(eps)), dtype)


class RMSNorm(Module):
    """RMS normalization as a layer; the same in training and evaluation, see rms_norm.

    Args:
        normalized_shape: the sizes of the last dimensions, which share their mean square; an int for one dimension.
        eps: added to the mean square, at least 0; None for the distance from 1 to the next larger number of input's dtype.
        elementwise_affine: learn a scale (starts at 1) for each feature.

    Shape:
        (..., *normalized_shape), output as input.

    Raises:
        RuntimeError: input that does not end in normalized_shape, or has another dtype.
        ValueError: eps below 0.

    Example:
        >>> import tinyreg
        >>> y = tinyreg.nn.RMSNorm(100)(tinyreg.randn(2, 100) * 5)
        >>> bool(((y * y).mean(1) - 1).abs().max() < 1e-5)
        True
    """

    normalization = True

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Device = None,
        dtype: DType = None,
    ) -> None:
        super().__init__()
        self.normalized_shape, self.eps = feature_sizes("RMSNorm", normalized_shape), eps
        if eps is not None:
            check_eps("RMSNorm", eps)
        self.elementwise_affine = elementwise_affine
        scale = Parameter(ones(self.normalized_shape, device=device, dtype=dtype)) if elementwise_affine else None
        self.register_parameter("weight", scale)

    def reset_parameters(self) -> None:
        """Start again: scale 1."""
        if self.weight is not None:
            ones_(self.weight)

    def forward(self, input: Tensor) -> Tensor:
        return rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
