"""The command `tinyreg compare`."""

import os
import sys

DESCRIPTION = """\
Train the same network on real images with and without each regularizer, and compare.

The training part is small and some of its labels are wrong, so that a network without a regularizer learns it by heart.
Strengths are chosen on validation images with seeds of their own; the official test part is used once a run, at the end.
Writes results.json, its pictures and report.html (one file with all of it, to be projected) into its folder.
"""
EXAMPLES = """\
examples:
  tinyreg compare
  tinyreg compare --methods l2 dropout --seeds 10          narrower intervals for two methods
  tinyreg compare --methods all                            every room of the catalogue (some minutes)
  tinyreg compare --methods l2 dropout mixup --grid        the U-shaped curve of error over strength
  tinyreg compare --label-noise 0 --train-size 2000        does it still help with many clean images?
  tinyreg compare --methods adam adamw                     what of AdamW's difference is Adam's?
  tinyreg compare --model lenet --out runs/lenet           a convolutional network (some minutes)
  tinyreg compare --data fashion-mnist --root data --download --model lenet --methods l2 dropout
  tinyreg compare --out runs/lenet --resume                continue after Ctrl-C

methods:
"""


def add(commands):
    """Add the command and its options."""
    from ..experiments.methods import METHODS
    from ..experiments.settings import MODELS, Settings
    from ..experiments.tasks import TASKS

    standard = Settings()
    compare = commands.add_parser(
        "compare", help="the same network with and without each regularizer", description=DESCRIPTION, epilog=EXAMPLES
    )
    width = max(map(len, METHODS))
    lines = (f"  {name:<{width}}  {method.change}{'' if method.by_default else ' (if named, or all)'}" for name, method in METHODS.items())
    compare.epilog += "\n".join(lines)
    add = compare.add_argument
    add("--methods", nargs="+", metavar="NAME", help="methods to compare, below, or all (default: twelve of them; none is always there)")
    add("--grid", action="store_true", default=None, help="choose among more strengths, and draw validation error over strength")
    add("--data", metavar="|".join(TASKS), help=f"the images (default: {standard.data}, which come with the package)")
    add("--root", metavar="FOLDER", help="where the files of the other data are")
    add("--download", action="store_true", help="fetch the files that are missing in --root first")
    add("--train-size", type=int, metavar="N", help=f"training images (default: {defaults('train_size')})")
    add("--label-noise", type=float, metavar="SHARE", help=f"share of wrong training labels, in [0, 1) (default: {standard.label_noise:g})")
    add("--seeds", type=int, metavar="N", help=f"runs reported for each method, at least 2 (default: {standard.seeds})")
    add("--epochs", type=int, metavar="N", help=f"passes over the training images (default: {defaults('epochs')})")
    add("--model", metavar="|".join(MODELS), help=f"the network (default: {standard.model})")
    add("--jobs", type=int, metavar="N", help="processes; changes no digit (default: one a core)")
    add("--backend", metavar="numpy|cupy", help="where arrays live: numpy is the CPU, cupy an NVIDIA GPU (default: the current one)")
    add("--out", metavar="FOLDER", help="folder to write; must hold no comparison yet (default: runs/compare, then runs/compare-2, ...)")
    add("--resume", action="store_true", help="continue the comparison in --out (default: the last of runs/compare...), as it was begun")


def defaults(name):
    """The defaults of a setting, which depend on the data: "300; other data 1000"."""
    from ..experiments.tasks import TASKS

    digits, *others = (getattr(task, name) for task in TASKS.values())
    return f"{digits}; for other data {', '.join(map(str, dict.fromkeys(others)))}"


def run(options):
    """Compare; returns the exit code."""
    from .. import backend
    from ..experiments.compare import Interrupted, compare
    from ..experiments.journal import begun_with, choose_folder, quoted
    from ..experiments.settings import Settings
    from ..experiments.terminal import live, show

    names = ("methods", "data", "root", "train_size", "label_noise", "seeds", "epochs", "model", "backend", "grid")
    given = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    folder = choose_folder(options.out, options.resume)
    if "root" in given:
        given["root"] = os.path.abspath(given["root"])
    settings = Settings(**(begun_with(folder) if options.resume else {"backend": backend.current()}) | given)
    try:
        if options.download:
            for train in (True, False):
                settings.task.part(train, settings.root, download=True)
        with live() as progress:
            outcome = compare(settings, out=folder, jobs=options.jobs, resume=options.resume, progress=progress)
    except Interrupted as stopped:
        if stopped.outcome["methods"]:
            show(stopped.outcome)
        print(
            f"stopped: {stopped.done} of {stopped.planned} runs are kept in {stopped.folder}; "
            f"tinyreg compare --out {quoted(stopped.folder)} --resume continues",
            file=sys.stderr,
        )
        return 130
    except (RuntimeError, FloatingPointError) as failed:
        print(failed, file=sys.stderr)
        return 1
    show(outcome)
    return 0
