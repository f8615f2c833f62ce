"""tinyreg's side: what is told of it, and how a GPU's time is taken."""

import sys
from types import SimpleNamespace

import pytest

import tinyreg
from benchmarks.libraries.tinyreg_ import Tinyreg
from benchmarks.workloads import WORKLOADS, Kernel


class Event:
    """An event of a device whose every event is 3 ms after the last."""

    made = []

    def record(self):
        Event.made.append(self)

    def synchronize(self):
        self.waited = True


def test_its_settings_are_told():
    with tinyreg.use_thread_pool(2):
        assert Tinyreg(2).settings() == {"backend": "numpy", "threads of the pool": 2}
    assert Tinyreg(2).version() == tinyreg.__version__ and Tinyreg(2).hardware() is None


def test_arrays_have_the_dtype_of_the_measurement():
    (x, y), *_ = WORKLOADS["W1"].batches(1)
    assert [Tinyreg(1, dtype).array(x).dtype for dtype in ("float32", "float64")] == [tinyreg.float32, tinyreg.float64]
    assert Tinyreg(1, "float64").array(y).dtype == tinyreg.int64


def test_on_a_gpu_time_lies_between_events(monkeypatch):
    elapsed = lambda begin, end: 3.0 * (Event.made.index(end) - Event.made.index(begin))  # noqa: E731
    monkeypatch.setitem(sys.modules, "cupy", SimpleNamespace(cuda=SimpleNamespace(Event=Event, get_elapsed_time=elapsed)))
    monkeypatch.setattr(Event, "made", [])
    library, calls = Tinyreg(1), []
    library.device = "cuda"
    assert library.seconds(lambda: calls.append(len(Event.made)), 4) == pytest.approx([0.003] * 4)
    assert calls == [1, 2, 3, 4] and Event.made[-1].waited, "one event before each call, and one wait at the end"


def test_a_kernel_changes_none_of_the_arrays_that_it_was_given():
    kernel = Kernel("W7-small", "small", "adam", (100,), {})
    arrays = kernel.arrays()
    before = arrays["p"].copy()
    step = Tinyreg(1).kernel("adam", arrays)
    (p,) = step()
    assert (arrays["p"] == before).all() and (p.detach().numpy() != before).all()


def test_a_kernel_begins_anew_with_each_call():
    arrays = Kernel("W7-small", "small", "penalty", (100,), {}).arrays()
    call = Tinyreg(1).kernel("penalty", arrays)
    first = [value.detach().numpy().copy() for value in call()]
    assert all((a == b.detach().numpy()).all() for a, b in zip(first, call(), strict=True)), "no gradient is added to the last one"


def test_a_chain_begins_anew_with_each_call():
    call = Tinyreg(1).chain(WORKLOADS["W6-tensors"], 8)
    first = [value.detach().numpy().copy() for value in call()]
    assert len(first) == 3 and all((a == b.detach().numpy()).all() for a, b in zip(first, call(), strict=True))


def test_dropout_is_left_out_for_the_check_alone():
    network = WORKLOADS["W2"]
    kinds = [[type(layer).__name__ for layer in Tinyreg(1).trainer(network, network.weights(), dropout).model] for dropout in (True, False)]
    assert kinds[0].count("Dropout") == 2 and "Dropout" not in kinds[1] and kinds[1].count("Linear") == 3
