"""Whether operations are recorded: one flag a thread, on by default."""

import threading
from contextlib import ContextDecorator


class _Mode(threading.local):
    enabled = True


mode = _Mode()


def is_grad_enabled():
    """Whether operations on tensors that require grad are recorded now."""
    return mode.enabled


class set_grad_enabled(ContextDecorator):
    """Switch recording on or off: as a statement, for a `with` block, or as a decorator.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.ones(2, requires_grad=True)
        >>> with tinyreg.set_grad_enabled(False):
        ...     (w * 2).requires_grad
        False
    """

    def __init__(self, enabled):
        self.before, self.enabled = [mode.enabled], bool(enabled)
        mode.enabled = self.enabled  # the plain call switches, as PyTorch's

    def __call__(self, function):
        mode.enabled = self.before.pop()  # a decorator switches during calls only
        return super().__call__(function)

    def __enter__(self):
        if not self.before:  # entered as a decorator, or a second time
            self.before.append(mode.enabled)
        mode.enabled = self.enabled
        return self

    def __exit__(self, *exception):
        mode.enabled = self.before.pop()


class _Switch(ContextDecorator):
    """A block in which recording is `enabled`; blocks nest, and an exception restores the mode too."""

    enabled = False

    def __init__(self):
        self.before = []

    def __enter__(self):
        self.before.append(mode.enabled)
        mode.enabled = self.enabled
        return self

    def __exit__(self, *exception):
        mode.enabled = self.before.pop()


class no_grad(_Switch):
    """Do not record: evaluation, and writes to parameters.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.ones(2, requires_grad=True)
        >>> with tinyreg.no_grad():
        ...     y = w * 2
        >>> y.requires_grad
        False
    """

    def __new__(cls, function=None):
        # PyTorch accepts @no_grad as well as @no_grad()
        if function is not None:
            return cls()(function)
        return super().__new__(cls)


class inference_mode(no_grad):
    """The same as no_grad here: there is no second set of rules for inference tensors."""


class enable_grad(_Switch):
    """Record again inside a no_grad block."""

    enabled = True
