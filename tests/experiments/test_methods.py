"""The methods as data: every row has what a run asks of it, and changes what it says."""

import re

import numpy as np
import pytest

from tinyreg import nn, optim
from tinyreg.experiments.methods import METHODS, grid
from tinyreg.experiments.methods.method import Method
from tinyreg.experiments.networks import Residual, build
from tinyreg.experiments.rooms import rooms as catalogue_of_rooms
from tinyreg.experiments.strength_curves import varied
from tinyreg.parameter import penalized_parameters


def test_a_row_for_each_method():
    assert [name for name, method in METHODS.items() if method.by_default] == (
        "none l2 l1 elastic_net adamw dropout batch_norm layer_norm label_smoothing early_stopping dropout_l2 dropout_batch_norm".split()
    )
    assert all(name == method.name and method.title and method.change for name, method in METHODS.items())


def test_grid():
    assert grid(a=[1, 2], b=[3]) == ({"a": 1, "b": 3}, {"a": 2, "b": 3})
    assert grid() == ({},)


def kinds(model, name, strength):
    return [type(module).__name__ for module in build(model, METHODS[name], strength)]


@pytest.mark.parametrize(
    ("name", "strength", "modules"),
    [
        ("none", {}, "Flatten Linear ReLU Linear"),
        ("l2", {"strength": 0.1}, "Flatten Linear ReLU Linear"),
        ("dropout", {"p": 0.5}, "Flatten Linear ReLU Dropout Linear"),
        ("batch_norm", {}, "Flatten Linear BatchNorm1d ReLU Linear"),
        ("layer_norm", {}, "Flatten Linear LayerNorm ReLU Linear"),
        ("dropout_batch_norm", {"p": 0.5}, "Flatten Linear BatchNorm1d ReLU Dropout Linear"),
    ],
)
def test_what_the_mlp_is_made_of(name, strength, modules):
    assert kinds("mlp", name, strength) == modules.split()


def test_what_the_lenet_is_made_of():
    plain = "Conv2d ReLU MaxPool2d Conv2d ReLU MaxPool2d Flatten Linear ReLU Linear ReLU Linear"
    assert kinds("lenet", "none", {}) == plain.split()
    assert kinds("lenet", "dropout", {"p": 0.5}) == plain.replace("Linear ReLU", "Linear ReLU Dropout").split()
    with_norm = plain.replace("Conv2d", "Conv2d BatchNorm2d").replace("Linear ReLU", "Linear BatchNorm1d ReLU")
    assert kinds("lenet", "batch_norm", {}) == with_norm.split()


@pytest.mark.parametrize("model", ["mlp", "lenet"])
@pytest.mark.parametrize("name", METHODS)
def test_every_network_gives_ten_numbers_a_digit(model, name):
    import tinyreg

    if model not in METHODS[name].models:
        pytest.skip(f"{name} acts on other networks")
    for strength in METHODS[name].candidates:
        assert build(model, METHODS[name], strength)(tinyreg.zeros(4, 1, 8, 8)).shape == (4, 10)


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (1, 16, 20)])
def test_networks_for_larger_images(shape):
    import tinyreg

    for name in ("none", "layer_norm", "dropout_batch_norm"):
        for model in ("mlp", "lenet"):
            network = build(model, METHODS[name], METHODS[name].candidates[0], shape)
            assert network(tinyreg.zeros(2, *shape)).shape == (2, 10)
    lenet5 = [tuple(p.shape) for p in build("lenet", METHODS["none"], {}, (1, 28, 28)).parameters() if p.ndim > 1]
    assert lenet5 == [(6, 1, 5, 5), (16, 6, 5, 5), (120, 400), (84, 120), (10, 84)]


def test_the_same_seed_gives_the_same_initial_weights_to_every_method():
    """Residual blocks come on top; spectral norm divides; other activations have another gain."""
    import tinyreg

    first = {}
    for name, method in METHODS.items():
        tinyreg.manual_seed(3)
        network = build("mlp", method, method.candidates[0])
        first[name] = [weight.detach().numpy() for weight in penalized_parameters(network)]
    for name, weights in first.items():
        pairs = zip((weights[0], weights[-1]), first["none"])
        assert len(weights) == 2 + 2 * METHODS[name].blocks
        for a, b in pairs:
            factor = (a * b).sum() / (b * b).sum()
            assert np.allclose(a, b * factor, rtol=1e-5), name
            assert factor == pytest.approx(1 if METHODS[name].nonlinearity == "relu" else 0.5**0.5) or name == "spectral_norm"


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_a_sweep_holds_the_candidates_and_varies_one_strength(method):
    if len(method.candidates) == 1:
        assert method.sweep == ()
        return
    assert len(method.sweep) >= 6
    name = varied([{"strength": strength} for strength in method.sweep])
    assert len({tuple(v for k, v in strength.items() if k != name) for strength in method.sweep}) == 1
    values = [strength[name] for strength in method.sweep]
    assert values == sorted(values)
    if len(method.candidates[0]) == 1:
        assert [s for s in method.sweep if s in method.candidates] == list(method.candidates)
    else:
        assert {frozenset(s) for s in method.sweep} == {frozenset(s) for s in method.candidates}


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_candidates_fit_what_they_are_passed_to(method):
    model = nn.Linear(3, 2)
    for strength in method.candidates:
        optimizer = method.optimizer(model.parameters(), 0.3, **strength)
        rate = 0.001 if isinstance(optimizer, optim.Adam) else 0.3 / 5 if method.blocks else 0.3
        assert optimizer.param_groups[0]["lr"] == rate
        assert isinstance(optimizer, optim.Adam) == (method.name in ("adam", "adamw"))
        assert 0 <= method.smoothing(**strength) < 1
        assert (method.stopping(**strength) is not None) == (method.name == "early_stopping")


def test_every_room_that_trains_has_a_row():
    """The rooms of the catalogue are the rows' rooms, and those that change nothing about a training."""
    rooms = {method.room or method.name for method in METHODS.values()} - {"none"}
    catalogue = {room.name for room in catalogue_of_rooms()}
    without = {
        "fold_batch_norm": "it makes a trained network faster, and changes no output",
        "paths": "it solves linear models, and trains no network",
        "ledger": "it tells what a training does, and changes nothing",
    }
    assert rooms | set(without) == catalogue and not rooms & set(without)


def test_what_a_row_may_change_is_told():
    fields = set(Method.__dataclass_fields__)
    assert [name for name in fields if not re.search(rf"^ +{name}\b", Method.__doc__, re.MULTILINE)] == []


def test_blocks_are_residual_and_begin_as_the_identity():
    import tinyreg

    row = Method("blocks", "blocks", "blocks", blocks=2, drop=lambda i, blocks: nn.Dropout(i / (blocks + 1)))
    network = build("mlp", row, {})
    assert [type(module).__name__ for module in network] == ["Flatten", "Linear", "ReLU", "Residual", "Residual", "Linear"]
    assert [network[i].drop.p for i in (3, 4)] == [1 / 3, 2 / 3]
    x = tinyreg.randn(3, 256)
    assert np.array_equal(network[3](x).detach().numpy(), x.numpy())
    block = Residual(nn.Identity(), nn.Identity(), nn.ReLU())
    assert np.allclose(block(x).numpy(), x.numpy() + x.numpy().clip(0))


def test_hidden_layers_become_what_a_row_says_after_their_weights_began():
    import tinyreg

    row = Method("layers", "layers", "layers", layer=lambda layer: nn.Sequential(layer))
    tinyreg.manual_seed(0)
    plain = build("lenet", METHODS["none"], {})
    tinyreg.manual_seed(0)
    network = build("lenet", row, {})
    inside = [module[0] for module in network if isinstance(module, nn.Sequential)]
    assert [type(module).__name__ for module in inside] == ["Conv2d", "Conv2d", "Linear", "Linear"]
    assert type(network[-1]).__name__ == "Linear"
    weights = (m.weight.detach().numpy() for m in plain if hasattr(m, "weight"))
    assert all(np.array_equal(w, m.weight.detach().numpy()) for w, m in zip(weights, inside))
