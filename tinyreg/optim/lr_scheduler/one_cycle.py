"""OneCycleLR: one large wave of the learning rate, and the opposite wave of the momentum.

n = total_steps, p = pct_start; the rate goes from one value to the next until the step that stands in the right column:

    lr        max_lr / div_factor  ->  max_lr              t = p n - 1            (1)
              max_lr  ->  lr_0 / final_div_factor          t = n - 1              (2)
    momentum  max_momentum  ->  base_momentum  ->  max_momentum, at the same times    (3)

with lr_0 = max_lr / div_factor; with three_phase, the fall of (2) is cut into the mirror image of the rise and a rest:

              max_lr  ->  lr_0                             t = 2 p n - 2          (4)
              lr_0  ->  lr_0 / final_div_factor            t = n - 1              (5)

From a to b with the share s of the time gone, the way is half a cosine or a straight line:

    b + (a - b) (1 + cos(pi s)) / 2                        "cos"                  (6)
    a + (b - a) s                                          "linear"               (7)

Why momentum goes the other way. A step of SGD with momentum mu has the length lr / (1 - mu): at the top of the wave,
where lr is risky, less momentum keeps the steps in hand. The large rates in the middle regularize: they let the weights
settle in wide minima only, so that other regularizers (weight decay, dropout) are to be weaker than without.

Source. Smith & Topin 2018, Super-convergence: very fast training of neural networks using large learning rates,
arXiv 1708.07120, where (4) and (5) are the original; (1) and (2) are fastai's form, as in PyTorch.
"""

import math

from ...ops.number import check_number
from ...optimizer import Optimizer
from .schedule import LRScheduler, at_least, check_optimizer, one_a_group, within

WAY_OUT = "give total_steps, or epochs and steps_per_epoch"


class OneCycleLR(LRScheduler):
    """Let the rate rise to max_lr and fall to nearly 0 in exactly total_steps steps; call step() after every batch.

    Args:
        optimizer, last_epoch: as LRScheduler's. Its own lr is replaced by max_lr / div_factor.
        max_lr: the top of the wave, positive; or a list with one for each parameter group.
        total_steps: n, an integer of at least 1; or instead
        epochs, steps_per_epoch: n is their product.
        pct_start: p, the share of the steps in which the rate rises, in [0, 1].
        anneal_strategy: "cos" or "linear", (6) or (7).
        cycle_momentum: let momentum (SGD, RMSprop) or the first of betas (Adam) go the other way, (3).
        base_momentum, max_momentum: between these, in [0, 1); or lists with one for each parameter group.
        div_factor: max_lr over the first rate, positive.
        final_div_factor: the first rate over the last, positive.
        three_phase: (4) and (5) instead of (2).

    Raises:
        ValueError: no number of steps, a setting out of range, cycle_momentum with an optimizer that has no momentum, or
            a step() after the last.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.ones(1, requires_grad=True)
        >>> w.sum().backward()
        >>> optimizer = tinyreg.optim.SGD([w], lr=1.0, momentum=0.9)
        >>> schedule = OneCycleLR(optimizer, max_lr=0.5, total_steps=10)
        >>> for _ in range(2):
        ...     optimizer.step()
        ...     schedule.step()
        >>> schedule.get_last_lr(), optimizer.param_groups[0]["momentum"]
        ([0.5], 0.85)
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | list[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.85,
        max_momentum: float | list[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        who = "OneCycleLR"
        check_optimizer(who, optimizer)
        self.total_steps = _count(who, total_steps, epochs, steps_per_epoch)
        within(who, 0, 1, pct_start=pct_start)
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"{who}: anneal_strategy must be 'cos' or 'linear', got {anneal_strategy!r}; choose one")
        _positive(who, div_factor=div_factor)
        _positive(who, final_div_factor=final_div_factor)
        highest = one_a_group(who, optimizer, max_lr=max_lr)
        for value in highest:
            _positive(who, max_lr=value)
        self._anneal_func_type = anneal_strategy
        self._schedule_phases = _phases(self.total_steps, float(pct_start), three_phase)
        self.cycle_momentum = cycle_momentum
        if last_epoch == -1:
            for group, top in zip(optimizer.param_groups, highest):
                first = top / div_factor
                group.update(initial_lr=first, max_lr=top, min_lr=first / final_div_factor)
        if cycle_momentum:
            self.use_beta1 = "betas" in optimizer.defaults
            self._check_momentum(who, optimizer, base_momentum, max_momentum, last_epoch)
        missing = [name for name in ("max_lr", "min_lr") for group in optimizer.param_groups if name not in group]
        if missing:
            raise KeyError(
                f"{who}: the groups must hold {missing[0]!r} to resume from last_epoch={last_epoch}, got "
                f"{sorted(optimizer.param_groups[0])}; load the optimizer's saved state first"
            )
        super().__init__(optimizer, last_epoch)

    def _check_momentum(self, who, optimizer, base_momentum, max_momentum, last_epoch):
        """Refuse momenta out of range, and give the groups theirs."""
        if not self.use_beta1 and "momentum" not in optimizer.defaults:
            raise ValueError(
                f"{who}: the optimizer must have momentum or betas, got {type(optimizer).__name__} with cycle_momentum=True; "
                "pass cycle_momentum=False"
            )
        lowest = one_a_group(who, optimizer, base_momentum=base_momentum)
        highest = one_a_group(who, optimizer, max_momentum=max_momentum)
        for low, high in zip(lowest, highest):
            for name, value in (("base_momentum", low), ("max_momentum", high)):
                check_number(who, **{name: value})
                if not 0 <= value < 1:
                    raise ValueError(f"{who}: {name} must lie in [0, 1), got {name}={value}; 0.85 and 0.95 are usual")
        if last_epoch == -1:
            for group, low, high in zip(optimizer.param_groups, lowest, highest):
                group.update(base_momentum=low, max_momentum=high)

    def get_lr(self) -> list[float]:
        """Equations (1), (2), (4), (5)."""
        start, end, share = self._where()
        return [self._between(group[start["lr"]], group[end["lr"]], share) for group in self.optimizer.param_groups]

    def _update_lr(self, epoch=None):
        if epoch is None and self.last_epoch >= self.total_steps:
            raise ValueError(
                f"OneCycleLR: step() must not be called after the last of total_steps={self.total_steps}, got step "
                f"{self.last_epoch + 1}; call it once a batch, and give the number of batches of the whole training"
            )
        super()._update_lr(epoch)
        if self.cycle_momentum:
            start, end, share = self._where()
            for group in self.optimizer.param_groups:
                momentum = self._between(group[start["momentum"]], group[end["momentum"]], share)    # (3)
                if self.use_beta1:
                    group["betas"] = (momentum, *group["betas"][1:])
                else:
                    group["momentum"] = momentum

    def _where(self):
        """Between which two values the schedule is, and the share of the way that is gone."""
        begin = 0.0
        for phase in self._schedule_phases:
            if self.last_epoch <= phase["end_step"] or phase is self._schedule_phases[-1]:
                break
            begin = phase["end_step"]
        length = phase["end_step"] - begin
        share = (self.last_epoch - begin) / length if length else 1.0  # a rise of no steps begins at the top
        start, end = ({name: phase[f"{side}_{name}"] for name in ("lr", "momentum")} for side in ("start", "end"))
        return start, end, share

    def _between(self, a, b, share):
        if self._anneal_func_type == "cos":
            return b + (a - b) / 2.0 * (1 + math.cos(math.pi * share))            # (6)
        return a + (b - a) * share                                                # (7)


def _phases(n, p, three_phase):
    """The times and values of (1) to (5), by the names under which the groups hold them."""
    low, high = "base_momentum", "max_momentum"
    if three_phase:
        rows = [
            (p * n - 1, "initial_lr", "max_lr", high, low),                       # (1), (3)
            (2 * p * n - 2, "max_lr", "initial_lr", low, high),                   # (4), (3)
            (n - 1, "initial_lr", "min_lr", high, high),                          # (5)
        ]
    else:
        rows = [
            (p * n - 1, "initial_lr", "max_lr", high, low),                       # (1), (3)
            (n - 1, "max_lr", "min_lr", low, high),                               # (2), (3)
        ]
    names = ("end_step", "start_lr", "end_lr", "start_momentum", "end_momentum")
    return [dict(zip(names, row)) for row in rows]


def _count(who, total_steps, epochs, steps_per_epoch):
    """n, from whichever of the two ways was chosen."""
    if total_steps is not None:
        at_least(who, 1, total_steps=total_steps)
        return total_steps
    if epochs is None or steps_per_epoch is None:
        raise ValueError(
            f"{who}: the number of steps must be known, got total_steps=None, epochs={epochs}, steps_per_epoch={steps_per_epoch}; {WAY_OUT}"
        )
    at_least(who, 1, epochs=epochs)
    at_least(who, 1, steps_per_epoch=steps_per_epoch)
    return epochs * steps_per_epoch


def _positive(who, **setting):
    at_least(who, 0, **setting)
    ((name, value),) = setting.items()
    if value == 0:
        raise ValueError(f"{who}: {name} must be positive, got {name}={value}; the rates are products and quotients of it")
