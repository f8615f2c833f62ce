"""The numbers of equations: they are the room's own, and every numbered equation is evaluated in a cell behind it."""

import ast
import re

from .prose import lines, said

TAG = re.compile(r"\\tag\{([^}]*)\}")
LETTERS = "abcdefghijklmnopqrstuvwxyz"
CITED = re.compile(r"#.*?((?:\((?:[a-z]|(?:[a-z][a-z0-9 ]* )?\d{1,2})\)(?:,\s*)?)+)\s*$")


def problems(source):
    """What is wrong with the equation numbers of a chapter; [] where nothing is.

    An integer is an equation of the chapter's first room, `weight decay 4` one of another room, a letter one of the chapter
    alone. A chapter without a room of the package regularization counts 1, 2, 3 itself. A display without a tag is a step
    on the way.
    """
    tags = [(line.number, tag) for line in lines(source) if line.fence == "math" for tag in TAG.findall(line.text)]
    rooms = {name: equations(source.path.parent / path) for name, path in source.rooms if "regularization" in path}
    return [said(source, *each) for each in [*_named(tags, rooms), *_in_order(tags, rooms), *_evaluated(tags, citations(source))]]


def equations(room):
    """The numbers at the right margin of a room's derivation, the docstring of its file or of its package."""
    path = room / "__init__.py" if room.is_dir() else room
    derivation = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return {int(number) for number in re.findall(r"\((\d{1,2})\)\s*$", derivation, re.MULTILINE)}


def citations(source):
    """[(line, tag)] of the code lines that end in `# (4)`, `# (2), (3)`, `# (weight decay 4)` or `# (a)`.

    A comment alone on its line evaluates nothing and is none.
    """
    found = []
    for cell in source.cells:
        for i, text in enumerate(cell.text.split("\n") if cell.kind == "code" else ()):
            cited = CITED.search(text)
            if cited and text[: cited.start()].strip():
                found += [(cell.line + i, tag) for tag in re.findall(r"\(([^()]+)\)", cited[1])]
    return found


def _named(tags, rooms):
    for i, (line, tag) in enumerate(tags):
        room, _, number = tag.rpartition(" ")
        home = room or next(iter(rooms), None)
        if tag in [name for _, name in tags[:i]]:
            yield line, f"a tag must stand once, got ({tag}) again; refer to ({tag}) in words, and leave this display without a tag"
        if re.fullmatch(r"[a-z]", tag):
            continue
        if not re.fullmatch(r"[1-9]\d?", number):
            yield line, f"a tag must be a number, a room's name and a number, or a letter, got {tag!r}; write \\tag{{a}}"
        elif room and room not in rooms:
            yield line, f"({tag}) must name a room of the line of facts, got {room!r} where {list(rooms)} stand; link the room there"
        elif rooms and int(number) not in rooms[home]:
            has = f"must be an equation of the room {home}, which numbers {sorted(rooms[home])}"
            yield line, f"({tag}) {has}; take the room's number, or a letter for an equation of the chapter alone"


def _in_order(tags, rooms):
    own = [[(line, tag) for line, tag in tags if re.fullmatch("[a-z]", tag)]]
    if not rooms:
        own.append([(line, tag) for line, tag in tags if tag.isdecimal()])
    for series in own:
        for i, (line, tag) in enumerate(series):
            due = str(i + 1) if tag.isdecimal() else LETTERS[i % len(LETTERS)]
            if tag != due:
                yield line, f"the chapter's own equations must be counted in order, got ({tag}) where ({due}) is due; count them anew"


def _evaluated(tags, cited):
    for line, tag in tags:
        if not any(where > line and name == tag for where, name in cited):
            way_out = f"end the line that computes it in '# ({tag})', or drop the tag of what is only a step on the way"
            yield line, f"({tag}) must be evaluated in a cell behind it, got none; {way_out}"
    for line, name in cited:
        if name not in [tag for _, tag in tags]:
            yield line, f"the code cites ({name}), which no display carries; write \\tag{{{name}}} at the equation, or drop the comment"
