"""The table of the chapters in tutorials/README.md, made from their sources."""

import re

from .notebook import VERSION, path_of, thumbnail_of
from .source import FOLDER

README = FOLDER / "README.md"
BEGIN, END = "<!-- made by: python tutorials/build.py -->", "<!-- end of the table -->"
COLAB = "https://colab.research.google.com"


def summary(source):
    """What a chapter is about: the paragraph between its line of facts and its first section."""
    paragraphs = source.cells[0].text.split("\n\n")
    return " ".join(paragraphs[2].split()) if len(paragraphs) > 2 else ""


def table(sources, repository):
    """The table: a picture, what it is about, minutes, what to read before, and a badge where the repository has an address."""
    badge = bool(repository)
    lines = ["| | chapter | minutes | read before |" + (" |" if badge else ""), "|---|---|---|---|" + ("---|" if badge else "")]
    for source in sources:
        notebook, picture = (path.relative_to(FOLDER).as_posix() for path in (path_of(source), thumbnail_of(source)))
        needs = ", ".join(text.split()[0] for text, _ in source.needs) or "nothing"
        about = f"**[{source.title}]({notebook})** {summary(source)}"
        row = f"| [![{source.title}]({picture})]({notebook}) | {about} | {source.minutes} | {needs} |"
        lines.append(row + (f" [![Open in Colab]({COLAB}/assets/colab-badge.svg)]({_colab(repository, notebook)}) |" if badge else ""))
    hours = sum(source.minutes for source in sources) / 60
    return "\n".join([*lines, "", f"Together {hours:.1f} hours for a reader who runs every cell; the exercises come on top."])


def _colab(repository, notebook):
    place = repository.removeprefix("https://github.com/")
    return f"{COLAB}/github/{place}/blob/v{VERSION}/tutorials/{notebook}"


def with_table(text, made):
    """The README's text with this table between its two marks.

    Raises:
        ValueError: the marks are not there.
    """
    pattern = re.compile(f"{re.escape(BEGIN)}\n.*?{re.escape(END)}", re.DOTALL)
    if len(pattern.findall(text)) != 1:
        raise ValueError(f"README.md: the table must stand between two lines, got none or several; write\n{BEGIN}\n{END}")
    return pattern.sub(lambda _: f"{BEGIN}\n\n{made}\n\n{END}", text)
