"""Terms that carry no note: the caller names a function that computes them again."""

import numpy as np
import pytest

import tinyreg
from tests.regularization.ledger.test_split import lengths
from tinyreg import nn
from tinyreg import regularization as room
from tinyreg.regularization import ledger


def network(*middle):
    tinyreg.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 3), *middle, nn.Sigmoid(), nn.Linear(3, 2)).double()


def x():
    return tinyreg.tensor(np.random.default_rng(0).standard_normal((6, 4)))


def data(net):
    return net(x()).square().sum()


TERMS = {
    "by hand": lambda net: 0.1 * sum((p**2).sum() for p in net.parameters()),
    "confidence_penalty": lambda net: room.confidence_penalty(net(x()), 0.3),
    "activity_penalty": lambda net: room.activity_penalty(net[1](net[0](x())), 0.3),
    "kl_sparsity": lambda net: room.kl_sparsity(net[1](net[0](x())), 0.3),
    "gradient_penalty": lambda net: room.gradient_penalty(net, x(), 0.3, loss=lambda y: y.square().sum(1)),
    "jacobian_penalty": lambda net: room.jacobian_penalty(net, x(), 0.3, n_projections=2),
}


@pytest.mark.parametrize("name", TERMS)
def test_a_named_term_is_told_from_the_data(name):
    net = network()
    own, term = lengths(data(net), net), lengths(TERMS[name](net), net)
    (data(net) + TERMS[name](net) + room.l1_penalty(net, 0.2)).backward()
    book = ledger(net, penalties={"mine": lambda: TERMS[name](net)})
    assert book.penalties == ["l1_penalty", "mine"]
    for row in book:
        assert row.data == pytest.approx(own[row.name], rel=1e-8)
        if row.name in term:
            assert row.penalties["mine"] == pytest.approx(term[row.name], rel=1e-8)
    assert "|data| contains" not in str(book)


@pytest.mark.parametrize("name", [name for name in TERMS if name != "by hand"])
def test_what_the_data_contain_is_told(name):
    net = network()
    (data(net) + TERMS[name](net)).backward()
    book = ledger(net)
    assert book.penalties == [] and book.warnings == []
    assert f"|data| contains {name}: to see it apart name a function that computes it, penalties={{'{name}': lambda: ...}}." in book.legend


def test_virtual_adversarial_loss_is_told():
    net = network()
    (data(net) + room.virtual_adversarial_loss(net, x(), 0.3)).backward()
    assert "|data| contains virtual_adversarial_loss" in ledger(net).legend[0]


def test_it_is_clipped_with_the_rest():
    net = network()
    own, term = lengths(data(net), net), lengths(TERMS["by hand"](net), net)
    (data(net) + TERMS["by hand"](net)).backward()
    nn.utils.clip_grad_norm_(net.parameters(), 0.5)
    row = ledger(net, penalties={"mine": lambda: TERMS["by hand"](net)})["0.weight"]
    assert row.data == pytest.approx(own["0.weight"], rel=1e-9) and row.penalties["mine"] == pytest.approx(term["0.weight"], rel=1e-12)


def test_a_gradient_that_does_not_reach_all():
    net = network()
    (data(net) + net[3 - 1].weight.sum()).backward()
    book = ledger(net, penalties={"mine": lambda: net[2].weight.sum()})
    assert [row.name for row in book if row.penalties] == ["2.weight"] and book["2.weight"].penalties["mine"] == pytest.approx(6**0.5)


def test_chance_and_averages_stay_where_they_are():
    net = network(nn.BatchNorm1d(3), nn.Dropout(0.5)).train()
    data(net).backward()
    state, averages, calls = tinyreg.random.get_state(), net[1].running_mean.numpy().copy(), []

    def term():
        calls.append(1)
        return net(x()).square().mean()

    book = ledger(net, penalties={"mine": term})
    assert tinyreg.random.get_state() == state and (net[1].running_mean.numpy() == averages).all() and len(calls) == 1
    assert net.training and int(net[1].num_batches_tracked.item()) == 1 and book["0.weight"].penalties["mine"] > 0


def test_it_notes_nothing_on_the_weights():
    net = network()
    data(net).backward()
    ledger(net, penalties={"mine": lambda: room.l2_penalty(net, 0.1)})
    ledger(net, penalties={"mine": lambda: room.l2_penalty([p.data for p in net.parameters()], 0.1)})
    assert net[0].weight.touches is None and ledger(net).warnings == []


def test_a_term_that_is_noted_already_is_refused():
    net = network()
    (data(net) + room.l2_penalty(net, 0.1)).backward()
    for name, term in (("mine", lambda: room.l2_penalty(net, 0.1)), ("l2_penalty", lambda: net[0].weight.sum())):
        with pytest.raises(ValueError, match=f"must be terms that carry no note, got '{name}', which computes l2_penalty; the ledger has"):
            ledger(net, penalties={name: term})


BAD = [
    (TypeError, r"penalties must be a dict of functions, got list; write \{'name': lambda", []),
    (TypeError, r"a penalty must be a function, got Tensor for 'mine'; write lambda", {"mine": tinyreg.ones(1)}),
    (TypeError, r"a penalty must return a Tensor, got float from 'mine'; return the term itself", {"mine": lambda: 0.1}),
    (ValueError, r"a penalty must return one number, got shape \(3,\) from 'mine'; sum it", {"mine": lambda: tinyreg.ones(3)}),
]


@pytest.mark.parametrize("error, message, penalties", BAD, ids=range(len(BAD)))
def test_what_is_no_term_is_refused(error, message, penalties):
    net = network()
    data(net).backward()
    with pytest.raises(error, match=message):
        ledger(net, penalties=penalties)
