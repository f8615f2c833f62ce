"""What losses share that carry weights: the weights are constants, kept as buffers."""

from collections.abc import Sequence

from ...autograd import Tensor
from ...module import Module
from ...ops.loss_reduction import choose_reduction


def constant(who, name, weight, dtype):
    """The weights of a loss as a raw array of this dtype; refused if they ask for a gradient."""
    if weight is None:
        return None
    if not isinstance(weight, Tensor):
        raise TypeError(f"{who}: {name} must be a Tensor or None, got {type(weight).__name__}; convert with tinyreg.tensor")
    if weight.requires_grad:
        raise RuntimeError(
            f"{who}: {name} must be constant, got a Tensor of shape {weight.array.shape} that requires grad; pass {name}.detach()"
        )
    return weight.array.astype(dtype, copy=False)


class Loss(Module):
    """Base class of losses: it holds the reduction and, as a buffer, the weights."""

    def __init__(
        self, weight: Tensor | None = None, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean",
        known: Sequence[str] = ("none", "mean", "sum"),
    ) -> None:  # fmt: skip
        super().__init__()
        self.reduction = choose_reduction(type(self).__name__, size_average, reduce, reduction, known)
        self.register_buffer("weight", weight)
