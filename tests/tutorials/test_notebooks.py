"""The committed notebooks: their inputs are the sources', and their outputs whole, quiet and of no one machine."""

import copy

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tutorials.form.notebook import KERNEL, WIDGET, converted, path_of, url
from tutorials.form.outputs import problems
from tutorials.form.source import chapters, read


@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
class TestChapter:
    def test_inputs_are_the_source(self, path):
        source = read(path)
        assert path_of(source).exists(), f"{path.name}: no notebook; run `python tutorials/build.py {path.name[:2]}`"
        made, wanted = nbformat.read(path_of(source), as_version=4), converted(source, url())
        nbformat.validate(made)
        for got, cell in zip(made.cells, wanted.cells, strict=True):
            assert (got.id, got.cell_type, got.source, got.metadata) == (cell.id, cell.cell_type, cell.source, cell.metadata)

    def test_outputs_are_whole(self, path):
        notebook = path_of(read(path))
        assert problems(nbformat.read(notebook, as_version=4), notebook.stat().st_size) == []


ERROR = new_output("error", ename="E", evalue="e", traceback=["f(): e"])
FIGURE = new_output("display_data", {"image/png": "iVBORw0KGgo="})


def stream(text, name="stdout"):
    return new_output("stream", name=name, text=text)


def display(text, html):
    return new_output("display_data", {"text/plain": text, "text/html": html})


def notebook():
    cells = [
        new_markdown_cell("# Title"),
        new_code_cell("fig, axes = plt.subplots()\nplt.show()", outputs=[FIGURE]),
        new_code_cell("figure", outputs=[copy.deepcopy(FIGURE), copy.deepcopy(FIGURE)]),
        new_code_cell("f()", metadata={"tags": ["raises-exception"]}, outputs=[ERROR]),
        new_code_cell("print(x)", outputs=[stream("x = 1 / 2 of the work done at home, C: 3\n")]),
        new_code_cell("table", outputs=[display("a | b", f'<table style="{"margin: 1px;" * 12}">a</table>')]),
    ]
    for count, cell in enumerate(cells[1:], 1):
        cell.execution_count = count
    for i, cell in enumerate(cells):
        cell.id = f"cell-{i:03d}"
    return new_notebook(cells=cells, metadata={"kernelspec": KERNEL, "tinyreg": {"seconds": 20}})


def test_a_good_notebook():
    assert problems(notebook(), 400_000) == []


def printing(output):
    return lambda made: made.cells[4].outputs.append(output)


def error(made):
    made.cells[3].outputs[0].traceback = ["\x1b[31mFile \x1b[0m/home/me/tinyreg/nn.py:3", "f(): e"]


@pytest.mark.parametrize(
    "spoil, message",
    [
        (lambda made: made.cells[1].outputs.clear(), "cell 1: a cell that calls plt.show() must have its figure, got none"),
        (lambda made: made.cells[2].outputs.pop(), "a chapter must have at least 3 figures, got 2"),
        (lambda made: made.cells[3].outputs.clear(), "cell 3: a cell raises if and only if it is tagged raises-exception, got []"),
        (lambda made: made.cells[3].metadata.clear(), "cell 3: a cell raises if and only if it is tagged raises-exception, got ['E']"),
        (error, "cell 3: an output must not hold a path of the machine that made it, got '/" "home/me/tinyreg/nn.py:3'"),
        (lambda made: made.cells[0].update(id="8f3a"), "cells must be called cell-000, cell-001 and so on"),
        (lambda made: made.cells[4].update(execution_count=9), "cells must have been run once, from the first to the last"),
        (lambda made: made.metadata.kernelspec.update(name="venv"), "the kernel must be python3"),
        (lambda made: made.metadata.update(widgets={}), "without the state of widgets, got ['kernelspec', 'tinyreg', 'widgets']"),
        (lambda made: made.metadata.tinyreg.update(seconds=60), "must be under 60 s and 500 kB, got 60 s and 400 kB"),
        (lambda made: made.metadata.pop("tinyreg"), "must be under 60 s and 500 kB, got 60 s"),
        (printing(stream("UserWarning: no", "stderr")), "nothing must be written to stderr, got 'UserWarning: no'; mend what warns"),
        (printing(new_output("display_data", {WIDGET: {}, "text/plain": "Output()"})), "cell 4: a widget is nothing without its kernel"),
        (printing(new_output("execute_result", {"text/plain": "PosixPath('/tmp/x1')"})), "cell 4: an output must not hold a path of the"),
        (printing(stream("lib/site-packages/numpy")), "of the machine that made it, got 'site-packages/numpy'"),
        (printing(stream("C:\\Users\\me")), "of the machine that made it, got 'C:\\\\Users\\\\me'"),
        (printing(stream("<function f at 0x7f33a0>")), "cell 4: an output must not hold an address in memory, got 'at 0x7f33a0'"),
        (printing(display("", '<pre style="margin:1px"></pre>\n')), "cell 4: an output must show something, got nothing"),
        (printing(display("No such comm: 3fc9", "<pre>No such comm: 3fc9</pre>")), "must not hold noise, got 'No such comm: 3fc9'"),
        (printing(stream("a" * 121)), "cell 4: a printed line must have at most 120 columns, got 121: 'aaa"),
    ],
)  # fmt: skip
def test_what_spoils_it(spoil, message):
    made = copy.deepcopy(notebook())
    spoil(made)
    (said,) = [said for said in problems(made, 400_000) if message in said] or [None]
    assert said, problems(made, 400_000)


def test_size():
    (said,) = problems(notebook(), 500_000)
    assert "got 20 s and 500 kB; make its experiments or figures smaller" in said


def test_a_figure_is_asked_for_once_where_all_are_missing():
    made = copy.deepcopy(notebook())
    made.cells = made.cells[:1]
    assert problems(made, 1) == ["a chapter must have at least 3 figures, got 0; draw what its cells find"]
