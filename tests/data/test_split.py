import numpy as np
import pytest

import tinyreg as torch
from tinyreg.data import Digits, random_split, stratified_split


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


@pytest.mark.parametrize(
    ("act", "message"),
    [
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
