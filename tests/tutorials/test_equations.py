"""Equation numbers: they are the room's, stand once, and each is evaluated behind its display."""

import pytest

from tutorials.form.equations import citations, equations, problems
from tutorials.form.source import FOLDER, chapters, read

FACTS = "*Minutes: 60. Needs: nothing. Rooms: [l2](l2_regularization.py), [weight decay](regularization_decay).*"
CHAPTER = rf"""# 04 L2

{FACTS}

```math
y = x \tag{{2}}
```

```math
z = y
```

A tag outside, \tag{{9}}, is none.

```math
\begin{{aligned}}
a &= b \tag{{a}} \\
c &= d \tag{{weight decay 1}}
\end{{aligned}}
```

```python
y = x  # (2)
b, d = f(  # (5, 3), (N, C)
    x, y)  # shapes (N, C) -> (C)   (a), (weight decay 1)
```

```math
e = f \tag{{b}}
```

```python
e = f  # (b)
```
"""


@pytest.fixture
def found(tmp_path):
    """What is wrong with a chapter beside a room of one file and one of a package."""
    l2 = '"""L2.\n\n    a = b    (1)\n\n(7) is (1).\n\n    c = d,    (2)\n    e = f    (3)\n"""\n'
    (tmp_path / "l2_regularization.py").write_text(l2)
    (tmp_path / "regularization_decay").mkdir()
    (tmp_path / "regularization_decay/__init__.py").write_text('"""Decay.\n\n    a = b    (1)\n"""\n')

    def check(text, name="04_l2"):
        (tmp_path / f"{name}.md").write_text(text, encoding="utf-8")
        return problems(read(tmp_path / f"{name}.md"))

    return check


@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
def test_chapter(path):
    assert problems(read(path)) == []


def test_numbers_of_the_rooms_letters_and_steps_without_a_tag(found):
    assert found(CHAPTER) == []


def line(text):
    return CHAPTER[: CHAPTER.index(text)].count("\n") + 1


@pytest.mark.parametrize(
    "old, new, where, message",
    [
        (r"\tag{b}", r"\tag{2}", line(r"\tag{b}"), "a tag must stand once, got (2) again"),
        (r"\tag{b}", r"\tag{B}", line(r"\tag{b}"), "a tag must be a number, a room's name and a number, or a letter, got 'B'; write"),
        (r"\tag{b}", r"\tag{l1 1}", line(r"\tag{b}"), "(l1 1) must name a room of the line of facts, got 'l1' where ['l2', "),
        (r"\tag{b}", r"\tag{4}", line(r"\tag{b}"), "(4) must be an equation of the room l2, which numbers [1, 2, 3]; take"),
        (r"\tag{b}", r"\tag{7}", line(r"\tag{b}"), "(7) must be an equation of the room l2"),
        (r"\tag{weight decay 1}", r"\tag{weight decay 2}", line(r"\tag{weight"), "equation of the room weight decay, which numbers [1];"),
        (r"\tag{a}", r"\tag{c}", line(r"\tag{a}"), "must be counted in order, got (c) where (a) is due"),
        (r"\tag{b}", r"\tag{c}", line(r"\tag{b}"), "must be counted in order, got (c) where (b) is due"),
        ("y = x  # (2)", "y = x", line(r"\tag{2}"), "(2) must be evaluated in a cell behind it, got none; end the line that"),
        ("y = x  # (2)", "# (2)", line(r"\tag{2}"), "(2) must be evaluated in a cell behind it"),
        ("e = f  # (b)", "e = f  # b", line(r"\tag{b}"), "(b) must be evaluated in a cell behind it"),
        ("(weight decay 1)", "(decay 1)", line(r"\tag{weight"), "(weight decay 1) must be evaluated in a cell behind it"),
        ("(weight decay 1)", "(decay 1)", line("x, y)"), "the code cites (decay 1), which no display carries"),
        ("e = f  # (b)", "e = f  # (b), (3)", line("e = f  #"), r"the code cites (3), which no display carries; write \tag{3}"),
    ],
)  # fmt: skip
def test_a_wrong_number_is_said_with_its_line(found, old, new, where, message):
    assert any(said.startswith(f"04_l2.md:{where}: ") and message in said for said in found(CHAPTER.replace(old, new, 1)))


def test_an_evaluation_before_the_display_does_not_count(found):
    code = "```python\ne = f  # (b)\n```\n"
    (said,) = found(CHAPTER.replace(code, "").replace("```math\nz = y\n```\n", code))
    assert "(b) must be evaluated in a cell behind it" in said


def test_a_chapter_without_a_room_counts_itself(found):
    text = CHAPTER.replace(FACTS, "*Minutes: 60. Needs: nothing. Rooms: none.*").replace("weight decay 1", "2")
    counted = text.replace("y = x \\tag{2}", "y = x \\tag{1}").replace("y = x  # (2)", "y = x  # (1)")
    assert found(counted, "00_toy") == []
    assert any("got (2) where (1) is due" in said for said in found(text, "00_toy"))


def test_what_counts_as_a_citation(tmp_path):
    cell = "y = x  # (7)\nz = y  # (C, N), (2)\n# (3)\nq = 1  # (N, C)\nr = 2  # see (4) below\ns = 3  # (a),(weight decay 11)\nt = f(4)\n"
    (tmp_path / "00_toy.md").write_text(f"# 00 Toy\n\n```python\n{cell}```\n", encoding="utf-8")
    assert citations(read(tmp_path / "00_toy.md")) == [(4, "7"), (5, "2"), (9, "a"), (9, "weight decay 11")]


def test_the_numbers_of_real_rooms():
    rooms = FOLDER.parent / "tinyreg" / "regularization"
    assert equations(rooms / "l2.py") == {1, 2, 3, 4, 5}
    assert equations(rooms / "batch_norm.py") == set(range(1, 16))
    assert equations(rooms / "augmentation") >= set(range(1, 12))
