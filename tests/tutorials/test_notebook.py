"""From a source to a notebook: what Jupyter is given, what is kept of a run, and when another one is needed."""

import base64
import io

import nbformat
import pytest

from tests.tutorials.kernel import outputs, picture, shown
from tutorials.form import notebook as form
from tutorials.form.source import read

TEXT = """\
# 00 Toy

*Minutes: 5. Needs: [07 Dropout](07_dropout.md). Rooms: [l2](../tinyreg/regularization/l2.py).*

Inline $`a_{i}`$ and $b$; see [there](solutions/00_toy.md#one), [here](#why-1) and [home](https://example.org/a.md).

## Why (1)?

```math
\\begin{aligned} y &= x \\\\ z &= y \\end{aligned} \\tag{a}
```

```python
import sys

print("hello")
print("trouble", file=sys.stderr)
```

```python tags=["thumbnail"]
import matplotlib.pyplot as plt

fig, axes = plt.subplots(figsize=(4, 2))
axes.plot([1, 2, 3])
plt.show()
```
"""


@pytest.fixture
def source(tmp_path, monkeypatch):
    monkeypatch.setattr(form, "NOTEBOOKS", tmp_path / "notebooks")
    monkeypatch.setattr(form, "THUMBNAILS", tmp_path / "thumbnails")
    (tmp_path / "00_toy.md").write_text(TEXT, encoding="utf-8")
    return read(tmp_path / "00_toy.md")


def edited(source, old, new):
    source.path.write_text(TEXT.replace(old, new), encoding="utf-8")
    return read(source.path)


def test_markdown_is_jupyters_and_links_lead_on_from_the_folder_below(source):
    first, second, code, figure = form.converted(source, "").cells
    lines = first.source.splitlines()
    assert lines[2] == "*Minutes: 5. Needs: [07 Dropout](07_dropout.ipynb). Rooms: [l2](../../tinyreg/regularization/l2.py).*"
    assert lines[4] == (
        "Inline $a_{i}$ and $b$; see [there](../solutions/00_toy.md#one), [here](#Why-%281%29%3F) and [home](https://example.org/a.md)."
    )
    assert second.source.splitlines()[2:] == ["$$", r"\begin{aligned} y &= x \\ z &= y \end{aligned} \tag{a}", "$$"]
    assert (code.cell_type, code.source[:10], code.metadata) == ("code", "import sys", {})
    assert figure.metadata == {"tags": ["thumbnail"]}
    nbformat.validate(form.converted(source, ""))


def test_colab_installs_the_library_at_its_tag_where_the_repository_has_an_address(source):
    first, *others = form.converted(source, "https://github.com/somebody/tinyreg").cells
    assert first.source.splitlines() == [
        "import sys",
        "",
        'if "google.colab" in sys.modules:  # the library at the version of this notebook',
        f'    %pip install --quiet "tinyreg @ git+https://github.com/somebody/tinyreg@v{form.VERSION}"',
    ]
    assert [cell.source for cell in others] == [cell.source for cell in form.converted(source, "").cells]


def test_another_run_is_needed_when_the_inputs_change(source):
    digests = {
        form.digest(source, ""),
        form.digest(source, "https://github.com/somebody/tinyreg"),
        form.digest(edited(source, "hello", "Hello"), ""),
        form.digest(edited(source, "Inline", "In line"), ""),
        form.digest(edited(source, ' tags=["thumbnail"]', ""), ""),
    }
    assert len(digests) == 5
    assert form.digest(read(edited(source, "", "").path), "") in digests


@pytest.fixture
def ran(source, monkeypatch):
    widget = nbformat.v4.new_output("display_data", {form.WIDGET: {"model_id": "x"}})
    text, rest, blank = (nbformat.v4.new_output("stream", name="stdout", text=printed) for printed in ("hello", "\n", "\n"))
    pages = [{"text/html": f"<pre>{word}</pre>", "text/plain": word} for word in ("", "No such comm: 6")]
    of_rich = [nbformat.v4.new_output("display_data", page) for page in pages]
    monkeypatch.setattr("nbclient.NotebookClient", outputs([widget, text, rest, *of_rich, blank], [shown(picture(800, 400))]))
    return source


def test_what_is_kept_of_a_run(ran):
    from PIL import Image

    steps = []
    form.build(ran, "", lambda: steps.append(1))
    made = nbformat.read(form.path_of(ran), as_version=4)
    nbformat.validate(made)
    assert steps == [1, 1]
    code, figure = (cell for cell in made.cells if cell.cell_type == "code")
    assert [output.text for output in code.outputs] == ["hello\n"] and code.metadata == {}, "neither bars, nor blank lines, nor times"
    (output,) = figure.outputs
    assert list(output.data) == ["image/png"] and output.metadata == {}, "the name of a figure is no text for a reader"
    kept = base64.b64decode(output.data["image/png"])
    assert Image.open(io.BytesIO(kept)).size == (800, 400) and len(kept) < 0.6 * len(picture(800, 400))
    assert Image.open(io.BytesIO(form.thumbnail_of(ran).read_bytes())).size == (360, 180)
    assert made.metadata["tinyreg"] == {"inputs": form.digest(ran, ""), "seconds": 0, "version": form.VERSION}


def test_a_notebook_is_current_until_its_source_changes(ran):
    assert not form.is_current(ran, "")
    form.build(ran, "")
    assert form.is_current(ran, "")
    assert not form.is_current(edited(ran, "hello", "Hello"), "")
    form.thumbnail_of(ran).unlink()
    assert not form.is_current(ran, "")


def test_what_has_no_source_is_a_stray(ran):
    form.build(ran, "")
    (form.NOTEBOOKS / "99_gone.ipynb").write_text("{}", encoding="utf-8")
    assert form.strays([ran]) == [form.NOTEBOOKS / "99_gone.ipynb"]
    assert len(form.strays([])) == 3


@pytest.mark.parametrize("limit, value, got", [("LIMIT_S", -1, "got 0 s"), ("LIMIT_BYTES", 10_000, r"got 0 s and \d\d+ kB")])
def test_a_chapter_that_is_too_long_or_too_large_is_not_written(ran, monkeypatch, limit, value, got):
    monkeypatch.setattr(form, limit, value)
    with pytest.raises(ValueError, match=rf"00_toy.md: a chapter must take at most .* s and .* kB, {got}"):
        form.build(ran, "")
    assert not form.NOTEBOOKS.exists() or not list(form.NOTEBOOKS.iterdir())


def test_a_chapter_without_a_thumbnail_is_not_written(ran):
    source = edited(ran, ' tags=["thumbnail"]', "")
    with pytest.raises(ValueError, match="00_toy.md: a cell tagged thumbnail must draw a figure, got none"):
        form.build(source, "")
    assert not form.path_of(source).exists()


def test_the_address_is_that_of_setup_cfg(tmp_path, monkeypatch):
    monkeypatch.setattr(form, "FOLDER", tmp_path / "tutorials")
    (tmp_path / "setup.cfg").write_text("[metadata]\nname = tinyreg\n", encoding="utf-8")
    assert form.url() == ""
    (tmp_path / "setup.cfg").write_text("[metadata]\nurl = https://github.com/somebody/tinyreg/\n", encoding="utf-8")
    assert form.url() == "https://github.com/somebody/tinyreg"


def test_a_real_kernel_runs_a_source(source):
    form.build(edited(source, 'print("trouble", file=sys.stderr)\n', "import tinyreg\n"), "")
    made = nbformat.read(form.path_of(source), as_version=4)
    code, figure = (cell for cell in made.cells if cell.cell_type == "code")
    assert code.outputs[0].text == "hello\n" and "image/png" in figure.outputs[0].data
