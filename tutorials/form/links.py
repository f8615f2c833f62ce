"""Where the links of a page lead: to files that are there, to headings that they have."""

import re
from pathlib import Path
from urllib.parse import unquote

from markdown_it import MarkdownIt

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
ELSEWHERE = re.compile(r"(?:https?|mailto):")
MADE = re.compile(r"notebooks/(\w+)\.ipynb|thumbnails/(\w+)\.png")  # by build.py, from a source that must be there


def anchor(heading):
    """The name that GitHub gives a heading, by which a link finds it.

    Example:
        >>> anchor("10. An L2 penalty can be summed from `param.data`")
        '10-an-l2-penalty-can-be-summed-from-paramdata'
    """
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def headings(text):
    """The words of the headings of a page, by their anchors as GitHub makes them.

    Example:
        >>> headings("# 04 L2\\n\\n## Why `s`, and not 2 s?\\n\\n## Why `s`, and not 2 s?\\n")
        {'04-l2': '04 L2', 'why-s-and-not-2-s': 'Why s, and not 2 s?', 'why-s-and-not-2-s-1': 'Why s, and not 2 s?'}
    """
    plains, found = [], {}
    tokens = MARKDOWN.parse(text)
    for heading, inline in zip(tokens, tokens[1:]):
        if heading.type == "heading_open":
            words = "".join(each.content for each in inline.children if each.type in ("text", "code_inline"))
            plain = anchor(words)
            again = plains.count(plain)
            plains.append(plain)
            found[f"{plain}-{again}" if again else plain] = words
    return found


def problem(target, text, path):
    """What is wrong with a link on the page `path` that says `text`, or None."""
    if ELSEWHERE.match(target):
        return None
    file, _, name = unquote(target).partition("#")
    if file.startswith("/"):
        return f"a link must be relative, got {target}; begin at the folder of this file"
    there = Path(path).parent / file if file else Path(path)
    made = MADE.fullmatch(file)
    if made and (there.parents[1] / f"{made[1] or made[2]}.md").is_file():
        return None
    if file and not there.exists():
        return f"a link must lead to a file, got {target}; give the path from the folder of this file"
    if not name or re.fullmatch(r"L\d+(?:-L\d+)?", name) and there.suffix != ".md":
        return None
    known = headings(there.read_text(encoding="utf-8") if file else text) if there.suffix == ".md" or not file else {}
    if name not in known:
        return f"a link must lead to a heading, got #{name}; the page has {', '.join(f'#{each}' for each in known) or 'none'}"
    return None
