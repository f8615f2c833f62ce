"""The parts of a chapter: its headings in their order, its line of facts, its exercises and their solutions, its thumbnail."""

import re

from .prose import lines, said
from .source import FACTS

SECTIONS = [
    *("The question", "The objective", "The derivation", "By hand", "In the house", "Without and with", "When it fails"),
    *("Exercises", "Sources"),
]
EXAMPLE = "*Minutes: 60. Needs: [00 The chain rule by hand](00_chain_rule.md). Rooms: [l2](../tinyreg/regularization/l2.py).*"
MYTHS, OF_MYTHS = "21_myths", ["Exercises", "Sources"]  # the page of claims has a section for each, and these behind them
FEWEST, MOST = 5, 8


def problems(source, solutions):
    """What is missing in a chapter.

    Args:
        source: the Source of the chapter.
        solutions: the Source of its solutions, None where there is none.

    Returns:
        Messages with their lines; [] where every part is there.
    """
    text = list(lines(source))
    exercises = _exercises(text)
    found = [*_facts(source, text), *_thumbnail(source), *_sections(source, text), *_of_exercises(source, exercises)]
    if solutions is None:
        found.append((exercises[0].number, f"the exercises need their solutions; write solutions/{source.path.name}"))
        return [said(source, *each) for each in found]
    return [said(source, *each) for each in found] + [said(solutions, *each) for each in _of_solutions(source, solutions, exercises)]


def _facts(source, text):
    number = source.path.stem[:2]
    if not re.match(rf"{number} \S", source.title):
        yield 1, f"the title must be the chapter's number and name, got {source.title!r}; write '# {number} Name'"
    where = next((line for line in text[1:] if line.text.strip()), text[0])
    if not FACTS.fullmatch(where.text):
        yield where.number, f"under the title stands one line of facts, got {where.text!r}; write it as {EXAMPLE}"
    for _, target in [*source.needs, *source.rooms]:
        if not (source.path.parent / target).exists():
            yield where.number, f"the line of facts must lead to files, got {target}; give the path from the chapter"


def _thumbnail(source):
    tagged = [cell.line for cell in source.cells if "thumbnail" in cell.tags]
    if len(tagged) != 1:
        what = f'got {len(tagged)}; write ```python tags=["thumbnail"] at the figure that stands for the chapter in README.md'
        yield tagged[1] if tagged else 1, f"one cell must be tagged thumbnail, {what}"


def _sections(source, text):
    headings = [(line.number, line.text[3:].strip()) for line in text if line.fence is None and line.text.startswith("## ")]
    wanted = OF_MYTHS if source.path.stem == MYTHS else SECTIONS
    for number, name in headings:
        if name not in wanted and wanted is SECTIONS:
            yield number, f"a level-2 heading must be one of {SECTIONS}, got {name!r}; make it a level-3 heading"
    names = [name for _, name in headings if name in wanted]
    if names != wanted:
        missing = [name for name in wanted if name not in names]
        yield 1, (
            f"the level-2 headings must be {wanted}, each once, in this order, got {names} (missing: {missing}); "
            "a student finds the same part at the same place in every chapter"
        )


def _exercises(text):
    """The lines of the section, without its heading and fences; the first line of all where there is no section."""
    return [line for line in text if line.section == "Exercises" and line.fence is None and line.text.strip()][1:] or text[:1]


def _names(exercises):
    """[(line, number, name or None)] of the numbered items, the name being their bold beginning."""
    items = [(line.number, re.match(r"(\d+)\.\s+(?:\*\*(.+?)\*\*)?", line.text)) for line in exercises]
    return [(number, int(item[1]), item[2] and _bare(item[2])) for number, item in items if item]


def _bare(name):
    """A name without the full stop at its end, and without the mark of the open question."""
    return name.replace("(open)", "").strip().rstrip(".").strip()


def _of_exercises(source, exercises):
    place, last = exercises[0].number, exercises[-1]
    names = _names(exercises)
    numbers = [number for _, number, _ in names]
    if numbers != list(range(1, len(numbers) + 1)) or not FEWEST <= len(numbers) <= MOST:
        yield place, f"there must be {FEWEST} to {MOST} exercises, numbered 1. 2. 3. at the margin, got {numbers}; number them so"
    for line, number, name in names:
        if not name:
            yield line, f"exercise {number} must begin with its name in bold; write '{number}. **Break the backward.** ...'"
    marks = sum(line.text.count("(open)") for line in exercises)
    if marks != 1:
        yield place, f"one exercise must be marked (open), got {marks}; mark the question without a known answer, and it alone"
    link = f"[Solutions](solutions/{source.path.name})"
    if link not in last.text:
        yield last.number, f"the last line of the exercises must link to the solutions, got {last.text!r}; write {link}"


def _of_solutions(source, solutions, exercises):
    if solutions.title != f"Solutions: {source.title}":
        yield 1, f"the title must name the chapter, got {solutions.title!r}; write '# Solutions: {source.title}'"
    got = [_bare(line.text[3:]) for line in lines(solutions) if line.fence is None and line.text.startswith("## ")]
    wanted = [f"{number}. {name}" for _, number, name in _names(exercises)]
    if got != wanted:
        yield 1, f"each exercise must have its solution under its number and name, got {got}; write the headings {wanted}"
