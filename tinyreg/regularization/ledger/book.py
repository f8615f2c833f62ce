"""The ledger as what it is to its reader: rows, remarks, a table in a terminal, in a notebook, and as plain data."""

import textwrap
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

from ...text_table import aligned, html

WIDTH = 110  # of the table in a terminal
SHORT = {"elastic_net_penalty": "elastic", "group_lasso_penalty": "group", "orthogonality_penalty": "orthog."}  # heads of columns


@dataclass(frozen=True)
class Row:
    """What happens to one parameter.

    Attributes:
        name: its dotted name; a tied parameter's names, joined by " = ".
        shape: its size.
        weight: its length |w|.
        grad: the length of .grad, as the optimizer will find it; None without a gradient.
        data: the length of the gradient of the data, before clipping; None where it cannot be told.
        penalties: the length of each penalty's gradient by its name, before clipping.
        decay: weight_decay times |w|, of the optimizers that hold it; 0 without.
        ratio: the length of all that pulls in the gradient, penalties and the weight_decay of SGD or Adam, over data; None
            where one of them cannot be told.
        touched_by: who else acts on it, in words.
        notes: what the table does not tell apart, and why.
        remarks: the numbers of the ledger's remarks that name it, from 1.

    Example:
        >>> Row("weight", (2, 1), 1.0, 0.5, 0.4, {"l2_penalty": 0.1}, 0.0, 0.25, ["SGD"], [], []).ratio
        0.25
    """

    name: str
    shape: tuple[int, ...]
    weight: float
    grad: float | None
    data: float | None
    penalties: dict[str, float]
    decay: float
    ratio: float | None
    touched_by: list[str]
    notes: list[str]
    remarks: list[int]


@dataclass(frozen=True)
class Remark:
    """What a teacher would say.

    Attributes:
        kind: "bias", "scale", "out of the graph", "unreached", "twice", "adaptive" or "frozen".
        names: of the parameters.
        sentence: what is the matter, and what to do.

    Example:
        >>> Remark("bias", ["fc.bias"], "a bias is decayed: leave it out").kind
        'bias'
    """

    kind: str
    names: list[str]
    sentence: str


class Ledger:
    """Who pulls at which parameter, as ledger(model) found it; print it, or let a notebook show it.

    Args:
        rows, remarks: as the attributes.
        legend: lines that explain the columns.

    Attributes:
        rows: a Row for each parameter; the ledger iterates over them, and has them by name.
        remarks: the Remarks.
        warnings: their sentences.

    Example:
        >>> row = Row("weight", (2, 1), 1.0, 0.5, 0.4, {"l2_penalty": 0.1}, 0.0, 0.25, ["SGD"], [], [])
        >>> print(Ledger([row], [], []))
        parameter  shape  |w|  |grad|  |data|   l2  ratio  touched by
        weight     2 x 1    1     0.5     0.4  0.1   0.25  SGD
        nothing to warn of
    """

    def __init__(self, rows: list[Row], remarks: list[Remark], legend: list[str]) -> None:
        self.rows, self.remarks, self.legend = rows, remarks, legend

    @property
    def warnings(self) -> list[str]:
        """The sentences of the remarks."""
        return [remark.sentence for remark in self.remarks]

    @property
    def penalties(self) -> list[str]:
        """The names of the penalties that some gradient holds."""
        return list(dict.fromkeys(name for row in self.rows for name in row.penalties))

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, name: str) -> Row:
        for row in self.rows:
            if name in (row.name, *row.name.split(" = ")):
                return row
        raise KeyError(f"Ledger: name must be that of a parameter, got {name!r}; the rows are {[row.name for row in self.rows]}")

    def to_dict(self) -> dict[str, Any]:
        """Everything as lists, dicts, strings and numbers: what json.dumps takes.

        Example:
            >>> Ledger([], [Remark("bias", ["fc.bias"], "a bias is decayed")], []).to_dict()
            {'rows': [], 'remarks': [{'kind': 'bias', 'names': ['fc.bias'], 'sentence': 'a bias is decayed'}]}
        """
        rows = [asdict(row) | {"shape": list(row.shape)} for row in self.rows]
        return {"rows": rows, "remarks": [asdict(remark) for remark in self.remarks]}

    def _common(self):
        """What acts on every parameter, where there are some: it is told once."""
        return [word for word in self.rows[0].touched_by if all(word in row.touched_by for row in self.rows)] if len(self.rows) > 2 else []

    def _table(self):
        """The head and the cells; columns that are empty everywhere are left out."""
        decays, remarks, common = any(row.decay for row in self.rows), any(row.remarks for row in self.rows), self._common()
        head = ["parameter", "shape", "|w|", "|grad|", "|data|", *map(_short, self.penalties), *["decay"] * decays, "ratio"]
        head += [*["remarks"] * remarks, "touched by"]
        cells = []
        for row in self.rows:
            numbers = [row.weight, row.grad, row.data, *(row.penalties.get(name) for name in self.penalties)]
            numbers += [*[row.decay or None] * decays, row.ratio]
            shape, marks = " x ".join(map(str, row.shape)) or "()", " ".join(map(str, row.remarks))
            words = ", ".join([word for word in row.touched_by if word not in common] + row.notes)
            cells.append([row.name, shape, *map(_number, numbers), *[marks] * remarks, words])
        if self.rows and not any(line[-1] for line in cells):
            return head[:-1], [line[:-1] for line in cells]
        return head, cells

    def _below(self):
        """The lines below the table: what the columns mean, and the numbered warnings."""
        common = [f"on all of them: {', '.join(self._common())}."] if self._common() else []
        return common + self.legend, [f"[{i}] {sentence}" for i, sentence in enumerate(self.warnings, 1)] or ["nothing to warn of"]

    def table(self, width: int = WIDTH) -> str:
        """The ledger as text.

        Args:
            width: characters of a line; names and numbers are never cut, words are wrapped.

        Example:
            >>> Ledger([], [], []).table(width=80).splitlines()[-1]
            'nothing to warn of'
        """
        head, cells = self._table()
        widths = [max(map(len, column)) for column in zip(head, *cells)]
        words = [name in ("parameter", "shape", "touched by") for name in head]
        lines = [[cell if left else cell.rjust(places) for cell, left, places in zip(line, words, widths)] for line in [head, *cells]]
        legend, warnings = self._below()
        below = [part for text in [*legend, *warnings] for part in textwrap.wrap(text, width, subsequent_indent="    ")]
        return "\n".join([aligned(lines[0], lines[1:], width), *below])

    def __str__(self) -> str:
        return self.table()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        legend, warnings = self._below()
        return html(*self._table()) + "".join(f"<p>{escape(text)}</p>" for text in [*legend, *warnings])


def _short(name):
    return SHORT.get(name, name.removesuffix("_penalty"))


def _number(value):
    return "-" if value is None else f"{value:.3g}"
