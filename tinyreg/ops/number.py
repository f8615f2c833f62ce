"""Settings that must be numbers: strengths, rates, probabilities, slopes, values to write."""

import math


def check_number(who, **settings):
    """Refuse settings that are no numbers: text, None, lists, complex numbers, arrays. A tensor of one element is a number.

    Raises:
        TypeError: one of them is none; it is named.

    Example:
        >>> check_number("dropout", p=0.5)
    """
    for name, value in settings.items():
        if type(value) is float or type(value) is int:  # nearly always; asking for the rest takes three times as long
            continue
        if not hasattr(value, "__float__") or math.prod(getattr(value, "shape", ())) != 1:
            raise TypeError(f"{who}: {name} must be a number, got {name}={value!r:.60}; give an integer or a float")


def whole_range(dtype):
    """The smallest and the largest number of an integer dtype.

    Example:
        >>> import numpy
        >>> whole_range(numpy.dtype("int8"))
        (-128, 127)
    """
    largest = 2 ** (8 * dtype.itemsize - (dtype.kind == "i")) - 1
    return (-largest - 1 if dtype.kind == "i" else 0), largest


def in_dtype(who, number, dtype):
    """The number as an element of that dtype: without its fraction where integers are.

    A negative integer among unsigned ones is counted back from the largest, as in PyTorch: -1 becomes 255 in uint8.

    Raises:
        RuntimeError: the integers of the dtype do not reach that far.

    Example:
        >>> import numpy
        >>> in_dtype("full", 2.7, numpy.dtype("int64")), in_dtype("full", -1, numpy.dtype("uint8"))
        (2, 255)
    """
    if dtype.kind not in "iu":
        return bool(number) if dtype.kind == "b" else float(number)
    lowest, largest = whole_range(dtype)
    if dtype.kind == "u" and isinstance(number, int):
        lowest = -largest
    if not lowest <= number <= largest:
        raise RuntimeError(f"{who}: value must fit into dtype {dtype}, got {number}; choose a wider dtype")
    return int(number) if dtype.kind == "i" else int(number) % (largest + 1)


def check_strength(who, **settings):
    """Refuse strengths and rates that are no finite numbers of at least 0.

    Raises:
        TypeError: one of them is no number.
        ValueError: one of them is negative, infinite or NaN; it is named.

    Example:
        >>> check_strength("l2_penalty", strength=0.1)
    """
    check_number(who, **settings)
    for name, value in settings.items():
        if not 0 <= value < math.inf:
            raise ValueError(f"{who}: {name} must be a finite number of at least 0, got {name}={value}; 0 switches it off")


def check_probability(who, meaning="it is a probability", **settings):
    """Refuse probabilities that do not lie in [0, 1]; `meaning` says of what they are.

    Raises:
        TypeError: one of them is no number.
        ValueError: one of them lies outside, or is NaN; it is named.

    Example:
        >>> check_probability("stochastic_depth", "p is the probability of dropping a block", p=0.5)
    """
    check_number(who, **settings)
    for name, value in settings.items():
        if not 0 <= value <= 1:
            raise ValueError(f"{who}: {name} must lie in [0, 1], got {name}={value}; {meaning}")
