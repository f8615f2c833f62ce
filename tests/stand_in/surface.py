"""What CuPy can do, name by name: read from an installed CuPy (no GPU is needed) and kept beside this file.

    python -m tests.stand_in.surface        writes surface.json

Each part of the library is a table {name: what}, where what is

    a list          a function with these parameters ("*args" and "**kwargs" take any)
    "ufunc"         an elementwise function: out=, casting= and dtype= are its only options
    "numpy"         NumPy's own object: a dtype, a constant, an exception
    "attribute"     an attribute of an array
    "other"         a class or a submodule
"""

import inspect
import json
import re
from pathlib import Path

FILE = Path(__file__).with_name("surface.json")
PARTS = ("cupy", "cupy.ndarray", "cupy.linalg", "cupy.lib.stride_tricks", "cupy.random.Generator")


class _Bare:
    __slots__ = ()


_BARE = {*dir(_Bare), "__weakref__", "__dict__", "__pyx_vtable__"} - {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"}


def read():
    """The tables that were written, {part: {name: what}}, and the version of CuPy that they were read from."""
    found = json.loads(FILE.read_text(encoding="utf-8"))
    return found["surface"], found["cupy"]


def surface():
    """The tables of the CuPy that is installed."""
    import cupy
    import numpy

    owners = {part: _named(cupy, part) for part in PARTS}
    return {part: {name: _what(owner, name, part, numpy) for name in _public(owner)} for part, owner in owners.items()}


def _named(cupy, part):
    found = cupy
    for name in part.split(".")[1:]:
        found = getattr(found, name)
    return found


def _public(owner):
    """The names without underscore, and the operators of an array; what a module has imported for itself does not count."""
    operators = {name for name in dir(owner) if name.startswith("__") and isinstance(owner, type)} - _BARE
    imported = {name for name, found in vars(owner).items() if inspect.ismodule(found) and not found.__name__.startswith("cupy")}
    return sorted({name for name in dir(owner) if not name.startswith("_")} - imported - {"annotations"} | operators)


def _what(owner, name, part, numpy):
    found = getattr(owner, name)
    if type(found).__name__ == "ufunc" and type(found).__module__.startswith("cupy"):
        return "ufunc"
    if found is getattr(numpy, name, owner) or (part == "cupy" and isinstance(found, (int, float, type(None)))):
        return "numpy"
    if name.startswith("__") and part != "cupy":
        return "other"
    if callable(found) and not isinstance(found, type):
        return _parameters(found, isinstance(owner, type))
    return "attribute" if isinstance(owner, type) else "other"


def _parameters(function, method):
    """The names of the parameters, without self; of compiled functions they stand in the first line of the docstring."""
    try:
        parameters = inspect.signature(function).parameters.values()
        stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
        names = [stars.get(p.kind, "") + p.name for p in parameters]
    except (TypeError, ValueError):
        line = re.match(r"[\w.]*\((.*?)\)(?: ->.*)?\s*(?:\n|$)", inspect.getdoc(function) or "")
        if line is None:
            return ["*args", "**kwargs"]
        texts = [text.strip() for text in re.split(r",(?![^(\[]*[)\]])", line.group(1))]
        names = [re.sub(r"[=:].*", "", text).split()[-1] for text in texts if text and text not in ("/", "*", r"\*")]
    return names[1:] if method and names[:1] == ["self"] else names


def main():
    import cupy

    parts = []
    for part, names in surface().items():
        lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(what)}" for name, what in names.items())
        parts.append(f"  {json.dumps(part)}: {{\n{lines}\n  }}")
    text = ",\n".join(parts)
    FILE.write_text(f'{{"cupy": {json.dumps(cupy.__version__)}, "surface": {{\n{text}\n}}}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
