"""How far two results are apart, and what is told of the first that are too far.

    max|a - b| / max(max|a|, cancelled / tolerance),    cancelled = 64 eps sqrt(terms) max|input|,  8 eps max|input| of one term

The second term matters where large inputs cancel and leave nothing but rounding, as in the gradient of a bias before a
batch norm, which is 0 but for that: its digits mean nothing, and eps is the dtype's, terms the inputs summed for an output.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..backend import is_array, to_numpy
from ..types import HostArray

TITLES = {
    "draw": "the draw {name}",
    "forward": "forward of {name}, output {which}",
    "backward": "backward of {name}, gradient of input {which}",
    "gradient": "the gradient of {name}",
    "weight": "the weight {name}",
    "buffer": "the buffer {name}",
    "loss": "the {name}",
    "order": "{name}",
}


@dataclass(frozen=True)
class Difference:
    """The first thing in which two runs differ by more than the tolerance.

    Attributes:
        step: from 1; 0 is what was there before the first.
        kind: "draw", "forward", "backward", "gradient" (of a weight, when backward is done), "weight" or "buffer" (after
            the step), "loss", or "order": another operation than in the first run.
        name: of the operation, the distribution or the weight.
        which: the number of the output, or, of backward, of the input whose gradient it is.
        module: the dotted name of the module that called the operation, and what it is; "" where no module did.
        shape, dtype: of the second run's values.
        relative: how far they are apart.
        many: elements that differ by more than the tolerance.
        cause: what is known of it, in a sentence.
        called: the line that called the operation, "" where there is none.
    """

    step: int
    kind: str
    name: str
    which: int = 0
    module: str = ""
    shape: tuple[int, ...] = ()
    dtype: str = ""
    relative: float = float("inf")
    many: int = 0
    cause: str = ""
    called: str = ""

    def __str__(self) -> str:
        place = "before the first step" if self.step == 0 else f"in step {self.step}"
        lines = [f"{place}, {TITLES[self.kind].format(name=self.name, which=self.which)}"]
        lines += [f"by {self.module}"] if self.module else []
        if self.dtype:
            apart = f"{self.relative:.1e} of the largest value" if np.isfinite(self.relative) else "without a measure"
            size = int(np.prod(self.shape, dtype=np.int64))
            lines.append(f"shape {self.shape}, {self.dtype}: {apart}, {self.many} of {size} elements beyond the tolerance")
        lines += [self.cause] if self.cause else []
        lines += [f"called at {self.called}"] if self.called else []
        return "\n  ".join(lines)


def apart(a: HostArray, b: HostArray, floor: float = 0.0) -> tuple[float, HostArray]:
    """How far b lies from a, relative to the largest value of a: the largest difference, and the difference of each element.

    Args:
        a, b: arrays on the host. Other shapes are infinitely far from each other; what is no floating point number is equal
            or infinitely far.
        floor: the smallest scale.

    Example:
        >>> import numpy
        >>> apart(numpy.array([4.0, 1.0]), numpy.array([4.0, 2.0]))[0]
        0.25
    """
    if a.shape != b.shape:
        return float("inf"), np.full(b.shape, np.inf)
    if a.size == 0:
        return 0.0, np.zeros(a.shape)
    if a.dtype.kind != "f" or b.dtype.kind != "f":
        each = np.where(a == b, 0.0, np.inf)
        return float(each.max()), each
    a, b = a.astype(np.float64), b.astype(np.float64)
    with np.errstate(all="ignore"):
        gap = np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, abs(a - b))
        each = np.where(gap == 0.0, 0.0, gap / max(largest(a), floor))
    each[np.isnan(each)] = np.inf
    return float(each.max()), each


def largest(array: HostArray) -> float:
    """The largest finite absolute value; 0 where there is none.

    Example:
        >>> import numpy
        >>> largest(numpy.array([1.0, -3.0, numpy.inf]))
        3.0
    """
    return float(np.max(abs(array), initial=0.0, where=np.isfinite(array)))


def epsilon(*arrays: HostArray) -> float:
    """The spacing of the numbers at 1, of the coarsest of these dtypes; 0 where none is floating point.

    Example:
        >>> import numpy
        >>> epsilon(numpy.zeros(1, "float32"), numpy.zeros(1)) == 2**-23
        True
    """
    return max([float(np.finfo(array.dtype).eps) for array in arrays if array.dtype.kind == "f"], default=0.0)


def cancelled(a: HostArray, b: HostArray, inputs: Any) -> float:
    """What rounding may leave in the results a and b of an operation where its inputs cancel.

    Args:
        a, b: arrays on the host.
        inputs: of the operation; what is no floating point array does not count.

    Example:
        >>> import numpy
        >>> zero = numpy.zeros(())
        >>> cancelled(zero, zero, [numpy.ones(16)]) == 64 * 2**-52 * 4
        True
    """
    size, terms = 0.0, 1.0
    for x in inputs:
        if is_array(x) and x.dtype.kind == "f" and x.size:
            size, terms = max(size, largest(to_numpy(x))), max(terms, x.size / max(a.size, 1))
    return (64 * terms**0.5 if terms > 1 else 8) * epsilon(a, b) * size
