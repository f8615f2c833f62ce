"""The training loop and what it measures."""

from .checkpoint import Checkpoint
from .fit import evaluate, fit
from .history import History

__all__ = ["Checkpoint", "History", "evaluate", "fit"]
