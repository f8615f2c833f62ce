"""Adagrad: each weight's step shrinks with all the gradient it has seen.

Update. g is the gradient of the loss, with the pull of L2 where wanted (lambda is weight_decay; -g if maximize):

    g  <-  g + lambda w                                                           (1)

Its squares are summed from the first step on, beginning with initial_accumulator_value, and t counts the steps:

    s  <-  s + g^2                                                                (2)
    w  <-  w - lr / (1 + (t - 1) lr_decay) g / (sqrt(s) + eps)                    (3)

What follows. With gradients of one size |g|, sqrt(s) is |g| sqrt(t): the step is lr / sqrt(t) whatever that size is, the
schedule under which a convex problem's average loss comes within O(1 / sqrt(t)) of the best. A weight whose gradient is
0 most of the time (a rare word, a rare feature) keeps its large step for when it is needed. The sum never falls: on
problems that change as they are learnt, such as deep networks, the steps die early, and RMSprop forgets instead.

The first step is lr in every coordinate, however small the gradient; initial_accumulator_value > 0 damps it.

Cost. One array of the parameter's size. Large arrays are updated a piece at a time, so that memory is read and written once.

Source. Duchi, Hazan, Singer 2011, Adaptive subgradient methods for online learning and stochastic optimization, JMLR 12,
figure 1 with diagonal matrices; lr_decay as in PyTorch.
"""

from typing import Any

from ..autograd.tensor import wrap
from ..backend import fuse, get_array_module, pieces
from ..optimizer import Optimizer, Params, counter, refuse_negative
from ..thread_pool import each


class Adagrad(Optimizer):
    """Adagrad: steps scaled by the sum of all squared gradients.

    Args:
        params: Tensors, pairs (name, Tensor), or dicts with settings of their own.
        lr: the length of the first step in each coordinate, at least 0.
        lr_decay: lets lr fall as 1/t besides, at least 0; 0 does not.
        weight_decay: lambda of L2, at least 0, added to the gradient.
        initial_accumulator_value: where the sums begin, at least 0; the same for all groups.
        eps: keeps the quotient finite, at least 0.
        foreach, fused: accepted for scripts that choose PyTorch's implementation; there is one here.
        maximize: climb instead of descend.
        differentiable: must be False: steps are not recorded.

    Raises:
        ValueError: a setting out of range.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.tensor([1000.0, 0.001], requires_grad=True)
        >>> optimizer = tinyreg.optim.Adagrad([w], lr=0.125)
        >>> (w ** 2).sum().backward()
        >>> optimizer.step()
        >>> w  # both have moved by lr
        tensor([ 9.9988e+02, -1.2400e-01], requires_grad=True)
    """

    adapts = True

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        defaults: dict[str, Any] = {"lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay}
        defaults.update(initial_accumulator_value=initial_accumulator_value, foreach=foreach, maximize=maximize)
        defaults.update(differentiable=differentiable, fused=fused)
        super().__init__(params, defaults)
        for group in self.param_groups:  # before any step, as PyTorch: state_dict() is complete from the beginning
            for p in group["params"]:
                self._begin(p)

    def check(self, group: dict[str, Any]) -> None:
        """Refuse settings out of range."""
        refuse_negative("Adagrad", group, "lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps")

    def _begin(self, p):
        """What is remembered of a parameter before its first step."""
        start = float(self.defaults["initial_accumulator_value"])
        self.state[p] = {"step": counter(), "sum": wrap(get_array_module(p.array).full_like(p.array, start))}

    def update(self, group: dict[str, Any], params: list[Any]) -> None:
        """Equations (1) to (3) for each parameter."""
        lr, eps, decay = float(group["lr"]), float(group["eps"]), float(group["weight_decay"])
        for p in params:
            if not self.state[p]:  # of a group that was added later
                self._begin(p)
            state = self.state[p]
            state["step"].array += 1
            rate = lr / (1 + (int(state["step"].array) - 1) * float(group["lr_decay"]))
            numbers = (rate, eps, decay or None, group["maximize"] or None)
            each(lambda part, numbers=numbers: _step(*part, *numbers), pieces(p.array, p.grad.array, state["sum"].array), p.array.size)


@fuse
def _step(w, g, s, rate, eps, decay, maximize):
    xp = get_array_module(w)
    if maximize is not None:
        g = -g
    if decay is not None:
        g = g + decay * w                                                         # (1)
    t = g * g  # the one temporary array of all that follows
    s += t                                                                        # (2)
    xp.sqrt(s, out=t)
    t += eps
    xp.divide(g, t, out=t)
    t *= rate
    w -= t                                                                        # (3)
