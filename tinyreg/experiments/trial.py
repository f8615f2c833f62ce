"""One run of the comparison: draw the data of a seed, train, measure.

A seed decides the training images, which labels are wrong and what they say instead, the validation images, the initial
weights, the order of the batches, and the dropout masks. Two methods with the same seed therefore differ in nothing but
the method, and their accuracies may be subtracted from each other: that is what makes the differences paired.
"""

import time
from functools import cache

import numpy as np

from .. import nn, random
from ..autograd import no_grad
from ..autograd.tensor import wrap
from ..backend import asarray, to_numpy
from ..data import DataLoader, Digits, TensorDataset
from ..parameter import penalized_parameters
from ..training import fit
from .methods import METHODS
from .networks import LEARNING_RATES, build
from .settings import BATCH

BIN_EDGES = np.linspace(-1.2125, 1.2125, 98)  # of the weight histograms: 0 is the middle of a bin; what lies beyond counts in the last


@cache
def _digits(train):
    """Images and labels of a part of Digits, in host memory."""
    digits = Digits(train=train)
    return to_numpy(digits.data.array), to_numpy(digits.targets.array)


def corrupt(labels, share, generator):
    """A copy of the labels in which a share of them is wrong.

    Args:
        labels: an integer array of classes 0 to 9, on the host.
        share: in [0, 1); round(share * n) labels change, each to another class; the nine others come equally often.
        generator: where the choice comes from.

    Example:
        >>> import numpy
        >>> labels = numpy.arange(10)
        >>> int((corrupt(labels, 0.3, random.Generator(0)) != labels).sum())
        3
    """
    labels = labels.copy()
    wrong = generator.permutation(len(labels))[: round(share * len(labels))]
    labels[wrong] = (labels[wrong] + 1 + generator.permutation(len(wrong)) % 9) % 10
    return labels


def draw_data(settings, seed):
    """The training part with wrong labels and the clean validation part of a seed, as pairs of host arrays."""
    images, labels = _digits(train=True)
    generator = random.Generator(seed)
    order = generator.permutation(len(images))
    train, validation = order[: settings.train_size], order[settings.train_size :][: settings.validation_size]
    return (images[train], corrupt(labels[train], settings.label_noise, generator)), (images[validation], labels[validation])


def run(settings, phase, method, strength, seed):
    """Train once and measure.

    Args:
        settings: a Settings.
        phase: "selection" measures on the validation part alone; "final" also records learning curves and, when
            training is over, measures on the official test part.
        method: the name of a row of METHODS.
        strength: one of its candidates.
        seed: decides the data and the chance of the run.

    Returns:
        The run as JSON holds it: what was asked for and what was measured; accuracies lie in [0, 1].
    """
    start = time.perf_counter()
    row, final = METHODS[method], phase == "final"
    train, validation = (_tensors(*part) for part in draw_data(settings, seed))
    random.manual_seed(seed)
    model = build(settings.model, row, strength)
    optimizer = row.optimizer(model.parameters(), LEARNING_RATES[settings.model], **strength)
    if row.proximal is not None:
        optimizer = AfterStep(optimizer, lambda: row.proximal(model, optimizer.param_groups[0]["lr"], **strength))
    stopping = row.stopping(**strength)
    curves = {"train": [], "validation": []}

    def measure(epoch, _, model):
        curves["train"].append(accuracy(model, *train))
        curves["validation"].append(accuracy(model, *validation))

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
    result = {"phase": phase, "method": method, "strength": strength, "seed": seed, "validation_accuracy": accuracy(model, *validation)}
    if final:
        weights = np.concatenate([to_numpy(w.array).ravel() for w in penalized_parameters(model)])
        counts, _ = np.histogram(np.clip(weights, BIN_EDGES[0], BIN_EDGES[-1]), BIN_EDGES)
        result |= {
            "train_accuracy": accuracy(model, *train),
            "test_accuracy": accuracy(model, *_tensors(*_digits(train=False))),
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


def _tensors(images, labels):
    return wrap(asarray(images)), wrap(asarray(labels))


def accuracy(model, images, labels):
    """The share of images that the model, in evaluation mode, gives their label."""
    was_training = model.training
    model.eval()
    with no_grad():
        hits = model(images).array.argmax(axis=1) == labels.array
    model.train(was_training)
    return float(hits.mean())


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
