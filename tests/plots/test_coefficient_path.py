"""The coefficient path: what is drawn is what was computed, every line can be told and is named, nothing overlaps."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

import matplotlib

from tinyreg.datasets import Diabetes
from tinyreg.plots import coefficient_path
from tinyreg.regularization.paths.coordinate_descent import lasso_path
from tinyreg.regularization.paths.least_angle import lars_path
from tinyreg.regularization.paths.ridge import ridge

DIABETES = Diabetes(scaling="norm")
X, Y, NAMES = DIABETES.data, DIABETES.targets, DIABETES.feature_names
STRENGTHS = np.geomspace(10, 1e-3, 30)
COEFS, DF = ridge(X, Y, STRENGTHS)


@pytest.fixture(scope="module")
def ridges():
    return coefficient_path(STRENGTHS, COEFS, NAMES, df=DF, title="Ridge")


def lines(figure, count):
    """The lines of the coefficients: those that are drawn in the units of the data, but for the one at 0."""
    axes = figure.axes[0]
    return [line for line in axes.lines if line.get_transform() == axes.transData and len(line.get_xdata()) > 2][:count]


def names(figure):
    return [text for text in figure.axes[0].texts if text.get_transform() == figure.axes[0].transAxes]


def along_the_top(figure):
    axis = figure.axes[0].child_axes[0].xaxis
    return axis.get_ticklocs(), [label.get_text() for label in axis.get_ticklabels()], axis.get_label_text()


def boxes(figure, texts):
    figure.draw_without_rendering()
    return [text.get_window_extent() for text in texts]


def overlap(boxes):
    return [(i, j) for j in range(len(boxes)) for i in range(j) if boxes[i].overlaps(boxes[j])]


def test_lines_are_the_coefficients(ridges):
    for line, row in zip(lines(ridges, 10), COEFS, strict=True):
        np.testing.assert_array_equal(line.get_xdata(), STRENGTHS)
        np.testing.assert_array_equal(line.get_ydata(), row)
    axes = ridges.axes[0]
    assert axes.get_xscale() == "log" and axes.get_xlim() == (STRENGTHS[0], STRENGTHS[-1])


def test_strengths_in_any_order_give_the_same_picture():
    shuffled = np.random.default_rng(0).permutation(len(STRENGTHS))
    plain, other = (
        coefficient_path(s, c, NAMES, df=df)._repr_png_()
        for s, c, df in ((STRENGTHS, COEFS, DF), (STRENGTHS[shuffled], COEFS[:, shuffled], DF[shuffled]))
    )
    assert plain == other


def test_a_coefficient_is_not_drawn_where_it_stays_0():
    strengths, coefs, _ = lasso_path(X, Y, n_strengths=50)
    for line, row in zip(lines(coefficient_path(strengths, coefs, NAMES), 10), coefs, strict=True):
        drawn = line.get_ydata()
        np.testing.assert_array_equal(np.nan_to_num(drawn), row)
        assert np.isfinite(drawn[row != 0]).all() and np.isfinite(drawn[-1])
        first = np.flatnonzero(row)[0]
        assert np.isnan(drawn[: first - 1]).all() and drawn[first - 1] == 0


@pytest.mark.parametrize("x", ["l1_norm", "fraction"])
def test_the_knots_of_the_lasso(x):
    strengths, coefs, info = lars_path(X, Y, method="lasso")
    figure = coefficient_path(strengths, coefs, NAMES, x=x, knots=strengths)
    norms = np.abs(coefs).sum(axis=0) / (np.abs(coefs[:, -1]).sum() if x == "fraction" else 1)
    assert round(float(np.abs(coefs[:, -1]).sum()), 2) == 3459.98  # R's lars
    np.testing.assert_allclose(lines(figure, 1)[0].get_xdata(), norms)
    upright = [line.get_xdata()[0] for line in figure.axes[0].lines if len(line.get_xdata()) == 2 and np.ptp(line.get_xdata()) == 0]
    np.testing.assert_allclose(upright, norms, atol=1e-12 * norms[-1])
    places, texts, label = along_the_top(figure)
    assert label == "coefficients that are not 0"
    found = {round(float(norm), 9): count for norm, count in zip(norms, np.count_nonzero(coefs, axis=0))}
    assert [found[round(float(place), 9)] for place in places] == [int(text) for text in texts]
    assert np.diff(places).min() >= 0.075 * norms[-1] * (1 - 1e-9) and len(places) > 5


def test_a_strength_between_two_stands_between_them():
    strengths, coefs, _ = lars_path(X, Y, method="lasso")
    middle = (strengths[3] + strengths[4]) / 2  # the norm is linear in between
    figure = coefficient_path(strengths, coefs, NAMES, x="l1_norm", mark={"half way": middle})
    norms = np.abs(coefs).sum(axis=0)
    (note,) = [text for text in figure.axes[0].texts if text.get_text() == "half way"]
    assert note.xy[0] == pytest.approx((norms[3] + norms[4]) / 2)
    figure = coefficient_path(STRENGTHS, COEFS, NAMES, mark=0.1)
    (note,) = [text for text in figure.axes[0].texts if text.get_text() == "strength 0.1"]
    assert note.xy[0] == 0.1


def test_ridge_shows_its_degrees_of_freedom(ridges):
    places, texts, label = along_the_top(ridges)
    assert label == "effective degrees of freedom"
    np.testing.assert_allclose([float(text) for text in texts], ridge(X, Y, places).df, atol=0.0501)
    figure = coefficient_path(STRENGTHS, COEFS, NAMES, df=DF, x="df")
    np.testing.assert_allclose(lines(figure, 1)[0].get_xdata(), DF)
    places, texts, label = along_the_top(figure)
    assert label == "strength of the penalty"
    np.testing.assert_allclose(ridge(X, Y, [float(text) for text in texts]).df, places, atol=0.1)


def test_names_stand_at_the_height_of_their_lines_and_do_not_overlap(ridges):
    texts = names(ridges)
    assert [text.get_text() for text in texts] == NAMES
    heights = [text.get_position()[1] for text in texts]
    assert np.argsort(heights).tolist() == np.argsort(COEFS[:, -1]).tolist()
    assert overlap(boxes(ridges, texts)) == []
    assert overlap(boxes(ridges, ridges.axes[0].child_axes[0].get_xticklabels())) == []


def test_lines_that_end_at_one_place_are_named_apart():
    coefs = np.repeat(np.linspace(0, 1, 5)[None], 12, axis=0)
    figure = coefficient_path([5, 4, 3, 2, 1], coefs)
    texts = names(figure)
    assert [text.get_text() for text in texts] == [f"b{i}" for i in range(1, 13)]
    assert overlap(boxes(figure, texts)) == []


def test_of_too_many_lines_the_largest_are_named():
    coefs = np.outer(np.arange(100), np.linspace(0, 1, 5))
    figure = coefficient_path([5, 4, 3, 2, 1], coefs)
    texts = names(figure)
    assert 15 < len(texts) < 40 and {text.get_text() for text in texts} == {f"b{100 - i}" for i in range(len(texts))}
    assert overlap(boxes(figure, texts)) == []
    assert f"({len(texts)} of 100 names are shown" in figure.axes[0].get_xlabel()


def test_lines_can_be_told_apart(ridges):
    assert len({(line.get_color(), str(line._unscaled_dash_pattern)) for line in lines(ridges, 10)}) == 10
    drawn = lines(coefficient_path(STRENGTHS, COEFS, groups=[4, 4, 7, 7, 2, 2, 2, 2, 2, 2]), 10)
    colours = [line.get_color() for line in drawn]
    assert len(set(colours)) == 3 and len(set(colours[4:])) == len(set(colours[:2])) == 1
    assert len({(line.get_color(), str(line._unscaled_dash_pattern)) for line in drawn}) == 10


@pytest.mark.parametrize(
    "options",
    [{"df": DF, "mark": 0.1}, {"x": "l1_norm"}, {"knots": STRENGTHS[::5], "title": "A title"}],
    ids=["df and mark", "l1_norm", "knots and title"],
)
def test_no_text_is_cut_off_and_all_are_large_enough(options):
    figure = coefficient_path(STRENGTHS, COEFS, NAMES, **options)
    figure.draw_without_rendering()
    box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    assert box.x0 > -0.05 and box.y0 > -0.05 and box.x1 < width + 0.05 and box.y1 < height + 0.05
    texts = [text for text in figure.findobj(matplotlib.text.Text) if text.get_text() and text.get_visible()]
    assert len(texts) > 15 and min(text.get_size() for text in texts) >= 13


@pytest.mark.parametrize("kind", ["tensor", "list"])
def test_tensors_and_lists(kind):
    strengths, coefs, _ = lasso_path(X, Y, n_strengths=5)
    figure = coefficient_path(strengths.tolist(), coefs.tolist()) if kind == "list" else coefficient_path(strengths, X[:3, :5])
    assert figure.axes[0].get_xlim() == (strengths[0], strengths[-1])


def test_one_strength_and_a_path_of_zeros():
    assert coefficient_path([1.0], [[0.0], [2.0]]).axes
    assert coefficient_path([2.0, 1.0], np.zeros((3, 2)), x="fraction").axes


@pytest.mark.parametrize(
    ("arguments", "options", "sentence"),
    [
        (
            ([1, 2], np.ones((3, 4))),
            {},
            r"coefs must have a column for each strength, got coefs of shape \(3, 4\) and 2 strengths; column i",
        ),
        (([1, 2], np.ones((2, 4))), {}, r"got coefs of shape \(2, 4\) and 2 strengths; coefs.T has them"),
        (([1, 2], np.ones((3, 2)), ["a"]), {}, "names must name each of 3 coefficients, got 1 names"),
        (([1, 0], np.ones((3, 2))), {}, "strengths must be above 0 on a logarithmic axis, got 0.0; x='l1_norm'"),
        (([1, 2], np.ones((3, 2))), {"x": "log"}, "x must be one of strength, l1_norm, fraction, df, got 'log'"),
        (([1, 2], np.ones((3, 2))), {"x": "df"}, "got 'df' without df"),
        (([1, 2], np.ones((3, 2))), {"df": [1]}, "df must have a number for each strength, got 1 for 2"),
        (([1, 2], np.ones((3, 2))), {"knots": [1, 3]}, r"knots must lie on the path, in \[1, 2\], got 3"),
        (([1, 2], np.ones((3, 2))), {"mark": 0.5}, r"mark must lie on the path, in \[1, 2\], got 0.5"),
        (([1, 2], np.ones((3, 2))), {"groups": [0, 1]}, "groups must hold a group for each of 3 coefficients, got 2"),
        (([1, 2], [[1, float("nan")]]), {}, r"coefs must hold finite numbers, got nan at coefs\[0, 1\]"),
        (([], []), {}, r"strengths must hold at least one number, got shape \(0,\)"),
    ],
    ids=lambda value: "" if not isinstance(value, str) else value[:40],
)
def test_refusals(arguments, options, sentence):
    with pytest.raises(ValueError, match=f"coefficient_path: .*{sentence}"):
        coefficient_path(*arguments, **options)


@pytest.mark.parametrize("x", ["strength", "l1_norm", "df"])
def test_a_single_strength_is_a_row_of_marks_at_the_right_edge(x):
    axes = coefficient_path([0.5], [[1.0], [-2.0]], x=x, df=[1.5]).axes[0]
    place = {"strength": 0.5, "l1_norm": 3.0, "df": 1.5}[x]
    marks = [line for line in axes.lines if line.get_marker() == "o"]
    assert [(float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in marks] == [(place, 1.0), (place, -2.0)]
    assert axes.get_xlim()[1] == place and axes.get_xlim()[0] != place


@pytest.mark.parametrize("size", [1e-13, 1e13])
def test_very_large_and_very_small_coefficients_are_written_without_a_factor_apart(size):
    axes = coefficient_path([2.0, 1.0], [[0.0, size], [size, -size]]).axes[0]
    assert axes.yaxis.get_offset_text().get_text() == ""
    assert any("e" in label.get_text() for label in axes.get_yticklabels())


def test_texts_along_the_top_do_not_touch():
    strengths = np.geomspace(9.7e8, 1.3e6, 60)
    figure = coefficient_path(strengths, np.ones((2, 60)), x="df", df=np.linspace(0, 1, 60))
    boxes = [label.get_window_extent() for label in figure.axes[0].child_axes[0].get_xticklabels()]
    assert len(boxes) > 4 and all(left.x1 < right.x0 for left, right in zip(boxes, boxes[1:]))


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ({"names": 3}, "names must be a list of strings, got 3"),
        ({"groups": 7}, "groups must be a list of integers, got 7"),
        ({"mark": "best"}, "mark must be a number, got mark='best'"),
        ({"mark": [0.5]}, "mark must be a number, got mark=.0.5."),
    ],
    ids=["names", "groups", "mark_text", "mark_list"],
)
def test_what_is_of_another_kind_is_refused_in_a_sentence(argument, message):
    with pytest.raises(TypeError, match=f"^coefficient_path: {message}; "):
        coefficient_path([1.0, 0.5], [[0.0, 1.0]], **argument)


def test_an_x_that_is_no_text_is_refused():
    with pytest.raises(ValueError, match=r"^coefficient_path: x must be one of strength, .*, got \['df'\]; "):
        coefficient_path([1.0, 0.5], [[0.0, 1.0]], x=["df"])
