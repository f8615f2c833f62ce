"""twin: the same training on two backends, or in two dtypes, in lockstep; the first operation that differs is named.

A network that learns differently on a GPU is met after an hour, in its accuracy. A twin is met at once, at the operation:
both runs start from the same seed, with everything drawn on the host (tinyreg.random.host_masks), and take each step
one after the other, every result forward and every gradient backward compared.

    float64     rounding differs in the 16th digit, and grows slowly: 200 steps agree to 1e-8
    float32     rounding differs in the 7th digit, and training multiplies it, step by step: the first step agrees to 1e-5

A run that is compared copies every result to the host: it is for looking, not for training.
"""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import random
from ..autograd import Tensor
from ..autograd.watching import unwatch, watch
from ..backend import current, get_default_dtype, set_default_dtype, use_backend
from ..module import Module
from ..ops.callables import check_callable
from ..text_table import aligned
from ..types import DType
from .difference import Difference
from .elsewhere import Elsewhere
from .lockstep import Comparer, Comparison, Recorder

BARS = {"float64": (1e-8, 200), "float32": (1e-5, 1)}  # dtype -> what twins hold: so far apart, after so many steps
HEADINGS = ("step", "loss", "loss apart", "results apart", "weights apart")


@dataclass(frozen=True)
class TwinStep:
    """One step of both runs.

    Attributes:
        step: its number, from 1.
        loss: of the first run; nan where the step returns none.
        loss_apart: how far the second one's lies from it, relative to it.
        results_apart: how far the results of an operation are apart, at most, what has gathered before included.
        weights_apart: the largest difference of a weight after the step, relative to the largest weight.
    """

    step: int
    loss: float
    loss_apart: float
    results_apart: float
    weights_apart: float


@dataclass(frozen=True)
class Twin:
    """What twin found; printed, a table and a verdict.

    Attributes:
        first, second: backend and dtype of the runs.
        tolerance: how far apart is still agreement.
        steps: a TwinStep for each step that both took.
        difference: the first Difference, None where the runs agree.
        operations: (kind, name, how far, step, module) for each kind of operation, the farthest first: how far its result
            was from that on the first backend, given the same inputs, at most. All of the first step are asked.
    """

    first: str
    second: str
    tolerance: float
    steps: tuple[TwinStep, ...]
    difference: Difference | None
    operations: tuple[tuple[str, str, float, int, str], ...]

    @property
    def agrees(self) -> bool:
        """Whether nothing differs by more than the tolerance.

        Example:
            >>> Twin("numpy float64", "numpy float64", 1e-8, (), None, ()).agrees
            True
        """
        return self.difference is None

    def verdict(self) -> str:
        """The outcome in a sentence, or where the runs part.

        Example:
            >>> print(Twin("numpy float64", "cupy float64", 1e-8, (), Difference(3, "weight", "0.bias"), ()).verdict())
            numpy float64 and cupy float64 part in step 3, the weight 0.bias
        """
        if self.difference is not None:
            return f"{self.first} and {self.second} part {self.difference}"
        worst = max((row.weights_apart for row in self.steps), default=0.0)
        loss = max((row.loss_apart for row in self.steps), default=0.0)
        return (
            f"{self.first} and {self.second} agree to {self.tolerance:g} in every operation of {len(self.steps)} "
            f"step{'s' * (len(self.steps) != 1)}: losses to {loss:.1e}, weights to {worst:.1e}"
        )

    def __str__(self) -> str:
        shown = [row for row in self.steps if row.step in (1, 2, 5, 10, 20, 50, 100, 200, 500, len(self.steps)) or row.step % 1000 == 0]
        cells = [
            [row.step, f"{row.loss:.6g}", f"{row.loss_apart:.1e}", f"{row.results_apart:.1e}", f"{row.weights_apart:.1e}"] for row in shown
        ]
        return "\n\n".join([*([aligned(HEADINGS, cells)] if cells else []), self.verdict()])


class _Side:
    """One of the two runs: where it computes, what its chance comes from, its model and its step."""

    def __init__(self, backend, dtype, seed):
        self.backend, self.dtype, self.generator = backend, dtype, random.Generator(seed)
        self.model: Any = None
        self.step: Any = None

    @contextmanager
    def turn(self, recorder):
        """While this run computes, and somebody watches."""
        before = current(), get_default_dtype()
        use_backend(self.backend)
        set_default_dtype(self.dtype)
        watch(recorder)
        try:
            with random.use(self.generator), random.host_masks(), recorder:
                yield
        except Exception as error:
            error.add_note(f"twin: this was raised on {self}")
            raise
        finally:
            unwatch(recorder)
            use_backend(before[0])
            set_default_dtype(before[1])

    def start(self, start, recorder):
        """Make the model and the step."""
        with self.turn(recorder):
            made = start()
            if not isinstance(made, tuple) or len(made) != 2 or not isinstance(made[0], Module) or not callable(made[1]):
                kinds = ", ".join(type(x).__name__ for x in made) if isinstance(made, tuple) else type(made).__name__
                raise TypeError(f"twin: start must return a Module and a function, got {kinds}; write return model, step")
            self.model, self.step = made
            recorder.state(self.model)

    def take(self, recorder):
        """Take a step; its loss as a number, nan where it gives none."""
        with self.turn(recorder):
            loss = self.step()
            recorder.state(self.model)
            return float(loss.item() if isinstance(loss, Tensor) else "nan" if loss is None else loss)

    def __str__(self):
        return f"{self.backend} {self.dtype}"


def twin(
    start: Callable[[], tuple[Module, Callable[[], Any]]],
    steps: int | None = None,
    *,
    first: str = "numpy",
    second: str = "cupy",
    dtype: DType = "float64",
    first_dtype: DType = None,
    tolerance: float | None = None,
    seed: int = 0,
) -> Twin:
    """Train the same model twice, in lockstep, and name the first operation in which the runs differ.

    Args:
        start: makes everything anew, and returns a model and a function without arguments that takes one training step
            and returns its loss (or None). It is called once for each run, with that run's backend and default dtype;
            tensors made of Python numbers have that dtype, others are given it with `.to(tinyreg.get_default_dtype())`.
        steps: at least 1; None takes 200 in float64 and 1 in float32.
        first, second: backends, "numpy" or "cupy". They may be the same one: equal dtypes then find chance that no seed
            decides, different dtypes the operations that lose digits.
        dtype: of the second run, "float64" or "float32".
        first_dtype: of the first run; None takes the same. With float64 before float32, both compute with the same draws,
            rounded to float32.
        tolerance: the largest relative difference that is agreement, above 0; None takes 1e-8 where both runs are
            float64, else 1e-5. What is drawn must be equal to the bit.
        seed: of both runs.

    Returns:
        A Twin.

    Raises:
        RuntimeError: a backend cannot be used, for want of a GPU.
        ValueError, TypeError: an argument out of its range, or a start that returns something else.

    Example:
        >>> import tinyreg as torch
        >>> def start():
        ...     model = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.ReLU(), torch.nn.Dropout(0.5), torch.nn.Linear(8, 1))
        ...     optimizer = torch.optim.Adam(model.parameters())
        ...     def step():
        ...         optimizer.zero_grad()
        ...         loss = model(torch.randn(4, 3)).pow(2).mean()
        ...         loss.backward()
        ...         optimizer.step()
        ...         return loss
        ...     return model, step
        >>> print(twin(start, 2, second="numpy").verdict())
        numpy float64 and numpy float64 agree to 1e-08 in every operation of 2 steps: losses to 0.0e+00, weights to 0.0e+00
    """
    check_callable("twin", start=start)
    names = [_name(dtype if first_dtype is None else first_dtype), _name(dtype)]
    bar, usual = BARS["float32" if "float32" in names else "float64"]
    steps, tolerance = usual if steps is None else steps, bar if tolerance is None else tolerance
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise ValueError(f"twin: steps must be an integer of at least 1, got {steps!r}; None takes {usual}")
    if not 0 < tolerance < float("inf"):
        raise ValueError(f"twin: tolerance must be above 0 and finite, got {tolerance}; None takes {bar:g}")
    before = current()
    for backend in (first, second):
        use_backend(backend)  # refuses before anything is computed
    use_backend(before)
    a, b = _Side(first, names[0], seed), _Side(second, names[1], seed)
    narrow = None if names[0] == names[1] else "float32"
    found = Comparison(tolerance, Elsewhere(first, *names))
    rows: list[TwinStep] = []
    recorder = Recorder(None, narrow)
    a.start(start, recorder)
    _compare(Comparer(recorder, found, None), 0.0, lambda comparer: b.start(start, comparer) or 0.0)
    while found.difference is None and len(rows) < steps:
        found.step, found.passed, found.drift, found.weights = len(rows) + 1, None, 0.0, 0.0
        recorder = Recorder(a.model, narrow)
        loss = a.take(recorder)
        gap = _compare(Comparer(recorder, found, b.model), loss, b.take)
        if found.difference is None:
            rows.append(TwinStep(found.step, loss, gap, found.drift, found.weights))
    operations = sorted(((*key, *value) for key, value in found.operations.items()), key=lambda row: -row[2])
    return Twin(str(a), str(b), tolerance, tuple(rows), found.difference, tuple(operations))


def _name(dtype):
    try:
        name = np.dtype(dtype).name
    except TypeError:
        name = str(dtype)
    if name not in BARS:
        raise ValueError(f"twin: dtype must be float64 or float32, got {name}; these have bars to hold")
    return name


def _compare(comparer, loss, run):
    """Let the second run go; how far its loss is apart. One that has differed may break on that, which is then not the news."""
    try:
        other = run(comparer)
    except Exception:
        if comparer.comparison.difference is None:
            raise
        return float("inf")
    return comparer.end((loss, other))
