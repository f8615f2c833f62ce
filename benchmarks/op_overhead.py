"""What the tape costs: time per recorded operation (forward and backward) on 10 elements, beside PyTorch's eager CPU.

On 10 elements the arithmetic is nothing, so the time is that of recording an operation and of going back through it.
A chain of n operations y = op(y) is computed and differentiated. Each side runs in a process of its own, the
processes take turns, and the medians are compared. The bar: at most half of PyTorch's time.

    python benchmarks/op_overhead.py [--rounds 5]

It measures the tinyreg of the checkout that it lies in, installed or not; PyTorch must be installed.
"""

import argparse
import gc
import importlib.util
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ELEMENTS = 10
LENGTHS = (1_000, 50_000)
SIDES = ("tinyreg", "torch")


def mixes(t):
    """name -> the operations that a chain of it repeats in turn."""
    w = t.ones(ELEMENTS, requires_grad=True)
    half = t.full((ELEMENTS,), 0.5)
    scalar = [lambda y: y * 1.0001, lambda y: y + 0.001, lambda y: y - 0.001]
    unary = [lambda y: -y, lambda y: y.tanh(), lambda y: y.exp(), lambda y: y.sigmoid()]
    tensor = [lambda y: y * w, lambda y: y + w, lambda y: y * half, lambda y: y - half]
    return {"number": scalar, "one operand": unary, "two tensors": tensor, "all": scalar + unary + tensor}


def seconds_per_operation(t, operations, n):
    """One chain of n operations, forward and backward."""
    x = t.full((ELEMENTS,), 0.1, requires_grad=True)
    gc.collect()
    start = time.perf_counter()
    y = x
    for _ in range(n // len(operations)):
        for operation in operations:
            y = operation(y)
    y.backward(t.ones(ELEMENTS))
    return (time.perf_counter() - start) / (n // len(operations) * len(operations))


def measure(side):
    """{"mix, length": seconds} of one side, the median of a few chains each."""
    sys.path.insert(0, str(ROOT))
    t = __import__(side)
    found = {}
    for name, operations in mixes(t).items():
        for n in LENGTHS:
            seconds_per_operation(t, operations, 1_000)  # warm
            repeats = 25 if n < 10_000 else 3
            found[f"{name}, {n}"] = statistics.median(seconds_per_operation(t, operations, n) for _ in range(repeats))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="how often the two sides take turns")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        print(json.dumps(measure(options.side)))
        return
    if importlib.util.find_spec("torch") is None:
        parser.error("PyTorch must be installed, got none beside this Python; pip install torch")
    rounds = {side: [] for side in SIDES}
    for _ in range(options.rounds):
        for side in SIDES:
            done = subprocess.run([sys.executable, __file__, "--side", side], capture_output=True, text=True, check=True)
            rounds[side].append(json.loads(done.stdout))
    print(f"{'operands, length':24}{'ratio':>8}{'tinyreg':>12}{'PyTorch':>12}   (microseconds an operation)")
    for case in rounds["torch"][0]:
        ours, theirs = (statistics.median(found[case] for found in rounds[side]) * 1e6 for side in SIDES)
        print(f"{case:24}{ours / theirs:8.2f}{ours:12.2f}{theirs:12.2f}")


if __name__ == "__main__":
    main()
