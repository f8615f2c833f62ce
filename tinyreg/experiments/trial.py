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
            the official test part.
        method: the name of a row of METHODS.
        strength: one of its candidates.
        seed: decides the data and the chance of the run.

    Returns:
        The run as JSON holds it: what was asked for and what was measured; accuracies lie in [0, 1].
    """
    start = time.perf_counter()
    row, final = METHODS[method], phase == "final"
    train, validation = (_tensors(settings.task, *part) for part in draw_data(settings, seed))
    random.manual_seed(seed)
    model = build(settings.model, row, strength, settings.task.shape)
    optimizer = row.optimizer(model.parameters(), settings.task.rates[settings.model], **strength)
    if row.proximal is not None:
        optimizer = AfterStep(optimizer, lambda: row.proximal(model, optimizer.param_groups[0]["lr"], **strength))
    stopping = row.stopping(**strength)
    curves = {"train": [], "validation": []}

    def measure(epoch, _, model):
        curves["train"].append(accuracy(model, *train))
        curves["validation"].append(accuracy(model, *validation))

    result = {"phase": phase, "method": method, "strength": strength, "seed": seed}
    try:
        history = fit(
            model,
            DataLoader(TensorDataset(*train), BATCH, shuffle=True, drop_last=True, generator=random.Generator(seed)),
            [validation] if stopping else None,
            loss=_objective(row, model, strength),
            optimizer=optimizer,
            epochs=settings.epochs,
            early_stopping=stopping,
            callbacks=[measure] if final else (),
            progress=False,
        )
    except FloatingPointError as error:
        if final:
            raise
        return result | {"validation_accuracy": 0.0, "diverged": str(error), "epochs": 0, "seconds": time.perf_counter() - start}
    result["validation_accuracy"] = accuracy(model, *validation)
    if final:
        weights = np.concatenate([to_numpy(w.array).ravel() for w in penalized_parameters(model)])
        edges = bin_edges(settings.task)
        counts, _ = np.histogram(np.clip(weights, edges[0], edges[-1]), edges)
        result |= {
            "train_accuracy": accuracy(model, *train),
            "test_accuracy": accuracy(model, *_tensors(settings.task, *settings.task.part(False, settings.root))),
            "weight_norm": float(np.sqrt((weights.astype("float64") ** 2).sum())),
            "zero_share": float((weights == 0).mean()),
            "histogram": counts.tolist(),
            "curves": curves,
        }
    return result | {"epochs": len(history), "seconds": time.perf_counter() - start}


def _objective(row, model, strength):
    cross_entropy = nn.CrossEntropyLoss(label_smoothing=row.smoothing(**strength))
    if row.penalty is None:
        return cross_entropy
    return lambda output, y: cross_entropy(output, y) + row.penalty(model, **strength)


def _tensors(task, images, labels):
    return task.prepare(images), wrap(asarray(labels))


def accuracy(model, images, labels):
    """The share of images that the model, in evaluation mode, gives their label."""
    was_training = model.training
    model.eval()
    right = 0
    with no_grad():
        for start in range(0, len(labels), PART):
            part = slice(start, start + PART)
            right = right + (model(images[part]).array.argmax(axis=1) == labels.array[part]).sum()
    model.train(was_training)
    return int(right) / len(labels)


class AfterStep:
    """An optimizer whose every step is followed by something: for the proximal methods, by the proximal step.

    Args:
        optimizer: takes the step, and answers everything else.
        then: called without arguments after it.
    """

    def __init__(self, optimizer, then):
        self.optimizer, self.then = optimizer, then

    def step(self):
        """One step of the optimizer, then the action."""
        self.optimizer.step()
        self.then()

    def __getattr__(self, name):
        return getattr(self.optimizer, name)
