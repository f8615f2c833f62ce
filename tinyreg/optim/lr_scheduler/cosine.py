"""Schedules that fall along half a cosine, once or again and again. Equations (6) and (7)."""

import math

from ...optimizer import Optimizer
from .schedule import LRScheduler, at_least


class CosineAnnealingLR(LRScheduler):
    """Let the rate fall along half a cosine to eta_min in T_max steps; it rises again afterwards, with period 2 T_max.

    Args:
        optimizer, last_epoch: as LRScheduler's.
        T_max: steps to the bottom, an integer of at least 1.
        eta_min: the rate at the bottom, at least 0.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.ones(1, requires_grad=True)
        >>> w.sum().backward()
        >>> optimizer = tinyreg.optim.SGD([w], lr=1.0)
        >>> schedule = CosineAnnealingLR(optimizer, T_max=2)
        >>> for _ in range(1):
        ...     optimizer.step()
        ...     schedule.step()
        >>> round(schedule.get_last_lr()[0], 4)
        0.5
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        at_least("CosineAnnealingLR", 1, T_max=T_max)
        at_least("CosineAnnealingLR", 0, eta_min=eta_min)
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Equation (6)."""
        groups, low = self.optimizer.param_groups, self.eta_min
        if self._is_initial:
            return [group["lr"] for group in groups]
        before, after = (1 + math.cos(math.pi * t / self.T_max) for t in (self.last_epoch - 1, self.last_epoch))
        if (self.last_epoch - 1 - self.T_max) % (2 * self.T_max) == 0:  # at the bottom the ratio is 0/0: start from there
            return [group["lr"] + (base - low) * after / 2 for base, group in zip(self.base_lrs, groups)]
        return [low + (group["lr"] - low) * after / before for group in groups]   # (6)

    def _get_closed_form_lr(self):
        share = (1 + math.cos(math.pi * self.last_epoch / self.T_max)) / 2
        return [self.eta_min + (base - self.eta_min) * share for base in self.base_lrs]    # (6)


class CosineAnnealingWarmRestarts(LRScheduler):
    """Let the rate fall along half a cosine, jump back to its first value, and fall again, each time more slowly.

    The i-th fall takes T_i = T_0 T_mult^i steps; in it, T_cur counts the steps since its start and takes the place of t
    in (6), T_i that of T_max.

    Args:
        optimizer, last_epoch: as LRScheduler's.
        T_0: steps of the first fall, an integer of at least 1.
        T_mult: how many times longer each fall is than the one before it, an integer of at least 1.
        eta_min: the rate at the bottom, at least 0.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.ones(1, requires_grad=True)
        >>> w.sum().backward()
        >>> optimizer = tinyreg.optim.SGD([w], lr=1.0)
        >>> schedule = CosineAnnealingWarmRestarts(optimizer, T_0=2)
        >>> for _ in range(3):
        ...     optimizer.step()
        ...     schedule.step()
        >>> round(schedule.get_last_lr()[0], 4)
        0.5
    """

    def __init__(self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        who = "CosineAnnealingWarmRestarts"
        at_least(who, 1, T_0=T_0)
        at_least(who, 1, T_mult=T_mult)
        at_least(who, 0, eta_min=eta_min)
        self.T_0, self.T_i, self.T_mult, self.eta_min = T_0, T_0, T_mult, eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Equation (7)."""
        share = (1 + math.cos(math.pi * self.T_cur / self.T_i)) / 2
        return [self.eta_min + (base - self.eta_min) * share for base in self.base_lrs]    # (7)

    def step(self, epoch: float | None = None) -> None:
        """Go on to the next rate, or to the one of any time.

        Args:
            epoch: t, at least 0; epoch + i / len(loader) after the i-th batch lets the rate fall within an epoch, too.

        Raises:
            ValueError: epoch is negative.

        Example:
            >>> import tinyreg
            >>> optimizer = tinyreg.optim.SGD([tinyreg.ones(1, requires_grad=True)], lr=1.0)
            >>> schedule = CosineAnnealingWarmRestarts(optimizer, T_0=2, T_mult=2)
            >>> schedule.step(4)
            >>> round(schedule.get_last_lr()[0], 4)
            0.5
        """
        if epoch is not None:
            at_least("CosineAnnealingWarmRestarts", 0, epoch=epoch)
        self._update_lr(0 if epoch is None and self.last_epoch < 0 else epoch)

    def _update_lr(self, epoch=None):
        if epoch is None:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur, self.T_i = self.T_cur % self.T_i, self.T_i * self.T_mult
        elif epoch < self.T_0:
            self.T_cur, self.T_i = epoch, self.T_0
        elif self.T_mult == 1:
            self.T_cur = epoch % self.T_0
        else:  # the falls before the n-th take T_0 (T_mult^n - 1) / (T_mult - 1) steps
            n = int(math.log(epoch / self.T_0 * (self.T_mult - 1) + 1, self.T_mult))
            self.T_cur = epoch - self.T_0 * (self.T_mult**n - 1) / (self.T_mult - 1)
            self.T_i = self.T_0 * self.T_mult**n
        self.last_epoch = math.floor(epoch)
        self._set(self.get_lr())
