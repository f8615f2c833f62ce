"""Devices: where tinyreg does not do what PyTorch does."""

import pytest

import tinyreg


def test_other_devices():
    for move in (lambda: tinyreg.ones(1, device="cuda"), lambda: tinyreg.ones(1).cuda(), lambda: tinyreg.nn.Linear(1, 1).to("cuda:0")):
        with pytest.raises(RuntimeError, match=r"must be 'cpu' while the backend is 'numpy', got 'cuda(:0)?'; call tinyreg.use_backend"):
            move()


def test_other_devices_in_pytorch(torch):
    """Tensors of several devices live side by side; "meta" is one that every machine has."""
    assert torch.ones(1, device="meta").device != torch.ones(1).device
    if not torch.cuda.is_available():
        with pytest.raises((AssertionError, RuntimeError)):
            torch.ones(1).cuda()


def test_names_of_devices():
    for name in ("mps", "meta", "xpu"):
        with pytest.raises(RuntimeError, match=f"must be 'cpu', 'cuda' or 'cuda:<index>', got '{name}'"):
            tinyreg.device(name)


def test_names_of_devices_in_pytorch(torch):
    assert [torch.device(name).type for name in ("mps", "meta", "xpu")] == ["mps", "meta", "xpu"]


def equalities(t):
    return t.device("cuda") == t.device("cuda:0"), t.device("cpu") == "cpu"


def test_equality_of_devices():
    assert equalities(tinyreg) == (True, True)


def test_equality_of_devices_in_pytorch(torch):
    assert equalities(torch) == (False, False)


def test_the_backend():
    assert tinyreg.backend.current() == "numpy" and tinyreg.use_backend("numpy") is None and not tinyreg.cuda.is_available()


def test_the_backend_in_pytorch(torch):
    assert not hasattr(torch, "use_backend")


def test_pinned_memory():
    x = tinyreg.ones(1)
    assert x.pin_memory() is x


def test_pinned_memory_in_pytorch(torch):
    if torch.cuda.is_available():
        assert torch.ones(1).pin_memory().is_pinned()
    else:
        with pytest.raises(RuntimeError):
            torch.ones(1).pin_memory()


def test_waiting_for_a_gpu_that_is_not_there():
    assert tinyreg.cuda.synchronize() is None


def test_waiting_for_a_gpu_that_is_not_there_in_pytorch(torch):
    if torch.cuda.is_available():
        pytest.skip("there is a GPU for PyTorch here")
    with pytest.raises((AssertionError, RuntimeError)):
        torch.cuda.synchronize()


def test_deterministic_convolutions():
    assert tinyreg.backends.cudnn.deterministic and not tinyreg.backends.cudnn.benchmark


def test_deterministic_convolutions_in_pytorch(torch):
    assert not torch.backends.cudnn.deterministic


def written_twice(t, write):
    """What is left where two numbers are written to one place, in deterministic mode."""
    t.use_deterministic_algorithms(True)
    try:
        x = t.zeros(3)
        write(x, t.tensor([1, 1]), t.tensor([5.0, 5.0]))
        return x.tolist()
    finally:
        t.use_deterministic_algorithms(False)


def test_deterministic_algorithms():
    assert written_twice(tinyreg, tinyreg.Tensor.__setitem__) == [0, 5, 0]


def test_deterministic_algorithms_in_pytorch(torch):
    with pytest.raises(RuntimeError, match="deterministic"):
        written_twice(torch, torch.Tensor.put_)


def loss_of_a_label_out_of_range(t):
    return t.nn.functional.cross_entropy(t.zeros(2, 3), t.tensor([0, 7]))


def taken_out_of_range(t):
    return t.zeros(3)[t.tensor([0, 4])]


def test_values_out_of_range_on_a_gpu(device):
    for compute, words in ((loss_of_a_label_out_of_range, "got 7 at index"), (taken_out_of_range, "got 4 for")):
        with device.never_waits():
            y = compute(tinyreg)
        with pytest.raises(IndexError, match=words):
            y.tolist()


def test_values_out_of_range_on_a_gpu_in_pytorch(torch):
    """On the CPU they are told at once; what the assertion of a GPU ends is the whole process, this one too."""
    for compute in (loss_of_a_label_out_of_range, taken_out_of_range):
        with pytest.raises(IndexError, match="out of"):
            compute(torch)
