"""Two runs of the same step, one after the other: what the first did is recorded, the second is compared with it.

An event is whatever can be compared: a draw, the result of an operation's forward, the gradients of its backward, the
gradient of a weight when backward is done, weights and buffers after the step. Both runs meet the same events in the same
order. Which of them is told:

    an operation   whose result is too far from the first run's, and which makes that by itself: computed again on the first
                   backend, from the second run's inputs, it gives something else (elsewhere.py)
    a draw         that is not equal to the bit
    a weight       (or the loss) that is too far after the step though no operation is to blame; or, if an operation before
                   it was too far because of what it was given, that operation. Operations that were given something too
                   far, but after which weights and loss agree, are passed over: large numbers have cancelled there, and
                   nothing came of it.

A weight is judged where its gradient has digits: an optimizer that divides a gradient by its own size (Adam) makes a whole
step of a gradient that is 0 but for rounding, and of such ones, which differ from run to run, nothing can be asked.
"""

import threading
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from .. import random
from ..autograd import Tensor
from ..autograd.function import clock
from ..autograd.in_place import written_since
from ..autograd.watching import Site, Watcher, call_site
from ..backend import asarray, get_array_module, is_array, to_numpy
from ..module import Module
from .difference import TITLES, Difference, apart, cancelled, epsilon, largest
from .elsewhere import Elsewhere

FEW = 2048  # a gradient of fewer units in the last place of the largest has no digit that means something
STATE = ("gradient", "weight", "buffer")


class Event(NamedTuple):
    """What the first run did, with its results in host memory and its inputs as they were given."""

    kind: str
    name: str
    results: list[Any]
    inputs: tuple[Any, ...]
    number: int


class Recorder(random.freeze, Watcher):
    """The first run: keeps what happens, in order. For a `with` block, where it sees the draws, and for watch() at once.

    Args:
        model: whose weights are called by their names; None where there is none yet.
        narrow: the dtype to which what is drawn is rounded, where the second run computes in that; else None.
    """

    def __init__(self, model: Module | None, narrow: Any = None) -> None:
        super().__init__()
        self.narrow, self.thread, self.quiet = narrow, threading.get_ident(), False
        self.events: list[Event] = []
        self.modules = {} if model is None else {id(module): name for name, module in model.named_modules()}
        self.weights = {} if model is None else {id(parameter): name for name, parameter in model.named_parameters()}

    def forward(self, function: Any, ctx: Any, inputs: Any, options: Any, compute: Any) -> Any:
        """Watch an operation of this thread."""
        result = compute()
        if not self.quiet and threading.get_ident() == self.thread:
            site = call_site()
            if ctx is not None:
                vars(ctx).update(site=site, given=(inputs, options), began=clock())
            everything = (*inputs, *options.values())
            self.meet("forward", function.__name__, result, everything, site, lambda there: there.forward(function, ctx, inputs, options))
        return result

    def setup(self, ctx: Any) -> None:
        """Note the line, for backward."""
        vars(ctx)["site"] = call_site()

    def backward(self, ctx: Any, cotangents: Any, compute: Any) -> Any:
        """Watch the derivative of an operation, in this thread."""
        result = compute()
        if not self.quiet and threading.get_ident() == self.thread:
            name, grads, site = ctx.function.__name__, _wanted(ctx, result), getattr(ctx, "site", None)
            self.meet("backward", name, grads, cotangents, site, lambda there: _wanted(ctx, there.backward(ctx, _given(ctx), cotangents)))
        return result

    def accumulate(self, tensors: Any, compute: Any) -> None:
        """Watch the gradients of the weights, in this thread."""
        compute()
        if threading.get_ident() == self.thread:
            for tensor in tensors:
                if id(tensor) in self.weights:
                    self.meet("gradient", self.weights[id(tensor)], tensor.grad)

    def take(self, what: Any, draw: Any) -> Any:
        """A draw, in this thread; rounded where the second run will have fewer digits."""
        drawn = self.draw(draw)
        self.meet("draw", what[0], drawn, (), call_site())
        return drawn

    def draw(self, draw: Any) -> Any:
        """The numbers that are given to who asked."""
        drawn = draw()
        return drawn if self.narrow is None or drawn.dtype.kind != "f" else drawn.astype(self.narrow).astype(drawn.dtype)

    def state(self, model: Module) -> None:
        """What is there after a step: weights and buffers."""
        for kind, tensors in (("weight", model.named_parameters()), ("buffer", model.named_buffers())):
            for name, tensor in tensors:
                self.meet(kind, name, tensor)

    def meet(self, kind: str, name: str, results: Any, inputs: Any = (), site: Site | None = None, again: Any = None) -> None:
        """Keep an event; inputs stay where they are, and are looked at only if it will differ."""
        self.events.append(Event(kind, name, _hosts(results), _arrays(inputs), clock()))


def _wanted(ctx, grads):
    """The gradients that backward was asked for."""
    return tuple(grad if needed else None for grad, needed in zip(grads if isinstance(grads, tuple) else (grads,), ctx.needs_input_grad))


def _given(ctx):
    """What forward was given, as long as nobody has written into it since; else None."""
    given = getattr(ctx, "given", None)
    known = given is not None and not any(is_array(x) and written_since(x, ctx.began) for x in _arrays((*given[0], *given[1].values())))
    return given if known else None


def _arrays(values):
    return tuple(x.array if isinstance(x, Tensor) else x for x in (values if isinstance(values, tuple) else (values,)))


def _hosts(results):
    """Copies in host memory: what holds them may be written in place."""
    return [np.array(to_numpy(x)) if is_array(x) or isinstance(x, np.generic) else None for x in _arrays(results)]


@dataclass
class Comparison:
    """What the second run has shown so far.

    Attributes:
        tolerance: the largest relative difference that counts as agreement.
        first: where an operation is computed again.
        step: the one that is compared.
        difference: the Difference that is told, None where there is none.
        passed: the first of this step that an operation passed on.
        operations: {(kind, name): (what the worst operation of that name made by itself, its step, its module)}.
        drift: how far the results of this step are apart, at most.
        weights: how far its weights are.
    """

    tolerance: float
    first: Elsewhere
    step: int = 0
    difference: Difference | None = None
    passed: Difference | None = None
    operations: dict[tuple[str, str], tuple[float, int, str]] = field(default_factory=dict)
    drift: float = 0.0
    weights: float = 0.0


class Comparer(Recorder):
    """The second run: compared, event by event, with what a Recorder kept.

    Args:
        recorder: of the first run of the same step.
        comparison: where to write what is found.
        model: whose modules and weights are called by their names.
    """

    def __init__(self, recorder: Recorder, comparison: Comparison, model: Module | None) -> None:
        super().__init__(model, recorder.narrow)
        self.wanted, self.comparison, self.place = recorder.events, comparison, 0  # place: events that were compared
        self.scales = {kind: max((largest(e.results[0]) for e in self.wanted if e.kind == kind), default=0.0) for kind in STATE[:2]}
        self.vague: dict[str, Any] = {}  # name of a weight -> where its gradients differ and have no digits

    def draw(self, draw: Any) -> Any:
        """The numbers that are given to who asked; where the dtypes of the runs differ, the first one's in this one's dtype."""
        drawn = draw()
        event = self.wanted[self.place] if self.place < len(self.wanted) else None
        if self.narrow is None or event is None or event.kind != "draw" or event.results[0].shape != drawn.shape:
            return drawn
        values = event.results[0].astype(drawn.dtype)
        return values if get_array_module(drawn) is np else asarray(values)

    def meet(self, kind: str, name: str, results: Any, inputs: Any = (), site: Site | None = None, again: Any = None) -> None:
        """Compare an event with the one that stands at its place; after the first difference, nothing more."""
        if self.comparison.difference is not None:
            return
        self.place += 1
        event = self.wanted[self.place - 1] if self.place <= len(self.wanted) else None
        if event is None or (event.kind, event.name) != (kind, name):
            first = "had come to its end" if event is None else f"did {_said(event.kind, event.name)}"
            self._other(f"{_said(kind, name)} where the first run {first}", site)
            return
        seen = _hosts(results)
        judge = self._judge_state if kind in STATE else self._judge_draw if kind == "draw" else self._judge_operation
        for which, (a, b) in enumerate(zip(event.results, seen)):
            if a is not None and b is not None and self.comparison.difference is None:
                told = Difference(self.comparison.step, kind, name, which, "", b.shape, str(b.dtype), called=_line(site))
                if a.shape != b.shape or (a.dtype != b.dtype and self.narrow is None):
                    self._tell(told, f"the first run has shape {a.shape}, {a.dtype}", site)
                else:
                    judge(event, told, a, b, inputs, site, again)

    def end(self, losses: tuple[float, float] = (0.0, 0.0)) -> float:
        """The step is over, with these losses: was that all the first run did? Returns how far the losses are apart."""
        found, (a, b) = self.comparison, map(np.asarray, losses)
        eps = max([epsilon(np.empty(0, self.narrow or "float64")), *(epsilon(e.results[0]) for e in self.wanted if e.kind == "weight")])
        relative, _ = apart(a, b, 64 * eps / found.tolerance)
        if found.difference is None and self.place < len(self.wanted):
            event = self.wanted[self.place]
            self._other(f"the end of the step where the first run did {_said(event.kind, event.name)}", None)
        elif found.difference is None and relative > found.tolerance:
            told = Difference(found.step, "loss", "loss", 0, "", (), str(b.dtype), relative, 1)
            found.difference = found.passed or replace(told, cause="no operation before it is to blame: a number past the operations")
        return relative

    def _judge_draw(self, event, told, a, b, inputs, site, again):
        relative, each = apart(a, b)
        if relative > 0:
            cause = "equal seeds must give equal numbers: was it drawn past host_masks, or from a generator that was not seeded?"
            self._tell(replace(told, relative=relative, many=int((each > 0).sum())), cause, site)

    def _judge_state(self, event, told, a, b, inputs, site, again):
        found, scale = self.comparison, self.scales.get(event.kind, 0.0)
        relative, each = apart(a, b, scale)
        if event.kind == "gradient":
            self.vague[event.name] = (a != b) & (abs(a) < FEW * epsilon(a, b) * scale)
        elif event.name in self.vague:
            each = np.where(self.vague[event.name], 0.0, each)
            relative = float(each.max(initial=0.0))
        if event.kind == "weight":
            found.weights = max(found.weights, relative)
        if relative <= found.tolerance:
            return
        if found.passed is not None:
            found.difference = found.passed
            return
        before = "no operation before it is to blame" if found.step else "it was made before the first step"
        told = replace(told, relative=relative, many=int((each > found.tolerance).sum()))
        self._tell(told, f"{before}: a write past the operations (an optimizer, a hook), or a draw past tinyreg.random", site)

    def _judge_operation(self, event, told, a, b, inputs, site, again):
        """Compare with the first run; where that is too far, and in the first step always, with itself computed again there."""
        found, key = self.comparison, (event.kind, event.name)
        relative, each = self._within(a, b, event.inputs)
        found.drift = max(found.drift, relative)
        if relative <= found.tolerance and found.step > 1:
            return
        made, each_made = self._made(again, told.which, b, inputs)
        if made is not None and made > found.operations.get(key, (-1.0,))[0]:
            found.operations[key] = made, found.step, self._module(site)
        if made is not None and made > found.tolerance:
            many = int((each_made > found.tolerance).sum())
            tie = ", unless it has decided a tie: so few elements, of a maximum or beside a kink" if many <= b.size / 50 else ""
            self._tell(replace(told, relative=made, many=many), f"from the same inputs the first backend makes something else{tie}", site)
        elif relative > found.tolerance and found.passed is None:
            told = replace(told, relative=relative, many=int((each > found.tolerance).sum()), module=self._module(site))
            found.passed = replace(told, cause=self._passed(event, inputs))

    def _within(self, a, b, inputs):
        relative, each = apart(a, b)
        if relative > self.comparison.tolerance:
            relative, each = apart(a, b, cancelled(a, b, inputs) / self.comparison.tolerance)
        return relative, each

    def _made(self, again, which, b, inputs):
        """How far the operation computed again on the first backend, from these inputs, is from its result here."""
        self.quiet = True
        try:
            there = _hosts(again(self.comparison.first))[which]
        finally:
            self.quiet = False
        return (None, None) if there is None else self._within(there, b, _arrays(inputs))

    def _passed(self, event, inputs):
        """What is known of the inputs of an operation that has passed on a difference."""
        gaps = []
        for i, (a, b) in enumerate(zip(event.inputs, _arrays(inputs))):
            if is_array(a) and is_array(b) and not written_since(a, event.number):
                gaps.append((apart(to_numpy(a), to_numpy(b))[0], i, tuple(map(int, b.shape))))
        worst, i, shape = max(gaps, default=(0.0, 0, ()))
        what = "input" if event.kind == "forward" else "cotangent"
        if worst > self.comparison.tolerance:
            source = "data, a constant, or a draw past tinyreg.random"
            return f"its {what} {i} of shape {shape} differs by {worst:.1e} already, and no operation made that: {source}"
        return f"its {what}s differ by {worst:.1e}, which it multiplies: rounding, in a network that is sensitive there"

    def _tell(self, told, cause, site):
        self.comparison.difference = replace(told, cause=cause, module=self._module(site))

    def _other(self, what, site):
        cause = "data of another size, chance past tinyreg.random, or code that asks where it runs"
        self._tell(Difference(self.comparison.step, "order", what, called=_line(site)), cause, site)

    def _module(self, site):
        if site is None or site.layer is None:
            return ""
        return f"{self.modules.get(id(site.layer), '')} {repr(site.layer).splitlines()[0]}".strip()


def _said(kind, name):
    return TITLES[kind].format(name=name, which=0).split(",")[0]


def _line(site):
    return "" if site is None else f"{site.file}:{site.line}: {site.text()}"
