"""The lint: what GitHub or Jupyter would show otherwise than it is meant, found in the source of a page.

    fences        python, math and text, of three backticks, at the margin: a display inside a list or a quotation is not rendered
    mathematics   form/mathematics.py; and where a formula may stand: closed on its line, its $ beside a space or punctuation, in no
                  emphasis or link, without | in a table
    links         form/links.py; images have a text that stands for them
    Markdown      no HTML, roles, directives, footnotes, front matter, emoji, indented code; lines of at most 140 columns

Last of all the page is read as Markdown, and each formula must be in the text as it stands in the source: that finds what it takes
two formulas for, such as two `_` that pair up.
"""

import re
from pathlib import Path

from .links import MARKDOWN, problem
from .mathematics import of_display, of_formula, of_inline

COLUMNS = 140
FENCES = re.compile(r"python(?: tags=\[[^\]]*\])?|math|text")
IN_README = re.compile(r"bash")
SPAN = re.compile(
    r"\$(?P<ticks>`+)(?P<verbatim>[^`\n]+)(?P=ticks)\$"  # $`...`$
    r"|(?P<code>(?P<fence>`+)(?!`).+?(?<!`)(?P=fence)(?!`))"
    r"|(?P<escaped>\\[!-/:-@\[-`{-~])"
    r"|(?P<double>\$\$)"
    r"|\$(?P<plain>(?:\\.|[^$`\n\\])+)\$"
    r"|(?P<alone>\$)",
    re.DOTALL,
)
BEFORE, BEHIND = re.compile(r"[\s(\[\"'“‘|]"), re.compile(r"[\s.,;:!?)\]\"'”’|…–-]")
WORDS = (  # what is no Markdown of GitHub, or of Jupyter
    (r"\[\^[^\]\s]+\]", "a page must have no footnotes", "Jupyter shows the marks, GitHub no formulas in them: say it in the text"),
    (r"\{[a-z][\w:-]*\}`|(?<!\w):[a-z]+:`", "a page must have no roles", "write the formula, the link or the code itself"),
    (
        r"(?<![\w:]):[a-z][a-z0-9_+-]*:(?![\w:])",
        "no word may stand between two colons",
        "GitHub takes it for an emoji: put a space between",
    ),
    (r"\[![A-Z]+\]", "a page must have no alerts", "Jupyter shows the mark: write a sentence"),
)


def problems(text, path):
    """What must be changed on a page before GitHub and Jupyter show it as it is meant.

    Args:
        text: of the page.
        path: where it is, or will be: its links begin there.

    Returns:
        `<path>:<line>: <what must hold>, got <the piece>; <way out>`, in the order of the lines; [] where nothing is wrong.
    """
    path = Path(path)
    name = f"solutions/{path.name}" if path.parent.name == "solutions" else path.name
    tokens = MARKDOWN.parse(text)
    found = [*_lines(text, tokens), *_blocks(text, tokens, path), *_inlines(tokens, text, path)]
    return [f"{name}:{line}: {message}" for line, message in sorted(dict.fromkeys(found), key=lambda each: each[0])]


def _lines(text, tokens):
    if text.startswith("---\n"):
        yield 1, "a page must begin with its title, got ---; Jupytext keeps front matter in the notebook: delete it"
    hidden = {i for token in tokens if token.type in ("fence", "html_block") for i in range(*token.map)}
    for i, line in enumerate(text.split("\n")):
        if i not in hidden and len(line) > COLUMNS and not line.startswith(("|", "*Minutes:")):
            yield i + 1, f"a line must have at most {COLUMNS} columns, got {len(line)}; wrap it"
        if i not in hidden and line.startswith("|") and re.search(r"\$.*\|.*\$", re.sub(r"\$[^$|]+\$", "", line)):
            yield i + 1, f"a formula in a table must hold no |, got {line:.60}; write \\lvert, \\rvert, \\lVert or \\mid"


def _blocks(text, tokens, path):
    lines = text.split("\n")
    for token in tokens:
        line = token.map[0] + 1 if token.map else 0
        if token.type == "fence":
            yield from _fence(token, lines, path)
        elif token.type == "code_block":
            yield (
                line,
                f"code must stand in a fence, got an indented line {token.content.strip():.40}; put ``` around it, or take the spaces away",
            )
        elif token.type == "html_block" and not re.fullmatch(r"<!--.*?-->\s*", token.content, re.DOTALL):
            yield line, f"a page must have no HTML, got {token.content.strip():.40}; write Markdown, or \\lt for <"
        elif token.type == "heading_open" and token.markup in ("=", "-"):
            yield token.map[1], f"a heading must begin with #, got a line of {token.markup} below it; put an empty line between"
        elif token.type == "bullet_list_open" and token.markup == "+":
            yield line, f"a line must not begin with +, got {lines[line - 1].strip():.40}; it begins a list: wrap the line elsewhere"


def _fence(token, lines, path):
    line, info = token.map[0] + 1, token.info.strip()
    allowed = FENCES.fullmatch(info) or (path.name == "README.md" and IN_README.fullmatch(info))
    if lines[line - 1][:3] != "```":
        way_out = "GitHub renders no display inside a list or a quotation, and Jupytext runs no code there: end the list first"
        yield line, f"a fence must stand at the margin, got {lines[line - 1]:.40}; {way_out}"
    if token.markup != "```" or not allowed:
        yield (
            line,
            f"a fence must be one of ```python, ```math, ```text, got {token.markup}{info}; python runs, math is a display, text is shown",
        )
    if lines[token.map[1] - 1].strip("> ") != token.markup:
        yield line, f"a fence must be closed, got no end of {token.markup}{info}; write {token.markup} below it"
    if info == "math":
        for place, message in of_formula(token.content) + of_display(token.content):
            yield line + 1 + place, message


def _inlines(tokens, text, path):
    row = 0
    for token in tokens:
        if token.type == "tr_open":
            row = token.map[0]
        elif token.type == "inline":
            start = (token.map[0] if token.map else row) + 1
            for place, message in [*_spans(token.content, token.children), *_words(token.content), *_children(token.children, text, path)]:
                yield start + place, message


def _spans(content, children):
    """The formulas of a paragraph."""
    texts = "\0".join(child.content for child in children if child.type == "text")
    plains = [span[0] for span in SPAN.finditer(content) if span["plain"]]
    for span in SPAN.finditer(content):
        line = content.count("\n", 0, span.start())
        tex = span["verbatim"] or span["plain"]
        if span["double"]:
            yield line, "a display must stand in a ```math fence, got $$; Markdown takes backslashes from $$ ... $$"
        elif span["alone"]:
            yield (
                line,
                f"a formula must be closed on its line, got {_around(content, span)}; put both $ on one line, and write USD for a price",
            )
        elif span["escaped"] == r"\$":
            yield line, r"a page must hold no dollar signs but those of formulas, got \$; write USD"
        elif tex:
            yield from ((line, message) for message in _formula(content, span, tex, texts, plains))


def _formula(content, span, tex, texts, plains):
    before, behind = content[: span.start()][-1:], content[span.end() :][:1]
    if before and not BEFORE.match(before):
        way_out = "put a space between, or say it in words" + (", and make no formula bold" if before in "*_" else "")
        yield f"a formula must begin behind a space or a bracket, got {_around(content, span)}; {way_out}"
    if behind and not BEHIND.match(behind):
        yield f"a formula must end before a space or punctuation, got {_around(content, span)}; put a space between, or say it in words"
    own = [message for _, message in of_formula(tex) + of_inline(tex, bool(span["verbatim"]))]
    yield from own
    if not own and texts.count(span[0]) < plains.count(span[0]):
        yield f"Markdown must leave a formula as it stands, got {span[0]}, of which it takes a part (emphasis, a link); write $`{tex}`$"


def _words(content):
    """What stands in the text, formulas and code left out."""
    bare = SPAN.sub(lambda span: re.sub(r"[^\n]", " ", span[0]) if not span["code"] else re.sub(r"[^\n`]", " ", span[0]), content)
    for pattern, must, way_out in WORDS:
        for piece in re.finditer(pattern, bare):
            yield bare.count("\n", 0, piece.start()), f"{must}, got {piece[0]}; {way_out}"


def _children(children, text, path):
    """Links, images, HTML and emphasis of a paragraph."""
    line, inside = 0, []
    for child in children:
        line += child.type in ("softbreak", "hardbreak")
        if child.type in ("link_open", "image"):
            wrong = problem(child.attrs["href" if child.type == "link_open" else "src"], text, path)
            if wrong:
                yield line, wrong
        if child.type == "image" and not child.content.strip():
            yield line, f"an image must have a text, got ![]({child.attrs['src']}); say in brackets what it shows"
        if child.type == "html_inline" and not child.content.startswith("<!--"):
            yield line, f"a page must have no HTML, got {child.content}; write Markdown, or \\lt for <"
        if child.type in ("link_open", "em_open", "strong_open", "s_open"):
            inside.append("a link" if child.type == "link_open" else "emphasis")
        elif child.type in ("link_close", "em_close", "strong_close", "s_close"):
            inside.pop()
        elif inside and "$" in child.content and child.type == "text":
            yield line, f"a formula must stand outside of links and emphasis, got one in {inside[-1]}: {child.content:.40}; take them away"


def _around(content, span):
    """A formula and a few letters on its sides, on its line."""
    begin = max(content.rfind("\n", 0, span.start()) + 1, span.start() - 12)
    return content[begin : span.end() + 12].split("\n")[0]
