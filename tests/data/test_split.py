import numpy as np
import pytest

import tinyreg as torch
from tinyreg.data import Digits, random_split, stratified_split, train_validation_test_split


def test_random_split_covers_everything_once():
    parts = random_split(range(101), [0.8, 0.1, 0.1], generator=torch.Generator(0))
    assert [len(part) for part in parts] == [81, 10, 10]
    assert sorted(i for part in parts for i in part) == list(range(101))


def test_random_split_depends_on_the_seed_alone():
    first, again, other = (list(random_split(range(50), [25, 25], torch.Generator(seed))[0]) for seed in (1, 1, 2))
    assert first == again != other


def test_stratified_split_keeps_each_class_in_its_share():
    digits = Digits()
    classes = digits.targets.numpy()
    parts = stratified_split(digits, [300, 500, 3023], generator=torch.Generator(0))
    assert sorted(i for part in parts for i in part.indices) == list(range(3823))
    for part, size in zip(parts, (300, 500, 3023)):
        assert len(part) == size
        counts = np.bincount(classes[part.indices], minlength=10)
        share = np.bincount(classes) * size / 3823
        assert abs(counts - share).max() <= 2


def test_stratified_parts_are_shuffled():
    part = stratified_split(range(100), [50, 50], targets=[0] * 50 + [1] * 50, generator=torch.Generator(0))[0]
    labels = [int(i) // 50 for i in part.indices]
    assert labels != sorted(labels) and labels[::2] != [labels[0]] * 25


def test_lengths_as_pytorch_reads_them():
    """Fractions are rounded down, and the rest is dealt from the first part on; whatever sums to 1 is fractions."""
    assert [len(part) for part in random_split(range(11), [0.25, 0.25, 0.5])] == [3, 3, 5]
    assert [len(part) for part in random_split(range(10), [0.7, 0.2, 0.1])] == [7, 2, 1]
    assert [len(part) for part in random_split(range(10), (np.int64(4), np.int64(6)))] == [4, 6]
    assert len(random_split(range(10), [1])[0]) == 10
    part = random_split(range(10), [0.5, 0.5])[0]
    assert type(part.indices) is list and type(part.indices[0]) is int
    with pytest.warns(UserWarning, match="random_split: part 1 of 3 examples is empty"):
        assert [len(part) for part in random_split(range(3), [0.9, 0.1])] == [3, 0]


@pytest.mark.parametrize("stratify", [None, True, "given"])
def test_train_validation_and_test(stratify):
    digits = Digits()
    classes = digits.targets.numpy()
    stratify = classes if stratify == "given" else stratify
    parts = train_validation_test_split(digits, stratify=stratify, generator=torch.Generator(0))
    assert [len(part) for part in parts] == [3059, 382, 382]
    assert sorted(i for part in parts for i in part.indices) == list(range(3823))
    shares = np.array([np.bincount(classes[part.indices], minlength=10) / len(part) for part in parts])
    off = abs(shares - np.bincount(classes) / 3823).max(axis=1) * [len(part) for part in parts]
    assert (off.max() <= 2) == (stratify is not None)


def test_train_validation_and_test_sizes():
    assert [len(part) for part in train_validation_test_split(range(10), [5, 3, 2])] == [5, 3, 2]


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: train_validation_test_split(range(10), [0.8, 0.2]), r"sizes must be three, got \[0.8, 0.2\]"),
        (lambda: train_validation_test_split(range(10), stratify=True), "targets must be given for a range"),
        (lambda: random_split(range(10), [12, -2]), r"got \[12, -2\]"),
        (lambda: stratified_split(range(2), [1, 1], targets=[[0, 1]]), r"got shape \(1, 2\) for 2"),
        (lambda: random_split(range(10), [4, 4]), r"got \[4, 4\] with the sum 8"),
        (lambda: random_split(range(10), [0.5, 0.6]), r"got \[0.5, 0.6\]"),
        (lambda: random_split(range(10), [1.5, -0.5]), r"got \[1.5, -0.5\]"),
        (lambda: stratified_split(range(10), [5, 5]), "targets must be given for a range"),
        (lambda: stratified_split(range(10), [5, 5], targets=[0, 1]), "got 2 for 10"),
    ],
)
def test_refusals(act, message):
    with pytest.raises(ValueError, match=message):
        act()
