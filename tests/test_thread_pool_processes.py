"""The thread pool in a process of its own: the environment, a fork, the end of the program."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(program, **variables):
    kept = {key: value for key, value in os.environ.items() if key not in ("TINYREG_THREADS", "OPENBLAS_THREAD_TIMEOUT")}
    command = [sys.executable, "-W", "error", "-c", program]
    return subprocess.run(command, cwd=ROOT, env=kept | variables, capture_output=True, text=True, timeout=60)


SHOW = "import os, tinyreg; print(tinyreg.thread_pool.size(), os.environ.get('OPENBLAS_THREAD_TIMEOUT'))"


@pytest.mark.parametrize(
    ("variables", "program", "shown"),
    [
        ({}, SHOW, "1 None"),
        ({"TINYREG_THREADS": ""}, SHOW, "1 None"),
        ({"TINYREG_THREADS": "2"}, SHOW, "2 20"),
        ({"TINYREG_THREADS": "2"}, f"import numpy; {SHOW}", "2 None"),
        ({"TINYREG_THREADS": "3", "OPENBLAS_THREAD_TIMEOUT": "18"}, SHOW, "3 18"),
    ],
)
def test_the_environment_switches_it_on(variables, program, shown):
    done = run(program, **variables)
    assert done.stdout.strip() == shown, done.stderr


@pytest.mark.parametrize("value", ["two", "0", "1.5"])
def test_the_environment_is_refused_in_a_sentence(value):
    done = run(SHOW, TINYREG_THREADS=value)
    assert f"TINYREG_THREADS: it must be an integer, at least 1, got '{value}'; 1 is no pool" in done.stderr


BUSY = """
import os, threading, tinyreg
from tinyreg.thread_pool import each
tinyreg.use_thread_pool(2)
meeting = threading.Barrier(2, timeout=10)
def together(part):
    meeting.wait()
    return threading.current_thread().name
assert len(set(each(together, range(4)))) == 2
"""

FORK = """
import warnings
warnings.simplefilter("ignore", DeprecationWarning)  # Python's own, of a fork beside threads
tinyreg.set_num_threads(2)
inside, leave = threading.Event(), threading.Event()
def wait(part):
    inside.set()
    leave.wait(10)
other = threading.Thread(target=each, args=(wait, range(2)))
other.start()
inside.wait(10)
child = os.fork()  # while another thread and the pool are at work
if child == 0:
    meeting = threading.Barrier(2, timeout=10)
    fine = tinyreg.get_num_threads() == 2 and len(set(each(together, range(4)))) == 2 and tinyreg.get_num_threads() == 2
    os._exit(0 if fine else 1)
leave.set()
other.join()
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), tinyreg.get_num_threads())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_has_a_pool_of_its_own():
    done = run(BUSY + FORK)
    assert done.stdout == "0 2\n", done.stderr


def test_a_process_ends_and_what_runs_at_its_end_still_works():
    done = run("import atexit\natexit.register(lambda: print(each(abs, [-1, 2])))\n" + BUSY)
    assert (done.returncode, done.stdout) == (0, "[1, 2]\n"), done.stderr


def test_a_process_of_its_own_gets_no_more_threads_than_its_share():
    program = "from tinyreg.selection.processes import processes\nimport tinyreg.thread_pool\nif __name__ == '__main__':\n"
    program += "    with processes(1, threads=1) as executor:\n        print(executor.submit(tinyreg.thread_pool.size).result())"
    done = run(program, TINYREG_THREADS="2")
    assert done.stdout == "1\n", done.stderr
