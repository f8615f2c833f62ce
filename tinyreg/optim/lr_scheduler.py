"""Schedules: the learning rate as a function of time.

t counts the calls of step(), after epochs or after single steps; lr_0 is the rate that the optimizer had at first:

    StepLR               lr_t = lr_0 gamma^floor(t / step_size)                   (1)
    ExponentialLR        lr_t = lr_0 gamma^t                                      (2)
    CosineAnnealingLR    lr_t = eta_min + (lr_0 - eta_min) (1 + cos(pi t / T_max)) / 2    (3)
    PolynomialLR         lr_t = lr_0 (1 - min(t, n) / n)^power,  n = total_iters  (4)
    LambdaLR             lr_t = lr_0 lr_lambda(t)                                 (5)
    InverseTimeLR        lr_t = lr_0 / (1 + gamma t)                              (6)

Why rates fall. Near a minimum a stochastic gradient is mostly noise, and a constant rate keeps the weights jumping
around it: on w^2/2 with gradient noise of variance s^2 the mean square of w settles at s^2 lr / (2 - lr), not at 0. It
goes to 0 if the rates add up to infinity (every minimum can be reached) while their squares do not (the noise dies out);
of the schedules above, (6) is the one that satisfies both (Robbins & Monro 1951). The others stop within a budget.

Each class computes lr_t from the current rate by the ratio lr_t / lr_(t-1), as PyTorch's "chainable" schedules do, so
that several may act on one optimizer and a rate changed by hand stays changed. (5) alone starts from lr_0 each time.

Call scheduler.step() after optimizer.step(). The other way round the first rate is never used (a warning says so).

Source. Loshchilov & Hutter 2017, SGDR, arXiv 1608.03983, equation 5, for (3) without restarts.
"""

import math
import types
import warnings

from ..ops.number import check_number
from ..optimizer import Optimizer


class LRScheduler:
    """Base class of schedules: a subclass writes `get_lr()`, which returns the rate of each parameter group.

    Args:
        optimizer: the Optimizer whose rates it sets, at once and at each step().
        last_epoch: t of the last step() before; -1 begins anew. To resume, give the optimizer its saved state first,
            which holds "initial_lr".

    Attributes:
        last_epoch: t.
        base_lrs: lr_0 of each group.

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

    _is_initial = False

    def __init__(self, optimizer, last_epoch=-1):
        who = type(self).__name__
        _check_optimizer(who, optimizer)
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", float(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"{who}: group {i} must hold 'initial_lr' to resume from last_epoch={last_epoch}, got {sorted(group)}; "
                    "load the optimizer's saved state first"
                )
        self.optimizer = optimizer
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._step_count = 0
        self._last_lr: list[float] = []
        self._is_initial = True
        self.step()
        self._is_initial = False

    def get_lr(self):
        """The rate of each group at t = last_epoch; every subclass writes its own."""
        raise NotImplementedError(f"{type(self).__name__}: get_lr must be written, got a schedule without one; define get_lr(self)")

    def get_last_lr(self):
        """The rate of each group that the last step() set.

        Example:
            >>> import tinyreg
            >>> w = tinyreg.ones(1, requires_grad=True)
            >>> optimizer = tinyreg.optim.SGD([w], lr=0.5)
            >>> schedule = StepLR(optimizer, step_size=1, gamma=0.5)
            >>> schedule.get_last_lr()
            [0.5]
        """
        return self._last_lr

    def step(self, epoch=None):
        """Go on to the next rate; call it after optimizer.step().

        Args:
            epoch: must be left out; it counts by itself.

        Raises:
            TypeError: an epoch.

        Example:
            >>> import tinyreg
            >>> w = tinyreg.ones(1, requires_grad=True)
            >>> optimizer = tinyreg.optim.SGD([w], lr=0.5)
            >>> schedule = StepLR(optimizer, step_size=1, gamma=0.5)
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
        self.last_epoch += 1
        rates = self.get_lr()
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            group["lr"] = float(rate)
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self):
        """Everything but the optimizer, whose own state_dict holds the rates.

        Example:
            >>> import tinyreg
            >>> w = tinyreg.ones(1, requires_grad=True)
            >>> optimizer = tinyreg.optim.SGD([w], lr=0.5)
            >>> schedule = StepLR(optimizer, step_size=1, gamma=0.5)
            >>> schedule.state_dict()["last_epoch"]
            0
        """
        return {key: value for key, value in self.__dict__.items() if key != "optimizer"}

    def load_state_dict(self, state_dict):
        """Continue from what state_dict() returned; load the optimizer's state as well.

        Args:
            state_dict: what state_dict() of a schedule of the same kind returned.

        Example:
            >>> import tinyreg
            >>> w = tinyreg.ones(1, requires_grad=True)
            >>> optimizer = tinyreg.optim.SGD([w], lr=0.5)
            >>> schedule = StepLR(optimizer, step_size=1, gamma=0.5)
            >>> schedule.load_state_dict({**schedule.state_dict(), "last_epoch": 3})
            >>> schedule.last_epoch
            3
        """
        self.__dict__.update(state_dict)

    def _scaled(self, factor):
        """The current rates times a factor; the ones that stand when the schedule begins, or resumes, are kept."""
        return [group["lr"] if self._is_initial else group["lr"] * factor for group in self.optimizer.param_groups]


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

    def __init__(self, optimizer, step_size, gamma=0.1, last_epoch=-1):
        _at_least("StepLR", 1, step_size=step_size)
        _at_least("StepLR", 0, gamma=gamma)
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        """Equation (1)."""
        now = self.last_epoch > 0 and self.last_epoch % self.step_size == 0
        return [group["lr"] * self.gamma if now else group["lr"] for group in self.optimizer.param_groups]    # (1)


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

    def __init__(self, optimizer, gamma, last_epoch=-1):
        _at_least("ExponentialLR", 0, gamma=gamma)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        """Equation (2)."""
        return self._scaled(self.gamma)                                           # (2)


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

    def __init__(self, optimizer, T_max, eta_min=0.0, last_epoch=-1):
        _at_least("CosineAnnealingLR", 1, T_max=T_max)
        _at_least("CosineAnnealingLR", 0, eta_min=eta_min)
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        """Equation (3)."""
        groups, low = self.optimizer.param_groups, self.eta_min
        if self._is_initial:
            return [group["lr"] for group in groups]
        before, after = (1 + math.cos(math.pi * t / self.T_max) for t in (self.last_epoch - 1, self.last_epoch))
        if (self.last_epoch - 1 - self.T_max) % (2 * self.T_max) == 0:  # at the bottom the ratio is 0/0: start from there
            return [group["lr"] + (base - low) * after / 2 for base, group in zip(self.base_lrs, groups)]
        return [low + (group["lr"] - low) * after / before for group in groups]   # (3)


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

    def __init__(self, optimizer, total_iters=5, power=1.0, last_epoch=-1):
        _at_least("PolynomialLR", 1, total_iters=total_iters)
        _at_least("PolynomialLR", 0, power=power)
        self.total_iters, self.power = total_iters, power
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        """Equation (4)."""
        t, n = self.last_epoch, self.total_iters
        return self._scaled(1.0 if t > n else ((1 - t / n) / (1 - (t - 1) / n)) ** self.power)    # (4)


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

    def __init__(self, optimizer, gamma, last_epoch=-1):
        _at_least("InverseTimeLR", 0, gamma=gamma)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        """Equation (6)."""
        return self._scaled((1 + self.gamma * (self.last_epoch - 1)) / (1 + self.gamma * self.last_epoch))    # (6)


class LambdaLR(LRScheduler):
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

    def __init__(self, optimizer, lr_lambda, last_epoch=-1):
        _check_optimizer("LambdaLR", optimizer)
        count = len(optimizer.param_groups)
        self.lr_lambdas = list(lr_lambda) if isinstance(lr_lambda, (list, tuple)) else [lr_lambda] * count
        if len(self.lr_lambdas) != count:
            raise ValueError(
                f"LambdaLR: lr_lambda must be one function a group, got {len(self.lr_lambdas)} for {count} groups; give one each"
            )
        for function in self.lr_lambdas:
            if not callable(function):
                raise TypeError(f"LambdaLR: lr_lambda must be a function of t, got {function!r:.60}; write lambda t: 0.9**t")
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        """Equation (5)."""
        return [base * function(self.last_epoch) for base, function in zip(self.base_lrs, self.lr_lambdas)]    # (5)

    def state_dict(self):
        """Everything but the optimizer; of the functions, only callable objects are saved, by their attributes."""
        state = super().state_dict()
        state["lr_lambdas"] = [None if isinstance(f, types.FunctionType) else dict(f.__dict__) for f in self.lr_lambdas]
        return state

    def load_state_dict(self, state_dict):
        """Continue from what state_dict() returned; the functions are the ones given to this schedule."""
        super().load_state_dict({key: value for key, value in state_dict.items() if key != "lr_lambdas"})
        for function, attributes in zip(self.lr_lambdas, state_dict["lr_lambdas"], strict=True):
            if attributes is not None:
                function.__dict__.update(attributes)


def _check_optimizer(who, optimizer):
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{who}: optimizer must be an Optimizer, got {type(optimizer).__name__}; pass the optimizer itself")


def _at_least(who, low, **setting):
    """Refuse a setting below its lowest value; where that is 1, it counts steps and must be an integer."""
    check_number(who, **setting)
    ((name, value),) = setting.items()
    if not low <= value < math.inf or (low == 1 and not isinstance(value, int)):
        kind = "an integer" if low == 1 else "a finite number"
        raise ValueError(f"{who}: {name} must be {kind} of at least {low}, got {name}={value}; give {low} or more")
