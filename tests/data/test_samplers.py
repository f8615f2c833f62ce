import math

import numpy as np
import pytest

import tinyreg as torch
from tinyreg.data import (
    BatchSampler,
    DataLoader,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
)


def test_in_order_and_in_lists():
    assert list(SequentialSampler(range(4))) == [0, 1, 2, 3] and len(SequentialSampler("abc")) == 3
    for drop_last, lists in ((False, [[0, 1, 2], [3, 4, 5], [6]]), (True, [[0, 1, 2], [3, 4, 5]])):
        sampler = BatchSampler(SequentialSampler(range(7)), 3, drop_last)
        assert list(sampler) == lists and len(sampler) == len(lists)
    assert list(BatchSampler([], 3, False)) == []


def test_random_orders():
    sampler = RandomSampler(range(50))
    assert sorted(sampler) == list(range(50)) and len(sampler) == 50
    assert list(sampler) != list(sampler)
    assert list(RandomSampler(range(50), generator=torch.Generator(1))) == list(RandomSampler(range(50), generator=torch.Generator(1)))
    some = list(RandomSampler(range(50), num_samples=20))
    assert len(some) == len(set(some)) == 20
    twice = list(RandomSampler(range(5), num_samples=12))
    assert sorted(twice[:5]) == sorted(twice[5:10]) == list(range(5)) and len(set(twice[10:])) == 2
    drawn = list(RandomSampler(range(50), replacement=True, num_samples=400))
    assert len(drawn) == 400 and set(drawn) <= set(range(50)) and len(set(drawn[:50])) < 50


@pytest.mark.parametrize("kind", [list, np.array, torch.tensor])
def test_some_in_random_order(kind):
    sampler = SubsetRandomSampler(kind([7, 3, 9, 1]))
    drawn = list(sampler)
    assert sorted(drawn) == [1, 3, 7, 9] and len(sampler) == 4 and type(drawn[0]) is int


def test_weights_are_the_probabilities():
    weights, count = [0.0, 1.0, 3.0, 0.0, 4.0, 0.0], 40_000
    drawn = np.bincount(list(WeightedRandomSampler(weights, count)), minlength=6)
    expected = np.array(weights) / 8
    # a binomial count of 40,000 draws; 6 sigma
    assert (abs(drawn - count * expected) <= 6 * np.sqrt(count * expected * (1 - expected))).all()


def test_weights_without_replacement():
    """The first of two from weights 1, 2, 3 is drawn with them; the pair {2, 1} has the probability 3/6 2/3 + 2/6 3/4."""
    pairs = [tuple(WeightedRandomSampler([1.0, 2.0, 3.0], 2, replacement=False)) for _ in range(6000)]
    first = np.bincount([pair[0] for pair in pairs], minlength=3) / 6000
    both = np.mean([set(pair) == {1, 2} for pair in pairs])
    assert abs(first - [1 / 6, 2 / 6, 3 / 6]).max() < 6 * 0.5 / math.sqrt(6000) and abs(both - 7 / 12) < 6 * 0.5 / math.sqrt(6000)
    assert sorted(WeightedRandomSampler(torch.tensor([1.0, 0, 5, 2]), 3, replacement=False)) == [0, 2, 3]


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize(
    "make",
    [
        lambda generator: RandomSampler(range(20), generator=generator),
        lambda generator: SubsetRandomSampler(range(20), generator=generator),
        lambda generator: WeightedRandomSampler(np.ones(20), 20, generator=generator),
    ],
)
def test_a_loader_resumes_in_the_middle_of_a_pass(make, own):
    def loader():
        return DataLoader(TensorDataset(torch.arange(20)), batch_size=3, sampler=make(torch.Generator(5) if own else None))

    torch.manual_seed(1)
    whole = [x.tolist() for (x,) in loader()]
    torch.manual_seed(1)
    first, got = loader(), []
    for (x,) in first:
        got.append(x.tolist())
        if len(got) == 3:
            state = first.state_dict()
            break
    default = torch.random.get_state()
    second = loader()
    second.load_state_dict(state)
    torch.random.set_state(default)
    got += [x.tolist() for (x,) in second]
    assert got == whole and len(got) == 7


def test_a_sampler_of_ones_own():
    with pytest.raises(NotImplementedError, match="__iter__ must be written"):
        iter(Sampler())


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: RandomSampler([]), ValueError, "RandomSampler: num_samples must be a positive integer, got num_samples=0"),
        (lambda: RandomSampler([1], num_samples=2.0), ValueError, "got num_samples=2.0"),
        (lambda: RandomSampler([1], replacement=1), TypeError, "replacement must be True or False, got 1"),
        (lambda: WeightedRandomSampler([1], 0), ValueError, "got num_samples=0"),
        (lambda: WeightedRandomSampler([1], True), ValueError, "got num_samples=True"),
        (lambda: WeightedRandomSampler([1], 1, None), ValueError, "got None"),
        (lambda: WeightedRandomSampler([[1]], 1), ValueError, r"got shape \(1, 1\)"),
        (lambda: list(WeightedRandomSampler([1, -1], 1)), RuntimeError, "the least -1.0"),
        (lambda: list(WeightedRandomSampler([0, 0], 1)), RuntimeError, "1 of them above 0, got 2 with 0 other than 0"),
        (lambda: list(WeightedRandomSampler([1, 0, 1], 3, False)), RuntimeError, "3 of them above 0, got 3 with 2 other than 0"),
        (lambda: list(WeightedRandomSampler([1, float("nan")], 1)), RuntimeError, "the least nan"),
        (lambda: BatchSampler([1], 0, True), ValueError, "got batch_size=0"),
        (lambda: BatchSampler([1], 1, 1), ValueError, "drop_last must be True or False, got 1"),
    ],
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act()


def test_the_exceptions_are_pytorchs():
    oracle = pytest.importorskip("torch").utils.data
    for theirs in (
        lambda: oracle.RandomSampler([1], num_samples=2.0),
        lambda: oracle.WeightedRandomSampler([1], 0),
        lambda: oracle.WeightedRandomSampler([[1]], 1),
        lambda: oracle.BatchSampler([1], 0, True),
    ):
        with pytest.raises(ValueError):
            theirs()
    for weights, count, replacement in (([1, -1], 1, True), ([0, 0], 1, True), ([1, 0, 1], 4, False)):
        with pytest.raises(RuntimeError):
            list(oracle.WeightedRandomSampler([float(w) for w in weights], count, replacement))
