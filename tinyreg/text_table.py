"""Tables as text: aligned for a terminal, in Markdown for GitHub, in HTML for a notebook."""

from collections.abc import Iterable, Sequence
from html import escape
from textwrap import wrap

Row = Sequence[object]


def aligned(headings: Sequence[str], rows: Iterable[Row], width: int | None = None) -> str:
    """A table whose columns stand below each other.

    Args:
        headings: the first line.
        rows: cells are shown as str() shows them.
        width: of the whole table, which the last column keeps by going on below itself, unless the others leave it less
            than 20 places; None lets it be as wide as it is.

    Example:
        >>> print(aligned(["name", "strength", "source"], [["l2", 0.01, "a book on linear models"], ["dropout", 0.5, ""]], width=40))
        name     strength  source
        l2       0.01      a book on linear
                           models
        dropout  0.5
    """
    lines = [list(headings), *_texts(rows)]
    widths = [max(map(len, column)) for column in zip(*lines)][:-1]
    left = max(20, width - sum(widths) - 2 * len(widths)) if width else None
    beside = " " * (sum(widths) + 2 * len(widths))
    drawn = []
    for *cells, last in lines:
        first, *more = (wrap(last, left) if left else [last]) or [""]
        drawn.append("".join(f"{cell:<{places}}  " for cell, places in zip(cells, widths)) + first)
        drawn += [beside + part for part in more]
    return "\n".join(line.rstrip() for line in drawn)


def markdown(headings: Sequence[str], rows: Iterable[Row]) -> str:
    r"""A table as GitHub reads it; a bar inside a cell is escaped.

    Args:
        headings: the first line.
        rows: cells are shown as str() shows them, backticks and links included.

    Example:
        >>> print(markdown(["name", "penalty"], [["l1", "`|w|`"]]))
        | name | penalty |
        |---|---|
        | l1 | `\|w\|` |
    """
    lines = [" | ".join(cell.replace("|", r"\|") for cell in line) for line in [list(headings), *_texts(rows)]]
    return "\n".join([f"| {lines[0]} |", "|" + "---|" * len(headings), *(f"| {line} |" for line in lines[1:])])


def html(headings: Sequence[str], rows: Iterable[Row]) -> str:
    """A table as a notebook shows it, with every special sign escaped.

    Args:
        headings: the first line.
        rows: cells are shown as str() shows them.

    Example:
        >>> html(["name"], [["a < b"]])
        '<table><thead><tr><th>name</th></tr></thead><tbody><tr><td>a &lt; b</td></tr></tbody></table>'
    """
    head = "".join(f"<th>{escape(cell)}</th>" for cell in headings)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in _texts(rows))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _texts(rows: Iterable[Row]) -> list[list[str]]:
    return [[str(cell) for cell in row] for row in rows]
