"""Settings that must be functions: models, losses, branches of a network."""


def check_callable(who, **functions):
    """Refuse what cannot be called, and a class where one of its instances is meant: CrossEntropyLoss for CrossEntropyLoss().

    Raises:
        TypeError: one of them is none; it is named.

    Example:
        >>> check_callable("fgsm", model=abs)
    """
    for name, function in functions.items():
        if isinstance(function, type):
            kind = function.__name__
            raise TypeError(f"{who}: {name} must be a function or a Module, got the class {kind}; make one of it, as {kind}(...) does")
        if not callable(function):
            raise TypeError(f"{who}: {name} must be a function or a Module, got {type(function).__name__}; define one, or pass a lambda")
