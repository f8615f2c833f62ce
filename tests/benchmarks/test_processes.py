"""Processes that really are some: started, asked, broken, ended."""

import pickle

import pytest

from benchmarks.processes import Cannot, Failed, Process, environment


@pytest.fixture(scope="module")
def process():
    process = Process("tinyreg", 1)
    yield process
    process.close()
    assert process.process.returncode == 0


def test_it_answers_with_the_threads_that_it_was_given(process):
    said = process.ask("hello")
    assert said["settings"] == {"backend": "numpy", "threads of the pool": 1}
    assert all(pool["threads"] == 1 for pool in said["pools"])


def test_it_records_and_takes_turns(process):
    found = process.ask("record", "W6")
    assert found["y 4"].shape == (10,)
    turn = process.ask("turn", "W6", "1,000", 0.001, 1)
    assert turn["seconds"] > 0 and turn["calls"] >= 1


def test_an_exception_over_there_is_one_here_and_the_process_lives_on(process):
    with pytest.raises(Failed, match="KeyError: 'W9'$"):
        process.ask("record", "W9")
    assert process.ask("forget") is None


def test_a_process_that_died_is_reported():
    process = Process("numpy", 1)
    process.process.kill()
    with pytest.raises(Failed, match="^numpy: its process must answer, got exit code -9"):
        process.ask("hello")
    process.close()
    assert process.process.stdin.closed and process.process.stdout.closed


def test_a_process_that_is_dead_before_the_question_closes_both_pipes():
    process = Process("numpy", 1)
    process.process.kill()
    process.process.wait()  # nobody reads the question any more: writing it out is refused, and again when the pipe is closed
    with pytest.raises(Failed, match="^numpy: its process must answer, got exit code -9"):
        process.ask("hello")
    process.close()
    assert process.process.stdin.closed and process.process.stdout.closed


def test_a_process_whose_answer_nobody_wants_ends_quietly(capfd):
    process = Process("numpy", 1)
    pickle.dump(("turn", ("W6", "1,000", 0.05, 1)), process.process.stdin)
    process.process.stdin.flush()
    process.close()
    assert process.process.returncode == 1 and capfd.readouterr().err == ""


def test_what_cannot_start_says_why(capfd):
    with pytest.raises(Failed, match="^numpy: .* is measured on the CPU only$"):
        Process("numpy", 1, device="cuda")


def test_what_is_lacking_has_its_reason(process, monkeypatch):
    monkeypatch.setattr(process, "process", type("Answer", (), {"stdin": _Nothing(), "stdout": _Nothing()}))
    monkeypatch.setattr("benchmarks.processes.pickle.load", lambda pipe: ("cannot", "no adam"))
    with pytest.raises(Cannot, match="^no adam$"):
        process.ask("record", "W7-adam")


class _Nothing:
    def write(self, text):
        pass

    def flush(self):
        pass


def test_every_pool_gets_its_number_and_settings_of_a_person_do_not_count(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "64")
    monkeypatch.setenv("TINYREG_THREADS", "8")
    monkeypatch.setenv("TINYREG_BACKEND", "cupy")
    found = environment(2)
    assert {found[name] for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC")} == {"2"}
    assert not {"TINYREG_THREADS", "TINYREG_BACKEND", "OPENBLAS_THREAD_TIMEOUT"} & set(found)
    with_pool = environment(2, pool=2)
    assert with_pool["TINYREG_THREADS"] == "2" and with_pool["OPENBLAS_THREAD_TIMEOUT"] == "20"
