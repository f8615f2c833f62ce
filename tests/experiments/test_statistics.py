"""The statistics: numbers from printed tables, identities, and SciPy where it is installed."""

import math

import pytest

from tinyreg.experiments.statistics import holm, incomplete_beta, interval, paired_difference, t_quantile, two_sided_p, verdict


def test_the_quantiles_are_those_of_the_printed_tables():
    table = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 9: 2.262, 30: 2.042, 120: 1.980}
    assert {df: round(t_quantile(0.95, df), 3) for df in table} == table


def test_one_degree_of_freedom_is_the_cauchy_law():
    for t in (0.01, 0.5, 1.0, 7.0, 300.0):
        assert two_sided_p(t, 1) == pytest.approx(1 - 2 / math.pi * math.atan(t), rel=1e-12)


def test_an_infinite_t_has_no_tail():
    assert two_sided_p(math.inf, 4) == 0.0 and two_sided_p(0.0, 4) == 1.0


def test_two_degrees_of_freedom_have_a_closed_form():
    for t in (0.01, 0.5, 1.0, 7.0, 300.0):
        assert two_sided_p(t, 2) == pytest.approx(1 - t / math.sqrt(2 + t * t), rel=1e-9)


def test_quantile_and_tail_are_inverse():
    for df in (1, 2, 4, 17, 500):
        for confidence in (0.5, 0.9, 0.95, 0.999):
            assert two_sided_p(t_quantile(confidence, df), df) == pytest.approx(1 - confidence, rel=1e-10)


def test_the_incomplete_beta_has_its_symmetry_and_its_ends():
    assert incomplete_beta(2, 5, 0) == 0 and incomplete_beta(2, 5, 1) == 1
    for a, b, x in [(0.5, 3, 0.2), (4, 0.5, 0.97), (30, 40, 0.5)]:
        assert incomplete_beta(a, b, x) == pytest.approx(1 - incomplete_beta(b, a, 1 - x), rel=1e-12)
    assert incomplete_beta(3, 1, 0.7) == pytest.approx(0.7**3, rel=1e-13)


def test_the_incomplete_beta_and_student_agree_with_scipy():
    special = pytest.importorskip("scipy.special")
    stats = pytest.importorskip("scipy.stats")
    for a in (0.5, 1, 2.5, 12, 200):
        for b in (0.5, 1, 3, 77):
            for x in (1e-6, 0.1, 0.5, 0.9, 1 - 1e-6):
                assert incomplete_beta(a, b, x) == pytest.approx(special.betainc(a, b, x), rel=1e-11, abs=1e-15)
    for df in (1, 2, 4, 10, 250):
        for t in (1e-6, 0.3, 1, 2.8, 30, 1e4):
            assert two_sided_p(t, df) == pytest.approx(2 * stats.t.sf(t, df), rel=1e-10)
        for confidence in (0.1, 0.95, 0.9999):
            assert t_quantile(confidence, df) == pytest.approx(stats.t.ppf((1 + confidence) / 2, df), rel=1e-10)


def test_intervals_and_paired_p_agree_with_scipy():
    stats = pytest.importorskip("scipy.stats")
    a, b = [86.1, 84.0, 87.2, 88.4, 85.5], [75.0, 76.2, 74.1, 77.7, 76.0]
    low, high = stats.t.interval(0.95, 4, loc=sum(a) / 5, scale=stats.sem(a))
    assert (interval(a).low, interval(a).high) == pytest.approx((low, high), rel=1e-12)
    difference = paired_difference(a, b)
    test = stats.ttest_rel(a, b)
    assert difference.p == pytest.approx(test.pvalue, rel=1e-10)
    assert (difference.interval.low, difference.interval.high) == pytest.approx(tuple(test.confidence_interval()), rel=1e-10)


def test_pairing_removes_what_the_seeds_share():
    easy_and_hard = [70.0, 80.0, 90.0, 60.0, 75.0]
    better = [v + d for v, d in zip(easy_and_hard, (1.0, 1.2, 0.8, 1.1, 0.9))]
    assert interval(better).half > 10
    difference = paired_difference(better, easy_and_hard)
    assert difference.interval.mean == pytest.approx(1.0) and difference.interval.half < 0.2


def test_one_image_in_every_seed_is_no_certainty():
    """Two seeds, one image of 1797 each: T = 1 / (sqrt(1/6) / sqrt(2)) = 3.46, one degree of freedom: p = 0.179."""
    difference = paired_difference([0.5, 0.7], [0.5 - 1 / 1797, 0.7 - 1 / 1797], resolution=1 / 1797)
    assert difference.p == pytest.approx(0.179, abs=5e-4)
    assert difference.interval.low < 0 < difference.interval.high
    coarse = paired_difference([0.5, 0.7, 0.6], [0.4, 0.5, 0.55], resolution=1 / 1797)
    assert coarse == paired_difference([0.5, 0.7, 0.6], [0.4, 0.5, 0.55]), "a spread of many images stays as it is"


def test_differences_without_spread():
    assert paired_difference([1, 2, 3], [1, 2, 3]).p == 1.0
    assert paired_difference([2, 3, 4], [1, 2, 3]).p == 0.0
    assert paired_difference([2, 3, 4], [1, 2, 3]).interval.half == 0.0


def test_holm_by_hand():
    # sorted: .005 (x4 = .02), .01 (x3 = .03), .03 (x2 = .06), .04 (x1 = .04, lifted to .06)
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.5]) == [1.0, 1.0]
    assert holm([0.02]) == [0.02] and holm([]) == []


def test_holm_is_between_nothing_and_bonferroni():
    p = [0.2, 0.001, 0.013, 0.04, 0.5]
    for adjusted, raw in zip(holm(p), p):
        assert raw <= adjusted <= min(1, 5 * raw)


def test_verdicts():
    assert verdict(3.0, 0.049) == "better"
    assert verdict(-3.0, 0.049) == "worse"
    assert verdict(3.0, 0.05) == "not distinguishable"
    assert verdict(0.0, 0.0) == "not distinguishable"


@pytest.mark.parametrize(
    ("call", "value"),
    [
        (lambda: interval([3.0]), "got 1"),
        (lambda: paired_difference([1, 2, 3], [1, 2]), "got 3 and 2"),
        (lambda: holm([0.2, 1.5]), "got 1.5"),
        (lambda: t_quantile(1.0, 4), "got 1.0 and 4"),
        (lambda: t_quantile(0.95, 0), "got 0.95 and 0"),
        (lambda: incomplete_beta(0, 1, 0.5), "got a=0, b=1, x=0.5"),
    ],
)
def test_refusals_name_the_value(call, value):
    with pytest.raises(ValueError, match=value):
        call()
