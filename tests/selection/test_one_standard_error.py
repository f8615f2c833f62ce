"""The rule of one standard error."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyreg.selection import Row, SearchResults, one_standard_error


def table(scores, name="strength"):
    return SearchResults.of([{name: value} for value in scores], list(scores.values()))


def test_by_hand():
    # the best: mean 0.6, deviations +-0.1 and 0, so s = 0.1 and se = 0.1 / sqrt(3) = 0.0577: admitted from 0.5423 on
    scores = {0.1: [0.5, 0.6, 0.7], 1.0: [0.55, 0.55, 0.55], 10.0: [0.5424, 0.5424, 0.5424], 100.0: [0.5422, 0.5422, 0.5422]}
    results = table(scores)
    assert results.best.standard_error == pytest.approx(0.1 / math.sqrt(3), rel=1e-14)
    assert one_standard_error(results, "strength").params == results.one_standard_error("strength").params == {"strength": 10.0}
    assert results.one_standard_error("strength", larger_is_simpler=False).params == {"strength": 0.1}


def test_exactly_one_standard_error_is_admitted():
    results = table({0.1: [0.5, 1.5], 1.0: [0.5, 0.5]})  # s^2 = 1/2, so se = sqrt(1/2) / sqrt(2) = 1/2
    assert results.best.standard_error == 0.5 and results.one_standard_error("strength").params == {"strength": 1.0}


def test_rounding_decides_nothing():
    tied = [[0.0, 0.0, 0.3], [0.0, 0.1, 0.2]]  # 0.1 + 0.2 is more than 0.3 by a last digit
    results = table({0.1: tied[0], 1.0: tied[1]})
    assert results[0].mean < results[1].mean and results.best is results[0], "equals: the first"
    assert results.cv_results()["rank_test_score"].tolist() == [1, 1]
    edge = table({0.1: [0.3, 0.1], 1.0: [0.1, 0.1]})  # mean 0.2, standard error 0.1: the other is exactly as low as is admitted
    assert edge[1].mean < edge[0].mean - edge[0].standard_error and edge.one_standard_error("strength").params == {"strength": 1.0}
    apart = table({0.1: [0.3, 0.3], 1.0: [0.3, 0.3 + 1e-14]})
    assert apart.best is apart[1] and apart.cv_results()["rank_test_score"].tolist() == [2, 1], "no more than rounding"


def test_the_spread_of_the_best_counts_not_that_of_the_others():
    results = table({0.1: [0.60, 0.60], 1.0: [0.0, 1.0]})
    assert results.one_standard_error("strength") is results.best


def test_of_candidates_with_one_strength_the_better_one_is_taken():
    params = [{"strength": 0.1, "lr": 1}, {"strength": 1.0, "lr": 1}, {"strength": 1.0, "lr": 2}]
    results = SearchResults.of(params, [[0.5, 0.7], [0.55, 0.55], [0.58, 0.58]])
    assert results.one_standard_error("strength").params == {"strength": 1.0, "lr": 2}


def test_a_candidate_with_nan_is_never_chosen():
    results = table({0.1: [0.5, 0.7], 1.0: [0.6, math.nan], 10.0: [math.nan, math.nan]})
    assert results.one_standard_error("strength").params == {"strength": 0.1}


def test_candidates_without_the_name_are_passed_over():
    results = SearchResults.of([{"p": 0.5}, {"strength": 0.1}], [[0.6, 0.8], [0.1, 0.1]])
    assert results.one_standard_error("strength") is results.best, "nobody else is admitted"
    results = SearchResults.of([{"p": 0.5}, {"strength": 0.1}], [[0.6, 0.8], [0.65, 0.65]])
    assert results.one_standard_error("strength").params == {"strength": 0.1}


def test_rows_are_enough():
    rows = [Row({"a": 1}, (0.5, 0.7)), Row({"a": 2}, (0.6, 0.6))]
    assert one_standard_error(rows, "a") is rows[1]


scores = st.lists(st.lists(st.integers(-50, 50), min_size=3, max_size=3), min_size=1, max_size=8)


@given(scores, st.booleans())
def test_the_choice_is_admitted_and_nothing_beyond_it_is(scores, larger):
    results = table({float(i): row for i, row in enumerate(scores)})
    chosen, best = results.one_standard_error("strength", larger_is_simpler=larger), results.best
    values = np.array(scores, dtype=float)
    mean, error = values.mean(axis=1), values.std(axis=1, ddof=1) / math.sqrt(3)
    top = int(mean.argmax())
    bound = mean[top] - error[top]
    assert best.params == {"strength": float(top)}
    place = int(chosen.params["strength"])
    assert mean[place] >= bound - 1e-9
    beyond = mean[place + 1 :] if larger else mean[:place]
    assert not (beyond > bound + 1e-9).any()
    assert place >= top if larger else place <= top


@given(scores, st.integers(-5, 5), st.sampled_from([0.25, 2.0, 64.0]))
def test_the_unit_of_the_score_and_its_zero_do_not_matter(scores, shift, scale):
    plain = table({float(i): row for i, row in enumerate(scores)})
    moved = table({float(i): [scale * (score + shift) for score in row] for i, row in enumerate(scores)})
    bound = plain.best.mean - plain.best.standard_error
    if all(abs(row.mean - bound) > 1e-9 for row in plain):  # none on the edge, where rounding decides
        assert plain.one_standard_error("strength").params == moved.one_standard_error("strength").params


def test_what_the_standard_error_lacks_is_the_covariance_of_the_folds():
    """(5) of the docstring: var(m) = E se^2 + c. n = 200,000 draws of k = 5 scores with v = 1, c = 0.3; within six standard errors."""
    k, v, c, n = 5, 1.0, 0.3, 200_000
    random = np.random.default_rng(0)
    drawn = math.sqrt(v - c) * random.standard_normal((n, k)) + math.sqrt(c) * random.standard_normal((n, 1))
    mean, squared = drawn.mean(axis=1), drawn.var(axis=1, ddof=1) / k
    assert abs(squared.mean() - (v - c) / k) < 6 * squared.std() / math.sqrt(n)
    assert abs((mean**2).mean() - (v / k + (1 - 1 / k) * c)) < 6 * (mean**2).std() / math.sqrt(n)
    assert abs((mean**2).mean() - squared.mean() - c) < 6 * ((mean**2) - squared).std() / math.sqrt(n)


@pytest.mark.parametrize(
    ("results", "name", "error", "words"),
    [
        (table({1.0: [1, 2]}), "p", ValueError, "one_standard_error: name must be one of what was tried, got 'p'; known are strength"),
        ([], "p", ValueError, "got 'p'; known are none"),
        (table({1.0: [math.nan, 2], 2.0: [1, math.nan]}), "strength", ValueError, "a candidate must have a score, got NaN from all 2"),
        (table({1.0: [1]}), "strength", ValueError, "one_standard_error: there must be two folds or more, got 1"),
        (table({"l2": [1, 2]}), "strength", TypeError, "one_standard_error: strength must be a number, got strength='l2'"),
    ],
    ids=["unknown", "empty", "nan", "one_fold", "text"],
)
def test_no_choice(results, name, error, words):
    with pytest.raises(error, match=words):
        one_standard_error(results, name)


@pytest.mark.parametrize("results", [None, 3, [0.5, 0.6]], ids=["None", "number", "scores"])
def test_what_holds_no_rows_is_refused(results):
    kind = "float" if isinstance(results, list) else type(results).__name__
    with pytest.raises(TypeError, match=f"^one_standard_error: results must be rows of a search, got {kind}; search.results holds them"):
        one_standard_error(results, "strength")
