import platform
import subprocess
import sys
from pathlib import Path

import pytest

import tinyreg as torch
from tinyreg import freed_memory

ROOT = Path(__file__).parents[1]

COUNT = """
import resource, sys
how, size = sys.argv[1], int(sys.argv[2])
import numpy as np
if how != "numpy":
    import tinyreg as torch
if how == "kept":
    assert torch.keep_freed_memory() and torch.freed_memory.is_freed_memory_kept()
def step():
    arrays = [np.ones(size, dtype="uint8") for _ in range(3)]
step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
MiB = 2**20


def faults(how, size):
    """Pages that ten steps fetch from the system, each of which makes and drops three arrays of so many bytes."""
    done = subprocess.run([sys.executable, "-c", COUNT, how, str(size)], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc: there is nothing to switch on")


@glibc
def test_with_the_library_a_step_fetches_no_memory_that_the_step_before_had():
    assert faults("imported", 8 * MiB) < 20 < faults("numpy", 8 * MiB)


@glibc
def test_what_is_kept_is_bounded_until_it_is_switched_on():
    assert faults("kept", 30 * MiB) < 20 < faults("imported", 30 * MiB)


def test_elsewhere_nothing_happens(monkeypatch):
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    monkeypatch.setattr(freed_memory, "_kept", False)
    assert torch.keep_freed_memory() is False and not freed_memory.is_freed_memory_kept()
