"""The figures of a comparison, in one look: readable from the last row, in greyscale, and by the colour-blind.

Blue is the method and grey is "none"; what colour says, shape or line style says, too. Error bars and bands are 95 % t
intervals over the seeds. Each function takes the outcome of a comparison and returns a matplotlib Figure.
"""

import math
from typing import Any

from .statistics import t_quantile
from .tasks import TASKS
from .trial import bin_edges

BLUE, GREY, ORANGE, INK = "#0072B2", "#8C8C8C", "#D55E00", "#222222"  # Okabe & Ito: told apart by every kind of sight
DASHED = (0, (2.2, 1.2))
LOOK: dict[Any, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": 15,
    "axes.titlesize": 17,
    "axes.labelsize": 16,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.grid": True,
    "grid.color": "#DDDDDD",
    "grid.linewidth": 0.8,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "lines.linewidth": 2.4,
    "figure.dpi": 130,
    "savefig.dpi": 130,
}
VERDICTS = {  # marker, fill, colour
    "better": ("^", BLUE, BLUE),
    "worse": ("v", ORANGE, ORANGE),
    "not distinguishable": ("o", "white", INK),
}


def draw_all(outcome):
    """Every figure of the comparison as {file name: PNG bytes}."""
    from .strength_curves import strength_curves

    figures = [("gaps.png", gaps), ("curves.png", curves), ("weights.png", weights)]
    if outcome["settings"]["grid"] and outcome["selection"]:
        figures.append(("strengths.png", strength_curves))
    return {name: png(draw, outcome) for name, draw in figures}


def png(draw, subject):
    """The picture of the Figure draw(subject), as bytes, in the look of all."""
    import matplotlib

    with matplotlib.rc_context(LOOK):
        return draw(subject).png()


def gaps(outcome):
    """Train and test accuracy of every method, and the paired difference of its test accuracy to "none"."""
    from matplotlib.lines import Line2D

    rows = outcome["methods"]
    figure = new_figure(14.5, 3.2 + 0.47 * len(rows))
    left, right = figure.subplots(1, 2, sharey=True, gridspec_kw={"width_ratios": [1.15, 1]})
    places = range(len(rows))[::-1]
    for y, row in zip(places, rows):
        train, test = row["train_accuracy"], row["test_accuracy"]
        colour = GREY if row["method"] == "none" else BLUE
        left.plot([100 * train["mean"], 100 * test["mean"]], [y, y], color=colour, alpha=0.35, linewidth=7, solid_capstyle="butt")
        left.errorbar(100 * train["mean"], y, xerr=100 * train["half"], fmt="s", color=colour, mfc="white", ms=9, capsize=4, mew=2)
        left.errorbar(100 * test["mean"], y, xerr=100 * test["half"], fmt="o", color=colour, ms=10, capsize=4)
        difference = row.get("difference")
        if difference:
            marker, fill, edge = VERDICTS[difference["verdict"]]
            half = 100 * (difference["high"] - difference["mean"])
            right.errorbar(100 * difference["mean"], y, xerr=half, fmt=marker, color=edge, mfc=fill, ms=12, mew=2, capsize=4)
        else:
            right.plot(0, y, "|", color=GREY, ms=18, mew=3)
    noise = outcome["settings"]["label_noise"]
    if noise:
        right_labels = 100 * (1 - noise)
        left.axvline(right_labels, color=INK, linewidth=1.4, linestyle=":")
        left.text(right_labels, len(rows) - 0.4, f"right training labels: {right_labels:g} %", ha="center", va="bottom", fontsize=13)
    right.axvline(0, color=INK, linewidth=1.4)
    left.set_yticks(list(places), [row["title"] for row in rows])
    left.set_ylim(-0.6, len(rows) - 0.4)
    left.set_xlabel("accuracy [%]")
    right.set_xlabel('difference to "none", test accuracy [points]')
    for axes in (left, right):
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="y", visible=False)
    figure.suptitle(f"Does it help? {what(outcome)}", x=0.01, ha="left", fontsize=19)
    handles = [
        Line2D([], [], marker="s", ls="", color=BLUE, mfc="white", ms=9, mew=2, label="train"),
        Line2D([], [], marker="o", ls="", color=BLUE, ms=10, label="test"),
    ]
    below = {"loc": "upper center", "bbox_to_anchor": (0.5, 0), "borderaxespad": 3.6, "handletextpad": 0.2, "columnspacing": 1}
    left.legend(handles=handles, ncols=2, **below)
    handles = [Line2D([], [], marker=m, ls="", color=e, mfc=f, ms=11, mew=2, label=v) for v, (m, f, e) in VERDICTS.items()]
    right.legend(handles=handles, ncols=3, **below)
    return figure


def curves(outcome):
    """Accuracy on the training labels and on validation images, epoch by epoch, a panel for each method."""
    none = _mean_curves(outcome, "none")
    noise = outcome["settings"]["label_noise"]

    def draw(axes, row):
        mean = _mean_curves(outcome, row["method"])
        for part, style in (("train", DASHED), ("validation", "-")):
            if none:
                axes.plot(*none[part][:2], color=GREY, linestyle=style, linewidth=1.8)
            if row["method"] != "none":
                epochs, middle, half = mean[part]
                low, high = zip(*((m - h, m + h) for m, h in zip(middle, half)))
                axes.fill_between(epochs, low, high, color=BLUE, alpha=0.18, lw=0)
                axes.plot(epochs, middle, color=BLUE, linestyle=style)
        if noise:
            axes.axhline(100 * (1 - noise), color=INK, linewidth=1.2, linestyle=":")
        axes.set_ylim(45, 101)

    lines = [
        {"color": BLUE, "ls": "-", "label": "validation,\nclean labels"},
        {"color": BLUE, "ls": DASHED, "label": "train,\nits own labels"},
        {"color": GREY, "ls": "-", "label": 'grey: "none"'},
        *([{"color": INK, "ls": ":", "lw": 1.2, "label": "share of right\ntraining labels"}] if noise else []),
    ]
    return panels(_but_none(outcome), draw, "epoch", "accuracy [%]", f"Learning curves. {what(outcome)}", lines)


def weights(outcome):
    """How large the weights of the linear and conv layers are at the end, a panel for each method."""
    none, edges = _histogram(outcome, "none"), bin_edges(TASKS[outcome["settings"]["data"]])

    def draw(axes, row):
        if row["method"] != "none":
            axes.stairs(_histogram(outcome, row["method"]), edges, fill=True, color=BLUE, alpha=0.55)
        if none:
            axes.stairs(none, edges, color=INK, linewidth=1.6)
        zeros = 100 * row["zero_share"]["mean"]
        note = f"‖w‖ = {row['weight_norm']['mean']:.1f}" + (f"\n{zeros:.0f} % zeros" if zeros >= 0.5 else "")
        axes.text(0.03, 0.95, note, transform=axes.transAxes, va="top", fontsize=14)
        axes.set_yscale("log")
        axes.set_ylim(0.02, 120)
        axes.set_yticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
        axes.set_xticks([-1, 0, 1] if edges[-1] > 1 else [-0.4, 0, 0.4])

    lines = [{"color": BLUE, "lw": 9, "alpha": 0.55, "label": "the method"}, {"color": INK, "lw": 1.6, "label": '"none"'}]
    return panels(_but_none(outcome), draw, "weight", "share [%]", f"Weights at the end. {what(outcome)}", lines)


def new_figure(width, height):
    """An empty Figure of this size in inches, which a notebook shows."""
    from .house_figure import HouseFigure

    return HouseFigure(figsize=(width, height), layout="constrained")


def _but_none(outcome):
    """The rows of all methods but "none", unless it is alone."""
    return [row for row in outcome["methods"] if row["method"] != "none"] or outcome["methods"]


def panels(rows, draw, x_label, y_label, title, lines, share_x=True):
    """A panel for each row, drawn by draw(axes, row), and one legend. Where x is not shared, draw names it."""
    from matplotlib.lines import Line2D

    columns = min(4, len(rows))
    height = math.ceil(len(rows) / columns)
    figure = new_figure(max(3.7 * columns, 11), 2.9 * height + 1.5)
    grid = figure.subplots(height, columns, sharex=share_x, sharey=True, squeeze=False).ravel()
    for i, (axes, row) in enumerate(zip(grid, rows)):
        draw(axes, row)
        axes.set_title(row["title"])
        axes.tick_params(labelbottom=not share_x or i + columns >= len(rows))  # the last panel of its column
    handles = [Line2D([], [], **line) for line in lines]
    free = grid[len(rows) :]
    for axes in free:
        axes.axis("off")
    if len(free):
        free[-1].legend(handles=handles, loc="center", fontsize=15, labelspacing=0.9)
        figure.supxlabel(x_label, fontsize=16)
    else:  # the legend stands where the common label would
        figure.legend(handles=handles, loc="outside lower center", ncols=4, fontsize=15)
        for axes in grid[-columns:]:
            axes.set_xlabel(axes.get_xlabel() or x_label)
    figure.supylabel(y_label, fontsize=16)
    figure.suptitle(title, x=0.01, ha="left", fontsize=19)
    return figure


def _mean_curves(outcome, method):
    """For train and validation: epochs, mean over the seeds in %, half of the 95 % interval.

    A run that stopped early is held at its last measurement: its model does not change any more.
    """
    runs = [run for run in outcome["runs"] if run["method"] == method]
    found = {}
    for part in ("train", "validation") if runs else ():
        longest = max(len(run["curves"][part]) for run in runs)
        held = [run["curves"][part] + [run[f"{part}_accuracy"]] * (longest - len(run["curves"][part])) for run in runs]
        middle = [100 * sum(values) / len(runs) for values in zip(*held)]
        spread = [math.sqrt(sum((100 * v - m) ** 2 for v in values) / (len(runs) - 1) / len(runs)) for values, m in zip(zip(*held), middle)]
        factor = t_quantile(0.95, len(runs) - 1)
        found[part] = range(1, longest + 1), middle, [factor * s for s in spread]
    return found


def _histogram(outcome, method):
    """The share in % of all runs' weights in each bin."""
    counts = [sum(column) for column in zip(*(run["histogram"] for run in outcome["runs"] if run["method"] == method))]
    return [100 * count / sum(counts) for count in counts]


def what(outcome, seeds=None):
    """The experiment in a line; seeds counts others than the reported ones."""
    s = outcome["settings"]
    noise = f", {100 * s['label_noise']:g} % of the labels wrong" if s["label_noise"] else ""
    images = "digits" if s["data"] == "digits" else f"images of {TASKS[s['data']].title}"
    return f"{s['train_size']} {images}{noise}, {s['model'].upper() if s['model'] == 'mlp' else 'LeNet'}, {seeds or s['seeds']} seeds"
