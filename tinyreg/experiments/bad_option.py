"""The refusal of what a person asked for."""


class BadOption(ValueError):
    """An option that cannot be followed; the command line prints the sentence and exits with code 2."""
