"""The command `tinyreg`.

Each command has a file: `add(commands)` gives it its options, `run(options)` does it and returns the exit code.
Exit codes: 0 done, 1 something failed (a wrong gradient, a process that died, a full disk), 2 an option that cannot be
followed, 130 stopped by Ctrl-C.
"""

import argparse
import os
import sys

from .. import __version__
from ..experiments.bad_option import BadOption
from . import augment, compare, convert, gradcheck, info, path, rooms, select, twin

COMMANDS = {
    "compare": compare,
    "select": select,
    "path": path,
    "convert": convert,
    "gradcheck": gradcheck,
    "twin": twin,
    "augment": augment,
    "rooms": rooms,
    "info": info,
}
DESCRIPTION = "Regularization in deep learning, from scratch in NumPy and CuPy."
EXAMPLES = """\
examples:
  tinyreg compare                        what every regularizer does to the same network (under a minute)
  tinyreg select --method l2             how strong? cross-validation on real images, with its curve
  tinyreg path --data diabetes           a linear model's coefficients at every strength, exactly
  tinyreg convert                        what a strength is in PyTorch, Keras, scikit-learn, Chainer, R and papers
  tinyreg gradcheck                      every gradient of the library against finite differences
  tinyreg twin                           a training on CPU and GPU: the first operation that differs
  tinyreg augment                        pictures of what each transform of images does
  tinyreg rooms                          every regularizer, its names and its file
  tinyreg info                           versions, BLAS, devices

`tinyreg compare --help` explains a command.
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
    commands = top.add_subparsers(dest="command", required=True, metavar=f"{{{','.join(COMMANDS)}}}")
    for command in COMMANDS.values():
        command.add(commands)
    return top


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
        code = COMMANDS[options.command].run(options)
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
    except ModuleNotFoundError as missing:  # one of those that are imported where they are needed
        name = (missing.name or "").split(".")[0]
        if name not in ("matplotlib", "rich", "safetensors", "threadpoolctl"):
            raise
        print(f"tinyreg: {name} must be installed, got none; pip install {name}", file=sys.stderr)
        return 1
    except MemoryError as error:
        print(f"tinyreg: memory must suffice, got {error or 'too little'}; fewer --jobs or smaller data need less", file=sys.stderr)
        return 1
    except OSError as error:  # `tinyreg gradcheck | head`, `tinyreg info > /dev/full`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left to be flushed goes nowhere
        if not isinstance(error, BrokenPipeError):
            place = error.filename or "the output"
            print(f"tinyreg: files must be readable and writable, got {error.strerror} for {place}; look at the disk", file=sys.stderr)
        return 1
