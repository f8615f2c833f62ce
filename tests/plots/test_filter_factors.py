"""Filter factors: ridge's, early stopping's and principal components', with equal numbers of degrees of freedom."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

import matplotlib

from tinyreg.datasets import Diabetes, Prostate
from tinyreg.plots import filter_factors
from tinyreg.regularization.paths.ridge import ridge

X = Diabetes(scaling="norm").data.numpy()
D = np.linalg.svd(X, compute_uv=False)


def curves(axes):
    """{label: factors} of the curves of a panel; the pieces that lead to the labels have none."""
    return {line.get_label(): np.asarray(line.get_ydata()) for line in axes.lines if not line.get_label().startswith("_")}


def number(label, name):
    return float(label.split(f"{name} = ")[1].split(",")[0])


def test_ridge_is_the_room_s():
    left = curves(filter_factors(X, [0.1, 1, 10]).axes[0])
    assert list(left) == ["s = 10, df 0.8", "s = 1, df 3.9", "s = 0.1, df 7.6"]  # 0.83, 3.94, 7.64: Efron et al.'s table
    for label, factors in left.items():
        s = number(label, "s")
        np.testing.assert_allclose(factors, D**2 / (D**2 + s))
        assert float(label.split("df ")[1]) == pytest.approx(ridge(X, np.zeros(len(X)), s).df, abs=0.0501)


def test_early_stopping_is_gradient_descent():
    """The factors against coefficients after t steps, divided by those of least squares."""
    middle = curves(filter_factors(X).axes[1])
    y = Diabetes(scaling="norm").targets.numpy()
    _, d, directions = np.linalg.svd(X, full_matrices=False)
    least_squares, b, seen = directions @ np.linalg.lstsq(X, y, rcond=None)[0], np.zeros(10), 0
    steps = {int(number(label, "t")): factors for label, factors in middle.items()}
    for t in range(1, max(steps) + 1):
        b += 0.01 / d[0] ** 2 * X.T @ (y - X @ b)
        if t in steps:
            np.testing.assert_allclose(directions @ b / least_squares, steps[t], atol=1e-10)
            seen += 1
    assert seen == len(steps) == 4


def test_each_colour_has_one_number_of_degrees_of_freedom():
    figure = filter_factors(X)
    left, middle, right = map(curves, figure.axes)
    assert [round(float(f.sum()), 9) for f in left.values()] == [2, 4, 6, 8]
    np.testing.assert_allclose([f.sum() for f in middle.values()], [2, 4, 6, 8], atol=0.02)
    assert sorted(f.sum() for f in right.values()) == [2, 4, 6, 8]
    for f in right.values():
        assert f.tolist() == sorted(f, reverse=True) and set(f) <= {0.0, 1.0}
    colours = [
        {round(float(np.sum(line.get_ydata()))): line.get_color() for line in axes.lines if line.get_label()[0] != "_"}
        for axes in figure.axes
    ]
    assert colours[0] == colours[1] == colours[2]


def test_steps_are_the_nearest():
    strengths, sides = [30.0, 20, 10, 5, 2, 1, 0.5], set()
    for label, s in zip(curves(filter_factors(X, strengths).axes[1]), strengths, strict=True):
        t, rates = number(label, "t"), 0.01 * (D / D[0]) ** 2
        misses = [(1 - (1 - rates) ** k).sum() - (D**2 / (D**2 + s)).sum() for k in (t - 1, t, t + 1)]
        assert abs(misses[1]) == min(map(abs, misses))
        sides.add(misses[1] > 0)
    assert sides == {True, False}  # above and below


def test_nothing_overlaps_and_nothing_is_cut_off():
    for figure in (filter_factors(X, title="A title"), filter_factors(Prostate(scaling="variance").data, [1, 10, 100, 1000, 1e4])):
        figure.draw_without_rendering()
        for axes in figure.axes:
            boxes = [text.get_window_extent() for text in axes.texts]
            assert boxes and not [1 for i in range(len(boxes)) for j in range(i) if boxes[i].overlaps(boxes[j])]
        boxes = [axes.get_tightbbox() for axes in figure.axes]
        assert not boxes[0].overlaps(boxes[1]) and not boxes[1].overlaps(boxes[2])
        box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
        assert box.x0 > -0.05 and box.y0 > -0.05 and box.x1 < width + 0.05 and box.y1 < height + 0.05
        assert min(text.get_size() for text in figure.findobj(matplotlib.text.Text) if text.get_text()) >= 13


@pytest.mark.parametrize(
    ("table", "counts"),
    [
        (np.ones((3, 1)), [0.2, 0.4, 0.6, 0.8]),
        (np.diag([1.0, 1e-9]), [1]),  # steps without end, were it not for log1p
        (np.ones((4, 5)), [0.2, 0.4, 0.6, 0.8]),  # rank 1
        (np.random.default_rng(0).standard_normal((20, 60)), [4, 8, 12, 16]),
    ],
    ids=["one column", "nearly dependent", "rank 1", "more columns than rows"],
)
def test_unusual_tables(table, counts):
    left, middle, right = map(curves, filter_factors(table).axes)
    np.testing.assert_allclose([f.sum() for f in left.values()], counts)
    assert all(len(f) == min(table.shape) for panel in (left, middle, right) for f in panel.values())
    assert all((0 <= f).all() and (f <= 1).all() for f in middle.values())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((np.zeros((3, 2)),), r"X must not be 0 everywhere, got shape \(3, 2\) of zeros"),
        ((X, [1, 0]), r"strengths must be one to 7 numbers above 0, got \[1.0, 0.0\]; 0 is least squares"),
        ((X, np.arange(1, 9)), r"strengths must be one to 7 numbers above 0, got \[8.0, 7.0"),
        ((X, [-1.0]), r"got \[-1.0\]"),
        ((X[0],), r"X must be a table of numbers, one row an example, got shape \(10,\)"),
    ],
    ids=["zeros", "strength 0", "eight strengths", "negative strength", "a row"],
)
def test_refusals(arguments, sentence):
    with pytest.raises(ValueError, match=f"filter_factors: .*{sentence}"):
        filter_factors(*arguments)


def test_a_single_direction_has_the_number_1():
    figure = filter_factors([[1.0], [2.0]], [1.0])
    assert [[label.get_text() for label in axes.get_xticklabels()] for axes in figure.axes] == [["1"]] * 3
