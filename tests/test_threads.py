import sys
import threading

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


def test_whichever_thread_sets_them():
    before = torch.get_num_threads()
    try:
        for num in (2, 1, 2):  # threadpoolctl would heed the first thread that has asked, and no other
            thread = threading.Thread(target=torch.set_num_threads, args=(num,))
            thread.start()
            thread.join()
            assert torch.get_num_threads() == num
            torch.set_num_threads(3 - num)
            assert torch.get_num_threads() == 3 - num
    finally:
        torch.set_num_threads(before)


def test_others_who_limit_blas_are_no_obstacle_and_meet_none():
    limits = pytest.importorskip("threadpoolctl").threadpool_limits
    before, found = torch.get_num_threads(), []

    def in_a_thread(work):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()

    def limited():
        with limits(1):
            found.append(torch.get_num_threads())

    try:
        with limits(1):
            in_a_thread(lambda: torch.set_num_threads(2))
            assert torch.get_num_threads() == 2
        torch.set_num_threads(2)
        in_a_thread(limited)
        assert (found, torch.get_num_threads()) == ([1], 2)
    finally:
        torch.set_num_threads(before)


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
