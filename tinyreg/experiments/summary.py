"""From finished runs to the rows of the table: the choice of the strengths, means, intervals, verdicts."""

import json

from .methods import METHODS
from .statistics import holm, interval, paired_difference, verdict

MEASURES = ("train_accuracy", "test_accuracy", "validation_accuracy", "weight_norm", "zero_share", "seconds", "epochs")


def choose(runs, candidates, seeds):
    """The strength of each method with the best mean validation accuracy; of equals, the one that stands first.

    Args:
        runs: runs of the phase "selection".
        candidates: {name of a method: its strengths}.
        seeds: the selection seeds.

    Returns:
        The chosen strengths {method: strength}, and what decided:
        {method: [{"strength", "validation_accuracy", "runs"}, ...]}, the mean and each seed's, for the methods with more
        than one candidate; where the loss of a run did not stay finite, "diverged" stands there, too.

    Raises:
        KeyError: a run is missing.
    """
    selection = [run for run in runs if run["phase"] == "selection"]
    measured = {(run["method"], _text(run["strength"]), run["seed"]): run["validation_accuracy"] for run in selection}
    diverged = {(run["method"], _text(run["strength"])) for run in selection if "diverged" in run}
    chosen, grids = {}, {}
    for name, strengths in candidates.items():
        chosen[name] = strengths[0]
        if len(strengths) > 1:
            found = [[measured[name, _text(strength), seed] for seed in seeds] for strength in strengths]
            means = [sum(values) / len(seeds) for values in found]
            chosen[name] = strengths[means.index(max(means))]
            grids[name] = [{"strength": s, "validation_accuracy": m, "runs": v} for s, m, v in zip(strengths, means, found)]
            for entry in grids[name]:
                if (name, _text(entry["strength"])) in diverged:
                    entry["diverged"] = True
    return chosen, grids


def summarise(runs, methods, seeds, resolution=0.0):
    """The rows of the table, one a method whose runs are all there, in the order of the methods.

    Args:
        runs: runs of the phase "final".
        methods: names of methods.
        seeds: the reported seeds.
        resolution: the step of a test accuracy, 1 / the number of test images.

    Returns:
        A list of dicts: method, title, strength, runs, diverged (how many did); for each of MEASURES and for gap (train -
        test accuracy) the mean and half of the 95 % interval; and, but for "none", `difference`: mean, low, high, p,
        p_holm and verdict of the paired difference of the test accuracies to "none", once "none" is there.
    """
    by_method = {name: {run["seed"]: run for run in runs if run["phase"] == "final" and run["method"] == name} for name in methods}
    complete = {name: [by_seed[seed] for seed in seeds] for name, by_seed in by_method.items() if set(seeds) <= set(by_seed)}
    rows = [_row(name, complete[name]) for name in methods if name in complete]
    compared = [row for row in rows if row["method"] != "none"] if "none" in complete else []
    baseline = [run["test_accuracy"] for run in complete.get("none", ())]
    tested = [[run["test_accuracy"] for run in complete[row["method"]]] for row in compared]
    differences = [paired_difference(accuracies, baseline, resolution=resolution) for accuracies in tested]
    for row, difference, p_holm in zip(compared, differences, holm([d.p for d in differences])):
        i = difference.interval
        row["difference"] = {
            "mean": i.mean,
            "low": i.low,
            "high": i.high,
            "p": difference.p,
            "p_holm": p_holm,
            "verdict": verdict(i.mean, p_holm),
        }
    return rows


def _row(name, runs):
    row = {"method": name, "title": METHODS[name].title, "strength": runs[0]["strength"], "runs": len(runs)}
    row["diverged"] = sum("diverged" in run for run in runs)
    values = {measure: [run[measure] for run in runs] for measure in MEASURES}
    values["gap"] = [run["train_accuracy"] - run["test_accuracy"] for run in runs]
    for measure, numbers in values.items():
        i = interval(numbers)
        row[measure] = {"mean": i.mean, "half": i.half}
    return row


def _text(strength):
    return json.dumps(strength, sort_keys=True)


def say_strength(strength):
    """A strength as the table writes it.

    Example:
        >>> say_strength({"p": 0.5, "strength": 0.01}), say_strength({})
        ('p 0.5, strength 0.01', '')
    """
    return ", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in strength.items())
