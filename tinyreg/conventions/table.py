"""The table of the conventions: what `tinyreg.convert.table()` returns, and a notebook shows."""

from html import escape

from .. import text_table
from .convention import FAMILIES, Convention
from .known import ROWS

HEADINGS = ("convention", "what it does", "the house's", "needs", "source")
WIDTH = 160  # of the text; what is wider goes on below
MEAN = "The mean loss is that over n examples; of a squared error it is MSELoss, the mean of (y - f)^2 without a half."


class ConventionTable:
    """The conventions, a row each, as a terminal, a notebook and a program want them.

    Attributes:
        rows: the conventions, in the order of the table.

    Example:
        >>> table = ConventionTable()
        >>> row = table.rows[5]
        >>> row.name, row.rule, row.relation
        ('keras.regularizers.L2', 'mean loss + l2 |w|^2', 's = 2 l2')
    """

    def __init__(self) -> None:
        self.rows: tuple[Convention, ...] = ROWS

    def sections(self) -> list[tuple[str, list[tuple[str, ...]]]]:
        """The families: each a heading that says what the house's strength does, and the cells of its rows."""
        return [
            (
                f"{family.name}; the house's: {family.rule}",
                [(row.name, row.rule, row.relation, row.needs, row.source) for row in self.rows if row.family is family],
            )
            for family in FAMILIES
        ]

    def markdown(self) -> str:
        """The table as GitHub reads it."""
        parts = [MEAN]
        for heading, cells in self.sections():
            coded = [[f"`{cell}`" if cell and i < 4 else cell for i, cell in enumerate(row)] for row in cells]
            parts += [f"**{heading.replace(': ', ': `')}`**", text_table.markdown(HEADINGS, coded)]
        return "\n\n".join(parts)

    def __str__(self) -> str:
        return "\n\n".join([MEAN, *(f"{heading}\n\n{text_table.aligned(HEADINGS, cells, WIDTH)}" for heading, cells in self.sections())])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        parts = (f"<p><b>{escape(heading)}</b></p>{text_table.html(HEADINGS, cells)}" for heading, cells in self.sections())
        return f"<p>{escape(MEAN)}</p>{''.join(parts)}"
