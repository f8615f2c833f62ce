"""Results in prose: what counts as one, where it must stand, and where the rule does not look."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tutorials.form.notebook import path_of
from tutorials.form.numbers import problems, results, shown
from tutorials.form.source import chapters, read


@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
def test_chapter(path):
    source = read(path)
    assert path_of(source).exists(), f"{path.name}: no notebook; run `python tutorials/build.py {path.name[:2]}`"
    assert problems(source, nbformat.read(path_of(source), as_version=4)) == []


@pytest.mark.parametrize(
    "text, numbers",
    [
        ("An error of 12.3 % and 0.50.", [12.3, 0.5]),
        ("It falls by 7%, to 95 % of $12\\,\\%$ and $3 \\%$.", ["7 %", "95 %", "12 %", "3 %"]),
        ("At 3e-10, $3 \\cdot 10^{-10}$, $2.5\\times10^{4}$ and 1.5 · 10^-3.", [3e-10, 3e-10, 2.5e4, 1.5e-3]),
        ("About $10^{-6}$ of $10^4$ and $10^{n}$.", [1e-6]),
        ("The change is −0.25 or $-0.25$, in (0.75).", [0.25, 0.25, 0.75]),
        ("After 300 steps, 3 of 20, in 1998, $x_1 = 2$, $\\frac{1}{2}$.", []),
        ("`p = 0.5`, [a 0.5](b_0.5.md), <https://a.b/0.5> and ![0.5](0.5.png)", []),
        ("$`p = 0.25`$, `0.1`, 0.5, $`q`$, 0.125, `0.1` and $p = 0.75$", [0.25, 0.5, 0.125, 0.75]),
        ("```math\np = 0.5\n```\n\n```text\n0.25\n```\n\n0.75", [0.75]),
        ("Section 3.4, sec. 3.4.1, figure 2.1, equations (3.47) and (3.48), 4.2.1; Python 3.11, arXiv 1502.03167, doi 10.1000/1.5", []),
        ("1. **First.** Half of it.\n2. 0.5 of it", [0.5]),
        ("x0.5 and v1.2 are names", []),
    ],
)  # fmt: skip
def test_results(text, numbers):
    assert [value for _, _, value in results(text)] == numbers


def test_the_line_of_a_result():
    assert results("One.\n\n```math\n0.1\n```\nTwo,\n0.5.") == [(6, "0.5", 0.5)]


def notebook():
    code = new_code_cell('rate = 1_000 * 0.05\nprint(f"{x:6.2f}", x1, b2.5)  # 1e-3 of it')
    code.outputs = [
        new_output("stream", name="stdout", text="0.30 ± 12.5%\n-4.75, 20.0 %\n"),
        new_output("execute_result", {"text/plain": "array([3.e-10, .125])", "image/png": "8.25"}),
        new_output("error", ename="E", evalue="got 9.75", traceback=["6.5"]),
    ]
    return new_notebook(cells=[new_markdown_cell("7.5"), code])


def test_what_a_notebook_shows():
    there = shown(notebook())
    assert {number for number in there if isinstance(number, float)} == {1000, 20, 0.05, 1e-3, 0.3, 12.5, 4.75, 3e-10, 0.125, 9.75}
    assert {"5 %", "30 %", "20 %"} <= there and not {"12 %", "13 %", "4 %"} & there


def chapter(folder, text):
    (folder / "04_l2.md").write_text(f"# 04 L2\n\n{text}\n", encoding="utf-8")
    return problems(read(folder / "04_l2.md"), notebook())


def test_what_is_shown_may_be_said(tmp_path):
    assert chapter(tmp_path, "It is 0.3, 12.5 %, −4.75, $3 \\cdot 10^{-10}$ or $10^{-3}$.\n\n## By hand\n\n0.30, 5e-2, 20 % and 5 %") == []


@pytest.mark.parametrize("words", ["0.31", "12 %", "9 %", "$10^{-4}$", "7.5", "6.5", "8.25", "6.2"])
def test_what_is_not_shown_may_not(tmp_path, words):
    (said,) = chapter(tmp_path, f"## By hand\n\nIt is 0.3,\nand {words} too.")
    assert said.startswith("04_l2.md:6: the number '") and "; print or assert it beside the prose, in these digits" in said


def test_sources_and_exercises_are_free(tmp_path):
    assert chapter(tmp_path, "## Exercises\n\n1. **Try** 0.77.\n\n### More\n\n0.78\n\n## Sources\n\nThey found 0.79.") == []
    assert len(chapter(tmp_path, "## Exercises\n\n0.77\n\n## By hand\n\n0.79")) == 1
