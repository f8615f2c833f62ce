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

    Notebooks push every cell to the right, as numbers want it; a column with words in it is told to stay at the left.

    Args:
        headings: the first line.
        rows: cells are shown as str() shows them.

    Example:
        >>> html(["mean"], [[0.5]])
        '<table><thead><tr><th>mean</th></tr></thead><tbody><tr><td>0.5</td></tr></tbody></table>'
        >>> html(["name"], [["a < b"]]).split("<tbody>")[1]
        '<tr><td style="text-align: left">a &lt; b</td></tr></tbody></table>'
    """
    lines = _texts(rows)
    sides = ["" if all(map(_is_number, column)) else ' style="text-align: left"' for column in zip(*lines)] or [""] * len(headings)
    head = "".join(f"<th{side}>{escape(cell)}</th>" for cell, side in zip(headings, sides))
    body = "".join(f"<tr>{''.join(f'<td{side}>{escape(cell)}</td>' for cell, side in zip(line, sides))}</tr>" for line in lines)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _texts(rows: Iterable[Row]) -> list[list[str]]:
    return [[str(cell) for cell in row] for row in rows]


def _is_number(cell: str) -> bool:
    """Whether a cell is a number, or the sign of one that is missing."""
    try:
        float(cell)
    except ValueError:
        return cell in ("", "-")
    return True
