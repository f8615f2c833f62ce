"""The rows of a selection, its two choices and what it says to try next: numbers by hand."""

import json
import math

import pytest

from tinyreg.experiments import select_results
from tinyreg.experiments.select_figure import select_figure
from tinyreg.experiments.select_results import outcome_of, try_next, write
from tinyreg.experiments.select_settings import SelectSettings
from tinyreg.experiments.strength_grid import grid_of
from tinyreg.selection import SearchResults

NAN = math.nan


def found(settings, none, scores):
    """An outcome of fabricated scores, a list for each strength on the grid, and the results that it was made of."""
    tried = grid_of(settings.strength, len(scores))
    candidates = [{}, *({settings.strength.name: value} for value in tried)]
    rows = [none, *scores]
    results = SearchResults.of(candidates, rows, also={"train_accuracy": [[1.0] * len(none)] * len(rows)})
    return outcome_of(results, settings, tried, [100] * len(none), {"begun": "2000-01-01", "wall_seconds": 1.0, "jobs": 1}), results


L2 = SelectSettings(method="l2", low=0.001, high=1.0, points=4, folds=3)
MAX_NORM = SelectSettings(method="max_norm", low=0.5, high=4.0, points=4, folds=3)
NONE = [0.7, 0.8, 0.9]
FLAT = [[0.80, 0.80, 0.95], [0.84, 0.84, 0.90], [0.83, 0.83, 0.88], [0.1, 0.2, 0.3]]  # means 0.85, 0.86, 0.8467, 0.2


def test_means_and_paired_differences():
    outcome, _ = found(L2, NONE, [[0.8, 0.9, 1.0], [0.75, 0.8, 0.85], [0.72, 0.83, 0.94], [0.6, 0.7, 0.8]])
    first, second, third, fourth = outcome["rows"]
    assert first["mean"] == pytest.approx(0.9) and first["standard_error"] == pytest.approx(0.1 / math.sqrt(3))
    assert first["difference"]["mean"] == pytest.approx(0.1) and first["difference"]["verdict"] == "better"
    # equal differences: a count of 100 images knows itself to sqrt(2/12) images, and t of 2 degrees of freedom is 4.3027
    half = 4.302653 * math.sqrt(2 / 12) / 100 / math.sqrt(3)
    assert first["difference"]["low"] == pytest.approx(0.1 - half) and first["difference"]["high"] == pytest.approx(0.1 + half)
    # differences 0.05, 0, -0.05: mean 0, s = 0.05
    half = 4.302653 * 0.05 / math.sqrt(3)
    assert second["difference"]["low"] == pytest.approx(-half) and second["difference"]["verdict"] == "not distinguishable"
    # differences 0.02, 0.03, 0.04: mean 0.03, s = 0.01; 4.30 * 0.01 / sqrt(3) = 0.0248 < 0.03, so the interval is above 0; but
    # T = 3 sqrt(3), and of 2 degrees of freedom p = 1 - T / sqrt(2 + T^2) = 0.0351 is one of four: Holm doubles the third smallest
    p = 1 - math.sqrt(27 / 29)
    assert third["difference"]["low"] == pytest.approx(0.03 - 4.302653 * 0.01 / math.sqrt(3)) and third["difference"]["low"] > 0
    assert third["difference"]["p"] == pytest.approx(p) and third["difference"]["p_holm"] == pytest.approx(2 * p)
    assert third["difference"]["verdict"] == "not distinguishable"
    assert fourth["difference"]["verdict"] == "worse" and "difference" not in outcome["none"]
    # the same row beside two that diverged: it is one of two comparisons, and the smallest p is doubled
    outcome, _ = found(L2, NONE, [[0.72, 0.83, 0.94], [0.75, 0.8, 0.85], [NAN] * 3, [0.6, NAN, 0.8]])
    assert outcome["rows"][0]["difference"]["p_holm"] == pytest.approx(2 * p)


def test_the_choice_leans_to_the_side_that_regularizes_more():
    outcome, _ = found(L2, NONE, FLAT)  # the best has 0.86, standard error 0.02
    assert (outcome["best"], outcome["one_standard_error"]) == (1, 2), "a larger strength regularizes more"
    outcome, _ = found(MAX_NORM, NONE, FLAT)
    assert (outcome["best"], outcome["one_standard_error"]) == (1, 0), "a smaller radius does"


def test_a_row_that_diverged_has_no_mean_and_is_not_chosen():
    outcome, _ = found(L2, NONE, [[0.8, 0.8, 0.8], [0.9, NAN, 0.9], [0.7, 0.7, 0.7], [NAN, NAN, NAN]])
    assert [row["diverged"] for row in outcome["rows"]] == [0, 1, 0, 3] and outcome["best"] == 0
    assert outcome["rows"][1]["mean"] is None and outcome["rows"][1]["difference"] is None
    json.dumps(outcome, allow_nan=False)
    outcome, _ = found(L2, [0.7, NAN, 0.9], FLAT)
    assert all(row["difference"] is None for row in outcome["rows"]) and outcome["best"] == 1


def commands(settings, scores, none=NONE):
    outcome, _ = found(settings, none, scores)
    return [command for command, _ in try_next(outcome, settings)]


def test_what_to_try_next():
    other, worth = commands(L2, FLAT)  # best and choice have the ends beside them: nothing is finer
    assert other == "tinyreg select --method l2 --folds 3 --points 4 --low 0.001 --high 1 --seed 1", "the same strengths"
    assert worth == "tinyreg compare --methods l2 --grid"
    assert commands(SelectSettings(folds=3), FLAT)[0] == "tinyreg select --method l2 --folds 3 --seed 1"


@pytest.mark.parametrize(
    ("settings", "scores", "command"),
    [
        (L2, [[0.8] * 3, [0.84, 0.84, 0.90], [0.8] * 3, [0.83, 0.83, 0.88]], "--low 0.01 --high 10"),
        (SelectSettings(method="max_norm", low=0.5, high=4.0, points=4, folds=3), FLAT, "--low 0.05 --high 2"),
    ],
    ids=["large", "small"],
)
def test_further_where_the_choice_lies_at_an_end(settings, scores, command):
    """What is stronger still was not tried; the best stays in the range, or the next choice has nothing to lean on."""
    outcome, _ = found(settings, NONE, scores)
    first, reason = try_next(outcome, settings)[0]
    assert first == f"tinyreg select --method {settings.method} --folds 3 --points 4 {command}"
    assert reason == f"further: the choice of one standard error lies at the {'high' if settings is L2 else 'low'} end"


@pytest.mark.parametrize(
    ("settings", "best", "ends"),
    [
        (SelectSettings(method="l2", low=0.001, high=10.0), 4, "--low 0.0316 --high 0.316"),  # its neighbours
        (SelectSettings(method="l2", low=0.001, high=10.0), 8, "--low 1 --high 100"),
        (SelectSettings(method="l2", low=0.001, high=10.0), 0, "--low 0.0001 --high 0.01"),
        (SelectSettings(method="dropout", low=0.1, high=0.9), 8, "--low 0.7 --high 0.975"),  # nearer to 1, not beyond
        (SelectSettings(method="dropout", low=0.2, high=1.0), 0, "--low 0.05 --high 0.4"),
        (SelectSettings(method="early_stopping", low=2, high=60), 0, "--low 1 --high 5"),
    ],
)
def test_further_where_the_best_lies_at_an_end_and_finer_where_not(settings, best, ends):
    count = len(grid_of(settings.strength, 9))
    scores = [[0.5, 0.5 + 0.001 * i, 0.5] for i in range(count)]
    scores[best] = [0.9, 0.901, 0.9]
    assert commands(settings, scores)[0] == f"tinyreg select --method {settings.method} {ends}"
    assert SelectSettings(method=settings.method, low=float(ends.split()[1]), high=float(ends.split()[3]))


@pytest.mark.parametrize(
    ("settings", "best"),
    [(SelectSettings(method="early_stopping", low=1, high=60), 0), (SelectSettings(method="dropout", low=0.2, high=1.0), 8)],
)
def test_beyond_the_last_sensible_strength_there_is_nothing(settings, best):
    scores = [[0.5, 0.5 + 0.001 * i, 0.5] for i in range(len(grid_of(settings.strength, 9)))]
    scores[best] = [0.9, 0.901, 0.9]
    low, high = settings.low, settings.high
    assert not any(f"--low {low:g} " in command or f"--high {high:g}0" in command for command in commands(settings, scores)[:1])


def test_commands_repeat_the_options():
    options = {"data": "mnist", "root": "my data", "model": "lenet", "train_size": 500, "label_noise": 0.0, "epochs": 9, "seed": 3}
    settings = SelectSettings(method="l2", low=0.001, high=1.0, points=4, **options)
    shared = "--data mnist --root 'my data' --model lenet --train-size 500 --label-noise 0 --epochs 9"
    lines = commands(settings, [row * 2 for row in FLAT], NONE * 2)
    assert lines[-2] == f"tinyreg select --method l2 {shared} --points 4 --low 0.001 --high 1 --seed 4"
    assert lines[-1] == f"tinyreg compare --methods l2 {shared} --grid"
    drawn = SelectSettings(method="l2", low=0.00123456, points=4, search="random")
    assert commands(drawn, [row * 2 for row in FLAT], NONE * 2)[-2] == (
        "tinyreg select --method l2 --points 4 --search random --low 0.00123456 --high 1 --seed 1"
    )


def test_weaker_where_everything_diverged():
    outcome, _ = found(L2, NONE, [[NAN] * 3] * 4)
    assert (outcome["best"], outcome["one_standard_error"]) == (None, None)
    [(command, reason)] = try_next(outcome, L2)
    assert command == "tinyreg select --method l2 --folds 3 --points 4 --low 0.0001 --high 0.1" and "diverged" in reason
    outcome, _ = found(MAX_NORM, NONE, [[NAN] * 3] * 4)
    assert try_next(outcome, MAX_NORM)[0][0].endswith(" --low 1 --high 40"), "a larger radius is weaker"
    shares = SelectSettings(method="dropout", low=0.0, high=0.9, points=4, folds=3)
    assert try_next(found(shares, NONE, [[NAN] * 3] * 4)[0], shares) == [], "there is nothing weaker than 0"


def test_the_picture_says_what_was_done():
    settings = SelectSettings(method="dropout_l2", low=0.001, high=1.0, points=4, folds=3)
    _, results = found(settings, NONE, FLAT)
    figure = select_figure(results, settings)
    axes = figure.axes[0]
    assert axes.get_xscale() == "log" and axes.get_xlabel() == "strength, p 0.5 (stronger to the right)"
    assert axes.get_ylabel() == "accuracy [%]"
    assert figure.get_suptitle() == "dropout + L2: how strong?\n300 images of Digits, MLP, 20 % of the training labels wrong"
    _, results = found(MAX_NORM, NONE, FLAT)
    assert select_figure(results, MAX_NORM).axes[0].get_xlabel() == "max norm (stronger to the left)"


@pytest.mark.parametrize("name", ["results.json", "validation_curve.png"])
def test_a_full_disk_is_a_sentence(tmp_path, monkeypatch, name):
    original = select_results.write_atomically

    def full(path, data):
        if path.name == name:
            raise OSError(28, "No space left on device")
        original(path, data)

    outcome, results = found(L2, NONE, FLAT)
    monkeypatch.setattr(select_results, "write_atomically", full)
    with pytest.raises(
        RuntimeError, match=f"select: results must be written, got No space left on device for {tmp_path / name}; make room"
    ):
        write(tmp_path, outcome, results, L2)
