"""Losses of numbers that are robust: quadratic near the target, linear far from it.

With d = x - t and a bound delta, Huber's loss is

    L = d^2/2                      where |d| <= delta
        delta (|d| - delta/2)      elsewhere                                                     (1)

Both branches meet at |d| = delta with the same slope. With c = min(|d|, delta) they are one expression,

    L = c (|d| - c/2)                                                                            (2)
    dL/dx = -dL/dt = d cut at -delta and delta                                                   (3)

so that no example, however wrong, pulls harder than delta: an outlier has a bounded say. Smooth L1 is the same loss with
delta = beta, divided by beta; it tends to the absolute error for beta -> 0, Huber's to half the squared error for
delta -> infinity.

Source: Huber 1964, "Robust estimation of a location parameter", equation 3.1; Girshick 2015, "Fast R-CNN", arXiv 1504.08083,
equation 3 (smooth L1).
"""

from ...autograd import ArrayFunction, Tensor
from ...backend import get_array_module
from ...ops.loss_reduction import choose_reduction, reduce_losses, spread_gradient
from ...ops.number import check_number
from .regression import L1LossFunction, compare
from .weighted import Loss


class HuberLossFunction(ArrayFunction):
    """The loss (2) of each element, divided by `scale`, times its weight, reduced; the mean is over all elements."""

    broadcasts = True

    @staticmethod
    def forward(ctx, x, target, weight, *, delta, scale, reduction):
        xp = get_array_module(x)
        d = x - target
        size = xp.abs(d)
        c = size.clip(0, delta)
        losses = c * (size - c / 2)                                                    # (2)
        if scale != 1:
            losses /= scale
        if weight is not None:
            losses *= weight
        ctx.delta, ctx.scale, ctx.reduction, ctx.size = delta, scale, reduction, losses.size
        ctx.save_for_backward(d, weight)
        return reduce_losses(losses, reduction, losses.size)

    @staticmethod
    def backward(ctx, grad):
        d, weight = ctx.saved
        grad_x = d.clip(-ctx.delta, ctx.delta) * (spread_gradient(grad, ctx.reduction, ctx.size) / ctx.scale)  # (3)
        if weight is not None:
            grad_x *= weight
        return grad_x, -grad_x if ctx.needs_input_grad[1] else None, None


def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Tensor | None = None
) -> Tensor:
    """(input - target)^2 / 2 where the error is at most delta, delta * (|input - target| - delta/2) elsewhere.

    Args:
        input, target: Tensors of numbers, at least one of them floating point.
        reduction: 'mean' over all elements, 'sum', or 'none'.
        delta: where the quadratic ends, above 0: near 0 it is delta times the absolute error, infinite half the squared error.
        weight: a constant for each element; 'mean' still divides by the number of elements.

    Shape:
        any, the same for input, target and weight. Other shapes are broadcast with a warning, as in mse_loss.

    Returns:
        A Tensor, () or, with 'none', of input's shape.

    Raises:
        ValueError: an unknown reduction, or weight of another shape than input.
        RuntimeError: delta is not above 0; shapes that do not broadcast; two integers (NotImplementedError).

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.functional.huber_loss(tinyreg.tensor([0.5, 4.0]), tinyreg.zeros(2), reduction="none")
        tensor([0.1250, 3.5000])
    """
    who = "huber_loss"
    reduction = choose_reduction(who, None, None, reduction)
    _check_delta(who, delta)
    return compare(who, HuberLossFunction, input, target, weight, delta=float(delta), scale=1.0, reduction=reduction)


def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """(input - target)^2 / (2 beta) where the error is below beta, |input - target| - beta/2 elsewhere.

    Args:
        input, target: Tensors of numbers, at least one of them floating point.
        size_average, reduce: PyTorch's older way to say reduction.
        reduction: 'mean' over all elements, 'sum', or 'none'.
        beta: where the quadratic ends, at least 0; 0 is l1_loss.

    Shape:
        any, the same for input and target. Other shapes are broadcast with a warning, as in mse_loss.

    Returns:
        A Tensor, () or, with 'none', of input's shape.

    Raises:
        ValueError: an unknown reduction.
        RuntimeError: beta below 0; shapes that do not broadcast; two integers (NotImplementedError).

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.functional.smooth_l1_loss(tinyreg.tensor([0.5, 4.0]), tinyreg.zeros(2), reduction="none", beta=2.0)
        tensor([0.0625, 3.0000])
    """
    who = "smooth_l1_loss"
    reduction = choose_reduction(who, size_average, reduce, reduction)
    _check_beta(who, beta)
    if beta == 0:
        return compare(who, L1LossFunction, input, target, None, reduction=reduction)
    return compare(who, HuberLossFunction, input, target, None, delta=float(beta), scale=float(beta), reduction=reduction)


def _check_delta(who, delta):
    check_number(who, delta=delta)
    if not delta > 0:
        raise RuntimeError(f"{who}: delta must be above 0, got delta={delta}; it is the error at which the loss becomes linear")


def _check_beta(who, beta):
    check_number(who, beta=beta)
    if not beta >= 0:
        raise RuntimeError(f"{who}: beta must be at least 0, got beta={beta}; it is the error at which the loss becomes linear")


class HuberLoss(Loss):
    """Quadratic for errors up to delta, linear beyond; see huber_loss.

    Args:
        reduction: 'mean' over all elements, 'sum', or 'none'.
        delta: where the quadratic ends, above 0.

    Shape:
        any, the same for input and target.

    Raises:
        ValueError: an unknown reduction.
        RuntimeError: delta is not above 0.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.HuberLoss(delta=0.5)(tinyreg.tensor([0.5, 4.5]), tinyreg.tensor([0.5, 0.5]))
        tensor(0.9375)
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(None, None, None, reduction)
        _check_delta("HuberLoss", delta)
        self.delta = delta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return huber_loss(input, target, self.reduction, self.delta)


class SmoothL1Loss(Loss):
    """Quadratic for errors below beta, linear with slope 1 beyond; see smooth_l1_loss.

    Args:
        size_average, reduce: PyTorch's older way to say reduction.
        reduction: 'mean' over all elements, 'sum', or 'none'.
        beta: where the quadratic ends, at least 0; 0 is the absolute error.

    Shape:
        any, the same for input and target.

    Raises:
        ValueError: an unknown reduction.
        RuntimeError: beta below 0.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.SmoothL1Loss()(tinyreg.tensor([0.5, 4.5]), tinyreg.tensor([0.5, 0.5]))
        tensor(1.7500)
    """

    def __init__(
        self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean", beta: float = 1.0
    ) -> None:
        super().__init__(None, size_average, reduce, reduction)
        _check_beta("SmoothL1Loss", beta)
        self.beta = beta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)
