"""The parts of a chapter: each is there, and what is missing is said with its line and what to do."""

import re

import pytest

from tutorials.form.headings import EXAMPLE, SECTIONS, problems
from tutorials.form.source import FOLDER, chapters, read

NAMES = ["Break the backward", "Count the roads.", "What if p is 1?", "A fourth", "An unknown (open)."]
EXERCISES = "\n".join(f"{i}. **{name}** Do it.\n   More of it." for i, name in enumerate(NAMES, 1))
BODIES = {
    "The question": '```python tags=["thumbnail"]\nx = 1\n```\n\n```text\n## no heading\n```',
    "Exercises": f"{EXERCISES}\n\n[Solutions](solutions/04_l2.md)",
}
PARTS = [f"## {name}\n\n{BODIES.get(name, 'Words.')}" for name in SECTIONS]
CHAPTER = "\n\n".join(["# 04 L2", EXAMPLE, "What it is about.", *PARTS]) + "\n"
SOLUTIONS = "# Solutions: 04 L2\n\n" + "\n\n".join(f"## {i}. {name.rstrip('.')}\n\nSo." for i, name in enumerate(NAMES, 1)) + "\n"


def found(folder, chapter=CHAPTER, solutions=SOLUTIONS, name="04_l2"):
    folder = folder / "tutorials"
    (folder / "solutions").mkdir(parents=True)
    (folder / "00_chain_rule.md").write_text("# 00\n", encoding="utf-8")
    (folder.parent / "tinyreg" / "regularization").mkdir(parents=True)
    (folder.parent / "tinyreg/regularization/l2.py").write_text('"""L2."""\n', encoding="utf-8")
    (folder / f"{name}.md").write_text(chapter, encoding="utf-8")
    (folder / "solutions" / f"{name}.md").write_text(solutions or "# \n", encoding="utf-8")
    return problems(read(folder / f"{name}.md"), read(folder / "solutions" / f"{name}.md") if solutions else None)


@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
def test_chapter(path):
    solutions = FOLDER / "solutions" / path.name
    assert problems(read(path), read(solutions) if solutions.exists() else None) == []


def test_a_whole_chapter_lacks_nothing(tmp_path):
    assert found(tmp_path) == []


def line(text, of=CHAPTER):
    return of[: of.index(text)].count("\n") + 1


@pytest.mark.parametrize(
    "old, new, where, message",
    [
        ("# 04 L2", "# 05 L2", 1, "the title must be the chapter's number and name, got '05 L2'; write '# 04 Name'"),
        (EXAMPLE, "", 5, "under the title stands one line of facts, got 'What it is about.'; write it as *Minutes: 60."),
        ("*Minutes: 60. Needs", "*Minutes: 60. Reads", 3, "under the title stands one line of facts, got '*Minutes: 60. Reads: "),
        ("00_chain_rule.md", "01_chain_rule.md", 3, "the line of facts must lead to files, got 01_chain_rule.md"),
        ("tion/l2.py", "tion/l3.py", 3, "the line of facts must lead to files, got ../tinyreg/regularization/l3.py"),
        ("## By hand", "## By feet", line("## By hand"), "a level-2 heading must be one of ['The question', "),
        ("## By hand", "## By feet", 1, "(missing: ['By hand'])"),
        ("## By hand", "### By hand", 1, "(missing: ['By hand'])"),
        ("## Sources", "## By hand", 1, "(missing: ['Sources'])"),
        ("## Sources", "## Sources\n\n## Sources", 1, "each once, in this order"),
        (' tags=["thumbnail"]', "", 1, "one cell must be tagged thumbnail, got 0; write ```python tags="),
        ("3. **What", "4. **What", line("1. **"), "there must be 5 to 8 exercises, numbered 1. 2. 3. at the margin, got [1, 2, 4, 4, 5]"),
        ("5. **An unknown (open)", "(open)", line("1. **"), "numbered 1. 2. 3. at the margin, got [1, 2, 3, 4]; number them so"),
        ("**A fourth**", "A fourth:", line("4. **"), "exercise 4 must begin with its name in bold; write '4. **Break the backward.** ...'"),
        ("(open)", "", line("1. **"), "one exercise must be marked (open), got 0"),
        ("A fourth", "A fourth (open)", line("1. **"), "one exercise must be marked (open), got 2"),
        ("[Solutions](solutions/04_l2.md)", "See 04_l2.md.", line("[Solutions]"), "the last line of the exercises must link to the sol"),
        ("(solutions/04_l2.md)", "(solutions/04_l2.md)\n\nAll.", line("[Solutions]") + 2, "the last line of the exercises must link"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_with_its_line(tmp_path, old, new, where, message):
    assert any(said.startswith(f"04_l2.md:{where}: ") and message in said for said in found(tmp_path, CHAPTER.replace(old, new, 1)))


def test_two_thumbnails(tmp_path):
    twice = CHAPTER.replace("## By hand", '```python tags=["thumbnail"]\nx = 2\n```\n\n## By hand')
    (said,) = found(tmp_path, twice)
    assert said.startswith(f"04_l2.md:{line('x = 2', twice)}: one cell must be tagged thumbnail, got 2")


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("Solutions: 04 L2", "Solutions: 04 L1", "04_l2.md:1: the title must name the chapter, got 'Solutions: 04 L1'; write"),
        ("2. Count the roads", "2. Count roads", "must have its solution under its number and name, got ['1. Break the backward', '2. Cou"),
        ("## 3. What if p is 1?\n\nSo.\n\n", "", "got ['1. Break the backward', '2. Count the roads', '4. A fourth', '5. An unknown']"),
    ],
)  # fmt: skip
def test_solutions_match_the_exercises_one_to_one(tmp_path, old, new, message):
    (said,) = found(tmp_path, solutions=SOLUTIONS.replace(old, new))
    assert message in said


def test_solutions_that_are_not_there(tmp_path):
    (said,) = found(tmp_path, solutions=None)
    assert said == f"04_l2.md:{line('1. **')}: the exercises need their solutions; write solutions/04_l2.md"


def test_the_myths_have_a_section_for_each_and_exercises(tmp_path):
    text = CHAPTER.replace("# 04 L2", "# 21 Myths", 1).replace("04_l2", "21_myths")
    claims = re.sub("^## (?!Exercises|Sources)", "## Claim: ", text, flags=re.MULTILINE)
    claims = re.sub("Rooms: .*", "Rooms: all.*", claims)
    solutions = SOLUTIONS.replace("04 L2", "21 Myths")
    assert found(tmp_path / "whole", claims, solutions, "21_myths") == []
    for old, message in (("## Sources", "(missing: ['Sources'])"), (' tags=["thumbnail"]', "got 0"), ("(open)", "marked (open), got 0")):
        assert any(message in said for said in found(tmp_path / old[3:], claims.replace(old, ""), solutions, "21_myths"))


def test_a_chapter_without_sections_is_told_so(tmp_path):
    assert any("the level-2 headings must be" in said for said in found(tmp_path, f"# 04 L2\n\n{EXAMPLE}\n"))
