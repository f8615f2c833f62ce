"""Running a source: as a notebook would, with the lines of the Markdown file."""

import sys
import traceback

import pytest

from tutorials.form.running import Missed, run
from tutorials.form.source import read


def source(tmp_path, text):
    path = tmp_path / "00_toy.md"
    path.write_text(text, encoding="utf-8")
    return read(path)


def cells(tmp_path, *texts, tags=""):
    return source(tmp_path, "# 00 Toy\n\n" + "\n\n".join(f"Words.\n\n```python{tags}\n{text}\n```" for text in texts) + "\n")


def test_cells_share_names_and_what_they_print_and_show_comes_back(tmp_path):
    assert run(cells(tmp_path, "x = 2\nprint('x is', x)", "x + 1", "None")) == ["x is 2\n", "3\n", ""]


def test_an_error_names_the_line_of_the_file(tmp_path):
    with pytest.raises(ZeroDivisionError) as error:
        run(cells(tmp_path, "x = 0", "y = 2\n\ny / x"))
    last = traceback.extract_tb(error.value.__traceback__)[-1]
    assert (last.filename, last.lineno, last.line) == (str(tmp_path / "00_toy.md"), 14, "y / x")


def test_inspect_finds_what_a_cell_defined(tmp_path):
    printed = run(cells(tmp_path, "import inspect", "def f(x):\n    return 2 * x\n\n\nprint(inspect.getsource(f))"))
    assert printed[1] == "def f(x):\n    return 2 * x\n\n"


def test_a_cell_that_must_raise_shows_its_message(tmp_path):
    assert run(cells(tmp_path, "print(1)\n1 / 0", tags=' tags=["raises-exception"]')) == ["1\nZeroDivisionError: division by zero\n"]
    with pytest.raises(Missed, match=r"00_toy.md:6: a cell tagged raises-exception must raise, got none"):
        run(cells(tmp_path, "1 / 1", tags=' tags=["raises-exception"]'))


def test_the_main_module_is_the_sources_and_then_again_the_old_one(tmp_path):
    before = sys.modules["__main__"]
    printed = run(cells(tmp_path, "class A:\n    pass", "import sys\nsys.modules[A.__module__].A is A"))
    assert printed[1] == "True\n" and sys.modules["__main__"] is before


def test_figures_are_there_after_their_cell_and_gone_after_the_next(tmp_path):
    from matplotlib import pyplot, rcParams

    seen, before = [], rcParams["font.size"]
    text = ["import matplotlib.pyplot as plt\nplt.style.use({'font.size': 3.0})\nplt.subplots()\nplt.subplots()\nplt.show()", "1"]
    run(cells(tmp_path, *text), after=lambda cell: seen.append((len(pyplot.get_fignums()), rcParams["font.size"])))
    assert seen == [(2, 3.0), (0, 3.0)] and rcParams["font.size"] == before


def test_a_picture_that_shows_itself_is_drawn(tmp_path):
    text = "class Picture:\n    def _repr_png_(self):\n        print('drawn')\n\n\nPicture()"
    assert run(cells(tmp_path, text)) == ["drawn\n"]
