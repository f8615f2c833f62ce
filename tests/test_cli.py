"""The command line: exit codes, sentences, piped output, Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tinyreg import __version__, cli
from tinyreg.experiments import compare as comparison
from tinyreg.experiments import trial
from tinyreg.experiments.journal import NAME
from tinyreg.experiments.methods import METHODS

ROOT = Path(__file__).parents[1]
TINY = ["compare", "--methods", "l2", "--train-size", "60", "--epochs", "1", "--seeds", "2", "--jobs", "1"]


def run(capsys, *words):
    code = cli.main(list(words))
    seen = capsys.readouterr()
    return code, seen.out, seen.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["compare", "--seeds", "1"], "--seeds must lie in 2 to 1000: an interval needs two runs, got 1"),
        (["compare", "--epochs", "0"], "got 0"),
        (["compare", "--train-size", "5000"], "got 5000"),
        (["compare", "--label-noise", "1.5"], "got 1.5"),
        (["compare", "--label-noise", "much"], "'much'"),
        (["compare", "--model", "vgg"], "got vgg"),
        (["compare", "--backend", "abacus"], "got abacus"),
        (["compare", "--jobs", "-2"], "got -2"),
        (["compare", "--methods", "dropuot"], "got 'dropuot'; known are all, none, l2, l1"),
        (["compare", "--out", __file__], "got the file"),
        (["compare", "--resume", "--out", "no/such/folder"], "no/such/folder"),
        (["compare", "--colour", "red"], "--colour red"),
        (["gradcheck", "convv2d"], "got 'convv2d'; near it: conv2d"),
        (["gradcheck", "--backend", "abacus"], "got 'abacus'"),
        (["nothing"], "'nothing'"),
        ([], "compare"),
    ],
)
def test_a_bad_option_gets_one_sentence_and_exit_code_2(capsys, words, sentence):
    code, out, err = run(capsys, *words)
    assert code == 2 and out == ""
    assert sentence in err and len(err.splitlines()) == 1


def test_help_teaches(capsys):
    code, out, _ = run(capsys, "compare", "--help")
    assert code == 0
    assert "examples:" in out and all(f"  {name}" in out for name in METHODS) and "default: 300" in out
    code, out, _ = run(capsys, "--help")
    assert code == 0 and "tinyreg gradcheck" in out
    assert run(capsys, "--version")[1] == f"tinyreg {__version__}\n"


def test_compare_from_beginning_to_end(capsys, tmp_path):
    code, out, err = run(capsys, *TINY, "--out", str(tmp_path / "a"))
    assert code == 0, err
    lines = out.splitlines()
    assert [line.split()[0] for line in lines[1:3]] == ["none", "L2"] and lines[-1] == f"{tmp_path / 'a'}/report.html"
    files = {"results.json", "report.html", "examples.png", "gaps.png", "curves.png", "weights.png", NAME}
    assert {path.name for path in (tmp_path / "a").iterdir()} == files
    page = (tmp_path / "a" / "report.html").read_text()
    assert "http" not in page and page.count("data:image/png;base64,") == 4
    code, _, err = run(capsys, *TINY, "--out", str(tmp_path / "a"))
    assert code == 2 and "--resume continues that one" in err
    code, _, err = run(capsys, *TINY, "--out", str(tmp_path / "a"), "--resume", "--epochs", "2")
    assert code == 2 and "got epochs 2 where" in err and "has 1" in err
    code, again, err = run(capsys, "compare", "--out", str(tmp_path / "a"), "--resume")  # as it was begun
    assert code == 0 and again == out


def test_without_out_folders_are_numbered_under_runs(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(capsys, *TINY)[0] == run(capsys, *TINY)[0] == 0
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["compare", "compare-2"]


def test_ctrl_c_keeps_what_is_finished(capsys, tmp_path, monkeypatch):
    original, calls = trial.run, []

    def interrupted(*task):
        if len(calls) == 14:  # 4 strengths x 3 seeds, then both runs of "none"
            raise KeyboardInterrupt
        calls.append(task)
        return original(*task)

    monkeypatch.setattr(trial, "run", interrupted)
    code, out, err = run(capsys, *TINY, "--out", str(tmp_path / "a"))
    assert code == 130 and "stopped: 14 of 16 runs are kept" in err and f"--out {tmp_path / 'a'} --resume continues" in err
    assert "none" in out and "L2" not in out
    monkeypatch.setattr(trial, "run", original)
    code, out, _ = run(capsys, "compare", "--out", str(tmp_path / "a"), "--resume", "--jobs", "1")
    assert code == 0 and "L2" in out


def test_a_loss_that_is_not_finite_is_a_sentence(capsys, tmp_path, monkeypatch):
    def diverged(*task):
        raise FloatingPointError("fit: the loss must be finite, got nan at step 3")

    monkeypatch.setattr(trial, "run", diverged)
    code, _, err = run(capsys, *TINY, "--out", str(tmp_path / "a"))
    assert code == 1 and "got nan at step 3" in err and "Traceback" not in err


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (KeyboardInterrupt(), 130, "tinyreg: stopped by Ctrl-C; a comparison keeps its finished runs, --resume goes on"),
        (MemoryError("Unable to allocate 9 TiB"), 1, "tinyreg: memory must suffice, got Unable to allocate 9 TiB; fewer --jobs"),
        (OSError(5, "Input/output error", "somewhere"), 1, "must be readable and writable, got Input/output error for somewhere; look at"),
    ],
)
def test_what_happens_outside_of_a_run_is_a_sentence(capfd, monkeypatch, error, code, sentence):
    def fails(options):
        raise error

    monkeypatch.setattr(cli.info, "run", fails)
    monkeypatch.setattr(os, "dup2", lambda *_: None)
    assert cli.main(["info"]) == code
    err = capfd.readouterr().err
    assert sentence in err and len(err.splitlines()) == 1


def test_a_second_ctrl_c_while_the_results_are_written(capsys, tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    for module, name in ((trial, "run"), (comparison, "write")):
        monkeypatch.setattr(module, name, interrupted)
    code, _, err = run(capsys, *TINY, "--out", str(tmp_path / "a"))
    assert code == 130 and "stopped by Ctrl-C" in err and "Traceback" not in err


@pytest.mark.parametrize("name", ["gaps.png", "report.html", "results.json"])
def test_a_full_disk_is_a_sentence_and_resume_writes_what_is_missing(capsys, tmp_path, monkeypatch, name):
    original = comparison.write_atomically

    def full(path, data):
        if path.name == name:
            raise OSError(28, "No space left on device")
        original(path, data)

    monkeypatch.setattr(comparison, "write_atomically", full)
    folder = tmp_path / "mein Vergleich für morgen"
    code, out, err = run(capsys, *TINY, "--out", str(folder))
    assert code == 1 and out == "" and f"got No space left on device for {folder / name}; make room on the disk, then" in err
    assert f"tinyreg compare --out '{folder}' --resume goes on" in err
    monkeypatch.setattr(comparison, "write_atomically", original)
    monkeypatch.setattr(trial, "run", None)  # nothing is measured again
    assert run(capsys, "compare", "--out", str(folder), "--resume")[0] == 0 and (folder / "report.html").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("words", [["info"], ["gradcheck", "relu"]])
def test_an_output_without_room(words):
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-m", "tinyreg", *words], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and "got No space left on device for the output" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a shell closes the output")
def test_outputs_that_are_closed(tmp_path):
    words = " ".join([sys.executable, "-m", "tinyreg", *TINY, "--out"])
    for closed in (">&-", "2>&-", ">&- 2>&-"):
        folder = tmp_path / closed.replace(" ", "")
        done = subprocess.run(f"{words} '{folder}' {closed}", shell=True, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0 and "Traceback" not in done.stderr and (folder / "report.html").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent to a process group")
def test_a_real_ctrl_c_at_a_terminal(tmp_path):
    words = ["-m", "tinyreg", "compare", "--methods", "l2", "--epochs", "150", "--jobs", "2", "--out", str(tmp_path / "a")]
    process = subprocess.Popen(
        [sys.executable, *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    journal = tmp_path / "a" / NAME
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (journal.exists() and len(journal.read_text().splitlines()) > 2):
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)  # a terminal sends it to every process
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err and "runs are kept in" in err
    kept = [json.loads(line) for line in journal.read_text().splitlines()]
    assert len(kept) > 2


def test_gradcheck_piped():
    done = subprocess.run([sys.executable, "-m", "tinyreg", "gradcheck", "relu", "exp"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert {row[0].rsplit(".")[-1] for row in rows} == {"relu", "exp"} and all(len(row) == 4 and row[3] == "ok" for row in rows)
    assert all("e-" in row[1] and float(row[1]) < 1e-6 for row in rows)


def test_gradcheck_fails_with_exit_code_1(capsys, monkeypatch):
    from tinyreg.experiments import gradcases

    wrong = gradcases.Case("detached", lambda t, x: x.detach() * x, ((3,),))
    monkeypatch.setattr(gradcases, "CASES", [wrong])
    code, out, err = run(capsys, "gradcheck")
    assert code == 1 and out.split()[0] == "detached" and out.split()[3] == "FAILED" and "ratio" in err


def test_info(capsys):
    code, out, _ = run(capsys, "info")
    assert code == 0
    names = [line.split()[0] for line in out.splitlines()]
    assert names[:8] == ["tinyreg", "Python", "NumPy", "BLAS", "thread", "freed", "backend", "devices"]


def test_python_dash_m_and_an_interrupted_pipe():
    done = subprocess.run(f"{sys.executable} -m tinyreg gradcheck | head -n 1", cwd=ROOT, shell=True, capture_output=True, text=True)
    assert len(done.stdout.splitlines()) == 1 and "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a process group is killed")
def test_kills_of_the_whole_process_group_change_no_digit(capsys, tmp_path):
    words = ["compare", "--methods", "l2", "dropout", "--train-size", "60", "--epochs", "20", "--seeds", "2"]

    def digits(folder):
        results = json.loads((folder / "results.json").read_text())
        for row in [*results["methods"], *results["runs"]]:
            row.pop("seconds")
        return [results[name] for name in ("finished", "settings", "fixed", "seeds", "selection", "methods", "runs")]

    assert run(capsys, *words, "--jobs", "1", "--out", str(tmp_path / "whole"))[0] == 0
    folder = tmp_path / "killed"
    journal = folder / NAME

    def written():
        return len(journal.read_bytes().splitlines()) if journal.exists() else 0

    for lines in (1, 6, 28):  # the settings, some of 24 runs that choose, some of the 6 that are reported
        again = ["--resume"] if journal.exists() else words[1:]
        command = [sys.executable, "-m", "tinyreg", "compare", *again, "--jobs", "2", "--out", str(folder)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        while written() < lines and process.poll() is None:
            time.sleep(0.001)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert 28 <= written() <= 31
    assert run(capsys, "compare", "--resume", "--jobs", "2", "--out", str(folder))[0] == 0
    assert digits(folder) == digits(tmp_path / "whole")
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in (tmp_path / "whole").iterdir())
