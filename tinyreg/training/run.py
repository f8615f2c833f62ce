"""Run: everything that changes while fit trains, in one place; so that it can be saved, restored and explained.

The position is counted in batches consumed: trained on, and their gradients put into a step. A loader's threads have
gathered more by then; those batches are gathered again. A state is taken between two optimizer steps only: half a
gradient (of an accumulation, of a batch) is nothing that could be continued.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .. import random
from ..autograd import Tensor
from ..backend import get_array_module
from ..module import Module
from .history import History
from .meter import Meter

PARTS = ("base_optimizer", "dataset", "transform", "target_transform", "collate_fn", "batch_transform")  # what holds another thing


class Run:
    """What fit was given, and how far it has come.

    Args:
        model, loss, regularizer, optimizer, train, validation, schedule, schedule_every, clip_norm, accumulate, early_stopping,
            callbacks: as in fit.

    Attributes:
        epoch: the one that is being trained, from 1.
        batch: batches of it that were consumed.
        exhausted: whether train has given all of them.
        meter: what was measured on them.
        history: the epochs before, and the number of steps.
        began: the default generator's position when the epoch began, where train does not keep its own place.
        norms: (step, norm of the gradient, a number or a 0-d array) of the last steps at which it was measured.
        saved: a sentence on the last checkpoint that was written or read.
    """

    def __init__(
        self,
        model: Module,
        loss: Callable[..., Tensor],
        regularizer: Callable[..., Tensor] | None,
        optimizer: Any,
        train: Iterable[Any],
        validation: Iterable[Any] | None,
        schedule: Any,
        schedule_every: str,
        clip_norm: float | None,
        accumulate: int,
        early_stopping: Any,
        callbacks: Iterable[Callable[..., Any]],
    ) -> None:
        self.model, self.loss, self.regularizer, self.optimizer = model, loss, regularizer, optimizer
        self.train, self.validation = train, validation
        self.schedule, self.schedule_every, self.clip_norm, self.accumulate = schedule, schedule_every, clip_norm, accumulate
        self.early_stopping, self.callbacks = early_stopping, tuple(callbacks)
        self.history = History()
        self.norms: deque[tuple[int, Any]] = deque(maxlen=20)
        self.saved = ""
        self.began: dict[str, Any] | None = None
        self.epoch = 0
        self.next_epoch()

    def next_epoch(self) -> None:
        """Go to the beginning of the next epoch."""
        self.epoch, self.batch, self.exhausted = self.epoch + 1, 0, False
        self.meter, self.start = Meter(), time.perf_counter()

    def batches(self) -> Iterator[Any]:
        """The batches of this epoch that were not consumed.

        A DataLoader knows its place. Of other iterables the first batches are passed over, while the default generator
        is where it was when the epoch began: an order that is drawn then is drawn again.
        """
        if self.exhausted:
            return iter(())
        if keeps_place(self.train):
            return iter(self.train)
        if self.batch == 0:
            self.began = random.get_state()
            return iter(self.train)
        now = random.get_state()
        assert self.began is not None  # noted when the epoch began
        random.set_state(self.began)
        batches, missing = iter(self.train), object()
        if any(next(batches, missing) is missing for _ in range(self.batch)):
            raise ValueError(
                f"fit: train must give its batches again to be resumed, got fewer than the {self.batch} that were consumed; "
                "a generator is empty after its first pass, a DataLoader is not"
            )
        random.set_state(now)
        return batches

    def wants_norm(self) -> bool:
        """Whether to measure the gradient of this step, which takes a pass over it.

        On the CPU it is every tenth, besides the first ones and those at which the loss rises: a training that diverges
        does so there. On a GPU, whenever the loss is read.
        """
        if self.meter.every > 1:
            return self.batch % self.meter.every == 0
        return self.history.steps < 20 or self.history.steps % 10 == 0 or self.meter.rises()

    def broken(self) -> tuple[str, float] | None:
        """The name and the value of a weight that is not finite, if there is one; a GPU is waited for."""
        for name, parameter in self.model.named_parameters():
            array = parameter.array
            bad = ~get_array_module(array).isfinite(array)
            if bool(bad.any()):
                return name, float(array[bad][0])
        return None

    def _generators(self):
        """Name -> the generators that parts of the run hold as their own."""
        holders = {"schedule": self.schedule, **dict(_nested("optimizer", self.optimizer)), **self.transforms()}
        for part, module in (("model", self.model), ("loss", self.loss), ("regularizer", self.regularizer)):
            if isinstance(module, Module):
                holders |= {f"{part} {name}": inner for name, inner in module.named_modules()}
        return {
            f"{name} {key}": value
            for name, holder in holders.items()
            for key, value in getattr(holder, "__dict__", {}).items()
            if isinstance(value, random.Generator)
        }

    def transforms(self) -> dict[str, Any]:
        """Name -> what the loaders hold that may draw: datasets, transforms, and what those are made of."""
        loaders = {"train": self.train, "validation": self.validation}
        return {name: inner for part, loader in loaders.items() for name, inner in _nested(part, loader) if inner is not loader}

    def raced(self) -> tuple[str, str] | None:
        """The name and the class of a transform that worker threads draw for from a generator of its own, if there is one.

        It serves whichever thread comes first, and ahead of the loop: where it is tells nothing of what was consumed.
        """
        for name, holder in self.transforms().items():
            loader = self.train if name.startswith("train") else self.validation
            if getattr(loader, "num_workers", 0) and any(isinstance(x, random.Generator) for x in getattr(holder, "__dict__", {}).values()):
                return name, type(holder).__name__
        return None

    def _parts(self):
        """Name -> what has a state_dict of its own."""
        parts = {"model": self.model, "optimizer": self.optimizer, "schedule": self.schedule, "early_stopping": self.early_stopping}
        parts |= {"train": self.train, "validation": self.validation, "history": self.history, "meter": self.meter}
        parts |= {f"callback {i}": callback for i, callback in enumerate(self.callbacks)}
        return {name: part for name, part in parts.items() if keeps_place(part)}

    def state_dict(self) -> dict[str, Any]:
        """Everything that changes, as `save` takes it."""
        idle: list[Any] = [self.validation, self.train] if self.batch == 0 else [self.validation]
        for batches in idle:  # a pass that was begun there is none of fit's
            if hasattr(batches, "end_pass"):
                batches.end_pass()
        return {
            "epoch": self.epoch,
            "batch": self.batch,
            "exhausted": self.exhausted,
            "seconds": time.perf_counter() - self.start,
            "norms": [[step, float(norm)] for step, norm in self.norms],
            "random": random.get_state(),
            "steps": getattr(self.optimizer, "steps", None),
            "began": self.began,
            "generators": {name: generator.get_state() for name, generator in self._generators().items()},
            **{name: part.state_dict() for name, part in self._parts().items()},
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Put everything where it was when state_dict() was called."""
        self.epoch, self.batch, self.exhausted = state_dict["epoch"], state_dict["batch"], state_dict["exhausted"]
        self.start, self.began = time.perf_counter() - state_dict["seconds"], state_dict["began"]
        for name, part in self._parts().items():
            if name in state_dict:
                part.load_state_dict(state_dict[name])
        steps = state_dict.get("steps")
        steps = self.history.steps if steps is None else steps
        self.optimizer.steps = steps  # what a hook does may depend on it (annealed noise)
        if self.schedule is not None:  # it warns where it is stepped before its optimizer, which a new process has not stepped
            self.schedule.optimizer.steps = steps
        self.norms.extend((step, norm) for step, norm in state_dict["norms"])
        for name, generator in self._generators().items():
            if name in state_dict["generators"]:
                generator.set_state(state_dict["generators"][name])
        random.set_state(state_dict["random"])


def _nested(name, thing, around=()):
    """(name, object) of a thing and of what it is made of: the optimizer inside SAM, the transforms inside a loader."""
    yield name, thing
    own = getattr(thing, "__dict__", {})
    parts = [(key, own.get(key)) for key in PARTS]
    for key in ("transforms", "datasets"):
        parts += [(f"{key} {i}", part) for i, part in enumerate(own[key])] if isinstance(own.get(key), list | tuple) else []
    around = (thing, *around)
    for key, part in parts:
        if part is not None and not any(part is outer for outer in around):
            yield from _nested(f"{name} {key}", part, around)


def keeps_place(part: Any) -> bool:
    """Whether a part of a run can be saved and restored."""
    return hasattr(part, "state_dict") and hasattr(part, "load_state_dict")
