"""The page of myths: its source, made from the tests of the claims, so that what the page shows is what CI runs.

A claim is a test `test_07_name_in_short`. Its docstring has four paragraphs, each after its label, and its body is the cell:

    Claim.   what is said; its first sentence is the heading
    Truth.   what is true; its first sentence is the verdict of the table of contents
    Source.  author year, title, place; several between semicolons
    Rooms.   links, from the folder of the tutorials
"""

import ast
import re
import textwrap
from dataclasses import dataclass

from .links import anchor
from .source import FOLDER

MYTHS, TESTS = FOLDER / "21_myths.md", FOLDER.parent / "tests" / "test_myths.py"
LABELS = ("Claim", "Truth", "Source", "Rooms")
NOT_SHOWN = ("pytest", "tutorials")  # imports of the tests that no cell needs
THUMBNAIL = 1  # the claim whose figure stands for the page


@dataclass(frozen=True)
class Claim:
    """A claim: its number, what its docstring says, a text for each label, and the code of its cell."""

    number: int
    claim: str
    truth: str
    source: str
    rooms: str
    code: str

    @property
    def heading(self):
        """The claim in a sentence, under its number."""
        return f"{self.number}. {first_sentence(self.claim).rstrip('.')}"

    @property
    def indent(self):
        """What a line of a list begins with that belongs to the item of this number."""
        return " " * len(f"{self.number}. ")


def page(tests):
    """The source of the page.

    Args:
        tests: the text of the module of tests.

    Returns:
        Jupytext Markdown: an introduction, a table of contents, a section for each claim, exercises, sources.

    Raises:
        ValueError: a docstring has not the four paragraphs.
    """
    begin, end = ((FOLDER / "form" / f"myths_{name}.md").read_text(encoding="utf-8").strip() for name in ("begin", "end"))
    found = claims(tests)
    contents = [f"{claim.heading}.\n{claim.indent}[{first_sentence(claim.truth)}](#{anchor(claim.heading)})" for claim in found]
    parts = [begin, _cell(setup(tests)), "## The claims", "\n".join(contents), *map(_section, found), end]
    return "\n\n".join(parts) + "\n"


def claims(tests):
    """The claims of a module of tests, in the order in which they stand there."""
    return [
        Claim(int(node.name[5:7]), *_said(node), _body(node, tests))
        for node in ast.parse(tests).body
        if isinstance(node, ast.FunctionDef) and re.match(r"test_\d\d_", node.name)
    ]


def setup(tests):
    """The first cell: the imports of the module that cells need, and the look of the figures."""
    imports = [node for node in ast.parse(tests).body if isinstance(node, ast.Import | ast.ImportFrom)]
    lines, shown, last = tests.split("\n"), [], None
    for node in imports:
        module = node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
        if module.split(".")[0] not in NOT_SHOWN:
            shown += [""] if last is not None and "" in lines[last : node.lineno - 1] else []
            shown += lines[node.lineno - 1 : node.end_lineno]
            last = node.end_lineno
    return "\n".join([*shown, "", "plt.style.use(LOOK)"])


def first_sentence(text):
    """What stands before the first full stop that a space or the end follows, with it.

    Example:
        >>> first_sentence("Reversed. L2 shares, at 0.5 each.")
        'Reversed.'
    """
    return re.match(r".+?\.(?=\s|$)", " ".join(text.split()))[0]


def _said(node):
    """The four texts of a docstring."""
    paragraphs = (ast.get_docstring(node) or "").split("\n\n")
    labels = tuple(paragraph.partition(". ")[0] for paragraph in paragraphs)
    if labels != LABELS:
        raise ValueError(
            f"{node.name}: the docstring must have the paragraphs {', '.join(LABELS)}, got {', '.join(labels)}; "
            "begin each with its label, and leave an empty line between them"
        )
    return [paragraph.partition(". ")[2] for paragraph in paragraphs]


def _body(node, tests):
    """The lines under the docstring, at the margin, comments kept."""
    lines = tests.split("\n")[node.body[0].end_lineno : node.end_lineno]
    return textwrap.dedent("\n".join(lines)).strip("\n")


def _cell(code, tags=""):
    return f"```python{tags}\n{code}\n```"


def _section(claim):
    return "\n\n".join(
        [
            f"## {claim.heading}",
            f"**Claim.** {claim.claim}",
            _cell(claim.code, ' tags=["thumbnail"]' if claim.number == THUMBNAIL else ""),
            f"**What is true.** {claim.truth}",
            f"**Source.** {claim.source}",
            f"**Read.** {claim.rooms}",
        ]
    )
