"""The lint: each trap is caught where it is set, with its line, and what is right passes; then the pages themselves."""

import re

import pytest

from tutorials.form.lint import problems
from tutorials.form.mathematics import ENVIRONMENTS, KNOWN, REFUSED
from tutorials.form.source import FOLDER, chapters, solutions

PAGES = {path.relative_to(FOLDER).as_posix(): path for path in [*chapters(), *solutions(), FOLDER / "README.md"]}


def found(text, tmp_path, name="00_toy.md"):
    return problems(text, tmp_path / name)


def page(*paragraphs):
    return "# 00 Toy\n\n" + "\n\n".join(paragraphs) + "\n"


def display(*lines):
    return "\n".join(("```math", *lines, "```"))


TRAPS = {  # {what: (wrong, right, a piece of the message)}
    # inline: what Markdown takes
    "thin space": (r"The norm $a\,b$.", r"The norm $`a\,b`$.", r"backslash before punctuation, got \, in $a\,b$; write $`a\,b`$"),
    "braces": (r"The set $\{a\}$.", r"The set $\lbrace a \rbrace$.", r"backslash before punctuation, got \{"),
    "norm": (r"So $\|w\|$ falls.", r"So $\lVert w \rVert$ falls.", r"got \| in"),
    "row": (r"So $a \\ b$.", r"So $`a`$ and $`b`$.", r"got \\ in"),
    "percent": (r"So $5\%$ of them.", "So 5 % of them.", r"got \% in"),
    "star": ("At $w^* = 1$.", r"At $w^\ast = 1$.", "takes a * for emphasis, got * in $w^* = 1$; write $`w^* = 1`$"),
    "verbatim star": ("At $w^* = 1$.", "At $`w^* = 1`$.", "takes a *"),
    "underscore behind a brace": (r"See $\hat{x}_i$.", r"See $\hat x_i$.", r"neither letter nor digit, got }_ in $\hat{x}_i$; write"),
    "underscore behind a bracket": (r"See $(W)_{ij}$.", r"See $`(W)_{ij}`$.", "got )_ in"),
    "underscore in front": ("See $ _i$.", "See $x_i$.", "got  _ in"),
    "tilde": ("About $a~b$.", r"About $a \quad b$.", "strikes out"),
    "entity": ("About $a&lt;b$.", r"About $a \lt b$.", "one character, got &lt;"),
    "emoji in a formula": ("The slice $a:b:c$.", "The slice $`a:b:c`$.", "emoji, got :b:"),
    "link of brackets": ("So $[a+b](c+d)$ is.", "So $`[a+b](c+d)`$ is.", "as it stands, got $[a+b](c+d)$, of which it takes a part"),
    "tag inline": (r"See $`a \tag{1}`$.", r"See $a$.", r"\tag must stand in a display"),
    "spaces inside": ("Here $ a $ is.", "Here $a$ is.", "no space may stand inside the two $, got $ a $; write $a$"),
    # inline: where a formula stands
    "letter behind": ("The $n$th one.", "The $n$-th one.", "end before a space or punctuation, got The $n$th one."),
    "plural": ("All the $x$s here.", "All the $x$ here.", "must end before"),
    "digit in front": ("There are 2$n$ of them.", "There are $2n$ of them.", "begin behind a space or a bracket"),
    "hyphen in front": ("A non-$x$ one.", "A one without $x$.", "must begin behind"),
    "verbatim in front": ("A non-$`x`$ one.", "A (`x`) one and a ($`x`$).", "must begin behind"),
    "bold": ("The **$w$** one.", "The **weight** $w$.", "make no formula bold"),
    "inside bold": ("**The $w$ one.**", "**The weight.** It is $w$.", "outside of links and emphasis, got one in emphasis"),
    "in a link": ("See [$x$ there](https://example.org).", "See $x$ [there](https://example.org).", "got one in a link"),
    "broken line": ("Here $a +\nb$ is.", "Here $a + b$\nis.", "closed on its line, got Here $a +"),
    "price": ("It costs 5$.", "It costs 5 USD.", "closed on its line"),
    "escaped dollar": (r"It costs \$5.", "It costs 5 USD.", r"got \$; write USD"),
    "double dollar": ("$$ a $$", display("a"), "a display must stand in a ```math fence, got $$"),
    "table": ("| a | b |\n|---|---|\n| $|x|$ | 1 |", "| a | b |\n|---|---|\n| $\\lvert x \\rvert$ | 1 |", "in a table must hold no |"),
    "no table": ("| a |\n|---|\n| $`a|b`$ |", "So $`a|b`$ and $|x|$ are.\n\n```text\n| $|x|$ |\n```", "in a table must hold no |"),
    "code is no formula": ("Now `$x$`y$ is.", "Now `$x$` and ``$`y\\,z`$`` are code.", "closed on its line, got"),
    # every formula
    "operatorname": (display(r"\operatorname{sign} x"), display(r"\mathrm{sign}\, x"), r"got \operatorname; write \mathrm{...}"),
    "operatorname inline": (r"The $\operatorname{sign}(x)$.", r"The $\mathrm{sign}(x)$.", r"got \operatorname"),
    "definition": (display(r"\newcommand{\a}{b} a"), display("b"), r"got \newcommand; write it out"),
    "reference": (display(r"a \label{one}"), display(r"a \tag{1}"), r"got \label; write \tag{4}"),
    "unknown macro": (display(r"\frc{a}{b}"), display(r"\frac{a}{b}"), r"must be known to MathJax, got \frc"),
    "environment": (display(r"\begin{align} a \end{align}"), display(r"\begin{aligned} a \end{aligned}"), "got align; most often it is"),
    "greek letter": (display("λ w"), display(r"\lambda w"), "mathematics must be ASCII, got 'λ'"),
    "greek inline": ("The $`λ`$ here.", r"The $\lambda$ and λ here.", "got 'λ'"),
    "comment": (display("a % b"), display(r"a \% b"), "% must have a backslash, got it without; the rest of the line would be a comment"),
    "hash": (display("a # b"), display(r"a \# b"), "# must have a backslash, got it without; MathJax refuses it"),
    "tag of HTML": (display("a<b"), display("a < b"), "must not touch a letter, got a<b"),
    "tag inline HTML": (r"As $`a>b`$ is.", "As $a > b$ and $1>0$ are.", "must not touch a letter, got a>b"),
    "open brace": (display(r"\frac{a}{b"), display(r"\frac{a}{b}"), "{ must be closed, got no end"),
    "closed brace": ("So $a}$ is.", r"So $`\lbrace a \}`$ is.", "} must close what was opened last, got it where nothing is open"),
    "left alone": (display(r"\left( a"), display(r"\left( a \right]"), r"\left must be closed"),
    "right alone": (display(r"a \right)"), display(r"\left. a \right)"), r"\right must close what was opened last"),
    "crossed": (display(r"{ \left( } \right)"), display(r"{ \left( \right) }"), r"} must close what was opened last, got it where \left"),
    "other end": (
        display(r"\begin{cases} a \end{aligned}"),
        display(r"\begin{cases} a & b \\ c & d \end{cases}"),
        r"\end{aligned} must close what was opened last, got it where \begin{cases} is open",
    ),
    # displays
    "tag inside": (
        display(r"\begin{aligned} a \tag{1} \end{aligned}"),
        display(r"\begin{aligned} a \end{aligned} \tag{1}"),
        r"\tag must stand outside of \begin and \end",
    ),
    "two tags": (display(r"a \tag{1} b \tag{2}"), display(r"a \tag{1}") + "\n\n" + display(r"b \tag{2}"), r"must have one \tag, got two"),
    "rows outside": (display(r"a \\ b"), display(r"\sum_{\substack{a \\ b}} c"), r"\\ must stand between \begin and \end"),
    "column outside": (display("a &= b"), display(r"\begin{aligned} a &= b \end{aligned}"), "& must stand between"),
    "empty line": (display("a", "", "= b"), display("a", "= b"), "must have no empty line"),
    "empty display": (display(""), display("a"), "must hold a formula, got nothing"),
    "dollar in a display": (display("$a$"), display("a"), "must hold no $"),
    "display in a list": ("- So\n\n  " + display("a").replace("\n", "\n  "), "- So\n\n" + display("a"), "must stand at the margin"),
    "display in a quotation": ("> " + display("a").replace("\n", "\n> "), "> So\n\n" + display("a"), "must stand at the margin"),
    "indented fence": (" ```math\na\n```", display("a"), "must stand at the margin"),
    "other fence": ("```latex\na\n```", display("a"), "must be one of ```python, ```math, ```text, got ```latex"),
    "tildes": ("~~~math\na\n~~~", display("a"), "got ~~~math"),
    "four backticks": ("````math\na\n````", display("a"), "must be one of ```python, ```math, ```text, got ````math"),
    "shell": ("```bash\nls\n```", "```text\nls\n```", "got ```bash"),
    "tags": ("```python {.x}\n1\n```", '```python tags=["thumbnail"]\n1\n```', "got ```python {.x}"),
    "open fence": ("```python\n1", "```python\n1\n```", "a fence must be closed"),
    # Markdown
    "HTML": ("<details>\n\nWords.\n\n</details>", "Words.\n\n<!-- a remark -->", "no HTML, got <details>"),
    "HTML inline": ("A<sub>i</sub>.", "At <https://example.org>, 1 < 2. <!-- so -->", "no HTML, got <sub>"),
    "footnote": ("Words.[^1]\n\n[^1]: More.", "The array `x[^1]` has.", "no footnotes, got [^1]"),
    "role": ("The {math}`x` and more.", "The set {`x`} and `{math}`.", "no roles, got {math}`"),
    "old role": ("The :math:`x` here.", "The key: `x` here.", "no roles, got :math:`"),
    "emoji": ("It is :warning: here.", "At 12:30:15, `:warning:`, note: this.", "between two colons, got :warning:"),
    "alert": ("> [!NOTE]\n> Words.", "> Note: words.", "no alerts, got [!NOTE]"),
    "indented code": ("Words.\n\n    x = 1", "Words.\n\n```python\nx = 1\n```", "code must stand in a fence"),
    "underlined heading": ("Words\n---", "Words\n\n---", "a heading must begin with #"),
    "plus": ("So $a$\n+ $b$ is.", "So $a$ + $b$ is.", "must not begin with +"),
    "long line": ("w" * 141, "w" * 140 + "\n\n```text\n" + "w" * 141 + "\n```", "at most 140 columns, got 141"),
    "image": ("![](https://example.org/a.png)", "![A curve](https://example.org/a.png)", "an image must have a text"),
    "link": ("See [there](01_no.md).", "See [there](https://example.org/01_no.md), [here](#00-toy).", "must lead to a file, got 01_no.md"),
    "anchor": ("See [below](#the-end).", "See [below](#the-end).\n\n## The end", "must lead to a heading, got #the-end"),
}  # fmt: skip


@pytest.mark.parametrize("name", TRAPS)
def test_a_trap_is_found_on_its_page(name, tmp_path):
    wrong, _, message = TRAPS[name]
    messages = found(page("Words.", wrong), tmp_path)
    assert [line for line in messages if message in line], messages
    assert all(re.fullmatch(r"00_toy\.md:\d+: [^\n]+, got [^\n]+; [^\n]+|00_toy\.md:\d+: Markdown must [^\n]+", line) for line in messages)


@pytest.mark.parametrize("name", TRAPS)
def test_what_is_right_passes(name, tmp_path):
    assert found(page("Words.", TRAPS[name][1]), tmp_path) == []


@pytest.mark.parametrize("name", ["braces", "norm", "star", "operatorname inline", "display in a quotation", "tags"])
def test_one_trap_is_one_message(name, tmp_path):
    assert len(found(page("Words.", TRAPS[name][0]), tmp_path)) == 1


def lines_of(text, tmp_path):
    return [int(message.split(":")[1]) for message in found(text, tmp_path)]


def test_a_message_names_the_line(tmp_path):
    assert lines_of("# T\n\nWords\nand $n$th\n", tmp_path) == [4]
    assert lines_of("# T\n\n- one\n- two\n  words $n$th\n", tmp_path) == [5]
    assert lines_of("# T\n\n| a |\n|---|\n| b |\n| $n$th |\n", tmp_path) == [6]
    assert lines_of("# T\n\n```math\na\n= λ\n```\n", tmp_path) == [5]
    assert lines_of("# T\n\nWords\n[there](none.md)\n", tmp_path) == [4]
    assert lines_of("# T\n\nWords\n:warning:\n", tmp_path) == [4]


def test_two_formulas_whose_underscores_pair_up(tmp_path):
    """No piece of the first is refused by itself; `_` behind a letter and before a brace ends what a `_` in the prose began."""
    (message, *_) = [line for line in found(page("The (_name) and $y_{j}$."), tmp_path) if "as it stands" in line]
    assert "got $y_{j}$, of which it takes a part" in message
    assert found(page("Here $x_i$, $y_{j}$ and $z_{ij}$, $a_1$ and $b_1$ stand."), tmp_path) == []


def test_front_matter(tmp_path):
    assert "00_toy.md:1: a page must begin with its title" in found("---\njupytext: 1\n---\n\n# 00 Toy\n", tmp_path)[0]


def test_solutions_are_named_with_their_folder(tmp_path):
    (message,) = found(page("The $n$th."), tmp_path, "solutions/00_toy.md")
    assert message.startswith("solutions/00_toy.md:3: ")


def test_the_table_of_contents_may_show_the_shell(tmp_path):
    assert found(page("```bash\nls\n```"), tmp_path, "README.md") == []
    assert len(found(page("```latex\na\n```"), tmp_path, "README.md")) == 1
    assert found(page("| " + "w" * 150 + " |\n|---|\n| 1 |"), tmp_path, "README.md") == []


def test_what_is_refused_is_not_known():
    assert not KNOWN & set(REFUSED) and not ENVIRONMENTS & {"align", "equation", "gather", "eqnarray"}


@pytest.mark.parametrize("name", PAGES)
def test_github_shows_the_page_as_it_is_meant(name):
    wrong = problems(PAGES[name].read_text(encoding="utf-8"), PAGES[name])
    assert not wrong, "\n".join(wrong)
