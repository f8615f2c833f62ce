"""Settings that must be numbers: strengths, rates, probabilities, slopes."""


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
