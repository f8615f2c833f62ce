"""What is tried: grids, and laws from which random search draws.

Strengths act by their order of magnitude, so they are laid out, and drawn, evenly in their logarithm: between 0.0001 and
10 a grid of six has one candidate a power of ten, and a random search puts a fifth of its candidates into each decade. A
draw that is uniform in the strength itself would put nine tenths of them between 1 and 10.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..autograd import Tensor
from ..backend import to_numpy
from ..ops.number import check_number
from ..random import Generator


def log_grid(low: float, high: float, n: int = 10) -> list[float]:
    """Lay out n numbers from low to high, each the same multiple of the one before.

    Args:
        low, high: the first and the last, above 0; low may be the larger one, then they fall.
        n: how many, at least 2.

    Returns:
        A list of floats; those between the ends are rounded to 15 digits, so that a tenth is 0.1.

    Raises:
        TypeError: low or high is no number, or n no integer.
        ValueError: low or high is not finite and above 0, or n is below 2.

    Example:
        >>> log_grid(1e-3, 10, 5)
        [0.001, 0.01, 0.1, 1.0, 10.0]
    """
    low, high = _ends("log_grid", low, high)
    if not isinstance(n, (int, np.integer)) or isinstance(n, bool):
        raise TypeError(f"log_grid: n must be an integer, got {n!r:.60}; it counts the numbers, both ends among them")
    if n < 2:
        raise ValueError(f"log_grid: n must be at least 2, got n={n}; it counts the numbers, both ends among them")
    between = np.geomspace(low, high, int(n))[1:-1]
    return [low, *(float(f"{x:.15g}") for x in between.tolist()), high]


def _ends(who, low, high):
    check_number(who, low=low, high=high)
    low, high = float(low), float(high)
    if not (0 < low < math.inf and 0 < high < math.inf):
        raise ValueError(f"{who}: low and high must be finite and above 0, got {low} and {high}; a logarithm has no 0 to begin from")
    return low, high


@dataclass(frozen=True)
class Uniform:
    """A law for random search: every number between low and high is equally likely.

    Args:
        low, high: finite; low below high.

    Raises:
        TypeError: one of them is no number.
        ValueError: one is not finite, or low is not below high.

    Example:
        >>> 0.1 <= Uniform(0.1, 0.9).draw(Generator(0)) <= 0.9
        True
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        check_number("Uniform", low=self.low, high=self.high)
        if not -math.inf < self.low < self.high < math.inf:
            raise ValueError(
                f"Uniform: low must lie below high, both finite, got {self.low} and {self.high}; a list [value] holds one value"
            )

    def draw(self, generator: Generator) -> float:
        """A number of this law.

        Args:
            generator: where it comes from.

        Example:
            >>> Uniform(0, 1).draw(Generator(3)) == Uniform(0, 1).draw(Generator(3))
            True
        """
        return self.low + (self.high - self.low) * _share(generator)


@dataclass(frozen=True)
class LogUniform:
    """A law for random search: the logarithm is uniform, so every order of magnitude is equally likely.

    Args:
        low, high: finite and above 0; low below high.

    Raises:
        TypeError: one of them is no number.
        ValueError: one is not finite and above 0, or low is not below high.

    Example:
        >>> 1e-4 <= LogUniform(1e-4, 10).draw(Generator(0)) <= 10
        True
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        low, high = _ends("LogUniform", self.low, self.high)
        if not low < high:
            raise ValueError(f"LogUniform: low must lie below high, got {low} and {high}; a list [value] holds one value")

    def draw(self, generator: Generator) -> float:
        """A number of this law.

        Args:
            generator: where it comes from.

        Example:
            >>> LogUniform(1, 10).draw(Generator(3)) == LogUniform(1, 10).draw(Generator(3))
            True
        """
        drawn = math.exp(math.log(self.low) + math.log(self.high / self.low) * _share(generator))
        return min(max(drawn, self.low), self.high)


def _share(generator):
    return float(generator.uniform((), "float64", host=True))


def of_grid(who: str, grid: Any) -> list[dict[str, Any]]:
    """The candidates of a grid: every combination of its values, that of the last name changing fastest.

    Args:
        who: whom errors name.
        grid: {name: values}, or a list of such dicts, one grid after the other.

    Raises:
        TypeError: it is neither, or values are no sequence.
        ValueError: nothing to try.

    Example:
        >>> of_grid("doctest", {"strength": [0.1, 1.0], "p": [0.5]})
        [{'strength': 0.1, 'p': 0.5}, {'strength': 1.0, 'p': 0.5}]
    """
    grids = [grid] if isinstance(grid, Mapping) else grid
    if not isinstance(grids, Sequence) or isinstance(grids, str) or not all(isinstance(each, Mapping) for each in grids):
        raise TypeError(f"{who}: grid must be a dict of lists, or a list of such dicts, got {grid!r:.60}; write {{'strength': [0.1, 1.0]}}")
    if not grids:
        raise ValueError(f"{who}: grid must hold a candidate, got {grid!r}; write {{'strength': [0.1, 1.0]}}")
    tables = [{_named(who, name): _values(who, name, values) for name, values in each.items()} for each in grids]
    return [dict(zip(table, choice)) for table in tables for choice in itertools.product(*table.values())]


def of_space(who: str, space: Any, n: int, seed: int) -> list[dict[str, Any]]:
    """The candidates of a random search, all drawn at once: those of a shorter search are the first of a longer one.

    Args:
        who: whom errors name.
        space: {name: LogUniform, Uniform, or a list of values that are equally likely}.
        n: how many, at least 1.
        seed: decides the draws.

    Raises:
        TypeError: the space is none, or n no integer.
        ValueError: it is empty, or n below 1.

    Example:
        >>> of_space("doctest", {"strength": [0.1]}, 2, seed=0)
        [{'strength': 0.1}, {'strength': 0.1}]
    """
    if not isinstance(space, Mapping):
        raise TypeError(f"{who}: space must be a dict of laws and lists, got {space!r:.60}; write {{'strength': LogUniform(1e-4, 1)}}")
    if not space:
        raise ValueError(f"{who}: space must name what varies, got {space!r}; write {{'strength': LogUniform(1e-4, 1)}}")
    if not isinstance(n, (int, np.integer)) or isinstance(n, bool):
        raise TypeError(f"{who}: n must be an integer, got n={n!r:.60}; it counts the candidates")
    if n < 1:
        raise ValueError(f"{who}: n must be at least 1, got n={n}; it counts the candidates")
    laws = {_named(who, name): law if isinstance(law, LogUniform | Uniform) else _values(who, name, law) for name, law in space.items()}
    generator = Generator(seed)
    return [{name: _drawn(law, generator) for name, law in laws.items()} for _ in range(n)]


def _drawn(law, generator):
    return law[int(generator.integers(0, len(law), (), host=True))] if isinstance(law, list) else law.draw(generator)


def _named(who, name):
    if not isinstance(name, str):
        raise TypeError(f"{who}: names of what varies must be strings, got {name!r:.60}; write {{'strength': ...}}")
    return name


def _values(who, name, values):
    """A list of what a name may be; numbers of NumPy become Python's, which JSON can hold."""
    if isinstance(values, Tensor):
        values = to_numpy(values.array)
    if isinstance(values, str) or not (isinstance(values, Sequence) or getattr(values, "ndim", 0) == 1):
        raise TypeError(f"{who}: the values of {name} must be a list, got {values!r:.60}; a single one is [value]")
    if not len(values):
        raise ValueError(f"{who}: {name} must have a value to try, got an empty list; leave the name out, or give it one")
    return [value.item() if isinstance(value, np.generic) else value for value in values]
