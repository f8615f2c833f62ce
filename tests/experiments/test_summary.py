"""From runs to rows: choice of strengths, means, verdicts."""

import pytest

from tinyreg.experiments.statistics import interval
from tinyreg.experiments.summary import choose, say_strength, summarise

L2 = [{"strength": s} for s in (0.003, 0.01, 0.03, 0.1)]


def chosen_by(accuracies):
    runs = [
        {"phase": "selection", "method": "l2", "strength": candidate, "seed": seed, "validation_accuracy": value}
        for candidate, values in zip(L2, accuracies)
        for seed, value in enumerate(values)
    ]
    return choose(runs, {"none": ({},), "l2": L2}, (0, 1))


def test_the_best_mean_is_chosen():
    chosen, grids = chosen_by([(0.5, 0.5), (0.9, 0.1), (0.6, 0.7), (0.6, 0.6)])
    assert chosen == {"none": {}, "l2": L2[2]}
    assert [entry["validation_accuracy"] for entry in grids["l2"]] == pytest.approx([0.5, 0.5, 0.65, 0.6])
    assert "none" not in grids


def test_a_strength_that_diverged_is_marked():
    runs = [{"phase": "selection", "method": "l2", "strength": s, "seed": 0, "validation_accuracy": 0.5} for s in L2]
    runs[3] |= {"validation_accuracy": 0.0, "diverged": "fit: the loss must be finite, got nan"}
    _, grids = choose(runs, {"l2": L2}, (0,))
    assert [entry.get("diverged") for entry in grids["l2"]] == [None, None, None, True]


def test_of_equals_the_weakest_is_chosen():
    assert chosen_by([(0.5, 0.5), (0.7, 0.7), (0.7, 0.7), (0.6, 0.6)])[0]["l2"] == L2[1]


def test_a_missing_run_is_noticed():
    with pytest.raises(KeyError):
        chosen_by([(0.5, 0.5), (0.7, 0.7), (0.7,)])


def final(method, seed, test, train=1.0):
    run = {"phase": "final", "method": method, "strength": {}, "seed": seed, "weight_norm": 1, "zero_share": 0, "seconds": 1, "epochs": 9}
    return run | {"train_accuracy": train, "test_accuracy": test, "validation_accuracy": test}


def test_rows():
    none, l2, l1 = (0.70, 0.72, 0.71), (0.80, 0.83, 0.81), (0.69, 0.73, 0.71)
    runs = [final(name, seed, v) for name, values in (("none", none), ("l2", l2), ("l1", l1)) for seed, v in enumerate(values)]
    rows = {row["method"]: row for row in summarise(runs, ("none", "l2", "l1"), (0, 1, 2))}
    assert rows["l2"]["test_accuracy"] == {"mean": pytest.approx(0.8133333), "half": pytest.approx(interval(l2).half)}
    assert rows["l2"]["gap"]["mean"] == pytest.approx(1 - 0.8133333)
    d = rows["l2"]["difference"]
    # differences .10 .11 .10: mean .10333, s / sqrt(3) = .003333, T = 31, two-sided p = .001039; Holm doubles it
    assert (d["mean"], d["p"], d["p_holm"]) == pytest.approx((0.1033333, 0.0010389, 0.0020778), rel=1e-4)
    assert d["verdict"] == "better" and rows["l1"]["difference"]["verdict"] == "not distinguishable"
    assert rows["l1"]["difference"]["p_holm"] == 1.0
    assert "difference" not in rows["none"]


def test_a_row_counts_what_diverged():
    runs = [final("none", 0, 0.7), final("none", 1, 0.7), final("l2", 0, 0.8), final("l2", 1, 0.1) | {"diverged": "got nan"}]
    assert [row["diverged"] for row in summarise(runs, ("none", "l2"), (0, 1))] == [0, 1]


def test_unfinished_methods_have_no_row():
    runs = [final("none", 0, 0.7), final("none", 1, 0.7), final("l2", 0, 0.8)]
    assert [row["method"] for row in summarise(runs, ("none", "l2"), (0, 1))] == ["none"]
    runs = [final("l2", 0, 0.8), final("l2", 1, 0.7), final("none", 0, 0.8)]
    rows = summarise(runs, ("none", "l2"), (0, 1))
    assert [row["method"] for row in rows] == ["l2"] and "difference" not in rows[0]


def test_strengths_in_words():
    assert say_strength({"weight_decay": 3.0}) == "weight decay 3"
