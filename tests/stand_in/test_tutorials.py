"""TINYREG_BACKEND=cupy runs the chapters unchanged: each one on the stand-in, and on CuPy where there is a GPU."""

import pytest

from tinyreg import backend
from tutorials.form.running import run
from tutorials.form.source import chapters, read

SOURCES = {path.stem: path for path in chapters()}


@pytest.mark.usefixtures("untraced")
@pytest.mark.parametrize("name", SOURCES)
def test_a_chapter_computes_on_the_device(device, name):
    run(read(SOURCES[name]), after=lambda cell: backend.current() == "cupy" or pytest.fail(f"line {cell.line} changes the backend"))
