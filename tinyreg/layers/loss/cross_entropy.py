"""Losses of classes: cross entropy on scores, and the negative log-likelihood on log-probabilities.

The cross entropy and its derivative stand in regularization/label_smoothing.py; the plain one is label_smoothing = 0.
"""

from ...autograd import ArrayFunction, Tensor
from ...autograd.tensor import wrap
from ...backend import get_array_module
from ...ops.arithmetic import mul
from ...ops.broadcasting import operands
from ...ops.dimension import integer
from ...ops.floating import check_floating, check_tensor
from ...ops.labels import check_labels, rows_and_weights
from ...ops.loss_reduction import choose_reduction, reduce_losses, spread_gradient
from ...ops.shaping import permute, reshape
from ...regularization.label_smoothing import CrossEntropyFunction, SoftCrossEntropyFunction, check_label_smoothing, smooth_labels
from .weighted import Loss, constant


class NllLossFunction(ArrayFunction):
    """L_n = -w_(y_n) x_(n, y_n), reduced: dL_n/dx_nk = -w_(y_n) [k = y_n]."""

    @staticmethod
    def forward(ctx, log_p, label, weight, *, ignore_index, reduction):
        row, label, keep, weight_y = rows_and_weights(log_p, label, weight, ignore_index)
        divisor = len(log_p) if isinstance(weight_y, float) else weight_y.sum()
        ctx.shape_x, ctx.reduction = log_p.shape, reduction
        ctx.save_for_backward(row, label, weight_y, divisor)
        picked = log_p[row, label]
        if ignore_index is not None:
            get_array_module(log_p).copyto(picked, 0, where=keep == 0)  # a row that does not count may hold nan
        return reduce_losses((-weight_y * picked)[:, 0], reduction, divisor)

    @staticmethod
    def backward(ctx, grad):
        row, label, weight_y, divisor = ctx.saved
        grad = spread_gradient(grad, ctx.reduction, divisor)
        if ctx.reduction == "none":
            grad = grad[:, None]
        grad_x = get_array_module(label).zeros(ctx.shape_x, dtype=grad.dtype)
        grad_x[row, label] = -weight_y * grad
        return grad_x, None, None


def cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None, ignore_index: int = -100,
    reduce: bool | None = None, reduction: str = "mean", label_smoothing: float = 0.0,
) -> Tensor:  # fmt: skip
    """The cross entropy between targets and the softmax of scores.

    For labels y the loss of a row is -weight[y] log softmax(input)[y]; for probabilities q it is
    -sum_k weight[k] q[k] log softmax(input)[k]. Smoothing mixes either with the uniform, see
    regularization/label_smoothing.py, where both stand with their derivative.

    Args:
        input: scores (logits), floating point; softmax is taken here, not by the network.
        target: integer class labels, or floating point class probabilities in the shape of input (they may require grad).
        weight: a constant for each class, None for 1.
        size_average, reduce: PyTorch's older way to say reduction.
        ignore_index: the label of rows that do not count; with probabilities only a negative one, which means nothing.
        reduction: 'mean' divides the sum by the sum of weight[y] over the rows that count (by the number of rows for
            probabilities), 'sum' does not, 'none' gives a loss for each row.
        label_smoothing: the share of each target that is spread over all classes, in [0, 1]: 0 is none, 1 forgets the
            target.

    Shape:
        input (N, K), (N, K, d1, ...) or (K,); labels (N,), (N, d1, ...) or (); probabilities as input; weight (K,);
        output () or, with 'none', as labels.

    Returns:
        A Tensor, nan for a mean over no rows.

    Raises:
        IndexError: a label outside [0, K); labels for an input without classes.
        ValueError: another number of rows; an unknown reduction.
        RuntimeError: label_smoothing outside [0, 1]; float labels, integer probabilities; shapes that do not fit.

    Example:
        >>> import tinyreg
        >>> logits = tinyreg.tensor([[0.0, 0.0], [0.0, 1000.0]])
        >>> tinyreg.nn.functional.cross_entropy(logits, tinyreg.tensor([0, 1]), reduction="none")
        tensor([0.6931, 0.0000])
    """
    who = "cross_entropy"
    reduction = choose_reduction(who, size_average, reduce, reduction)
    if type(ignore_index) is not int:
        ignore_index = integer(who, ignore_index=ignore_index)
    if label_smoothing != 0 or type(label_smoothing) is not float:
        label_smoothing = check_label_smoothing(who, label_smoothing)
    weights, classes = _check(who, input, target, weight)
    if target.array.dtype.kind == "f":
        if ignore_index >= 0:
            raise RuntimeError(
                f"{who}: ignore_index is for class labels, got ignore_index={ignore_index} and a target of dtype {target.array.dtype}; "
                "leave it out, or pass labels"
            )
        input, target = operands(who, input, target)
        q = _rows(smooth_labels(target, classes, label_smoothing) if label_smoothing else target)
        if weights is not None:
            q = mul(q, wrap(weights.astype(q.array.dtype, copy=False)))
        loss = SoftCrossEntropyFunction.apply(_rows(input), q, reduction=reduction)
    else:
        ignore_index = check_labels(who, target.array, classes, ignore_index)
        loss = CrossEntropyFunction.apply(
            _rows(input),
            target.array.reshape(-1),
            weights,
            label_smoothing=label_smoothing,
            ignore_index=ignore_index,
            reduction=reduction,
        )
    return _in_shape(loss, input, reduction)


def nll_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None, ignore_index: int = -100,
    reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """The negative log-likelihood of class labels: -weight[y] input[y] for each row of log-probabilities.

    With input = log_softmax(scores) it is the cross entropy of the scores, which cross_entropy computes in one step.

    Args:
        input: log-probabilities, floating point.
        target: integer class labels.
        weight: a constant for each class, None for 1.
        size_average, reduce: PyTorch's older way to say reduction.
        ignore_index: the label of rows that do not count.
        reduction: 'mean' divides the sum by the sum of weight[y] over the rows that count, 'sum' does not, 'none' gives a
            loss for each row.

    Shape:
        input (N, K), (N, K, d1, ...) or (K,); target (N,), (N, d1, ...) or (); weight (K,); output () or, with 'none',
        as target.

    Returns:
        A Tensor, nan for a mean over no rows.

    Raises:
        IndexError: a label outside [0, K); labels for an input without classes.
        ValueError: another number of rows; an unknown reduction.
        RuntimeError: float labels; shapes that do not fit.

    Example:
        >>> import tinyreg
        >>> log_p = tinyreg.tensor([[0.25, 0.75]]).log()
        >>> tinyreg.nn.functional.nll_loss(log_p, tinyreg.tensor([0]))
        tensor(1.3863)
    """
    who = "nll_loss"
    reduction = choose_reduction(who, size_average, reduce, reduction)
    ignore_index = integer(who, ignore_index=ignore_index)
    weight, classes = _check(who, input, target, weight, probabilities=False)
    ignore_index = check_labels(who, target.array, classes, ignore_index)
    loss = NllLossFunction.apply(_rows(input), target.array.reshape(-1), weight, ignore_index=ignore_index, reduction=reduction)
    return _in_shape(loss, input, reduction)


def _check(who, input, target, weight, probabilities=True):
    """Refuse shapes and dtypes that do not fit; the weights as a raw array, and the number of classes."""
    if weight is None and isinstance(input, Tensor) and isinstance(target, Tensor):
        scores, labels = input.array, target.array
        if scores.ndim == 2 and labels.shape == scores.shape[:1] and scores.dtype.kind == "f" and labels.dtype.kind == "i" and scores.size:
            return None, scores.shape[1]  # the usual case, past the questions below
    check_floating(who, input)
    check_tensor(who, target, "target")
    shape, given, dtype = input.array.shape, target.array.shape, target.array.dtype
    if not shape:
        raise ValueError(f"{who}: input must have a class dimension, (K,) or (N, K, ...), got shape {shape}; give one score a class")
    classes = shape[1] if len(shape) > 1 else shape[0]
    if classes == 0:
        error = IndexError if dtype.kind in "iu" else ValueError  # no label is in range, no probability is there
        raise error(f"{who}: input must have at least 1 class, got shape {shape}; classes are dimension {min(1, len(shape) - 1)}")
    labels = shape[:1] + shape[2:] if len(shape) > 1 else ()
    if given == shape and probabilities:
        if dtype.kind != "f":
            raise RuntimeError(
                f"{who}: a target in the shape of input holds probabilities and must be floating point, got dtype {dtype} and "
                f"shape {given}; convert one-hot labels with .float(), or pass labels of shape {labels}"
            )
    elif given != labels and not (len(shape) == 1 and given == (1,)):
        wanted = f"labels of shape {labels}" + (f" or probabilities of shape {shape}" if probabilities else "")
        kind = ValueError if given[:1] != labels[:1] else RuntimeError
        raise kind(f"{who}: target must be {wanted} for input of shape {shape}, got shape {given}; reshape or squeeze it")
    elif dtype.kind not in "iu":
        advice = f", or pass probabilities of shape {shape}" if probabilities else ""
        raise RuntimeError(
            f"{who}: class labels must be integers, got dtype {dtype} and shape {given} for input of shape {shape}; "
            f"convert with target.long(){advice}"
        )
    weight = constant(who, "weight", weight, input.array.dtype)
    if weight is not None and weight.shape != (classes,):
        raise RuntimeError(
            f"{who}: weight must have one number for each of {classes} classes, got shape {weight.shape}; give shape ({classes},)"
        )
    return weight, classes


def _rows(x):
    """Classes in columns: (N, K, d1, ...) -> (N d1 ..., K), (K,) -> (1, K)."""
    shape = x.array.shape
    if len(shape) == 2:
        return x
    if len(shape) > 2:
        x = permute(x, (0, *range(2, len(shape)), 1))
    return reshape(x, (-1, shape[1] if len(shape) > 1 else shape[0]))


def _in_shape(loss, input, reduction):
    """A loss for each row in the shape of labels: the inverse of _rows."""
    shape = input.array.shape
    if reduction != "none" or len(shape) == 2:
        return loss
    return reshape(loss, shape[:1] + shape[2:] if len(shape) > 1 else ())


class CrossEntropyLoss(Loss):
    """The cross entropy between targets and the softmax of scores, with label smoothing; see cross_entropy.

    Args:
        weight: a constant for each class (kept as a buffer), None for 1.
        size_average, reduce: PyTorch's older way to say reduction.
        ignore_index: the label of rows that do not count.
        reduction: 'mean', 'sum' or 'none'.
        label_smoothing: the share of each target that is spread over all classes, in [0, 1]: 0 is none, 1 forgets the
            target.

    Shape:
        input (N, K), (N, K, d1, ...) or (K,); target: labels (N,), (N, d1, ...) or (), or probabilities as input.

    Raises:
        RuntimeError: label_smoothing outside [0, 1].
        ValueError: an unknown reduction.

    Example:
        >>> import tinyreg
        >>> loss = tinyreg.nn.CrossEntropyLoss(label_smoothing=0.1)
        >>> loss(tinyreg.zeros(3, 4), tinyreg.tensor([0, 1, 2]))
        tensor(1.3863)
    """

    def __init__(
        self, weight: Tensor | None = None, size_average: bool | None = None, ignore_index: int = -100, reduce: bool | None = None,
        reduction: str = "mean", label_smoothing: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index
        self.label_smoothing = check_label_smoothing("CrossEntropyLoss", label_smoothing)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return cross_entropy(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )


class NLLLoss(Loss):
    """The negative log-likelihood of class labels under log-probabilities; see nll_loss.

    Args:
        weight: a constant for each class (kept as a buffer), None for 1.
        size_average, reduce: PyTorch's older way to say reduction.
        ignore_index: the label of rows that do not count.
        reduction: 'mean', 'sum' or 'none'.

    Shape:
        input (N, K), (N, K, d1, ...) or (K,); target (N,), (N, d1, ...) or ().

    Raises:
        ValueError: an unknown reduction.

    Example:
        >>> import tinyreg
        >>> log_p = tinyreg.log_softmax(tinyreg.zeros(3, 4), dim=1)
        >>> tinyreg.nn.NLLLoss()(log_p, tinyreg.tensor([0, 1, 2]))
        tensor(1.3863)
    """

    def __init__(
        self, weight: Tensor | None = None, size_average: bool | None = None, ignore_index: int = -100, reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:  # fmt: skip
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return nll_loss(input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction)
