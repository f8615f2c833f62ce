"""torch.backends.mps: Apple's GPUs, which are not used."""


def is_available() -> bool:
    """Whether an Apple GPU is used: none is.

    Example:
        >>> is_available()
        False
    """
    return False


def is_built() -> bool:
    """Whether one could be.

    Example:
        >>> is_built()
        False
    """
    return False
