"""Numbers that are read once: every norm of a ledger waits where its arrays are, and the host waits for all of them together."""

from typing import Any

from ...backend import PIECE, get_array_module, pieces, to_numpy


class Later:
    """A number that is known after Numbers.read(): NaN until then.

    Example:
        >>> Later().value
        nan
    """

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = float("nan")


class Numbers:
    """0-d arrays that become floats in one read.

    Example:
        >>> import numpy
        >>> numbers = Numbers()
        >>> length = numbers.length(numpy.array([3.0, 4.0]))
        >>> numbers.read()
        >>> length.value
        5.0
    """

    def __init__(self) -> None:
        self.waiting: list[tuple[Any, Later]] = []

    def later(self, array: Any) -> Later:
        """The number in a 0-d array."""
        number = Later()
        self.waiting.append((array, number))
        return number

    def length(self, array: Any) -> Later:
        """The length of all elements of an array."""
        return self.later(get_array_module(array).sqrt(square_sum(array)))

    def read(self) -> None:
        """Fetch them all."""
        if self.waiting:
            xp = get_array_module(self.waiting[0][0])
            together = xp.stack([xp.asarray(array, dtype="float64") for array, _ in self.waiting])
            for (_, number), value in zip(self.waiting, to_numpy(together).tolist()):
                number.value = value
        self.waiting = []


def square_sum(array: Any) -> Any:
    """The sum of squares in float64, a 0-d array, a piece at a time: a large array is not copied as float64.

    Example:
        >>> import numpy
        >>> float(square_sum(numpy.full(3, 1e-30, dtype="float32")))
        3e-60
    """
    xp = get_array_module(array)
    sums = []
    for (part,) in pieces(array.ravel(order="A")):
        if part.size <= PIECE:
            wide = part.astype("float64", copy=False)
            sums.append(wide @ wide)
        else:  # on a device, where there is one piece: of numbers up to 1, that float32 neither overflows nor loses any
            largest = abs(part).max()
            part = part / (largest + (largest == 0))
            sums.append((part @ part).astype("float64") * largest.astype("float64") ** 2)
    return xp.stack(sums).sum()
