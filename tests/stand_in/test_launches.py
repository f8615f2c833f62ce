"""What a training step asks of a GPU, counted: kernels, copies and fills by workload; no wait, and nothing from the host but the batch.

A launch costs the host 5 to 10 microseconds, so the small workloads take as long as they have launches. The numbers are
upper bounds: who needs fewer lowers them. They are close to those of CuPy itself, which takes one kernel more where a
product of matrices is split, and one more for large sums.
"""

import numpy as np
import pytest

import tinyreg
from benchmarks.libraries.tinyreg_ import Tinyreg
from benchmarks.workloads import KERNELS, NETWORKS, Kernel
from tests.optim.options import EVERY
from tests.stand_in.array import traffic
from tinyreg import nn, regularization
from tinyreg.data import DataLoader, TensorDataset

STEP = {"W1": 24, "W2": 41, "W3": 78, "W4": 85, "W5": 149}  # zero_grad, forward, loss, backward, SGD without momentum
INFERENCE = {"W1": 5, "W2": 8, "W3": 17, "W4": 19, "W5": 39}
KERNEL = {"dropout": 4, "batch_norm": 10, "penalty": 11, "adam": 1}
SHAPES = {"dropout": (8, 8), "batch_norm": (4, 3, 5, 5), "penalty": (100,), "adam": (100,)}
WARM = 2  # steps before anything is counted: state is made, columns are numbered
pytestmark = pytest.mark.parametrize("device", ["stand-in"], indirect=True)


@pytest.fixture
def library(device):
    """tinyreg on the device, as the benchmark drives it."""
    return Tinyreg(1, "float32", "cuda")


def counted(call):
    """How many launches a call needs; it must neither wait nor fetch."""
    for _ in range(WARM):
        call()
    traffic.forget()
    call()
    assert not traffic.waits and not traffic.uploads, [*traffic.waits, *traffic.uploads]
    return traffic.launches


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.key)
def test_a_network(library, network):
    trainer = library.trainer(network, network.weights())
    ((x, y),) = network.batches(1)
    x, y = library.array(x[:8]), library.array(y[:8])
    trainer.train()
    assert 0 < counted(lambda: trainer.step(x, y)) <= STEP[network.key]
    trainer.eval()
    assert 0 < counted(lambda: trainer.infer(x)) <= INFERENCE[network.key]


@pytest.mark.parametrize("name", KERNEL)
def test_a_large_operation(library, name):
    arrays = Kernel("", "", name, SHAPES[name], {}).arrays()
    assert 0 < counted(library.kernel(name, arrays)) <= KERNEL[name]


def test_every_large_operation_is_here(device):
    assert KERNEL.keys() == SHAPES.keys() == {workload.name for workload in KERNELS}


@pytest.mark.parametrize("name", sorted(EVERY))
def test_an_optimizer_takes_one_launch_a_parameter(device, name):
    parameters = [tinyreg.ones(3, 2).requires_grad_(), tinyreg.ones(5).requires_grad_()]
    optimizer = getattr(tinyreg.optim, name)(parameters, lr=0.01, weight_decay=0.1)
    for p in parameters:
        p.grad = tinyreg.ones(*p.shape)
    assert counted(optimizer.step) == len(parameters) * (2 if name == "AdamW" else 1)  # AdamW's decay is a step of its own


def test_only_the_batch_comes_from_the_host(device):
    """Two arrays a batch; penalties, clipping, smoothing and averages bring nothing and wait for nothing."""
    rng = np.random.default_rng(0)
    images, labels = rng.standard_normal((24, 6)).astype("float32"), rng.integers(0, 3, 24)
    tinyreg.use_backend("numpy")
    loader = DataLoader(TensorDataset(tinyreg.tensor(images), tinyreg.tensor(labels)), 8)
    tinyreg.use_backend("cupy")
    model = nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Dropout(0.3), nn.Linear(5, 3))
    optimizer = tinyreg.optim.Adam(model.parameters(), weight_decay=1e-3)
    average = regularization.AveragedModel(model, multi_avg_fn=regularization.get_ema_multi_avg_fn(0.9))
    loss = nn.CrossEntropyLoss(label_smoothing=0.1)

    def epoch():
        for x, y in loader:
            optimizer.zero_grad()
            x, y = x.to("cuda"), y.to("cuda")
            value = loss(model(x), y)
            value = value + regularization.l2_penalty(model, 1e-3) + regularization.l1_penalty(model, 1e-4)
            value.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            average.update_parameters(model)

    epoch()
    traffic.forget()
    epoch()
    assert not traffic.waits
    assert len(traffic.uploads) == 2 * len(loader)


def test_a_fused_function_is_one_launch_and_names_itself(device):
    from tinyreg.regularization.batch_norm import _coefficients

    ones = device.library.ones(3, dtype="float32")
    traffic.forget()
    traffic.names = []
    try:
        _coefficients(ones, ones, None, ones, 1e-5)
        assert [name for name, _ in traffic.names] == ["_coefficients"] and "backend.py" in traffic.names[0][1]
    finally:
        traffic.names = None
