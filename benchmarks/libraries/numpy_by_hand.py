"""Hand-written NumPy: what a careful expert writes for exactly these workloads, without a tape. The lines are in by_hand/.

It is no peer: a person derived each backward, and nobody can change a network without deriving again. The table shows it as
the limit of what NumPy can do, and in float64 it is the reference that every library is checked against.
"""

import math
from itertools import accumulate

import numpy as np

from ..workloads import LEARNING_RATE
from .by_hand import chains, kernels
from .by_hand.batch_norm import BatchNorm
from .by_hand.convolution import Convolution
from .by_hand.layers import Dropout, Flatten, Linear, Pool, ReLU, Sigmoid, cross_entropy
from .by_hand.memory import blocks
from .library import Library, Trainer

LAYERS = {
    "linear": Linear,
    "conv": Convolution,
    "batch_norm": BatchNorm,
    "relu": ReLU,
    "sigmoid": Sigmoid,
    "pool": Pool,
    "flatten": Flatten,
    "dropout": Dropout,
}
KEEP_OUTPUT, WRITE_INPUT = ("relu", "sigmoid", "pool"), ("relu", "sigmoid", "dropout")
HARMLESS = {("relu", "dropout"), ("pool", "relu")}  # where the output was changed, the gradient that comes back is 0
CHUNK = 2**16  # weights that are updated at a time: they and their gradients stay in cache between two operations


class NumPyByHand(Library):
    """Hand-written NumPy, as fast as it gets; in float64 the reference."""

    name = "numpy"
    title = "plain NumPy"

    @staticmethod
    def version():
        return np.__version__

    def array(self, x):
        return x.astype(self.dtype) if x.dtype.kind == "f" else x

    def to_numpy(self, value):
        return np.asarray(value)

    def trainer(self, network, weights, dropout=True):
        return ByHand(network, weights, dropout, self.dtype)

    def chain(self, chain, length):
        return chains.there_and_back(chain, length, self.dtype)

    def kernel(self, name, arrays):
        return getattr(kernels, name)(**{key: array.astype(self.dtype) for key, array in arrays.items()})


class ByHand(Trainer):
    """A row of layers, whose weights are slices of one flat array and whose gradients are those of another."""

    def __init__(self, network, weights, dropout, dtype):
        self.layers = [LAYERS[kind](dtype, *sizes) for kind, *sizes in in_order(network.layers, dropout)]
        self.layers[0].first = True
        self.weight_decay = network.weight_decay
        self.weighted = [layer for layer in self.layers if layer.shapes]
        shapes = [shape for layer in self.weighted for shape in layer.shapes]
        self.flat, held = cut(shapes, dtype)
        self.gradient, gradients = cut(shapes, dtype)
        for layer, *arrays in zip(self.weighted, *(in_pairs(z) for z in (held, gradients, weights)), strict=True):
            layer.hold(*arrays[:2])
            layer.load(arrays[2])

    def step(self, x, y):
        for layer in self.layers:
            x = layer.forward(x)
        loss, g = cross_entropy(x, y)
        for layer in reversed(self.layers):
            g = layer.backward(g)
        self.update()
        return loss

    def update(self):
        """w - rate (g + decay w), in place, a piece at a time."""
        for part in blocks(self.flat.size, 1, CHUNK):
            w, g = self.flat[part], self.gradient[part]
            if self.weight_decay:
                w *= 1 - LEARNING_RATE * self.weight_decay
            g *= LEARNING_RATE
            w -= g

    def infer(self, x):
        for layer in self.layers:
            x = layer.infer(x)
        return x.copy()  # the next call writes its logits into the same array

    def weights(self):
        return [weight for layer in self.weighted for weight in layer.export()]


def cut(shapes, dtype):
    """A flat array, and its slices in these shapes."""
    ends = list(accumulate(math.prod(shape) for shape in shapes))
    flat = np.empty(ends[-1], dtype)
    return flat, [flat[end - math.prod(shape) : end].reshape(shape) for shape, end in zip(shapes, ends)]


def in_pairs(arrays):
    """[weight, bias, weight, bias ...] -> [(weight, bias), ...]."""
    return list(zip(arrays[::2], arrays[1::2], strict=True))


def in_order(layers, dropout):
    """The layers in the order in which they are computed: a ReLU before a pool changes places with it (`Pool`).

    Raises:
        NotImplementedError: a layer would overwrite what the one before it still needs.
    """
    layers = [layer for layer in layers if dropout or layer[0] != "dropout"]
    for i in range(len(layers) - 1):
        if layers[i][0] == "relu" and layers[i + 1][0] == "pool":
            layers[i], layers[i + 1] = layers[i + 1], layers[i]
    for (kind, *_), (behind, *_) in zip(layers, layers[1:]):
        if kind in KEEP_OUTPUT and behind in WRITE_INPUT and (kind, behind) not in HARMLESS:
            raise NotImplementedError(f"nobody has written {behind} behind {kind} by hand")
    return layers
