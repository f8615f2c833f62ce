"""Which strength is searched, and where: every row, by hand."""

import math

import pytest

from tinyreg.experiments.bad_option import BadOption
from tinyreg.experiments.methods import METHODS
from tinyreg.experiments.strength_grid import as_shown, grid_of, strength_range, with_strength

SMALLER_IS_STRONGER = {"max_norm", "weight_clipping", "early_stopping", "gradient_clipping"}  # a radius, a limit, a patience, a length
LINEAR = {
    *("dropout", "channel_dropout", "gaussian_dropout", "alpha_dropout", "monte_carlo_dropout", "drop_connect", "drop_path"),
    *("dropout_batch_norm", "label_smoothing", "cutout", "augmentation", "ema"),
}
OTHER_NAMES = {  # of what is searched, where it is not `strength`
    **dict.fromkeys(LINEAR, "p"),
    **{"label_smoothing": "label_smoothing", "cutout": "share", "augmentation": "shift", "ema": "decay", "adamw": "weight_decay"},
    **{"max_norm": "max_norm", "weight_clipping": "limit", "early_stopping": "patience", "gradient_clipping": "max_norm"},
    **{"mixup": "alpha", "cutmix": "alpha", "noise": "std", "gradient_noise": "eta", "sharpness_aware": "rho"},
    **{"adversarial": "epsilon", "virtual_adversarial": "epsilon"},
}


@pytest.mark.parametrize("name", with_strength())
def test_every_row(name):
    found = strength_range(METHODS[name])
    assert found.name == OTHER_NAMES.get(name, "strength")
    assert found.larger_is_stronger == (name not in SMALLER_IS_STRONGER)
    assert found.scale == ("linear" if name in LINEAR else "log")
    assert found.whole == (name == "early_stopping")
    assert found.fixed == ({"p": 0.5} if name == "dropout_l2" else {})
    values = [strength[found.name] for strength in METHODS[name].sweep]
    assert (found.low, found.high) == (min(values), max(values))
    assert grid_of(found, 9)[0] == found.low and grid_of(found, 9)[-1] == found.high


def test_only_rows_with_a_strength_are_known():
    assert set(METHODS) - set(with_strength()) == {
        *("none", "adam", "weight_norm", "spectral_norm", "batch_norm", "layer_norm", "rms_norm", "group_norm", "instance_norm"),
        *("selu", "residual", "sigmoid"),
    }


def test_a_log_grid_is_even_in_the_logarithm():
    grid = grid_of(strength_range(METHODS["l2"], 1e-3, 10.0), 9)
    assert grid == [0.001, 0.00316, 0.01, 0.0316, 0.1, 0.316, 1.0, 3.16, 10.0]
    assert all(math.isclose(b / a, math.sqrt(10), rel_tol=2e-3) for a, b in zip(grid, grid[1:]))


def test_a_linear_grid_is_even():
    assert grid_of(strength_range(METHODS["dropout"], 0.1, 0.9), 5) == [0.1, 0.3, 0.5, 0.7, 0.9]
    assert grid_of(strength_range(METHODS["dropout"], 0.0, 0.5), 3) == [0.0, 0.25, 0.5]


def test_whole_strengths_stay_whole_and_are_not_repeated():
    grid = grid_of(strength_range(METHODS["early_stopping"]), 20)
    assert all(type(value) is int for value in grid) and grid == sorted(set(grid)) and grid[:4] == [1, 2, 3, 4] and grid[-1] == 60
    assert grid_of(strength_range(METHODS["early_stopping"], 2.0, 3.0), 9) == [2, 3]


def test_what_is_shown_stays_between_the_ends():
    found = strength_range(METHODS["l2"], 0.00123456, 0.0098765)
    assert as_shown(found, 0.00123456) == 0.00123456 and as_shown(found, 0.0098765) == 0.0098765 and as_shown(found, 0.005551) == 0.00555
    assert grid_of(found, 3) == [0.00123456, 0.00349, 0.0098765]


@pytest.mark.parametrize(
    ("name", "low", "high", "words"),
    [
        ("l2", 0.0, None, "--low must be above 0: the strengths are spaced by factors, got 0 for strength of l2"),
        ("l2", -1.0, None, "--low must be above 0: .* got -1 "),
        ("l2", math.nan, None, "--low must be .* got nan"),
        ("l2", None, math.inf, "--high must be .* got inf"),
        ("l2", 0.1, 0.1, "--low must be smaller than --high, got 0.1 and 0.1 for strength of l2"),
        ("l2", None, 0.0001, "--low must be smaller than --high, got 0.0003 and 0.0001"),
        ("dropout", -0.1, None, "--low must be at least 0, got -0.1 for p of dropout"),
        ("early_stopping", 0.0, None, "--low must be a whole number of at least 1, got 0 for patience"),
        ("early_stopping", None, 2.5, "--high must be a whole number, got 2.5 for patience"),
        ("adam", None, None, "--method must name a method with a strength, got adam, which has none; l2, l1, .* have one"),
    ],
)
def test_refusals(name, low, high, words):
    with pytest.raises(BadOption, match=words):
        strength_range(METHODS[name], low, high)
