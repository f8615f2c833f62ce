"""The last step of every loss: one number an element (or a row) becomes one number, and the first step of its backward.

    reduction    value                     cotangent of each element
    "none"       the losses themselves     its own
    "sum"        their sum                 grad
    "mean"       their sum / divisor       grad / divisor

The divisor is the number of elements, or what a loss with weights puts in its place. Where it is 0 (nothing to average)
the mean is 0/0 = nan, as in PyTorch, and the gradient 0.
"""

import warnings

from ..backend import get_array_module


def choose_reduction(who, size_average, reduce, reduction, known=("none", "mean", "sum")):
    """The name of the reduction; size_average and reduce are PyTorch's older way to say it.

    Args:
        who: the door that messages name.
        size_average, reduce, reduction: its arguments.
        known: the names that it knows.

    Example:
        >>> choose_reduction("mse_loss", None, None, "sum")
        'sum'
    """
    if size_average is not None or reduce is not None:
        reduction = "none" if reduce is False else "sum" if size_average is False else "mean"
        warnings.warn(f"{who}: size_average and reduce are deprecated; say reduction={reduction!r}", stacklevel=3)
    if reduction not in known:
        *names, last = map(repr, known)
        raise ValueError(f"{who}: reduction must be {', '.join(names)} or {last}, got {reduction!r}; choose one of them")
    return reduction


def reduce_losses(losses, reduction, divisor):
    """The value of the loss from a raw array of losses; divisor is a number or a 0-d array."""
    if reduction == "none":
        return losses
    total = losses.sum()
    if reduction == "sum":
        return total
    xp = get_array_module(losses)
    return total / (xp.where(divisor == 0, xp.nan, divisor) if hasattr(divisor, "dtype") else divisor or xp.nan)


def spread_gradient(grad, reduction, divisor):
    """The cotangent of each loss from that of the value."""
    if reduction != "mean":
        return grad
    if hasattr(divisor, "dtype"):
        return grad * (divisor != 0) / (divisor + (divisor == 0))
    return grad / (divisor or 1)
