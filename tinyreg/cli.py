"""The command `tinyreg`: compare, gradcheck, augment, rooms, info.

Exit codes: 0 done, 1 something failed (a wrong gradient, a process that died, a full disk), 2 an option that cannot be
followed, 130 stopped by Ctrl-C.
"""

import argparse
import os
import sys

from . import __version__
from .experiments.bad_option import BadOption

DESCRIPTION = "Regularization in deep learning, from scratch in NumPy and CuPy."
EXAMPLES = """\
examples:
  tinyreg compare                        what every regularizer does to the same network (under a minute)
  tinyreg gradcheck                      every gradient of the library against finite differences
  tinyreg augment                        pictures of what each transform of images does
  tinyreg rooms                          every regularizer, its names and its file
  tinyreg info                           versions, BLAS, devices

`tinyreg compare --help` explains a command.
"""
COMPARE = """\
Train the same network on real images with and without each regularizer, and compare.

The training part is small and some of its labels are wrong, so that a network without a regularizer learns it by heart.
Strengths are chosen on validation images with seeds of their own; the official test part is used once a run, at the end.
Writes results.json, its pictures and report.html (one file with all of it, to be projected) into its folder.
"""
COMPARE_EXAMPLES = """\
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
GRADCHECK = """\
Compare the backward of every differentiable door with central differences in float64.

Prints, for each door, the largest max|numeric - analytic| / max(1, max|analytic|) over its cases and inputs: right
gradients lie near 1e-9, wrong ones near 1. A door passes if gradcheck does, with PyTorch's tolerances.
"""
GRADCHECK_EXAMPLES = """\
examples:
  tinyreg gradcheck
  tinyreg gradcheck batch_norm conv2d
  tinyreg gradcheck | sort -g -k2          the largest error last
"""
AUGMENT = """\
Draw a contact sheet for each transform: real images in the first column, and beside them what chance makes of them.

Every transform is shown with the settings that stand above its picture. Look whether you would still give the label.
"""
AUGMENT_EXAMPLES = """\
examples:
  tinyreg augment                                                     all of them, on handwritten digits
  tinyreg augment RandomAffine MixUp --seed 1                         two, with other draws of other images
  tinyreg augment --data fashion-mnist --root data --out sheets       on clothes, which tinyreg compare --download fetches
  tinyreg augment --root my_images.npz                                on images of your own: x_train, y_train, x_test, y_test

transforms:
"""
ROOMS = """\
List the rooms: every regularizer, what it acts on and when, and the names under which it is used.

Names without a place are in tinyreg.regularization; each room's file holds its derivation.
"""


class _Parser(argparse.ArgumentParser):
    """Bad options get one sentence and exit code 2; examples keep their lines."""

    def __init__(self, prog=None, **options):
        super().__init__(prog, formatter_class=argparse.RawDescriptionHelpFormatter, **options)

    def error(self, message):
        self.exit(2, f"{self.prog}: {message}; {self.prog} --help explains the options\n")


def parser():
    """The options of all commands."""
    top = _Parser("tinyreg", description=DESCRIPTION, epilog=EXAMPLES)
    top.add_argument("--version", action="version", version=f"tinyreg {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="{compare,gradcheck,augment,rooms,info}")

    compare = commands.add_parser(
        "compare", help="the same network with and without each regularizer", description=COMPARE, epilog=COMPARE_EXAMPLES
    )
    _add_compare_options(compare)

    check = commands.add_parser(
        "gradcheck", help="every gradient against finite differences", description=GRADCHECK, epilog=GRADCHECK_EXAMPLES
    )
    check.add_argument("doors", nargs="*", metavar="door", help="relu, conv2d, nn.functional.batch_norm, ... (default: all)")
    _add_backend(check)

    _add_augment_options(
        commands.add_parser("augment", help="a picture of what each transform does", description=AUGMENT, epilog=AUGMENT_EXAMPLES)
    )

    rooms = commands.add_parser("rooms", help="every regularizer: what it acts on, its names, its file", description=ROOMS)
    rooms.add_argument("--markdown", action="store_true", help="as the README has it")

    info = commands.add_parser("info", help="versions, backend, BLAS, devices", description="Print versions, backend, BLAS and devices.")
    _add_backend(info)
    return top


def _add_compare_options(compare):
    from .experiments.methods import METHODS
    from .experiments.settings import MODELS, Settings
    from .experiments.tasks import TASKS

    standard = Settings()
    width = max(map(len, METHODS))
    lines = (f"  {name:<{width}}  {method.change}{'' if method.by_default else ' (if named, or all)'}" for name, method in METHODS.items())
    compare.epilog += "\n".join(lines)
    add = compare.add_argument
    add("--methods", nargs="+", metavar="NAME", help="methods to compare, below, or all (default: twelve of them; none is always there)")
    add("--grid", action="store_true", default=None, help="choose among more strengths, and draw validation error over strength")
    add("--data", metavar="|".join(TASKS), help=f"the images (default: {standard.data}, which come with the package)")
    add("--root", metavar="FOLDER", help="where the files of the other data are")
    add("--download", action="store_true", help="fetch the files that are missing in --root first")
    add("--train-size", type=int, metavar="N", help=f"training images (default: {_defaults('train_size')})")
    add("--label-noise", type=float, metavar="SHARE", help=f"share of wrong training labels, in [0, 1) (default: {standard.label_noise:g})")
    add("--seeds", type=int, metavar="N", help=f"runs reported for each method, at least 2 (default: {standard.seeds})")
    add("--epochs", type=int, metavar="N", help=f"passes over the training images (default: {_defaults('epochs')})")
    add("--model", metavar="|".join(MODELS), help=f"the network (default: {standard.model})")
    add("--jobs", type=int, metavar="N", help="processes; changes no digit (default: one a core)")
    add("--backend", metavar="numpy|cupy", help="where arrays live: numpy is the CPU, cupy an NVIDIA GPU (default: the current one)")
    add("--out", metavar="FOLDER", help="folder to write; must hold no comparison yet (default: runs/compare, then runs/compare-2, ...)")
    add("--resume", action="store_true", help="continue the comparison in --out (default: the last of runs/compare...), as it was begun")


def _add_augment_options(augment):
    from .experiments.contact_sheet import TRANSFORMS
    from .experiments.tasks import TASKS

    width = max(map(len, TRANSFORMS))
    augment.epilog += "\n".join(f"  {name:<{width}}  {example.look}" for name, example in TRANSFORMS.items())
    add = augment.add_argument
    add("names", nargs="*", metavar="transform", help="RandomCrop, CutMix, ... (default: all)")
    add("--data", metavar="|".join(TASKS), default="digits", help="the images (default: digits, which come with the package)")
    add("--root", metavar="FOLDER", help="where the files of the other data are; or an .npz file of images")
    add("--out", metavar="FOLDER", default="runs/augment", help="folder to write; it may hold older pictures (default: runs/augment)")
    add("--seed", type=int, metavar="N", default=0, help="of the images that are chosen, and of the draws (default: 0)")


def _defaults(name):
    """The defaults of a setting, which depend on the data: "300; other data 1000"."""
    from .experiments.tasks import TASKS

    digits, *others = (getattr(task, name) for task in TASKS.values())
    return f"{digits}; for other data {', '.join(map(str, dict.fromkeys(others)))}"


def _add_backend(command):
    command.add_argument("--backend", metavar="numpy|cupy", help="numpy is the CPU, cupy an NVIDIA GPU (default: the current one)")


def main(arguments=None):
    """Run a command; returns the exit code.

    Args:
        arguments: a list of words; None takes those of the process.
    """

    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started this
            setattr(sys, name, open(os.devnull, "w"))
        if hasattr(getattr(sys, name), "reconfigure"):
            getattr(sys, name).reconfigure(errors="replace")  # a terminal without ± shows a question mark, no traceback
    try:
        options = parser().parse_args(arguments)
        code = {"compare": _compare, "gradcheck": _gradcheck, "augment": _augment, "rooms": _rooms, "info": _info}[options.command](options)
        sys.stdout.flush()
        return code
    except BadOption as refused:
        print(refused, file=sys.stderr)
        return 2
    except SystemExit as done:  # argparse: help, version, or a bad option
        return done.code
    except KeyboardInterrupt:
        print("tinyreg: stopped by Ctrl-C; a comparison keeps its finished runs, --resume goes on", file=sys.stderr)
        return 130
    except MemoryError as error:
        print(f"tinyreg: memory must suffice, got {error or 'too little'}; fewer --jobs or smaller data need less", file=sys.stderr)
        return 1
    except OSError as error:  # `tinyreg gradcheck | head`, `tinyreg info > /dev/full`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left to be flushed goes nowhere
        if not isinstance(error, BrokenPipeError):
            place = error.filename or "the output"
            print(f"tinyreg: files must be readable and writable, got {error.strerror} for {place}; look at the disk", file=sys.stderr)
        return 1


def _compare(options):
    from . import backend
    from .experiments.compare import Interrupted, compare
    from .experiments.journal import begun_with, choose_folder, quoted
    from .experiments.settings import Settings
    from .experiments.terminal import live, show

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


def _gradcheck(options):
    from .experiments.doors import run
    from .experiments.terminal import show_checks

    _switch(options)
    checks = run(options.doors)
    return 1 if show_checks(checks) else 0


def _augment(options):
    from .experiments.contact_sheet import draw_sheets

    for path in draw_sheets(options.names, options.data, options.root, options.out, options.seed):
        print(path, flush=True)
    return 0


def _rooms(options):
    from .experiments.rooms import markdown, rooms
    from .experiments.terminal import show_rooms

    if options.markdown:
        print(markdown())
    else:
        show_rooms(rooms())
    return 0


def _info(options):
    from .experiments.terminal import show_pairs
    from .experiments.versions import info

    _switch(options)
    show_pairs(info())
    return 0


def _switch(options):
    from .backend import use_backend

    if options.backend is not None:
        try:
            use_backend(options.backend)
        except (ValueError, RuntimeError) as refused:
            raise BadOption(f"{options.command}: --backend {options.backend} cannot be used; {refused}") from None
