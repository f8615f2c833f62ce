"""The table of a path as texts, and its way to the terminal."""

from .path import SCALINGS, heading
from .prostate_table import PRINTED, table_1

RIDGE_ROWS = 20  # strengths from one row to the next: a decade
HEADINGS = {
    "knots": ("event", "strength s", "n s", "not 0", "|b|₁"),
    "grid": ("event", "strength s", "not 0", "|b|₁"),
    "ridge": ("strength s", "df", "|b|₁", "|y − Xb|²"),
}
TABLE_1 = ("method", "parameters", "test MSE (s.e.)", "in the paper", "variables")


def form(outcome):
    """Which headings an outcome has: those of knots, of a grid, or of ridge."""
    return "ridge" if "df" in outcome else "knots" if outcome["exact"] else "grid"


def cells(outcome):
    """The rows of the table as lists of texts: an event each, and the end; of ridge, a strength each.

    Example:
        >>> outcome = {"exact": True, "examples": 2, "strengths": [3.0, 0.0], "coefs": [[0.0], [1.0]], "l1_norm": [0.0, 1.0]}
        >>> event = {"variable": "bmi", "event": "enters", "strength": 3.0, "non_zero": 1, "l1_norm": 0.0}
        >>> cells(outcome | {"events": [event]})
        [['bmi enters', '3', '6', '1', '0'], ['least squares', '0', '0', '1', '1']]
    """
    if form(outcome) == "ridge":
        columns = zip(outcome["strengths"], outcome["df"], outcome["l1_norm"], outcome["rss"])
        return [[f"{s:.4g}", f"{df:.2f}", f"{norm:.4g}", f"{rss:.6g}"] for s, df, norm, rss in list(columns)[::RIDGE_ROWS]]
    last = {
        "variable": "least squares" if outcome["strengths"][-1] == 0 else "end of the grid",
        "event": "",
        "strength": outcome["strengths"][-1],
        "non_zero": sum(value != 0 for value in outcome["coefs"][-1]),
        "l1_norm": outcome["l1_norm"][-1],
    }
    rows = []
    for event in [*outcome["events"], last]:
        strength = event["strength"]
        times_n = [f"{outcome['examples'] * strength:.6g}"] if form(outcome) == "knots" else []
        name = f"{event['variable']} {event['event']}".strip()
        rows.append([name, f"{strength:.5g}", *times_n, str(event["non_zero"]), f"{event['l1_norm']:.6g}"])
    return rows


def notes(outcome):
    """What a reader of the table must know, in sentences."""
    settings = outcome["settings"]
    lines = [f"s: {outcome['objective']}.", f"n = {outcome['examples']}; {SCALINGS[settings['scaling']]}."]
    if form(outcome) == "knots":
        lines.append("|b|₁ is that at the event, `not 0` counts after it; n s is what R's lars prints, where |y − Xb|² has a half.")
    elif form(outcome) == "grid":
        lines.append(f"An event stands at the first of {len(outcome['strengths'])} strengths that lies behind it; `not 0` counts after it.")
    else:
        lines.append("df is the effective number of parameters, the sum of d²/(d² + s) over the singular values d of X.")
    if settings["method"] == "group_lasso":
        groups = [[n for n, g in zip(outcome["names"], outcome["groups"]) if g == i] for i in dict.fromkeys(outcome["groups"])]
        lines.append(f"The groups: {', '.join('{' + ' '.join(members) + '}' for members in groups)}.")
    return lines


def show(outcome, paths):
    """Print the table, its notes, and where the files are."""
    words = (0,) if form(outcome) != "ridge" else ()
    _print(heading(outcome), HEADINGS[form(outcome)], cells(outcome), words, notes(outcome), paths)


def show_table_1(scaling):
    """Print table 1 of Zou & Hastie 2005, beside the digits that are printed there."""
    rows = [
        [row.method, row.parameters, f"{row.mse:.3f} ({row.se:.3f})", "{:.3f} ({:.3f})".format(*PRINTED[row.method]), _kept(row)]
        for row in table_1(scaling=scaling)
    ]
    lines = [
        f"{SCALINGS[scaling].capitalize()} over the 67 training rows; errors are those on the 30 test rows.",
        *(["The paper's columns have length 1: with others the same numbers are other penalties."] if scaling != "norm" else []),
    ]
    _print("Zou & Hastie 2005, table 1: prostate cancer", TABLE_1, rows, (0, 1, 4), lines, ())


def _kept(row):
    return " ".join(map(str, row.variables)) if len(row.variables) < 8 else "all"


def _print(title, headings, rows, words, lines, paths):
    """A table with the columns of words to the left, sentences below it, and paths."""
    from rich.table import Table
    from rich.text import Text

    from .terminal import console, print_notes

    out = console()
    out.print(Text(title, style="bold"))
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1))
    for i, text in enumerate(headings):
        whole = not any(" " in row[i] for row in rows)  # on a narrow terminal a number is neither cut nor broken
        table.add_column(text, justify="left" if i in words else "right", no_wrap=whole, overflow="fold")
    for row in rows:
        table.add_row(*row)
    out.print(table)
    print_notes(out, lines)
    for path in paths:
        out.print(Text(str(path)), soft_wrap=True)
