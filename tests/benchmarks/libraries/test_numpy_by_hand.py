"""The hand-written networks: their gradients by differences, in float64, through every kind of layer that W1 to W5 have."""

import numpy as np
import pytest

from benchmarks.checks import compare, record
from benchmarks.libraries.numpy_by_hand import NumPyByHand, in_order
from benchmarks.workloads import LEARNING_RATE, NETWORKS, Network


def small(layers, shape, weight_decay=0.0):
    return Network("W8", "a small network", 6, shape, layers, {}, weight_decay)


SMALL = {
    "relu": small((("linear", 5, 8), ("relu",), ("linear", 8, 10)), (5,)),
    "decay": small((("linear", 5, 8), ("relu",), ("linear", 8, 10)), (5,), weight_decay=0.3),
    "dropout": small((("linear", 5, 12), ("relu",), ("dropout", 0.25), ("linear", 12, 10)), (5,)),
    "batch norm": small((("linear", 5, 7), ("batch_norm", 7), ("sigmoid",), ("linear", 7, 10)), (5,)),
    "lenet": small(
        (
            *(("conv", 1, 3, 3, 0), ("batch_norm", 3), ("relu",), ("pool", 2)),
            *(("conv", 3, 4, 3, 0), ("batch_norm", 4), ("relu",), ("pool", 2)),
            *(("flatten",), ("dropout", 0.5), ("linear", 16, 9), ("relu",), ("linear", 9, 10)),
        ),
        (1, 14, 14),
    ),
    "vgg": small(
        (
            *(("conv", 3, 4, 3, 1), ("batch_norm", 4), ("relu",), ("conv", 4, 3, 3, 1), ("batch_norm", 3), ("relu",), ("pool", 2)),
            *(("flatten",), ("linear", 48, 6), ("relu",), ("linear", 6, 10)),
        ),
        (3, 8, 8),
    ),
}
BY_NAME = pytest.mark.parametrize("network", SMALL.values(), ids=list(SMALL))
library = NumPyByHand(1, "float64")


def loss(network, weights, x, y):
    trainer = library.trainer(network, weights)
    trainer.train()
    return float(trainer.step(x, y))


@BY_NAME
def test_gradients_by_differences(network):
    (x, y), *_ = network.batches(1)
    x = library.array(x)
    weights = [weight.astype(np.float64) for weight in network.weights()]
    trainer = library.trainer(network, weights)
    trainer.step(x, y)
    chance, step = np.random.default_rng(0), 1e-6
    for i, after in enumerate(trainer.weights()):
        gradient = (weights[i] - after) / LEARNING_RATE - network.weight_decay * weights[i]
        along = chance.standard_normal(weights[i].shape)
        sides = [weights[:i] + [weights[i] + sign * step * along] + weights[i + 1 :] for sign in (1, -1)]
        difference = (loss(network, sides[0], x, y) - loss(network, sides[1], x, y)) / (2 * step)
        assert (gradient * along).sum() == pytest.approx(difference, rel=1e-5, abs=1e-8), f"weights {i} of {weights[i].shape}"


def test_a_step_by_hand():
    """Weights of 0: all classes are equally likely, so the gradient of the bias is 1/10 - the share of the class."""
    network = small((("linear", 2, 10),), (2,))
    trainer = library.trainer(network, [np.zeros((10, 2)), np.zeros(10)])
    x, y = np.ones((4, 2)), np.array([0, 0, 1, 3])
    assert trainer.step(x, y) == pytest.approx(np.log(10))
    weight, bias = trainer.weights()
    assert bias == pytest.approx(-LEARNING_RATE * (0.1 - np.bincount(y, minlength=10) / 4))
    assert weight == pytest.approx(np.stack([bias, bias], axis=1))


def test_inference_drops_nothing_and_repeats():
    network = SMALL["lenet"]
    (x, y), (other, _) = network.batches(2)
    trainer, without = (library.trainer(network, network.weights(), dropout=dropout) for dropout in (True, False))
    before = trainer.infer(library.array(x))
    kept = before.copy()
    trainer.infer(library.array(other))
    assert np.array_equal(before, kept)  # the next call does not write into what this one returned
    assert np.array_equal(without.infer(library.array(x)), before)


def test_the_data_is_not_written():
    for network in SMALL.values():
        (x, y), *_ = network.batches(1)
        x = library.array(x)
        kept = x.copy(), y.copy()
        trainer = library.trainer(network, network.weights())
        trainer.step(x, y)
        trainer.infer(x)
        assert np.array_equal(x, kept[0]) and np.array_equal(y, kept[1])


def test_weights_are_copied():
    network = SMALL["vgg"]
    weights = network.weights()
    kept = [weight.copy() for weight in weights]
    trainer = library.trainer(network, weights)
    returned = trainer.weights()
    assert all(np.array_equal(a, b) and a.shape == b.shape for a, b in zip(returned, kept, strict=True))
    (x, y), *_ = network.batches(1)
    trainer.step(library.array(x), y)
    assert all(np.array_equal(a, b) for a, b in zip(weights, kept))
    assert all(np.array_equal(a, b) for a, b in zip(returned, kept))


@BY_NAME
def test_float32_stays_float32_and_agrees(network):
    single = NumPyByHand(1, "float32")
    trainer = single.trainer(network, network.weights())
    (x, y), *_ = network.batches(1)
    assert trainer.step(single.array(x), y).dtype == trainer.infer(single.array(x)).dtype == np.float32
    assert {weight.dtype.name for weight in trainer.weights()} == {"float32"}
    compare(network, record(single, network), record(library, network))


@pytest.mark.parametrize("network", NETWORKS, ids=[network.key for network in NETWORKS])
def test_the_networks_of_the_workloads_are_written(network):
    trainer = library.trainer(network, network.weights())
    assert [weight.shape for weight in trainer.weights()] == [weight.shape for weight in network.weights()]


def test_a_relu_is_computed_behind_the_pool():
    layers = (("conv", 1, 2, 3, 0), ("relu",), ("pool", 2), ("dropout", 0.5), ("linear", 2, 10))
    assert [kind for kind, *_ in in_order(layers, dropout=False)] == ["conv", "pool", "relu", "linear"]


@pytest.mark.parametrize("kinds", [("pool", "dropout"), ("sigmoid", "dropout"), ("pool", "sigmoid"), ("relu", "sigmoid")])
def test_what_would_be_overwritten_is_refused(kinds):
    with pytest.raises(NotImplementedError, match=f"{kinds[1]} behind {kinds[0]}"):
        in_order([(kind, 2) for kind in kinds], dropout=True)
