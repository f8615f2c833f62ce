"""The neutral data that every library is built from."""

import math

import numpy as np
import pytest

from benchmarks.workloads import CHAINS, CLASSES, GPU_GOALS, KERNELS, NETWORKS, NO_BAR, WORKLOADS, Bar


def walk(network):
    """The shape of one example after each layer."""
    shape = network.shape
    for kind, *sizes in network.layers:
        if kind == "linear":
            assert shape == (sizes[0],), network.key
            shape = (sizes[1],)
        elif kind == "conv":
            inputs, outputs, side, padding = sizes
            assert shape[0] == inputs, network.key
            shape = (outputs, *(length + 2 * padding - side + 1 for length in shape[1:]))
        elif kind == "batch_norm":
            assert shape[0] == sizes[0], network.key
        elif kind == "pool":
            shape = (shape[0], *(length // sizes[0] for length in shape[1:]))
        elif kind == "flatten":
            shape = (math.prod(shape),)
        yield shape


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.key)
def test_layers_fit_into_each_other(network):
    assert list(walk(network))[-1] == (CLASSES,)


@pytest.mark.parametrize(
    ("key", "parameters"),
    [
        ("W1", 784 * 256 + 256 + 2570),
        ("W2", 785 * 1024 + 1025 * 1024 + 10250),
        ("W3", 78500 + 2 * 10100 + 3 * 200 + 1010),
        ("W4", 520 + 40 + 25050 + 100 + 400500 + 5010),
        ("W5", 896 + 9248 + 18496 + 36928 + 2 * 192 + 1048832 + 2570),
    ],
)
def test_networks_are_those_of_the_table(key, parameters):
    assert sum(weight.size for weight in WORKLOADS[key].weights()) == parameters


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.key)
def test_weights_and_batches_are_the_same_each_time(network):
    first, again = network.weights(), network.weights()
    assert all((a == b).all() and a.dtype == np.float32 for a, b in zip(first, again, strict=True))
    batches = network.batches()
    assert len(batches) == 4 and all(x.shape == (network.batch, *network.shape) and x.dtype == np.float32 for x, _ in batches)
    assert all(y.shape == (network.batch,) and y.dtype == np.int64 and 0 <= y.min() and y.max() < CLASSES for _, y in batches)
    assert (batches[0][0] == network.batches(1)[0][0]).all() and not (batches[0][0] == batches[1][0]).any()


def test_no_weight_of_batch_norm_is_one_that_can_be_forgotten():
    scale, shift = WORKLOADS["W3"].weights()[2:4]
    assert scale.shape == shift.shape == (100,) and np.ptp(scale) > 0.5 and np.ptp(shift) > 0.5


@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: chain.key)
def test_lengths_are_whole_rounds(chain):
    assert all(int(case.replace(",", "")) % len(chain.operations) == 0 for case in chain.cases)


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("dropout", {"x": (4096, 4096), "g": (4096, 4096)}),
        ("batch_norm", {"x": (64, 64, 32, 32), "g": (64, 64, 32, 32), "weight": (64,), "bias": (64,)}),
        ("penalty", {"p": (10_000_000,)}),
        ("adam", {"p": (10_000_000,), "g": (10_000_000,)}),
    ],
)
def test_kernels_have_their_arrays(name, shapes):
    kernel = next(kernel for kernel in KERNELS if kernel.name == name)
    arrays = kernel.arrays()
    assert {key: array.shape for key, array in arrays.items()} == shapes
    assert all(array.dtype == np.float32 and (array != 0).all() for array in arrays.values())
    assert len({array.ravel()[0] for array in arrays.values()}) == len(arrays)


def test_every_case_has_its_bar():
    assert all(set(workload.bars) == set(workload.cases) for workload in WORKLOADS.values())
    assert {case: bar.floor for case, bar in WORKLOADS["W5"].bars.items()} == {"train": 2.7, "infer": 2.0}
    held = {key: workload for key, workload in WORKLOADS.items() if NO_BAR not in workload.bars.values()}
    assert set(WORKLOADS) - set(held) == {"W6-tensors", "W6-functions"}  # shown for what operands cost
    assert all(bar.goal < bar.floor_with(pool) for workload in held.values() for bar in workload.bars.values() for pool in (False, True))
    assert set(GPU_GOALS) == set(WORKLOADS) - {chain.key for chain in CHAINS}


def test_the_pool_has_a_floor_of_its_own_where_one_is_set():
    assert [Bar(2.7, 1.5, 2.1).floor_with(pool) for pool in (False, True)] == [2.7, 2.1]
    assert [Bar(0.5, 0.4).floor_with(pool) for pool in (False, True)] == [0.5, 0.5]
