"""Every chapter and every file of solutions runs as it stands, in this process; its figures can be read."""

import pytest

from tutorials.form.figures import problems
from tutorials.form.running import run
from tutorials.form.source import FOLDER, chapters, read, solutions

RUN_ELSEWHERE = {"21_myths.md": "its cells are the bodies of tests/test_myths.py"}
PATHS = {path.relative_to(FOLDER).as_posix(): path for path in chapters() + solutions()}
SOURCES = {name: path for name, path in PATHS.items() if name not in RUN_ELSEWHERE}


@pytest.mark.usefixtures("untraced")
@pytest.mark.parametrize("name", SOURCES)
def test_it_runs_and_its_figures_can_be_read(name):
    from matplotlib import pyplot

    figures, wrong = 0, []

    def look(cell):
        nonlocal figures
        for number in pyplot.get_fignums():
            figures += 1
            wrong.extend(f"{name}:{cell.line}: {problem}" for problem in problems(pyplot.figure(number)))

    run(read(SOURCES[name]), look)
    assert not wrong, "\n".join(wrong)
    least = 0 if name.startswith("solutions/") else 3
    assert figures >= least, f"{name}: a chapter must have three figures of its own results, got {figures}"
