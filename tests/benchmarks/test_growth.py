"""`python -m benchmarks growth`: every clause has a table and checks, and what it measured is kept with device and versions."""

import json
import math
import mmap

import pytest

from benchmarks import growth
from benchmarks.growth import command, importing, memory
from benchmarks.growth.augmented import checks as augmented_checks
from benchmarks.growth.backward import exponent
from benchmarks.growth.check import Check
from benchmarks.growth.depth import bytes_a_layer
from benchmarks.growth.fresh import call
from benchmarks.growth.overlap import checks as overlap_checks
from benchmarks.growth.peak import checks as peak_checks
from benchmarks.processes import Failed


@pytest.mark.parametrize("name", growth.CLAUSES)
def test_a_clause_has_what_the_command_asks_for(name):
    clause = growth.clause(name)
    assert clause.TITLE and all(callable(getattr(clause, part)) for part in ("measure", "table", "checks"))
    assert f"\n    {name} " in growth.__doc__


def test_a_check_holds_its_bar_or_not():
    assert str(Check("ratio", 1.6, 1.5)) == "NOT HELD: ratio: 1.6 <= 1.5"
    assert str(Check("images a second", 30_000, 20_000, least=True)) == "held: images a second: 3e+04 >= 2e+04"
    assert Check("ratio", 1.5, 1.5).held and not Check("ratio", math.nan, 1.5).held


def test_the_exponent_tells_linear_from_quadratic():
    lengths = [1_000, 10_000, 100_000]
    assert exponent(lengths, [3e-6 * n for n in lengths]) == pytest.approx(1)
    assert exponent(lengths, [3e-9 * n**2 for n in lengths]) == pytest.approx(2)


def test_bytes_a_layer_of_json_keys():
    assert bytes_a_layer({"8": 100, "16": 900, "32": 1700}) == [100, 50]


def test_the_bars_are_those_that_are_promised():
    found = {"sides": {"tinyreg": {"rise": 31.0, "warm rise": 29.0}, "pytorch": {"rise": 20.0, "warm rise": 20.0}}}
    assert [check.held for check in peak_checks(found)] == [False, True]
    assert peak_checks({"sides": {"tinyreg": {"rise": 31.0, "warm rise": 29.0}}}) == [], "no PyTorch, nothing to compare with"
    waited = {"batches, 0": {"step": 1.0, "waited": 0.9}, "batches, 2": {"step": 1.0, "waited": 0.04}}
    assert [(check.value, check.held) for check in overlap_checks(waited)] == [(0.04, False)]
    rates = {"whole batches, 32": 19_999, "whole batches, 128": 20_000, "image by image, 32": 1}
    assert [check.held for check in augmented_checks(rates)] == [False, True]


def test_a_fresh_process_says_what_went_wrong():
    with pytest.raises(Failed, match=r"importing\.slowest: (?s:.*)unexpected keyword argument 'number'"):
        call(importing.slowest, number=3)


def test_the_peak_is_forgotten_and_rises():
    before = memory.resident()
    assert memory.peak() >= before > 2**20
    if memory.forget_peak():
        low = memory.peak()
        with mmap.mmap(-1, 32 * memory.MIB) as block:  # the system's own: the C library may have kept as much
            block.write(b"1" * len(block))
            assert memory.peak() - low > 30 * memory.MIB
        assert memory.forget_peak() and memory.peak() - low < 30 * memory.MIB


def test_the_command_prints_tables_and_writes_json(tmp_path, capsys):
    out = tmp_path / "growth.json"
    assert command.main(["--quick", "--only", "importing", "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert importing.TITLE in printed and "held: import tinyreg, median seconds" in printed.replace("NOT HELD", "held")
    kept = json.loads(out.read_text())
    assert kept["quick"] and kept["versions"]["numpy"] and kept["machine"]["processor"] and set(kept["found"]) == {"importing"}
    assert [check["what"] for check in kept["checks"]["importing"]] == [f"{name}, median seconds" for name in importing.STATEMENTS]
    assert all(0 < of["least"] <= of["median"] for of in kept["found"]["importing"]["seconds"].values())


def test_a_clause_that_is_none_is_refused(capsys):
    with pytest.raises(SystemExit):
        command.main(["--only", "speed"])
    assert "invalid choice: 'speed'" in capsys.readouterr().err
