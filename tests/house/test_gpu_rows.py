"""Whatever is promised of a GPU is a row that a GPU runs: every gradient case, every room that trains, every network of the twins."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tinyreg.experiments.gradcases import CASES
from tinyreg.experiments.methods import METHODS
from tinyreg.experiments.twins import NETWORKS

ROOT = Path(__file__).parents[2]
ROWS = {
    "test_values_and_gradients_equal_numpys": {f"{case.name}-{dtype}" for case in CASES for dtype in ("float64", "float32")},
    "test_nobody_waits_for_the_device": {case.name for case in CASES},
    "test_every_gradcheck_runs_on_a_gpu": {case.name for case in CASES},
    "test_every_room_that_trains": {f"{row.models[0]}-{name}" for name, row in METHODS.items()},
    "test_networks_in_float64": set(NETWORKS),
    "test_the_first_step_in_float32": set(NETWORKS),
}


@pytest.fixture(scope="module")
def collected():
    """{test: its rows on a GPU}, as pytest -m gpu collects them."""
    files = ["tests/stand_in/test_gradcases.py", "tests/stand_in/test_twin.py"]
    words = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-n0", "-m", "gpu", "-p", "no:cacheprovider", *files]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    found = {}
    for test, row in re.findall(r"::(\w+)\[(.*)\]$", done.stdout, re.MULTILINE):
        found.setdefault(test, set()).add(re.sub(r"^cupy-|-cupy$", "", row))  # pytest writes the device before or after
    return found


@pytest.mark.parametrize("test", ROWS)
def test_every_row_has_a_twin_on_the_gpu(test, collected):
    missing = ROWS[test] - collected.get(test, set())
    assert len(ROWS[test]) >= 3 and not missing, f"{test} lacks {sorted(missing)[:5]}"
