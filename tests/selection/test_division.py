"""What cv may be."""

import numpy as np
import pytest

from tinyreg import random
from tinyreg.data import Digits, Subset
from tinyreg.selection import KFold, StratifiedKFold
from tinyreg.selection.division import Division
from tinyreg.selection.examples import Examples

X = np.zeros((8, 1))
CLASSES = np.array([0, 0, 0, 0, 0, 0, 1, 1])


def folds(cv, y=None, seed=0, X=X):
    return [(train.tolist(), test.tolist()) for train, test in Division("who", cv, seed).of(Examples("who", X, y))]


def listed(pairs):
    return [(train.tolist(), test.tolist()) for train, test in pairs]


@pytest.mark.parametrize(
    "y",
    [CLASSES, CLASSES > 0, np.array(list("aaaaaabb")), np.array(list("aaaaaabb"), dtype=object)],
    ids=["integers", "bools", "texts", "objects"],
)
def test_an_integer_takes_the_classes_in_proportion(y):
    assert folds(2, y) == listed(StratifiedKFold(2).split(X, y)) != listed(KFold(2).split(X))


@pytest.mark.parametrize(
    "y",
    [CLASSES.astype(float), None, np.stack([CLASSES, CLASSES], axis=1), np.array([0, 0, 0, 1, 2, 3, 4, 5]), CLASSES.astype(object)],
    ids=["floats", "none", "two_columns", "numbers_that_hardly_repeat", "objects_that_are_no_texts"],
)
def test_an_integer_takes_stretches_where_there_are_no_classes(y):
    assert folds(2, y) == listed(KFold(2).split(X))


def test_a_rare_class_does_not_undo_the_shares_of_the_others():
    """Stretches of examples that are sorted by class would hold out classes that nobody was trained on."""
    y = np.array([0, 0, 0, 0, 0, 1, 1, 2])
    with pytest.warns(UserWarning, match="the smallest class has 1 examples, fewer than n_splits=2: some folds lack it"):
        found = folds(2, y)
    assert all({0, 1} <= set(y[train]) for train, _ in found)


def test_a_dataset_tells_its_classes():
    digits = Digits()
    part = Subset(digits, range(100))
    assert folds(5, X=part) == listed(StratifiedKFold(5).split(part, digits.targets.numpy()[:100]))


def test_shuffling_is_decided_by_the_seed_and_leaves_the_callers_chance_alone():
    before = random.get_state()
    one, again, other = (folds(KFold(4, shuffle=True), seed=seed) for seed in (3, 3, 4))
    assert one == again != other
    assert random.get_state() == before
    own = folds(KFold(4, shuffle=True, generator=random.Generator(3)), seed=0)
    assert own == folds(KFold(4, shuffle=True, generator=random.Generator(3)), seed=9), "its own generator decides"


def test_pairs_are_read_once_and_may_be_masks():
    division = Division("who", iter([([0, 1], [2, 3]), (np.arange(8) > 3, np.arange(8) == 0)]))
    for _ in range(2):
        assert listed(division.of(Examples("who", X))) == [([0, 1], [2, 3]), ([4, 5, 6, 7], [0])]
    assert division.description == "2 pairs of indices"


def test_whoever_has_split_is_asked():
    class Halves:
        def split(self, X, y):
            assert len(X) == len(y) == 8
            yield range(4), range(4, 8)

    assert folds(Halves(), CLASSES) == [([0, 1, 2, 3], [4, 5, 6, 7])]


def test_descriptions():
    assert Division("who", 5).description == "5"
    assert Division("who", KFold(3, shuffle=True)).description == "KFold(n_splits=3, shuffle=True)"


@pytest.mark.parametrize(
    ("cv", "error", "words"),
    [
        (1, ValueError, "n_splits must be an integer of at least 2, got n_splits=1"),
        (9, ValueError, "there must be an example for each of n_splits=9 folds, got 8"),
        (2.5, TypeError, "who: cv must be a number of folds, a KFold, or pairs of indices, got 2.5; 5 and 10 are common"),
        (None, TypeError, "got None"),
        (True, TypeError, "got True"),
        ([], ValueError, "who: cv must give a fold, got none from 0 pairs of indices"),
        ("ab", TypeError, "who: every fold must be a pair .train, test. of indices, got 'a' for fold 0"),
        ([([0], [1]), ([0.5], [1])], TypeError, r"got \(\[0.5\], \[1\]\) for fold 1"),
        ([([0], [1], [2])], TypeError, "must be a pair"),
        ([([0], [])], ValueError, "who: both sides of a fold must hold examples, got no test in fold 0"),
        ([([0], [8])], ValueError, r"who: indices must lie in \[0, 8\), got 8 to 8 in the test part of fold 0"),
        ([([-1, 0], [1])], ValueError, "got -1 to 0 in the train part of fold 0"),
        (
            [([0, 1, 2], [3]), ([0, 1, 2], [3, 2, 1])],
            ValueError,
            "who: no example may be trained and measured on, got 2 such in fold 1, 1 among",
        ),
    ],
    ids=str,
)
def test_no_folds(cv, error, words):
    with pytest.raises(error, match=words):
        folds(cv)
