"""Runs on several processes."""

import os
import subprocess
import sys
import time
from pathlib import Path

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


@pytest.mark.skipif(sys.platform == "win32", reason="a process is killed")
def test_the_processes_end_with_the_first_one(tmp_path):
    """Whoever kills the first process alone leaves nobody behind who waits for a task."""
    program = (
        "import os, sys\n"
        "from tinyreg.experiments import pool\n"
        "if __name__ == '__main__':\n"
        "    for number in pool.results(os.getpid, [()] * 4, 2):\n"
        "        print(number, flush=True)\n"
        "    list(pool.results(__import__('time').sleep, [(0.1,), (600,), (600,)], 2))\n"
    )
    (tmp_path / "killed.py").write_text(program)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    first = subprocess.Popen([sys.executable, str(tmp_path / "killed.py")], stdout=subprocess.PIPE, text=True, env=environment)
    for _ in range(4):
        first.stdout.readline()
    time.sleep(1.5)  # two others have been started, and one of them sleeps
    first.kill()
    start = time.monotonic()
    first.communicate(timeout=60)  # ends when nobody holds the pipe any more
    assert time.monotonic() - start < 30


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
