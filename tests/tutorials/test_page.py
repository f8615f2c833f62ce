"""The table of contents and the style file: made from the sources, and put where they belong."""

import pytest

from tutorials.form import page, style
from tutorials.form.source import FOLDER, read

TEXT = "# {title}\n\n*Minutes: {minutes}. Needs: {needs}. Rooms: none.*\n\nWhat it is\nabout.\n\n## The question\n\nWhy?\n"


@pytest.fixture
def sources(tmp_path):
    (tmp_path / "00_toy.md").write_text(TEXT.format(title="00 Toy", minutes=60, needs="nothing"), encoding="utf-8")
    (tmp_path / "04_l2.md").write_text(TEXT.format(title="04 L2", minutes=90, needs="[00 Toy](00_toy.md)"), encoding="utf-8")
    return [read(path) for path in sorted(tmp_path.glob("*.md"))]


def test_a_row_a_chapter(sources):
    assert page.table(sources, "").splitlines() == [
        "| | chapter | minutes | read before |",
        "|---|---|---|---|",
        "| [![00 Toy](thumbnails/00_toy.png)](notebooks/00_toy.ipynb) "
        "| **[00 Toy](notebooks/00_toy.ipynb)** What it is about. | 60 | nothing |",
        "| [![04 L2](thumbnails/04_l2.png)](notebooks/04_l2.ipynb) | **[04 L2](notebooks/04_l2.ipynb)** What it is about. | 90 | 00 |",
        "",
        "Together 2.5 hours for a reader who runs every cell; the exercises come on top.",
    ]


def test_a_badge_a_chapter_where_the_repository_has_an_address(sources):
    head, rule, first, *_ = page.table(sources, "https://github.com/somebody/tinyreg").splitlines()
    address = f"https://colab.research.google.com/github/somebody/tinyreg/blob/v{page.VERSION}/tutorials/notebooks/00_toy.ipynb"
    assert first.endswith(f"| [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({address}) |")
    assert head.count("|") == rule.count("|") == first.count("|")


def test_the_table_stands_between_its_marks():
    text = f"before\n{page.BEGIN}\n\nold\n\n{page.END}\nafter\n"
    assert page.with_table(text, r"new \1") == f"before\n{page.BEGIN}\n\nnew \\1\n\n{page.END}\nafter\n"
    for wrong in ("before\nafter\n", text + text):
        with pytest.raises(ValueError, match="README.md: the table must stand between two lines, got none or several"):
            page.with_table(wrong, "new")


def test_the_style_file_is_the_look_of_the_house():
    from matplotlib import rc_context, rc_params_from_file

    from tinyreg.experiments.figures import LOOK

    found = rc_params_from_file(FOLDER / "style.mplstyle", use_default_template=False)
    with rc_context(LOOK):
        assert dict(found) == {key: rc_params_of(key) for key in LOOK}


def rc_params_of(key):
    from matplotlib import rcParams

    return rcParams[key]


def test_the_style_file_is_written_from_the_look():
    assert (FOLDER / "style.mplstyle").read_text(encoding="utf-8") == style.text()
