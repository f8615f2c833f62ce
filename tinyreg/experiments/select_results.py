"""What a selection found: rows, the two choices, what to try next; and its files."""

import json
import math
from dataclasses import replace
from pathlib import Path

from ..selection import SearchResults, one_standard_error
from ..serialization import write_atomically
from .figures import png
from .journal import not_written, quoted
from .methods import ADAM_LEARNING_RATE
from .select_figure import select_figure
from .settings import BATCH
from .statistics import holm, paired_difference, verdict
from .strength_grid import as_shown, grid_of, strength_range
from .versions import blas, machine, versions


def outcome_of(results, settings, tried, held_out, times):
    """All that is known, as JSON holds it.

    Args:
        results: a SearchResults: a row without a strength, and one for each that was tried.
        settings: a SelectSettings.
        tried: the strengths, in rising order.
        held_out: how many images each fold holds out.
        times: when it was begun, how long it took, on how many processes.

    Returns:
        A dict: "none" and "rows" (strength, scores, mean, standard error, training accuracy, and the paired difference to
        "none" with a verdict that Holm's rule has adjusted for their number), "best" and "one_standard_error" (places in
        "rows"; None where every strength diverged), settings, versions.
    """
    name, resolution = settings.strength.name, 1 / min(held_out)
    none, *others = (_row(row, name) for row in results)
    _compare_to(none, others, resolution)
    best, chosen = choices(SearchResults(results[1:]), settings.strength)
    return {
        "settings": settings.as_dict(),
        "strength": {
            "name": name,
            "scale": settings.strength.scale,
            "larger_is_stronger": settings.strength.larger_is_stronger,
            "fixed": settings.strength.fixed,
            "tried": tried,
        },
        "fixed": {
            "data": f"{settings.task.title}, official training part",
            "batch_size": BATCH,
            "optimizer": "SGD without momentum, constant learning rate; Adam or AdamW where the method says so",
            "sgd_learning_rate": settings.task.rates[settings.model],
            "adam_learning_rate": ADAM_LEARNING_RATE,
            "held_out_images": held_out,
        },
        "none": none,
        "rows": others,
        "best": best,
        "one_standard_error": chosen,
        "versions": versions() | {"blas": blas()} | machine(),
        "time": times | {"training_seconds": sum(row.seconds for row in results)},
    }


def choices(results, strength):
    """The places of the best row and of the choice of one standard error; None and None where no strength has a score."""
    best = results.best_index
    if best is None:
        return None, None
    chosen = one_standard_error(results, strength.name, larger_is_simpler=strength.larger_is_stronger)
    return best, list(results).index(chosen)


def _row(row, name):
    return {
        "strength": row.params.get(name),
        "scores": [_number(value) for value in row.scores],
        "mean": _number(row.mean),
        "standard_error": _number(row.standard_error),
        "train_accuracy": [_number(value) for value in row.also.get("train_accuracy", ())],
        "diverged": sum(math.isnan(value) for value in row.scores),
        "seconds": row.seconds,
    }


def _number(value):
    """A number that JSON can hold: None for NaN."""
    return None if math.isnan(value) else value


def _compare_to(none, rows, resolution):
    """Let each row have its mean fold-by-fold difference to "none", the 95 % t interval, p and verdict; None without scores."""
    scored = [] if none["diverged"] else [row for row in rows if not row["diverged"]]
    found = [paired_difference(row["scores"], none["scores"], resolution=resolution) for row in scored]
    for row in rows:
        row["difference"] = None
    for row, difference, p_holm in zip(scored, found, holm([difference.p for difference in found])):
        between, said = difference.interval, verdict(difference.interval.mean, p_holm)
        row["difference"] = {
            "mean": between.mean,
            "low": between.low,
            "high": between.high,
            "p": difference.p,
            "p_holm": p_holm,
            "verdict": said,
        }


def try_next(outcome, settings):
    """Command lines that are worth a try after this selection, each with its reason.

    Args:
        outcome: of outcome_of.
        settings: a SelectSettings.

    Returns:
        A list of pairs (command, reason).
    """
    tried, best, chosen = outcome["strength"]["tried"], outcome["best"], outcome["one_standard_error"]
    if best is None:
        weaker = _wider(settings, tried, 0 if outcome["strength"]["larger_is_stronger"] else len(tried) - 1)
        return [(_select(settings, *weaker), "weaker strengths: every training of these diverged")] if weaker else []
    found = []
    for what, place in (("best strength", best), ("choice of one standard error", chosen)):
        wider = _wider(settings, tried, place)
        if wider:
            ends = min(wider[0], tried[best]), max(wider[1], tried[best])
            found.append((_select(settings, *ends), f"further: the {what} lies at the {'low' if place == 0 else 'high'} end"))
            break
    else:
        low, high = tried[max(min(best, chosen) - 1, 0)], tried[min(max(best, chosen) + 1, len(tried) - 1)]
        if (low, high) != (tried[0], tried[-1]) and len(grid_of(_between(settings, low, high), settings.points)) > 2:
            found.append((_select(settings, low, high), "finer, around the choice"))
    found.append((_select(settings, seed=settings.seed + 1), "other images, labels and folds: does the choice stay?"))
    found.append((_compare(settings), "what it is worth: on the official test part"))
    return found


def _wider(settings, tried, place):
    """The ends of a wider range, if the strength at this place lies at one of these and there is anything beyond."""
    strength = settings.strength
    if place not in (0, len(tried) - 1):
        return None
    if strength.scale == "log":
        below, above = strength.low / 10, strength.high * 10
    else:
        below, above = strength.low / 4, 1 - (1 - strength.high) / 4
    low, high = (below, tried[min(2, len(tried) - 1)]) if place == 0 else (tried[max(len(tried) - 3, 0)], above)
    if strength.whole:
        low, high = max(1, math.floor(low)), math.ceil(high)
    low, high = (value if value in tried else as_shown(_between(settings, low, high), value) for value in (low, high))
    return None if (low, high) == (strength.low, strength.high) or low in tried and high in tried else (low, high)


def _between(settings, low, high):
    return replace(settings.strength, low=low, high=high)


def _select(settings, low=None, high=None, seed=None):
    words = ["tinyreg select", f"--method {settings.method}", *_shared(settings)]
    for name in ("folds", "points", "search"):
        words += [f"--{name} {getattr(settings, name)}"] if getattr(settings, name) != getattr(type(settings), name) else []
    ends, usual = (settings.low, settings.high) if low is None else (low, high), strength_range(settings.row)
    words += [f"--low {ends[0]:.15g} --high {ends[1]:.15g}"] if ends != (usual.low, usual.high) else []
    seed = settings.seed if seed is None else seed
    return " ".join(words + ([f"--seed {seed}"] if seed else []))


def _compare(settings):
    return " ".join(["tinyreg compare", f"--methods {settings.method}", *_shared(settings), "--grid"])


def _shared(settings):
    """The options that a selection and a comparison have in common, where they are not the standard ones."""
    standard = type(settings)(data=settings.data)
    words = [f"--data {settings.data}"] if settings.data != type(settings).data else []
    words += [f"--root {quoted(settings.root)}"] if settings.root is not None else []
    for name in ("model", "train_size", "label_noise", "epochs", "backend"):
        if getattr(settings, name) != getattr(standard, name):
            value = getattr(settings, name)
            words.append(f"--{name.replace('_', '-')} {value if isinstance(value, str) else format(value, 'g')}")
    return words


def write(folder, outcome, results, settings):
    """Write results.json and validation_curve.png.

    Returns:
        The outcome, with the folder under "folder" and the SearchResults of the strengths under "results".

    Raises:
        RuntimeError: one of them cannot be written.
    """
    found = {"folder": str(folder), "results": SearchResults(results[1:])}
    files = {"results.json": json.dumps(outcome, indent=1) + "\n"}
    if outcome["best"] is not None:
        files["validation_curve.png"] = png(lambda results: select_figure(results, settings), results)
    for name, data in files.items():
        try:
            write_atomically(Path(folder) / name, data)
        except OSError as error:
            raise not_written(error, Path(folder) / name, folder, "select") from None
    return outcome | found
