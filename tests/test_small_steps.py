"""What a step of a small network costs beside its arithmetic is calls: of Python's functions, counted here, not timed.

The numbers are upper bounds for Python 3.11, later ones need fewer; who needs fewer lowers them.
"""

import sys

import pytest

import tinyreg
from tinyreg import nn


def plain():
    return nn.Sequential(nn.Linear(20, 16), nn.ReLU(), nn.Linear(16, 10))


def normalized():
    return nn.Sequential(nn.Linear(20, 16), nn.BatchNorm1d(16), nn.Sigmoid(), nn.Linear(16, 10))


def dropped():
    return nn.Sequential(nn.Linear(20, 16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, 10))


def calls(function):
    """How many functions of Python are called, by their names."""
    for _ in range(3):
        function()
    found = []
    before = sys.getprofile()
    sys.setprofile(lambda frame, event, _: found.append(frame.f_code.co_qualname) if event == "call" else None)
    try:
        function()
    finally:
        sys.setprofile(before)
    return found


@pytest.mark.parametrize(
    ("network", "train", "evaluate"), [(plain, 150, 32), (normalized, 225, 58), (dropped, 200, 40)]
)
def test_a_step_needs_few_calls(network, train, evaluate):
    tinyreg.manual_seed(0)
    model, loss = network(), nn.CrossEntropyLoss()
    optimizer = tinyreg.optim.SGD(model.parameters(), lr=0.01, weight_decay=1e-4)
    x, y = tinyreg.randn(8, 20), tinyreg.arange(8)

    def step():
        optimizer.zero_grad()
        loss(model(x), y).backward()
        optimizer.step()

    found = calls(step)
    assert "LinearFunction.backward" in found and "SGD.update" in found  # it is the step that was counted
    assert len(found) <= train, sorted(found)
    model.eval()

    def infer():
        with tinyreg.no_grad():
            model(x)

    found = calls(infer)
    assert "LinearFunction.forward" in found
    assert len(found) <= evaluate, sorted(found)
