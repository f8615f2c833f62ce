"""Group normalization: the channels of each example are split into groups, and each group gets mean 0 and variance 1.

Forward
    An example's C channels form num_groups groups of neighbours. A group has m = C/num_groups * H W values x_i:

        mean = 1/m sum_i x_i                                                                     (1)
        var = 1/m sum_i (x_i - mean)^2                                                           (2)
        r = 1 / sqrt(var + eps)                                                                  (3)
        x_hat_i = (x_i - mean) r                                                                 (4)
        y_i = weight x_hat_i + bias                                                              (5)

    The statistics are a group's of one example; weight and bias are a channel's, shared by all examples. So each channel of
    each example has one affine map:

        y_i = x_i k + c,    k = weight r,    c = bias - mean k                                   (6)

    One group is layer normalization over (C, H, W) with a scale and shift per channel; as many groups as channels is
    instance normalization. No other example enters: training and evaluation are the same function.

Backward
    Let G_i = dL/dy_i and g_i = dL/dx_hat_i = weight G_i, with the weight of the channel of i. Per channel,

        grad_bias = sum over examples and pixels of G_i                                          (7)
        grad_weight = sum over examples and pixels of G_i x_hat_i                                (8)

    Within a group x_j reaches L by three roads, as in batch norm with the group in the place of the batch:

    road 1, its own x_hat_j:                         g_j r                                       (9)
    road 2, the mean (dx_hat_i/dmean = -r, dmean/dx_j = 1/m; dvar/dmean = 0):
                                                     -r 1/m sum_i g_i                           (10)
    road 3, the variance (dx_hat_i/dvar = -1/2 x_hat_i r^2, dvar/dx_j = 2/m x_hat_j/r):
                                                     -r x_hat_j 1/m sum_i g_i x_hat_i           (11)

    Their sum, and the same as one affine map of G and x for each channel of each example, with E[...] = 1/m sum_i:

        grad_x_j = r (g_j - E[g] - x_hat_j E[g x_hat])                                          (12)
        grad_x = G k + x u + d,    u = -r^2 E[g x_hat],    d = -r E[g] - mean u                 (13)

    Check by hand: in every group grad_x sums to 0, and sum_j grad_x_j x_hat_j = 0 up to eps.

Why it regularizes
    As layer norm, hardly: it adds no noise. It keeps what batch norm does for optimization where batches are small: batch
    norm's statistics are poor at 2 or 4 examples, these do not know the batch. The scale of the weights in front of it has
    no effect on the output, so that L2 on them sets their effective learning rate only.

Edge cases
    C must be a multiple of num_groups. An input whose groups hold one value in all (one example, as many channels as groups,
    one pixel) is refused, as in PyTorch; with more examples such groups give x_hat = 0, y = bias. An empty batch passes
    through. Dropout before it changes the statistics of that example in that step only, nothing is stored.

Cost
    That of batch norm, without state: forward reads x twice and writes y, backward reads G and x twice and writes grad_x;
    x and two numbers a channel of each example are kept. 2 C parameters.

Source
    Wu, He 2018, "Group normalization", arXiv 1803.08494, equations 1 to 7.
"""

from typing import Any

from ..autograd import ArrayFunction, Tensor
from ..autograd.in_place import stamp
from ..backend import get_array_module
from ..module import Module
from ..ops.creation import ones, zeros
from ..ops.floating import check_floating
from ..ops.normalizing import affine, check_eps, check_tensors, join_roads, moments, pool, sums
from ..ops.number import check_number
from ..parameter import Parameter
from ..types import Device, DType


class GroupNormFunction(ArrayFunction):
    """y = weight (x - mean) r + bias, with the statistics of each group of channels of each example."""

    @staticmethod
    def forward(ctx, x, weight, bias, *, num_groups, eps):
        xp = get_array_module(x)
        grouped = (x.shape[0], num_groups, x.shape[1] // num_groups)
        mean, var = (z.reshape(grouped) for z in moments(x))                           # (N, C) -> (N, groups, C / groups)
        mean, var = pool(mean, var, axis=2)                                            # (1), (2)
        r = 1 / xp.sqrt(var + eps)                                                     # (3)
        mean, r = (xp.repeat(z, grouped[2], axis=1) for z in (mean, r))                # (N, groups) -> (N, C)
        k = r if weight is None else weight * r
        c = -mean * k if bias is None else bias - mean * k
        ctx.grouped = grouped
        ctx.save_for_backward(x, weight, mean, r)
        return affine(x, k, c)                                                         # (6)

    @staticmethod
    def backward(ctx, grad_y):
        x, weight, mean, r = ctx.saved
        needs_x, needs_weight, needs_bias = ctx.needs_input_grad
        sum_G, sum_Gd = sums(grad_y, x, mean)                                          # (N, C)
        grad_x = None
        if needs_x:
            k = r if weight is None else weight * r
            u = -r * r * r * _group_average(sum_Gd, weight, ctx.grouped, x)
            d = -r * _group_average(sum_G, weight, ctx.grouped, x) - mean * u
            grad_x = join_roads(grad_y, x, k, u, d)                                    # (13)
        grad_bias = sum_G.sum(axis=0) if needs_bias else None                          # (7)
        grad_weight = (sum_Gd * r).sum(axis=0) if needs_weight else None               # (8)
        return grad_x, grad_weight, grad_bias


def _group_average(channel_sums, weight, grouped, x):
    """E[...] over each group, told to each of its channels, from sums over each channel."""
    m = x.size / max(grouped[0] * grouped[1], 1)
    weighted = channel_sums if weight is None else weight * channel_sums
    average = weighted.reshape(grouped).sum(axis=2) / max(m, 1)
    return get_array_module(x).repeat(average, grouped[2], axis=1)                     # (N, groups) -> (N, C)


def group_norm(input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5) -> Tensor:
    """Normalize each group of channels of each example, and scale and shift each channel.

    Args:
        input: floating point Tensor.
        num_groups: number of groups, a divisor of C: 1 normalizes over all channels together, C each by itself.
        weight, bias: scale and shift of each channel, None for 1 and 0.
        eps: added to the variance under the root, at least 0: the larger, the less a nearly constant group is blown up.

    Shape:
        input (N, C) or (N, C, ...), weight and bias (C,), output as input.

    Returns:
        The normalized Tensor.

    Raises:
        RuntimeError: channels that cannot be split; shapes or dtypes that do not fit; input of integers.
        ValueError: num_groups below 1; eps below 0; one value in a group of a single example.

    Example:
        >>> import tinyreg
        >>> group_norm(tinyreg.tensor([[1.0, 3.0, 10.0, 30.0]]), 2, eps=0.0)
        tensor([[-1.,  1., -1.,  1.]])
    """
    who = "group_norm"
    check_floating(who, input)
    shape = input.array.shape
    if len(shape) < 2:
        raise RuntimeError(f"{who}: input must have channels, (N, C) or (N, C, ...), got shape {shape}; unsqueeze it")
    check_number(who, num_groups=num_groups)
    if num_groups < 1:
        raise ValueError(f"{who}: num_groups must be at least 1, got num_groups={num_groups}; 1 puts all channels together")
    if shape[1] % num_groups:
        raise RuntimeError(
            f"{who}: the channels must divide into num_groups={num_groups} groups, got {shape[1]} in shape {shape}; take a divisor"
        )
    check_tensors(who, input, shape[1:2], "one value a channel", weight=weight, bias=bias)
    check_eps(who, eps)
    if input.array.size == num_groups:
        raise ValueError(f"{who}: a group needs more than 1 value, got shape {shape} and num_groups={num_groups}; take fewer groups")
    return GroupNormFunction.apply(input, weight, bias, num_groups=num_groups, eps=eps)


class GroupNorm(Module):
    """Group normalization as a layer; the same in training and evaluation, see group_norm.

    Args:
        num_groups: number of groups, a divisor of num_channels: 1 normalizes over all channels, num_channels each by itself.
        num_channels: the number of channels C.
        eps: added to the variance under the root, at least 0.
        affine: learn a scale (starts at 1) and, with bias=True, a shift (starts at 0) for each channel.

    Shape:
        (N, C) or (N, C, ...), output as input.

    Raises:
        ValueError: num_channels is not a multiple of num_groups; either below 1; eps below 0.
        RuntimeError: input with another number of channels, or another dtype.

    Example:
        >>> import tinyreg
        >>> y = tinyreg.nn.GroupNorm(2, 4)(tinyreg.randn(3, 4, 5, 5) * 5 + 3)
        >>> bool(y[0, :2].mean().abs() < 1e-5), bool((y[0, :2].std() - 1).abs() < 0.02)
        (True, True)
    """

    normalization = True

    def __init__(
        self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True, device: Device = None, dtype: DType = None, *,
        bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        check_number("GroupNorm", num_groups=num_groups, num_channels=num_channels)
        if num_groups < 1 or num_channels < 1 or num_channels % num_groups:
            raise ValueError(
                f"GroupNorm: num_channels must be a multiple of num_groups, both at least 1, "
                f"got num_channels={num_channels} and num_groups={num_groups}; take a divisor"
            )
        check_eps("GroupNorm", eps)
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        made: dict[str, Any] = {"device": device, "dtype": dtype}
        self.register_parameter("weight", Parameter(ones(num_channels, **made)) if affine else None)
        self.register_parameter("bias", Parameter(zeros(num_channels, **made)) if affine and bias else None)

    def reset_parameters(self) -> None:
        """Start again: scale 1, shift 0."""
        for parameter, start in ((self.weight, 1), (self.bias, 0)):
            if parameter is not None:
                parameter.array[...] = start
                stamp(parameter)

    def forward(self, input: Tensor) -> Tensor:
        shape = tuple(input.shape)
        if len(shape) > 1 and shape[1] != self.num_channels:
            raise RuntimeError(
                f"GroupNorm: input must have num_channels={self.num_channels} channels, got {shape[1]} in shape {shape}; "
                "channels are dimension 1"
            )
        return group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, bias={self.bias is not None}"
