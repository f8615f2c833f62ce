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
import numpy as np
import tinyreg as torch
if sys.argv[1] == "kept":
    assert torch.keep_freed_memory() and torch.freed_memory.is_freed_memory_kept()
def step():
    arrays = [np.ones(2**20) for _ in range(3)]
step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(how):
    """Pages that ten steps fetch from the system, each of which makes and drops 24 MiB in three arrays."""
    done = subprocess.run([sys.executable, "-c", COUNT, how], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc: there is nothing to switch on")
def test_a_step_fetches_no_memory_that_the_step_before_had():
    assert faults("kept") < 20 < faults("handed back")


def test_elsewhere_nothing_happens(monkeypatch):
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    monkeypatch.setattr(freed_memory, "_kept", False)
    assert torch.keep_freed_memory() is False and not freed_memory.is_freed_memory_kept()
