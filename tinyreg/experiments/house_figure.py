"""The Figure that every picture of the house is: it shows itself in a notebook, and keeps its look when it is saved.

matplotlib is imported here when the file is loaded: import it where a figure is made, not at the top of a file.
"""

import io
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from .figures import LOOK


@contextmanager
def house_style():
    """Inside the block matplotlib draws in the look of the house, whatever style is set outside; afterwards nothing has changed."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(LOOK)
        yield


class HouseFigure(Figure):
    """A matplotlib Figure that the last line of a notebook cell shows, with or without pyplot.

    A plain Figure is shown by Jupyter only after pyplot has been imported and used; until then its text stands there.

    Example:
        >>> figure = HouseFigure(figsize=(4, 3))
        >>> _ = figure.subplots().plot([1, 2, 4])
        >>> figure.png()[1:4]
        b'PNG'
    """

    def savefig(self, *args: Any, **kwargs: Any) -> None:
        """Write it, as Figure.savefig does, in the look of the house."""
        with house_style():
            super().savefig(*args, **kwargs)

    def png(self) -> bytes:
        """The picture as bytes; equal figures have equal bytes."""
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", metadata={"Software": None})
        return buffer.getvalue()

    _repr_png_ = png
