"""Losses, as functions and as modules: of classes, of numbers, of yes and no."""

from .binary import BCELoss, BCEWithLogitsLoss, binary_cross_entropy, binary_cross_entropy_with_logits
from .cross_entropy import CrossEntropyLoss, NLLLoss, cross_entropy, nll_loss
from .regression import L1Loss, MSELoss, l1_loss, mse_loss

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "L1Loss",
    "MSELoss",
    "NLLLoss",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "l1_loss",
    "mse_loss",
    "nll_loss",
]
