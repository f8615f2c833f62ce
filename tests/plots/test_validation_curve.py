"""The validation curve, read from what was drawn."""

import math

import numpy as np
import pytest

from tinyreg.experiments.figures import BLUE, GREY, ORANGE
from tinyreg.plots import validation_curve
from tinyreg.selection import Row, SearchResults

NAN = math.nan
STRENGTHS = [1.0, 0.01, 0.1]  # not in order
SCORES = [[0.70, 0.74], [0.80, 0.84], [0.90, 0.94]]
TRAIN = [[0.7, 0.7], [1.0, 0.98], [0.95, 0.93]]


def results(strengths=STRENGTHS, scores=SCORES, name="strength", **also):
    return SearchResults.of([{name: strength} for strength in strengths], scores, also=also)


def drawn(figure):
    """{label: the artist} of the legend."""
    legend = figure.legends[0]
    return dict(zip([text.get_text() for text in legend.get_texts()], legend.legend_handles))


def line(figure, marker=None, linestyle=None, colour=None):
    """The only line of the axes with this look."""
    [found] = [
        each
        for each in figure.axes[0].lines
        if (marker is None or each.get_marker() == marker)
        and (linestyle is None or each.get_linestyle() == linestyle)
        and (colour is None or each.get_color() == colour)
    ]
    return found


def test_mean_error_and_folds():
    figure = validation_curve(results(), "strength", percent=True)
    [container] = figure.axes[0].containers
    mean, _, [bars] = container.lines
    assert mean.get_xdata().tolist() == [0.01, 0.1, 1.0], "in rising order"
    assert mean.get_ydata() == pytest.approx([82, 92, 72])
    for (low, high), middle in zip((segment[:, 1] for segment in bars.get_segments()), (82, 92, 72)):
        assert (low, high) == pytest.approx((middle - 2, middle + 2))  # s = 2.83, over sqrt(2)
    dots = line(figure, marker=".")
    assert dots.get_xdata().tolist() == [0.01, 0.01, 0.1, 0.1, 1, 1] and dots.get_ydata() == pytest.approx([80, 84, 90, 94, 70, 74])


def test_every_fold_has_its_place():
    figure = validation_curve(results(scores=[[0.5, 0.7, 0.9], [0.6, 0.7, 0.8], [0.6, 0.7, 0.8]]), "strength")
    low, high = figure.axes[0].get_ylim()
    assert low < 0.5 and high > 0.9, "the error bars reach from 0.58 to 0.82"


def test_the_two_choices_and_the_band():
    flat = [[0.89, 0.93], [0.80, 0.84], [0.90, 0.94]]  # 1.0 has a mean of 0.91, within 0.02 of the best
    figure = validation_curve(results(scores=flat), "strength")
    ring, diamond = line(figure, marker="o", linestyle="None"), line(figure, marker="D")
    assert (ring.get_xdata()[0], ring.get_ydata()[0]) == pytest.approx((0.1, 0.92)) and ring.get_color() == BLUE
    assert (diamond.get_xdata()[0], diamond.get_ydata()[0]) == pytest.approx((1.0, 0.91)) and diamond.get_color() == ORANGE
    [band] = figure.axes[0].patches
    assert (band.get_y(), band.get_y() + band.get_height()) == pytest.approx((0.90, 0.92))
    labels = list(drawn(figure))
    assert labels[2:] == ["best: 0.1, 0.92 ± 0.02", "one standard error: 1, 0.91 ± 0.02"]


def test_the_other_side_may_regularize_more():
    flat = [[0.89, 0.93], [0.89, 0.93], [0.90, 0.94]]
    for larger, chosen in ((True, 1.0), (False, 0.01)):
        figure = validation_curve(results(scores=flat), "strength", larger_is_simpler=larger)
        assert line(figure, marker="D").get_xdata()[0] == chosen


def test_training_folds_and_none():
    none = Row({}, (0.80, 0.90), also={"train": (1.0, 1.0)})
    figure = validation_curve(results(train=TRAIN), "strength", train="train", none=none, percent=True)
    learnt = line(figure, linestyle="--")
    assert learnt.get_xdata().tolist() == [0.01, 0.1, 1.0] and learnt.get_ydata() == pytest.approx([99, 94, 70])
    assert line(figure, colour=GREY).get_ydata() == pytest.approx([85, 85])
    assert "without a regularizer: 85.0 ± 5.0 %" in drawn(figure) and "mean of the training folds" in drawn(figure)
    bare = validation_curve(results(), "strength", none=Row({}, (NAN, 0.9)))
    assert not [each for each in bare.axes[0].lines if each.get_color() == GREY], "one that diverged has no line"


def test_the_scale_follows_the_values():
    assert validation_curve(results(), "strength").axes[0].get_xscale() == "log"
    assert validation_curve(results([0.1, 0.5, 0.9], name="p"), "p").axes[0].get_xscale() == "linear"
    assert validation_curve(results([0.0, 0.5, 50.0]), "strength").axes[0].get_xscale() == "linear"
    assert validation_curve(results([0.1, 0.5, 0.9]), "strength", x_scale="log").axes[0].get_xscale() == "log"
    assert validation_curve(results(), "strength", x_scale="linear").axes[0].get_xscale() == "linear"


def test_few_powers_of_ten_have_ticks_between_them():
    figure = validation_curve(results([1, 60, 8], name="patience"), "patience")
    low, high = figure.axes[0].get_xlim()
    shown = [text.get_text() for text in figure.axes[0].get_xticklabels() if low <= text.get_position()[0] <= high]
    assert shown == ["1", "2", "5", "10", "20", "50"]


def test_what_diverged_has_a_cross():
    figure = validation_curve(results(scores=[[NAN, 0.7], [0.8, 0.84], [0.9, 0.94]]), "strength")
    cross = line(figure, marker="x")
    assert cross.get_xdata() == [1.0] and "diverged" in drawn(figure)
    assert line(figure, marker="o", linestyle="None").get_xdata()[0] == 0.1
    dots = line(figure, marker=".")
    assert not np.isnan(dots.get_ydata()).any() and 0.7 in dots.get_ydata(), "a fold that did not diverge is there"


def test_a_strength_that_ruins_the_model_does_not_flatten_the_others():
    strengths, scores = [0.01, 0.1, 1.0, 10.0], [[0.80, 0.84], [0.90, 0.94], [0.88, 0.92], [0.1, 0.12]]
    figure = validation_curve(results(strengths, scores), "strength")
    low, _ = figure.axes[0].get_ylim()
    assert 0.5 < low < 0.8 and line(figure, marker="v").get_xdata() == [10.0] and "lower than is shown" in drawn(figure)
    figure = validation_curve(results(strengths[:3], scores[:3]), "strength")
    assert not [each for each in figure.axes[0].lines if each.get_marker() == "v"]


def test_words():
    figure = validation_curve(results(name="weight_decay"), "weight_decay", title="AdamW")
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("weight decay", "score of the held-out fold") and figure.get_suptitle() == "AdamW"
    figure = validation_curve(results(), "strength", x_label="λ", y_label="accuracy", percent=True)
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == ("λ", "accuracy [%]")


def test_a_single_fold_has_no_error_and_no_second_choice():
    figure = validation_curve(results(scores=[[0.7], [0.8], [0.9]]), "strength")
    assert list(drawn(figure)) == ["mean of the held-out folds", "each held-out fold", "best: 0.1, 0.9"]
    assert not figure.axes[0].patches


def test_errors_may_be_scores_too():
    """Minus a squared error: negative, and best near 0."""
    figure = validation_curve(results(scores=[[-3.0, -3.2], [-2.0, -2.2], [-1.0, -1.2]]), "strength")
    assert line(figure, marker="o", linestyle="None").get_ydata()[0] == pytest.approx(-1.1)
    low, high = figure.axes[0].get_ylim()
    assert low < -3.2 and high > -1.0


def test_several_parameters_are_one_curve_where_the_others_stay():
    rows = SearchResults.of([{"p": 0.5, "strength": s} for s in STRENGTHS], SCORES)
    assert line(validation_curve(rows, "strength"), marker="D").get_xdata()[0] == 0.1


@pytest.mark.parametrize(
    ("rows", "name", "options", "error", "words"),
    [
        (results(), "p", {}, ValueError, "every row must have the parameter, got 'p'; known are strength"),
        ([], "p", {}, ValueError, "got 'p'; known are none"),
        (results(name="optimizer", strengths=["sgd", "adam", "sam"]), "optimizer", {}, TypeError, "optimizer must be a number, got .*sgd"),
        (results(), "strength", {"x_scale": "sqrt"}, ValueError, "x_scale must be 'log' or 'linear', got 'sqrt'"),
        (results([0.0, 1.0, 2.0]), "strength", {"x_scale": "log"}, ValueError, "strength must be above 0 on a logarithmic axis, got 0.0"),
        (results(train=TRAIN), "strength", {"train": "learnt"}, ValueError, "train must name .* got 'learnt'; they measured train"),
        (results(), "strength", {"train": "train"}, ValueError, "got 'train'; they measured nothing else"),
        (
            SearchResults.of([{"p": 0.5, "strength": 1.0}, {"p": 0.1, "strength": 2.0}], SCORES[:2]),
            "strength",
            {},
            ValueError,
            "rows must differ in strength alone, got p=0.5 and 0.1",
        ),
        (results(scores=[[NAN, NAN]] * 3), "strength", {}, ValueError, "a candidate must have a score, got NaN from all 3"),
    ],
    ids=["name", "no rows", "words", "scale", "log of 0", "other train", "no train", "two parameters", "diverged"],
)
def test_refusals(rows, name, options, error, words):
    with pytest.raises(error, match=words):
        validation_curve(rows, name, **options)


@pytest.mark.parametrize("results", [3, [1.0, 2.0], {"strength": 1.0}], ids=["number", "scores", "dict"])
def test_what_holds_no_rows_is_refused(results):
    kind = {"int": "int", "list": "float", "dict": "str"}[type(results).__name__]
    with pytest.raises(TypeError, match=f"^validation_curve: results must be rows of a search, got {kind}; search.results"):
        validation_curve(results, "strength")
    with pytest.raises(TypeError, match="^validation_curve: results must be rows of a search, got float; "):
        validation_curve(SearchResults.of([{"strength": 1.0}], [[0.5, 0.6]]), "strength", none=0.5)


def test_what_is_cut_off_below_leaves_no_room_above():
    results = SearchResults.of([{"strength": s} for s in (1.0, 2.0, 3.0)], [[-10.0, -11.0], [-9.0, -8.0], [-1e9, -1e9]])
    bottom, top = validation_curve(results, "strength").axes[0].get_ylim()
    assert -20 < bottom < -11 and -8 < top < -7
