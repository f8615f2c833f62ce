"""Watching operations as they run, forward and backward: for anomaly mode, for twins, for whoever measures.

A Watcher is called around every operation of the library and of the user while it is on: it calls compute() itself, so
that it can look at what goes in, at what comes out, at the time between, and at an error. Several may be on at once, each
around the next.

Off, watching costs nothing at all: it is no question asked by each operation, but an exchange of their `forward` and
`array_backward` while somebody watches, which are put back afterwards.
"""

import linecache
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import RLock
from typing import Any, NamedTuple

from . import engine, gradients
from .addend import settled
from .function import ArrayFunction, Context, Function

_PACKAGE = str(Path(__file__).parents[1])  # frames of files below it are the library's, not yours
_USERS = str(Path(__file__).parents[1] / "experiments")  # but for these, which walk through the doors as a user does
_lock = RLock()
_exchanged: list[tuple[Any, str, Any]] = []  # (owner, name, what stood there); empty while nobody watches
_watchers: tuple[Any, ...] = ()


class Watcher:
    """Who is called around every operation; each method here only goes on, and a watcher overrides those it needs.

    Operations of all threads come here; one that wants those of its own thread asks threading.get_ident().

    Example:
        >>> import tinyreg
        >>> class Names(Watcher):
        ...     def forward(self, function, ctx, inputs, options, compute):
        ...         print(function.__name__)
        ...         return compute()
        >>> names = Names()
        >>> watch(names)
        >>> _ = tinyreg.ones(2).exp().sum()
        Exp
        Sum
        >>> unwatch(names)
    """

    def forward(self, function: Any, ctx: Any, inputs: tuple[Any, ...], options: dict[str, Any], compute: Callable[[], Any]) -> Any:
        """An operation: what its forward is given besides ctx (arrays; Tensors, where a user wrote it), and what it returns.

        ctx is None where forward takes none; setup() is called with it then.
        """
        return compute()

    def setup(self, ctx: Any) -> None:
        """The Context of an operation whose forward, which has just run, takes none."""

    def unchanged(self, ctx: Any, compute: Callable[[], None]) -> None:
        """The engine's check that nobody wrote into what forward saved, before backward."""
        compute()

    def backward(self, ctx: Any, cotangents: tuple[Any, ...], compute: Callable[[], Any]) -> Any:
        """The derivative of an operation: from the cotangents of its outputs to the gradients of its inputs, arrays."""
        return compute()

    def accumulate(self, tensors: list[Any], compute: Callable[[], None]) -> None:
        """backward has come to its end, and adds to the .grad of these tensors."""
        compute()


def watch(watcher: Watcher) -> None:
    """Let it watch, around those who watch already.

    Args:
        watcher: a Watcher.

    Example:
        >>> watch(watcher := Watcher())
        >>> unwatch(watcher)
    """
    global _watchers
    with _lock:
        if not _exchanged:
            for cls in _below(Function):
                _exchange_all(cls)
            _exchange(engine, "_check_unchanged", _unchanged)
            _exchange(gradients, "accumulate", _accumulate)
            _exchange(Function, "__init_subclass__", _watching_new)
            _exchange(ArrayFunction, "__init_subclass__", _watching_new)
        _watchers = (watcher, *_watchers)


def unwatch(watcher: Watcher) -> None:
    """Let it watch no longer; where it was the last, everything is put back.

    Args:
        watcher: one that watches.

    Example:
        >>> watch(watcher := Watcher())
        >>> unwatch(watcher)
    """
    global _watchers
    with _lock:
        _watchers = tuple(other for other in _watchers if other is not watcher)
        while _exchanged and not _watchers:
            owner, name, plain = _exchanged.pop()
            if plain is None:
                delattr(owner, name)
            else:
                setattr(owner, name, plain)


def _below(cls):
    """A class and all that are derived from it."""
    return {cls}.union(*map(_below, cls.__subclasses__()))


def _exchange_all(cls):
    """Exchange what the engine calls of an operation, where the class has it of its own."""
    for name, watched in (("forward", _forward), ("setup_context", _setup), ("array_backward", _backward)):
        if vars(cls).get(name) is not None and (cls is not Function or name == "array_backward"):
            _exchange(cls, name, watched)


def _exchange(owner, name, watched):
    plain = vars(owner).get(name)
    _exchanged.append((owner, name, plain))
    setattr(owner, name, watched(owner, plain))


def _watching_new(owner, plain):
    """Operations that are defined while somebody watches are watched, too."""

    def __init_subclass__(cls, /, **kwargs):
        begin = super(owner, cls).__init_subclass__ if plain is None else plain.__get__(None, cls)
        begin(**kwargs)
        if owner is ArrayFunction or not issubclass(cls, ArrayFunction):  # those come here twice, at first unfinished
            with _lock:
                _exchange_all(cls)

    return classmethod(__init_subclass__)


def _forward(owner, plain):
    def forward(*args, **options):
        ctx = args[0] if args and type(args[0]) is Context else None
        function = getattr(ctx, "function", owner)  # the class may have inherited its forward
        inputs = args if ctx is None else args[1:]
        compute = partial(plain.__get__(None, owner), *args, **options)
        for watcher in reversed(_watchers):
            compute = partial(watcher.forward, function, ctx, inputs, options, compute)
        return compute()

    return staticmethod(forward)


def _setup(owner, plain):
    def setup_context(ctx, *args, **options):
        for watcher in _watchers:
            watcher.setup(ctx)
        return plain.__get__(None, owner)(ctx, *args, **options)

    return staticmethod(setup_context)


def _settled(backward, *arguments):
    return settled(backward(*arguments))


def _backward(owner, plain):
    def array_backward(ctx, *grads):
        compute = partial(_settled, plain.__get__(None, ctx.function), ctx, *grads)
        for watcher in reversed(_watchers):
            compute = partial(watcher.backward, ctx, grads, compute)
        return compute()

    return staticmethod(array_backward)


def _unchanged(owner, plain):
    def check(ctx):
        compute = partial(plain, ctx)
        for watcher in reversed(_watchers):
            compute = partial(watcher.unchanged, ctx, compute)
        compute()

    return check


def _accumulate(owner, plain):
    def accumulate(leaves, shown):
        compute = partial(plain, leaves, shown)
        for watcher in reversed(_watchers):
            compute = partial(watcher.accumulate, [leaf for leaf, *_ in leaves.values()], compute)
        compute()

    return accumulate


class Site(NamedTuple):
    """The line that called an operation.

    Attributes:
        file, line: where it stands.
        layer: the module of the library that called the operation there, None where the line did itself.
    """

    file: str
    line: int
    layer: Any

    def __str__(self) -> str:
        layer = "" if self.layer is None else f" by {repr(self.layer).splitlines()[0]}"
        return f"{self.file}:{self.line}: {self.text()}{layer}"

    def text(self) -> str:
        """What stands in the line; nothing where its file cannot be read.

        Example:
            >>> Site("no such file", 1, None).text()
            ''
        """
        return linecache.getline(self.file, self.line).strip()


def call_site() -> Site:
    """The innermost line outside of the library that called an operation; where there is none, the outermost.

    For a watcher, whose own lines do not count.

    Example:
        >>> call_site().layer is None
        True
    """
    frame, layer = sys._getframe(1), None
    while not _is_the_librarys(frame.f_code.co_filename) and frame.f_back is not None:  # the watcher's
        frame = frame.f_back
    while _is_the_librarys(frame.f_code.co_filename) and frame.f_back is not None:
        if layer is None and frame.f_code.co_name == "forward":
            module = frame.f_locals.get("self")
            layer = module if hasattr(module, "extra_repr") else None
        frame = frame.f_back
    return Site(frame.f_code.co_filename, frame.f_lineno, layer)


def _is_the_librarys(file):
    return file.startswith(_PACKAGE) and not file.startswith(_USERS)
