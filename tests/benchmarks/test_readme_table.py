"""A table of a page that says where it comes from is what that file says, byte for byte.

<!-- python -m benchmarks table benchmarks/results/cpu.json -->
...
<!-- end of the table -->

Likewise for `where --results FILE` and `growth --results FILE`.
"""

import json
import re
from pathlib import Path

import pytest

from benchmarks import where
from benchmarks.growth import command as growth
from benchmarks.report import readme
from benchmarks.results import load, save

ROOT = Path(__file__).parents[2]
MARK = r"^<!-- python -m benchmarks (table|where --results|growth --results) (\S+) -->\n(.*?)^<!-- end of the table -->$"
MARKED = re.compile(MARK, re.MULTILINE | re.DOTALL)
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in [*ROOT.glob("*.md"), *(ROOT / "benchmarks").glob("*.md")])


def kept(path):
    return json.loads(path.read_text(encoding="utf-8"))


SAID = {
    "table": lambda path: readme(load(path)),
    "where --results": lambda path: where.page(kept(path)),
    "growth --results": lambda path: growth.page(kept(path)),
}


def differing(text, root):
    """The files whose tables stand otherwise in a text."""
    return [path for command, path, table in MARKED.findall(text) if table != SAID[command](root / path)]


@pytest.mark.parametrize("page", PAGES)
def test_tables_are_what_their_results_say(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert len(MARKED.findall(text)) == text.count("<!-- python -m benchmarks ") == text.count("<!-- end of the table -->")
    assert differing(text, ROOT) == [], "the command in the mark prints it"


def test_a_changed_digit_is_found(results, tmp_path):
    save(results, tmp_path / "cpu.json")
    table = readme(load(tmp_path / "cpu.json"))
    page = f"# x\n\n<!-- python -m benchmarks table cpu.json -->\n{table}<!-- end of the table -->\n\nmore\n"
    assert differing(page, tmp_path) == []
    assert differing(page.replace("**0.50**", "**0.49**", 1), tmp_path) == ["cpu.json"]
