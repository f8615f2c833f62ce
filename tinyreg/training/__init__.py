"""The training loop and what it measures."""

from .fit import evaluate, fit
from .history import History

__all__ = ["History", "evaluate", "fit"]
