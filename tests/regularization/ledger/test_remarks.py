"""What a teacher would say: nothing where there is nothing; on biases, on Adam, on what is frozen."""

import pytest

from tests.regularization.ledger.classifier import data, grouped, kinds, network, only
from tinyreg import nn, optim
from tinyreg import regularization as room
from tinyreg.regularization import ledger

# nothing to say

CLEAN = {
    "nothing": (lambda net: optim.SGD(net.parameters(), lr=0.1), None, None),
    "l2_penalty": (lambda net: optim.SGD(net.parameters(), lr=0.1), lambda net: room.l2_penalty(net, 0.1), None),
    "weight_decay on weights": (lambda net: optim.SGD(grouped(net), lr=0.1, weight_decay=0.1), None, None),
    "AdamW on weights": (lambda net: optim.AdamW(grouped(net), weight_decay=0.1), None, None),
    "l1_penalty": (lambda net: optim.SGD(net.parameters(), lr=0.1), lambda net: room.l1_penalty(net, 0.1), None),
    "an elastic net of two": (lambda net: optim.SGD(grouped(net), lr=0.1, weight_decay=0.1), lambda net: room.l1_penalty(net, 0.1), None),
    "decay and a projection": (lambda net: optim.SGD(grouped(net), lr=0.1, weight_decay=0.1), None, lambda net: room.max_norm_(net, 2.0)),
    "a proximal step": (lambda net: optim.SGD(net.parameters(), lr=0.1), None, lambda net: room.l1_proximal_(net, 0.1, 0.01)),
    "strength 0": (lambda net: optim.SGD(grouped(net), lr=0.1, weight_decay=0.1), lambda net: room.l2_penalty(net, 0.0), None),
    "l1_ratio 1 beside decay": (
        lambda net: optim.SGD(grouped(net), lr=0.1, weight_decay=0.1), lambda net: room.elastic_net_penalty(net, 0.1, 1.0), None,
    ),
    "orthogonality beside decay": (
        lambda net: optim.SGD(grouped(net), lr=0.1, weight_decay=0.1), lambda net: room.orthogonality_penalty(net, 0.1), None,
    ),
    "Adam without decay": (lambda net: optim.Adam(net.parameters()), None, None),
}  # fmt: skip


@pytest.mark.parametrize("make, term, after", CLEAN.values(), ids=CLEAN)
def test_a_clean_training_gives_no_warning(make, term, after):
    net = network()
    optimizer = make(net)
    for _ in range(3):
        optimizer.zero_grad()
        (data(net) if term is None else data(net) + term(net)).backward()
        book = ledger(net)
        assert book.warnings == [] and "nothing to warn of" in str(book)
        optimizer.step()
        if after is not None:
            after(net)


# biases


def test_decayed_biases():
    net = network("batch")
    optimizer = optim.SGD(net.parameters(), lr=0.1, weight_decay=0.01)
    data(net).backward()
    book = ledger(net)
    remark = only(book, "bias")
    assert remark.names == [
        name for name, _ in net.named_parameters() if name.endswith("bias") or name in ("layers.2.weight", "layers.5.weight")
    ]
    assert remark.sentence.startswith(
        "3 biases, 2 scales and 2 shifts (layers.1.bias, layers.2.weight, layers.2.bias, layers.4.bias and 3 more)"
    )
    assert "are pulled towards 0 by SGD (weight_decay=0.01)" in remark.sentence
    assert "give them a group of their own, SGD([{'params': [p for p in model.parameters() if p.ndim > 1]}, {" in remark.sentence
    assert book["layers.1.bias"].remarks == [book.remarks.index(remark) + 1]
    optimizer.param_groups[0]["weight_decay"] = 0
    assert ledger(net).warnings == []


def test_penalized_biases():
    net = network()
    (data(net) + room.l2_penalty(net.parameters(), 0.1)).backward()
    remark = only(ledger(net), "bias")
    assert remark.sentence.startswith(
        "3 biases (layers.1.bias, layers.3.bias, layers.5.bias) are pulled towards 0 by l2_penalty (strength=0.1)"
    )
    assert remark.sentence.endswith("give l2_penalty the model instead of its parameters: of a Module it takes the weights alone")


def test_one_bias_that_a_door_decays():
    net = network()
    data(net).backward()
    room.decay_([net.layers[1].bias], 0.1, 0.5)
    remark = only(ledger(net), "bias")
    assert remark.names == ["layers.1.bias"] and remark.sentence.startswith("1 bias (layers.1.bias) is pulled towards 0 by decay_")


def test_a_bias_without_gradient_is_passed_over_by_the_optimizer():
    net = nn.Linear(2, 2)
    optimizer = optim.SGD(net.parameters(), lr=0.1, weight_decay=0.1)
    net.weight.sum().backward()
    book = ledger(net)
    assert kinds(book) == [] and book["bias"].notes == ["no gradient"]
    del optimizer


# L2 through Adam


@pytest.mark.parametrize("make", [optim.Adam, optim.RMSprop, optim.Adagrad, optim.Adadelta])
def test_l2_in_the_gradient_of_an_adaptive_optimizer(make):
    net = network()
    optimizer = make(grouped(net), weight_decay=0.01)
    data(net).backward()
    remark = only(ledger(net), "adaptive")
    assert remark.names == ["layers.1.weight", "layers.3.weight", "layers.5.weight"]
    assert remark.sentence.startswith(
        f"{make.__name__} divides each coordinate's step by the size of its gradients, and with it weight_decay=0.01"
    )
    for group in optimizer.param_groups:
        group["weight_decay"] = 0
    net.zero_grad()
    (data(net) + room.l2_penalty(net, 0.1)).backward()
    assert "l2_penalty (strength=0.1)" in only(ledger(net), "adaptive").sentence


def test_adam_that_decays_beside_the_gradient():
    net = network()
    optimizer = optim.Adam(grouped(net), weight_decay=0.01, decoupled_weight_decay=True)
    data(net).backward()
    book = ledger(net)
    assert book.warnings == [] and "Adam, decoupled decay 0.01" in book["layers.1.weight"].touched_by
    del optimizer


# frozen


def test_a_frozen_parameter_that_still_moves():
    net = network()
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    data(net).backward()
    net.layers[1].requires_grad_(False)
    remark = only(ledger(net), "frozen")
    assert remark.names == ["layers.1.weight", "layers.1.bias"] and "frozen, but still have a .grad" in remark.sentence
    optimizer.zero_grad()
    (data(net) + room.l2_penalty(net, 0.1)).backward()
    book = ledger(net)
    assert kinds(book) == [] and book["layers.1.weight"].notes == ["frozen"] and book["layers.1.weight"].penalties == {}
