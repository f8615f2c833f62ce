"""Losses, as functions and as modules: of classes, of numbers, of yes and no, of distributions."""

from .binary import BCELoss, BCEWithLogitsLoss, binary_cross_entropy, binary_cross_entropy_with_logits
from .cross_entropy import CrossEntropyLoss, NLLLoss, cross_entropy, nll_loss
from .divergence import KLDivLoss, kl_div
from .huber import HuberLoss, SmoothL1Loss, huber_loss, smooth_l1_loss
from .regression import L1Loss, MSELoss, l1_loss, mse_loss

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "MSELoss",
    "NLLLoss",
    "SmoothL1Loss",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "mse_loss",
    "nll_loss",
    "smooth_l1_loss",
]
