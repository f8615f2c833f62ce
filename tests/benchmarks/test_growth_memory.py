"""Memory of training is linear in depth and does not grow with the steps: bytes and objects, counted."""

import gc

import pytest

from benchmarks.growth import peak
from benchmarks.growth.depth import NETWORKS, OPTIMIZERS, bytes_a_layer, peaks
from benchmarks.growth.fresh import call
from benchmarks.growth.memory import MIB
from benchmarks.growth.steps import Training, alive, trained


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("kind", NETWORKS)
def test_every_layer_adds_the_same_bytes_to_a_step(kind, optimizer):
    spent = call(peaks, kind=kind, optimizer=optimizer, depths=(4, 8, 16))  # a process that nobody else allocates in
    first, second = bytes_a_layer({depth: of["peak"] for depth, of in spent.items()})
    assert second == pytest.approx(first, rel=0.01) and first > 2**18
    assert max(of["left"] for of in spent.values()) < 2**14, "an output of a layer that stays is 2**17 bytes or more"


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_training_leaves_nothing_behind(optimizer):
    parts = list(call(trained, optimizer=optimizer, steps=132, warm=66, parts=2).values())  # a process that nobody else watches
    for kind in ("tensors", "operations", "objects"):
        assert parts[2][kind] == parts[1][kind], kind
    assert parts[1]["operations"] == 0 and parts[1]["tensors"] > 20
    assert [part["cycles"] for part in parts[1:]] == [0, 0], "freed by counting references, not by the collector"


def test_a_tensor_that_stays_is_counted():
    training = Training("Adam", examples=64)
    training.run(3)
    before = alive()
    kept = training.loss(training.model(training.t.zeros(2, 1, 8, 8)), training.t.zeros(2, dtype=training.t.int64))
    after = alive()
    assert after["tensors"] == before["tensors"] + 1 and after["operations"] > 5 and kept.item() > 0
    gc.collect()


def test_w5_keeps_what_backward_needs_and_little_more():
    """Outputs of convolutions and of batch norms; unfolded images that were kept would be nine times as much."""
    places = peak.places()
    kept = sum(size for _, size, _ in places["alive"])
    assert 20 * MIB < kept <= places["after forward"] < 40 * MIB
    assert places["peak of backward"] < 1.5 * places["after forward"]
    assert places["peak of forward"] < 1.5 * places["after forward"]
