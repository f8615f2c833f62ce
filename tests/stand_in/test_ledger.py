"""The ledger on the device: the numbers of NumPy, notes that wait for nothing, and one wait for all numbers."""

import numpy as np
import pytest

import tinyreg
from tests.stand_in.array import traffic
from tests.stand_in.twice import twice
from tinyreg import nn, optim
from tinyreg import regularization as room
from tinyreg.regularization import ledger


def training():
    tinyreg.manual_seed(0)
    rng = np.random.default_rng(0)
    net = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Tanh(), nn.Flatten(), nn.utils.weight_norm(nn.Linear(36, 5)), nn.Tanh(), nn.Linear(5, 3)
    )
    for parameter in net.parameters():
        parameter.data.copy_(tinyreg.tensor(rng.standard_normal(parameter.shape).astype("float32")))
    x = tinyreg.tensor(rng.standard_normal((8, 1, 5, 5)).astype("float32"))
    y = tinyreg.tensor(np.arange(8) % 3)
    return net, optim.SGD(net.parameters(), lr=0.1, weight_decay=0.01), lambda: nn.functional.cross_entropy(net(x), y)


def terms(net):
    given = [net[0].weight, *(p.data for p in net[6].parameters())]
    return room.l2_penalty(net, 0.1) + room.group_lasso_penalty(net, 0.1) + room.l1_penalty(given, 0.1)


def step(net, optimizer, data, zero=False):
    for _ in range(2):
        ((data() + terms(net)) / 2).backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)


def test_equals_numpys(device):
    def run():
        net, optimizer, data = training()
        step(net, optimizer, data)
        optimizer.step()
        room.max_norm_(net[0], 2.0)
        optimizer.zero_grad(set_to_none=False)
        step(net, optimizer, data)
        book = ledger(net, penalties={"mine": lambda: net[6].bias.square().sum()})
        return book.to_dict()

    wanted, got = twice(device, run)
    assert [remark["names"] for remark in got["remarks"]] == [remark["names"] for remark in wanted["remarks"]]
    assert [remark["kind"] for remark in got["remarks"]] == ["out of the graph", "bias", "scale", "scale", "twice"]
    for one, other in zip(wanted["rows"], got["rows"]):
        for name in ("weight", "grad", "data", "decay", "ratio") if one["data"] > 1e-6 else ("weight", "data", "decay"):
            assert other[name] == pytest.approx(one[name], rel=1e-4, abs=1e-7), name
        assert other["penalties"] == pytest.approx(one["penalties"], rel=1e-5, abs=1e-7)
        assert other["touched_by"] == one["touched_by"] and other["notes"] == one["notes"] and other["shape"] == one["shape"]


def test_notes_wait_for_nothing(device):
    net, optimizer, data = training()
    step(net, optimizer, data)
    optimizer.zero_grad(set_to_none=False)
    with device.never_waits():
        step(net, optimizer, data)
        nn.utils.clip_grad_value_(net.parameters(), 0.1)
        room.add_gradient_noise_(net.parameters(), 0.1)
        room.decay_(net[0], 0.1, 0.1)
        net[0].weight.grad[0].zero_()
        assert net[0].weight.grad.account.terms, "a part of it"
        net[0].weight.grad.data.zero_()
    assert ledger(net)["0.weight"].penalties == {} and ledger(net)["6.weight"].penalties


def test_the_ledger_waits_once(device):
    net, optimizer, data = training()
    step(net, optimizer, data)
    tinyreg.ones(1).item()  # what cross_entropy has put off, its look at the classes
    traffic.forget()
    ledger(net)
    if device.name == "stand-in":
        assert len(traffic.waits) == 1, traffic.waits


def test_a_wide_array_is_measured_on_the_device(device):
    layer = nn.Linear(400, 500)
    (layer.weight * 1e25).sum().backward()
    book = ledger(layer)
    assert book["weight"].grad == pytest.approx(1e25 * 200000**0.5, rel=1e-5), "its squares would be infinite in float32"
