"""One row of the table of gradient cases."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Case:
    """One differentiable door and inputs that exercise it.

    Attributes:
        name: the door, as the user writes it (`relu`, `nn.functional.conv2d`), with the variant behind a space.
        run: run(t, *inputs) calls the door; t is the namespace, tinyreg or (for the oracle) torch itself.
        inputs: a shape each (standard normal values), or a function of a NumPy generator that returns a float64 array.
        away_from: kinks; values within 0.1 of one are moved away from it.
        positive: take absolute values plus 0.5 (arguments of log, sqrt).
        torch: False where PyTorch has no such door, or names it otherwise.
    """

    name: str
    run: Callable[..., Any]
    inputs: tuple[Any, ...] = ()
    away_from: tuple[Any, ...] = ()
    positive: bool = False
    torch: bool = True

    def draw(self, rng):
        """The inputs as float64 arrays, drawn from a NumPy generator."""
        arrays = []
        for spec in self.inputs:
            array = spec(rng) if callable(spec) else rng.standard_normal(spec)
            if self.positive:
                array = abs(array) + 0.5
            for kink in self.away_from:
                near = abs(array - kink) < 0.1
                array = array + near * 0.2 * (2 * (array >= kink) - 1)
            arrays.append(array)
        return arrays
