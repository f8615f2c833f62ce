"""finfo and iinfo: what the numbers of a dtype can hold, as Python's numbers."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..backend import get_default_dtype


@dataclass(frozen=True)
class FloatLimits:
    """Limits of a floating point dtype.

    Attributes:
        bits: its size.
        eps: the distance from 1 to the next larger number.
        max, min: the largest number, and the same negated.
        tiny, smallest_normal: the smallest positive number with all its digits.
        resolution: the decimal digits it holds, as 10**-digits.
        dtype: its name.
    """

    resolution: float
    min: float
    max: float
    eps: float
    smallest_normal: float
    tiny: float
    dtype: str
    bits: int


@dataclass(frozen=True)
class IntegerLimits:
    """Limits of an integer dtype.

    Attributes:
        bits: its size.
        max, min: the largest and the smallest number.
        dtype: its name.
    """

    min: int
    max: int
    dtype: str
    bits: int


def finfo(type: Any = None) -> FloatLimits:
    """What a floating point dtype can hold.

    Args:
        type: a floating point dtype; None for the default one.

    Raises:
        TypeError: another dtype.

    Example:
        >>> import tinyreg
        >>> finfo(tinyreg.float32).eps == 2**-23, finfo(tinyreg.float64).max
        (True, 1.7976931348623157e+308)
    """
    dtype = np.dtype(get_default_dtype() if type is None else type)
    if dtype.kind != "f":
        raise TypeError(f"finfo: type must be a floating point dtype, got {dtype}; iinfo tells of integers")
    about = np.finfo(dtype)
    small = float(about.smallest_normal)
    return FloatLimits(
        float(about.resolution), float(about.min), float(about.max), float(about.eps), small, small, str(dtype), int(about.bits)
    )


def iinfo(type: Any) -> IntegerLimits:
    """What an integer dtype can hold.

    Args:
        type: an integer dtype.

    Raises:
        TypeError: another dtype.

    Example:
        >>> import tinyreg
        >>> iinfo(tinyreg.uint8).max, iinfo(tinyreg.int64).min == -(2**63)
        (255, True)
    """
    dtype = np.dtype(type)
    if dtype.kind not in "iu":
        raise TypeError(f"iinfo: type must be an integer dtype, got {dtype}; finfo tells of floating point numbers")
    about = np.iinfo(dtype)
    return IntegerLimits(int(about.min), int(about.max), str(dtype), int(about.bits))
