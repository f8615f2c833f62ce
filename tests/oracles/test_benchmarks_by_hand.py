"""The reference of the benchmark, hand-written NumPy in float64, against PyTorch in float64 on whole networks."""

import numpy as np
import pytest

from benchmarks.checks import record
from benchmarks.libraries import load
from benchmarks.libraries.numpy_by_hand import NumPyByHand
from benchmarks.workloads import CHAINS, NETWORKS
from tests.benchmarks.libraries.test_numpy_by_hand import SMALL

pytest.importorskip("torch")

WORKLOADS = {**SMALL, **{workload.key: workload for workload in (NETWORKS[0], NETWORKS[2], *CHAINS)}}


@pytest.mark.parametrize("workload", WORKLOADS.values(), ids=list(WORKLOADS))
def test_losses_logits_updates_and_gradients(workload):
    found, expected = (record(library(2, "float64"), workload) for library in (NumPyByHand, load("pytorch")))
    assert list(found) == list(expected)
    for what, array in expected.items():
        assert found[what].shape == array.shape
        assert np.abs(found[what] - array).max() <= 1e-10 * max(1.0, np.abs(array).max()), what
