"""Does cost grow as the work grows, and no faster? One clause a file, each measured in fresh processes.

    python -m benchmarks growth [--quick] [--only backward depth ...] [--out growth.json]

    backward    time and calls an operation, 1,000 to 1,000,000 operations
    depth       memory of a training step with 8 to 128 layers
    steps       memory and live objects over 10,000 training steps with everything switched on
    peak        peak memory of W5 beside PyTorch's
    overlap     how long training W5 waits for its DataLoader
    importing   what `import tinyreg` takes beyond NumPy's own
    augmented   images a second through DataLoader and transforms, on one core

A clause has TITLE, `measure(quick)`, which returns plain numbers, `table(found)` for people, and `checks(found)`: what is
held against its bar. What can be counted is counted here and proven in the tests; seconds are only reported.
"""

from importlib import import_module

CLAUSES = ("backward", "depth", "steps", "peak", "overlap", "importing", "augmented")


def clause(name):
    """The module of a clause."""
    return import_module(f"{__name__}.{name}")
