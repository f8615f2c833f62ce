"""The table of gradient cases: one row for every differentiable door, a module for each family of doors."""

from importlib import import_module
from pkgutil import iter_modules

from .case import Case

FAMILIES = sorted(module.name for module in iter_modules(__path__) if module.name != "case")
CASES = [case for family in FAMILIES for case in import_module(f"{__name__}.{family}").CASES]

__all__ = ["CASES", "FAMILIES", "Case"]
