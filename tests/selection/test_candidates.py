"""Grids, and the laws of random search."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinyreg
from tinyreg.random import Generator
from tinyreg.selection import LogUniform, Uniform, log_grid
from tinyreg.selection.candidates import of_grid, of_space


def test_a_grid_of_decades_has_their_digits():
    assert log_grid(1e-4, 10, 6) == [0.0001, 0.001, 0.01, 0.1, 1.0, 10.0]
    assert log_grid(10, 0.1, 3) == [10.0, 1.0, 0.1], "and may fall"
    assert log_grid(3, 3, 2) == [3.0, 3.0] and log_grid(0.3, 0.7, 2) == [0.3, 0.7]


@given(st.floats(-8, 8), st.floats(-8, 8), st.integers(2, 40))
def test_a_grid_is_geometric_between_its_ends(low, high, n):
    low, high = 10**low, 10**high
    grid = log_grid(low, high, n)
    assert len(grid) == n and grid[0] == low and grid[-1] == high
    np.testing.assert_allclose(np.diff(np.log(grid)), math.log(high / low) / (n - 1), atol=1e-11)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((0, 1), ValueError, "log_grid: low and high must be finite and above 0, got 0.0 and 1.0"),
        ((1, math.inf), ValueError, "got 1.0 and inf"),
        ((1, math.nan), ValueError, "got 1.0 and nan"),
        (("a", 1), TypeError, "log_grid: low must be a number, got low='a'"),
        ((1, 2, 1), ValueError, "log_grid: n must be at least 2, got n=1"),
        ((1, 2, 2.5), TypeError, "log_grid: n must be an integer, got 2.5"),
    ],
    ids=str,
)
def test_no_grid(arguments, error, words):
    with pytest.raises(error, match=words):
        log_grid(*arguments)


@pytest.mark.parametrize("law", [LogUniform(1e-4, 10), Uniform(-2, 3)], ids=str)
def test_laws_are_uniform_on_their_scale(law):
    """n = 4000; each fifth is met by a binomial number of draws, within six of its standard deviations."""
    scale = math.log if isinstance(law, LogUniform) else float
    generator, n = Generator(0), 4000
    drawn = np.array([scale(law.draw(generator)) for _ in range(n)])
    low, high = scale(law.low), scale(law.high)
    assert low <= drawn.min() and drawn.max() <= high
    counts, _ = np.histogram(drawn, 5, (low, high))
    assert np.abs(counts - n / 5).max() < 6 * math.sqrt(n * 0.2 * 0.8)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: LogUniform(0, 1), ValueError, "LogUniform: low and high must be finite and above 0, got 0.0 and 1.0"),
        (lambda: LogUniform(2, 2), ValueError, "LogUniform: low must lie below high, got 2.0 and 2.0; a list .value. holds one"),
        (lambda: LogUniform(None, 2), TypeError, "LogUniform: low must be a number, got low=None"),
        (lambda: Uniform(3, 2), ValueError, "Uniform: low must lie below high, both finite, got 3 and 2"),
        (lambda: Uniform(0, math.inf), ValueError, "got 0 and inf"),
        (lambda: Uniform(0, "1"), TypeError, "Uniform: high must be a number, got high='1'"),
    ],
)
def test_no_law(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_a_grid_is_every_combination():
    assert of_grid("who", {"a": [1, 2], "b": ["x", "y"]}) == [
        {"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 2, "b": "x"}, {"a": 2, "b": "y"},
    ]  # fmt: skip
    assert of_grid("who", [{"a": [1]}, {"b": (2, 3)}]) == [{"a": 1}, {"b": 2}, {"b": 3}]
    assert of_grid("who", {}) == [{}], "the estimator as it is"


@pytest.mark.parametrize("values", [np.array([0.5, 1.0]), tinyreg.tensor([0.5, 1.0]), [np.float64(0.5), 1.0], (0.5, 1.0)])
def test_numbers_become_pythons(values):
    found = of_grid("who", {"a": values})
    assert found == [{"a": 0.5}, {"a": 1.0}] and [type(each["a"]) for each in found] == [float, float]


@pytest.mark.parametrize(
    ("grid", "error", "words"),
    [
        (3, TypeError, "who: grid must be a dict of lists, or a list of such dicts, got 3; write"),
        ("strength", TypeError, "got 'strength'"),
        ([1], TypeError, "got .1."),
        ([], ValueError, "who: grid must hold a candidate, got .."),
        ({"a": 0.1}, TypeError, "who: the values of a must be a list, got 0.1; a single one is .value."),
        ({"a": "xy"}, TypeError, "the values of a must be a list, got 'xy'"),
        ({"a": np.ones((2, 2))}, TypeError, "the values of a must be a list"),
        ({"a": []}, ValueError, "who: a must have a value to try, got an empty list"),
        ({1: [2]}, TypeError, "who: names of what varies must be strings, got 1"),
    ],
    ids=repr,
)
def test_no_candidates(grid, error, words):
    with pytest.raises(error, match=words):
        of_grid("who", grid)


def test_a_random_search_draws_from_its_seed_alone():
    space = {"strength": LogUniform(1e-3, 1), "p": [0.0, 0.5], "lr": Uniform(0, 1)}
    few, many = of_space("who", space, 5, 7), of_space("who", space, 9, 7)
    assert few == many[:5], "a shorter search is the beginning of a longer one"
    assert few != of_space("who", space, 5, 8)
    tinyreg.manual_seed(5)
    before = tinyreg.random.get_state()
    assert of_space("who", space, 5, 7) == few and tinyreg.random.get_state() == before
    assert {each["p"] for each in many} == {0.0, 0.5}


@pytest.mark.parametrize(
    ("space", "n", "error", "words"),
    [
        ([1], 3, TypeError, "who: space must be a dict of laws and lists, got .1.; write"),
        ({}, 3, ValueError, "who: space must name what varies, got {}"),
        ({"a": [1]}, 0, ValueError, "who: n must be at least 1, got n=0"),
        ({"a": [1]}, 2.0, TypeError, "who: n must be an integer, got n=2.0"),
        ({"a": 0.1}, 2, TypeError, "who: the values of a must be a list, got 0.1"),
        ({2: [1]}, 2, TypeError, "who: names of what varies must be strings, got 2"),
    ],
    ids=repr,
)
def test_no_space(space, n, error, words):
    with pytest.raises(error, match=words):
        of_space("who", space, n, 0)
