"""SGD: a step against the gradient, with momentum where wanted.

Update. The gradient g of the loss is first given its sign and the pull of L2 (lambda is weight_decay),

    g  <-  -g                               if maximize                           (1)
    g  <-  g + lambda w                     if lambda > 0                         (2)

then either followed at once,

    w  <-  w - lr g                         if mu = 0                             (3)

or collected in a velocity v (mu is momentum, tau is dampening), which begins as the first gradient:

    v  <-  g                                in the first step                     (4)
    v  <-  mu v + (1 - tau) g               in all others                         (5)
    w  <-  w - lr v                                                               (6)
    w  <-  w - lr (g + mu v)                instead of (6), if nesterov           (7)

What momentum does. Unrolled, v_t = sum_k mu^k g_(t-k) for tau = 0: where gradients agree they add up to g/(1 - mu), so a
step is up to 1/(1 - mu) times longer than lr g (ten times for mu = 0.9); where they alternate they cancel. On a quadratic
of curvature h this moves the fastest rate of convergence from (k - 1)/(k + 1) per step to (sqrt k - 1)/(sqrt k + 1),
k = h_max/h_min. Nesterov's step (7) uses the velocity as it will be, that is, it looks where the velocity leads first.

What weight_decay does. (2) and (3) make

    w  <-  (1 - lr lambda) w - lr g,                                              (8)

the decoupled decay of `tinyreg.regularization.weight_decay` and the gradient of `l2_penalty(params, lambda)` at once. With
momentum the pull goes through v as well, and the two are no longer the same. Unlike l2_penalty(model, ...), it acts on every parameter of
the group, biases included: give those a group of their own with weight_decay 0.

Stability. On one direction of curvature h, (3) multiplies the distance to the minimum by 1 - lr h: it converges for
lr < 2/h, and for lr > 2/h it diverges geometrically. The steepest direction sets the limit, the flattest the speed.

Cost. (3) reads w and g and writes w, and (8), a pass less than (2) and (3), no more (1.3 times as fast); momentum adds an
array of the parameter's size.

PyTorch's form differs from the papers' in two points: lr multiplies v as it is used, not g as it is collected, so that a
change of lr acts at once; and the first velocity is g itself, whatever tau.

Source. Robbins & Monro 1951, A stochastic approximation method. Polyak 1964, Some methods of speeding up the convergence
of iteration methods. Nesterov 1983; Sutskever, Martens, Dahl, Hinton 2013, On the importance of initialization and
momentum in deep learning, whose form of (7) this is.
"""

from typing import Any

from ..autograd.tensor import wrap
from ..backend import fuse, get_array_module, pieces
from ..ops.number import check_number
from ..optimizer import Optimizer, Params, refuse_negative
from ..thread_pool import each


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum, dampening, Nesterov's step and L2 where wanted.

    Args:
        params: Tensors, pairs (name, Tensor), or dicts with settings of their own.
        lr: the size of a step, at least 0; 0 leaves the parameters where they are.
        momentum: mu, the share of the velocity that survives a step, at least 0; 0 is plain descent, from 1 on the
            velocity only grows.
        dampening: tau, which takes (1 - tau) of each gradient into the velocity.
        weight_decay: lambda of L2, at least 0; added to the gradient as lambda w.
        nesterov: step (7) instead of (6); needs momentum > 0 and dampening 0.
        maximize: climb instead of descend.
        foreach, fused: accepted for scripts that choose PyTorch's implementation; there is one here.
        differentiable: must be False: steps are not recorded.

    Raises:
        ValueError: a setting out of range, or nesterov without momentum.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.tensor([2.0, -4.0], requires_grad=True)
        >>> optimizer = tinyreg.optim.SGD([w], lr=0.25)
        >>> (w ** 2).sum().backward()
        >>> optimizer.step()
        >>> w
        tensor([ 1., -2.], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        defaults: dict[str, Any] = {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay}
        defaults.update(nesterov=nesterov, maximize=maximize, foreach=foreach, differentiable=differentiable, fused=fused)
        super().__init__(params, defaults)

    def check(self, group: dict[str, Any]) -> None:
        """Refuse settings out of range."""
        refuse_negative("SGD", group, "lr", "momentum", "weight_decay")
        check_number("SGD", dampening=group["dampening"])
        if group["nesterov"] and (group["momentum"] == 0 or group["dampening"] != 0):
            raise ValueError(
                "SGD: nesterov needs momentum > 0 and dampening 0, "
                f"got momentum={group['momentum']}, dampening={group['dampening']}; set momentum=0.9, or nesterov=False"
            )

    def update(self, group: dict[str, Any], params: list[Any]) -> None:
        """Equations (1) to (7) for each parameter."""
        lr, mu, decay = float(group["lr"]), float(group["momentum"]), float(group["weight_decay"])
        maximize, nesterov, share = group["maximize"], group["nesterov"], 1 - float(group["dampening"])
        move: Any = _step if mu else _descend
        plain = -lr if maximize else lr, 1 - lr * decay if decay else None
        for p in params:
            arrays: Any = (p.array, p._grad.array)
            numbers: Any = plain
            if mu:
                state, gain = self.state[p], None if share == 1 else share
                if state.get("momentum_buffer") is None:
                    state["momentum_buffer"] = wrap(get_array_module(p.array).zeros_like(p.array))
                    gain = None  # (4) is (5) with v = 0 and tau = 0
                arrays = (*arrays, state["momentum_buffer"].array)
                numbers = lr, mu, gain, decay or None, nesterov or None, maximize or None
            parts = pieces(*arrays)
            if len(parts) == 1:  # as of most parameters of small networks: no thread is asked for help
                move(*parts[0], *numbers)
            else:
                each(lambda part, numbers=numbers: move(*part, *numbers), parts, p.array.size)


# Both have one temporary where they can: with a second one for each product, the heap of a small network is given back to the
# system and fetched again in every step, which takes as long as the step itself


@fuse
def _descend(w, g, lr, keep):
    step = lr * g
    if keep is not None:
        w *= keep                                                                 # (8)
    w -= step                                                                     # (3)


@fuse
def _step(w, g, v, lr, mu, gain, decay, nesterov, maximize):
    step = -g if maximize is not None else g                                      # (1)
    if decay is not None:
        pulled = decay * w
        pulled += step
        step = pulled                                                             # (2)
    v *= mu                                                                       # (4), (5)
    v += step if gain is None else gain * step
    if nesterov is None:
        w -= lr * v                                                               # (6)
    else:
        step = step + mu * v
        step *= lr
        w -= step                                                                 # (7)
