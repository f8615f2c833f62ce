"""Balls and contours: they touch at the constrained solutions, of which the L1 ball's has a zero."""

import math

import numpy as np
import pytest

pytest.importorskip("matplotlib")

import matplotlib

from tinyreg.datasets import Diabetes, Prostate
from tinyreg.plots import balls
from tinyreg.regularization.paths.least_angle import at_fraction, lars_path

PROSTATE = Prostate(scaling="variance")
X, Y = PROSTATE.data.numpy()[:, [0, 4]], PROSTATE.targets.numpy()
LEAST_SQUARES = np.linalg.lstsq(X, Y, rcond=None)[0]
RNG = np.random.default_rng(3)
TILTED = RNG.standard_normal((40, 2)) @ [[1.0, 0.7], [0.0, 0.6]]
CASES = {
    "prostate": (X, Y, {}),
    "prostate, another radius": (X, Y, {"radius": 0.7}),
    "negative": (TILTED, TILTED @ [-2.0, 0.7] + RNG.standard_normal(40), {"radius": 1.2, "l1_ratio": 0.7}),
    "large": (Diabetes(scaling="norm").data[:, [2, 3]], Diabetes(scaling="norm").targets, {"l1_ratio": 0.999}),
    "second first": (X[:, ::-1], Y, {}),
}


def drawn(axes, label):
    """The points of what has this label."""
    return next(np.array(line.get_data()) for line in axes.lines if line.get_label() == label)


def settings(figure, options):
    """(radius, ratio) that were drawn."""
    corner = float(drawn(figure.axes[0], "ball")[0, 0])
    return corner, options.get("l1_ratio", corner / (corner + 2))


def penalties(radius, ratio):
    return [
        (lambda b: np.abs(b).sum(), 1.0, 0.0, radius),
        (lambda b: (b**2).sum() / 2, 0.0, 1.0, radius**2 / 2),
        (
            lambda b: ratio * np.abs(b).sum() + (1 - ratio) / 2 * (b**2).sum(),
            ratio,
            1 - ratio,
            ratio * radius + (1 - ratio) / 2 * radius**2,
        ),
    ]


@pytest.mark.parametrize("name", CASES)
def test_balls_and_contours_touch_at_the_solution(name):
    inputs, targets, options = CASES[name]
    figure = balls(inputs, targets, **options)
    inputs, targets = np.asarray(inputs), np.asarray(targets)
    for axes, (penalty, l1, l2, limit) in zip(figure.axes, penalties(*settings(figure, options)), strict=True):
        b = drawn(axes, "solution on the ball")[:, 0]
        assert penalty(b) == pytest.approx(limit, rel=1e-9), "the solution lies on the boundary"
        pull = inputs.T @ (targets - inputs @ b)  # minus half of the gradient of |y - Xb|^2
        pressure = pull @ b / (l1 * np.abs(b).sum() + l2 * b @ b)  # the strength: pull is in pressure times the subdifferential
        rest = pull - pressure * l2 * b
        away = b != 0
        assert pressure > 0
        np.testing.assert_allclose(rest[away], pressure * l1 * np.sign(b[away]), atol=1e-8 * np.abs(pull).max())
        assert (np.abs(rest[~away]) <= pressure * l1 * (1 + 1e-8)).all()
        outline = drawn(axes, "ball")
        np.testing.assert_allclose([penalty(point) for point in outline.T], limit)
        error = ((targets - inputs @ b) ** 2).sum()
        touching = drawn(axes, "the one that touches the ball")
        np.testing.assert_allclose(((targets[:, None] - inputs @ touching) ** 2).sum(axis=0), error)
        on_ball = ((targets[:, None] - inputs @ outline) ** 2).sum(axis=0)
        assert on_ball.min() >= error * (1 - 1e-12), "no point of the ball is better"
        np.testing.assert_allclose(drawn(axes, "least squares")[:, 0], np.linalg.lstsq(inputs, targets, rcond=None)[0])


def test_grey_contours_are_contours_of_the_regression():
    for axes in balls().axes:
        grey = [np.array(line.get_data()) for line in axes.lines if line.get_color() == "#8C8C8C"]
        assert len(grey) == 4
        for points in grey:
            errors = ((Y[:, None] - X @ points) ** 2).sum(axis=0)
            np.testing.assert_allclose(errors, errors[0])


def test_l1_has_a_zero_and_l2_has_none():
    left, middle, right = balls().axes
    assert drawn(left, "solution on the ball")[1, 0] == 0.0
    for axes in (middle, right):
        assert np.abs(drawn(axes, "solution on the ball")).min() > 0.1
    assert left.texts[0].get_text() == "b = (0.471, 0)\n|y − Xb|² = 55.9"
    knots = lars_path(X, Y, method="lasso")[1]
    assert drawn(left, "ball")[0, 0] == pytest.approx(0.9 * knots[0, 1])
    assert knots[1, 1] == 0 and left.get_xlabel() == "b₁: lcavol" and left.get_ylabel() == "b₂: svi"


def test_the_l1_solution_is_the_homotopy_s():
    b = drawn(balls(X, Y, radius=0.7).axes[0], "solution on the ball")[:, 0]
    np.testing.assert_allclose(b, at_fraction(lars_path(X, Y, method="lasso")[1], 0.7 / np.abs(LEAST_SQUARES).sum()), atol=1e-10)


def test_equal_correlations_have_no_corner_to_show():
    figure = balls(np.eye(2), [3.0, 3.0])
    assert drawn(figure.axes[0], "ball")[0, 0] == pytest.approx(math.hypot(3, 3) / 2)


def test_panels_are_alike_and_show_everything():
    for options in ({}, {"title": "A title"}, {"X": X * [-1, 1], "y": Y}, {"X": X * [1, -1], "y": Y, "names": ["a", "b"]}):
        figure = balls(**options)
        figure.draw_without_rendering()
        assert len({(axes.get_xlim(), axes.get_ylim()) for axes in figure.axes}) == 1
        for axes in figure.axes:
            assert axes.get_aspect() == 1
            for label in ("ball", "solution on the ball", "least squares"):
                points = axes.transAxes.inverted().transform(axes.transData.transform(drawn(axes, label).T))
                assert points.min() > 0.02 and points.max() < 0.98
            note, ball = axes.texts[0].get_window_extent(), axes.transData.transform(drawn(axes, "ball").T)
            assert not any(note.contains(*point) for point in ball)
        box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
        assert box.x0 > -0.05 and box.y0 > -0.05 and box.x1 < width + 0.05 and box.y1 < height + 0.05
        assert min(text.get_size() for text in figure.findobj(matplotlib.text.Text) if text.get_text()) >= 13


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"X": X}, "X and y must come together, got no y"),
        ({"y": Y}, "got no X"),
        ({"X": X[:, :1], "y": Y}, r"X must have two columns, and names two names, got X of shape \(67, 1\) and 2 names"),
        ({"names": ["a"]}, r"got X of shape \(67, 2\) and 1 names"),
        ({"X": X[:, [0, 0]], "y": Y}, "the columns of X must be independent, got two of rank below 2"),
        ({"radius": 0.8}, r"radius must lie in \(0, 0.784321\), got 0.8; there is the least squares solution"),
        ({"radius": 0}, "got 0"),
        ({"l1_ratio": 1.0}, r"l1_ratio must lie in \(0, 1\), got 1.0"),
        ({"X": X, "y": Y[:5]}, r"got X of shape \(67, 2\) and y of shape \(5,\)"),
    ],
    ids=lambda value: value.partition(",")[0][:30] if isinstance(value, str) else "",
)
def test_refusals(options, sentence):
    with pytest.raises(ValueError, match=f"balls: .*{sentence}"):
        balls(**options)


@pytest.mark.parametrize("name", ["radius", "l1_ratio"])
@pytest.mark.parametrize("value", ["0.5", [0.5, 0.6]], ids=["text", "list"])
def test_a_setting_that_is_no_number_is_refused(name, value):
    with pytest.raises(TypeError, match=f"^balls: {name} must be a number, got {name}=['\\[]0.5"):
        balls(**{name: value})


def test_names_that_are_none_are_refused():
    with pytest.raises(TypeError, match="^balls: names must be a list of strings, got 2; "):
        balls(names=2)


def test_long_names_and_large_numbers_do_not_overlap():
    X = np.random.default_rng(0).normal(size=(40, 2)) * 1e-7
    figure = balls(X, X @ [3e7, -1e7] * 1e6, names=["the_logarithm_of_the_concentration_of_one_substance", "b"])
    boxes = [axes.xaxis.label.get_window_extent() for axes in figure.axes]
    assert all(left.x1 < right.x0 for left, right in zip(boxes, boxes[1:]))
    assert all(axis.get_offset_text().get_text() == "" for axes in figure.axes for axis in (axes.xaxis, axes.yaxis))
