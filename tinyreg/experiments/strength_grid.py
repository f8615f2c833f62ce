"""Which strength of a method is searched, between which ends, and in which steps.

A row of METHODS says by its `sweep` all that is needed: which of its strengths varies, its smallest and its largest
sensible value, whether it is a whole number, and its scale. Strengths of a penalty or radii are right or wrong by a
factor: their grid is even in log(strength). Shares and probabilities (dropout's p, the ε of label smoothing, the decay of an
average) stay below 1, and their sweeps span a factor of less than LINEAR: their grid is even in the strength itself.

    >>> from .methods import METHODS
    >>> grid_of(strength_range(METHODS["l2"]), 5)
    [0.0003, 0.00228, 0.0173, 0.132, 1.0]
    >>> grid_of(strength_range(METHODS["early_stopping"]), 5)
    [1, 3, 8, 22, 60]
"""

import math
from dataclasses import dataclass, replace
from typing import Any

from .bad_option import BadOption
from .methods import METHODS
from .strength_curves import varied

LINEAR = 50  # largest / smallest, under which the strengths of a share are evenly spaced
DIGITS = 3  # of a strength on the grid: what is printed is what was used


@dataclass(frozen=True)
class StrengthRange:
    """What of a method is searched.

    Attributes:
        name: the strength that varies.
        low, high: the ends.
        scale: "log" or "linear".
        whole: whether it is a whole number.
        larger_is_stronger: whether a larger one regularizes more.
        fixed: the method's other strengths, as keyword arguments.
    """

    name: str
    low: Any
    high: Any
    scale: str
    whole: bool
    larger_is_stronger: bool
    fixed: dict[str, Any]


def strength_range(row, low=None, high=None):
    """The range of a row's strength; its ends are those of its sweep where none are given.

    Args:
        row: a row of METHODS with a sweep.
        low, high: the ends; above 0 (a linear scale: at least 0), whole where the strength is, low < high.

    Raises:
        BadOption: a method without a strength; ends that cannot be.

    Example:
        >>> strength_range(METHODS["max_norm"]).larger_is_stronger, strength_range(METHODS["dropout"]).scale
        (False, 'linear')
    """
    if not row.sweep:
        some = ", ".join(list(with_strength())[:5])
        raise BadOption(f"select: --method must name a method with a strength, got {row.name}, which has none; {some}, ... have one")
    name = varied([{"strength": strength} for strength in row.sweep])
    values = [strength[name] for strength in row.sweep]
    whole = all(isinstance(value, int) for value in values)
    linear = max(values) < 1 and max(values) < LINEAR * min(values)
    found = StrengthRange(
        name,
        min(values) if low is None else low,
        max(values) if high is None else high,
        "linear" if linear else "log",
        whole,
        row.larger_is_stronger,
        {other: value for other, value in row.sweep[0].items() if other != name},
    )
    for end in ("low", "high"):
        value = getattr(found, end)
        least = 1 if whole else 0
        if not math.isfinite(value) or value < least or (found.scale == "log" and value == 0):
            what = "a whole number of at least 1" if whole else "at least 0" if linear else "above 0: the strengths are spaced by factors"
            raise BadOption(f"select: --{end} must be {what}, got {value:g} for {say(name)} of {row.name}")
        if whole and value != int(value):
            raise BadOption(f"select: --{end} must be a whole number, got {value:g} for {say(name)} of {row.name}")
    if not found.low < found.high:
        raise BadOption(f"select: --low must be smaller than --high, got {found.low:g} and {found.high:g} for {say(name)} of {row.name}")
    return replace(found, low=int(found.low), high=int(found.high)) if whole else found


def grid_of(found, points):
    """At most so many strengths from found.low to found.high, both among them; whole numbers are not repeated.

    Args:
        found: a StrengthRange.
        points: at least 2.

    Example:
        >>> grid_of(strength_range(METHODS["dropout"]), 3)
        [0.1, 0.54, 0.98]
    """
    low, high = found.low, found.high
    if found.scale == "log":
        values = [low * (high / low) ** (i / (points - 1)) for i in range(points)]
    else:
        values = [low + (high - low) * i / (points - 1) for i in range(points)]
    return list(dict.fromkeys(as_shown(found, value) for value in values))


def as_shown(found, value):
    """A strength with the digits that are printed, within the ends; whole where the strength is.

    Example:
        >>> as_shown(strength_range(METHODS["l2"]), 0.0123456)
        0.0123
    """
    rounded = round(value) if found.whole else float(f"{value:.{DIGITS}g}")
    return min(max(rounded, found.low), found.high)


def with_strength():
    """The rows of METHODS that have a strength, as {name: row}."""
    return {name: row for name, row in METHODS.items() if row.sweep}


def say(name):
    """The name of a strength as a person reads it.

    Example:
        >>> say("weight_decay")
        'weight decay'
    """
    return name.replace("_", " ")
