"""torch.backends.cudnn: switches of a library that is not used."""

enabled = benchmark = allow_tf32 = False
deterministic = True


def is_available() -> bool:
    """Whether cuDNN is used: it is not.

    Example:
        >>> is_available()
        False
    """
    return False


def version() -> None:
    """The version of cuDNN: there is none.

    Example:
        >>> print(version())
        None
    """
