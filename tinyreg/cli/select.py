"""The command `tinyreg select`."""

import os
import sys

DESCRIPTION = """\
Choose the strength of one regularizer by cross-validation, on the training part of real images.

The training images are cut into folds; each is held out once, and scored by networks that were trained on the others. Some
training labels are wrong, as in tinyreg compare; the held-out fold is scored by its right ones. The same folds, initial
weights and order of batches for every strength, and for the network without a regularizer; the test part is not touched.
Prints the best strength and the strongest that is not visibly worse (the rule of one standard error). Writes
validation_curve.png, results.json and results.jsonl (a line a training: a killed search goes on) into its folder.
"""
EXAMPLES = """\
examples:
  tinyreg select                                             L2 on handwritten digits (a quarter of a minute)
  tinyreg select --method dropout                            a probability: its grid is even, not spaced by factors
  tinyreg select --method max_norm                           here the smaller strength regularizes more
  tinyreg select --method l2 --low 0.005 --high 0.05         finer, around a choice
  tinyreg select --method mixup --folds 10                   more training images a fold, and twice the time
  tinyreg select --method l1 --search random --points 20     drawn at random between the ends
  tinyreg select --method l2 --label-noise 0                 how much of it is needed when all labels are right?
  tinyreg select --method l2 --model lenet --out runs/lenet-l2
  tinyreg select --data fashion-mnist --root data --download --method dropout
  tinyreg select --out runs/lenet-l2 --resume                continue after Ctrl-C or a kill

methods, and what of them is searched:
"""


def add(commands):
    """Add the command and its options."""
    from ..experiments.select_settings import SEARCHES, SelectSettings
    from ..experiments.settings import MODELS
    from ..experiments.strength_grid import say, strength_range, with_strength
    from ..experiments.tasks import TASKS
    from .compare import defaults

    standard = SelectSettings()
    select = commands.add_parser(
        "select", help="the strength of a regularizer by cross-validation", description=DESCRIPTION, epilog=EXAMPLES
    )
    width = max(map(len, with_strength()))
    for name, row in with_strength().items():
        found = strength_range(row)
        end = "" if found.larger_is_stronger else ", stronger where small"
        select.epilog += f"  {name:<{width}}  {say(found.name)} from {found.low:g} to {found.high:g}, {found.scale}{end}\n"
    add = select.add_argument
    add("--method", metavar="NAME", help=f"the regularizer, below (default: {standard.method})")
    add("--data", metavar="|".join(TASKS), help=f"the images (default: {standard.data}, which come with the package)")
    add("--root", metavar="FOLDER", help="where the files of the other data are")
    add("--download", action="store_true", help="fetch the files that are missing in --root first")
    add("--folds", type=int, metavar="K", help=f"parts, each held out once, at least 2 (default: {standard.folds})")
    add("--points", type=int, metavar="N", help=f"strengths, at least 2 (default: {standard.points})")
    add("--low", type=float, metavar="S", help="the smallest strength (default: see below)")
    add("--high", type=float, metavar="S", help="the largest strength (default: see below)")
    add("--search", metavar="|".join(SEARCHES), help=f"strengths evenly spaced, or drawn at random (default: {standard.search})")
    add("--train-size", type=int, metavar="N", help=f"images that are cut into folds (default: {defaults('train_size')})")
    add("--label-noise", type=float, metavar="SHARE", help=f"share of wrong training labels, in [0, 1) (default: {standard.label_noise:g})")
    add("--epochs", type=int, metavar="N", help=f"passes over the training folds (default: {defaults('epochs')})")
    add("--model", metavar="|".join(MODELS), help=f"the network (default: {standard.model})")
    add("--seed", type=int, metavar="N", help=f"of images, wrong labels, folds, weights and draws (default: {standard.seed})")
    add("--jobs", type=int, metavar="N", help="processes; changes no digit (default: one a core)")
    add("--backend", metavar="numpy|cupy", help="where arrays live: numpy is the CPU, cupy an NVIDIA GPU (default: the current one)")
    add("--out", metavar="FOLDER", help="folder to write; must hold no selection yet (default: runs/select, then runs/select-2, ...)")
    add("--resume", action="store_true", help="continue the selection in --out (default: the last of runs/select...), as it was begun")


def run(options):
    """Select; returns the exit code."""
    from .. import backend
    from ..experiments.journal import choose_folder, quoted
    from ..experiments.select import NAME, Interrupted, begun_with, select
    from ..experiments.select_settings import SelectSettings
    from ..experiments.select_table import show
    from ..experiments.terminal import live

    given = {name: getattr(options, name) for name in SelectSettings.names() if getattr(options, name) is not None}
    folder = choose_folder(options.out, options.resume, command="select", what="selection", name=NAME)
    if "root" in given:
        given["root"] = os.path.abspath(given["root"])
    settings = SelectSettings(**(begun_with(folder) if options.resume else {"backend": backend.current()}) | given)
    try:
        if options.download:
            settings.task.part(True, settings.root, download=True)
        with live() as bar:

            def progress(done, planned, line):
                shown = line and {
                    "method": settings.method if line["params"] else "none",
                    "strength": line["params"],
                    "validation_accuracy": line["score"] or 0.0,
                }
                bar("folds", done, planned, shown)

            outcome = select(settings, out=folder, jobs=options.jobs, resume=options.resume, progress=progress)
    except Interrupted as stopped:
        root = f" --root {quoted(settings.root)}" if settings.root is not None else ""
        print(
            f"stopped: {stopped.done} of {stopped.planned} trainings are kept in {stopped.folder}; "
            f"tinyreg select --out {quoted(stopped.folder)}{root} --resume continues",
            file=sys.stderr,
        )
        return 130
    except RuntimeError as failed:
        print(failed, file=sys.stderr)
        return 1
    show(outcome, settings)
    return 0
