"""The breakdown by operation: every part of a step has a row, and the picture shows them."""

import argparse
import json
import re

from benchmarks import where
from benchmarks.workloads import WORKLOADS
from tinyreg.profiler import OTHER, profile
from tinyreg.random import Generator

MADE_UP = {"convolution, forward": {"before": 9.0, "after": 3.0}, where.REST: {"before": 1.0, "after": 0.5}}


def test_every_operation_of_the_networks_has_a_row():
    named = {key for keys in where.ROWS.values() for key in keys}
    unnamed = set()
    for key in where.NETWORKS:
        training = where._Training(WORKLOADS[key], where._as_it_is)
        with where._statistics_and_masks_named(), profile() as found:
            training._steps(1)
        keys = {row.key for row in found.key_averages()}
        assert "batch norm statistics" in keys and ("dropout mask" in keys) == (key == "W4")
        unnamed |= keys - named
    small = {"CrossEntropy", "LogSoftmax", "NllLoss", "View"}
    assert unnamed <= {OTHER, *small, *(f"{name}Backward0" for name in small)}


def test_every_row_has_its_time_both_ways():
    rows = where.breakdown(WORKLOADS["W4"], rounds=1, seconds=0.01, told=lambda text: None)
    assert list(rows) == [*where.ROWS, where.REST]
    assert all(times[way] > 0 for times in rows.values() for way in where.WAYS)


def test_names_are_put_back():
    mask = vars(Generator)["keep_mask"]
    with where._statistics_and_masks_named():
        assert vars(Generator)["keep_mask"] is not mask
    assert vars(Generator)["keep_mask"] is mask


def test_table_has_the_sum_and_the_gain():
    lines = where.table(MADE_UP).splitlines()
    assert lines[2] == "| convolution, forward | 9.00 | 3.00 | 3.0x |"
    assert lines[-1] == "| **a step** | 10.00 | 3.50 | 2.9x |"


def test_picture_shows_every_row_and_both_sums():
    figure = where.draw({"milliseconds": dict.fromkeys(where.NETWORKS, MADE_UP)})
    for axes, key in zip(figure.axes, where.NETWORKS, strict=True):
        assert [label.get_text() for label in axes.get_yticklabels()] == list(MADE_UP)
        assert [text.get_text() for text in axes.get_legend().get_texts()] == ["before: 10.0 ms", "after: 3.5 ms"]
        assert axes.get_title(loc="left").startswith(key)


def test_command_writes_figures_and_picture(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(where, "breakdown", lambda network, rounds, seconds, told: MADE_UP)
    parser = argparse.ArgumentParser()
    where.add(parser)
    assert where.run(parser.parse_args(["--out", str(tmp_path / "w.json"), "--chart", str(tmp_path / "w.png")])) == 0
    found = json.loads((tmp_path / "w.json").read_text())
    assert found["milliseconds"]["W5"] == MADE_UP and found["machine"]["cores"] >= 1
    assert (tmp_path / "w.png").read_bytes().startswith(b"\x89PNG")
    assert re.search(r"\*\*W4\*\*, .*:\n\n\|  \| before, ms", capsys.readouterr().out)
