"""Adam: each weight's step is measured in units of its own gradient's size.

Update. g is the gradient of the loss, with the pull of L2 where wanted (lambda is weight_decay; -g if maximize):

    g  <-  g + lambda w                                                           (1)

Two running averages, of the gradient and of its square, begin at 0 (beta1, beta2 = betas):

    m  <-  beta1 m + (1 - beta1) g                                                (2)
    v  <-  beta2 v + (1 - beta2) g^2                                              (3)

Why they must be corrected. Unrolled, m_t = (1 - beta1) sum_k beta1^k g_(t-k), k = 0 .. t - 1, and the weights sum to
1 - beta1^t instead of 1: if every gradient has the mean g, m_t has the mean (1 - beta1^t) g. So does v. Divide it out:

    m^ = m / (1 - beta1^t)         v^ = v / (1 - beta2^t)                         (4)
    w  <-  w - lr m^ / (sqrt(v^) + eps)                                           (5)

Without (4), the first step would be (1 - beta1) / sqrt(1 - beta2) = 0.1 / 0.0316 = 3.2 times too long. AMSGrad replaces
v in (4) by the largest v so far,

    u  <-  max(u, v),                                                             (6)

so that a rare large gradient is not forgotten. (4) and (5) cost one pass less over the arrays in the form

    w  <-  w - (lr c / (1 - beta1^t)) m / (sqrt(v) + c eps),    c = sqrt(1 - beta2^t)    (7)

which multiplies numerator and denominator of (5) by c: the order of section 2 of the paper.

What follows from (5). Scaling the loss scales m and sqrt(v) alike: the step stays the same (up to eps). In each
coordinate it is about lr where gradients keep their sign, less where they do not, and up to 3.2 times lr where a gradient
comes after many zeros. This is why (1) is not weight decay: where lambda w dominates g, its size cancels, and every
weight loses about lr a step, for lambda = 1e-4 as for lambda = 1. `AdamW` pulls outside the quotient instead: see
`tinyreg.regularization.weight_decay`.

Cost. Two arrays of the parameter's size (three with AMSGrad). Large arrays are updated a piece at a time, so that the
dozen operations of (2), (3), (7) run in the cache and memory is read and written once. One temporary array serves them
all: with a new one for each product, NumPy's memory is handed back to the system and fetched again piece after piece,
unless larger arrays have come and gone before, and a step takes 5 times as long (1.2 times if they have).

Source. Kingma & Ba 2015, Adam: a method for stochastic optimization, arXiv 1412.6980, algorithm 1; Reddi, Kale, Kumar
2018, On the convergence of Adam and beyond, for (6), applied before (4) as PyTorch does.
"""

from typing import Any

from ..autograd.tensor import wrap
from ..backend import fuse, get_array_module, pieces
from ..optimizer import Optimizer, Params, counter, refuse_negative
from ..regularization.weight_decay import shrink
from ..thread_pool import each


class Adam(Optimizer):
    """Adam: steps scaled by running averages of the gradient and of its square.

    Args:
        params: Tensors, pairs (name, Tensor), or dicts with settings of their own.
        lr: about the length of a step in each coordinate, at least 0.
        betas: the share of each average that survives a step, in [0, 1); (0, 0) follows the gradient's sign.
        eps: keeps the quotient finite, at least 0; it also shortens the steps of weights whose gradient is smaller.
        weight_decay: lambda of L2, at least 0, added to the gradient (for decay that keeps its strength use AdamW).
        amsgrad: divide by the root of the largest v so far.
        maximize: climb instead of descend.
        foreach, capturable, fused: accepted for scripts that choose PyTorch's implementation; there is one here.
        differentiable: must be False: steps are not recorded.
        decoupled_weight_decay: let weight_decay act as in AdamW: on the weights, not on the gradient.

    Raises:
        ValueError: a setting out of range.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.tensor([1000.0, 0.001], requires_grad=True)
        >>> optimizer = tinyreg.optim.Adam([w], lr=0.125)
        >>> (w ** 2).sum().backward()
        >>> optimizer.step()
        >>> w  # both have moved by lr
        tensor([ 9.9988e+02, -1.2400e-01], requires_grad=True)
    """

    adapts = True

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad, "maximize": maximize}
        defaults.update(foreach=foreach, capturable=capturable, differentiable=differentiable, fused=fused)
        defaults["decoupled_weight_decay"] = decoupled_weight_decay
        super().__init__(params, defaults)

    def check(self, group: dict[str, Any]) -> None:
        """Refuse settings out of range."""
        who, betas = type(self).__name__, group["betas"]
        refuse_negative(who, group, "lr", "eps", "weight_decay")
        if not isinstance(betas, (tuple, list)) or len(betas) != 2 or not all(hasattr(b, "__float__") and 0 <= b < 1 for b in betas):
            raise ValueError(f"{who}: betas must be two numbers in [0, 1), got betas={betas}; (0.9, 0.999) is usual")

    def update(self, group: dict[str, Any], params: list[Any]) -> None:
        """Equations (1) to (7) for each parameter."""
        decoupled = group["decoupled_weight_decay"]
        if decoupled:
            shrink(params, group["lr"], group["weight_decay"])  # (1) of AdamW instead
        self.adapt(group, params, l2=0.0 if decoupled else float(group["weight_decay"]))

    def adapt(self, group: dict[str, Any], params: list[Any], l2: float) -> None:
        """The same, with a strength of L2 that need not be the group's weight_decay."""
        lr, eps = float(group["lr"]), float(group["eps"])
        beta1, beta2 = (float(beta) for beta in group["betas"])
        for p in params:
            xp, state = get_array_module(p.array), self.state[p]
            if not state:
                state["step"] = counter()
                for name in ("exp_avg", "exp_avg_sq", *["max_exp_avg_sq"] * bool(group["amsgrad"])):
                    state[name] = wrap(xp.zeros_like(p.array))
            state["step"].array += 1
            t = int(state["step"].array)
            c = (1 - beta2**t) ** 0.5
            arrays = [p.array, p.grad.array, state["exp_avg"].array, state["exp_avg_sq"].array]
            if group["amsgrad"]:
                arrays.append(state["max_exp_avg_sq"].array)
            numbers = (beta1, 1 - beta1, beta2, 1 - beta2, lr * c / (1 - beta1**t), c * eps, l2 or None, group["maximize"] or None)
            each(lambda part, numbers=numbers: _step(*part, *[None] * (5 - len(part)), *numbers), pieces(*arrays), p.array.size)


@fuse
def _step(w, g, m, v, u, keep_m, take_m, keep_v, take_v, rate, eps, decay, maximize):
    xp = get_array_module(w)
    if maximize is not None:
        g = -g
    if decay is not None:
        g = g + decay * w                                                         # (1)
    t = take_m * g  # the one temporary array of all that follows
    m *= keep_m
    m += t                                                                        # (2)
    xp.multiply(g, g, out=t)
    t *= take_v
    v *= keep_v
    v += t                                                                        # (3)
    if u is not None:
        xp.maximum(u, v, out=u)                                                   # (6)
    xp.sqrt(v if u is None else u, out=t)
    t += eps
    xp.divide(m, t, out=t)
    t *= rate
    w -= t                                                                        # (4), (5) in the form (7)
