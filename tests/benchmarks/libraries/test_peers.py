"""Each installed peer computes what the hand-written reference computes, in float64, through every kind of layer.

A peer that is not installed is skipped; nothing but the benchmark needs one.
"""

import warnings

import numpy as np
import pytest

from benchmarks.checks import record
from benchmarks.libraries import MODULES, installed, load
from benchmarks.libraries.numpy_by_hand import NumPyByHand
from benchmarks.workloads import CHAINS, KERNELS, Network
from tests.benchmarks.libraries.test_numpy_by_hand import SMALL

PEERS = [name for name in MODULES if name not in ("tinyreg", "pytorch", "numpy")]
CANNOT = {("mygrad", "adam"), ("autograd", "adam"), ("dezero", "penalty")}
TOLERANCE = {"dezero": 1e-6}  # its Python numbers are float32


@pytest.fixture(params=PEERS, scope="module")
def peer(request):
    if request.param not in installed():
        pytest.skip(f"{request.param} is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what peers say when they are imported
        library = load(request.param)
    return library(1, "float64")


@pytest.mark.parametrize("network", SMALL.values(), ids=list(SMALL))
def test_networks(peer, network):
    expected, found = record(NumPyByHand(1, "float64"), network), record(peer, network)
    assert list(found) == list(expected)
    for what, array in expected.items():
        assert found[what] == pytest.approx(array, rel=1e-6, abs=TOLERANCE.get(peer.name, 1e-9)), what


@pytest.mark.parametrize("dropout", [True, False])
def test_dropout_drops_in_training_alone(peer, dropout):
    network = Network("W8", "dropout", 64, (5,), (("linear", 5, 500), ("relu",), ("dropout", 0.5), ("linear", 500, 10)), {})
    (x, y), *_ = network.batches(1)
    x, y = peer.array(x), peer.array(y)
    losses, logits = [], []
    for _ in range(2):
        trainer = peer.trainer(network, network.weights(), dropout=dropout)
        trainer.eval()
        logits.append(peer.to_numpy(trainer.infer(x)))
        trainer.train()
        trainer.step(x, y)
        losses.append(float(peer.to_numpy(trainer.step(x, y))))
    reference = NumPyByHand(1, "float64").trainer(network, network.weights(), dropout=False)
    x, y = network.batches(1)[0]
    assert np.abs(logits[0] - reference.infer(x.astype(np.float64))).max() < 1e-6 and np.array_equal(*logits)
    reference.step(x.astype(np.float64), y)
    assert (abs(losses[0] - float(reference.step(x.astype(np.float64), y))) > 1e-4) is dropout


@pytest.mark.parametrize("chain", CHAINS, ids=[chain.key for chain in CHAINS])
def test_chains(peer, chain):
    expected, found = record(NumPyByHand(1, "float64"), chain), record(peer, chain)
    for what, array in expected.items():
        assert found[what] == pytest.approx(array, rel=1e-4 if peer.name == "dezero" else 1e-9, abs=1e-12), what


@pytest.mark.parametrize("name", [kernel.name for kernel in KERNELS])
def test_kernels(peer, name):
    chance = np.random.default_rng(0)
    shapes = {"batch_norm": (4, 3, 5, 5)}
    arrays = {key: chance.standard_normal(shapes.get(name, (1003,))) for key in {"penalty": "p", "adam": "pg"}.get(name, "xg")}
    if name == "batch_norm":
        arrays |= {"weight": chance.standard_normal(3), "bias": chance.standard_normal(3)}
    if (peer.name, name) in CANNOT:
        with pytest.raises(NotImplementedError, match="it has no|its adam"):
            peer.kernel(name, arrays)
        return
    call, reference = peer.kernel(name, arrays), NumPyByHand(1, "float64").kernel(name, arrays)
    for _ in range(2):
        found, expected = [peer.to_numpy(value) for value in call()], reference()
    if name == "dropout":
        y, grad_x = found
        kept = y != 0
        assert 0.3 < kept.mean() < 0.7
        expected = 2 * arrays["x"] * kept, 2 * arrays["g"] * kept
    for a, b in zip(found, expected, strict=True):
        assert a == pytest.approx(b, rel=1e-6, abs=1e-6)
