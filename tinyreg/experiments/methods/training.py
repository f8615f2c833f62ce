"""What acts on gradients, on steps, and on when training ends."""

from ... import regularization
from .method import Method, grid

ROWS = (
    Method(
        "early_stopping",
        "early stopping",
        "training ends after so many epochs (patience) without a better validation accuracy, with the best weights",
        grid(patience=[3, 10, 30]),
        grid(patience=[1, 2, 3, 5, 10, 20, 30, 60]),
        by_default=True,
        stopping=lambda patience: regularization.EarlyStopping(patience, mode="max"),
    ),
)
