"""ReduceLROnPlateau: the rate falls when a metric has stopped improving.

After every epoch the metric m is compared with the best so far, b; with mode="min" it has improved if

    m < b (1 - threshold)        threshold_mode="rel"                             (1)
    m < b - threshold            threshold_mode="abs"                             (2)

and with mode="max" if m > b (1 + threshold) or m > b + threshold. More than `patience` epochs in a row without
improvement lower the rate of each group,

    lr  <-  max(factor lr, min_lr)      unless that changes it by eps or less     (3)

whereupon `cooldown` epochs pass without counting. A NaN improves on nothing, so a NaN metric lowers the rate in the end.
(1) supposes a positive metric: of a negative one it asks less than no improvement; take (2).

Unlike the schedules that know their budget, this one looks at the validation metric, which is therefore no longer quite
independent of the training: report the test set.
"""

import math
from typing import Any, SupportsFloat

from ...ops.number import check_number
from ...optimizer import Optimizer
from .schedule import LRScheduler, at_least, check_optimizer, one_a_group


class ReduceLROnPlateau(LRScheduler):
    """Multiply the rate by a factor whenever a metric has not improved for more than `patience` epochs.

    Args:
        optimizer: the Optimizer whose rates it sets.
        mode: "min" for a metric that should fall (a loss), "max" for one that should rise (an accuracy).
        factor: in [0, 1).
        patience: epochs without improvement that are waited for, at least 0; 0 reacts to the first.
        threshold: what counts as improvement, at least 0, relative to the best so far or absolute:
        threshold_mode: "rel" or "abs", (1) or (2).
        cooldown: epochs after a change that do not count, at least 0.
        min_lr: no rate falls below it, at least 0; or a list with one for each parameter group.
        eps: smaller changes of the rate are not made.

    Raises:
        TypeError: optimizer is not an Optimizer, or a metric is no number.
        ValueError: a setting out of range.

    Example:
        >>> import tinyreg
        >>> optimizer = tinyreg.optim.SGD([tinyreg.ones(1, requires_grad=True)], lr=1.0)
        >>> schedule = ReduceLROnPlateau(optimizer, patience=1)
        >>> for loss in (0.9, 0.8, 0.8, 0.8):
        ...     schedule.step(loss)
        >>> schedule.get_last_lr()
        [0.1]
    """

    needs_metric = True

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | list[float] = 0,
        eps: float = 1e-8,
    ) -> None:
        who = "ReduceLROnPlateau"
        check_optimizer(who, optimizer)
        check_number(who, factor=factor)
        if not 0 <= factor < 1:
            raise ValueError(f"{who}: factor must lie in [0, 1), got factor={factor}; 0.1 makes the rate ten times smaller")
        for name, value, choices in (("mode", mode, ("min", "max")), ("threshold_mode", threshold_mode, ("rel", "abs"))):
            if value not in choices:
                raise ValueError(f"{who}: {name} must be {choices[0]!r} or {choices[1]!r}, got {name}={value!r}; choose one")
        for setting in ({"patience": patience}, {"threshold": threshold}, {"cooldown": cooldown}, {"eps": eps}):
            at_least(who, 0, **setting)
        self.optimizer, self.factor, self.patience, self.cooldown, self.eps = optimizer, factor, patience, cooldown, eps
        self.mode, self.threshold, self.threshold_mode = mode, threshold, threshold_mode
        self.mode_worse = math.inf if mode == "min" else -math.inf
        self.default_min_lr = None if isinstance(min_lr, (list, tuple)) else min_lr
        self.min_lrs = one_a_group(who, optimizer, min_lr=min_lr)
        for value in self.min_lrs:
            at_least(who, 0, min_lr=value)
        self.last_epoch = 0
        self._last_lr = [group["lr"] for group in optimizer.param_groups]
        self._reset()

    def _reset(self):
        """Forget the metrics seen so far."""
        self.best = self.mode_worse
        self.cooldown_counter = 0
        self.num_bad_epochs = 0

    @property
    def in_cooldown(self) -> bool:
        """Whether epochs pass without counting."""
        return self.cooldown_counter > 0

    def step(self, metrics: SupportsFloat, epoch: None = None) -> None:  # type: ignore[override]  # as PyTorch
        """Look at the metric of another epoch; lower the rate if it was one too many without improvement.

        Args:
            metrics: the metric, a number or a Tensor of one element.
            epoch: must be left out; it counts by itself.

        Raises:
            TypeError: metrics is no number, or an epoch is given.

        Example:
            >>> import tinyreg
            >>> optimizer = tinyreg.optim.SGD([tinyreg.ones(1, requires_grad=True)], lr=1.0)
            >>> schedule = ReduceLROnPlateau(optimizer, patience=0, factor=0.5)
            >>> schedule.step(0.9)
            >>> schedule.step(tinyreg.tensor(1.1))
            >>> schedule.get_last_lr()
            [0.5]
        """
        check_number("ReduceLROnPlateau", metrics=metrics)
        if epoch is not None:
            raise TypeError(f"ReduceLROnPlateau: step() counts by itself, got epoch={epoch}; leave it out")
        current = float(metrics)
        self.last_epoch += 1
        if self._is_better(current, self.best):
            self.best, self.num_bad_epochs = current, 0
        else:
            self.num_bad_epochs += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce_lr()
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def _reduce_lr(self):
        groups = self.optimizer.param_groups
        if len(groups) != len(self.min_lrs):  # a group was added since
            if self.default_min_lr is None:
                raise RuntimeError(
                    f"ReduceLROnPlateau: min_lr must have one entry a group, got {len(self.min_lrs)} for {len(groups)} groups; "
                    "set min_lrs anew after add_param_group"
                )
            self.min_lrs = [self.default_min_lr] * len(groups)
        for group, low in zip(groups, self.min_lrs):
            old = float(group["lr"])
            new = max(old * self.factor, low)
            if old - new > self.eps:
                group["lr"] = new                                                 # (3)

    def _is_better(self, a, best):
        sign = 1 if self.mode == "min" else -1
        if self.threshold_mode == "rel":
            return sign * a < sign * (best * (1 - sign * self.threshold))         # (1)
        return sign * a < sign * (best - sign * self.threshold)                   # (2)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from what state_dict() returned; load the optimizer's state as well."""
        super().load_state_dict(state_dict)
        self.mode_worse = math.inf if self.mode == "min" else -math.inf
