"""The command `python -m benchmarks`."""

import argparse
import os
import sys
from pathlib import Path

from tinyreg.experiments.bad_option import BadOption

from . import machine, where
from .growth import command as growth
from .libraries import MODULES, installed
from .workloads import WORKLOADS

DESCRIPTION = """\
Measure how fast tinyreg is beside PyTorch, plain hand-written NumPy, and what else is installed.

Each library runs in a process of its own, with equal threads; they take turns, and the order changes from round to round.
Before any time counts, losses, logits, updates and gradients of each are checked against hand-written NumPy in float64.
A turn that other processes disturbed is repeated. Prints the ratio of every library's time to PyTorch's (below 1 is
faster), writes JSON and draws a chart. Run it on a machine that does nothing else.
"""
EXAMPLES = """\
examples:
  python -m benchmarks                                   everything that is installed (about ten minutes with all peers)
  python -m benchmarks --only W4 W5                      the convolutional networks
  python -m benchmarks --only W7-adam --rounds 15        one kernel, with a narrower spread
  python -m benchmarks --libraries tinyreg pytorch       without the peers
  python -m benchmarks --quick                           everything once, in seconds: does it run, does it compute the same?
  python -m benchmarks --pool                            tinyreg with its opt-in thread pool
  python -m benchmarks --backend cupy                    tinyreg on CuPy beside PyTorch CUDA, timed by device events
  python -m benchmarks --out cpu.json --chart cpu.png    to keep
  python -m benchmarks table cpu.json                    the README's table from kept results
  python -m benchmarks chart cpu.json cpu.png            the chart from kept results
  python -m benchmarks where --chart where.png           a training step of W4 and W5 by operation
  python -m benchmarks growth                            graphs, memory, data loading and imports as they grow

workloads:
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"{self.prog}: {message}; {self.prog} --help explains the options\n")


def parser():
    """The options."""
    width = max(map(len, WORKLOADS))
    lines = "".join(f"  {key:<{width}}  {workload.title} ({', '.join(workload.cases)})\n" for key, workload in WORKLOADS.items())
    top = _Parser(
        "python -m benchmarks", description=DESCRIPTION, epilog=EXAMPLES + lines, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = top.add_argument
    add("--only", nargs="+", metavar="W", help="workloads; W6 and W7 are all that begin so (default: all)")
    add("--libraries", nargs="+", metavar="NAME", help=f"of {' '.join(MODULES)} (default: those that are installed)")
    add("--rounds", type=int, metavar="N", help="turns of each library in each case (default: 7)")
    add("--seconds", type=float, metavar="S", help="that a turn lasts, about (default: 0.3)")
    add("--threads", type=int, metavar="N", help=f"of every library (default: {min(2, machine.cores())})")
    add("--quick", action="store_true", help="one short round, nothing repeated: the checks count, the times do not")
    add("--pool", action="store_true", help="turn on tinyreg's opt-in thread pool")
    add("--backend", choices=("numpy", "cupy"), default="numpy", help="numpy is the CPU, cupy an NVIDIA GPU (default: numpy)")
    add("--out", metavar="FILE", help="JSON to write; what stands there is replaced (default: runs/benchmarks/cpu.json, or gpu.json)")
    add("--chart", metavar="FILE", help="picture to draw (default: beside the JSON)")
    commands = top.add_subparsers(dest="command", metavar="table|chart|where|growth")
    table = commands.add_parser("table", help="print the README's table from kept results")
    table.add_argument("results", metavar="FILE", help="JSON that --out wrote")
    chart = commands.add_parser("chart", help="draw the chart from kept results")
    chart.add_argument("results", metavar="FILE", help="JSON that --out wrote")
    chart.add_argument("picture", metavar="PNG", help="file to draw")
    where.add(commands.add_parser("where", help="measure a training step of W4 and W5 by operation, before and after"))
    growth.add(commands.add_parser("growth", help="measure whether cost grows as the work grows, and no faster"))
    return top


def settings_of(options):
    """The `runner.Settings` that the options ask for.

    Raises:
        BadOption: one cannot be followed.
    """
    from .runner import Settings

    device = "cuda" if options.backend == "cupy" else "cpu"
    there = installed()
    names = options.libraries or (["tinyreg", "pytorch"] if device == "cuda" else there)
    for name in names:
        if name not in MODULES:
            raise BadOption(f"benchmarks: --libraries must be of {', '.join(MODULES)}, got {name}; leave it out for all that are installed")
        if name not in there:
            raise BadOption(f"benchmarks: {MODULES[name][1]} must be installed to measure {name}, got none; pip install {MODULES[name][1]}")
    chosen = {key for word in options.only or WORKLOADS for key in matching(word)}
    quick = {"rounds": 1, "seconds": 0.02, "repeats": 0, "least": 1, "pause": 0.0} if options.quick else {}
    given = {name: getattr(options, name) for name in ("rounds", "seconds", "threads") if getattr(options, name) is not None}
    for name, least in (("rounds", 1), ("threads", 1), ("seconds", 0.001)):
        if given.get(name, least) < least:
            raise BadOption(f"benchmarks: --{name} must be at least {least}, got {given[name]}; leave it out for the default")
    if options.pool and device == "cuda":
        raise BadOption("benchmarks: --pool must go with --backend numpy, got cupy; a GPU has no use for threads of the CPU")
    return Settings(
        libraries=[name for name in MODULES if name in names],
        workloads=[key for key in WORKLOADS if key in chosen],
        device=device,
        pool=options.pool,
        **{"threads": min(2, machine.cores())} | quick | given,
    )


def matching(word):
    """The workloads that a word of --only means.

    Example:
        >>> matching("W4"), matching("w6")
        (['W4'], ['W6', 'W6-tensors', 'W6-functions'])
    """
    found = [key for key in WORKLOADS if key.lower() == word.lower() or key.lower().startswith(f"{word.lower()}-")]
    if not found:
        raise BadOption(f"benchmarks: --only must name workloads, got {word}; there are {' '.join(WORKLOADS)}")
    return found


def main(arguments=None):
    """Run the command; returns the exit code: 0 done, 1 a library is wrong or broke, 2 a bad option, 130 stopped by Ctrl-C.

    Args:
        arguments: a list of words; None takes those of the process.
    """
    from .processes import Failed
    from .results import Unreadable

    options = parser().parse_args(arguments)
    try:
        return {"table": _table, "chart": _chart, "where": where.run, "growth": growth.run}.get(options.command, _measure)(options)
    except (BadOption, Unreadable) as refused:
        print(refused, file=sys.stderr)
        return 2
    except (OSError, Failed, ModuleNotFoundError) as error:  # matplotlib is imported where it draws
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("benchmarks: stopped by Ctrl-C; nothing was written", file=sys.stderr)
        return 130


def _table(options):
    from .report import readme
    from .results import load

    print(readme(load(options.results)), end="")
    return 0


def _chart(options):
    from .chart import ratios
    from .results import load

    Path(options.picture).write_bytes(ratios(load(options.results)).png())
    return 0


def _measure(options):
    from tinyreg.experiments.terminal import console, print_notes, print_table

    from .chart import ratios
    from .progress import progress
    from .report import notes, table
    from .results import collect, save
    from .runner import measure, steps

    settings = settings_of(options)
    out = Path(options.out or f"runs/benchmarks/{'gpu' if settings.device == 'cuda' else 'cpu'}.json")
    picture = Path(options.chart) if options.chart else out.with_suffix(".png")
    with progress(steps(settings)) as told:
        measured = measure(settings, told)
    results = collect(settings, measured)
    shown = console()
    headings, rows = table(results)
    if rows:
        styles = {"MISSED": "bold red", "goal": "bold green", "floor": "green"}
        print_table(shown, headings, rows, {0}, lambda row, i: styles.get(row[i], "") if i == len(headings) - 1 else "")
    print_notes(shown, notes(results))
    for path in (out, picture):
        os.makedirs(path.parent, exist_ok=True)
    save(results, out)
    drawn = any(len(by_library) > 1 for cases in measured.rounds.values() for by_library in cases.values())
    if drawn:
        picture.write_bytes(ratios(results).png())
    print(f"{out}  {picture}" if drawn else out)
    return 1 if measured.failed else 0
