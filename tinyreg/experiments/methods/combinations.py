"""Methods that are used together."""

from ... import regularization
from .activations import batch_norm, dropout
from .method import Method, grid

ROWS = (
    Method(
        "dropout_l2",
        "dropout + L2",
        "dropout in the network, strength/2 Σw² in the loss",
        grid(p=[0.5, 0.8], strength=[0.003, 0.01]),
        grid(p=[0.5], strength=[0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3]),
        room="dropout",
        by_default=True,
        noise=dropout,
        penalty=lambda model, *batch, strength, p: regularization.l2_penalty(model, strength),
    ),
    Method(
        "dropout_batch_norm",
        "dropout + batch norm",
        "batch norm before the activation, dropout behind it",
        grid(p=[0.5, 0.8, 0.9, 0.95]),
        grid(p=[0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98]),
        room="dropout",
        by_default=True,
        norm=batch_norm,
        noise=dropout,
    ),
)
