"""The schedule that goes with weight averaging: from whatever the rate is to a constant one. Equation (12)."""

import math
from typing import Any

from ...optimizer import Optimizer
from .schedule import LRScheduler, at_least, check_optimizer, one_a_group

SHARES = {"linear": lambda time: time, "cos": lambda time: (1 - math.cos(math.pi * time)) / 2}


class SWALR(LRScheduler):
    """Move the rate to swa_lr in anneal_epochs steps, and keep it there: the constant rate under which weights are averaged.

    It counts from its own first step, and starts from the rate that the optimizer then has: another schedule may have run
    before. The rate may rise as well as fall.

    Args:
        optimizer, last_epoch: as LRScheduler's.
        swa_lr: the rate at the end, a finite number of at least 0; or a list, one a group.
        anneal_epochs: steps on the way, an integer of at least 0; 0 jumps at once.
        anneal_strategy: 'cos' along half a cosine, 'linear' along a straight line.

    Raises:
        ValueError: swa_lr that is negative or not one a group; anneal_epochs that is none; another anneal_strategy.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.ones(1, requires_grad=True)
        >>> w.sum().backward()
        >>> optimizer = tinyreg.optim.SGD([w], lr=1.0)
        >>> schedule = SWALR(optimizer, swa_lr=0.2, anneal_epochs=2)
        >>> for _ in range(3):
        ...     optimizer.step()
        ...     schedule.step()
        ...     print(round(schedule.get_last_lr()[0], 4))
        0.6
        0.2
        0.2
    """

    def __init__(
        self, optimizer: Optimizer, swa_lr: float | list[float], anneal_epochs: int = 10, anneal_strategy: str = "cos", last_epoch: int = -1
    ) -> None:  # fmt: skip
        check_optimizer("SWALR", optimizer)
        rates = one_a_group("SWALR", optimizer, swa_lr=swa_lr)
        for rate in rates:
            at_least("SWALR", 0, swa_lr=rate)
        if anneal_strategy not in SHARES:
            raise ValueError(f"SWALR: anneal_strategy must be 'cos' or 'linear', got anneal_strategy={anneal_strategy!r}; 'cos' is gentler")
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"SWALR: anneal_epochs must be an integer of at least 0, got anneal_epochs={anneal_epochs}; 0 jumps at once")
        for rate, group in zip(rates, optimizer.param_groups):
            group["swa_lr"] = float(rate)
        self.anneal_epochs, self._anneal_strategy = anneal_epochs, anneal_strategy
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Equation (12)."""
        t = self._step_count - 1
        if self.anneal_epochs == 0:
            t = max(1, t)
        before, now = (SHARES[self._anneal_strategy](max(0, min(1, time / max(1, self.anneal_epochs)))) for time in (t - 1, t))
        return [self._between(group, before, now) for group in self.optimizer.param_groups]

    @staticmethod
    def _between(group: dict[str, Any], before: float, now: float) -> float:
        """The rate at the share `now`, from the one at the share `before`: what it began with can be told from that."""
        rate, last = group["lr"], group["swa_lr"]
        start = last if before == 1 else (rate - before * last) / (1 - before)
        return float((1 - now) * start + now * last)                              # (12)
