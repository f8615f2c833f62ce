import sys

import pytest

import tinyreg as torch


def test_threads_can_be_set():
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        assert torch.get_num_threads() == 1
        product = torch.ones(64, 64) @ torch.ones(64, 64)
        assert (product == 64).all()
    finally:
        torch.set_num_threads(before)
    assert torch.get_num_threads() == before


def test_refusals():
    with pytest.raises(RuntimeError, match="num must be at least 1, got 0"):
        torch.set_num_threads(0)
    with pytest.raises(TypeError, match="num must be an integer, got 1.5"):
        torch.set_num_threads(1.5)


def test_without_threadpoolctl(monkeypatch):
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    assert torch.get_num_threads() >= 1
    with pytest.raises(RuntimeError, match="threadpoolctl must be installed, got none; pip install threadpoolctl"):
        torch.set_num_threads(1)


def test_determinism_may_be_asked_for():
    assert not torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(True, warn_only=True)
    assert torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(False)
    assert not torch.are_deterministic_algorithms_enabled()
