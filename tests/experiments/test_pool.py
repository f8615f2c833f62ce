"""Runs on several processes."""

import os

import numpy as np
import pytest

from tinyreg import backend
from tinyreg.experiments import pool

TASKS = [(n, 2) for n in range(5)]


def test_one_job_stays_in_this_process():
    assert list(pool.results(pow, TASKS, 1)) == [0, 1, 4, 9, 16]
    assert list(pool.results(_here, [(0,), (1,)], 1)) == [os.getpid()] * 2


def _here(_):
    return os.getpid()


def test_several_jobs_give_the_same_answers():
    assert sorted(pool.results(pow, TASKS, 2)) == [0, 1, 4, 9, 16]


def test_a_process_that_dies_is_told():
    with pytest.raises(RuntimeError, match="got one that died"):
        list(pool.results(os._exit, [(3,), (3,)], 2))


def test_an_error_in_a_run_is_raised():
    with pytest.raises(ZeroDivisionError):
        list(pool.results(divmod, [(1, 0), (1, 0)], 2))


def test_leaving_early_ends_the_processes():
    results = pool.results(pow, TASKS, 2)
    next(results)
    results.close()


def test_one_thread_in_a_run_and_the_old_number_after_it():
    threadpoolctl = pytest.importorskip("threadpoolctl")
    np.ones((2, 2)) @ np.ones((2, 2))

    def threads(_=None):
        return [library["num_threads"] for library in threadpoolctl.threadpool_info() if library["user_api"] == "blas"]

    before = threads()
    with threadpoolctl.threadpool_limits(2):
        assert list(pool.results(threads, [(0,)], 1)) == [[1] * len(before)]
        assert threads() == [2] * len(before)


def test_the_backend_is_put_back():
    assert list(pool.results(lambda: backend.current(), [()], 1, backend="numpy")) == ["numpy"]
    assert backend.current() == "numpy"


def test_cores():
    assert 1 <= pool.cores() <= os.cpu_count()
