"""What a file of the house is: finished, of a size that can be read, and without unfinished business."""

import ast
import io
import re
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("tinyreg", "tests", "tutorials", "benchmarks")
PYTHON = sorted(path.relative_to(ROOT).as_posix() for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
TEXT = PYTHON + [
    path.relative_to(ROOT).as_posix()
    for pattern in (
        *("*.md", "*.cfg", "*.toml", ".ci/run", ".github/**/*.yml", "tutorials/**/*.md"),
        *("tinyreg/**/*.pyi", "tinyreg/**/*.md", "tinyreg/**/*.txt"),
    )
    for path in sorted(ROOT.glob(pattern))
]

LIMIT = 250  # lines of code; docstrings, comments and blank lines are not counted
ENGINE_LIMIT = 600  # the engine is read in one evening
TABLES = {  # {path: why}: a table that is longer than a file should be
    "tests/test_myths.py": "the 22 claims of tutorials/21_myths.md, a row each: the page is made from this one file",
}

DOORS = (
    *("tinyreg/nn/", "tinyreg/utils/", "tinyreg/datasets.py", "tinyreg/transforms/"),
    *("tinyreg/autograd/__init__.py", "tinyreg/optim/__init__.py", "tinyreg/optim/swa_utils.py"),
)


def parse(path):
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def is_text(node):
    """A docstring, a bare string, or `...`."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def code_lines(path):
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO((ROOT / path).read_text(encoding="utf-8")).readline):
        if token.type not in (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER):
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(parse(path)):
        if is_text(node):
            lines.difference_update(range(node.lineno, node.end_lineno + 1))
    return len(lines)


@pytest.mark.parametrize("path", PYTHON)
def test_can_be_read_in_one_sitting(path):
    if path not in TABLES:
        assert code_lines(path) <= LIMIT, f"{path}: split it by name, never into utils, common or misc"


def test_exemptions_are_needed():
    assert [path for path in TABLES if code_lines(path) <= LIMIT] == []


def test_the_engine_is_small():
    engine = {name: code_lines(f"tinyreg/autograd/{name}.py") for name in ("tensor", "function", "engine", "grad_mode")}
    assert sum(engine.values()) <= ENGINE_LIMIT, engine


@pytest.mark.parametrize("path", PYTHON)
def test_is_finished(path):
    body = parse(path).body
    if path.endswith("__init__.py"):
        assert body, f"{path}: empty; say in one sentence what the package holds"
    else:
        assert not all(is_text(node) or isinstance(node, ast.Pass) for node in body), f"{path}: a room is finished or it does not exist"


def test_no_folder_is_empty():
    folders = [path for top in FOLDERS for path in (ROOT / top).rglob("*") if path.is_dir() and path.name != "__pycache__"]
    empty = [folder.relative_to(ROOT).as_posix() for folder in folders if not any(folder.iterdir())]
    assert not empty, f"{' '.join(empty)}: a folder that holds nothing yet waits for its first file"


@pytest.mark.parametrize("path", TEXT)
def test_no_unfinished_business(path):
    words = "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3])
    machine = r"(?<![\w.])/(?:home|root|opt|work|Users)/\w"  # a path of one person's machine
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    found = [f"{path}:{number}: {line.strip()}" for number, line in enumerate(lines, 1) if re.search(rf"\b(?:{words})\b|{machine}", line)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", [path for path in PYTHON if path.startswith(DOORS)])
def test_doors_only_re_export(path):
    def allowed(node):
        if isinstance(node, ast.If):  # if TYPE_CHECKING: imports
            return ast.unparse(node.test).endswith("TYPE_CHECKING") and all(map(allowed, node.body))
        if isinstance(node, ast.FunctionDef):  # doors that open when somebody knocks
            return node.name in ("__getattr__", "__dir__")
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):  # __all__, another name for a thing, a table of names
            return not any(isinstance(inner, ast.Call | ast.Lambda | ast.BinOp) for inner in ast.walk(node.value))
        return isinstance(node, ast.Import | ast.ImportFrom) or is_text(node)

    wrong = [f"{path}:{node.lineno}: {ast.unparse(node).splitlines()[0]}" for node in parse(path).body if not allowed(node)]
    assert not wrong, "\n".join(wrong)
