"""Rows and tables."""

import math

import numpy as np
import pytest

from tinyreg.selection import Row, SearchResults

NAN = math.nan


@pytest.fixture
def results():
    params = [{"strength": 0.01, "p": 0.5}, {"strength": 0.1}, {"strength": 1.0}, {"strength": 10.0}]
    return SearchResults.of(params, [[1.0, 3.0], [4.0, 6.0], [NAN, 9.0], [6.0, 4.0]], [[0.5, 0.25], [1, 1], [0, 0], [0, 0]])


def test_rows(results):
    assert len(results) == 4 and [row.mean for row in results][:2] == [2.0, 5.0]
    assert results[0] == Row({"strength": 0.01, "p": 0.5}, (1.0, 3.0), 0.75) and results[1:3] == results.rows[1:3]
    assert results[0].standard_error == 1.0, "s = sqrt(2), over sqrt(2)"
    assert math.isnan(results[2].mean) and math.isnan(results[2].standard_error) and math.isnan(Row({}, (1.0,)).standard_error)
    assert results.names == ["strength", "p"]


def test_the_best_is_the_first_of_equals_and_never_a_nan(results):
    assert results.best_index == 1 and results.best is results[1]


def test_scikit_learns_names(results):
    table = results.cv_results()
    assert list(table) == [
        "params", "param_strength", "param_p", "split0_test_score", "split1_test_score",
        "mean_test_score", "std_test_score", "rank_test_score",
    ]  # fmt: skip
    assert table["rank_test_score"].tolist() == [3, 1, 4, 1] and table["params"][1] == {"strength": 0.1}
    assert table["param_p"].mask.tolist() == [False, True, True, True] and table["param_p"][0] == 0.5
    assert table["param_strength"].tolist() == [0.01, 0.1, 1.0, 10.0]
    np.testing.assert_array_equal(table["mean_test_score"], [2, 5, NAN, 5])
    np.testing.assert_array_equal(table["std_test_score"], [1, 1, NAN, 1])  # divided by k, as there
    np.testing.assert_array_equal(table["split0_test_score"], [1, 4, NAN, 6])


def test_the_table_shows_the_best_and_the_worst(results):
    assert str(results).splitlines() == [
        "strength    p  mean  standard error  fold 0  fold 1  seconds",
        "    0.01  0.5   2.0             1.0     1.0     3.0     0.75",
        "     0.1        5.0             1.0     4.0     6.0     2.00  best",
        "       1        nan             nan     nan     9.0     0.00  worst",
        "      10        5.0             1.0     6.0     4.0     0.00",
    ]
    assert repr(results) == "SearchResults(4 candidates, 2 folds)"
    page = results._repr_html_()
    assert page.count("<tr>") == 5 and ">worst</td>" in page


def test_many_folds_have_no_columns():
    assert str(SearchResults.of([{"a": "x < y"}], [[1e-9] * 11])).splitlines() == [
        "    a       mean  standard error  seconds",
        "x < y  1.000e-09             0.0     0.00  best",
    ]
    assert "x &lt; y" in SearchResults.of([{"a": "x < y"}], [[1e-9]])._repr_html_()


def test_columns_have_the_digits_that_they_need():
    lines = str(SearchResults.of([{"act": max}, {"act": min}], [[-2993.0661, 12.5], [0.0, -8.25]])).splitlines()
    assert [line.split()[:4] for line in lines[1:]] == [["max", "-1490.3", "1502.8", "-2993.1"], ["min", "-4.1", "4.1", "0.0"]]


def test_nobody_has_a_score():
    results = SearchResults.of([{"a": 1}, {"a": 2}], [[NAN], [NAN]])
    assert results.best_index is None and "best" not in str(results)
    with pytest.raises(ValueError, match="SearchResults: a candidate must have a score, got NaN from all 2"):
        _ = results.best


def test_refusals():
    with pytest.raises(ValueError, match="SearchResults: there must be a row, got none"):
        SearchResults([])
    with pytest.raises(ValueError, match=r"every row must have a score a fold, got \[1, 2\] scores"):
        SearchResults([Row({}, (1.0,)), Row({}, (1.0, 2.0))])
    with pytest.raises(ValueError, match=r"got \[0\] scores"):
        SearchResults([Row({}, ())])


def test_a_search_is_no_results():
    with pytest.raises(TypeError, match="^SearchResults: results must be rows of a search, got float; search.results holds them"):
        SearchResults([0.5, 0.25])
