"""What can be read of a figure from the last row: its labels, the size of its text, and no text on another or cut off."""

import re
from itertools import combinations

from matplotlib.axes import Axes
from matplotlib.text import Text

from . import grey, legends
from .legends import call, short

SMALLEST, LABEL = 11, 13  # points: any text, and the labels of axes
WIDEST = 10  # inches that a notebook shows at full size; a wider figure is shrunk to them, and its letters with it
ROOM = 0.1  # of a text's height above and below its letters, which two texts may share


def problems(figure):
    """What is wrong with a matplotlib Figure; [] where nothing is.

    Every axis of axes with data has a label. Panels that share an axis need it once, at the outer ones; words at the ticks
    explain themselves; a picture without ticks, and axes that are switched off, have nothing to label. A colour bar has one.
    """
    figure.draw_without_rendering()
    panels = [axes for axes in figure.findobj(Axes) if axes.get_visible() and axes.axison]
    named = [message for axes in panels for message in _labels(axes, figure)]
    return [*named, *_sizes(figure), *_places(figure), *legends.problems(figure), *grey.problems(figure)]


def _ticks(axis, drawn):
    """The labels of the ticks: those that are drawn, or the others."""
    low, high = sorted(axis.get_transform().transform(axis.get_view_interval()))
    slack = 1e-9 * (high - low)
    for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
        inside = tick.get_visible() and low - slack <= axis.get_transform().transform([tick.get_loc()])[0] <= high + slack
        for label in (tick.label1, tick.label2):
            if drawn == bool(inside and label.get_visible() and label.get_text().strip()):
                yield label


def _labels(axes, figure):
    for name, shared in (("x", axes.get_shared_x_axes()), ("y", axes.get_shared_y_axes())):
        axis = getattr(axes, f"{name}axis")
        others = [getattr(other, f"{name}axis") for other in shared.get_siblings(axes) if other is not axes and other.get_visible()]
        ticks = [label.get_text() for label in _ticks(axis, drawn=True)]
        common = any(getattr(part, f"get_sup{name}label")() for part in (figure, axes.figure))
        free = (
            (not ticks and (axes.images or axes.get_label() == "<colorbar>"))  # a picture; the short side of a colour bar
            or (ticks and all(_is_word(text) for text in ticks))
            or (not ticks and any(_has_label(other) for other in others))  # an inner panel
        )
        if axes.has_data() and axis.get_visible() and not (_has_label(axis) or common or free):
            how = f"label it, with its unit; panels of one quantity take share{name}=True and label the outer one"
            yield f"{call(axes)}: the {name} axis must say what it shows, got no label; {how}"


def _is_word(text):
    """Whether letters are left of a label of a tick without its numbers and commands: 10^{-3} and 1e-3 are none."""
    return re.search(r"[^\W\d_]", re.sub(r"\\[a-zA-Z]+|\d[eE][-−+]?\d", "", text)) is not None


def _has_label(axis):
    return axis.label.get_visible() and axis.label.get_text().strip()


def _texts(figure):
    """Every text that is drawn."""
    hidden = set()
    for axes in figure.findobj(Axes):
        for axis in (axes.xaxis, axes.yaxis):
            on = axes.get_visible() and axes.axison and axis.get_visible()
            hidden.update(_ticks(axis, drawn=False), () if on else _ticks(axis, drawn=True))
            hidden.update(() if on else (axis.label, axis.offsetText))
        hidden.update(() if axes.get_visible() else axes.findobj(Text))
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip() and text not in hidden]


def _sizes(figure):
    shrunk = min(1, WIDEST / figure.get_figwidth())
    labels = [axis.label for axes in figure.findobj(Axes) for axis in (axes.xaxis, axes.yaxis)]
    at_fault = {}
    for text in _texts(figure):
        least, size = LABEL if text in labels else SMALLEST, text.get_fontsize() * shrunk
        if size < least - 0.01:
            at_fault.setdefault((least, round(size, 1)), []).append(text.get_text())
    for (least, size), texts in at_fault.items():
        how = f"leave the sizes of LOOK, and the figure at most {WIDEST} inches wide"
        yield f"{short(texts)}: text must have at least {least} pt where it is shown, got {size:g}; {how}"


def _places(figure):
    boxes = [(text, Text.get_window_extent(text)) for text in _texts(figure)]  # of an annotation without its arrow
    whole = figure.bbox.padded(1)
    for text, box in boxes:
        if box.x0 < whole.x0 or box.y0 < whole.y0 or box.x1 > whole.x1 or box.y1 > whole.y1:
            yield f'{text.get_text()!r}: text must lie in the figure, got it cut off; use layout="constrained", or move it'
    upright = [(text, _letters(text, box)) for text, box in boxes if text.get_rotation() % 90 == 0]
    for (one, its), (other, others) in combinations(upright, 2):
        if its.x0 < others.x1 and others.x0 < its.x1 and its.y0 < others.y1 and others.y0 < its.y1:
            how = "fewer or shorter labels, another place, or a wider figure"
            yield f"{one.get_text()!r} and {other.get_text()!r}: text must not lie on text; {how}"


def _letters(text, box):
    """The box without the room above and below the letters."""
    lines = text.get_text().count("\n") + 1
    across = text.get_rotation() % 180 == 90
    room = ROOM * (box.width if across else box.height) / lines
    return box.padded(-room, 0) if across else box.padded(0, -room)
