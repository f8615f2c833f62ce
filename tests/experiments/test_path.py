"""The paths of `tinyreg path`: the papers' numbers, what is written, and what the table says."""

import json

import numpy as np
import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("rich")

from tinyreg.experiments.bad_option import BadOption
from tinyreg.experiments.path import METHODS, TABLES, PathSettings, draw_path, heading, trace, write
from tinyreg.experiments.path_table import HEADINGS, cells, form, notes, show

CASES = [(data, method) for data in TABLES for method in METHODS]
EFRON = "949.44 889.31 452.90 316.07 130.13 88.78 68.96 19.98 5.48 5.09 2.18 1.31 0".split()  # R's lars, diabetes


@pytest.fixture(scope="module")
def outcomes():
    return {(data, method): trace(PathSettings(data, method)) for data, method in CASES}


def said(outcome):
    return [f"{event['variable']} {event['event']}" for event in outcome["events"]]


def test_the_lasso_of_efron_et_al(outcomes):
    outcome = outcomes["diabetes", "lasso"]
    assert [f"{442 * s:.2f}" for s in outcome["strengths"]] == [f"{float(s):.2f}" for s in EFRON]
    assert said(outcome) == (
        ["bmi enters", "s5 enters", "bp enters", "s3 enters", "sex enters", "s6 enters", "s1 enters"]
        + ["s4 enters", "s2 enters", "age enters", "s3 leaves", "s3 enters"]
    )
    assert [event["non_zero"] for event in outcome["events"]] == [*range(1, 11), 9, 10]
    assert outcome["l1_norm"][-1] == pytest.approx(3459.98, abs=0.005)
    assert said(outcomes["diabetes", "lar"]) == said(outcome)[:10]


def test_ridge_has_the_degrees_of_freedom_of_the_table(outcomes):
    outcome = outcomes["diabetes", "ridge"]
    df = {round(np.log10(s), 6): value for s, value in zip(outcome["strengths"], outcome["df"])}
    assert [round(df[power], 2) for power in (2, 1, 0, -1, -2, -3)] == [0.10, 0.83, 3.94, 7.64, 9.25, 9.87]
    assert {row[0]: row[1] for row in cells(outcome)}["0.1"] == "7.64"


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_an_outcome_is_whole(outcomes, case):
    outcome = outcomes[case]
    data, coefs = PathSettings(*case).load(), np.array(outcome["coefs"])
    X, y = data.data.numpy(), data.targets.numpy()
    assert outcome["names"] == data.feature_names and coefs.shape == (len(outcome["strengths"]), len(outcome["names"]))
    assert (np.diff(outcome["strengths"]) < 0).all()
    np.testing.assert_allclose(outcome["rss"], [((y - X @ b) ** 2).sum() for b in coefs])
    np.testing.assert_allclose(outcome["l1_norm"], np.abs(coefs).sum(axis=1))
    assert json.loads(json.dumps(outcome)) == outcome | {"events": [dict(event) for event in outcome["events"]]}
    assert outcome["settings"]["scaling"] == "norm" and "numpy" in outcome["versions"]


@pytest.mark.parametrize("case", [case for case in CASES if case[1] != "ridge"], ids="-".join)
def test_events_are_what_the_coefficients_do(outcomes, case):
    outcome = outcomes[case]
    coefs, names, present = np.array(outcome["coefs"]), outcome["names"], set()
    assert not coefs[0].any()
    for event in outcome["events"]:
        j, place = names.index(event["variable"]), outcome["strengths"].index(event["strength"])
        change = present.add if event["event"] == "enters" else present.remove
        change(event["variable"])
        after = place + 1 if outcome["exact"] else place  # a knot is the last strength before what happens there
        assert (coefs[after, j] != 0) == (event["event"] == "enters")
        assert event["non_zero"] == len(present)
        assert event["l1_norm"] == outcome["l1_norm"][place]
    assert present == {name for name, value in zip(names, coefs[-1]) if value}


def test_groups_come_together(outcomes):
    for data, table in TABLES.items():
        outcome = outcomes[data, "group_lasso"]
        entered = {event["variable"]: event["strength"] for event in outcome["events"]}
        assert sorted(" ".join(table.groups).split()) == sorted(outcome["names"])
        for members in table.groups:
            assert len({entered[name] for name in members.split()}) == 1
    assert "{svi lcp}" in notes(outcomes["prostate", "group_lasso"])[-1]


def test_the_other_scaling_is_the_same_path_in_other_units():
    plain, variance = trace(PathSettings("prostate")), trace(PathSettings("prostate", scaling="variance"))
    np.testing.assert_allclose(np.array(variance["coefs"]) * np.sqrt(66), plain["coefs"], atol=1e-9)
    np.testing.assert_allclose(np.array(variance["strengths"]), np.array(plain["strengths"]) * np.sqrt(66), atol=1e-12)


def test_the_elastic_net_s_ratio():
    default, half = (trace(PathSettings("prostate", "elastic_net", ratio)) for ratio in (None, 0.5))
    assert default == half and half["settings"]["l1_ratio"] == 0.5
    assert half["objective"] == "|y − Xb|²/(2n) + s(0.5|b|₁ + 0.25|b|₂²)"
    lasso = trace(PathSettings("prostate", "elastic_net", 1.0))
    assert lasso["strengths"][0] == pytest.approx(half["strengths"][0] / 2)
    assert said(lasso)[:3] == ["lcavol enters", "lweight enters", "svi enters"] == said(trace(PathSettings("prostate")))[:3]


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_the_table_piped(outcomes, capsys, case):
    outcome = outcomes[case]
    show(outcome, ["somewhere/path.json"])
    lines = capsys.readouterr().out.splitlines()
    rows = cells(outcome)
    assert lines[0] == heading(outcome) and lines[-1] == "somewhere/path.json"
    assert all(text in lines[1] for text in HEADINGS[form(outcome)])
    for line, row in zip(lines[2:], rows):  # one unwrapped line each
        assert line.split() == " ".join(row).split()
    assert lines[2 + len(rows) : -1] == notes(outcome)
    assert max(map(len, notes(outcome))) <= 120


def test_the_last_row():
    assert cells(trace(PathSettings("diabetes")))[-1] == ["least squares", "0", "0", "10", "3459.98"]
    assert cells(trace(PathSettings("diabetes", "group_lasso")))[-1][0] == "end of the grid"


@pytest.mark.parametrize("method", METHODS)
def test_the_picture_shows_the_numbers(outcomes, method):
    outcome = outcomes["diabetes", method]
    axes = draw_path(outcome).axes[0]
    drawn = [np.nan_to_num(line.get_ydata()) for line in axes.lines if len(line.get_xdata()) == len(outcome["strengths"])]
    np.testing.assert_array_equal(drawn, np.array(outcome["coefs"]).T)
    places = outcome["l1_norm"] if outcome.get("exact") else outcome["strengths"]
    upright = {round(line.get_xdata()[0], 9) for line in axes.lines if len(line.get_xdata()) == 2 and len(set(line.get_xdata())) == 1}
    knots = {event["strength"] for event in outcome["events"]}
    assert upright == {round(places[outcome["strengths"].index(knot)], 9) for knot in knots}
    assert axes.get_ylabel() == "coefficient [progression after a year,\nper column of length 1]"
    assert (outcome["objective"] in axes.get_xlabel()) == (axes.get_xscale() == "log")


def test_a_file_in_the_place_of_the_folder(tmp_path):
    (tmp_path / "a").write_text("")
    with pytest.raises(BadOption, match=r"path: --out must name a folder, got the file .*a; choose another name"):
        write(PathSettings("prostate"), tmp_path / "a")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"data": "cats"}, "path: --data must be one of prostate, diabetes, got cats; both come with the package"),
        ({"method": "l0"}, "path: --method must be one of lasso, ridge, elastic_net, lar, group_lasso, got l0; "),
        ({"scaling": "max"}, "path: --scaling must be one of norm, variance, got max; norm: the squares"),
        ({"l1_ratio": 0.5}, "path: --l1-ratio must stand with --method elastic_net, got 0.5 for lasso; leave it out"),
        ({"l1_ratio": 0.0, "method": "elastic_net"}, r"path: --l1-ratio must lie in \(0, 1\], got 0; 1 is the lasso"),
        ({"l1_ratio": float("nan"), "method": "elastic_net"}, "got nan"),
    ],
    ids=["data", "method", "scaling", "ratio without net", "ratio 0", "ratio nan"],
)
def test_refusals(options, sentence):
    with pytest.raises(BadOption, match=sentence):
        PathSettings(**{"data": "prostate"} | options)
