"""Names of devices, and arrays on their way from one to another; a second library stands in for CuPy."""

import types

import numpy as np
import pytest

import tinyreg as torch
from tests.stand_in.array import ndarray as Array
from tests.stand_in.library import library
from tinyreg import backend


@pytest.fixture
def gpu(monkeypatch):
    """The stand-in for CuPy, switched on as the backend; it counts how often it is asked to wait and to free memory."""
    monkeypatch.setattr(backend, "_libraries", dict(backend._libraries))
    monkeypatch.setattr(backend, "_array_modules", dict(backend._array_modules))
    monkeypatch.setattr(backend, "_put_off", [])  # what waits for a look waits no longer
    asked = types.SimpleNamespace(waited=0, freed=0)

    def wait():
        asked.waited += 1

    def free():
        asked.freed += 1

    monkeypatch.setattr(library, "get_default_memory_pool", lambda: types.SimpleNamespace(free_all_blocks=free))
    monkeypatch.setattr(library.cuda.runtime, "getDeviceCount", lambda: 2)
    monkeypatch.setattr(library.cuda.runtime, "deviceSynchronize", wait)
    backend.register("cupy", library)
    torch.use_backend("cupy")
    return asked


def test_names():
    assert str(torch.device("cuda:1")) == "cuda:1" and str(torch.device("cpu")) == "cpu"
    assert torch.device("cuda", 1) == "cuda:1" == torch.device(torch.device("cuda:1")) and torch.device("cuda") == "cuda:0"
    assert torch.device("cpu") != "cuda" and torch.device("cpu") != 3
    assert len({torch.device("cuda"), torch.device("cuda:0"), torch.device("cpu")}) == 2
    assert repr(torch.device("cuda:1")) == "device(type='cuda', index=1)" and repr(torch.device("cpu")) == "device(type='cpu')"


@pytest.mark.parametrize("name", ["gpu", "cuda:x", "cpu0", ""])
def test_other_names_are_refused(name):
    with pytest.raises(RuntimeError, match=f"must be 'cpu', 'cuda' or 'cuda:<index>', got '{name}'"):
        torch.device(name)


def test_numpy_has_no_gpu():
    assert not torch.cuda.is_available() and torch.cuda.device_count() == 0
    torch.cuda.synchronize()
    torch.cuda.empty_cache()
    torch.cuda.manual_seed_all(3)
    assert torch.initial_seed() == 3
    with pytest.raises(RuntimeError, match="must be 'cpu' while the backend is 'numpy', got 'cuda'; .*use_backend.'cupy'"):
        torch.nn.Linear(1, 1).cuda()


def test_switches_that_seeding_recipes_set_may_be_set(monkeypatch):
    import tinyreg.backends.cudnn as cudnn

    assert cudnn is torch.backends.cudnn and not cudnn.is_available() and cudnn.version() is None
    for name, value in (("deterministic", True), ("benchmark", False), ("enabled", False), ("allow_tf32", True)):
        assert hasattr(cudnn, name)
        monkeypatch.setattr(cudnn, name, value)
    monkeypatch.setattr(torch.backends.cuda.matmul, "allow_tf32", True)
    assert not torch.backends.mps.is_available() and not torch.backends.mps.is_built()


def test_the_accelerator_is_none_on_numpy():
    assert not torch.accelerator.is_available() and torch.accelerator.current_accelerator() is None
    assert torch.accelerator.device_count() == 0 and torch.get_default_device() == "cpu"
    torch.set_default_device("cpu")
    torch.set_default_device(None)
    with pytest.raises(RuntimeError, match="must be 'cpu' while the backend is 'numpy', got 'cuda:0'"):
        torch.set_default_device("cuda:0")


def test_the_accelerator_is_the_gpu(gpu):
    assert torch.accelerator.is_available() and torch.accelerator.current_accelerator().type == "cuda"
    assert torch.accelerator.device_count() == 2 and torch.get_default_device() == "cuda"
    torch.set_default_device(torch.device("cuda"))


def test_what_a_gpu_says_of_itself(gpu):
    assert torch.cuda.is_available() and torch.cuda.device_count() == 2
    torch.cuda.synchronize()
    torch.cuda.empty_cache()
    assert gpu.waited == 1 and gpu.freed == 1


def test_tensors_cross_with_their_gradients(gpu):
    host = torch.from_numpy(np.ones(2)).cpu()
    assert type(host.array) is np.ndarray and host.device == "cpu" and not host.is_cuda and host.pin_memory() is host
    x = host.requires_grad_()
    y = x.cuda()
    assert type(y.array) is Array and y.device == "cuda:0" and y.is_cuda and y.cuda() is y and y.to("cuda") is y
    y.backward(torch.as_tensor([2.0, 3.0], dtype=torch.float64))
    assert type(x.grad.array) is np.ndarray and x.grad.tolist() == [2, 3]
    z = torch.as_tensor([1.0, 2.0]).requires_grad_()
    back = z.cpu()
    back.backward(host.detach().float())
    assert type(back.array) is np.ndarray and type(z.grad.array) is Array and z.grad.tolist() == [1, 1]


def test_to_another_tensor_takes_dtype_and_device(gpu):
    here = torch.as_tensor([1.0])
    there = torch.from_numpy(np.ones(1)).cpu()
    moved = here.to(there)
    assert type(moved.array) is np.ndarray and moved.dtype == torch.float64


def test_new_tensors_are_born_on_the_gpu_alone(gpu):
    assert torch.as_tensor([1.0], device="cuda").device == "cuda"
    with pytest.raises(RuntimeError, match="must be 'cuda' while the backend is 'cupy', got 'cpu'; .*use_backend.'numpy'"):
        torch.zeros(2, device="cpu")


def test_modules_move_in_place(gpu):
    layer = torch.nn.Identity()
    layer.register_buffer("seen", torch.as_tensor([1.0]))
    assert layer.cpu() is layer and type(layer.seen.array) is np.ndarray
    assert type(layer.cuda().seen.array) is Array and type(layer.to("cpu").seen.array) is np.ndarray
