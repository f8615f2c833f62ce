"""Memory of a training step is linear in depth: as many bytes for each layer, and none left afterwards.

Blocks of Linear(128, 128), batch norm, ReLU and dropout on 256 examples, or of Conv2d(16, 16), batch norm and ReLU on
16 images of 16x16. tracemalloc counts what Python and NumPy allocate, to the byte.
"""

import gc
import tracemalloc
from itertools import pairwise

from .check import Check
from .fresh import call

TITLE = "memory of a training step is linear in depth"
DEPTHS = (8, 16, 32, 64, 128)
QUICK = (4, 8, 16)
NETWORKS = ("dense", "convolutional")
OPTIMIZERS = ("SGD with momentum", "Adam")


def network(t, kind, depth):
    """A model of so many blocks, and a batch for it."""
    nn = t.nn
    if kind == "dense":
        blocks = [[nn.Linear(128, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Dropout(0.5)] for _ in range(depth)]
        return nn.Sequential(*sum(blocks, []), nn.Linear(128, 10)), t.randn(256, 128), t.randint(0, 10, (256,))
    blocks = [[nn.Conv2d(16, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU()] for _ in range(depth)]
    return nn.Sequential(*sum(blocks, []), nn.Flatten(), nn.Linear(16 * 256, 10)), t.randn(16, 16, 16, 16), t.randint(0, 10, (16,))


def step_peak(kind, optimizer, depth):
    """Bytes above what lay there before a training step: at its peak, and after it.

    The smallest of three steps counts: now and then Python makes a table of its own anew (that of all names: 1 MB).
    """
    import tinyreg as t

    model, x, y = network(t, kind, depth)
    parameters = model.parameters()
    chosen = t.optim.Adam(parameters) if optimizer == "Adam" else t.optim.SGD(parameters, lr=0.01, momentum=0.9)

    def step():
        chosen.zero_grad()
        t.nn.functional.cross_entropy(model(x), y).backward()
        chosen.step()

    tracemalloc.start()  # before anything that the measured steps give back
    step()
    step()
    found = []
    for _ in range(3):
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        step()
        gc.collect()
        after, highest = tracemalloc.get_traced_memory()
        found.append({"peak": highest - before, "left": after - before})
    tracemalloc.stop()
    return min(found, key=lambda one: one["peak"])


def peaks(kind, optimizer, depths):
    """`step_peak` by depth."""
    return {depth: step_peak(kind, optimizer, depth) for depth in depths}


def measure(quick=False):
    """Peaks by network, optimizer and depth."""
    return {
        f"{kind}, {optimizer}": call(peaks, kind=kind, optimizer=optimizer, depths=QUICK if quick else DEPTHS)
        for kind in NETWORKS
        for optimizer in OPTIMIZERS
    }


def bytes_a_layer(highest):
    """What each layer adds, from depth to depth.

    Example:
        >>> bytes_a_layer({8: 1100, 16: 1900, 32: 3500})
        [100.0, 100.0]
    """
    pairs = [(int(depth), most) for depth, most in highest.items()]
    return [(b - a) / (n - m) for (m, a), (n, b) in pairwise(pairs)]


def table(found):
    """Headings and rows."""
    rows = []
    for name, of in found.items():
        added = ["", *(f"{more / 1024:.1f}" for more in bytes_a_layer({depth: spent["peak"] for depth, spent in of.items()}))]
        rows += [
            [name, depth, f"{spent['peak'] / 1024:,.0f}", more, f"{spent['left'] / 1024:.1f}"]
            for (depth, spent), more in zip(of.items(), added)
        ]
    return ["network, optimizer", "layers", "peak of a step, KiB", "a further layer, KiB", "left after it, KiB"], rows


def checks(found):
    """Every layer adds as much as any other."""
    held = []
    for name, of in found.items():
        added = bytes_a_layer({depth: spent["peak"] for depth, spent in of.items()})
        held.append(Check(f"{name}: most bytes that a layer adds over least", max(added) / min(added), 1.02))
    return held
