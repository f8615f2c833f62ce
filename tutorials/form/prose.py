"""The Markdown of a source line by line: where a line stands, under which heading, and whether a fence holds it."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """A line of Markdown.

    Attributes:
        number: its place in the file, from 1.
        text: what it says.
        section: the level-2 heading it stands under, "" above the first.
        fence: the word of the fence around it ("math", "text"), None outside; the lines ```math and ``` belong to it.
    """

    number: int
    text: str
    section: str
    fence: str | None


def lines(source):
    """Every line of the Markdown cells of a Source."""
    section = ""
    for cell in source.cells:
        fence = None
        for i, text in enumerate(cell.text.split("\n") if cell.kind == "markdown" else ()):
            marker = re.match(r"\s*```(\w*)\s*$", text)
            opening = marker and fence is None
            if opening:
                fence = marker[1]
            elif fence is None and text.startswith("## "):
                section = text[3:].strip()
            yield Line(cell.line + i, text, section, fence)
            if marker and not opening:
                fence = None


def said(source, number, message):
    """A problem with its place, as an editor finds it."""
    return f"{source.path.name}:{number}: {message}"
