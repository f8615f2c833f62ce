"""What is measured, W1 to W7, as data that no library owns, and the bars that tinyreg is held to.

Each workload has cases, and each case one time: a training step and an inference for a network (W1-W5), two lengths for a
chain of operations (W6), one forward and backward for a kernel (W7). Weights and batches come from seeded NumPy generators,
so every library begins with the same arrays. A network's layers are tuples:

    ("linear", inputs, outputs)                          weight (outputs, inputs), bias (outputs,)
    ("conv", channels in, channels out, side, padding)   weight (out, in, side, side), bias (out,); stride 1
    ("batch_norm", features)                             weight (features,), bias (features,); eps 1e-5, momentum 0.1
    ("relu",) ("sigmoid",) ("flatten",)
    ("pool", side)                                       maximum over side x side, stride side
    ("dropout", p)

and it is trained by plain SGD on the mean softmax cross-entropy of 10 classes. In W1 weight_decay is SGD's: it adds
weight_decay * w to the gradient of every weight and bias.
"""

import math
from dataclasses import dataclass

import numpy as np

LEARNING_RATE = 0.01
BATCHES = 4  # used in turn: an input that was just seen lies in the cache
CLASSES = 10
NUMBERS = 999_983  # that a kernel's arrays are filled with, over and over: a prime, so that no row is like another


@dataclass(frozen=True)
class Bar:
    """What a case is held to, as a ratio to PyTorch's time: below 1 is faster.

    Args:
        floor: must be held with default settings; math.inf where none is set.
        goal: is aimed at.
        pool_floor: must be held with the opt-in thread pool; None is the same as floor.
    """

    floor: float
    goal: float
    pool_floor: float | None = None

    def floor_with(self, pool):
        """The floor with the thread pool or without it."""
        return self.pool_floor if pool and self.pool_floor is not None else self.floor


NO_BAR = Bar(math.inf, math.inf)


@dataclass(frozen=True)
class Network:
    """A network, W1 to W5."""

    key: str
    title: str
    batch: int
    shape: tuple
    layers: tuple
    bars: dict  # case -> Bar
    weight_decay: float = 0.0

    cases = ("train", "infer")
    unit = "step"

    def weights(self):
        """The initial weights: float32 arrays in the order of the layers, of each its weight and its bias.

        Those of linear and conv are drawn as PyTorch draws them; those of batch norm are not ones and zeros, so that a
        backward that forgets them is found out.
        """
        chance = np.random.default_rng([1, int(self.key[1:])])
        drawn = []
        for kind, *sizes in self.layers:
            if kind in ("linear", "conv"):
                inputs, outputs, side = sizes[0], sizes[1], sizes[2] if kind == "conv" else 1
                bound = (inputs * side * side) ** -0.5
                shape = (outputs, inputs, side, side) if kind == "conv" else (outputs, inputs)
                drawn += [chance.uniform(-bound, bound, shape), chance.uniform(-bound, bound, outputs)]
            elif kind == "batch_norm":
                drawn += [chance.uniform(0.5, 1.5, sizes[0]), chance.uniform(-0.5, 0.5, sizes[0])]
        return [weight.astype(np.float32) for weight in drawn]

    def batches(self, count=BATCHES):
        """Pairs (float32 inputs, int64 labels)."""
        chance = np.random.default_rng([2, int(self.key[1:])])
        return [
            (chance.standard_normal((self.batch, *self.shape), np.float32), chance.integers(0, CLASSES, self.batch)) for _ in range(count)
        ]


@dataclass(frozen=True)
class Chain:
    """W6: a chain y = op(y) of elementwise operations on a few numbers, forward and backward; its time is that of one operation.

    On 10 elements the arithmetic is nothing, so the time is that of recording an operation and of going back through it.
    The operations are repeated in turn; ("times", "w") has a second tensor as operand, ("times", 1.0001) a Python number.
    The cotangent is ones; what is differentiated is x, and w where there is one.
    """

    key: str
    title: str
    operations: tuple
    bars: dict

    cases = ("1,000", "50,000")
    unit = "operation"
    elements = 10
    start = 0.1  # x; w and one are 1: w is differentiated, one is not


@dataclass(frozen=True)
class Kernel:
    """W7: one large operation, forward and backward (of Adam: one step)."""

    key: str
    title: str
    name: str
    shape: tuple
    bars: dict

    cases = ("forward + backward",)
    unit = "call"

    def arrays(self):
        """The float32 arrays that it begins with, by name.

        dropout: x, g. batch_norm: x, weight, bias, g. penalty: p. adam: p, g. g is the gradient that comes from above.
        """
        chance = np.random.default_rng([3, len(self.name)])
        names = {"dropout": "xg", "batch_norm": "xg", "penalty": "p", "adam": "pg"}[self.name]
        arrays = {name: np.resize(chance.standard_normal(NUMBERS, np.float32), self.shape) for name in names}
        if self.name == "batch_norm":
            arrays["weight"] = chance.uniform(0.5, 1.5, self.shape[1]).astype(np.float32)
            arrays["bias"] = chance.uniform(-0.5, 0.5, self.shape[1]).astype(np.float32)
        return arrays


def _block(inputs, outputs, side, padding):
    return ("conv", inputs, outputs, side, padding), ("batch_norm", outputs), ("relu",)


def _train_infer(train, infer):
    return {"train": Bar(*train), "infer": Bar(*infer)}


NETWORKS = (
    Network(
        "W1",
        "MLP 784-256-10, ReLU, L2",
        64,
        (784,),
        (("linear", 784, 256), ("relu",), ("linear", 256, 10)),
        _train_infer((0.85, 0.7), (1.15, 1.0)),
        weight_decay=1e-4,
    ),
    Network(
        "W2",
        "MLP 784-1024-1024-10, ReLU, dropout",
        128,
        (784,),
        (
            *(("linear", 784, 1024), ("relu",), ("dropout", 0.5)),
            *(("linear", 1024, 1024), ("relu",), ("dropout", 0.5)),
            ("linear", 1024, 10),
        ),
        _train_infer((0.75, 0.6), (1.25, 1.1)),
    ),
    Network(
        "W3",
        "MLP 784-100-100-100-10, sigmoid, batch norm",
        60,
        (784,),
        (
            *(("linear", 784, 100), ("batch_norm", 100), ("sigmoid",)),
            *(("linear", 100, 100), ("batch_norm", 100), ("sigmoid",)) * 2,
            ("linear", 100, 10),
        ),
        _train_infer((0.90, 0.7), (0.95, 0.8)),
    ),
    Network(
        "W4",
        "LeNet-like on 1x28x28: conv5-20, conv5-50, batch norm, dropout, fc 500",
        64,
        (1, 28, 28),
        (
            *(*_block(1, 20, 5, 0), ("pool", 2)),
            *(*_block(20, 50, 5, 0), ("pool", 2)),
            *(("flatten",), ("dropout", 0.5), ("linear", 800, 500), ("relu",), ("linear", 500, 10)),
        ),
        _train_infer((1.30, 1.0), (1.0, 0.8)),
    ),
    Network(
        "W5",
        "VGG-like on 3x32x32: conv3-32 twice, conv3-64 twice, batch norm, fc 256",
        32,
        (3, 32, 32),
        (
            *(*_block(3, 32, 3, 1), *_block(32, 32, 3, 1), ("pool", 2)),
            *(*_block(32, 64, 3, 1), *_block(64, 64, 3, 1), ("pool", 2)),
            *(("flatten",), ("linear", 4096, 256), ("relu",), ("linear", 256, 10)),
        ),
        _train_infer((2.7, 1.5, 2.1), (2.0, 1.3, 1.7)),
    ),
)

CHAINS = (
    Chain(
        "W6",
        "chain of operations with a number",
        (("times", 1.0001), ("plus", 0.001), ("minus", 0.001), ("negative",)),
        dict.fromkeys(Chain.cases, Bar(0.5, 0.4)),
    ),
    Chain(
        "W6-tensors",
        "chain of operations with a second tensor",
        (("times", "w"), ("plus", "w"), ("times", "one"), ("minus", "one")),
        dict.fromkeys(Chain.cases, NO_BAR),
    ),
    Chain(
        "W6-functions",
        "chain of functions of one tensor",
        (("negative",), ("tanh",), ("exp",), ("sigmoid",)),
        dict.fromkeys(Chain.cases, NO_BAR),
    ),
)

DROPOUT_P = 0.5
L2_STRENGTH, L1_STRENGTH = 2e-4, 1e-5  # the value is L2_STRENGTH / 2 * sum(p * p) + L1_STRENGTH * sum(|p|)
ADAM = {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8}

KERNELS = (
    Kernel("W7-dropout", "dropout 4096x4096, p = 0.5", "dropout", (4096, 4096), {Kernel.cases[0]: Bar(0.25, 0.12, 0.15)}),
    Kernel("W7-batch_norm", "batch norm 64x64x32x32", "batch_norm", (64, 64, 32, 32), {Kernel.cases[0]: Bar(2.2, 1.2, 1.6)}),
    Kernel("W7-penalty", "L1 + L2 of 10 M weights", "penalty", (10_000_000,), {Kernel.cases[0]: Bar(0.45, 0.15)}),
    Kernel("W7-adam", "Adam, 10 M weights (PyTorch's fused one)", "adam", (10_000_000,), {Kernel.cases[0]: Bar(1.7, 0.9, 1.0)}),
)

WORKLOADS = {workload.key: workload for workload in (*NETWORKS, *CHAINS, *KERNELS)}

# On one H200, float32 without TF32, against PyTorch eager; no floors
GPU_GOALS = {
    **dict.fromkeys(("W1", "W2", "W3"), Bar(math.inf, 1.3)),
    **dict.fromkeys(("W4", "W5"), Bar(math.inf, 3.0)),
    **{kernel.key: Bar(math.inf, 1.2) for kernel in KERNELS},
}
