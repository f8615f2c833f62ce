"""What a figure says without its colours: the entries of a legend differ in line style, marker, filling or hatch, too."""

from itertools import combinations

from matplotlib.collections import Collection, PathCollection
from matplotlib.colors import to_hex, to_rgba
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.offsetbox import DrawingArea


def problems(figure):
    """The pairs of entries of one legend of a drawn matplotlib Figure that colour alone tells apart; [] where there are none.

    Looked at is what the legend draws, so that entries made by hand and those of curves, bars and bands are treated alike.
    """
    found = []
    for legend in figure.findobj(Legend):
        names = [text.get_text() for text in legend.get_texts()]
        entries = [_look(area) for area in legend.findobj(DrawingArea)]
        for (one, (style, colours)), (other, (its_style, its_colours)) in combinations(zip(names, entries), 2):
            if style == its_style and colours != its_colours:
                how = "give one another linestyle, marker or hatch, or leave its marker open"
                found.append(f"{one!r} and {other!r}: what colour tells apart must differ in grey, too, got colour alone; {how}")
    return found


def _look(area):
    """(what an entry of a legend looks like without its colours, its colours)."""
    parts = [_of_line(part) if isinstance(part, Line2D) else _of_shape(part) for part in area.get_children()]
    return {style for style, _ in parts}, {to_hex(colour, keep_alpha=True) for _, colours in parts for colour in colours}


def _of_line(line):
    dashes = None if line.get_linestyle() == "None" else str(line._unscaled_dash_pattern)  # matplotlib has no door to it
    face = line.get_markerfacecolor()
    return (dashes, line.get_marker(), _is_open(face)), [line.get_color(), face, line.get_markeredgecolor()]


def _of_shape(shape):
    if isinstance(shape, Collection):
        faces, edges = list(shape.get_facecolor()), list(shape.get_edgecolor())
        marker = shape.get_paths()[0].vertices.round(3).tobytes() if isinstance(shape, PathCollection) else None
    else:
        faces, edges, marker = [shape.get_facecolor()], [shape.get_edgecolor()], None
    style = type(shape).__name__, str(shape.get_linestyle()), shape.get_hatch(), marker, all(map(_is_open, faces))
    return style, faces + edges


def _is_open(colour):
    """Whether a face is of the colour of the paper, or not drawn at all."""
    *channels, alpha = to_rgba(colour)
    return alpha == 0 or min(channels) > 0.97
