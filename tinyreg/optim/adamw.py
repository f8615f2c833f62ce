"""AdamW: Adam, and a decay of the weights that does not pass through Adam's quotient.

Update, in this order:

    w  <-  (1 - lr lambda) w                                                      (1)
    w  <-  w - lr m^ / (sqrt(v^) + eps)                                           (2)

(1) is the whole difference, and its mathematics stand in `tinyreg.regularization.weight_decay`. (2) is Adam on the loss
alone: m and v never see lambda. In Adam with L2 they do, and the strength cancels between numerator and denominator.

A parameter without a gradient (grad is None) is skipped by both; one whose gradient is 0 decays, by (1 - lr lambda)^n in
n steps. Since lr multiplies lambda, a schedule that lowers lr lowers the decay with it.

Source. Loshchilov & Hutter 2019, Decoupled weight decay regularization, arXiv 1711.05101, algorithm 2, with PyTorch's
lr lambda where the paper has a schedule factor times lambda: PyTorch's lambda is the paper's over the initial lr.
"""

from typing import Any

from ..optimizer import Params
from ..regularization.weight_decay import shrink
from .adam import Adam


class AdamW(Adam):
    """Adam with decoupled weight decay.

    Args:
        params: Tensors, pairs (name, Tensor), or dicts with settings of their own.
        lr, betas, eps, amsgrad, maximize, foreach, capturable, differentiable, fused: as Adam's.
        weight_decay: lambda, at least 0: each step multiplies the weights by 1 - lr lambda. It acts on every parameter
            of the group, biases and normalization included: give those a group of their own with weight_decay 0.

    Raises:
        ValueError: a setting out of range.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.tensor([8.0, 4.0], requires_grad=True)
        >>> optimizer = tinyreg.optim.AdamW([w], lr=0.5, weight_decay=0.5)
        >>> (0 * w).sum().backward()
        >>> optimizer.step()
        >>> w
        tensor([6., 3.], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=True,
        )

    def update(self, group: dict[str, Any], params: list[Any]) -> None:
        """Equations (1) and (2)."""
        if group["weight_decay"]:
            shrink(params, group["lr"], group["weight_decay"])                    # (1)
        self.adapt(group, params, l2=0.0)                                         # (2)
