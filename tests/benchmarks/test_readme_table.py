"""A table of the README that says where it comes from is what that file says, byte for byte.

<!-- python -m benchmarks table benchmarks/results/cpu.json -->
...
<!-- end of the table -->
"""

import re
from pathlib import Path

import pytest

from benchmarks.report import readme
from benchmarks.results import load, save

ROOT = Path(__file__).parents[2]
MARKED = re.compile(r"^<!-- python -m benchmarks table (\S+) -->\n(.*?)^<!-- end of the table -->$", re.MULTILINE | re.DOTALL)
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in [*ROOT.glob("*.md"), *(ROOT / "benchmarks").glob("*.md")])


def differing(text, root):
    """The files whose tables stand otherwise in a text."""
    return [path for path, table in MARKED.findall(text) if table != readme(load(root / path))]


@pytest.mark.parametrize("page", PAGES)
def test_tables_are_what_their_results_say(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert len(MARKED.findall(text)) == text.count("<!-- python -m benchmarks table ") == text.count("<!-- end of the table -->")
    assert differing(text, ROOT) == [], "python -m benchmarks table FILE prints it"


def test_a_changed_digit_is_found(results, tmp_path):
    save(results, tmp_path / "cpu.json")
    table = readme(load(tmp_path / "cpu.json"))
    page = f"# x\n\n<!-- python -m benchmarks table cpu.json -->\n{table}<!-- end of the table -->\n\nmore\n"
    assert differing(page, tmp_path) == []
    assert differing(page.replace("**0.50**", "**0.49**", 1), tmp_path) == ["cpu.json"]
