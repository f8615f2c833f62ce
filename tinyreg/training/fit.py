"""fit: the training loop, nothing hidden in it.

    for every epoch
        for every batch                     the model in training mode
            loss(model(x), y).backward()
            every `accumulate` batches: clip, optimizer.step(), forget the gradients
        measure on the validation part      the model in evaluation mode, nothing recorded
        schedule, callbacks, early stopping

Gradient accumulation. The mean loss over a large batch is the mean of the losses of its pieces, weighted by their
numbers of examples n_i. So each piece's loss is multiplied by n_i before backward, and the summed gradient is divided
by the sum of the n_i before the step: equal to the large batch, also where the last piece is smaller. Batch norm is the
exception: its statistics are those of a piece.
"""

import math
import time

from .. import backend
from ..autograd import no_grad
from ..regularization.gradient_clipping import clip_grad_norm_
from .history import History
from .progress import Progress


def fit(
    model,
    train,
    validation=None,
    *,
    loss,
    optimizer,
    epochs,
    schedule=None,
    schedule_every="epoch",
    clip_norm=None,
    accumulate=1,
    early_stopping=None,
    callbacks=(),
    progress=True,
):
    """Train a model on batches.

    Args:
        model: a Module.
        train: batches (x, y), or (x1, x2, ..., y): a DataLoader, or anything that can be iterated once an epoch.
        validation: the same, to measure on after each epoch; None measures nothing.
        loss: loss(output, y) -> the mean over the batch, a 0-d Tensor. A penalty is a term in it:
            `lambda output, y: cross_entropy(output, y) + l2_penalty(model, 1e-3)`.
        optimizer: an Optimizer on the model's parameters.
        epochs: passes over train, at least 1.
        schedule: a learning rate schedule; stepped after every epoch, or after every optimizer step.
        schedule_every: 'epoch' or 'step'.
        clip_norm: the largest norm of the whole gradient before a step; None does not clip.
        accumulate: batches whose gradients are gathered for one step.
        early_stopping: an EarlyStopping; it watches the validation loss, or with mode='max' the validation accuracy.
            If it keeps the best weights, the model has them at the end.
        callbacks: functions (epoch, row, model), called after each epoch with the row of the history; one that
            returns True ends the training.
        progress: show a bar on a terminal or in a notebook.

    Returns:
        A History. Accuracy is measured where y holds class indices and the output one number a class.

    Raises:
        ValueError: a setting out of range, an empty train.
        FloatingPointError: the loss became NaN or infinite; the step and the likely cause are named.

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
    _check(epochs, schedule_every, clip_norm, accumulate, early_stopping, validation)
    was_training = model.training
    history = History()
    with Progress(epochs, "training", enabled=progress) as bar:
        for epoch in range(1, epochs + 1):
            start = time.perf_counter()
            row: dict[str, float] = {"epoch": epoch}
            meter = _train_epoch(
                model, train, loss, optimizer, history, epoch, clip_norm, accumulate, schedule if schedule_every == "step" else None
            )
            row.update(meter.means())
            if validation is not None:
                row.update({f"val_{name}": value for name, value in evaluate(model, validation, loss).items()})
            row["lr"] = optimizer.param_groups[0]["lr"]
            row["seconds"] = time.perf_counter() - start
            history.rows.append(row)
            if schedule is not None and schedule_every == "epoch":
                schedule.step()
            bar.advance("  ".join(f"{name} {row[name]:.4f}" for name in ("loss", "val_loss", "val_accuracy") if name in row))
            ends = [callback(epoch, row, model) is True for callback in callbacks]  # each is called, whatever another says
            if any(ends):
                history.stopped = f"a callback ended it after epoch {epoch}"
                break
            if early_stopping is not None and early_stopping.step(row[_watched(early_stopping, row)], model):
                history.stopped = f"no improvement for {early_stopping.patience} epochs, after epoch {epoch}"
                break
        else:
            history.stopped = f"all {epochs} epochs are done"
    if early_stopping is not None and early_stopping.restore_best:
        early_stopping.restore(model)
    model.train(was_training)
    return history


def _check(epochs, schedule_every, clip_norm, accumulate, early_stopping, validation):
    for name, value in (("epochs", epochs), ("accumulate", accumulate)):
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"fit: {name} must be an integer of at least 1, got {value!r}; 1 is the smallest")
    if schedule_every not in ("epoch", "step"):
        raise ValueError(f"fit: schedule_every must be 'epoch' or 'step', got {schedule_every!r}; choose one")
    if clip_norm is not None and not clip_norm > 0:
        raise ValueError(f"fit: clip_norm must be positive, got {clip_norm}; None does not clip")
    if early_stopping is not None and validation is None:
        raise ValueError("fit: early_stopping needs validation data, got validation=None; hold some examples back with random_split")


def _watched(early_stopping, row):
    if early_stopping.mode == "min":
        return "val_loss"
    if "val_accuracy" not in row:
        raise ValueError(
            "fit: early_stopping with mode='max' watches the validation accuracy, got targets that are not classes; use mode='min'"
        )
    return "val_accuracy"


def _train_epoch(model, train, loss, optimizer, history, epoch, clip_norm, accumulate, schedule):
    model.train()
    optimizer.zero_grad()
    meter = Meter()
    examples = pieces = batches = 0
    parameters = [p for group in optimizer.param_groups for p in group["params"]]

    def step():
        nonlocal examples, pieces
        if accumulate > 1:
            for p in parameters:
                if p.grad is not None:
                    p.grad.array *= 1 / examples
        if clip_norm is not None:
            clip_grad_norm_(parameters, clip_norm)
        optimizer.step()
        optimizer.zero_grad()
        history.steps += 1
        examples = pieces = 0
        if schedule is not None:
            schedule.step()

    for batch in train:
        *inputs, y = batch
        batches += 1
        output = model(*inputs)
        value = loss(output, y)
        meter.add(value, output, y)
        meter.check(epoch, batches, history.steps + 1, optimizer)
        (value if accumulate == 1 else value * len(y)).backward()
        examples, pieces = examples + len(y), pieces + 1
        if pieces == accumulate:
            step()
    if pieces:
        step()
    if batches == 0:
        raise ValueError(
            f"fit: train must give batches, got none in epoch {epoch}; a generator is empty after its first pass, a DataLoader is not"
        )
    meter.check(epoch, batches, history.steps, optimizer, now=True)
    return meter


def evaluate(model, batches, loss):
    """Mean loss, and accuracy where y holds classes, in evaluation mode with nothing recorded.

    Args:
        model: a Module; its mode is restored afterwards.
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
    was_training = model.training
    model.eval()
    meter = Meter()
    with no_grad():
        for *inputs, y in batches:
            output = model(*inputs)
            meter.add(loss(output, y), output, y)
    model.train(was_training)
    if meter.examples == 0:
        raise ValueError("evaluate: there must be a batch, got none; a generator is empty after its first pass, a DataLoader is not")
    return meter.means()


class Meter:
    """Sums over an epoch, kept where the arrays live: a GPU is read every `every` batches, the CPU at once."""

    def __init__(self):
        self.loss = self.correct = 0.0
        self.examples = 0
        self.classes = False
        self.every = 1 if backend.current() == "numpy" else 50

    def add(self, value, output, y):
        """Count one batch."""
        if value.array.ndim:
            raise ValueError(f"fit: loss must be a 0-d Tensor, got shape {value.array.shape}; use reduction='mean'")
        self.loss = self.loss + value.array.astype("float64") * len(y)
        self.examples += len(y)
        if output.array.ndim == 2 and y.array.ndim == 1 and y.array.dtype.kind in "iu":
            self.classes = True
            self.correct = self.correct + (output.array.argmax(axis=1) == y.array).sum()

    def check(self, epoch, batch, step, optimizer, now=False):
        """Stop at a loss that is not finite, with what is known about it."""
        if not now and batch % self.every:
            return
        if not math.isfinite(float(self.loss)):
            rates = ", ".join(f"{group['lr']:g}" for group in optimizer.param_groups)
            raise FloatingPointError(
                f"fit: the loss must be finite, got {float(self.loss)} at step {step} (epoch {epoch}, batch {batch}) with learning rate "
                f"{rates}; lower the learning rate, clip the gradient (clip_norm=1), or look for NaN in the data"
            )

    def means(self):
        """The mean loss, and the accuracy where classes were counted."""
        means = {"loss": float(self.loss) / self.examples}
        if self.classes:
            means["accuracy"] = float(self.correct) / self.examples
        return means
