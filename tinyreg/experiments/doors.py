"""Gradient checks of the differentiable doors, a row each: `tinyreg gradcheck`."""

import math
import warnings
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np

import tinyreg

from ..autograd.gradcheck import GradcheckError, gradcheck, relative_errors
from .bad_option import BadOption


@dataclass(frozen=True)
class Check:
    """What the gradient checks of a door found.

    Attributes:
        door: its name.
        error: the largest relative error over its cases and their inputs:
            max|numeric - analytic| / max(1, max|analytic|).
        cases: how many there are.
        failures: what is wrong, a sentence for each case that fails.
    """

    door: str
    error: float
    cases: int
    failures: tuple[str, ...]


def select(names, cases):
    """The cases of doors.

    Args:
        names: doors ("relu", "nn.functional.conv2d", or the last part, "conv2d"), or whole case names with their
            variant; none selects all.
        cases: the table.

    Raises:
        BadOption: a name that no case has; the sentence lists near ones.
    """
    if not names:
        return list(cases)
    chosen = []
    for name in names:
        found = [case for case in cases if name in _names(case)]
        if not found:
            known = sorted({spelling for case in cases for spelling in _names(case)})
            near = get_close_matches(name, known, n=5) or sorted(spelling for spelling in known if name.lower() in spelling.lower())[:5]
            hint = f"near it: {', '.join(near)}" if near else "tinyreg gradcheck lists them all"
            raise BadOption(f"gradcheck: a door must have a gradient case, got {name!r}; {hint}")
        chosen += [case for case in found if case not in chosen]
    return chosen


def _names(case):
    door = _door(case)
    return case.name, door, door.rsplit(".", 1)[-1]


def _door(case):
    return case.name.split(" ")[0]


def check(case, seed=0):
    """Check one case in float64, with random inputs and random cotangents; returns its error and "" or what is wrong."""

    def door(*tensors):
        return case.run(tinyreg, *tensors)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            inputs = [tinyreg.tensor(array, requires_grad=True) for array in case.draw(np.random.default_rng(seed))]
            error = max(relative_errors(door, inputs), default=0.0)
            gradcheck(door, inputs)
        except GradcheckError as refused:
            return _error(door, inputs), f"{case.name}: {refused}"
        except Exception as broken:  # a door that cannot be run is a row, not the end of the table
            return math.nan, f"{case.name}: {type(broken).__name__}: {broken}"
    return error, ""


def _error(door, inputs):
    try:
        return max(relative_errors(door, inputs))
    except GradcheckError:  # chance or a hidden state: there is no gradient to compare
        return math.nan


def run(names=()):
    """Yield a Check for each of the doors that are named, or for all."""
    from .gradcases import CASES

    doors = {}
    for case in select(names, CASES):
        doors.setdefault(_door(case), []).append(case)
    return (_check_door(door, cases) for door, cases in doors.items())


def _check_door(door, cases):
    errors, failures = zip(*map(check, cases))
    worst = math.nan if any(map(math.isnan, errors)) else max(errors)
    return Check(door, worst, len(cases), tuple(filter(None, failures)))
