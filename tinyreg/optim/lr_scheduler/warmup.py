"""Schedules that begin low: with a constant factor, or along a straight line. Equations (8) and (9)."""

from ...optimizer import Optimizer
from .schedule import LRScheduler, at_least, within


class ConstantLR(LRScheduler):
    """Multiply the rate by a factor for the first total_iters steps.

    Args:
        optimizer, last_epoch: as LRScheduler's.
        factor: in [0, 1]; 0 stands still, 1 changes nothing.
        total_iters: how many steps are taken with it, an integer of at least 1.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.ones(1, requires_grad=True)
        >>> w.sum().backward()
        >>> optimizer = tinyreg.optim.SGD([w], lr=1.0)
        >>> schedule = ConstantLR(optimizer, factor=0.5, total_iters=1)
        >>> before = schedule.get_last_lr()
        >>> optimizer.step()
        >>> schedule.step()
        >>> before, schedule.get_last_lr()
        ([0.5], [1.0])
    """

    def __init__(self, optimizer: Optimizer, factor: float = 1.0 / 3, total_iters: int = 5, last_epoch: int = -1) -> None:
        within("ConstantLR", 0, 1, factor=factor)
        at_least("ConstantLR", 1, total_iters=total_iters)
        self.factor, self.total_iters = factor, total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Equation (8)."""
        factor = 1.0
        if self.last_epoch == 0:
            factor = self.factor
        elif self.last_epoch == self.total_iters:
            if self.factor == 0:  # no factor leads back: start from lr_0
                return self.base_lrs
            factor = 1.0 / self.factor
        return [group["lr"] * factor for group in self.optimizer.param_groups]    # (8)

    def _get_closed_form_lr(self):
        return [base * (self.factor if self.last_epoch < self.total_iters else 1.0) for base in self.base_lrs]    # (8)


class LinearLR(LRScheduler):
    """Let the rate go along a straight line from one factor to another within total_iters steps; it stays there.

    Args:
        optimizer, last_epoch: as LRScheduler's.
        start_factor: lr_0 is multiplied by it at first; in (0, 1].
        end_factor: and by this in the end; in [0, 1].
        total_iters: steps from one to the other, an integer of at least 1.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.ones(1, requires_grad=True)
        >>> w.sum().backward()
        >>> optimizer = tinyreg.optim.SGD([w], lr=1.0)
        >>> schedule = LinearLR(optimizer, start_factor=0.5, total_iters=2)
        >>> for _ in range(1):
        ...     optimizer.step()
        ...     schedule.step()
        >>> round(schedule.get_last_lr()[0], 4)
        0.75
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        within("LinearLR", 0, 1, start_factor=start_factor)
        if start_factor == 0:
            raise ValueError(f"LinearLR: start_factor must be positive, got start_factor={start_factor}; 0.001 is nearly nothing")
        within("LinearLR", 0, 1, end_factor=end_factor)
        at_least("LinearLR", 1, total_iters=total_iters)
        self.start_factor, self.end_factor, self.total_iters = start_factor, end_factor, total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Equation (9)."""
        t, rise = self.last_epoch, self.end_factor - self.start_factor
        factor = 1.0
        if t == 0:
            factor = self.start_factor
        elif not self._is_initial and t <= self.total_iters:
            factor = 1.0 + rise / (self.total_iters * self.start_factor + (t - 1) * rise)
        return [group["lr"] * factor for group in self.optimizer.param_groups]    # (9)

    def _get_closed_form_lr(self):
        share = min(self.last_epoch, self.total_iters) / self.total_iters
        return [base * (self.start_factor + (self.end_factor - self.start_factor) * share) for base in self.base_lrs]    # (9)
