"""The training loop and what it measures."""

from .checkpoint import Checkpoint
from .difference import Difference
from .fit import evaluate, fit
from .history import History
from .twin import Twin, TwinStep, twin

__all__ = ["Checkpoint", "Difference", "History", "Twin", "TwinStep", "evaluate", "fit", "twin"]
