"""The table of a selection as texts, and its way to the terminal."""

from .select_results import try_next
from .strength_grid import say

HEADINGS = ("accuracy %", "train %", "each fold %", 'vs "none" [95 %]', "verdict", "")
LEFT = (3, 5, 6)  # columns of words
NOTHING = "-"
SHOWN = 10  # folds up to which each has its number in the table; of more, the lowest and the highest


def headings(outcome):
    """The first line: the strength by its name.

    Example:
        >>> headings({"strength": {"name": "max_norm"}})[:2]
        ['max norm', 'accuracy %']
    """
    return [say(outcome["strength"]["name"]), *HEADINGS]


def cells(outcome):
    """The rows of the table as lists of texts: "none", then the strengths.

    Example:
        >>> none = {"strength": None, "mean": 0.8, "standard_error": 0.01, "scores": [0.79, 0.81], "train_accuracy": [1.0, 1.0]}
        >>> cells({"none": none | {"diverged": 0}, "rows": [], "best": None, "one_standard_error": None})
        [['none', '80.0 ±1.0', '100.0', '79 81', '', '', '']]
    """
    rows = [_row(outcome["none"], "none", "")]
    for place, row in enumerate(outcome["rows"]):
        marks = [
            word for word, chosen in (("best", outcome["best"]), ("one standard error", outcome["one_standard_error"])) if place == chosen
        ]
        rows.append(_row(row, f"{row['strength']:g}", ", ".join(marks)))
    return rows


def _row(row, strength, mark):
    difference = row.get("difference")
    between = verdict = ""
    if difference:
        between, verdict = _difference(difference), difference["verdict"]
    if row["diverged"]:
        verdict = f"diverged on {row['diverged']} of {len(row['scores'])} folds"
    accuracy = NOTHING if row["mean"] is None else f"{100 * row['mean']:.1f} ±{100 * row['standard_error']:.1f}"
    learnt = [value for value in row["train_accuracy"] if value is not None]
    train = f"{100 * sum(learnt) / len(learnt):.1f}" if learnt else NOTHING
    folds = [NOTHING if value is None else f"{100 * value:.0f}" for value in row["scores"]]
    if len(folds) > SHOWN:
        scored = [value for value in row["scores"] if value is not None]
        folds = [f"{100 * min(scored):.0f} to {100 * max(scored):.0f}" if scored else NOTHING]
    return [strength, accuracy, train, " ".join(folds), between, verdict, mark]


def _difference(difference):
    return f"{100 * difference['mean']:+.1f} [{100 * difference['low']:.1f}, {100 * difference['high']:.1f}]"


def heading(outcome, settings):
    """What was done, in a line."""
    network = settings.model.upper() if settings.model == "mlp" else "LeNet"
    fixed = "".join(f", {say(name)} {value:g}" for name, value in outcome["strength"]["fixed"].items())
    return (
        f"{settings.row.title}{fixed}: {settings.folds}-fold cross-validation on {settings.train_size} training images of "
        f"{settings.task.title}, {network}, {settings.epochs} epochs"
    )


def notes(outcome, settings):
    """What a reader of the table must know, in sentences."""
    strength, tried = outcome["strength"], outcome["strength"]["tried"]
    found = [
        "Accuracy: mean over the folds that are held out in turn, ± its standard error. Train: on the labels that were trained on. "
        "Differences are paired fold by fold: the same images, wrong labels, initial weights and order of batches."
    ]
    if settings.label_noise:
        found.append(
            f"{100 * settings.label_noise:g} % of the labels are wrong, in the training folds alone: the held-out fold is scored by its "
            "right labels, so that the accuracy is what the network knows, not how well it agrees with mistakes."
        )
    compared = sum(row["difference"] is not None for row in outcome["rows"])
    found.append(
        (f"[ ]: a 95 % t interval of each; verdicts hold at 5 % for the {compared} comparisons together (Holm). " if compared else "")
        + "Folds share training images, so intervals are somewhat too narrow, and verdicts somewhat too sure. The best of "
        f"{len(tried)} means is large by luck, too: how good the choice is, tinyreg compare measures, on the official test part, which "
        "is not touched here."
    )
    if settings.row.stopping(**strength["fixed"], **{strength["name"]: tried[0]}) is not None:
        found.append(
            f"Training is stopped by the accuracy on {settings.training.validation_size} images of the official training part that are in "
            "no fold; their labels are right. No other method has them."
        )
    return found


def choice(outcome, settings):
    """The two choices and what they differ from "none" by, in sentences."""
    name = say(outcome["strength"]["name"])
    if outcome["best"] is None:
        return [f"No {name} can be chosen: each diverged on a fold at least."]
    best, chosen = outcome["rows"][outcome["best"]], outcome["rows"][outcome["one_standard_error"]]
    end = "largest" if outcome["strength"]["larger_is_stronger"] else "smallest"
    limit = 100 * (best["mean"] - best["standard_error"])
    return [
        f"best: {name} {best['strength']:g}, {_versus(best)}.",
        f"one standard error: {name} {chosen['strength']:g}, {_versus(chosen)}: the {end}, which regularizes most, with at least "
        f"{limit:.1f} %.",
    ]


def _versus(row):
    difference = row.get("difference")
    if not difference:
        return f"{100 * row['mean']:.1f} %"
    words = {"better": 'better than "none"', "worse": 'worse than "none"', "not distinguishable": 'not distinguishable from "none"'}
    return f"{100 * row['mean']:.1f} %, {words[difference['verdict']]} ({_difference(difference)}, Holm p {difference['p_holm']:.2g})"


def show(outcome, settings):
    """Print the table, its notes, the choices, what to try next and where the files are."""
    from rich.text import Text

    from .terminal import STYLES, console, print_notes, print_table

    out = console()
    out.print(Text(heading(outcome, settings), style="bold"), soft_wrap=True)
    print_table(
        out, headings(outcome), cells(outcome), LEFT,
        lambda row, i: STYLES.get(row[i], "bold" if row[-1] and i in (0, len(row) - 1) else ""),
    )  # fmt: skip
    print_notes(out, notes(outcome, settings))
    out.print()
    for sentence in choice(outcome, settings):
        out.print(Text(sentence))
    lines = try_next(outcome, settings)
    out.print("\ntry next:")
    for command, reason in lines:
        out.print(Text(f"  {command}"), Text(f"({reason})", style="dim"), soft_wrap=True)
    for name in ("validation_curve.png", "results.json"):
        if name != "validation_curve.png" or outcome["best"] is not None:
            out.print(Text(f"{outcome['folder']}/{name}"), soft_wrap=True)
