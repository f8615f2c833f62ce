"""tinyreg convert: the number on the output, what it means beside it, one sentence where it is refused."""

import re
import sys
from pathlib import Path

import pytest

from tinyreg import cli
from tinyreg.conventions import FAMILIES
from tinyreg.conventions.known import ROWS

ROOT = Path(__file__).parents[2]


def run(capsys, *words):
    code = cli.main(["convert", *words])
    seen = capsys.readouterr()
    return code, seen.out, seen.err


@pytest.mark.parametrize(
    ("words", "number"),
    [
        (["0.01", "keras.regularizers.L2", "pytorch.SGD.weight_decay"], "0.02"),
        (["10", "sklearn.Ridge.alpha", "torch.optim.SGD.weight_decay", "--n", "1000"], "0.02"),
        (["1e-4", "chainer.AdamW.weight_decay_rate", "pytorch.AdamW.weight_decay", "--lr", "0.001"], "0.1"),
        (["1", "sum of losses + lambda |w|^2", "sklearn.Ridge.alpha"], "1"),
        (["inf", "sklearn.LogisticRegression.C", "keras.regularizers.L2", "--n", "9"], "0"),
    ],
)
def test_prints_the_number_and_says_what_it_means(capsys, words, number):
    code, out, err = run(capsys, *words)
    assert (code, out) == (0, f"{number}\n")
    assert [line.split(":")[0] for line in err.splitlines()] == [words[1], words[2].replace("torch.optim.", "pytorch.")]


def test_says_the_rule_and_the_relation(capsys):
    err = run(capsys, "0.01", "keras.regularizers.L2", "pytorch.SGD.weight_decay")[2]
    assert err.splitlines()[0] == "keras.regularizers.L2: mean loss + l2 |w|^2; s = 2 l2 in mean loss + s/2 |w|^2"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["0.01", "keras.L2", "pytorch.SGD.weight_decay"], "got 'keras.L2'; near it: 'keras.regularizers.L2'"),
        (["0.01", "pytorch.SGD.weight_decay", "pytorch.AdamW.weight_decay"], "(L2 in the loss) and pytorch.AdamW.weight_decay (decoupled"),
        (["10", "sklearn.Ridge.alpha", "pytorch.SGD.weight_decay"], "got n=None; it is the number of examples in the loss"),
        (["-1", "keras.regularizers.L2", "pytorch.SGD.weight_decay"], "got value=-1.0"),
        (["strong", "keras.regularizers.L2", "pytorch.SGD.weight_decay"], "'strong'"),
        (["0.01", "keras.regularizers.L2"], "got 0.01 keras.regularizers.L2; write tinyreg convert 0.01 keras pytorch"),
        (["0.01", "a", "b", "c"], "c"),
    ],
)
def test_a_refusal_is_one_sentence_and_exit_code_2(capsys, words, sentence):
    code, out, err = run(capsys, *words)
    assert code == 2 and out == "" and sentence in err and len(err.splitlines()) == 1


def test_without_arguments_it_prints_the_table(capsys):
    code, out, err = run(capsys)
    assert code == 0 and err == "" and all(any(line.startswith(row.name) for line in out.splitlines()) for row in ROWS)
    code, out, _ = run(capsys, "--markdown")
    assert code == 0 and out.count("\n| `") == len(ROWS) and out.count("\n|---|") == len(FAMILIES)


@pytest.mark.parametrize("width", [60, 80, 120, 150, 200])
def test_on_a_terminal_the_table_keeps_to_its_width_and_no_name_is_cut(capsys, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    code, out, _ = run(capsys)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", out)  # without the colours
    assert code == 0 and max(map(len, plain.splitlines())) <= width and "…" not in plain
    assert " ".join(plain.split()).startswith("The mean loss is that over n examples")
    assert plain.count("2 alpha") > 5 and all(family.name in plain for family in FAMILIES)
    if width >= 120:
        assert all(any(line.startswith(row.name) for line in plain.splitlines()) for row in ROWS)


def test_help_teaches(capsys):
    code, out, _ = run(capsys, "--help")
    assert code == 0
    assert all(word in out for word in ("examples:", "Keras has no half", "four families", "--lr", "--n", "--markdown"))
