"""`import tinyreg` is light: it loads NumPy and what every tensor needs; everything else waits until it is asked for."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OTHERS = "matplotlib rich scipy cupy torch safetensors threadpoolctl pooch requests pandas IPython".split()
SLOW = (  # of the standard library: what takes milliseconds, or drags such things along
    "argparse asyncio concurrent ctypes doctest email html http inspect json logging multiprocessing pickle pydoc queue sqlite3 ssl "
    "subprocess tempfile tkinter typing_extensions unittest uuid xml zipfile"
).split()
DOORS = (
    "cli conventions data datasets experiments layers models module nn optim optimizer plots regularization selection serialization "
    "training transforms utils"
).split()


def loaded(statement, before="import numpy"):
    """The modules that a statement loads in a fresh process which has NumPy already."""
    program = f"import sys; {before}; known = set(sys.modules); {statement}; print(*sorted(set(sys.modules) - known))"
    return set(subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split())


@pytest.fixture(scope="module")
def tinyreg_alone():
    return loaded("import tinyreg")


def roots(modules):
    return {name.split(".")[0] for name in modules}


@pytest.mark.parametrize("name", OTHERS)
def test_no_other_package(tinyreg_alone, name):
    assert name not in roots(tinyreg_alone)


@pytest.mark.parametrize("name", SLOW)
def test_nothing_slow_of_the_standard_library(tinyreg_alone, name):
    assert name not in roots(tinyreg_alone), f"import {name} where it is needed: inside the function"


@pytest.mark.parametrize("name", DOORS)
def test_doors_open_when_somebody_knocks(tinyreg_alone, name):
    assert "tinyreg.autograd.engine" in tinyreg_alone, "what every tensor needs"
    assert not [module for module in tinyreg_alone if f"{module}.".startswith(f"tinyreg.{name}.")]


def test_a_door_opens():
    assert {"tinyreg.nn", "tinyreg.layers", "tinyreg.regularization"} <= loaded("import tinyreg; tinyreg.nn")


def test_what_a_script_opens_draws_no_pictures_and_asks_no_server():
    script = loaded("import tinyreg, tinyreg.nn, tinyreg.optim, tinyreg.utils.data, tinyreg.datasets, tinyreg.transforms")
    assert not roots(script) & {*OTHERS, "asyncio", "http", "multiprocessing", "sqlite3", "ssl", "tkinter", "unittest"}
