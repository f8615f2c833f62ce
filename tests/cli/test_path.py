"""tinyreg path: the table on the output, four files, one sentence where it is refused."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("rich")

from tinyreg import cli
from tinyreg.experiments.path import METHODS, PathSettings, trace

ROOT = Path(__file__).parents[2]


def run(capsys, *words):
    code = cli.main(["path", *words])
    seen = capsys.readouterr()
    return code, seen.out, seen.err


def test_from_beginning_to_end(capsys, tmp_path):
    words = ["--data", "diabetes", "--out", str(tmp_path / "a")]
    code, out, err = run(capsys, *words)
    assert code == 0 and err == ""
    lines = out.splitlines()
    assert lines[0] == "Lasso path: diabetes, 442 patients" and lines[2].split() == ["bmi", "enters", "2.148", "949.435", "1", "0"]
    names = ["path.json", "path.png", "filter_factors.png", "balls.png"]
    assert lines[-4:] == [str(tmp_path / "a" / name) for name in names]
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == sorted(names)
    assert json.loads((tmp_path / "a" / "path.json").read_text(encoding="utf-8")) == trace(PathSettings("diabetes"))
    for name in names[1:]:
        picture = (tmp_path / "a" / name).read_bytes()
        width, height = (int.from_bytes(picture[i : i + 4], "big") for i in (16, 20))
        assert picture.startswith(b"\x89PNG") and 1500 < width < 2300 and 800 < height < 1100 and 30_000 < len(picture) < 400_000


def test_piped_and_without_out(tmp_path):
    words = [sys.executable, "-m", "tinyreg", "path", "--data", "prostate", "--method", "elastic_net", "--l1-ratio", "0.2"]
    done = subprocess.run(words, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert "s(0.2|b|₁ + 0.4|b|₂²)" in done.stdout and done.stdout.splitlines()[-1] == str(Path("runs/path/balls.png"))
    assert (tmp_path / "runs" / "path" / "balls.png").exists()


def test_table_1_of_zou_and_hastie(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, "--data", "prostate", "--table")
    assert code == 0 and err == "" and not list(tmp_path.iterdir())
    rows = [line.split("  ") for line in out.splitlines()[2:7]]
    for row, method in zip(rows, ("least squares", "ridge", "lasso", "naive elastic net", "elastic net"), strict=True):
        found = [cell.strip() for cell in row if cell.strip()]
        assert found[0] == method and found[-3] == found[-2], "ours and the printed digits"
    assert rows[4][-1].strip() == "1 2 5 6 8" and "0.381 (0.105)" in out
    code, out, _ = run(capsys, "--data", "prostate", "--table", "--scaling", "variance")
    assert code == 0 and "0.577" in out and "other penalties" in out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "--data"),
        (["--data", "cats"], "path: --data must be one of prostate, diabetes, got cats"),
        (["--data", "diabetes", "--method", "l0"], "got l0"),
        (["--data", "diabetes", "--l1-ratio", "0.5"], "got 0.5 for lasso"),
        (["--data", "diabetes", "--l1-ratio", "much"], "'much'"),
        (["--data", "diabetes", "--scaling", "max"], "got max"),
        (["--data", "diabetes", "--table"], "path: --table must stand with --data prostate, got diabetes"),
        (["--data", "prostate", "--table", "--method", "ridge"], "path: --table must stand without --method, got ridge; the table has"),
        (["--data", "prostate", "--table", "--l1-ratio", "0.5"], "path: --table must stand without --l1-ratio, got 0.5"),
        (["--data", "prostate", "--table", "--scaling", "max"], "got max"),
        (["--data", "diabetes", "--out", __file__], "path: --out must name a folder, got the file"),
    ],
    ids=lambda words: "_".join(words)[:40] if isinstance(words, list) else "",
)
def test_a_refusal_is_one_sentence_and_exit_code_2(capsys, words, sentence):
    code, out, err = run(capsys, *words)
    assert code == 2 and out == "" and sentence in err and len(err.splitlines()) == 1


def test_help_teaches(capsys):
    code, out, _ = run(capsys, "--help")
    assert code == 0 and "examples:" in out and all(f"  {name} " in out for name in METHODS)
    assert "s(r |b|₁ + (1 − r)/2 |b|₂²)" in out


@pytest.mark.parametrize(
    ("words", "width"), [(["--data", "prostate", "--table"], 60), (["--data", "diabetes"], 38)], ids=["table_1", "path"]
)
def test_on_a_narrow_terminal_nothing_is_cut(capsys, monkeypatch, tmp_path, words, width):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    code, out, _ = run(capsys, *words)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", out)
    assert code == 0 and "…" not in plain and max(map(len, plain.splitlines())) <= width
    assert ("(0.105)" if "--table" in words else "949.435") in plain


@pytest.mark.parametrize("name", ["matplotlib", "rich"])
def test_a_package_that_is_missing_is_one_sentence_and_no_file(capsys, monkeypatch, tmp_path, name):
    for module in [each for each in sys.modules if each.split(".")[0] == name]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, name, None)
    code, out, err = run(capsys, "--data", "prostate", "--out", str(tmp_path / "a"))
    assert code == 1 and out == "" and err == f"tinyreg: {name} must be installed, got none; pip install {name}\n"
    assert name == "rich" or not (tmp_path / "a").exists()
