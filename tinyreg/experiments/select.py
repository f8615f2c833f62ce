"""The strength of one regularizer by k-fold cross-validation, on the training part of real images.

The protocol, so that the choice means something:

1. A seed draws the training images and makes a share of their labels wrong, as in `tinyreg compare`: seed 0 gives the
   images and the wrong labels of its seed 0. They are cut into k folds with equal shares of each class.
2. Each fold is held out once. A network is trained on the other folds, with the labels they have, wrong ones included, and
   scored on the fold that is held out by its right labels: what is wanted of a network is what it knows, not that it agrees
   with mistakes.
3. All strengths meet the same folds, and on a fold the same initial weights, order of the batches and masks. So does
   "none", the network without a regularizer: differences to it are paired fold by fold, and what is said of them ("better",
   "worse") is adjusted for the number of strengths by Holm's rule.
4. The official test part is not touched. Nor is any held-out fold while its network trains: early stopping watches images
   of the training part that are in no fold, those that `tinyreg compare` validates on. Their labels are right, and no other
   method has them.

The mean over the folds says which strength to take. How good it is, it says too well: the largest of several means is large
by luck, too. `tinyreg compare` measures that, on the official test part.
"""

import time
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from .. import random
from ..backend import current, use_backend
from ..data import StratifiedKFold
from ..json_lines import JsonLines, first_difference
from ..selection import GridSearch, LogUniform, SerialExecutor, Uniform, processes
from ..serialization import advice
from . import pool, trial
from .bad_option import BadOption
from .compare import need_backend, need_pictures
from .journal import choose_folder
from .methods import METHODS
from .select_results import outcome_of, write
from .select_settings import SelectSettings
from .settings import BATCH
from .strength_grid import as_shown, grid_of

NAME = "results.jsonl"


class Interrupted(Exception):
    """Ctrl-C: `done` of `planned` trainings are finished, and on disk under `folder`."""

    def __init__(self, folder, done, planned):
        super().__init__(folder, done, planned)
        self.folder, self.done, self.planned = folder, done, planned


class FoldImages:
    """The images that are cut into folds: a dataset of pairs of an image and the label to train on.

    Args:
        data: (N, ...), the images as the data set's files hold them.
        labels: (N,), what networks are trained on; some are wrong.
        targets: (N,), the right ones: folds have equal shares of them, and held-out images are scored by them.
        watched: images and right labels that stop a training early, in no fold; None where nothing does.
    """

    def __init__(self, data, labels, targets, watched=None):
        self.data, self.labels, self.targets, self.watched = data, labels, targets, watched

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        return self.data[index], self.labels[index]


def draw(settings):
    """The images of a selection, of which a share has a wrong label.

    Args:
        settings: a SelectSettings.

    Returns:
        A FoldImages.

    Raises:
        BadOption: the data are not there, or too few.
    """
    training = settings.training
    training.fit_into(len(settings.task.part(True, settings.root)[1]))
    (images, labels), watched = trial.draw_data(training, settings.seed)
    (_, targets), _ = trial.draw_data(replace(training, label_noise=0.0), settings.seed)
    stops = settings.row.stopping(**settings.strength.fixed, **{settings.strength.name: settings.low}) is not None
    return FoldImages(images, labels, targets, watched if stops else None)


def score(train, test, **named):
    """Train on some folds and score on the one that is held out.

    Args:
        train, test: Subsets of a FoldImages.
        named: the settings of a selection, and what is searched; without a strength the network has no regularizer.

    Returns:
        {"score": the share of held-out images that get their right label, "train_accuracy": the share of the others that
        get the label they were trained on}.

    Raises:
        FloatingPointError: the loss did not stay finite.
    """
    settings = SelectSettings(**{name: named.pop(name) for name in SelectSettings.names() if name in named})
    row, strength = (settings.row, settings.strength.fixed | named) if named else (METHODS["none"], {})
    whole, task = train.dataset, settings.task
    parts = (train.indices, whole.labels), (test.indices, whole.targets)
    seen, held_out = (trial.tensors(task, whole.data[indices], labels[indices]) for indices, labels in parts)
    watched = None if whole.watched is None else trial.tensors(task, *whole.watched)
    training = trial.Training(settings.training, row, strength, seen, watched, random.initial_seed())
    training.fit()
    return {"score": training.right(*held_out), "train_accuracy": training.right(*seen)}


def strengths(settings):
    """The strengths that are tried, in rising order.

    Example:
        >>> strengths(SelectSettings(method="dropout", points=3))
        [0.1, 0.54, 0.98]
        >>> strengths(SelectSettings(method="early_stopping", points=4, search="random", seed=1))
        [5, 6, 23, 59]
    """
    found = settings.strength
    if settings.search == "grid":
        return grid_of(found, settings.points)
    law, generator = (LogUniform if found.scale == "log" else Uniform)(found.low, found.high), random.Generator(settings.seed)
    return sorted({as_shown(found, law.draw(generator)) for _ in range(settings.points)})


def select(settings, *, out=None, jobs=None, resume=False, progress=None):
    """Cross-validate the strengths of a method, and write its folder.

    Args:
        settings: a SelectSettings.
        out: the folder; None takes the next free one of runs/select, runs/select-2, ...
        jobs: processes; None takes one a core. No digit depends on it.
        resume: continue the selection in the folder; finished trainings are not repeated.
        progress: called as progress(done, planned, line) before the first training (line is None) and after each.

    Returns:
        The outcome as results.json holds it, with the folder under "folder" and the SearchResults of the strengths under
        "results".

    Raises:
        BadOption: an option that cannot be followed.
        Interrupted: Ctrl-C. Finished trainings are kept and continued by resume=True.
        RuntimeError: a process died, or a file cannot be written. Finished trainings are kept here, too.
    """
    jobs = pool.cores() if jobs is None else jobs
    if jobs < 1:
        raise BadOption(f"select: --jobs must be at least 1, got {jobs}; leave it out for one process a core")
    need_pictures("select")
    need_backend(settings.backend, "select")
    begun, start = time.strftime("%Y-%m-%dT%H:%M:%S%z"), time.perf_counter()
    images, tried = draw(settings), strengths(settings)
    if len(tried) < 2:
        raise BadOption(f"select: --points must give two strengths or more, got {tried[0]} alone; take more points or a wider range")
    folds = divide(images, settings)
    with _on(settings.backend):
        _try_out(settings, images, tried)
        folder = choose_folder(out, resume, command="select", what="selection", name=NAME)
        journal = _journal(folder, settings, resume)
        told = {"done": 0, "planned": (1 + len(tried)) * len(folds)}

        def tell(done, planned, line):
            told["done"] = done
            if progress is not None:
                progress(done, planned, line)

        try:
            with SerialExecutor() if jobs == 1 else processes(jobs, 1) as executor, pool.one_blas_thread():
                search = GridSearch(
                    partial(score, **settings.as_dict()),
                    [{}, {settings.strength.name: tried}],
                    cv=folds,
                    executor=executor,
                    journal=journal,
                    seed=settings.seed,
                    progress=tell,
                )
                search.fit(images)
        except KeyboardInterrupt:
            raise Interrupted(folder, **told) from None
        except ValueError as refused:
            if not hasattr(search, "results"):  # the journal is of other data or versions; else every training diverged
                raise BadOption(f"select: --resume must find the journal of this selection; {refused}") from None
    times = {"begun": begun, "wall_seconds": time.perf_counter() - start, "jobs": jobs}
    return write(folder, outcome_of(search.results, settings, tried, [len(test) for _, test in folds], times), search.results, settings)


def divide(images, settings):
    """The folds, pairs (train, test) of indices.

    Raises:
        BadOption: more folds than a class has images.
    """
    smallest = int(np.unique(images.targets, return_counts=True)[1].min())
    if smallest < settings.folds:
        raise BadOption(
            f"select: --folds must be at most {smallest}, so many images has the smallest class, got {settings.folds}; "
            "more --train-size gives more"
        )
    generator = random.Generator(settings.seed)
    return list(StratifiedKFold(settings.folds, shuffle=True, generator=generator).split(images))


def begun_with(folder):
    """The settings with which the selection in a folder was begun.

    Raises:
        BadOption: its journal cannot be read, or is not a selection's.
    """
    path = Path(folder) / NAME
    file = JsonLines(path, key=id)
    try:
        file.read()
    except OSError as error:
        raise BadOption(f"select: --resume must find a file to read, got {error.strerror} for {path}; name another folder") from None
    settings = (file.header or {}).get("settings")
    if not isinstance(settings, dict) or set(settings) != set(SelectSettings().as_dict()):
        raise BadOption(f"select: --resume must find this version's settings, got others in {path}; begin anew with another --out")
    return settings


def _journal(folder, settings, resume):
    """The path of the journal, in a folder that is there; of a selection that is resumed, one that was begun as this one."""
    if resume:
        difference = first_difference(begun_with(folder), settings.as_dict())
        if difference:
            name, then, now = difference
            raise BadOption(
                f"select: --resume must continue the same selection, got {name} {now} where {folder} has {then}; "
                "give it as it was, or begin anew with another --out"
            )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadOption(
            f"select: --out must be a folder that can be written, got {error.strerror} for {folder}; {advice(error)}, or name another"
        ) from None
    return folder / NAME


def _try_out(settings, images, tried):
    """Train an epoch on a batch with both ends, so that a strength that cannot be is refused before anything begins."""
    part = np.arange(BATCH)
    batch = trial.tensors(settings.task, images.data[part], images.labels[part])
    for value, end in ((tried[0], "low"), (tried[-1], "high")):
        strength = settings.strength.fixed | {settings.strength.name: value}
        with random.keyed(settings.seed):
            try:
                trial.Training(replace(settings.training, epochs=1), settings.row, strength, batch, batch, settings.seed).fit()
            except FloatingPointError:  # too strong for this network, but a strength
                pass
            except (ValueError, RuntimeError) as refused:
                raise BadOption(f"select: --{end} must be a strength of {settings.method}, got {value:g}; {refused}") from None


@contextmanager
def _on(backend):
    before = current()
    use_backend(backend)
    try:
        yield
    finally:
        use_backend(before)
