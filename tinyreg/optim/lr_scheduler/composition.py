"""Several schedules on one optimizer: one after the other, or all at once."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from ...optimizer import Optimizer
from .decay import check_milestones
from .schedule import LRScheduler, check_optimizer


class _Composition(LRScheduler):
    """Schedules that act for this one; the state is theirs."""

    _schedulers: Sequence[LRScheduler]

    def _check(self, schedulers, optimizer):
        who = type(self).__name__
        if len(schedulers) < 1:
            raise ValueError(f"{who}: schedulers must hold a schedule, got an empty list; give at least one")
        for i, schedule in enumerate(schedulers):
            if not isinstance(schedule, LRScheduler):
                raise TypeError(f"{who}: schedulers must be schedules, got {type(schedule).__name__} at position {i}; make it one")
            if schedule.needs_metric:
                raise ValueError(
                    f"{who}: a schedule whose step() takes a metric must stand alone, got {type(schedule).__name__} at position {i}; "
                    "step it yourself"
                )
        optimizer = schedulers[0].optimizer if optimizer is None else optimizer
        check_optimizer(who, optimizer)
        for i, schedule in enumerate(schedulers):
            if schedule.optimizer is not optimizer:
                raise ValueError(
                    f"{who}: all schedules must act on the same optimizer, got {type(schedule).__name__} at position {i} on another "
                    f"{type(schedule.optimizer).__name__}; make it with this one"
                )
        return optimizer

    def _initial_step(self):
        """Begin as a part of another."""
        self._update_lr(0)

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer; the state of each of the schedules as state_dict() of its own."""
        return {**super().state_dict(), "_schedulers": [schedule.state_dict() for schedule in self._schedulers]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from what state_dict() returned; load the optimizer's state as well."""
        super().load_state_dict({key: value for key, value in state_dict.items() if key != "_schedulers"})
        for schedule, state in zip(self._schedulers, state_dict["_schedulers"], strict=True):
            schedule.load_state_dict(state)


class SequentialLR(_Composition):
    """One schedule after the other, each from its own t = 0: warmup and then a fall, for instance.

    Each computes its rates from lr_0, not from where the one before it stopped.

    Args:
        optimizer: the Optimizer on which all of them act.
        schedulers: the schedules, in their order.
        milestones: the times t at which the second, the third, ... begin: integers, not decreasing, one fewer than schedules.
        last_epoch: t of the last step() before; -1 begins anew.

    Raises:
        TypeError: schedulers holds something else, milestones are no integers.
        ValueError: no schedules, one that needs a metric, one on another optimizer, another number of milestones.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.ones(1, requires_grad=True)
        >>> w.sum().backward()
        >>> optimizer, lrs = tinyreg.optim.SGD([w], lr=1.0), tinyreg.optim.lr_scheduler
        >>> warmup, fall = lrs.LinearLR(optimizer, start_factor=0.5, total_iters=2), lrs.ExponentialLR(optimizer, gamma=0.1)
        >>> schedule, seen = SequentialLR(optimizer, [warmup, fall], milestones=[2]), []
        >>> for _ in range(4):
        ...     seen += schedule.get_last_lr()
        ...     optimizer.step()
        ...     schedule.step()
        >>> [round(lr, 4) for lr in seen]
        [0.5, 0.75, 1.0, 0.1]
    """

    def __init__(self, optimizer: Optimizer, schedulers: Sequence[LRScheduler], milestones: list[int], last_epoch: int = -1) -> None:
        check_optimizer("SequentialLR", optimizer)
        self._check(schedulers, optimizer)
        times = check_milestones("SequentialLR", milestones)
        if len(times) != len(schedulers) - 1 or times != sorted(times):
            raise ValueError(
                f"SequentialLR: milestones must be one fewer than the schedules and not decrease, got milestones={times} "
                f"for {len(schedulers)} schedules; each is the t at which the next schedule begins"
            )
        self._schedulers, self._milestones, self.optimizer = schedulers, times, optimizer
        self.last_epoch = last_epoch + 1
        for group in optimizer.param_groups:  # making the schedules has moved the rates
            group["lr"] = group["initial_lr"]
        _undo(self)
        first = schedulers[bisect_right(times, 0)]
        first._initial_step()
        self._last_lr = first.get_last_lr()

    def step(self, epoch: None = None) -> None:
        """Go on to the next rate, of the schedule whose turn it is; call it after optimizer.step()."""
        if epoch is not None:
            raise TypeError(f"SequentialLR: step() counts by itself, got epoch={epoch}; leave it out")
        self.last_epoch += 1
        turn = bisect_right(self._milestones, self.last_epoch)
        schedule = self._schedulers[turn]
        if turn > 0 and self._milestones[turn - 1] == self.last_epoch:
            schedule._update_lr(0)
        else:
            schedule.step()
        self._last_lr = schedule.get_last_lr()

    def _update_lr(self, epoch=None):
        """Begin anew, where this schedule is itself part of another."""
        self.last_epoch = epoch
        first = self._schedulers[bisect_right(self._milestones, epoch)]
        first._update_lr(epoch)
        self._last_lr = first.get_last_lr()


class ChainedScheduler(_Composition):
    """All schedules at once: each step() calls the step() of every one, so that their factors multiply.

    Args:
        schedulers: the schedules, in the order in which they act.
        optimizer: the Optimizer on which all of them act; None takes it from the first.

    Raises:
        TypeError: schedulers holds something else.
        ValueError: no schedules, one that needs a metric, one on another optimizer.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.ones(1, requires_grad=True)
        >>> w.sum().backward()
        >>> optimizer, lrs = tinyreg.optim.SGD([w], lr=1.0), tinyreg.optim.lr_scheduler
        >>> schedule = ChainedScheduler([lrs.ExponentialLR(optimizer, gamma=0.5), lrs.StepLR(optimizer, 2, gamma=0.5)])
        >>> for _ in range(2):
        ...     optimizer.step()
        ...     schedule.step()
        >>> schedule.get_last_lr()
        [0.125]
    """

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None) -> None:
        self.optimizer = self._check(schedulers, optimizer)
        self._schedulers = schedulers
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def step(self, epoch: None = None) -> None:
        """Step every schedule; call it after optimizer.step()."""
        if epoch is not None:
            raise TypeError(f"ChainedScheduler: step() counts by itself, got epoch={epoch}; leave it out")
        for schedule in self._schedulers:
            schedule.step()
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def _update_lr(self, epoch=None):
        """Begin anew, where this schedule is itself part of a SequentialLR."""
        for group in self.optimizer.param_groups:
            group["lr"] = group["initial_lr"]
        for schedule in self._schedulers:
            schedule.last_epoch = -1
            schedule._initial_step()
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]


def _undo(schedule):
    """Take the step back that each schedule made when it was created."""
    if isinstance(schedule, _Composition):
        for part in schedule._schedulers:
            _undo(part)
    else:
        schedule.last_epoch -= 1
