"""Hooks: functions that see a gradient on its way, and may replace it.

They hang on the operation that made a tensor (`ctx.hooks`) or, for a leaf, on the tensor (`leaf_hooks`): a dict of pairs
(number of the output, function), in the order in which they were registered. Where a function could stand, a Term may
(account.py): the gradient that it notes is the one after all hooks.
"""

from typing import Any
from weakref import ref

from .account import Term
from .tensor import Tensor, wrap


class RemovableHandle:
    """Takes a hook away again."""

    def __init__(self, hooks: dict[Any, Any], entry: Any) -> None:
        self.hooks = hooks
        self.key = object()  # the hook outlives its handle, so the handle's id would not do
        hooks[self.key] = entry

    def remove(self) -> None:
        """Remove the hook; a second call does nothing."""
        self.hooks.pop(self.key, None)


def hook(tensor, function):
    """Tensor.register_hook: call function when the gradient of the tensor is complete."""
    if not tensor._requires_grad:
        raise RuntimeError("register_hook: the tensor must require grad, got requires_grad=False; no gradient will ever reach it")
    if tensor.edge is None:
        if tensor.leaf_hooks is None:
            tensor.leaf_hooks = {}
        return RemovableHandle(tensor.leaf_hooks, (0, function))
    ctx, which = tensor.grad_fn, getattr(tensor.edge, "which", 0)
    if ctx.hooks is None:
        ctx.hooks = {}
    return RemovableHandle(ctx.hooks, (which, function))


def retain(tensor):
    """Tensor.retain_grad: a hook that adds the gradient to the tensor's own .grad, if it is no leaf."""
    if not tensor._requires_grad:
        raise RuntimeError("retain_grad: the tensor must require grad, got requires_grad=False; no gradient will ever reach it")
    if tensor.edge is None or tensor.retained is not None:
        return
    this = ref(tensor)  # the graph must not hold its tensors

    def keep(grad):
        tensor = this()
        if tensor is not None:
            tensor._grad = wrap(grad.array + (0 if tensor._grad is None else tensor._grad.array))

    tensor.retained = hook(tensor, keep)


def run_hooks(hooks, which, grad, shown):
    """The gradient of an output after its hooks; the arrays that a hook saw, and may keep, are appended to `shown`."""
    term = None
    for output, function in list(hooks.values()):
        if type(function) is Term:
            term = function
        elif output == which:
            shown.append(grad)
            replaced = function(wrap(grad))
            if replaced is None:
                continue
            if not isinstance(replaced, Tensor) or replaced.array.shape != grad.shape:
                got = replaced.array.shape if isinstance(replaced, Tensor) else type(replaced).__name__
                raise RuntimeError(f"hook: must return None or a Tensor of the gradient's shape {tuple(grad.shape)}, got {got}; correct it")
            grad = replaced.array
            shown.append(grad)
    if term is not None:
        shown += grad, (term, grad)
    return grad
