"""Peak memory of W5 beside PyTorch's: how far the resident size rises above what it was after the import.

A rise counts everything: weights, batches, the graph, scratch memory, and the code that is loaded when it is first run. That
code is most of PyTorch's rise; so the rise above the resident size after a step of two images is measured, too.
Where the peak comes from is told by tracemalloc: what is alive between forward and backward, by the line that made it.
"""

import statistics
import tracemalloc

from ..libraries import installed
from .check import Check
from .fresh import call
from .memory import MIB, forget_peak, peak, resident

TITLE = "peak memory of W5 within 1.5 times PyTorch's"
BAR = 1.5
SIDES = ("tinyreg", "pytorch")
STEPS = 8
ROUNDS = 3
PLACES = 8


def rise(side, steps):
    """The peak of W5's training in bytes: above the resident size after the import, and after a step of two images."""
    from ..libraries import load
    from ..workloads import WORKLOADS

    network = WORKLOADS["W5"]
    library = load(side)(threads=2)
    imported = resident()
    exact = forget_peak()
    trainer = library.trainer(network, network.weights())
    batches = [(library.array(x), library.array(y)) for x, y in network.batches()]
    trainer.train()
    trainer.step(*(array[:2] for array in batches[0]))
    warm = resident()
    for number in range(steps):
        trainer.step(*batches[number % len(batches)])
    return {"imported": imported, "rise": peak() - imported, "warm rise": peak() - warm, "exact": exact}


def places():
    """What is alive between forward and backward of tinyreg's W5, in bytes by line; and the peak of the whole step."""
    from ..libraries import load
    from ..workloads import WORKLOADS

    network = WORKLOADS["W5"]
    library = load("tinyreg")(threads=2)
    tracemalloc.start()
    trainer = library.trainer(network, network.weights())
    x, y = (library.array(array) for array in network.batches(1)[0])
    trainer.train()
    trainer.step(x, y)
    tracemalloc.reset_peak()
    loss = trainer.loss(trainer.model(x), y)
    forward, forward_peak = tracemalloc.get_traced_memory()
    alive = tracemalloc.take_snapshot().statistics("lineno")[:PLACES]
    tracemalloc.reset_peak()
    loss.backward()
    trainer.optimizer.step()
    backward_peak = tracemalloc.get_traced_memory()[1]
    lines = [[str(entry.traceback[0]).rpartition("tinyreg/")[2], entry.size, entry.count] for entry in alive]
    return {"after forward": forward, "peak of forward": forward_peak, "peak of backward": backward_peak, "alive": lines}


def measure(quick=False):
    """Rises by side, the median of some processes each, in turns; and tinyreg's places."""
    there = [side for side in SIDES if side in installed()]
    rounds = [{side: call(rise, side=side, steps=2 if quick else STEPS) for side in there} for _ in range(1 if quick else ROUNDS)]
    sides = {side: {key: statistics.median(round[side][key] for round in rounds) for key in rounds[0][side]} for side in there}
    return {"sides": sides, "places": call(places)}


def table(found):
    """Headings and rows."""
    rows = [[side, *(f"{of[key] / MIB:.1f}" for key in ("imported", "rise", "warm rise"))] for side, of in found["sides"].items()]
    if "pytorch" in found["sides"]:
        ours, theirs = (found["sides"][side] for side in SIDES)
        rows.append(["ratio", *(f"{ours[key] / theirs[key]:.2f}" for key in ("imported", "rise", "warm rise"))])
    at = found["places"]
    rows.append(["tinyreg's peak in forward, in backward", "", f"{at['peak of forward'] / MIB:.1f}", f"{at['peak of backward'] / MIB:.1f}"])
    rows += [[f"  {count} from {line}", "", "", f"{size / MIB:.1f}"] for line, size, count in at["alive"]]
    return ["W5", "imported, MiB", "rise, MiB", "rise after a small step, MiB"], rows


def checks(found):
    """Both rises within the bar; none where there is no PyTorch to compare with."""
    if "pytorch" not in found["sides"]:
        return []
    ours, theirs = (found["sides"][side] for side in SIDES)
    return [
        Check("rise above the import, over PyTorch's", ours["rise"] / theirs["rise"], BAR),
        Check("rise above a small step, over PyTorch's", ours["warm rise"] / theirs["warm rise"], BAR),
    ]
