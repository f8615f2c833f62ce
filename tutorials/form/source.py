"""A chapter's source, Jupytext Markdown, as its title, its line of facts and its cells, each with its place in the file."""

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]
FACTS = re.compile(  # minutes, what is needed, rooms
    r"\*Minutes: (\d+)\. Needs: (nothing|\[[^]]+\]\(\d\d_\w+\.md\)(?:, \[[^]]+\]\(\d\d_\w+\.md\))*)\. "
    r"Rooms: (none|all|\[[^]]+\]\([^)]+\)(?:, \[[^]]+\]\([^)]+\))*)\.\*"
)
LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")


@dataclass(frozen=True)
class Cell:
    """A cell: its kind ("code" or "markdown"), text and tags, and the line of the file on which its text begins."""

    kind: str
    text: str
    tags: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Source:
    """What a source says.

    Attributes:
        path: of the file.
        title: its first heading, without the #.
        minutes: a student's time, None where the line of facts is missing (solutions have none).
        needs, rooms: [(text, target)], the chapters to read before, and the rooms it explains.
        cells: in order.
    """

    path: Path
    title: str
    minutes: int | None
    needs: list[tuple[str, str]]
    rooms: list[tuple[str, str]]
    cells: list[Cell]


def chapters():
    """The sources of the chapters in their order."""
    return sorted(FOLDER.glob("[0-9][0-9]_*.md"))


def solutions():
    """The files of solutions in the order of the chapters."""
    return sorted((FOLDER / "solutions").glob("[0-9][0-9]_*.md"))


def read(path):
    """The Source at a path.

    Raises:
        ValueError: it does not begin with a heading, or a cell cannot be found in it again.
    """
    import jupytext

    path = Path(path)
    text = path.read_text(encoding="utf-8")
    if not text.startswith("# "):
        raise ValueError(f"{path.name}: the first line must be a heading, got {text[:40]!r}; begin with '# NN Title'")
    cells, place = [], 0
    for cell in jupytext.reads(text, fmt={"extension": ".md", "split_at_heading": True}).cells:
        found = text.find(cell.source, place)
        if found < 0:
            raise ValueError(
                f"{path.name}: a cell must stand in the file as it is read, got {cell.source[:60]!r}; fences stand at the margin"
            )
        cells.append(Cell(cell.cell_type, cell.source, tuple(cell.metadata.get("tags", ())), text.count("\n", 0, found) + 1))
        place = found + len(cell.source)
    facts = FACTS.search(text)
    needs, rooms = (LINK.findall(facts[i]) for i in (2, 3)) if facts else ([], [])
    return Source(path, text[2 : text.index("\n")].strip(), int(facts[1]) if facts else None, needs, rooms, cells)
