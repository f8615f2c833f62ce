"""What a teacher would say: each remark where it belongs, and nowhere else."""

import gc

import numpy as np
import pytest

import tinyreg
from tinyreg import nn, optim
from tinyreg import regularization as room
from tinyreg.models import MLP, LeNet
from tinyreg.parameter import penalized_parameters
from tinyreg.regularization import ledger


@pytest.fixture(autouse=True)
def only_optimizers_of_this_test():
    gc.collect()


def network(normalization=None):
    tinyreg.manual_seed(0)
    return MLP(6, (5, 4), 3, normalization=normalization, activation=nn.Tanh)


def data(net):
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((12, 6)).astype("float32"), np.arange(12) % 3
    return nn.functional.cross_entropy(net(tinyreg.tensor(x)), tinyreg.tensor(y))


def grouped(net):
    weights = penalized_parameters(net)
    rest = [p for p in net.parameters() if all(p is not w for w in weights)]
    return [{"params": weights}, {"params": rest, "weight_decay": 0}]


def kinds(book):
    return [remark.kind for remark in book.remarks]


def only(book, kind):
    (remark,) = [remark for remark in book.remarks if remark.kind == kind]
    return remark


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


# (a) biases


def test_decayed_biases():
    net = network("batch")
    optimizer = optim.SGD(net.parameters(), lr=0.1, weight_decay=0.01)
    data(net).backward()
    book = ledger(net)
    remark = only(book, "bias")
    assert remark.names == [name for name, _ in net.named_parameters() if name.endswith("bias") or name in ("layers.2.weight", "layers.5.weight")]
    assert remark.sentence.startswith("3 biases, 2 scales and 2 shifts (layers.1.bias, layers.2.weight, layers.2.bias, layers.4.bias and 3 more)")
    assert "are pulled towards 0 by SGD (weight_decay=0.01)" in remark.sentence
    assert "SGD([{'params': weights}, {'params': rest, 'weight_decay': 0}])" in remark.sentence
    assert book["layers.1.bias"].remarks == [book.remarks.index(remark) + 1]
    optimizer.param_groups[0]["weight_decay"] = 0
    assert ledger(net).warnings == []


def test_penalized_biases():
    net = network()
    (data(net) + room.l2_penalty(net.parameters(), 0.1)).backward()
    remark = only(ledger(net), "bias")
    assert remark.sentence.startswith("3 biases (layers.1.bias, layers.3.bias, layers.5.bias) are pulled towards 0 by l2_penalty (strength=0.1)")
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


# (b) scale


def test_l2_before_batch_norm_sets_the_effective_learning_rate():
    net = network("batch")
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    (data(net) + room.l2_penalty(net, 0.01)).backward()
    book = ledger(net)
    remark = only(book, "scale")
    assert kinds(book) == ["scale"] and remark.names == ["layers.1.weight", "layers.4.weight"]
    assert "feed what undoes their length, layers.2 (BatchNorm1d), layers.5 (BatchNorm1d): <w, g> = 0" in remark.sentence
    squares = np.concatenate([(net.layers[i].weight.detach().numpy() ** 2).sum(1) for i in (1, 4)])
    assert f"lr/|w|^2, now {0.1 / squares.max():.2g} to {0.1 / squares.min():.2g}" in remark.sentence
    del optimizer


def test_under_adam_the_effective_learning_rate_is_that_of_the_length():
    net = network("batch")
    optimizer = optim.AdamW(grouped(net), lr=0.1, weight_decay=0.01)
    data(net).backward()
    lengths = np.concatenate([np.linalg.norm(net.layers[i].weight.detach().numpy(), axis=1) for i in (1, 4)])
    assert f"lr/|w|, now {0.1 / lengths.max():.2g} to {0.1 / lengths.min():.2g}" in only(ledger(net), "scale").sentence
    del optimizer


NO_SCALE = {
    "evaluation": (lambda: network("batch").eval(), lambda net: room.l2_penalty(net, 0.01)),
    "no normalization": (network, lambda net: room.l2_penalty(net, 0.01)),
    "layer norm behind a bias": (lambda: network("layer"), lambda net: room.l2_penalty(net, 0.01)),
    "L1": (lambda: network("batch"), lambda net: room.l1_penalty(net, 0.01)),
    "no penalty": (lambda: network("batch"), lambda net: 0.0),
}


@pytest.mark.parametrize("make, term", NO_SCALE.values(), ids=NO_SCALE)
def test_elsewhere_l2_is_l2(make, term):
    net = make()
    (data(net) + term(net)).backward()
    assert "scale" not in kinds(ledger(net))


@pytest.mark.parametrize("make", [lambda: nn.LayerNorm(5), lambda: nn.RMSNorm(5), lambda: nn.GroupNorm(1, 5)])
def test_layer_norm_undoes_the_length_of_the_whole(make):
    tinyreg.manual_seed(1)
    net = nn.Sequential(nn.Linear(6, 5, bias=False), make(), nn.Tanh(), nn.Linear(5, 3))
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    (data(net) + room.l2_penalty(net, 0.01)).backward()
    remark = only(ledger(net), "scale")
    rate = f"{0.1 / (net[0].weight.detach().numpy() ** 2).sum():.2g}"
    assert remark.names == ["0.weight"] and f"now {rate} to {rate}" in remark.sentence
    del optimizer


@pytest.mark.parametrize("wrapper, part", [(nn.utils.weight_norm, "weight_v"), (nn.utils.spectral_norm, "weight_orig")])
def test_a_part_whose_length_does_not_matter(wrapper, part):
    tinyreg.manual_seed(0)
    net = nn.Sequential(wrapper(nn.Linear(6, 5)), nn.Tanh(), nn.Linear(5, 3))
    optimizer = optim.SGD(net.parameters(), lr=0.1, weight_decay=0.01)
    data(net).backward()
    assert only(ledger(net), "scale").names == [f"0.{part}"]
    del optimizer
    gc.collect()
    (data(net) + room.l2_penalty(net, 0.01)).backward()
    assert "scale" not in kinds(ledger(net)), "a penalty on what is computed does not pull at that length"


def test_images():
    tinyreg.manual_seed(0)
    net = LeNet((1, 8, 8), 3, normalization="batch")
    (nn.functional.cross_entropy(net(tinyreg.randn(20, 1, 8, 8)), tinyreg.randint(0, 3, (20,))) + room.l2_penalty(net, 0.01)).backward()
    assert only(ledger(net), "scale").names == ["features.0.weight", "features.4.weight", "classifier.1.weight"]


def test_an_order_that_names_the_wrong_norm_still_finds_the_weights():
    class Crossed(nn.Module):
        """Both layers are registered before both norms."""

        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(6, 5), nn.Linear(5, 5)
            self.norm_a, self.norm_b, self.head = nn.BatchNorm1d(5), nn.BatchNorm1d(5), nn.Linear(5, 3)

        def forward(self, x):
            return self.head(tinyreg.tanh(self.norm_b(self.b(tinyreg.tanh(self.norm_a(self.a(x)))))))

    class Skipped(Crossed):
        """The first layer's output goes past its norm, too."""

        def forward(self, x):
            x = self.a(x)
            return self.head(tinyreg.tanh(self.norm_b(self.b(tinyreg.tanh(self.norm_a(x))))) + x)

    tinyreg.manual_seed(0)
    for net, names in ((Crossed(), ["a.weight", "b.weight"]), (Skipped(), ["b.weight"])):
        (data(net) + room.l2_penalty(net, 0.01)).backward()
        assert only(ledger(net), "scale").names == names


# (c) out of the graph


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


# unreached


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


def test_a_penalty_that_is_only_printed_is_no_mistake():
    net = network()
    with tinyreg.no_grad():
        room.l2_penalty(net, 0.1)
    (data(net) + room.l1_penalty(net, 0.1)).backward()
    room.l1_penalty(net, 0.1)
    room.orthogonality_penalty(net, 0.1)
    assert kinds(ledger(net)) == [], "under no_grad, again, and after the backward"


# (d) twice


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
    "l2 and weight_decay": (DECAYING, lambda net: room.l2_penalty(net, 0.1), nothing, "SGD (weight_decay=0.01) and l2_penalty (strength=0.1)"),
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


# L2 through Adam


@pytest.mark.parametrize("make", [optim.Adam, optim.RMSprop, optim.Adagrad, optim.Adadelta])
def test_l2_in_the_gradient_of_an_adaptive_optimizer(make):
    net = network()
    optimizer = make(grouped(net), weight_decay=0.01)
    data(net).backward()
    remark = only(ledger(net), "adaptive")
    assert remark.names == ["layers.1.weight", "layers.3.weight", "layers.5.weight"]
    assert remark.sentence.startswith(f"{make.__name__} divides each coordinate's step by the size of its gradients, and with it weight_decay=0.01")
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
    optimizer = SGD(net)
    data(net).backward()
    net.layers[1].requires_grad_(False)
    remark = only(ledger(net), "frozen")
    assert remark.names == ["layers.1.weight", "layers.1.bias"] and "frozen, but still have a .grad" in remark.sentence
    optimizer.zero_grad()
    (data(net) + room.l2_penalty(net, 0.1)).backward()
    book = ledger(net)
    assert kinds(book) == [] and book["layers.1.weight"].notes == ["frozen"] and book["layers.1.weight"].penalties == {}
