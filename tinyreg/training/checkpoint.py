"""Checkpoints: everything that fit needs to go on as if it had never stopped.

What is saved. A training run is a function of its settings and of what moves. Of what moves, all is in the file:

    model             parameters and buffers (running statistics among them)
    optimizer         momentum, moments, counts of steps, and the settings of the groups, the learning rate included
    schedule          where it is
    train             where the loader is: epoch, batches consumed, the generator as it was when the order was drawn
    validation        the same of the validation loader, whose passes count, too
    random            the default generator, from which dropout draws; and the generators that a module, the loss, the
                      optimizer or a loader's transform holds as its own (one that a hook keeps to itself is not seen)
    early_stopping    the best value, its epoch and its weights
    history, meter    the epochs before, and the sums over the part of this one that is done
    callbacks         those that have state_dict and load_state_dict, an AveragedModel among them

and of the settings their fingerprint: a run resumed with another batch size would be neither the one nor the other, so
it is refused. The number of epochs may be raised.

Why batches consumed. Worker threads gather batches ahead of the loop. If the file told how many were gathered, a resumed
run would leave out those that the killed one had in its queue: each kill would cost some examples of an epoch, silently.
What counts is what the weights have seen. The others are gathered again, and the same: see tinyreg/data/loader.py.

Bit for bit. On NumPy, on the same machine with the same versions and number of BLAS threads, the resumed run gives the
digits of the uninterrupted one, seconds excepted. On a GPU the numbers that chance gives are the same if checkpoints are
written at the same steps; sums there may differ in the last digit from run to run.

At every instant a good file. The content is written beside its place, flushed to the disk, and takes the place of the
old one by a rename, which happens or does not. So whenever the process is killed, the power fails or the disk is full,
there is the old file or the new one. What a killed process left beside it is removed when the next one begins. A state
whose loss or weights are not finite is never written.
"""

import os
import shutil
import time
from contextlib import suppress
from typing import Any

from ..serialization import advice, load, remove_left_over, to_bytes, write_atomically
from . import divergence
from .fingerprint import differences, fingerprint
from .run import Run, keeps_place

FORMAT = 1


class Checkpoint:
    """Where and how often fit writes what it needs to continue.

    One is written when training begins, so that a folder that cannot be written to is known before the first step, and
    one when it ends; in between, after the optimizer step or the epoch at which one of the conditions holds.

    Args:
        path: of the file. A file of another run that stands there when a new one begins (resume=False) is renamed to
            path + ".old".
        every_epochs: write after each so many epochs; None does not.
        every_steps: write after each so many optimizer steps; None does not.
        every_seconds: write after the first step that ends so many seconds after the last writing; None does not.
        keep: how many of the last files to keep, at least 1: path, path + ".1" (the one before), path + ".2", ...

    Raises:
        ValueError: a number out of range.

    Example:
        >>> import tempfile, tinyreg as torch
        >>> from tinyreg.training import fit
        >>> def train(epochs, folder):
        ...     _ = torch.manual_seed(0)
        ...     x = torch.randn(32, 2)
        ...     model = torch.nn.Linear(2, 1)
        ...     optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        ...     data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, x[:, :1]), 8, shuffle=True)
        ...     checkpoint = Checkpoint(f"{folder}/run.ckpt", every_steps=3)
        ...     fit(model, data, loss=torch.nn.MSELoss(), optimizer=optimizer, epochs=epochs, checkpoint=checkpoint, resume=True)
        ...     return model.weight.tolist()
        >>> with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        ...     _ = train(2, one)
        ...     train(5, one) == train(5, two)  # resumed after epoch 2, and in one go
        True
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        every_epochs: int | None = 1,
        every_steps: int | None = None,
        every_seconds: float | None = None,
        keep: int = 1,
    ) -> None:
        for name, value in (("every_epochs", every_epochs), ("every_steps", every_steps), ("keep", keep)):
            if value is None and name != "keep":
                continue
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"Checkpoint: {name} must be an integer of at least 1, got {name}={value!r}; 1 is the smallest")
        if every_seconds is not None and not every_seconds > 0:
            raise ValueError(f"Checkpoint: every_seconds must be positive, got every_seconds={every_seconds}; None sets no clock")
        self.path = os.path.abspath(os.fspath(path))
        self.every_epochs, self.every_steps, self.every_seconds, self.keep = every_epochs, every_steps, every_seconds, keep
        self._written = time.monotonic()
        self._settings: dict[str, str] = {}

    def begin(self, run: Run, resume: bool, epochs: int) -> None:
        """Put the run where the file says (resume), or write the first file of a new one.

        Args:
            run: at its beginning.
            resume: continue; where there is no file yet, begin.
            epochs: how far the run is to go.

        Raises:
            TypeError: a part of the run cannot be saved.
            RuntimeError: the file is damaged, or no checkpoint.
            ValueError: it is that of a run with other settings, or one that went further; a transform with a generator of its
                own, beside workers.
            OSError: it cannot be read or written.
        """
        for name in ("optimizer", "schedule", "early_stopping"):
            part = getattr(run, name)
            if part is not None and not keeps_place(part):
                raise TypeError(
                    f"fit: {name} must have state_dict() and load_state_dict() to be saved, got {type(part).__name__}; "
                    "write them, or train without a checkpoint"
                )
        raced = run.raced()
        if raced is not None:
            raise ValueError(
                f"fit: a transform must draw from the default generator to be resumed where num_workers is above 0, got one of its own in "
                f"{raced[1]} ({raced[0]}); leave generator= out, or take num_workers=0"
            )
        self._settings = fingerprint(run)
        remove_left_over(*os.path.split(self.path))
        state = self._read() if resume else None
        if state is None:
            self._write(run, self._set_aside)
            return
        for name, then, now in differences(state["settings"], self._settings)[:1]:
            raise ValueError(
                f"fit: {name} must be {then} to resume {self.path}, got {now}; give it as it was, or begin another run at another path "
                f"(model.load_state_dict(tinyreg.load({self.path!r})['run']['model']) takes its weights)"
            )
        done = state["run"]["epoch"] - 1
        if epochs < done:
            raise ValueError(
                f"fit: epochs must be at least the {done} that {self.path} has behind it, got {epochs}; raise it, or begin another run"
            )
        run.load_state_dict(state["run"])
        self._written = time.monotonic()
        self._tell(run)

    def after_step(self, run: Run) -> None:
        """Write if it is time to, after an optimizer step."""
        steps = self.every_steps is not None and run.history.steps % self.every_steps == 0
        if steps or (self.every_seconds is not None and time.monotonic() - self._written >= self.every_seconds):
            self.write(run)

    def after_epoch(self, run: Run, last: bool) -> None:
        """Write if it is time to, after an epoch; always after the last one."""
        if last or (self.every_epochs is not None and (run.epoch - 1) % self.every_epochs == 0):
            self.write(run)

    def write(self, run: Run) -> None:
        """Write now.

        Args:
            run: between two steps.

        Raises:
            FloatingPointError: its loss or its weights are not finite; the file stays as it was.
            OSError: the file cannot be written; it stays as it was.
        """
        self._write(run, self._shift)

    def _write(self, run, before):
        if not run.meter.finite():
            raise divergence.of_loss(run, run.history.steps)
        broken = run.broken()
        if broken:
            raise divergence.of_weights(run, *broken)
        data = to_bytes({"format": FORMAT, "settings": self._settings, "run": run.state_dict()})
        try:
            write_atomically(self.path, data, before)
        except OSError as error:
            refused = type(error)(
                f"fit: the checkpoint must be written, got {error.strerror or error} for {self.path} after step {run.history.steps}; "
                f"{advice(error)}, and train again with resume=True. "
                f"{run.saved[:1].upper() + run.saved[1:] or 'None has been written yet'}"
            )
            refused.errno = error.errno
            raise refused from error
        self._written = time.monotonic()
        self._tell(run)

    def _tell(self, run):
        run.saved = f"the last good checkpoint is {self.path} (step {run.history.steps})"

    def _read(self) -> dict[str, Any] | None:
        if not os.path.lexists(self.path):
            return None
        try:
            state = load(self.path)
        except OSError as error:
            raise type(error)(
                f"fit: the checkpoint must be readable, got {error.strerror or error} for {self.path}; "
                "make it a file that you may read, or begin anew with resume=False"
            ) from error
        except RuntimeError as error:
            raise RuntimeError(f"fit: the checkpoint must be whole, got a file that is not ({error}); {self._way_out()}") from error
        if not isinstance(state, dict) or state.get("format") != FORMAT:
            raise RuntimeError(
                f"fit: {self.path} must be a checkpoint that fit wrote, got something else; give another path, or load it with tinyreg.load"
            )
        return state

    def _way_out(self):
        """What to do about a damaged file: the newest older one that is whole, or the beginning."""
        for older in (f"{self.path}.{i}" for i in range(1, self.keep)):
            with suppress(OSError, RuntimeError, KeyError, TypeError):
                steps = load(older)["run"]["history"]["steps"]
                return f"rename {older}, which is whole (step {steps}), to it, or remove it to begin anew"
        return "give another path, or remove it to begin anew (keep=2 keeps the one before, too)"

    def _set_aside(self):
        """Called when the first file of a new run is about to take the place of another run's."""
        if os.path.isfile(self.path):
            os.replace(self.path, f"{self.path}.old")

    def _shift(self):
        """Called when a new file is about to take the place: give the old ones the next numbers."""
        for i in range(self.keep - 1, 1, -1):
            with suppress(FileNotFoundError):
                os.replace(f"{self.path}.{i - 1}", f"{self.path}.{i}")
        if self.keep > 1 and os.path.exists(self.path):
            with suppress(FileNotFoundError):
                os.unlink(f"{self.path}.1")
            try:
                os.link(self.path, f"{self.path}.1")  # a second name: at no instant is there none
            except OSError:  # a file system without links
                shutil.copyfile(self.path, f"{self.path}.1")
