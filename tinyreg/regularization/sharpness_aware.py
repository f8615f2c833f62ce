"""Sharpness-aware minimization: a step against the gradient not where the weights are, but where the loss near them is worst.

Objective
    w are all weights, L the loss of the batch, g = dL/dw at w. Asked for are weights in whose neighbourhood, a ball of radius
    rho, the loss is low everywhere:

        min over w of  max over |e| <= rho of  L(w + e)                                          (1)

    To first order L(w + e) = L(w) + <g, e>, largest where e points along g (Cauchy and Schwarz):

        e = rho g / |g|                                                                          (2)
        w  <-  w + step of the base optimizer with the gradient at w + e                         (3)

    |g| is one length for all weights together. One ball does not suit weights of different size: where a layer is followed
    by ReLU or normalization, its weights times 10 and the next ones divided by 10 are the same function, but the ball around
    them another. With T = diag(|w_i| + eta) and the ball |e / T| <= rho (ASAM), e = T e~ and dL/de~ = T g give

        e = rho T^2 g / |T g|                                                                    (4)

Backward
    Nothing is differentiated by hand: there are two ordinary gradients, at w and at w + e. That e depends on w is left out in
    (3), and may be: with the second derivatives H,

        gradient at w + e  =  g + H e + ...  =  g + rho H g/|g|  =  d/dw (L + rho |g|)           (5)

    since d|g|/dw = H g/|g|. To first order in rho, (3) descends the loss plus rho times the length of its gradient.

Why it regularizes
    The loss on other data is nearly the loss on these with the weights elsewhere; where it is flat, little is lost by that.
    What (3) does can be seen on a quadratic, L = w'Hw/2, where g = Hw and (3) with plain SGD is exactly

        w  <-  w - lr (H w + rho H^2 w / |H w|)                                                  (6)

    In one direction of curvature h, w <- (1 - lr h) w - lr h rho sign(w): it never comes to rest, but ends by jumping from one
    side of the valley to the other,

        w  <-  -w,      |w| = a = lr h rho / (2 - lr h)                                          (7)

    With several directions, let it jump so along one, of curvature h_1. A small w_j in another one is multiplied each step by

        1 - lr h_j - (2 - lr h_1) (h_j / h_1)^2                                                  (8)

    which is below 1 in size for h_j < h_1 and above for h_j > h_1: all jumping ends in the steepest direction. And there it
    works. Let the curvature of the valley change along its floor, L = h(z) x^2/2. At w + e, x is a + rho or its negative, and

        z  <-  z - lr h'(z) (a + rho)^2 / 2                                                      (9)

    where plain descent, at rest on the floor x = 0, stays: SAM goes down the largest eigenvalue of H, slowly, as rho^2.

Edge cases
    rho = 0 is the base optimizer, at twice its price; too large a rho looks beyond the valley. g = 0: no e. Weights without
    a gradient stay. eta keeps (4) from holding weights of 0 in place; rho is larger there, by about ten in the paper.
    The weights are copied, and put back bit for bit before the base optimizer moves them, also if the closure raises.
    Weight decay of the base optimizer acts at w; an l2_penalty in the loss is part of L, at w and at w + e. Clipping: (2) has
    no use for the length of the first gradient, what is clipped is the second: in fit, or as a pre-hook of the base
    optimizer, whose hooks meet the gradient at w + e. With Adam as the base, its moments see the gradient at w + e.
    Accumulated gradients: the closure goes through all the pieces. Each pass draws dropout masks of its own, so (5) holds on
    average. Batch norm in training mode uses the batch in both passes, and would move its running averages twice, the second
    time by the network at w + e, which nobody will use: SAM(..., model=model) keeps those of the first pass alone. The e of a
    small batch is better than that of a large one (Foret et al.'s m-sharpness). At evaluation it is as if it were not there.

Cost
    Two gradients a step, and a copy of the weights meanwhile. Nothing waits for the device.

Source
    Foret, Kleiner, Mobahi, Neyshabur 2021, "Sharpness-aware minimization for efficiently improving generalization", arXiv
    2010.01412, algorithm 1. Kwon, Kim, Park, Choi 2021, "ASAM: adaptive sharpness-aware minimization", arXiv 2102.11600, for
    (4) and eta = 0.01. Bartlett, Long, Bousquet 2022, "The dynamics of sharpness-aware minimization: bouncing across ravines
    and drifting towards wide minima", arXiv 2210.01513, for (7) to (9).
"""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any

from ..autograd import enable_grad, stamp
from ..autograd.repeatable import Repeatable
from ..autograd.tensor import wrap
from ..backend import pieces
from ..module import Module
from ..optimizer import Optimizer, refuse_negative
from .gradient_clipping import get_total_norm


class SAM(Optimizer):
    """Let a base optimizer step with the gradient at the worst point near the weights.

    It shares the parameter groups and the state of the base optimizer: schedules, clipping and state_dict see one optimizer.
    `step(closure)` is PyTorch's: the closure computes everything, and is called twice. (The circulating implementations
    call theirs once, after a backward of your own; that is first_step and second_step here, too.)

    Args:
        base_optimizer: the Optimizer that makes the step: SGD, Adam, ...
        rho: the radius, at least 0; 0 is the base optimizer alone. A group that has a "rho" of its own keeps it.
        adaptive: measure the radius in units of each weight's size, (4) instead of (2).
        eta: added to the sizes in (4), at least 0; a weight of 0 has it for its size.
        model: a Module whose buffers (running averages) move in the first of the two passes only; None lets them move twice.

    Raises:
        TypeError: base_optimizer is no Optimizer, or model no Module.
        ValueError: rho or eta out of range; a base optimizer that needs a closure itself.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.tensor([3.0, 4.0], requires_grad=True)
        >>> optimizer = SAM(tinyreg.optim.SGD([w], lr=0.5), rho=1.0)
        >>> def closure():
        ...     optimizer.zero_grad()
        ...     loss = (w ** 2).sum() / 2
        ...     loss.backward()
        ...     return loss
        >>> loss = optimizer.step(closure)
        >>> w  # (3, 4) - 0.5 [(3, 4) + (0.6, 0.8)]
        tensor([1.2000, 1.6000], requires_grad=True)
    """

    needs_closure = True

    def __init__(
        self, base_optimizer: Optimizer, rho: float = 0.05, adaptive: bool = False, *, eta: float = 0.01, model: Module | None = None
    ) -> None:
        if not isinstance(base_optimizer, Optimizer):
            raise TypeError(f"SAM: base_optimizer must be an Optimizer, got {type(base_optimizer).__name__}; build it first, SAM(SGD(...))")
        if base_optimizer.needs_closure:
            raise ValueError(f"SAM: base_optimizer must step without a closure, got {type(base_optimizer).__name__}; take SGD or Adam")
        if model is not None and not isinstance(model, Module):
            raise TypeError(f"SAM: model must be a Module or None, got {type(model).__name__}; it is the one whose averages stay")
        settings: dict[str, Any] = {"rho": rho, "adaptive": adaptive, "eta": eta}
        groups = [settings | group for group in base_optimizer.param_groups]
        for group in groups:
            self.check(group)
        self.base_optimizer, self.model = base_optimizer, model
        self.defaults = base_optimizer.defaults | settings
        self.param_groups = base_optimizer.param_groups
        self._kept: list[Any] | None = None  # between both steps: pairs of a parameter and a copy of what it was
        for group, full in zip(self.param_groups, groups):
            group.update(full)

    @property
    def state(self) -> Any:  # type: ignore[override]  # the base optimizer writes it
        """What the base optimizer remembers of each parameter."""
        return self.base_optimizer.state

    @property
    def steps(self) -> int:  # hooks of the base optimizer may read it there
        """How often step() was called; the base optimizer's count.

        Example:
            >>> import tinyreg
            >>> base = tinyreg.optim.SGD([tinyreg.ones(1, requires_grad=True)], lr=0.5)
            >>> optimizer = SAM(base)
            >>> optimizer.steps = 3
            >>> base.steps
            3
        """
        return self.base_optimizer.steps

    @steps.setter
    def steps(self, value: int) -> None:
        self.base_optimizer.steps = value

    def check(self, group: dict[str, Any]) -> None:
        """Refuse a radius that is none."""
        refuse_negative("SAM", group, "rho", "eta")

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Optimize more parameters, with settings of their own.

        Args:
            param_group: {"params": Tensors or pairs (name, Tensor), setting: value, ...}; settings of the base optimizer and
                "rho", "adaptive", "eta".

        Raises:
            TypeError, ValueError: as the base optimizer's.

        Example:
            >>> import tinyreg
            >>> optimizer = SAM(tinyreg.optim.SGD([tinyreg.ones(1, requires_grad=True)], lr=0.5))
            >>> optimizer.add_param_group({"params": [tinyreg.zeros(2, requires_grad=True)], "rho": 0.1})
            >>> [group["rho"] for group in optimizer.param_groups]
            [0.05, 0.1]
        """
        if isinstance(param_group, dict):
            param_group = {name: self.defaults[name] for name in ("rho", "adaptive", "eta")} | param_group
            self.check(param_group)
        self.base_optimizer.add_param_group(param_group)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Evaluate the closure at w and at the worst point near it, and step from w.

        Args:
            closure: forgets the gradients (zero_grad), computes the loss, calls backward and returns the loss. It is called
                twice; between the calls the weights are elsewhere.

        Returns:
            What the first call returned: the loss at w.

        Raises:
            RuntimeError: no closure.

        Example:
            >>> import tinyreg
            >>> w = tinyreg.ones(1, requires_grad=True)
            >>> optimizer = SAM(tinyreg.optim.SGD([w], lr=0.5))
            >>> def closure():
            ...     optimizer.zero_grad()
            ...     loss = (2 * w).sum()
            ...     loss.backward()
            ...     return loss
            >>> optimizer.step(closure).item(), w.item()
            (2.0, 0.0)
        """
        if closure is None:
            raise RuntimeError(
                "SAM: step must be given a closure that computes loss and gradient, got None; "
                "write optimizer.step(closure), or call first_step and second_step"
            )
        with enable_grad():
            loss = closure()
        self.first_step()
        try:
            with enable_grad(), Repeatable(self.model) if self.model is not None else nullcontext():
                closure()
        except BaseException:
            self._restore()
            raise
        self.second_step()
        return loss

    def first_step(self, zero_grad: bool = False) -> None:
        """Move the weights to the worst point, along the gradients that are there.

        Args:
            zero_grad: forget the gradients afterwards.

        Raises:
            RuntimeError: the weights are there already.

        Example:
            >>> import tinyreg
            >>> w = tinyreg.tensor([3.0, 4.0], requires_grad=True)
            >>> optimizer = SAM(tinyreg.optim.SGD([w], lr=0.5), rho=1.0)
            >>> (w ** 2).sum().backward()
            >>> optimizer.first_step(zero_grad=True)
            >>> w
            tensor([3.6000, 4.8000], requires_grad=True)
        """
        if self._kept is not None:
            raise RuntimeError("SAM: first_step must be followed by second_step, got first_step twice; compute the gradient, and step")
        moving = [(group, p) for group in self.param_groups for p in group["params"] if p.grad is not None]
        length = get_total_norm([wrap(_size(group, p.array) * p.grad.array) if group["adaptive"] else p.grad for group, p in moving]).array
        kept = []
        for group, p in moving:
            kept.append((p, p.array.copy()))
            scale = (float(group["rho"]) / (length + (length == 0))).astype(p.array.dtype)
            for w, g in pieces(p.array, p.grad.array):
                if group["adaptive"]:
                    w += scale * _size(group, w) ** 2 * g                              # (4)
                else:
                    w += scale * g                                                     # (2)
            stamp(p)
        self._kept = kept
        if zero_grad:
            self.zero_grad()

    def second_step(self, zero_grad: bool = False) -> None:
        """Put the weights back, and let the base optimizer step with the gradients that are there now.

        Args:
            zero_grad: forget the gradients afterwards.

        Raises:
            RuntimeError: there was no first_step.

        Example:
            >>> import tinyreg
            >>> w = tinyreg.tensor([3.0, 4.0], requires_grad=True)
            >>> optimizer = SAM(tinyreg.optim.SGD([w], lr=0.5), rho=1.0)
            >>> for step in (optimizer.first_step, optimizer.second_step):
            ...     ((w ** 2).sum() / 2).backward()
            ...     step(zero_grad=True)
            >>> w
            tensor([1.2000, 1.6000], requires_grad=True)
        """
        if self._kept is None:
            raise RuntimeError("SAM: second_step must follow first_step, got none before it; compute the gradient, and call first_step")
        self._restore()
        steps = self.steps
        self.base_optimizer.step()                                                     # (3)
        self.steps = steps + 1  # also where the base optimizer's own step() does not count
        if zero_grad:
            self.zero_grad()

    def _restore(self):
        for p, values in self._kept or ():
            p.array[...] = values
            stamp(p)
        self._kept = None

    def state_dict(self) -> dict[str, Any]:
        """The state of the base optimizer; its groups hold rho, adaptive and eta.

        Example:
            >>> import tinyreg
            >>> optimizer = SAM(tinyreg.optim.SGD([tinyreg.ones(1, requires_grad=True)], lr=0.5), rho=0.1)
            >>> optimizer.state_dict()["param_groups"][0]["rho"]
            0.1
        """
        return self.base_optimizer.state_dict()

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Continue from what state_dict() returned, of SAM or of its base optimizer; then rho stays as it is.

        Args:
            state_dict: what state_dict() of an optimizer with the same groups returned.

        Raises:
            ValueError: as the base optimizer's, or a radius that is none.

        Example:
            >>> import tinyreg
            >>> w = tinyreg.ones(1, requires_grad=True)
            >>> one, other = (SAM(tinyreg.optim.SGD([w], lr=0.5), rho=rho) for rho in (0.1, 0.2))
            >>> other.load_state_dict(one.state_dict())
            >>> other.param_groups[0]["rho"]
            0.1
        """
        for group in state_dict["param_groups"]:
            self.check({name: self.defaults[name] for name in ("rho", "eta")} | group)
        self.base_optimizer.load_state_dict(state_dict)


def _size(group, w):
    """The diagonal of T in (4)."""
    return abs(w) + float(group["eta"])
