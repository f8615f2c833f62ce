"""Every door says of what type its arguments are, and what it returns."""

import inspect
from importlib import import_module
from pathlib import Path

import pytest

from tinyreg.autograd import Function, Tensor

DOORS = (
    "tinyreg",
    *(f"tinyreg.{name}" for name in ("autograd", "backend", "data", "datasets", "models", "ops", "optim", "random", "regularization")),
    *(f"tinyreg.{name}" for name in ("training", "transforms", "transforms.v2", "utils.data", "optim.lr_scheduler", "optim.swa_utils")),
    *(f"tinyreg.{name}" for name in ("nn", "nn.functional", "nn.init", "nn.utils", "plots", "selection")),
)
UNSET = inspect.Parameter.empty


def is_ours(thing):
    return (getattr(thing, "__module__", None) or "").startswith("tinyreg")


def is_public(name):
    return not name.startswith("_") or name.endswith("__")


def is_written(function):
    """Not one that a dataclass has made."""
    return Path(inspect.unwrap(function).__code__.co_filename).exists()


def functions(thing):
    """The functions that a public name stands for: itself, or the public methods of a class and of what it inherits from."""
    if inspect.isfunction(thing):
        yield inspect.unwrap(thing)
    elif inspect.isclass(thing):
        for owner in filter(is_ours, thing.__mro__):
            for name, member in vars(owner).items():
                if is_public(name) and not (issubclass(owner, Function) and name in ("forward", "backward")):
                    member = getattr(member, "__func__", getattr(member, "fget", member))  # of a class or static method; of a property
                    if inspect.isfunction(member) and is_ours(member) and is_written(member):
                        yield inspect.unwrap(member)


def collect():
    """{where it stands: function} of everything that can be reached through a door."""
    found = {}
    for door in DOORS:
        module = import_module(door)
        for name in getattr(module, "__all__", dir(module)):
            if not name.startswith("_") and is_ours(getattr(module, name)):
                found |= {f"{function.__module__}.{function.__qualname__}": function for function in functions(getattr(module, name))}
    return found


REACHED = collect()


def has_stub(function):
    """Whether a stub speaks for it: of tensor.py, tests/autograd/test_stub.py compares it with what is there."""
    return Path(inspect.getfile(function)).with_suffix(".pyi").exists() and function.__module__ != "tinyreg"


@pytest.mark.parametrize("where", sorted(where for where, function in REACHED.items() if not has_stub(function)))
def test_is_annotated(where):
    signature = inspect.signature(REACHED[where])
    arguments = list(signature.parameters.values())
    method = "." in REACHED[where].__qualname__ and bool(arguments) and arguments[0].name in ("self", "cls")
    bare = [argument.name for argument in arguments[method:] if argument.annotation is UNSET]
    assert bare == [], f"{where}: without a type"
    assert signature.return_annotation is not UNSET, f"{where}: says not what it returns"


def test_the_doors_were_walked():
    assert {"tinyreg.ops.elementwise.exp", "tinyreg.layers.linear.Linear.__init__", "tinyreg.modes.Modes.train"} <= set(REACHED)
    assert {f"tinyreg.autograd.tensor.Tensor.{name}" for name in ("backward", "item")} <= set(REACHED)
    assert inspect.isfunction(vars(Tensor)["add"]) and "tinyreg.ops.arithmetic.add" in REACHED  # and so the table was
