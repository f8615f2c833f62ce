"""The gradient told apart: against separate calls of autograd.grad, and against numbers by hand."""

import math

import numpy as np
import pytest

import tinyreg
from tinyreg import nn, optim
from tinyreg import regularization as room
from tinyreg.regularization import ledger

PENALTIES = {
    "l2_penalty": lambda params: room.l2_penalty(params, 0.3),
    "l1_penalty": lambda params: room.l1_penalty(params, 0.2),
    "elastic_net_penalty": lambda params: room.elastic_net_penalty(params, 0.4, 0.7),
    "group_lasso_penalty": lambda params: room.group_lasso_penalty(params, 0.1),
    "orthogonality_penalty": lambda params: room.orthogonality_penalty(params, 0.5),
}


def network(dtype="float64"):
    tinyreg.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(2, 4, 3, groups=2), nn.Tanh(), nn.ConvTranspose2d(4, 4, 2, groups=2), nn.Tanh(), nn.Flatten(), nn.Linear(64, 3)
    )
    return net.double() if dtype == "float64" else net


def data(net):
    dtype = next(net.parameters()).dtype
    x, y = np.random.default_rng(1).standard_normal((5, 2, 5, 5)), np.arange(5) % 3
    return nn.functional.cross_entropy(net(tinyreg.tensor(x.astype(dtype))), tinyreg.tensor(y))


def lengths(value, net):
    """{name: the length of the gradient of value}, by a call of autograd.grad of its own; without those that it does not reach."""
    names, parameters = zip(*net.named_parameters())
    found = tinyreg.autograd.grad(value, parameters, allow_unused=True)
    return {name: np.linalg.norm(g.numpy().astype("float64")) for name, g in zip(names, found) if g is not None}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", PENALTIES)
def test_every_part_is_the_gradient_of_its_term(name, dtype):
    net = network(dtype)
    data_parts, penalty_parts = lengths(data(net), net), lengths(PENALTIES[name](net), net)
    (data(net) + PENALTIES[name](net)).backward()
    book, tight = ledger(net), 1e-12 if dtype == "float64" else 2e-6
    assert [row.name for row in book] == list(data_parts) and len(penalty_parts) == 3
    for row in book:
        assert row.weight == pytest.approx(
            np.linalg.norm(dict(net.named_parameters())[row.name].detach().numpy().astype("float64")), rel=1e-12
        )
        assert row.grad == pytest.approx(np.linalg.norm(dict(net.named_parameters())[row.name].grad.numpy().astype("float64")), rel=1e-12)
        assert row.data == pytest.approx(data_parts[row.name], rel=tight)
        assert list(row.penalties) == [name] * (row.name in penalty_parts)
        if row.penalties:
            assert row.penalties[name] == pytest.approx(penalty_parts[row.name], rel=1e-12 if dtype == "float64" else 1e-6)
            assert row.ratio == pytest.approx(row.penalties[name] / row.data, rel=1e-12)
        else:
            assert row.ratio == 0


def test_several_penalties_stand_beside_each_other():
    net = network()
    parts = {name: lengths(term(net), net) for name, term in PENALTIES.items()}
    pull = lengths(sum(term(net) for term in PENALTIES.values()), net)
    own = lengths(data(net), net)
    (data(net) + sum(term(net) for term in PENALTIES.values())).backward()
    for row in ledger(net):
        assert row.data == pytest.approx(own[row.name], rel=1e-11)
        assert row.penalties == pytest.approx({name: found[row.name] for name, found in parts.items() if row.name in found}, rel=1e-12)
        if row.penalties:
            assert row.ratio == pytest.approx(pull[row.name] / row.data, rel=1e-11)


def test_by_hand():
    layer = nn.Linear(2, 1, bias=False)
    layer.weight.data.copy_(tinyreg.tensor([[3.0, -4.0]]))
    loss = (layer.weight * tinyreg.tensor([[1.0, 0.0]])).sum() + room.l2_penalty(layer, 0.5)
    loss.backward()
    (row,) = ledger(layer)
    assert (row.weight, row.grad, row.data, row.penalties, row.ratio) == (5.0, math.hypot(2.5, 2.0), 1.0, {"l2_penalty": 2.5}, 2.5)
    optimizer = optim.SGD(layer.parameters(), lr=0.1, weight_decay=0.5)
    (row,) = ledger(layer)
    assert row.ratio == 5.0 and row.decay == 2.5, "the weight_decay of SGD is one more half of w"
    optimizer.param_groups[0]["weight_decay"] = 0.0
    assert ledger(layer)["weight"].decay == 0, "the settings are those of now"
    del optimizer
    adamw = optim.AdamW(layer.parameters(), weight_decay=0.5)
    (row,) = ledger(layer)
    assert row.ratio == 2.5 and row.decay == 2.5, "AdamW's does not pass through the gradient"
    del adamw


def test_at_a_minimum_the_ratio_is_one():
    rng = np.random.default_rng(2)
    X, y = rng.standard_normal((20, 3)), rng.standard_normal((20, 1))
    layer = nn.Linear(3, 1, bias=False).double()
    layer.weight.data.copy_(tinyreg.tensor(np.linalg.solve(X.T @ X + 0.7 * np.eye(3), X.T @ y).T))
    (((layer(tinyreg.tensor(X)) - tinyreg.tensor(y)) ** 2).sum() / 2 + room.l2_penalty(layer, 0.7)).backward()
    (row,) = ledger(layer)
    assert row.ratio == pytest.approx(1, abs=1e-12) and row.grad < 1e-12 < row.data


# what G is


@pytest.mark.parametrize("scale", [0.5, 3.0])
def test_a_scaled_loss_scales_its_terms(scale):
    net = network()
    own, term = lengths(data(net), net), lengths(room.l2_penalty(net, 0.3), net)
    ((data(net) + room.l2_penalty(net, 0.3)) * scale).backward()
    row = ledger(net)["0.weight"]
    assert row.data == pytest.approx(scale * own["0.weight"], rel=1e-12)
    assert row.penalties["l2_penalty"] == pytest.approx(scale * term["0.weight"], rel=1e-12)


def test_a_term_that_is_used_twice_counts_twice():
    net = network()
    term, parts = room.l2_penalty(net, 0.3), lengths(room.l2_penalty(net, 0.3), net)
    (data(net) + term + 2 * term).backward()
    assert ledger(net)["0.weight"].penalties["l2_penalty"] == pytest.approx(3 * parts["0.weight"], rel=1e-12)


def test_a_hook_on_the_term_is_counted():
    net = network()
    term, parts = room.l2_penalty(net, 0.3), lengths(room.l2_penalty(net, 0.3), net)
    term.register_hook(lambda grad: grad * 5)
    (data(net) + term).backward()
    assert ledger(net)["0.weight"].penalties["l2_penalty"] == pytest.approx(5 * parts["0.weight"], rel=1e-12)


def test_two_strengths_of_one_penalty_are_one_column():
    net = network()
    (data(net) + room.l2_penalty(net, 0.3) + room.l2_penalty(net[0], 0.2)).backward()
    book = ledger(net)
    assert book["0.weight"].penalties["l2_penalty"] == pytest.approx(0.5 * book["0.weight"].weight, rel=1e-12)
    assert book["5.weight"].penalties["l2_penalty"] == pytest.approx(0.3 * book["5.weight"].weight, rel=1e-12)


def test_a_weight_given_twice_is_penalized_twice():
    w = nn.Linear(3, 2)
    (w.weight.sum() + room.l2_penalty([w.weight, w.weight], 0.1)).backward()
    row = ledger(w)["weight"]
    assert row.penalties["l2_penalty"] == pytest.approx(0.2 * row.weight, rel=1e-6) and row.data == pytest.approx(6**0.5, rel=1e-6)


def test_groups_by_labels():
    layer = nn.Linear(3, 2).double()
    one, other = tinyreg.tensor([[0, 1, 1], [2, 2, 0]]), tinyreg.tensor([[0, 0, 0], [1, 1, 1]])
    terms = [
        lambda: room.group_lasso_penalty(layer.weight, 0.4, groups=one),
        lambda: room.group_lasso_penalty(layer.weight, 0.4, groups=other),
    ]
    wanted = lengths(terms[0]() + terms[1](), layer)["weight"]
    (layer.weight.sum() + terms[0]() + terms[1]()).backward()
    row = ledger(layer)["weight"]
    assert row.penalties["group_lasso_penalty"] == pytest.approx(wanted, rel=1e-12) and row.data == pytest.approx(6**0.5, rel=1e-12)


# several backwards


def test_gathered_gradients_add_up():
    net = network()
    own, term = lengths(data(net), net), lengths(room.l2_penalty(net, 0.3), net)
    for _ in range(4):
        ((data(net) + room.l2_penalty(net, 0.3)) / 4).backward()
    row = ledger(net)["0.weight"]
    assert row.data == pytest.approx(own["0.weight"], rel=1e-12)
    assert row.penalties["l2_penalty"] == pytest.approx(term["0.weight"], rel=1e-12)
    assert len(net[0].weight.grad.account.terms) == 1, "equal terms of several passes are one"


EMPTYING = {
    "set to None": lambda net: net.zero_grad(),
    "zeros": lambda net: net.zero_grad(set_to_none=False),
    "zeros by the optimizer": lambda net: optim.SGD(net.parameters(), lr=0.1).zero_grad(set_to_none=False),
    "zero_": lambda net: [p.grad.zero_() for p in net.parameters()],
    "zero_ of .data": lambda net: [p.grad.data.zero_() for p in net.parameters()],
}


@pytest.mark.parametrize("empty", EMPTYING.values(), ids=EMPTYING)
def test_what_was_emptied_starts_anew(empty):
    net = network()
    own, term = lengths(data(net), net), lengths(room.l1_penalty(net, 0.2), net)
    (data(net) + room.l2_penalty(net, 0.3)).backward()
    empty(net)
    if net[0].weight.grad is not None:
        assert ledger(net)["0.weight"].penalties == {} and ledger(net)["0.weight"].data == 0
    (data(net) + room.l1_penalty(net, 0.2)).backward()
    row = ledger(net)["0.weight"]
    assert list(row.penalties) == ["l1_penalty"]
    assert row.penalties["l1_penalty"] == pytest.approx(term["0.weight"], rel=1e-12)
    assert row.data == pytest.approx(own["0.weight"], rel=1e-12)


def test_one_parameter_emptied_leaves_the_others():
    net = network()
    (data(net) + room.l2_penalty(net, 0.3)).backward()
    net[0].weight.grad = None
    net[2].weight.grad.zero_()
    data(net).backward()
    book = ledger(net)
    assert [list(book[f"{i}.weight"].penalties) for i in (0, 2, 5)] == [[], [], ["l2_penalty"]]
    own = lengths(data(net), net)
    assert book["5.weight"].data == pytest.approx(2 * own["5.weight"], rel=1e-11)


def test_backward_into_some_parameters_is_counted_there_alone():
    net = network()
    (data(net) + room.l2_penalty(net, 0.3)).backward(inputs=[net[0].weight])
    data(net).backward(inputs=[net[5].weight])
    book = ledger(net)
    assert list(book["0.weight"].penalties) == ["l2_penalty"] and book["5.weight"].penalties == {}
    assert book["2.weight"].grad is None and book["2.weight"].notes == ["no gradient"]


def test_autograd_grad_enters_nothing():
    net = network()
    data(net).backward()
    tinyreg.autograd.grad(data(net) + room.l2_penalty(net, 0.3), list(net.parameters()))
    assert ledger(net).penalties == []


def test_under_no_grad_nothing_is_counted():
    net = network()
    with tinyreg.no_grad():
        room.l2_penalty(net, 0.3)
    data(net).backward()
    book = ledger(net)
    assert book.penalties == [] and book.warnings == []


# computed weights


@pytest.mark.parametrize("wrapper", [nn.utils.weight_norm, nn.utils.spectral_norm])
@pytest.mark.parametrize("name", PENALTIES)
def test_a_computed_weight_is_booked_on_its_parts(wrapper, name):
    tinyreg.manual_seed(0)
    net = nn.Sequential(wrapper(nn.Linear(4, 3)), nn.Tanh(), nn.Linear(3, 2)).double()
    x = tinyreg.tensor(np.random.default_rng(0).standard_normal((6, 4)))
    net(x)  # spectral_norm turns its vectors with each call in training
    net.eval()
    own, term = lengths(net(x).square().mean(), net), lengths(PENALTIES[name](net), net)
    (net(x).square().mean() + PENALTIES[name](net)).backward()
    for row in ledger(net):
        assert row.data == pytest.approx(own[row.name], rel=1e-9, abs=1e-12)
        wanted = term.get(row.name)
        assert row.penalties == ({} if wanted is None else pytest.approx({name: wanted}, rel=1e-9, abs=1e-14))
    assert "0.weight_v" in term or "0.weight_orig" in term


def test_a_result_of_other_operations_is_not_told_apart():
    a, b = nn.Linear(3, 2, bias=False), nn.Linear(3, 2, bias=False)
    net = nn.ModuleList([a, b])
    (a.weight.sum() + b.weight.sum() + room.l2_penalty([a.weight * 2], 0.1)).backward()
    book = ledger(net)
    assert book["0.weight"].data is None and book["0.weight"].notes == [
        "its gradient holds l2_penalty of a tensor that is computed from it"
    ]
    assert book["1.weight"].data == pytest.approx(6**0.5, rel=1e-6)
    book = ledger(net, penalties={"of the double": lambda: room.l2_penalty([a.weight * 2], 0.1)})
    assert book["0.weight"].penalties["of the double"] == pytest.approx(0.4 * book["0.weight"].weight, rel=1e-6)


def test_tied_parameters_have_one_row():
    net = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    net[1].weight = net[0].weight
    (net(tinyreg.ones(2, 3)).sum() + room.l2_penalty(net, 0.1)).backward()
    book = ledger(net)
    assert [row.name for row in book] == ["0.weight = 1.weight", "0.bias", "1.bias"]
    assert book["1.weight"] is book["0.weight"] and book["1.weight"].penalties["l2_penalty"] == pytest.approx(
        0.1 * book["1.weight"].weight, rel=1e-6
    )
    with pytest.raises(KeyError, match=r"name must be that of a parameter, got '2.weight'; the rows are"):
        book["2.weight"]
