"""The command: what it writes, what it leaves alone, what --check finds, in a folder of two toy chapters."""

import pytest

from tests.tutorials.kernel import outputs, picture, shown
from tutorials import build
from tutorials.form import notebook, page, source, style

CHAPTER = """\
# {number} Toy

*Minutes: 5. Needs: nothing. Rooms: none.*

What it is about.

## The question

```python tags=["thumbnail"]
{number} + 1
```
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder like tutorials/, and a client that runs nothing."""
    (tmp_path / "solutions").mkdir()
    for number in ("04", "07"):
        (tmp_path / f"{number}_toy.md").write_text(CHAPTER.format(number=number), encoding="utf-8")
    (tmp_path / "README.md").write_text(f"# Chapters\n\n{page.BEGIN}\n{page.END}\n", encoding="utf-8")
    for module in (build, notebook, page, source):
        monkeypatch.setattr(module, "FOLDER", tmp_path)
    monkeypatch.setattr(page, "README", tmp_path / "README.md")
    monkeypatch.setattr(style, "PATH", tmp_path / "style.mplstyle")
    monkeypatch.setattr(notebook, "NOTEBOOKS", tmp_path / "notebooks")
    monkeypatch.setattr(notebook, "THUMBNAILS", tmp_path / "thumbnails")
    monkeypatch.setattr(build.myths, "MYTHS", tmp_path / "myths.md")
    monkeypatch.setattr(build, "url", lambda: "")
    monkeypatch.setattr(build.myths, "page", lambda text: "# the page of myths\n")
    monkeypatch.setattr("nbclient.NotebookClient", outputs([shown(picture(800, 400))]))
    return tmp_path


def files(folder):
    return {path.relative_to(folder).as_posix(): path.stat().st_mtime_ns for path in sorted(folder.rglob("*")) if path.is_file()}


def test_all_that_has_changed_is_built_and_nothing_else(folder, capsys):
    assert build.main([]) == 0
    made = files(folder)
    assert {"notebooks/04_toy.ipynb", "notebooks/07_toy.ipynb", "thumbnails/04_toy.png", "style.mplstyle", "myths.md"} < set(made)
    assert "[04 Toy](notebooks/04_toy.ipynb)** What it is about." in (folder / "README.md").read_text(encoding="utf-8")
    assert "04_toy.ipynb: 0 s, " in capsys.readouterr().out
    assert build.main([]) == 0 and capsys.readouterr().out == "every notebook is as its source\n"
    (folder / "07_toy.md").write_text(CHAPTER.format(number="08"), encoding="utf-8")
    assert build.main([]) == 0
    changed = {name for name, time in files(folder).items() if name.startswith(("notebooks", "thumbnails")) and time != made[name]}
    assert changed == {"notebooks/07_toy.ipynb", "thumbnails/07_toy.png"}


def test_chapters_are_chosen_by_number_and_forced(folder, capsys):
    assert build.main(["07"]) == 0
    assert "notebooks/07_toy.ipynb" in files(folder) and "notebooks/04_toy.ipynb" not in files(folder)
    made = files(folder)["notebooks/07_toy.ipynb"]
    assert build.main(["--force", "07"]) == 0 and files(folder)["notebooks/07_toy.ipynb"] != made
    assert build.main(["99"]) == 1
    assert capsys.readouterr().err == "build.py: a chapter must be one of 04, 07, got 99\n"


def test_check_runs_and_writes_nothing_and_says_what_differs(folder, capsys, monkeypatch):
    build.main([])
    assert build.main(["--check"]) == 0
    monkeypatch.setattr("nbclient.NotebookClient", None)
    (folder / "04_toy.md").write_text(CHAPTER.format(number="05"), encoding="utf-8")
    (folder / "style.mplstyle").write_text("font.size: 3\n", encoding="utf-8")
    (folder / "notebooks/99_gone.ipynb").write_text("{}", encoding="utf-8")
    before = files(folder)
    capsys.readouterr()
    assert build.main(["--check"]) == 1 and files(folder) == before
    again = "run python tutorials/build.py and commit what it wrote"
    assert capsys.readouterr().err.splitlines() == [
        f"README.md: must be what its sources make of it; {again}",
        f"style.mplstyle: must be what its sources make of it; {again}",
        f"04_toy.ipynb: must be made from 04_toy.md as it stands; {again}",
        "notebooks/99_gone.ipynb: must have a source, got none; delete it",
    ]


def test_a_trap_of_github_is_reported_and_nothing_is_run(folder, capsys):
    with (folder / "04_toy.md").open("a", encoding="utf-8") as file:
        file.write("\n$$\nx\n$$\n")
    assert build.main(["--check"]) == 1 and "04_toy.md:" in capsys.readouterr().err
    assert build.main([]) == 1 and "notebooks/04_toy.ipynb" not in files(folder)


def test_help_teaches(capsys):
    with pytest.raises(SystemExit):
        build.main(["--help"])
    said = capsys.readouterr().out
    assert all(word in said for word in ("python tutorials/build.py", "--check", "--force", "NN", "TINYREG_BACKEND=cupy"))
