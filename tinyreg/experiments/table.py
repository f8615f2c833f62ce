"""The table of a comparison as texts, for the terminal and for the report."""

from .summary import say_strength

HEADINGS = ("method", "chosen", "train %", "test %", "gap", 'vs "none" [95 %]', "verdict", "‖w‖", "zeros", "s")
LEFT = (0, 1, 6)  # columns of words
VERDICT = 6


def cells(row):
    """A row of the outcome as the texts of the table.

    Example:
        >>> mean = {"mean": 0.5, "half": 0.01}
        >>> row = {"title": "none", "method": "none", "strength": {}, "train_accuracy": mean, "test_accuracy": mean, "gap": mean}
        >>> cells(row | {"weight_norm": mean, "zero_share": mean, "seconds": mean})
        ['none', '', '50.0', '50.0 ±1.0', '+50.0', '', '', '0.5', '50 %', '0.50']
    """
    difference = row.get("difference")
    between = verdict = ""
    if difference:
        between = f"{100 * difference['mean']:+.1f} [{100 * difference['low']:.1f}, {100 * difference['high']:.1f}]"
        verdict = difference["verdict"]
    return [
        row["title"],
        say_strength(row["strength"]),
        f"{100 * row['train_accuracy']['mean']:.1f}",
        f"{100 * row['test_accuracy']['mean']:.1f} ±{100 * row['test_accuracy']['half']:.1f}",
        f"{100 * row['gap']['mean']:+.1f}",
        between,
        verdict,
        f"{row['weight_norm']['mean']:.{'1f' if row['weight_norm']['mean'] < 1e4 else '1e'}}",
        f"{100 * row['zero_share']['mean']:.0f} %",
        f"{row['seconds']['mean']:.2f}",
    ]


def notes(outcome):
    """What a reader of the table must know, in sentences."""
    settings, compared = outcome["settings"], sum("difference" in row for row in outcome["methods"])
    found = [
        f"Means of {settings['seeds']} seeds; ± and [ ] are 95 % t intervals. Differences are paired by seed; "
        f"verdicts hold at 5 % for the {compared} comparisons together (Holm)."
    ]
    if settings["label_noise"]:
        right = 100 * (1 - settings["label_noise"])
        found.append(
            f"{100 * settings['label_noise']:g} % of the training labels are wrong, none of the test labels is: a network that learns only "
            f"what is right has a train accuracy of {right:g} %, and what it has beyond, it learnt by heart. The gap is train - test."
        )
    for row in outcome["methods"]:
        if row.get("diverged"):
            found.append(
                f"{row['title']} diverged with {row['diverged']} of {row['runs']} seeds: the loss did not stay finite. Counted is what the "
                "broken network answers."
            )
    if not outcome["finished"]:
        found.append("This comparison was stopped; it shows the methods that were finished, and its verdicts may change with the others.")
    return found
