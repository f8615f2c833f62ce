"""Memory that is freed and wanted again a moment later: how much of it the process keeps.

Every step of a training makes the same arrays and drops them again. glibc, the C library of most Linux systems, hands a freed
array back to the system if it is larger than a threshold, and the end of its heap if more than twice that is free there; the
system clears the same pages again for the next step. The threshold is 128 KiB at first and grows by itself to the size of the
largest array that was freed so, up to 32 MiB: how fast a script is depends on what it happened to free before.

    import tinyreg                  frees one array of that size, untouched: 32 MiB, and 64 at the end of the heap, from the start
                                    (a step of a small convolutional network was 1.4 times as fast)
    tinyreg.keep_freed_memory()     opt-in: up to 1 GiB is kept
"""

import ctypes
import platform

import numpy as np

LARGEST = 32 * 2**20  # bytes: the highest threshold of glibc
KEPT = 2**30  # bytes of free memory that the process keeps at most
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # the numbers of glibc's malloc.h

_kept = False


def raise_thresholds() -> None:
    """Let glibc raise its thresholds as far as it does by itself; what is freed here is never touched, so it takes microseconds.

    Example:
        >>> raise_thresholds()
    """
    np.empty(LARGEST - 2**16, dtype="uint8")  # with its header still below the limit, above which nothing is raised


def keep_freed_memory() -> bool:
    """Keep freed memory in the process, up to 1 GiB, for arrays of at most 32 MiB; for the rest of the process.

    A script whose steps drop more than 64 MiB at once says it at its head. Results are the same. Only glibc can be told so:
    elsewhere nothing happens.

    Returns:
        Whether it is so from now on; False where the C library is not glibc.

    Example:
        >>> keep_freed_memory() in (True, False)
        True
    """
    global _kept
    if platform.libc_ver()[0] == "glibc":
        mallopt = ctypes.CDLL(None).mallopt
        _kept = bool(mallopt(_MMAP_THRESHOLD, LARGEST)) and bool(mallopt(_TRIM_THRESHOLD, KEPT))
    return _kept


def is_freed_memory_kept() -> bool:
    """Whether keep_freed_memory has taken effect in this process.

    Example:
        >>> is_freed_memory_kept() in (True, False)
        True
    """
    return _kept
