"""From rounds to ratios and verdicts."""

import pytest

from benchmarks.summary import Row, Spread, base_of, rows
from benchmarks.workloads import NO_BAR, WORKLOADS, Bar
from tests.benchmarks.conftest import made_up


def test_ratios_are_taken_round_by_round():
    assert Spread.of([2.0, 4.0, 30.0], [1.0, 4.0, 10.0]) == Spread(median=2.0, low=1.0, high=3.0)


def test_a_row_for_every_case(results):
    found = rows(results)
    assert [(row.key, row.case) for row in found] == [(key, case) for key, workload in WORKLOADS.items() for case in workload.cases]
    for row in found:
        assert row.base == pytest.approx(1.1e-3)
        assert (row.ours.median, row.ours.low, row.ours.high) == pytest.approx((0.5, 0.5, 1.0))
        assert row.peer[0] == "autograd" and row.peer[1].median == pytest.approx(2.0), "JAX and hand-written NumPy are no peers"


@pytest.mark.parametrize(
    ("ratio", "held", "pooled", "met"),
    [(0.1, True, True, True), (0.12, True, True, True), (0.14, True, True, False), (0.2, True, False, False), (0.26, False, False, False)],
)
def test_a_floor_is_held_and_a_goal_met_up_to_the_bar(ratio, held, pooled, met):
    row = Row("W7-dropout", "forward + backward", 1.0, {"tinyreg": Spread(ratio, ratio, ratio)}, Bar(0.25, 0.12, 0.15))
    assert (row.held(False), row.held(True), row.met) == (held, pooled, met)


def test_without_pytorch_ratios_are_to_numpy_and_nothing_is_judged():
    found = made_up(libraries=("tinyreg", "numpy"), workloads=("W1",))
    assert base_of(found) == "numpy"
    for row in rows(found):
        assert row.ours.median == pytest.approx(0.625) and row.peer == (None, None) and row.bar is row.met is row.held(False) is None


def test_alone_it_has_times_and_no_ratios():
    found = made_up(libraries=("tinyreg",), workloads=("W1",))
    assert base_of(found) == "tinyreg" and [row.ratios for row in rows(found)] == [{}, {}]


def test_on_a_gpu_there_are_goals_only():
    found = rows(made_up(libraries=("tinyreg", "pytorch"), workloads=("W1", "W6"), device="cuda"))
    assert [row.bar.goal for row in found] == [1.3, 1.3, float("inf"), float("inf")]
    assert all(row.held(False) is None for row in found)
    assert [row.met is None for row in found] == [False, False, True, True]


def test_where_no_bar_is_set_none_is_held_or_met():
    row = Row("W6-tensors", "1,000", 1.0, {"tinyreg": Spread(0.6, 0.5, 0.7)}, NO_BAR)
    assert row.held(pool=False) is None and row.met is None
    assert Row("W1", "train", 1.0, row.ratios, Bar(0.7, 0.5)).held(pool=False) is True
