"""What batch norm and instance norm share as layers: a scale, a shift, and running averages that training moves."""

from typing import Any

from .autograd.in_place import stamp
from .backend import fuse
from .module import Module
from .ops.creation import ones, tensor, zeros
from .ops.dimension import integer
from .ops.number import check_number
from .parameter import Parameter
from .types import Device, DType


def move(running_mean, running_var, mean, var, momentum, m):
    """Move running averages by the share `momentum` towards a batch of m values a channel, in place; var is the biased one.

    Example:
        >>> import tinyreg
        >>> mean, var = tinyreg.zeros(1), tinyreg.ones(1)
        >>> move(mean, var, tinyreg.ones(1).array, tinyreg.ones(1).array, momentum=0.1, m=2)
        >>> mean, var
        (tensor([0.1000]), tensor([1.1000]))
    """
    _move(running_mean.array, running_var.array, mean, var, 1 - momentum, momentum, momentum * m / (m - 1))
    stamp(running_mean, running_var)


@fuse
def _move(running_mean, running_var, mean, var, keep, take, take_var):
    running_mean *= keep
    running_mean += take * mean
    running_var *= keep
    running_var += take_var * var


def check_running(who, running_mean, running_var, momentum):
    """Refuse a momentum outside [0, 1], and one running average without the other."""
    check_number(who, momentum=momentum)
    if not 0 <= momentum <= 1:
        raise ValueError(f"{who}: momentum must lie in [0, 1], got momentum={momentum}; it is the share of the newest batch")
    if (running_mean is None) != (running_var is None):
        given = "running_var" if running_mean is None else "running_mean"
        raise ValueError(f"{who}: running_mean and running_var must both be given or both be None, got only {given}; pass the other, too")


class RunningStatistics(Module):
    """Base of the layers whose channels have a scale, a shift and running averages; they write forward.

    Args:
        num_features: the number of channels.
        eps: added to the variance under the root; the layer has checked it.
        momentum: share of each batch in the running averages, in [0, 1], or None.
        affine, bias: learn a scale; and, with both, a shift.
        track_running_stats: register the running averages as buffers.
        device, dtype: of the parameters and buffers.
    """

    normalization = True
    optional_state = ("num_batches_tracked",)  # older states lack it
    without_momentum = ""  # what momentum=None does

    def __init__(
        self, num_features: int, eps: float, momentum: float | None, affine: bool, track_running_stats: bool, device: Device,
        dtype: DType, bias: bool,
    ) -> None:  # fmt: skip
        super().__init__()
        who = type(self).__name__
        check_number(who, momentum=0 if momentum is None else momentum)
        if integer(who, num_features=num_features) < 1:
            raise ValueError(f"{who}: num_features must be at least 1, got num_features={num_features}; it is the number of channels")
        if momentum is not None and not 0 <= momentum <= 1:
            raise ValueError(f"{who}: momentum must lie in [0, 1] or be None, got momentum={momentum}; None {self.without_momentum}")
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        made: dict[str, Any] = {"device": device, "dtype": dtype}
        self.register_parameter("weight", Parameter(ones(num_features, **made)) if affine else None)
        self.register_parameter("bias", Parameter(zeros(num_features, **made)) if affine and bias else None)
        self.register_buffer("running_mean", zeros(num_features, **made) if track_running_stats else None)
        self.register_buffer("running_var", ones(num_features, **made) if track_running_stats else None)
        self.register_buffer("num_batches_tracked", tensor(0, device=device) if track_running_stats else None)

    def _arguments(self):
        """running_mean, running_var, weight and bias; their tables are asked first, __getattr__ takes seven times as long."""
        buffers, parameters = self._buffers, self._parameters
        try:
            return buffers["running_mean"], buffers["running_var"], parameters["weight"], parameters["bias"]
        except KeyError:  # one is computed, or was put somewhere else
            return self.running_mean, self.running_var, self.weight, self.bias

    def reset_running_stats(self) -> None:
        """Forget what the running averages have seen: mean 0, variance 1, no batches."""
        for buffer, start in ((self.running_mean, 0), (self.running_var, 1), (self.num_batches_tracked, 0)):
            _fill(buffer, start)

    def reset_parameters(self) -> None:
        """Start again: running averages forgotten, scale 1, shift 0."""
        self.reset_running_stats()
        for parameter, start in ((self.weight, 1), (self.bias, 0)):
            _fill(parameter, start)

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


def _fill(tensor, value):
    if tensor is not None:
        tensor.array[...] = value
        stamp(tensor)
