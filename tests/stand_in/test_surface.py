"""The names of CuPy: those that the file holds, those that the stand-in has, and those that the house uses."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stand_in.array import ndarray
from tests.stand_in.generator import Generator
from tests.stand_in.library import library
from tests.stand_in.surface import read, surface

ROOT = Path(__file__).parents[2]
SURFACE, VERSION = read()


def test_the_file_is_what_the_installed_cupy_says():
    cupy = pytest.importorskip("cupy")
    if cupy.__version__ != VERSION:
        pytest.skip(f"cupy {cupy.__version__} is installed, surface.json is of {VERSION}; python -m tests.stand_in.surface writes it anew")
    assert surface() == SURFACE


OWNERS = {"cupy": library, "cupy.linalg": library.linalg, "cupy.lib.stride_tricks": library.lib.stride_tricks, "cupy.ndarray": ndarray}
OWNERS["cupy.random.Generator"] = Generator
ITS_OWN = {"host", "memory"}  # of an array: what the stand-in is made of


@pytest.mark.parametrize("part", OWNERS)
def test_the_stand_in_has_no_name_that_cupy_lacks(part):
    names = {name for name in vars(OWNERS[part]) if not name.startswith("_")}
    assert len(names) > 10 or part == "cupy.lib.stride_tricks"
    assert names - ITS_OWN <= SURFACE[part].keys()


def test_arrays_have_every_operator_of_cupy():
    special = {name for name in SURFACE["cupy.ndarray"] if name.startswith("__")}
    of_python_2 = {"__div__", "__idiv__", "__rdiv__", "__hex__", "__oct__", "__long__"}
    for_others = {"__array_finalize__", "__bytes__", "__class_getitem__", "__cuda_array_interface__", "__delitem__", "__slots__"}
    assert {name for name in special - of_python_2 - for_others if not hasattr(ndarray, name)} <= {"__dlpack__", "__dlpack_device__"}


def uses(path):
    """(line, dotted name) for every xp.name, xp.name.name in a file; the switch calls it library."""
    library = "xp|library" if path.name == "backend.py" else r"xp|xp\(\)"
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        name = re.fullmatch(rf"(?:{library})\.([\w.]+)", ast.unparse(node)) if isinstance(node, ast.Attribute) else None
        if name:
            yield node.lineno, name.group(1)


def test_every_name_that_the_house_asks_of_a_library_is_cupys():
    known = {f"{part}.{name}"[5:] for part, names in SURFACE.items() for name in names}
    known |= {"linalg", "lib", "lib.stride_tricks", "random", "random.default_rng", "fuse", "asnumpy", "ndarray", "__name__"}
    of_ufuncs = ("at", "outer", "accumulate", "reduce")
    wrong, seen = [], 0
    for path in sorted((ROOT / "tinyreg").rglob("*.py")):
        for line, name in uses(path):
            seen += 1
            owner, _, last = name.rpartition(".")
            if name not in known and not (last in of_ufuncs and SURFACE["cupy"].get(owner) == "ufunc"):
                wrong.append(f"{path.relative_to(ROOT)}:{line}: xp.{name}")
    assert seen > 100 and not wrong, "\n".join(wrong)


def test_nothing_imports_cupy_before_it_is_switched_on():
    """Every module of the package, where CuPy is installed and where it is not."""
    program = """
import importlib, pkgutil, sys, tinyreg
for module in pkgutil.walk_packages(tinyreg.__path__, "tinyreg."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print(len([name for name in sys.modules if name.startswith("tinyreg.")]) > 50, "cupy" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "True False\n", done.stderr
