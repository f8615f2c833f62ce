"""A measured value beside its bar."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """What a clause promises.

    Args:
        what: in words.
        value: that was measured.
        bar: the most that it may be, or the least.
        least: whether the bar is the least.
    """

    what: str
    value: float
    bar: float
    least: bool = False

    @property
    def held(self):
        """Whether the bar is held.

        Example:
            >>> Check("images/s", 30_000, 20_000, least=True).held, Check("ratio", 1.6, 1.5).held
            (True, False)
        """
        return self.value >= self.bar if self.least else self.value <= self.bar

    def __str__(self):
        sign = ">=" if self.least else "<="
        return f"{'held' if self.held else 'NOT HELD'}: {self.what}: {self.value:,.4g} {sign} {self.bar:,.4g}"
