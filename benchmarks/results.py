"""The results as JSON: all that the table and the chart are made of, and what they were measured on."""

import json
from dataclasses import asdict

from tinyreg.serialization import write_atomically

from . import machine

FORMAT = 1


class Unreadable(ValueError):
    """A file that holds no results of this harness."""


def collect(settings, measured):
    """The results as JSON holds them.

    Args:
        settings: a `runner.Settings`.
        measured: the `runner.Measured` that came out.

    Returns:
        A dict. "rounds": {workload: {case: {library: [seconds of each round]}}}; a chain's seconds are those of one operation.
    """
    found = asdict(measured)
    hello = found.pop("hello")
    hardware = [said.pop("hardware") for said in hello.values()]
    head = machine.record()
    head["machine"]["gpu"] = next(filter(None, hardware), None)
    return {
        "format": FORMAT,
        **head,
        "settings": asdict(settings),
        "libraries": hello,
        **found,
    }


def dumps(results):
    """The text of the file: a line for the rounds of each library, every time with four digits."""
    results = results | {"rounds": _map_rounds(results["rounds"], lambda times: [float(f"{time:.4g}") for time in times])}
    flat = []

    def park(times):
        flat.append(json.dumps(times))
        return f"@{len(flat) - 1}@"

    text = json.dumps(results | {"rounds": _map_rounds(results["rounds"], park)}, indent=1)
    for i, line in enumerate(flat):
        text = text.replace(f'"@{i}@"', line)
    return text + "\n"


def save(results, path):
    """Write them; a file that stands there is replaced."""
    write_atomically(path, dumps(results))


def load(path):
    """Read them.

    Raises:
        Unreadable: the file holds something else.
        OSError: it cannot be read.
    """
    with open(path, encoding="utf-8") as file:
        try:
            results = json.load(file)
        except ValueError as error:
            raise Unreadable(f"benchmarks: {path} must be JSON, got {error}; measure again with --out") from None
    found = results.get("format") if isinstance(results, dict) else None
    if found != FORMAT:
        raise Unreadable(f"benchmarks: {path} must hold results in format {FORMAT}, got {found}; measure again with --out")
    return results


def _map_rounds(rounds, change):
    return {
        key: {case: {name: change(times) for name, times in by_library.items()} for case, by_library in cases.items()}
        for key, cases in rounds.items()
    }
