"""Before any time counts: does a library compute the same thing?

A record holds what a workload computes: losses, logits, updates of the weights, gradients. The record of hand-written
NumPy in float64 is the reference; a library whose record differs by more than float32's rounding allows is not timed.
Dropout is left out of the networks here, and has a check of its own: what was kept is doubled, and so is its gradient.
"""

import numpy as np

from .workloads import BATCHES, DROPOUT_P, Chain, Kernel, Network

REFERENCE = "numpy"
LENGTHS = (1, 250)  # rounds of a chain's operations: 4 and 1,000 of them
ADAM_STEPS = 3

# Relative to the largest number of what is compared; an update's, which is the change of weights in one step and not the
# weights, in the Euclidean norm. Where two numbers of a pooled window, or a ReLU's input and zero, are nearly equal, rounding
# decides who gets the gradient: a few thousandths of an update, in the networks with a hundred thousand windows.
TOLERANCES = {"share": 3e-3}
TOLERANCE = 1e-4
POOLED_TOLERANCES = {"update": 2e-2, "losses": 1e-3, "logits": 5e-3, "weights": 5e-3}
ROUNDING = 2.0**-23  # of a float32 weight in a step, relative; it is no error of its update


class Wrong(Exception):
    """A library computes something else than the reference."""


def record(library, workload):
    """What a library computes for a workload.

    Args:
        library: a `libraries.library.Library`.
        workload: a Network, Chain or Kernel.

    Returns:
        {what: array}; what begins with the word that its tolerance stands under.
    """
    if isinstance(workload, Network):
        return _record_network(library, workload)
    if isinstance(workload, Chain):
        return _record_chain(library, workload)
    return _record_kernel(library, workload)


def compare(workload, found, expected):
    """The errors of a record.

    Args:
        workload: that they are of.
        found, expected: what `record` returned for a library, and for the reference.

    Returns:
        {what: error}, the largest of its kind.

    Raises:
        Wrong: one is above its tolerance or no number, or parts or shapes differ.
    """
    if list(found) != list(expected):
        raise Wrong(f"parts must be {', '.join(expected)}, got {', '.join(found)}")
    tolerances = TOLERANCES | (POOLED_TOLERANCES if ("pool", 2) in getattr(workload, "layers", ()) else {})
    before = _weights_before(workload)
    sizes = {what: np.sqrt(np.mean(np.square(array))) for what, array in expected.items() if what.startswith("update")}
    errors = {}
    for what, array in expected.items():
        if found[what].shape != array.shape:
            raise Wrong(f"{what} must have shape {array.shape}, got {found[what].shape}")
        kind = what.split()[0]
        difference = np.abs(found[what] - array)
        if kind == "update":  # a bias before batch norm has no gradient, only rounding
            difference = np.maximum(difference - ROUNDING * np.abs(before[what]), 0)
            error = float(np.sqrt(np.mean(np.square(difference))) / max(sizes[what], max(sizes.values()) / 100))
        else:
            error = float(difference.max() / max(np.abs(array).max(), 1e-6))
        tolerance = tolerances.get(kind, TOLERANCE)
        if not error <= tolerance:
            raise Wrong(f"{what} must be within {tolerance:g} of float64's, got an error of {error:.1e}")
        errors[kind] = max(errors.get(kind, 0.0), error)
    return errors


def _weights_before(workload):
    """{what: the weights that an update of this name began with}."""
    if isinstance(workload, Network):
        return {f"update {i}": weight for i, weight in enumerate(workload.weights())}
    if isinstance(workload, Kernel) and workload.name == "adam":
        return {"update": ADAM_STEPS * workload.arrays()["p"]}  # each step rounds
    return {}


def _record_network(library, network):
    weights = network.weights()
    trainer = library.trainer(network, weights, dropout=False)
    batches = [(library.array(x), library.array(y)) for x, y in network.batches(BATCHES)]
    trainer.eval()
    before = library.to_numpy(trainer.infer(batches[0][0]))
    trainer.train()
    losses = [library.to_numpy(trainer.step(*batches[0]))]
    first = [np.array(weight, np.float64) for weight in trainer.weights()]
    losses += [library.to_numpy(trainer.step(x, y)) for x, y in batches[1:]]
    trainer.eval()
    after = library.to_numpy(trainer.infer(batches[0][0]))
    if len(first) != len(weights):
        raise Wrong(f"weights must be {len(weights)} arrays, got {len(first)}")
    found = {"logits before": before}
    found |= {f"update {i}": changed - weight for i, (changed, weight) in enumerate(zip(first, weights))}
    found |= {"losses": np.array([float(loss) for loss in losses]), "logits after": after}
    found |= {f"weights {i}": weight for i, weight in enumerate(trainer.weights())}
    return {what: np.array(array, np.float64) for what, array in found.items()}


def _record_chain(library, chain):
    found = {}
    for rounds in LENGTHS:
        length = rounds * len(chain.operations)
        y, *gradients = library.chain(chain, length)()
        found[f"y {length}"] = y
        found |= {f"gradient {i} {length}": gradient for i, gradient in enumerate(gradients)}
    return {what: library.to_numpy(value).astype(np.float64) for what, value in found.items()}


def _record_kernel(library, kernel):
    arrays = kernel.arrays()
    call = library.kernel(kernel.name, arrays)
    if kernel.name == "adam":
        for _ in range(ADAM_STEPS - 1):
            call()
        return {"update": library.to_numpy(call()[0]) - arrays["p"].astype(np.float64)}
    found = [library.to_numpy(value) for value in call()]
    if kernel.name == "dropout":  # chance is the library's own
        return _record_dropout(*found, arrays["x"], arrays["g"])
    names = {"batch_norm": ("y", "gradient of x", "gradient of weight", "gradient of bias"), "penalty": ("value", "gradient")}[kernel.name]
    return {what: np.asarray(array) for what, array in zip(names, found, strict=True)}


def _record_dropout(y, gradient, x, g):
    """The share that was kept, and 1 + the largest deviation of what is doubled or zero; a few rows at a time."""
    kept, off = 0, []
    for first in range(0, len(x), 64):
        rows = slice(first, first + 64)
        mask = (y[rows] != 0) | (gradient[rows] != 0)
        factor = mask / (1 - DROPOUT_P)
        kept += np.count_nonzero(mask)
        off.append([np.abs(y[rows] - x[rows] * factor).max(), np.abs(gradient[rows] - g[rows] * factor).max()])
    off_y, off_gradient = 1 + np.max(off, axis=0)
    return {"share kept": np.array(kept / x.size), "y": np.array(off_y), "gradient": np.array(off_gradient)}
