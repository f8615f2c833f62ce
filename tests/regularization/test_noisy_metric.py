"""Early stopping where the value that it watches is measured with noise: what its room states, in seeded runs."""

import math

import numpy as np
import pytest

from tinyreg.regularization import EarlyStopping


def normal_cdf(x):
    return 0.5 * math.erfc(-x / math.sqrt(2))


def runs(values, **settings):
    """EarlyStopping over each row: the epochs at which it stopped (0: never), best values and their epochs."""
    stopped, best, epochs = [], [], []
    for row in values:
        stopping, end = EarlyStopping(**settings), 0
        for epoch, value in enumerate(row, 1):
            if stopping.step(value):
                end = epoch
                break
        stopped.append(end), best.append(stopping.best), epochs.append(stopping.best_epoch)
    return np.array(stopped), np.array(best), np.array(epochs)


def share_is(hits, probability):
    """6 sigma of a share of n draws."""
    return abs(np.mean(hits) - probability) < 6 * math.sqrt(probability * (1 - probability) / len(hits))


@pytest.mark.parametrize("n", [10, 100])
def test_the_best_of_noisy_values_flatters(n):
    """A loss that stays at 1 and is measured with noise sigma: `best` is too low by the mean of the largest of n normal numbers,
    2.508 sigma for n = 100, which never exceeds sigma sqrt(2 ln n); 3000 runs, 6 sigma."""
    sigma, R = 0.1, 3000
    z = np.linspace(-10, 10, 20_001)
    largest = (z[:-1] + z[1:]) @ np.diff([normal_cdf(v) ** n for v in z]) / 2
    assert n == 10 or largest == pytest.approx(2.508, abs=1e-3)
    assert largest < math.sqrt(2 * math.log(n))
    _, best, _ = runs(1 + sigma * np.random.default_rng(0).standard_normal((R, n)), patience=n)
    assert abs(best.mean() - (1 - sigma * largest)) < 6 * best.std() / math.sqrt(R)


def test_luck_becomes_rare():
    """Without a trend, epoch n is a new best with probability 1/n, and none of the k behind n is with n/(n + k); 20,000 runs."""
    values = np.random.default_rng(1).standard_normal((20_000, 25))
    *_, epochs = runs(values, patience=99)
    assert share_is(epochs <= 20, 20 / 25)
    assert share_is(runs(values[:, :7], patience=99)[2] == 7, 1 / 7)


@pytest.mark.parametrize("patience", [1, 3, 9])
def test_patience_runs_out_by_chance(patience):
    """The first value is the best of the next k with probability 1/(k + 1): that often training ends at the first occasion."""
    values = np.random.default_rng(2).standard_normal((20_000, patience + 1))
    stopped, *_ = runs(values, patience=patience)
    assert share_is(stopped == patience + 1, 1 / (patience + 1))


@pytest.mark.parametrize(("k", "probability"), [(1, 0.472), (4, 0.286), (9, 0.028)])
def test_a_small_patience_stops_a_loss_that_is_still_falling(k, probability):
    """It falls by d = sigma/10 an epoch. With patience = 1 and means of k epochs, training ends at the second of them with
    probability Phi(-k sqrt(k) d/(sigma sqrt 2)); 10,000 runs."""
    epochs = np.arange(2 * k)
    values = (-0.1 * epochs + np.random.default_rng(3).standard_normal((10_000, 2 * k))).reshape(-1, 2, k).mean(axis=2)
    exact = normal_cdf(-k * math.sqrt(k) * 0.1 / math.sqrt(2))
    stopped, *_ = runs(values, patience=1)
    assert exact == pytest.approx(probability, abs=5e-4)
    assert share_is(stopped == 2, exact)


def test_min_delta_does_not_count_luck():
    """Without a trend the second value passes for better with probability Phi(-min_delta/(sigma sqrt 2)): 0.079 at 2 sigma."""
    values = np.random.default_rng(4).standard_normal((20_000, 2))
    _, _, epochs = runs(values, patience=9, min_delta=2.0)
    assert share_is(epochs == 2, normal_cdf(-2 / math.sqrt(2)))
    assert normal_cdf(-2 / math.sqrt(2)) == pytest.approx(0.0786, abs=1e-4)
