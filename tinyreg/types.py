"""Words that signatures share: what an argument may be.

    Array       a raw array, NumPy's or CuPy's; what it can do is known to its own library alone
    HostArray   an array of NumPy
    Sizes       one number for every axis, or one for each
    Dims        one dimension, several, or None for all of them
    DType       tinyreg.float32, its name, Python's float, int or bool; None where the rest decides
    Device      a device or its name; None for the backend's own
    Called      a function that a decorator gives back as it was
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, Union

import numpy as np

if TYPE_CHECKING:
    from .device import device

Array: TypeAlias = Any
HostArray: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Sizes: TypeAlias = int | Sequence[int]
Dims: TypeAlias = int | Sequence[int] | None
DType: TypeAlias = np.dtype[Any] | type[Any] | str | None
Device: TypeAlias = Union["device", str, None]
Called = TypeVar("Called", bound=Callable[..., Any])
