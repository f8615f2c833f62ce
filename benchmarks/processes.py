"""The processes of the libraries, one each: started with equal threads, asked one at a time."""

import contextlib
import os
import pickle
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


class Failed(Exception):
    """A library's process could not do what it was asked; the message is its traceback."""


class Cannot(Exception):
    """A library has no such thing; the message is the reason."""


PRIVATE = ("TINYREG_BACKEND", "TINYREG_THREADS", "OPENBLAS_THREAD_TIMEOUT")  # what a person has set for tinyreg is no default


def environment(threads, pool=0):
    """The environment of a library's process: the number of threads for every pool there is.

    Args:
        threads: of OpenMP (PyTorch), OpenBLAS, MKL and XLA.
        pool: threads of tinyreg's opt-in thread pool; 0 leaves it off.
    """
    chosen = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC"), str(threads))
    chosen["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_cpu_multi_thread_eigen={str(threads > 1).lower()}".strip()
    chosen["JAX_PLATFORMS"] = "cpu"
    chosen["PYTHONPATH"] = os.pathsep.join([str(ROOT), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))])
    if pool:
        chosen |= {"TINYREG_THREADS": str(pool), "OPENBLAS_THREAD_TIMEOUT": "20"}
    return {key: value for key, value in os.environ.items() if key not in PRIVATE} | chosen


class Process:
    """A library in a process of its own.

    Args:
        name: of the library, a key of `libraries.MODULES`.
        threads, dtype, device: as `libraries.library.Library` takes them.
        pool: threads of tinyreg's opt-in thread pool; 0 leaves it off.

    Raises:
        Failed: it did not start.
    """

    def __init__(self, name, threads, dtype="float32", device="cpu", pool=0):
        self.name = name
        command = [sys.executable, "-m", "benchmarks.worker", name, str(threads), dtype, device]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(threads, pool))
        try:
            self._read()
        except Failed:
            self.close()
            raise

    def ask(self, method, *arguments):
        """What a method of `worker.Worker` returns in that process.

        Raises:
            Cannot: the library has no such thing.
            Failed: it raised something else, or the process died.
        """
        try:
            pickle.dump((method, arguments), self.process.stdin)
            self.process.stdin.flush()
        except OSError:
            pass  # it died; reading says so
        return self._read()

    def _read(self):
        try:
            kind, value = pickle.load(self.process.stdout)
        except (EOFError, pickle.UnpicklingError):
            raise Failed(f"{self.name}: its process must answer, got exit code {self.process.wait()}; its last words stand above") from None
        if kind == "cannot":
            raise Cannot(value)
        if kind == "failed":
            raise Failed(f"{self.name}: {value.strip()}")
        return value

    def close(self):
        """End it, whatever of a question still stands in its pipe."""
        with contextlib.suppress(BrokenPipeError):  # it died before it read the question: nobody is there to read on
            self.process.stdin.close()
        self.process.stdout.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
