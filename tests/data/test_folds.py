import numpy as np
import pytest

import tinyreg as torch
from tinyreg.data import Digits, KFold, StratifiedKFold, Subset, TensorDataset


def folds(splitter, *arguments):
    return [(train.tolist(), test.tolist()) for train, test in splitter.split(*arguments)]


def test_folds_by_hand():
    """scikit-learn's documented rule: the first n % k folds have one example more; parts of the order as it is."""
    assert folds(KFold(3), range(7)) == [([3, 4, 5, 6], [0, 1, 2]), ([0, 1, 2, 5, 6], [3, 4]), ([0, 1, 2, 3, 4], [5, 6])]
    assert folds(KFold(n_splits=2), np.zeros((4, 9))) == [([2, 3], [0, 1]), ([0, 1], [2, 3])]


@pytest.mark.parametrize("splitter", [KFold, StratifiedKFold])
@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize(("n", "k"), [(12, 4), (13, 4), (50, 7), (5, 5)])
def test_every_example_is_tested_once(splitter, shuffle, n, k):
    y = np.zeros(n, dtype=int)
    parts = list(splitter(k, shuffle=shuffle).split(range(n), y))
    assert len(parts) == k == splitter(k).get_n_splits()
    assert sorted(np.concatenate([test for _, test in parts]).tolist()) == list(range(n))
    assert [len(test) for _, test in parts] == [n // k + (i < n % k) for i in range(k)]
    for train, test in parts:
        assert sorted([*train, *test]) == list(range(n))
        assert (np.diff(train) > 0).all() and (np.diff(test) > 0).all() and train.dtype == np.int64


@pytest.mark.parametrize("splitter", [KFold, StratifiedKFold])
def test_the_generator_decides(splitter):
    y = np.arange(30) % 3

    def draw(seed):
        return folds(splitter(3, shuffle=True, generator=torch.Generator(seed)), y, y)

    assert draw(0) == draw(0) != draw(1)
    assert draw(0) != folds(splitter(3), y, y)
    again = splitter(3, shuffle=True)
    assert folds(again, y, y) != folds(again, y, y)  # the default generator goes on


def test_stratified_folds_by_hand():
    """Lined up 0 0 0 0 0 1 1 1 2 2 2 2 and dealt in turn, 3 folds get (2, 1, 1), (2, 1, 1), (1, 1, 2) of the classes."""
    y = [0, 1, 0, 2, 0, 2, 0, 1, 2, 0, 1, 2]
    tests = [test for _, test in folds(StratifiedKFold(3), y, y)]
    assert tests == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    counts = [np.bincount(np.array(y)[test], minlength=3).tolist() for test in tests]
    assert counts == [[2, 1, 1], [2, 1, 1], [1, 1, 2]]


def test_classes_are_lined_up_as_they_first_appear():
    y = list("bbbbaaaa")  # dealt in turn: three folds get (2 b, 1 a), (1 b, 2 a), (1 b, 1 a); a first would be another deal
    assert [test for _, test in folds(StratifiedKFold(3), y, y)] == [[0, 1, 4], [2, 5, 6], [3, 7]]


@pytest.mark.parametrize("shuffle", [False, True])
def test_every_class_has_its_share_in_every_fold(shuffle):
    digits = Digits()
    classes = digits.targets.numpy()
    for train, test in StratifiedKFold(10, shuffle=shuffle).split(digits):
        assert abs(np.bincount(classes[test]) - np.bincount(classes) / 10).max() < 1
        assert len(train) + len(test) == 3823


def test_datasets_tensors_and_subsets():
    x, y = torch.zeros(6, 2), torch.tensor([0, 0, 0, 1, 1, 1])
    data = TensorDataset(x, y)
    train, test = next(StratifiedKFold(3).split(data, y))
    assert test.tolist() == [0, 3] and Subset(data, train)[0][1].item() == 0 and len(Subset(data, train)) == 4
    assert next(KFold(3).split(x))[1].tolist() == [0, 1]
    assert repr(StratifiedKFold(3, shuffle=True)) == "StratifiedKFold(n_splits=3, shuffle=True)"
    floats = np.array([0.0, 0, 1, 1])
    assert next(StratifiedKFold(2).split(floats, floats))[1].tolist() == [0, 2]


def test_a_class_with_few_examples_is_told():
    with pytest.warns(UserWarning, match="smallest class has 1 examples, fewer than n_splits=3"):
        tests = [test for _, test in folds(StratifiedKFold(3), range(7), [0, 0, 0, 0, 0, 0, 1])]
    assert sorted(sum(tests, [])) == list(range(7))


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: KFold(1), ValueError, "KFold: n_splits must be an integer of at least 2, got n_splits=1"),
        (lambda: StratifiedKFold(2.5), ValueError, "StratifiedKFold: n_splits .* got n_splits=2.5"),
        (lambda: KFold(3, shuffle=1), TypeError, "got 1; pass a seeded"),
        (lambda: KFold(3, generator=torch.Generator(0)), ValueError, "got shuffle=False"),
        (lambda: next(KFold(5).split(range(4))), ValueError, "n_splits=5 folds, got 4"),
        (lambda: next(StratifiedKFold(3).split(range(4), [0, 0, 1, 1])), ValueError, "n_splits=3 folds, got 2 in the largest class"),
        (lambda: next(StratifiedKFold(2).split(range(4))), ValueError, "targets must be given for a range"),
        (lambda: next(StratifiedKFold(2).split(range(4), [0, 1])), ValueError, "got 2 for 4"),
        (lambda: next(StratifiedKFold(2).split(range(4), [0.5, 1, 2, 3])), ValueError, "got float64 numbers such as 0.5"),
    ],
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act()
