"""What tests of schedules need: an optimizer that moves nothing, and the rates that a schedule gave it."""

import tinyreg as torch
from tinyreg.optim import SGD


def optimizer_of(*rates, make=SGD, **settings):
    """An optimizer with a group for each rate, whose parameters have a gradient of 0."""
    groups = []
    for rate in rates:
        w = torch.zeros(1, requires_grad=True)
        w.grad = torch.zeros(1)
        groups.append({"params": [w], "lr": rate})
    return make(groups, **settings)


def rates(schedule, n):
    """The rates of the first group: used first, and after each of n - 1 steps."""
    seen = []
    for _ in range(n):
        seen.append(schedule.optimizer.param_groups[0]["lr"])
        schedule.optimizer.step()
        schedule.step()
    return seen
