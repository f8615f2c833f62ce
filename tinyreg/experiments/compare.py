"""The comparison: the same network on the same images with and without each regularizer.

The protocol, so that the numbers mean something:

1. For each method and each candidate strength, train with three selection seeds. The strength with the best mean accuracy
   on clean validation images is chosen. The test part is not looked at.
2. Train every method, with its strength, with five other seeds. When a training is over, measure it once on the official
   test part.
3. Report means with 95 % intervals; for each method the paired difference to "none", whose runs share their seeds and with
   them data, wrong labels, initial weights and order; and a verdict that Holm's rule has adjusted for their number.

The task was made to overfit: network, learning rates, epochs and candidates were fixed after pilot runs, whose test
accuracies were seen; the sizes of the differences belong to this task. The intervals hold the chance of the seed. They
do not hold the chance of the test images, which all methods share.
"""

import json
import time
from contextlib import closing
from pathlib import Path

from ..backend import current, use_backend
from ..serialization import write_atomically
from . import pool, trial
from .bad_option import BadOption
from .journal import Journal, choose_folder, key_of, not_written
from .methods import ADAM_LEARNING_RATE
from .settings import BATCH
from .summary import choose, summarise
from .versions import blas, machine, versions


class Interrupted(Exception):
    """Ctrl-C: `outcome` holds what is finished, on disk under `folder`."""

    def __init__(self, folder, done, planned, outcome):
        super().__init__(folder, done, planned, outcome)
        self.folder, self.done, self.planned, self.outcome = folder, done, planned, outcome


def compare(settings, *, out=None, jobs=None, resume=False, progress=None):
    """Run a comparison, and write its folder.

    Args:
        settings: a Settings.
        out: the folder; None takes the next free one of runs/compare, runs/compare-2, ...
        jobs: processes; None takes one a core. No digit depends on it.
        resume: continue the comparison in the folder; its finished runs are not repeated.
        progress: called as progress(phase, done, planned, run) before the first run of a phase (run is None) and after
            each.

    Returns:
        The outcome as results.json holds it, with the folder under "folder".

    Raises:
        BadOption: an option that cannot be followed.
        Interrupted: Ctrl-C. Finished runs are kept and continued by resume=True; methods whose reported runs are all
            finished are already written to results.json, figures and report.
        RuntimeError: a process died, or a file cannot be written. Finished runs are kept here, too.
    """
    jobs = pool.cores() if jobs is None else jobs
    if jobs < 1:
        raise BadOption(f"compare: --jobs must be at least 1, got {jobs}; leave it out for one process a core")
    need_pictures()
    need_backend(settings.backend)
    settings.fit_into(len(settings.task.part(True, settings.root)[1]))
    progress = progress or (lambda *_: None)
    start, begun = time.perf_counter(), time.strftime("%Y-%m-%dT%H:%M:%S%z")
    folder = choose_folder(out, resume)
    journal = Journal(folder, header_of(settings), resume)
    planned = 0

    def outcome():
        return outcome_of(settings, journal, jobs, {"begun": begun, "wall_seconds": time.perf_counter() - start})

    try:
        tasks = [
            (settings, "selection", name, candidate, seed)
            for name, candidates in settings.candidates().items()
            if len(candidates) > 1
            for candidate in candidates
            for seed in settings.selection_seeds
        ]
        planned = len(tasks) + len(settings.methods) * settings.seeds
        _run(tasks, journal, jobs, progress)
        chosen, _ = choose(journal.runs.values(), settings.candidates(), settings.selection_seeds)
        tasks = [(settings, "final", name, chosen[name], seed) for name in settings.methods for seed in settings.reported_seeds]
        _run(tasks, journal, jobs, progress)
    except KeyboardInterrupt:
        raise Interrupted(folder, len(journal.runs), planned, write(folder, outcome(), settings)) from None
    return write(folder, outcome(), settings)


def _run(tasks, journal, jobs, progress):
    """Do the tasks that the journal does not hold yet."""
    phase = tasks[0][1] if tasks else None
    pending = [task for task in tasks if key_of(dict(zip(("phase", "method", "strength", "seed"), task[1:]))) not in journal.runs]
    done = len(tasks) - len(pending)
    if not pending:
        return
    progress(phase, done, len(tasks), None)
    with closing(pool.results(trial.run, pending, jobs, pending[0][0].backend)) as results:
        for run in results:
            journal.add(run)
            done += 1
            progress(phase, done, len(tasks), run)


def outcome_of(settings, journal, jobs, times):
    """All that is known, as JSON holds it."""
    runs = list(journal.runs.values())
    try:
        chosen, grids = choose(runs, settings.candidates(), settings.selection_seeds)
    except KeyError:  # stopped before every strength was tried
        chosen, grids = {}, {}
    final = [run for run in runs if run["phase"] == "final"]
    final.sort(key=lambda run: (settings.methods.index(run["method"]), run["seed"]))
    one_image = 1 / len(settings.task.part(False, settings.root)[1])
    rows = summarise(final, settings.methods, settings.reported_seeds, one_image) if chosen else []
    return {
        "finished": len(rows) == len(settings.methods),
        "settings": settings.as_dict(),
        "fixed": header_of(settings)["fixed"],
        "seeds": {"selection": list(settings.selection_seeds), "reported": list(settings.reported_seeds)},
        "versions": versions() | {"blas": blas()} | machine(),
        "backend": settings.backend,
        "time": times | {"jobs": jobs, "training_seconds": sum(run["seconds"] for run in runs)},
        "selection": grids,
        "methods": rows,
        "runs": final,
    }


def write(folder, outcome, settings):
    """Write results.json, and the figures and the report where there is a row to show; returns the outcome."""
    from .examples import examples
    from .figures import draw_all, png
    from .report import html

    folder, files = Path(folder), {}
    if outcome["methods"]:
        pictures = draw_all(outcome) | {"examples.png": png(examples, settings)}
        files = {**pictures, "report.html": html(outcome, pictures)}
    for name, data in {**files, "results.json": json.dumps(outcome, indent=1) + "\n"}.items():
        try:
            write_atomically(folder / name, data)
        except OSError as error:
            raise not_written(error, folder / name, folder) from None
    return outcome | {"folder": str(folder)}


def header_of(settings):
    """All that decides the digits of a comparison, as JSON holds it."""
    fixed = {
        "data": settings.task.describe(settings.root),
        "batch_size": BATCH,
        "optimizer": "SGD without momentum, constant learning rate; Adam or AdamW where the method says so",
        "sgd_learning_rate": settings.task.rates[settings.model],
        "adam_learning_rate": ADAM_LEARNING_RATE,
        "candidates": settings.candidates(),
    }
    return json.loads(json.dumps({"settings": settings.as_dict(), "fixed": fixed, "versions": versions(), "root": settings.root}))


def need_pictures(command="compare"):
    """Refuse to begin what could not be drawn, or would not have its threads."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise BadOption(f"{command}: matplotlib must be installed (it draws the figures), got none; pip install matplotlib") from None
    pool.one_blas_thread().restore_original_limits()


def need_backend(name, command="compare"):
    """Refuse a backend that cannot be used here."""
    before = current()
    try:
        use_backend(name)
    except RuntimeError as error:
        raise BadOption(f"{command}: --backend {name} must be usable here; {error}") from None
    finally:
        use_backend(before)
