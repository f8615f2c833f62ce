"""Schedules that only fall: in steps, exponentially, as a power of the time left, as 1/t. Equations (1) to (5)."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from typing import Any

from ...optimizer import Optimizer
from .schedule import LRScheduler, at_least


class StepLR(LRScheduler):
    """Multiply the rate by gamma every step_size steps.

    Args:
        optimizer, last_epoch: as LRScheduler's.
        step_size: steps between two changes, an integer of at least 1.
        gamma: the factor, at least 0; 1 changes nothing.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.ones(1, requires_grad=True)
        >>> w.sum().backward()
        >>> optimizer = tinyreg.optim.SGD([w], lr=1.0)
        >>> schedule = StepLR(optimizer, step_size=2, gamma=0.5)
        >>> for _ in range(4):
        ...     optimizer.step()
        ...     schedule.step()
        >>> round(schedule.get_last_lr()[0], 4)
        0.25
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        at_least("StepLR", 1, step_size=step_size)
        at_least("StepLR", 0, gamma=gamma)
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Equation (1)."""
        now = self.last_epoch > 0 and self.last_epoch % self.step_size == 0
        return [group["lr"] * self.gamma if now else group["lr"] for group in self.optimizer.param_groups]    # (1)

    def _get_closed_form_lr(self):
        return [base * self.gamma ** (self.last_epoch // self.step_size) for base in self.base_lrs]    # (1)


class MultiStepLR(LRScheduler):
    """Multiply the rate by gamma at each milestone.

    Args:
        optimizer, last_epoch: as LRScheduler's.
        milestones: the times t of the changes, integers; one that stands there twice counts twice.
        gamma: the factor, at least 0; 1 changes nothing.

    Raises:
        TypeError: milestones is no sequence of integers.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.ones(1, requires_grad=True)
        >>> w.sum().backward()
        >>> optimizer = tinyreg.optim.SGD([w], lr=1.0)
        >>> schedule = MultiStepLR(optimizer, milestones=[1, 4], gamma=0.5)
        >>> for _ in range(4):
        ...     optimizer.step()
        ...     schedule.step()
        >>> round(schedule.get_last_lr()[0], 4)
        0.25
    """

    def __init__(self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1) -> None:
        at_least("MultiStepLR", 0, gamma=gamma)
        self.milestones, self.gamma = Counter(check_milestones("MultiStepLR", milestones)), gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Equation (2)."""
        factor = self.gamma ** self.milestones[self.last_epoch]  # a Counter: 0 for times that are none
        return [group["lr"] * factor for group in self.optimizer.param_groups]    # (2)

    def _get_closed_form_lr(self):
        passed = bisect_right(sorted(self.milestones.elements()), self.last_epoch)
        return [base * self.gamma**passed for base in self.base_lrs]              # (2)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from what state_dict() returned; load the optimizer's state as well."""
        super().load_state_dict({**state_dict, "milestones": Counter(state_dict["milestones"])})  # a file holds a plain dict


class ExponentialLR(LRScheduler):
    """Multiply the rate by gamma at every step.

    Args:
        optimizer, last_epoch: as LRScheduler's.
        gamma: the factor, at least 0; 1 changes nothing.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.ones(1, requires_grad=True)
        >>> w.sum().backward()
        >>> optimizer = tinyreg.optim.SGD([w], lr=1.0)
        >>> schedule = ExponentialLR(optimizer, gamma=0.5)
        >>> for _ in range(3):
        ...     optimizer.step()
        ...     schedule.step()
        >>> round(schedule.get_last_lr()[0], 4)
        0.125
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        at_least("ExponentialLR", 0, gamma=gamma)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Equation (3)."""
        return self._scaled(self.gamma)                                           # (3)

    def _get_closed_form_lr(self):
        return [base * self.gamma**self.last_epoch for base in self.base_lrs]     # (3)


class PolynomialLR(LRScheduler):
    """Let the rate fall to 0 in total_iters steps, as a power of the time that is left; it stays there.

    Args:
        optimizer, last_epoch: as LRScheduler's.
        total_iters: steps to 0, an integer of at least 1.
        power: 1 falls along a straight line, 2 along a parabola; at least 0.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.ones(1, requires_grad=True)
        >>> w.sum().backward()
        >>> optimizer = tinyreg.optim.SGD([w], lr=1.0)
        >>> schedule = PolynomialLR(optimizer, total_iters=4)
        >>> for _ in range(3):
        ...     optimizer.step()
        ...     schedule.step()
        >>> round(schedule.get_last_lr()[0], 4)
        0.25
    """

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1) -> None:
        at_least("PolynomialLR", 1, total_iters=total_iters)
        at_least("PolynomialLR", 0, power=power)
        self.total_iters, self.power = total_iters, power
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Equation (4)."""
        t, n = self.last_epoch, self.total_iters
        return self._scaled(1.0 if t > n else ((1 - t / n) / (1 - (t - 1) / n)) ** self.power)    # (4)

    def _get_closed_form_lr(self):
        left = 1 - min(self.last_epoch, self.total_iters) / self.total_iters
        return [base * left**self.power for base in self.base_lrs]                # (4)


class InverseTimeLR(LRScheduler):
    """Let the rate fall as 1/t: the schedule for which the theory of stochastic approximation proves convergence.

    Args:
        optimizer, last_epoch: as LRScheduler's.
        gamma: how fast it falls, at least 0: after 1/gamma steps half of the rate is left; 0 keeps it.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.ones(1, requires_grad=True)
        >>> w.sum().backward()
        >>> optimizer = tinyreg.optim.SGD([w], lr=1.0)
        >>> schedule = InverseTimeLR(optimizer, gamma=1.0)
        >>> for _ in range(3):
        ...     optimizer.step()
        ...     schedule.step()
        >>> round(schedule.get_last_lr()[0], 4)
        0.25
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        at_least("InverseTimeLR", 0, gamma=gamma)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Equation (5)."""
        return self._scaled((1 + self.gamma * (self.last_epoch - 1)) / (1 + self.gamma * self.last_epoch))    # (5)

    def _get_closed_form_lr(self):
        return [base / (1 + self.gamma * self.last_epoch) for base in self.base_lrs]    # (5)


def check_milestones(who, milestones):
    """The times as a list; refuse what are no integers."""
    times = list(milestones) if isinstance(milestones, Iterable) else [milestones]
    if not isinstance(milestones, Iterable) or not all(hasattr(time, "__index__") for time in times):
        raise TypeError(f"{who}: milestones must be integers, got milestones={milestones!r:.60}; give a list such as [30, 80]")
    return [int(time) for time in times]
