"""A selection: its protocol, its files, refusals. The trainings are real and tiny."""

import json

import numpy as np
import pytest

from tinyreg import random
from tinyreg.experiments import select as module
from tinyreg.experiments import select_results, trial
from tinyreg.experiments.bad_option import BadOption
from tinyreg.experiments.methods import METHODS
from tinyreg.experiments.select import NAME, begun_with, divide, draw, select, strengths
from tinyreg.experiments.select_settings import SelectSettings
from tinyreg.experiments.settings import Settings
from tinyreg.experiments.tasks import Task

TINY = {"train_size": 90, "epochs": 2, "folds": 3, "points": 3}  # 60 images to train on
FILES = {NAME, "results.json", "validation_curve.png"}


@pytest.fixture(autouse=True)
def quick(monkeypatch, request):
    """Draw no picture, but where a test asks for it."""
    if "drawn" not in request.fixturenames:
        monkeypatch.setattr(select_results, "png", lambda draw, subject: b"")


@pytest.fixture
def drawn():
    """Draw the picture."""


def tiny(**options):
    return SelectSettings(**TINY | options)


def digits_of(outcome):
    """All that must not depend on who did it, or when."""
    rows = [{name: value for name, value in row.items() if name != "seconds"} for row in [outcome["none"], *outcome["rows"]]]
    return rows, outcome["best"], outcome["one_standard_error"], outcome["settings"]


def test_it_writes_its_folder(tmp_path, drawn):
    outcome = select(tiny(), out=tmp_path / "a", jobs=1)
    assert (tmp_path / "a" / "validation_curve.png").read_bytes().startswith(b"\x89PNG")
    assert {path.name for path in (tmp_path / "a").iterdir()} == FILES
    results = json.loads((tmp_path / "a" / "results.json").read_text())
    assert results == json.loads(json.dumps({k: v for k, v in outcome.items() if k not in ("folder", "results")}))
    assert [row["strength"] for row in results["rows"]] == [0.0003, 0.0173, 1.0] == results["strength"]["tried"]
    assert results["none"]["strength"] is None and results["fixed"]["held_out_images"] == [30, 30, 30]
    assert all(len(row["scores"]) == len(row["train_accuracy"]) == 3 for row in [results["none"], *results["rows"]])
    assert all(row["mean"] == pytest.approx(np.mean(row["scores"])) for row in results["rows"])
    assert results["settings"]["epochs"] == 2 and {"tinyreg", "numpy"} <= set(results["versions"]) and results["time"]["jobs"] == 1
    assert outcome["results"].names == ["strength"] and len(outcome["results"]) == 3
    lines = (tmp_path / "a" / NAME).read_text().splitlines()
    assert len(lines) == 1 + 4 * 3 and begun_with(tmp_path / "a") == tiny().as_dict()


def test_images_and_wrong_labels_are_those_of_the_comparison():
    images = draw(SelectSettings(seed=2))
    (compared, labels), _ = trial.draw_data(Settings(), 2)
    assert (images.data == compared).all() and (images.labels == labels).all() and images.watched is None
    assert (images.labels != images.targets).sum() == 60, "a fifth of them"
    assert len(images) == 300 and images[3][1] == labels[3]


def test_folds_are_stratified_and_the_seed_decides_them():
    images = draw(SelectSettings())
    folds = divide(images, SelectSettings())
    assert [len(test) for _, test in folds] == [60] * 5
    assert sorted(np.concatenate([test for _, test in folds]).tolist()) == list(range(300))
    assert all(not set(train) & set(test) and len(train) + len(test) == 300 for train, test in folds)
    shares = np.array([np.bincount(images.targets[test], minlength=10) for _, test in folds])
    assert (shares.max(axis=0) - shares.min(axis=0)).max() <= 1
    again, other = divide(images, SelectSettings()), divide(images, SelectSettings(seed=1))
    assert all((a[1] == b[1]).all() for a, b in zip(folds, again)) and any((a[1] != b[1]).any() for a, b in zip(folds, other))


@pytest.fixture
def trainings(monkeypatch):
    """Every Training that is made and fitted, with what it is asked."""
    made = []

    class Told(trial.Training):
        def __init__(self, settings, row, strength, train, validation, seed):
            super().__init__(settings, row, strength, train, validation, seed)
            self.asked = []

        def fit(self, callbacks=()):
            made.append(self)
            return super().fit(callbacks)

        def right(self, images, labels):
            self.asked.append((images, labels))
            return super().right(images, labels)

    monkeypatch.setattr(trial, "Training", Told)
    return made


def test_trained_on_wrong_labels_and_scored_by_right_ones(tmp_path, trainings):
    settings = tiny()
    outcome = select(settings, out=tmp_path, jobs=1)
    images, folds = draw(settings), divide(draw(settings), settings)
    tried = trainings[2:]  # the first two try the ends out
    assert len(tried) == 4 * 3
    for number, training in enumerate(tried):
        train, test = folds[number % 3]
        assert (training.train[1].array == images.labels[train]).all()
        (held_out, by), (seen, own) = training.asked
        assert (held_out.array == images.data[test]).all() and (by.array == images.targets[test]).all()
        assert seen is training.train[0] and own is training.train[1]
    assert (images.labels != images.targets).sum() == 18
    assert outcome["none"]["strength"] is None and [training.row.name for training in tried[:4]] == ["none"] * 3 + ["l2"]


def test_strengths_share_the_chance_of_a_fold(tmp_path, trainings):
    select(tiny(), out=tmp_path, jobs=1)
    seeds = np.array([training.seed for training in trainings[2:]]).reshape(4, 3)
    assert (seeds == seeds[0]).all() and len(set(seeds[0].tolist())) == 3
    trainings.clear()
    select(tiny(seed=2), out=tmp_path / "other", jobs=1)
    assert not {training.seed for training in trainings[2:]} & set(seeds[0].tolist())


def test_a_strength_without_effect_equals_none(tmp_path):
    """Weights are never clipped at 1e6: bit for bit the network without a regularizer, so every difference is 0."""
    outcome = select(tiny(method="weight_clipping", low=1e6, high=2e6, points=2), out=tmp_path, jobs=1)
    for row in outcome["rows"]:
        assert row["scores"] == outcome["none"]["scores"] and row["train_accuracy"] == outcome["none"]["train_accuracy"]
        assert row["difference"]["mean"] == 0 and row["difference"]["verdict"] == "not distinguishable"
    assert outcome["rows"][outcome["one_standard_error"]]["strength"] == 1e6, "of equals, the smaller radius regularizes more"


def test_the_test_part_is_never_opened(tmp_path, monkeypatch):
    opened = []
    original = Task.part
    monkeypatch.setattr(Task, "part", lambda task, train, root=None, **rest: opened.append(train) or original(task, train, root, **rest))
    select(tiny(), out=tmp_path, jobs=1)
    assert set(opened) == {True}


def test_early_stopping_watches_images_that_are_in_no_fold(tmp_path, trainings):
    settings = tiny(method="early_stopping", epochs=6, low=1, high=60, points=2)
    outcome = select(settings, out=tmp_path, jobs=1)
    images = draw(settings)
    (_, (watched, labels)) = trial.draw_data(Settings(train_size=90), 0)
    assert (images.watched[0] == watched).all() and (images.watched[1] == labels).all() and len(labels) == 500
    for training in trainings[2:]:
        assert (training.validation[0].array == watched).all()
    for row in outcome["rows"][1:]:
        assert row["strength"] == 60 and len(row["scores"]) == 3
    shown = {image.tobytes() for image in images.data}
    assert not [image for image in watched if image.tobytes() in shown]


def test_the_callers_chance_stays_where_it_was(tmp_path):
    before = random.get_state()
    select(tiny(), out=tmp_path, jobs=1)
    assert random.get_state() == before


def test_random_search_draws_between_the_ends():
    settings = SelectSettings(method="l2", search="random", points=30, low=0.001, high=0.1)
    tried = strengths(settings)
    assert tried == sorted(tried) and len(tried) == 30 and 0.001 <= tried[0] and tried[-1] <= 0.1
    assert 8 <= sum(value < 0.01 for value in tried) <= 22, "half of the logarithm"
    assert strengths(settings) == tried != strengths(SelectSettings(search="random", points=30, low=0.001, high=0.1, seed=1))
    assert set(strengths(SelectSettings(search="random", points=10, low=0.001, high=0.1))) < set(tried), "the first of a longer one"
    shares = strengths(SelectSettings(method="dropout", search="random", points=30))
    assert 0.1 <= shares[0] and shares[-1] <= 0.98 and 8 <= sum(value < 0.54 for value in shares) <= 22


def test_the_other_strengths_of_a_method_stay(tmp_path, trainings):
    select(tiny(method="dropout_l2", points=2), out=tmp_path, jobs=1)
    assert [training.strength for training in trainings[2 + 3 :]] == 3 * [{"p": 0.5, "strength": 0.0003}] + 3 * [
        {"p": 0.5, "strength": 0.3}
    ]


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning", "ignore:invalid value:RuntimeWarning")
def test_a_strength_that_diverges_is_not_chosen(tmp_path):
    outcome = select(tiny(low=1e-3, high=1e30, points=2, epochs=10), out=tmp_path, jobs=1)
    fine, broken = outcome["rows"]
    assert broken["diverged"] == 3 and broken["scores"] == [None] * 3 and broken["mean"] is None and broken["difference"] is None
    assert fine["diverged"] == 0 and outcome["best"] == outcome["one_standard_error"] == 0
    assert json.loads((tmp_path / "results.json").read_text(), parse_constant=pytest.fail)["rows"][1]["mean"] is None


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning", "ignore:invalid value:RuntimeWarning")
def test_where_every_strength_diverges_nothing_is_chosen(tmp_path):
    outcome = select(tiny(low=1e28, high=1e30, points=2, epochs=10), out=tmp_path, jobs=1)
    assert outcome["best"] is None and outcome["one_standard_error"] is None and outcome["none"]["mean"] > 0
    assert {path.name for path in tmp_path.iterdir()} == FILES - {"validation_curve.png"}


def test_progress_is_told(tmp_path):
    seen = []
    select(tiny(), out=tmp_path, jobs=1, progress=lambda *event: seen.append(event))
    assert seen[0] == (0, 12, None) and [event[:2] for event in seen] == [(done, 12) for done in range(13)]
    assert seen[1][2]["params"] == {} and seen[4][2]["params"] == {"strength": 0.0003} and 0 <= seen[4][2]["score"] <= 1


def test_jobs_change_no_digit(tmp_path):
    settings = tiny(method="dropout", points=2)
    assert digits_of(select(settings, out=tmp_path / "one", jobs=1)) == digits_of(select(settings, out=tmp_path / "two", jobs=2))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "dropout", "high": 1.3}, "--high must be a strength of dropout, got 1.3; .*p must lie in .* got p=1.3"),
        ({"method": "label_smoothing", "high": 2.0}, "--high must be a strength of label_smoothing, got 2; .*label_smoothing=2.0"),
        ({"method": "early_stopping", "low": 2.0, "high": 3.0, "search": "random", "points": 2, "seed": 3}, "two strengths or more, got"),
        ({"train_size": 3500}, "select: --train-size must lie in 50 .* to 3323, got 3500"),
        ({"train_size": 90, "folds": 40}, "--folds must be at most [0-9]+, so many images has the smallest class, got 40"),
    ],
)
def test_refusals_leave_nothing_behind(tmp_path, options, words):
    with pytest.raises(BadOption, match=words):
        select(tiny(**options), out=tmp_path / "a", jobs=1)
    assert not (tmp_path / "a").exists()


def test_other_refusals(tmp_path, monkeypatch):
    with pytest.raises(BadOption, match="select: --jobs must be at least 1, got 0"):
        select(tiny(), out=tmp_path / "a", jobs=0)
    (tmp_path / "file").write_text("")
    with pytest.raises(BadOption, match="select: --out must be a folder that can be written, got Not a directory for .*file"):
        select(tiny(), out=tmp_path / "file" / "a", jobs=1)
    with pytest.raises(BadOption, match="--data mnist must have a folder with its files, got none; --root FOLDER names it"):
        select(SelectSettings(data="mnist"), out=tmp_path / "a", jobs=1)
    monkeypatch.setattr(module, "need_backend", lambda name, command: (_ for _ in ()).throw(BadOption(f"{command}: got {name}")))
    with pytest.raises(BadOption, match="select: got numpy"):
        select(tiny(), out=tmp_path / "a", jobs=1)


@pytest.mark.parametrize(
    "method", ["l1", "max_norm", "mixup", "ema", "sharpness_aware", "monte_carlo_dropout", "noise", "gradient_penalty"]
)
def test_every_kind_of_method(tmp_path, method):
    settings = tiny(method=method, points=2, folds=2, train_size=100, epochs=1)
    outcome = select(settings, out=tmp_path, jobs=1)
    assert len(outcome["rows"]) == 2 and outcome["best"] in (0, 1) and METHODS[method].title in settings.row.title
