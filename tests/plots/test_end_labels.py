"""Labels pushed apart: the nearest heights that keep their distance, and none that overlap in a figure."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyreg.plots.end_labels import spread

HEIGHTS = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def test_by_hand():
    np.testing.assert_allclose(spread(np.array([0.2, 0.8]), 0.1, 0, 1), [0.2, 0.8])
    np.testing.assert_allclose(spread(np.array([0.5, 0.5]), 0.2, 0, 1), [0.4, 0.6])
    np.testing.assert_allclose(spread(np.array([0.9, 0.1, 1.0]), 0.2, 0, 1), [0.8, 0.1, 1.0])  # cut at the top
    np.testing.assert_allclose(spread(np.array([0.0, 0.0, 0.0]), 0.5, 0, 1), [0, 0.5, 1])
    assert spread(np.array([0.3]), 5.0, 0, 1).tolist() == [0.3]


@given(HEIGHTS)
def test_gaps_bounds_and_order(wanted):
    heights, order = spread(np.array(wanted), 0.08, 0, 1), np.argsort(wanted, kind="stable")
    assert (np.diff(heights[order]) >= 0.08 - 1e-12).all()
    assert heights.min() >= -1e-12 and heights.max() <= 1 + 1e-12


@given(HEIGHTS)
def test_no_feasible_heights_are_nearer(wanted):
    """The condition of optimality of a convex problem: no step towards another feasible point goes downhill."""
    wanted = np.array(wanted)
    heights, order = spread(wanted, 0.08, 0, 1), np.argsort(wanted, kind="stable")
    rng = np.random.default_rng(0)
    for _ in range(20):
        other = np.empty(len(wanted))
        slack = np.sort(rng.uniform(0, 1 - 0.08 * (len(wanted) - 1), len(wanted)))
        other[order] = slack + 0.08 * np.arange(len(wanted))
        assert (heights - wanted) @ (other - heights) >= -1e-9


def test_no_room():
    with pytest.raises(ValueError, match="spread: 3 labels must fit between the bounds, got a gap of 0.6 between 0 and 1; name fewer"):
        spread(np.array([0.1, 0.2, 0.3]), 0.6, 0, 1)
