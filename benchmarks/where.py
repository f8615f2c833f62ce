"""Where the time of a training step of W4 and W5 goes, operation by operation: the textbook's way and the library's.

    python -m benchmarks where --out where.json --chart where.png

Both ways take turns in one process and train the same network on the same batches; each turn is watched by
tinyreg.profiler, and a row is the median over the turns. What the textbook's way is, benchmarks/textbook.py shows.
"""

import json
import statistics
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from time import perf_counter

import numpy as np

import tinyreg
from tinyreg.profiler import profile, record_function
from tinyreg.random import Generator
from tinyreg.serialization import write_atomically
from tinyreg.text_table import markdown

from . import machine
from .libraries.tinyreg_ import Tinyreg
from .progress import progress
from .textbook import exchanged, textbook
from .workloads import WORKLOADS

NETWORKS = ("W4", "W5")
WAYS = ("before", "after")
ROWS = {  # row of the picture -> the profile's keys
    "convolution, forward": ("Convolution",),
    "convolution, backward": ("ConvolutionBackward0",),
    "batch norm, forward": ("batch norm statistics", "BatchNorm"),
    "batch norm, backward": ("BatchNormBackward0",),
    "ReLU": ("Relu", "ReluBackward0"),
    "max pooling": ("MaxPool", "MaxPoolBackward0"),
    "dropout": ("dropout mask", "Dropout", "DropoutBackward0"),
    "linear": ("Linear", "LinearBackward0"),
    "SGD": ("Optimizer.step#SGD.step",),
}
REST = "all else"  # the loss, the tape, Python between the operations


def add(parser):
    """Give a parser the options of this command.

    Args:
        parser: an argparse.ArgumentParser, of `python -m benchmarks where` as a rule.
    """
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="turns of each way (default: 7)")
    parser.add_argument("--seconds", type=float, default=0.5, metavar="S", help="that a turn lasts, about (default: 0.5)")
    parser.add_argument("--threads", type=int, default=min(2, machine.cores()), metavar="N", help="of matrix products (default: 2)")
    parser.add_argument("--results", metavar="FILE", help="show what --out wrote before, and measure nothing")
    parser.add_argument("--out", metavar="FILE", help="write what was measured as JSON")
    parser.add_argument("--chart", metavar="FILE", help="draw it as PNG")


def run(options):
    """Measure, print, write.

    Args:
        options: what a parser of `add` returned.

    Returns:
        The exit code, 0.
    """
    found = json.loads(Path(options.results).read_text(encoding="utf-8")) if options.results else measure(options)
    print(page(found), end="")
    if options.out:
        write_atomically(options.out, json.dumps(found, indent=1) + "\n")
    if options.chart:
        Path(options.chart).write_bytes(draw(found).png())
    return 0


def measure(options):
    """What the JSON holds."""
    tinyreg.set_num_threads(options.threads)
    with progress(options.rounds * len(NETWORKS)) as told:
        times = {key: breakdown(WORKLOADS[key], options.rounds, options.seconds, told) for key in NETWORKS}
    return {
        **machine.record(),
        "versions": {"tinyreg": tinyreg.__version__, "numpy": np.__version__},
        "threads": options.threads,
        "milliseconds": times,
    }


def breakdown(network, rounds, seconds, told):
    """{row: {"before": ms, "after": ms}} of a training step: medians over the rounds, the rows in the order of ROWS."""
    ways = {"before": _Training(network, textbook), "after": _Training(network, _as_it_is)}
    turns = {way: [] for way in WAYS}
    for number in range(rounds):
        told(f"{network.key}: round {number + 1}")
        for way in WAYS[:: -1 if number % 2 else 1]:
            turns[way].append(ways[way].turn(seconds))
    return {row: {way: statistics.median(turn[row] for turn in turns[way]) for way in WAYS} for row in turns["after"][0]}


class _Training:
    """A network in training, one way or the other."""

    def __init__(self, network, way):
        self.way, library = way, Tinyreg(threads=None)
        self.trainer = library.trainer(network, network.weights())
        self.trainer.train()
        self.batches = [(library.array(x), library.array(y)) for x, y in network.batches()]
        with way():
            self._steps(len(self.batches))  # warm

    def turn(self, seconds):
        """{row: milliseconds of a step}, over so many seconds."""
        with self.way():
            begin = perf_counter()
            self._steps(len(self.batches))
            rounds = max(1, round(seconds / (perf_counter() - begin)))
            with _statistics_and_masks_named(), profile() as found:
                self._steps(rounds * len(self.batches))
        steps = rounds * len(self.batches)
        times = {row.key: row.self_cpu_time_total / 1e3 / steps for row in found.key_averages()}
        rows = {row: sum(times.pop(key, 0.0) for key in keys) for row, keys in ROWS.items()}
        return {row: time for row, time in rows.items() if time} | {REST: sum(times.values())}

    def _steps(self, count):
        for number in range(count):
            self.trainer.step(*self.batches[number % len(self.batches)])


@contextmanager
def _as_it_is():
    yield


def _statistics_and_masks_named():
    """What doors compute before they call their operation: rows of their own in the profile."""
    norm = import_module("tinyreg.regularization.batch_norm")
    named = ((norm, "moments", "batch norm statistics"), (Generator, "keep_mask", "dropout mask"))
    return exchanged([(owner, name, record_function(key)(vars(owner)[name])) for owner, name, key in named])


def page(found):
    """What the page shows: a table a network, and what it was measured on."""
    parts = []
    for key in NETWORKS:
        parts.append(f"**{key}**, {WORKLOADS[key].title}, batch of {WORKLOADS[key].batch}:")
        parts.append(table(found["milliseconds"][key]))
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    of = found["machine"]
    parts.append(f"{of['processor']}, {found['threads']} threads, Python {of['python']}, {versions}, {found['date']}.")
    return "\n\n".join(parts) + "\n"


def table(rows):
    """The rows of one network as Markdown, with their sum."""
    total = {way: sum(times[way] for times in rows.values()) for way in WAYS}
    lines = [[row, *(f"{times[way]:.2f}" for way in WAYS), _gain(times)] for row, times in [*rows.items(), ("**a step**", total)]]
    return markdown(["", "before, ms", "after, ms", "gain"], lines)


def _gain(times):
    return f"{times['before'] / times['after']:.1f}x" if times["after"] else "-"


def draw(found):
    """The picture: for each network a pair of bars an operation."""
    from tinyreg.experiments.figures import BLUE, GREY, new_figure
    from tinyreg.plots.look import house_look

    @house_look
    def where():
        figure = new_figure(15, 6.6)
        for axes, key in zip(figure.subplots(1, len(NETWORKS)), NETWORKS):
            rows = found["milliseconds"][key]
            places = np.arange(len(rows))[::-1]
            for way, shift, colour, hatch in (("before", 0.2, GREY, "///"), ("after", -0.2, BLUE, None)):
                times = [times[way] for times in rows.values()]
                axes.barh(places + shift, times, 0.38, color=colour, hatch=hatch, edgecolor="white", label=f"{way}: {sum(times):.1f} ms")
                for place, time in zip(places, times):
                    axes.annotate(f"{time:.1f}", (time, place + shift), (4, 0), textcoords="offset points", va="center", fontsize=12)
            axes.set_yticks(places, list(rows))
            axes.set_xlabel("milliseconds of a training step")
            axes.set_title(f"{key}: batch of {WORKLOADS[key].batch}")
            axes.legend(loc="lower right")
            axes.margins(x=0.12)
        return figure

    return where()
