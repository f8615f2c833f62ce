"""A student's bug, and what he is told to look for."""

import math

import pytest

import tinyreg as torch
import tinyreg.nn.functional as F
from tinyreg.autograd import Function, anomaly_advice, detect_anomaly
from tinyreg.autograd.anomaly_advice import advice

inf = math.inf


def leaf(*values):
    return torch.tensor(values, requires_grad=True)


def scored(x):
    """Scores of two examples and three classes."""
    return (x * torch.zeros(2, 3)) + torch.zeros(2, 3)


BUGS = {
    "log of a probability that is 0": (
        lambda x: torch.log(F.softmax(x * torch.tensor([0.0, 1e3]), 0)),
        "logarithm of 0: write log_softmax",
    ),
    "log2 of a negative number": (lambda x: (-x).log2(), "logarithm of a negative number"),
    "root of a negative number": (lambda x: (-x).sqrt(), "root of a negative number"),
    "a length of 0 in the loss": (
        lambda x: ((x - x.detach()) ** 2).sum().sqrt(),
        "derivative of a root at 0 is infinite: add a small number",
    ),
    "a power like a root": (lambda x: ((x - x.detach()) ** 0.5).sum(), r"derivative of x\*\*p at 0 is infinite for p < 1"),
    "a constant feature": (lambda x: (x * 0) / (x * 0), "look for 0/0: a sum, a norm or a standard deviation"),
    "an empty class": (lambda x: 1 / (x * 0), "division by 0: a sum, a norm"),
    "exp without a maximum": (lambda x: (x * 100).exp(), "exp.x. is beyond float32 from x = 88.7 on"),
    "acos beside its range": (lambda x: (x + 1).acos(), r"argument outside of \[-1, 1\]"),
    "a selection of nothing": (lambda x: x[x > 10].mean(), "mean of no elements"),
    "a masked row": (lambda x: F.softmax(x.masked_fill(torch.tensor([True]), -inf), 0), "every score is -inf, masked as a whole"),
    "all labels are ignored": (lambda x: F.cross_entropy(scored(x[0]), torch.tensor([-100, -100])), "labels all are ignore_index"),
    "a negative base": (lambda x: (-x) ** 0.5, "negative base under an exponent that is no integer"),
    "numbers that grew": (lambda x: (x * 1e25) @ (x * 1e25), r"its inputs reach 2e\+25: a training that diverges .lower the learning rate"),
    "something else": (lambda x: torch.tan(x * inf), "look for 0/0, inf - inf, 0 . inf, or arguments"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_students_bugs(bug):
    act, words = BUGS[bug]
    with detect_anomaly(), pytest.raises(RuntimeError, match=f"must make no .*; (look for )?.*{words}"):
        act(leaf(1.0, 2.0)).sum().backward()


def test_one_element_has_no_deviation():
    with detect_anomaly(), pytest.warns(UserWarning, match="got 1"), pytest.raises(RuntimeError, match="single element, which is 0/0"):
        leaf(1.0).std()


def test_the_layer_is_named():
    layer = torch.nn.Linear(2, 1)
    layer.weight.data.fill_(2.0)
    with (
        detect_anomaly(),
        pytest.raises(RuntimeError, match=r"model\(.* by Linear\(in_features=2, out_features=1, bias=True\); its inputs"),
    ):
        model = torch.nn.Sequential(layer)
        model(torch.full((1, 2), 3e38))


def test_the_names_are_those_of_operations():
    def below(cls):
        return {cls.__name__}.union(*map(below, cls.__subclasses__()))

    import tinyreg.nn  # noqa: F401  # all of them are loaded

    told = {name for name, _ in anomaly_advice._FORWARD} | set(anomaly_advice._BACKWARD)
    assert told <= below(Function), f"{told - below(Function)}: an operation has been renamed"


def test_others_have_a_sentence_for_each_kind():
    assert advice("Tan", "NaN") == advice("Tan", "NaN", backward=True) != advice("Tan", "Inf") != advice("Tan", "Inf", largest=1e9)
