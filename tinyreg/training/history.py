"""What a training run measured, epoch by epoch."""

from typing import Any


class History:
    """Rows of numbers, one an epoch, that `fit` returns.

    Attributes:
        rows: one dict an epoch: epoch (from 1), loss, accuracy, val_loss, val_accuracy (where there is something to
            measure them on), lr (at the end of the epoch), seconds.
        steps: optimizer steps taken.
        stopped: why training ended, a sentence.

    Example:
        >>> history = History()
        >>> history.rows += [{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.25}]
        >>> history["loss"], len(history)
        ([0.5, 0.25], 2)
    """

    def __init__(self) -> None:
        self.rows = []
        self.steps = 0
        self.stopped = ""

    def __getitem__(self, name: str) -> list[Any]:
        known = sorted({key for row in self.rows for key in row})
        if name not in known:
            raise KeyError(f"History: name must be one of {known}, got {name!r}; it lists what was measured")
        return [row.get(name) for row in self.rows]

    def __len__(self) -> int:
        return len(self.rows)

    def state_dict(self) -> dict[str, Any]:
        """The rows, the steps and the reason of the end, as numbers and strings.

        Example:
            >>> History().state_dict()
            {'rows': [], 'steps': 0, 'stopped': ''}
        """
        return {"rows": [dict(row) for row in self.rows], "steps": self.steps, "stopped": self.stopped}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Become what state_dict() returned.

        Args:
            state_dict: what state_dict() returned.

        Example:
            >>> history = History()
            >>> history.load_state_dict({"rows": [{"epoch": 1, "loss": 0.5}], "steps": 8, "stopped": ""})
            >>> history.steps, history["loss"]
            (8, [0.5])
        """
        self.rows = [dict(row) for row in state_dict["rows"]]
        self.steps, self.stopped = state_dict["steps"], state_dict["stopped"]

    def __repr__(self) -> str:
        last = ", ".join(f"{k}={v:.4g}" for k, v in self.rows[-1].items() if k != "epoch") if self.rows else "nothing yet"
        return f"History({len(self)} epochs, {self.steps} steps: {last})"
