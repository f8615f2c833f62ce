"""torch.backends.cuda: whether products may be rounded to fewer digits; here they never are."""


class matmul:
    """The switch that scripts set for speed.

    Example:
        >>> matmul.allow_tf32
        False
    """

    allow_tf32 = False
