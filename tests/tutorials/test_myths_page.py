"""The page of myths: made from the tests of the claims, which are complete."""

import ast
import re
import textwrap

import pytest

from tutorials.form.links import anchor
from tutorials.form.myths import LABELS, MYTHS, TESTS, claims, first_sentence, page, setup
from tutorials.form.source import read

MODULE = TESTS.read_text(encoding="utf-8")
TESTS_OF_CLAIMS = {node.name: node for node in ast.parse(MODULE).body if isinstance(node, ast.FunctionDef) and node.name[:5] == "test_"}
YEAR = r"(?:19|20)\d\d|migration guide|documentation"  # of a source
TOY = '''\
"""Toy."""

import math

import numpy as np
import pytest

import tinyreg as torch


@pytest.fixture
def stage():
    yield


def test_01_two_is_odd():
    r"""Claim. Two is odd. It is said of `2` and of $\\sqrt{4}$.

    Truth. It is even. A half of it is 1,
    a whole number.

    Source. Euclid 300 BC, Elements, book VII.

    Rooms. [l1](../tinyreg/regularization/l1.py)
    """
    # a comment first
    print(2 % 2)

    def half(x):
        return x / 2

    assert half(2) == 1  # a comment behind


def helper():
    return 1


def test_02_three_is_even():
    """Claim. Three is even.

    Truth. Odd.

    Source. Euclid 300 BC, Elements, book VII.

    Rooms. [l2](../tinyreg/regularization/l2.py)
    """
    print(3 % 2)
    assert 3 % 2
'''


def own_nodes(function):
    """The nodes of a function without those of the functions inside it."""
    waiting = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)


def test_the_page_is_made_from_the_tests():
    assert MYTHS.read_text(encoding="utf-8") == page(MODULE), "run python tutorials/build.py 21 and commit what it wrote"


def test_the_claims_are_twenty_two_in_order():
    found = claims(MODULE)
    assert [claim.number for claim in found] == list(range(1, 23))
    assert len({claim.heading for claim in found}) == 22


@pytest.mark.parametrize("name", TESTS_OF_CLAIMS)
def test_a_claim_is_complete(name):
    node = TESTS_OF_CLAIMS[name]
    (claim,) = (claim for claim in claims(MODULE) if name.startswith(f"test_{claim.number:02d}_"))
    assert all(len(text.split()) > 3 for text in (claim.claim, claim.truth, claim.source))
    assert len(claim.heading) <= 90 and "$" not in claim.heading, "a heading is short, and has an anchor"
    verdict = first_sentence(claim.truth)
    assert len(verdict) <= 72 and "$" not in verdict, "the verdict of the table of contents is short, and is a link"
    assert all(re.search(YEAR, part) for part in claim.source.split(";")), "a source has its year"
    targets = re.findall(r"\[[^\]]+\]\(([^)]+)\)", claim.rooms)
    assert targets and all((MYTHS.parent / target).exists() for target in targets)
    calls = [inner.func.id for inner in ast.walk(node) if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name)]
    assert "print" in calls and any(isinstance(inner, ast.Assert) for inner in ast.walk(node))


@pytest.mark.parametrize("name", TESTS_OF_CLAIMS)
def test_a_body_can_stand_as_a_cell(name):
    node = TESTS_OF_CLAIMS[name]
    asked = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
    assert not asked and not node.decorator_list, "a cell has no fixtures"
    assert not any(isinstance(inner, ast.Return | ast.Yield | ast.Global) for inner in own_nodes(node))
    cell = next(claim.code for claim in claims(MODULE) if name.startswith(f"test_{claim.number:02d}_"))
    assert ast.dump(ast.parse(cell)) == ast.dump(ast.parse(textwrap.dedent(ast.unparse(ast.Module(node.body[1:], [])))))


def test_a_cell_needs_the_first_one_alone():
    """Names that a body reads are its own, those of the first cell, or Python's; none comes from another claim's cell."""
    given = {}
    exec(compile(setup(MODULE), "first cell", "exec"), given)
    for name, node in TESTS_OF_CLAIMS.items():
        code = compile(ast.Module([node], []), str(TESTS), "exec").co_consts[0]
        asked = {used for part in codes(code) for used in globals_of(part)}
        missing = asked - set(given) - set(dir(__builtins__) if not isinstance(__builtins__, dict) else __builtins__)
        assert not missing, f"{name}: {missing}"


def codes(code):
    yield code
    for constant in code.co_consts:
        if hasattr(constant, "co_code"):
            yield from codes(constant)


def globals_of(code):
    import dis

    return {instruction.argval for instruction in dis.get_instructions(code) if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME")}


def test_the_contents_lead_to_the_sections():
    text = MYTHS.read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    links = re.findall(r"\]\(#([^)]+)\)", text)
    assert len(links) == 22 and set(links) <= {anchor(heading) for heading in headings}


def test_every_source_stands_in_the_list_at_the_end():
    listed = MYTHS.read_text(encoding="utf-8").partition("\n## Sources\n")[2]
    for claim in claims(MODULE):
        for part in re.sub(r"\s+", " ", claim.source).split(";"):
            first, year = re.match(rf"\s*([^\s,]+).*?\b({YEAR})\b", part).groups()
            assert re.search(rf"^- {re.escape(first)}\b[^\n]*(?:\n  [^\n]*)?\b{year}\b", listed, re.MULTILINE), f"{claim.heading}: {part}"


def test_the_chapters_that_are_needed_are_called_by_their_titles():
    source = read(MYTHS)
    assert [(target, text) for text, target in source.needs] == [
        (target, read(MYTHS.parent / target).title) for target in ("00_chain_rule.md", "04_l2.md", "07_dropout.md", "08_batch_norm.md")
    ]


def test_two_claims_make_two_sections():
    made = page(TOY)
    assert made.startswith("# 21 Myths\n\n*Minutes: ")
    assert "```python\nimport math\n\nimport numpy as np\n\nimport tinyreg as torch\n\nplt.style.use(LOOK)\n```" in made
    assert "1. Two is odd.\n   [It is even.](#1-two-is-odd)\n2. Three is even.\n   [Odd.](#2-three-is-even)\n" in made
    wanted = """\
## 1. Two is odd

**Claim.** Two is odd. It is said of `2` and of $\\sqrt{4}$.

```python tags=["thumbnail"]
# a comment first
print(2 % 2)

def half(x):
    return x / 2

assert half(2) == 1  # a comment behind
```

**What is true.** It is even. A half of it is 1,
a whole number.

**Source.** Euclid 300 BC, Elements, book VII.

**Read.** [l1](../tinyreg/regularization/l1.py)

## 2. Three is even

**Claim.** Three is even.

```python
print(3 % 2)
assert 3 % 2
```
"""
    assert wanted in made and "helper" not in made and "pytest" not in made.partition("## Exercises")[0]
    assert made.index("## 2. Three") < made.index("## Exercises") < made.index("## Sources") and made.endswith("\n")


def test_a_claim_without_its_four_paragraphs_is_refused():
    lost = TOY.replace("    Truth. Odd.\n\n", "")
    message = "the docstring must have the paragraphs Claim, Truth, Source, Rooms, got Claim, Source, Rooms; begin each"
    with pytest.raises(ValueError, match=f"test_02_three_is_even: {message}"):
        page(lost)
    with pytest.raises(ValueError, match=r"got ; begin each"):
        claims("def test_01_a():\n    pass\n")
    assert LABELS == ("Claim", "Truth", "Source", "Rooms")


def test_the_first_sentence_ends_at_a_stop_before_a_space():
    assert first_sentence("By 0.5 of\nit. No.") == "By 0.5 of it."
    assert first_sentence("The line: `a.b`.") == "The line: `a.b`."
