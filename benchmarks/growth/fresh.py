"""A function called in a process of its own: what was loaded, cached or allocated before does not count there."""

import json
import subprocess
import sys
from importlib import import_module

from ..processes import ROOT, Failed, environment


def call(function, *, threads=2, **arguments):
    """What a function of this package returns in a fresh process.

    Args:
        function: defined in a module of this package; what it takes and returns is JSON.
        threads: of BLAS and OpenMP.
        arguments: its keywords.

    Raises:
        Failed: it raised; the message is its traceback.
    """
    module = function.__module__.rpartition(".")[2]
    command = [sys.executable, "-m", f"{__package__}.fresh", module, function.__name__, json.dumps(arguments)]
    done = subprocess.run(command, cwd=ROOT, env=environment(threads), capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"{module}.{function.__name__}: {done.stderr.strip()}")
    return json.loads(done.stdout.splitlines()[-1])


def main():
    """The process: python -m benchmarks.growth.fresh MODULE FUNCTION ARGUMENTS."""
    module, function, arguments = sys.argv[1:]
    print(json.dumps(getattr(import_module(f"{__package__}.{module}"), function)(**json.loads(arguments))))


if __name__ == "__main__":
    main()
