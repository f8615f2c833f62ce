"""Settings that must be numbers: strengths, rates, probabilities, slopes."""

import math


def check_number(who, **settings):
    """Refuse settings that are no numbers: text, None, lists, complex numbers. A tensor of one element is a number.

    Raises:
        TypeError: one of them is none; it is named.

    Example:
        >>> check_number("dropout", p=0.5)
    """
    for name, value in settings.items():
        if not hasattr(value, "__float__"):
            raise TypeError(f"{who}: {name} must be a number, got {name}={value!r:.60}; give an integer or a float")


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
