"""LRScheduler: what all schedules have in common, the counting of time and the state."""

import math
import numbers
import warnings
from typing import Any

from ...ops.number import check_number
from ...optimizer import Optimizer


class LRScheduler:
    """Base class of schedules: a subclass writes `get_lr()`, which returns the rate of each parameter group.

    Args:
        optimizer: the Optimizer whose rates it sets, at once and at each step().
        last_epoch: t of the last step() before; -1 begins anew. To resume, give the optimizer its saved state first,
            which holds "initial_lr".

    Attributes:
        last_epoch: t.
        base_lrs: lr_0 of each group.
        needs_metric: whether step() takes the value of a metric, as ReduceLROnPlateau's does.

    Raises:
        TypeError: optimizer is not an Optimizer.
        KeyError: resuming from a group without "initial_lr".

    Example:
        >>> import tinyreg
        >>> class Halve(tinyreg.optim.lr_scheduler.LRScheduler):
        ...     def get_lr(self):
        ...         return [lr / 2**self.last_epoch for lr in self.base_lrs]
        >>> optimizer = tinyreg.optim.SGD([tinyreg.ones(1, requires_grad=True)], lr=1.0)
        >>> Halve(optimizer).get_last_lr()
        [1.0]
    """

    needs_metric = False
    _is_initial = False
    last_epoch: int
    _step_count: int
    _last_lr: list[float]

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        who = type(self).__name__
        check_optimizer(who, optimizer)
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", float(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"{who}: group {i} must hold 'initial_lr' to resume from last_epoch={last_epoch}, got {sorted(group)}; "
                    "load the optimizer's saved state first"
                )
        self.optimizer = optimizer
        self.base_lrs: list[float] = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._initial_step()

    def _initial_step(self):
        """The step to where the schedule begins: no optimizer step went before it."""
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def get_lr(self) -> list[float]:
        """The rate of each group at t = last_epoch; every subclass writes its own."""
        raise NotImplementedError(f"{type(self).__name__}: get_lr must be written, got a schedule without one; define get_lr(self)")

    def _get_closed_form_lr(self) -> list[float]:
        """The same from lr_0, whatever the rate is now: where a SequentialLR puts the schedule at t = 0."""
        return self.get_lr()

    def get_last_lr(self) -> list[float]:
        """The rate of each group that the last step() set.

        Example:
            >>> import tinyreg
            >>> w = tinyreg.ones(1, requires_grad=True)
            >>> optimizer = tinyreg.optim.SGD([w], lr=0.5)
            >>> schedule = tinyreg.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
            >>> schedule.get_last_lr()
            [0.5]
        """
        return self._last_lr

    def step(self, epoch: None = None) -> None:
        """Go on to the next rate; call it after optimizer.step().

        Args:
            epoch: must be left out; it counts by itself.

        Raises:
            TypeError: an epoch.

        Example:
            >>> import tinyreg
            >>> w = tinyreg.ones(1, requires_grad=True)
            >>> optimizer = tinyreg.optim.SGD([w], lr=0.5)
            >>> schedule = tinyreg.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
            >>> w.sum().backward()
            >>> optimizer.step()
            >>> schedule.step()
            >>> schedule.get_last_lr()
            [0.25]
        """
        who = type(self).__name__
        if epoch is not None:
            raise TypeError(f"{who}: step() counts by itself, got epoch={epoch}; leave it out, or set last_epoch")
        followed = self.optimizer.steps > 0 or type(self.optimizer).step is not Optimizer.step
        if self._step_count == 1 and not followed:
            warnings.warn(
                f"{who}: step() must follow optimizer.step(), got it before the first one; the first learning rate, "
                f"{self._last_lr[0]:g}, is never used. Call optimizer.step() first",
                stacklevel=2,
            )
        self._step_count += 1
        self._update_lr()

    def _update_lr(self, epoch=None):
        """Set the rates of the next t; or, from lr_0, those of t = epoch."""
        if epoch is None:
            self.last_epoch += 1
            rates = self.get_lr()
        else:
            self.last_epoch = epoch
            rates = self._get_closed_form_lr()
        self._set(rates)

    def _set(self, rates):
        """Hand one rate to each group."""
        groups = self.optimizer.param_groups
        if len(rates) != len(groups):
            raise ValueError(
                f"{type(self).__name__}: get_lr must return one rate a group, got {len(rates)} for {len(groups)} groups; "
                "make the schedule after the last add_param_group"
            )
        for group, rate in zip(groups, rates):
            group["lr"] = float(rate)
        self._last_lr = [group["lr"] for group in groups]

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer, whose own state_dict holds the rates.

        Example:
            >>> import tinyreg
            >>> w = tinyreg.ones(1, requires_grad=True)
            >>> optimizer = tinyreg.optim.SGD([w], lr=0.5)
            >>> schedule = tinyreg.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
            >>> schedule.state_dict()["last_epoch"]
            0
        """
        return {key: value for key, value in self.__dict__.items() if key != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from what state_dict() returned; load the optimizer's state as well.

        Args:
            state_dict: what state_dict() of a schedule of the same kind returned.

        Example:
            >>> import tinyreg
            >>> w = tinyreg.ones(1, requires_grad=True)
            >>> optimizer = tinyreg.optim.SGD([w], lr=0.5)
            >>> schedule = tinyreg.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
            >>> schedule.load_state_dict({**schedule.state_dict(), "last_epoch": 3})
            >>> schedule.last_epoch
            3
        """
        self.__dict__.update(state_dict)

    def _scaled(self, factor):
        """The current rates times a factor; the ones that stand when the schedule begins, or resumes, are kept."""
        return [group["lr"] if self._is_initial else group["lr"] * factor for group in self.optimizer.param_groups]


def check_optimizer(who, optimizer):
    """Refuse what is no Optimizer."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{who}: optimizer must be an Optimizer, got {type(optimizer).__name__}; pass the optimizer itself")


def at_least(who, low, **setting):
    """Refuse a setting below its lowest value; where that is 1, it counts steps and must be an integer."""
    check_number(who, **setting)
    ((name, value),) = setting.items()
    if not low <= value < math.inf or (low == 1 and not isinstance(value, numbers.Integral)):
        kind = "an integer" if low == 1 else "a finite number"
        raise ValueError(f"{who}: {name} must be {kind} of at least {low}, got {name}={value}; give {low} or more")


def within(who, low, high, **setting):
    """Refuse a setting outside of [low, high]."""
    check_number(who, **setting)
    ((name, value),) = setting.items()
    if not low <= value <= high:
        raise ValueError(f"{who}: {name} must lie in [{low}, {high}], got {name}={value}; give a number between them")


def one_a_group(who, optimizer, **setting):
    """A setting as a list with one entry a parameter group: itself, if it is one, else repeated."""
    ((name, value),) = setting.items()
    count = len(optimizer.param_groups)
    values = list(value) if isinstance(value, (list, tuple)) else [value] * count
    if len(values) != count:
        raise ValueError(f"{who}: {name} must have one entry a group, got {len(values)} for {count} groups; give one each, or one for all")
    return values
