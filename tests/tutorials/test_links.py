"""Where links lead: the anchors of headings as GitHub makes them, files, and what build.py makes."""

import pytest

from tutorials.form.links import headings, problem

TEXT = """\
# Solutions: 04 L2

## 1. Break the `backward`

## In the *house*: `l2_penalty`, twice

## Why?

## Why?

## Why? 1

```text
## no heading
```
"""


def test_anchors_are_githubs():
    assert headings(TEXT) == {
        "solutions-04-l2": "Solutions: 04 L2",
        "1-break-the-backward": "1. Break the backward",
        "in-the-house-l2_penalty-twice": "In the house: l2_penalty, twice",
        "why": "Why?",
        "why-1": "Why? 1",  # the second would be so called, too
    }


@pytest.fixture
def here(tmp_path):
    (tmp_path / "solutions").mkdir()
    (tmp_path / "04_l2.md").write_text(TEXT, encoding="utf-8")
    (tmp_path / "l2.py").write_text("x = 1\n", encoding="utf-8")
    (tmp_path / "solutions" / "04_l2.md").write_text("# There\n", encoding="utf-8")
    return tmp_path / "README.md"


@pytest.mark.parametrize(
    "target",
    [
        *("https://example.org/none", "mailto:somebody@example.org", "#here", "04_l2.md", "04_l2.md#why-1", "l2.py", "l2.py#L3-L5"),
        *("solutions", "solutions/04_l2.md#there", "notebooks/04_l2.ipynb", "thumbnails/04_l2.png"),
    ],
)
def test_what_is_there(target, here):
    assert problem(target, "# Here\n", here) is None


@pytest.mark.parametrize(
    "target, message",
    [
        ("05_none.md", "a link must lead to a file, got 05_none.md; "),
        ("solutions/l2.py", "a link must lead to a file, got solutions/l2.py; "),
        ("notebooks/05_none.ipynb", "a link must lead to a file, got notebooks/05_none.ipynb; "),
        ("/04_l2.md", "a link must be relative, got /04_l2.md; "),
        ("#there", "a link must lead to a heading, got #there; the page has #here"),
        ("solutions/04_l2.md#here", "a link must lead to a heading, got #here; the page has #there"),
        ("04_l2.md#L3", "a link must lead to a heading, got #L3; the page has #solutions-04-l2"),
        ("l2.py#here", "a link must lead to a heading, got #here; the page has none"),
    ],
)
def test_what_is_not(target, message, here):
    assert problem(target, "# Here\n", here).startswith(message)


def test_links_begin_at_the_folder_of_the_page(here):
    assert problem("../l2.py", "", here.parent / "solutions" / "04_l2.md") is None
    assert problem("l2.py", "", here.parent / "solutions" / "04_l2.md") is not None
