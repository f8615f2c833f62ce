"""The loss of distributions: the Kullback-Leibler divergence of given probabilities from predicted ones.

A row has target probabilities q_k and predicted ones p_k, given by their logarithms x_k = ln p_k:

    KL(q || p) = sum_k q_k (ln q_k - ln p_k)                                                     (1)

It is the cross entropy of q and p less the entropy of q, so both have the same gradient in p; it is at least 0, and 0 only
where p = q. Here every term is a number of its own,

    L_k = q_k (ln q_k - x_k),                  0 where q_k = 0                                   (2)
    dL_k/dx_k = -q_k                                                                             (3)
    dL_k/dq_k = ln q_k + 1 - x_k,              taken as 0 where q_k = 0                          (4)

and a target that is given by its logarithm, z_k = ln q_k, needs no case:

    L_k = e^(z_k) (z_k - x_k),     dL_k/dx_k = -e^(z_k),     dL_k/dz_k = e^(z_k) (z_k - x_k + 1) (5)

The sum over k of (1) is left to the reduction. 'batchmean' divides the sum of all terms by the number of rows: that is the
mean of (1). 'mean' divides it by the number of terms, which is K times too small.

Source: Kullback, Leibler 1951, "On information and sufficiency", Annals of Mathematical Statistics 22.
"""

import warnings

from ...autograd import ArrayFunction, Tensor
from ...backend import get_array_module
from ...ops.broadcasting import operands, refuse_shapes
from ...ops.floating import check_floating
from ...ops.loss_reduction import choose_reduction, reduce_losses, spread_gradient
from .weighted import Loss

REDUCTIONS = ("none", "batchmean", "sum", "mean")


class KlDivFunction(ArrayFunction):
    """The terms (2), or (5) for a log_target, reduced; a mean divides by `rows` where they are given."""

    broadcasts = True

    @staticmethod
    def forward(ctx, x, target, *, log_target, reduction, rows=None):
        xp = get_array_module(x)
        if log_target:
            q = xp.exp(target)
            surplus = target - x
        else:
            q = target
            surplus = xp.log(q + (q == 0)) - x  # where q is 0 its logarithm does not matter
        losses = q * surplus                                                           # (2), (5)
        ctx.log_target, ctx.reduction = log_target, reduction
        ctx.divisor, ctx.common = losses.size if rows is None else rows, losses.shape
        ctx.save_for_backward(q, surplus if ctx.needs_input_grad[1] else None)
        return reduce_losses(losses, reduction, ctx.divisor)

    @staticmethod
    def backward(ctx, grad):
        q, surplus = ctx.saved
        grad = spread_gradient(grad, ctx.reduction, ctx.divisor)
        grad_x = grad_target = None
        if q.shape != ctx.common:  # a target that was repeated for every row
            grad = get_array_module(q).broadcast_to(grad, ctx.common)
        if ctx.needs_input_grad[0]:
            grad_x = -q * grad                                                         # (3), (5)
        if ctx.needs_input_grad[1]:
            grad_target = (surplus + 1) * (q if ctx.log_target else q != 0) * grad     # (4), (5)
        return grad_x, grad_target


def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """target * (ln(target) - input): the Kullback-Leibler divergence of target from the distribution whose logarithm is input.

    Args:
        input: log-probabilities, floating point (log_softmax of scores).
        target: probabilities, at least 0, or their logarithms, floating point; they may require grad.
        size_average, reduce: PyTorch's older way to say reduction.
        reduction: 'batchmean', the sum divided by the number of rows, is the divergence; 'sum'; 'none'; or 'mean' over all
            elements, which is smaller by the number of classes, and says so in a warning.
        log_target: target holds logarithms.

    Shape:
        any, the same for input and target, or shapes that broadcast; rows are dimension 0 of input.

    Returns:
        A Tensor, () or, with 'none', of the common shape.

    Raises:
        ValueError: an unknown reduction.
        RuntimeError: integers; shapes that do not broadcast.

    Example:
        >>> import tinyreg
        >>> log_p = tinyreg.tensor([[0.5, 0.5]]).log()
        >>> tinyreg.nn.functional.kl_div(log_p, tinyreg.tensor([[1.0, 0.0]]), reduction="batchmean")
        tensor(0.6931)
    """
    who = "kl_div"
    reduction = choose_reduction(who, size_average, reduce, reduction, REDUCTIONS)
    if reduction == "mean":
        warnings.warn(
            f"{who}: reduction='mean' divides by the number of elements, not by that of the rows; "
            "say reduction='batchmean' for the divergence",
            stacklevel=2,
        )
    check_floating(who, input, error=RuntimeError)
    check_floating(who, target, "target", error=RuntimeError)
    input, target = operands(who, input, target)
    rows = None
    if reduction == "batchmean":
        reduction, rows = "mean", input.array.shape[0] if input.array.ndim else 1
    try:
        return KlDivFunction.apply(input, target, log_target=bool(log_target), reduction=reduction, rows=rows)
    except ValueError:
        refuse_shapes(who, input, target)


class KLDivLoss(Loss):
    """The Kullback-Leibler divergence of target probabilities from predicted ones; see kl_div.

    Args:
        size_average, reduce: PyTorch's older way to say reduction.
        reduction: 'batchmean' is the divergence, averaged over the rows; 'sum'; 'none'; or 'mean' over all elements.
        log_target: the target holds logarithms.

    Shape:
        any, the same for input and target, or shapes that broadcast; rows are dimension 0 of the input.

    Raises:
        ValueError: an unknown reduction.

    Example:
        >>> import tinyreg
        >>> loss = tinyreg.nn.KLDivLoss(reduction="batchmean")
        >>> p = tinyreg.tensor([[0.25, 0.75]])
        >>> loss(p.log(), p)
        tensor(0.)
    """

    def __init__(
        self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean", log_target: bool = False
    ) -> None:
        super().__init__(None, size_average, reduce, reduction, REDUCTIONS)
        self.log_target = log_target

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return kl_div(input, target, reduction=self.reduction, log_target=self.log_target)
