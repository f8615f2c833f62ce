"""Batch normalization: each channel gets the mean and the variance that training chooses, measured on the mini-batch.

Forward
    A channel has m values x_i in the batch: m = N for (N, C), m = N H W for (N, C, H, W). In training,

        mean = 1/m sum_i x_i                                                                     (1)
        var = 1/m sum_i (x_i - mean)^2                                                           (2)
        r = 1 / sqrt(var + eps)                                                                  (3)
        x_hat_i = (x_i - mean) r                                                                 (4)
        y_i = weight x_hat_i + bias                                                              (5)

    y has mean `bias` and standard deviation |weight| (up to eps): learned, started at 0 and 1, and unbounded: nothing is
    squeezed into [0, 1]. weight and bias could learn to undo (4); they are not set to. eps stands under the root.
    Everything that happens to a value is one affine map per channel, and is computed as one:

        y_i = x_i k + c,    k = weight r,    c = bias - mean k                                   (6)

    Evaluation uses running averages in the place of mean and var, so that an example's answer does not depend on its
    company. Each training step moves them by the share `momentum`; for the variance of future examples the unbiased
    m/(m - 1) var is averaged, while (3) uses var:

        running_mean <- (1 - momentum) running_mean + momentum mean                              (7)
        running_var <- (1 - momentum) running_var + momentum m/(m - 1) var                       (8)

    momentum=None is the cumulative average: at the n-th step momentum is 1/n, all batches weigh alike.

Backward
    Let G_i = dL/dy_i. weight and bias enter (5) once for each value:

        grad_bias = sum_i G_i                                                                    (9)
        grad_weight = sum_i G_i x_hat_i                                                         (10)

    Let g_i = dL/dx_hat_i = weight G_i. x_j reaches L by three roads:

    road 1, its own x_hat_j, with mean and var held fixed:

        g_j r                                                                                   (11)

    road 2, the mean, which every x_hat_i contains. From (4) dx_hat_i/dmean = -r, from (1) dmean/dx_j = 1/m. (That mean
    also stands in var adds nothing: dvar/dmean = -2/m sum_i (x_i - mean) = 0.)

        -r 1/m sum_i g_i                                                                        (12)

    road 3, the variance. From (3), (4) dx_hat_i/dvar = -1/2 (x_i - mean) r^3 = -1/2 x_hat_i r^2, and from (2)
    dvar/dx_j = 2/m (x_j - mean) = 2/m x_hat_j / r:

        -r x_hat_j 1/m sum_i g_i x_hat_i                                                        (13)

    Their sum, and the same as one affine map of G and x per channel, with E[...] = 1/m sum_i:

        grad_x_j = r (g_j - E[g] - x_hat_j E[g x_hat])                                          (14)
        grad_x = G k + x u + d,    u = -k r E[G x_hat],    d = -k E[G] - mean u                 (15)

    Two checks by hand: sum_j grad_x_j = 0 (x + a constant changes nothing), and sum_j grad_x_j x_hat_j = 0 up to eps
    (neither does a multiple of x). Hence a cotangent of ones gives 0 and tests nothing.
    In evaluation mean and var are constants, roads 2 and 3 are closed: grad_x = G k.

Why it regularizes
    mean and var are those of a random mini-batch: they carry noise of relative size about 1/sqrt(m), drawn anew at every
    step, so an example is seen with slightly different shift and scale each time. The effect fades as batches grow. That
    it removes "internal covariate shift" was the first explanation; noise that puts the shift back leaves most of the gain,
    and a smoother loss is the better one (Santurkar et al. 2018).
    It also changes what other regularizers do. A layer followed by batch norm has a bias without effect and weights whose
    length has none: L(a W) = L(W), so <W, grad L(W)> = 0 and grad L(a W) = grad L(W)/a. L2 on such a W does not make the
    function simpler; it shrinks |W| and so raises the effective learning rate lr/|W|^2 (van Laarhoven 2017).

Edge cases
    One value per channel in training: x_hat would be 0 whatever x is; refused. A constant channel: x_hat = 0, y = bias.
    An empty batch passes through and moves nothing. momentum=0 never moves the running averages, momentum=1 keeps the last
    batch alone. track_running_stats=False uses batch statistics in evaluation, too. Gradients accumulated over pieces
    of m of a batch's M values are not those of the batch: a piece has its own mean and, on average, the variance
    (1 - 1/m)/(1 - 1/M) var; and the running averages move at each of k pieces, by 1 - (1 - momentum)^k in all. Group norm
    does not see the difference. Dropout before it makes the variance in training larger than in evaluation by the factor
    1 + p/(1 - p) (1 + mu^2/s^2), for inputs of mean mu and variance s^2, and running_var wrong for the latter: put dropout
    after the last batch norm. In Monte Carlo mode it is frozen, as in evaluation: monte_carlo_dropout.
    L2 or weight decay of strength s on the W before it is, as a function, plain SGD without it at the rate
    lr (1 - lr s)^-(2t+1) in step t (Li, Arora 2019). An optimizer's weight_decay reaches its own weight and bias, too:
    without a gradient they fall as (1 - lr lambda)^n, and the output with them; weight_decay says how a group spares them.
    In evaluation it can be folded into the layer before it: fold_batch_norm.
    At mean 1000 float32 keeps x to 6e-5; the statistics are computed so that they lose no more.

Cost
    Training reads x three times (for the mean, for the variance, for y) and writes y once, backward reads G and x twice and
    writes grad_x once; it keeps x and two numbers a channel. 2 C parameters, 2 C + 1 numbers of state. In evaluation it is an affine map.

Source
    Ioffe, Szegedy 2015, "Batch normalization: accelerating deep network training by reducing internal covariate shift",
    arXiv 1502.03167, algorithms 1 and 2. Santurkar, Tsipras, Ilyas, Madry 2018, "How does batch normalization help
    optimization?", arXiv 1805.11604. van Laarhoven 2017, "L2 regularization versus batch and weight normalization", arXiv 1706.05350.
    Li, Chen, Hu, Yang 2019, "Understanding the disharmony between dropout and batch normalization", arXiv 1801.05134.
    Li, Arora 2019, "An exponential learning rate schedule for deep learning", arXiv 1910.07454.
"""

from typing import Any

from ..autograd import ArrayFunction, Tensor
from ..autograd.in_place import stamp
from ..backend import fuse, get_array_module
from ..ops.floating import check_floating
from ..ops.normalizing import affine, check_eps, check_tensors, join_roads, moments, sums
from ..running_statistics import RunningStatistics, check_running, move
from ..types import Device, DType


class BatchNormFunction(ArrayFunction):
    """y = weight (x - mean) r + bias per channel; mean and var are arguments: of this batch, or running averages."""

    @staticmethod
    def forward(ctx, x, weight, bias, mean, var, *, eps, batch_stats):
        r, k, c = _coefficients(mean, var, weight, bias, eps)
        if not batch_stats and any(ctx.needs_input_grad):
            mean = mean.copy()  # the running mean may move before backward runs
        ctx.batch_stats = batch_stats
        ctx.save_for_backward(x, weight, mean, r)
        return affine(x, k, c)                                                         # (6)

    @staticmethod
    def backward(ctx, grad_y):
        x, weight, mean, r = ctx.saved
        needs_x, needs_weight, needs_bias = ctx.needs_input_grad[:3]
        grad_x = grad_weight = grad_bias = None
        if needs_weight or needs_bias or (needs_x and ctx.batch_stats):
            grad_bias, sum_gd = sums(grad_y, x, mean)                                  # (9)
            grad_weight, k, u, d = _roads(grad_bias, sum_gd, mean, r, weight, -x.shape[1] / max(1, x.size))
        if needs_x and ctx.batch_stats:
            grad_x = join_roads(grad_y, x, k, u, d)                                    # (15)
        elif needs_x:
            grad_x = affine(grad_y, r if weight is None else weight * r)  # road 1 alone   (11)
        return grad_x, grad_weight if needs_weight else None, grad_bias if needs_bias else None, None, None


@fuse
def _coefficients(mean, var, weight, bias, eps):
    r = 1 / get_array_module(var).sqrt(var + eps)                                      # (3)
    k = r if weight is None else weight * r
    c = -mean * k if bias is None else bias - mean * k
    return r, k, c


@fuse
def _roads(grad_bias, sum_gd, mean, r, weight, share):
    k = r if weight is None else weight * r
    grad_weight = sum_gd * r                                                           # (10)
    u = k * r * grad_weight * share
    d = k * grad_bias * share - mean * u
    return grad_weight, k, u, d


def batch_norm(
    input: Tensor, running_mean: Tensor | None, running_var: Tensor | None, weight: Tensor | None = None, bias: Tensor | None = None,
    training: bool = False, momentum: float = 0.1, eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Normalize each channel over the batch, and scale and shift it.

    In training the statistics are the batch's, and the running averages, where given, are moved in place.

    Args:
        input: floating point Tensor.
        running_mean, running_var: averages of mean and unbiased variance, or both None.
        weight, bias: scale and shift of each channel, None for 1 and 0.
        training: use the batch's statistics (True) or the running ones (False).
        momentum: share of this batch in the running averages, in [0, 1]: 0 never moves them, 1 keeps the last batch alone.
        eps: added to the variance under the root, above 0 in training: the larger, the less a nearly constant channel is
            blown up.

    Shape:
        input (N, C) or (N, C, ...), running_mean, running_var, weight, bias (C,), output as input.

    Returns:
        The normalized Tensor.

    Raises:
        ValueError: one value per channel in training; momentum or eps out of range; only one running average; no channels.
        RuntimeError: shapes or dtypes that do not fit; evaluation without running averages; input of integers.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.tensor([[1.0], [3.0]])
        >>> batch_norm(x, None, None, training=True, eps=1e-12)
        tensor([[-1.],
                [ 1.]])
    """
    who = "batch_norm"
    _check(who, input, running_mean, running_var, weight, bias, training, momentum, eps)
    x = input.array
    batch_stats = training and x.size > 0
    if batch_stats:
        mean, var = moments(x, pooled=True)                                            # (1), (2)
        if running_mean is not None:
            move(running_mean, running_var, mean, var, momentum, x.size // x.shape[1])  # (7), (8)
    elif running_mean is not None and running_var is not None:
        mean, var = running_mean.array, running_var.array
    else:
        mean, var = moments(x[:0], pooled=True)  # an empty batch: 0 and 0
    return BatchNormFunction.apply(input, weight, bias, mean, var, eps=eps, batch_stats=batch_stats)


def _check(who, input, running_mean, running_var, weight, bias, training, momentum, eps):
    check_floating(who, input)
    if input.array.ndim < 2:
        raise ValueError(f"{who}: input must have channels, (N, C) or (N, C, ...), got shape {input.array.shape}; unsqueeze it")
    channels = input.array.shape[1:2]
    check_tensors(who, input, channels, "one value a channel", running_mean=running_mean, running_var=running_var, weight=weight, bias=bias)
    check_eps(who, eps, zero=not training)
    check_running(who, running_mean, running_var, momentum)
    if not training and running_mean is None:
        raise RuntimeError(f"{who}: evaluation needs running_mean and running_var, got None; pass them, or training=True")
    if training and input.array.size == channels[0]:
        raise ValueError(
            f"{who}: training needs more than 1 value per channel, got shape {input.array.shape}; "
            "use a larger batch (DataLoader(drop_last=True)), or eval()"
        )


class _BatchNorm(RunningStatistics):
    uses_batch_statistics = True
    layouts: dict[int, Any] = {}  # number of dimensions -> how the shape reads
    without_momentum = "averages all batches alike"

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True, track_running_stats: bool = True,
        device: Device = None, dtype: DType = None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        check_eps(type(self).__name__, eps, zero=False)
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias)

    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        running_mean, running_var, weight, bias = self._arguments()
        tracking = self.training and self.track_running_stats
        if self.training and not tracking:
            running_mean = running_var = None
        momentum = self.momentum
        if momentum is None:
            momentum = 1 / (int(self.num_batches_tracked) + 1) if tracking else 0.0
        batch_stats = self.training or running_mean is None
        output = batch_norm(input, running_mean, running_var, weight, bias, batch_stats, momentum, self.eps)
        if tracking:
            tracked = self.num_batches_tracked
            tracked.array += 1
            stamp(tracked)
        return output

    def _check_input_dim(self, input):
        shape = input.array.shape if isinstance(input, Tensor) else tuple(input.shape)
        if len(shape) in self.layouts and shape[1] == self.num_features:
            return
        who = type(self).__name__
        if len(shape) not in self.layouts:
            expected = " or ".join(self.layouts.values())
            raise ValueError(f"{who}: input must have shape {expected}, got {shape}; BatchNorm1d, 2d, 3d take 2-D or 3-D, 4-D, 5-D input")
        raise RuntimeError(
            f"{who}: input must have num_features={self.num_features} channels, got {shape[1]} in shape {shape}; "
            f"channels are dimension 1"
        )


class BatchNorm1d(_BatchNorm):
    """Normalize each feature over the batch, or each channel over the batch and its length; see batch_norm.

    Args:
        num_features: the number of channels C.
        eps: added to the variance under the root, above 0.
        momentum: share of each batch in the running averages, 0 (never moved) to 1 (the last batch alone); None averages
            all batches alike.
        affine: learn a scale (starts at 1) and, with bias=True, a shift (starts at 0).
        track_running_stats: keep running averages for evaluation; False uses batch statistics there, too.

    Shape:
        (N, C) or (N, C, L), output as input.

    Raises:
        ValueError: another number of dimensions; one value per channel in training; settings out of range.
        RuntimeError: another number of channels, or another dtype.

    Example:
        >>> import tinyreg
        >>> layer = tinyreg.nn.BatchNorm1d(2)
        >>> y = layer(tinyreg.randn(100, 2) * 5 + 3)
        >>> bool(y.mean().abs() < 1e-5), bool((y.std(0) - 1).abs().max() < 0.01)
        (True, True)
    """

    layouts = {2: "(N, C)", 3: "(N, C, L)"}


class BatchNorm2d(_BatchNorm):
    """Normalize each channel over the batch and its pixels; arguments as BatchNorm1d.

    Shape:
        (N, C, H, W), output as input.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.BatchNorm2d(3)(tinyreg.randn(2, 3, 4, 4)).shape
        Size([2, 3, 4, 4])
    """

    layouts = {4: "(N, C, H, W)"}


class BatchNorm3d(_BatchNorm):
    """Normalize each channel over the batch and its voxels; arguments as BatchNorm1d.

    Shape:
        (N, C, D, H, W), output as input.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.BatchNorm3d(3)(tinyreg.randn(2, 3, 2, 4, 4)).shape
        Size([2, 3, 2, 4, 4])
    """

    layouts = {5: "(N, C, D, H, W)"}
