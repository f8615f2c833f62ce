"""fit: the training loop, nothing hidden in it.

    for every epoch
        for every batch                     the model in training mode
            output = model(x)
            (loss(output, y) + regularizer(model, output, x, y)).backward()
            every `accumulate` batches: clip, optimizer.step(), forget the gradients; a checkpoint, if it is time
        measure on the validation part      the model in evaluation mode, nothing recorded
        schedule, callbacks, early stopping; a checkpoint, if it is time

Gradient accumulation. The mean loss over a large batch is the mean of the losses of its pieces, weighted by their
numbers of examples n_i. So each piece's loss is multiplied by n_i before backward, and the summed gradient is divided
by the sum of the n_i before the step: equal to the large batch, also where the last piece is smaller. Batch norm is the
exception: its statistics are those of a piece, whose m values have on average (1 - 1/m)/(1 - 1/M) of the variance of the
batch's M; group norm is none. The gradient is clipped once, when it is complete: a clipped mean is not the mean of clipped
gradients.

An optimizer that computes the gradient more than once (SAM) is given a closure: its first call is the pass above, each
later one repeats it on the same batches, from where the weights are then.

Interruption. A run can be killed at any instant and be resumed, bit for bit; checkpoint.py says how. Ctrl-C waits for the
end of the step, writes a checkpoint and raises KeyboardInterrupt. A loss that is not finite ends the training before a
step is made with it; divergence.py says what is told.
"""

from __future__ import annotations

import itertools
import operator
import os
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..autograd import Tensor, no_grad
from ..autograd.account import Change
from ..modes import kept_modes
from ..module import Module
from ..ops.callables import check_callable
from ..ops.number import check_number
from ..optimizer import Optimizer
from ..regularization.early_stopping import EarlyStopping
from ..regularization.gradient_clipping import clip_grad_norm_, get_total_norm
from . import divergence
from .checkpoint import Checkpoint
from .history import History
from .interruption import Interruption
from .meter import Meter
from .progress import Progress
from .run import Run

if TYPE_CHECKING:
    from ..optim.lr_scheduler import LRScheduler


def fit(
    model: Module,
    train: Iterable[Any],
    validation: Iterable[Any] | None = None,
    *,
    loss: Callable[..., Tensor],
    optimizer: Optimizer,
    epochs: int,
    regularizer: Callable[..., Tensor] | None = None,
    schedule: LRScheduler | None = None,
    schedule_every: str = "epoch",
    clip_norm: float | None = None,
    accumulate: int = 1,
    early_stopping: EarlyStopping | None = None,
    callbacks: Iterable[Callable[..., Any]] = (),
    checkpoint: str | os.PathLike[str] | Checkpoint | None = None,
    resume: bool = False,
    progress: bool = True,
) -> History:
    """Train a model on batches.

    Args:
        model: a Module.
        train: batches (x, y), or (x1, x2, ..., y): a DataLoader, or anything that can be iterated once an epoch.
        validation: the same, to measure on after each epoch; None measures nothing.
        loss: loss(output, y) -> the mean over the batch, a 0-d Tensor.
        optimizer: an Optimizer on the model's parameters. What acts before or after each of its steps is a hook of it
            (register_step_post_hook): a proximal step, max_norm_, an AveragedModel.
        epochs: passes over train, at least 1.
        regularizer: regularizer(model, output, x, y) -> a 0-d Tensor that is added to the loss of each training batch; on
            the validation part the loss is measured without it. `lambda model, output, x, y: l2_penalty(model, 1e-3)`.
        schedule: a learning rate schedule; stepped after every epoch, or after every optimizer step. One that needs a
            metric (ReduceLROnPlateau) is given the validation loss, after every epoch.
        schedule_every: 'epoch' or 'step'.
        clip_norm: the largest norm of the whole gradient before a step; None does not clip.
        accumulate: batches whose gradients are gathered for one step.
        early_stopping: an EarlyStopping; it watches the validation loss, or with mode='max' the validation accuracy.
            If it keeps the best weights, the model has them at the end.
        callbacks: functions (epoch, row, model), called after each epoch with the row of the history; one that
            returns True ends the training. One that has state_dict and load_state_dict is saved with the rest. A Module
            among them is saved and not called: the AveragedModel that a hook of the optimizer moves.
        checkpoint: a path, written to when training begins, after every epoch and at the end; or a Checkpoint, which
            says how often. None writes nothing.
        resume: go on where the file at that path ends, with the digits of a run that was never interrupted. Where there
            is none yet, begin: the same command can be given again until training is done. A seed and weights set
            before are those of the file then; other settings than the file's are refused, except epochs. A run that
            early stopping or a callback ended has ended: resumed, it gives its history.
        progress: show a bar on a terminal or in a notebook.

    Returns:
        A History. Its loss is what was minimized, the regularizer included; val_loss is without. Accuracy is measured where
        y holds class indices and the output one number a class.

    Raises:
        ValueError: a setting out of range, an empty train; resuming with other settings; with a checkpoint, a transform that
            has a generator of its own, beside workers.
        FloatingPointError: the loss became NaN or infinite; the step and the likely cause are named. The last checkpoint
            stays as it was.
        OSError: the checkpoint cannot be written; the last one stays as it was.
        RuntimeError: the checkpoint is damaged.
        KeyboardInterrupt: Ctrl-C; where there is a checkpoint, after the step, which is then in it.

    Example:
        >>> import tinyreg as torch
        >>> _ = torch.manual_seed(0)
        >>> x = torch.randn(32, 2)
        >>> model = torch.nn.Linear(2, 1)
        >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        >>> history = fit(model, [(x, x[:, :1])], loss=torch.nn.MSELoss(), optimizer=optimizer, epochs=60)
        >>> history["loss"][-1] < 0.01 * history["loss"][0]
        True
    """
    _check_kinds(model, loss, optimizer, regularizer, callbacks, clip_norm)
    _check(epochs, schedule, schedule_every, clip_norm, accumulate, early_stopping, validation, checkpoint, resume)
    file = Checkpoint(checkpoint) if isinstance(checkpoint, str | os.PathLike) else checkpoint
    run = Run(
        model, loss, regularizer, optimizer, train, validation, schedule, schedule_every, clip_norm, accumulate, early_stopping, callbacks
    )
    history, was_training = run.history, model.training
    if file is not None:
        file.begin(run, resume, epochs)
    with Progress(epochs, "training", progress, done=len(history)) as bar, Interruption(file is not None) as interruption:
        while run.epoch <= epochs and not history.stopped:
            with np.errstate(all="ignore"):  # divergence.py tells what breaks; NumPy's warnings name a line of NumPy
                _train_epoch(run, file, interruption, bar)
                row = {"epoch": run.epoch} | run.meter.means()
                if validation is not None:
                    row.update({f"val_{name}": value for name, value in evaluate(model, validation, loss).items()})
            row["lr"] = optimizer.param_groups[0]["lr"]
            row["seconds"] = time.perf_counter() - run.start
            history.rows.append(row)
            if schedule is not None and schedule_every == "epoch":
                metric: list[Any] = [row["val_loss"]] if getattr(schedule, "needs_metric", False) else []
                schedule.step(*metric)
            bar.advance("  ".join(f"{name} {row[name]:.4f}" for name in ("loss", "val_loss", "val_accuracy") if name in row))
            called = [callback for callback in run.callbacks if not isinstance(callback, Module)]
            ends = [callback(run.epoch, row, model) is True for callback in called]  # each of them, whatever another says
            if any(ends):
                history.stopped = f"a callback ended it after epoch {run.epoch}"
            elif early_stopping is not None and early_stopping.step(row[_watched(early_stopping, row)], model):
                history.stopped = f"no improvement for {early_stopping.patience} epochs, after epoch {run.epoch}"
            run.next_epoch()
            if file is not None:
                file.after_epoch(run, last=run.epoch > epochs or bool(history.stopped))
                if interruption.asked:
                    _interrupt(run, file)
    history.stopped = history.stopped or f"all {epochs} epochs are done"
    if early_stopping is not None and early_stopping.restore_best:
        early_stopping.restore(model)
    model.train(was_training)
    return history


def _check_kinds(model, loss, optimizer, regularizer, callbacks, clip_norm):
    check_callable("fit", model=model, loss=loss, **({} if regularizer is None else {"regularizer": regularizer}))
    if isinstance(optimizer, type):
        kind = optimizer.__name__
        raise TypeError(f"fit: optimizer must be an Optimizer, got the class {kind}; make one of it, as {kind}(model.parameters()) does")
    if not hasattr(callbacks, "__iter__"):
        raise TypeError(f"fit: callbacks must be a list of functions, got {type(callbacks).__name__}; write callbacks=[...]")
    check_number("fit", clip_norm=1 if clip_norm is None else clip_norm)


def _check(epochs, schedule, schedule_every, clip_norm, accumulate, early_stopping, validation, checkpoint, resume):
    for name, value in (("epochs", epochs), ("accumulate", accumulate)):
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"fit: {name} must be an integer of at least 1, got {value!r}; 1 is the smallest")
    if schedule_every not in ("epoch", "step"):
        raise ValueError(f"fit: schedule_every must be 'epoch' or 'step', got {schedule_every!r}; choose one")
    if clip_norm is not None and not clip_norm > 0:
        raise ValueError(f"fit: clip_norm must be positive, got {clip_norm}; None does not clip")
    if early_stopping is not None and validation is None:
        raise ValueError("fit: early_stopping needs validation data, got validation=None; hold some examples back with random_split")
    if getattr(schedule, "needs_metric", False) and (validation is None or schedule_every != "epoch"):
        given = "validation=None" if validation is None else f"schedule_every={schedule_every!r}"
        raise ValueError(
            f"fit: {type(schedule).__name__} needs the validation loss of an epoch, got {given}; "
            "hold some examples back with random_split, and step it every 'epoch'"
        )
    if resume and checkpoint is None:
        raise ValueError("fit: resume needs a checkpoint to go on from, got checkpoint=None; pass its path")
    if not isinstance(checkpoint, str | os.PathLike | Checkpoint | None):
        raise TypeError(f"fit: checkpoint must be a path or a Checkpoint, got {type(checkpoint).__name__}; None writes none")


def _watched(early_stopping, row):
    if early_stopping.mode == "min":
        return "val_loss"
    if "val_accuracy" not in row:
        raise ValueError(
            "fit: early_stopping with mode='max' watches the validation accuracy, got targets that are not classes; use mode='min'"
        )
    return "val_accuracy"


def _train_epoch(run, file, interruption, bar):
    """One pass over the training batches, or over those that an interrupted run has left."""
    model, optimizer, meter = run.model, run.optimizer, run.meter
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    examples = pieces = 0
    batches = operator.length_hint(run.train)  # 0 where nobody knows
    gathered: list[Any] = []  # the batches of this step, where the optimizer goes through them again

    def objective(batch):
        *inputs, y = batch
        output = model(*inputs)
        value = run.loss(output, y)
        return output, value if run.regularizer is None else value + _term(run.regularizer(model, output, *inputs, y))

    def backward(value, y):
        (value if run.accumulate == 1 else value * len(y)).backward()

    def finish():
        """From the summed gradient to the one of the step; its norm, where it is known."""
        if run.accumulate > 1:
            mean = Change("", 1 / examples)
            for p in parameters:
                if p.grad is not None:
                    p.grad.array *= 1 / examples
                    mean.note(p.grad)
        return None if run.clip_norm is None else clip_grad_norm_(parameters, run.clip_norm)

    def again():
        optimizer.zero_grad()
        for batch in gathered:
            _, value = objective(batch)
            backward(value, batch[-1])
        finish()
        return value

    def step():
        nonlocal examples, pieces
        norm = finish()
        if norm is None and run.wants_norm():
            norm = get_total_norm(p.grad for p in parameters if p.grad is not None)
        optimizer.step(*[_first(value, again)] if optimizer.needs_closure else ())
        optimizer.zero_grad()
        run.history.steps += 1
        examples = pieces = 0
        gathered.clear()
        if norm is not None:
            run.norms.append((run.history.steps, norm.array))
        if run.schedule is not None and run.schedule_every == "step":
            run.schedule.step()
        if file is not None:
            file.after_step(run)
            if interruption.asked:
                _interrupt(run, file)

    model.train()
    optimizer.zero_grad()
    for batch in run.batches():
        y = batch[-1]
        run.batch += 1
        output, value = objective(batch)
        meter.add(value, output, y)
        if run.batch % meter.every == 0 and not meter.finite():
            raise divergence.of_loss(run, run.history.steps + 1, batch, output)
        backward(value, y)
        if optimizer.needs_closure:
            gathered.append(batch)
        examples, pieces = examples + len(y), pieces + 1
        if batches:
            bar.within(run.batch / batches)
        if pieces == run.accumulate:
            step()
    run.exhausted = True
    if pieces:
        step()
    if run.batch == 0:
        raise ValueError(
            f"fit: train must give batches, got none in epoch {run.epoch}; a generator is empty after its first pass, a DataLoader is not"
        )
    if not meter.finite():
        raise divergence.of_loss(run, run.history.steps)


def _term(value):
    """What a regularizer returned."""
    if not isinstance(value, Tensor) or value.array.ndim:
        got = f"shape {tuple(value.array.shape)}" if isinstance(value, Tensor) else type(value).__name__
        raise ValueError(f"fit: regularizer must return a 0-d Tensor, got {got}; sum or average it, and return it")
    return value


def _first(value, again):
    """The closure of a step whose first pass is done: it returns that value, and repeats the pass from the second call on."""
    passes = itertools.chain((lambda: value,), itertools.repeat(again))
    return lambda: next(passes)()


def _interrupt(run, file):
    file.write(run)
    raise KeyboardInterrupt(
        f"fit: training ends here, got Ctrl-C; everything up to step {run.history.steps} (epoch {run.epoch}, batch {run.batch}) "
        f"is in {file.path}, and resume=True goes on from it"
    )


def evaluate(model: Module, batches: Iterable[Any], loss: Callable[..., Tensor]) -> dict[str, float]:
    """Mean loss, and accuracy where y holds classes, in evaluation mode with nothing recorded.

    Args:
        model: a Module; its modules get their modes back afterwards.
        batches: an iterable of (inputs..., y), at least one.
        loss: takes the output and y, returns a Tensor of one element.

    Returns:
        {"loss": mean over examples}, and "accuracy" where y holds classes.

    Raises:
        ValueError: no batch.

    Example:
        >>> import tinyreg as torch
        >>> model = torch.nn.Linear(2, 2)
        >>> measured = evaluate(model, [(torch.zeros(4, 2), torch.tensor([0, 1, 1, 0]))], torch.nn.CrossEntropyLoss())
        >>> sorted(measured)
        ['accuracy', 'loss']
    """
    meter = Meter()
    with kept_modes(model), no_grad():
        model.eval()
        for *inputs, y in batches:
            output = model(*inputs)
            meter.add(loss(output, y), output, y)
    if meter.examples == 0:
        raise ValueError("evaluate: there must be a batch, got none; a generator is empty after its first pass, a DataLoader is not")
    return meter.means()
