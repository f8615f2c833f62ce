"""Tables as text: columns stand below each other, bars and special signs are escaped."""

from tinyreg.text_table import aligned, html, markdown

ROWS = [["l1", "|w| < 1"], ["elastic net", 0.5]]


def test_columns_stand_below_each_other_and_nothing_hangs_over():
    lines = aligned(["name", "penalty"], ROWS).splitlines()
    assert lines == ["name         penalty", "l1           |w| < 1", "elastic net  0.5"]


def test_the_last_column_goes_on_below_itself_and_loses_no_word():
    words = " ".join(f"word{i}" for i in range(30))
    lines = aligned(["a", "b"], [["first", words], ["second", "short"]], width=60).splitlines()
    assert max(map(len, lines)) <= 60 and len(lines) > 5
    assert all(line.startswith(" " * 8) for line in lines[2:-1]) and lines[-1] == "second  short"
    assert " ".join(" ".join(lines[1:-1]).split()) == f"first {words}"


def test_a_table_of_headings_alone():
    assert aligned(["a", "bc"], []) == "a  bc"
    assert markdown(["a", "bc"], []) == "| a | bc |\n|---|---|"


def test_a_bar_in_a_cell_does_not_end_it():
    assert markdown(["name", "penalty"], ROWS).splitlines()[2] == r"| l1 | \|w\| < 1 |"
    assert markdown(["name", "penalty"], ROWS).splitlines()[1] == "|---|---|"


def test_html_says_what_the_cells_say():
    assert html(["a"], [["<b> & c"]]).count("&lt;b&gt; &amp; c") == 1
    assert html(["name", "penalty"], ROWS).count("<td") == 4 and html(["name", "penalty"], ROWS).count("<th ") == 2
    assert html(["name"], []) == "<table><thead><tr><th>name</th></tr></thead><tbody></tbody></table>"


def test_html_keeps_a_column_of_words_at_the_left_and_leaves_numbers_where_notebooks_put_them():
    page = html(["name", "ratio", "note"], [["l1", 0.5, ""], ["l2", "-", "best"], ["l3", "1e-05", ""]])
    assert page.count('<td style="text-align: left">') == 6 and page.count("<td>") == 3
    assert '<td style="text-align: left">l2</td><td>-</td><td style="text-align: left">best</td>' in page
    assert page.startswith('<table><thead><tr><th style="text-align: left">name</th><th>ratio</th>')
