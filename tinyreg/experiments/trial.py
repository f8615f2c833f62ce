"""One run of the comparison: draw the data of a seed, train, measure.

A seed decides the training images, which labels are wrong and what they say instead, the validation images, the initial
weights, the order of the batches, and the dropout masks. Two methods with the same seed therefore differ in nothing but
the method, and their accuracies may be subtracted from each other: that is what makes the differences paired.
"""

import time

import numpy as np

from .. import nn, random
from ..autograd import no_grad
from ..autograd.tensor import wrap
from ..backend import asarray, to_numpy
from ..data import DataLoader, TensorDataset, corrupt_labels
from ..modes import kept_modes
from ..parameter import penalized_parameters
from ..training import fit
from .methods import METHODS
from .networks import build
from .settings import BATCH

PART = 2000  # images that are measured at a time


def bin_edges(task):
    """Of the weights' histogram: 0 is the middle of a bin, and what lies beyond the ends counts in the last ones."""
    return np.linspace(-task.weight_range, task.weight_range, 98)


def draw_data(settings, seed):
    """The training part with wrong labels and the clean validation part of a seed, as pairs of host arrays."""
    images, labels = settings.task.part(True, settings.root)
    generator = random.Generator(seed)
    order = generator.permutation(len(images))
    train, validation = order[: settings.train_size], order[settings.train_size :][: settings.validation_size]
    return (images[train], corrupt_labels(labels[train], settings.label_noise, 10, generator)), (images[validation], labels[validation])


def run(settings, phase, method, strength, seed):
    """Train once and measure.

    Args:
        settings: a Settings.
        phase: "selection" measures on the validation part alone, and counts a strength with which the loss did not
            stay finite as always wrong; "final" also records learning curves and, when training is over, measures on
            the official test part. There the answers of a network that diverged are counted as they are.
        method: the name of a row of METHODS.
        strength: one of its candidates.
        seed: decides the data and the chance of the run.

    Returns:
        The run as JSON holds it: what was asked for and what was measured; accuracies lie in [0, 1].
    """
    start, final = time.perf_counter(), phase == "final"
    train, validation = (tensors(settings.task, *part) for part in draw_data(settings, seed))
    training = Training(settings, METHODS[method], strength, train, validation, seed)
    curves = {"train": [], "validation": []}

    def measure(*_):
        curves["train"].append(training.right(*train))
        curves["validation"].append(training.right(*validation))

    result = {"phase": phase, "method": method, "strength": strength, "seed": seed}
    try:
        result["epochs"] = len(training.fit([measure] if final else ()))
    except FloatingPointError as error:
        result |= {"diverged": str(error), "epochs": len(curves["train"])}
        if not final:
            return result | {"validation_accuracy": 0.0, "seconds": time.perf_counter() - start}
        measure()  # what the broken network answers
    result["validation_accuracy"] = training.right(*validation)
    if final:
        weights = np.concatenate([to_numpy(w.array).ravel() for w in penalized_parameters(training.measured)])
        weights = weights[np.isfinite(weights)]
        edges = bin_edges(settings.task)
        counts, _ = np.histogram(np.clip(weights, edges[0], edges[-1]), edges)
        result |= {
            "train_accuracy": training.right(*train),
            "test_accuracy": training.right(*tensors(settings.task, *settings.task.part(False, settings.root))),
            "weight_norm": float(np.sqrt((weights.astype("float64") ** 2).sum())),
            "zero_share": float((weights == 0).sum() / max(weights.size, 1)),
            "histogram": counts.tolist(),
            "curves": curves,
        }
    return result | {"seconds": time.perf_counter() - start}


class Training:
    """A network with a method, and how it is trained: what `tinyreg compare` and `tinyreg select` share.

    Args:
        settings: a Settings: of its fields data, model and epochs count.
        row: a row of METHODS.
        strength: one of its strengths, as keyword arguments.
        train: images and labels, a pair of Tensors.
        validation: the same; a method that stops early watches it, no other one does.
        seed: decides the initial weights, the order of the batches and the masks.

    Attributes:
        measured: the network whose answers count, the averaged one where the method keeps one.
    """

    def __init__(self, settings, row, strength, train, validation, seed):
        self.settings, self.row, self.strength, self.seed = settings, row, strength, seed
        self.train, self.validation = train, validation
        random.manual_seed(seed)
        self.model = build(settings.model, row, strength, settings.task.shape)
        self.optimizer = row.optimizer(self.model.parameters(), settings.task.rates[settings.model], **strength)
        self.measured = _join(row, self.model, self.optimizer, strength) or self.model

    def fit(self, callbacks=()):
        """Train; the History.

        Raises:
            FloatingPointError: the loss did not stay finite.
        """
        row, strength = self.row, self.strength
        stopping = row.stopping(**strength)
        return fit(
            self.model,
            DataLoader(
                TensorDataset(*self.train),
                BATCH,
                shuffle=True,
                drop_last=True,
                generator=random.Generator(self.seed),
                batch_transform=row.batch(**strength),
            ),
            [self.validation] if stopping else None,
            loss=nn.CrossEntropyLoss(label_smoothing=row.smoothing(**strength)),
            regularizer=row.penalty and (lambda *batch: row.penalty(*batch, **strength)),
            optimizer=self.optimizer,
            epochs=self.settings.epochs,
            clip_norm=row.clip_norm(**strength),
            early_stopping=stopping,
            callbacks=callbacks,
            progress=False,
        )

    def right(self, images, labels):
        """The share of images to which the measured network gives their label."""
        return accuracy(self.measured, images, labels, lambda model, x: self.row.predict(model, x, **self.strength))


def _join(row, model, optimizer, strength):
    """Let what a method does before and after a step happen there; the averaged model, if it keeps one."""
    if row.before_step is not None:
        optimizer.register_step_pre_hook(lambda *_: row.before_step(model, optimizer.steps, **strength))
    if row.after_step is not None:
        optimizer.register_step_post_hook(lambda *_: row.after_step(model, optimizer.param_groups[0]["lr"], **strength))
    averaged = row.averaged(model, **strength)
    if averaged is not None:
        optimizer.register_step_post_hook(lambda *_: averaged.update_parameters(model))
    return averaged


def tensors(task, images, labels):
    """Images as the networks see them, and their labels, as Tensors."""
    return task.prepare(images), wrap(asarray(labels))


def accuracy(model, images, labels, predict=lambda model, x: model(x)):
    """The share of images that the model, in evaluation mode, gives their label; predict(model, images) is its output."""
    right = 0
    with kept_modes(model), no_grad():
        model.eval()
        for start in range(0, len(labels), PART):
            part = slice(start, start + PART)
            right = right + (predict(model, images[part]).array.argmax(axis=1) == labels.array[part]).sum()
    return int(right) / len(labels)
