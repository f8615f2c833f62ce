"""What the commands print: live progress and tables on a terminal, a row a line where the output is piped."""

import math
import sys
from contextlib import contextmanager, nullcontext

from ..text_table import aligned
from ..training.progress import BAR, shortened
from .bad_option import BadOption
from .summary import say_strength
from .table import HEADINGS, LEFT, VERDICT, cells, notes

PHASES = {"selection": "choosing strengths", "final": "reported runs", "folds": "cross-validation"}
LONGEST = max(map(len, PHASES.values()))
STYLES = {"better": "bold green", "worse": "bold red"}


def console(stderr=False):
    """A rich console; a line is never wrapped where the output is piped."""
    try:
        from rich.console import Console
    except ImportError:
        raise BadOption("tinyreg: rich must be installed (it shows the table), got none; pip install rich") from None
    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, highlight=False) if stream.isatty() else Console(stderr=stderr, highlight=False, width=1000)


def show(outcome):
    """Print the table, its notes and the folder."""
    from rich.text import Text

    out = console()
    rows = [cells(row) for row in outcome["methods"]]
    print_table(out, HEADINGS, rows, LEFT, lambda row, i: STYLES.get(row[i], "") if i == VERDICT else "")
    print_notes(out, notes(outcome))
    out.print(Text(f"{outcome['folder']}/report.html"), soft_wrap=True)


def print_table(out, headings, rows, left, style):
    """Print a table, in several where one does not hold all columns.

    Args:
        out: a console.
        headings: a text for each column.
        rows: lists of as many texts.
        left: the columns that stand at the left.
        style: style(row, i) is the style of the text in column i.
    """
    from rich.table import Table
    from rich.text import Text

    for columns in packed([headings, *rows], out.width):
        table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1))
        for i in columns:
            table.add_column(headings[i], justify="left" if i in left else "right", no_wrap=True)
        for row in rows:
            table.add_row(*(Text(row[i], style=style(row, i)) for i in columns))
        out.print(table)
        out.print()


def print_notes(out, lines):
    """Print what a reader of a table must know; where the output is piped, sentences have at most 120 characters a line."""
    from rich.text import Text

    if not out.is_terminal:
        out.width = 120
    for line in lines:
        out.print(Text(line, style="dim"))


def packed(rows, width):
    """The columns as the tables that a width can hold: one, or several that all begin with the first column.

    Example:
        >>> packed([["method", "train", "test"]], 80), packed([["method", "train", "test"]], 15)
        ([[0, 1, 2]], [[0, 1], [0, 2]])
    """
    needed = [max(len(row[i]) for row in rows) + 2 for i in range(len(rows[0]))]
    tables = [[0]]
    for i in range(1, len(needed)):
        if sum(needed[j] for j in tables[-1]) + needed[i] - 2 > width and len(tables[-1]) > 1:
            tables.append([0])
        tables[-1].append(i)
    return tables


@contextmanager
def live():
    """A function progress(phase, done, planned, run) that shows how far a comparison is: bars on a terminal, else lines."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    err = console(stderr=True)
    columns = (
        TextColumn(f"{{task.description:<{LONGEST}}}"),
        BarColumn(BAR),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
        TextColumn("{task.fields[last]}"),
    )
    tasks = {}
    with Progress(*columns, console=err, disable=not err.is_terminal) as bars:

        def progress(phase, done, planned, run):
            if not err.is_terminal:
                if done in (planned, planned // 2) or run is None:
                    err.print(f"{PHASES[phase]}: {done} of {planned} runs", soft_wrap=True)
                return
            if phase not in tasks:
                tasks[phase] = bars.add_task(PHASES[phase], total=planned, last="")
            taken = LONGEST + BAR + 2 * len(str(planned)) + len("/ 00:00") + 4  # columns, with a space between each two
            bars.update(tasks[phase], completed=done, last=shortened(_last(run), err.width - taken))

        yield progress


def _last(run):
    if run is None:
        return ""
    part = "test" if "test_accuracy" in run else "validation"
    strength = say_strength(run["strength"])
    return f"{run['method']}{f' ({strength})' if strength else ''}  {part} {100 * run[f'{part}_accuracy']:.1f} %"


def show_checks(checks):
    """Print a row for each gradient check as it is done (piped), or a table; returns whether one failed.

    Args:
        checks: an iterable of `doors.Check`.
    """
    from rich.table import Table
    from rich.text import Text

    out = console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("door", "error", "cases", ""):
        table.add_column(heading, justify="right" if heading in ("error", "cases") else "left", no_wrap=True)
    failures, doors, cases = [], 0, 0
    with out.status("checking") if out.is_terminal else nullcontext() as status:
        for check in checks:
            doors, cases = doors + 1, cases + check.cases
            failures += check.failures
            error = "-" if math.isnan(check.error) else f"{check.error:.1e}"
            word = "FAILED" if check.failures else "ok"
            if status is None:
                print(f"{check.door:<44} {error:>7} {check.cases:>3} {word}", flush=True)
            else:
                status.update(f"checking: {check.door} done")
                table.add_row(check.door, error, str(check.cases), Text(word, style="bold red" if check.failures else "green"))
    if status is not None:
        out.print(table)
    for failure in failures:
        print(failure, file=sys.stderr)
    summary = f"{doors} doors, {cases} cases: {len(failures)} failed" if failures else f"{doors} doors, {cases} cases: all right"
    print(summary, file=sys.stderr)
    return bool(failures)


def show_pairs(pairs):
    """Print pairs of words in two columns."""
    width = max(len(name) for name, _ in pairs)
    for name, value in pairs:
        print(f"{name:<{width}}  {value}")


def show_twin(title, twin):
    """Print what a twin found, and the operations that were farthest apart; returns whether the runs agree.

    Args:
        title: what was trained.
        twin: a `training.Twin`.
    """
    print(f"{title}\n\n{twin}\n")
    rows = [(f"{kind} of {name}", f"{apart:.1e}", step, module) for kind, name, apart, step, module in twin.operations[:5] if apart > 0]
    if rows:
        print("What operations make by themselves, from the same inputs:\n", flush=True)
        print(aligned(("operation", "apart", "step", "module"), rows), end="\n\n", flush=True)
    return twin.agrees


def show_rooms(rooms):
    """Print the catalogue.

    Args:
        rooms: an iterable of `rooms.Room`.
    """
    from rich.table import Table

    out = console()
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1))
    for heading in ("room", "acts on, when", "doors"):
        table.add_column(heading, no_wrap=not out.is_terminal)
    for room in rooms:
        table.add_row(room.name, room.acts_on, " ".join(room.doors))
    out.print(table)
