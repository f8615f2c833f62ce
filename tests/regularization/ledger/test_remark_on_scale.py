"""L2 before a normalization: said where it sets the effective learning rate, and not elsewhere."""

import gc

import numpy as np
import pytest

import tinyreg
from tests.regularization.ledger.classifier import data, grouped, kinds, network, only
from tinyreg import nn, optim
from tinyreg import regularization as room
from tinyreg.models import LeNet
from tinyreg.regularization import ledger


def test_l2_before_batch_norm_sets_the_effective_learning_rate():
    net = network("batch")
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    (data(net) + room.l2_penalty(net, 0.01)).backward()
    book = ledger(net)
    remark = only(book, "scale")
    assert kinds(book) == ["scale"] and remark.names == ["layers.1.weight", "layers.4.weight"]
    assert "feed layers.2 (BatchNorm1d), layers.5 (BatchNorm1d), which undo their length: <w, g> = 0" in remark.sentence
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
