"""The methods as data: every row has what a run asks of it, and changes what it says."""

import numpy as np
import pytest

from tinyreg import nn, optim
from tinyreg.experiments.methods import METHODS, grid
from tinyreg.experiments.networks import build


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
    import tinyreg

    first = {}
    for name, method in METHODS.items():
        tinyreg.manual_seed(3)
        network = build("mlp", method, method.candidates[0])
        first[name] = [module.weight.detach().numpy() for module in network if isinstance(module, nn.Linear)]
    for weights in first.values():
        assert all(np.array_equal(a, b) for a, b in zip(weights, first["none"]))


def test_candidates_fit_what_they_are_passed_to():
    model = nn.Linear(3, 2)
    for method in METHODS.values():
        for strength in method.candidates:
            optimizer = method.optimizer(model.parameters(), 0.3, **strength)
            assert optimizer.param_groups[0]["lr"] == (0.3 if isinstance(optimizer, optim.SGD) else 0.001)
            assert isinstance(optimizer, optim.Adam) == (method.name in ("adam", "adamw"))
            assert 0 <= method.smoothing(**strength) < 1
            stopping = method.stopping(**strength)
            assert (stopping is not None) == (method.name == "early_stopping")
            if method.penalty:
                assert method.penalty(model, **strength).item() > 0
            if method.proximal:
                before = model.weight.norm().item()
                method.proximal(model, 0.1, **strength)
                assert model.weight.norm().item() < before
