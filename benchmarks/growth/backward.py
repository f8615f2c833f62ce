"""Backward is linear in the number of operations: counted in calls, and timed from 1,000 to 1,000,000.

Four graphs of elementwise operations on ten elements:

    chain           y = -(y * a + b - b)                        each operation waits for one other
    two operands    y = y * w + x                               two leaves receive half of the operations each
    fan-out         y = (x * a) + (x * a) + ...                 half of the graph waits at once, one addition after the other
    tree            the same sum, in pairs of pairs             half of the graph waits at once, in one level

The calls are counted: as many again for as many operations again. A heap orders the operations that wait, by log2 of their
number comparisons each, inside one call. The time an operation grows with the graph all the same, in every framework: a
graph of a million operations (some 600 MB) lies in no cache, and Python's garbage collector reads what is alive whenever
it has grown by a quarter.
"""

import gc
import math
import sys
import time

from .check import Check
from .fresh import call

TITLE = "backward is linear in the number of operations"
LENGTHS = (1_000, 10_000, 100_000, 1_000_000)
QUICK = (1_000, 4_000)
COUNTED = (1_024, 2_048, 4_096)
CALLS = 2.001  # twice as many; a tree has a level more, which takes four
EXPONENT = 1.25  # of time against length; 2 would be quadratic, and what the caches do is some 0.1


def chain(t, n):
    """y = -(y * a + b - b), n operations."""
    y = t.full((10,), 0.1, requires_grad=True)
    for _ in range(n // 4):
        y = -(y * 1.0001 + 0.001 - 0.001)
    return y


def two_operands(t, n):
    """y = y * w + x, n operations."""
    x, w = t.full((10,), 0.1, requires_grad=True), t.full((10,), 0.5, requires_grad=True)
    y = x
    for _ in range(n // 2):
        y = y * w + x
    return y


def fan_out(t, n):
    """A sum of n/2 products with the same tensor, from the left."""
    x = t.full((10,), 0.1, requires_grad=True)
    products = [x * 1.0001 for _ in range(n // 2)]
    y = products[0]
    for product in products[1:]:
        y = y + product
    return y


def tree(t, n):
    """A sum of n/2 products with the same tensor, in pairs of pairs."""
    x = t.full((10,), 0.1, requires_grad=True)
    level = [x * 1.0001 for _ in range(n // 2)]
    while len(level) > 1:
        odd = level[-1:] if len(level) % 2 else []
        level = [a + b for a, b in zip(level[::2], level[1::2])] + odd
    return level[0]


GRAPHS = {"chain": chain, "two operands": two_operands, "fan-out": fan_out, "tree": tree}


def timed(graph, length, repeats):
    """Seconds an operation in the best of some repeats: forward, backward, freeing the graph; and the collector's part of backward."""
    import tinyreg as t

    collecting = [0.0, 0.0]  # when it began, how long it took in all

    def watch(phase, info):
        collecting[0] = time.perf_counter() if phase == "start" else collecting[0]
        collecting[1] += time.perf_counter() - collecting[0] if phase == "stop" else 0

    gc.callbacks.append(watch)
    best = {}
    for _ in range(repeats):
        gc.collect()
        moments = [time.perf_counter()]
        y = GRAPHS[graph](t, length)
        moments.append(time.perf_counter())
        collecting[1] = 0.0
        y.backward(t.ones(10))
        moments.append(time.perf_counter())
        collector = collecting[1]
        del y
        moments.append(time.perf_counter())
        spent = [after - before for before, after in zip(moments, moments[1:])] + [collector]
        found = {name: seconds / length for name, seconds in zip(("forward", "backward", "freeing", "collector"), spent)}
        if not best or found["backward"] < best["backward"]:
            best = found
    gc.callbacks.remove(watch)
    return best


def calls(graph, length):
    """The function calls of one backward, Python's and C's."""
    import tinyreg as t

    y, g, count = GRAPHS[graph](t, length), t.ones(10), 0

    def profile(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    y.backward(g, retain_graph=True)  # what is made once is made
    sys.setprofile(profile)
    try:
        y.backward(g)
    finally:
        sys.setprofile(None)
    return count


def all_calls(graph, lengths=COUNTED):
    """The calls by length."""
    return {length: calls(graph, length) for length in lengths}


def exponent(lengths, seconds):
    """The slope of log(seconds) against log(length): 1 for what is linear.

    Example:
        >>> round(exponent([10, 100, 1000], [1.0, 10.0, 100.0]), 9), round(exponent([10, 100], [1.0, 100.0]), 9)
        (1.0, 2.0)
    """
    x, y = ([math.log(value) for value in values] for values in (lengths, seconds))
    x_mean, y_mean = sum(x) / len(x), sum(y) / len(y)
    return sum((a - x_mean) * (b - y_mean) for a, b in zip(x, y)) / sum((a - x_mean) ** 2 for a in x)


def measure(quick=False):
    """Times by graph and length, and calls."""
    found = {}
    for graph in GRAPHS:
        times = {n: call(timed, graph=graph, length=n, repeats=max(1, min(50, 300_000 // n))) for n in (QUICK if quick else LENGTHS)}
        slope = exponent(list(times), [seconds["backward"] * n for n, seconds in times.items()])
        found[graph] = {"times": times, "calls": call(all_calls, graph=graph), "exponent": slope}
    return found


def table(found):
    """Headings and rows."""
    headings = ["graph", "operations", "forward, us", "backward, us", "collector's, us", "freeing, us", "over first", "exponent"]
    rows = []
    for graph, of in found.items():
        first = next(iter(of["times"].values()))["backward"]
        for n, spent in of["times"].items():
            numbers = [f"{spent[part] * 1e6:.2f}" for part in ("forward", "backward", "collector", "freeing")]
            last = n == list(of["times"])[-1]
            rows.append([graph, f"{int(n):,}", *numbers, f"{spent['backward'] / first:.2f}", f"{of['exponent']:.2f}" if last else ""])
    return headings, rows


def checks(found):
    """Calls are linear; the exponent of time is near 1."""
    held = []
    for graph, of in found.items():
        first, second, third = of["calls"].values()
        ratio = (third - second) / (second - first)
        held.append(Check(f"{graph}: calls that 2,048 operations more take over those that 1,024 more take", ratio, CALLS))
        if len(of["times"]) > len(QUICK):
            held.append(Check(f"{graph}: exponent of backward's time", of["exponent"], EXPONENT))
    return held
