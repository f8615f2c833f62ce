"""Penalties that reach nothing: given .data, or computed and forgotten."""

import pytest

import tinyreg
from tests.regularization.ledger.classifier import data, kinds, network, only
from tinyreg import nn, optim
from tinyreg import regularization as room
from tinyreg.regularization import ledger

OUTSIDE = {
    "a generator of .data": lambda net: room.l2_penalty((p.data for p in net.parameters()), 0.1),
    ".detach()": lambda net: room.l1_penalty([p.detach() for p in net.parameters()], 0.1),
    "views of .data": lambda net: room.l2_penalty([p.data.reshape(-1) for p in net.parameters()], 0.1),
    "the state_dict": lambda net: room.elastic_net_penalty(net.state_dict().values(), 0.1, 0.5),
}


@pytest.mark.parametrize("term", OUTSIDE.values(), ids=OUTSIDE)
def test_a_penalty_of_data_reaches_nothing(term):
    net = network()
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        (data(net) + term(net)).backward()
        book = ledger(net)
        remark = only(book, "out of the graph")
        assert kinds(book) == ["out of the graph"] and remark.names == [name for name, _ in net.named_parameters()]
        assert "_penalty does not reach 3 weights and 3 biases (" in remark.sentence and "by .data or .detach()" in remark.sentence
        optimizer.step()
    optimizer.zero_grad()
    data(net).backward()
    assert ledger(net).warnings == [], "the mistake of an earlier step is not told again"


def test_some_weights_inside_and_some_outside():
    net = network()
    (data(net) + room.l2_penalty([net.layers[1].weight, net.layers[3].weight.data], 0.1)).backward()
    book = ledger(net)
    assert only(book, "out of the graph").names == ["layers.3.weight"] and book["layers.1.weight"].penalties


def test_a_correct_call_takes_the_warning_back():
    net = network()
    room.l2_penalty([p.data for p in net.parameters()], 0.1)
    (data(net) + room.l2_penalty(net, 0.1)).backward()
    assert [remark.names for remark in ledger(net).remarks] == [["layers.1.bias", "layers.3.bias", "layers.5.bias"]]


def test_a_term_of_the_callers_that_reaches_nothing():
    net = network()
    data(net).backward()
    other = nn.Linear(2, 1)
    book = ledger(
        net, penalties={"mine": lambda: 0.1 * sum((p.data**2).sum() for p in net.parameters()), "far": lambda: (other.weight**2).sum()}
    )
    assert kinds(book) == ["out of the graph"] * 2 and book.penalties == []
    assert book.warnings[0].startswith("mine reaches no parameter, it requires no grad: the loss that is printed moves")
    assert book.warnings[1].startswith("far reaches no parameter, it does not depend on any of them:")


# computed, and forgotten


def test_a_penalty_that_was_forgotten():
    net = network()
    room.l2_penalty(net, 0.1)
    data(net).backward()
    book = ledger(net)
    remark = only(book, "unreached")
    assert kinds(book) == ["unreached"] and remark.names == ["layers.1.weight", "layers.3.weight", "layers.5.weight"]
    assert "was computed, but no backward came by it: it is no part of the loss; add it, loss = loss + penalty" in remark.sentence


def test_a_penalty_that_left_the_graph_afterwards():
    net = network()
    (data(net) + room.l2_penalty(net, 0.1).item() + room.l1_penalty(net, 0.1).detach()).backward()
    assert kinds(ledger(net)) == ["unreached"] * 2


@pytest.mark.parametrize("wrapper", [nn.utils.weight_norm, nn.utils.spectral_norm])
def test_a_forgotten_penalty_of_a_computed_weight(wrapper):
    net = nn.Sequential(nn.Linear(6, 5), nn.Tanh(), wrapper(nn.Linear(5, 3)))
    room.l2_penalty(net, 0.1)
    data(net).backward()
    assert set(only(ledger(net), "unreached").names) >= {"0.weight"}


def test_a_forgotten_penalty_whose_first_weight_is_gone_at_once():
    net = nn.utils.weight_norm(nn.Linear(6, 3))
    room.l2_penalty(net, 0.1)
    data(net).backward()
    assert set(only(ledger(net), "unreached").names) == {"weight_g", "weight_v"}
    net = nn.Linear(6, 3)
    room.l2_penalty([net.bias.data, net.weight], 0.1)
    data(net).backward()
    assert kinds(ledger(net)) == ["out of the graph", "unreached"]


def test_a_penalty_of_a_gradient_that_is_gone_is_no_mistake():
    net = network()
    (data(net) + room.l2_penalty(net, 0.1)).backward()
    net.zero_grad()
    data(net).backward()
    assert kinds(ledger(net)) == []


def test_each_step_is_judged_by_itself():
    net = network()
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    room.l1_penalty(net, 0.1)
    (data(net) + room.l2_penalty(net, 0.1)).backward()
    room.l2_penalty(net, 0.1)
    data(net).backward()
    assert [remark.sentence[:10] for remark in ledger(net).remarks] == ["l1_penalty"], "of L2 there is one in the gradient"
    optimizer.step()
    optimizer.zero_grad()
    data(net).backward()
    assert kinds(ledger(net)) == [], "what was forgotten a step ago"


def test_a_penalty_that_is_only_printed_is_no_mistake():
    net = network()
    with tinyreg.no_grad():
        room.l2_penalty(net, 0.1)
    (data(net) + room.l1_penalty(net, 0.1)).backward()
    room.l1_penalty(net, 0.1)
    room.orthogonality_penalty(net, 0.1)
    assert kinds(ledger(net)) == [], "under no_grad, again, and after the backward"
