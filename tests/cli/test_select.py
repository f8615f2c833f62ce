"""tinyreg select: the table on the output, its files, one sentence where it is refused, Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("rich")

from tinyreg import cli
from tinyreg.experiments import select as module
from tinyreg.experiments import select_results
from tinyreg.experiments.select import NAME
from tinyreg.experiments.strength_grid import with_strength

ROOT = Path(__file__).parents[2]
TINY = ["--train-size", "90", "--folds", "3", "--points", "3", "--epochs", "2", "--jobs", "1"]


def run(capsys, *words):
    code = cli.main(["select", *words])
    seen = capsys.readouterr()
    return code, seen.out, seen.err


def test_from_beginning_to_end(capsys, tmp_path):
    code, out, err = run(capsys, *TINY, "--out", str(tmp_path / "a"))
    assert code == 0, err
    lines = out.splitlines()
    assert lines[0] == "L2: 3-fold cross-validation on 90 training images of Digits, MLP, 2 epochs"
    assert [line.split()[0] for line in lines[1:6]] == ["strength", "none", "0.0003", "0.0173", "1"]
    assert "best: strength " in out and "one standard error: strength " in out and "try next:\n  tinyreg select --method l2 " in out
    assert lines[-2:] == [str(tmp_path / "a" / name) for name in ("validation_curve.png", "results.json")]
    assert err.splitlines() == [f"cross-validation: {done} of 12 runs" for done in (0, 6, 12)]
    assert {path.name for path in (tmp_path / "a").iterdir()} == {NAME, "results.json", "validation_curve.png"}
    code, _, err = run(capsys, *TINY, "--out", str(tmp_path / "a"))
    assert code == 2 and "a with a selection in it; --resume continues that one" in err
    code, _, err = run(capsys, "--out", str(tmp_path / "a"), "--resume", "--epochs", "3")
    assert code == 2 and "got epochs 3 where" in err
    code, again, _ = run(capsys, "--out", str(tmp_path / "a"), "--resume", "--jobs", "1")  # as it was begun
    assert code == 0 and again == out


def test_without_out_folders_are_numbered_and_the_last_is_resumed(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(select_results, "png", lambda draw, subject: b"")
    assert run(capsys, *TINY)[0] == run(capsys, *TINY, "--method", "max_norm")[0] == 0
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["select", "select-2"]
    code, out, _ = run(capsys, "--resume", "--jobs", "1")
    assert code == 0 and out.startswith("max-norm") and out.splitlines()[-1] == str(Path("runs/select-2/results.json"))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--method", "batch_norm"], "--method must name a method with a strength, got batch_norm, which has none; l2, l1, elastic_net"),
        (["--method", "dropuot"], "--method must name a known method, got 'dropuot'; known are l2, l1"),
        (["--method", "dropout", "--high", "1.3"], "--high must be a strength of dropout, got 1.3; "),
        (["--low", "0"], "--low must be above 0"),
        (["--folds", "1"], "got 1"),
        (["--folds", "many"], "'many'"),
        (["--points", "1"], "a choice needs two strengths, got 1"),
        (["--search", "bayes"], "got bayes"),
        (["--data", "mnist"], "--data mnist must have a folder with its files, got none; --root FOLDER names it, --download fetches them"),
        (["--jobs", "0"], "select: --jobs must be at least 1, got 0"),
        (["--train-size", "5000"], "got 5000"),
        (["--model", "vgg"], "select: --model must be one of mlp, lenet, got vgg"),
        (["--backend", "abacus"], "got abacus"),
        (["--out", __file__], "select: --out must name a folder, got the file"),
        (["--out", "no/such/folder", "--resume"], "select: --resume must find a selection, got no/such/folder without results.jsonl"),
        (["--colour", "red"], "--colour red"),
    ],
)
def test_a_bad_option_gets_one_sentence_and_exit_code_2(capsys, tmp_path, monkeypatch, words, sentence):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, *words)
    assert code == 2 and out == "" and sentence in err and len(err.splitlines()) == 1
    assert not list(tmp_path.iterdir()), "nothing is left behind"


def test_help_teaches(capsys):
    code, out, _ = run(capsys, "--help")
    assert code == 0 and "examples:" in out and "the held-out fold is scored by its right ones" in out
    assert all(f"\n  {name} " in out for name in with_strength()) and "patience from 1 to 60, log, stronger where small" in out
    assert "default: 300" in out and "default: 5" in out and "\n  none " not in out


def test_ctrl_c_says_how_to_go_on(capsys, tmp_path, monkeypatch):
    original, done = module.score, []

    def stopped(*parts, **named):
        if len(done) == 7:
            raise KeyboardInterrupt
        done.append(named)
        return original(*parts, **named)

    monkeypatch.setattr(module, "score", stopped)
    folder = tmp_path / "mein Versuch"
    code, out, err = run(capsys, *TINY, "--out", str(folder))
    assert (
        code == 130
        and out == ""
        and err.splitlines()[-1] == (f"stopped: 7 of 12 trainings are kept in {folder}; tinyreg select --out '{folder}' --resume continues")
    )
    assert len((folder / NAME).read_text().splitlines()) == 8


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent to a process group")
def test_a_real_ctrl_c_at_a_terminal(tmp_path):
    words = ["-m", "tinyreg", "select", "--jobs", "2", "--out", str(tmp_path / "a")]
    process = subprocess.Popen(
        [sys.executable, *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    journal = tmp_path / "a" / NAME
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (journal.exists() and len(journal.read_text().splitlines()) > 2):
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)  # a terminal sends it to every process
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err and "of 50 trainings are kept in" in err
    assert len([json.loads(line) for line in journal.read_text().splitlines()]) > 2


def test_a_full_disk_is_a_sentence_and_resume_writes_what_is_missing(capsys, tmp_path, monkeypatch):
    original = select_results.write_atomically

    def full(path, data):
        if path.name == "results.json":
            raise OSError(28, "No space left on device")
        original(path, data)

    monkeypatch.setattr(select_results, "write_atomically", full)
    code, out, err = run(capsys, *TINY, "--out", str(tmp_path / "a"))
    assert code == 1 and out == "" and "got No space left on device for" in err and "--resume goes on" in err
    monkeypatch.setattr(select_results, "write_atomically", original)
    assert run(capsys, "--out", str(tmp_path / "a"), "--resume", "--jobs", "1")[0] == 0 and (tmp_path / "a" / "results.json").exists()


def test_an_error_of_a_training_is_a_sentence(capsys, tmp_path, monkeypatch):
    def broken(train, test, **named):
        raise MemoryError("9 TiB")

    monkeypatch.setattr(module, "score", broken)
    code, _, err = run(capsys, *TINY, "--out", str(tmp_path / "a"))
    assert code == 1 and "got MemoryError (9 TiB) from" in err and "Traceback" not in err
