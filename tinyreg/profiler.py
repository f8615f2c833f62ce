"""Where the time goes: every operation of a block, forward and backward, with how often it ran and how long it took.

    with tinyreg.profiler.profile() as prof:
        step()
    print(prof.key_averages().table(sort_by="self_cpu_time_total"))

An operation's name is that of its Function, its derivative's the one that grad_fn prints (Convolution, ConvolutionBackward0);
a step of an optimizer is "Optimizer.step#SGD.step", and record_function names a piece of a script. What runs inside something
else counts in the total time of both, and in the self time of the inner one only: the self times of all rows add up to
what was measured. What no row names (Python between the operations, the data, the engine's own work) is in the row "(other)".

On a GPU an operation only begins when Python calls it. While a profile is on, the host waits for the device before and
after each, so that a row holds the time of its kernels; the block takes longer than it would unwatched. Off, the profiler
costs nothing: the operations are exchanged while it is on (autograd/watching.py).
"""

import threading
from collections.abc import Callable, Iterable
from contextlib import ContextDecorator, contextmanager
from dataclasses import dataclass
from enum import Enum
from functools import wraps
from time import perf_counter
from typing import Any, Self

from .autograd.watching import Watcher, unwatch, watch
from .device import cuda
from .step_hooks import StepHooks
from .text_table import aligned

OTHER = "(other)"
ORDERS = ("self_cpu_time_total", "cpu_time_total", "cpu_time", "count", "key")

_open: tuple["profile", ...] = ()  # the profiles that are on, the innermost last


class ProfilerActivity(Enum):
    """What PyTorch can be told to measure. Here one clock measures both: the CPU's, which waits for the GPU."""

    CPU = 0
    CUDA = 1


@dataclass
class Average:
    """One row of a profile; times in microseconds.

    Attributes:
        key: the name.
        count: how often it ran.
        cpu_time_total: the time between its begin and its end, of all runs together.
        self_cpu_time_total: the same without what other rows ran inside it.
        input_shapes: of what it was given; empty unless the profile records shapes and was asked for them.
    """

    key: str
    count: int = 0
    cpu_time_total: float = 0.0
    self_cpu_time_total: float = 0.0
    input_shapes: tuple[tuple[int, ...], ...] = ()

    @property
    def cpu_time(self) -> float:
        """The mean time of a run."""
        return self.cpu_time_total / max(self.count, 1)


class Averages(list[Average]):
    """The rows of a profile.

    Example:
        >>> rows = Averages([Average("Exp", 2, 30.0, 30.0), Average("(other)", 1, 10.0, 10.0)])
        >>> rows.self_cpu_time_total
        40.0
    """

    @property
    def self_cpu_time_total(self) -> float:
        """The self times of all rows together, in microseconds: what was measured."""
        return sum(row.self_cpu_time_total for row in self)

    def table(self, sort_by: str | None = None, row_limit: int = 100) -> str:
        """The rows as text, the largest first.

        Args:
            sort_by: "self_cpu_time_total" (None is the same), "cpu_time_total", "cpu_time" (the mean), "count", or "key".
            row_limit: at most so many rows; -1 shows all.

        Raises:
            ValueError: another order.

        Example:
            >>> print(Averages([Average("Exp", 2, 30.0, 30.0), Average("(other)", 1, 10.0, 10.0)]).table())
            name     self   self us  total us  mean us  calls
            Exp      75.0%  30.0     30.0      15.0     2
            (other)  25.0%  10.0     10.0      10.0     1
            <BLANKLINE>
            40.0 us in all
        """
        order = ORDERS[0] if sort_by is None else sort_by
        if order not in ORDERS:
            raise ValueError(f"table: sort_by must be one of {', '.join(ORDERS)}, got {sort_by!r}; None is the first of them")
        rows = sorted(self, key=lambda row: getattr(row, order), reverse=order != "key")
        whole = self.self_cpu_time_total
        headings = ["name", "self", "self us", "total us", "mean us", "calls"]
        shapes = any(row.input_shapes for row in rows)
        lines = [
            [row.key, f"{row.self_cpu_time_total / (whole or 1):.1%}"]
            + [f"{time:.1f}" for time in (row.self_cpu_time_total, row.cpu_time_total, row.cpu_time)]
            + [row.count]
            + [" ".join("x".join(map(str, shape)) or "()" for shape in row.input_shapes)] * shapes
            for row in rows[: None if row_limit < 0 else row_limit]
        ]
        return aligned(headings + ["shapes"] * shapes, lines) + f"\n\n{whole:.1f} us in all"


class profile(Watcher):
    """Measure every operation in a block.

    Args:
        activities: accepted for scripts that choose PyTorch's; there is one clock.
        record_shapes: also keep the shapes of what each operation was given.

    Raises:
        RuntimeError: the block was entered a second time; or it was asked for its rows inside itself.

    Example:
        >>> import tinyreg
        >>> x = tinyreg.ones(3, requires_grad=True)
        >>> with profile(record_shapes=True) as prof:
        ...     x.exp().sum().backward()
        >>> sorted(row.key for row in prof.key_averages())
        ['(other)', 'Exp', 'ExpBackward0', 'Sum', 'SumBackward0']
        >>> [row.input_shapes for row in prof.key_averages(group_by_input_shape=True) if row.key == "Exp"]
        [((3,),)]
    """

    def __init__(self, activities: Iterable[ProfilerActivity] | None = None, *, record_shapes: bool = False) -> None:
        self.record_shapes = record_shapes
        self._thread = threading.local()
        self._found: dict[tuple[str, Any], Average] = {}
        self._lock = threading.Lock()
        self._seconds = -1.0  # what the block took; below 0 until it has ended

    def __enter__(self) -> Self:
        global _open
        if self in _open or self._seconds >= 0:
            raise RuntimeError("profile: a profile must be entered once, got a second time; make another one")
        _open = (*_open, self)
        self._stack().append([0.0])
        self._steps = _record_steps() if len(_open) == 1 else []
        watch(self)
        cuda.synchronize()
        self._begin = perf_counter()
        return self

    def __exit__(self, *exception: object) -> None:
        global _open
        cuda.synchronize()
        self._seconds = perf_counter() - self._begin
        unwatch(self)
        for cls, step in self._steps:
            setattr(cls, "step", step)  # noqa: B010
        _open = tuple(other for other in _open if other is not self)
        self._note(OTHER, (), self._seconds, self._seconds - self._stack().pop()[0])

    def key_averages(self, group_by_input_shape: bool = False) -> Averages:
        """The rows, one a name.

        Args:
            group_by_input_shape: one a name and shapes; the profile must have recorded them.

        Raises:
            RuntimeError: the block has not ended.
            ValueError: no shapes were recorded.
        """
        if self._seconds < 0:
            raise RuntimeError("key_averages: the profile must have ended, got it before; call it after the with block")
        if group_by_input_shape and not self.record_shapes:
            raise ValueError("key_averages: shapes must have been recorded, got record_shapes=False; profile(record_shapes=True) does")
        rows: dict[Any, Average] = {}
        for (key, shapes), found in self._found.items():
            shapes = shapes if group_by_input_shape else ()
            row = rows.setdefault((key, shapes), Average(key, input_shapes=shapes))
            row.count += found.count
            row.cpu_time_total += found.cpu_time_total
            row.self_cpu_time_total += found.self_cpu_time_total
        return Averages(rows.values())

    def forward(self, function: Any, ctx: Any, inputs: tuple[Any, ...], options: dict[str, Any], compute: Callable[[], Any]) -> Any:
        """An operation."""
        with self._measured(function.__name__.removesuffix("Function"), inputs):
            return compute()

    def backward(self, ctx: Any, cotangents: tuple[Any, ...], compute: Callable[[], Any]) -> Any:
        """Its derivative."""
        with self._measured(ctx.name(), cotangents):
            return compute()

    @contextmanager
    def _measured(self, key, inputs=()):
        """A row's run: the time inside, less what other rows run in it."""
        shapes = tuple(tuple(x.shape) for x in inputs if hasattr(x, "shape")) if self.record_shapes else ()
        stack = self._stack()
        inner = [0.0]
        stack.append(inner)
        cuda.synchronize()
        begin = perf_counter()
        try:
            yield
        finally:
            cuda.synchronize()
            seconds = perf_counter() - begin
            stack.pop()
            if stack:  # another thread has nothing around its operations
                stack[-1][0] += seconds
            self._note(key, shapes, seconds, seconds - inner[0])

    def _stack(self):
        """Of the running thread: what is open, each with the seconds that others ran inside it."""
        if not hasattr(self._thread, "stack"):
            self._thread.stack = []
        return self._thread.stack

    def _note(self, key, shapes, seconds, own):
        with self._lock:
            row = self._found.setdefault((key, shapes), Average(key))
            row.count += 1
            row.cpu_time_total += seconds * 1e6
            row.self_cpu_time_total += own * 1e6


class record_function(ContextDecorator):
    """Give a piece of a script a row of its own: for a with block or as a decorator. Outside a profile it does nothing.

    Args:
        name: of the row.

    Example:
        >>> import tinyreg
        >>> with profile() as prof, record_function("data"):
        ...     x = tinyreg.randn(3)
        >>> [row.count for row in prof.key_averages() if row.key == "data"]
        [1]
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._blocks: list[Any] = []

    def _recreate_cm(self):
        return record_function(self.name)

    def __enter__(self) -> Self:
        blocks = [prof._measured(self.name) for prof in _open]
        for block in blocks:
            block.__enter__()
        self._blocks.append(blocks)
        return self

    def __exit__(self, *exception: Any) -> None:
        for block in reversed(self._blocks.pop()):
            block.__exit__(*exception)


def _record_steps():
    """Give the steps of all optimizers rows of their own; returns what must be put back: pairs (class, its step)."""
    plain = []
    classes: list[Any] = [StepHooks]
    for cls in classes:
        classes += [below for below in cls.__subclasses__() if below not in classes]
        if "step" in vars(cls):
            plain.append((cls, vars(cls)["step"]))
            setattr(cls, "step", _recorded(vars(cls)["step"]))  # noqa: B010  (mypy would miss the name)
    return plain


def _recorded(step):
    @wraps(step)
    def recorded(self, *args, **kwargs):
        if type(self).step is not recorded:  # called by the step of a class below it, which has the row
            return step(self, *args, **kwargs)
        with record_function(f"Optimizer.step#{type(self).__name__}.step"):
            return step(self, *args, **kwargs)

    return recorded
