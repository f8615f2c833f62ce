"""Every refusal is one sentence: `<who>: <what must hold>, got <the values>; <what to do>`."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FORM = re.compile(r"[^:]+: .*\bgot\b.*; .+", re.DOTALL)
PYTHONS_OWN = "has no attribute"  # what getattr says of every object
# an option of the command line is refused by what it must be; the way out is to write that, and --help
ELSEWHERE = ("tinyreg/cli/", "tinyreg/experiments/")
FILES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tinyreg").rglob("*.py"))


def sentence(node):
    """The text of a message as far as the source tells it; {...} where a value will stand."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(sentence(part) for part in node.values)
    return "{...}"


def begins_elsewhere(node):
    """Whether the message begins with a sentence that was made before: f"{message}; what to do"."""
    return isinstance(node, ast.JoinedStr) and sentence(node).startswith("{...}; ")


def refusals(path):
    """The messages of the exceptions that a file raises."""
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
            message = node.exc.args[0]
            if isinstance(message, ast.Constant | ast.JoinedStr):
                yield node.lineno, message


@pytest.mark.parametrize("path", [path for path in FILES if not path.startswith(ELSEWHERE)])
def test_names_who_the_rule_the_values_and_the_way_out(path):
    wrong = [
        f"{path}:{line}: {sentence(message)}"
        for line, message in refusals(path)
        if not FORM.fullmatch(sentence(message)) and not begins_elsewhere(message) and PYTHONS_OWN not in sentence(message)
    ]
    assert not wrong, "\n".join(["the form is '<who>: <what must hold>, got <the values>; <what to do>'", *wrong])


def test_there_are_refusals():
    assert sum(1 for path in FILES for _ in refusals(path)) > 200
