"""The certificate <w, g> = 0: near 0 before a normalization, and nowhere else, whatever the dtype and the age of the network."""

import numpy as np
import pytest

import tinyreg
from tinyreg import nn, optim
from tinyreg.models import MLP, LeNet
from tinyreg.regularization.ledger.numbers import Numbers, square_sum
from tinyreg.regularization.ledger.place import places
from tinyreg.regularization.ledger.scale import CERTAIN, followers, undone
from tinyreg.unit_weights import unit_weights


class Residual(nn.Module):
    """A stem, a block with a shortcut, a head, and a normalization behind each convolution."""

    def __init__(self, norm):
        super().__init__()
        self.stem, self.norm = nn.Conv2d(1, 8, 3, padding=1), norm(8)
        self.one, self.norm_one = nn.Conv2d(8, 8, 3, padding=1), norm(8)
        self.two, self.norm_two = nn.Conv2d(8, 8, 3, padding=1), norm(8)
        self.head = nn.Linear(8, 10)

    def forward(self, x):
        x = tinyreg.relu(self.norm(self.stem(x)))
        inner = self.norm_two(self.two(tinyreg.relu(self.norm_one(self.one(x)))))
        return self.head(tinyreg.relu(inner + x).mean((2, 3)))


NETWORKS = {
    "mlp": (lambda: MLP(64, (32, 32), 10), 0),
    "mlp batch": (lambda: MLP(64, (32, 32), 10, normalization="batch"), 2),
    "mlp layer": (lambda: MLP(64, (32, 32), 10, normalization="layer"), 0),
    "lenet batch": (lambda: LeNet((1, 8, 8), normalization="batch"), 3),
    "lenet group": (lambda: LeNet((1, 8, 8), normalization="layer"), 0),
    "residual": (lambda: Residual(nn.Identity), 0),
    "residual batch": (lambda: Residual(nn.BatchNorm2d), 3),
    "residual instance": (lambda: Residual(nn.InstanceNorm2d), 3),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", NETWORKS)
def test_it_parts_the_layers(name, dtype):
    make, count = NETWORKS[name]
    tinyreg.manual_seed(0)
    net, rng = make(), np.random.default_rng(0)
    net = net.double() if dtype == "float64" else net
    optimizer = optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    means = rng.standard_normal((10, 1, 8, 8))
    for step in range(12):
        net.train(step < 11)
        y = rng.integers(0, 10, 32)
        optimizer.zero_grad()
        x = tinyreg.tensor((means[y] + rng.standard_normal((32, 1, 8, 8))).astype(dtype))
        nn.functional.cross_entropy(net(x), tinyreg.tensor(y)).backward()
        if step in (0, 10, 11):
            numbers, follow = Numbers(), followers(net)
            weights = [place for place in places(net) if place.role == "weight"]
            found = [undone(place, place.parameter.grad.array, follow.get(id(place.module)), numbers) for place in weights]
            numbers.read()
            undoing = [u for (u, *_) in filter(None, found) if u.certain]
            evaluated = step == 11 and "instance" not in name
            assert len(undoing) == (0 if evaluated else count)
            others = [u.c.value for several in found for u in several if not u.whole and not u.certain]
            assert all(u.c.value < 2e-3 for u in undoing) and all(c > 0.1 for c in others)
            assert not any(u.certain for several in found for u in several if u.whole), "their layers have biases"
        optimizer.step()


def test_by_chance_it_is_about_one():
    layer, rng, found = nn.Linear(50, 20).double(), np.random.default_rng(0), []
    for _ in range(50):
        numbers = Numbers()
        (place, _) = places(layer)
        (u,) = undone(place, rng.standard_normal((20, 50)), ("norm", nn.BatchNorm1d(20), True), numbers)
        numbers.read()
        found.append(u.c.value)
    # c^2 is a mean of 20 squares of about normal numbers: mean 1, sd sqrt(2/20) = 0.32, and of 50 of them 0.045
    assert np.mean(np.square(found)) == pytest.approx(1, abs=6 * 0.045) and min(found) > 0.2 > 10 * CERTAIN


@pytest.mark.parametrize(
    "make", [lambda: nn.Linear(6, 4), lambda: nn.Conv2d(4, 8, 3, groups=2), lambda: nn.ConvTranspose2d(4, 6, 3, groups=2)]
)
def test_units_are_those_of_the_layer(make):
    layer = make().double()
    (units,) = unit_weights(layer, "test")
    w = layer.weight.detach().numpy().reshape(units.shape)
    g = np.random.default_rng(0).standard_normal(w.shape)
    g -= (w * g).sum(axis=units.axes, keepdims=True) / (w * w).sum(axis=units.axes, keepdims=True) * w
    numbers, place = Numbers(), places(layer)[0]
    (u,) = undone(place, g.reshape(layer.weight.shape), ("norm", nn.BatchNorm2d(8), True), numbers)
    numbers.read()
    squares = (w * w).sum(axis=units.axes)
    assert u.certain and u.c.value < 1e-14
    assert (u.shortest.value, u.longest.value) == pytest.approx((squares.min(), squares.max()), rel=1e-12)


def test_a_gradient_of_zeros_says_nothing():
    layer, numbers = nn.Linear(3, 2), Numbers()
    (u,) = undone(places(layer)[0], np.zeros((2, 3), dtype="float32"), ("norm", nn.BatchNorm1d(2), True), numbers)
    numbers.read()
    assert not u.certain


def test_followers():
    net = nn.Sequential(
        nn.DropConnect(nn.Linear(2, 3)), nn.BatchNorm1d(3), nn.ReLU(), nn.Linear(3, 4), nn.ReLU(), nn.LayerNorm(4), nn.Linear(4, 5),
        nn.ReLU(), nn.BatchNorm1d(5),
    )  # fmt: skip
    found = followers(net)
    assert found[id(net[0].module)][::2] == ("1", True), "right behind, whatever it is wrapped in"
    assert id(net[3]) not in found, "neither right behind nor of as many channels, 4"
    assert found[id(net[6])][::2] == ("8", False), "as many channels, somewhere behind"


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("scale", [1e-4, 1.0, 300.0])
def test_squares_neither_overflow_nor_vanish(dtype, scale):
    x = (np.random.default_rng(0).standard_normal((300, 500)) * scale).astype(dtype)
    assert float(square_sum(x)) == pytest.approx((x.astype("float64") ** 2).sum(), rel=1e-12)
    assert float(square_sum(x.T)) == pytest.approx(float(square_sum(x)), rel=1e-12) and float(square_sum(x[:0])) == 0


def test_all_numbers_are_read_at_once():
    numbers = Numbers()
    found = [numbers.length(np.full(4, value, dtype=dtype)) for value, dtype in ((1.0, "float32"), (2.0, "float64"))]
    assert all(np.isnan(number.value) for number in found)
    numbers.read()
    assert [number.value for number in found] == [2.0, 4.0] and numbers.waiting == []
    numbers.read()
