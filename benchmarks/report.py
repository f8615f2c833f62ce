"""What people read: a table and its notes for the terminal, and the table of the README."""

from textwrap import fill

from tinyreg.text_table import markdown

from .libraries import MODULES, title_of
from .summary import BASE, BY_HAND, TRAINS, base_of, rows
from .workloads import WORKLOADS, Chain, Kernel

WIDTH = 120  # of prose


def say(ratio):
    """A ratio in two digits behind the point, three where it is small.

    Example:
        >>> say(1.234), say(0.0512), say(12.34)
        ('1.23', '0.051', '12.3')
    """
    return f"{ratio:.1f}" if ratio >= 9.995 else f"{ratio:.2f}" if ratio >= 0.095 else f"{ratio:.3f}"


def say_time(seconds):
    """A time with its unit, three digits.

    Example:
        >>> say_time(0.01234), say_time(3.6e-6)
        ('12.3 ms', '3.60 µs')
    """
    factor, unit = next((pair for pair in ((1, "s"), (1e3, "ms")) if seconds * pair[0] >= 0.1), (1e6, "µs"))
    value = seconds * factor
    return f"{value:.{max(0, 2 - len(str(int(value))) + 1)}f} {unit}"


def table(results):
    """(headings, rows of texts) with a row for each case and a column for each library."""
    found = rows(results)
    base, pool = base_of(results), results["settings"]["pool"]
    others = [name for name in MODULES if name != base and any(name in row.ratios for row in found)]
    headings = ["case", f"{title_of(base)}", *map(title_of, others), "spread", "floor", "goal", "held"]
    drawn = []
    for row in found:
        cells = [say(row.ratios[name].median) if name in row.ratios else "-" for name in others]
        spread = f"{say(row.ours.low)}-{say(row.ours.high)}" if row.ours else "-"
        floor = say(row.bar.floor_with(pool)) if row.bar and row.bar.floor < float("inf") else "-"
        goal = say(row.bar.goal) if row.bar and row.bar.goal < float("inf") else "-"
        verdict = {None: "", True: "goal"}.get(row.met, {None: "", True: "floor"}.get(row.held(pool), "MISSED"))
        name = row.key if isinstance(WORKLOADS[row.key], Kernel) else f"{row.key} {row.case}"
        drawn.append([name, say_time(row.base) if row.base else "-", *cells, spread, floor, goal, verdict])
    return headings, drawn


def notes(results):
    """Sentences that a reader of the table must know."""
    base, pool = base_of(results), results["settings"]["pool"]
    found = rows(results)
    lines = [_what(results)]
    if base != BASE:
        lines.append("PyTorch was not measured: no floor is judged.")
    missed = [row for row in found if row.held(pool) is False]
    if missed:
        lines.append("Floors not held: " + "; ".join(_list(row, row.bar.floor_with(pool), "floor") for row in missed) + ".")
    short = [row for row in found if row.met is False]
    if short:
        lines.append("Goals not met: " + "; ".join(_list(row, row.bar.goal, "goal") for row in short) + ".")
    behind = [row for row in found if row.case in TRAINS and row.ours and row.peer[0] and row.peer[1].median < row.ours.median]
    if behind:
        lines.append(
            "Behind a framework on NumPy: "
            + "; ".join(f"{_name(row)} {say(row.ours.median)} ({title_of(row.peer[0])} {say(row.peer[1].median)})" for row in behind)
            + "."
        )
    left_out = [
        f"{title_of(name)} in {key} ({reason})" for key, by_library in results["cannot"].items() for name, reason in by_library.items()
    ]
    if left_out:
        lines.append(f"Left out: {'; '.join(left_out)}.")
    for key, by_library in results["failed"].items():
        lines += [f"{title_of(name)}, {key}: not timed; {message.splitlines()[-1]}" for name, message in by_library.items()]
    return lines


def readme(results):
    """The table of the README and its notes, in Markdown."""
    by_key = {}
    for row in rows(results):
        by_key.setdefault(row.key, []).append(row)
    pool = results["settings"]["pool"]
    drawn = []
    for key, group in by_key.items():
        workload = WORKLOADS[key]
        cases = "" if isinstance(workload, Kernel) else f" ({' / '.join(row.case for row in group)})"
        number = key.split("-")[0]
        drawn.append(
            [
                f"{number} {workload.title}{', an operation' if isinstance(workload, Chain) else ''}{cases}",
                _cells(f"**{say(row.ours.median)}**" if row.ours else "-" for row in group),
                _cells(f"{say(row.ours.low)}–{say(row.ours.high)}" if row.ours else "-" for row in group),
                _cells(say(row.ratios[BY_HAND].median) if BY_HAND in row.ratios else "-" for row in group),
                _cells(f"{say(row.peer[1].median)} {title_of(row.peer[0])}" if row.peer[0] else "-" for row in group),
                _bars(group, lambda row: row.bar and row.bar.floor_with(pool), lambda row: row.held(pool), "held"),
                _bars(group, lambda row: row.bar and row.bar.goal, lambda row: row.met, "met"),
            ]
        )
    base = title_of(base_of(results))
    headings = ["task", f"tinyreg / {base}", "smallest–largest round", title_of(BY_HAND), "best framework on NumPy", "floor", "goal"]
    return "\n\n".join([markdown(headings, drawn), *(fill(line, WIDTH) for line in notes(results))]) + "\n"


def _cells(texts):
    """One cell for the cases of a row; one sign where all are missing."""
    texts = list(texts)
    return "-" if set(texts) == {"-"} else " / ".join(texts)


def _bars(group, value, reached, word):
    """Bars of a row's cases, and whether they were reached."""
    if any(value(row) is None or value(row) == float("inf") for row in group):
        return "-"
    numbers = [say(value(row)) for row in group]
    numbers = numbers[0] if len(set(numbers)) == 1 else " / ".join(numbers)
    verdicts = [reached(row) for row in group]
    if None in verdicts:
        return numbers
    if all(verdicts):
        return f"{numbers} {word}"
    missed = [row.case for row in group if not reached(row)]
    return f"{numbers} not {word}" + (f": {', '.join(missed)}" if len(missed) < len(group) else "")


def _name(row):
    return row.key if isinstance(WORKLOADS[row.key], Kernel) else f"{row.key} {row.case}"


def _list(row, bar, word):
    """A case that missed a bar, with what NumPy can do without a tape."""
    ratio = row.ours.median
    by_hand = f", {title_of(BY_HAND)} {say(row.ratios[BY_HAND].median)}" if BY_HAND in row.ratios else ""
    return f"{_name(row)} {say(ratio) if say(ratio) != say(bar) else f'{ratio:.4f}'} ({word} {say(bar)}{by_hand})"


def _what(results):
    """What was measured, on what."""
    settings, machine, libraries = results["settings"], results["machine"], results["libraries"]
    base = title_of(base_of(results))
    versions = ", ".join(f"{title_of(name)} {said['version']}" for name, said in libraries.items())
    pools = [pool for pool in libraries.get("tinyreg", {}).get("pools", []) if pool["name"] == "openblas"]
    blas = f" (OpenBLAS {pools[0]['version']}, {pools[0]['architecture']})" if pools else ""
    if settings["device"] == "cuda":
        place = f"on an {machine['gpu']}, float32 without TF32, timed by device events"
    else:
        place = f"on {machine['processor']}, {machine['cores']} cores, {settings['threads']} threads each, float32"
    pool = ", tinyreg with its thread pool" if settings["pool"] else ""
    turns = results["settings"]["rounds"] * sum(len(by) for cases in results["rounds"].values() for by in cases.values())
    if results["watched"]:
        calm = f"{len(results['disturbed'])} of {turns} turns stayed disturbed by other processes"
    else:
        calm = "disturbance by other processes was not watched"
    return (
        f"Ratios to the time of {base}: below 1 is faster. Medians of {settings['rounds']} interleaved rounds {place}{pool}; {calm}. "
        f"{versions}{blas}, Python {machine['python']}; {results['date']}, commit {results['commit'] or 'unknown'}."
    )
