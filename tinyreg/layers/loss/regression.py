"""Losses of numbers: squared and absolute error."""

import warnings

from ...autograd import ArrayFunction, Tensor
from ...backend import get_array_module
from ...ops.arithmetic import sub
from ...ops.broadcasting import operands, refuse_shapes
from ...ops.elementwise import abs
from ...ops.floating import check_tensor
from ...ops.loss_reduction import choose_reduction, reduce_losses, spread_gradient
from ...ops.reduction import sum
from .weighted import Loss, constant


class MseLossFunction(ArrayFunction):
    """L_i = w_i (x_i - t_i)^2, reduced: dL_i/dx_i = 2 w_i (x_i - t_i) = -dL_i/dt_i."""

    broadcasts = True

    @staticmethod
    def forward(ctx, x, target, weight, *, reduction):
        d = x - target
        losses = d * d
        if weight is not None:
            losses *= weight
        ctx.reduction = reduction
        divisor = losses.size if weight is None else weight.sum()
        ctx.save_for_backward(d, weight, divisor)
        return reduce_losses(losses, reduction, divisor)

    @staticmethod
    def backward(ctx, grad):
        d, weight, divisor = ctx.saved
        grad_x = d * (2 * spread_gradient(grad, ctx.reduction, divisor))
        if weight is not None:
            grad_x *= weight
        return grad_x, -grad_x if ctx.needs_input_grad[1] else None, None


class L1LossFunction(ArrayFunction):
    """L_i = w_i |x_i - t_i|, reduced: dL_i/dx_i = w_i sign(x_i - t_i) = -dL_i/dt_i, 0 where they are equal."""

    broadcasts = True

    @staticmethod
    def forward(ctx, x, target, weight, *, reduction):
        xp = get_array_module(x)
        d = x - target
        losses = xp.abs(d)
        if weight is not None:
            losses *= weight
        ctx.reduction = reduction
        divisor = losses.size if weight is None else weight.sum()
        ctx.save_for_backward(d, weight, divisor)
        return reduce_losses(losses, reduction, divisor)

    @staticmethod
    def backward(ctx, grad):
        d, weight, divisor = ctx.saved
        grad_x = get_array_module(d).sign(d) * spread_gradient(grad, ctx.reduction, divisor)
        if weight is not None:
            grad_x *= weight
        return grad_x, -grad_x if ctx.needs_input_grad[1] else None, None


def mse_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The squared error (input - target)^2.

    Args:
        input, target: Tensors of numbers, at least one of them floating point.
        size_average, reduce: PyTorch's older way to say reduction.
        reduction: 'mean' over all elements, 'sum', or 'none'.
        weight: a constant for each element; with 'mean' the weighted sum is divided by the sum of the weights.

    Shape:
        any, the same for input, target and weight. Other shapes are broadcast with a warning: (N, 1) against (N,) gives
        N^2 differences, most of them between different examples.

    Returns:
        A Tensor, () or, with 'none', of input's shape.

    Raises:
        ValueError: an unknown reduction, or weight of another shape than input.
        RuntimeError: shapes that do not broadcast; input and target both integers (NotImplementedError).

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.functional.mse_loss(tinyreg.tensor([1.0, 2.0]), tinyreg.tensor([1.0, 4.0]))
        tensor(2.)
    """
    reduction = choose_reduction("mse_loss", size_average, reduce, reduction)
    return compare("mse_loss", MseLossFunction, input, target, weight, reduction=reduction)


def l1_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The absolute error |input - target|; its gradient is 0 where they are equal.

    Args:
        input, target: Tensors of numbers; for a mean at least one of them floating point.
        size_average, reduce: PyTorch's older way to say reduction.
        reduction: 'mean' over all elements, 'sum', or 'none'.
        weight: a constant for each element; with 'mean' the weighted sum is divided by the sum of the weights.

    Shape:
        any, the same for input, target and weight; other shapes are broadcast with a warning, as in mse_loss.

    Returns:
        A Tensor, () or, with 'none', of input's shape.

    Raises:
        ValueError: an unknown reduction, or weight of another shape than input.
        RuntimeError: shapes that do not broadcast; bools; a mean of integers.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.functional.l1_loss(tinyreg.tensor([1.0, 2.0]), tinyreg.tensor([1.0, 4.0]))
        tensor(1.)
    """
    who = "l1_loss"
    reduction = choose_reduction(who, size_average, reduce, reduction)
    check_tensor(who, input)
    check_tensor(who, target, "target")
    kinds = input.array.dtype.kind + target.array.dtype.kind
    if "b" in kinds:
        raise RuntimeError(
            f"{who}: input and target must be numbers, got dtypes {input.array.dtype} and {target.array.dtype}; convert with .float() first"
        )
    if weight is None and "f" not in kinds:  # whole numbers have whole distances
        if reduction == "mean":
            raise RuntimeError(
                f"{who}: input or target must be floating point for a mean, got dtypes {input.array.dtype} and {target.array.dtype}; "
                "convert with .float()"
            )
        losses = abs(sub(input, target))
        return losses if reduction == "none" else sum(losses)
    return compare(who, L1LossFunction, input, target, weight, reduction=reduction)


def compare(who, function, input, target, weight, **options):
    """Apply a Function of differences: operands of one dtype, of one shape (others warn), weights of input's shape.

    Args:
        who: the door that messages name; its caller is where a warning points to.
        function: an ArrayFunction whose forward takes input, target and weight.
        input, target: Tensors.
        weight: a constant Tensor or None.
        **options: of the Function.
    """
    check_tensor(who, input)
    check_tensor(who, target, "target")
    shapes = input.array.shape, target.array.shape
    if shapes[0] != shapes[1]:
        warnings.warn(
            f"{who}: input and target should have the same shape, got {shapes[0]} and {shapes[1]}; they are broadcast, which compares "
            "elements that do not belong together: squeeze or reshape one of them",
            stacklevel=3,
        )
    input, target = operands(who, input, target)
    if input.array.dtype.kind != "f":
        raise NotImplementedError(
            f"{who}: input or target must be floating point, got dtype {input.array.dtype} for both; convert with .float()"
        )
    weight = constant(who, "weight", weight, input.array.dtype)
    if weight is not None and weight.shape != shapes[0]:
        raise ValueError(f"{who}: weight must have input's shape {shapes[0]}, got {weight.shape}; give one number an element")
    try:
        return function.apply(input, target, weight, **options)
    except ValueError:
        refuse_shapes(who, input, target)


class MSELoss(Loss):
    """The squared error (input - target)^2; see mse_loss.

    Args:
        size_average, reduce: PyTorch's older way to say reduction.
        reduction: 'mean' over all elements, 'sum', or 'none'.

    Shape:
        any, the same for input and target.

    Raises:
        ValueError: an unknown reduction.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.MSELoss(reduction="sum")(tinyreg.tensor([1.0, 2.0]), tinyreg.tensor([1.0, 4.0]))
        tensor(4.)
    """

    def __init__(self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean") -> None:
        super().__init__(None, size_average, reduce, reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return mse_loss(input, target, reduction=self.reduction)


class L1Loss(Loss):
    """The absolute error |input - target|; see l1_loss.

    Args:
        size_average, reduce: PyTorch's older way to say reduction.
        reduction: 'mean' over all elements, 'sum', or 'none'.

    Shape:
        any, the same for input and target.

    Raises:
        ValueError: an unknown reduction.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.L1Loss(reduction="sum")(tinyreg.tensor([1.0, 2.0]), tinyreg.tensor([1.0, 4.0]))
        tensor(2.)
    """

    def __init__(self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean") -> None:
        super().__init__(None, size_average, reduce, reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return l1_loss(input, target, reduction=self.reduction)
