"""The figure of a ledger, read from what was drawn."""

import numpy as np
import pytest

import tinyreg
from tinyreg import nn, optim, plots
from tinyreg import regularization as room
from tinyreg.experiments.figures import BLUE
from tinyreg.regularization.ledger import Ledger, Remark, Row


def row(name, data, penalties, **changes):
    return Row(**{
        "name": name, "shape": (2,), "weight": 1.0, "grad": 1.0, "data": data, "penalties": penalties, "decay": 0.0, "ratio": None,
        "touched_by": [], "notes": [], "remarks": [],
    } | changes)  # fmt: skip


def drawn(figure):
    """{name in the legend: (xs, ys)}."""
    return {line.get_label(): line.get_data() for line in figure.axes[0].lines if not line.get_label().startswith("_")}


def test_each_length_has_its_mark():
    book = Ledger([row("a", 1.0, {"l2_penalty": 0.1}), row("b", None, {}), row("c", 0.01, {"l2_penalty": 0.2}, decay=0.5)], [], [])
    figure = plots.ledger(book)
    found = {name: [list(map(float, numbers)) for numbers in pair] for name, pair in drawn(figure).items()}
    assert found == {"data": [[1.0, 0.01], [0, 2]], "l2_penalty": [[0.1, 0.2], [0, 2]], "weight_decay": [[0.5], [2]]}
    axes = figure.axes[0]
    assert axes.get_xscale() == "log" and [text.get_text() for text in axes.get_yticklabels()] == ["a", "b", "c"]
    assert axes.yaxis_inverted() or axes.get_ylim()[0] > axes.get_ylim()[1], "the first parameter stands at the top"
    looks = {(line.get_marker(), line.get_color()) for line in axes.lines if line.get_label() in found}
    assert len(looks) == 3 and len({marker for marker, _ in looks}) == 3 and ("o", BLUE) in looks


def test_what_is_too_small_stands_at_the_edge():
    figure = plots.ledger(Ledger([row("a", 1.0, {"l1_penalty": 0.0}), row("b", 1e-12, {"l1_penalty": 0.5})], [], []))
    axes = figure.axes[0]
    left, right = axes.get_xlim()
    edge = [line for line in axes.lines if line.get_marker() == "<"]
    assert [line.get_ydata()[0] for line in edge] == [1, 0] and all(left < line.get_xdata()[0] < 1.5 * left for line in edge)
    assert right / left == pytest.approx(1e6) and "at the edge: below" in axes.get_xlabel()
    assert "at the edge" not in plots.ledger(Ledger([row("a", 1.0, {"l1_penalty": 0.5})], [], [])).axes[0].get_xlabel()


def test_remarks_stand_at_the_rows_and_below():
    tinyreg.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Tanh(), nn.Linear(3, 2))
    optimizer = optim.SGD(net.parameters(), lr=0.1, weight_decay=0.01)
    (net(tinyreg.randn(8, 4)).square().sum() + room.l2_penalty(net, 0.1)).backward()
    nn.utils.clip_grad_norm_(net.parameters(), 0.1)
    book = room.ledger(net)
    figure = plots.ledger(book)
    texts = [text.get_text() for text in figure.axes[0].texts if text.get_text()]
    assert texts == [" ".join(f"[{i}]" for i in row.remarks) for row in book if row.remarks]
    (below,) = [text.get_text() for part in figure.subfigs for text in part.texts if text.get_text().startswith("[1]")]
    assert below.splitlines() == [
        "[1] 2 biases, 1 scale and 1 shift are pulled towards 0 by SGD (weight_decay=0.01)",
        "[2] 1 weight feeds 1 (BatchNorm1d), which undoes its length",
        "[3] 2 weights are decayed by two mechanisms, SGD (weight_decay=0.01) and l2_penalty (strength=0.1)",
    ]
    assert figure.axes[0].get_xlabel().startswith("length of the gradient, before clipping")
    del optimizer


def test_nothing_overlaps_and_nothing_is_cut_off():
    remark = Remark("bias", [], "a word " * 40 + ": do something")
    book = Ledger([row(f"layers.{i}.weight", 10.0**-i, {"l2_penalty": 1.0}, remarks=[1]) for i in range(5)] * 5, [remark] * 3, [])
    figure = plots.ledger(book, title="")
    renderer = figure.canvas.get_renderer() if hasattr(figure.canvas, "get_renderer") else figure._get_renderer()
    whole = figure.bbox
    axes = figure.axes[0]
    boxes = [text.get_window_extent(renderer) for text in [*axes.get_yticklabels(), *axes.texts] if text.get_text()]
    (below,) = [text.get_window_extent(renderer) for part in figure.subfigs for text in part.texts if text.get_text().startswith("[1]")]
    assert below.y1 <= axes.xaxis.label.get_window_extent(renderer).y0 and below.y0 >= 0 and below.x1 <= whole.x1
    assert all(box.x0 >= 0 and box.x1 <= whole.x1 for box in boxes)
    tops = sorted(text.get_window_extent(renderer).y0 for text in axes.get_yticklabels())
    assert np.diff(tops).min() > boxes[0].height * 0.95
    assert min(text.get_fontsize() for text in figure.findobj(lambda x: hasattr(x, "get_fontsize")) if text.get_text()) >= 13


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(TypeError, match=r"book must be a Ledger, got Linear; call tinyreg.regularization.ledger\(model\) first"):
        plots.ledger(nn.Linear(2, 1))
    with pytest.raises(ValueError, match=r"some gradient must be longer than 0, got none for 1 parameters; call backward"):
        plots.ledger(Ledger([row("a", None, {})], [], []))
