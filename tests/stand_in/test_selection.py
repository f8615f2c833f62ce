"""Cross-validation on the device: parts are cut there, and targets are looked at on the host."""

import numpy as np

import tinyreg
from tests.selection import trainings
from tinyreg import backend
from tinyreg.data import Diabetes, TensorDataset
from tinyreg.selection import GridSearch, cross_val_score

CLASSES = [0, 0, 0, 1, 1, 1]


def test_parts_are_born_and_stay_on_the_device(device):
    x = tinyreg.arange(12.0).reshape(6, 2)

    def score(train, test):
        assert all(type(each.array) is type(x.array) for each in (*train, *test))
        return train[0].sum() + test[1].sum()  # a device number

    # stratified: fold i holds out rows i and i + 3, of which the second is of class 1
    rows = np.arange(12.0).reshape(6, 2)
    expected = [rows.sum() - rows[[i, i + 3]].sum() + 1 for i in range(3)]
    assert cross_val_score(score, x, tinyreg.tensor(CLASSES), cv=3).tolist() == expected


def test_raw_arrays_of_the_device(device):
    x, y = backend.xp().arange(6.0), backend.asarray(CLASSES)

    def score(train, test):
        assert type(test[0]) is type(x)
        return float(test[0].sum())

    assert cross_val_score(score, x, y, cv=3).tolist() == [3.0, 5.0, 7.0]


def test_a_training_on_the_device_and_its_journal(device, tmp_path):
    data = TensorDataset(tinyreg.ones(8, 4), tinyreg.ones(8, 1))
    search = GridSearch(trainings.network, {"strength": [0.0, 0.1]}, cv=2, journal=tmp_path / "a").fit(data)
    again = GridSearch(trainings.network, {"strength": [0.0, 0.1]}, cv=2, journal=tmp_path / "a").fit(data)
    assert again.results.rows == search.results.rows and np.isfinite(search.results.scores).all()


def test_folds_are_those_of_the_host(device):
    seen = []
    cross_val_score(lambda train, test: seen.append(test.indices.tolist()) or 0.0, Diabetes(), cv=5)
    assert [len(indices) for indices in seen] == [89, 89, 88, 88, 88] and seen[0] == list(range(89))
