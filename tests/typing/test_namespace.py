"""__init__.pyi shows a type checker every name of `import tinyreg as torch`, and none that is not there."""

import ast
import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinyreg
from tests.typing import stubs

ROOT = Path(__file__).parents[2]
STUB = stubs.parse(tinyreg)
FUNCTIONS = stubs.functions(STUB.body)
VARIABLES = {ast.unparse(node.target): ast.unparse(node.annotation) for node in STUB.body if isinstance(node, ast.AnnAssign)}
IMPORTS = {
    alias.asname: (node.module, alias.name)
    for node in STUB.body
    if isinstance(node, ast.ImportFrom) and node.level
    for alias in node.names
    if alias.asname
}
LEFT_OVER = {"builtins", "math", "warnings", "import_module", "Any"}  # what __init__.py imports for itself


def test_names_are_those_of_the_namespace() -> None:
    program = "import tinyreg; print(*(name for name in dir(tinyreg) if not name.startswith('_')))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    public = {name for name in [*FUNCTIONS, *VARIABLES, *IMPORTS] if not name.startswith("_")}
    assert public == set(done.stdout.split()) - LEFT_OVER


@pytest.mark.parametrize("name", sorted(IMPORTS))
def test_what_is_imported_is_the_thing_itself(name: str) -> None:
    module, origin = IMPORTS[name]
    there: Any = getattr(tinyreg, name)
    if module is None:
        assert inspect.ismodule(there) and there.__name__ == f"tinyreg.{origin}"
    else:
        assert getattr(import_module(f"tinyreg.{module}"), origin) is inspect.unwrap(there)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_functions_take_the_same_arguments(name: str) -> None:
    assert stubs.misfits(FUNCTIONS[name], getattr(tinyreg, name)) == []
    assert [stubs.untyped(node) for node in FUNCTIONS[name]] == [[]] * len(FUNCTIONS[name])


@pytest.mark.parametrize("name", sorted(VARIABLES))
def test_variables_are_of_their_type(name: str) -> None:
    kinds = {"np.dtype[Any]": np.dtype, "_float": float, "str": str}
    assert isinstance(getattr(tinyreg, name), kinds[VARIABLES[name]])
