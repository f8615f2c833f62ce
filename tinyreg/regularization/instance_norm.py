"""Instance normalization: each channel of each example gets mean 0 and variance 1 over its own pixels.

Forward
    A channel of one example has m = H W values x_i:

        mean = 1/m sum_i x_i                                                                     (1)
        var = 1/m sum_i (x_i - mean)^2                                                           (2)
        r = 1 / sqrt(var + eps)                                                                  (3)
        x_hat_i = (x_i - mean) r                                                                 (4)
        y_i = weight x_hat_i + bias                                                              (5)

    weight and bias, absent by default, are a channel's, shared by all examples. Each channel of each example has one affine
    map:

        y_i = x_i k + c,    k = weight r,    c = bias - mean k                                   (6)

    It is batch norm on one example at a time, and group norm with as many groups as channels. By default training and
    evaluation are the same function; with track_running_stats=True evaluation uses averages over the examples seen:

        running_mean <- (1 - momentum) running_mean + momentum (mean over examples of mean)      (7)
        running_var <- (1 - momentum) running_var + momentum (mean over examples of m/(m-1) var) (8)

Backward
    Let G_i = dL/dy_i and g_i = dL/dx_hat_i = weight G_i:

        grad_bias = sum over examples and pixels of G_i                                          (9)
        grad_weight = sum over examples and pixels of G_i x_hat_i                               (10)

    Within a channel of an example x_j reaches L by three roads, as in batch norm with the pixels in the place of the batch:

    road 1, its own x_hat_j:                         g_j r                                      (11)
    road 2, the mean (dx_hat_i/dmean = -r, dmean/dx_j = 1/m; dvar/dmean = 0):
                                                     -r 1/m sum_i g_i                           (12)
    road 3, the variance (dx_hat_i/dvar = -1/2 x_hat_i r^2, dvar/dx_j = 2/m x_hat_j/r):
                                                     -r x_hat_j 1/m sum_i g_i x_hat_i           (13)

    Their sum, and the same as one affine map of G and x for each channel of each example, with E[...] = 1/m sum_i:

        grad_x_j = r (g_j - E[g] - x_hat_j E[g x_hat])                                          (14)
        grad_x = G k + x u + d,    u = -k r E[G x_hat],    d = -k E[G] - mean u                 (15)

    Check by hand: for each channel of each example grad_x sums to 0, and sum_j grad_x_j x_hat_j = 0 up to eps.
    With running averages the statistics are constants and only road 1 is open: grad_x = G k.

Why it regularizes
    By invariance: brightness and contrast of each channel of an image carry no information any more, so nothing can be
    overfitted to them. That is what style transfer wants; a classifier that needs the mean of a channel is hurt. It adds
    no noise. The length of the weights before it has no effect on the output: L2 on them sets their effective learning rate.

Edge cases
    One pixel in training: x_hat would be 0 whatever x is; refused. A constant channel: x_hat = 0, y = bias. An empty batch
    passes through. An input without the batch dimension is one example. momentum is the share of this batch, in [0, 1]: 0
    never moves the running averages, 1 keeps the last batch. Dropout before it changes the statistics of that example in
    that step only, unless running averages are kept: these then include dropout's variance, which evaluation lacks.

Cost
    That of batch norm: forward reads x twice and writes y, backward reads G and x twice and writes grad_x; x and two numbers
    a channel of each example are kept. No parameters and no state by default.

Source
    Ulyanov, Vedaldi, Lempitsky 2016, "Instance normalization: the missing ingredient for fast stylization",
    arXiv 1607.08022, equation 6.
"""

import warnings

from ..autograd import ArrayFunction, Tensor
from ..backend import get_array_module
from ..ops.floating import check_floating
from ..ops.normalizing import affine, check_eps, check_tensors, join_roads, moments, sums
from ..running_statistics import RunningStatistics, check_running, move
from ..types import Device, DType


class InstanceNormFunction(ArrayFunction):
    """y = weight (x - mean) r + bias; mean and var are arguments: (N, C) of each example, or (C,) running averages."""

    @staticmethod
    def forward(ctx, x, weight, bias, mean, var, *, eps, own_stats):
        xp = get_array_module(x)
        r = 1 / xp.sqrt(var + eps)                                                     # (3)
        k = r if weight is None else weight * r
        c = -mean * k if bias is None else bias - mean * k
        if not own_stats and any(ctx.needs_input_grad):
            mean = mean.copy()  # the running mean may move before backward runs
        ctx.own_stats = own_stats
        ctx.save_for_backward(x, weight, mean, r)
        return affine(x, k, c)                                                         # (6)

    @staticmethod
    def backward(ctx, grad_y):
        x, weight, mean, r = ctx.saved
        needs_x, needs_weight, needs_bias = ctx.needs_input_grad[:3]
        k = r if weight is None else weight * r
        sum_G, sum_Gd = sums(grad_y, x, mean)                                          # (N, C) or (C,)
        grad_x = None
        if needs_x and ctx.own_stats:
            share = -mean.size / max(x.size, 1)  # -1/m
            u = k * r * r * sum_Gd * share
            d = k * sum_G * share - mean * u
            grad_x = join_roads(grad_y, x, k, u, d)                                    # (15)
        elif needs_x:
            grad_x = affine(grad_y, k)  # road 1 alone                                   (11)
        channels = (-1, x.shape[1])
        grad_bias = sum_G.reshape(channels).sum(axis=0) if needs_bias else None        # (9)
        grad_weight = (sum_Gd * r).reshape(channels).sum(axis=0) if needs_weight else None  # (10)
        return grad_x, grad_weight, grad_bias, None, None


def instance_norm(
    input: Tensor, running_mean: Tensor | None = None, running_var: Tensor | None = None, weight: Tensor | None = None,
    bias: Tensor | None = None, use_input_stats: bool = True, momentum: float = 0.1, eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Normalize each channel of each example over its pixels, and scale and shift it.

    Args:
        input: floating point Tensor.
        running_mean, running_var: averages of mean and unbiased variance over the examples, or both None. Moved in place
            where use_input_stats is True.
        weight, bias: scale and shift of each channel, None for 1 and 0.
        use_input_stats: use each example's statistics (True) or the running ones (False).
        momentum: share of this batch in the running averages, in [0, 1]: 0 never moves them, 1 keeps the last batch alone.
        eps: added to the variance under the root, at least 0: the larger, the less a nearly constant channel is blown up.

    Shape:
        input (N, C, ...), running_mean, running_var, weight, bias (C,), output as input.

    Returns:
        The normalized Tensor.

    Raises:
        ValueError: one pixel a channel with use_input_stats; momentum or eps out of range; only one running average; no pixels.
        RuntimeError: shapes or dtypes that do not fit; use_input_stats=False without running averages; input of integers.

    Example:
        >>> import tinyreg
        >>> instance_norm(tinyreg.tensor([[[1.0, 3.0], [10.0, 30.0]]]), eps=0.0)
        tensor([[[-1.,  1.],
                 [-1.,  1.]]])
    """
    _check("instance_norm", input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps)
    x = input.array
    if use_input_stats:
        mean, var = moments(x)                                                         # (1), (2)
        if running_mean is not None and x.size:
            move(running_mean, running_var, mean.mean(axis=0), var.mean(axis=0), momentum, x.size // mean.size)  # (7), (8)
    else:
        assert running_mean is not None and running_var is not None  # _check has seen to it
        mean, var = running_mean.array, running_var.array
    return InstanceNormFunction.apply(input, weight, bias, mean, var, eps=eps, own_stats=use_input_stats)


def _check(who, input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps):
    check_floating(who, input)
    shape = input.array.shape
    if len(shape) < 3:
        raise ValueError(f"{who}: input must have channels and pixels, (N, C, ...), got shape {shape}; unsqueeze it")
    running = {"running_mean": running_mean, "running_var": running_var}
    check_tensors(who, input, shape[1:2], "one value a channel", **running, weight=weight, bias=bias)
    check_eps(who, eps)
    check_running(who, running_mean, running_var, momentum)
    if not use_input_stats and running_mean is None:
        raise RuntimeError(f"{who}: use_input_stats=False needs running_mean and running_var, got None; pass them")
    if use_input_stats and input.array.size == shape[0] * shape[1] > 0:
        raise ValueError(f"{who}: a channel needs more than 1 pixel, got shape {shape}; use layer_norm or batch_norm")


class _InstanceNorm(RunningStatistics):
    layout: tuple[str, ...] = ()  # the names of the dimensions
    without_momentum = "never moves the averages"

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = False, track_running_stats: bool = False,
        device: Device = None, dtype: DType = None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        check_eps(type(self).__name__, eps)
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias)

    def forward(self, input: Tensor) -> Tensor:
        who, shape, layout = type(self).__name__, tuple(input.shape), self.layout
        if len(shape) not in (len(layout), len(layout) - 1):
            raise ValueError(
                f"{who}: input must have shape ({', '.join(layout)}) or ({', '.join(layout[1:])}), got {shape}; "
                "InstanceNorm1d, 2d, 3d take one, two, three dimensions of pixels"
            )
        channels = shape[1 - len(layout)]
        if channels != self.num_features:
            message = f"{who}: input must have num_features={self.num_features} channels, got {channels} in shape {shape}"
            if self.affine or self.track_running_stats:
                raise ValueError(f"{message}; dimension {len(shape) + 1 - len(layout)} holds them")
            warnings.warn(f"{message}; without affine and running averages it makes no difference", stacklevel=2)
        own_stats = self.training or not self.track_running_stats
        momentum = 0.0 if self.momentum is None else self.momentum
        examples = input if len(shape) == len(layout) else input.unsqueeze(0)
        output = instance_norm(examples, self.running_mean, self.running_var, self.weight, self.bias, own_stats, momentum, self.eps)
        return output if len(shape) == len(layout) else output.squeeze(0)


class InstanceNorm1d(_InstanceNorm):
    """Normalize each channel of each example over its length; see instance_norm.

    Args:
        num_features: the number of channels C.
        eps: added to the variance under the root, at least 0.
        momentum: share of each batch in the running averages, 0 (never moved, as None) to 1 (the last batch alone).
        affine: learn a scale (starts at 1) and, with bias=True, a shift (starts at 0) for each channel.
        track_running_stats: keep running averages and use them in evaluation.

    Shape:
        (N, C, L) or (C, L), output as input.

    Raises:
        ValueError: another number of dimensions or channels; one value a channel in training; settings out of range.
        RuntimeError: input of another dtype.

    Example:
        >>> import tinyreg
        >>> y = tinyreg.nn.InstanceNorm1d(2)(tinyreg.randn(3, 2, 100) * 5 + 3)
        >>> bool(y.mean(2).abs().max() < 1e-5), bool((y.std(2) - 1).abs().max() < 0.01)
        (True, True)
    """

    layout = ("N", "C", "L")


class InstanceNorm2d(_InstanceNorm):
    """Normalize each channel of each example over its pixels; arguments as InstanceNorm1d.

    Shape:
        (N, C, H, W) or (C, H, W), output as input.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.InstanceNorm2d(3)(tinyreg.randn(2, 3, 4, 4)).shape
        Size([2, 3, 4, 4])
    """

    layout = ("N", "C", "H", "W")


class InstanceNorm3d(_InstanceNorm):
    """Normalize each channel of each example over its voxels; arguments as InstanceNorm1d.

    Shape:
        (N, C, D, H, W) or (C, D, H, W), output as input.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.InstanceNorm3d(3)(tinyreg.randn(2, 3, 2, 4, 4)).shape
        Size([2, 3, 2, 4, 4])
    """

    layout = ("N", "C", "D", "H", "W")
