"""The measurement: all libraries are checked, then take turns, workload by workload and round by round.

One process computes at a time. Between two turns there is a pause: threads of BLAS and OpenMP spin for up to some tens of
milliseconds after their last work. The order of the libraries is rotated from round to round. A turn during which others
took more than disturbance.LIMIT of the processors is repeated; one that stays disturbed is kept and marked.
"""

import time
from contextlib import ExitStack
from dataclasses import dataclass, field

from . import checks
from .disturbance import LIMIT
from .libraries import title_of
from .processes import Cannot, Failed, Process
from .workloads import WORKLOADS


@dataclass
class Settings:
    """What is measured, and how.

    Args:
        libraries: names of `libraries.MODULES`.
        workloads: keys of `workloads.WORKLOADS`.
        rounds: turns of each library in each case.
        seconds: that a turn lasts, about.
        threads: of every library.
        device: "cpu" or "cuda".
        pool: whether tinyreg uses its opt-in thread pool.
        repeats: how often a disturbed turn is repeated at most.
        least: calls of a turn, however slow.
        pause: seconds between two turns.
    """

    libraries: list
    workloads: list = field(default_factory=lambda: list(WORKLOADS))
    rounds: int = 7
    seconds: float = 0.3
    threads: int = 2
    device: str = "cpu"
    pool: bool = False
    repeats: int = 3
    least: int = 3
    pause: float = 0.1


@dataclass
class Measured:
    """What came out.

    Args:
        hello: {library: what `worker.Worker.hello` returned}.
        errors: {workload: {library: {what: relative error}}} of those that passed the check.
        cannot: {workload: {library: reason}}: it has no such thing.
        failed: {workload: {library: message}}: it is wrong, or broke; under "start" those that did not start.
        rounds: {workload: {case: {library: [seconds of each round]}}}.
        disturbed: [{"workload", "case", "library", "round", "taken"}] turns that stayed disturbed.
        repeated: turns that were repeated.
        watched: whether the system says what others do.
    """

    hello: dict = field(default_factory=dict)
    errors: dict = field(default_factory=dict)
    cannot: dict = field(default_factory=dict)
    failed: dict = field(default_factory=dict)
    rounds: dict = field(default_factory=dict)
    disturbed: list = field(default_factory=list)
    repeated: int = 0
    watched: bool = True


def steps(settings):
    """How often `measure` calls progress, if nothing fails."""
    cases = sum(len(WORKLOADS[key].cases) for key in settings.workloads)
    return len(settings.libraries) * (len(settings.workloads) + settings.rounds * cases)


def measure(settings, progress=lambda text: None):
    """Check and time.

    Args:
        settings: a `Settings`.
        progress: is told what is done next.

    Returns:
        A `Measured`.

    Raises:
        Failed: a library cannot be had on the GPU that was asked for.
    """
    measured = Measured()
    with ExitStack() as stack:
        processes = {}
        for name in settings.libraries:
            try:
                pool = settings.threads if settings.pool and name == "tinyreg" else 0
                process = Process(name, settings.threads, device=settings.device, pool=pool)
                stack.callback(process.close)
                measured.hello[name] = process.ask("hello")
                processes[name] = process
            except Failed as failure:
                if settings.device == "cuda":
                    raise
                measured.failed.setdefault("start", {})[name] = str(failure)
        _check(settings, processes, measured, progress)
        for key in settings.workloads:
            _time(key, settings, processes, measured, progress)
            for process in processes.values():
                process.ask("forget")
    return measured


def _check(settings, processes, measured, progress):
    """Compare every library with the reference, which is closed afterwards."""
    reference = Process(checks.REFERENCE, settings.threads, dtype="float64")
    try:
        for key in settings.workloads:
            expected = reference.ask("record", key)
            for name, process in processes.items():
                progress(f"{key}: checking {title_of(name)}")
                try:
                    measured.errors.setdefault(key, {})[name] = checks.compare(WORKLOADS[key], process.ask("record", key), expected)
                except Cannot as reason:
                    measured.cannot.setdefault(key, {})[name] = str(reason)
                except (Failed, checks.Wrong) as failure:
                    measured.failed.setdefault(key, {})[name] = str(failure)
    finally:
        reference.close()


def _time(key, settings, processes, measured, progress):
    """All rounds of a workload."""
    names = [name for name in processes if name in measured.errors.get(key, {})]
    for number in range(settings.rounds):
        first = number % max(len(names), 1)
        for name in names[first:] + names[:first]:
            for case in WORKLOADS[key].cases:
                progress(f"{key}, round {number + 1} of {settings.rounds}: {title_of(name)}")
                turn = _turn(processes[name], key, case, settings, measured)
                measured.rounds.setdefault(key, {}).setdefault(case, {}).setdefault(name, []).append(turn["seconds"])
                if turn["taken"] is not None and turn["taken"] > LIMIT:
                    found = {"workload": key, "case": case, "library": name, "round": number + 1, "taken": round(turn["taken"], 3)}
                    measured.disturbed.append(found)


def _turn(process, key, case, settings, measured):
    """A turn that nobody disturbed, or the least disturbed of some."""
    turns = []
    while not turns or (turns[-1]["taken"] or 0) > LIMIT and len(turns) <= settings.repeats:
        time.sleep(settings.pause * (1 + 4 * len(turns)))  # whoever disturbs may be done soon
        turns.append(process.ask("turn", key, case, settings.seconds, settings.least))
    measured.repeated += len(turns) - 1
    measured.watched = turns[0]["taken"] is not None
    return min(turns, key=lambda turn: turn["taken"] or 0)
