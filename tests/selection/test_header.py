"""What decides the scores of a search: the first difference is refused."""

import functools
import sys

import numpy as np
import pytest

import tinyreg
from tests.selection import trainings
from tests.selection.test_journal import X, lines, search
from tinyreg.data import Diabetes, Subset, TensorDataset
from tinyreg.selection import GridSearch, KFold, LogUniform, RandomSearch, header


@pytest.fixture
def path(tmp_path):
    return tmp_path / "search.jsonl"


def other(train, test, strength):
    return 0.0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"grid": {"strength": [1.0, 2.5, 3.0]}},
            "got strength 2.5 where .*search.jsonl has 2.0; search as it was begun, or name another file",
        ),
        ({"grid": {"strength": [1.0, 2.0, 3.0, 4.0]}}, "got candidate 3 .'strength': 4.0. where .* has None"),
        ({"grid": {"strength": [1.0, 2.0]}}, "got candidate 2 None where .* has .'strength': 3.0."),
        ({"seed": 1}, "got seed 1 where .* has 0"),
        ({"cv": 2}, "got folds 2 where .* has 3"),
        ({"cv": KFold(3)}, r"got folds KFold\(n_splits=3, shuffle=False\) where .* has 3"),
        ({"estimator": other}, "got estimator tests.selection.test_header.other where .* has tests.selection.trainings.drawn"),
        ({"X": X + 1}, "got content of X [0-9a-f]{16} where .* has [0-9a-f]{16}"),
        ({"X": np.zeros((6, 2))}, "got shape of X 6 2 where .* has 6 1"),
        ({"X": X.astype("float32")}, "got dtype of X float32 where .* has float64"),
        ({"y": None}, "got shape of y None where .* has 6"),
    ],
    ids=["value", "longer", "shorter", "seed", "k", "cv", "estimator", "content", "shape", "dtype", "no_y"],
)
def test_another_search_is_refused(path, change, words):
    search(path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=f"GridSearch: journal must hold this search, {words}"):
        search(path, **change)
    assert path.read_bytes() == before


def test_pairs_are_told_apart_by_their_content(path):
    folds = [([0, 1], [2]), ([2, 3], [4])]
    search(path, cv=folds)
    search(path, cv=[(np.array(train), test) for train, test in folds])
    with pytest.raises(ValueError, match="got content of the folds .* where"):
        search(path, cv=[([0, 1], [2]), ([2, 3], [5])])


def test_the_versions_count(path, monkeypatch):
    search(path)
    monkeypatch.setattr(np, "__version__", "1.0")
    with pytest.raises(ValueError, match=f"got numpy 1.0 where .* has {np.version.version}"):
        search(path)


def test_what_an_object_was_made_with_counts(path):
    y = np.arange(6.0)
    search(path, trainings.Ridge(1.0), X, y)
    fitted = trainings.Ridge(1.0).fit(X, y)
    search(path, fitted, X, y)
    with pytest.raises(ValueError, match="got strength 2.0 where .* has 1.0"):
        search(path, trainings.Ridge(2.0), X, y)


def test_a_partial_says_its_arguments(tmp_path):
    part = functools.partial(trainings.network, epochs=1)
    data = TensorDataset(tinyreg.ones(6, 4), tinyreg.ones(6, 1))
    GridSearch(part, {"strength": [0.1]}, cv=2, journal=tmp_path / "a").fit(data)
    header = lines(tmp_path / "a")[0]
    assert header["estimator"] == "tests.selection.trainings.network" and header["settings"] == {"epochs": 1}
    with pytest.raises(ValueError, match="got epochs 2 where .* has 1"):
        GridSearch(functools.partial(trainings.network, epochs=2), {"strength": [0.1]}, cv=2, journal=tmp_path / "a").fit(data)


def test_a_random_search_writes_its_space(path):
    def begin(n=3, high=10.0, seed=0):
        RandomSearch(trainings.drawn, {"strength": LogUniform(0.1, high)}, n, cv=2, journal=path, seed=seed).fit(X)

    begin()
    begin()
    assert lines(path)[0]["tried"] == {"n": 3, "space": {"strength": "LogUniform(low=0.1, high=10.0)"}}
    for change, words in (
        ({"n": 4}, "got n 4 where"),
        ({"high": 9.0}, r"LogUniform\(low=0.1, high=9.0\) where"),
        ({"seed": 2}, "got seed 2"),
    ):
        with pytest.raises(ValueError, match=words):
            begin(**change)


def test_what_datasets_hold_counts(tmp_path):
    def described(X, y=None):
        path = tmp_path / "header"
        path.unlink(missing_ok=True)
        GridSearch(trainings.process, {}, cv=2, journal=path).fit(X, y)
        return lines(path)[0]["data"]

    def data(value):
        return TensorDataset(tinyreg.full((6, 2), value), tinyreg.ones(6))

    assert described(data(1.0)) == described(data(1.0)) != described(data(2.0))
    some = described(Subset(data(1.0), [0, 1, 2]))
    assert some == described(Subset(data(1.0), tinyreg.tensor([0, 1, 2]))) != described(Subset(data(1.0), [0, 1, 3]))
    assert described(Diabetes())["type of X"] == "Diabetes"

    class Images:
        def __init__(self, value):
            self.data, self.targets = np.full((6, 2), value), np.zeros(6)

        def __len__(self):
            return 6

        def __getitem__(self, index):
            return self.data[index]

    assert described(Images(1.0)) == described(Images(1.0)) != described(Images(2.0))
    assert described(list("abcdef")) == {"type of X": "list", "length of X": 6}
    assert described(X, list("aabbcc")) != described(X, list("aabbcd"))
    assert described(X, np.array(["a", None] * 3)) != described(X, np.array(["b", None] * 3)), "of objects what they say"


def test_what_can_be_tried_with_a_journal(path):
    grid = {"strength": [1, np.float64(2.0), "three", None, True, (1, 2), {"a": 1}, max, trainings.Ridge]}
    GridSearch(lambda train, test, strength: 0.0, grid, cv=2, journal=path).fit(X)
    written = [each["strength"] for each in lines(path)[0]["tried"].values()]
    assert written == [1, 2.0, "three", None, True, [1, 2], {"a": 1}, "builtins.max", "tests.selection.trainings.Ridge"]
    with pytest.raises(
        TypeError, match="GridSearch: with a journal, what is tried must be numbers, .* got <.*Ridge object .* for strength; try names"
    ):
        GridSearch(lambda train, test, strength: 0.0, {"strength": [trainings.Ridge()]}, cv=2, journal=path).fit(X)


def test_versions():
    assert header.versions() == {"tinyreg": tinyreg.__version__, "python": sys.version.split()[0], "numpy": np.__version__}
