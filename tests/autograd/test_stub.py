"""tensor.pyi tells a type checker what Tensor can do: all of it, with the names and the types of its arguments."""

import ast
import inspect

import pytest

import tinyreg
from tests.typing import stubs
from tinyreg import ops
from tinyreg.autograd import tensor
from tinyreg.autograd.tensor import Tensor

CLASS = next(node for node in stubs.parse(tensor).body if isinstance(node, ast.ClassDef) and node.name == "Tensor")
METHODS = stubs.functions(CLASS.body)
NAMES = set(METHODS) | {
    target.id
    for node in CLASS.body
    if isinstance(node, ast.Assign | ast.AnnAssign)
    for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
}

TABLE = {name for names in [*ops.FUNCTIONS.values(), *ops.METHODS.values()] for name in names.split()}
TABLE |= {*ops.OPERATORS, *ops.IN_PLACE_OPERATORS, *(f"{name}_" for name in f"{ops.IN_PLACE} {ops.IN_PLACE_SHAPES}".split())}
TABLE |= {f"{alias}{end}" for alias, name in ops.ALIASES.items() for end in ("", "_") if f"{name}{end}" in TABLE}
PYTHONS_OWN = {"__dict__", "__weakref__"}
NARROWER = {  # what the stub promises more exactly than the function
    "__eq__": "beside a Tensor or a number it is a Tensor, and a checker must know that x == y can be summed",
    "__ne__": "as __eq__",
}


def test_declares_what_the_table_puts_on_tensor():
    assert TABLE - set(METHODS) == set()
    assert {name for name in ops.PROPERTIES if name in METHODS and stubs.is_property(METHODS[name][0])} == set(ops.PROPERTIES)


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
    assert stubs.is_property(METHODS[name][0]) == (not inspect.isfunction(found))
    if inspect.isfunction(found):
        # the first one is the tensor itself: self in the stub, input in the families
        assert stubs.misfits(METHODS[name], found, skip=1) == []


@pytest.mark.parametrize("name", sorted(METHODS))
def test_everything_has_a_type(name):
    assert [stubs.untyped(node, skip=1) for node in METHODS[name]] == [[]] * len(METHODS[name])


@pytest.mark.parametrize("name", sorted(name for name in TABLE if len(METHODS[name]) == 1))
def test_types_are_those_of_the_table(name):
    expected = stubs.real_types(inspect.getattr_static(Tensor, name))
    found = stubs.types(tensor, METHODS[name][0])
    if name in NARROWER:
        assert found[:-1] == expected[:-1] and expected[-1] != found[-1] is Tensor, NARROWER[name]
    else:
        assert found == expected
