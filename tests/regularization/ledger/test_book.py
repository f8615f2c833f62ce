"""The ledger as text, as HTML, and as plain data."""

import json

import numpy as np
import pytest

import tinyreg
from tinyreg import nn, optim
from tinyreg import regularization as room
from tinyreg.models import MLP
from tinyreg.regularization import ledger
from tinyreg.regularization.ledger import Ledger, Remark, Row


def row(name="fc.weight", **changes):
    return Row(
        **{
            "name": name, "shape": (3, 4), "weight": 2.0, "grad": 0.5, "data": 0.25, "penalties": {"l2_penalty": 0.125}, "decay": 0.0,
            "ratio": 0.5, "touched_by": ["SGD"], "notes": [], "remarks": [],
        } | changes
    )  # fmt: skip


def test_a_table_by_hand():
    rows = [
        row(remarks=[1], decay=0.02),
        row("fc.bias", shape=(), penalties={}, grad=None, data=None, ratio=None, touched_by=["SGD", "max_norm_ 3"], notes=["no gradient"]),
    ]
    remark = Remark(
        "bias", ["fc.weight"], "1 weight (fc.weight) is too long: make it shorter, and shorter, and shorter, and shorter, and so on"
    )
    assert Ledger(rows, [remark], ["|data| is what it is."]).table(80).splitlines() == [
        "parameter  shape  |w|  |grad|  |data|     l2  decay  ratio  remarks  touched by",
        "fc.weight  3 x 4    2     0.5    0.25  0.125   0.02    0.5        1  SGD",
        "fc.bias    ()       2       -       -      -      -      -           SGD, max_norm_ 3, no",
        "                                                                     gradient",
        "|data| is what it is.",
        "[1] 1 weight (fc.weight) is too long: make it shorter, and shorter, and shorter,",
        "    and shorter, and so on",
    ]


def test_what_acts_on_all_is_told_once():
    rows = [row(str(i), touched_by=["SGD", "max_norm_ 3"][: 1 + i % 2]) for i in range(4)]
    text = str(Ledger(rows, [], []))
    assert text.count("SGD") == 1 and "on all of them: SGD." in text and text.count("max_norm_ 3") == 2
    assert repr(Ledger(rows, [], [])) == text


def test_a_real_one_fits_a_terminal():
    tinyreg.manual_seed(0)
    net = MLP(64, (32, 32, 32, 32), 10, normalization="batch")
    optimizer = optim.Adam(net.parameters(), weight_decay=0.01)
    x, y = tinyreg.randn(20, 64), tinyreg.randint(0, 10, (20,))
    penalties = room.l2_penalty(net, 0.01) + room.group_lasso_penalty(net, 0.01) + room.orthogonality_penalty(net, 0.01)
    (nn.functional.cross_entropy(net(x), y) + penalties).backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    book = ledger(net)
    lines = str(book).splitlines()
    assert len(book) == 18 and len(book.remarks) == 4 and max(map(len, lines)) <= 120
    assert len([line for line in lines if line.startswith("layers.")]) == 18
    assert [remark.kind for remark in book.remarks] == ["bias", "scale", "twice", "adaptive"]
    assert book.penalties == ["l2_penalty", "group_lasso_penalty", "orthogonality_penalty"], "in the order of the loss"
    assert "weight_decay=0.01 and l2_penalty (strength=0.01) of" in book.warnings[-1]
    del optimizer


def test_html_escapes_and_has_every_cell():
    text = Ledger([row("a<b")], [Remark("bias", ["a<b"], "x < y & z")], ["1 < 2"])._repr_html_()
    assert ">a&lt;b</td>" in text and "<p>[1] x &lt; y &amp; z</p>" in text and "<p>1 &lt; 2</p>" in text
    assert text.count("<tr>") == 2 and text.count("<td") == text.count("<th>") + text.count("<th ")


def test_plain_data():
    tinyreg.manual_seed(0)
    net = nn.Linear(4, 3)
    (net(tinyreg.ones(2, 4)).sum() + room.l2_penalty(net.parameters(), 0.1)).backward()
    book = ledger(net)
    found = json.loads(json.dumps(book.to_dict()))
    assert found["rows"][0]["name"] == "weight" and found["rows"][0]["shape"] == [3, 4]
    assert found["rows"][0]["penalties"]["l2_penalty"] == pytest.approx(0.1 * np.linalg.norm(net.weight.detach().numpy()), rel=1e-6)
    assert found["remarks"][0]["kind"] == "bias" and found["remarks"][0]["names"] == ["bias"]
    assert [r.name for r in book] == ["weight", "bias"] and len(book) == 2 and book["bias"].remarks == [1]


def test_a_column_without_a_word_is_left_out():
    rows = [row(name) for name in ("a", "b", "c")]
    assert Ledger(rows, [], []).table(80).splitlines() == [
        "parameter  shape  |w|  |grad|  |data|     l2  ratio",
        *(f"{name}          3 x 4    2     0.5    0.25  0.125    0.5" for name in "abc"),
        "on all of them: SGD.",
        "nothing to warn of",
    ]
