"""Two mechanisms on one weight, and two optimizers."""

import gc

import pytest

from tests.regularization.ledger.classifier import data, grouped, kinds, network, only
from tinyreg import optim
from tinyreg import regularization as room
from tinyreg.regularization import ledger


def stepped(net, optimizer, term, after):
    for _ in range(2):
        optimizer.zero_grad()
        (data(net) + term(net)).backward()
        book = ledger(net)
        optimizer.step()
        after(net)
    return book


def nothing(net):
    return 0.0


SGD = lambda net: optim.SGD(net.parameters(), lr=0.1)  # noqa: E731
DECAYING = lambda net: optim.SGD(grouped(net), lr=0.1, weight_decay=0.01)  # noqa: E731
TWICE = {
    "l2 and weight_decay": (
        DECAYING, lambda net: room.l2_penalty(net, 0.1), nothing, "SGD (weight_decay=0.01) and l2_penalty (strength=0.1)",
    ),
    "l2 and a proximal elastic net": (
        SGD, lambda net: room.l2_penalty(net, 0.1), lambda net: room.elastic_net_proximal_(net, 0.1, 0.2, 0.5),
        "l2_penalty (strength=0.1) and elastic_net_proximal_ (strength=0.2)",
    ),
    "AdamW and decay_": (
        lambda net: optim.AdamW(grouped(net), weight_decay=0.01), nothing, lambda net: room.decay_(net, 0.1, 0.3),
        "AdamW (weight_decay=0.01) and decay_ (weight_decay=0.3)",
    ),
    "weight_decay and random_shrink_": (
        DECAYING, nothing, lambda net: room.random_shrink_(net, 0.5), "SGD (weight_decay=0.01) and random_shrink_ (amount=0.5)",
    ),
    "l1 and its proximal step": (
        SGD, lambda net: room.l1_penalty(net, 0.1), lambda net: room.l1_proximal_(net, 0.1, 0.1),
        "l1_penalty (strength=0.1) and l1_proximal_ (strength=0.1)",
    ),
    "group lasso and its proximal step": (
        SGD, lambda net: room.group_lasso_penalty(net, 0.1), lambda net: room.group_lasso_proximal_(net, 0.1, 0.1),
        "group_lasso_penalty (strength=0.1) and group_lasso_proximal_ (strength=0.1)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("make, term, after, whom", TWICE.values(), ids=TWICE)
def test_two_mechanisms_on_one_weight(make, term, after, whom):
    net = network()
    book = stepped(net, make(net), term, after)
    remark = only(book, "twice")
    assert remark.names == ["layers.1.weight", "layers.3.weight", "layers.5.weight"] and whom in remark.sentence
    assert remark.sentence.endswith("their strengths add up; keep one of them")


def test_what_has_stopped_is_no_second_mechanism():
    net = network()
    optimizer = DECAYING(net)
    stepped(net, optimizer, nothing, lambda net: room.decay_(net, 0.1, 0.3))
    book = stepped(net, optimizer, nothing, nothing)
    assert kinds(book) == ["twice"], "one step ago it was at work"
    book = stepped(net, optimizer, nothing, nothing)
    assert kinds(book) == [] and "decay_ 0.3, some steps ago" in book["layers.1.weight"].touched_by


def test_two_optimizers():
    net = network()
    one, other = SGD(net), optim.SGD([net.layers[1].weight], lr=0.2)
    data(net).backward()
    remark = only(ledger(net), "twice")
    assert remark.names == ["layers.1.weight"] and "is held by 2 optimizers, SGD and SGD" in remark.sentence
    del other
    gc.collect()
    assert ledger(net).warnings == []
    left_over, one = one, optim.SGD(net.parameters(), lr=0.3)
    for _ in range(2):
        one.step()
    net.zero_grad()
    data(net).backward()
    assert ledger(net).warnings == [], "one that does not step any more"
    del left_over
