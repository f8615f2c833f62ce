"""Processes that share the cores."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests.selection import trainings
from tinyreg.selection import cross_val_score, processes
from tinyreg.selection.processes import PATIENCE, Processes, cores, limit_blas

ROOT = Path(__file__).parents[2]
X, Y = np.zeros((4, 1)), np.zeros(4)


def scores(executor, estimator):
    return cross_val_score(estimator, X, Y, cv=2, executor=executor).tolist()


def test_they_are_others_and_share_the_cores():
    pytest.importorskip("threadpoolctl")
    with processes(2) as executor:
        share = max(1, cores() // 2)
        assert scores(executor, trainings.threads) == [share + 1000 * share] * 2
        assert os.getpid() not in scores(executor, trainings.process)
        running = list(executor._processes.values())
    assert not any(process.is_alive() for process in running)


def test_threads_can_be_said():
    with processes(1, threads=3) as executor:
        assert executor.submit(trainings.threads, None, None).result() == 3 + 3000


def test_one_a_core():
    with processes() as executor:
        assert executor._max_workers == cores()


def test_leaving_by_an_exception_ends_them_at_once():
    begun = time.monotonic()
    with pytest.raises(KeyError), processes(1) as executor:
        future = executor.submit(time.sleep, 60)
        while not future.running():
            time.sleep(0.01)
        running = list(executor._processes.values())
        raise KeyError
    while any(process.is_alive() for process in running):  # a moment: the executor's own thread takes note of it, too
        assert time.monotonic() - begun < 30
        time.sleep(0.01)


def test_leaving_while_cancelled_work_waits_to_be_sent_does_not_hang():
    """Futures that somebody has cancelled, and work that is larger than a pipe holds (64 KiB): the executor's thread lives."""
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt), processes(1, threads=1) as executor:
            futures = [executor.submit(len, bytes(200_000)) for _ in range(20)]
            futures[0].result()
            manager = executor._executor_manager_thread
            for future in futures:
                future.cancel()
            raise KeyboardInterrupt
        manager.join(20)
        assert not manager.is_alive() and not [thread for thread in threading.enumerate() if thread.name == "QueueFeederThread"]


def test_leaving_after_a_death_waits_for_nobody():
    """The executor's thread ends with the process that died: it forgets nothing any more."""
    executor = processes(1)
    with pytest.raises(BrokenExecutor):
        executor.submit(os._exit, 3).result()
    begun = time.monotonic()
    executor.end()
    assert time.monotonic() - begun < PATIENCE / 2


def test_they_begin_on_the_backend_that_was_named():
    from tinyreg import backend

    with Processes(1, 1, "numpy") as executor:
        assert executor.submit(backend.current).result() == "numpy"


def test_a_process_that_dies_is_told():
    with (
        processes(1) as executor,
        pytest.raises(RuntimeError, match="cross_val_score: every process must live, got one that died .* is memory"),
    ):
        scores(executor, trainings.dies)


@pytest.mark.skipif(sys.platform == "win32", reason="a process is killed")
def test_they_ignore_ctrl_c_and_end_with_the_first_one(tmp_path):
    program = (
        "import os, sys, time\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from tinyreg.selection import processes\n"
        "if __name__ == '__main__':\n"
        "    executor = processes(1)\n"
        "    begun = ThreadPoolExecutor(1).submit(executor.submit, os.getpid).result()\n"  # a thread cannot ignore it for them
        "    print(begun.result(), flush=True)\n"
        "    sys.stdin.readline()\n"
        "    print(executor.submit(os.getpid).result(), flush=True)\n"
        "    executor.submit(time.sleep, 600)\n"
        "    time.sleep(600)\n"
    )
    (tmp_path / "killed.py").write_text(program)
    first = subprocess.Popen(
        [sys.executable, str(tmp_path / "killed.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    other = first.stdout.readline()
    os.kill(int(other), signal.SIGINT)
    first.stdin.write("go on\n")
    first.stdin.flush()
    assert first.stdout.readline() == other, "it lives, and works"
    time.sleep(0.1)
    first.kill()
    start = time.monotonic()
    first.communicate(timeout=60)  # ends when nobody holds the pipe any more
    assert time.monotonic() - start < 30


def test_they_ignore_ctrl_c_from_their_first_moment_on(monkeypatch):
    seen = []
    monkeypatch.setattr(ProcessPoolExecutor, "submit", lambda *arguments: seen.append(signal.getsignal(signal.SIGINT)))
    with processes(1) as executor:
        executor.submit(abs, 1)
    assert seen == [signal.SIG_IGN] and signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"workers": 0}, ValueError, "processes: workers must be at least 1, got workers=0; None chooses one by the .* cores"),
        ({"workers": 1.5}, TypeError, "processes: workers must be an integer, got workers=1.5"),
        ({"threads": -1}, ValueError, "processes: threads must be at least 1, got threads=-1"),
        ({"threads": "all"}, TypeError, "processes: threads must be an integer, got threads='all'"),
    ],
    ids=str,
)
def test_refusals(settings, error, words):
    with pytest.raises(error, match=words):
        processes(**settings)


def test_without_threadpoolctl(monkeypatch):
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    with pytest.raises(RuntimeError, match="processes: threadpoolctl must be installed .*, got none; pip install threadpoolctl"):
        processes(1)
    with pytest.raises(ImportError):
        limit_blas(1)
