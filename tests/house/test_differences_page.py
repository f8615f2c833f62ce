"""DIFFERENCES.md: every line says the four things it must, and names one test that shows it; every such test is named."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "differences"
TWIN = "_in_pytorch"
LINE = re.compile(r"(?P<ours>.+\.) \*PyTorch:\* (?P<theirs>.+\.) \*Why:\* (?P<why>.+\.) `(?P<test>test_\w+)`")


def sections():
    """{title: (the test files that it links, its lines)}."""
    found = {}
    for part in re.split(r"^## ", (ROOT / "DIFFERENCES.md").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        title, _, text = part.partition("\n")
        begin, *lines = re.split(r"^- ", text, flags=re.MULTILINE)
        found[title] = re.findall(r"\]\(tests/differences/([^)]+)\)", begin), [" ".join(line.split()) for line in lines]
    return found


def functions(name):
    """{test: the names of its arguments} of a file, in order."""
    body = ast.parse((FOLDER / name).read_text(encoding="utf-8")).body
    nodes = [node for node in body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    return {node.name: [argument.arg for argument in node.args.args] for node in nodes}


SECTIONS = sections()
FILES = sorted(path.name for path in FOLDER.glob("test_*.py"))


@pytest.mark.parametrize("title", SECTIONS)
def test_each_line_names_its_test_and_each_test_has_its_line(title):
    files, lines = SECTIONS[title]
    wrong = [line for line in lines if not LINE.fullmatch(line)]
    assert not wrong, "\n".join(["the form is '<ours>. *PyTorch:* <theirs>. *Why:* <the reason>. `test_name`'", *wrong])
    named = [LINE.fullmatch(line)["test"] for line in lines]
    assert named == [name for file in files for name in functions(file) if not name.endswith(TWIN)], "in the order of the files"


def test_each_file_belongs_to_one_section():
    assert sorted(file for files, _ in SECTIONS.values() for file in files) == FILES


@pytest.mark.parametrize("file", FILES)
def test_each_test_has_a_twin_for_pytorch(file):
    found = functions(file)
    assert [name for name in found if not name.endswith(TWIN) and name + TWIN not in found] == []
    assert [name for name in found if name.endswith(TWIN) and name.removesuffix(TWIN) not in found] == []
    halves = {name: {"torch", "torchvision"} & set(arguments) for name, arguments in found.items()}
    assert [name for name, asked in halves.items() if bool(asked) != name.endswith(TWIN)] == []


def test_no_name_stands_twice():
    named = [LINE.fullmatch(line)["test"] for _, lines in SECTIONS.values() for line in lines]
    assert sorted(named) == sorted(set(named)) and len(named) > 100


def test_the_readme_leads_there():
    assert "](DIFFERENCES.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
