"""Reading a source: its title, its line of facts, its cells with their tags and lines."""

import pytest

from tutorials.form.source import FOLDER, chapters, read, solutions

TEXT = """\
# 04 L2

*Minutes: 60. Needs: [00 The chain rule](00_chain_rule.md), [01 Norms](01_norms.md). Rooms: [l2](../tinyreg/regularization/l2.py).*

One sentence.

## The question

```math
y = x
```

```python tags=["thumbnail"]
x = 1
```

```text
not run
```

```python
x = 1
```
"""


def test_what_a_source_says(tmp_path):
    (tmp_path / "04_l2.md").write_text(TEXT, encoding="utf-8")
    source = read(tmp_path / "04_l2.md")
    assert (source.title, source.minutes) == ("04 L2", 60)
    assert source.needs == [("00 The chain rule", "00_chain_rule.md"), ("01 Norms", "01_norms.md")]
    assert source.rooms == [("l2", "../tinyreg/regularization/l2.py")]
    code = [(cell.text, cell.tags, cell.line) for cell in source.cells if cell.kind == "code"]
    assert code == [("x = 1", ("thumbnail",), 14), ("x = 1", (), 22)]  # equal texts, each in its place
    assert [cell.line for cell in source.cells if cell.kind == "markdown"] == [1, 7, 17]


def test_what_is_not_one_is_refused(tmp_path):
    (tmp_path / "04_l2.md").write_text("---\ntitle: L2\n---\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"04_l2.md: the first line must be a heading, got '---\\ntitle"):
        read(tmp_path / "04_l2.md")


def test_every_chapter_has_solutions_and_a_line_of_facts():
    assert chapters() and [path.name for path in chapters()] == [path.name for path in solutions()]
    for path in chapters():
        source = read(path)
        assert source.title[:3] == f"{path.name[:2]} " and source.minutes > 0
        assert all((FOLDER / target).is_file() for _, target in source.needs + source.rooms)
        assert all(text == read(FOLDER / target).title for text, target in source.needs), "a chapter that is needed stands under its title"
