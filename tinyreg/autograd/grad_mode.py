"""Whether operations are recorded: one flag a thread, on by default."""

import threading
from contextlib import ContextDecorator
from functools import wraps
from inspect import isgeneratorfunction
from typing import Any, Self

from ..types import Called


class _Mode(threading.local):
    enabled = True


mode = _Mode()


def is_grad_enabled() -> bool:
    """Whether operations on tensors that require grad are recorded now.

    Example:
        >>> import tinyreg
        >>> with tinyreg.no_grad():
        ...     tinyreg.is_grad_enabled()
        False
    """
    return mode.enabled


class _Switch(ContextDecorator):
    """A block, or a function, in which recording is on or off; blocks nest, and an exception restores the mode, too."""

    def __init__(self, enabled: bool) -> None:
        self.enabled, self.before = enabled, []

    def __enter__(self) -> Self:
        self.before.append(mode.enabled)
        mode.enabled = self.enabled
        return self

    def __exit__(self, *exception: object) -> None:
        mode.enabled = self.before.pop()

    def _recreate_cm(self):
        return _Switch(self.enabled)  # each call of a decorated function, in whatever thread, remembers its own mode

    def __call__(self, function: Called) -> Called:
        if not isgeneratorfunction(function):
            return super().__call__(function)

        @wraps(function)
        def generator(*args, **kwargs):
            steps, sent = function(*args, **kwargs), None
            while True:  # only the steps of the generator run in the block, not what its consumer does between them
                try:
                    with self._recreate_cm():
                        value = steps.send(sent)
                except StopIteration as stop:
                    return stop.value
                sent = yield value

        return generator  # type: ignore[return-value]  # it is called as function is


class _Named(_Switch):
    """A switch whose name says the mode: written with parentheses or, as a decorator, without."""

    def __new__(cls, function: Any = None) -> Any:
        return cls()(function) if callable(function) else super().__new__(cls)


class no_grad(_Named):
    """Do not record: evaluation, and writes to parameters.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.ones(2, requires_grad=True)
        >>> with tinyreg.no_grad():
        ...     y = w * 2
        >>> y.requires_grad
        False
    """

    def __init__(self) -> None:
        super().__init__(False)


class enable_grad(_Named):
    """Record again inside a no_grad block.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.ones(2, requires_grad=True)
        >>> with tinyreg.no_grad(), tinyreg.enable_grad():
        ...     (w * 2).requires_grad
        True
    """

    def __init__(self) -> None:
        super().__init__(True)


class inference_mode(_Named):
    """The same as no_grad here, there is no second set of rules for its tensors; `inference_mode(False)` records again.

    Args:
        mode: True does not record, False does.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.ones(2, requires_grad=True)
        >>> with tinyreg.inference_mode():
        ...     (w * 2).requires_grad
        False
    """

    def __init__(self, mode: bool = True) -> None:
        super().__init__(not mode)


class _AtOnce(_Switch):
    """A switch that the plain call switches already, as PyTorch's do."""

    def __enter__(self) -> Self:
        if not self.before:  # entered a second time
            super().__enter__()
        return self

    def __call__(self, function: Called) -> Called:
        self.__exit__()  # a decorator switches during calls only
        return super().__call__(function)


class set_grad_enabled(_AtOnce):
    """Switch recording on or off: as a statement, for a `with` block, or as a decorator.

    Args:
        mode: True records, False does not.

    Example:
        >>> import tinyreg
        >>> w = tinyreg.ones(2, requires_grad=True)
        >>> with tinyreg.set_grad_enabled(False):
        ...     (w * 2).requires_grad
        False
    """

    def __init__(self, mode: bool) -> None:
        super().__init__(bool(mode))
        super().__enter__()  # the plain call switches, as PyTorch's
