"""From rounds to ratios, and from ratios to what was held."""

import math
import statistics
from dataclasses import dataclass

from .workloads import GPU_GOALS, NO_BAR, WORKLOADS, Bar

OURS, BASE, BY_HAND = "tinyreg", "pytorch", "numpy"
PEERS = ("mygrad", "autograd", "dezero")  # frameworks on NumPy
TRAINS = ("train", "1,000", "50,000", "forward + backward")  # cases with a backward


@dataclass(frozen=True)
class Spread:
    """The ratios of some rounds: their median, the smallest and the largest."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, ours, base):
        """Round by round ours / base.

        Example:
            >>> Spread.of([1.0, 2.0, 3.0], [2.0, 2.0, 2.0])
            Spread(median=1.0, low=0.5, high=1.5)
        """
        ratios = [a / b for a, b in zip(ours, base)]
        return cls(statistics.median(ratios), min(ratios), max(ratios))


@dataclass(frozen=True)
class Row:
    """A case: what every library took, as ratios to the base.

    Args:
        key, case: of the workload.
        base: the median time of the base in seconds, None where it has none.
        ratios: {library: Spread}, the base left out.
        bar: floor and goal, None where they are no ratios to PyTorch's time.
    """

    key: str
    case: str
    base: float | None
    ratios: dict
    bar: Bar | None

    @property
    def ours(self):
        """The Spread of tinyreg, None where it was not measured."""
        return self.ratios.get(OURS)

    @property
    def peer(self):
        """(name, Spread) of the fastest framework on NumPy that was measured; (None, None) where none was."""
        found = [(name, self.ratios[name]) for name in PEERS if name in self.ratios]
        return min(found, key=lambda pair: pair[1].median, default=(None, None))

    def held(self, pool):
        """Whether the floor was held; None where there is nothing to hold or nobody to hold it."""
        return self._within(self.bar and self.bar.floor_with(pool))

    @property
    def met(self):
        """Whether the goal was met; None as in `held`."""
        return self._within(self.bar and self.bar.goal)

    def _within(self, most):
        return None if most is None or most == math.inf or self.ours is None else self.ours.median <= most


def base_of(results):
    """Whom the ratios are to: PyTorch; hand-written NumPy where it was not measured; tinyreg where it was measured alone."""
    measured = {name for cases in results["rounds"].values() for by_library in cases.values() for name in by_library}
    return next((name for name in (BASE, BY_HAND) if name in measured), OURS)


def rows(results):
    """A `Row` for each case that was measured, in the order of the workloads."""
    base = base_of(results)
    found = []
    for key, workload in WORKLOADS.items():
        for case, by_library in results["rounds"].get(key, {}).items():
            ratios = {name: Spread.of(times, by_library[base]) for name, times in by_library.items() if name != base and base in by_library}
            middle = statistics.median(by_library[base]) if base in by_library else None
            found.append(Row(key, case, middle, ratios, bar(workload, case, results["settings"]["device"]) if base == BASE else None))
    return found


def bar(workload, case, device):
    """The `workloads.Bar` of a case on a device."""
    if device == "cpu":
        return workload.bars[case]
    return GPU_GOALS.get(workload.key, NO_BAR)
