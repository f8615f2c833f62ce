"""What acts on activations: masks, noise, normalization."""

from ... import nn
from .method import Method, grid


def batch_norm(shape, **strength):
    """The batch norm of a hidden layer.

    Example:
        >>> batch_norm((6, 8, 8)).num_features
        6
    """
    return nn.BatchNorm1d(shape[0]) if len(shape) == 1 else nn.BatchNorm2d(shape[0])


def dropout(shape, p, **strength):
    """The dropout of a hidden layer: of dense layers only, as LeNet's time and ours use it.

    Example:
        >>> dropout((256,), p=0.5)
        Dropout(p=0.5, inplace=False)
    """
    return nn.Dropout(p) if len(shape) == 1 else None


ROWS = (
    Method(
        "dropout",
        "dropout",
        "each hidden unit is dropped with probability p at each training step",
        grid(p=[0.5, 0.8, 0.9, 0.95]),
        grid(p=[0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98]),
        by_default=True,
        noise=dropout,
    ),
    Method("batch_norm", "batch norm", "each hidden unit is standardised over the batch", by_default=True, norm=batch_norm),
    Method(
        "layer_norm",
        "layer norm",
        "the hidden units of each example are standardised",
        by_default=True,
        norm=lambda shape: nn.LayerNorm(shape),
    ),
)
