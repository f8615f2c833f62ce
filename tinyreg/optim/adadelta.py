"""Adadelta: each weight's gradient in units of its own recent size, times the recent size of its own steps.

Update. g is the gradient of the loss, with the pull of L2 where wanted (lambda is weight_decay; -g if maximize):

    g  <-  g + lambda w                                                           (1)

A running average of its square, and one of the square of the steps, begin at 0:

    v  <-  rho v + (1 - rho) g^2                                                  (2)
    d  <-  sqrt(u + eps) / sqrt(v + eps) g                                        (3)
    u  <-  rho u + (1 - rho) d^2                                                  (4)
    w  <-  w - lr d                                                               (5)

Why the second average. RMSprop divides by the size of the gradient, and its step has no unit: lr must bring that of w.
In (3) sqrt(u) has the unit of w, since it is made of steps, and the quotient g / sqrt(v) has none: the step fits the
weight as Newton's does, lr is a plain factor, and 1 is usual. Multiplying the loss by a constant changes nothing but
what eps is worth.

How it begins. u is 0 at first, and eps alone sets the first step: sqrt(eps / (1 - rho)), whatever the gradient. From
there the steps grow by themselves. A larger eps is a faster beginning, and a larger smallest step for ever after.

Cost. Two arrays of the parameter's size. Large arrays are updated a piece at a time, so that memory is read and written once.

Source. Zeiler 2012, ADADELTA: an adaptive learning rate method, arXiv 1212.5701, algorithm 1, with lr in (5), as PyTorch.
"""

from typing import Any

from ..autograd.tensor import wrap
from ..backend import fuse, get_array_module, pieces
from ..optimizer import Optimizer, Params, counter, refuse_negative
from ..thread_pool import each


class Adadelta(Optimizer):
    """Adadelta: steps that take their size from the steps before.

    Args:
        params: Tensors, pairs (name, Tensor), or dicts with settings of their own.
        lr: a factor on the steps, at least 0; 1 is the paper's.
        rho: the share of the averages that survives a step, in [0, 1].
        eps: sets the first steps and keeps the quotient finite, at least 0; 0 never moves.
        weight_decay: lambda of L2, at least 0, added to the gradient.
        foreach, capturable: accepted for scripts that choose PyTorch's implementation; there is one here.
        maximize: climb instead of descend.
        differentiable: must be False: steps are not recorded.

    Raises:
        ValueError: a setting out of range.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.tensor([1000.0, 0.001], requires_grad=True)
        >>> optimizer = tinyreg.optim.Adadelta([w], rho=0.75, eps=0.0625)
        >>> (w ** 2).sum().backward()
        >>> optimizer.step()
        >>> w  # one is far from 0 and moves by sqrt(eps / (1 - rho)), the other's gradient is small beside eps
        tensor([ 9.9950e+02, -9.9998e-04], requires_grad=True)
    """

    adapts = True

    def __init__(
        self,
        params: Params,
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        defaults: dict[str, Any] = {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
        super().__init__(params, defaults | {"capturable": capturable, "foreach": foreach, "differentiable": differentiable})

    def check(self, group: dict[str, Any]) -> None:
        """Refuse settings out of range."""
        refuse_negative("Adadelta", group, "lr", "rho", "eps", "weight_decay")
        if group["rho"] > 1:
            raise ValueError(f"Adadelta: rho must lie in [0, 1], got rho={group['rho']}; 0.9 is usual")

    def update(self, group: dict[str, Any], params: list[Any]) -> None:
        """Equations (1) to (5) for each parameter."""
        lr, rho, eps, decay = (float(group[name]) for name in ("lr", "rho", "eps", "weight_decay"))
        numbers = (lr, rho, 1 - rho, eps, decay or None, group["maximize"] or None)
        for p in params:
            xp, state = get_array_module(p.array), self.state[p]
            if not state:
                state.update(step=counter(), square_avg=wrap(xp.zeros_like(p.array)), acc_delta=wrap(xp.zeros_like(p.array)))
            state["step"].array += 1
            arrays = (p.array, p.grad.array, state["square_avg"].array, state["acc_delta"].array)
            each(lambda part: _step(*part, *numbers), pieces(*arrays), p.array.size)


@fuse
def _step(w, g, v, u, lr, keep, take, eps, decay, maximize):
    xp = get_array_module(w)
    if maximize is not None:
        g = -g
    if decay is not None:
        g = g + decay * w                                                         # (1)
    t = g * g  # one of the two temporary arrays of all that follows
    t *= take
    v *= keep
    v += t                                                                        # (2)
    d = u + eps
    xp.sqrt(d, out=d)
    xp.add(v, eps, out=t)
    xp.sqrt(t, out=t)
    d /= t
    d *= g                                                                        # (3)
    xp.multiply(d, d, out=t)
    t *= take
    u *= keep
    u += t                                                                        # (4)
    d *= lr
    w -= d                                                                        # (5)
