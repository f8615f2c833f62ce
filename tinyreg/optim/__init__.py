"""Doors to the optimizers and the schedules, under PyTorch's names."""

from ..optimizer import Optimizer
from . import lr_scheduler
from .adam import Adam
from .adamw import AdamW
from .sgd import SGD

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "lr_scheduler"]
