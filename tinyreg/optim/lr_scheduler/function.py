"""Schedules that follow a function of yours. Equations (10) and (11)."""

import types
from collections.abc import Callable
from typing import Any

from ...optimizer import Optimizer
from .schedule import LRScheduler, check_optimizer, one_a_group

Factor = Callable[[int], float]


class _OfFunctions(LRScheduler):
    """One function of t a group; functions are not saved."""

    def __init__(self, optimizer: Optimizer, lr_lambda: Factor | list[Factor], last_epoch: int = -1) -> None:
        who = type(self).__name__
        check_optimizer(who, optimizer)
        self.lr_lambdas: list[Any] = one_a_group(who, optimizer, lr_lambda=lr_lambda)
        for function in self.lr_lambdas:
            if not callable(function):
                raise TypeError(f"{who}: lr_lambda must be a function of t, got {function!r:.60}; write lambda t: 0.9**t")
        super().__init__(optimizer, last_epoch)

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer; of the functions, only callable objects are saved, by their attributes."""
        plain = (types.FunctionType, types.BuiltinFunctionType)
        return {**super().state_dict(), "lr_lambdas": [None if isinstance(f, plain) else dict(f.__dict__) for f in self.lr_lambdas]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from what state_dict() returned; the functions are the ones given to this schedule."""
        super().load_state_dict({key: value for key, value in state_dict.items() if key != "lr_lambdas"})
        for function, attributes in zip(self.lr_lambdas, state_dict["lr_lambdas"], strict=True):
            if attributes is not None:
                function.__dict__.update(attributes)


class LambdaLR(_OfFunctions):
    """Set the rate to its first value times a function of the number of steps.

    Args:
        optimizer, last_epoch: as LRScheduler's.
        lr_lambda: a function of t that returns the factor, or a list with one for each parameter group.

    Raises:
        TypeError: lr_lambda is no function.
        ValueError: another number of functions than of groups.

    Example:
        >>> import tinyreg
        >>> optimizer = tinyreg.optim.SGD([tinyreg.ones(1, requires_grad=True)], lr=1.0)
        >>> LambdaLR(optimizer, lambda t: 0.5 ** (t + 1)).get_last_lr()
        [0.5]
    """

    def get_lr(self) -> list[float]:
        """Equation (10)."""
        return [base * function(self.last_epoch) for base, function in zip(self.base_lrs, self.lr_lambdas)]    # (10)


class MultiplicativeLR(_OfFunctions):
    """Multiply the rate, at every step, by a function of the number of steps.

    Args:
        optimizer, last_epoch: as LRScheduler's.
        lr_lambda: a function of t that returns the factor of the step to t, or a list with one for each parameter group;
            it is first asked at t = 1.

    Raises:
        TypeError: lr_lambda is no function.
        ValueError: another number of functions than of groups.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.ones(1, requires_grad=True)
        >>> w.sum().backward()
        >>> optimizer = tinyreg.optim.SGD([w], lr=1.0)
        >>> schedule = MultiplicativeLR(optimizer, lambda t: 1 / (t + 1))
        >>> for _ in range(2):
        ...     optimizer.step()
        ...     schedule.step()
        >>> round(schedule.get_last_lr()[0], 4)
        0.1667
    """

    def get_lr(self) -> list[float]:
        """Equation (11)."""
        groups = self.optimizer.param_groups
        if self._is_initial:
            return [group["lr"] for group in groups]
        return [group["lr"] * function(self.last_epoch) for group, function in zip(groups, self.lr_lambdas)]    # (11)
