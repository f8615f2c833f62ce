"""Double descent: figure 1 of Nakkiran et al. 2021 against its numbers, its lemma, and what is known exactly."""

import math

import numpy as np
import pytest

from tinyreg.data.synthetic import linear_regression
from tinyreg.experiments.double_descent import SIZES, best_ridge_risk, best_strength, double_descent, least_squares_risk
from tinyreg.experiments.statistics import t_quantile
from tinyreg.random import keyed
from tinyreg.regularization.paths.ridge import filter_factors

STRENGTHS = (0, 125, 1250, 62.5, 250)  # least squares, the best one, ten times it, half and twice


@pytest.fixture(scope="module")
def figure_1():
    return double_descent(SIZES, STRENGTHS)


def pooled_error(outcome, strength):
    """The standard error of a mean: five draws say little about their spread, eight sizes together (32 degrees of freedom) do."""
    row = outcome["strengths"].index(strength)
    return math.sqrt((outcome["error"][row] ** 2).mean())


def test_the_setting_is_the_papers(figure_1):
    assert {name: figure_1[name] for name in ("d", "noise", "draws", "seed")} == {"d": 500, "noise": 0.5, "draws": 5, "seed": 0}
    assert figure_1["sizes"] == [100, 250, 400, 480, 500, 520, 600, 1000] and figure_1["risks"].shape == (5, 5, 8)
    np.testing.assert_allclose(figure_1["mean"], figure_1["risks"].sum(axis=0) / 5)
    np.testing.assert_allclose(figure_1["error"] ** 2, ((figure_1["risks"] - figure_1["mean"]) ** 2).sum(axis=0) / 4 / 5)


def test_least_squares_peaks_where_examples_equal_inputs(figure_1):
    least_squares, best = figure_1["mean"][:2]
    assert SIZES[least_squares.argmax()] == 500
    assert (figure_1["risks"][:, 0, 4] > 10 * figure_1["risks"][:, 1, 4]).all()  # in each draw, not in the mean only
    assert least_squares[3] > 5 * least_squares[1] and least_squares[5] > 5 * least_squares[7]  # it is worse with more data


def test_the_best_ridge_never_gets_worse_with_more_examples(figure_1):
    best, error = figure_1["mean"][1], pooled_error(figure_1, 125)
    assert error < 0.02
    assert (np.diff(best) < 3 * math.sqrt(2) * error).all()
    assert best[0] - best[-1] > 30 * error
    assert (np.diff(figure_1["mean"][2]) < 3 * math.sqrt(2) * pooled_error(figure_1, 1250)).all()  # so is ten times too much


def test_the_printed_numbers(figure_1):
    """Means of three other draws: both are random, where the mean of least squares exists within 99.9 % of their difference."""
    printed = [1.11, 0.90, 0.74, 0.65, 0.64, 0.65, 0.56, 0.42]
    difference = pooled_error(figure_1, 125) * math.sqrt(1 + 5 / 3)
    np.testing.assert_allclose(figure_1["mean"][1], printed, atol=3 * difference)
    printed = {100: 1.13, 250: 1.00, 400: 1.30, 480: 8.8, 520: 6.6, 600: 1.50, 1000: 0.50}
    for n, value in printed.items():
        column = SIZES.index(n)
        difference = figure_1["error"][0, column] * math.sqrt(1 + 5 / 3)
        assert abs(figure_1["mean"][0, column] - value) < t_quantile(0.999, 4) * difference


def test_least_squares_is_what_wishart_says(figure_1):
    """Equations (3) and (4), within Student's 99.9 % interval of five draws; no mean at n = 500."""
    for n, mean, error in zip(SIZES, figure_1["mean"][0], figure_1["error"][0]):
        if n != 500:
            assert abs(mean - least_squares_risk(n, 500, 0.5)) < t_quantile(0.999, 4) * error
    assert [least_squares_risk(n, 500, 0.5) for n in (499, 500, 501)] == [math.inf] * 3


@pytest.mark.parametrize("n", [15, 25])
def test_least_squares_is_what_wishart_says_over_many_draws(n):
    """20 inputs, 3,000 draws: 5 standard errors are below 10 %, and n - d in the place of n - d - 1 would be off by more."""
    outcome = double_descent([n], [0], d=20, draws=3000)
    (mean,), (error,) = outcome["mean"][0], outcome["error"][0]
    assert 5 * error < 0.1 * mean and abs(mean - least_squares_risk(n, 20, 0.5)) < 5 * error


def test_one_input_or_one_example_by_hand():
    """|x|^2 is chi squared of n, or d, degrees of freedom, and the mean of its inverse 1/(n - 2), or 1/(d - 2)."""
    assert least_squares_risk(7, 1, 0.5) == pytest.approx(0.25 + 0.25 / 5)
    assert least_squares_risk(1, 7, 0.5) == pytest.approx(0.25 + 6 / 7 + 0.25 / 5)


def test_the_best_ridge_is_what_marchenko_and_pastur_say(figure_1):
    """Equation (7) has no fitted number in it."""
    expected = [best_ridge_risk(n, 500, 0.5) for n in SIZES]
    np.testing.assert_allclose(figure_1["mean"][1], expected, atol=3 * pooled_error(figure_1, 125))
    assert best_ridge_risk(0, 500, 0.5) == 1 + 0.25 and (np.diff(expected) < 0).all()
    assert best_ridge_risk(10**6, 500, 0.5) == pytest.approx(least_squares_risk(10**6, 500, 0.5), rel=1e-6)
    assert best_ridge_risk(300, 500, 0.0) == pytest.approx(0.4) and best_ridge_risk(500, 500, 0.0) == 0


def test_half_and_twice_the_best_strength_are_worse(figure_1):
    """On the same draws: no size where they are better by 3 standard errors of the difference, and worse on the whole by more."""
    for other in (3, 4):
        differences = figure_1["risks"][:, other] - figure_1["risks"][:, 1]
        error = math.sqrt(differences.var(axis=0, ddof=1).mean() / 5)
        assert (differences.mean(axis=0) > -3 * error).all()
        assert differences.mean() > 3 * error / math.sqrt(8)


def inputs(n, d):
    return linear_regression(n, d, dtype="float64")[0].numpy()


def expected_risk(X, strength, noise):
    """Averaged over the noise and all directions of the weight, which leaves the singular values of X: the sum of (5)."""
    n, d = X.shape
    values, factors = filter_factors(X, strength)
    fitted = np.divide(factors, values[:, None], out=np.zeros_like(factors), where=values[:, None] > 0)
    missing = ((1 - factors) ** 2).sum(axis=0) + max(d - n, 0)
    return missing / d + noise**2 * (fitted**2).sum(axis=0) + noise**2


@pytest.mark.parametrize("n", [1, 5, 19, 20, 21, 60, 400])
def test_one_strength_is_best_for_every_number_of_examples(n):
    """Lemma 2, for one X and without chance: 0.1 % more and less are worse, and the grid's best is d noise^2 = 5."""
    with keyed(n):
        X = inputs(n, 20)
    best = best_strength(20, 0.5)
    less, here, more = expected_risk(X, [0.999 * best, best, 1.001 * best], 0.5)
    assert best == 5 and here < less and here < more
    grid = np.geomspace(best / 100, best * 100, 401)
    risks = expected_risk(X, grid, 0.5)
    assert risks.argmin() == 200 and (np.diff(risks[:201]) < 0).all() and (np.diff(risks[200:]) > 0).all()


def test_lemma_2_at_the_size_of_the_figure():
    """125 for every n of the figure; its expected risk is (7) to the order of 1/d."""
    for n in (100, 500, 1000):
        with keyed(0, 0, n):
            X = inputs(n, 500)
        less, here, more = expected_risk(X, [124, 125, 126], 0.5)
        assert here < less and here < more
        assert here == pytest.approx(best_ridge_risk(n, 500, 0.5), abs=0.01)


def test_more_examples_never_hurt_the_expectation():
    """Theorem 1 on one nested sample: rows are added one by one to the same 20 inputs."""
    with keyed(0):
        X = inputs(60, 20)
    risks = [float(expected_risk(X[:n], [5.0], 0.5)[0]) for n in range(1, 61)]
    assert (np.diff(risks) < 0).all()
    unpenalized = [float(expected_risk(X[:n], [0.0], 0.5)[0]) for n in range(1, 61)]
    assert max(unpenalized) > 3 * unpenalized[0] and 18 <= np.argmax(unpenalized) + 1 <= 22


def test_a_size_has_the_same_draws_whatever_stands_beside_it():
    both, one = double_descent([8, 12], [1.0], d=10, draws=3), double_descent([12], [2.0, 1.0], d=10, draws=2)
    np.testing.assert_allclose(both["risks"][:2, 0, 1], one["risks"][:, 1, 0], rtol=1e-12)
    other = double_descent([8, 12], [1.0], d=10, draws=3, seed=1)
    assert (both["risks"] != other["risks"]).all()


def test_the_strengths_unless_others_are_given():
    assert double_descent([4], d=8, noise=1.0, draws=2)["strengths"] == [0, 8, 80, 0.8]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sizes": [5, 0]}, "sizes must be an integer of at least 1, got 0"),
        ({"sizes": [2.5]}, r"sizes must be an integer of at least 1, got 2\.5"),
        ({"d": 0}, "d must be an integer of at least 1, got 0"),
        ({"draws": 1}, "draws must be an integer of at least 2, got 1; a standard error needs two"),
        ({"noise": -0.5}, r"noise must be a finite number of at least 0, got noise=-0\.5"),
        ({"strengths": [1.0, -1.0]}, r"strengths must be a finite number of at least 0, got strengths=-1\.0"),
        ({"sizes": []}, r"there must be a size and a strength, got sizes=\[\], strengths="),
        ({"strengths": []}, r"got sizes=\[100, .*\], strengths=\[\]"),
    ],
)
def test_refusals(settings, message):
    with pytest.raises(ValueError, match=f"^double_descent: .*{message}"):
        double_descent(**settings)
