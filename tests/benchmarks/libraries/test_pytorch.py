"""PyTorch's side computes what the reference computes, and is measured at its best."""

import pytest

pytest.importorskip("torch")

import torch

from benchmarks.checks import compare, record
from benchmarks.libraries.numpy_by_hand import NumPyByHand
from benchmarks.libraries.pytorch import PyTorch
from benchmarks.workloads import WORKLOADS, Kernel

WORK = [
    WORKLOADS["W1"],
    WORKLOADS["W3"],
    WORKLOADS["W6-functions"],
    Kernel("W7-small", "small", "dropout", (2048, 2048), {}),
    Kernel("W7-small", "small", "batch_norm", (8, 4, 6, 6), {}),
    Kernel("W7-small", "small", "penalty", (1000,), {}),
    Kernel("W7-small", "small", "adam", (1000,), {}),
]


@pytest.fixture(autouse=True)
def threads_and_seed():
    before = torch.get_num_threads()
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("workload", WORK, ids=lambda workload: getattr(workload, "name", workload.key))
def test_it_computes_what_the_reference_computes(workload):
    assert compare(workload, record(PyTorch(1), workload), record(NumPyByHand(1, "float64"), workload))


def test_it_has_its_threads_and_its_fastest_adam():
    assert PyTorch(1).settings() == {"threads": 1, "mode": "eager", "Adam": "fused=True"}
    assert torch.get_num_threads() == 1


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU is there")
def test_without_a_gpu_it_says_so():
    with pytest.raises(RuntimeError, match="^PyTorch: a CUDA device and a PyTorch built for it must be there, got none"):
        PyTorch(1, device="cuda")


def test_on_a_gpu_time_lies_between_events(monkeypatch):
    recorded, waits = [], []

    class Event:
        def __init__(self, enable_timing):
            assert enable_timing

        def record(self):
            recorded.append(self)

        def elapsed_time(self, end):
            return 2.0 * (recorded.index(end) - recorded.index(self))

    monkeypatch.setattr(torch.cuda, "Event", Event)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: waits.append(len(recorded)))
    library, calls = PyTorch(1), []
    library.device = "cuda"
    assert library.seconds(lambda: calls.append(len(recorded)), 3) == pytest.approx([0.002] * 3)
    assert calls == [1, 2, 3] and waits == [4]
