"""tutorials/style.mplstyle: the look of the house's figures as a file of matplotlib, for a reader's own plots."""

from tinyreg.experiments.figures import LOOK

from .source import FOLDER

PATH = FOLDER / "style.mplstyle"
HEAD = """\
# The look of the figures: plt.style.use("tutorials/style.mplstyle"). Written by `python tutorials/build.py` from
# tinyreg.experiments.figures.LOOK, which the chapters use.
"""


def text():
    """The file, a line a setting.

    Example:
        >>> text().splitlines()[3]
        'font.size: 15'
    """
    return HEAD + "".join(f"{key}: {_value(value)}\n" for key, value in LOOK.items())


def _value(value):
    if isinstance(value, list):
        return ", ".join(map(_value, value))
    return str(value).replace("#", "")  # a # would begin a comment
