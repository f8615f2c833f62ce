"""The methods that are compared, as data: a row says what a method changes, and among which strengths it is chosen.

A method may change seven things. Whatever a row leaves out stays as in "none".

    norm(shape, **strength)             a module between a hidden layer and its activation
    noise(shape, **strength)            a module behind a hidden activation
    penalty(model, **strength)          a term of the loss
    smoothing(**strength)               the label smoothing of the cross-entropy
    optimizer(params, lr, **strength)   the optimizer; lr is the rate of plain SGD that suits the network
    proximal(model, lr, **strength)     what is done to the weights after each step
    stopping(**strength)                an EarlyStopping

`shape` is the shape of one example at that place: (units,) in a dense layer, (channels, height, width) in a conv layer.
`strength` is one of the row's candidates. Which one is used is decided on the validation images, by runs that are not
reported. A new regularizer joins the comparison by one more row.

    >>> METHODS["l2"].candidates
    ({'strength': 0.003}, {'strength': 0.01}, {'strength': 0.03}, {'strength': 0.1})
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

from .. import nn, optim, regularization

ADAM_LEARNING_RATE = 1e-3  # PyTorch's default


@dataclass(frozen=True)
class Method:
    """One row of the comparison.

    Attributes:
        name: as the command line writes it.
        title: as the figures write it.
        change: what differs from training without a regularizer, in a sentence.
        candidates: the strengths to choose from, keyword arguments of the changes.
        by_default: whether a comparison that names no methods has it.
    """

    name: str
    title: str
    change: str
    candidates: tuple[dict[str, Any], ...] = ({},)
    norm: Callable[..., Any] = lambda shape, **strength: None
    noise: Callable[..., Any] = lambda shape, **strength: None
    penalty: Callable[..., Any] | None = None
    smoothing: Callable[..., Any] = lambda **strength: 0.0
    optimizer: Callable[..., Any] = lambda params, lr, **strength: optim.SGD(params, lr=lr)
    proximal: Callable[..., Any] | None = None
    stopping: Callable[..., Any] = lambda **strength: None
    by_default: bool = True


def grid(**values):
    """Every combination of the values, as keyword arguments.

    Example:
        >>> grid(p=[0.2, 0.5], strength=[1])
        ({'p': 0.2, 'strength': 1}, {'p': 0.5, 'strength': 1})
    """
    return tuple(dict(zip(values, combination)) for combination in product(*values.values()))


def _batch_norm(shape, **strength):
    return nn.BatchNorm1d(shape[0]) if len(shape) == 1 else nn.BatchNorm2d(shape[0])


def _dropout(shape, p, **strength):
    return nn.Dropout(p) if len(shape) == 1 else None  # dense layers only, as LeNet's time and ours use it


METHODS = {
    method.name: method
    for method in (
        Method("none", "none", "nothing: cross-entropy and plain SGD"),
        Method(
            "l2",
            "L2",
            "the loss has the term strength/2 Σw²",
            grid(strength=[0.003, 0.01, 0.03, 0.1]),
            penalty=lambda model, strength: regularization.l2_penalty(model, strength),
        ),
        Method(
            "l1",
            "L1",
            "the objective has the term strength Σ|w|; each step ends with its proximal step, which makes exact zeros",
            grid(strength=[0.0003, 0.001, 0.003, 0.006]),
            proximal=lambda model, lr, strength: regularization.l1_proximal_(model, lr, strength),
        ),
        Method(
            "elastic_net",
            "elastic net",
            "the objective has the term strength (½ Σ|w| + ¼ Σw²), by its proximal step",
            grid(strength=[0.001, 0.003, 0.01, 0.03]),
            proximal=lambda model, lr, strength: regularization.elastic_net_proximal_(model, lr, strength, l1_ratio=0.5),
        ),
        Method(
            "adam",
            "Adam",
            "the optimizer is Adam: what AdamW's decay is added to",
            optimizer=lambda params, lr: optim.Adam(params, lr=ADAM_LEARNING_RATE),
            by_default=False,
        ),
        Method(
            "adamw",
            "AdamW decay",
            "each step shrinks the weights by lr · decay; the optimizer is Adam, a second difference (the method adam parts them)",
            grid(weight_decay=[0.1, 1.0, 3.0, 5.0]),
            optimizer=lambda params, lr, weight_decay: optim.AdamW(params, lr=ADAM_LEARNING_RATE, weight_decay=weight_decay),
        ),
        Method(
            "dropout",
            "dropout",
            "each hidden unit is dropped with probability p at each training step",
            grid(p=[0.5, 0.8, 0.9, 0.95]),
            noise=_dropout,
        ),
        Method("batch_norm", "batch norm", "each hidden unit is standardised over the batch", norm=_batch_norm),
        Method(
            "layer_norm",
            "layer norm",
            "the hidden units of each example are standardised",
            norm=lambda shape: nn.LayerNorm(shape),
        ),
        Method(
            "label_smoothing",
            "label smoothing",
            "the target is (1 - ε) one-hot + ε/10",
            grid(label_smoothing=[0.1, 0.4, 0.7, 0.9]),
            smoothing=lambda label_smoothing: label_smoothing,
        ),
        Method(
            "early_stopping",
            "early stopping",
            "training ends after so many epochs (patience) without a better validation accuracy, with the best weights",
            grid(patience=[3, 10, 30]),
            stopping=lambda patience: regularization.EarlyStopping(patience, mode="max"),
        ),
        Method(
            "dropout_l2",
            "dropout + L2",
            "dropout in the network, strength/2 Σw² in the loss",
            grid(p=[0.5, 0.8], strength=[0.003, 0.01]),
            noise=_dropout,
            penalty=lambda model, strength, p: regularization.l2_penalty(model, strength),
        ),
        Method(
            "dropout_batch_norm",
            "dropout + batch norm",
            "batch norm before the activation, dropout behind it",
            grid(p=[0.5, 0.8, 0.9, 0.95]),
            norm=_batch_norm,
            noise=_dropout,
        ),
    )
}
