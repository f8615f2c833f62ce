"""Trainings for `tinyreg twin`: three networks that hold what a network is usually made of, and every method of the comparison.

    mlp      64-128-64-10 on 8x8 digits: batch norm, ReLU, dropout, L1 and L2 in the loss, Adam
    lenet    two 5x5 convolutions on 28x28 digits: batch norm, ReLU, max pooling, dropout, momentum
    vgg      two pairs of padded 3x3 convolutions on 3x16x16 digits: batch norm, ReLU, max pooling, momentum, decay

Each is a start function, as training.twin takes it: everything in the default dtype, chance from the default generator.
"""

from functools import partial

import numpy as np

from .. import nn, regularization
from ..autograd.tensor import wrap
from ..backend import asarray, current, get_default_dtype, to_numpy, use_backend
from ..optim import SGD, Adam
from ..random import default_generator
from ..training.twin import twin
from .bad_option import BadOption
from .methods import METHODS
from .settings import BATCH, Settings
from .tasks import TASKS
from .trial import Training

EXAMPLES = 400  # handwritten digits, of which each step draws a batch
cross_entropy = nn.functional.cross_entropy
# Methods that hold no more than this in right runs (dtype -> so far apart, after so many steps); the others hold the bars of
# training.twin. Virtual adversarial training takes the difference of nearly equal gradients, and has half of the digits left.
SENSITIVE = {"virtual_adversarial": {"float64": (1e-4, 20), "float32": (1e-2, 1)}}


def digits(zoom=1, margin=0, channels=1):
    """Handwritten digits in the default dtype, and their classes: a pair of Tensors.

    A little noise keeps pixels apart: of two equal ones, rounding would say which is the larger.

    Args:
        zoom: pixels beside and above each other that a pixel becomes.
        margin: empty pixels around.
        channels: copies of the image, each shifted by a pixel more.

    Example:
        >>> images, labels = digits(zoom=3, margin=2)
        >>> images.shape, labels.shape
        (Size([400, 1, 28, 28]), Size([400]))
    """
    images, labels = (array[:EXAMPLES] for array in TASKS["digits"].part(True))
    images = images.repeat(zoom, axis=2).repeat(zoom, axis=3)
    images = np.pad(images, ((0, 0), (0, 0), (margin, margin), (margin, margin)), mode="edge")
    images = np.concatenate([np.roll(images, shift, axis=3) for shift in range(channels)], axis=1)
    images = images + 0.1 * to_numpy(default_generator().normal(images.shape))
    return wrap(asarray(images, dtype=get_default_dtype())), wrap(asarray(labels))


def mlp():
    """Batch norm, dropout, L1, L2 and Adam."""
    model = nn.Sequential(
        nn.Flatten(),
        *(nn.Linear(64, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Dropout(0.5)),
        *(nn.Linear(128, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.2)),
        nn.Linear(64, 10),
    )

    def loss(output, y):
        penalty = regularization.l1_penalty(model, 1e-4) + regularization.l2_penalty(model, 1e-3)
        return cross_entropy(output, y) + penalty

    return _training(model, Adam(model.parameters()), loss, digits(), 50)


def lenet():
    """Convolutions without padding, on images as MNIST's."""
    model = nn.Sequential(
        *(nn.Conv2d(1, 20, 5), nn.BatchNorm2d(20), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(20, 50, 5), nn.BatchNorm2d(50), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Dropout(0.5), nn.Flatten(), nn.Linear(800, 500), nn.ReLU(), nn.Linear(500, 10)),
    )
    return _training(model, SGD(model.parameters(), lr=0.02, momentum=0.9), cross_entropy, digits(3, 2), 8)


def vgg():
    """Pairs of padded convolutions, on small images in colour."""

    def pair(channels, wider):
        pads = partial(nn.Conv2d, kernel_size=3, padding=1)
        norms = (nn.BatchNorm2d(wider), nn.ReLU())
        return (pads(channels, wider), *norms, pads(wider, wider), nn.BatchNorm2d(wider), nn.ReLU(), nn.MaxPool2d(2))

    model = nn.Sequential(*pair(3, 16), *pair(16, 32), nn.Flatten(), nn.Linear(512, 64), nn.ReLU(), nn.Linear(64, 10))
    optimizer = SGD(model.parameters(), lr=0.02, momentum=0.9, weight_decay=1e-4)
    return _training(model, optimizer, cross_entropy, digits(2, 0, 3), 8)


def _training(model, optimizer, loss, examples, batch):
    """A model, and the function that takes one step on a batch drawn at random."""
    images, labels = examples

    def step():
        rows = wrap(asarray(default_generator().permutation(EXAMPLES)[:batch]))
        optimizer.zero_grad()
        value = loss(model(images[rows]), labels[rows])
        value.backward()
        optimizer.step()
        return value

    return model, step


NETWORKS = {"mlp": mlp, "lenet": lenet, "vgg": vgg}


class Both(nn.Module):
    """A network and the average of its weights, which are compared together.

    Args:
        network: what is trained.
        average: what is measured.

    Example:
        >>> [name for name, _ in Both(nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)).named_parameters()]
        ['network.weight', 'average.weight']
    """

    def __init__(self, network, average):
        super().__init__()
        self.network, self.average = network, average


def method(name, model):
    """The start function of a method of the comparison, at the middle of its strengths: a step is one of `fit`, on a batch.

    Args:
        name: of a row of METHODS.
        model: "mlp" or "lenet".

    Example:
        >>> network, step = method("l2", "mlp")()
        >>> step() > 0
        True
    """
    row = METHODS[name]
    strength = row.candidates[len(row.candidates) // 2]
    settings = Settings(model=model, train_size=BATCH, epochs=1)

    def start():
        images, labels = digits()
        training = Training(settings, row, strength, None, (images[:BATCH], labels[:BATCH]), seed=0)
        measured, network = training.measured, training.model

        def step():
            rows = wrap(asarray(default_generator().permutation(EXAMPLES)[:BATCH]))
            training.train = images[rows], labels[rows]
            return training.fit()["loss"][-1]

        return (network if measured is network else Both(network, measured)), step

    return start


def starts(model, methods):
    """{title: start function} of what a command asks for.

    Args:
        model: one of NETWORKS; None takes all of them, or the mlp where there are methods.
        methods: names of METHODS, or "all"; none takes the network as it is.

    Raises:
        BadOption: an unknown name, or a network that has no methods.

    Example:
        >>> list(starts(None, ())), list(starts("lenet", ["l2", "dropout"]))
        (['mlp', 'lenet', 'vgg'], ['lenet with l2', 'lenet with dropout'])
    """
    if model is not None and model not in NETWORKS:
        raise BadOption(f"twin: --model must be one of {', '.join(NETWORKS)}, got {model}")
    if not methods:
        return {name: start for name, start in NETWORKS.items() if model in (None, name)}
    if model == "vgg":
        raise BadOption(f"twin: --model must be mlp or lenet where --methods are given, got {model}")
    model = model or "mlp"
    known = [name for name, row in METHODS.items() if model in row.models]
    for name in methods:
        if name not in (*known, "all"):
            raise BadOption(f"twin: --methods must be among those of --model {model}, got {name}; known are all, {', '.join(known)}")
    return {f"{model} with {name}": method(name, model) for name in known if name in methods or "all" in methods}


def run(model=None, methods=(), *, against="cupy", dtype="float64", steps=None, tolerance=None, seed=0):
    """Yield (title, Twin) of each training that is asked for.

    Args:
        model, methods: as in starts.
        against: the backend of the second run; the first is numpy.
        dtype: of the second run; of the first, too, unless both are on numpy: then that is float64.
        steps, tolerance, seed: as in twin.

    Raises:
        BadOption: a value out of its range, or a backend that cannot be used.
    """
    chosen = starts(model, methods)
    first_dtype = "float64" if against == "numpy" else dtype
    before = current()
    try:
        use_backend(against)
    except (ValueError, RuntimeError) as refused:
        way = "" if against != "cupy" else "; --against numpy --dtype float32 needs no GPU, and shows where float32 loses digits"
        raise BadOption(f"twin: --against {against} cannot be used; {refused}{way}") from None
    finally:
        use_backend(before)
    for title, start in chosen.items():
        bar, usual = SENSITIVE.get(title.split()[-1], {}).get(dtype, (None, None))
        bar, count = bar if tolerance is None else tolerance, usual if steps is None else steps
        try:
            found = twin(start, count, second=against, dtype=dtype, first_dtype=first_dtype, tolerance=bar, seed=seed)
        except ValueError as refused:
            if not str(refused).startswith(("twin: ", "manual_seed: ")):
                raise
            raise BadOption(str(refused)) from None
        yield title, found
