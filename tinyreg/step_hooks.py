"""Functions before and after every step of an optimizer: where what acts on gradients or weights joins a training.

    before    gradient noise, a projection of the gradient
    after     a proximal step, a projection of the weights (max-norm), a moving average of them
"""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from .autograd.hooks import RemovableHandle


def with_hooks(step: Callable[..., Any]) -> Callable[..., Any]:
    """The method step between the hooks of its optimizer; a step that is called inside another one runs none."""

    @functools.wraps(step)
    def hooked(*args: Any, **kwargs: Any) -> Any:
        self = args[0]
        if self._stepping or not (self._pre_hooks or self._post_hooks):
            return step(*args, **kwargs)
        self._stepping = True
        try:
            for hook in list(self._pre_hooks.values()):
                changed = hook(self, args, kwargs)
                if changed is not None:
                    args, kwargs = _both(changed)
            result = step(*args, **kwargs)
            for hook in list(self._post_hooks.values()):
                hook(self, args, kwargs)
        finally:
            self._stepping = False
        return result

    return hooked


class StepHooks:
    """The part of Optimizer that runs functions before and after a step, whichever class wrote the step.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.ones(2, requires_grad=True)
        >>> optimizer = tinyreg.optim.SGD([w], lr=0.5)
        >>> handle = optimizer.register_step_post_hook(lambda optimizer, args, kwargs: print(w.tolist()))
        >>> w.sum().backward()
        >>> optimizer.step()
        [0.5, 0.5]
    """

    # on the class, so that an optimizer that overrides __init__ has them, too
    _stepping = False

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "step" in vars(cls):
            setattr(cls, "step", with_hooks(vars(cls)["step"]))  # noqa: B010  (an assignment would tell mypy of another type)

    @functools.cached_property
    def _pre_hooks(self) -> dict[Any, Any]:
        return OrderedDict()

    @functools.cached_property
    def _post_hooks(self) -> dict[Any, Any]:
        return OrderedDict()

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call hook(optimizer, args, kwargs) before every step; it may return others, (args, kwargs).

        Args:
            hook: takes the optimizer and what step was called with: args begins with the optimizer, as in PyTorch. The
                gradients are there, unless a closure makes them.

        Returns:
            A handle whose remove() takes the hook away.

        Raises:
            RuntimeError: during a step, a hook that returned something else than None or both.

        Example:
            >>> import tinyreg
            >>> w = tinyreg.ones(1, requires_grad=True)
            >>> optimizer = tinyreg.optim.SGD([w], lr=1.0)
            >>> def halve(optimizer, args, kwargs):
            ...     _ = w.grad.mul_(0.5)
            >>> handle = optimizer.register_step_pre_hook(halve)
            >>> w.sum().backward()
            >>> optimizer.step()
            >>> w.tolist()
            [0.5]
        """
        return RemovableHandle(self._pre_hooks, hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call hook(optimizer, args, kwargs) after every step.

        Args:
            hook: takes the optimizer and what step was called with; what it returns is ignored.

        Returns:
            A handle whose remove() takes the hook away.

        Example:
            >>> import tinyreg
            >>> w = tinyreg.tensor([3.0, 0.01], requires_grad=True)
            >>> optimizer = tinyreg.optim.SGD([w], lr=0.1)
            >>> proximal = lambda *_: tinyreg.regularization.l1_proximal_([w], lr=0.1, strength=1.0)
            >>> handle = optimizer.register_step_post_hook(proximal)
            >>> (w * 0).sum().backward()
            >>> optimizer.step()
            >>> w
            tensor([2.9000, 0.0000], requires_grad=True)
        """
        return RemovableHandle(self._post_hooks, hook)


def _both(changed):
    if not isinstance(changed, tuple) or len(changed) != 2:
        raise RuntimeError(
            f"register_step_pre_hook: a hook must return None or (args, kwargs), got {changed!r:.60}; return both, changed or not"
        )
    return changed
