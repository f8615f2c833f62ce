"""RMSprop: each weight's gradient in units of its own recent size.

Update. g is the gradient of the loss, with the pull of L2 where wanted (lambda is weight_decay; -g if maximize):

    g  <-  g + lambda w                                                           (1)

A running average of its square begins at 0:

    v  <-  alpha v + (1 - alpha) g^2                                              (2)
    w  <-  w - lr g / (sqrt(v) + eps)                                             (3)

With centered=True the average of the gradient is kept, too, and the variance takes the place of the mean square in (3):

    m  <-  alpha m + (1 - alpha) g                                                (4)
    v - m^2     instead of v                                                      (5)

With momentum mu the quotients are collected, and the sum is followed:

    b  <-  mu b + g / (sqrt(v) + eps)                                             (6)
    w  <-  w - lr b                                                               (7)

What follows from (3). Where the gradient keeps its size, the step is about lr in each coordinate whatever that size is,
as in Adam, which adds two things: momentum inside the quotient instead of outside, and the correction of the first
steps. Here v starts at 0 uncorrected, so the first step is 1 / sqrt(1 - alpha) times too long: ten times lr for
alpha = 0.99. Start with a small lr, or with a warmup.

What (5) changes. A gradient that hardly varies has v - m^2 near 0, and its steps grow until eps holds them: the weights
run along straight valleys. Rounding may bring v - m^2 below 0, where the root has no value; it counts as 0.

As in Adam, (1) is not weight decay: where lambda w dominates g, its size cancels in the quotient.

Cost. One array of the parameter's size, one more with momentum, one more if centered. Large arrays are updated a piece at
a time, so that memory is read and written once; the one temporary array is Adam's, and explained there.

Source. Tieleman & Hinton 2012, Lecture 6.5 of Neural networks for machine learning, for (2) and (3); Graves 2013,
Generating sequences with recurrent neural networks, arXiv 1308.0850, equations 38 to 41, for (4) to (7), with eps outside
of the root and lr in (7), as PyTorch has them.
"""

from typing import Any

from ..autograd.tensor import wrap
from ..backend import fuse, get_array_module, pieces
from ..optimizer import Optimizer, Params, counter, refuse_negative
from ..thread_pool import each


class RMSprop(Optimizer):
    """RMSprop: steps scaled by a running average of the squared gradient.

    Args:
        params: Tensors, pairs (name, Tensor), or dicts with settings of their own.
        lr: about the length of a step in each coordinate, at least 0.
        alpha: the share of the averages that survives a step, in [0, 1]; 0 follows the gradient's sign.
        eps: keeps the quotient finite, at least 0.
        weight_decay: lambda of L2, at least 0, added to the gradient.
        momentum: mu, at least 0; 0 takes (3), anything else (6) and (7).
        centered: divide by the standard deviation of the gradient instead of its root mean square.
        capturable, foreach: accepted for scripts that choose PyTorch's implementation; there is one here.
        maximize: climb instead of descend.
        differentiable: must be False: steps are not recorded.

    Raises:
        ValueError: a setting out of range.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.tensor([1000.0, 0.001], requires_grad=True)
        >>> optimizer = tinyreg.optim.RMSprop([w], lr=0.125, alpha=0.75)
        >>> (w ** 2).sum().backward()
        >>> optimizer.step()
        >>> w  # both have moved by 2 lr
        tensor([ 9.9975e+02, -2.4900e-01], requires_grad=True)
    """

    adapts = True

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        defaults: dict[str, Any] = {"lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered}
        defaults.update(weight_decay=weight_decay, capturable=capturable, foreach=foreach, maximize=maximize, differentiable=differentiable)
        super().__init__(params, defaults)

    def check(self, group: dict[str, Any]) -> None:
        """Refuse settings out of range."""
        refuse_negative("RMSprop", group, "lr", "alpha", "eps", "weight_decay", "momentum")
        if group["alpha"] > 1:
            raise ValueError(f"RMSprop: alpha must lie in [0, 1], got alpha={group['alpha']}; 0.99 is usual")

    def update(self, group: dict[str, Any], params: list[Any]) -> None:
        """Equations (1) to (7) for each parameter."""
        lr, alpha, eps = float(group["lr"]), float(group["alpha"]), float(group["eps"])
        decay, mu = float(group["weight_decay"]), float(group["momentum"])
        names = ["square_avg", *["momentum_buffer"] * bool(mu), *["grad_avg"] * bool(group["centered"])]

        def step(part):
            w, g, v, *others = part
            b, m = others[0] if mu else None, others[-1] if group["centered"] else None
            _step(w, g, v, b, m, lr, alpha, 1 - alpha, eps, mu, decay or None, group["maximize"] or None)

        for p in params:
            xp, state = get_array_module(p.array), self.state[p]
            if not state:
                state["step"] = counter()
            for name in names:
                if name not in state:
                    state[name] = wrap(xp.zeros_like(p.array))
            state["step"].array += 1
            each(step, pieces(p.array, p.grad.array, *(state[name].array for name in names)), p.array.size)


@fuse
def _step(w, g, v, b, m, lr, keep, take, eps, mu, decay, maximize):
    xp = get_array_module(w)
    if maximize is not None:
        g = -g
    if decay is not None:
        g = g + decay * w                                                         # (1)
    t = g * g  # the one temporary array of all that follows
    t *= take
    v *= keep
    v += t                                                                        # (2)
    if m is not None:
        xp.multiply(g, take, out=t)
        m *= keep
        m += t                                                                    # (4)
        xp.multiply(m, m, out=t)
        xp.subtract(v, t, out=t)
        xp.maximum(t, 0, out=t)                                                   # (5)
    xp.sqrt(v if m is None else t, out=t)
    t += eps
    xp.divide(g, t, out=t)
    if b is None:
        t *= lr                                                                   # (3)
    else:
        b *= mu
        b += t                                                                    # (6)
        xp.multiply(b, lr, out=t)                                                 # (7)
    w -= t
