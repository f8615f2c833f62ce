"""GridSearch and RandomSearch."""

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import tinyreg
from tests.selection import trainings
from tinyreg.selection import GridSearch, LogUniform, RandomSearch, SearchResults, log_grid, processes

X = np.arange(6.0).reshape(6, 1)
Y = np.zeros(6)

# scikit-learn 1.9.1: GridSearchCV(Ridge(), {"alpha": ALPHAS}, cv=5, scoring="neg_mean_squared_error") on the diabetes data
ALPHAS = [0.001, 0.01, 0.1, 1.0, 10.0, 0.1]
MEAN = [-2993.0661546538695, -2997.6917496038063, -3006.7057011496754, -3420.32407441944, -5016.578040609163, -3006.7057011496754]
STD = [146.17592948068744, 128.6061097976196, 105.69958983901829, 230.8213142979138, 467.97641850113945, 105.69958983901829]


def with_intercept(train, test, alpha):
    (x, y), (u, v) = train, test
    return trainings.ridge((x - x.mean(axis=0), y - y.mean()), (u - x.mean(axis=0), v - y.mean()), alpha)


def test_scikit_learns_digits(diabetes):
    search = GridSearch(with_intercept, {"alpha": ALPHAS}).fit(*diabetes)
    table = search.cv_results_
    np.testing.assert_allclose(table["mean_test_score"], MEAN, rtol=1e-12)
    np.testing.assert_allclose(table["std_test_score"], STD, rtol=1e-10)
    assert table["rank_test_score"].tolist() == [1, 2, 3, 5, 6, 3]
    assert (search.best_params_, search.best_index_, search.n_splits_) == ({"alpha": 0.001}, 0, 5)
    assert search.best_score_ == pytest.approx(MEAN[0], rel=1e-12)
    # one standard error: 146.176 sqrt(5/4) / sqrt(5) = 73.088, so what is above -3066.154 is admitted, 0.1 among it and 1 not
    assert search.results.best.standard_error == pytest.approx(73.08796474034372, rel=1e-10)
    assert search.results.one_standard_error("alpha").params == {"alpha": 0.1}


def test_an_object_is_searched_and_not_touched(diabetes):
    estimator = trainings.Ridge(5.0)
    search = GridSearch(estimator, {"strength": [0.01, 1.0]}).fit(*diabetes)
    other = GridSearch(trainings.ridge, {"strength": [0.01, 1.0]}).fit(*diabetes)
    assert (search.results.scores == other.results.scores).all() and vars(estimator) == {"strength": 5.0}


def test_candidates_share_folds_and_chance():
    """They differ by what is set and nothing else: here by exactly that."""
    scores = GridSearch(trainings.drawn, {"strength": [0.0, 1.0, 0.0]}, cv=3, seed=5).fit(X).results.scores
    assert (scores[0] == scores[2]).all() and (scores[0] - 1.0 == scores[1]).all() and len(set(scores[0])) == 3


def test_no_digit_depends_on_who_does_the_work():
    data = tinyreg.data.TensorDataset(tinyreg.randn(16, 4, generator=tinyreg.Generator(1)), tinyreg.ones(16, 1))
    grid = {"strength": [0.0, 0.1], "epochs": [1, 2]}

    def scores(executor, estimator=trainings.network):
        return GridSearch(estimator, grid, cv=2, executor=executor).fit(data).results.scores

    serial = scores(None)
    assert len(set(serial.ravel())) == 8
    with ThreadPoolExecutor(4) as executor:
        assert (scores(executor) == serial).all()
    with processes(2, threads=1) as executor:
        assert (scores(executor) == serial).all()


def test_a_candidate_that_diverges_once_is_the_worst():
    def score(train, test, strength):
        if strength == 3 and test[0][0, 0] == 2:
            raise FloatingPointError("diverged")
        return strength

    search = GridSearch(score, {"strength": [1, 3, 2]}, cv=3).fit(X, Y)
    assert (search.best_params_, search.best_index_) == ({"strength": 2}, 2) and search.cv_results_["rank_test_score"].tolist() == [2, 3, 1]
    assert math.isnan(search.results[1].mean) and search.results[1].scores[0] == 3.0
    assert str(search.results).splitlines()[2].endswith("worst")


def test_all_diverge():
    search = GridSearch(lambda train, test, strength: math.nan, {"strength": [1, 2]}, cv=2)
    with pytest.raises(ValueError, match="a candidate must have a score, got NaN from all 2"):
        search.fit(X)
    assert isinstance(search.results, SearchResults) and not hasattr(search, "best_params_")


def test_numbers_beside_the_score_are_kept():
    def score(train, test, strength):
        return {"score": -strength, "train": strength + test[0, 0], "norm": math.inf}

    results = GridSearch(score, {"strength": [1, 2]}, cv=3).fit(X).results
    assert results[1].scores == (-2.0, -2.0, -2.0) and results[1].also["train"] == (2.0, 4.0, 6.0)
    assert all(map(math.isnan, results[0].also["norm"])) and results[0].also["train"] == (1.0, 3.0, 5.0)
    with pytest.raises(RuntimeError, match="a dict must hold 'score', got train; name what decides so"):
        GridSearch(lambda train, test: {"train": 1.0}, {}, cv=2).fit(X)
    with pytest.raises(RuntimeError, match="score: train must be a number, got 'x'"):
        GridSearch(lambda train, test: {"score": 1.0, "train": "x"}, {}, cv=2).fit(X)


def test_an_exception_names_the_candidate_and_the_fold():
    with pytest.raises(
        RuntimeError, match="GridSearch: every candidate must give a score, got ZeroDivisionError .by hand. from strength=2 in fold 1"
    ):
        GridSearch(trainings.fails, {"strength": [1, 2, 3]}, cv=3).fit(X, Y)


def test_a_random_search_tries_what_its_seed_draws():
    space = {"strength": LogUniform(1e-3, 1), "epochs": [1, 2]}
    one, again, other = (RandomSearch(trainings.network, space, 6, seed=seed) for seed in (3, 3, 4))
    assert one.candidates == again.candidates != other.candidates and len(one.candidates) == one.n == 6
    assert RandomSearch(trainings.network, space, 3, seed=3).candidates == one.candidates[:3]


def test_a_random_search_finds_the_top():
    """Of 200 draws on three decades, the next to the top is within a decade/20 but for a chance of (1 - 1/30)**200 < 0.0012."""
    search = RandomSearch(lambda train, test, strength: -abs(math.log10(strength) + 1.5), {"strength": LogUniform(1e-3, 1)}, 200, cv=2).fit(
        X
    )
    assert abs(math.log10(search.best_params_["strength"]) + 1.5) < 0.05


def test_log_grid_and_search_meet(diabetes):
    search = GridSearch(trainings.ridge, {"strength": log_grid(1e-3, 10, 5)}).fit(*diabetes)
    assert [row.params["strength"] for row in search.results] == [0.001, 0.01, 0.1, 1.0, 10.0]


def test_they_say_what_they_are():
    assert (
        repr(GridSearch(trainings.ridge, {"strength": [1, 2]}, cv=3)) == "GridSearch(tests.selection.trainings.ridge, 2 candidates, cv=3)"
    )
    assert (
        repr(RandomSearch(trainings.Ridge(), {"strength": [1]}, 4)) == "RandomSearch(tests.selection.trainings.Ridge, 4 candidates, cv=5)"
    )


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: GridSearch(trainings.ridge, {"p": [1]}), TypeError, r"GridSearch: estimator must take \(train, test, p\)"),
        (
            lambda: GridSearch(trainings.Ridge(), {"p": [1]}),
            ValueError,
            "GridSearch: Ridge must have what is set, got 'p'; known are strength",
        ),
        (lambda: GridSearch(trainings.ridge, {"strength": 1}), TypeError, "GridSearch: the values of strength must be a list, got 1"),
        (lambda: GridSearch(3, {}), TypeError, "GridSearch: estimator must be a function"),
        (
            lambda: GridSearch(trainings.ridge, {"strength": [1]}, cv=0),
            ValueError,
            "n_splits must be an integer of at least 2, got n_splits=0",
        ),
        (
            lambda: GridSearch(trainings.ridge, {"strength": [1]}, seed=None),
            TypeError,
            "GridSearch: seed must be an integer, got seed=None",
        ),
        (
            lambda: GridSearch(trainings.ridge, {"strength": [1]}, journal=3),
            TypeError,
            "GridSearch: journal must be the path of a file, got 3",
        ),
        (lambda: RandomSearch(trainings.ridge, {"strength": [1]}, 0), ValueError, "RandomSearch: n must be at least 1, got n=0"),
        (
            lambda: RandomSearch(trainings.ridge, {"strength": [1]}, 2, seed=-1),
            ValueError,
            r"RandomSearch: seed must lie in \[0, 2\*\*64\), got seed=-1",
        ),
    ],
    ids=["argument", "attribute", "values", "estimator", "cv", "seed", "journal", "n", "random_seed"],
)
def test_refusals(make, error, words):
    with pytest.raises(error, match=words):
        make()
