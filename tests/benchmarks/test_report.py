"""The tables, and the sentences below them."""

import pytest

from benchmarks.report import notes, readme, say, say_time, table
from tests.benchmarks.conftest import made_up


@pytest.mark.parametrize(
    ("ratio", "said"), [(0.0512, "0.051"), (0.1, "0.10"), (0.994, "0.99"), (9.99, "9.99"), (9.996, "10.0"), (53.44, "53.4")]
)
def test_ratios_have_the_digits_that_mean_something(ratio, said):
    assert say(ratio) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(3.6e-6, "3.60 µs"), (5.7e-4, "0.57 ms"), (1.2e-2, "12.0 ms"), (0.22, "0.22 s"), (123.0, "123 s")]
)
def test_times_have_a_unit(seconds, said):
    assert say_time(seconds) == said


def test_the_table_has_a_row_a_case_and_a_column_a_library(results):
    headings, rows = table(results)
    assert headings == ["case", "PyTorch", "tinyreg", "plain NumPy", "MyGrad", "autograd", "JAX", "spread", "floor", "goal", "held"]
    by_case = {row[0]: row[1:] for row in rows}
    assert len(rows) == 20
    assert by_case["W1 train"] == ["1.10 ms", "0.50", "0.80", "3.00", "2.00", "0.90", "0.50-1.00", "0.85", "0.70", "goal"]
    assert by_case["W7-penalty"][-3:] == ["0.45", "0.15", "MISSED"]
    assert by_case["W6 50,000"][-3:] == ["0.50", "0.40", "floor"]


def test_the_table_of_the_readme(results):
    found = readme(results)
    lines = found.splitlines()
    assert lines[0] == "| task | tinyreg / PyTorch | smallest–largest round | plain NumPy | best framework on NumPy | floor | goal |"
    assert lines[2] == (
        "| W1 MLP 784-256-10, ReLU, L2 (train / infer) | **0.50** / **0.50** | 0.50–1.00 / 0.50–1.00 | 0.80 / 0.80 "
        "| 2.00 autograd / 2.00 autograd | 0.85 / 1.15 held | 0.70 / 1.00 met |"
    )
    penalty = next(line for line in lines if line.startswith("| W7 L1 + L2 of 10 M weights |"))
    assert penalty.endswith("| 0.45 not held | 0.15 not met |")
    assert found.endswith(".\n") and max(map(len, lines[15:])) <= 120


def test_missed_bars_are_named(results):
    said = notes(results)
    assert "Floors not held: W7-dropout 0.50 (floor 0.25, plain NumPy 0.80); W7-penalty 0.50 (floor 0.45, plain NumPy 0.80)." in said
    goals = next(line for line in said if line.startswith("Goals not met: "))
    assert goals.startswith("Goals not met: W6 1,000 0.50 (goal 0.40, plain NumPy 0.80); ") and "W1" not in goals
    assert "W7-dropout 0.50 (goal 0.12" in goals


def test_a_miss_in_the_third_digit_is_seen_to_be_one(results):
    results["rounds"]["W1"]["train"]["tinyreg"] = [0.8504e-3, 0.8504e-3 * 1.1, 0.8504e-3 * 1.4]
    assert any("W1 train 0.8504 (floor 0.85" in line for line in notes(results))


def test_whoever_is_faster_on_numpy_is_named(results):
    assert not any(line.startswith("Behind") for line in notes(results))
    results["rounds"]["W4"]["train"]["mygrad"] = results["rounds"]["W4"]["infer"]["mygrad"] = [1e-4] * 3
    assert "Behind a framework on NumPy: W4 train 0.50 (MyGrad 0.091)." in notes(results), "inference is no training"


def test_the_pool_has_its_own_floors():
    drawn = readme(made_up(pool=True))
    assert "2.10 / 1.70 held" in drawn and "tinyreg with its thread pool" in drawn


def test_what_was_left_out_or_broke_is_said(results):
    results["cannot"] = {"W7-adam": {"mygrad": "it has no optimizers"}}
    results["failed"] = {"W5": {"jax": "jax: Traceback\n  ...\nValueError: too large"}, "start": {"dezero": "dezero: ImportError: no"}}
    said = notes(results)
    assert "Left out: MyGrad in W7-adam (it has no optimizers)." in said
    assert "JAX, W5: not timed; ValueError: too large" in said and "DeZero, start: not timed; dezero: ImportError: no" in said


def test_disturbance_is_said(results):
    results["disturbed"] = [{}, {}]
    assert "2 of 360 turns stayed disturbed by other processes" in notes(results)[0]
    results["watched"] = False
    assert "disturbance by other processes was not watched" in notes(results)[0]


def test_without_pytorch_the_base_is_named():
    said = notes(made_up(libraries=("tinyreg", "numpy")))
    assert said[0].startswith("Ratios to the time of plain NumPy: ") and said[1] == "PyTorch was not measured: no floor is judged."


def test_a_gpu_is_named():
    results = made_up(libraries=("tinyreg", "pytorch"), workloads=("W1",), device="cuda")
    results["machine"]["gpu"] = "H200"
    assert "on an H200, float32 without TF32, timed by device events" in notes(results)[0]
    assert readme(results).splitlines()[2].endswith("| - | - | - | 1.30 met |"), "there are goals and no floors"
