"""The table of the conventions says the same as text, Markdown, HTML and data."""

from tinyreg import convert
from tinyreg.conventions import FAMILIES, Convention
from tinyreg.conventions.known import ROWS


def test_the_table_says_the_same_as_text_markdown_html_and_data():
    table = convert.table()
    text, page, readme = str(table), table._repr_html_(), table.markdown()
    assert table.rows == ROWS and all(isinstance(row, Convention) for row in table.rows)
    assert repr(table) == text and max(map(len, text.splitlines())) <= 165
    assert page.count("<tr>") == len(ROWS) + len(FAMILIES) and "w &lt;- (1 - lr wd) w" in page
    assert readme.count("\n| `") == len(ROWS) and r"`|y - Xw|^2".replace("|", r"\|") in readme
    for row in ROWS:
        (line,) = [line for line in text.splitlines() if line.startswith(f"{row.name}  ")]
        assert row.rule in line and row.relation in line and f" {row.needs} " in line


def test_what_a_row_needs_follows_from_its_formula():
    for row in ROWS:
        right = row.relation.split(" = ")[1].replace("(", "").replace(")", "").split()
        assert ("n" in right) == (row.n != 0) == ("n" in row.needs.split(", "))
        assert ("lr" in right) == (row.lr != 0) == ("lr" in row.needs.split(", "))
