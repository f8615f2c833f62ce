"""Stubs, read as text: what they declare, to be compared with what is there."""

import ast
import inspect
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

Arguments = list[tuple[str, str, bool]]


def parse(module: ModuleType) -> ast.Module:
    """The stub that stands beside a module."""
    return ast.parse(Path(str(module.__file__)).with_suffix(".pyi").read_text(encoding="utf-8"))


def functions(body: list[ast.stmt]) -> dict[str, list[ast.FunctionDef]]:
    """The functions of a module or a class in a stub, by their names; several nodes where they are overloads."""
    found: dict[str, list[ast.FunctionDef]] = {}
    for node in body:
        if isinstance(node, ast.FunctionDef):
            found.setdefault(node.name, []).append(node)
    return found


def is_property(node: ast.FunctionDef) -> bool:
    return any(ast.unparse(decorator) == "property" for decorator in node.decorator_list)


def declared(node: ast.FunctionDef) -> Arguments:
    """(name, kind, has a default) of each argument of a function in a stub."""
    a = node.args
    positional = [*a.posonlyargs, *a.args]
    defaults = [False] * (len(positional) - len(a.defaults)) + [True] * len(a.defaults)
    arguments = [(x.arg, "positional", default) for x, default in zip(positional, defaults)]
    arguments += [(a.vararg.arg, "*", False)] if a.vararg else []
    arguments += [(x.arg, "keyword", default is not None) for x, default in zip(a.kwonlyargs, a.kw_defaults)]
    return arguments + ([(a.kwarg.arg, "**", False)] if a.kwarg else [])


def real(function: Callable[..., Any]) -> Arguments:
    """The same of a function that is there."""
    kinds = {"VAR_POSITIONAL": "*", "KEYWORD_ONLY": "keyword", "VAR_KEYWORD": "**"}
    return [
        (x.name, kinds.get(x.kind.name, "positional"), x.default is not x.empty) for x in inspect.signature(function).parameters.values()
    ]


def misfits(nodes: list[ast.FunctionDef], function: Callable[..., Any], skip: int = 0) -> list[Arguments]:
    """What a stub declares otherwise than it is. An overload may leave arguments out and ask for those with a default."""
    expected = real(function)[skip:]
    found = [declared(node)[skip:] for node in nodes]
    if len(nodes) == 1:
        return [arguments for arguments in found if arguments != expected]
    order = [name for name, _, _ in expected]
    positions = [[order.index(name) for name, _, _ in arguments if name in order] for arguments in found]
    return [
        arguments for arguments, places in zip(found, positions) if len(places) < len(arguments) or places != sorted(set(places))
    ]


def untyped(node: ast.FunctionDef, skip: int = 0) -> list[str]:
    """The arguments of a function in a stub that have no type; "return" stands for the result."""
    a = node.args
    every = [*a.posonlyargs, *a.args][skip:] + [x for x in (a.vararg, *a.kwonlyargs, a.kwarg) if x is not None]
    return [x.arg for x in every if x.annotation is None] + ([] if node.returns is not None else ["return"])


@cache
def names(module: ModuleType) -> dict[str, Any]:
    """What the words in a stub mean: what it imports, and what its module holds."""
    imports: list[ast.stmt] = [node for node in parse(module).body if isinstance(node, ast.Import | ast.ImportFrom)]
    found = dict(vars(module))
    exec(compile(ast.Module(imports, []), f"the stub of {module.__name__}", "exec"), found)
    return found


def types(module: ModuleType, node: ast.FunctionDef) -> list[Any]:
    """The types of the arguments but the first, and of the result, as a stub has them."""
    a = node.args
    every = ([*a.posonlyargs, *a.args][1:], [a.vararg], a.kwonlyargs, [a.kwarg])
    annotations = [x.annotation for group in every for x in group if x is not None] + [node.returns]
    return [eval(ast.unparse(x), names(module)) for x in annotations if x is not None]


def real_types(function: Callable[..., Any]) -> list[Any]:
    """The same of a function that is there."""
    found = inspect.signature(inspect.unwrap(function), eval_str=True)
    return [x.annotation for x in found.parameters.values()][1:] + [found.return_annotation]
