"""The command: its options, its refusals, and all of it at once with what is installed."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import cli
from benchmarks.libraries import MODULES, installed
from benchmarks.workloads import WORKLOADS
from tests.benchmarks.conftest import made_up

ROOT = Path(__file__).parents[2]


def settings(*words):
    return cli.settings_of(cli.parser().parse_args(words))


def test_without_options_everything_that_is_installed_is_measured():
    found = settings()
    assert found.workloads == list(WORKLOADS) and found.libraries == installed() and found.device == "cpu" and not found.pool
    assert found.threads in (1, 2) and found.rounds == 7


def test_options_choose():
    found = settings(
        "--only", "W4", "w7-adam", "--libraries", "numpy", "tinyreg", "--rounds", "3", "--seconds", "0.5", "--threads", "1", "--pool"
    )
    assert found.workloads == ["W4", "W7-adam"] and found.libraries == ["tinyreg", "numpy"]
    assert (found.rounds, found.seconds, found.threads, found.pool) == (3, 0.5, 1, True)


def test_quick_is_one_short_round_unless_more_is_asked_for():
    assert (settings("--quick").rounds, settings("--quick").repeats, settings("--quick", "--rounds", "2").rounds) == (1, 0, 2)


def test_a_gpu_is_tinyreg_beside_pytorch(monkeypatch):
    monkeypatch.setattr(cli, "installed", lambda: list(MODULES))
    found = settings("--backend", "cupy")
    assert found.libraries == ["tinyreg", "pytorch"] and found.device == "cuda"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--only", "W9"], "--only must name workloads, got W9; there are W1 W2"),
        (["--libraries", "torch"], "--libraries must be of tinyreg, pytorch, .*, got torch"),
        (["--libraries", "jax"], "jax must be installed to measure jax, got none; pip install jax"),
        (["--rounds", "0"], "--rounds must be at least 1, got 0"),
        (["--threads", "0"], "--threads must be at least 1, got 0"),
        (["--seconds", "0"], "--seconds must be at least 0.001, got 0.0"),
        (["--pool", "--backend", "cupy"], "--pool must go with --backend numpy, got cupy"),
    ],
)
def test_bad_options_are_refused_in_one_sentence(monkeypatch, capsys, words, message):
    monkeypatch.setattr(cli, "installed", lambda: ["tinyreg", "pytorch", "numpy"])
    assert cli.main(words) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and re.search(message, said)


def test_an_unknown_option_is_refused(capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.parser().parse_args(["--fast"])
    assert stopped.value.code == 2 and "--help explains the options" in capsys.readouterr().err


def test_help_teaches(capsys):
    with pytest.raises(SystemExit):
        cli.parser().parse_args(["--help"])
    said = capsys.readouterr().out
    assert all(key in said for key in WORKLOADS) and said.count("python -m benchmarks ") > 8


def test_table_and_chart_from_kept_results(results, tmp_path, capsys):
    kept = tmp_path / "cpu.json"
    kept.write_text(json.dumps(results))
    assert cli.main(["table", str(kept)]) == 0
    assert capsys.readouterr().out.startswith("| task | tinyreg / PyTorch |")
    assert cli.main(["chart", str(kept), str(tmp_path / "cpu.png")]) == 0
    assert (tmp_path / "cpu.png").read_bytes()[1:4] == b"PNG"


def test_files_that_hold_no_results_are_refused(tmp_path, capsys):
    assert cli.main(["table", str(tmp_path / "missing.json")]) == 1
    (tmp_path / "other.json").write_text("{}")
    assert cli.main(["table", str(tmp_path / "other.json")]) == 2
    assert "must hold results in format 1, got None" in capsys.readouterr().err


def test_where_no_gpu_is_it_says_so(tmp_path, capfd, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert cli.main(["--backend", "cupy", "--libraries", "tinyreg", "--only", "W1", "--out", str(tmp_path / "gpu.json")]) == 1
    assert "must" in capfd.readouterr().err and not (tmp_path / "gpu.json").exists()


def test_a_library_that_is_wrong_makes_the_command_fail(tmp_path, monkeypatch, capsys):
    from benchmarks import runner

    monkeypatch.setattr(runner, "measure", lambda settings, progress: _measured_but_wrong())
    assert cli.main(["--only", "W1", "--libraries", "tinyreg", "numpy", "--out", str(tmp_path / "a.json")]) == 1
    assert "not timed; update 0 must be" in capsys.readouterr().out
    assert json.loads((tmp_path / "a.json").read_text())["failed"]["W1"] and (tmp_path / "a.png").exists()


def _measured_but_wrong():
    from benchmarks.runner import Measured

    made = made_up(libraries=("tinyreg", "numpy"), workloads=("W1",))
    hello = {name: said | {"hardware": None} for name, said in made["libraries"].items()}
    return Measured(hello=hello, rounds=made["rounds"], failed={"W1": {"numpy": "update 0 must be right"}})


def test_quick_end_to_end(tmp_path):
    """From another folder, not installed: checks, rounds, table, JSON, chart."""
    command = [sys.executable, "-m", "benchmarks", "--quick", "--only", "W1", "W6", "--threads", "1", "--out", "out/cpu.json"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([*command, "--libraries", "tinyreg", "numpy"], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "out/cpu.json").read_text())
    assert list(results["rounds"]) == ["W1", "W6", "W6-tensors", "W6-functions"] and not results["failed"] and not results["cannot"]
    assert all(len(times) == 1 for cases in results["rounds"].values() for by in cases.values() for times in by.values())
    assert done.stdout.splitlines()[0].split()[:4] == ["case", "plain", "NumPy", "tinyreg"]
    assert (tmp_path / "out/cpu.png").read_bytes()[1:4] == b"PNG"
    assert "W1, round 1 of 1" in done.stderr.splitlines()


@pytest.mark.parametrize("name", MODULES)
def test_every_library_has_its_file_and_its_class(name):
    file, package, title, _ = MODULES[name]
    text = (ROOT / f"benchmarks/libraries/{file}.py").read_text(encoding="utf-8")
    assert f"\nclass {title}(" in text and f'    name = "{name}"\n' in text and package in text
