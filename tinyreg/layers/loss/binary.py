"""Losses of yes and no: binary cross entropy on probabilities, and on scores.

For a probability x of "yes" and a target t in [0, 1] the loss is the cross entropy of two classes,

    L = -(t ln x + (1 - t) ln(1 - x))                                                            (1)
    dL/dx = (x - t) / (x (1 - x)),    dL/dt = ln(1 - x) - ln x                                   (2)

At x = 0 or 1 a logarithm is infinite. As in PyTorch both are cut at -100, and the denominator of (2) at 1e-12. With a
score z, x = sigmoid(z), nothing has to be cut: -ln x = softplus(-z) = max(-z, 0) + tail and -ln(1 - x) = softplus(z) =
max(z, 0) + tail, with tail = ln(1 + e^-|z|). So, without a difference of large numbers,

    L = (1 - t) max(z, 0) - pos_weight t min(z, 0) + (1 + (pos_weight - 1) t) tail               (3)
    dL/dz = (1 - t) - (1 + (pos_weight - 1) t) (1 - x)        = x - t for pos_weight 1           (4)
    dL/dt = -z + (pos_weight - 1) softplus(-z)                                                   (5)

where pos_weight multiplies the loss of "yes".
"""

from ...autograd import ArrayFunction, Tensor
from ...backend import get_array_module, require
from ...ops.activation import softplus_tail, stable_sigmoid, stable_softplus
from ...ops.broadcasting import operands
from ...ops.floating import check_floating, check_tensor
from ...ops.loss_reduction import choose_reduction, reduce_losses, spread_gradient
from .weighted import Loss, constant


class BinaryCrossEntropyFunction(ArrayFunction):
    """The loss (1) of each element, times its weight, reduced."""

    @staticmethod
    def forward(ctx, x, target, weight, *, reduction):
        xp = get_array_module(x)
        no, yes = (x == 0).astype(x.dtype), (x == 1).astype(x.dtype)
        log_yes = xp.maximum(xp.log(x + no) - 100 * no, -100)  # ln 1 - 100 at x = 0
        log_no = xp.maximum(xp.log1p(yes - x) - 100 * yes, -100)
        losses = -(target * log_yes + (1 - target) * log_no)                           # (1)
        if weight is not None:
            losses *= weight
        ctx.reduction = reduction
        ctx.save_for_backward(x, target, weight, log_no - log_yes if ctx.needs_input_grad[1] else None)
        return reduce_losses(losses, reduction, losses.size)

    @staticmethod
    def backward(ctx, grad):
        x, target, weight, log_odds = ctx.saved
        grad = spread_gradient(grad, ctx.reduction, x.size)
        if weight is not None:
            grad = grad * weight
        grad_x = grad_target = None
        if ctx.needs_input_grad[0]:
            grad_x = grad * (x - target) / get_array_module(x).maximum(x * (1 - x), 1e-12)  # (2)
        if ctx.needs_input_grad[1]:
            grad_target = grad * log_odds                                              # (2)
        return grad_x, grad_target, None


class BinaryCrossEntropyWithLogitsFunction(ArrayFunction):
    """The loss (3) of each element, times its weight, reduced."""

    @staticmethod
    def forward(ctx, z, target, weight, pos_weight, *, reduction):
        xp = get_array_module(z)
        losses = softplus_tail(z)
        if pos_weight is None:
            losses += z.clip(0, xp.inf) - target * z                                   # (3)
        else:
            losses *= 1 + (pos_weight - 1) * target
            losses += (1 - target) * z.clip(0, xp.inf) - pos_weight * target * z.clip(-xp.inf, 0)  # (3)
        if weight is not None:
            losses *= weight
        ctx.reduction = reduction
        ctx.save_for_backward(z, target, weight, pos_weight)
        return reduce_losses(losses, reduction, losses.size)

    @staticmethod
    def backward(ctx, grad):
        z, target, weight, pos_weight = ctx.saved
        grad = spread_gradient(grad, ctx.reduction, z.size)
        if weight is not None:
            grad = grad * weight
        grad_z = grad_target = None
        if ctx.needs_input_grad[0]:
            if pos_weight is None:
                slope = stable_sigmoid(z) - target                                     # (4)
            else:
                slope = (1 - target) - (1 + (pos_weight - 1) * target) * stable_sigmoid(-z)  # (4)
            grad_z = slope * grad
        if ctx.needs_input_grad[1]:
            grad_target = grad * (-z if pos_weight is None else (pos_weight - 1) * stable_softplus(-z) - z)  # (5)
        return grad_z, grad_target, None, None


def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """The cross entropy between targets and probabilities of "yes".

    Scores are better given to binary_cross_entropy_with_logits: near 0 and 1 a probability has lost its digits.

    Args:
        input: probabilities in [0, 1]; at the ends the loss is cut at 100.
        target: in [0, 1], in the dtype and shape of input: 1 is "yes".
        weight: a constant for each element, broadcast to input.
        size_average, reduce: PyTorch's older way to say reduction.
        reduction: 'mean' over all elements, 'sum', or 'none'.

    Shape:
        any, the same for input and target.

    Returns:
        A Tensor, () or, with 'none', of input's shape.

    Raises:
        RuntimeError: input or target outside [0, 1], of other dtypes, or of integers (NotImplementedError).
        ValueError: shapes that differ, or an unknown reduction.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.functional.binary_cross_entropy(tinyreg.tensor([0.5, 0.0]), tinyreg.tensor([1.0, 0.0]), reduction="none")
        tensor([0.6931, 0.0000])
    """
    who = "binary_cross_entropy"
    reduction = choose_reduction(who, size_average, reduce, reduction)
    _check_shapes(who, input, target)
    if input.array.dtype != target.array.dtype:
        raise RuntimeError(
            f"{who}: input and target must have one dtype, got {input.array.dtype} and {target.array.dtype}; convert one of them"
        )
    check_floating(who, input)
    _require_probabilities(who, "input", input.array)
    _require_probabilities(who, "target", target.array)
    weight = _broadcast(who, "weight", weight, input)
    return BinaryCrossEntropyFunction.apply(input, target, weight, reduction=reduction)


def _require_probabilities(who, name, x):
    require(
        ((x >= 0) & (x <= 1)).all(),  # nan fails, too
        lambda: RuntimeError(
            f"{who}: {name} must lie in [0, 1], got values from {float(x.min())} to {float(x.max())}; "
            "use binary_cross_entropy_with_logits for scores"
        ),
    )


def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean", pos_weight: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The cross entropy between targets and the sigmoid of scores, safe for scores of any size.

    Args:
        input: scores (logits), floating point.
        target: floating point, in the shape of input, usually in [0, 1]: 1 is "yes".
        weight: a constant for each element, broadcast to input.
        size_average, reduce: PyTorch's older way to say reduction.
        reduction: 'mean' over all elements, 'sum', or 'none'.
        pos_weight: multiplies the loss of "yes", broadcast to input: above 1 for more recall, below for more precision.

    Shape:
        any, the same for input and target.

    Returns:
        A Tensor, () or, with 'none', of input's shape.

    Raises:
        ValueError: shapes that differ, or an unknown reduction.
        RuntimeError: weights that do not broadcast; integers (NotImplementedError).

    Example:
        >>> import tinyreg
        >>> z, t = tinyreg.tensor([0.0, 1000.0]), tinyreg.tensor([1.0, 0.0])
        >>> tinyreg.nn.functional.binary_cross_entropy_with_logits(z, t, reduction="none")
        tensor([6.9315e-01, 1.0000e+03])
    """
    who = "binary_cross_entropy_with_logits"
    reduction = choose_reduction(who, size_average, reduce, reduction)
    _check_shapes(who, input, target)
    check_floating(who, input)
    check_floating(who, target, "target", RuntimeError)
    input, target = operands(who, input, target)
    weight, pos_weight = _broadcast(who, "weight", weight, input), _broadcast(who, "pos_weight", pos_weight, input)
    return BinaryCrossEntropyWithLogitsFunction.apply(input, target, weight, pos_weight, reduction=reduction)


def _check_shapes(who, input, target):
    check_tensor(who, input)
    check_tensor(who, target, "target")
    if input.array.shape != target.array.shape:
        raise ValueError(
            f"{who}: input and target must have the same shape, got {input.array.shape} and {target.array.shape}; reshape one of them"
        )


def _broadcast(who, name, weight, input):
    """The weights as a raw array that does not enlarge input when it meets it."""
    weight = constant(who, name, weight, input.array.dtype)
    if weight is not None:
        try:
            get_array_module(weight).broadcast_to(weight, input.array.shape)
        except ValueError:
            raise RuntimeError(
                f"{who}: {name} must broadcast to input's shape {input.array.shape}, got {weight.shape}; reshape it"
            ) from None
    return weight


class BCELoss(Loss):
    """The cross entropy between targets and probabilities of "yes"; see binary_cross_entropy.

    Args:
        weight: a constant for each element (kept as a buffer), broadcast to the input.
        size_average, reduce: PyTorch's older way to say reduction.
        reduction: 'mean' over all elements, 'sum', or 'none'.

    Shape:
        any, the same for input and target.

    Raises:
        ValueError: an unknown reduction.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.BCELoss()(tinyreg.tensor([0.5]), tinyreg.tensor([1.0]))
        tensor(0.6931)
    """

    def __init__(
        self, weight: Tensor | None = None, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return binary_cross_entropy(input, target, self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(Loss):
    """The cross entropy between targets and the sigmoid of scores; see binary_cross_entropy_with_logits.

    Args:
        weight: a constant for each element (kept as a buffer), broadcast to the input.
        size_average, reduce: PyTorch's older way to say reduction.
        reduction: 'mean' over all elements, 'sum', or 'none'.
        pos_weight: multiplies the loss of "yes" (kept as a buffer).

    Shape:
        any, the same for input and target.

    Raises:
        ValueError: an unknown reduction.

    Example:
        >>> import tinyreg
        >>> tinyreg.nn.BCEWithLogitsLoss()(tinyreg.tensor([0.0]), tinyreg.tensor([1.0]))
        tensor(0.6931)
    """

    def __init__(
        self, weight: Tensor | None = None, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean",
        pos_weight: Tensor | None = None,
    ) -> None:  # fmt: skip
        super().__init__(weight, size_average, reduce, reduction)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return binary_cross_entropy_with_logits(
            input, target, self.weight, reduction=self.reduction, pos_weight=self.pos_weight
        )
