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
    start = time.perf_counter()
    row, final = METHODS[method], phase == "final"
    train, validation = (_tensors(settings.task, *part) for part in draw_data(settings, seed))
    random.manual_seed(seed)
    model = build(settings.model, row, strength, settings.task.shape)
    optimizer = row.optimizer(model.parameters(), settings.task.rates[settings.model], **strength)
    measured = _join(row, model, optimizer, strength) or model
    stopping = row.stopping(**strength)
    curves = {"train": [], "validation": []}
    penalty = row.penalty and (lambda *batch: row.penalty(*batch, **strength))

    def right(images, labels):
        return accuracy(measured, images, labels, lambda model, x: row.predict(model, x, **strength))

    def measure(*_):
        curves["train"].append(right(*train))
        curves["validation"].append(right(*validation))

    result = {"phase": phase, "method": method, "strength": strength, "seed": seed}
    try:
        history = fit(
            model,
            DataLoader(
                TensorDataset(*train),
                BATCH,
                shuffle=True,
                drop_last=True,
                generator=random.Generator(seed),
                batch_transform=row.batch(**strength),
            ),
            [validation] if stopping else None,
            loss=nn.CrossEntropyLoss(label_smoothing=row.smoothing(**strength)),
            regularizer=penalty,
            optimizer=optimizer,
            epochs=settings.epochs,
            clip_norm=row.clip_norm(**strength),
            early_stopping=stopping,
            callbacks=[measure] if final else (),
            progress=False,
        )
        result["epochs"] = len(history)
    except FloatingPointError as error:
        result |= {"diverged": str(error), "epochs": len(curves["train"])}
        if not final:
            return result | {"validation_accuracy": 0.0, "seconds": time.perf_counter() - start}
        measure()  # what the broken network answers
    result["validation_accuracy"] = right(*validation)
    if final:
        weights = np.concatenate([to_numpy(w.array).ravel() for w in penalized_parameters(measured)])
        weights = weights[np.isfinite(weights)]
        edges = bin_edges(settings.task)
        counts, _ = np.histogram(np.clip(weights, edges[0], edges[-1]), edges)
        result |= {
            "train_accuracy": right(*train),
            "test_accuracy": right(*_tensors(settings.task, *settings.task.part(False, settings.root))),
            "weight_norm": float(np.sqrt((weights.astype("float64") ** 2).sum())),
            "zero_share": float((weights == 0).sum() / max(weights.size, 1)),
            "histogram": counts.tolist(),
            "curves": curves,
        }
    return result | {"seconds": time.perf_counter() - start}


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


def _tensors(task, images, labels):
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
