"""Calling a module: its forward, between the hooks that were registered before and after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .autograd.hooks import RemovableHandle


class ForwardHooks:
    """The part of Module that runs forward, and functions before and after it.

    Example:
        >>> import tinyreg
        >>> layer = tinyreg.nn.Identity()
        >>> handle = layer.register_forward_hook(lambda module, inputs, output: output + 1)
        >>> layer(tinyreg.ones(2))
        tensor([2., 2.])
    """

    _forward_pre_hooks: dict[Any, Any]
    _forward_hooks: dict[Any, Any]
    forward: Callable[..., Any]

    def __call__(self, *inputs: Any, **kwargs: Any) -> Any:
        if not (self._forward_pre_hooks or self._forward_hooks):
            if kwargs or len(inputs) != 1:
                return self.forward(*inputs, **kwargs)
            return self.forward(inputs[0])  # the usual call; to unpack a tuple and a dict would take twice as long
        waiting = list(self._forward_hooks.values())
        output = None
        try:
            for hook, with_kwargs in list(self._forward_pre_hooks.values()):
                changed = hook(self, inputs, kwargs) if with_kwargs else hook(self, inputs)
                if changed is not None:
                    inputs, kwargs = _both(changed) if with_kwargs else (changed if isinstance(changed, tuple) else (changed,), kwargs)
            output = self.forward(*inputs, **kwargs)
            while waiting:
                hook, with_kwargs, _ = waiting.pop(0)
                changed = hook(self, inputs, kwargs, output) if with_kwargs else hook(self, inputs, output)
                output = output if changed is None else changed
        except Exception:
            for hook, with_kwargs, always in waiting:
                if always:
                    hook(self, inputs, kwargs, output) if with_kwargs else hook(self, inputs, output)
            raise
        return output

    def register_forward_pre_hook(self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False) -> RemovableHandle:
        """Call hook(module, inputs) before forward; what it returns, if anything, replaces the inputs.

        Args:
            hook: takes the module and the tuple of its positional inputs; returns None, an input, or a tuple of them.
            prepend: True calls it before the hooks that are there already.
            with_kwargs: True calls hook(module, inputs, kwargs), with the dict of its inputs by name; it returns None or
                both, (inputs, kwargs).

        Returns:
            A handle whose remove() takes the hook away.

        Raises:
            RuntimeError: during a call, a hook with_kwargs that returned something else than None or both.

        Example:
            >>> import tinyreg
            >>> layer = tinyreg.nn.Identity()
            >>> handle = layer.register_forward_pre_hook(lambda module, inputs: inputs[0] * 2)
            >>> layer(tinyreg.ones(2))
            tensor([2., 2.])
        """
        return _registered(self._forward_pre_hooks, (hook, with_kwargs), prepend)

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """Call hook(module, inputs, output) after forward; what it returns, if anything, replaces the output.

        Args:
            hook: takes the module, the tuple of its positional inputs and the output; returns None or another output.
            prepend: True calls it before the hooks that are there already.
            with_kwargs: True calls hook(module, inputs, kwargs, output), with the dict of its inputs by name.
            always_call: True calls it also where forward, or a hook before it, raised; with the output so far, or None.

        Returns:
            A handle whose remove() takes the hook away.

        Example:
            >>> import tinyreg
            >>> layer = tinyreg.nn.Linear(2, 3)
            >>> handle = layer.register_forward_hook(lambda module, inputs, output: print(tuple(output.shape)))
            >>> _ = layer(tinyreg.ones(1, 2))
            (1, 3)
            >>> handle.remove()
        """
        return _registered(self._forward_hooks, (hook, with_kwargs, always_call), prepend)


def _registered(hooks, entry, prepend):
    handle = RemovableHandle(hooks, entry)
    if prepend:
        hooks.move_to_end(handle.key, last=False)
    return handle


def _both(changed):
    """What a hook that also sees the inputs by name returned."""
    if not isinstance(changed, tuple) or len(changed) != 2:
        raise RuntimeError(
            f"register_forward_pre_hook: a hook with_kwargs must return None or (inputs, kwargs), got {changed!r:.60}; "
            "return both, changed or not"
        )
    return changed
