"""tensor.pyi tells a type checker what Tensor can do: all of it, under the same names of arguments."""

import ast
import inspect
from pathlib import Path

import pytest

import tinyreg
from tinyreg import ops
from tinyreg.autograd import tensor
from tinyreg.autograd.tensor import Tensor

STUB = ast.parse((Path(tensor.__file__).with_suffix(".pyi")).read_text(encoding="utf-8"))
CLASS = next(node for node in STUB.body if isinstance(node, ast.ClassDef) and node.name == "Tensor")
METHODS = {node.name: node for node in CLASS.body if isinstance(node, ast.FunctionDef)}
NAMES = set(METHODS) | {
    target.id
    for node in CLASS.body
    if isinstance(node, ast.Assign | ast.AnnAssign)
    for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
}


def is_property(node):
    return any(ast.unparse(decorator) == "property" for decorator in node.decorator_list)


def declared(node):
    """(name, kind, has a default) of each argument of a method in the stub."""
    a = node.args
    positional = [*a.posonlyargs, *a.args]
    defaults = [False] * (len(positional) - len(a.defaults)) + [True] * len(a.defaults)
    arguments = [(x.arg, "positional", default) for x, default in zip(positional, defaults)]
    arguments += [(a.vararg.arg, "*", False)] if a.vararg else []
    arguments += [(x.arg, "keyword", default is not None) for x, default in zip(a.kwonlyargs, a.kw_defaults)]
    return arguments + ([(a.kwarg.arg, "**", False)] if a.kwarg else [])


def real(function):
    kinds = {"VAR_POSITIONAL": "*", "KEYWORD_ONLY": "keyword", "VAR_KEYWORD": "**"}
    return [
        (x.name, kinds.get(x.kind.name, "positional"), x.default is not x.empty) for x in inspect.signature(function).parameters.values()
    ]


TABLE = {name for names in [*ops.FUNCTIONS.values(), *ops.METHODS.values()] for name in names.split()}
TABLE |= {*ops.OPERATORS, *ops.IN_PLACE_OPERATORS, *(f"{name}_" for name in f"{ops.IN_PLACE} {ops.IN_PLACE_SHAPES}".split())}
TABLE |= {f"{alias}{end}" for alias, name in ops.ALIASES.items() for end in ("", "_") if f"{name}{end}" in TABLE}
PYTHONS_OWN = {"__dict__", "__weakref__"}


def test_declares_what_the_table_puts_on_tensor():
    assert TABLE - set(METHODS) == set()
    assert {name for name in ops.PROPERTIES if name in METHODS and is_property(METHODS[name])} == set(ops.PROPERTIES)


def test_declares_what_the_class_defines():
    public = {name for name in vars(Tensor) if not name.startswith("_") or name.startswith("__")}
    attributes = {name for name in public if inspect.isdatadescriptor(vars(Tensor)[name])}  # properties and slots
    methods = {name for name in public if inspect.isfunction(vars(Tensor)[name])}
    assert (attributes | methods) - PYTHONS_OWN - NAMES == set()


def test_declares_nothing_else():
    missing = [name for name in NAMES if not hasattr(Tensor, name) and not hasattr(tinyreg.ones(1), name)]
    assert missing == []


@pytest.mark.parametrize("name", sorted(METHODS))
def test_arguments_have_the_same_names(name):
    found = inspect.getattr_static(Tensor, name)
    assert is_property(METHODS[name]) == (not inspect.isfunction(found))
    if inspect.isfunction(found):
        # the first one is the tensor itself: self in the stub, input in the families
        assert declared(METHODS[name])[1:] == real(found)[1:]
