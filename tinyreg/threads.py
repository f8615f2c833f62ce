"""How many threads BLAS uses, and whether sums come in a fixed order: what scripts set before they begin."""

import os
from typing import Any

_deterministic = False


def blas_libraries() -> Any:
    """What sets the threads of the BLAS libraries that are loaded: a controller of threadpoolctl; None where that is missing.

    Example:
        >>> blas_libraries().lib_controllers[0].get_num_threads() >= 1
        True
    """
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None
    return ThreadpoolController().select(user_api="blas")


def give_threads(library: Any, num: int) -> None:
    """Give one of these libraries so many threads, whichever thread asks.

    Newer versions of threadpoolctl heed the first thread that has asked, and silently ignore the others; so none stays it.

    Args:
        library: one of `blas_libraries().lib_controllers`.
        num: at least 1.

    Example:
        >>> for library in blas_libraries().lib_controllers:
        ...     give_threads(library, library.get_num_threads())
    """
    forget = getattr(library, "clear_controlling_thread", lambda force: None)
    forget(force=True)
    library.set_num_threads(num)
    forget(force=True)


def get_num_threads() -> int:
    """The number of threads that matrix products may use.

    Example:
        >>> get_num_threads() >= 1
        True
    """
    controls = blas_libraries()
    numbers = [library["num_threads"] for library in controls.info()] if controls is not None else []
    return max(numbers) if numbers else os.cpu_count() or 1


def set_num_threads(num: int) -> None:
    """Let matrix products use so many threads. Sums are divided among them: another number may change last digits.

    Args:
        num: at least 1.

    Raises:
        RuntimeError: num is smaller, or threadpoolctl is not installed.
        TypeError: num is no integer.

    Example:
        >>> before = get_num_threads()
        >>> set_num_threads(1)
        >>> get_num_threads()
        1
        >>> set_num_threads(before)
    """
    if not isinstance(num, int):
        raise TypeError(f"set_num_threads: num must be an integer, got {num!r}; 1 is the smallest")
    if num < 1:
        raise RuntimeError(f"set_num_threads: num must be at least 1, got {num}; 1 is the smallest")
    controls = blas_libraries()
    if controls is None:
        raise RuntimeError(
            "set_num_threads: threadpoolctl must be installed, got none; pip install threadpoolctl, or set OPENBLAS_NUM_THREADS before"
        )
    for library in controls.lib_controllers:
        give_threads(library, num)


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Ask for the same digits in every run. On NumPy they are; on a GPU the order of some sums is the libraries' own.

    Args:
        mode: what are_deterministic_algorithms_enabled tells from now on; nothing else depends on it.
        warn_only: accepted; nothing is refused.

    Example:
        >>> use_deterministic_algorithms(True)
        >>> are_deterministic_algorithms_enabled()
        True
        >>> use_deterministic_algorithms(False)
    """
    global _deterministic
    _deterministic = bool(mode)


def are_deterministic_algorithms_enabled() -> bool:
    """What use_deterministic_algorithms was told last.

    Example:
        >>> are_deterministic_algorithms_enabled()
        False
    """
    return _deterministic
