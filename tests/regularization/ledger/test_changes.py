"""What happens to a gradient between backward and the step: it is undone where it can be, and told where it cannot."""

import numpy as np
import pytest

import tinyreg
from tinyreg import nn, optim
from tinyreg import regularization as room
from tinyreg.autograd.account import CROWDED, MIXED, MOVED, WRITTEN
from tinyreg.regularization import ledger


def network():
    tinyreg.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2)).double()


def data(net):
    return net(tinyreg.tensor(np.random.default_rng(0).standard_normal((6, 4)))).square().sum()


def backward(net):
    (data(net) + room.l2_penalty(net, 0.3)).backward()


def before():
    net = network()
    backward(net)
    return ledger(net)


@pytest.mark.parametrize("norms", [(1.0,), (2.0, 0.5), (1e9,)])
def test_clipping_by_norm_is_undone(norms):
    net, wanted = network(), before()
    backward(net)
    total = np.sqrt(sum(row.grad**2 for row in wanted))
    for norm in norms:
        nn.utils.clip_grad_norm_(net.parameters(), norm)
    book = ledger(net)
    for row, then in zip(book, wanted):
        assert row.data == pytest.approx(then.data, rel=1e-10) and row.penalties == pytest.approx(then.penalties, rel=1e-12)
        assert row.grad == pytest.approx(then.grad * min(1, norms[-1] / total), rel=1e-5)
    clipped = [word for word in book.rows[0].touched_by if "clipped" in word]
    assert len(clipped) == sum(norm < total for norm in norms)
    assert clipped == [] or f"{norms[0] / total:.3g}" in clipped[0]


def test_clipping_to_nothing_cannot_be_undone():
    net = network()
    backward(net)
    nn.utils.clip_grad_norm_(net.parameters(), 0.0)
    (row, *_) = ledger(net)
    assert (row.grad, row.data, row.ratio) == (0.0, None, None) and "clipped x 0" in row.touched_by
    assert row.penalties["l2_penalty"] == pytest.approx(0.3 * row.weight, rel=1e-12)


def test_clipping_by_value_is_told_where_it_cut():
    net, wanted = network(), before()
    backward(net)
    bounds = sorted(abs(net[0].weight.grad.numpy()).ravel())
    nn.utils.clip_grad_value_(net.parameters(), float(bounds[-3]) - 1e-9)
    row = ledger(net)["0.weight"]
    assert row.data is None and row.ratio is None and row.touched_by[-1].endswith("25% of it"), "3 of 12 elements"
    net = network()
    backward(net)
    nn.utils.clip_grad_value_(net.parameters(), 1e6)
    assert ledger(net)["0.weight"].data == pytest.approx(wanted["0.weight"].data, rel=1e-12), "where nothing was cut, nothing is lost"


def test_noise_cannot_be_told_apart():
    net = network()
    backward(net)
    room.add_gradient_noise_(net.parameters(), 0.1)
    row = ledger(net)["0.weight"]
    assert row.data is None and "add_gradient_noise_ 0.1" in row.touched_by and row.penalties["l2_penalty"] > 0


def test_the_mean_over_gathered_batches_is_no_clipping():
    """As fit does it: losses times the number of examples, gradients divided by their sum."""
    net, wanted = network(), before()
    history = []
    optimizer = optim.SGD(net.parameters(), lr=0.0)
    optimizer.register_step_pre_hook(lambda *_: history.append(ledger(net)))
    x = tinyreg.tensor(np.random.default_rng(0).standard_normal((6, 4)))
    tinyreg.training.fit(
        net, [(x[:2], x[:2, :2]), (x[2:], x[2:, :2])], loss=lambda output, y: output.square().sum() * (6 / len(y)), epochs=1,
        optimizer=optimizer, accumulate=2, regularizer=lambda model, *_: room.l2_penalty(model, 0.3), progress=False, clip_norm=0.5,
    )  # fmt: skip
    (book,) = history
    for row, then in zip(book, wanted):
        assert row.penalties == pytest.approx(then.penalties, rel=1e-12)
        assert row.data == pytest.approx(then.data, rel=1e-9)
        assert any("clipped" in word for word in row.touched_by)


# what leaves no note

WRITES = {
    "mul_": lambda grad: grad.mul_(0.5),
    "+=": lambda grad: grad.__iadd__(1.0),
    "an index": lambda grad: grad.__setitem__(0, 0.0),
    "zero_ of a row": lambda grad: grad[0].zero_(),
    "zero_ of a row of detach": lambda grad: grad.detach()[:1].zero_(),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_write_without_a_note_is_found(write):
    net = network()
    backward(net)
    write(net[0].weight.grad)
    book = ledger(net)
    assert book["0.weight"].data is None and book["0.weight"].notes == [f"its gradient {WRITTEN}"]
    assert book["2.weight"].data is not None and book["2.weight"].notes == []
    nn.utils.clip_grad_norm_(net.parameters(), 0.1)
    book = ledger(net)
    assert book["0.weight"].notes == [f"its gradient {WRITTEN}"], "a note that comes later does not hide it"
    assert book["2.weight"].data is not None and book["2.weight"].notes == [], "nor says it of others"
    backward(net)
    assert ledger(net)["0.weight"].notes == [f"its gradient {WRITTEN}"]


def test_a_write_between_two_backwards_is_found():
    net = network()
    backward(net)
    net[0].weight.grad.mul_(0.5)
    backward(net)
    assert ledger(net)["0.weight"].notes == [f"its gradient {WRITTEN}"]


def test_noise_between_two_backwards_is_found():
    net = network()
    backward(net)
    room.add_gradient_noise_(net.parameters(), 0.1)
    backward(net)
    assert ledger(net)["0.weight"].notes == [f"its gradient {MIXED}"]


def test_clipping_between_two_backwards_scales_the_first():
    net, wanted = network(), before()
    backward(net)
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    total = np.sqrt(sum(row.grad**2 for row in wanted))
    backward(net)
    row = ledger(net)["0.weight"]
    share = 1 + 1 / (total + 1e-6)
    assert row.penalties["l2_penalty"] == pytest.approx(share * wanted["0.weight"].penalties["l2_penalty"], rel=1e-9)
    assert row.data == pytest.approx(share * wanted["0.weight"].data, rel=1e-9)


def test_gradients_of_different_weights_are_not_told_apart():
    net = network()
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    backward(net)
    optimizer.step()
    backward(net)
    assert ledger(net)["0.weight"].notes == [f"its gradient {MOVED}"]


def spectral():
    tinyreg.manual_seed(0)
    return nn.Sequential(nn.utils.spectral_norm(nn.Linear(4, 3)), nn.Tanh(), nn.Linear(3, 2)).double()


def test_a_computed_weight_that_has_moved_is_told():
    """spectral_norm turns u and v in each forward: the penalties of two passes are of different weights."""
    net = spectral()
    backward(net)
    row = ledger(net)["0.weight_orig"]
    assert row.data is not None and row.notes == []
    backward(net)
    book = ledger(net)
    assert book["0.weight_orig"].data is None
    assert book["0.weight_orig"].notes == ["its gradient holds l2_penalty of a computed weight that has moved since"]
    assert book["2.weight"].data is not None and book["2.weight"].notes == []
    net = spectral()
    (room.l2_penalty(net, 0.3) + data(net)).backward()
    assert ledger(net)["0.weight_orig"].data is None, "the penalty was computed before the forward that turned u and v"
    net = spectral().eval()
    backward(net)
    backward(net)
    assert ledger(net)["0.weight_orig"].data is not None, "in evaluation they rest"


EMPTIES = {"zero_grad": lambda net: net.zero_grad(set_to_none=False), "zero_": lambda net: net[0].weight.grad.zero_()}


@pytest.mark.parametrize("empty", EMPTIES.values(), ids=EMPTIES)
def test_a_gradient_in_a_view_is_forgotten_where_it_is_emptied(empty):
    net = network()
    memory = tinyreg.zeros(12).double()
    net[0].weight.grad = memory.view(3, 4)
    backward(net)
    empty(net)
    backward(net)
    row = ledger(net)["0.weight"]
    assert row.notes == [] and row.penalties["l2_penalty"] == pytest.approx(0.3 * row.weight, rel=1e-12)


def test_a_hook_of_the_parameter_is_told():
    net = network()
    net[0].weight.register_hook(lambda grad: grad * 0)
    backward(net)
    row = ledger(net)["0.weight"]
    assert row.data is None and row.notes == ["its gradient passes through a hook of the parameter"]


def test_a_gradient_given_by_hand_is_all_data():
    net = network()
    backward(net)
    for p in net.parameters():
        p.grad = p.grad.clone()
    row = ledger(net)["0.weight"]
    assert row.penalties == {} and row.data == row.grad


def test_a_gradient_that_is_never_emptied_does_not_grow():
    net = network()
    for step in range(40):
        (data(net) + room.l2_penalty(net, 0.3 / (1 + step))).backward()
        assert len(net[0].weight.grad.account.terms) <= 32
    assert ledger(net)["0.weight"].notes == [f"its gradient {CROWDED}"]
    for _ in range(100):
        nn.utils.clip_grad_norm_(net.parameters(), 1e-3)
    assert len(net[0].weight.grad.account.changes) <= 33


# the weights must be those of the backward


def test_after_a_step_it_refuses():
    net = network()
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    backward(net)
    optimizer.step()
    with pytest.raises(RuntimeError, match=r"weights must be those of the backward, got 0.weight that was written since; call it between"):
        ledger(net)
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    with pytest.raises(RuntimeError, match=r"got 0.weight that was written since"):
        ledger(net)
    net.zero_grad()
    data(net).backward()
    optimizer.step()
    with pytest.raises(RuntimeError, match=r"got 0.weight that was written since"):
        ledger(net)


def test_without_a_gradient_it_refuses():
    with pytest.raises(RuntimeError, match=r"a backward must have filled .grad, got None for all 4 parameters; call it between"):
        ledger(network())


def test_what_is_no_module_is_refused():
    with pytest.raises(TypeError, match=r"model must be a Module, got list; pass the network"):
        ledger([tinyreg.ones(1)])
