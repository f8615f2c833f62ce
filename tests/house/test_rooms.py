"""Every room is finished: in the lobby, derived, its equations cited by its code, its doors shown at work."""

import ast
import io
import re
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOUSE = ROOT / "tinyreg" / "regularization"

EXPECTED = {
    *("l2", "l1", "elastic_net", "weight_decay", "dropout", "batch_norm", "layer_norm", "rms_norm", "group_norm", "instance_norm"),
    *("channel_dropout", "alpha_dropout", "gaussian_dropout", "monte_carlo_dropout"),
    *("label_smoothing", "gradient_clipping", "early_stopping", "weight_norm", "spectral_norm", "fold_batch_norm"),
    *("group_lasso", "orthogonality", "max_norm", "weight_clipping", "confidence_penalty", "sparsity"),
    *("augmentation", "mixup", "cutmix", "cutout"),
    *("drop_connect", "drop_path", "noise", "weight_averaging"),
    *("gradient_penalty", "adversarial", "sharpness_aware"),
    "ledger",
    "paths",
}
SECTIONS = ["Forward|Objective", "Backward", "Why it regularizes", "Edge cases", "Cost", "Source"]


def entrance(path):
    """The file that holds the derivation of a room: the module, or the __init__ of a large room's package."""
    return path / "__init__.py" if path.is_dir() else path


ROOMS = {
    path.stem: entrance(path)
    for path in sorted(HOUSE.glob("[!_]*"))
    if path.suffix == ".py" or (path / "__init__.py").exists()
}
rooms = pytest.mark.parametrize("name", ROOMS)


def tree(name):
    return ast.parse(ROOMS[name].read_text(encoding="utf-8"))


def derivation(name):
    return ast.get_docstring(tree(name)) or ""


def sources(name):
    """The code of a room: one file, or all of its package."""
    path = ROOMS[name]
    return sorted(path.parent.glob("*.py")) if path.name == "__init__.py" else [path]


def cited(name):
    """The equation numbers in which comments of the room end: `# (7)` or `# (N, C) -> (C)   (7)`."""
    numbers = set()
    for path in sources(name):
        for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
            if token.type == tokenize.COMMENT:
                whole = re.fullmatch(r"#\s*((?:\(\d{1,2}\)[,\s]*(?:and\s+)?)+)(?:[:,;].*)?", token.string)
                last = re.search(r"\((\d{1,2})\)$", token.string)
                numbers.update(re.findall(r"\d+", whole[1]) if whole else last.groups() if last else [])
    return {int(number) for number in numbers}


def test_the_rooms_exist():
    assert EXPECTED - set(ROOMS) == set()


@rooms
def test_stands_in_the_lobby(name):
    lobby = ast.get_docstring(ast.parse((HOUSE / "__init__.py").read_text(encoding="utf-8"))) or ""
    assert re.search(rf"^\W*{name}\b", lobby, re.MULTILINE), f"{name}: no row in the table of tinyreg/regularization/__init__.py"


@rooms
def test_is_derived_in_the_fixed_order(name):
    starts = [(re.search(rf"^[ \t]*(?:{section})\b", derivation(name), re.MULTILINE), section) for section in SECTIONS]
    missing = [section for found, section in starts if not found]
    assert not missing, f"{name}: the module docstring has no section {missing}"
    places = [found.start() for found, _ in starts]
    assert places == sorted(places), f"{name}: the sections must stand in the order {SECTIONS}"


@rooms
def test_equations_are_numbered_and_cited(name):
    numbered = {int(number) for number in re.findall(r"\((\d{1,2})\)\s*$", derivation(name), re.MULTILINE)}
    assert numbered, f"{name}: number the equations of the module docstring at the right margin: (1), (2), ..."
    assert numbered >= set(range(1, max(numbered) + 1)), f"{name}: the numbers run from (1) without a gap, got {sorted(numbered)}"
    assert cited(name), f"{name}: end the code line that implements an equation in its number: # (1)"
    assert cited(name) <= numbered, f"{name}: the code cites {sorted(cited(name) - numbered)}, the docstring has {sorted(numbered)}"


@rooms
def test_doors_are_shown_at_work(name):
    """Public functions and modules carry an Example; a Function, which its door calls, needs a docstring only."""
    nodes = [node for path in sources(name) for node in ast.parse(path.read_text(encoding="utf-8")).body]
    doors = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")]
    assert doors, f"{name}: a room has doors"
    for node in doors:
        text = ast.get_docstring(node) or ""
        assert text, f"{name}.{node.name}: no docstring"
        function = isinstance(node, ast.ClassDef) and any(ast.unparse(base).endswith("Function") for base in node.bases)
        assert function or ("Example" in text and ">>> " in text), f"{name}.{node.name}: no Example that runs"


def test_the_sections_are_told_to_those_who_add_a_room():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert [section for section in SECTIONS if not re.search(section, text)] == []
