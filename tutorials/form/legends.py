"""Where a legend is: there, when something has a label, and not on what it explains."""

from matplotlib.axes import Axes
from matplotlib.legend import Legend
from matplotlib.patches import Rectangle

UNDRAWN = ("None", "", " ")


def problems(figure):
    """Labels of a drawn matplotlib Figure that no legend shows, and legends on a curve, a point or a bar; a band may lie under one."""
    panels = [axes for axes in figure.findobj(Axes) if axes.get_visible()]
    found = []
    if not figure.findobj(Legend):
        for axes in panels:
            labels = axes.get_legend_handles_labels()[1]
            if labels:
                found.append(f"{call(axes)}: a label must be seen, got {short(labels)} and no legend; call legend(), or drop label=")
    for axes in panels:
        for legend in axes.findobj(Legend):
            if _covers(legend, axes):
                names = short([text.get_text() for text in legend.get_texts()])
                how = "give it another loc, more room by the limits of the axes, or a place outside"
                found.append(f"{call(axes)}: the legend must not lie on what it explains, got {names} on it; {how}")
    return found


def call(axes):
    """How a message calls axes: by their title, a label, or their place in the figure."""
    names = (*map(axes.get_title, ("left", "center", "right")), axes.get_ylabel(), axes.get_xlabel())
    place = f"axes {axes.figure.axes.index(axes) + 1}" if axes in axes.figure.axes else "an inset"
    return next((repr(name) for name in names if name), place)


def short(texts):
    """The first three of some texts."""
    return ", ".join(repr(text) for text in texts[:3]) + (", ..." if len(texts) > 3 else "")


def _covers(legend, axes):
    margin = legend.borderpad * legend.prop.get_size_in_points() / 72 * axes.figure.dpi
    box = legend.get_window_extent().padded(-margin)
    bars = [patch for patch in axes.patches if isinstance(patch, Rectangle) and patch.get_visible()]
    return any(_crosses(line, box) for line in axes.lines) or any(box.overlaps(bar.get_window_extent()) for bar in bars)


def _crosses(line, box):
    path = line.get_transform().transform_path(line.get_path())
    if not line.get_visible():
        return False
    if line.get_linestyle() not in UNDRAWN:
        return path.intersects_bbox(box, filled=False)
    return line.get_marker() not in UNDRAWN and any(box.contains(x, y) for x, y in path.vertices)
