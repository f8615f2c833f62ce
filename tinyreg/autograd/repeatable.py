"""Repeatable: one computation several times, with the same masks, and a network that is afterwards as it was before.

A finite difference compares two passes through a network, a power iteration many. In training mode no two passes are
alike: dropout draws new masks, batch norm moves its running averages. So whoever compares them

    replays chance      what the first pass draws from tinyreg.random, each later one is given again
    lends the buffers   each pass finds a copy of every buffer (running averages, power-iteration vectors) as it was at
                        the beginning, and may write into it; in the end the buffers are the old arrays, which nobody has
                        written: what earlier operations saved of them stays valid

The mode of the modules is left alone: batch norm in training mode uses the statistics of the batch in every pass.
"""

import functools
import inspect
from typing import Any, Self

from .. import random


class Repeatable:
    """A block in which rewind() goes back to the same chance and the same buffers.

    Args:
        functions: what is computed: Modules, or functions that are methods of Modules or refer to some.

    Example:
        >>> import tinyreg
        >>> net, x = tinyreg.nn.Sequential(tinyreg.nn.Dropout(0.5), tinyreg.nn.BatchNorm1d(2)), tinyreg.randn(8, 2)
        >>> with Repeatable(net) as again:
        ...     first = net(x)
        ...     again.rewind()
        ...     second = net(x)
        >>> bool((first == second).all()), net[1].num_batches_tracked.item()
        (True, 0)
    """

    def __init__(self, *functions: Any) -> None:
        self.modules = [module for function in functions for module in modules_of(function)]
        self.draws = random.freeze()

    def __enter__(self) -> Self:
        self.kept = [(module, name, buffer, buffer.array) for module in self.modules for name, buffer in module.named_buffers()]
        self.draws.__enter__()
        self.lend()
        return self

    def __exit__(self, *exception: object) -> None:
        self.draws.__exit__(*exception)
        for place in self.kept:
            _put(*place)

    def rewind(self) -> None:
        """Begin the next pass: the draws from the first one on, the buffers as they were.

        Example:
            >>> import tinyreg
            >>> layer, x = tinyreg.nn.Dropout(0.5), tinyreg.ones(20)
            >>> with Repeatable(layer) as again:
            ...     first = layer(x)
            ...     again.rewind()
            ...     bool((layer(x) == first).all())
            True
        """
        self.draws.rewind()
        self.lend()

    def lend(self) -> None:
        """Give the modules copies of their buffers to write into."""
        for module, name, buffer, array in self.kept:
            _put(module, name, buffer, array.copy())


def _put(module, dotted, buffer, array):
    """The buffer under its name, which may have been given to another one meanwhile, and the array in it."""
    *path, name = dotted.split(".")
    owner = functools.reduce(getattr, path, module)
    if getattr(owner, name) is not buffer:
        setattr(owner, name, buffer)
    buffer.array = array


def modules_of(function: Any) -> list[Any]:
    """The Modules that a function is, is bound to, or refers to: whatever has buffers.

    Example:
        >>> import tinyreg
        >>> net = tinyreg.nn.Linear(2, 1)
        >>> modules_of(lambda x: net(x) ** 2) == modules_of(net.forward) == [net]
        True
    """
    inner = inspect.unwrap(function)
    found = [function, getattr(function, "__self__", None), *getattr(function, "args", ())]  # args: of a functools.partial
    if inspect.isfunction(inner):
        variables = inspect.getclosurevars(inner)
        found += [*variables.nonlocals.values(), *variables.globals.values(), *(inner.__defaults__ or ())]
    modules = {id(x): x for x in found if callable(getattr(x, "named_buffers", None)) and not isinstance(x, type)}
    return list(modules.values())
