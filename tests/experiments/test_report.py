"""The report: one file, all there, nothing from elsewhere."""

import re
from html.parser import HTMLParser

from tinyreg.experiments.report import html

PICTURES = {"gaps.png": b"\x89PNG one", "curves.png": b"\x89PNG two", "weights.png": b"\x89PNG three"}


class Tags(HTMLParser):
    """Notices tags that are not closed, and collects what is loaded."""

    def __init__(self):
        super().__init__()
        self.open, self.loaded = [], []

    def handle_starttag(self, tag, attributes):
        if tag not in ("meta", "img"):
            self.open.append(tag)
        self.loaded += [value for name, value in attributes if name in ("src", "href")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_it_is_self_contained_and_well_formed(outcome):
    page = html(outcome, PICTURES)
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert len(tags.loaded) == 3 and all(source.startswith("data:image/png;base64,") for source in tags.loaded)
    assert not re.search(r"https?://|<script|<link|@import|url\(", page)


def test_it_says_what_was_done(outcome):
    page = re.sub(r"<[^>]+>", " ", html(outcome, PICTURES))
    for row in outcome["methods"]:
        assert row["title"] in page
    for words in (
        "300 handwritten digits, 20 % of them with a wrong label",
        "changes 60 training labels",
        "1000, 1001, 1002",
        "0, 1, 2, 3, 4",
        "official test part",
        "Holm",
        "not distinguishable",
        outcome["versions"]["numpy"],
        "strength 0.01",
    ):
        assert words in page, words


def test_an_unfinished_comparison_says_so(outcome):
    assert "was stopped" not in html(outcome, PICTURES)
    assert "was stopped" in html(outcome | {"finished": False}, PICTURES)


def test_methods_without_a_strength(outcome):
    assert "No method in this comparison has a strength" in html(outcome | {"selection": {}}, PICTURES)
