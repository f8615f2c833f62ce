"""The look of the figures: whatever style the reader has set, a figure of the house is legible from the last row of a lecture hall.

Objects that are drawn are made inside that look, and the settings of the reader are the same before and after. What comes
back is a Figure: the last line of a notebook cell shows it, `.savefig(path)` writes it, `.axes` are there to be changed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Arguments = ParamSpec("Arguments")


def house_look(draw: Callable[Arguments, Figure]) -> Callable[Arguments, Figure]:
    """Make a function that draws a figure draw it in the look of the house.

    Args:
        draw: a function that returns a Figure made by `experiments.figures.new_figure`; a decorator stands above it.

    Returns:
        The function, which leaves the reader's matplotlib settings as they were, and whose figure is laid out: the places
        of its parts can be asked for.

    Raises:
        ModuleNotFoundError: when it is called where matplotlib is not installed.

    Example:
        >>> from tinyreg.experiments.figures import new_figure
        >>> @house_look
        ... def parabola():
        ...     figure = new_figure(6, 4)
        ...     figure.subplots().plot([0, 1, 2], [0, 1, 4])
        ...     return figure
        >>> parabola().get_size_inches()
        array([6., 4.])
    """

    @wraps(draw)
    def drawn(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Figure:
        try:
            from ..experiments.house_figure import house_style
        except ModuleNotFoundError as missing:
            if (missing.name or "").split(".")[0] != "matplotlib":
                raise
            raise ModuleNotFoundError(
                f"{draw.__name__}: matplotlib must be installed (it draws the figure), got none; pip install matplotlib", name=missing.name
            ) from None
        with house_style():
            figure = draw(*args, **kwargs)
            figure.draw_without_rendering()  # laid out: texts have places, and second axes the limits of the first
            return figure

    return drawn
