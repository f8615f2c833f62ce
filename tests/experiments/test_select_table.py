"""The table of a selection, read without colours."""

from tests.experiments.test_select_results import FLAT, L2, MAX_NORM, NAN, NONE, found
from tinyreg.experiments.select_settings import SelectSettings
from tinyreg.experiments.select_table import cells, choice, heading, headings, notes, show


def test_the_table():
    outcome, _ = found(L2, NONE, FLAT)
    assert headings(outcome) == ["strength", "accuracy %", "train %", "each fold %", 'vs "none" [95 %]', "verdict", ""]
    none, first, second, third, fourth = cells(outcome)
    assert none == ["none", "80.0 ±5.8", "100.0", "70 80 90", "", "", ""]
    assert second == ["0.01", "86.0 ±2.0", "100.0", "84 84 90", "+6.0 [-11.9, 23.9]", "not distinguishable", "best"]
    assert third[0] == "0.1" and third[-1] == "one standard error" and first[-1] == fourth[-1] == "" and fourth[5] == "worse"


def test_many_folds_are_a_range():
    outcome, _ = found(L2, NONE * 4, [[*FLAT[0] * 3, 0.5, NAN, 0.7], [0.5] * 12, [0.6] * 12, [NAN] * 12])
    assert [row[3] for row in cells(outcome)] == ["70 to 90", "50 to 95", "50 to 50", "60 to 60", "-"]


def test_one_row_may_be_both_choices():
    outcome, _ = found(L2, NONE, [[0.5, 0.5, 0.6], [0.9, 0.9, 0.91], [0.5, 0.5, 0.6], [0.1, 0.1, 0.2]])
    assert cells(outcome)[2][-1] == "best, one standard error"


def test_a_row_that_diverged_says_so():
    outcome, _ = found(L2, NONE, [[0.8, 0.8, 0.8], [0.9, NAN, 0.9], [0.7, 0.7, 0.7], [NAN] * 3])
    assert cells(outcome)[2][1:] == ["-", "100.0", "90 - 90", "", "diverged on 1 of 3 folds", ""]
    outcome, _ = found(L2, NONE, [[NAN] * 3] * 4)
    assert choice(outcome, L2) == ["No strength can be chosen: each diverged on a fold at least."]


def test_the_choices_in_sentences():
    outcome, _ = found(L2, NONE, FLAT)
    best, chosen = choice(outcome, L2)
    assert best == 'best: strength 0.01, 86.0 %, not distinguishable from "none" (+6.0 [-11.9, 23.9], Holm p 0.68).'
    assert chosen.startswith("one standard error: strength 0.1, 84.7 %, ")
    assert chosen.endswith(": the largest, which regularizes most, with at least 84.0 %.")
    outcome, _ = found(MAX_NORM, NONE, FLAT)
    chosen = choice(outcome, MAX_NORM)[1]
    assert "max norm 0.5, 85.0 %" in chosen and ": the smallest, which regularizes most" in chosen
    outcome, _ = found(L2, [NAN, 0.8, 0.9], FLAT)
    assert choice(outcome, L2)[0] == "best: strength 0.01, 86.0 %."


def test_the_protocol_stands_below():
    outcome, _ = found(L2, NONE, FLAT)
    text = " ".join(notes(outcome, L2))
    assert "20 % of the labels are wrong, in the training folds alone" in text and "official test part, which is not touched here" in text
    assert "verdicts hold at 5 % for the 4 comparisons together (Holm). Folds share training images" in text
    assert "best of 4 means is large by luck" in text and "Training is stopped" not in text
    clean = SelectSettings(method="l2", low=0.001, high=1.0, points=4, folds=3, label_noise=0.0)
    assert "wrong" not in " ".join(notes(outcome, clean)).replace("wrong labels, initial", "")
    stopping = SelectSettings(method="early_stopping", low=1, high=60, points=4, folds=3)
    assert "(Holm)" not in " ".join(notes(found(L2, [NAN, 0.8, 0.9], FLAT)[0], L2)), "nothing was compared"
    outcome, _ = found(stopping, NONE, FLAT)
    assert "500 images of the official training part that are in no fold" in notes(outcome, stopping)[-1]
    both = SelectSettings(method="dropout_l2", folds=3)
    assert heading(found(both, NONE, FLAT)[0], both) == (
        "dropout + L2, p 0.5: 3-fold cross-validation on 300 training images of Digits, MLP, 120 epochs"
    )


def test_piped_output_is_a_row_a_line(capsys):
    outcome, _ = found(L2, NONE, FLAT)
    show(outcome | {"folder": "runs/select"}, L2)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[2:7]] == ["none", "0.001", "0.01", "0.1", "1"]
    assert lines[-2:] == ["runs/select/validation_curve.png", "runs/select/results.json"]
    assert any(line.startswith("  tinyreg compare --methods l2 --grid") for line in lines) and "\x1b" not in "".join(lines)
    outcome, _ = found(L2, NONE, [[NAN] * 3] * 4)
    show(outcome | {"folder": "runs/select"}, L2)
    assert "validation_curve.png" not in capsys.readouterr().out
