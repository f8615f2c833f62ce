"""The picture of --grid: validation error over strength, a panel for each method. Too little does nothing, too much hurts."""

from .figures import BLUE, GREY, ORANGE, panels, what


def strength_curves(outcome):
    """Mean validation error of each strength that was tried, and each selection seed's.

    Args:
        outcome: of a comparison, in which at least one method has several strengths.

    Returns:
        A matplotlib Figure.
    """
    rows = [row for row in outcome["methods"] if len(outcome["selection"].get(row["method"], ())) > 1]
    none = next((row["validation_accuracy"]["mean"] for row in outcome["methods"] if row["method"] == "none"), None)
    top = _top(outcome, rows, none)

    def draw(axes, row):
        entries = [entry for entry in outcome["selection"][row["method"]] if len(entry["strength"]) == len(row["strength"])]
        name = varied(entries)
        xs = [entry["strength"][name] for entry in entries]
        if none is not None:
            axes.axhline(100 * (1 - none), color=GREY, linestyle=(0, (2.2, 1.2)), linewidth=1.8)
        points = [(x, 100 * (1 - value)) for x, entry in zip(xs, entries) if "diverged" not in entry for value in entry["runs"]]
        axes.plot(*zip(*points), ".", color=BLUE, alpha=0.35, ms=8)
        axes.plot(xs, [100 * (1 - e["validation_accuracy"]) if "diverged" not in e else float("nan") for e in entries], "-", color=BLUE)
        for x, entry in zip(xs, entries):
            if "diverged" in entry:
                axes.plot(x, top, "x", color=ORANGE, ms=10, mew=2.5, clip_on=False)
            elif entry["strength"] == row["strength"]:
                axes.plot(x, 100 * (1 - entry["validation_accuracy"]), "o", color=BLUE, mfc="white", ms=12, mew=2.6)
        if min(xs) > 0 and max(xs) >= 20 * min(xs):
            axes.set_xscale("log")
        axes.set_xlabel(_label(name, row), fontsize=14)
        axes.set_ylim(0, top)

    lines = [
        {"color": BLUE, "marker": ".", "ms": 10, "label": "validation error: mean,\nand each seed"},
        {"color": BLUE, "marker": "o", "mfc": "white", "ms": 11, "mew": 2.4, "ls": "", "label": "chosen"},
        {"color": GREY, "ls": (0, (2.2, 1.2)), "label": '"none", reported seeds'},
        {"color": ORANGE, "marker": "x", "ms": 9, "mew": 2.5, "ls": "", "label": "diverged"},
    ]
    seeds = len(outcome["seeds"]["selection"])
    title = f"How strong? {what(outcome, seeds)}"
    return panels(rows, draw, "", "validation error [%]", title, lines, share_x=False)


def varied(entries):
    """The name of the strength that varies among entries of a selection; of several, the last.

    Example:
        >>> varied([{"strength": {"p": 0.5, "strength": 1}}, {"strength": {"p": 0.5, "strength": 2}}])
        'strength'
    """
    first = entries[0]["strength"]
    return [name for name in first if len({entry["strength"][name] for entry in entries}) > 1][-1]


def _label(name, row):
    fixed = [f"{other.replace('_', ' ')} {value:g}" for other, value in row["strength"].items() if other != name]
    return ", ".join([name.replace("_", " "), *fixed])


def _top(outcome, rows, none):
    """Where the panels end: above what is near the best, so that a strength that ruins the network does not flatten the others."""
    best = [max(entry["validation_accuracy"] for entry in outcome["selection"][row["method"]]) for row in rows]
    worst = 100 * (1 - min([*best, 1 if none is None else none]))
    return min(100, 10 * (1 + round(1.6 * worst / 10)))
