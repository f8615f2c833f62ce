"""Sums over an epoch: the loss, and the hits where the targets are classes."""

import math
from typing import Any

from .. import backend
from ..autograd import Tensor


class Meter:
    """Sums over an epoch, kept where the arrays live: a GPU is read every `every` batches, the CPU at once.

    Example:
        >>> import tinyreg
        >>> meter = Meter()
        >>> meter.add(tinyreg.tensor(0.5), tinyreg.tensor([[2.0, 1.0], [0.0, 1.0]]), tinyreg.tensor([0, 0]))
        >>> meter.means()
        {'loss': 0.5, 'accuracy': 0.5}
    """

    def __init__(self) -> None:
        self.loss: Any = 0.0
        self.latest: Any = 0.0  # of the last batch
        self.correct: Any = 0.0
        self.examples = 0
        self.classes = False
        self.every = 1 if backend.current() == "numpy" else 50

    def add(self, value: Tensor, output: Tensor, y: Any) -> None:
        """Count one batch; y is a Tensor, or what has the length of the batch and holds no single class (MixedTarget)."""
        if value.array.ndim:
            raise ValueError(f"fit: loss must be a 0-d Tensor, got shape {value.array.shape}; use reduction='mean'")
        self.latest = value.array
        self.loss = self.loss + value.array.astype("float64") * len(y)
        self.examples += len(y)
        if isinstance(y, Tensor) and output.array.ndim == 2 and y.array.ndim == 1 and y.array.dtype.kind in "iu":
            self.classes = True
            self.correct = self.correct + (output.array.argmax(axis=1) == y.array).sum()

    def finite(self) -> bool:
        """Whether all losses so far were numbers; a GPU is waited for."""
        backend.run_checks()
        return math.isfinite(float(self.loss))

    def rises(self) -> bool:
        """Whether the last batch had more than twice the mean loss so far; a GPU is waited for."""
        return float(self.latest) * self.examples > 2 * float(self.loss)

    def means(self) -> dict[str, float]:
        """The mean loss, and the accuracy where classes were counted."""
        backend.run_checks()
        means = {"loss": float(self.loss) / self.examples}
        if self.classes:
            means["accuracy"] = float(self.correct) / self.examples
        return means

    def state_dict(self) -> dict[str, Any]:
        """The sums so far, as numbers."""
        return {"loss": float(self.loss), "correct": float(self.correct), "examples": self.examples, "classes": self.classes}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from the sums that state_dict() returned."""
        self.loss, self.correct = state_dict["loss"], state_dict["correct"]
        self.examples, self.classes = state_dict["examples"], state_dict["classes"]
