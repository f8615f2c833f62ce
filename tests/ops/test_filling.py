import math

import numpy as np
import pytest

import tinyreg as torch


def test_fills_are_refused_on_leaves_that_train_and_allowed_under_no_grad():
    w = torch.zeros(2, requires_grad=True)
    with pytest.raises(RuntimeError, match="a leaf that requires grad"):
        w.fill_(1)
    with torch.no_grad():
        w.fill_(1)
    assert w.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: torch.empty(2).uniform_(1, 0), RuntimeError, "a=1, b=0"),
        (lambda: torch.empty(2).normal_(0, -1), RuntimeError, "got -1"),
        (lambda: torch.empty(2).bernoulli_(1.5), RuntimeError, "1.5"),
        (lambda: torch.zeros(2, dtype=torch.int8).fill_(-129), RuntimeError, "fill_: value must fit into dtype int8, got -129"),
        (lambda: torch.ones(2).bernoulli_("a"), TypeError, "bernoulli: p must be a number, got p='a'"),
        (lambda: torch.ones(2).random_(5, 5), RuntimeError, "random_: from must lie below to, got from=5, to=5"),
        (lambda: torch.ones(2).random_(2.5), TypeError, "random_: to must be an integer, got to=2.5"),
        (lambda: torch.ones(2).random_("a", 5), TypeError, "random_: from must be an integer, got from='a'"),
        (lambda: torch.arange(2).byte().random_(-1, 300), RuntimeError, "random_: .* dtype uint8, got from=-1, to=300"),
        (lambda: torch.arange(2).normal_(), NotImplementedError, "normal_: input must be floating point, got dtype int64"),
        (lambda: torch.ones(2).fill_("a"), TypeError, "fill_: value must be a number, got value='a'"),
    ],
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act()


LARGEST = {"bool": 1, "uint8": 255, "int8": 127, "int16": 2**15 - 1, "int64": 2**63 - 1}
LARGEST |= {"float16": 2**11, "float32": 2**24, "float64": 2**53}


@pytest.mark.parametrize("dtype", LARGEST)
def test_random_integers_fill_what_the_dtype_holds(dtype):
    _ = torch.manual_seed(0)
    x = torch.zeros(10_000, dtype=getattr(torch, dtype)).random_().numpy()
    largest = LARGEST[dtype]
    assert 0 <= x.min() and x.max() <= largest and (x.astype("float64") == np.floor(x.astype("float64"))).all()
    mean, sigma = largest / 2, largest / math.sqrt(12 if largest > 1 else 4) / 100
    assert abs(x.astype("float64").mean() - mean) < 6 * sigma


def test_random_integers_between_bounds():
    _ = torch.manual_seed(0)
    x = torch.zeros(1000)
    assert set(x.random_(-1, 2).tolist()) == {-1, 0, 1}
    assert set(x.random_(2).tolist()) == {0, 1} and set(x.random_(to=3).tolist()) == {0, 1, 2}
    assert x.random_(5, None).min() >= 5


def test_probabilities_that_broadcast_draw_each_element_by_itself():
    _ = torch.manual_seed(0)
    x = torch.zeros(1000, 2).bernoulli_(torch.tensor([0.5, 1.0]))
    assert 400 < x[:, 0].sum() < 600 and x[:, 1].sum() == 1000  # 6 sigma are 95
